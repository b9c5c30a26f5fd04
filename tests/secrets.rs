//! A secret given in any field appears nowhere in standard output or standard error, at any log level.

use serde_json::{Value, json};

use crate::support::program::{command, invoke_text, request};
use crate::support::stub::{Answer, Request, Stub};

const SECRET: &str = "Tr0ub4dor&3-hunter2";

/// Puts the secret in the place of every text in the value, one at a time.
fn spoil(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| {
                spoil(member).into_iter().map(move |spoiled| {
                    let mut copy = value.clone();
                    copy[name] = spoiled;
                    copy
                })
            })
            .collect(),
        Value::Array(items) => (0..items.len())
            .flat_map(|index| {
                spoil(&items[index]).into_iter().map(move |spoiled| {
                    let mut copy = value.clone();
                    copy[index] = spoiled;
                    copy
                })
            })
            .collect(),
        _ => vec![json!(SECRET)],
    }
}

#[test]
fn a_secret_in_any_field_appears_nowhere() {
    let stub = Stub::start([Answer::Ok(json!({}))]);
    let mut create = request(
        &stub.endpoint,
        "createConnection",
        json!({
            "name": "c", "connectionType": "CUSTOM", "connectionProperties": { "PASSWORD": "x" }, "matchCriteria": ["x"], "tags": { "k": "v" },
            "validateCredentials": true,
            "authenticationConfiguration": {
                "secretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:s",
                "basicAuthenticationCredentials": { "username": "u", "password": "p" },
                "customAuthenticationCredentials": { "k": "v" },
                "oAuth2Properties": { "oAuth2Credentials": { "accessToken": "t", "jwtToken": "a.b.c" } },
            },
        }),
    );
    create["timeoutMs"] = json!(5000);
    create["connection"]["fields"]["sessionToken"] = json!("t");
    create["connection"]["fields"]["proxyUrl"] = json!(stub.endpoint);
    create["connection"]["fields"]["caBundle"] = json!("/nonexistent");
    let mut start = request(
        &stub.endpoint,
        "startJobRun",
        json!({ "name": "j", "args": [{ "key": "--k", "value": "v" }], "allocatedCapacity": 2, "timeout": 5 }),
    );
    start["id"] = json!("1");
    // A host's own ID is echoed; it is not a place for a secret. An action's key is repeated as unknown.
    let spoiled = spoil(&create)
        .into_iter()
        .chain(spoil(&start))
        .filter(|request| request["id"] != SECRET && request["action"] != SECRET);
    let spoiled: Vec<_> = spoiled.filter(|request| request["connection"]["key"] != SECRET).collect();
    assert!(spoiled.len() > 30, "only {}", spoiled.len());
    for (number, request) in spoiled.iter().enumerate() {
        let level = ["error", "debug", "trace"][number % 3];
        let outcome = invoke_text(command().args(["--log", level, "invoke"]), request.to_string().as_bytes());
        assert!(!outcome.stdout.contains(SECRET), "{request}\n{}", outcome.stdout);
        assert!(!outcome.stderr.contains(SECRET), "{request}\n{}", outcome.stderr);
    }
}

/// Every secret of a request, in fields that take one, each a canary of its own.
fn canaries(proxy: &str) -> (Value, Vec<String>) {
    let mut made = Vec::new();
    let mut canary = |name: &str| {
        made.push(format!("canary-{name}-{}", made.len()));
        json!(made.last())
    };
    let call = json!({
        "action": "createConnection",
        "timeoutMs": 1500,
        "connection": { "key": "apiKeySecret", "fields": {
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "secretAccessKey": canary("secret-access-key"), "sessionToken": canary("session-token"),
            "region": "us-east-1", "endpointUrl": "http://glue.invalid", "proxyUrl": format!("{}:{}@{}", "http://user", canary("proxy").as_str().expect("text"), proxy.trim_start_matches("http://")),
        } },
        "input": {
            "name": "c", "connectionType": "CUSTOM",
            "connectionProperties": {
                "PASSWORD": canary("password"), "ENCRYPTED_PASSWORD": canary("encrypted"), "KAFKA_CLIENT_KEYSTORE_PASSWORD": canary("keystore"),
                "KAFKA_CLIENT_KEY_PASSWORD": canary("key"), "KAFKA_SASL_PLAIN_PASSWORD": canary("plain"), "KAFKA_SASL_SCRAM_PASSWORD": canary("scram"),
                "JDBC_CONNECTION_URL": format!("jdbc:postgresql://h/db?user=u&password={}", canary("url").as_str().expect("text")),
                "CONNECTION_URL": format!("mongodb://u:{}@h/db", canary("mongodb").as_str().expect("text")),
            },
            "sparkProperties": { "sfPassword": canary("spark") }, "athenaProperties": { "api_key": canary("athena") }, "pythonProperties": { "token": canary("python") },
            "authenticationConfiguration": {
                "basicAuthenticationCredentials": { "username": "u", "password": canary("basic") },
                "customAuthenticationCredentials": { "anything": canary("custom") },
                "oAuth2Properties": {
                    "tokenUrlParametersMap": { "client_secret": canary("parameter") },
                    "authorizationCodeProperties": { "authorizationCode": canary("code") },
                    "oAuth2Credentials": {
                        "userManagedClientApplicationClientSecret": canary("client"), "accessToken": canary("access"), "refreshToken": canary("refresh"),
                        "jwtToken": format!("aaa.bbb.{}", canary("jwt").as_str().expect("text").replace('-', "_")),
                    },
                },
            },
        },
    });
    let made =
        made.into_iter().map(|canary| if canary.contains("jwt") { canary.replace('-', "_") } else { canary }).collect();
    (call, made)
}

