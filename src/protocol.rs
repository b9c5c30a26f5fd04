//! The host protocol, version 1: one JSON object in, one JSON object on one line out.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use glue_runtime::form::{closest, join, whole_number};
use glue_runtime::{Error, Kind};
use secrecy::SecretString;
use serde::Serialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A larger request is refused without being held in memory.
pub const MAX_REQUEST_BYTES: usize = 16 * 1024 * 1024;

/// The beginning of a larger request that is searched for its `id`.
pub const PREFIX_BYTES: usize = 4096;

/// The longest deadline: a day less than AWS lets a Glue job run take.
pub const MAX_TIMEOUT_MS: u64 = 6 * 24 * 60 * 60 * 1000;

/// The members of a request, as the protocol lists them.
pub const REQUEST_MEMBERS: &[&str] =
    &["id", "action", "dataSource", "check", "cancel", "connection", "input", "timeoutMs"];

/// An identifier of the host's, echoed as it was written.
pub type Id = Box<RawValue>;

/// A parsed request.
#[derive(Debug)]
pub struct Request {
    /// Echoed in the reply.
    pub id: Option<Id>,
    /// The work to do.
    pub task: Task,
    /// The connection as it was written; none: the default one.
    pub connection: Option<SecretString>,
    /// The author of the connection, also of one that is left out.
    pub origin: ConnectionOrigin,
    /// The input as it was written: an object.
    pub input: SecretString,
    /// The deadline of the whole invocation; none: what the action usually takes.
    pub timeout: Option<Duration>,
}

/// The author of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectionOrigin {
    /// The operator of the process, by its command line or its environment.
    Operator,
    /// Whoever wrote the request, who may be anybody.
    Request,
}

/// A connection as it was given.
#[derive(Clone, Copy)]
pub struct GivenConnection<'a> {
    /// Its text; none: the default one.
    pub text: Option<&'a str>,
    /// Its author.
    pub origin: ConnectionOrigin,
}

/// The work of a request.
#[derive(Debug)]
pub enum Task {
    /// Run the action with this key.
    Action(String),
    /// Fill a form's dropdown.
    DataSource(String),
    /// Test the connection.
    Check,
    /// Cancel the request with this ID.
    Cancel(Id),
}

/// A request that could not be parsed, with its ID where that could be read.
#[derive(Debug)]
pub struct Rejected {
    /// Echoed in the reply.
    pub id: Option<Id>,
    /// The reason.
    pub error: Box<Error>,
}

/// A reply, as it is written.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// The request's ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// True when `data` follows, false when `error` does.
    pub ok: bool,
    /// The data of the action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    /// The failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Box<Error>>,
    /// The cost of the answer.
    pub meta: ReplyMeta,
}

/// The cost of answering a request.
#[derive(Debug, Default, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplyMeta {
    /// From reading the request to writing the reply, in milliseconds.
    pub duration_ms: u64,
    /// The number of requests that were sent to AWS, retries included.
    pub attempts: u32,
    /// The request ID of AWS's latest answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Request {
    /// Reads a request, its connection included. JSON values are never repeated in errors: one may be a secret in the wrong place.
    ///
    /// # Errors
    /// `invalidRequest`, with the member at fault.
    pub fn parse(text: &[u8]) -> Result<Self, Rejected> {
        let members: BTreeMap<String, &RawValue> =
            serde_json::from_slice(text).map_err(|problem| Rejected { id: None, error: not_an_object(&problem) })?;
        let id = match members.get("id") {
            None => None,
            Some(id) if is_id(id) => Some((*id).to_owned()),
            Some(_) => return Err(Rejected { id: None, error: invalid("/id", "`id` must be a string or a number.") }),
        };
        Self::from_members(id.clone(), &members).map_err(|error| Rejected { id, error })
    }

    fn from_members(id: Option<Id>, members: &BTreeMap<String, &RawValue>) -> Result<Self, Box<Error>> {
        if let Some(unknown) = members.keys().find(|name| !REQUEST_MEMBERS.contains(&name.as_str())) {
            return Err(unknown_member("request", "", unknown, REQUEST_MEMBERS));
        }
        let mut tasks = Vec::new();
        if let Some(key) = members.get("action") {
            tasks.push(Task::Action(text(key, "/action")?));
        }
        if let Some(key) = members.get("dataSource") {
            tasks.push(Task::DataSource(text(key, "/dataSource")?));
        }
        match members.get("check").map(|flag| flag.get()) {
            None => {}
            Some("true") => tasks.push(Task::Check),
            Some(_) => return Err(invalid("/check", "`check` must be true, or left out.")),
        }
        match members.get("cancel") {
            None => {}
            Some(id) if is_id(id) => tasks.push(Task::Cancel((*id).to_owned())),
            Some(_) => return Err(invalid("/cancel", "`cancel` must be a string or a number.")),
        }
        let (Some(task), true) = (tasks.pop(), tasks.is_empty()) else {
            return Err(Error::new(
                Kind::InvalidRequest,
                "A request must have exactly one of `action`, `dataSource`, `check` and `cancel`.",
            ));
        };
        let input = match members.get("input") {
            None => SecretString::from("{}"),
            Some(input) if input.get().starts_with('{') => SecretString::from(input.get()),
            Some(_) => return Err(invalid("/input", "`input` must be an object.")),
        };
        let timeout = members.get("timeoutMs").map(|limit| match milliseconds(limit) {
            Some(limit @ 1..=MAX_TIMEOUT_MS) => Ok(Duration::from_millis(limit)),
            _ => Err(invalid(
                "/timeoutMs",
                &format!("`timeoutMs` must be a whole number of milliseconds from 1 to {MAX_TIMEOUT_MS}."),
            )),
        });
        let connection = members.get("connection").map(|connection| SecretString::from(connection.get()));
        Ok(Self { id, task, connection, origin: ConnectionOrigin::Request, input, timeout: timeout.transpose()? })
    }
}

