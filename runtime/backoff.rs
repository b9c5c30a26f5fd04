//! Pauses between attempts: growing, capped, with random jitter.

use std::time::Duration;

/// Pauses that grow by a factor up to a limit, each multiplied by a random number between two bounds.
#[derive(Clone, Debug)]
pub struct Backoff {
    pause: Duration,
    longest: Duration,
    factor: f64,
    jitter: (f64, f64),
}

impl Backoff {
    /// Pauses from `first` to `longest`, each `factor` times the one before and multiplied by a number out of `jitter`.
    #[must_use]
    pub fn new(first: Duration, longest: Duration, factor: f64, jitter: (f64, f64)) -> Self {
        Self { pause: first.min(longest), longest, factor, jitter }
    }

    /// The length of the next pause before jitter.
    #[must_use]
    pub const fn nominal(&self) -> Duration {
        self.pause
    }

    /// The next pause. The one after it is longer.
    pub fn next_pause(&mut self) -> Duration {
        let (least, most) = self.jitter;
        let pause = self.pause.mul_f64(least + (most - least) * fastrand::f64());
        self.pause = self.pause.mul_f64(self.factor).min(self.longest);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_limit_and_stay_within_the_jitter() {
        let mut backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(1), 2.0, (0.5, 1.0));
        for nominal in [200, 400, 800, 1000, 1000] {
            assert_eq!(backoff.nominal(), Duration::from_millis(nominal));
            let pause = backoff.next_pause();
            assert!(
                pause >= Duration::from_millis(nominal / 2) && pause <= Duration::from_millis(nominal),
                "{pause:?}"
            );
        }
    }
}
