//! From a request to its reply, whichever way the request came.

use std::sync::Arc;
use std::time::Duration;

use glue_actions::action::DEFAULT_TIMEOUT;
use glue_actions::context::Host;
use glue_actions::{Context, Entry, Process, action};
use glue_connections::{Deadline, Error, Form, Kind, Result, Shared};
use secrecy::ExposeSecret;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::policy::Policy;
use crate::protocol::{Meta, Reply, Request, Task, parse_value, unknown_key};
use crate::registry::{ACTIONS, DATA_SOURCES};
use crate::scrub::scrub;
use crate::sessions::Sessions;

/// How a process answers requests.
#[derive(Clone, Debug, clap::Args)]
#[group(id = "engine")]
pub struct Options {
    #[command(flatten)]
    policy: Policy,
    /// Let requests see passwords of Glue connections, where they ask for them.
    #[arg(long)]
    allow_reveal: bool,
    /// Refuse answers of AWS's that are larger than this.
    #[arg(long, default_value_t = 64, value_name = "MIB", value_parser = clap::value_parser!(u16).range(1..))]
    max_answer_mib: u16,
}

impl Options {
    /// Lets requests look only.
    pub const fn make_read_only(&mut self) {
        self.policy.make_read_only();
    }
}

/// What a request runs with: its deadline, once it is known what it takes by default, and its host.
struct Terms<D> {
    deadline: D,
    host: Host,
}

/// Answers requests. One for the life of a process; it keeps what requests can share.
#[derive(Debug)]
pub struct Engine {
    policy: Policy,
    sessions: Sessions,
    process: Arc<Process>,
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

    /// As [`Engine::new`], with what its connections share.
    ///
    /// # Errors
    /// As [`Engine::new`].
    pub fn sharing(options: Options, shared: Shared) -> Result<Self> {
        options.policy.validate()?;
        let process = Process::new(options.allow_reveal, options.policy.is_read_only());
        Ok(Self { policy: options.policy, sessions: Sessions::new(shared), process: Arc::new(process) })
    }

    /// Whether requests may look only.
    #[must_use]
    pub const fn is_read_only(&self) -> bool {
        self.policy.is_read_only()
    }

    /// Whether an action may be run at all.
    #[must_use]
    pub fn offers(&self, meta: &glue_actions::Meta) -> bool {
        self.policy.check_action(meta).is_ok()
    }

    /// Carries out a request that was read at `started`, until its deadline or until `cancelled`.
    pub async fn answer(&self, request: Request, started: Instant, cancelled: CancellationToken, host: Host) -> Reply {
        let Request { id, task, connection, input, timeout } = request;
        let deadline =
            |default: Duration| Deadline::new(timeout.unwrap_or(default).saturating_sub(started.elapsed()), cancelled);
        let (connection, input) = (connection.as_ref().map(ExposeSecret::expose_secret), input.expose_secret());
        let mut meta = Meta::default();
        let terms = Terms { deadline, host };
        let mut outcome = Box::pin(self.carry_out(task, connection, input, terms, &mut meta)).await;
        if let Err(error) = &mut outcome {
            scrub(error, connection, input);
        }
        meta.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(duration_ms = meta.duration_ms, attempts = meta.attempts, kind = ?outcome.as_ref().err().map(|error| error.kind), "answered");
        Reply::new(id, outcome, meta)
    }

    async fn carry_out(
        &self,
        task: Task,
        connection: Option<&str>,
        input: &str,
        terms: Terms<impl FnOnce(Duration) -> Deadline>,
        meta: &mut Meta,
    ) -> Result<Box<RawValue>> {
        let input = parse_value(input, "/input")?;
        match task {
            Task::Action(key) => {
                let entry = find("action", &ACTIONS, &key).map_err(|error| error.with_field("/action"))?;
                self.policy.check_action(entry.meta())?;
                self.run(entry, connection, input, terms, meta).await
            }
            Task::DataSource(key) => {
                let entry =
                    find("data source", &DATA_SOURCES, &key).map_err(|error| error.with_field("/dataSource"))?;
                self.run(entry, connection, input, terms, meta).await
            }
            Task::Check => self.check(connection, input, &(terms.deadline)(DEFAULT_TIMEOUT), meta).await,
            Task::Cancel(_) => {
                Err(Error::new(Kind::InvalidRequest, "`cancel` is for `stream`, where requests overlap.")
                    .with_field("/cancel"))
            }
        }
    }

    async fn run(
        &self,
        entry: &Entry,
        connection: Option<&str>,
        input: Value,
        terms: Terms<impl FnOnce(Duration) -> Deadline>,
        meta: &mut Meta,
    ) -> Result<Box<RawValue>> {
        let input = entry.read(input)?;
        let deadline = (terms.deadline)(entry.default_timeout(&input));
        let glue = self.sessions.get(connection, input.region.as_deref(), &self.policy).await?;
        let cx = Context::new(glue, deadline, Arc::clone(&self.process), terms.host);
        let outcome = entry.action().run(&cx, input.fields).await;
        meta.attempts = cx.attempts();
        meta.request_id = cx.request_id();
        outcome
    }

    /// The input of a check may name a region, as that of every action may.
    async fn check(
        &self,
        connection: Option<&str>,
        input: Value,
        deadline: &Deadline,
        meta: &mut Meta,
    ) -> Result<Box<RawValue>> {
        let schema = json!({ "type": "object", "properties": { "awsRegion": action::region_schema() }, "additionalProperties": false });
        let form = Form::compile(&schema).map_err(|problem| Error::new(Kind::Internal, problem))?;
        let input = form.read(input, "/input")?;
        let glue = self.sessions.get(connection, input.get("awsRegion").and_then(Value::as_str), &self.policy).await?;
        let (identity, attempts) = glue.session().check(deadline).await?;
        meta.attempts = attempts;
        action::written(&identity)
    }
}

fn find(what: &str, entries: &'static [Entry], key: &str) -> Result<&'static Entry> {
    let known = || entries.iter().map(|entry| entry.meta().key);
    entries.iter().find(|entry| entry.meta().key == key).ok_or_else(|| unknown_key(what, key, known()))
}
