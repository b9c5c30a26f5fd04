//! What a running action has at hand: Glue, a deadline, and the tally of what was sent.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use glue_connections::aws_json::AwsJson;
use glue_connections::{Deadline, Result, Session};
use time::SignedDuration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OnceCell, OwnedSemaphorePermit};

use crate::endpoint;
use crate::process::Process;
use crate::timestamp::Timestamp;

/// A connection's session, and Glue as it is reached by it. Kept and shared between requests.
#[derive(Debug)]
pub struct Glue {
    pub(crate) session: Session,
    service: OnceCell<AwsJson>,
}

impl Glue {
    /// Nothing is sent.
    #[must_use]
    pub const fn new(session: Session) -> Self {
        Self { session, service: OnceCell::const_new() }
    }

    /// The session, for what is not an action.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// Glue at its endpoint.
    ///
    /// # Errors
    /// `connection` when the settings of the connection name no endpoint that there is.
    pub(crate) async fn service(&self) -> Result<&AwsJson> {
        self.service.get_or_try_init(|| endpoint::glue(&self.session)).await
    }
}

/// What the host of a request does for it while it runs.
#[derive(Debug, Default)]
pub struct Host {
    /// Its place among the requests that run at once; one that only waits leaves it to others.
    pub slot: Option<OwnedSemaphorePermit>,
    /// Who wants to hear how a wait goes on.
    pub progress: Option<UnboundedSender<Progress>>,
}

/// How a wait goes on.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The state that was seen last, as AWS calls it.
    pub state: String,
    /// How long it has been waited for.
    pub waited: Duration,
    /// How long it is waited for at most.
    pub at_most: Duration,
}

/// What a running action has at hand. One request, one context.
#[derive(Debug)]
pub struct Context {
    pub(crate) glue: Arc<Glue>,
    pub(crate) deadline: Deadline,
    pub(crate) process: Arc<Process>,
    slot: Mutex<Option<OwnedSemaphorePermit>>,
    progress: Option<UnboundedSender<Progress>>,
    attempts: AtomicU32,
    latest: Mutex<Latest>,
}

/// What AWS's latest answer told beside its body.
#[derive(Debug, Default)]
struct Latest {
    request_id: Option<String>,
    clock_offset: SignedDuration,
}

/// A clock that differs by less is the same: the header that tells is in whole seconds, and was a while under way.
const SAME_CLOCK: SignedDuration = SignedDuration::seconds(2);

impl Context {
    /// A context for one run of an action.
    #[must_use]
    pub fn new(glue: Arc<Glue>, deadline: Deadline, process: Arc<Process>, host: Host) -> Self {
        let Host { slot, progress } = host;
        Self {
            glue,
            deadline,
            process,
            slot: Mutex::new(slot),
            progress,
            attempts: AtomicU32::new(0),
            latest: Mutex::default(),
        }
    }

    /// The same run under another deadline.
    pub(crate) fn with_deadline(&self, deadline: Deadline) -> Self {
        Self::new(Arc::clone(&self.glue), deadline, Arc::clone(&self.process), Host::default())
    }

    /// Leaves the place among the requests that run at once to others: what only waits is no load.
    pub(crate) fn leave_slot(&self) {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Tells the host how a wait goes on, if it wants to know.
    pub(crate) fn report(&self, progress: Progress) {
        if let Some(listener) = &self.progress {
            let _ = listener.send(progress);
        }
    }

    /// What tells this job from one of the same name in another account, region or at another endpoint.
    pub(crate) fn scope(&self, job: &str) -> String {
        let session = &self.glue.session;
        format!("{:?}", (session.account(), session.glue_endpoint(), session.region(), job))
    }

    /// How many requests were sent to AWS for this run, those sent again included.
    pub fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// The request ID of AWS's latest answer.
    pub fn request_id(&self) -> Option<String> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).request_id.clone()
    }

    /// How far AWS's clock is ahead of this machine's.
    pub(crate) fn clock_offset(&self) -> SignedDuration {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clock_offset
    }

    pub(crate) fn count(&self, attempts: u32, request_id: Option<String>, date: Option<Timestamp>) {
        self.attempts.fetch_add(attempts, Ordering::Relaxed);
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if request_id.is_some() {
            latest.request_id = request_id;
        }
        if let Some(date) = date {
            let offset = date.since(Timestamp::now());
            latest.clock_offset = if offset.abs() < SAME_CLOCK { SignedDuration::ZERO } else { offset };
        }
    }
}
