//! A listed action: its whole form, with the region that every action takes, and its worked example.

use std::time::Duration;

use glue_runtime::form::LazyForm;
use glue_runtime::polling::{self, TIMEOUT_FIELD};
use glue_runtime::{DynAction, Form, Meta, Result};
use serde_json::{Map, Value, json};

/// The deadline of a request that names none, for an action that does not wait.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// The pointer to the input in a request.
pub const INPUT: &str = "/input";

/// The field that every action takes.
const REGION_FIELD: &str = "awsRegion";

/// An action as the registry lists it, with its form compiled once.
pub struct Entry {
    action: &'static dyn DynAction,
    form: LazyForm,
}

/// An input as a form has read it.
#[derive(Debug)]
pub struct Input {
    /// The region of this request.
    pub region: Option<String>,
    /// The action's own fields.
    pub fields: Map<String, Value>,
}

impl Entry {
    /// Lists an action.
    #[must_use]
    pub const fn new(action: &'static dyn DynAction) -> Self {
        Self { action, form: LazyForm::new() }
    }

    /// The deadline of a request that names none. A wait has its own, and time for the requests before and after it.
    #[must_use]
    pub fn default_timeout(&self, input: &Input) -> Duration {
        if !self.waits() {
            return DEFAULT_TIMEOUT;
        }
        let given = input.fields.get(TIMEOUT_FIELD).and_then(Value::as_u64);
        given.map_or(polling::DEFAULT_TIMEOUT, Duration::from_secs) + DEFAULT_TIMEOUT
    }

    /// True when the action waits as long as its input says.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.form().is_ok_and(|form| form.has(TIMEOUT_FIELD))
    }

    /// The facts about the action.
    #[must_use]
    pub fn meta(&self) -> &'static Meta {
        self.action.meta()
    }

    /// The action itself.
    #[must_use]
    pub fn action(&self) -> &'static dyn DynAction {
        self.action
    }

    /// The worked example: `input`, `exchanges` on the wire, and `data`.
    ///
    /// # Errors
    /// When the file beside the action is not JSON.
    pub fn example(&self) -> serde_json::Result<Value> {
        serde_json::from_str(self.meta().example)
    }

    /// The JSON schema of the whole input, the region included.
    #[must_use]
    pub fn input_schema(&self) -> Value {
        let mut schema = self.action.input_schema();
        let own = schema["properties"].take();
        let mut properties = Map::from_iter([(REGION_FIELD.to_owned(), region_schema())]);
        if let Value::Object(own) = own {
            properties.extend(own);
        }
        properties.values_mut().for_each(add_region_to_link);
        schema["type"] = json!("object");
        schema["properties"] = Value::Object(properties);
        schema["additionalProperties"] = json!(false);
        schema
    }

    /// Reads the input that a host handed over.
    ///
    /// # Errors
    /// `invalidInput` with the field at fault, as a pointer into the request.
    pub fn read(&self, input: Value) -> Result<Input> {
        read(self.form()?, input)
    }

    fn form(&self) -> Result<&Form> {
        self.form.get(|| self.input_schema())
    }
}

/// Reads the input of a connection check, which may name a region as that of every action may.
///
/// # Errors
/// As [`Entry::read`].
pub fn read_check(input: Value) -> Result<Input> {
    static FORM: LazyForm = LazyForm::new();
    let schema = || {
        let properties = json!({ REGION_FIELD: region_schema() });
        json!({ "type": "object", "properties": properties, "additionalProperties": false })
    };
    read(FORM.get(schema)?, input)
}

/// Adds the region to the inputs of a field's data source. A data source without inputs asks AWS for nothing.
fn add_region_to_link(field: &mut Value) {
    if let Some(Value::Array(inputs)) = field.pointer_mut("/x-data-source/inputs") {
        inputs.insert(0, json!(REGION_FIELD));
    }
}

fn read(form: &Form, input: Value) -> Result<Input> {
    let mut fields = form.read(input).map_err(|error| error.with_field_prefix(INPUT))?;
    let region = match fields.remove(REGION_FIELD) {
        Some(Value::String(region)) => Some(region),
        _ => None,
    };
    Ok(Input { region, fields })
}

fn region_schema() -> Value {
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
