//! Slowing down whoever guesses: counts of failures by key, forgotten after a while. Can refuse, never allow.

use model::{Millis, Timestamp};
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// Keys remembered at a time; beyond it the oldest make room, so that memory is bounded.
const KEYS_MAX: usize = 100_000;

/// Failures by key.
pub struct Throttle {
    failures_max: u32,
    window: Millis,
    failures: Mutex<BTreeMap<String, (u32, Timestamp)>>,
}

impl Throttle {
    /// Refuses a key after so many failures within a window.
    #[must_use]
    pub const fn new(failures_max: u32, window: Millis) -> Self {
        Self { failures_max, window, failures: Mutex::new(BTreeMap::new()) }
    }

    /// Whether the key must wait.
    #[must_use]
    pub fn is_blocked(&self, key: &str, now: Timestamp) -> bool {
        self.failures.lock().get(key).is_some_and(|(count, since)| {
            *count >= self.failures_max && now.since(*since) < self.window
        })
    }

    /// Counts a failure.
    pub fn failed(&self, key: &str, now: Timestamp) {
        let mut failures = self.failures.lock();
        if failures.len() >= KEYS_MAX {
            let window = self.window;
            failures.retain(|_, (_, since)| now.since(*since) < window);
            if failures.len() >= KEYS_MAX {
                failures.clear();
            }
        }
        let entry = failures.entry(key.to_owned()).or_insert((0, now));
        if now.since(entry.1) >= self.window {
            *entry = (0, now);
        }
        entry.0 = entry.0.saturating_add(1);
    }

    /// Forgets a key that succeeded.
    pub fn succeeded(&self, key: &str) {
        self.failures.lock().remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guesser_waits_and_is_forgotten() {
        let throttle = Throttle::new(3, Millis::seconds(60));
        for _ in 0..3 {
            assert!(!throttle.is_blocked("a", Timestamp(0)));
            throttle.failed("a", Timestamp(0));
        }
        assert!(throttle.is_blocked("a", Timestamp(59_999)));
        assert!(!throttle.is_blocked("b", Timestamp(0)));
        assert!(!throttle.is_blocked("a", Timestamp(60_000)));
        throttle.succeeded("a");
        assert!(!throttle.is_blocked("a", Timestamp(1)));
    }
}
