//! Requests together: whatever two of them share, a neighbour that is wrong, cancelled, slow, throttled, expired or hung
//! changes nothing for the other.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::program::{Stream, command, connection, invoke_text};
use crate::support::stub::{Answer, Request, Stub};

/// What becomes of the neighbour's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Neighbour {
    WrongKey,
    Throttled,
    Expired,
    Slow,
    Hung,
    /// Its own connection is that of the others, and its requests are cancelled.
    Cancelled,
}

const NEIGHBOURS: [Neighbour; 6] = [
    Neighbour::WrongKey,
    Neighbour::Throttled,
    Neighbour::Expired,
    Neighbour::Slow,
    Neighbour::Hung,
    Neighbour::Cancelled,
];

impl Neighbour {
    fn answer(self, well: Answer) -> Answer {
        let error = |status, code| Answer::Error(status, code, "no".to_owned());
        match self {
            Self::WrongKey => error(400, "UnrecognizedClientException"),
            Self::Throttled => error(400, "ThrottlingException"),
            Self::Expired => error(400, "ExpiredTokenException"),
            Self::Slow => Answer::After(Duration::from_secs(3), Box::new(well)),
            Self::Hung => Answer::After(Duration::from_mins(1), Box::new(well)),
            Self::Cancelled => Answer::After(Duration::from_millis(500), Box::new(well)),
        }
    }

    /// The connections differ by a field that no name or ID shows: the session token.
    fn token(self) -> &'static str {
        if self == Self::Cancelled { MINE } else { "theirs" }
    }
}

const MINE: &str = "mine";
/// The victim's patience: far more than its requests take, and less than the neighbour's deadline.
const PATIENCE: Duration = Duration::from_secs(8);

/// A Glue whose answers depend on the connection that asks.
fn glue(neighbour: Neighbour) -> Stub {
    let started = Mutex::new(HashMap::<String, Value>::new());
    Stub::serve(move |request| {
        let who = request.header("x-amz-security-token").unwrap_or_default().to_owned();
        let well = answer_well(request, &who, &started);
        let is_neighbour = who != MINE || neighbour == Neighbour::Cancelled;
        if is_neighbour { neighbour.answer(well) } else { well }
    })
}

fn answer_well(request: &Request, who: &str, started: &Mutex<HashMap<String, Value>>) -> Answer {
    let run = json!({ "Id": "jr_1", "JobName": "j", "JobRunState": "SUCCEEDED", "StartedOn": now() });
    Answer::Ok(match request.operation.as_str() {
        "GetJobRun" => json!({ "JobRun": run }),
        "GetJobRuns" => {
            let started = started.lock().expect("unpoisoned");
            json!({ "JobRuns": started.get(who).map(|run| vec![run.clone()]).unwrap_or_default() })
        }
        "StartJobRun" => {
            let id = format!("jr_of_{who}");
            let arguments = request.json()["Arguments"].clone();
            let run = json!({ "Id": id, "JobRunState": "RUNNING", "StartedOn": now(), "Arguments": arguments });
            started.lock().expect("unpoisoned").insert(who.to_owned(), run);
            json!({ "JobRunId": id })
        }
        "ListJobs" => json!({ "JobNames": ["j"] }),
        other => panic!("nobody answers {other}"),
    })
}

fn now() -> f64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs_f64()
}

fn call(endpoint: &str, token: &str, id: &str, action: &str, input: Value) -> Value {
    let mut connection = connection(endpoint);
    connection["fields"]["sessionToken"] = json!(token);
    json!({ "id": id, "action": action, "connection": connection, "input": input, "timeoutMs": 20_000 })
}

/// The reply to a request among those of others.
fn reply_to(stream: &mut Stream, id: &str) -> Value {
    loop {
        let reply = stream.receive().expect("a reply");
        if reply["id"] == id {
            return reply;
        }
    }
}

/// Runs an action for a neighbour and then for the victim, which must get `expected` in time.
fn shares(neighbour: Neighbour, flags: &[&str], action: &str, input: &Value, neighbours: usize, expected: &Value) {
    let glue = glue(neighbour);
    let mut stream = Stream::start(flags);
    for number in 0..neighbours {
        stream.send(&call(&glue.endpoint, neighbour.token(), &format!("n{number}"), action, input.clone()));
    }
    glue.wait_for(1);
    stream.send(&call(&glue.endpoint, MINE, "victim", action, input.clone()));
    if neighbour == Neighbour::Cancelled {
        for number in 0..neighbours {
            stream.send(&json!({ "id": format!("c{number}"), "cancel": format!("n{number}") }));
        }
    }
    let began = Instant::now();
    let reply = reply_to(&mut stream, "victim");
    let what = format!("{action} beside a neighbour that is {neighbour:?}: {reply}");
    assert_eq!(reply["ok"], true, "{what}");
    for (member, value) in expected.as_object().expect("members") {
        assert_eq!(&reply["data"][member], value, "{what}");
    }
    assert!(began.elapsed() < PATIENCE, "{what} after {:?}", began.elapsed());
    stream.process.kill().expect("it ends");
    let _ = stream.process.wait();
}

/// Tries all neighbours at the same time: most of it is waiting.
fn beside_every_neighbour(trial: impl Fn(Neighbour) + Sync) {
    std::thread::scope(|scope| {
        for neighbour in NEIGHBOURS {
            let trial = &trial;
            scope.spawn(move || trial(neighbour));
        }
    });
}

#[test]
fn a_neighbour_never_changes_a_wait_on_the_same_run() {
    let input = json!({ "name": "j", "runId": "jr_1", "pollSeconds": 1 });
    let expected = json!({ "Done": true, "State": "SUCCEEDED" });
    beside_every_neighbour(|neighbour| shares(neighbour, &[], "waitForJobRun", &input, 3, &expected));
}

