//! Previews of changes, and the change that is watched: readers of the log behind its head, off the path of requests.

use crate::open::Store;
use crate::query::StoredEntry;
use ledger::{Event, Payload, kind};
use model::{Millis, Position, Timestamp};
use parking_lot::Mutex;
use preview::{NotPreviewable, Preview, Progress, Report, Watch, Watched};
use rusqlite::OptionalExtension;
use sequence::StoreError;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Entries read at a time.
const PAGE: usize = 500;
/// Installations and grants looked at between two words on how far it is.
const STEP: usize = 50_000;
/// Entries that upkeep lets the watched change follow in one turn: index and snapshots wait meanwhile.
pub(crate) const WATCH_MAX: usize = 10_000;
/// Previews that are not done: each takes the memory of two states while it runs, and they run one after the other.
const WAITING_MAX: usize = 4;
/// Previews that are kept to be looked at.
const KEPT: usize = 16;
/// A preview that was asked for again within this time is the same one.
const FRESH: Millis = Millis::seconds(60);

/// Why a preview cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PreviewFailure {
    /// The change is none that can be previewed.
    #[error(transparent)]
    Change(#[from] NotPreviewable),
    /// Too many are under way.
    #[error("{WAITING_MAX} previews are under way already")]
    Busy,
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How far a preview is.
#[derive(Debug, Clone)]
pub enum PreviewStage {
    /// So many steps of so many; nothing is known yet where it waits for another one.
    Running {
        /// Steps done.
        done: u64,
        /// Of how many.
        of: u64,
    },
    /// Here it is.
    Done(Arc<Report>),
    /// It could not be made.
    Failed(String),
}

/// A preview that was begun.
#[derive(Debug)]
struct Job {
    events: Vec<Event>,
    done: AtomicU64,
    of: AtomicU64,
    result: Mutex<Option<Result<Arc<Report>, String>>>,
}

/// Previews that were begun, and the change that is watched.
#[derive(Default)]
pub(crate) struct Previews {
    jobs: Mutex<BTreeMap<u64, Arc<Job>>>,
    /// One runs at a time.
    turn: Mutex<()>,
    watch: Mutex<Option<Watch>>,
}

impl Job {
    fn stage(&self) -> PreviewStage {
        match &*self.result.lock() {
            None => PreviewStage::Running {
                done: self.done.load(Ordering::Relaxed),
                of: self.of.load(Ordering::Relaxed),
            },
            Some(Ok(report)) => PreviewStage::Done(Arc::clone(report)),
            Some(Err(error)) => PreviewStage::Failed(error.clone()),
        }
    }

    fn is_fresh(&self, now: Timestamp) -> bool {
        match &*self.result.lock() {
            None => true,
            Some(Ok(report)) => now.since(report.now) < FRESH,
            Some(Err(_)) => false,
        }
    }
}

fn corrupt(position: Position, error: &impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("entry {position}: {error}"))
}

impl Store {
    /// What events would do if they happened now. Long on a long log: call it from a blocking thread. Live state is not locked:
    /// the log is folded once more beside it. `told` hears how far it is.
    ///
    /// # Errors
    /// The events change no rule or cannot follow, or the store cannot be read.
    pub fn preview(
        &self,
        events: &[Event],
        mut told: impl FnMut(u64, u64),
    ) -> Result<Report, PreviewFailure> {
        let next = self.head()?.next();
        let state = self.state_at(next)?;
        let chains = u64::from(state.next_installation().0) + u64::from(state.next_grant().0);
        let mut preview = Preview::new(state, events, self.now())?;
        let from = self.first_since(preview.since(), next)?;
        // A page of entries and as many chains are about as much work.
        let all = next.0.saturating_sub(from.0) + chains;
        let mut at = from;
        loop {
            told(at.0.saturating_sub(from.0), all);
            let page = self.disclosures(at, next)?;
            let Some(last) = page.last() else { break };
            at = Position(last.position.0 + 1);
            for stored in &page {
                self.take_in(&mut preview, stored)?;
            }
        }
        let entries = next.0.saturating_sub(from.0);
        loop {
            match preview.step(STEP) {
                Progress::More(done, _) => told(entries + done, all),
                Progress::Done => return Ok(preview.report()),
            }
        }
    }

    fn take_in(&self, preview: &mut Preview, stored: &StoredEntry) -> Result<(), StoreError> {
        let wrong = |error| corrupt(stored.position, &error);
        match stored.open().map_err(wrong)? {
            Some(entry) => match &entry.payload {
                Payload::Disclosure(payload) => preview.disclosure(&entry.leaf, Some(payload)),
                Payload::Refusals(_)
                | Payload::WritePermitted(_)
                | Payload::WriteOutcome(_)
                | Payload::Control(_) => {}
            },
            None => preview.disclosure(&stored.read_leaf().map_err(wrong)?, None),
        }
        Ok(())
    }

