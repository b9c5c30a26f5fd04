//! The rules of the rate limiter, one by one.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::{advance, sleep};

use super::*;

const ROUND_TRIP: Duration = Duration::from_millis(100);

fn deadline(seconds: u64) -> Deadline {
    Deadline::uncancellable(Duration::from_secs(seconds))
}

async fn turn(limiter: &RateLimiter) -> Turn {
    limiter.acquire(&deadline(60)).await.expect("a turn")
}

/// Requests that wait for their turns, each in a task of its own.
fn queue(limiter: &Arc<RateLimiter>, requests: usize, seconds: u64) -> JoinSet<Result<Turn>> {
    let wait = || {
        let limiter = Arc::clone(limiter);
        async move { limiter.acquire(&deadline(seconds)).await }
    };
    (0..requests).map(|_| wait()).collect()
}

/// A limiter at which ten requests a second were answered, and the last one was throttled.
async fn throttled() -> Arc<RateLimiter> {
    let limiter = Arc::new(RateLimiter::default());
    for _ in 0..50 {
        let sent = turn(&limiter).await;
        advance(ROUND_TRIP).await;
        limiter.on_success(&sent);
    }
    let sent = turn(&limiter).await;
    advance(ROUND_TRIP).await;
    limiter.on_throttle(&sent);
    limiter
}

#[tokio::test(start_paused = true)]
async fn until_aws_throttles_each_answer_lets_two_more_requests_go() {
    let limiter = Arc::new(RateLimiter::default());
    let mut queue = queue(&limiter, 10_000, 60);
    let mut under_way = 0;
    for expected in [32, 64, 128, 256, 512, 1024] {
        let mut sent = Vec::new();
        sleep(Duration::from_millis(1)).await;
        while let Some(turn) = queue.try_join_next() {
            sent.push(turn.expect("no panic").expect("a turn"));
        }
        assert!(sent.len() >= expected && sent.len() < expected + 2, "{} after {under_way}", sent.len());
        under_way = sent.len();
        sent[..expected].iter().for_each(|turn| limiter.on_success(turn));
    }
}

#[tokio::test(start_paused = true)]
async fn many_throttled_answers_of_one_round_trip_cut_once() {
    let limiter = throttled().await;
    let rate = || limiter.state().rate();
    assert!((7.0..8.5).contains(&rate()), "{} is not four fifths of ten", rate());
    let mut waits = Vec::new();
    for delay in [0, 10, 50] {
        let before = rate();
        let sent = Turn { sent: Instant::now().checked_sub(Duration::from_millis(delay)).expect("a time") };
        waits.push(limiter.on_throttle(&sent));
        assert!(rate() >= before, "a request that was sent {delay} ms before the cut cut again");
    }
    assert!(waits.iter().all(|wait| !wait.is_zero()), "{waits:?}: a new request has to wait");
    sleep(ROUND_TRIP * 2).await;
    let (before, sent) = (rate(), turn(&limiter).await);
    sleep(ROUND_TRIP).await;
    limiter.on_throttle(&sent);
    assert!(rate() <= before * CUT, "{} after {before}", rate());
}

