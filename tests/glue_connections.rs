//! Glue connections on an emulator, and what each of their types requires.

use serde_json::json;

use crate::support::emulator::Emulator;
use crate::support::program::{data, error};
use crate::support::stub::{Answer, Stub};

#[test]
fn a_glue_connection_is_made_listed_and_read() {
    let mut aws = Emulator::start();
    let at = aws.endpoint.clone();
    let given = json!({
        "name": "orders-db",
        "connectionType": "JDBC",
        "connectionProperties": { "JDBC_CONNECTION_URL": "jdbc:postgresql://db/shop", "USERNAME": "u", "PASSWORD": "correct horse" },
        "matchCriteria": ["a"],
        "physicalConnectionRequirements": { "subnetId": "subnet-1", "securityGroupIdList": "[\"sg-1\"]" },
        "authenticationConfiguration": { "authenticationType": "", "secretArn": null },
        "tags": { "team": "sales" },
    });
    assert_eq!(data(&at, "createConnection", given.clone()), json!({ "CreateConnectionStatus": "READY" }));

    let found = data(&at, "getConnection", json!({ "name": "orders-db" }));
    assert_eq!(found, aws.boto3("glue", "GetConnection", json!({ "Name": "orders-db", "HidePassword": true })));
    assert_eq!(
        found["Connection"]["ConnectionProperties"],
        json!({ "JDBC_CONNECTION_URL": "jdbc:postgresql://db/shop", "USERNAME": "u" })
    );
    let listed = data(&at, "listConnections", json!({ "connectionType": "JDBC" }));
    assert_eq!(listed["ConnectionList"][0], found["Connection"]);

    let twice = error(&at, "createConnection", given);
    assert_eq!((&twice["kind"], &twice["effect"]), (&json!("alreadyExists"), &json!("none")));
}

#[test]
fn what_each_connection_type_requires_is_said_before_anything_is_sent() {
    let stub = Stub::start([Answer::Ok(json!({}))]);
    let url = json!({ "JDBC_CONNECTION_URL": "jdbc:x" });
    for (given, field) in [
        (json!({ "connectionType": "JDBC", "connectionProperties": {} }), "/input/connectionProperties"),
        (
            json!({ "connectionType": "JDBC", "connectionProperties": { "HOST": "h", "PORT": "1" } }),
            "/input/connectionProperties",
        ),
        (json!({ "connectionType": "JDBC", "connectionProperties": url }), "/input/connectionProperties"),
        (
            json!({ "connectionType": "MONGODB", "connectionProperties": { "CONNECTION_URL": "m" } }),
            "/input/connectionProperties",
        ),
        (json!({ "connectionType": "KAFKA", "connectionProperties": {} }), "/input/connectionProperties"),
        (
            json!({ "connectionType": "MARKETPLACE", "connectionProperties": { "CONNECTOR_TYPE": "JDBC" } }),
            "/input/connectionProperties",
        ),
        (json!({ "connectionType": "SALESFORCE", "connectionProperties": {} }), "/input/authenticationConfiguration"),
        (json!({ "connectionType": "NETWORK", "connectionProperties": {} }), "/input/physicalConnectionRequirements"),
        (json!({ "connectionType": "SFTP", "connectionProperties": {} }), "/input/connectionType"),
    ] {
        let mut input = given.clone();
        input["name"] = json!("c");
        let refused = error(&stub.endpoint, "createConnection", input);
        assert_eq!((&refused["kind"], refused["field"].as_str()), (&json!("invalidInput"), Some(field)), "{given}");
    }
    for accepted in [
        json!({ "connectionType": "JDBC", "connectionProperties": { "HOST": "h", "PORT": "1", "JDBC_ENGINE": "e", "SECRET_ID": "s" } }),
        json!({ "connectionType": "JDBC", "connectionProperties": url, "authenticationConfiguration": { "authenticationType": "IAM" } }),
        json!({ "connectionType": "NETWORK", "connectionProperties": {}, "physicalConnectionRequirements": { "subnetId": "s" } }),
        json!({ "connectionType": "A_TYPE_OF_TOMORROW", "connectionProperties": { "A_KEY_OF_TOMORROW": "v" } }),
    ] {
        let mut input = accepted;
        input["name"] = json!("c");
        data(&stub.endpoint, "createConnection", input);
    }
    assert_eq!(stub.requests().len(), 4);
}
