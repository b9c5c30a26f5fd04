//! What a connection type is, and its erased form that a registry can list.

use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::credentials::Source;
use crate::error::{Error, Kind, Result};
use crate::form::Form;
use crate::schema;
use crate::settings::Settings;

/// Where the fields stand in a request, for error pointers.
const FIELDS: &str = "/connection/fields";

/// The form of a connection type; its doc comments are the form's labels and help.
pub trait Fields: DeserializeOwned + JsonSchema {
    /// Who the connection type is.
    const META: Meta;

    /// Checks what spans fields, and says where credentials come from.
    ///
    /// # Errors
    /// `invalidInput` with the field at fault.
    fn plan(self) -> Result<Plan>;
}

/// Who a connection type is.
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// The key that flows are saved with.
    pub key: &'static str,
    /// The name that people see.
    pub label: &'static str,
    /// One sentence on what it is for.
    pub description: &'static str,
}

/// What the fields of a connection come to.
#[derive(Debug)]
pub struct Plan {
    /// Where credentials come from.
    pub source: Source,
    /// How AWS is reached.
    pub settings: Settings,
}

/// A connection type as a registry lists it.
#[derive(Debug)]
pub struct ConnectionType {
    meta: Meta,
    schema: fn() -> Value,
    plan: fn(Value) -> Result<Plan>,
    form: OnceLock<Result<Form>>,
}

impl ConnectionType {
    /// The connection type whose form is `F`.
    #[must_use]
    pub const fn of<F: Fields>() -> Self {
        Self { meta: F::META, schema: schema::of_input::<F>, plan: plan::<F>, form: OnceLock::new() }
    }

    /// Who the connection type is.
    #[must_use]
    pub const fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The JSON schema of its fields; every object in it refuses unknown members.
    #[must_use]
    pub fn schema(&self) -> Value {
        let mut schema = (self.schema)();
        // A flattened struct leaves the keyword out.
        schema["additionalProperties"] = json!(false);
        schema
    }

    /// Reads the fields that a host handed over.
    ///
    /// # Errors
    /// `invalidInput` with the field at fault.
    pub fn read(&self, fields: Value) -> Result<Plan> {
        let form = self
            .form
            .get_or_init(|| Form::compile(&self.schema()).map_err(|problem| Error::new(Kind::Internal, problem)));
        let fields = form.as_ref().map_err(Clone::clone)?.read(fields, FIELDS)?;
        (self.plan)(Value::Object(fields))
    }
}

fn plan<F: Fields>(fields: Value) -> Result<Plan> {
    // The form has passed the fields, and a parser's own words would repeat their values.
    let fields: F = serde_path_to_error::deserialize(fields).map_err(|problem| {
        Error::invalid_input(format!("{FIELDS}/{}", problem.path()), "The value of this field cannot be read.")
    })?;
    fields.plan()
}
