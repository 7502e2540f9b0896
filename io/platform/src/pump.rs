//! Tells the facts: in order, until they are accepted.
//!
//! One push is under way at a time. A change pushes what is outstanding itself and so returns
//! only after its facts hold; what could not be pushed stays in the outbox for the next round.

use std::{
    future::Future,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::sync::{Mutex, Notify};

use crate::{
    clock::now_ms,
    facts::{
        BATCH_FACTS_MAX, BatchMode, Complete, Fact, FactBatch, FactError, FactSink,
        SNAPSHOT_FACTS_MAX, SOURCE,
    },
    store::{Store, StoreError, outbox},
};

/// A mark is sent at least this often; the gate takes facts for stale after six times that.
const MARK_EVERY: Duration = Duration::from_secs(10);
/// First wait after a failed round; it doubles up to `MARK_EVERY`.
const RETRY_AFTER: Duration = Duration::from_millis(250);
/// How long one batch may take; a sink that hangs is one that is down.
const PUSH_MAX: Duration = Duration::from_secs(10);
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
    turn: Mutex<()>,
    wake: Notify,
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
        Self { store, sink: RwLock::new(None), turn: Mutex::new(()), wake: Notify::new() }
    }

    /// Names the sink to tell from now on.
    pub(crate) fn connect(&self, sink: Arc<dyn FactSink>) {
        *self.sink.write().unwrap_or_else(PoisonError::into_inner) = Some(sink);
        self.wake.notify_one();
    }

    /// Tells everything outstanding; returns once the sink has the fact numbered `up_to`.
    pub(crate) async fn tell(&self, up_to: u64) -> Result<u64, PumpError> {
        let _turn = self.turn.lock().await;
        // Whoever had the turn before may have told this fact too.
        let marks = self.store.read(outbox::marks)?;
        if marks.pushed >= up_to && !marks.needs_resync() {
            return Ok(marks.pushed);
        }
        let told = self.round(Mark::Unneeded).await;
        if told.is_err() {
            self.wake.notify_one();
        }
        told
    }

    /// Tells everything outstanding and a mark, once.
    pub(crate) async fn once(&self) -> Result<u64, PumpError> {
        let _turn = self.turn.lock().await;
        self.round(Mark::Needed).await
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
    async fn round(&self, mark: Mark) -> Result<u64, PumpError> {
        let mut corrections = 0;
        let mut marked = matches!(mark, Mark::Unneeded);
        loop {
            let out = self.outstanding().await?;
            let pushed = out.marks.pushed;
            let result = if out.marks.needs_resync() {
                self.snapshot().await
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

    /// Pushes all standing facts in parts.
    async fn snapshot(&self) -> Result<(), PumpError> {
        let store = Arc::clone(&self.store);
        let mut snapshot = blocking(move || store.snapshot()).await?;
        let (sequence, wanted) = (snapshot.sequence(), snapshot.answers());
        let (mut part, mut ahead) = (0, None);
        loop {
            let (rest, facts, next) = blocking(move || {
                let facts = match ahead {
                    Some(facts) => facts,
                    None => snapshot.next_facts(SNAPSHOT_FACTS_MAX)?,
                };
                let next = snapshot.next_facts(SNAPSHOT_FACTS_MAX)?;
                Ok((snapshot, facts, next))
            })
            .await?;
            snapshot = rest;
            let last = next.is_empty();
            self.push(FactBatch {
                source: SOURCE.to_owned(),
                mode: BatchMode::Snapshot { sequence, part, last },
                facts,
                complete_up_to: None,
            })
            .await?;
            if last {
                self.write(move |tx| outbox::note_resync(tx, sequence, wanted)).await?;
                return Ok(());
            }
            (part, ahead) = (part + 1, Some(next));
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

    async fn push(&self, batch: FactBatch) -> Result<(), PumpError> {
        let sink = self.sink.read().unwrap_or_else(PoisonError::into_inner).clone();
        let sink = sink.ok_or(PumpError::NoSink)?;
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
