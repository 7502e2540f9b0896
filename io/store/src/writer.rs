//! The appending thread: the next batch begins when the last fsync has returned.

use crate::jobs::{Asked, Failure};
use crate::open::SharedParts;
use crate::sqlite_log::SqliteLog;
use crate::{snapshot, sqlite_log};
use consent::State;
use model::Position;
use parking_lot::{Condvar, Mutex};
use sequence::{BatchError, Job, Replica, Shared, StoreError, surplus};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Jobs of one batch: bounds the work between two fsyncs.
const BATCH_JOBS_MAX: usize = 1_024;
/// Jobs that may wait; more are turned away at once instead of timing out later. Endings are never turned away.
const QUEUE_JOBS_MAX: usize = 16_384;
/// How often the disk is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Jobs waiting for the next batch.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    more: Condvar,
}

#[derive(Default)]
struct Waiting {
    endings: VecDeque<Box<dyn Asked>>,
    others: VecDeque<Box<dyn Asked>>,
    stopped: bool,
}

impl Queue {
    /// Puts a job in line.
    pub(crate) fn push(&self, shared: &SharedParts, job: Box<dyn Asked>) {
        let mut waiting = self.waiting.lock();
        let refuse =
            waiting.stopped || (!job.is_ending() && waiting.others.len() >= QUEUE_JOBS_MAX);
        if refuse {
            drop(waiting);
            job.finish(
                shared,
                Err(Failure::Unavailable("too many requests are waiting".to_owned())),
            );
            return;
        }
        if job.is_ending() {
            waiting.endings.push_back(job)
        } else {
            waiting.others.push_back(job)
        }
        drop(waiting);
        self.more.notify_one();
    }

    /// Lets the thread end after what is waiting.
    pub(crate) fn stop(&self) {
        self.waiting.lock().stopped = true;
        self.more.notify_one();
    }

    /// The next batch, endings first; `None` when stopped and empty. An empty batch is a chance to look around.
    fn take(&self) -> Option<Vec<Box<dyn Asked>>> {
        let mut waiting = self.waiting.lock();
        if waiting.endings.is_empty() && waiting.others.is_empty() {
            if waiting.stopped {
                return None;
            }
            self.more.wait_for(&mut waiting, LOOK_EVERY);
        }
        let endings = waiting.endings.len().min(BATCH_JOBS_MAX);
        let mut batch: Vec<_> = waiting.endings.drain(..endings).collect();
        let others = waiting.others.len().min(BATCH_JOBS_MAX - batch.len());
        batch.extend(waiting.others.drain(..others));
        Some(batch)
    }
}

/// The state behind its lock, as the protocol sees it.
struct Locked<'a>(&'a parking_lot::RwLock<State>);

impl Shared for Locked<'_> {
    fn read_with(&self, run: &mut dyn FnMut(&State)) {
        run(&self.0.read());
    }

    fn write_with(&self, run: &mut dyn FnMut(&mut State)) {
        run(&mut self.0.write());
    }
}

/// Runs until the queue is stopped.
pub(crate) fn run(shared: &Arc<SharedParts>, mut replica: Replica) {
    while let Some(batch) = shared.queue.take() {
        shared.reserve.look();
        if shared.poisoned.load(Ordering::SeqCst) {
            reload(shared, &mut replica);
        }
        if !batch.is_empty() {
            serve(shared, &mut replica, batch);
        }
    }
}

fn serve(shared: &Arc<SharedParts>, replica: &mut Replica, batch: Vec<Box<dyn Asked>>) {
    let (mut ready, mut refused) = (Vec::with_capacity(batch.len()), Vec::new());
    let stopped = if shared.poisoned.load(Ordering::SeqCst) {
        Some(Failure::Corrupt("the log could not be loaded again".to_owned()))
    } else if shared.reserve.is_full() {
        Some(Failure::Full)
    } else if !shared.clock.is_trusted() {
        tracing::error!("the wall clock disagrees with the monotonic one: nothing is released");
        Some(Failure::Unavailable("the clock cannot be trusted".to_owned()))
    } else {
        None
    };
    for job in batch {
        // What ends goes on when disclosures must stop; only a log that cannot be loaded takes nothing.
        if stopped.is_some() && (!job.is_ending() || shared.poisoned.load(Ordering::SeqCst)) {
            refused.push(job);
        } else {
            ready.push(job);
        }
    }
    if let Some(failure) = stopped {
        refused.into_iter().for_each(|job| job.finish(shared, Err(failure.clone())));
    }
    settle(shared, replica, ready);
}

