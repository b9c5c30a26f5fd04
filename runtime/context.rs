//! The context of a running action: a session, a deadline, and the tally of requests.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use time::SignedDuration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;

use crate::aws::Request;
use crate::aws::credential_cache::Snapshot;
use crate::aws::retry::{self, Attempts, Call};
use crate::aws::send_error::request_id;
use crate::aws::session::Session;
use crate::deadline::Deadline;
use crate::error::{Effect, Error, Hint, Kind, Result};
use crate::grants::Grants;
use crate::http::transport::Sent;
use crate::store::Store;

/// The field by which a request asks for the secrets in an answer.
const REVEAL_FIELD: &str = "/revealSecrets";

/// Ties of one request to its host's side.
#[derive(Debug, Default)]
pub struct Hooks {
    /// The request's slot among those that run at once; it is given up by a request that only waits.
    pub slot: Option<OwnedSemaphorePermit>,
    /// The listener for the progress of a wait.
    pub progress: Option<UnboundedSender<Progress>>,
}

/// The progress of a wait.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The state that was seen last, as AWS calls it.
    pub state: String,
    /// The time since the wait began.
    pub elapsed: Duration,
    /// The time after which the wait ends at the latest.
    pub limit: Duration,
}

/// The context of one run of an action: it sends requests within a deadline and counts them.
///
/// ```no_run
/// # async fn example(cx: &glue_runtime::Context, request: glue_runtime::Result<glue_runtime::aws::Request>)
/// # -> glue_runtime::Result<()> {
/// let answer: serde_json::Value = cx.read(request).await?;
/// println!("{answer} after {} attempts", cx.attempts());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Context {
    session: Arc<Session>,
    deadline: Deadline,
    store: Arc<Store>,
    grants: Grants,
    slot: Mutex<Option<OwnedSemaphorePermit>>,
    progress: Option<UnboundedSender<Progress>>,
    tally: Arc<Tally>,
}

/// The requests that were sent for a run of an action.
#[derive(Debug, Default)]
struct Tally {
    attempts: Attempts,
    last_answer: Mutex<LastAnswer>,
}

/// Facts about AWS's latest answer that its body does not hold.
#[derive(Debug, Default)]
struct LastAnswer {
    request_id: Option<String>,
    clock_offset: SignedDuration,
}

/// Clocks that differ by less count as the same: the `Date` header has whole seconds, and was a while under way.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::seconds(2);

impl Context {
    /// A context for one run of an action.
    #[must_use]
    pub fn new(session: Arc<Session>, deadline: Deadline, store: Arc<Store>, grants: Grants, hooks: Hooks) -> Self {
        let Hooks { slot, progress } = hooks;
        Self { session, deadline, store, grants, slot: Mutex::new(slot), progress, tally: Arc::default() }
    }

    /// A context of the same run under another deadline. It counts its requests for both, and reports no progress.
    #[must_use]
    pub fn with_deadline(&self, deadline: Deadline) -> Self {
        let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
        let tally = Arc::clone(&self.tally);
        Self { tally, ..Self::new(session, deadline, store, self.grants.clone(), Hooks::default()) }
    }

    /// The open connection.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The deadline of the request.
    pub const fn deadline(&self) -> &Deadline {
        &self.deadline
    }

    /// State that the runs of actions in this process share.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Checks that the operator allows an operation. A request that is sent is checked anyway; this is for those who
    /// must know before they begin something.
    ///
    /// # Errors
    /// `accessDenied` when the operator does not.
    pub fn check_operation(&self, operation: &str, changes: bool) -> Result<()> {
        let (message, hint) = if !self.grants.operations.allow(operation) {
            (format!("This host does not allow the operation {operation}."), Hint::Operation)
        } else if changes && !self.grants.changes {
            (format!("{operation} may change something, and this host is read-only."), Hint::Changes)
        } else {
            return Ok(());
        };
        Err(Error::new(Kind::AccessDenied, message).with_hint(hint))
    }

    /// Checks that the operator lets requests see secrets, where this one asks for them.
    ///
    /// # Errors
    /// `accessDenied`.
    pub(crate) fn check_reveal(&self, asked: bool) -> Result<()> {
        if asked && !self.grants.reveal_secrets {
            let error = Error::new(Kind::AccessDenied, "This host does not reveal secrets.").with_field(REVEAL_FIELD);
            return Err(error.with_hint(Hint::RevealSecrets));
        }
        Ok(())
    }

