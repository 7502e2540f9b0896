//! One process: its replica, its shared state, its queue, its lease.

use crate::intent::EventJob;
use crate::invariants::{Violation, broken};
use crate::store::{Connection, Fault, Store};
use consent::State;
use ledger::{Event, Payload};
use model::{Position, Timestamp, limits};
use sequence::{Appended, BatchError, Clock, Job, Lease, PermitJob, Replica, Shared};
use std::cell::{Cell, RefCell};

/// State behind the lock that readers share with the appending thread.
#[derive(Debug, Default)]
pub(crate) struct SharedState(RefCell<State>);

impl Shared for SharedState {
    fn read_with(&self, run: &mut dyn FnMut(&State)) {
        run(&self.0.borrow());
    }

    fn write_with(&self, run: &mut dyn FnMut(&mut State)) {
        run(&mut self.0.borrow_mut());
    }
}

impl SharedState {
    pub(crate) fn with<R>(&self, run: impl FnOnce(&State) -> R) -> R {
        run(&self.0.borrow())
    }
}

/// The clock of entry times.
pub(crate) struct StoreClock {
    pub(crate) now: Timestamp,
    pub(crate) seed: Cell<u64>,
}

impl Clock for StoreClock {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn seed(&self) -> [u8; 32] {
        let mut rng = crate::rng::Rng::new(self.seed.get());
        self.seed.set(self.seed.get().wrapping_add(1));
        rng.bytes()
    }

    fn is_trusted(&self) -> bool {
        true
    }
}

/// A job in the queue of a process.
#[derive(Debug)]
pub(crate) enum Queued {
    Permit { request: u64, job: Box<PermitJob> },
    Event { ender: u64, job: EventJob },
}

impl Queued {
    fn job(&mut self) -> &mut dyn Job {
        match self {
            Self::Permit { job, .. } => job.as_mut(),
            Self::Event { job, .. } => job,
        }
    }

    fn is_ending(&self) -> bool {
        match self {
            Self::Permit { job, .. } => job.is_ending(),
            Self::Event { job, .. } => job.is_ending(),
        }
    }
}

/// One process of three.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) id: usize,
    pub(crate) state: SharedState,
    pub(crate) replica: Replica,
    pub(crate) is_up: bool,
    /// How often it was started.
    pub(crate) life: u64,
    /// Nothing of it runs before this instant.
    pub(crate) paused_until: u64,
    /// It does not reach the store before this instant, and does not know why.
    pub(crate) cut_until: u64,
    /// The appending thread is stuck between commit and listing its answers.
    pub(crate) is_stuck: bool,
    /// Its clock runs ahead of (or, negative, behind) the store's.
    pub(crate) skew: i64,
    pub(crate) lease: Option<Lease>,
    /// Events below were held against the answers on their way.
    pub(crate) checked: Position,
    pub(crate) queue: Vec<Queued>,
}

impl Process {
    pub(crate) fn new(id: usize) -> Self {
        Self {
            id,
            state: SharedState::default(),
            replica: Replica::default(),
            is_up: true,
            life: 0,
            paused_until: 0,
            cut_until: 0,
            is_stuck: false,
            skew: 0,
            lease: None,
            checked: Position(0),
            queue: Vec::new(),
        }
    }

    pub(crate) fn runs(&self, now: u64) -> bool {
        self.is_up && now >= self.paused_until
    }

    /// Its own clock.
    pub(crate) fn now(&self, now: u64) -> Timestamp {
        Timestamp(now.saturating_add_signed(self.skew))
    }

    /// A clock that is further off shows against the store's, or its own monotonic one.
    pub(crate) fn trusts_clock(&self) -> bool {
        self.skew.unsigned_abs() <= limits::CLOCK_SKEW_MAX.0
    }

    /// Takes out of the queue what goes into one batch, endings first.
    pub(crate) fn next_jobs(&mut self) -> Vec<Queued> {
        let most = self.queue.len().min(24);
        let mut jobs: Vec<Queued> = self.queue.drain(..most).collect();
        jobs.sort_by_key(|job| !job.is_ending());
        jobs
    }

    /// Runs one batch.
    pub(crate) fn batch(
        &mut self,
        store: &mut Store,
        jobs: &mut [Queued],
        fault: Fault,
        clock: &StoreClock,
        meanwhile: &mut dyn FnMut(&SharedState),
    ) -> Result<Vec<Appended>, BatchError> {
        let Self { state, replica, .. } = self;
        let mut during = || meanwhile(state);
        let mut connection = Connection { store, fault, meanwhile: &mut during };
        let mut turn: Vec<&mut dyn Job> = jobs.iter_mut().map(Queued::job).collect();
        replica.run(&mut connection, state, &mut turn, clock)
    }

    /// Control events that the answers on their way were not held against yet.
    pub(crate) fn unchecked(&self) -> Vec<Event> {
        let recent = self.replica.recent().iter();
        recent.filter(|(at, _)| *at >= self.checked).map(|(_, event)| event.clone()).collect()
    }

    /// Loads the state from the log, or from the newest snapshot and the log behind it. Returns the control events that it did not hold its answers against yet.
    pub(crate) fn load(&mut self, store: &Store) -> Result<Vec<Event>, Violation> {
        let mut state = match store.snapshot.as_deref().map(State::decode_snapshot) {
            Some(Ok(state)) => state,
            Some(Err(error)) => return broken("snapshots read back", error.to_string()),
            None => State::default(),
        };
        let mut missed = Vec::new();
        // Events that the snapshot holds already may be unknown to answers on their way.
        for number in self.checked.0..state.next().0 {
            if let Some(Payload::Control(event)) = store.entry(Position(number)).map(|e| e.payload)
            {
                missed.push(event);
            }
        }
        for number in state.next().0..store.head.next().0 {
            let position = Position(number);
            let Some(entry) = store.entry(position) else {
                return broken("entries read back", format!("{position}"));
            };
            if let Err(error) = state.apply(position, entry.leaf.time, &entry.payload) {
                return broken("the log can be folded", format!("{position}: {error}"));
            }
            if let Payload::Control(event) = entry.payload
                && position >= self.checked
            {
                missed.push(event);
            }
        }
        self.state = SharedState(RefCell::new(state));
        self.replica.loaded(store.head.clone());
        Ok(missed)
    }
}