fn settle(shared: &Arc<SharedParts>, replica: &mut Replica, mut ready: Vec<Box<dyn Asked>>) {
    loop {
        let seen = shared.reserve.times_given();
        match attempt(shared, replica, &mut ready) {
            Ok(outcomes) => {
                landed(shared, &outcomes);
                ready
                    .into_iter()
                    .zip(outcomes)
                    .for_each(|(job, outcome)| job.finish(shared, Ok(outcome)));
                return;
            }
            // Whether disclosures have stopped already does not matter: what counts is that there is room to give.
            Err(BatchError::Store(StoreError::Full)) if shared.reserve.make_room(seen) => {
                ready = endings_of(shared, replica, ready, &Failure::Full);
            }
            // No entry is older than the one before it, so an ending takes that one's time; nothing is released.
            Err(error @ BatchError::ClockBehind(_)) if ready.iter().any(|job| !job.is_ending()) => {
                tracing::error!(%error, "disclosures stop, endings go on");
                ready = endings_of(shared, replica, ready, &Failure::from(error));
            }
            Err(BatchError::Refused(index, error)) if index < ready.len() => {
                tracing::error!(%error, "a flow made an event that state refuses");
                reload(shared, replica);
                ready.remove(index).finish(shared, Err(Failure::Corrupt(error.to_string())));
            }
            Err(error) => return fail(shared, replica, ready, error),
        }
    }
}

/// Turns away what may not go on, and gives the endings of a batch that came to nothing.
fn endings_of(
    shared: &Arc<SharedParts>,
    replica: &mut Replica,
    batch: Vec<Box<dyn Asked>>,
    failure: &Failure,
) -> Vec<Box<dyn Asked>> {
    reload(shared, replica);
    let (endings, others): (Vec<_>, Vec<_>) = batch.into_iter().partition(|job| job.is_ending());
    others.into_iter().for_each(|job| job.finish(shared, Err(failure.clone())));
    endings
}

/// Enders hold earlier answers against every event since, not only against their own; an answer that flies longer than
/// events are remembered counts as changed.
fn landed(shared: &SharedParts, outcomes: &[sequence::Appended]) {
    let mut recent = shared.recent.write();
    for outcome in outcomes {
        for (event, index) in outcome.events.iter().zip(0u64..) {
            recent.events.push((Position(outcome.first.0 + index), event.clone()));
        }
    }
    let surplus = surplus(&recent.events);
    let last = recent.events.drain(..surplus).next_back();
    if let Some((position, _)) = last {
        recent.dropped_below = Position(position.0 + 1);
    }
}

fn attempt(
    shared: &Arc<SharedParts>,
    replica: &mut Replica,
    ready: &mut [Box<dyn Asked>],
) -> Result<Vec<sequence::Appended>, BatchError> {
    let connection = shared.writer.lock();
    let mut store = SqliteLog::new(&connection);
    let mut jobs: Vec<&mut dyn Job> = ready.iter_mut().map(|job| job.job()).collect();
    replica.run(&mut store, &Locked(&shared.state), &mut jobs, &*shared.clock)
}

fn fail(
    shared: &Arc<SharedParts>,
    replica: &mut Replica,
    batch: Vec<Box<dyn Asked>>,
    error: BatchError,
) {
    tracing::error!(%error, "a batch of {} jobs came to nothing", batch.len());
    reload(shared, replica);
    let failure = Failure::from(error);
    batch.into_iter().for_each(|job| job.finish(shared, Err(failure.clone())));
}

/// State may be ahead of the log after a failure: it is folded again from what is durable.
fn reload(shared: &Arc<SharedParts>, replica: &mut Replica) {
    let connection = shared.writer.lock();
    let loaded = sqlite_log::head(&connection)
        .and_then(|head| snapshot::fold(&shared.directory, &connection).map(|state| (head, state)));
    match loaded {
        Ok((head, state)) => {
            let mut live = shared.state.write();
            *live = state;
            replica.loaded(head);
            shared.load.store(replica.load(), Ordering::SeqCst);
            drop(live);
            shared.poisoned.store(false, Ordering::SeqCst);
        }
        Err(error) => {
            tracing::error!(%error, "the log cannot be loaded again: nothing is released until it can");
            shared.poisoned.store(true, Ordering::SeqCst);
        }
    }
}
