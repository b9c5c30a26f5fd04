//! The engine: from a request to its reply, whichever way the request came.

use std::sync::Arc;
use std::time::Duration;

use glue_runtime::action::to_raw;
use glue_runtime::aws::retry::Attempts;
use glue_runtime::aws::{Shared, identity};
use glue_runtime::context::Hooks;
use glue_runtime::store::Store;
use glue_runtime::{Context, Deadline, Error, Kind, Result, Session};
use secrecy::ExposeSecret;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::entry::{DEFAULT_TIMEOUT, Entry, INPUT, read_check};
use crate::hints;
use crate::policy::Policy;
use crate::protocol::{ConnectionOrigin, GivenConnection, Reply, ReplyMeta, Request, Task, parse_value, unknown_key};
use crate::redact::redact_error;
use crate::registry::{ACTIONS, DATA_SOURCES};
use crate::sessions::Sessions;

/// The flags of every command that answers requests.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "engine")]
pub struct Options {
    #[command(flatten)]
    policy: Policy,
    /// Refuse answers of AWS's that are larger than this.
    #[arg(long, default_value_t = 64, value_name = "MIB", value_parser = clap::value_parser!(u16).range(1..))]
    max_answer_mib: u16,
}

impl Options {
    /// Forbids changes.
    pub const fn make_read_only(&mut self) {
        self.policy.make_read_only();
    }
}

/// The options of one run: its deadline, once its default is known, and its ties to the host's side.
struct RunOptions<D> {
    deadline: D,
    hooks: Hooks,
}

/// Answers requests. One for the life of a process; it keeps what requests can share.
#[derive(Debug)]
pub struct Engine {
    policy: Policy,
    sessions: Sessions,
    store: Arc<Store>,
}

impl Engine {
    /// An engine that keeps nothing yet.
    ///
    /// # Errors
    /// `invalidRequest` when the policy names an action that there is not.
    pub fn new(options: Options) -> Result<Self> {
        let shared = Shared::new(usize::from(options.max_answer_mib) << 20);
        Self::sharing(options, shared)
    }

    /// As [`Engine::new`], with the resources that its connections share.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn sharing(options: Options, shared: Shared) -> Result<Self> {
        options.policy.validate()?;
        Ok(Self { policy: options.policy, sessions: Sessions::new(Arc::new(shared)), store: Arc::default() })
    }

    /// True when nothing may be changed.
    #[must_use]
    pub const fn is_read_only(&self) -> bool {
        self.policy.is_read_only()
    }

    /// True when connections are written by people who do not run the process.
    #[must_use]
    pub const fn is_multi_tenant(&self) -> bool {
        self.policy.is_multi_tenant()
    }

    /// True when an action may be run at all.
    #[must_use]
    pub fn offers(&self, entry: &Entry) -> bool {
        self.policy.check_action(entry).is_ok()
    }

    /// The region that a request by the operator's connection would go to, where it is known without asking AWS.
    pub async fn region(&self, connection: Option<&str>, region: Option<&str>) -> Option<String> {
        let given = GivenConnection { text: connection, origin: ConnectionOrigin::Operator };
        let session = self.sessions.get(given, region, &self.policy).await.ok()?;
        session.region().map(str::to_owned)
    }

    /// Carries out a request that was read at `started`, until its deadline or until `cancelled`.
    pub async fn answer(
        &self,
        request: Request,
        started: Instant,
        cancelled: CancellationToken,
        hooks: Hooks,
    ) -> Reply {
        let Request { id, task, connection, origin, input, timeout } = request;
        let deadline =
            |default: Duration| Deadline::new(timeout.unwrap_or(default).saturating_sub(started.elapsed()), cancelled);
        let text = connection.as_ref().map(ExposeSecret::expose_secret);
        let (connection, input) = (GivenConnection { text, origin }, input.expose_secret());
        let mut meta = ReplyMeta::default();
        let options = RunOptions { deadline, hooks };
        let mut outcome = Box::pin(self.carry_out(task, connection, input, options, &mut meta)).await;
        if let Err(error) = &mut outcome {
            hints::complete(error);
            redact_error(error, connection.text, input);
        }
        meta.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let kind = outcome.as_ref().err().map(|error| error.kind);
        tracing::info!(duration_ms = meta.duration_ms, attempts = meta.attempts, ?kind, "answered");
        Reply::new(id, outcome, meta)
    }

    async fn carry_out(
        &self,
        task: Task,
        connection: GivenConnection<'_>,
        input: &str,
        options: RunOptions<impl FnOnce(Duration) -> Deadline>,
        meta: &mut ReplyMeta,
    ) -> Result<Box<RawValue>> {
        let input = parse_value(input, INPUT)?;
        match task {
            Task::Action(key) => {
                let entry = find("action", &ACTIONS, &key).map_err(|error| error.with_field("/action"))?;
                self.policy.check_action(entry)?;
                self.run(entry, connection, input, options, meta).await
            }
            Task::DataSource(key) => {
                let entry =
                    find("data source", &DATA_SOURCES, &key).map_err(|error| error.with_field("/dataSource"))?;
                self.policy.check_data_source(entry)?;
                self.run(entry, connection, input, options, meta).await
            }
            Task::Check => {
                let RunOptions { deadline, hooks } = options;
                // Rarely needed and large: kept out of the futures of every request.
                Box::pin(self.check(connection, input, &hooks, &deadline(DEFAULT_TIMEOUT), meta)).await
            }
            Task::Cancel(_) => {
                let message = "`cancel` is for `stream`, where requests overlap.";
                Err(Error::new(Kind::InvalidRequest, message).with_field("/cancel"))
            }
        }
    }

    async fn run(
        &self,
        entry: &Entry,
        connection: GivenConnection<'_>,
        input: Value,
        options: RunOptions<impl FnOnce(Duration) -> Deadline>,
        meta: &mut ReplyMeta,
    ) -> Result<Box<RawValue>> {
        let input = entry.read(input)?;
        let deadline = (options.deadline)(entry.default_timeout(&input));
        let session = self.session(connection, input.region.as_deref(), &deadline).await?;
        let cx = Context::new(session, deadline, Arc::clone(&self.store), self.policy.grants(), options.hooks);
        let outcome = entry.action().run(&cx, input.fields).await;
        meta.attempts = cx.attempts();
        meta.request_id = cx.request_id();
        outcome.map_err(|error| error.with_field_prefix(INPUT))
    }

    async fn check(
        &self,
        connection: GivenConnection<'_>,
        input: Value,
        hooks: &Hooks,
        deadline: &Deadline,
        meta: &mut ReplyMeta,
    ) -> Result<Box<RawValue>> {
        let input = read_check(input)?;
        let session = self.session(connection, input.region.as_deref(), deadline).await?;
        let attempts = Attempts::default();
        let identity = identity::check(&session, hooks, deadline, &attempts).await?;
        meta.attempts = attempts.count();
        to_raw(&identity)
    }

    /// The open connection of a request. Opening one may read files.
    async fn session(
        &self,
        given: GivenConnection<'_>,
        region: Option<&str>,
        deadline: &Deadline,
    ) -> Result<Arc<Session>> {
        deadline.run("while the connection was opened", self.sessions.get(given, region, &self.policy)).await?
    }
}

fn find(what: &str, entries: &'static [Entry], key: &str) -> Result<&'static Entry> {
    let known = || entries.iter().map(|entry| entry.meta().key);
    entries.iter().find(|entry| entry.meta().key == key).ok_or_else(|| unknown_key(what, key, known()))
}