#[test]
fn canaries_in_every_secret_field_are_never_seen_whatever_aws_says() {
    let answers = [
        // AWS repeats the whole request in its error.
        Answer::Echo(400, "InvalidInputException"),
        Answer::Echo(400, "AccessDeniedException"),
        Answer::Echo(500, "InternalServiceException"),
        Answer::Raw(200, "not JSON".to_owned()),
        Answer::CutOff("{".to_owned()),
        Answer::Hangup,
        Answer::After(std::time::Duration::from_secs(3), Box::new(Answer::Ok(json!({})))),
        Answer::Ok(json!({ "CreateConnectionStatus": "READY" })),
    ];
    for answer in answers {
        for level in ["off", "error", "debug", "trace"] {
            let stub = Stub::start([answer.clone()]);
            let (call, canaries) = canaries(&stub.endpoint);
            let mut program = command();
            if level != "off" {
                program.args(["--log", level]);
            }
            program.args(["invoke", "--allow-endpoint", "http://glue.invalid"]).env("RUST_BACKTRACE", "full");
            let outcome = invoke_text(&mut program, call.to_string().as_bytes());
            assert!(outcome.reply["ok"].is_boolean(), "{}", outcome.stdout);
            let sent = stub.requests();
            for canary in &canaries {
                assert!(
                    !outcome.stdout.contains(canary.as_str()) && !outcome.stderr.contains(canary.as_str()),
                    "{canary}: {answer:?}\n{}\n{}",
                    outcome.stdout,
                    outcome.stderr
                );
                // What belongs to AWS did get there, signed.
                let signed_only =
                    ["secret-access-key", "proxy", "session-token"].iter().any(|name| canary.contains(name));
                assert!(
                    signed_only
                        || sent
                            .iter()
                            .any(|request| request.operation != "CreateConnection"
                                || request.body.contains(canary.as_str())),
                    "{canary}"
                );
            }
        }
    }
}

#[test]
fn secrets_of_glue_connections_come_back_masked() {
    let secret = json!({
        "Name": "c", "Description": "see mongodb://u:s3cret-1@h/",
        "ConnectionProperties": {
            "USERNAME": "u", "PASSWORD": "s3cret-2", "ENCRYPTED_PASSWORD": "s3cret-3", "KAFKA_SASL_SCRAM_PASSWORD": "s3cret-4", "SECRET_ID": "name-of-a-secret",
            "JDBC_CONNECTION_URL": "jdbc:sqlserver://h:1;user=u;password=s3cret-5;encrypt=true", "CONNECTION_URL": "mongodb://u:s3cret-6@h/db",
        },
        "SparkProperties": { "sfPassword": "s3cret-7" }, "AthenaProperties": { "secretArn": "arn:x" }, "PythonProperties": { "api_key": "s3cret-8" },
        "AuthenticationConfiguration": { "OAuth2Properties": { "TokenUrlParametersMap": { "client_secret": "s3cret-9" } }, "Tomorrow": { "Password": "s3cret-10" } },
        "Tomorrow": [{ "AccessToken": "s3cret-11" }],
    });
    for (action, answer) in
        [("getConnection", json!({ "Connection": secret })), ("listConnections", json!({ "ConnectionList": [secret] }))]
    {
        let stub = Stub::start([Answer::Ok(answer)]);
        for hide in [true, false] {
            let mut input = json!({ "hidePassword": hide });
            if action == "getConnection" {
                input["name"] = json!("c");
            }
            let call = request(&stub.endpoint, action, input.clone());
            let masked = invoke_text(command().arg("invoke"), call.to_string().as_bytes());
            assert!(masked.reply["ok"] == true && !masked.stdout.contains("s3cret"), "{}", masked.stdout);
            for kept in [
                "name-of-a-secret",
                "arn:x",
                "jdbc:sqlserver://h:1;user=u;password=***;encrypt=true",
                "mongodb://u:***@h/db",
            ] {
                assert!(masked.stdout.contains(kept), "{kept}: {}", masked.stdout);
            }
            input["revealSecrets"] = json!(true);
            let call = request(&stub.endpoint, action, input).to_string();
            let refused = invoke_text(command().arg("invoke"), call.as_bytes());
            assert_eq!(
                (&refused.reply["error"]["kind"], &refused.reply["error"]["field"]),
                (&json!("accessDenied"), &json!("/input/revealSecrets"))
            );
            let allowed = invoke_text(command().args(["invoke", "--allow-reveal"]), call.as_bytes());
            assert!((1..=11).all(|number| allowed.stdout.contains(&format!("s3cret-{number}"))), "{}", allowed.stdout);
        }
    }
}

