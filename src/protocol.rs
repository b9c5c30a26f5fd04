//! The host protocol, version 1: one JSON object in, one JSON object on one line out.

use std::collections::BTreeMap;
use std::time::Duration;

use glue_runtime::form::{closest, join};
use glue_runtime::{Error, Kind};
use secrecy::SecretString;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A larger request is refused without being held in memory.
pub const MAX_REQUEST_BYTES: usize = 16 * 1024 * 1024;

/// The longest deadline: a day less than AWS lets a Glue job run take.
const MAX_TIMEOUT_MS: u64 = 6 * 24 * 60 * 60 * 1000;

/// The members of a request, as the protocol lists them.
pub const REQUEST_MEMBERS: &[&str] =
    &["id", "action", "dataSource", "check", "cancel", "connection", "input", "timeoutMs"];

/// An identifier of the host's, echoed as it was written.
pub type Id = Box<RawValue>;

/// A request, understood.
#[derive(Debug)]
pub struct Request {
    /// Echoed in the reply.
    pub id: Option<Id>,
    /// What is to be done.
    pub task: Task,
    /// The connection as it was written; none: the default one.
    pub connection: Option<SecretString>,
    /// The input as it was written: an object.
    pub input: SecretString,
    /// The deadline of the whole invocation; none: what the action usually takes.
    pub timeout: Option<Duration>,
}

/// What a request is for.
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

/// A request that was not understood, with its ID where that could be read.
#[derive(Debug)]
pub struct Rejected {
    /// Echoed in the reply.
    pub id: Option<Id>,
    /// Why.
    pub error: Box<Error>,
}

/// A reply, as it is written.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// The request's ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// Whether `data` or `error` follows.
    pub ok: bool,
    /// What the action gives back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Box<Error>>,
    /// What it took.
    pub meta: Meta,
}

/// What answering a request took.
#[derive(Debug, Default, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// From reading the request to writing the reply, in milliseconds.
    pub duration_ms: u64,
    /// How many requests were sent to AWS, those sent again included.
    pub attempts: u32,
    /// The request ID of AWS's latest answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Request {
    /// Reads a request. JSON values are never repeated in errors: one may be a secret in the wrong place.
    ///
    /// # Errors
    /// `invalidRequest`, with the member at fault.
    pub fn parse(text: &[u8]) -> Result<Self, Rejected> {
        let members: BTreeMap<String, &RawValue> =
            serde_json::from_slice(text).map_err(|problem| Rejected { id: None, error: not_an_object(&problem) })?;
        let id = match members.get("id") {
            None => None,
            Some(id) if id.get().starts_with(|first: char| first == '"' || first == '-' || first.is_ascii_digit()) => {
                Some((*id).to_owned())
            }
            Some(_) => return Err(Rejected { id: None, error: invalid("/id", "`id` must be a string or a number.") }),
        };
        Self::understand(id.clone(), &members).map_err(|error| Rejected { id, error })
    }

    fn understand(id: Option<Id>, members: &BTreeMap<String, &RawValue>) -> Result<Self, Box<Error>> {
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
        if let Some(id) = members.get("cancel") {
            tasks.push(Task::Cancel((*id).to_owned()));
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
        let timeout = members.get("timeoutMs").map(|limit| match limit.get().parse() {
            Ok(limit @ 1..=MAX_TIMEOUT_MS) => Ok(Duration::from_millis(limit)),
            _ => Err(invalid(
                "/timeoutMs",
                &format!("`timeoutMs` must be a whole number of milliseconds from 1 to {MAX_TIMEOUT_MS}."),
            )),
        });
        let connection = members.get("connection").map(|connection| SecretString::from(connection.get()));
        Ok(Self { id, task, connection, input, timeout: timeout.transpose()? })
    }
}

/// The key and the fields of a connection.
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
        Some(fields) => parse_value(fields.get(), "/connection/fields")?,
    };
    Ok((text(key, "/connection/key")?, fields))
}

impl Reply {
    /// The reply to a request that was carried out, or was not.
    #[must_use]
    pub fn new(id: Option<Id>, outcome: Result<Box<RawValue>, Box<Error>>, meta: Meta) -> Self {
        let (data, error) = match outcome {
            Ok(data) => (Some(data), None),
            Err(error) => (None, Some(error)),
        };
        Self { id, ok: error.is_none(), data, error, meta }
    }

    /// The reply as one line, its end included.
    #[must_use]
    pub fn to_line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).unwrap_or_else(|_| {
            br#"{"ok":false,"error":{"kind":"internal","message":"The reply cannot be written.","effect":"unknown","retryable":false},"meta":{"durationMs":0,"attempts":0}}"#.to_vec()
        });
        line.push(b'\n');
        line
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
        Self::new(rejected.id, Err(rejected.error), Meta::default())
    }
}

/// The error for a request over the size limit.
#[must_use]
pub fn too_large() -> Box<Error> {
    Error::new(Kind::InvalidRequest, format!("The request is larger than {} MiB.", MAX_REQUEST_BYTES / 1024 / 1024))
}

/// The error for a key that nothing goes by.
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
