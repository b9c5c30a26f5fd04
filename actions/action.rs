//! What an action is, its erased twin, and the entry that a registry lists.

use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use glue_connections::{Error, Form, Kind, Result, schema};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::wait;

/// Where an action's input stands in a request, for error pointers.
const INPUT: &str = "/input";

/// One thing that the connector can do with AWS Glue. Implemented by a unit struct.
///
/// The doc comments of the input's fields are the form (`/// # Label`, then the help), those of the output are its reference.
pub trait Action: Send + Sync + 'static {
    /// What the action takes, besides the region that every action takes.
    type Input: DeserializeOwned + JsonSchema + Send;
    /// What the action gives back.
    type Output: Serialize + DeserializeOwned + JsonSchema + Send;
    /// Who the action is.
    const META: Meta;

    /// Checks what spans fields, before anything is sent.
    ///
    /// # Errors
    /// `invalidInput` with the field at fault.
    fn check(_input: &Self::Input) -> Result<()> {
        Ok(())
    }

    /// Does it.
    ///
    /// # Errors
    /// As the protocol has them; the effect is always said.
    fn run(&self, cx: &Context, input: Self::Input) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// Who an action is. Forms, documentation, tools and packages all say what stands here.
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// The key that flows are saved with.
    pub key: &'static str,
    /// The name that people see.
    pub label: &'static str,
    /// One sentence on what it does.
    pub description: &'static str,
    /// The Glue operation behind it.
    pub operation: &'static str,
    /// Whether it changes something.
    pub access: Access,
    /// What the connection must be allowed to do.
    pub permissions: &'static [Permission],
}

/// Whether an action changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It only looks.
    Reads,
    /// It changes something; doing it twice comes to the same as doing it once.
    Changes,
    /// It changes something each time that it is done.
    ChangesEachTime,
    /// It depends on what it is asked for; it keeps to what the host allows by itself.
    AsAsked,
}

/// A permission that an action needs, for the least-privilege policies.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    /// The IAM action.
    pub action: &'static str,
    /// The kinds of resource that it is limited to, as the end of an ARN; none: AWS offers no limit.
    pub resources: &'static [&'static str],
}

/// The object-safe twin of [`Action`]; everything that implements one implements the other.
#[async_trait]
pub trait DynAction: Send + Sync {
    /// Who the action is.
    fn meta(&self) -> &'static Meta;
    /// The JSON schema of its own input fields.
    fn input_schema(&self) -> Value;
    /// The JSON schema of its data.
    fn output_schema(&self) -> Value;
    /// Runs the action on an input that its form has read.
    async fn run(&self, cx: &Context, input: Map<String, Value>) -> Result<Box<RawValue>>;
}

#[async_trait]
impl<A: Action> DynAction for A {
    fn meta(&self) -> &'static Meta {
        &A::META
    }

    fn input_schema(&self) -> Value {
        schema::of_input::<A::Input>()
    }

    fn output_schema(&self) -> Value {
        schema::of_output::<A::Output>()
    }

    async fn run(&self, cx: &Context, input: Map<String, Value>) -> Result<Box<RawValue>> {
        let input = parse::<A>(input)?;
        A::check(&input)?;
        let output = Action::run(self, cx, input).await?;
        written(&output)
    }
}

/// The data of a reply, as it is sent: written at once, and never a tree in memory.
///
/// # Errors
/// `internal`, for what JSON has no words for.
pub fn written(data: &impl Serialize) -> Result<Box<RawValue>> {
    to_raw_value(data).map_err(|problem| Error::new(Kind::Internal, format!("The data cannot be written: {problem}.")))
}

/// The form has passed the input, so a failure here is a limit that the schema does not state; a parser's own words
/// would repeat the value.
fn parse<A: Action>(input: Map<String, Value>) -> Result<A::Input> {
    serde_path_to_error::deserialize(Value::Object(input)).map_err(|problem| {
        Error::invalid_input(format!("{INPUT}/{}", problem.path()), "The value of this field cannot be read.")
    })
}

/// The deadline of a request that names none, for an action that does not wait.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// An action as a registry lists it: with its form, compiled once, and the worked example that documents and tests it.
pub struct Entry {
    action: &'static dyn DynAction,
    case: &'static str,
    form: OnceLock<Result<Form>>,
    waits: bool,
}

/// An input as a form has read it: the region that every action takes, and the action's own fields.
#[derive(Debug)]
pub struct Input {
    /// The region of this request.
    pub region: Option<String>,
    /// The action's own fields.
    pub fields: Map<String, Value>,
}

impl Entry {
    /// Lists `action` with its case: input, request and answer on the wire, and data, as JSON.
    #[must_use]
    pub const fn new(action: &'static dyn DynAction, case: &'static str) -> Self {
        Self { action, case, form: OnceLock::new(), waits: false }
    }

    /// Lists an action that waits as long as its input says.
    #[must_use]
    pub const fn waiting(action: &'static dyn DynAction, case: &'static str) -> Self {
        Self { action, case, form: OnceLock::new(), waits: true }
    }

    /// The deadline of a request that names none.
    #[must_use]
    pub fn default_timeout(&self, input: &Input) -> Duration {
        if !self.waits {
            return DEFAULT_TIMEOUT;
        }
        let waits =
            input.fields.get("timeoutSeconds").and_then(Value::as_u64).map_or(wait::DEFAULT, Duration::from_secs);
        // The wait itself ends in time; what comes before and after it has its own.
        waits + DEFAULT_TIMEOUT
    }

    /// Who the action is.
    #[must_use]
    pub fn meta(&self) -> &'static Meta {
        self.action.meta()
    }

    /// The action itself.
    #[must_use]
    pub fn action(&self) -> &'static dyn DynAction {
        self.action
    }

    /// The worked example.
    ///
    /// # Errors
    /// When the case is not JSON.
    pub fn case(&self) -> serde_json::Result<Value> {
        serde_json::from_str(self.case)
    }

    /// The JSON schema of the whole input, the region included.
    #[must_use]
    pub fn input_schema(&self) -> Value {
        let mut schema = self.action.input_schema();
        let own = schema["properties"].take();
        let mut properties = Map::new();
        properties.insert("awsRegion".to_owned(), region_schema());
        if let Value::Object(own) = own {
            properties.extend(own);
        }
        schema["type"] = json!("object");
        schema["properties"] = Value::Object(properties);
        schema["additionalProperties"] = json!(false);
        schema
    }

    /// Reads the input that a host handed over.
    ///
    /// # Errors
    /// `invalidInput` with the field at fault.
    pub fn read(&self, input: Value) -> Result<Input> {
        let form = self
            .form
            .get_or_init(|| Form::compile(&self.input_schema()).map_err(|problem| Error::new(Kind::Internal, problem)));
        let mut fields = form.as_ref().map_err(Clone::clone)?.read(input, INPUT)?;
        let region = match fields.remove("awsRegion") {
            Some(Value::String(region)) => Some(region),
            _ => None,
        };
        Ok(Input { region, fields })
    }
}

/// The field that every action takes; the words are the form's.
#[must_use]
pub fn region_schema() -> Value {
    json!({
        "title": "AWS Region",
        "description": "AWS provides services in multiple regions, like us-west-2 or eu-west-1. Leave it blank to use the connection's region.",
        "type": "string",
        "minLength": 1,
        "maxLength": 63,
        "pattern": "^[A-Za-z0-9-]+$",
        "x-data-source": { "key": "regions" },
    })
}
