//! A request to an operation: written by the SDK's types, or given as JSON.

use std::fmt::Debug;

use aws_smithy_runtime_api::client::interceptors::context::Input;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{SerializeRequest, SharedRequestSerializer};
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::operation::BuildError;
use bytes::Bytes;

use super::service::Service;
use crate::error::{Error, Kind, Result};
use crate::http::transport::BoxError;

/// A request, ready to be signed and sent as often as need be.
#[derive(Debug)]
pub struct Request {
    pub(crate) service: &'static Service,
    pub(crate) operation: String,
    pub(crate) body: Bytes,
}

impl Request {
    /// A request to any operation by its name, with this JSON as its body.
    #[must_use]
    pub fn json(service: &'static Service, operation: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self { service, operation: operation.into(), body: body.into() }
    }

    /// A request that the SDK's operation `O` writes from its input.
    ///
    /// This uses the parts that the SDK's own orchestrator is made of, which are public but not meant for everyday use:
    /// its client would work out endpoint, identity and interceptors anew for every request.
    ///
    /// # Errors
    /// `internal` when the input lacks a required member or cannot be written.
    ///
    /// # Panics
    /// When `input` is not the input of `O`; implement a trait that pairs the two, as `actions/glue.rs` does.
    pub fn serialize<O, I>(service: &'static Service, input: std::result::Result<I, BuildError>) -> Result<Self>
    where
        O: RuntimePlugin + Default,
        I: Debug + Send + Sync + 'static,
    {
        input
            .map_err(BoxError::from)
            .and_then(|input| write(service, &O::default(), Input::erase(input)))
            .map_err(|problem| Error::new(Kind::Internal, format!("The request cannot be written: {problem}.")))
    }
}

/// Never generic, so that it is compiled once.
fn write(
    service: &'static Service,
    operation: &dyn RuntimePlugin,
    input: Input,
) -> std::result::Result<Request, BoxError> {
    let mut config = ConfigBag::base();
    config.push_shared_layer(operation.config().ok_or("an operation without a serializer")?);
    let name = config.load::<Metadata>().ok_or("an operation without a name")?.name().to_owned();
    let serializer = config.load::<SharedRequestSerializer>().ok_or("an operation without a serializer")?.clone();
    let request = serializer.serialize_input(input, &mut config)?;
    let body = request.body().bytes().ok_or("a body that is not in memory")?;
    Ok(Request { service, operation: name, body: Bytes::copy_from_slice(body) })
}
