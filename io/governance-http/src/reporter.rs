//! The task that tells partners, each 90 days, what their apps hold beside what they used.
//!
//! It ends no access: what an unacknowledged report restricts is judged at each request.

use crate::api::{unavailable, uncounted};
use crate::conduct::{self, REPORT_ISSUED};
use crate::partner;
use consent::State;
use edge::Problem;
use flows::staff::{is_report_due, issue_due_report};
use ledger::Event;
use model::{AppNo, Env, Position, Timestamp};
use sequence::{Commit, Lookup};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use store::{Store, Urgency};
use tokio::sync::Mutex;

/// Between two looks at what is due.
const LOOK_EVERY: Duration = Duration::from_secs(15 * 60);
/// Apps looked at under one lock.
const APPS_AT_ONCE: usize = 2_000;

/// Issues reports that are due.
pub struct Reporter {
    store: Store,
    told: Arc<Mutex<Told>>,
}

/// When each app's partner was told last, as far as the log was read: there are as many reports in it as apps, four times a
/// year, and a round reads only those that are new.
#[derive(Default)]
struct Told {
    last: BTreeMap<AppNo, Timestamp>,
    /// The newest that was read.
    newest: Option<Position>,
}

impl Told {
    fn read_on(&mut self, store: &Store) -> Result<(), Problem> {
        let (mut found, mut newest) = (BTreeMap::new(), self.newest);
        conduct::walk(store, REPORT_ISSUED, Position(u64::MAX), |stored, event| {
            let is_new = self.newest.is_none_or(|read| read < stored.position);
            if let (Event::ReportIssued(event), true) = (event, is_new) {
                newest = newest.max(Some(stored.position));
                found.entry(event.app).or_insert(stored.time);
            }
            is_new
        })?;
        self.last.append(&mut found);
        self.newest = newest;
        Ok(())
    }
}

/// Apps whose partners are to be told, and when they were told last. Long: not for the threads of a runtime.
fn due(store: &Store, told: &mut Told) -> Result<Vec<(AppNo, Option<Timestamp>)>, Problem> {
    told.read_on(store)?;
    let all: Vec<AppNo> = store.state().apps().map(|(no, _)| no).collect();
    let (now, mut due) = (store.now(), Vec::new());
    for some in all.chunks(APPS_AT_ONCE) {
        let state = store.state();
        let last = some.iter().map(|no| (*no, told.last.get(no).copied()));
        due.extend(last.filter(|(no, last)| is_report_due(&state, *no, *last, now)));
    }
    Ok(due)
}

fn busy(_: tokio::task::JoinError) -> Problem {
    Problem::new(503, "log-unavailable", "nothing can be counted at present")
}

impl Reporter {
    /// Over a store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, told: Arc::default() }
    }

    /// Looks again and again until it is stopped.
    pub async fn run(self, stopped: impl Future<Output = ()> + Send) {
        let mut stopped = std::pin::pin!(stopped);
        loop {
            tokio::select! {
                () = &mut stopped => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            match self.round().await {
                Ok(0) => {}
                Ok(issued) => tracing::info!(issued, "{issued} reports were issued to partners"),
                Err(_) => tracing::warn!("reports could not be issued; they are tried again"),
            }
        }
    }

    /// Issues what is due now; how many.
    ///
    /// # Errors
    /// The store cannot be read or written, or its index is being made again; what was issued before stays.
    pub async fn round(&self) -> Result<usize, Problem> {
        let (store, mut told) = (self.store.clone(), Arc::clone(&self.told).lock_owned().await);
        let due = tokio::task::spawn_blocking(move || due(&store, &mut told));
        let due = due.await.map_err(busy)??;
        let mut issued = 0;
        let failed = |error| uncounted(&self.store, error);
        for (app, before) in due {
            let store = self.store.clone();
            let counted = tokio::task::spawn_blocking(move || partner::written(&store, app)).await;
            let Some(document) = counted.map_err(busy)?.map_err(failed)? else { continue };
            let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
                Ok::<Commit<()>, Infallible>(issue_due_report(state, env, app, before, &document))
            };
            let done = self.store.commit(Urgency::Ordinary, None, flow).await;
            let Ok(_) = done.map_err(|failure| unavailable(&failure))?;
            issued += 1;
        }
        Ok(issued)
    }
}
