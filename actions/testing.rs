//! A Glue for the tests beside each action: it answers as it is told, without a network.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use bytes::Bytes;
use glue_runtime::aws::credential_cache::CredentialSource;
use glue_runtime::aws::session::{ConnectionConfig, Digest};
use glue_runtime::aws::sts::SdkContext;
use glue_runtime::aws::{Settings, Shared};
use glue_runtime::context::Hooks;
use glue_runtime::grants::Grants;
use glue_runtime::http::Transport;
use glue_runtime::http::transport::ExchangeFuture;
use glue_runtime::{Context, Deadline, DynAction, Error, Form, Session};
use http::{Request, Response};
use parking_lot::Mutex;
use serde_json::{Value, json};

/// The requests that an action sent, and its outcome.
pub(crate) struct Run {
    /// Operations and bodies, in the order in which they were sent.
    pub(crate) sent: Vec<(String, Value)>,
    pub(crate) outcome: Result<Value, Box<Error>>,
}

impl Run {
    /// The body of the only request.
    pub(crate) fn body(&self) -> &Value {
        assert_eq!(self.sent.len(), 1, "{:?}", self.sent);
        &self.sent[0].1
    }

    pub(crate) fn data(&self) -> &Value {
        self.outcome.as_ref().expect("data")
    }

    pub(crate) fn error(&self) -> &Error {
        self.outcome.as_ref().expect_err("an error")
    }
}

/// Runs an action on an input, as a host hands it over, against these answers; the last one is repeated.
pub(crate) fn run(action: &'static dyn DynAction, input: Value, answers: &[Value]) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let fake = Fake { answers: Arc::new(answers.to_vec()), sent: Arc::default() };
    let outcome = runtime.block_on(async {
        let input = Form::compile(&action.input_schema()).expect("a form").read(input)?;
        let settings = Settings { region: Some("us-east-1".to_owned()), ..Settings::default() };
        let config =
            ConnectionConfig { source: Arc::new(Key), settings, digest: Digest::default(), shared_files: false };
        let session = Session::open(config, None, &Arc::new(Shared::over(Arc::new(fake.clone())))).await?;
        let deadline = Deadline::uncancellable(Duration::from_secs(5));
        let grants = Grants { changes: true, ..Grants::default() };
        let cx = Context::new(Arc::new(session), deadline, Arc::default(), grants, Hooks::default());
        action.run(&cx, input).await.map(|data| serde_json::from_str(data.get()).expect("JSON"))
    });
    let sent = fake.sent.lock().clone();
    Run { sent, outcome }
}

/// Asserts that an action sends the name, which is all that it takes, as it was given, and gives back the answer.
pub(crate) fn assert_sends_its_name(action: &'static dyn DynAction, operation: &str) {
    let run = run(action, json!({ "name": " \u{1f600} \"a\"" }), &[json!({ "Tomorrow": 1 })]);
    assert_eq!(run.sent, [(operation.to_owned(), json!({ "Name": " \u{1f600} \"a\"" }))]);
    assert_eq!(run.data(), &json!({ "Tomorrow": 1 }));
}

#[derive(Debug)]
struct Key;

#[async_trait]
impl CredentialSource for Key {
    fn profile(&self) -> Option<&str> {
        None
    }

    fn is_static(&self) -> bool {
        true
    }

    fn uses_machine_identity(&self) -> bool {
        false
    }

    async fn load(&self, _: &SdkContext, _: &Deadline) -> glue_runtime::Result<Credentials> {
        Ok(Credentials::new("AKIA", "s", None, None, "test"))
    }
}

#[derive(Clone, Debug)]
struct Fake {
    answers: Arc<Vec<Value>>,
    sent: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Transport for Fake {
    fn exchange(&self, request: Request<Bytes>) -> ExchangeFuture {
        let target = request.headers()["x-amz-target"].to_str().expect("text");
        let operation = target.trim_start_matches("AWSGlue.").to_owned();
        let body = serde_json::from_slice(request.body()).expect("JSON");
        let mut sent = self.sent.lock();
        let answer = &self.answers[sent.len().min(self.answers.len() - 1)];
        sent.push((operation, body));
        Box::pin(std::future::ready(Ok(Response::new(Bytes::from(answer.to_string())))))
    }
}
