//! A network in memory with AWS at its end: it answers what the SDK's client and ours send, and remembers it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;
use bytes::Bytes;
use glue_runtime::http::Transport;
use glue_runtime::http::transport::ExchangeFuture;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// AWS as one row of the table has it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Aws {
    /// The minutes by which its clock is ahead.
    pub ahead: i64,
    /// The minutes by which its clock goes on from one answer to the next.
    pub drift: i64,
    /// The status and the code of every answer of Glue's, where it refuses.
    pub refusal: Option<(u16, String)>,
}

/// The network. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Network {
    aws: Aws,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A request as it is compared.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Seen {
    pub request: String,
    pub headers: BTreeMap<String, String>,
    /// The scope of the signature, the headers that it covers, and whether it is right.
    pub signature: Option<(String, Vec<String>, bool)>,
    /// The minutes by which the signature's time is ahead of this machine's.
    pub signed_ahead: Option<i64>,
    pub body: String,
}

/// Headers about the SDK's own retries, and those that are compared apart.
const NOT_COMPARED: [&str; 5] =
    ["amz-sdk-invocation-id", "amz-sdk-request", "authorization", "content-length", "x-amz-date"];

impl Network {
    pub fn new(aws: Aws) -> Self {
        Self { aws, seen: Arc::default() }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The network as the SDK's client has it.
    pub fn for_sdk(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    fn answer(&self, request: &http::Request<Bytes>) -> http::Response<Bytes> {
        let seen = Seen::of(request);
        let ahead = seen.signed_ahead;
        let clock = {
            let mut requests = self.seen.lock().unwrap();
            requests.push(seen);
            self.aws.ahead + self.aws.drift * i64::try_from(requests.len()).unwrap()
        };
        let is_sts =
            request.headers().get("content-type").is_some_and(|kind| kind == "application/x-www-form-urlencoded");
        let (status, body) = match ahead {
            Some(ahead) if (ahead - clock).abs() > 5 && is_sts => refusal_of_sts(),
            Some(ahead) if (ahead - clock).abs() > 5 => refusal(400, "InvalidSignatureException"),
            _ => self.content(request),
        };
        let now = DateTime::from(SystemTime::now());
        let date = DateTime::from_secs(now.secs() + clock * 60).fmt(Format::HttpDate).unwrap();
        let ttl = "x-aws-ec2-metadata-token-ttl-seconds";
        let answer = http::Response::builder().status(status).header("date", date).header(ttl, "21600");
        answer.header("x-amzn-requestid", "r-1").body(body.into()).unwrap()
    }

    /// What the server at a URL says.
    fn content(&self, request: &http::Request<Bytes>) -> (u16, String) {
        let keys = |id: &str| {
            json!({
                "Code": "Success", "AccessKeyId": id, "SecretAccessKey": secret(id), "Token": "token",
                "SessionToken": "token", "Expiration": "2099-01-01T00:00:00Z",
            })
        };
        let body = String::from_utf8_lossy(request.body());
        match (request.uri().host(), request.uri().path()) {
            _ if request.headers().contains_key("x-amz-target") => match &self.aws.refusal {
                Some((status, code)) => refusal(*status, code),
                None => (200, json!({ "JobNames": [], "JobRunId": "jr_1" }).to_string()),
            },
            (_, "/") if body.contains("Action=AssumeRoleWithWebIdentity") => {
                (200, assumed("AssumeRoleWithWebIdentity", "ASIAWEB"))
            }
            (_, "/") if body.contains("Action=GetCallerIdentity") => {
                (200, "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>".to_owned())
            }
            (_, "/") if body.contains("Action=AssumeRole") => (200, assumed("AssumeRole", "ASIAROLE")),
            (_, "/federation/credentials") => {
                let role = json!({
                    "accessKeyId": "ASIASSO", "secretAccessKey": secret("ASIASSO"), "sessionToken": "token",
                    "expiration": 4_070_908_800_000_i64,
                });
                (200, json!({ "roleCredentials": role }).to_string())
            }
            (_, "/container") => (200, keys("ASIACONTAINER").to_string()),
            (_, "/latest/api/token") => (200, "metadata".to_owned()),
            (_, "/latest/meta-data/iam/security-credentials/") => (200, "instance".to_owned()),
            (_, "/latest/meta-data/iam/security-credentials/instance") => (200, keys("ASIAINSTANCE").to_string()),
            _ => (404, String::new()),
        }
    }
}

/// The secret of an access key.
pub fn secret(id: &str) -> String {
    format!("secret-of-{id}")
}

fn refusal(status: u16, code: &str) -> (u16, String) {
    (status, json!({ "__type": code, "Message": "No" }).to_string())
}

fn refusal_of_sts() -> (u16, String) {
    let error = "<Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>No</Message></Error>";
    (403, format!("<ErrorResponse>{error}</ErrorResponse>"))
}

fn assumed(action: &str, id: &str) -> String {
    format!(
        "<{action}Response><{action}Result><Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>{}</SecretAccessKey>\
         <SessionToken>token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials><AssumedRoleUser>\
         <AssumedRoleId>A:a</AssumedRoleId><Arn>arn:aws:sts::111122223333:assumed-role/a/a</Arn></AssumedRoleUser>\
         </{action}Result></{action}Response>",
        secret(id)
    )
}

impl Seen {
    fn of(request: &http::Request<Bytes>) -> Self {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let headers = request
            .headers()
            .iter()
            .filter(|(name, _)| !NOT_COMPARED.contains(&name.as_str()))
            .map(|(name, value)| (name.to_string(), without_features(value.to_str().unwrap())))
            .collect();
        let time = header("x-amz-date").map(signed_at);
        let signature = header("authorization")
            .filter(|authorization| authorization.starts_with("AWS4-HMAC-SHA256"))
            .map(|authorization| signature(request, authorization, time.unwrap()));
        Self {
            request: format!("{} {}", request.method(), request.uri()),
            headers,
            signature,
            signed_ahead: time.map(minutes_ahead),
            body: String::from_utf8(request.body().to_vec()).unwrap(),
        }
    }
}

/// A user agent without the SDK's count of its own features.
fn without_features(value: &str) -> String {
    value.split(' ').filter(|part| !part.starts_with("m/")).collect::<Vec<_>>().join(" ")
}

/// The instant of an `X-Amz-Date`.
fn signed_at(date: &str) -> SystemTime {
    let digits: String = date.chars().filter(char::is_ascii_digit).collect();
    let part = |from: usize, to: usize| &digits[from..to];
    let (day, time) = (
        format!("{}-{}-{}", part(0, 4), part(4, 6), part(6, 8)),
        format!("{}:{}:{}", part(8, 10), part(10, 12), part(12, 14)),
    );
    DateTime::from_str(&format!("{day}T{time}Z"), Format::DateTime).unwrap().try_into().unwrap()
}

fn minutes_ahead(time: SystemTime) -> i64 {
    let seconds = |time: SystemTime| DateTime::from(time).secs();
    (seconds(time) - seconds(SystemTime::now()) + 30).div_euclid(60)
}

/// The scope of a signature without its day, the headers that it covers without those of the SDK's retries, and whether
/// signing the request once more makes the same signature.
fn signature(request: &http::Request<Bytes>, authorization: &str, time: SystemTime) -> (String, Vec<String>, bool) {
    let field = |name: &str| {
        let (_, rest) = authorization.split_once(name).expect("a field of the signature");
        rest.split(',').next().expect("a value").trim().to_owned()
    };
    let (scope, covered) = (field("Credential="), field("SignedHeaders="));
    let parts: Vec<_> = scope.split('/').collect();
    let [id, _, region, service, _] = parts[..] else { panic!("{scope}") };
    let token = request.headers().get("x-amz-security-token").map(|token| token.to_str().unwrap().to_owned());
    let identity = Credentials::new(id, secret(id), token, None, "test").into();
    let settings = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let own = ["x-amz-date", "x-amz-security-token", "host"];
    let headers = request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .filter(|(name, _)| covered.split(';').any(|other| other == *name) && !own.contains(name));
    let (method, url) = (request.method().as_str(), request.uri().to_string());
    let signable = SignableRequest::new(method, &url, headers, SignableBody::Bytes(request.body())).unwrap();
    let again = sign(signable, &settings).unwrap().into_parts().1;
    let names = covered.split(';').filter(|name| !name.starts_with("amz-sdk-")).map(str::to_owned).collect();
    (format!("{id}/{region}/{service}"), names, field("Signature=") == again)
}

impl Transport for Network {
    fn exchange(&self, request: http::Request<Bytes>) -> ExchangeFuture {
        let answer = self.answer(&request);
        Box::pin(async { Ok(answer) })
    }
}

impl HttpConnector for Network {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = request.try_into_http1x().unwrap();
        let request = request.map(|body| Bytes::copy_from_slice(body.bytes().unwrap_or_default()));
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(self.answer(&request).map(SdkBody::from)).unwrap()))
    }
}
