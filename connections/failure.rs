//! Why a request has no good answer: the SDK's own requests and those of [`AwsJson`](crate::aws_json::AwsJson) fail alike.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value};

use crate::transport::{Cause, in_memory};

/// A request under way. Boxed also because the SDK's futures are tens of kilobytes: too large to be copied up through
/// every caller.
pub type Sending<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// Why a request failed.
#[derive(Debug)]
pub enum Failure {
    /// The settings do not make a request.
    NotMade(Cause),
    /// No answer came, or none that can be read.
    NoAnswer(Cause),
    /// The service answered with an error.
    Refused(Response<Bytes>),
}

impl<E: StdError + Send + Sync + 'static> From<SdkError<E, HttpResponse>> for Failure {
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        match error {
            // A success that the SDK could not read is an error of the service to it, too.
            SdkError::ServiceError(answer) if !answer.raw().status().is_success() => {
                match answer.into_raw().try_into_http1x() {
                    Ok(answer) => Self::Refused(answer.map(|body| in_memory(&body))),
                    Err(problem) => Self::NoAnswer(problem.into()),
                }
            }
            error @ SdkError::ConstructionFailure(_) => Self::NotMade(error.into()),
            error => Self::NoAnswer(error.into()),
        }
    }
}

/// What a service says instead of doing what it was asked to: a code for programs, words for people.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The error's code, without what AWS writes around it.
    pub code: Option<String>,
    /// The error's message.
    pub message: Option<String>,
}

impl Refusal {
    /// Reads an error. Glue answers in JSON; STS, gateways and emulators answer in XML.
    #[must_use]
    pub fn of(answer: &Response<Bytes>) -> Self {
        let json: Map<String, Value> = serde_json::from_slice(answer.body()).unwrap_or_default();
        let member = |names: &[&str]| names.iter().find_map(|name| json.get(*name)?.as_str()).map(str::to_owned);
        let header = || answer.headers().get("x-amzn-errortype")?.to_str().ok().map(str::to_owned);
        let code = header().or_else(|| member(&["__type", "code"])).or_else(|| xml_element(answer.body(), "Code"));
        let message = member(&["message", "Message", "errorMessage"]).or_else(|| xml_element(answer.body(), "Message"));
        Self { code: code.map(|code| bare(&code).to_owned()), message }
    }
}

/// `com.amazonaws.glue#EntityNotFoundException:http://…` is `EntityNotFoundException`
/// (<https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization>).
fn bare(code: &str) -> &str {
    let code = code.split_once(':').map_or(code, |(code, _)| code);
    code.rsplit_once('#').map_or(code, |(_, code)| code)
}

fn xml_element(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (value, _) = rest.split_once(&format!("</{name}>"))?;
    Some(value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(header: Option<&str>, body: &'static str) -> (Option<String>, Option<String>) {
        let mut answer = Response::builder();
        if let Some(header) = header {
            answer = answer.header("x-amzn-errortype", header);
        }
        let Refusal { code, message } =
            Refusal::of(&answer.body(Bytes::from_static(body.as_bytes())).expect("an answer"));
        (code, message)
    }

    #[test]
    fn codes_are_read_wherever_services_put_them() {
        let said = |code: &str, message: &str| (Some(code.to_owned()), Some(message.to_owned()));
        let json = r#"{"__type":"com.amazonaws.glue#EntityNotFoundException","Message":"no such job"}"#;
        assert_eq!(refusal(None, json), said("EntityNotFoundException", "no such job"));
        assert_eq!(refusal(Some("Throttled:http://internal/x"), json), said("Throttled", "no such job"));
        assert_eq!(refusal(None, r#"{"code":"A","message":"b","Message":"c"}"#), said("A", "b"));
        let xml =
            "<ErrorResponse><Error><Code>AccessDenied</Code>\n<Message> not you </Message></Error></ErrorResponse>";
        assert_eq!(refusal(None, xml), said("AccessDenied", "not you"));
        assert_eq!(refusal(None, "<html>502 Bad Gateway</html>"), (None, None));
    }
}
