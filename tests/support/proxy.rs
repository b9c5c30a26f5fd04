//! A proxy of our own in front of the emulator that spoils answers, so that what AWS did and what the host heard differ.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::json;
use socket2::SockRef;

/// The fate of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It is answered as it should be.
    None,
    /// It is carried out, then the connection is reset.
    ResetAfter,
    /// It is carried out, then the connection is closed.
    CloseAfter,
    /// It is carried out, then answered with 500.
    FailAfter,
    /// It is carried out, then a gateway answers with 503 and a page.
    PageAfter,
    /// It is carried out, and its answer comes too late.
    LateAfter,
    /// It is carried out, and half of its answer arrives.
    CutBody,
    /// It is carried out, and its answer is complete but not JSON to the end.
    CutJson,
    /// It is carried out, and answered with 200 and a page.
    OkPage,
    /// It is carried out, and its answer trickles.
    Drip,
    /// It is carried out, and its answer is larger than any.
    Huge,
    /// The same, without saying how large.
    ChunkedHuge,
    /// It is not carried out: the connection is reset.
    ResetBefore,
    /// It is not carried out: throttled.
    Throttled,
    /// It is not carried out: 500.
    FailBefore,
    /// It is not carried out: the job is at its limit.
    ConcurrentRuns,
}

impl Fault {
    pub const ALL: [Self; 15] = [
        Self::ResetAfter,
        Self::CloseAfter,
        Self::FailAfter,
        Self::PageAfter,
        Self::LateAfter,
        Self::CutBody,
        Self::CutJson,
        Self::OkPage,
        Self::Drip,
        Self::Huge,
        Self::ChunkedHuge,
        Self::ResetBefore,
        Self::Throttled,
        Self::FailBefore,
        Self::ConcurrentRuns,
    ];

    fn is_carried_out(self) -> bool {
        !matches!(self, Self::ResetBefore | Self::Throttled | Self::FailBefore | Self::ConcurrentRuns)
    }
}

/// Chooses what happens to a request, by its operation and how often that was asked for before.
type Choose = dyn Fn(&str, usize) -> Fault + Send + Sync;

/// The proxy. It ends when it is dropped.
pub struct Proxy {
    pub endpoint: String,
    seen: Arc<Mutex<Vec<(String, Fault)>>>,
    closed: Arc<AtomicBool>,
}

impl Proxy {
    pub fn start(upstream: &str, choose: impl Fn(&str, usize) -> Fault + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let closed = Arc::new(AtomicBool::new(false));
        let (all, ended, upstream) =
            (Arc::clone(&seen), Arc::clone(&closed), upstream.trim_start_matches("http://").to_owned());
        let choose: Arc<Choose> = Arc::new(choose);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let (all, choose, upstream) = (Arc::clone(&all), Arc::clone(&choose), upstream.clone());
                thread::spawn(move || serve(&client, &upstream, &all, &*choose));
            }
        });
        Self { endpoint: format!("http://{address}"), seen, closed }
    }

    /// The number of times that an operation reached the emulator.
    pub fn carried_out(&self, operation: &str) -> usize {
        let seen = self.seen.lock().expect("unpoisoned");
        seen.iter().filter(|(other, fault)| other == operation && fault.is_carried_out()).count()
    }

    /// The number of times that an operation was asked for.
    pub fn asked(&self, operation: &str) -> usize {
        self.seen.lock().expect("unpoisoned").iter().filter(|(other, _)| other == operation).count()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.endpoint.trim_start_matches("http://"));
    }
}

fn serve(client: &TcpStream, upstream: &str, seen: &Mutex<Vec<(String, Fault)>>, choose: &Choose) {
    let mut reader = BufReader::new(client);
    while let Some(message) = read_message(&mut reader) {
        let operation = message.header("x-amz-target").unwrap_or_default().trim_start_matches("AWSGlue.").to_owned();
        let fault = {
            let mut seen = seen.lock().expect("unpoisoned");
            let before = seen.iter().filter(|(other, _)| *other == operation).count();
            let fault = choose(&operation, before);
            seen.push((operation, fault));
            fault
        };
        let answer = if fault.is_carried_out() { forward(&message, upstream) } else { None };
        if !respond(client, fault, answer.as_ref()) {
            return;
        }
    }
}

/// An HTTP message: its first line, its headers and its body.
struct Message {
    start: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Message {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn to_bytes(&self) -> Vec<u8> {
        let lines = self.headers.iter().map(|(name, value)| format!("{name}: {value}"));
        let head: Vec<String> = std::iter::once(self.start.clone()).chain(lines).collect();
        [head.join("\r\n").as_bytes(), b"\r\n\r\n", &self.body].concat()
    }
}

fn read_message(reader: &mut impl BufRead) -> Option<Message> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let start = line.trim_end().to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut message = Message { start, headers, body: Vec::new() };
    message.body = vec![0; message.header("content-length")?.parse().ok()?];
    reader.read_exact(&mut message.body).ok()?;
    Some(message)
}

fn forward(message: &Message, upstream: &str) -> Option<Message> {
    let mut server = TcpStream::connect(upstream).ok()?;
    server.write_all(&message.to_bytes()).ok()?;
    read_message(&mut BufReader::new(server))
}

/// True when the connection goes on.
fn respond(mut client: &TcpStream, fault: Fault, answer: Option<&Message>) -> bool {
    let http = |status: u16, body: &str| {
        format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    };
    let error = |status: u16, code: &str| http(status, &json!({ "__type": code, "Message": "a fault" }).to_string());
    let whole = answer.map(Message::to_bytes).unwrap_or_default();
    let text = match fault {
        Fault::None => whole,
        Fault::ResetAfter | Fault::ResetBefore => {
            let _ = SockRef::from(client).set_linger(Some(Duration::ZERO));
            return false;
        }
        Fault::CloseAfter => {
            let _ = client.shutdown(Shutdown::Both);
            return false;
        }
        Fault::FailAfter | Fault::FailBefore => error(500, "InternalServiceException"),
        Fault::PageAfter => http(503, "<html><body>busy</body></html>"),
        Fault::OkPage => http(200, "<html><body>hello</body></html>"),
        Fault::CutJson => http(200, "{\"JobRunId\":\"jr_"),
        Fault::Throttled => error(400, "ThrottlingException"),
        Fault::ConcurrentRuns => error(400, "ConcurrentRunsExceededException"),
        Fault::LateAfter => {
            thread::sleep(Duration::from_secs(3));
            whole
        }
        Fault::CutBody => {
            let half = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"Name\":\"";
            let _ = client.write_all(half).and_then(|()| client.shutdown(Shutdown::Both));
            return false;
        }
        Fault::Drip => {
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
            for _ in 0..50 {
                thread::sleep(Duration::from_millis(100));
                if client.write_all(b" ").is_err() {
                    break;
                }
            }
            return false;
        }
        Fault::Huge => {
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
            flood(client, <[u8]>::to_vec);
            return false;
        }
        Fault::ChunkedHuge => {
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            flood(client, |piece| [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat());
            return false;
        }
    };
    client.write_all(&text).is_ok()
}

/// A hundred mebibytes, or as much as the other side takes.
fn flood(mut client: &TcpStream, frame: impl Fn(&[u8]) -> Vec<u8>) {
    let piece = frame(&vec![b'x'; 1 << 16]);
    for _ in 0..1600 {
        if client.write_all(&piece).is_err() {
            return;
        }
    }
}
