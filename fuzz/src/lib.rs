//! What is fuzzed: everything that reads what a stranger wrote. Each function takes any bytes and panics at a defect.
//!
//! `cargo fuzz` calls them from `fuzz_targets/`, and every run of tests with a thousand inputs from `tests/fuzzing.rs`.

use std::cell::LazyCell;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use clap::{Args, FromArgMatches};
use glue_connector::engine::{Engine, Options};
use glue_connector::entry::{Entry, read_check};
use glue_connector::protocol::{Id, Request, id_in_prefix, parse_connection};
use glue_connector::registry::{ACTIONS, CONNECTIONS, DATA_SOURCES};
use glue_runtime::aws::Shared;
use glue_runtime::context::Hooks;
use glue_runtime::http::Transport;
use glue_runtime::http::transport::ExchangeFuture;
use glue_runtime::http::trust::TrustStore;
use glue_runtime::redact::names::{MASK, mask_url, secrets_in_url};
use glue_runtime::{Access, Effect, Error, Kind};
use http::{HeaderValue, Response, StatusCode};
use secrecy::ExposeSecret;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// A line on standard input.
pub fn request_line(line: &[u8]) {
    let id = match Request::parse(line) {
        Ok(request) => {
            if let Some(connection) = &request.connection {
                drop(parse_connection(connection.expose_secret()));
            }
            request.id
        }
        Err(rejected) => {
            assert_eq!((rejected.error.kind, rejected.error.effect), (Kind::InvalidRequest, Effect::None));
            rejected.id
        }
    };
    id.as_ref().inspect(|id| assert_is_id(id));
    // The ID of a request that is cut off is certain or none.
    let told_once = line.windows(4).filter(|window| window == br#""id""#).count() == 1 && !line.contains(&b'\\');
    for length in [line.len() / 4, line.len() / 2, line.len() - line.len().min(1), line.len()] {
        let Some(found) = id_in_prefix(&line[..length]) else { continue };
        assert_is_id(&found);
        if let (Some(id), true) = (&id, told_once) {
            assert_eq!(found.get(), id.get());
        }
    }
}

/// An input of any action or data source, or the fields of a connection of any type.
pub fn form(text: &[u8]) {
    let Ok(given) = serde_json::from_slice::<Value>(text) else { return };
    let check = |outcome: Result<(), Box<Error>>, pointer: &str| {
        if let Err(error) = outcome {
            assert_eq!(
                (error.kind, error.effect, error.retryable),
                (Kind::InvalidInput, Effect::None, false),
                "{error:?}"
            );
            assert!(error.field.as_ref().is_some_and(|field| field.starts_with(pointer)), "{error:?}");
        }
    };
    for entry in entries() {
        check(entry.read(given.clone()).map(drop), "/input");
    }
    check(read_check(given.clone()).map(drop), "/input");
    for connection in CONNECTIONS.iter() {
        check(connection.read(given.clone()).map(drop), "");
    }
}

/// A successful answer of AWS: a line with the key of an action or data source, and the body.
pub fn answer(bytes: &[u8]) {
    let (key, body) = split(bytes, b'\n');
    let entry = entry(key);
    let reply = run(entry, AwsAnswer { status: StatusCode::OK, code: None, body: Bytes::copy_from_slice(body) });
    let readable = body.is_empty() || serde_json::from_slice::<IgnoredAny>(body).is_ok();
    assert!(readable || !is_success(entry, &reply), "{reply} for what is not JSON");
}

/// An error of AWS: a line with the key of an action or data source, a status, and a code for the header or none, all
/// apart by a space; and the body.
pub fn error_body(bytes: &[u8]) {
    let (line, body) = split(bytes, b'\n');
    let (key, rest) = split(line, b' ');
    let (status, code) = split(rest, b' ');
    let status = std::str::from_utf8(status).ok().and_then(|status| status.parse().ok());
    let answer = AwsAnswer {
        status: StatusCode::from_u16(status.filter(|status| (300..1000).contains(status)).unwrap_or(400))
            .expect("a status"),
        code: HeaderValue::from_bytes(code).ok().filter(|code| !code.is_empty()),
        body: Bytes::copy_from_slice(body),
    };
    let entry = entry(key);
    assert!(!is_success(entry, &run(entry, answer)), "a success for an error");
}

/// A value with a URL.
pub fn url(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    let secrets = secrets_in_url(text);
    let mut end = 0;
    for secret in &secrets {
        assert!(
            end <= secret.start && secret.start < secret.end,
            "{secrets:?} are not in order, apart and never empty"
        );
        assert!(text.get(secret.clone()).is_some(), "{secrets:?} are not places in the text");
        end = secret.end;
    }
    let mut masked = text.to_owned();
    mask_url(&mut masked);
    assert_eq!(
        masked.len() + secrets.iter().map(ExactSizeIterator::len).sum::<usize>(),
        text.len() + MASK.len() * secrets.len()
    );
}

/// The text of a CA bundle.
pub fn pem(text: &[u8]) {
    let text = [b"-----BEGIN CERTIFICATE-----", text].concat();
    if let Err(problem) = TrustStore::of_pem(&text) {
        assert!(!problem.is_empty());
    }
}

fn entries() -> impl Iterator<Item = &'static Entry> {
    ACTIONS.iter().chain(DATA_SOURCES.iter())
}