/// The pointer to the connection in a request.
pub const CONNECTION: &str = "/connection";

/// The pointer to the fields of a connection in a request.
pub const CONNECTION_FIELDS: &str = "/connection/fields";

/// Reads the key and the fields of a connection.
///
/// # Errors
/// `invalidRequest`, with the member at fault.
pub fn parse_connection(connection: &str) -> Result<(String, Value), Box<Error>> {
    const MEMBERS: &[&str] = &["key", "fields"];
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(connection)
        .map_err(|_| invalid("/connection", "`connection` must be an object with `key` and `fields`."))?;
    if let Some(unknown) = members.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        return Err(unknown_member("connection", "/connection", unknown, MEMBERS));
    }
    let key = members.get("key").ok_or_else(|| invalid("/connection/key", "`connection` must have a `key`."))?;
    let fields = match members.get("fields") {
        None => Value::Object(Map::new()),
        Some(fields) => parse_value(fields.get(), CONNECTION_FIELDS)?,
    };
    Ok((text(key, "/connection/key")?, fields))
}

impl Reply {
    /// The reply to a request.
    #[must_use]
    pub fn new(id: Option<Id>, outcome: Result<Box<RawValue>, Box<Error>>, meta: ReplyMeta) -> Self {
        let (data, error) = match outcome {
            Ok(data) => (Some(data), None),
            Err(error) => (None, Some(error)),
        };
        Self { id, ok: error.is_none(), data, error, meta }
    }

    /// The reply as one line, its end included.
    #[must_use]
    pub fn to_line(&self) -> Vec<u8> {
        line(self, self.id.as_ref())
    }

    /// The exit status of a one-shot run: 0, 1 for an error, 2 for a request that was not understood.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match &self.error {
            None => 0,
            Some(error) if error.kind == Kind::InvalidRequest => 2,
            Some(_) => 1,
        }
    }
}

impl From<Rejected> for Reply {
    fn from(rejected: Rejected) -> Self {
        Self::new(rejected.id, Err(rejected.error), ReplyMeta::default())
    }
}

/// The reply as a line; an error in its place when it cannot be serialized.
fn line(reply: &impl Serialize, id: Option<&Id>) -> Vec<u8> {
    let mut line = serde_json::to_vec(reply).unwrap_or_else(|_| {
        let id = id.map(|id| format!(r#""id":{id},"#)).unwrap_or_default();
        let error =
            r#"{"kind":"internal","message":"The reply cannot be written.","effect":"unknown","retryable":false}"#;
        format!(r#"{{{id}"ok":false,"error":{error},"meta":{{"durationMs":0,"attempts":0}}}}"#).into_bytes()
    });
    line.push(b'\n');
    line
}

impl Rejected {
    /// The refusal of a request over the size limit, of which this is the beginning.
    #[must_use]
    pub fn too_large(prefix: &[u8]) -> Self {
        let message = format!("The request is larger than {} MiB.", MAX_REQUEST_BYTES / 1024 / 1024);
        Self { id: id_in_prefix(prefix), error: Error::new(Kind::InvalidRequest, message) }
    }
}

/// The top-level `id` of a request that is cut off, if it stands whole, and once, in the first [`PREFIX_BYTES`].
#[must_use]
pub fn id_in_prefix(prefix: &[u8]) -> Option<Id> {
    struct Search<'a>(&'a mut Option<Id>);

    impl<'de> Visitor<'de> for Search<'_> {
        type Value = ();

        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            formatter.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
            let mut id = None;
            while let Some(name) = members.next_key::<String>()? {
                // Only the name behind it shows that a number is whole: the request may be cut off in its midst.
                *self.0 = id.map(RawValue::to_owned);
                match (name.as_str(), id) {
                    ("id", None) => id = Some(members.next_value::<&RawValue>()?),
                    ("id", Some(_)) => {
                        *self.0 = None;
                        break;
                    }
                    _ => drop(members.next_value::<IgnoredAny>()?),
                }
            }
            Ok(())
        }
    }

    let mut id = None;
    let prefix = &prefix[..prefix.len().min(PREFIX_BYTES)];
    // An error is to be expected, for the end of the object is missing.
    let _ = serde_json::Deserializer::from_slice(prefix).deserialize_map(Search(&mut id));
    id.filter(|id| is_id(id))
}

