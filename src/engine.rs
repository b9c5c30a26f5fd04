//! From a request to its reply, whichever way the request came.

use glue_actions::{Context, action};
use glue_connections::{Deadline, Error, Form, Kind, Result};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::protocol::{DEFAULT_TIMEOUT, Meta, Reply, Request, Task, unknown_key};
use crate::registry;
use crate::sessions::Sessions;

/// Answers requests. One for the life of a process; it keeps what requests can share.
#[derive(Debug, Default)]
pub struct Engine {
    sessions: Sessions,
}

impl Engine {
    /// Carries out a request that was read at `started`, until its deadline or until `cancelled`.
    pub async fn answer(&self, request: Request, started: Instant, cancelled: CancellationToken) -> Reply {
        let limit = request.timeout.unwrap_or(DEFAULT_TIMEOUT);
        let deadline = Deadline::new(limit.saturating_sub(started.elapsed()), cancelled);
        let mut meta = Meta::default();
        let Request { id, task, connection, input, .. } = request;
        let outcome = match task {
            Task::Action(key) => self.run(&key, connection.as_deref(), input, deadline, &mut meta).await,
            Task::Check => self.check(connection.as_deref(), input, &deadline, &mut meta).await,
            Task::DataSource(key) => Err(unknown_key("data source", &key, std::iter::empty()).with_field("/dataSource")),
            Task::Cancel(_) => {
                Err(Error::new(Kind::InvalidRequest, "`cancel` is for `stream`, where requests overlap.").with_field("/cancel"))
            }
        };
        meta.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(duration_ms = meta.duration_ms, attempts = meta.attempts, kind = ?outcome.as_ref().err().map(|error| error.kind), "answered");
        Reply::new(id, outcome, meta)
    }

    async fn run(&self, key: &str, connection: Option<&RawValue>, input: Value, deadline: Deadline, meta: &mut Meta) -> Result<Value> {
        let Some(entry) = registry::action(key) else {
            let known = registry::ACTIONS.iter().map(|entry| entry.meta().key);
            return Err(unknown_key("action", key, known).with_field("/action"));
        };
        let input = entry.read(input)?;
        let glue = self.sessions.get(connection, input.region.as_deref()).await?;
        let cx = Context::new(glue, deadline)?;
        let outcome = entry.action().run(&cx, input.fields).await;
        meta.attempts = cx.attempts();
        meta.request_id = cx.request_id();
        outcome
    }

    /// The input of a check may name a region, as that of every action may.
    async fn check(&self, connection: Option<&RawValue>, input: Value, deadline: &Deadline, meta: &mut Meta) -> Result<Value> {
        let schema = json!({ "type": "object", "properties": { "awsRegion": action::region_schema() }, "additionalProperties": false });
        let form = Form::compile(&schema).map_err(|problem| Error::new(Kind::Internal, problem))?;
        let input = form.read(input, "/input")?;
        let glue = self.sessions.get(connection, input.get("awsRegion").and_then(Value::as_str)).await?;
        let (identity, attempts) = glue.session().check(deadline).await?;
        meta.attempts = attempts;
        serde_json::to_value(identity).map_err(|problem| Error::new(Kind::Internal, problem.to_string()))
    }
}
