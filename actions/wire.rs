//! Between an action and Glue: a typed request out, the raw JSON of the answer back.
//!
//! The SDK's output types neither serialize nor keep members that they do not know, so each action reads the raw
//! answer into a typed view of its own. The SDK hands the raw answer to interceptors only; the one here leaves it
//! where the task that sent the request finds it.

use std::cell::RefCell;
use std::error::Error as StdError;
use std::future::Future;

use aws_sdk_glue::Client;
use aws_sdk_glue::config::ConfigBag;
use aws_sdk_glue::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_glue::config::{Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use glue_connections::aws_error::{Call, Fault, is_expired};
use glue_connections::sending::{Sending, sending};
use glue_connections::{Effect, Error, Kind, Result};
use serde::de::DeserializeOwned;

use crate::context::Context;
use crate::timestamp::Timestamp;

tokio::task_local! {
    static ANSWER: RefCell<Answer>;
}

/// A successful answer, as it came.
#[derive(Debug, Default)]
struct Answer {
    body: Option<SdkBody>,
    request_id: Option<String>,
    date: Option<String>,
}

/// Keeps the raw answer for the task that sent the request.
#[derive(Debug)]
pub(crate) struct KeepAnswer;

#[dyn_dispatch_hint]
impl Intercept for KeepAnswer {
    fn name(&self) -> &'static str {
        "KeepAnswer"
    }

    // The body is not read yet in `read_before_deserialization`.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> std::result::Result<(), BoxError> {
        let response = context.response();
        let header = |name| response.headers().get(name).map(str::to_owned);
        let answer = Answer { body: response.body().try_clone(), request_id: header("x-amzn-requestid"), date: header("date") };
        // Outside of a call there is nobody to keep it for.
        let _ = ANSWER.try_with(|kept| kept.replace(answer));
        Ok(())
    }
}

impl Context {
    /// Sends an operation that only looks, again and again while it fails for reasons that pass, until the deadline.
    ///
    /// # Errors
    /// As the error table has them; nothing was changed.
    pub async fn read<O, T, E, F>(&self, operation: &'static str, request: impl Fn(&Client) -> F + Send + Sync) -> Result<O>
    where
        O: DeserializeOwned,
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        F: Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        parse(operation, &self.call(operation, false, &|| sending(|| request(&self.glue.client), drop)).await?, false)
    }

    /// Sends an operation that changes something, and sends it again only where it is certain that AWS did not act.
    ///
    /// # Errors
    /// As the error table has them, with the effect.
    pub async fn change<O, T, E, F>(&self, operation: &'static str, request: impl Fn(&Client) -> F + Send + Sync) -> Result<O>
    where
        O: DeserializeOwned,
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
        F: Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>> + Send,
    {
        parse(operation, &self.call(operation, true, &|| sending(|| request(&self.glue.client), drop)).await?, true)
    }

    /// Sends any Glue operation by its name, with this body: the SDK's own `ListJobs`, its name and body replaced before
    /// it is signed. So everything else — endpoint, signature, deadline, retries, errors — is as for any other.
    ///
    /// # Errors
    /// As the error table has them, with the effect.
    pub async fn raw<O: DeserializeOwned>(&self, operation: &str, body: &str, changes: bool) -> Result<O> {
        let target = format!("AWSGlue.{operation}");
        let request = || {
            let (target, body) = (target.clone(), body.to_owned());
            let replace = move |request: &mut HttpRequest| {
                request.headers_mut().insert("x-amz-target", target.clone());
                request.headers_mut().insert("content-length", body.len().to_string());
                *request.body_mut() = SdkBody::from(body.clone());
            };
            sending(|| self.glue.client.list_jobs().customize().mutate_request(replace).send(), drop)
        };
        parse(operation, &self.call(operation, changes, &request).await?, changes)
    }

    async fn call<'a>(&self, operation: &str, changes: bool, request: &(dyn Fn() -> Sending<'a, ()> + Sync)) -> Result<Answer> {
        let session = &self.glue.session;
        let call = Call { service: "Glue", operation, changes, pace: Some(session.pace()) };
        session.require_region()?;
        session.refresh(&self.deadline).await?;
        let send = || -> Sending<'a, Answer> {
            let sent = request();
            Box::pin(ANSWER.scope(RefCell::default(), async { sent.await.map(|()| ANSWER.with(RefCell::take)) }))
        };
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
                self.count(attempts, answer.request_id.clone(), answer.date.as_deref().and_then(Timestamp::from_http_date));
                Ok(answer)
            }
            Err(Fault { error, attempts }) => {
                self.count(attempts, error.request_id.clone(), None);
                Err(error)
            }
        }
    }
}

/// Reads a successful answer. An empty body is an empty object. What is not JSON is not AWS's: a gateway that says
/// "200" to anything has not told what became of the request.
fn parse<O: DeserializeOwned>(operation: &str, answer: &Answer, changes: bool) -> Result<O> {
    let body = answer.body.as_ref().and_then(SdkBody::bytes).filter(|body| !body.is_empty()).unwrap_or(b"{}");
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(body)).map_err(|problem| {
        let (message, effect) = if problem.inner().is_data() {
            (format!("Glue's answer to {operation} has an unexpected value at {}.", problem.path()), Effect::Applied)
        } else {
            (format!("What came as Glue's answer to {operation} is not JSON."), Effect::Unknown)
        };
        let mut error = Error::new(Kind::BadResponse, message).with_effect(if changes { effect } else { Effect::None });
        error.request_id.clone_from(&answer.request_id);
        error
    })
}