#[tokio::test(start_paused = true)]
async fn the_first_throttled_request_may_follow_its_backoff() {
    let limiter = RateLimiter::default();
    let sent = turn(&limiter).await;
    sleep(ROUND_TRIP).await;
    limiter.on_throttle(&sent);
    let asked = Instant::now();
    turn(&limiter).await;
    assert!(asked.elapsed() <= 2 * ROUND_TRIP, "{:?}", asked.elapsed());
    turn(&limiter).await;
    assert!(asked.elapsed() >= Duration::from_millis(800), "{:?}", asked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_takes_no_turn_from_the_others() {
    let limiter = throttled().await;
    for _ in 0..1000 {
        let mut given_up = queue(&limiter, 1, 60);
        tokio::task::yield_now().await;
        given_up.abort_all();
        assert!(given_up.join_next().await.expect("a task").is_err(), "it was to wait");
    }
    let asked = Instant::now();
    turn(&limiter).await;
    assert!(asked.elapsed() < Duration::from_millis(500), "{:?} for the next turn", asked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn turns_come_in_order_at_the_rate() {
    let limiter = throttled().await;
    let asked = Instant::now();
    let finished = queue(&limiter, 16, 60).join_all().await;
    assert!(finished.is_sorted_by_key(|turn| turn.as_ref().expect("a turn").sent));
    let took = asked.elapsed();
    assert!((1500..3000).contains(&took.as_millis()), "{took:?} for sixteen turns at eight a second");
}

#[tokio::test(start_paused = true)]
async fn a_turn_after_the_deadline_is_refused_at_once() {
    let limiter = throttled().await;
    let asked = Instant::now();
    let mut refused = 0;
    for outcome in queue(&limiter, 100, 2).join_all().await {
        if let Err(error) = outcome {
            assert_eq!((error.kind, error.retryable), (Kind::Throttled, true));
            assert!(
                error.retry_after_ms.is_some_and(|wait| (1800..3000).contains(&wait)),
                "{error:?}: a queue of two seconds"
            );
            refused += 1;
        }
    }
    assert!((80..90).contains(&refused), "{refused} of 100");
    assert!(asked.elapsed() <= Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_cut_tells_those_whose_turn_would_now_come_too_late() {
    let limiter = throttled().await;
    let mut waiting = queue(&limiter, 56, 8);
    sleep(Duration::from_secs(1)).await;
    let asked = Instant::now();
    let sent = turn_of(&mut waiting).await;
    sleep(ROUND_TRIP).await;
    limiter.on_throttle(&sent);
    sleep(Duration::from_millis(1)).await;
    let mut refused = 0;
    while let Some(outcome) = waiting.try_join_next() {
        refused += u32::from(outcome.expect("no panic").is_err_and(|error| error.kind == Kind::Throttled));
    }
    assert!(refused > 3, "{refused} were refused after {:?}", asked.elapsed());
    assert!(waiting.join_all().await.iter().all(Result::is_ok), "the others have their turns");
}

async fn turn_of(waiting: &mut JoinSet<Result<Turn>>) -> Turn {
    waiting.join_next().await.expect("a task").expect("no panic").expect("a turn")
}

#[tokio::test(start_paused = true)]
async fn the_limit_is_lifted_when_nobody_has_waited_for_long() {
    let limiter = throttled().await;
    let is_limited = || limiter.state().limit.is_some();
    for _ in 0..10 {
        sleep(CALM.mul_f64(0.95)).await;
        queue(&limiter, 20, 60).join_all().await;
    }
    assert!(is_limited(), "requests had to wait");
    for _ in 0..290 {
        sleep(Duration::from_secs(1)).await;
        limiter.on_success(&turn(&limiter).await);
        assert!(is_limited());
    }
    sleep(Duration::from_secs(20)).await;
    assert!(!is_limited(), "demand was well below the rate");
    let asked = Instant::now();
    queue(&limiter, 32, 60).join_all().await;
    assert!(asked.elapsed() < ROUND_TRIP, "a burst goes at once");
}

#[tokio::test(start_paused = true)]
async fn the_rate_grows_only_while_requests_wait() {
    let limiter = throttled().await;
    let rate = || limiter.state().rate();
    let before = rate();
    sleep(CALM / 2).await;
    assert!((rate() - before).abs() < f64::EPSILON, "{} after {before}", rate());
    let ceiling = before / CUT;
    let _waiting = queue(&limiter, 1000, 600);
    let mut grown = Vec::new();
    for _ in 0..20 {
        sleep(Duration::from_secs(1)).await;
        grown.push(rate() / ceiling);
    }
    assert!(grown.is_sorted(), "{grown:?}");
    assert!((0.98..1.02).contains(&grown[5]), "back at the ceiling after {PLATEAU} s: {grown:?}");
    assert!(grown[10] < 1.4 && grown[19] > 8.0, "slowly around it, then faster and faster: {grown:?}");
}
