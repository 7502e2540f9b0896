//! The task that tells partners, each 90 days, what their apps hold beside what they used.
//!
//! It ends no access: what an unacknowledged report restricts is judged at each request.

use crate::api::{unavailable, unreadable};
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
use std::time::Duration;
use store::{Store, Urgency};

/// Between two looks at what is due.
const LOOK_EVERY: Duration = Duration::from_secs(15 * 60);

/// Issues reports that are due.
pub struct Reporter {
    store: Store,
}

impl Reporter {
    /// Over a store.
    #[must_use]
    pub const fn new(store: Store) -> Self {
        Self { store }
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
    /// The store cannot be read or written; what was issued before stays.
    pub async fn round(&self) -> Result<usize, Problem> {
        let mut last: BTreeMap<AppNo, Timestamp> = BTreeMap::new();
        conduct::walk(&self.store, REPORT_ISSUED, Position(u64::MAX), |stored, event| {
            if let Event::ReportIssued(event) = event {
                last.entry(event.app).or_insert(stored.time);
            }
            true
        })?;
        let due: Vec<AppNo> = {
            let (now, state) = (self.store.now(), self.store.state());
            let apps = state.apps().map(|(no, _)| no);
            apps.filter(|no| is_report_due(&state, *no, last.get(no).copied(), now)).collect()
        };
        let mut issued = 0;
        for app in due {
            let store = self.store.clone();
            let counted = tokio::task::spawn_blocking(move || partner::written(&store, app)).await;
            let busy =
                |_| Problem::new(503, "log-unavailable", "nothing can be counted at present");
            let Some(document) = counted.map_err(busy)?.map_err(unreadable)? else { continue };
            let before = last.get(&app).copied();
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
