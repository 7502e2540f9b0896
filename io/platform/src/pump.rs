//! Tells the facts: in order, until they are accepted.
//!
//! One push is under way at a time. A change pushes what is outstanding itself and so returns
//! only after its facts hold; what could not be pushed stays in the outbox for the next round.
//! A snapshot goes on at the part that was not answered: a sink that has to work long on its last
//! part is asked for it again, and not brought the whole snapshot again.

use std::{
    future::Future,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::{
    sync::{Mutex, Notify},
    time::Instant,
};

use crate::{
    clock::now_ms,
    facts::{
        BATCH_FACTS_MAX, BatchMode, Complete, Fact, FactBatch, FactError, FactSink,
        SNAPSHOT_FACTS_MAX, SOURCE,
    },
    store::{Snapshot, Store, StoreError, outbox},
};

/// A mark is sent at least this often; the gate takes facts for stale after six times that.
const MARK_EVERY: Duration = Duration::from_secs(10);
/// First wait after a failed round; it doubles up to `MARK_EVERY`.
const RETRY_AFTER: Duration = Duration::from_millis(250);
/// How long one batch may take; a sink that hangs is one that is down.
const PUSH_MAX: Duration = Duration::from_secs(10);
/// How long a snapshot is kept for a sink that answers to none of its parts: it holds a view of
/// the database open.
const SNAPSHOT_KEPT: Duration = Duration::from_secs(30 * 60);
/// Corrections of position in one round before giving up on it.
const CORRECTIONS_MAX: u32 = 4;

/// Why a round did not tell everything.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PumpError {
    #[error("no fact sink is connected")]
    NoSink,
    #[error("fact sink did not answer in time")]
    TimedOut,
    #[error(transparent)]
    Sink(#[from] FactError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Carries facts from the outbox to the sink.
pub(crate) struct Pump {
    store: Arc<Store>,
    sink: RwLock<Option<Arc<dyn FactSink>>>,
    /// Whoever has it pushes; with it goes a snapshot that broke off.
    turn: Mutex<Option<Telling>>,
    wake: Notify,
}

/// A snapshot on its way, a part at a time.
struct Telling {
    snapshot: Snapshot,
    to: Arc<dyn FactSink>,
    part: u32,
    facts: Vec<Fact>,
    /// Facts of the next part; none: this is the last.
    ahead: Vec<Fact>,
    answered_at: Instant,
}

impl Telling {
    fn begin(store: &Store, to: Arc<dyn FactSink>) -> Result<Self, StoreError> {
        let mut snapshot = store.snapshot()?;
        let facts = snapshot.next_facts(SNAPSHOT_FACTS_MAX)?;
        let ahead = snapshot.next_facts(SNAPSHOT_FACTS_MAX)?;
        Ok(Self { snapshot, to, part: 0, facts, ahead, answered_at: Instant::now() })
    }

    fn advance(mut self) -> Result<Self, StoreError> {
        let next = self.snapshot.next_facts(SNAPSHOT_FACTS_MAX)?;
        self.facts = std::mem::replace(&mut self.ahead, next);
        self.part += 1;
        self.answered_at = Instant::now();
        Ok(self)
    }

    fn is_last(&self) -> bool {
        self.ahead.is_empty()
    }

    fn batch(&self) -> FactBatch {
        let (sequence, part, last) = (self.snapshot.sequence(), self.part, self.is_last());
        FactBatch {
            source: SOURCE.to_owned(),
            mode: BatchMode::Snapshot { sequence, part, last },
            facts: self.facts.clone(),
            complete_up_to: None,
        }
    }
}

/// What the outbox holds, read in one view.
struct Outstanding {
    marks: outbox::Marks,
    facts: Vec<Fact>,
    at: i64,
}

impl Outstanding {
    /// Whether the facts follow the accepted ones without gaps.
    fn is_contiguous(&self) -> bool {
        let count = u64::try_from(self.facts.len()).unwrap_or(u64::MAX);
        let first = self.facts.first().map(|fact| fact.sequence);
        let last = self.facts.last().map_or(self.marks.pushed, |fact| fact.sequence);
        let starts = first.is_none_or(|first| first == self.marks.pushed + 1);
        // No facts although some are owed: they were dropped, or are a boundary.
        let owed = self.facts.is_empty() && self.marks.pushed < self.marks.last;
        starts && !owed && last == self.marks.pushed + count
    }

    fn batch(self) -> FactBatch {
        let sequence = self.facts.last().map_or(self.marks.pushed, |fact| fact.sequence);
        let complete = Complete { sequence, at: self.at };
        FactBatch {
            source: SOURCE.to_owned(),
            mode: BatchMode::Changes { after: self.marks.pushed },
            // The moment was taken before the view: whatever was committed by then is in it.
            complete_up_to: (sequence == self.marks.last).then_some(complete),
            facts: self.facts,
        }
    }
}

impl Pump {
    pub(crate) fn new(store: Arc<Store>) -> Self {
        Self { store, sink: RwLock::new(None), turn: Mutex::new(None), wake: Notify::new() }
    }

    /// Names the sink to tell from now on.
    pub(crate) fn connect(&self, sink: Arc<dyn FactSink>) {
        *self.sink.write().unwrap_or_else(PoisonError::into_inner) = Some(sink);
        self.wake.notify_one();
    }

    /// Tells everything outstanding; returns once the sink has the fact numbered `up_to`.
    pub(crate) async fn tell(&self, up_to: u64) -> Result<u64, PumpError> {
        let mut turn = self.turn.lock().await;
        // Whoever had the turn before may have told this fact too.
        let marks = self.store.read(outbox::marks)?;
        if marks.pushed >= up_to && !marks.needs_resync() {
            return Ok(marks.pushed);
        }
        let told = self.round(&mut turn, Mark::Unneeded).await;
        if told.is_err() {
            self.wake.notify_one();
        }
        told
    }

    /// Tells everything outstanding and a mark, once.
    pub(crate) async fn once(&self) -> Result<u64, PumpError> {
        let mut turn = self.turn.lock().await;
        self.round(&mut turn, Mark::Needed).await
    }

    /// Tells facts and marks until stopped.
    pub(crate) async fn run(&self, stop: impl Future<Output = ()> + Send) {
        let mut stop = std::pin::pin!(stop);
        let mut wait = Duration::ZERO;
        loop {
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(wait) => {}
                () = self.wake.notified() => {
                    // Changes that fail to push wake the pump; it still gives the sink a breath.
                    tokio::time::sleep(wait.min(RETRY_AFTER)).await;
                }
            }
            wait = match self.once().await {
                Ok(_) => MARK_EVERY,
                Err(PumpError::NoSink) => MARK_EVERY,
                Err(error) => {
                    tracing::warn!(%error, "facts are not told");
                    if wait == MARK_EVERY { RETRY_AFTER } else { (wait * 2).max(RETRY_AFTER) }
                        .min(MARK_EVERY / 2)
                }
            };
        }
    }

    /// Pushes until nothing is outstanding. The caller has the turn.
    async fn round(&self, broken_off: &mut Option<Telling>, mark: Mark) -> Result<u64, PumpError> {
        let mut corrections = 0;
        let mut marked = matches!(mark, Mark::Unneeded);
        loop {
            let out = self.outstanding().await?;
            let pushed = out.marks.pushed;
            let result = if out.marks.needs_resync() {
                self.snapshot(broken_off).await
            } else if !out.is_contiguous() {
                self.write(outbox::want_resync).await?;
                continue;
            } else if out.facts.is_empty() && marked {
                return Ok(pushed);
            } else {
                let batch = out.batch();
                marked |= batch.complete_up_to.is_some();
                self.changes(batch).await
            };
            match result {
                Ok(()) => {}
                Err(PumpError::Sink(FactError::Gap { expected })) => {
                    corrections += 1;
                    if corrections > CORRECTIONS_MAX {
                        return Err(FactError::Gap { expected }.into());
                    }
                    self.correct(expected).await?;
                    marked = matches!(mark, Mark::Unneeded);
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn outstanding(&self) -> Result<Outstanding, PumpError> {
        let store = Arc::clone(&self.store);
        let read = move || {
            let at = now_ms();
            store.read(|view| {
                let marks = outbox::marks(view)?;
                let facts = outbox::after(view, marks.pushed, BATCH_FACTS_MAX)?;
                Ok::<_, StoreError>(Outstanding { marks, facts, at })
            })
        };
        Ok(blocking(read).await?)
    }

    async fn changes(&self, batch: FactBatch) -> Result<(), PumpError> {
        let last = batch.facts.last().map(|fact| fact.sequence);
        self.push(batch).await?;
        if let Some(last) = last {
            self.write(move |tx| outbox::note_pushed(tx, last)).await?;
        }
        Ok(())
    }

    /// Pushes all standing facts in parts, or what is left of them.
    async fn snapshot(&self, broken_off: &mut Option<Telling>) -> Result<(), PumpError> {
        let sink = self.sink()?;
        let goes_on = |one: &Telling| {
            Arc::ptr_eq(&one.to, &sink) && one.answered_at.elapsed() < SNAPSHOT_KEPT
        };
        let mut telling = match broken_off.take().filter(goes_on) {
            Some(telling) => telling,
            None => {
                let store = Arc::clone(&self.store);
                blocking(move || Telling::begin(&store, sink)).await?
            }
        };
        loop {
            match self.push(telling.batch()).await {
                Ok(()) => {}
                Err(error @ (PumpError::TimedOut | PumpError::Sink(FactError::Unavailable(_)))) => {
                    // The sink has the parts before this one, and may be at work on this one.
                    *broken_off = Some(telling);
                    return Err(error);
                }
                Err(error) => return Err(error),
            }
            if telling.is_last() {
                let (sequence, wanted) = (telling.snapshot.sequence(), telling.snapshot.answers());
                self.write(move |tx| outbox::note_resync(tx, sequence, wanted)).await?;
                return Ok(());
            }
            telling = blocking(move || telling.advance()).await?;
        }
    }

    /// Goes to where the sink says it stands.
    async fn correct(&self, expected: u64) -> Result<(), PumpError> {
        let has = expected.saturating_sub(1);
        let marks = self.store.read(outbox::marks)?;
        tracing::warn!(sink.has = has, told = marks.pushed, "fact sink stands elsewhere");
        if has > marks.last {
            self.write(move |tx| outbox::skip_to(tx, has)).await?;
        } else if has > marks.pushed {
            self.write(move |tx| outbox::note_pushed(tx, has)).await?;
        } else {
            self.write(move |tx| outbox::go_back(tx, has)).await?;
        }
        Ok(())
    }

    fn sink(&self) -> Result<Arc<dyn FactSink>, PumpError> {
        let sink = self.sink.read().unwrap_or_else(PoisonError::into_inner).clone();
        sink.ok_or(PumpError::NoSink)
    }

    async fn push(&self, batch: FactBatch) -> Result<(), PumpError> {
        let sink = self.sink()?;
        // A push that is given up may have been taken; it is repeated with the same numbers.
        let pushed = tokio::time::timeout(PUSH_MAX, sink.push(batch)).await;
        pushed.map_err(|_| PumpError::TimedOut)??;
        Ok(())
    }

    async fn write(
        &self,
        change: impl FnOnce(&rusqlite::Connection) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        let store = Arc::clone(&self.store);
        blocking(move || store.write(|tx| change(tx))).await
    }
}

/// Whether a round must send a mark even if there are no facts.
#[derive(Debug, Clone, Copy)]
enum Mark {
    Needed,
    Unneeded,
}

/// Runs file work on a thread that may block.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))?
}
