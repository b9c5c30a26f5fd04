//! The trait of an action, and its object-safe twin that a registry lists.

use std::future::Future;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::form::{self, schema};
use crate::redact::to_masked_raw_value;

/// An action of the connector, implemented by a unit struct.
///
/// The doc comments of the input's fields are the form (`/// # Label`, then the help), those of the output are the
/// reference. Everything that is said about an action anywhere stands in its `META` and in the example beside it.
///
/// ```
/// use glue_runtime::{Action, Context, Meta, Result};
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// /// Greets.
/// struct Greet;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Input {
///     /// # Name
///     /// The name to greet.
///     #[schemars(length(min = 1))]
///     name: String,
/// }
///
/// #[derive(Deserialize, Serialize, JsonSchema)]
/// struct Output {
///     /// # Greeting
///     /// The greeting.
///     greeting: String,
/// }
///
/// impl Action for Greet {
///     type Input = Input;
///     type Output = Output;
///     const META: Meta = Meta {
///         example: r#"{"input": {"name": "you"}, "exchanges": [], "data": {"greeting": "Hello, you."}}"#,
///         ..Meta::read("greet", "Greet", "Greets somebody by name.")
///     };
///
///     async fn run(&self, _: &Context, input: Input) -> Result<Output> {
///         Ok(Output { greeting: format!("Hello, {}.", input.name) })
///     }
/// }
/// ```
pub trait Action: Send + Sync + 'static {
    /// The fields that the action takes, besides the region that every action takes.
    type Input: DeserializeOwned + JsonSchema + Send;
    /// The data that the action gives back.
    type Output: Serialize + DeserializeOwned + JsonSchema + Send;
    /// The facts about the action.
    const META: Meta;

    /// Validates conditions that span fields, before anything is sent.
    ///
    /// # Errors
    /// `invalidInput` with the field at fault.
    fn validate(_input: &Self::Input) -> Result<()> {
        Ok(())
    }

    /// True when the request asks for the secrets in the answer, in a field `revealSecrets`. Otherwise they are masked.
    fn reveals_secrets(_input: &Self::Input) -> bool {
        false
    }

    /// Runs the action.
    ///
    /// # Errors
    /// As the protocol has them; the effect is always said. Fields are named by pointers into the input.
    fn run(&self, cx: &Context, input: Self::Input) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// The facts about an action. Forms, documentation, tools, policies, tests and packages read them here.
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// The key that flows are saved with.
    pub key: &'static str,
    /// The name that people see.
    pub label: &'static str,
    /// Its purpose, in one sentence.
    pub description: &'static str,
    /// The resource that it is about.
    pub group: Group,
    /// The AWS operation behind it, if it is one.
    pub operation: Option<&'static str>,
    /// Operations that it cannot do without, besides `operation`: those that it polls with.
    pub polls: &'static [&'static str],
    /// The change that it makes, if any.
    pub access: Access,
    /// True when it ends or undoes something; starting and creating do not.
    pub destructive: bool,
    /// The permissions that the connection needs.
    pub permissions: &'static [Permission],
    /// The verdicts on a change whose answer was lost, where they can be told by probing the resource.
    pub lost_answer: Option<LostAnswer>,
    /// AWS's members whose input is not the same word with a small first letter: (member, input).
    pub renamed: &'static [(&'static str, &'static str)],
    /// Members of the operation that are left out on purpose.
    pub omitted: &'static [&'static str],
    /// The worked example, as JSON: `input`, `exchanges` on the wire, and `data`. It is documentation and test at once.
    pub example: &'static str,
}

impl Meta {
    /// The facts about an action that only reads, to be completed by struct update.
    #[must_use]
    pub const fn read(key: &'static str, label: &'static str, description: &'static str) -> Self {
        Self {
            key,
            label,
            description,
            group: Group::OTHER,
            operation: None,
            polls: &[],
            access: Access::Reads,
            destructive: false,
            permissions: &[],
            lost_answer: None,
            renamed: &[],
            omitted: &[],
            example: "",
        }
    }

    /// The facts about an action that starts or creates something each time that it runs.
    #[must_use]
    pub const fn start(key: &'static str, label: &'static str, description: &'static str) -> Self {
        Self { access: Access::ChangesEachTime, ..Self::read(key, label, description) }
    }

    /// The facts about an action that ends or undoes something; doing it twice comes to the same as doing it once.
    #[must_use]
    pub const fn stop(key: &'static str, label: &'static str, description: &'static str) -> Self {
        Self { access: Access::Changes, destructive: true, ..Self::read(key, label, description) }
    }
}

/// A group of actions: the resource that they are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// The key in the manifest.
    pub key: &'static str,
    /// The heading that people see.
    pub label: &'static str,
}

impl Group {
    /// Actions that belong to no other group.
    pub const OTHER: Self = Self { key: "other", label: "Other" };
}

/// The change that an action makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// None.
    Reads,
    /// A change; making it twice comes to the same as making it once.
    Changes,
    /// A change each time that it runs.
    ChangesEachTime,
    /// One that depends on the input; the action itself keeps to what the operator grants.
    DependsOnInput,
}

/// A permission that an action needs, for the least-privilege policies.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    /// The IAM action.
    pub action: &'static str,
    /// The kinds of resource that it is limited to, as the end of an ARN; none: AWS offers no limit.
    pub resources: &'static [&'static str],
}

impl Permission {
    /// A permission on these kinds of resource.
    #[must_use]
    pub const fn on(action: &'static str, resources: &'static [&'static str]) -> Self {
        Self { action, resources }
    }

    /// A permission that AWS lets nobody limit to resources.
    #[must_use]
    pub const fn unlimited(action: &'static str) -> Self {
        Self { action, resources: &[] }
    }
}

/// The verdicts on a change whose answer was lost, each with the finding that leads to it; a blank one cannot happen.
#[derive(Clone, Copy, Debug)]
pub struct LostAnswer {
    /// The reply is `ok` when this is found.
    pub applied: &'static str,
    /// The effect is `none` when this is found.
    pub not_applied: &'static str,
    /// The effect stays `unknown` when this is found.
    pub unknown: &'static str,
}

/// The object-safe twin of [`Action`]; everything that implements one implements the other.
#[async_trait]
pub trait DynAction: Send + Sync {
    /// The facts about the action.
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
        let input = form::deserialize(Value::Object(input))?;
        A::validate(&input)?;
        let reveal = A::reveals_secrets(&input);
        cx.check_reveal(reveal)?;
        let output = Action::run(self, cx, input).await?;
        if reveal { to_raw(&output) } else { to_masked_raw(&output) }
    }
}

/// Serializes the data of a reply to JSON text at once: it is never a tree in memory.
///
/// # Errors
/// `internal`, for data that JSON cannot represent.
pub fn to_raw(data: &impl Serialize) -> Result<Box<RawValue>> {
    to_raw_value(data).map_err(|problem| unwritable(&problem))
}

fn to_masked_raw(data: &impl Serialize) -> Result<Box<RawValue>> {
    to_masked_raw_value(data).map_err(|problem| unwritable(&problem))
}

fn unwritable(problem: &serde_json::Error) -> Box<Error> {
    Error::new(Kind::Internal, format!("The data cannot be written: {problem}."))
}
