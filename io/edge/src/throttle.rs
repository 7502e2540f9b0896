//! Slowing down whoever guesses: counts of failures by key, forgotten after a while. Can refuse, never allow.

use model::{Millis, Timestamp};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Keys remembered at a time; beyond it the oldest make room, so that memory is bounded.
const KEYS_MAX: usize = 100_000;

/// Failures by key.
pub struct Throttle {
    failures_max: u32,
    window: Millis,
    /// By digest of the key: whoever guesses chooses how long a login is.
    failures: Mutex<BTreeMap<[u8; 32], (u32, Timestamp)>>,
}

fn digest(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
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
        self.is_over(self.failures.lock().get(&digest(key)), now)
    }

    fn is_over(&self, found: Option<&(u32, Timestamp)>, now: Timestamp) -> bool {
        found.is_some_and(|(count, since)| {
            *count >= self.failures_max && now.since(*since) < self.window
        })
    }

    /// Counts an attempt as failed before it is known to be one, unless the key must wait: what is tried at the same time
    /// is counted too. Take it back by [`Throttle::succeeded`] or [`Throttle::forgive`].
    #[must_use]
    pub fn attempt(&self, key: &str, now: Timestamp) -> bool {
        let mut failures = self.failures.lock();
        if self.is_over(failures.get(&digest(key)), now) {
            return false;
        }
        self.count(&mut failures, key, now);
        true
    }

    /// Counts a failure.
    pub fn failed(&self, key: &str, now: Timestamp) {
        self.count(&mut self.failures.lock(), key, now);
    }

    fn count(
        &self,
        failures: &mut BTreeMap<[u8; 32], (u32, Timestamp)>,
        key: &str,
        now: Timestamp,
    ) {
        if failures.len() >= KEYS_MAX {
            let window = self.window;
            failures.retain(|_, (_, since)| now.since(*since) < window);
            if failures.len() >= KEYS_MAX {
                failures.clear();
            }
        }
        let entry = failures.entry(digest(key)).or_insert((0, now));
        if now.since(entry.1) >= self.window {
            *entry = (0, now);
        }
        entry.0 = entry.0.saturating_add(1);
    }

    /// Forgets a key that succeeded.
    pub fn succeeded(&self, key: &str) {
        self.failures.lock().remove(&digest(key));
    }

    /// Takes one attempt back: others with this key may have failed meanwhile.
    pub fn forgive(&self, key: &str) {
        if let Some((count, _)) = self.failures.lock().get_mut(&digest(key)) {
            *count = count.saturating_sub(1);
        }
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

    #[test]
    fn attempts_at_the_same_time_are_counted_before_they_fail() {
        let throttle = Throttle::new(3, Millis::seconds(60));
        let begun = (0..100).filter(|_| throttle.attempt("a", Timestamp(0))).count();
        assert_eq!(begun, 3);
        throttle.forgive("a");
        assert!(throttle.attempt("a", Timestamp(1)) && !throttle.attempt("a", Timestamp(1)));
        throttle.succeeded("a");
        assert!(throttle.attempt("a", Timestamp(2)));
    }
}
