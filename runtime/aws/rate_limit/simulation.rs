//! The rate limiter and the retry rule against a token bucket as AWS has it, under a clock that is paused: minutes pass
//! in a moment, and the same seed gives the same run.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use http::Response;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep};

use super::RateLimiter;
use crate::aws::retry::{self, Attempts, MAX_ATTEMPTS};
use crate::aws::send_error::{Call, SendError, SendFuture};
use crate::deadline::Deadline;
use crate::http::transport::Sent;

/// Half of the time that an answer takes, in milliseconds, each way by itself.
const ONE_WAY_MS: std::ops::Range<u64> = 10..100;
/// The mean of a whole round trip, in seconds.
const ROUND_TRIP: f64 = 0.11;

/// AWS's side: a bucket that throttled requests take nothing from.
struct Aws {
    /// Requests a second, and the most that is saved up.
    rate: f64,
    burst: f64,
    tokens: f64,
    filled: Instant,
    latency: Rng,
    /// Accepted and throttled requests of each second.
    seconds: Vec<(u32, u32)>,
    started: Instant,
}

impl Aws {
    fn new(Phase { rate, burst, .. }: Phase) -> Self {
        let now = Instant::now();
        let latency = Rng::with_seed(8);
        Self { rate, burst, tokens: burst, filled: now, latency, seconds: Vec::new(), started: now }
    }

    fn enter(&mut self, phase: Phase) {
        self.fill();
        (self.rate, self.burst) = (phase.rate, phase.burst);
    }

    fn fill(&mut self) {
        self.tokens = (self.tokens + self.rate * self.filled.elapsed().as_secs_f64()).min(self.burst);
        self.filled = Instant::now();
    }

    fn accepts(&mut self) -> bool {
        self.fill();
        let second = usize::try_from(self.started.elapsed().as_secs()).expect("a short run");
        self.seconds.resize(self.seconds.len().max(second + 1), (0, 0));
        let accepts = self.tokens >= 1.0;
        if accepts {
            self.tokens -= 1.0;
            self.seconds[second].0 += 1;
        } else {
            self.seconds[second].1 += 1;
        }
        accepts
    }
}

fn exchange(aws: &Arc<Mutex<Aws>>) -> SendFuture<'static, ()> {
    let aws = Arc::clone(aws);
    Box::pin(async move {
        let ways = {
            let rng = &mut aws.lock().latency;
            [rng.u64(ONE_WAY_MS), rng.u64(ONE_WAY_MS)]
        };
        sleep(Duration::from_millis(ways[0])).await;
        let accepted = aws.lock().accepts();
        sleep(Duration::from_millis(ways[1])).await;
        if accepted {
            return Ok(());
        }
        let body = Bytes::from_static(br#"{"__type":"ThrottlingException","Message":"Rate exceeded"}"#);
        Err(SendError::Refused(Response::builder().status(400).body(body).expect("an answer")))
    })
}

/// A host that has one request under way at any time, and comes back when it is told to.
async fn client(limiter: Arc<RateLimiter>, aws: Arc<Mutex<Aws>>) {
    let call = Call {
        service: "Glue",
        iam_prefix: "glue",
        operation: "GetJobRun",
        changes: false,
        max_attempts: MAX_ATTEMPTS,
    };
    loop {
        let deadline = Deadline::uncancellable(Duration::from_secs(30));
        let request = |_: &Sent| exchange(&aws);
        if let Err(error) = retry::send(&call, Some(&*limiter), None, &deadline, &Attempts::default(), &request).await {
            sleep(Duration::from_millis(error.retry_after_ms.unwrap_or(1000))).await;
        }
    }
}

/// A time in which AWS takes so many requests a second, and saves up so many.
#[derive(Clone, Copy)]
struct Phase {
    seconds: u64,
    rate: f64,
    burst: f64,
}

/// The accepted and the throttled requests of each second.
fn simulate(clients: u32, phases: &[Phase]) -> Vec<(u32, u32)> {
    fastrand::seed(7);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let aws = Arc::new(Mutex::new(Aws::new(phases[0])));
        let limiter = Arc::new(RateLimiter::default());
        for _ in 0..clients {
            tokio::spawn(client(Arc::clone(&limiter), Arc::clone(&aws)));
        }
        for phase in phases {
            aws.lock().enter(*phase);
            sleep(Duration::from_secs(phase.seconds)).await;
        }
        std::mem::take(&mut aws.lock().seconds)
    })
}

/// Asserts that AWS took nine tenths of what it would, which is `burst` and `rate`, or all that the clients have, and
/// throttled less than a tenth of what it was sent.
fn assert_well_used(seconds: &[(u32, u32)], clients: u32, rate: f64, burst: f64, what: &str) {
    let length = f64::from(u32::try_from(seconds.len()).expect("a short run"));
    let accepted = f64::from(seconds.iter().map(|(accepted, _)| accepted).sum::<u32>());
    let throttled = f64::from(seconds.iter().map(|(_, throttled)| throttled).sum::<u32>());
    let most = (rate * length + burst).min(f64::from(clients) / ROUND_TRIP * length);
    let (share, lost) = (accepted / most, throttled / (accepted + throttled).max(1.0));
    let found = format!(
        "{what}, {clients} clients, {rate} requests a second: {:.1} % of {most:.0} taken, {:.1} % throttled: {seconds:?}",
        share * 100.0,
        lost * 100.0
    );
    assert!(share >= 0.9 && lost < 0.1, "{found}");
}

const CLIENTS: [u32; 3] = [1, 64, 10_000];

#[test]
fn nearly_all_that_aws_takes_is_sent_and_little_more() {
    for clients in CLIENTS {
        // What a slow start and finding the rate cost is a tenth only of what a slow AWS takes in a longer time.
        for (rate, seconds) in [(5.0, 120), (10.0, 60), (50.0, 60), (1000.0, 30)] {
            let burst = 2.0 * rate;
            let run = simulate(clients, &[Phase { seconds, rate, burst }]);
            assert_well_used(&run, clients, rate, burst, "the whole run");
            assert_well_used(&run[5..], clients, rate, 0.0, "after five seconds");
            // No oscillation: no five seconds are much worse than the others.
            for seconds in run[5..].chunks_exact(5) {
                let accepted = f64::from(seconds.iter().map(|(accepted, _)| accepted).sum::<u32>());
                let most = rate.min(f64::from(clients) / ROUND_TRIP) * 5.0;
                assert!(accepted >= 0.7 * most, "{clients} clients, {rate} requests a second: {seconds:?} of {run:?}");
            }
        }
    }
}

#[test]
fn the_rate_follows_that_of_aws_within_half_a_minute() {
    let phase = |seconds, rate| Phase { seconds, rate, burst: 2.0 * rate };
    for clients in CLIENTS {
        for rate in [20.0, 200.0] {
            let usual = phase(40, rate);
            for (what, phases) in [
                ("a doubled rate", vec![usual, phase(60, 2.0 * rate)]),
                ("a tenth of the rate", vec![usual, phase(60, rate / 10.0)]),
                ("the rate after a tenth of it", vec![usual, phase(60, rate / 10.0), phase(60, rate)]),
                ("the rate after nothing", vec![usual, Phase { seconds: 20, rate: 0.0, burst: 0.0 }, phase(60, rate)]),
            ] {
                let run = simulate(clients, &phases);
                assert_well_used(&run[run.len() - 30..], clients, phases[phases.len() - 1].rate, 0.0, what);
            }
        }
    }
}
