//! The same settings through the SDK's client and through ours: URL, headers, signature, body and outcome are the same.
//!
//! Settings are those of a process, so each row runs in processes of its own: this program once more, as one side.

mod network;
mod rows;

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use aws_config::BehaviorVersion;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_sdk_glue::error::ProvideErrorMetadata;
use clap::{Args, FromArgMatches};
use glue_connector::engine::{Engine, Options};
use glue_connector::protocol;
use glue_runtime::aws::Shared;
use glue_runtime::context::Hooks;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use self::network::{Aws, Network, Seen, secret};
use self::rows::Row;

/// The number of requests that a host makes with one connection.
const CALLS: usize = 2;

/// Tells a process which side it is, and what of.
const SIDE: &str = "PARITY_SIDE";

/// The work of one side.
#[derive(Debug, Deserialize, Serialize)]
struct Work {
    side: Side,
    /// The action of ours, or `check`. The SDK lists jobs.
    action: String,
    aws: Aws,
    connection: Value,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
enum Side {
    Sdk,
    Ours,
}

/// What one side did.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Found {
    requests: Vec<Seen>,
    /// The error code of each call, blank for a success.
    outcomes: Vec<String>,
}

#[test]
fn the_sixteen_sources_of_credentials_are_those_of_the_sdk() {
    let sources = rows::sources();
    assert_eq!(sources.len(), 16);
    compare(&sources);
}

#[test]
fn settings_act_as_in_the_sdk() {
    compare(&rows::settings());
}

#[test]
fn roles_are_assumed_as_by_the_sdk() {
    compare(&rows::roles());
}

#[test]
fn refusals_are_met_as_by_the_sdk() {
    compare(&rows::refusals());
}

/// The minutes by which our requests of a row were signed ahead, and the outcomes of its calls.
fn ours_alone(row: &Row, action: &str) -> (Vec<Option<i64>>, Vec<String>) {
    let found = run(row, Side::Ours, action);
    (found.requests.into_iter().map(|request| request.signed_ahead).collect(), found.outcomes)
}

#[test]
fn a_change_that_is_refused_for_its_time_is_sent_again() {
    let (signed, outcomes) = ours_alone(&rows::row("a clock that is behind", "").aws(rows::ahead(20)), "startJobRun");
    assert_eq!(signed, [0, 20, 20].map(Some));
    assert_eq!(outcomes, ["", ""]);
}

#[test]
fn the_time_of_sts_is_learned_once_a_connection() {
    let (signed, outcomes) = ours_alone(&rows::row("a clock that is behind", "").aws(rows::ahead(20)), "check");
    assert_eq!(signed, [0, 20, 20].map(Some));
    assert_eq!(outcomes, ["", ""]);
}

#[test]
fn a_server_whose_time_never_holds_is_asked_once_more() {
    let (signed, outcomes) = ours_alone(
        &rows::row("a clock that runs", "").aws(Aws { ahead: 20, drift: 20, ..Aws::default() }),
        "startJobRun",
    );
    assert_eq!(signed.len(), 4, "two calls: {signed:?}");
    assert_eq!(outcomes, ["InvalidSignatureException"; 2]);
}

#[test]
fn attempts_are_bounded_and_never_more_than_ours() {
    let failing = rows::row("many attempts", "").aws(rows::refusing(500, "InternalServiceException"));
    let (sent, _) = ours_alone(&failing.with("AWS_MAX_ATTEMPTS", "9"), "listJobs");
    assert_eq!(sent.len(), 5 * CALLS);
}

fn compare(rows: &[Row]) {
    let problems: Vec<_> =
        rows.iter().filter_map(|row| difference(row).map(|text| format!("{}: {text}", row.name))).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n\n"));
}

/// What is wrong with a row, if anything.
fn difference(row: &Row) -> Option<String> {
    let [sdk, ours] = [Side::Sdk, Side::Ours].map(|side| run(row, side, "listJobs"));
    if !format!("{sdk:?}").contains(row.shows) {
        return Some(format!("the SDK sends nothing with {}: {sdk:?}", row.shows));
    }
    let unsigned = |request: &&Seen| request.signature.as_ref().is_some_and(|(.., is_right)| !is_right);
    if let Some(request) = sdk.requests.iter().chain(&ours.requests).find(unsigned) {
        return Some(format!("a wrong signature: {request:?}"));
    }
    (ours != sdk).then(|| format!("differs\nours    {ours:?}\nthe SDK {sdk:?}"))
}

/// Runs one side in a process that has the row's environment and nothing else.
fn run(row: &Row, side: Side, action: &str) -> Found {
    let home = home(row);
    let in_home = |text: &str| text.replace("{home}", &home.to_string_lossy());
    let work = Work { side, action: action.to_owned(), aws: row.aws.clone(), connection: row.connection.clone() };
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sdk_parity::one_side", "--nocapture"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", &home)
        .env(SIDE, serde_json::to_string(&work).unwrap())
        .envs(row.environment.iter().map(|(name, value)| (name, in_home(value))))
        .output()
        .unwrap();
    std::fs::remove_dir_all(&home).unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text
        .lines()
        .find_map(|line| line.strip_prefix(SIDE))
        .unwrap_or_else(|| panic!("{} {side:?}: {text}{}", row.name, String::from_utf8_lossy(&output.stderr)));
    serde_json::from_str(found).unwrap()
}