/// The entry with this key; some entry for any other text.
fn entry(key: &[u8]) -> &'static Entry {
    let any = || entries().nth(key.iter().map(|byte| usize::from(*byte)).sum::<usize>() % entries().count());
    entries().find(|entry| entry.meta().key.as_bytes() == key).or_else(any).expect("an entry")
}

/// What is before the first separator, and what is behind it.
fn split(bytes: &[u8], separator: u8) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == separator).unwrap_or(bytes.len());
    (&bytes[..end], bytes.get(end + 1..).unwrap_or_default())
}

/// True when the reply holds what AWS said. A wait may end well for it has not seen the end.
fn is_success(entry: &Entry, reply: &Value) -> bool {
    reply["ok"] == true && reply["meta"]["attempts"] != 0 && !entry.waits()
}

/// An ID is echoed as it was written, so that it may have half of a surrogate pair, which no string of Rust has.
fn assert_is_id(id: &Id) {
    let value: &RawValue = serde_json::from_str(id.get()).expect("an ID is JSON");
    assert!(
        value.get().starts_with(['"', '-']) || value.get().starts_with(|first: char| first.is_ascii_digit()),
        "{id}"
    );
}

/// A network at whose end AWS answers everything alike.
#[derive(Clone, Debug)]
struct AwsAnswer {
    status: StatusCode,
    code: Option<HeaderValue>,
    body: Bytes,
}

impl Transport for AwsAnswer {
    fn exchange(&self, _: http::Request<Bytes>) -> ExchangeFuture {
        let mut answer = Response::new(self.body.clone());
        *answer.status_mut() = self.status;
        self.code.iter().for_each(|code| drop(answer.headers_mut().insert("x-amzn-errortype", code.clone())));
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Ok(answer)
        })
    }
}

/// Runs an action or data source on its worked example, in a time that passes at once, and checks its reply.
fn run(entry: &Entry, answer: AwsAnswer) -> Value {
    thread_local! {
        static RUNTIME: LazyCell<Runtime> = LazyCell::new(|| {
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime")
        });
        static OPTIONS: LazyCell<Options> = LazyCell::new(|| {
            let flags = Options::augment_args(clap::Command::new("fuzz")).get_matches_from(["fuzz"]);
            Options::from_arg_matches(&flags).expect("options")
        });
    }
    let meta = entry.meta();
    let task = if DATA_SOURCES.iter().any(|other| std::ptr::eq(other, entry)) { "dataSource" } else { "action" };
    let fields = json!({
        "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
        "secretAccessKey": SECRET,
        "region": "us-east-1",
        "endpointUrl": "http://localhost:1",
    });
    let request = json!({
        "id": 7,
        task: meta.key,
        "connection": { "key": "apiKeySecret", "fields": fields },
        "input": entry.example().expect("an example")["input"],
        "timeoutMs": 10_000,
    });
    let request = Request::parse(request.to_string().as_bytes()).expect("a request");
    let engine =
        Engine::sharing(OPTIONS.with(|options| (*options).clone()), Shared::over(Arc::new(answer))).expect("an engine");
    let line = RUNTIME.with(|runtime| {
        runtime.block_on(async {
            engine.answer(request, Instant::now(), CancellationToken::new(), Hooks::default()).await.to_line()
        })
    });
    let Some((b'\n', line)) = line.split_last() else { panic!("a reply is a line") };
    assert!(!line.contains(&b'\n'), "a reply is one line");
    let reply: Value = serde_json::from_slice(line).expect("a reply is JSON");
    assert_eq!(reply["id"], 7);
    if reply["ok"] == true {
        assert!(reply.get("data").is_some() && reply.get("error").is_none(), "{reply}");
        return reply;
    }
    let error = &reply["error"];
    assert!(!error["message"].as_str().expect("a message").is_empty() && error["kind"].is_string(), "{reply}");
    assert!(error["kind"] != "internal", "{reply}");
    let effect = error["effect"].as_str().expect("an effect");
    assert!(effect == "none" || error["retryable"] == false, "{reply}: a change would be repeated");
    assert!(effect == "none" || meta.access != Access::Reads, "{reply}: a read changes nothing");
    assert!(error.get("retryAfterMs").is_none() || error["retryable"] == true, "{reply}");
    assert!(!error.to_string().contains(SECRET), "{reply}");
    reply
}
