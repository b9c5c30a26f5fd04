//! What a running action has at hand: a Glue client, a deadline, and the tally of what was sent.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_glue::Client;
use aws_sdk_glue::config::{HttpClient, SharedHttpClient};
use glue_connections::{Deadline, Result, Session};

use crate::wire;

/// A connection's session and the Glue client on it. Kept and shared between requests.
#[derive(Debug)]
pub struct Glue {
    pub(crate) session: Session,
    pub(crate) client: Client,
}

impl Glue {
    /// Builds the client. Nothing is sent.
    #[must_use]
    pub fn new(session: Session) -> Self {
        Self::with_http_client(session, None::<SharedHttpClient>)
    }

    /// As [`Glue::new`], with another HTTP client than the session's.
    pub(crate) fn with_http_client(session: Session, http: Option<impl HttpClient + 'static>) -> Self {
        let mut config = aws_sdk_glue::config::Builder::from(session.sdk_config()).interceptor(wire::KeepAnswer);
        config.set_endpoint_url(session.glue_endpoint().map(str::to_owned));
        if let Some(http) = http {
            config = config.http_client(http);
        }
        let client = Client::from_conf(config.build());
        Self { session, client }
    }

    /// The session, for what is not an action.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }
}

/// What a running action has at hand. One request, one context.
#[derive(Debug)]
pub struct Context {
    pub(crate) glue: Arc<Glue>,
    pub(crate) deadline: Deadline,
    attempts: AtomicU32,
    request_id: Mutex<Option<String>>,
}

impl Context {
    /// A context for one run of an action.
    ///
    /// # Errors
    /// `connection` when no region is known.
    pub fn new(glue: Arc<Glue>, deadline: Deadline) -> Result<Self> {
        glue.session.require_region()?;
        Ok(Self { glue, deadline, attempts: AtomicU32::new(0), request_id: Mutex::new(None) })
    }

    /// How many requests were sent to AWS for this run, those sent again included.
    pub fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// The request ID of AWS's latest answer.
    pub fn request_id(&self) -> Option<String> {
        self.request_id.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn count(&self, attempts: u32, request_id: Option<String>) {
        self.attempts.fetch_add(attempts, Ordering::Relaxed);
        if request_id.is_some() {
            *self.request_id.lock().unwrap_or_else(PoisonError::into_inner) = request_id;
        }
    }
}
