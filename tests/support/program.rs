//! The binary, run as a host runs it.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::LazyLock;

use serde_json::{Value, json};

/// What a one-shot run came to.
pub struct Outcome {
    pub reply: Value,
    pub stdout: String,
    pub stderr: String,
    pub status: i32,
}

/// The binary with an environment that holds nothing of the machine's AWS settings.
pub fn command() -> Command {
    let mut command = Command::new(binary());
    for (name, _) in
        std::env::vars().filter(|(name, _)| name.starts_with("AWS_") || name.to_lowercase().ends_with("_proxy"))
    {
        command.env_remove(name);
    }
    command
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Tests are given the binary by Cargo; the demo builds it.
pub fn binary() -> PathBuf {
    option_env!("CARGO_BIN_EXE_glue-connector").map_or_else(
        || {
            let own = std::env::current_exe().expect("a path");
            own.ancestors().nth(2).expect("target/<profile>/").join("glue-connector")
        },
        PathBuf::from,
    )
}

/// A connection with an access key to this endpoint.
pub fn connection(endpoint: &str) -> Value {
    json!({
        "key": "apiKeySecret",
        "fields": {
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            "secretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "region": "us-east-1",
            "endpointUrl": endpoint,
            "stsEndpointUrl": endpoint,
        },
    })
}

/// A request for an action on this endpoint.
pub fn request(endpoint: &str, action: &str, input: Value) -> Value {
    json!({ "action": action, "connection": connection(endpoint), "input": input })
}

/// Runs `invoke` on a request.
pub fn invoke(request: &Value) -> Outcome {
    invoke_text(command().arg("invoke"), request.to_string().as_bytes())
}

/// Runs a command on this standard input.
pub fn invoke_text(command: &mut Command, text: &[u8]) -> Outcome {
    let mut process = command.spawn().expect("the binary starts");
    // It may answer before it has read everything.
    let _ = process.stdin.take().expect("piped").write_all(text);
    let output = process.wait_with_output().expect("the binary ends");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    Outcome {
        reply: serde_json::from_str(&stdout).unwrap_or(Value::Null),
        stdout,
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        status: output.status.code().unwrap_or(-1),
    }
}

/// Runs an action and gives back its data.
pub fn data(endpoint: &str, action: &str, input: Value) -> Value {
    let mut outcome = invoke(&request(endpoint, action, input));
    assert_eq!(outcome.reply["ok"], true, "{action}: {}", outcome.stdout);
    outcome.reply["data"].take()
}

/// Runs an action that fails and gives back its error.
pub fn error(endpoint: &str, action: &str, input: Value) -> Value {
    let mut outcome = invoke(&request(endpoint, action, input));
    assert_eq!(outcome.reply["ok"], false, "{action}: {}", outcome.stdout);
    outcome.reply["error"].take()
}

/// A running `stream`.
pub struct Stream {
    pub process: Child,
    requests: Option<ChildStdin>,
    replies: BufReader<ChildStdout>,
}

impl Stream {
    pub fn start(arguments: &[&str]) -> Self {
        let mut process = command().arg("stream").args(arguments).spawn().expect("the binary starts");
        let requests = process.stdin.take();
        let replies = BufReader::new(process.stdout.take().expect("piped"));
        Self { process, requests, replies }
    }

    pub fn send(&mut self, request: &Value) {
        self.send_text(&format!("{request}\n"));
    }

    pub fn send_text(&mut self, text: &str) {
        let requests = self.requests.as_mut().expect("open");
        requests.write_all(text.as_bytes()).and_then(|()| requests.flush()).expect("the stream listens");
    }

    /// The next reply; nothing at the end.
    pub fn receive(&mut self) -> Option<Value> {
        let mut line = String::new();
        if self.replies.read_line(&mut line).expect("readable") == 0 {
            return None;
        }
        let reply = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        must_be_a_reply(&reply);
        Some(reply)
    }

    /// Standard input itself, for a thread of its own.
    pub fn take_input(&mut self) -> ChildStdin {
        self.requests.take().expect("open")
    }

    /// The most memory that the process has held so far.
    pub fn peak_kib(&self) -> u64 {
        self.memory_kib("VmHWM:")
    }

    /// The memory that the process holds now.
    pub fn rss_kib(&self) -> u64 {
        self.memory_kib("VmRSS:")
    }

    fn memory_kib(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("a process");
        status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB")?.parse().ok())
            .expect("a number")
    }

    pub fn terminate(&self) {
        let done = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().expect("kill");
        assert!(done.success());
    }

    /// Closes standard input, and gives back what is left to read and the exit status.
    pub fn finish(mut self) -> (Vec<Value>, i32) {
        self.requests.take();
        let mut rest = Vec::new();
        while let Some(reply) = self.receive() {
            rest.push(reply);
        }
        let mut stderr = String::new();
        self.process.stderr.take().expect("piped").read_to_string(&mut stderr).expect("UTF-8");
        assert_eq!(stderr, "", "standard error must be silent");
        (rest, self.process.wait().expect("the binary ends").code().unwrap_or(-1))
    }
}

/// Every reply of every test is one that `spec/protocol/reply.json` allows.
fn must_be_a_reply(reply: &Value) {
    static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
        let schema = serde_json::from_str(include_str!("../../spec/protocol/reply.json")).expect("JSON");
        jsonschema::validator_for(&schema).expect("a schema")
    });
    if let Err(problem) = SCHEMA.validate(reply) {
        panic!("{problem}: {reply}");
    }
}
