//! For the tests beside each action: a Glue that answers as it is told, without a network.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use glue_connections::api_key_secret::ApiKeySecret;
use glue_connections::transport::{Exchange, Transport};
use glue_connections::{ConnectionType, Deadline, Error, Session, Shared};
use http::{Request, Response};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::context::{Glue, Host};
use crate::{Context, DynAction, Entry, Process};

/// What an action sent, and what it gave back.
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
        let input = Entry::new(action, "{}").read(input)?;
        let fields = json!({ "accessKeyId": "AKIA", "secretAccessKey": "s", "region": "us-east-1" });
        let session = Session::open(
            ConnectionType::of::<ApiKeySecret>().read(fields)?,
            None,
            &Shared::over(Arc::new(fake.clone())),
        )
        .await?;
        let deadline = Deadline::new(Duration::from_secs(5), CancellationToken::new());
        let cx =
            Context::new(Arc::new(Glue::new(session)), deadline, Arc::new(Process::new(false, false)), Host::default());
        action.run(&cx, input.fields).await.map(|data| serde_json::from_str(data.get()).expect("JSON"))
    });
    let sent = fake.sent.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Run { sent, outcome }
}

#[derive(Clone, Debug)]
struct Fake {
    answers: Arc<Vec<Value>>,
    sent: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Transport for Fake {
    fn exchange(&self, request: Request<Bytes>) -> Exchange {
        let target = request.headers()["x-amz-target"].to_str().expect("text");
        let operation = target.trim_start_matches("AWSGlue.").to_owned();
        let body = serde_json::from_slice(request.body()).expect("JSON");
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = &self.answers[sent.len().min(self.answers.len() - 1)];
        sent.push((operation, body));
        Box::pin(std::future::ready(Ok(Response::new(Bytes::from(answer.to_string())))))
    }
}