#[test]
fn arguments_come_back_masked_as_a_raw_request_masks_them() {
    let arguments = json!({
        "--db_password": "s3cret-1", "--sslKey": "s3cret-2", "--conn": "jdbc:postgresql://h/d?user=u&password=s3cret-3",
        "--day": "2026-11-20", "--idempotency_key": "k1",
    });
    let run = |state: &str| {
        json!({
            "Id": "jr_1", "JobName": "j", "JobRunState": state, "Arguments": arguments, "Tomorrow": { "token": "s3cret-4" },
            "ErrorMessage": "no answer from mongodb://u:s3cret-5@h/", "PredecessorRuns": [{ "JobName": "i", "Password": "s3cret-6" }],
        })
    };
    let node = json!({ "Type": "JOB", "JobDetails": { "JobRuns": [run("SUCCEEDED")] }, "TriggerDetails": { "Trigger": { "Actions": [{ "Arguments": arguments }] } } });
    let job = json!({ "Name": "j", "DefaultArguments": arguments, "NonOverridableArguments": arguments, "SourceControlDetails": { "AuthToken": "s3cret-7" } });
    for (action, operation, input, answer) in [
        ("getJob", "GetJob", json!({ "name": "j" }), json!({ "Job": job })),
        ("getJobRun", "GetJobRun", json!({ "name": "j", "runId": "jr_1" }), json!({ "JobRun": run("SUCCEEDED") })),
        ("listJobRuns", "GetJobRuns", json!({ "name": "j" }), json!({ "JobRuns": [run("RUNNING")] })),
        (
            "getTrigger",
            "GetTrigger",
            json!({ "name": "t" }),
            json!({ "Trigger": { "Name": "t", "Actions": [{ "JobName": "j", "Arguments": arguments }] } }),
        ),
        (
            "getWorkflowRun",
            "GetWorkflowRun",
            json!({ "name": "w", "runId": "wr_1", "includeGraph": true }),
            json!({ "Run": { "Name": "w", "WorkflowRunProperties": arguments, "Graph": { "Nodes": [node] } } }),
        ),
    ] {
        let stub = Stub::start([Answer::Ok(answer.clone())]);
        let call = |action: &str, input: &Value| {
            let flags = ["invoke", "--allow-reveal"];
            invoke_text(command().args(flags), request(&stub.endpoint, action, input.clone()).to_string().as_bytes())
        };
        let raw = call("rawRequest", &json!({ "operation": operation }));
        let masked = call(action, &input);
        assert!(masked.reply["ok"] == true && !masked.stdout.contains("s3cret"), "{}", masked.stdout);
        assert_eq!(masked.reply["data"], raw.reply["data"], "{action}");
        for kept in [r#""--db_password":"***""#, "2026-11-20", r#""--idempotency_key":"k1""#, "user=u&password=***"] {
            assert!(masked.stdout.contains(kept), "{kept}: {}", masked.stdout);
        }
        let mut input = input;
        input["revealSecrets"] = json!(true);
        assert_eq!(call(action, &input).reply["data"], answer, "{action}");
        let refused =
            invoke_text(command().arg("invoke"), request(&stub.endpoint, action, input).to_string().as_bytes());
        assert_eq!(refused.reply["error"]["field"], "/input/revealSecrets", "{action}: {}", refused.stdout);
    }
    for (state, input) in [("SUCCEEDED", json!({})), ("FAILED", json!({})), ("RUNNING", json!({ "timeoutSeconds": 1 }))]
    {
        let run = run(state);
        let stub = Stub::serve(move |request: &Request| {
            Answer::Ok(match request.operation.as_str() {
                "StartJobRun" => json!({ "JobRunId": "jr_1" }),
                "GetJobRun" => json!({ "JobRun": run }),
                _ => json!({ "JobRuns": [run] }),
            })
        });
        for (action, name) in [("waitForJobRun", "runId"), ("runJob", "jobRunId")] {
            let mut input = input.clone();
            (input["name"], input[name]) = (json!("j"), json!("jr_1"));
            let call = request(&stub.endpoint, action, input);
            let waited = invoke_text(command().arg("invoke"), call.to_string().as_bytes());
            assert_eq!(waited.reply["ok"], state != "FAILED", "{}", waited.stdout);
            assert!(waited.stdout.contains("***") && !waited.stdout.contains("s3cret"), "{}", waited.stdout);
        }
    }
}

