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
use model::{AppNo, Env, Millis, Position, Timestamp};
use sequence::{Commit, Lookup, StoreError};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use store::{Store, Urgency};
use tokio::sync::Mutex;
use usage::Own;

/// Before the first look: a process that is started again and again looks too.
const LOOK_FIRST: Duration = Duration::from_secs(2);
/// Between two looks at what is due. After one that failed it is less, at first [`LOOK_FIRST`] and then twice as long each time.
const LOOK_EVERY: Duration = Duration::from_secs(15 * 60);
/// Apps looked at under one lock.
const APPS_AT_ONCE: usize = 2_000;
/// Numbers of installations and grants that one look at all of them may find, for all apps that are due together: some 32 MB at most.
const NUMBERS_MAX: usize = 4_000_000;
/// What was found serves for so long: an app that is counted later may have got more since, and is looked for anew.
const SERVES: Millis = Millis::minutes(10);
/// Apps whose reports are written together, and become durable together.
const REPORTS_AT_ONCE: usize = 32;

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

/// Apps, and when their partners were told last.
type Due = BTreeMap<AppNo, Option<Timestamp>>;

/// What is whose, as it was found at an instant; apps that were counted are gone.
struct Found {
    at: Timestamp,
    own: std::vec::IntoIter<(AppNo, Own)>,
}

/// A report that is to be issued.
struct Written {
    app: AppNo,
    before: Option<Timestamp>,
    document: String,
}

/// Apps whose partners are to be told. Long: not for the threads of a runtime.
fn due(store: &Store, told: &mut Told) -> Result<Due, Problem> {
    told.read_on(store)?;
    let all: Vec<AppNo> = store.state().apps().map(|(no, _)| no).collect();
    let (now, mut due) = (store.now(), Due::new());
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
        let (mut wait, mut after_failure) = (LOOK_FIRST, LOOK_FIRST);
        loop {
            tokio::select! {
                () = &mut stopped => return,
                () = tokio::time::sleep(wait) => {}
            }
            let done = tokio::select! {
                () = &mut stopped => return,
                done = self.round() => done,
            };
            match done {
                Ok(issued) => {
                    (wait, after_failure) = (LOOK_EVERY, LOOK_FIRST);
                    if issued > 0 {
                        tracing::info!(issued, "{issued} reports were issued to partners");
                    }
                }
                Err(_) => {
                    tracing::warn!("reports could not be issued; they are tried again");
                    wait = after_failure;
                    after_failure = after_failure.saturating_mul(2).min(LOOK_EVERY);
                }
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
        let (mut due, mut found, mut issued) = (due.await.map_err(busy)??, None, 0);
        while !due.is_empty() {
            let store = self.store.clone();
            let writing = tokio::task::spawn_blocking(move || {
                let written = write_some(&store, &mut due, &mut found);
                (due, found, written)
            });
            let written;
            (due, found, written) = writing.await.map_err(busy)?;
            issued += self.issue(written.map_err(|error| uncounted(&self.store, error))?).await?;
        }
        Ok(issued)
    }

    /// Issues some reports with one commit; how many.
    async fn issue(&self, written: Vec<Written>) -> Result<usize, Problem> {
        let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
            let mut all = Commit::nothing(0);
            for Written { app, before, document } in &written {
                let one = issue_due_report(state, env, *app, *before, document);
                all.events.extend(one.events);
                all.writes.extend(one.writes);
            }
            all.reply = all.events.len();
            Ok::<Commit<usize>, Infallible>(all)
        };
        let done = self.store.commit(Urgency::Ordinary, None, flow).await;
        let Ok(done) = done.map_err(|failure| unavailable(&failure))?;
        Ok(done.reply)
    }
}

/// Counts and writes some of what is due, from what was found, or finds it first: one look at every installation and grant serves
/// all apps together. Long at scale.
fn write_some(
    store: &Store,
    due: &mut Due,
    found: &mut Option<Found>,
) -> Result<Vec<Written>, StoreError> {
    store.is_counted()?;
    let now = store.now();
    let mut serving = match found.take().filter(|one| now.since(one.at) < SERVES) {
        Some(serving) => serving,
        None => {
            let apps = due.keys().copied().collect();
            Found { at: now, own: store.own_by_app(&apps, NUMBERS_MAX).into_iter() }
        }
    };
    let mut written = Vec::new();
    for (app, own) in serving.own.by_ref().take(REPORTS_AT_ONCE) {
        let before = due.remove(&app).flatten();
        let holdings = store.holdings_among(app, own)?;
        let document =
            holdings.map(|holdings| partner::written_of(store, &holdings)).transpose()?;
        written.extend(document.flatten().map(|document| Written { app, before, document }));
    }
    *found = Some(serving).filter(|serving| serving.own.len() > 0);
    Ok(written)
}
