//! Proxies: which requests go through them, how they are asked, and which are refused.

use std::io;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls_pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;

use crate::support::program::{Outcome, command, invoke_text, request};
use crate::support::stub::{Answer, Stub};

const HOST: &str = "glue.example";
/// The proxy's user and password, as the URL and the header have it.
const PASSWORD: (&str, &str) = ("user:s3cret", "Basic dXNlcjpzM2NyZXQ=");

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// A TLS server behind an HTTP proxy and a TLS proxy that both ask for a password.
struct Network {
    _runtime: Runtime,
    authority: String,
    http_proxy: SocketAddr,
    tls_proxy: SocketAddr,
    /// The first lines of what the proxies were asked.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Network {
    fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let mut params = CertificateParams::new(["authority".to_owned()]).expect("a name");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
        let tls = |name: &str| {
            let key = KeyPair::generate().expect("a key");
            let params = CertificateParams::new([name.to_owned()]).expect("a name");
            let certificate = params.signed_by(&key, &authority).expect("a certificate");
            let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .expect("versions")
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
                .expect("a configuration");
            Some(TlsAcceptor::from(Arc::new(config)))
        };
        let asked = Arc::new(Mutex::new(Vec::new()));
        let target = listen(&runtime, tls(HOST), |client| async { answer(client).await });
        let proxy = |tls| {
            let asked = Arc::clone(&asked);
            listen(&runtime, tls, move |client| tunnel(client, target, Arc::clone(&asked)))
        };
        let (http_proxy, tls_proxy) = (proxy(None), proxy(tls("127.0.0.1")));
        Self { authority: authority.pem(), http_proxy, tls_proxy, asked, _runtime: runtime }
    }

    fn proxies(&self, user: &str) -> [String; 2] {
        [format!("http://{user}@{}", self.http_proxy), format!("https://{user}@{}", self.tls_proxy)]
    }
}

/// Serves on loopback for as long as the runtime lives.
fn listen<T: Future<Output = io::Result<()>> + Send>(
    runtime: &Runtime,
    tls: Option<TlsAcceptor>,
    serve: impl Fn(Box<dyn Io>) -> T + Clone + Send + Sync + 'static,
) -> SocketAddr {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
    let address = listener.local_addr().expect("an address");
    runtime.spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let (tls, serve) = (tls.clone(), serve.clone());
            tokio::spawn(async move {
                let client: Box<dyn Io> = match tls {
                    Some(tls) => Box::new(tls.accept(client).await?),
                    None => Box::new(client),
                };
                serve(client).await
            });
        }
    });
    address
}

/// The first line and the headers of a request.
async fn head(client: &mut dyn Io) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

async fn answer(mut client: Box<dyn Io>) -> io::Result<()> {
    loop {
        let head = head(&mut *client).await?.to_lowercase();
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        client.read_exact(&mut vec![0; length.unwrap_or_default()]).await?;
        let body = r#"{"JobNames":["behind-a-proxy"]}"#;
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        client.write_all(answer.as_bytes()).await?;
        client.flush().await?;
    }
}

