//! `glue-connector mcp`: serves actions as tools to language models, by the Model Context Protocol.
//!
//! The connection is the operator's and never the model's. Actions that change something are no tools unless the operator
//! allows it, and then the person in front of the client is asked first, where the client can.

mod question;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use glue_runtime::context::{Hooks, Progress};
use glue_runtime::{Access, Error, Kind, Result};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ElicitRequest, ElicitRequestParams,
    ElicitResult, ElicitationAction, ElicitationSchema, Implementation, InputRequest, InputRequiredResult,
    ListToolsResult, MetaObject, PaginatedRequestParams, ProgressNotificationParam, ProtocolVersion,
    ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use question::question;

use crate::command::Command;
use crate::connection_file;
use crate::engine::{self, Engine};
use crate::entry::{Entry, Input};
use crate::protocol::{ConnectionOrigin, Reply, Request, Task};
use crate::registry::{ACTIONS, action};
use crate::spec;

/// Serve actions as tools to language models, by the Model Context Protocol over standard input and output.
#[derive(clap::Args)]
pub(super) struct Mcp {
    /// Offer actions that change something, too.
    #[arg(long, env = "GLUE_CONNECTOR_ALLOW_WRITE")]
    allow_write: bool,
    /// A JSON file with the connection's `key` and `fields`. Without it, the environment's own credentials are used.
    #[arg(long, value_name = "FILE", env = "GLUE_CONNECTOR_CONNECTION_FILE")]
    connection: Option<PathBuf>,
    /// Assume this role with the environment's own credentials.
    #[arg(long, value_name = "ARN", env = "GLUE_CONNECTOR_ROLE_ARN", conflicts_with = "connection")]
    role_arn: Option<String>,
    #[command(flatten)]
    options: engine::Options,
}

/// The versions of the protocol that are tested.
const VERSIONS: &[ProtocolVersion] = &[ProtocolVersion::V_2025_11_25, ProtocolVersion::V_2026_07_28];
/// The name of the question that asks for leave to change something.
const QUESTION: &str = "confirm";
/// The member of a failed result's `_meta` that has the error as the connector's protocol has it.
const ERROR: &str = "glue-connector/error";

impl Command for Mcp {
    const NAME: &'static str = "mcp";

    /// Serves until standard input ends or a shutdown signal comes.
    fn run(mut self) -> Result<ExitCode> {
        if !self.allow_write {
            self.options.make_read_only();
        }
        let connection = self.connection()?.map(SecretString::from);
        let server = Server { connection, engine: Arc::new(Engine::new(self.options)?) };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|problem| Error::new(Kind::Internal, problem.to_string()))?;
        let code = runtime.block_on(async {
            let serve = async {
                match server.serve(rmcp::transport::io::stdio_pipes()).await {
                    Ok(running) => running.waiting().await.map_or(ExitCode::FAILURE, |_| ExitCode::SUCCESS),
                    // A client that leaves before it has said anything.
                    Err(_) => ExitCode::SUCCESS,
                }
            };
            tokio::select! {
                code = serve => code,
                () = crate::signals::shutdown_signal() => ExitCode::SUCCESS,
            }
        });
        // A thread may be waiting for input that never comes.
        runtime.shutdown_background();
        Ok(code)
    }
}

impl Mcp {
    /// The connection of every request, as the protocol has it.
    fn connection(&self) -> Result<Option<String>> {
        if let Some(arn) = self.role_arn.as_ref().filter(|arn| !arn.is_empty()) {
            return Ok(Some(json!({ "key": "awsAssumeRole", "fields": { "roleArn": arn } }).to_string()));
        }
        let Some(path) = self.connection.as_ref().filter(|path| !path.as_os_str().is_empty()) else { return Ok(None) };
        connection_file::read(path).map(|connection| Some(connection.to_string()))
    }
}

#[derive(Clone)]
struct Server {
    engine: Arc<Engine>,
    connection: Option<SecretString>,
}

impl ServerHandler for Server {
    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(VERSIONS)
    }

    fn get_info(&self) -> ServerConfig {
        let who = Implementation::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
            .with_title(spec::LABEL)
            .with_description(spec::DESCRIPTION);
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build()).with_server_info(who).with_instructions(
            "Tools for one AWS account's Glue jobs, crawlers, triggers, workflows and connections. Names are exact: list first. \
             A failed call says in `effect` whether something was changed, and in `retryable` whether the same call may be made again.",
        )
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> std::result::Result<ListToolsResult, ErrorData> {
        let offered = ACTIONS.iter().filter(|entry| self.engine.offers(entry));
        Ok(ListToolsResult::with_all_items(offered.map(|entry| self.tool(entry)).collect()))
    }

    async fn call_tool(
        &self,
        call: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> std::result::Result<CallToolResponse, ErrorData> {
        let started = Instant::now();
        let Some(entry) = action(&call.name) else {
            return Err(ErrorData::invalid_params(format!("There is no tool `{}`.", call.name), None));
        };
        if self.changes(entry) && self.engine.offers(entry) {
            match self.may_change(entry, &call, &context).await {
                Consent::Given => {}
                Consent::Declined => return Ok(failed(&declined(entry)).into()),
                Consent::Ask(question) => return Ok((*question).into()),
            }
        }
        let request = Request {
            id: None,
            task: Task::Action(entry.meta().key.to_owned()),
            connection: self.connection.as_ref().map(|connection| SecretString::from(connection.expose_secret())),
            origin: ConnectionOrigin::Operator,
            input: SecretString::from(Value::Object(call.arguments.unwrap_or_default()).to_string()),
            timeout: None,
        };
        let host = Hooks { progress: listener(&context), ..Hooks::default() };
        let reply = self.engine.answer(request, started, context.ct.clone(), host).await;
        Ok(result(reply).into())
    }
}

