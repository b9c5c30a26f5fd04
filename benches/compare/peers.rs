//! The programs that are compared, installed below `target/` where they are not on every machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::measure::Program;
use crate::server::Server;

pub const OURS: &str = "glue-connector";
const CONNECTOR: &str = env!("CARGO_BIN_EXE_glue-connector");
const BOTO3: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/compare/peers/boto3_peer.py");
const NODE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/compare/peers/node_peer.mjs");
const CURL: &[&str] = &[
    "curl",
    "--silent",
    "--fail",
    "--output",
    "/dev/null",
    "--aws-sigv4",
    "aws:amz:us-east-1:glue",
    "--user",
    "AKIAEXAMPLE:secret",
    "--header",
    "x-amz-target: AWSGlue.ListJobs",
    "--header",
    "content-type: application/x-amz-json-1.1",
    "--data",
    "{}",
];

pub struct Peers {
    folder: PathBuf,
    python: String,
    aws: String,
    node: String,
    sdk: String,
}

/// A program that makes one call over a network.
pub struct Call {
    pub network: &'static str,
    pub program: Program,
    /// It runs in every so many rounds.
    pub every: usize,
}

impl Peers {
    pub fn install(folder: &Path) -> Self {
        let python = folder.join("python");
        if !python.join("bin/aws").exists() {
            run(Command::new("python3").args(["-m", "venv"]).arg(&python));
            run(Command::new(python.join("bin/pip")).args(["install", "--quiet", "boto3", "awscli"]));
        }
        let node = folder.join("node");
        if !node.join("node_modules/@aws-sdk/client-glue").exists() {
            fs::create_dir_all(&node).expect("a folder");
            fs::write(node.join("package.json"), "{}").expect("a file");
            run(Command::new("npm").args(["install", "--silent", "@aws-sdk/client-glue"]).current_dir(&node));
        }
        // Node looks for packages beside the script.
        fs::copy(NODE, node.join("peer.mjs")).expect("the script");
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        Self {
            folder: folder.to_owned(),
            python: text(python.join("bin/python")),
            aws: text(python.join("bin/aws")),
            node: text(node.join("peer.mjs")),
            sdk: text(std::env::current_exe().expect("this program")),
        }
    }

    /// A program that makes one call, and its network.
    pub fn cold(&self, server: &Server) -> Vec<Call> {
        let networks = [
            ("HTTP", &server.plain, &server.authority),
            ("TLS, the system's authorities", &server.tls, &server.system),
            ("TLS, one authority", &server.tls, &server.authority),
        ];
        let mut calls = Vec::new();
        for (network, endpoint, bundle) in networks {
            let mut call = |every: usize, program: Program| {
                calls.push(Call {
                    network,
                    every,
                    program: program
                        .with("ENDPOINT", endpoint)
                        .with("AWS_CA_BUNDLE", bundle)
                        .with("NODE_EXTRA_CA_CERTS", &server.authority),
                });
            };
            call(1, Program::new("curl --aws-sigv4", CURL).args(&["--cacert", &bundle.to_string_lossy(), endpoint]));
            call(1, Program::new("aws-sdk-glue", &[&self.sdk, "--sdk", "cold"]));
            call(1, Program::new(OURS, &[CONNECTOR, "invoke"]).reads(self.request("keys", endpoint)));
            call(
                1,
                Program::new("glue-connector, by a role", &[CONNECTOR, "invoke"]).reads(self.request("role", endpoint)),
            );
            if network != "TLS, one authority" {
                call(4, Program::new("JavaScript SDK", &["node", &self.node, "cold"]));
                call(4, Program::new("boto3", &[&self.python, BOTO3, "cold"]));
                call(4, Program::new("AWS CLI", &[&self.aws, "glue", "list-jobs", "--endpoint-url", endpoint]));
            }
        }
        let own = [("spec", "glue-connector spec"), ("--help", "glue-connector --help")];
        calls.extend(own.map(|(argument, name)| Call {
            network: "none",
            every: 1,
            program: Program::new(name, &[CONNECTOR, argument]),
        }));
        calls
    }

    /// A program that makes many calls, over TLS.
    pub fn warm(&self, server: &Server) -> Vec<Program> {
        let others = [
            Program::new("aws-sdk-glue", &[&self.sdk, "--sdk"]),
            Program::new("JavaScript SDK", &["node", &self.node]),
            Program::new("boto3", &[&self.python, BOTO3]),
        ];
        let others = others.map(|program| {
            program
                .with("ENDPOINT", &server.tls)
                .with("AWS_CA_BUNDLE", &server.authority)
                .with("NODE_EXTRA_CA_CERTS", &server.authority)
        });
        std::iter::once(Self::connector(server)).chain(others).collect()
    }

    pub fn connector(server: &Server) -> Program {
        Program::new(OURS, &[CONNECTOR, "stream"]).with("AWS_CA_BUNDLE", &server.authority)
    }

    #[allow(clippy::cast_precision_loss, reason = "the size of a program")]
    pub fn connector_mib() -> f64 {
        fs::metadata(CONNECTOR).expect("the program").len() as f64 / 1024.0 / 1024.0
    }

    /// A file with a request by a key pair, or by a role that it assumes.
    fn request(&self, name: &str, endpoint: &str) -> PathBuf {
        let mut fields = json!({ "accessKeyId": "AKIAEXAMPLE", "secretAccessKey": "secret", "region": "us-east-1", "endpointUrl": endpoint });
        let key = if name == "role" {
            fields["roleARN"] = json!("arn:aws:iam::123456789012:role/glue");
            // Another host, as STS is: a connection of its own.
            fields["stsEndpointUrl"] = json!(endpoint.replace("localhost", "127.0.0.1"));
            "awsAssumeRole"
        } else {
            "apiKeySecret"
        };
        let file = self.folder.join(format!("{name}-{}.json", endpoint.replace(['/', ':'], "")));
        fs::write(&file, json!({ "action": "listJobs", "connection": { "key": key, "fields": fields } }).to_string())
            .expect("a file");
        file
    }
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|problem| panic!("{command:?}: {problem}"));
    assert!(status.success(), "{command:?} failed");
}