#[test]
fn a_neighbour_never_changes_a_start_by_the_same_key() {
    let input = json!({ "name": "j", "idempotencyKey": "k" });
    let expected = json!({ "JobRunId": "jr_of_mine" });
    beside_every_neighbour(|neighbour| shares(neighbour, &[], "startJobRun", &input, 2, &expected));
}

#[test]
fn a_neighbour_never_throttles_or_blocks_another() {
    let expected = json!({ "JobNames": ["j"] });
    beside_every_neighbour(|neighbour| {
        shares(neighbour, &["--concurrency", "4"], "listJobs", &json!({}), 40, &expected);
    });
}

#[test]
fn a_remembered_key_is_told_to_nobody_else() {
    let glue = glue(Neighbour::WrongKey);
    let mut stream = Stream::start(&[]);
    let input = json!({ "name": "j", "idempotencyKey": "k" });
    stream.send(&call(&glue.endpoint, MINE, "first", "startJobRun", input.clone()));
    assert_eq!(reply_to(&mut stream, "first")["data"]["JobRunId"], "jr_of_mine");
    stream.send(&call(&glue.endpoint, "theirs", "other", "startJobRun", input.clone()));
    let refused = reply_to(&mut stream, "other");
    assert_eq!((&refused["error"]["kind"], &refused["error"]["effect"]), (&json!("connection"), &json!("none")));
    assert!(!refused.to_string().contains("jr_of_mine"), "{refused}");
    stream.send(&call(&glue.endpoint, MINE, "again", "startJobRun", input));
    let again = reply_to(&mut stream, "again");
    assert_eq!((&again["data"]["JobRunId"], &again["data"]["Reused"]), (&json!("jr_of_mine"), &json!(true)));
    stream.finish();
}

#[test]
fn a_refused_role_is_refused_for_the_one_who_asked() {
    let glue = Stub::start([Answer::Ok(json!({ "JobNames": [] }))]);
    let sts = Stub::serve(|request| {
        if request.body.contains("ExternalId=wrong") {
            let denied = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>";
            return Answer::After(Duration::from_millis(300), Box::new(Answer::Raw(403, denied.to_owned())));
        }
        Answer::Raw(200, crate::connections::assumed("2099-01-01T00:00:00Z"))
    });
    let ask = |id: &str, external: &str| {
        json!({ "id": id, "action": "listJobs", "connection": { "key": "awsAssumeRole", "fields": {
            "roleArn": "arn:aws:iam::123456789012:role/glue", "accessKeyId": "AKIA", "secretAccessKey": "s", "region": "us-east-1",
            "externalId": external, "endpointUrl": glue.endpoint, "stsEndpointUrl": sts.endpoint } } })
    };
    let mut stream = Stream::start(&[]);
    stream.send(&ask("wrong", "wrong"));
    stream.send(&ask("right", "right"));
    let replies: HashMap<String, Value> = (0..2)
        .map(|_| stream.receive().expect("a reply"))
        .map(|reply| (reply["id"].as_str().expect("an id").to_owned(), reply))
        .collect();
    assert_eq!(replies["right"]["ok"], true, "{}", replies["right"]);
    assert_eq!(replies["wrong"]["error"]["kind"], "connection", "{}", replies["wrong"]);
    stream.finish();
}

/// A server that takes connections and says nothing, or only `beginning`.
fn silent(beginning: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut request = [0; 1 << 14];
                let _ = client.read(&mut request);
                let _ = client.write_all(beginning.as_bytes());
                std::thread::sleep(Duration::from_mins(2));
            });
        }
    });
    address.to_string()
}

#[test]
fn whatever_hangs_the_deadline_holds_and_the_effect_is_right() {
    let mute = silent("");
    let head = silent("HTTP/1.1 200 OK\r\nContent-Le");
    let body = silent("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\"");
    let well = Stub::start([Answer::Ok(json!({}))]);
    // 192.0.2.0/24 is for documentation: nobody answers there, where there is a route at all.
    let stages = [
        ("connect", "http://192.0.2.1:81".to_owned(), None, "none"),
        ("TLS", format!("https://{mute}"), None, "none"),
        ("answer", format!("http://{mute}"), None, "unknown"),
        ("head", format!("http://{head}"), None, "unknown"),
        ("body", format!("http://{body}"), None, "unknown"),
        ("STS", well.endpoint.clone(), Some(format!("http://{mute}")), "none"),
    ];
    std::thread::scope(|scope| {
        for (stage, glue, sts, effect) in &stages {
            scope.spawn(move || {
                let mut connection = connection(glue);
                if let Some(sts) = sts {
                    connection["key"] = json!("awsAssumeRole");
                    connection["fields"]["roleArn"] = json!("arn:aws:iam::123456789012:role/glue");
                    connection["fields"]["stsEndpointUrl"] = json!(sts);
                }
                let request = json!({ "action": "startCrawler", "connection": connection, "input": { "name": "c" },
                    "timeoutMs": 2500 });
                let began = Instant::now();
                let allowed = format!("--allow-endpoint={glue}");
                let outcome = invoke_text(command().args(["invoke", &allowed]), request.to_string().as_bytes());
                let error = &outcome.reply["error"];
                assert!(began.elapsed() < Duration::from_secs(6), "{stage}: {:?}", began.elapsed());
                assert_eq!(error["effect"], *effect, "{stage}: {error}");
                assert_eq!(error["retryable"], *effect == "none", "{stage}: {error}");
            });
        }
    });
    assert!(well.requests().is_empty(), "it was sent without credentials");
}
