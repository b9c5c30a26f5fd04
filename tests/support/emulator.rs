//! A Glue and STS endpoint on loopback (moto), in a Python environment of the project's own below `target/`.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// An emulator that ends when it is dropped, or when the process that started it does.
pub struct Emulator {
    process: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    pub endpoint: String,
}

impl Emulator {
    /// Starts an empty one.
    pub fn start() -> Self {
        let mut process = Command::new(python())
            .arg(support().join("aws.py"))
            .env_remove("AWS_ENDPOINT_URL")
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the emulator starts");
        let mut answers = BufReader::new(process.stdout.take().expect("piped"));
        let mut port = String::new();
        answers.read_line(&mut port).expect("the emulator says its port");
        let port: u16 = port.trim().parse().expect("a port: the emulator did not start");
        let commands = process.stdin.take();
        Self { process, commands, answers, endpoint: format!("http://127.0.0.1:{port}") }
    }

    /// The answer that boto3 gets from an operation of the emulator.
    pub fn boto3(&mut self, service: &str, operation: &str, parameters: Value) -> Value {
        self.command(&json!({ "call": [service, operation, parameters] }))
    }

    /// The body that botocore sends for a Glue operation.
    pub fn serialize(&mut self, operation: &str, parameters: &Value) -> Value {
        self.command(&json!({ "serialize": [operation, parameters] }))
    }

    /// An input and an output of a Glue operation, with every member of the service model.
    pub fn sample(&mut self, operation: &str) -> Value {
        self.command(&json!({ "sample": operation }))
    }

    /// Makes a job.
    pub fn create_job(&mut self, name: &str, concurrent_runs: u32) {
        let job = json!({
            "Name": name,
            "Role": "arn:aws:iam::123456789012:role/glue",
            "Command": { "Name": "glueetl", "ScriptLocation": "s3://scripts/job.py" },
            "ExecutionProperty": { "MaxConcurrentRuns": concurrent_runs },
        });
        self.boto3("glue", "CreateJob", job);
    }

    /// All runs of a job, whichever page they stand on.
    pub fn runs(&mut self, job: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut parameters = json!({ "JobName": job, "MaxResults": 200 });
        loop {
            let mut page = self.boto3("glue", "GetJobRuns", parameters.clone());
            all.append(page["JobRuns"].as_array_mut().expect("runs"));
            if page["NextToken"].is_null() {
                return all;
            }
            parameters["NextToken"] = page["NextToken"].take();
        }
    }

    /// Job runs and crawls keep their state until they have been looked at this often.
    pub fn slow_down(&mut self, looks: u32) {
        for model in ["glue::job_run", "glue::crawl"] {
            let transition = json!({ "model_name": model, "transition": { "progression": "manual", "times": looks } });
            self.command(
                &json!({ "post": ["state-manager/set-transition", "application/json", transition.to_string()] }),
            );
        }
    }

    /// From now on every signature is verified, and every permission.
    pub fn verify_signatures(&mut self) {
        self.command(&json!({ "post": ["reset-auth", "text/plain", "0"] }));
    }

    /// An HTTPS server that answers everything with this text: its endpoint, and its authority's certificate as PEM.
    pub fn tls(&mut self, text: &str) -> (String, String) {
        let server = self.command(&json!({ "tls": text }));
        (format!("https://127.0.0.1:{}", server["port"]), server["ca"].as_str().expect("PEM").to_owned())
    }

    /// The regions of every partition, sorted.
    pub fn regions(&mut self) -> Value {
        self.command(&json!({ "regions": null }))
    }

    /// The names of all operations of the Glue service model.
    pub fn operations(&mut self) -> Vec<String> {
        let names = self.command(&json!({ "operations": "glue" }));
        names.as_array().expect("names").iter().map(|name| name.as_str().expect("a name").to_owned()).collect()
    }

    fn command(&mut self, command: &Value) -> Value {
        writeln!(self.commands.as_mut().expect("open"), "{command}").expect("the emulator listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the emulator answers");
        let mut answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert!(answer.get("error").is_none(), "{command}: {answer}");
        answer["ok"].take()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It ends at the end of its input.
        self.commands.take();
        let _ = self.process.wait();
    }
}

fn support() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support")
}

/// The Python of the environment, which is made on first use and again when the requirements change.
pub fn python() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python");
    fs::create_dir_all(&root).expect("target/ can be written");
    locked(&root, || make_python(&root))
}

/// One test does it, the others wait.
pub fn locked<T>(folder: &Path, work: impl FnOnce() -> T) -> T {
    let lock = File::create(folder.join("lock")).expect("target/ can be written");
    lock.lock().expect("a lock");
    work()
}

fn make_python(root: &Path) -> PathBuf {
    let (python, stamp) = (root.join("environment/bin/python"), root.join("requirements.txt"));
    let wanted = fs::read_to_string(support().join("requirements.txt")).expect("requirements");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return python;
    }
    let environment = root.join("environment");
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment));
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(support().join("requirements.txt")));
    fs::write(stamp, wanted).expect("target/ can be written");
    python
}

fn run(command: &mut Command) {
    let done = command
        .stdout(Stdio::null())
        .output()
        .unwrap_or_else(|problem| panic!("{command:?}: {problem}. Python 3 with venv is needed."));
    assert!(done.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&done.stderr));
}