impl Server {
    /// True when calls may change something. An action that depends on its input keeps to the policy by itself.
    fn changes(&self, entry: &Entry) -> bool {
        match entry.meta().access {
            Access::Reads => false,
            Access::Changes | Access::ChangesEachTime => true,
            Access::DependsOnInput => !self.engine.is_read_only(),
        }
    }

    fn tool(&self, entry: &Entry) -> Tool {
        let meta = entry.meta();
        let changes = self.changes(entry);
        let annotations = ToolAnnotations::with_title(meta.label)
            .read_only(!changes)
            .destructive(changes && meta.destructive)
            .idempotent(!changes || meta.access == Access::Changes)
            .open_world(true);
        Tool::new(meta.key, meta.description, Arc::new(object(entry.input_schema())))
            .with_title(meta.label)
            .with_raw_output_schema(Arc::new(object(entry.action().output_schema())))
            .with_annotations(annotations)
    }

    /// Asks the person in front of the client, in the way of the protocol's era. A client that cannot ask has its own way
    /// to let tools be called.
    async fn may_change(
        &self,
        entry: &Entry,
        call: &CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Consent {
        let form = context
            .client_capabilities()
            .and_then(|client| client.elicitation)
            .is_some_and(|way| way.form.is_some() || way.url.is_none());
        if !form {
            return Consent::Given;
        }
        let answered = |answer: &ElicitResult| {
            if answer.action == ElicitationAction::Accept { Consent::Given } else { Consent::Declined }
        };
        // What the form reads is what will be done; what it refuses, the engine refuses without doing anything.
        let Ok(input) = entry.read(Value::Object(call.arguments.clone().unwrap_or_default())) else {
            return Consent::Given;
        };
        let connection = self.connection.as_ref().map(ExposeSecret::expose_secret);
        let region = self.engine.region(connection, input.region.as_deref()).await;
        let state = digest(entry.meta().key, &input);
        // An answer is to the question that was asked, and not to one with other arguments.
        if call.request_state.as_ref().is_some_and(|asked| *asked == state)
            && let Some(answer) = call.input_responses.as_ref().and_then(|answers| answers.get(QUESTION))
        {
            return serde_json::from_value(answer.clone()).map_or(Consent::Declined, |answer| answered(&answer));
        }
        let question = ElicitRequestParams::FormElicitationParams {
            meta: None,
            message: question(entry.meta(), region.as_deref(), input.fields),
            requested_schema: ElicitationSchema::new(BTreeMap::new()),
        };
        if context.protocol_version().is_some_and(|version| version.has_initialize()) {
            let answer = context.peer.create_elicitation(question).await;
            return answer.map_or(Consent::Declined, |answer| answered(&answer));
        }
        let question = InputRequest::Elicitation(ElicitRequest::new(question));
        let questions = BTreeMap::from([(QUESTION.to_owned(), question)]);
        Consent::Ask(Box::new(InputRequiredResult::new(Some(questions), Some(state))))
    }
}

/// A digest of what a person is asked about.
fn digest(key: &str, input: &Input) -> String {
    let asked = json!([key, input.region, input.fields]).to_string();
    format!("{:?}", Sha256::digest(asked).as_slice())
}

fn object(schema: Value) -> Map<String, Value> {
    match schema {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// The answer to the question for leave to change something.
enum Consent {
    Given,
    Declined,
    Ask(Box<InputRequiredResult>),
}

fn declined(entry: &Entry) -> Box<Error> {
    Error::new(Kind::Cancelled, format!("{} was not agreed to, and not done.", entry.meta().label))
}

/// Passes the progress of a wait on to a client that listens.
fn listener(context: &RequestContext<RoleServer>) -> Option<UnboundedSender<Progress>> {
    let token = context.meta.get_progress_token()?;
    let (progress, mut updates) = unbounded_channel::<Progress>();
    let peer = context.peer.clone();
    tokio::spawn(async move {
        while let Some(Progress { state, elapsed, limit }) = updates.recv().await {
            let notification =
                ProgressNotificationParam::new(token.clone(), elapsed.as_secs_f64()).with_total(limit.as_secs_f64());
            if peer.notify_progress(notification.with_message(state)).await.is_err() {
                return;
            }
        }
    });
    Some(progress)
}

fn result(reply: Reply) -> CallToolResult {
    match (reply.data, reply.error) {
        (Some(data), None) => CallToolResult::structured(serde_json::from_str(data.get()).unwrap_or_default()),
        (_, Some(error)) => failed(&error),
        (None, None) => CallToolResult::structured(json!({})),
    }
}

/// An error is no data of the tool's, so it is not structured content; models read it as text, hosts in `_meta`.
fn failed(error: &Error) -> CallToolResult {
    let error = serde_json::to_value(error).unwrap_or_default();
    let mut result = CallToolResult::error(vec![ContentBlock::text(error.to_string())]);
    let mut meta = MetaObject::default();
    meta.insert(ERROR.to_owned(), error);
    result.meta = Some(meta);
    result
}
