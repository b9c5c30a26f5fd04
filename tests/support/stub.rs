//! A server on loopback that answers as it is told, well or badly, and remembers what it was asked.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// A request to the server.
#[derive(Clone, Debug)]
pub struct Request {
    /// The Glue operation, from `X-Amz-Target`.
    pub operation: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// An answer of the server.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A success with this body.
    Ok(Value),
    /// An error of AWS's: status, code, message.
    Error(u16, &'static str, String),
    /// An error of AWS's that repeats the whole request.
    Echo(u16, &'static str),
    /// A status and a body, as they are.
    Raw(u16, String),
    /// The connection is closed without a word.
    Hangup,
    /// Fewer bytes than were announced, then the end.
    CutOff(String),
    /// Waits, then answers.
    After(Duration, Box<Answer>),
}

/// The choice of the answer to a request.
type Respond = dyn Fn(&Request) -> Answer + Send + Sync;

/// The server. It answers in the order of its script and then with the last answer for ever.
pub struct Stub {
    pub endpoint: String,
    requests: Arc<Mutex<Vec<Request>>>,
    /// The number of connections that were made to it.
    pub connections: Arc<AtomicUsize>,
    closed: Arc<AtomicBool>,
}

impl Stub {
    pub fn start(script: impl IntoIterator<Item = Answer>) -> Self {
        let script: Mutex<VecDeque<Answer>> = Mutex::new(script.into_iter().collect());
        Self::serve(move |_| {
            let mut script = script.lock().expect("unpoisoned");
            let next = if script.len() > 1 { script.pop_front() } else { script.front().cloned() };
            next.unwrap_or(Answer::Hangup)
        })
    }

    /// Answers each request as `answer` says.
    pub fn serve(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let answer: Arc<Respond> = Arc::new(answer);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let closed = Arc::new(AtomicBool::new(false));
        let connections = Arc::new(AtomicUsize::new(0));
        let (seen, ended, made) = (Arc::clone(&requests), Arc::clone(&closed), Arc::clone(&connections));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                made.fetch_add(1, Ordering::SeqCst);
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                thread::spawn(move || serve(&client, &*answer, &seen));
            }
        });
        Self { endpoint: format!("http://{address}"), requests, connections, closed }
    }

    /// The requests to it so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("unpoisoned").clone()
    }

    /// The operations that it was asked for so far.
    pub fn operations(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.operation).collect()
    }

    /// Waits until it was asked this often.
    pub fn wait_for(&self, count: usize) {
        for _ in 0..1000 {
            if self.requests.lock().expect("unpoisoned").len() >= count {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("asked {} times, not {count}", self.requests().len());
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.endpoint.trim_start_matches("http://"));
    }
}

fn serve(client: &TcpStream, respond: &Respond, seen: &Mutex<Vec<Request>>) {
    let mut reader = BufReader::new(client);
    while let Some(request) = read(&mut reader) {
        let echo = format!("{:?} {}", request.headers, request.body);
        let answer = respond(&request);
        seen.lock().expect("unpoisoned").push(request);
        if !write(client, answer, &echo) {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut headers = Vec::new();
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let header =
        |name: &str| headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone());
    let mut body = vec![0; header("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let operation = header("x-amz-target").unwrap_or_default().trim_start_matches("AWSGlue.").to_owned();
    Some(Request { operation, headers, body: String::from_utf8(body).ok()? })
}

/// True when the connection goes on.
fn write(mut client: &TcpStream, answer: Answer, echo: &str) -> bool {
    let response = |status: u16, body: &str| {
        format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.1\r\nx-amzn-RequestId: stub\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let text = match answer {
        Answer::Ok(body) => response(200, &body.to_string()),
        Answer::Error(status, code, message) => {
            response(status, &serde_json::json!({ "__type": code, "Message": message }).to_string())
        }
        Answer::Echo(status, code) => {
            response(status, &serde_json::json!({ "__type": code, "Message": echo }).to_string())
        }
        Answer::Raw(status, body) => response(status, &body),
        Answer::Hangup => return false,
        Answer::CutOff(body) => {
            let _ = client.write_all(response(200, &format!("{body}{}", " ".repeat(100))).trim_end().as_bytes());
            return false;
        }
        Answer::After(wait, answer) => {
            thread::sleep(wait);
            return write(client, *answer, echo);
        }
    };
    client.write_all(text.as_bytes()).is_ok()
}
