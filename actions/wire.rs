//! Between an action and Glue: a typed request out, the raw JSON of the answer back.
//!
//! The SDK writes the body of a request. What sends it is [`AwsJson`](glue_connections::aws_json::AwsJson), and each
//! action reads the answer into a typed view of its own: the SDK's output types neither serialize nor keep members
//! that they do not know.

use std::fmt::Debug;
use std::future::Future;

use aws_sdk_glue::config::ConfigBag;
use aws_sdk_glue::error::{BoxError, BuildError};
use aws_smithy_runtime_api::client::interceptors::context::Input;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{SerializeRequest, SharedRequestSerializer};
use bytes::Bytes;
use glue_connections::aws_error::{Call, Fault, is_expired, request_id};
use glue_connections::failure::Sending;
use glue_connections::{Effect, Error, Kind, Result};
use http::{HeaderMap, Response};
use serde::de::DeserializeOwned;

use crate::context::Context;
use crate::timestamp::Timestamp;

/// The input of an operation of Glue's that can be sent.
pub trait Operation: Debug + Send + Sync + 'static {
    /// The operation, as the SDK knows it: it writes the body of the request.
    type Plugin: RuntimePlugin + Default;
}

/// An input as its builder makes it.
pub type Built<I> = std::result::Result<I, BuildError>;

/// A request, ready to be signed and sent as often as need be.
struct Prepared {
    operation: String,
    body: Bytes,
}

impl Prepared {
    fn new<I: Operation>(input: Built<I>) -> Result<Self> {
        let input = input.map_err(BoxError::from);
        input
            .and_then(|input| Self::write(&I::Plugin::default(), Input::erase(input)))
            .map_err(|problem| Error::new(Kind::Internal, format!("The request cannot be written: {problem}.")))
    }

    fn write(operation: &dyn RuntimePlugin, input: Input) -> std::result::Result<Self, BoxError> {
        let mut config = ConfigBag::base();
        config.push_shared_layer(operation.config().ok_or("an operation without a serializer")?);
        let name = config.load::<Metadata>().ok_or("an operation without a name")?.name().to_owned();
        let serializer = config.load::<SharedRequestSerializer>().ok_or("an operation without a serializer")?.clone();
        let request = serializer.serialize_input(input, &mut config)?;
        let body = request.body().bytes().ok_or("a body that is not in memory")?;
        Ok(Self { operation: name, body: Bytes::copy_from_slice(body) })
    }
}

impl Context {
    /// Sends an operation that only looks, again and again while it fails for reasons that pass, until the deadline.
    ///
    /// # Errors
    /// As the error table has them; nothing was changed.
    pub fn read<O: DeserializeOwned>(&self, input: Built<impl Operation>) -> impl Future<Output = Result<O>> + Send {
        self.prepared(Prepared::new(input), false)
    }

    /// Sends an operation that changes something, and sends it again only where it is certain that AWS did not act.
    ///
    /// # Errors
    /// As the error table has them, with the effect.
    pub fn change<O: DeserializeOwned>(&self, input: Built<impl Operation>) -> impl Future<Output = Result<O>> + Send {
        self.prepared(Prepared::new(input), true)
    }

    /// Sends any Glue operation by its name, with this body.
    ///
    /// # Errors
    /// As the error table has them, with the effect.
    pub fn raw<O: DeserializeOwned>(
        &self,
        operation: &str,
        body: String,
        changes: bool,
    ) -> impl Future<Output = Result<O>> + Send {
        self.prepared(Ok(Prepared { operation: operation.to_owned(), body: body.into() }), changes)
    }

    async fn prepared<O: DeserializeOwned>(&self, request: Result<Prepared>, changes: bool) -> Result<O> {
        let request = request?;
        parse(&request.operation, &self.call(&request, changes).await?, changes)
    }

    async fn call(&self, request: &Prepared, changes: bool) -> Result<Response<Bytes>> {
        let session = &self.glue.session;
        let call = Call { service: "Glue", operation: &request.operation, changes, pace: Some(session.pace()) };
        session.require_region()?;
        let service = self.glue.service().await?;
        let _ahead = session.awaits_credentials().then(|| service.connect_ahead());
        session.refresh(&self.deadline).await?;
        let send = || -> Sending<'static, _> { service.send(&request.operation, request.body.clone()) };
        let mut outcome = call.run(&self.deadline, &send).await;
        if let Err(fault) = &outcome
            && is_expired(&fault.error)
            && session.renew(&self.deadline).await?
        {
            self.count(fault.attempts, fault.error.request_id.clone(), None);
            outcome = call.run(&self.deadline, &send).await;
        }
        match outcome {
            Ok((answer, attempts)) => {
                self.count(attempts, request_id(answer.headers()), date(answer.headers()));
                Ok(answer)
            }
            Err(Fault { error, attempts }) => {
                self.count(attempts, error.request_id.clone(), None);
                Err(error)
            }
        }
    }
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    Timestamp::from_http_date(headers.get(http::header::DATE)?.to_str().ok()?)
}

/// Reads a successful answer. An empty body is an empty object. Only what cannot be read is read again, to tell where.
fn parse<O: DeserializeOwned>(operation: &str, answer: &Response<Bytes>, changes: bool) -> Result<O> {
    let body = if answer.body().is_empty() { b"{}" } else { answer.body().as_ref() };
    if let Ok(output) = serde_json::from_slice(body) {
        return Ok(output);
    }
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(body)).map_err(|problem| {
        let message = format!("Glue's answer to {operation} has an unexpected value at {}.", problem.path());
        let mut error =
            Error::new(Kind::BadResponse, message).with_effect(if changes { Effect::Applied } else { Effect::None });
        error.request_id = request_id(answer.headers());
        error
    })
}
