//! Glue and STS on loopback, with canned answers, so fast that it is not what is measured. Runs in a process of its own.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls_pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

/// Names in one page of `ListJobs` when pages are asked for.
pub const PAGE: usize = 1000;

/// The server's process, and where it listens.
pub struct Server {
    process: Child,
    pub plain: String,
    pub tls: String,
    /// The server's authority, alone in a PEM file.
    pub authority: PathBuf,
    /// The same behind all authorities of this system: the bundle that a machine usually has.
    pub system: PathBuf,
}

impl Server {
    /// Starts the server; files that it makes are below `folder`.
    pub fn start(folder: &Path) -> Self {
        fs::create_dir_all(folder).expect("a folder for certificates");
        let mut process = Command::new(std::env::current_exe().expect("this program"))
            .arg("--serve")
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut ports = String::new();
        BufReader::new(process.stdout.take().expect("piped")).read_line(&mut ports).expect("the server says its ports");
        let (plain, tls) = ports.trim().split_once(' ').expect("two ports");
        Self {
            process,
            plain: format!("http://localhost:{plain}"),
            tls: format!("https://localhost:{tls}"),
            authority: folder.join("authority.pem"),
            system: folder.join("system.pem"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves until standard input ends.
pub fn serve(folder: &Path) {
    let tls = certificates(folder);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let [plain, secure] = [TcpListener::bind("localhost:0").await, TcpListener::bind("localhost:0").await]
            .map(|bound| bound.expect("a port"));
        let mut stdout = std::io::stdout().lock();
        let ports = [&plain, &secure].map(|listener| listener.local_addr().expect("bound").port());
        writeln!(stdout, "{} {}", ports[0], ports[1]).expect("somebody who reads");
        tokio::spawn(async move {
            while let Ok((connection, _)) = plain.accept().await {
                let _ = connection.set_nodelay(true);
                tokio::spawn(converse(connection));
            }
        });
        tokio::spawn(async move {
            while let Ok((connection, _)) = secure.accept().await {
                let _ = connection.set_nodelay(true);
                let handshake = tls.accept(connection);
                tokio::spawn(async move {
                    if let Ok(connection) = handshake.await {
                        converse(connection).await;
                    }
                });
            }
        });
        let _ = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await;
    });
}

/// Makes an authority and a certificate of it; writes the bundles that clients trust.
fn certificates(folder: &Path) -> TlsAcceptor {
    let mut params = CertificateParams::new([]).expect("no names");
    params.distinguished_name.push(DnType::CommonName, "An authority for benchmarks");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let leaf = CertificateParams::new(names).expect("names").signed_by(&key, &authority).expect("a certificate");
    let system = fs::read_to_string("/etc/ssl/certs/ca-certificates.crt").expect("this system's authorities");
    fs::write(folder.join("authority.pem"), authority.pem()).expect("a file");
    fs::write(folder.join("system.pem"), format!("{system}\n{}", authority.pem())).expect("a file");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).expect("a key"))
        .expect("a certificate with its key");
    TlsAcceptor::from(Arc::new(config))
}

/// Answers the requests of one connection, one after the other.
async fn converse(mut connection: impl AsyncRead + AsyncWrite + Unpin) {
    let mut read = Vec::with_capacity(16 * 1024);
    loop {
        while let Some((head, length)) = whole(&read) {
            let answer = answer(&read[..head], &read[head..head + length]);
            read.drain(..head + length);
            if connection.write_all(answer.as_bytes()).await.is_err() || connection.flush().await.is_err() {
                return;
            }
        }
        match connection.read_buf(&mut read).await {
            Ok(more) if more > 0 => {}
            _ => return,
        }
    }
}

/// The lengths of head and body, once both are there.
fn whole(read: &[u8]) -> Option<(usize, usize)> {
    let head = read.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let text = str::from_utf8(&read[..head]).ok()?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let length = length.unwrap_or(0);
    (read.len() >= head + length).then_some((head, length))
}

fn answer(head: &[u8], body: &[u8]) -> String {
    const JSON: &str = "application/x-amz-json-1.1";
    let target = str::from_utf8(head)
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.split_once("AWSGlue."))
        .map(|(_, name)| name.trim());
    let (kind, body) = match target {
        None => ("text/xml", ASSUME_ROLE.to_owned()),
        Some("StartJobRun") => (JSON, r#"{"JobRunId":"jr_1"}"#.to_owned()),
        Some("GetConnections") => (JSON, connections()),
        Some(_) if body.windows(12).any(|part| part == b"\"MaxResults\"") => (JSON, page(body)),
        Some(_) => (JSON, r#"{"JobNames":["nightly-orders","hourly-events","weekly-report"]}"#.to_owned()),
    };
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nx-amzn-requestid: 11111111-2222-3333-4444-555555555555\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A page of job names: of as many as the tag `names` says, or of 100,000.
fn page(body: &[u8]) -> String {
    let request: serde_json::Value = serde_json::from_slice(body).expect("JSON");
    let first = request["NextToken"].as_str().map_or(0, |token| token.parse().expect("a token of ours"));
    let names = (first..first + PAGE).map(|index| format!("\"job-{index:08}\"")).collect::<Vec<_>>().join(",");
    let next = first + PAGE;
    let tag = request["Tags"]["names"].as_str().map_or(100_000, |names| names.parse().expect("a number"));
    let token = if next < tag { format!(",\"NextToken\":\"{next}\"") } else { String::new() };
    format!("{{\"JobNames\":[{names}]{token}}}")
}

/// A hundred connections with passwords, by name and in URLs.
pub fn connections() -> String {
    let connections = (0..100).map(|index| {
        format!(
            r#"{{"Name":"warehouse-{index}","ConnectionType":"JDBC","MatchCriteria":["a","b"],"ConnectionProperties":{{"JDBC_CONNECTION_URL":"jdbc:postgresql://db-{index}.example.com:5432/sales?user=u&password=p{index}","USERNAME":"loader","PASSWORD":"secret-{index}","JDBC_ENFORCE_SSL":"true"}},"CreationTime":1700000000.123,"LastUpdatedTime":1700000000.5}}"#
        )
    });
    format!("{{\"ConnectionList\":[{}]}}", connections.collect::<Vec<_>>().join(","))
}

const ASSUME_ROLE: &str = r#"<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>A:b</AssumedRoleId><Arn>arn:aws:sts::123456789012:assumed-role/r/b</Arn></AssumedRoleUser></AssumeRoleResult><ResponseMetadata><RequestId>2</RequestId></ResponseMetadata></AssumeRoleResponse>"#;
