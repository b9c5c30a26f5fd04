//! The context of a running action: a session, a deadline, and the tally of requests.

use std::fmt::Display;
use std::future::{Future, pending};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use time::SignedDuration;

use crate::aws::Request;
use crate::aws::credential_cache::Snapshot;
use crate::aws::retry::{self, Attempts, Call};
use crate::aws::send_error::request_id;
use crate::aws::session::Session;
use crate::deadline::Deadline;
use crate::error::{Effect, Error, Hint, Kind, Result};
use crate::grants::Grants;
pub use crate::hooks::Hooks;
use crate::http::transport::Sent;
use crate::slots::Share;
use crate::store::Store;

/// The field by which a request asks for the secrets in an answer.
const REVEAL_FIELD: &str = "/revealSecrets";

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
    hooks: Hooks,
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
        Self { session, deadline, store, grants, hooks, tally: Arc::default() }
    }

    /// A context of the same run under another deadline. It counts its requests for both, and reports no progress.
    #[must_use]
    pub fn with_deadline(&self, deadline: Deadline) -> Self {
        let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
        let tally = Arc::clone(&self.tally);
        Self { tally, ..Self::new(session, deadline, store, self.grants.clone(), Hooks::default()) }
    }

    /// A context for work that outlives this run because others share it. It takes slots, and holds no memory.
    #[must_use]
    pub fn for_shared_work(&self, limit: Duration) -> Self {
        let slots = self.hooks.slots.as_ref().map(Share::another);
        let hooks = Hooks { slots, ..Hooks::default() };
        Self { hooks, ..self.with_deadline(Deadline::uncancellable(limit)) }
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
            retry::send(
                &call,
                Some(client.rate_limiter()),
                Some(&self.hooks),
                &self.deadline,
                &self.tally.attempts,
                &attempt,
            )
            .await
        };
        let snapshot = self.hooks.lend(self.session.credentials(&self.deadline)).await?;
        let mut outcome = send(&snapshot).await;
        if let Err(error) = &outcome
            && retry::needs_other_credentials(error)
        {
            self.note_answer(error.request_id.clone(), client.clock_offset());
            if self.session.expire(&snapshot) {
                let fresh = self.hooks.lend(self.session.credentials(&self.deadline)).await?;
                outcome = send(&fresh).await;
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

    /// Sleeps for `pause`, unless the deadline comes first. A request that sleeps holds nothing that others need.
    ///
    /// # Errors
    /// As [`Deadline::run`].
    pub async fn sleep(&self, during: impl Display, pause: Duration) -> Result<()> {
        self.wait_for(during, tokio::time::sleep(pause)).await
    }

    /// Waits until `event` has happened, unless the deadline comes first. `during` goes on with the sentence "The
    /// deadline passed …". A request that waits holds nothing that others need.
    ///
    /// # Errors
    /// As [`Deadline::run`].
    pub async fn wait_for<T>(&self, during: impl Display, event: impl Future<Output = T>) -> Result<T> {
        let event = async {
            tokio::select! {
                biased;
                happened = event => happened,
                never = async { self.release_room(); pending().await } => never,
            }
        };
        self.deadline.run(during, event).await
    }

    /// Gives up the room of the request's text, before a wait that may be long. [`Context::wait_for`] does it by itself.
    pub fn release_room(&self) {
        self.hooks.note_sleep();
    }

    /// Reports the progress of a wait, where somebody listens.
    pub fn report(&self, progress: Progress) {
        if let Some(listener) = &self.hooks.progress {
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
