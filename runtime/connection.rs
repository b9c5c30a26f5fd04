//! The trait of a connection type, and its erased form that a registry lists.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use aws_credential_types::Credentials;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use sha2::Digest as _;
use sha2::Sha256;

use crate::action::to_raw;
use crate::aws::credential_cache::CredentialSource;
use crate::aws::session::{ConnectionConfig, Digest};
use crate::aws::settings::Settings;
use crate::aws::sts::SdkContext;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::form::{self, LazyForm, schema};

/// A connection type: the struct of its form, and the way to its credentials. Doc comments of the fields are the form's
/// labels and help. The [`Settings`] that all types take are added to each form.
pub trait Connection: Debug + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// Key, label and description.
    const META: ConnectionMeta;

    /// True when the same credentials come back each time and nobody has to be asked for them.
    const STATIC: bool = false;

    /// Validates conditions that span fields.
    ///
    /// # Errors
    /// `invalidInput` with the field at fault.
    fn validate(&self) -> Result<()> {
        Ok(())
    }

    /// The profile of the shared files whose region applies, if one is named.
    fn profile(&self) -> Option<&str> {
        None
    }

    /// True when the machine's own credentials are used: those of its environment, shared files, container or instance.
    fn uses_machine_identity(&self) -> bool;

    /// Loads credentials.
    ///
    /// # Errors
    /// `connection` when there are none or they are refused; `unreachable`, `throttled`, `timeout` or `cancelled`.
    fn load(&self, sdk: &SdkContext, deadline: &Deadline) -> impl Future<Output = Result<Credentials>> + Send;
}

/// Key, label and description of a connection type.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionMeta {
    /// The key that flows are saved with.
    pub key: &'static str,
    /// The name that people see.
    pub label: &'static str,
    /// Its purpose, in one sentence.
    pub description: &'static str,
}

/// A connection type as a registry lists it.
#[derive(Debug)]
pub struct ConnectionType {
    meta: ConnectionMeta,
    schema: fn() -> Value,
    config: fn(Value) -> Result<ConnectionConfig>,
    form: LazyForm,
}

/// The fields of a connection type together with those that all types take.
#[derive(Deserialize, JsonSchema)]
struct Fields<C> {
    #[serde(flatten)]
    connection: C,
    #[serde(flatten)]
    settings: Settings,
}

#[async_trait]
impl<C: Connection> CredentialSource for C {
    fn profile(&self) -> Option<&str> {
        Connection::profile(self)
    }

    fn is_static(&self) -> bool {
        C::STATIC
    }

    fn uses_machine_identity(&self) -> bool {
        Connection::uses_machine_identity(self)
    }

    async fn load(&self, sdk: &SdkContext, deadline: &Deadline) -> Result<Credentials> {
        Connection::load(self, sdk, deadline).await
    }
}

impl ConnectionType {
    /// The connection type whose form is `C`.
    #[must_use]
    pub const fn of<C: Connection>() -> Self {
        Self { meta: C::META, schema: schema::of_input::<Fields<C>>, config: config::<C>, form: LazyForm::new() }
    }

    /// Key, label and description.
    #[must_use]
    pub const fn meta(&self) -> &ConnectionMeta {
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
    /// `invalidInput` with a pointer to the field at fault.
    pub fn read(&self, fields: Value) -> Result<ConnectionConfig> {
        let fields = self.form.get(|| self.schema())?.read(fields)?;
        let digest = digest(self.meta.key, &fields)?;
        Ok(ConnectionConfig { digest, ..(self.config)(Value::Object(fields))? })
    }
}

fn config<C: Connection>(fields: Value) -> Result<ConnectionConfig> {
    let Fields { connection, settings }: Fields<C> = form::deserialize(fields)?;
    connection.validate()?;
    Ok(ConnectionConfig { source: Arc::new(connection), settings, digest: Digest::default(), shared_files: true })
}

/// A digest of the type and all fields of a connection, in whichever order they were written.
fn digest(key: &str, fields: &Map<String, Value>) -> Result<Digest> {
    let sorted: BTreeMap<_, _> = fields.iter().collect();
    Ok(Sha256::digest(to_raw(&(key, sorted))?.get()).into())
}
