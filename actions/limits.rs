//! Limits of the Glue service model that several actions share (botocore 1.44, `glue` 2017-03-31).

use schemars::Schema;
use schemars::json_schema;
use serde_json::json;

/// `NameString`, `IdString`, `CatalogIdString`: no control characters but the tab.
pub const NAME: &str = r"^[^\x00-\x08\x0A-\x1F\uFFFE\uFFFF]*$";
/// `DescriptionString`: as a name, and line ends.
pub const DESCRIPTION: &str = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]*$";
/// Printable ASCII: tokens and client secrets.
pub const PRINTABLE: &str = r"^[\x20-\x7E]*$";
/// No white space.
pub const NO_SPACE: &str = r"^\S+$";

/// `TagsMap`.
#[must_use]
pub fn tags(_: &mut schemars::SchemaGenerator) -> Schema {
    strings(1, 128, 0, 256, json!({ "maxProperties": 50 }))
}

/// `PropertyMap`.
#[must_use]
pub fn properties(_: &mut schemars::SchemaGenerator) -> Schema {
    strings(1, 128, 1, 2048, json!({}))
}

/// `TokenUrlParametersMap`.
#[must_use]
pub fn token_url_parameters(_: &mut schemars::SchemaGenerator) -> Schema {
    strings(1, 128, 1, 512, json!({}))
}

/// `CredentialMap`.
#[must_use]
pub fn credentials(_: &mut schemars::SchemaGenerator) -> Schema {
    let mut schema = strings(1, 128, 1, 2048, json!({ "writeOnly": true }));
    schema.insert(
        "additionalProperties".into(),
        json!({ "type": "string", "minLength": 1, "maxLength": 2048, "format": "password", "writeOnly": true }),
    );
    schema
}

/// `ConnectionProperties`. The keys are those that AWS knows today; others are passed on.
#[must_use]
pub fn connection_properties(_: &mut schemars::SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "propertyNames": { "minLength": 1, "examples": CONNECTION_PROPERTY_KEYS },
        "additionalProperties": { "type": "string", "minLength": 1, "maxLength": 1024 },
        "maxProperties": 100,
    })
}

/// A set of names and values with limits on the length of both.
fn strings(key_min: u32, key_max: u32, value_min: u32, value_max: u32, more: serde_json::Value) -> Schema {
    let mut schema = json_schema!({
        "type": "object",
        "propertyNames": { "minLength": key_min, "maxLength": key_max },
        "additionalProperties": { "type": "string", "minLength": value_min, "maxLength": value_max },
    });
    if let serde_json::Value::Object(more) = more {
        for (keyword, value) in more {
            schema.insert(keyword, value);
        }
    }
    schema
}

/// The connection types that AWS knows today; others are passed on.
pub const CONNECTION_TYPES: &[&str] = &[
    "JDBC",
    "MONGODB",
    "KAFKA",
    "NETWORK",
    "MARKETPLACE",
    "CUSTOM",
    "SALESFORCE",
    "VIEW_VALIDATION_REDSHIFT",
    "VIEW_VALIDATION_ATHENA",
    "GOOGLEADS",
    "GOOGLESHEETS",
    "GOOGLEANALYTICS4",
    "SERVICENOW",
    "MARKETO",
    "SAPODATA",
    "ZENDESK",
    "JIRACLOUD",
    "NETSUITEERP",
    "HUBSPOT",
    "FACEBOOKADS",
    "INSTAGRAMADS",
    "ZOHOCRM",
    "SALESFORCEPARDOT",
    "SALESFORCEMARKETINGCLOUD",
    "ADOBEANALYTICS",
    "SLACK",
    "LINKEDIN",
    "MIXPANEL",
    "ASANA",
    "STRIPE",
    "SMARTSHEET",
    "DATADOG",
    "WOOCOMMERCE",
    "INTERCOM",
    "SNAPCHATADS",
    "PAYPAL",
    "QUICKBOOKS",
    "FACEBOOKPAGEINSIGHTS",
    "FRESHDESK",
    "TWILIO",
    "DOCUSIGNMONITOR",
    "FRESHSALES",
    "ZOOM",
    "GOOGLESEARCHCONSOLE",
    "SALESFORCECOMMERCECLOUD",
    "SAPCONCUR",
    "DYNATRACE",
    "MICROSOFTDYNAMIC365FINANCEANDOPS",
    "MICROSOFTTEAMS",
    "BLACKBAUDRAISEREDGENXT",
    "MAILCHIMP",
    "GITLAB",
    "PENDO",
    "PRODUCTBOARD",
    "CIRCLECI",
    "PIPEDIVE",
    "SENDGRID",
    "AZURECOSMOS",
    "AZURESQL",
    "BIGQUERY",
    "BLACKBAUD",
    "CLOUDERAHIVE",
    "CLOUDERAIMPALA",
    "CLOUDWATCH",
    "CLOUDWATCHMETRICS",
    "CMDB",
    "DATALAKEGEN2",
    "DB2",
    "DB2AS400",
    "DOCUMENTDB",
    "DOMO",
    "DYNAMODB",
    "GOOGLECLOUDSTORAGE",
    "HBASE",
    "KUSTOMER",
    "MICROSOFTDYNAMICS365CRM",
    "MONDAY",
    "MYSQL",
    "OKTA",
    "OPENSEARCH",
    "ORACLE",
    "PIPEDRIVE",
    "POSTGRESQL",
    "SAPHANA",
    "SQLSERVER",
    "SYNAPSE",
    "TERADATA",
    "TERADATANOS",
    "TIMESTREAM",
    "TPCDS",
    "VERTICA",
];

