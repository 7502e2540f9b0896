//! The clock that entry times come from, held against the monotonic one.

use model::{Timestamp, limits};
use sequence::Clock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The operating system's clocks and randomness.
#[derive(Debug)]
pub struct SystemClock {
    wall: Timestamp,
    monotonic: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { wall: wall(), monotonic: Instant::now() }
    }
}

fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        wall()
    }

    fn seed(&self) -> [u8; 32] {
        let mut seed = [0; 32];
        if getrandom::fill(&mut seed).is_err() {
            // Without randomness no token or salt may be made; there is nothing to fall back on.
            tracing::error!("the operating system gives no randomness; stopping");
            std::process::abort();
        }
        seed
    }

    fn is_trusted(&self) -> bool {
        let elapsed = u64::try_from(self.monotonic.elapsed().as_millis()).unwrap_or(u64::MAX);
        let expected = self.wall.0.saturating_add(elapsed);
        wall().0.abs_diff(expected) <= limits::CLOCK_SKEW_MAX.0
    }
}
