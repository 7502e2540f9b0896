//! How long a comparison runs, from which seed, and on how many cores. What `core/` may not ask for, its tests get here.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A seed and a number of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// `BAILMENT_SEED`, or else the day, so that every day looks at other cases.
    pub seed: u64,
    /// `BAILMENT_CASES`, or else what the test asks for.
    pub cases: u64,
}

impl Budget {
    /// Reads the environment.
    #[must_use]
    pub fn from_environment(cases_default: u64) -> Self {
        let number = |name| std::env::var(name).ok().and_then(|text: String| text.parse().ok());
        let day =
            || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_secs() / 86_400);
        Self {
            seed: number("BAILMENT_SEED").unwrap_or_else(day),
            cases: number("BAILMENT_CASES").unwrap_or(cases_default),
        }
    }

    /// Runs `work` for shares of the cases, each with a seed of its own, on as many cores as there are, and returns what
    /// each share came to. A panic of one share is a panic of the whole.
    pub fn in_parallel<T: Send>(self, shares: u64, work: impl Fn(Self) -> T + Sync) -> Vec<T> {
        let next = AtomicU64::new(0);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let run = || {
            let mut done = Vec::new();
            let _stops = StopsOthers(&next);
            loop {
                let share = next.fetch_add(1, Ordering::Relaxed);
                if share >= shares {
                    return done;
                }
                let seed = self.seed.wrapping_mul(1_000_003).wrapping_add(share);
                done.push(work(Self { seed, cases: self.cases.div_ceil(shares) }));
            }
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..cores).map(|_| scope.spawn(run)).collect();
            threads
                .into_iter()
                .flat_map(|thread| match thread.join() {
                    Ok(done) => done,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
                .collect()
        })
    }
}

/// Once a share has failed, no other is begun.
struct StopsOthers<'a>(&'a AtomicU64);

impl Drop for StopsOthers<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Not the largest number: each of the others still counts one up.
            self.0.store(u64::MAX / 2, Ordering::Relaxed);
        }
    }
}