async fn tunnel(mut client: Box<dyn Io>, to: SocketAddr, asked: Arc<Mutex<Vec<String>>>) -> io::Result<()> {
    let head = head(&mut *client).await?;
    asked.lock().expect("unpoisoned").push(head.lines().next().unwrap_or_default().to_owned());
    if !head.contains(&format!("Proxy-Authorization: {}\r\n", PASSWORD.1)) {
        client.write_all(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n").await?;
        return client.shutdown().await;
    }
    client.write_all(b"HTTP/1.1 200 Go on\r\n\r\n").await?;
    client.flush().await?;
    tokio::io::copy_bidirectional(&mut client, &mut TcpStream::connect(to).await?).await.map(drop)
}

fn list_jobs(endpoint: &str) -> Value {
    let mut request = request(endpoint, "listJobs", json!({}));
    request["timeoutMs"] = json!(20_000);
    request
}

fn run(command: &mut Command, request: &Value) -> Outcome {
    invoke_text(
        command.args(["invoke", "--allow-endpoint", &format!("https://{HOST}")]),
        request.to_string().as_bytes(),
    )
}

#[test]
fn tls_goes_through_proxies_that_want_a_password() {
    let network = Network::start();
    let mut request = list_jobs(&format!("https://{HOST}"));
    request["connection"]["fields"]["caBundle"] = json!(network.authority);
    let proxies = network.proxies(PASSWORD.0);
    for proxy in &proxies {
        let mut request = request.clone();
        let by_environment = run(command().env("HTTPS_PROXY", proxy), &request);
        request["connection"]["fields"]["proxyUrl"] = json!(proxy);
        for outcome in [by_environment, run(&mut command(), &request)] {
            assert_eq!(outcome.reply["data"], json!({ "JobNames": ["behind-a-proxy"] }), "{}", outcome.stdout);
        }
    }
    assert_eq!(*network.asked.lock().expect("unpoisoned"), vec![format!("CONNECT {HOST}:443 HTTP/1.1"); 4]);

    request["connection"]["fields"]["proxyUrl"] = json!(network.proxies("user:wr0ng")[1]);
    request["timeoutMs"] = json!(1500);
    let refused = run(command().args(["--log", "debug"]), &request);
    assert!(refused.stdout.contains("proxy authorization required") || refused.stdout.contains("timeout"));
    assert!(!refused.stdout.contains("wr0ng") && !refused.stderr.contains("wr0ng"), "{}", refused.stderr);
}

#[test]
fn loopback_is_never_proxied() {
    let (glue, proxy) = (Stub::start([Answer::Ok(json!({ "JobNames": [] }))]), Stub::start([Answer::Hangup]));
    let mut request = list_jobs(&glue.endpoint);
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let outcome = run(command().env(variable, &proxy.endpoint), &request);
        assert_eq!(outcome.reply["ok"], true, "{variable}: {}", outcome.stdout);
    }
    request["connection"]["fields"]["proxyUrl"] = json!(proxy.endpoint);
    assert_eq!(run(&mut command(), &request).reply["ok"], true);

    // A container's credentials.
    let expires = "2099-01-01T00:00:00Z";
    let credentials =
        json!({ "AccessKeyId": "ASIACONTAINER", "SecretAccessKey": "s", "Token": "t", "Expiration": expires });
    let container = HttpFile::start(&credentials.to_string());
    let outcome = run(
        command()
            .env("HTTP_PROXY", &proxy.endpoint)
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &container.url)
            .env("AWS_ENDPOINT_URL", &glue.endpoint),
        &json!({ "action": "listJobs", "input": { "awsRegion": "us-east-1" } }),
    );
    assert_eq!(outcome.reply["ok"], true, "{}", outcome.stdout);
    assert_eq!(proxy.connections.load(std::sync::atomic::Ordering::SeqCst), 0);
}

/// A server of one JSON document.
struct HttpFile {
    url: String,
    _runtime: Runtime,
}

impl HttpFile {
    fn start(text: &str) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        );
        let address = listen(&runtime, None, move |mut client| {
            let answer = answer.clone();
            async move {
                loop {
                    head(&mut *client).await?;
                    client.write_all(answer.as_bytes()).await?;
                }
            }
        });
        Self { url: format!("http://{address}/credentials"), _runtime: runtime }
    }
}

#[test]
fn socks_proxies_are_refused_before_anything_is_opened() {
    let proxy = Stub::start([Answer::Hangup]);
    let url = proxy.endpoint.replace("http://", "socks5h://user:hunter2@");
    let key = json!({ "key": "apiKeySecret", "fields": { "accessKeyId": "AKIA", "secretAccessKey": "s" } });
    let role = json!({ "key": "awsAssumeRole", "fields": {
        "accessKeyId": "AKIA", "secretAccessKey": "s", "roleArn": "arn:aws:iam::123456789012:role/glue" } });
    let request = |connection: &Value| json!({ "action": "startJobRun", "connection": connection, "input": { "name": "a", "awsRegion": "us-east-1" } });
    for connection in [&key, &role] {
        for variable in ["ALL_PROXY", "HTTPS_PROXY", "https_proxy"] {
            let outcome = run(command().env(variable, &url), &request(connection));
            let error = &outcome.reply["error"];
            assert_eq!((&error["kind"], &error["effect"]), (&json!("connection"), &json!("none")), "{error}");
            let said = error["message"].as_str().expect("a message");
            assert!(said.contains(variable) && said.contains("SOCKS"), "{said}");
            assert!(!outcome.stdout.contains("hunter2"), "{}", outcome.stdout);
        }
    }
    let mut by_field = key.clone();
    by_field["fields"]["proxyUrl"] = json!(url);
    let outcome = run(&mut command(), &request(&by_field));
    assert_eq!(outcome.reply["error"]["field"], "/connection/fields/proxyUrl", "{}", outcome.stdout);
    assert!(!outcome.stdout.contains("hunter2"), "{}", outcome.stdout);
    assert_eq!(proxy.connections.load(std::sync::atomic::Ordering::SeqCst), 0);

    // Who does not go through it does not mind.
    let glue = Stub::start([Answer::Ok(json!({ "JobNames": [] }))]);
    let outcome = run(command().env("ALL_PROXY", &url), &list_jobs(&glue.endpoint));
    assert_eq!(outcome.reply["ok"], true, "{}", outcome.stdout);
}