/// True for a JSON value that can be an `id`: a string or a number.
fn is_id(value: &RawValue) -> bool {
    value.get().starts_with(|first: char| first == '"' || first == '-' || first.is_ascii_digit())
}

fn milliseconds(value: &RawValue) -> Option<u64> {
    whole_number(serde_json::from_str(value.get()).ok()?)?.as_u64()
}

/// The error for an unknown key.
pub fn unknown_key<'a>(what: &str, given: &str, known: impl Iterator<Item = &'a str> + Clone) -> Box<Error> {
    let advice = match closest(given, known.clone()) {
        Some(key) => format!("Did you mean `{key}`?"),
        None => format!("There are: {}.", known.collect::<Vec<_>>().join(", ")),
    };
    Error::new(Kind::InvalidRequest, format!("There is no {what} `{given}`. {advice}"))
}

fn unknown_member(what: &str, pointer: &str, given: &str, known: &[&str]) -> Box<Error> {
    unknown_key(&format!("{what} member"), given, known.iter().copied()).with_field(join(pointer, given))
}

fn not_an_object(problem: &serde_json::Error) -> Box<Error> {
    let place = format!("line {} column {}", problem.line(), problem.column());
    Error::new(
        Kind::InvalidRequest,
        match problem.classify() {
            serde_json::error::Category::Data => "The request must be one JSON object.".to_owned(),
            serde_json::error::Category::Eof if problem.column() == 0 => {
                "The request is empty: give one JSON object.".to_owned()
            }
            _ => format!("The request is not JSON: see {place}."),
        },
    )
}

fn invalid(field: &str, message: &str) -> Box<Error> {
    Error::new(Kind::InvalidRequest, message).with_field(field)
}

fn text(value: &RawValue, field: &str) -> Result<String, Box<Error>> {
    serde_json::from_str(value.get()).map_err(|_| invalid(field, "This member must be a string."))
}

/// Reads JSON that is known to be well formed.
///
/// # Errors
/// `invalidRequest`: it is nested too deeply, or has a number that nothing can hold.
pub fn parse_value(value: &str, field: &str) -> Result<Value, Box<Error>> {
    serde_json::from_str(value)
        .map_err(|_| invalid(field, "This value is nested too deeply, or a number in it is out of range."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reply_that_cannot_be_serialized_keeps_its_id() {
        let id: Id = serde_json::from_str(r#""a\u2028""#).expect("JSON");
        let broken = BTreeMap::from([(vec![1], "a key that is no string")]);
        for (id, expected) in [(Some(&id), Some(json!("a\u{2028}"))), (None, None)] {
            let reply: Value = serde_json::from_slice(&line(&broken, id)).expect("JSON");
            assert_eq!((reply.get("id"), &reply["error"]["kind"]), (expected.as_ref(), &json!("internal")));
        }
    }

    #[test]
    fn the_id_of_a_request_that_is_cut_off_is_certain_or_none() {
        for (prefix, id) in [
            (r#"{"id":"7","action":"#, Some(r#""7""#)),
            (r#"{"id":12,"inp"#, None),
            (r#"{"id":12,"input""#, Some("12")),
            (
                r#" { "action" : "a", "input": {"id": 1, "b": [{"id": 2}]}, "\u0069d" : -1.50 , "check": tr"#,
                Some("-1.50"),
            ),
            (r#"{"id":"a\"b\u2028","input":{"x":"yyyy"#, Some(r#""a\"b\u2028""#)),
            (r#"{"id":12"#, None),
            (r#"{"id":12,"#, None),
            (r#"{"id":12}"#, None),
            (r#"{"id":12} {"id":13,"a":1}"#, None),
            (r#"{"id":"7"#, None),
            (r#"{"id":1,"id":2,"action":"a"#, None),
            (r#"{"id":1,"check":true,"id":2"#, None),
            (r#"{"id":1,"check":true,"input":{"id":2,"#, Some("1")),
            (r#"{"id":null,"action":"a","#, None),
            (r#"{"id":{"id":1},"action":"a","#, None),
            (r#"{"id":1 2,"action":"a","#, None),
            (r#"{"input":{"id":1,"a":""#, None),
            (r#"{"input":"\"id\":1,\"a\":2"#, None),
            (r#"{"input":{},,"id":1,"a":2"#, None),
            (r#"[{"id":1,"a":2}"#, None),
            ("xxxx", None),
            ("", None),
        ] {
            assert_eq!(id_in_prefix(prefix.as_bytes()).as_deref().map(RawValue::get), id, "{prefix}");
        }
        let far = format!(r#"{{"action":"{}","id":1,"check":true"#, "x".repeat(PREFIX_BYTES));
        assert!(id_in_prefix(far.as_bytes()).is_none());
    }
}