#[test]
fn nothing_that_a_source_of_credentials_prints_or_keeps_is_repeated() {
    let home = std::env::temp_dir().join(format!("glue-connector-sources-{}", std::process::id()));
    let cache = home.join(".aws/sso/cache");
    std::fs::create_dir_all(&cache).expect("writable");
    // The SHA-1 of the session's name, `s`.
    let token = cache.join("a0f1490a20d0211c997b44bc357e1972deab8ae3.json");
    std::fs::write(token, r#"{"accessToken":"canary"#).expect("writable");
    let (config, web_token) = (home.join("config"), home.join("token"));
    std::fs::write(&web_token, "canary").expect("writable");
    let process =
        |name: &str, command: &str| format!("[profile {name}]\nregion = us-east-1\ncredential_process = {command}\n");
    let profiles = [
        process("stderr", "echo canary >&2; exit 1; canary"),
        process("json", r#"echo '{"Version":1,"SecretAccessKey":"canary","SessionToken":"\q canary"'"#),
        process("field", r#"echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"canary","Expiration":"canary"}'"#),
        process("text", "echo canary"),
        process("missing", "/nonexistent/canary"),
        "[profile sso]\nregion = us-east-1\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n"
            .to_owned(),
        "[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://canary.example.com\n".to_owned(),
        format!(
            "[profile web]\nregion = us-east-1\nrole_arn = arn:aws:iam::123456789012:role/r\nweb_identity_token_file = {}\n",
            web_token.display()
        ),
    ];
    std::fs::write(&config, profiles.concat()).expect("writable");
    let refusal =
        "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>canary</Message></Error></ErrorResponse>";
    let stub = Stub::start([Answer::Raw(400, refusal.to_owned())]);
    for (profile, expected) in [
        ("stderr", "`credential_process`"),
        ("json", "`credential_process`"),
        ("field", "`credential_process`"),
        ("text", "`credential_process`"),
        ("missing", "`credential_process`"),
        ("sso", "aws sso login"),
        ("web", "InvalidIdentityToken"),
    ] {
        let connection = json!({ "key": "awsDefault", "fields": { "profile": profile } });
        let call = json!({ "action": "listJobs", "connection": connection });
        let mut program = command();
        program.args(["--log", "trace", "invoke"]).env("HOME", &home).env("AWS_CONFIG_FILE", &config);
        program.env("AWS_ENDPOINT_URL", &stub.endpoint);
        let outcome = invoke_text(&mut program, call.to_string().as_bytes());
        let error = &outcome.reply["error"];
        assert_eq!(error["kind"], "connection", "{profile}: {}", outcome.stdout);
        assert!(error["message"].as_str().is_some_and(|text| text.contains(expected)), "{profile}: {error}");
        assert!(
            !outcome.stdout.contains("canary") && !outcome.stderr.contains("canary"),
            "{profile}: {}",
            outcome.stdout
        );
    }
    std::fs::remove_dir_all(home).expect("removable");
}

#[test]
fn secrets_do_not_print() {
    use glue_connector::protocol::Request;
    let (call, canaries) = canaries("http://127.0.0.1:1");
    let parsed = Request::parse(call.to_string().as_bytes()).expect("a request");
    let plan = glue_connector::registry::connection("apiKeySecret")
        .expect("a connection")
        .read(call["connection"]["fields"].clone())
        .expect("fields");
    let printed = format!("{parsed:?} {plan:?}");
    assert!(canaries.iter().all(|canary| !printed.contains(canary.as_str())), "{printed}");
}

#[test]
fn logs_tell_what_happened_and_no_more() {
    let stub = Stub::start([
        Answer::Error(400, "ThrottlingException", "slow".to_owned()),
        Answer::Ok(json!({ "JobNames": [] })),
    ]);
    let text = request(&stub.endpoint, "listJobs", json!({})).to_string();
    let quiet = invoke_text(command().arg("invoke"), text.as_bytes());
    assert_eq!(quiet.stderr, "");
    let loud = invoke_text(command().env("GLUE_CONNECTOR_LOG", "trace").arg("invoke"), text.as_bytes());
    assert!(loud.stderr.contains("answered"), "{}", loud.stderr);
    assert!(
        !loud.stderr.contains("wJalrXUtnFEMI") && !loud.stderr.to_lowercase().contains("authorization"),
        "{}",
        loud.stderr
    );
}
