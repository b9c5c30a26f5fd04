//! One program, run and measured: how long, how much memory, how much processor time.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

/// A program with its arguments and its environment; nothing is inherited but the path and the home folder.
#[derive(Clone)]
pub struct Program {
    pub name: String,
    pub argv: Vec<String>,
    pub environment: BTreeMap<String, String>,
    /// Its standard input, where that is a file.
    pub input: Option<std::path::PathBuf>,
}

impl Program {
    pub fn new(name: &str, argv: &[&str]) -> Self {
        let inherited = ["PATH", "HOME"].map(|name| (name.to_owned(), std::env::var(name).unwrap_or_default()));
        let keys = [
            ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("NODE_NO_WARNINGS", "1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        let keys = keys.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let argv = argv.iter().map(|argument| (*argument).to_owned()).collect();
        Self { name: name.to_owned(), argv, environment: inherited.into_iter().chain(keys).collect(), input: None }
    }

    pub fn with(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.environment.insert(name.to_owned(), value.as_ref().to_string_lossy().into_owned());
        self
    }

    pub fn reads(mut self, input: impl AsRef<Path>) -> Self {
        self.input = Some(input.as_ref().to_owned());
        self
    }

    pub fn args(mut self, more: &[&str]) -> Self {
        self.argv.extend(more.iter().map(|argument| (*argument).to_owned()));
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.argv[0]);
        command.args(&self.argv[1..]).env_clear().envs(&self.environment);
        command
    }

    /// From start to end, in milliseconds. The program must succeed.
    pub fn time(&self) -> f64 {
        let mut command = self.command();
        command.stdin(self.input.as_ref().map_or_else(Stdio::null, |path| File::open(path).expect("the input").into()));
        command.stdout(Stdio::null());
        let began = Instant::now();
        let status = command.status().unwrap_or_else(|problem| panic!("{}: {problem}", self.name));
        let took = began.elapsed();
        assert!(status.success(), "{} failed", self.name);
        milliseconds(took)
    }

    pub fn start(&self) -> Running {
        let process = self.command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = process.unwrap_or_else(|problem| panic!("{}: {problem}", self.name));
        let output = BufReader::with_capacity(256 * 1024, process.stdout.take().expect("piped"));
        Running { process, output }
    }
}

/// The figures of a program that measures its own calls.
#[derive(Deserialize)]
pub struct Said {
    pub seconds: f64,
    /// Of each call, in microseconds.
    pub latencies: Vec<u64>,
}

/// A program that runs.
pub struct Running {
    process: Child,
    output: BufReader<std::process::ChildStdout>,
}

/// The resources that a running program has used so far.
#[derive(Clone, Copy)]
pub struct Used {
    pub peak_mib: f64,
    pub resident_mib: f64,
    pub cpu_seconds: f64,
}

impl Running {
    /// A line of its output.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("text");
        assert!(!line.is_empty(), "the program ended early");
        line
    }

    /// True when more output is there already.
    pub fn has_more(&self) -> bool {
        self.output.buffer().contains(&b'\n')
    }

    pub fn write(&mut self, text: &[u8]) {
        self.process.stdin.as_mut().expect("piped").write_all(text).expect("a program that reads");
    }

    pub fn used(&self) -> Used {
        let folder = format!("/proc/{}", self.process.id());
        let status = fs::read_to_string(format!("{folder}/status")).expect("a running program");
        let kib = |name: &str| -> f64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line of the status");
            line.trim_start_matches(':').trim_end_matches("kB").trim().parse().expect("a number")
        };
        let stat = fs::read_to_string(format!("{folder}/stat")).expect("a running program");
        let times = stat.rsplit_once(')').expect("a name").1.split_whitespace().collect::<Vec<_>>();
        let ticks: f64 = times[11..13].iter().map(|ticks| ticks.parse::<f64>().expect("a number")).sum();
        // Linux counts processor time in hundredths of a second for everyone who asks.
        Used { peak_mib: kib("VmHWM") / 1024.0, resident_mib: kib("VmRSS") / 1024.0, cpu_seconds: ticks / 100.0 }
    }

    /// Ends it, by ending its input.
    pub fn end(mut self) {
        drop(self.process.stdin.take());
        assert!(self.process.wait().expect("a child").success(), "the program failed");
    }
}

pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// The value below which a share of the values lies. Sorts them.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index of a short list"
    )]
    let index = ((values.len() - 1) as f64 * share).round() as usize;
    values[index]
}