/// The worker types that AWS knows today; others are passed on.
pub const WORKER_TYPES: &[&str] =
    &["Standard", "G.1X", "G.2X", "G.4X", "G.8X", "G.025X", "Z.2X", "G.12X", "G.16X", "R.1X", "R.2X", "R.4X", "R.8X"];

/// The connection property keys that AWS knows today; others are passed on.
pub const CONNECTION_PROPERTY_KEYS: &[&str] = &[
    "HOST",
    "PORT",
    "USERNAME",
    "PASSWORD",
    "ENCRYPTED_PASSWORD",
    "JDBC_DRIVER_JAR_URI",
    "JDBC_DRIVER_CLASS_NAME",
    "JDBC_ENGINE",
    "JDBC_ENGINE_VERSION",
    "CONFIG_FILES",
    "INSTANCE_ID",
    "JDBC_CONNECTION_URL",
    "JDBC_ENFORCE_SSL",
    "CUSTOM_JDBC_CERT",
    "SKIP_CUSTOM_JDBC_CERT_VALIDATION",
    "CUSTOM_JDBC_CERT_STRING",
    "CONNECTION_URL",
    "KAFKA_BOOTSTRAP_SERVERS",
    "KAFKA_SSL_ENABLED",
    "KAFKA_CUSTOM_CERT",
    "KAFKA_SKIP_CUSTOM_CERT_VALIDATION",
    "KAFKA_CLIENT_KEYSTORE",
    "KAFKA_CLIENT_KEYSTORE_PASSWORD",
    "KAFKA_CLIENT_KEY_PASSWORD",
    "ENCRYPTED_KAFKA_CLIENT_KEYSTORE_PASSWORD",
    "ENCRYPTED_KAFKA_CLIENT_KEY_PASSWORD",
    "KAFKA_SASL_MECHANISM",
    "KAFKA_SASL_PLAIN_USERNAME",
    "KAFKA_SASL_PLAIN_PASSWORD",
    "ENCRYPTED_KAFKA_SASL_PLAIN_PASSWORD",
    "KAFKA_SASL_SCRAM_USERNAME",
    "KAFKA_SASL_SCRAM_PASSWORD",
    "KAFKA_SASL_SCRAM_SECRETS_ARN",
    "ENCRYPTED_KAFKA_SASL_SCRAM_PASSWORD",
    "KAFKA_SASL_GSSAPI_KEYTAB",
    "KAFKA_SASL_GSSAPI_KRB5_CONF",
    "KAFKA_SASL_GSSAPI_SERVICE",
    "KAFKA_SASL_GSSAPI_PRINCIPAL",
    "SECRET_ID",
    "CONNECTOR_URL",
    "CONNECTOR_TYPE",
    "CONNECTOR_CLASS_NAME",
    "ENDPOINT",
    "ENDPOINT_TYPE",
    "ROLE_ARN",
    "REGION",
    "WORKGROUP_NAME",
    "CLUSTER_IDENTIFIER",
    "DATABASE",
];
