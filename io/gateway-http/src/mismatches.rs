//! Where the upstream's answers differ from the catalog: each place becomes a finding once, whoever asked.

use flows::upstream::Place;
use gate::Mismatch;
use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;
use store::{Store, Urgency};

/// How often what is new is entered; what came in between stands in one finding an operation.
const ENTER_EVERY: Duration = Duration::from_secs(60);
/// Places known at most: an upstream that makes names up does not fill the log.
const KNOWN_MAX: usize = 256;

/// Places that were noticed since the process began.
#[derive(Default)]
pub struct Mismatches {
    noticed: Mutex<Noticed>,
}

#[derive(Default)]
struct Noticed {
    known: BTreeSet<Place>,
    new: BTreeSet<Place>,
}

impl Mismatches {
    /// Counts what an answer had, and keeps what is new.
    pub(crate) fn note(&self, operation: &str, mismatches: &[Mismatch]) {
        if mismatches.is_empty() {
            return;
        }
        let mut noticed = self.noticed.lock();
        for mismatch in mismatches {
            let kind = mismatch.kind.word();
            metrics::counter!("bailment_upstream_mismatches_total", "operation" => operation.to_owned(), "kind" => kind)
                .increment(1);
            let found =
                Place { operation: operation.to_owned(), kind, pointer: mismatch.pointer.clone() };
            if noticed.known.len() < KNOWN_MAX && noticed.known.insert(found.clone()) {
                tracing::warn!(operation, kind, at = %found.pointer, "the upstream's answer differs from the catalog");
                noticed.new.insert(found);
            }
        }
    }

    /// Enters a finding for each operation with something new.
    pub async fn enter(&self, store: &Store) {
        let new = std::mem::take(&mut self.noticed.lock().new);
        if new.is_empty() {
            return;
        }
        let found: Vec<Place> = new.iter().cloned().collect();
        let entered = store
            .commit(Urgency::Ordinary, None, move |_, _, env| {
                Ok::<_, std::convert::Infallible>(flows::upstream::differs(env, &found))
            })
            .await;
        if let Err(failure) = entered {
            tracing::warn!(%failure, "findings about the upstream could not be entered; they are kept");
            self.noticed.lock().new.extend(new);
        }
    }

    /// Enters findings every minute until `stop` resolves, and once more then.
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