    /// The first entry that is not older than an instant. Times never go back in the log.
    fn first_since(&self, since: Timestamp, next: Position) -> Result<Position, StoreError> {
        let (mut low, mut high) = (0, next.0);
        while low < high {
            let middle = low + (high - low) / 2;
            let time: Option<u64> = self.read(|connection| {
                connection
                    .prepare_cached("SELECT time FROM entry WHERE position = ?1")?
                    .query_row([middle], |row| row.get(0))
                    .optional()
            })?;
            if time.is_some_and(|time| time < since.0) { low = middle + 1 } else { high = middle }
        }
        Ok(Position(low))
    }

    /// Begins a preview beside everything else, and gives it a number to ask after.
    ///
    /// # Errors
    /// Too many are under way, or no thread can be started.
    pub fn begin_preview(&self, events: Vec<Event>) -> Result<u64, PreviewFailure> {
        let now = self.now();
        let mut jobs = self.shared.previews.jobs.lock();
        let same = |job: &Job| job.events == events && job.is_fresh(now);
        if let Some((number, _)) = jobs.iter().rev().find(|(_, job)| same(job)) {
            return Ok(*number);
        }
        if jobs.values().filter(|job| job.result.lock().is_none()).count() >= WAITING_MAX {
            return Err(PreviewFailure::Busy);
        }
        let number = jobs.last_key_value().map_or(1, |(last, _)| last + 1);
        let job = Arc::new(Job {
            events,
            done: AtomicU64::new(0),
            of: AtomicU64::new(0),
            result: Mutex::new(None),
        });
        jobs.insert(number, Arc::clone(&job));
        while jobs.len() > KEPT {
            let Some(old) = jobs.iter().find(|(_, job)| job.result.lock().is_some()) else { break };
            let old = *old.0;
            jobs.remove(&old);
        }
        drop(jobs);
        let store = self.clone();
        let run = move || {
            let _turn = store.shared.previews.turn.lock();
            let told = |done, of| {
                job.done.store(done, Ordering::Relaxed);
                job.of.store(of, Ordering::Relaxed);
            };
            let result = store.preview(&job.events, told);
            *job.result.lock() = Some(result.map(Arc::new).map_err(|error| error.to_string()));
        };
        std::thread::Builder::new()
            .name("preview".to_owned())
            .spawn(run)
            .map_err(|error| StoreError::Unavailable(format!("preview: {error}")))?;
        Ok(number)
    }

    /// How far a preview is; none for a number that was not given or is forgotten.
    #[must_use]
    pub fn preview_stage(&self, number: u64) -> Option<PreviewStage> {
        let job = self.shared.previews.jobs.lock().get(&number).map(Arc::clone);
        job.map(|job| job.stage())
    }

    /// What the watched change would have done, the log up to now included; none where none is watched. Long where it has not
    /// followed yet: call it from a blocking thread.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn watched(&self) -> Result<Option<Watched>, StoreError> {
        while self.follow_watched(WATCH_MAX)? {}
        Ok(self.shared.previews.watch.lock().as_ref().map(Watch::report))
    }

    /// Lets the watched change follow the log for at most so many entries; whether there are more.
    pub(crate) fn follow_watched(&self, most: usize) -> Result<bool, StoreError> {
        let wanted = self.state().audited().map(|(at, change)| (at, Arc::clone(change)));
        let mut watch = self.shared.previews.watch.lock();
        let Some((since, change)) = wanted else {
            *watch = None;
            return Ok(false);
        };
        if watch.as_ref().is_none_or(|watch| watch.since() != since) {
            let state = self.state_at(Position(since.0 + 1))?;
            let begun = Watch::new(state, since, change);
            *watch = Some(begun.map_err(|error| corrupt(since, &error))?);
        }
        let Some(watch) = watch.as_mut() else { return Ok(false) };
        let mut left = most;
        while left > 0 && !watch.is_over() {
            let page = self.entries(watch.next(), left.min(PAGE))?;
            left -= page.len();
            for stored in &page {
                follow(watch, stored)?;
            }
            if page.len() < PAGE {
                return Ok(left == 0 && !watch.is_over());
            }
        }
        Ok(!watch.is_over())
    }

    /// The next disclosures below a position.
    fn disclosures(&self, from: Position, below: Position) -> Result<Vec<StoredEntry>, StoreError> {
        self.entries_of_kind(kind::DISCLOSURE, from, below, PAGE)
    }
}

fn follow(watch: &mut Watch, stored: &StoredEntry) -> Result<(), StoreError> {
    let entry = stored.open().map_err(|error| corrupt(stored.position, &error))?;
    let followed = match entry {
        Some(entry) => watch.entry(stored.position, &entry),
        None => watch.skip(stored.position, stored.kind, stored.time),
    };
    followed.map_err(|error| corrupt(stored.position, &error))
}