/// A home folder with the row's files, a token, and the tokens of single sign-on that is under way.
fn home(row: &Row) -> std::path::PathBuf {
    let home =
        std::env::temp_dir().join(format!("glue-connector-parity-{}-{:x}", std::process::id(), fastrand::u64(..)));
    let write = |path: &str, text: &str| {
        let path = home.join(Path::new(path));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text.replace("{home}", &home.to_string_lossy())).unwrap();
    };
    write(".aws/config", row.config);
    write(".aws/credentials", row.credentials);
    write("token", "a-token");
    let token = json!({ "accessToken": "sso-token", "expiresAt": "2099-01-01T00:00:00Z", "region": "us-east-1", "startUrl": "https://start" });
    // SHA-1 of `https://start` and of `work`.
    for name in ["6ad0e7e61d1f47e491ea32c2031add41ef92e07d", "e274eeff768c6396088ec6eb091f4bf4d47ab1e0"] {
        write(&format!(".aws/sso/cache/{name}.json"), &token.to_string());
    }
    home
}

/// One side, in a process that [`run`] starts.
#[test]
fn one_side() {
    let Ok(work) = std::env::var(SIDE) else { return };
    let work: Work = serde_json::from_str(&work).unwrap();
    let network = Network::new(work.aws.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcomes = runtime.block_on(async {
        match work.side {
            Side::Sdk => sdk(&network, &work.connection).await,
            Side::Ours => ours(&network, &work).await,
        }
    });
    let found = Found { requests: network.seen(), outcomes };
    // On a line of its own, whatever the test's own program has written.
    writeln!(std::io::stdout(), "\n{SIDE}{}", serde_json::to_string(&found).unwrap()).unwrap();
}

async fn sdk(network: &Network, connection: &Value) -> Vec<String> {
    let fields = &connection["fields"];
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(network.for_sdk());
    if let Some(profile) = fields["profile"].as_str() {
        loader = loader.profile_name(profile).credentials_provider(of_profile(network, profile).await);
    }
    if let Some(id) = fields["accessKeyId"].as_str() {
        let keys = Credentials::new(id, secret(id), None, None, "test");
        loader = match fields["roleArn"].as_str() {
            None => loader.credentials_provider(keys),
            Some(role) => {
                let machine =
                    aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(network.for_sdk()).load();
                let provider =
                    AssumeRoleProvider::builder(role).session_name("glue-connector").configure(&machine.await);
                loader.credentials_provider(provider.build_from_provider(keys).await)
            }
        };
    }
    let client = aws_sdk_glue::Client::new(&loader.load().await);
    let mut outcomes = Vec::new();
    for _ in 0..CALLS {
        let outcome = client.list_jobs().send().await;
        outcomes.push(outcome.map_or_else(|error| error.code().unwrap_or("no code").to_owned(), |_| String::new()));
    }
    outcomes
}

/// The profile's own credentials: the SDK's chain would take the environment's first.
async fn of_profile(network: &Network, name: &str) -> ProfileFileCredentialsProvider {
    let loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(network.for_sdk());
    let machine = loader.profile_name(name).no_credentials().load().await;
    let config = ProviderConfig::without_region();
    let config = config.with_http_client(network.for_sdk()).with_region(machine.region().cloned());
    ProfileFileCredentialsProvider::builder().configure(&config).profile_name(name).build()
}

async fn ours(network: &Network, work: &Work) -> Vec<String> {
    let matches = Options::augment_args(clap::Command::new("ours")).get_matches_from(["ours"]);
    let options = Options::from_arg_matches(&matches).unwrap();
    let engine = Engine::sharing(options, Shared::over(Arc::new(network.clone()))).unwrap();
    let mut line = match work.action.as_str() {
        "check" => json!({ "check": true }),
        "startJobRun" => json!({ "action": "startJobRun", "input": { "name": "nightly" } }),
        action => json!({ "action": action }),
    };
    if !work.connection.is_null() {
        line["connection"] = work.connection.clone();
    }
    let mut outcomes = Vec::new();
    for _ in 0..CALLS {
        let request = protocol::Request::parse(line.to_string().as_bytes()).unwrap();
        let reply = engine.answer(request, Instant::now(), CancellationToken::new(), Hooks::default()).await;
        let reply: Value = serde_json::from_slice(&reply.to_line()).unwrap();
        outcomes.push(match &reply["ok"] {
            Value::Bool(true) => String::new(),
            _ => reply["error"]["code"].as_str().map_or_else(|| reply.to_string(), str::to_owned),
        });
    }
    outcomes
}