    /// Sends a request that changes nothing. It is retried while it fails transiently, until the deadline.
    ///
    /// # Errors
    /// As the table of error codes has them, with the effect `none`.
    pub fn read<O: DeserializeOwned>(&self, request: Result<Request>) -> impl Future<Output = Result<O>> + Send {
        self.send(request, false)
    }

    /// Sends a request that changes something. It is retried only where it is certain that AWS did not act.
    ///
    /// # Errors
    /// As the table of error codes has them, with the effect.
    pub fn change<O: DeserializeOwned>(&self, request: Result<Request>) -> impl Future<Output = Result<O>> + Send {
        self.send(request, true)
    }

    async fn send<O: DeserializeOwned>(&self, request: Result<Request>, changes: bool) -> Result<O> {
        let request = request?;
        parse(&request, &self.exchange(&request, changes).await?, changes)
    }

    async fn exchange(&self, request: &Request, changes: bool) -> Result<Response<Bytes>> {
        let Request { service, operation, body } = request;
        self.check_operation(operation, changes)?;
        let client = self.session.client(service).await?;
        let max_attempts = self.session.sdk().max_attempts();
        let call = Call { service: service.name, iam_prefix: service.iam_prefix, operation, changes, max_attempts };
        let _connection = self.session.must_load_credentials().then(|| client.preconnect());
        let send = async |snapshot: &Snapshot| {
            let attempt = |sent: &Sent| -> retry::SendFuture<'static, _> {
                client.send(operation, body.clone(), snapshot.credentials.clone(), sent)
            };
            retry::send(&call, Some(client.rate_limiter()), &self.deadline, &self.tally.attempts, &attempt).await
        };
        let snapshot = self.session.credentials(&self.deadline).await?;
        let mut outcome = send(&snapshot).await;
        if let Err(error) = &outcome
            && retry::needs_other_credentials(error)
        {
            self.note_answer(error.request_id.clone(), client.clock_offset());
            if self.session.expire(&snapshot) {
                outcome = send(&self.session.credentials(&self.deadline).await?).await;
            }
        }
        let id = match &outcome {
            Ok(answer) => {
                self.session.accept();
                request_id(answer.headers())
            }
            Err(error) => error.request_id.clone(),
        };
        self.note_answer(id, client.clock_offset());
        outcome
    }

    /// Gives up the request's slot: a request that only waits is no load.
    pub fn release_slot(&self) {
        self.slot.lock().take();
    }

    /// Reports the progress of a wait, where somebody listens.
    pub fn report(&self, progress: Progress) {
        if let Some(listener) = &self.progress {
            let _ = listener.send(progress);
        }
    }

    /// The number of requests that were sent to AWS for this run, retries included.
    pub fn attempts(&self) -> u32 {
        self.tally.attempts.count()
    }

    /// The request ID of AWS's latest answer.
    pub fn request_id(&self) -> Option<String> {
        self.tally.last_answer.lock().request_id.clone()
    }

    /// The time by which AWS's clock is ahead of this machine's.
    pub fn clock_offset(&self) -> SignedDuration {
        self.tally.last_answer.lock().clock_offset
    }

    fn note_answer(&self, request_id: Option<String>, clock_offset: SignedDuration) {
        let mut last = self.tally.last_answer.lock();
        if request_id.is_some() {
            last.request_id = request_id;
        }
        last.clock_offset = if clock_offset.abs() < CLOCK_TOLERANCE { SignedDuration::ZERO } else { clock_offset };
    }
}

/// Reads a successful answer. An empty body is an empty object. Only what cannot be read is read again, to tell where.
fn parse<O: DeserializeOwned>(request: &Request, answer: &Response<Bytes>, changes: bool) -> Result<O> {
    let body = if answer.body().is_empty() { b"{}" } else { answer.body().as_ref() };
    if let Ok(output) = serde_json::from_slice(body) {
        return Ok(output);
    }
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(body)).map_err(|problem| {
        let (service, operation) = (request.service.name, &request.operation);
        let message = format!("{service}'s answer to {operation} has an unexpected value at {}.", problem.path());
        let effect = if changes { Effect::Applied } else { Effect::None };
        let mut error = Error::new(Kind::BadResponse, message).with_effect(effect);
        error.request_id = request_id(answer.headers());
        error
    })
}
