//! The table: sources of credentials and settings, each as an environment and shared files.

use serde_json::{Value, json};

use super::network::Aws;

/// A machine. `{home}` in its texts is its home folder.
pub struct Row {
    pub name: &'static str,
    pub environment: Vec<(&'static str, &'static str)>,
    /// `~/.aws/config`.
    pub config: &'static str,
    /// `~/.aws/credentials`.
    pub credentials: &'static str,
    pub aws: Aws,
    /// Our connection, where it is not the machine's. The SDK is given the same profile or the same keys.
    pub connection: Value,
    /// A part of what both send that shows that the row is about something.
    pub shows: &'static str,
}

const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIAROW"), ("AWS_SECRET_ACCESS_KEY", "secret-of-AKIAROW")];
const REGION: (&str, &str) = ("AWS_REGION", "eu-west-1");
const FIPS: (&str, &str) = ("AWS_USE_FIPS_ENDPOINT", "true");
const DUAL_STACK: (&str, &str) = ("AWS_USE_DUALSTACK_ENDPOINT", "true");

/// A role of the default profile.
const ROLE: &str = "[default]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/a\nsource_profile = base\n\
    role_session_name = flow\n[profile base]\naws_access_key_id = AKIAFILE\naws_secret_access_key = secret-of-AKIAFILE\n";
/// The same of a profile that a connection names, with settings.
const ROLE_WITH_SETTINGS: &str = "[profile role]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/a\n\
    source_profile = base\nrole_session_name = flow\nuse_fips_endpoint = true\nsdk_ua_app_id = flows\n\
    [profile base]\naws_access_key_id = AKIAFILE\naws_secret_access_key = secret-of-AKIAFILE\n";
/// Endpoints of a profile.
const SERVICES: &str = "[default]\nendpoint_url = http://general.test\nservices = own\n\
    [services own]\nglue =\n  endpoint_url = http://glue.test/path\nsts =\n  endpoint_url = http://sts.test\n";

/// A machine with keys and a region.
pub fn row(name: &'static str, shows: &'static str) -> Row {
    let environment = vec![KEYS[0], KEYS[1], REGION];
    let aws = Aws::default();
    Row { name, environment, config: "", credentials: "", aws, connection: Value::Null, shows }
}

/// A machine without either.
fn bare(name: &'static str, shows: &'static str) -> Row {
    Row { environment: Vec::new(), ..row(name, shows) }
}

/// AWS with a clock that is ahead by this many minutes.
pub fn ahead(ahead: i64) -> Aws {
    Aws { ahead, ..Aws::default() }
}

/// AWS that answers nothing else.
pub fn refusing(status: u16, code: &str) -> Aws {
    Aws { refusal: Some((status, code.to_owned())), ..Aws::default() }
}

impl Row {
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.environment.retain(|(other, _)| *other != name);
        self.environment.push((name, value));
        self
    }

    fn config(self, config: &'static str) -> Self {
        Self { config, ..self }
    }

    fn credentials(self, credentials: &'static str) -> Self {
        Self { credentials, ..self }
    }

    pub fn aws(self, aws: Aws) -> Self {
        Self { aws, ..self }
    }

    fn connection(self, connection: Value) -> Self {
        Self { connection, ..self }
    }
}

