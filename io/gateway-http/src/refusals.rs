//! Refused requests, counted by app, operation and problem, and entered in the log hour by hour.

use ledger::{Entry, Leaf, Payload, RefusalCount, Refusals as Payloads};
use model::{AppNo, OperationNo};
use parking_lot::Mutex;
use sequence::Commit;
use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;
use store::{Store, Urgency};

/// How often counts are entered. A crash loses at most this much of them.
const ENTER_EVERY: Duration = Duration::from_secs(60);
const HOUR_MS: u64 = 60 * 60 * 1000;
/// Distinct counts kept between two entries; operations and problems are few, and apps that call at all are known ones.
const COUNTS_MAX: usize = 50_000;

type Key = (Option<AppNo>, Option<OperationNo>, &'static str);

/// Counts since the last entry.
#[derive(Default)]
pub struct Refusals {
    counts: Mutex<BTreeMap<Key, u64>>,
}

impl Refusals {
    pub(crate) fn count(
        &self,
        app: Option<AppNo>,
        operation: Option<OperationNo>,
        problem: &'static str,
    ) {
        let mut counts = self.counts.lock();
        if counts.len() < COUNTS_MAX || counts.contains_key(&(app, operation, problem)) {
            *counts.entry((app, operation, problem)).or_default() += 1;
        }
    }

    /// Enters what was counted since the last time.
    pub async fn enter(&self, store: &Store) {
        let counts = std::mem::take(&mut *self.counts.lock());
        if counts.is_empty() {
            return;
        }
        let rows: Vec<RefusalCount> = counts
            .iter()
            .map(|((app, operation, problem), count)| RefusalCount {
                app: *app,
                operation: *operation,
                problem: (*problem).to_owned(),
                count: *count,
            })
            .collect();
        let entered = store
            .commit(Urgency::Ordinary, None, move |_, _, env| {
                let total = rows.iter().map(|row| row.count).sum::<u64>();
                let payload = Payloads { hour: env.now.0 / HOUR_MS, counts: rows.clone() };
                let leaf = Leaf { count: u32::try_from(total).ok(), ..Leaf::blank() };
                let entry = Entry { leaf, payload: Payload::Refusals(payload) };
                Ok::<_, std::convert::Infallible>(Commit::entry(entry, ()))
            })
            .await;
        if let Err(failure) = entered {
            tracing::warn!(%failure, "refused requests could not be entered and are counted on");
            let mut now = self.counts.lock();
            for (key, count) in counts {
                *now.entry(key).or_default() += count;
            }
        }
    }

    /// Enters counts every minute until `stop` resolves, and once more then.
    pub async fn run(&self, store: &Store, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = tokio::time::sleep(ENTER_EVERY) => self.enter(store).await,
                () = &mut stop => break,
            }
        }
        self.enter(store).await;
    }
}
