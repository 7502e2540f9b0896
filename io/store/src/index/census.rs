//! What stands of every app, counted when it is asked and kept for a while where counting is long.

use crate::jobs::Failure;
use crate::open::Store;
use model::{Position, Timestamp};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::{Duration, Instant};
use usage::{Census, Progress};

/// Installations or grants looked at under one lock: some microseconds.
const STEP: u32 = 4_000;
/// What was counted in less than this is counted anew.
const SHORT: Duration = Duration::from_millis(100);
/// What took long serves for so many times as long: counting takes a twentieth of a processor at most, however often somebody
/// looks.
const SERVES: u32 = 20;

/// The last count.
#[derive(Default)]
pub(crate) struct Counted(Mutex<Option<Count>>);

struct Count {
    census: Arc<Census>,
    of: (Position, Timestamp),
    counted: Instant,
    took: Duration,
}

impl Count {
    fn serves(&self, of: (Position, Timestamp)) -> bool {
        let is_young = self.took >= SHORT && self.counted.elapsed() < self.took * SERVES;
        self.of == of || is_young
    }
}

impl Store {
    /// What stands of every app. Exact where counting takes less than a tenth of a second; on a larger platform up to twenty
    /// times as old as counting takes.
    ///
    /// # Errors
    /// The process is stopping.
    pub async fn census(&self) -> Result<Arc<Census>, Failure> {
        let store = self.clone();
        let counting = tokio::task::spawn_blocking(move || store.count());
        counting.await.map_err(|error| Failure::Unavailable(error.to_string()))
    }

    fn count(&self) -> Arc<Census> {
        // Who asks meanwhile waits for this count instead of making another.
        let mut last = self.shared.counted.0.lock();
        let of = (self.state().revision(), self.now());
        if let Some(count) = last.as_ref().filter(|count| count.serves(of)) {
            return Arc::clone(&count.census);
        }
        let (began, mut census) = (Instant::now(), Census::begin(of.1));
        loop {
            let progress = census.step(&self.state(), STEP);
            if progress == Progress::Done {
                break;
            }
        }
        let census = Arc::new(census);
        let (counted, took) = (Instant::now(), began.elapsed());
        *last = Some(Count { census: Arc::clone(&census), of, counted, took });
        census
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_count_serves_nobody_else_and_a_long_one_for_a_while() {
        let of = (Position(4), Timestamp(9));
        let count = |took: u64, ago: u64| Count {
            census: Arc::new(Census::begin(of.1)),
            of,
            counted: Instant::now().checked_sub(Duration::from_millis(ago)).unwrap(),
            took: Duration::from_millis(took),
        };
        let later = (Position(5), Timestamp(10));
        assert!(count(1, 0).serves(of), "nothing changed");
        assert!(!count(1, 0).serves(later) && !count(99, 0).serves(later));
        assert!(count(1_000, 19_000).serves(later));
        assert!(!count(1_000, 20_000).serves(later));
    }
}