/// The sources of credentials that AWS's tools have.
pub fn sources() -> Vec<Row> {
    vec![
        row("1 keys of the environment", "AKIAROW"),
        row("2 a session token of the environment", "token-of-row").with("AWS_SESSION_TOKEN", "token-of-row"),
        bare("3 the default profile", "AKIAFILE/ca-central-1").config("[default]\nregion = ca-central-1\n").credentials(
            "[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = secret-of-AKIAFILE\n",
        ),
        bare("4 the profile of AWS_PROFILE", "AKIAFILE/us-east-2")
            .with("AWS_PROFILE", "team")
            .config("[profile team]\nregion = us-east-2\naws_access_key_id = AKIAFILE\naws_secret_access_key = secret-of-AKIAFILE\n"),
        bare("5 the profile of a connection", "AKIAFILE/us-east-2")
            .with("AWS_PROFILE", "other")
            .config("[profile team]\nregion = us-east-2\naws_access_key_id = AKIAFILE\naws_secret_access_key = secret-of-AKIAFILE\n")
            .connection(json!({ "key": "awsDefault", "fields": { "profile": "team" } })),
        bare("6 a process", "ASIAPROCESS").with(REGION.0, REGION.1).config(
            "[default]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"ASIAPROCESS\",\"SecretAccessKey\":\"secret-of-ASIAPROCESS\",\"SessionToken\":\"t\"}'\n",
        ),
        bare("7 a role of a profile and its source", "ASIAROLE").config(
            "[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/a\nsource_profile = base\nexternal_id = e-1\nrole_session_name = flow\n\
             [profile base]\naws_access_key_id = AKIAFILE\naws_secret_access_key = secret-of-AKIAFILE\n",
        ),
        bare("8 a role of a role", "ASIAROLE").config(
            "[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/b\nsource_profile = middle\nrole_session_name = flow\n\
             [profile middle]\nrole_arn = arn:aws:iam::111122223333:role/a\nsource_profile = base\nrole_session_name = flow\n\
             [profile base]\naws_access_key_id = AKIAFILE\naws_secret_access_key = secret-of-AKIAFILE\n",
        ),
        row("9 a role of a profile and the environment", "ASIAROLE")
            .config("[profile role]\nrole_arn = arn:aws:iam::111122223333:role/a\ncredential_source = Environment\nrole_session_name = flow\n")
            .connection(json!({ "key": "awsDefault", "fields": { "profile": "role" } })),
        bare("10 web identity of the environment", "ASIAWEB")
            .with(REGION.0, REGION.1)
            .with("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/a")
            .with("AWS_ROLE_SESSION_NAME", "flow")
            .with("AWS_WEB_IDENTITY_TOKEN_FILE", "{home}/token"),
        bare("11 web identity of a profile", "ASIAWEB").config(
            "[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/a\nrole_session_name = flow\nweb_identity_token_file = {home}/token\n",
        ),
        bare("12 single sign-on of a profile", "ASIASSO").config(
            "[default]\nregion = eu-west-1\nsso_start_url = https://start\nsso_region = us-east-1\nsso_account_id = 111122223333\nsso_role_name = a\n",
        ),
        bare("13 single sign-on of a session", "ASIASSO").config(
            "[default]\nregion = eu-west-1\nsso_session = work\nsso_account_id = 111122223333\nsso_role_name = a\n\
             [sso-session work]\nsso_region = us-east-1\nsso_start_url = https://start\n",
        ),
        bare("14 a container by its path", "ASIACONTAINER")
            .with(REGION.0, REGION.1)
            .with("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/container"),
        bare("15 a container by its URL, with a token", "ASIACONTAINER")
            .with(REGION.0, REGION.1)
            .with("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/container")
            .with("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "{home}/token"),
        bare("16 the metadata of an instance", "ASIAINSTANCE").with(REGION.0, REGION.1),
    ]
}

/// Regions, endpoints and what else is in a request.
pub fn settings() -> Vec<Row> {
    let keys = json!({ "accessKeyId": "AKIAROW", "secretAccessKey": "secret-of-AKIAROW" });
    let mut rows = vec![
        bare("AWS_DEFAULT_REGION", "/ap-south-1/")
            .with(KEYS[0].0, KEYS[0].1)
            .with(KEYS[1].0, KEYS[1].1)
            .with("AWS_DEFAULT_REGION", "ap-south-1"),
        row("FIPS", "glue-fips.us-east-1").with("AWS_REGION", "us-east-1").with(FIPS.0, FIPS.1),
        row("dual-stack", "glue.eu-west-1.api.aws").with(DUAL_STACK.0, DUAL_STACK.1),
        row("FIPS and dual-stack", "glue-fips.us-east-1.api.aws")
            .with("AWS_REGION", "us-east-1")
            .with(FIPS.0, FIPS.1)
            .with(DUAL_STACK.0, DUAL_STACK.1),
        row("FIPS and dual-stack of a profile", "glue-fips.eu-west-1.api.aws")
            .config("[default]\nuse_fips_endpoint = TRUE\nuse_dualstack_endpoint = true\n"),
        row("FIPS of a profile, not of the environment", "https://glue.eu-west-1.amazonaws.com")
            .config("[default]\nuse_fips_endpoint = true\n")
            .with(FIPS.0, "false"),
        row("a general endpoint", "http://general.test/").with("AWS_ENDPOINT_URL", "http://general.test"),
        row("an endpoint of Glue", "http://glue.test/")
            .with("AWS_ENDPOINT_URL", "http://general.test")
            .with("AWS_ENDPOINT_URL_GLUE", "http://glue.test"),
        row("an endpoint of a profile", "http://general.test/")
            .config("[default]\nendpoint_url = http://general.test\n"),
        row("an endpoint of a profile's services", "http://glue.test/path").config(SERVICES),
        row("an endpoint of the environment before the services", "http://general.test/")
            .config(SERVICES)
            .with("AWS_ENDPOINT_URL", "http://general.test"),
        row("ignored endpoints", "https://glue.eu-west-1.amazonaws.com/")
            .config(SERVICES)
            .with("AWS_ENDPOINT_URL_GLUE", "http://glue.test")
            .with("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
        row("ignored endpoints of a profile", "https://glue.eu-west-1.amazonaws.com/")
            .config("[default]\nendpoint_url = http://general.test\nignore_configured_endpoint_urls = true\n"),
        row("the profile's settings for keys of a connection", "http://glue.test/path")
            .config(SERVICES)
            .connection(json!({ "key": "apiKeySecret", "fields": keys })),
        row("an application's name", "app/flows").with("AWS_SDK_UA_APP_ID", "flows"),
        row("an application's name of a profile", "app/flows").config("[default]\nsdk_ua_app_id = flows\n"),
        row("an application's name that is none", "api/glue").with("AWS_SDK_UA_APP_ID", "no app"),
        row("a Lambda function", "Root=1-5759e988;Lineage=a%0A%C3%A9")
            .with("AWS_LAMBDA_FUNCTION_NAME", "f")
            .with("_X_AMZN_TRACE_ID", "Root=1-5759e988;Lineage=a\n\u{e9}"),
        row("a trace outside Lambda", "api/glue").with("_X_AMZN_TRACE_ID", "Root=1"),
    ];
    for region in ["us-east-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "us-iso-east-1", "us-isob-east-1"] {
        rows.push(row("a region of another partition", region).with("AWS_REGION", region));
    }
    rows
}

/// The requests to STS.
pub fn roles() -> Vec<Row> {
    let by_profile = || json!({ "key": "awsDefault", "fields": { "profile": "role" } });
    let by_connection = || {
        json!({ "key": "awsAssumeRole", "fields": {
            "roleArn": "arn:aws:iam::111122223333:role/a", "accessKeyId": "AKIAROW", "secretAccessKey": "secret-of-AKIAROW",
        } })
    };
    vec![
        bare("the region of a source profile", "/sa-east-1/").config(
            "[default]\nrole_arn = arn:aws:iam::111122223333:role/a\nsource_profile = base\nrole_session_name = flow\n\
             [profile base]\nregion = sa-east-1\naws_access_key_id = AKIAFILE\naws_secret_access_key = secret-of-AKIAFILE\n",
        ),
        bare("a role of a profile with settings", "sts-fips.us-east-1").config(ROLE_WITH_SETTINGS).connection(by_profile()),
        bare("a role of the default profile, over FIPS and dual-stack", "sts-fips.us-east-1.api.aws")
            .with(FIPS.0, FIPS.1)
            .with(DUAL_STACK.0, DUAL_STACK.1)
            .config(ROLE),
        bare("a role of the default profile, with services", "http://sts.test/").config(
            "[default]\nregion = us-east-1\nrole_arn = arn:aws:iam::111122223333:role/a\nsource_profile = base\n\
             role_session_name = flow\nservices = own\n[services own]\nsts =\n  endpoint_url = http://sts.test\n\
             [profile base]\naws_access_key_id = AKIAFILE\naws_secret_access_key = secret-of-AKIAFILE\n",
        ),
        bare("a web identity, with services", "http://sts.test/")
            .with(REGION.0, REGION.1)
            .config("[default]\nservices = own\n[services own]\nsts =\n  endpoint_url = http://sts.test\n")
            .with("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/a")
            .with("AWS_ROLE_SESSION_NAME", "flow")
            .with("AWS_WEB_IDENTITY_TOKEN_FILE", "{home}/token"),
        bare("a role of the default profile, by a clock that is behind", "ASIAROLE").config(ROLE).aws(ahead(20)),
        row("a role of a connection", "RoleSessionName=glue-connector").connection(by_connection()),
        row("a role of a connection, over FIPS and dual-stack", "sts-fips.us-east-1.api.aws")
            .with("AWS_REGION", "us-east-1")
            .with(FIPS.0, FIPS.1)
            .with(DUAL_STACK.0, DUAL_STACK.1)
            .connection(by_connection()),
        row("a role of a connection, with services", "http://sts.test/").config(SERVICES).connection(by_connection()),
        row("a role of a connection, with endpoints", "http://sts.test/")
            .with("AWS_ENDPOINT_URL", "http://general.test")
            .with("AWS_ENDPOINT_URL_STS", "http://sts.test")
            .connection(by_connection()),
        row("a role of a connection, with a name and a trace", "Root=1")
            .with("AWS_SDK_UA_APP_ID", "flows")
            .with("AWS_LAMBDA_FUNCTION_NAME", "f")
            .with("_X_AMZN_TRACE_ID", "Root=1")
            .connection(by_connection()),
        row("a role of a connection, by a clock that is behind", "ASIAROLE").aws(ahead(20)).connection(by_connection()),
        row("a role of a connection, by a clock that is ahead", "ASIAROLE").aws(ahead(-20)).connection(by_connection()),
    ]
}

/// Answers that are no success.
pub fn refusals() -> Vec<Row> {
    let failing = || refusing(500, "InternalServiceException");
    let mut rows = vec![
        row("one attempt", "AKIAROW").aws(failing()).with("AWS_MAX_ATTEMPTS", "1"),
        row("two attempts", "AKIAROW").aws(failing()).with("AWS_MAX_ATTEMPTS", "2"),
        row("two attempts of a profile", "AKIAROW").aws(failing()).config("[default]\nmax_attempts = 2\n"),
        row("a clock that is behind", "AKIAROW").aws(ahead(20)),
        row("a clock that is ahead", "AKIAROW").aws(ahead(-20)),
        row("a clock that is kept", "AKIAROW").aws(ahead(20)).with("AWS_DISABLE_CLOCK_SKEW_CORRECTION", "true"),
    ];
    for code in
        ["EntityNotFoundException", "InvalidInputException", "AccessDeniedException", "com.amazonaws#NewException"]
    {
        rows.push(row("a refusal", "AKIAROW").aws(refusing(400, code)));
    }
    rows
}
