//! A host that drives `glue-connector stream`, as light as can be.

use std::fmt::Write;
use std::ops::Range;
use std::time::Instant;

use serde_json::json;

use crate::measure::{Program, Running, Said, Used, milliseconds};

/// A running stream with the connection that requests name.
pub struct Stream {
    running: Running,
    endpoint: String,
    next: usize,
}

impl Stream {
    pub fn start(program: &Program, endpoint: &str, in_flight: usize) -> Self {
        let running = program.clone().args(&["--concurrency", &in_flight.to_string()]).start();
        Self { running, endpoint: endpoint.to_owned(), next: 0 }
    }

    /// Makes calls, so many in flight at a time.
    pub fn calls(&mut self, calls: usize, in_flight: usize) -> Said {
        let connection = self.connection("AKIAEXAMPLE");
        let (first, end) = (self.next, self.next + calls);
        let mut began = vec![Instant::now(); calls];
        let mut latencies = Vec::with_capacity(calls);
        let started = Instant::now();
        let mut wanted = in_flight.min(calls);
        while latencies.len() < calls {
            let mut lines = String::new();
            for id in self.next..end.min(self.next + wanted) {
                let _ = writeln!(
                    lines,
                    "{{\"id\":{id},\"action\":\"listJobs\",\"connection\":{connection},\"input\":{{}}}}"
                );
                began[id - first] = Instant::now();
                self.next = id + 1;
            }
            self.running.write(lines.as_bytes());
            wanted = 0;
            while wanted == 0 || self.running.has_more() {
                let line = self.running.line();
                let id: usize = line[6..line.find(',').expect("an ID")].parse().expect("an ID of ours");
                assert!(line.contains("\"nightly-orders\""), "{line}");
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "microseconds of a call")]
                latencies.push((milliseconds(began[id - first].elapsed()) * 1e3) as u64);
                wanted += 1;
            }
        }
        Said { seconds: started.elapsed().as_secs_f64(), latencies }
    }

    /// Fetches so many names in pages, and says how many seconds that took.
    pub fn all(&mut self, names: usize) -> f64 {
        let input = json!({ "fetchAll": true, "maxItems": 1000, "maxTotal": names + 1, "tags": { "names": names.to_string() } });
        let connection = self.connection("AKIAEXAMPLE");
        let began = Instant::now();
        self.running
            .write(format!("{{\"action\":\"listJobs\",\"connection\":{connection},\"input\":{input}}}\n").as_bytes());
        let line = self.running.line();
        let took = began.elapsed().as_secs_f64();
        assert_eq!(line.matches("\"job-").count(), names);
        took
    }

    /// A call with each of so many different connections.
    pub fn accounts(&mut self, accounts: Range<usize>) {
        for account in accounts {
            let connection = self.connection(&format!("AKIA{account:012}"));
            self.running.write(format!("{{\"action\":\"listJobs\",\"connection\":{connection}}}\n").as_bytes());
            assert!(self.running.line().contains("\"nightly-orders\""));
        }
    }

    pub fn used(&self) -> Used {
        self.running.used()
    }

    pub fn end(self) -> Used {
        let used = self.running.used();
        self.running.end();
        used
    }

    fn connection(&self, key: &str) -> String {
        let fields = json!({ "accessKeyId": key, "secretAccessKey": "secret", "region": "us-east-1", "endpointUrl": self.endpoint });
        json!({ "key": "apiKeySecret", "fields": fields }).to_string()
    }
}
