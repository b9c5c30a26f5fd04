//! The code and the message in the body of an AWS error.

use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value};

/// An error as a service states it: a code for programs, a message for people.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ErrorBody {
    /// The code, without the namespace and URL that AWS writes around it.
    pub(super) code: Option<String>,
    /// The message.
    pub(super) message: Option<String>,
}

impl ErrorBody {
    /// Reads an error. Glue answers in JSON; STS, gateways and emulators answer in XML.
    pub(super) fn of(answer: &Response<Bytes>) -> Self {
        let json: Map<String, Value> = serde_json::from_slice(answer.body()).unwrap_or_default();
        let member = |names: &[&str]| names.iter().find_map(|name| json.get(*name)?.as_str()).map(str::to_owned);
        let header = || answer.headers().get("x-amzn-errortype")?.to_str().ok().map(str::to_owned);
        let code = header().or_else(|| member(&["__type", "code"])).or_else(|| xml_element(answer.body(), "Code"));
        let message = member(&["message", "Message", "errorMessage"]);
        let message = message.or_else(|| xml_element(answer.body(), "Message"));
        Self { code: code.map(|code| bare(&code).to_owned()).filter(|code| is_code(code)), message }
    }
}

/// `com.amazonaws.glue#EntityNotFoundException:http://…` is `EntityNotFoundException`
/// (<https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization>).
fn bare(code: &str) -> &str {
    let code = code.split_once(':').map_or(code, |(code, _)| code);
    code.rsplit_once('#').map_or(code, |(_, code)| code)
}

/// True for a word. Anything else may repeat a part of the request, secrets included.
fn is_code(code: &str) -> bool {
    (1..=128).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
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

    fn read(header: Option<&str>, body: &'static str) -> (Option<String>, Option<String>) {
        let mut answer = Response::builder();
        if let Some(header) = header {
            answer = answer.header("x-amzn-errortype", header);
        }
        let answer = answer.body(Bytes::from_static(body.as_bytes())).expect("an answer");
        let ErrorBody { code, message } = ErrorBody::of(&answer);
        (code, message)
    }

    #[test]
    fn codes_are_read_wherever_services_put_them() {
        let said = |code: &str, message: &str| (Some(code.to_owned()), Some(message.to_owned()));
        let json = r#"{"__type":"com.amazonaws.glue#EntityNotFoundException","Message":"no such job"}"#;
        assert_eq!(read(None, json), said("EntityNotFoundException", "no such job"));
        assert_eq!(read(Some("Throttled:http://internal/x"), json), said("Throttled", "no such job"));
        assert_eq!(read(None, r#"{"code":"A","message":"b","Message":"c"}"#), said("A", "b"));
        let xml =
            "<ErrorResponse><Error><Code>AccessDenied</Code>\n<Message> not you </Message></Error></ErrorResponse>";
        assert_eq!(read(None, xml), said("AccessDenied", "not you"));
        assert_eq!(read(None, r#"{"__type":"no such password: hunter2","message":"b"}"#), (None, Some("b".to_owned())));
        assert_eq!(read(None, "<html>502 Bad Gateway</html>"), (None, None));
    }
}
