//! Connections that name a profile of the shared files, and what a profile settles.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::program::{Outcome, command, invoke_text};
use crate::support::stub::{Answer, Stub};

/// A folder with the shared files.
struct Files(PathBuf);

impl Files {
    fn new(config: &str, credentials: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("glue-connector-files-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("writable");
        std::fs::write(folder.join("config"), config).expect("writable");
        std::fs::write(folder.join("credentials"), credentials).expect("writable");
        Self(folder)
    }

    fn invoke(&self, environment: &[(&str, &str)], connection: &Value) -> Outcome {
        let mut command: Command = command();
        let endpoint = &connection["fields"]["endpointUrl"];
        command
            // The endpoints of these requests, which use the machine's identity.
            .args(["invoke", "--allow-endpoint", endpoint.as_str().unwrap_or("http://localhost")])
            .env("AWS_CONFIG_FILE", self.0.join("config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.0.join("credentials"))
            .envs(environment.iter().copied());
        let request = json!({ "action": "listJobs", "connection": connection });
        invoke_text(&mut command, request.to_string().as_bytes())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn profile(name: &str, endpoint: &str) -> Value {
    json!({ "key": "awsDefault", "fields": { "profile": name, "endpointUrl": endpoint } })
}

const CREDENTIALS: &str = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s\n\
    [team]\naws_access_key_id = AKIATEAM\naws_secret_access_key = s\n";
const CONFIG: &str = "[default]\nregion = us-east-1\n[profile team]\nregion = ca-central-1\n[profile bare]\n\
    region = us-east-1\n[profile console]\nregion = us-east-1\nlogin_session = arn:aws:iam::111122223333:user/a\n";
const KEYS: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_PROFILE", "default")];

fn scope_of_last(stub: &Stub) -> String {
    let requests = stub.requests();
    let signed = requests.last().and_then(|request| request.header("authorization")).expect("signed");
    signed.split(',').next().expect("a scope").to_owned()
}

#[test]
fn a_named_profile_is_used_whatever_the_environment_holds() {
    let stub = Stub::start([Answer::Ok(json!({ "JobNames": [] }))]);
    let files = Files::new(CONFIG, CREDENTIALS);
    let outcome = files.invoke(&KEYS, &profile("team", &stub.endpoint));
    assert_eq!(outcome.reply["ok"], true, "{}", outcome.stdout);
    let signed = scope_of_last(&stub);
    assert!(signed.contains("AKIATEAM") && signed.contains("/ca-central-1/"), "{signed}");

    let machine = json!({ "key": "awsDefault", "fields": { "endpointUrl": stub.endpoint } });
    assert_eq!(files.invoke(&KEYS, &machine).reply["ok"], true);
    assert!(scope_of_last(&stub).contains("AKIAENVIRONMENT"), "without a profile, the environment comes first");
}

#[test]
fn a_profile_that_is_not_there_is_named() {
    let stub = Stub::start([Answer::Ok(json!({ "JobNames": [] }))]);
    let files = Files::new(CONFIG, CREDENTIALS);
    let regional = [("AWS_REGION", "eu-west-1")];
    for environment in [&KEYS[..], &regional, &[]] {
        let error = files.invoke(environment, &profile("taem", &stub.endpoint)).reply["error"].take();
        assert_eq!((&error["kind"], &error["effect"]), (&json!("connection"), &json!("none")), "{error}");
        assert_eq!(error["field"], "/connection/fields/profile", "{error}");
        let message = error["message"].as_str().expect("a message");
        assert!(message.contains("no profile `taem`") && message.contains("`team`?"), "{message}");
    }
    assert!(stub.requests().is_empty(), "nothing is sent");
}

#[test]
fn a_profile_without_credentials_takes_nobody_elses() {
    let stub = Stub::start([Answer::Ok(json!({ "JobNames": [] }))]);
    let files = Files::new(CONFIG, CREDENTIALS);
    for (name, said) in [("bare", "profile `bare` names no credentials"), ("console", "`login_session` of `aws login`")]
    {
        let error = files.invoke(&KEYS, &profile(name, &stub.endpoint)).reply["error"].take();
        assert_eq!(error["kind"], "connection", "{error}");
        assert!(error["message"].as_str().is_some_and(|message| message.contains(said)), "{error}");
    }
    assert!(stub.requests().is_empty(), "nothing is sent");
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_only_where_its_profile_is_asked_for() {
    let stub = Stub::start([Answer::Ok(json!({ "JobNames": [] }))]);
    let files = Files::new("[profile team\n", CREDENTIALS);
    let environment = [KEYS[0], KEYS[1], ("AWS_REGION", "eu-west-1")];
    let error = files.invoke(&environment, &profile("team", &stub.endpoint)).reply["error"].take();
    assert_eq!(error["field"], "/connection/fields/profile", "{error}");
    assert!(stub.requests().is_empty(), "nothing is sent");
    let machine = json!({ "key": "awsDefault", "fields": { "endpointUrl": stub.endpoint } });
    assert_eq!(files.invoke(&environment, &machine).reply["ok"], true);
}
