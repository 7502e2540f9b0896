//! One replica's turn at the log: lock, take in the tail, settle jobs, append, all durable together.

use crate::NameOf;
use crate::recent::surplus;
use consent::{FoldError, State};
use ledger::{Entry, Event, Fact, Frontier, Payload, PreparedEntry, SealedEntry};
use model::{ContextNo, Env, PersonNo, Position, Timestamp, limits};

/// The head of the log, as the store keeps it beside the entries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// Time of the last entry.
    pub time: u64,
    /// Size and peaks of the tree.
    pub frontier: Frontier,
    /// Counts restores: a store that was rolled back must not look like the one that a replica knew.
    pub epoch: u64,
}

impl Head {
    /// The next entry's position.
    #[must_use]
    pub const fn next(&self) -> Position {
        Position(self.frontier.size())
    }
}

/// What a store can say when it fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Nothing was written. Disk full, lock not available.
    #[error("store is unavailable: {0}")]
    Unavailable(String),
    /// No space is left for anything but endings.
    #[error("store is full")]
    Full,
    /// Nobody knows whether it was written.
    #[error("the outcome of a commit is unknown: {0}")]
    Unknown(String),
    /// What was read cannot be right.
    #[error("store is corrupt: {0}")]
    Corrupt(String),
}

/// Standing facts that are not resident, looked up under the lock.
pub trait Lookup {
    /// Whether the person is a member of the context now, by the platform's facts.
    fn is_member(&self, person: PersonNo, context: ContextNo) -> bool;

    /// Digest of what a partner or app says about itself now.
    fn details(&self, of: NameOf) -> Option<[u8; 32]>;
}

/// What an event says that a partner or app says about itself from now on.
#[must_use]
pub fn details_in(event: &Event, of: NameOf) -> Option<[u8; 32]> {
    let (whose, details) = match event {
        Event::PartnerMade(event) => (NameOf::Partner(event.partner), event.details),
        Event::PartnerChanged(event) => (NameOf::Partner(event.partner), Some(event.details)),
        Event::AppMade(event) => (NameOf::App(event.app), event.details),
        Event::AppChanged(event) => (NameOf::App(event.app), event.details),
        _ => return None,
    };
    details.filter(|_| whose == of)
}

/// A store of the log, held under its append lock from [`LogStore::lock`] to [`LogStore::append`] or [`LogStore::unlock`].
pub trait LogStore: Lookup {
    /// Rows that go with the entries into one commit.
    type Write;

    /// Takes the append lock and reads the head.
    ///
    /// # Errors
    /// [`StoreError`]; the lock is not held then.
    fn lock(&mut self) -> Result<Head, StoreError>;

    /// Entries from a position to the head. Only control events need their payload read; others may be given as
    /// [`Tail::Passed`].
    ///
    /// # Errors
    /// [`StoreError`]; the lock stays held.
    fn tail(&mut self, from: Position) -> Result<Vec<Tail>, StoreError>;

    /// Appends and makes durable, in one commit with the rows and the new head; gives up the lock in any case.
    ///
    /// # Errors
    /// [`StoreError::Unknown`] if it may or may not have happened.
    fn append(
        &mut self,
        entries: &[SealedEntry],
        writes: Vec<Self::Write>,
        head: &Head,
    ) -> Result<(), StoreError>;

    /// Gives up the lock without a change.
    fn unlock(&mut self);
}

/// An entry as a replica takes it in.
#[derive(Debug, Clone)]
pub enum Tail {
    /// A control event.
    Control(Position, Timestamp, Box<Event>),
    /// Everything else up to, not including, this position, the last of it at this time.
    Passed(Position, Timestamp),
}

/// The clock that entry times come from. Whether it can be trusted is the owner's check.
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;
    /// A fresh unguessable seed.
    fn seed(&self) -> [u8; 32];
    /// Whether it agrees with the monotonic clock; if not, nothing may be released.
    fn is_trusted(&self) -> bool;
}

/// What a job contributes to the batch.
pub struct Prepared<W = crate::VaultWrite> {
    entries: Vec<PreparedEntry>,
    events: Vec<Event>,
    marks: Vec<Event>,
    writes: Vec<W>,
}

impl<W> Prepared<W> {
    /// Nothing: refused, or sent back.
    #[must_use]
    pub const fn nothing() -> Self {
        Self { entries: Vec::new(), events: Vec::new(), marks: Vec::new(), writes: Vec::new() }
    }

    /// One entry that is no control event.
    #[must_use]
    pub fn of(entry: Option<PreparedEntry>) -> Self {
        Self { entries: entry.into_iter().collect(), ..Self::nothing() }
    }

    /// Control events, entries behind them, and rows.
    #[must_use]
    pub const fn control(events: Vec<Event>, entries: Vec<PreparedEntry>, writes: Vec<W>) -> Self {
        Self { entries, events, marks: Vec::new(), writes }
    }

    /// The same with these marks of use: control events behind everything else, which end nothing.
    #[must_use]
    pub fn marked(mut self, marks: Vec<Event>) -> Self {
        self.marks = marks;
        self
    }

    /// The same with these rows.
    #[must_use]
    pub fn with(mut self, writes: Vec<W>) -> Self {
        self.writes.extend(writes);
        self
    }

    const fn is_nothing(&self) -> bool {
        self.entries.is_empty() && self.events.is_empty() && self.writes.is_empty()
    }
}

/// Something that wants a turn under the lock.
pub trait Job<W = crate::VaultWrite> {
    /// Whether it goes first and may use the reserve.
    fn is_ending(&self) -> bool;

    /// Says what to append, against the state at the head. Called once in each batch that the job is in.
    fn prepare(
        &mut self,
        state: &State,
        lookup: &dyn Lookup,
        env: &Env,
        recent: Recent<'_>,
    ) -> Prepared<W>;
}

/// What a permit is held against.
#[derive(Debug, Clone, Copy)]
pub struct Recent<'a> {
    /// [`Replica::load`].
    pub load: u64,
    /// Recent control events, oldest first, without a gap up to the head.
    pub events: &'a [(Position, Event)],
}

/// Where a job's entries went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Position of its first entry; of the head where it appended none.
    pub first: Position,
    /// How many entries.
    pub count: u64,
    /// Entry time.
    pub time: Timestamp,
    /// Its control events, which stand before everything else of it; marks of use stand behind, and are not named here.
    pub events: Vec<Event>,
}

/// Why a batch came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The store failed. The replica's state may be ahead of the log: it must be loaded again.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The clock is behind the log's by more than is allowed.
    #[error("the clock is {0} ms behind the log's time")]
    ClockBehind(u64),
    /// The head is behind or other than what this replica last saw.
    #[error("the log was rolled back or replaced")]
    OtherLog,
    /// An entry of the tail cannot follow the state.
    #[error("the log cannot be folded: {0}")]
    Fold(#[from] FoldError),
    /// An event of this job (index into the batch) cannot follow the state. Flows make no such event; if one does,
    /// nothing of the batch was appended, and the job must not be tried again.
    #[error("job {0} made an event that cannot follow: {1}")]
    Refused(usize, FoldError),
}

/// A replica's own view: the fold, and the head it last saw.
#[derive(Debug, Clone, Default)]
pub struct Replica {
    head: Head,
    recent: Vec<(Position, Event)>,
    /// How many of them were there when they were last held against the bounds: disclosures add none.
    bounded: usize,
    load: u64,
}

impl Replica {
    /// A replica whose state was folded up to this head.
    #[must_use]
    pub const fn at(head: Head) -> Self {
        Self { head, recent: Vec::new(), bounded: 0, load: 0 }
    }

    /// The state was loaded again, up to this head. Called while readers are kept out, together with the exchange of
    /// the state: what was decided against the old one may rest on events that never came to be.
    pub fn loaded(&mut self, head: Head) {
        *self = Self { head, recent: Vec::new(), bounded: 0, load: self.load + 1 };
    }

    /// How often the state was loaded again. Permits made against an earlier load go back.
    #[must_use]
    pub const fn load(&self) -> u64 {
        self.load
    }

    /// The head it last saw.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// Recent control events, oldest first.
    #[must_use]
    pub fn recent(&self) -> &[(Position, Event)] {
        &self.recent
    }

    fn remember(&mut self, position: Position, event: Event) {
        self.recent.push((position, event));
    }

    fn forget(&mut self) {
        if self.recent.len() != self.bounded {
            self.recent.drain(..surplus(&self.recent));
            self.bounded = self.recent.len();
        }
    }

    /// Runs one batch. `state` is shared with readers: `with` runs a closure on it, exclusively.
    ///
    /// Jobs are settled in the order given, endings having been put first by the caller. Outcomes stand in the order
    /// of the jobs. State takes control events in before they are durable; that is safe because no answer leaves before an entry
    /// *behind* them is durable, and because on any failure the caller loads the state again.
    ///
    /// # Errors
    /// [`BatchError`]: nothing was appended as far as is known, nothing may be released, and `state` must be loaded again.
    pub fn run<S: LogStore>(
        &mut self,
        store: &mut S,
        state: &dyn Shared,
        jobs: &mut [&mut dyn Job<S::Write>],
        clock: &dyn Clock,
    ) -> Result<Vec<Appended>, BatchError> {
        let head = store.lock()?;
        match self.settle(store, state, jobs, clock, head) {
            Ok(Batch { outcomes, entries, writes, head }) => {
                if entries.is_empty() && writes.is_empty() {
                    store.unlock();
                } else {
                    store.append(&entries, writes, &head)?;
                }
                self.head = head;
                // Not before the batch is settled: lookups of its jobs go through all events of the jobs before them.
                self.forget();
                Ok(outcomes)
            }
            Err(error) => {
                store.unlock();
                Err(error)
            }
        }
    }

    fn settle<S: LogStore>(
        &mut self,
        store: &mut S,
        state: &dyn Shared,
        jobs: &mut [&mut dyn Job<S::Write>],
        clock: &dyn Clock,
        head: Head,
    ) -> Result<Batch<S::Write>, BatchError> {
        self.take_in(store, state, &head)?;
        let now = clock.now();
        // An ending takes the time of the entry before it; it must not wait until a clock was set right.
        let behind = now.0.saturating_add(limits::CLOCK_SKEW_MAX.0) < head.time;
        if behind && jobs.iter().any(|job| !job.is_ending()) {
            return Err(BatchError::ClockBehind(head.time - now.0));
        }
        let time = Timestamp(now.0.max(head.time));
        let start = head.next();
        let mut batch = Batch {
            head,
            entries: Vec::new(),
            writes: Vec::new(),
            outcomes: Vec::with_capacity(jobs.len()),
        };
        for (index, job) in jobs.iter_mut().enumerate() {
            let env = Env::new(time, clock.seed());
            let first = batch.head.next();
            batch.outcomes.push(Appended { first, count: 0, time, events: Vec::new() });
            let from = self.recent.partition_point(|(position, _)| *position < start);
            let earlier = self.recent.get(from..).unwrap_or_default();
            let lookup = InBatch { store: &*store, earlier };
            let recent = Recent { load: self.load, events: &self.recent };
            let prepared = state.read(&mut |state| job.prepare(state, &lookup, &env, recent));
            if !prepared.is_nothing() {
                self.place(state, &env, prepared, &mut batch)
                    .map_err(|error| BatchError::Refused(index, error))?;
            }
        }
        Ok(batch)
    }

    fn take_in<S: LogStore>(
        &mut self,
        store: &mut S,
        state: &dyn Shared,
        head: &Head,
    ) -> Result<(), BatchError> {
        let behind = head.next() < self.head.next()
            || head.epoch != self.head.epoch
            || head.time < self.head.time;
        if behind || (head.next() == self.head.next() && head.frontier != self.head.frontier) {
            return Err(BatchError::OtherLog);
        }
        if head.next() == self.head.next() {
            return Ok(());
        }
        // Disclosures that this replica appended have moved its head, not the state.
        state.write(&mut |state| state.skip_to(self.head.next(), Timestamp(self.head.time)))?;
        for tail in store.tail(self.head.next())? {
            match tail {
                Tail::Control(position, time, event) => {
                    state.write(&mut |state| {
                        state.apply(position, time, &Payload::Control((*event).clone()))
                    })?;
                    self.remember(position, *event);
                }
                Tail::Passed(next, time) => state.write(&mut |state| state.skip_to(next, time))?,
            }
        }
        self.head = head.clone();
        Ok(())
    }

    fn place<W>(
        &mut self,
        state: &dyn Shared,
        env: &Env,
        prepared: Prepared<W>,
        batch: &mut Batch<W>,
    ) -> Result<(), FoldError> {
        let Prepared { entries: others, events, marks, writes: rows } = prepared;
        let marks_from = events.len();
        for (index, event) in events.iter().enumerate() {
            self.place_event(state, env, (index, event), batch)?;
        }
        others.into_iter().for_each(|entry| batch.push(entry.seal(env.now), env.now));
        for (index, mark) in marks.iter().enumerate() {
            self.place_event(state, env, (marks_from + index, mark), batch)?;
        }
        if let Some(outcome) = batch.outcomes.last_mut() {
            outcome.events.extend(events);
        }
        batch.writes.extend(rows);
        Ok(())
    }

    /// `index` is the event's place in its job, for its salt.
    fn place_event<W>(
        &mut self,
        state: &dyn Shared,
        env: &Env,
        (index, event): (usize, &Event),
        batch: &mut Batch<W>,
    ) -> Result<(), FoldError> {
        let position = batch.head.next();
        let payload = Payload::Control(event.clone());
        state.write(&mut |state| {
            // Disclosures before this event in the batch have moved the head, not the state.
            state.skip_to(position, env.now)?;
            state.apply(position, env.now, &payload)
        })?;
        let salt = env.random(&format!("salt {index}"));
        let salt = salt.first_chunk().copied().unwrap_or_default();
        let sealed = Entry { leaf: event.leaf(), payload }.prepare(salt).seal(env.now);
        self.remember(position, event.clone());
        batch.push(sealed, env.now);
        Ok(())
    }
}

/// What one turn appends, and where it went.
struct Batch<W> {
    head: Head,
    entries: Vec<SealedEntry>,
    writes: Vec<W>,
    outcomes: Vec<Appended>,
}

impl<W> Batch<W> {
    /// Adds an entry of the job whose outcome is the last.
    fn push(&mut self, sealed: SealedEntry, time: Timestamp) {
        self.head.frontier.push(sealed.hash);
        self.head.time = time.0;
        self.entries.push(sealed);
        if let Some(outcome) = self.outcomes.last_mut() {
            outcome.count += 1;
        }
    }
}

/// The store's facts with those of earlier jobs of the same batch, which are not in the store yet.
struct InBatch<'a> {
    store: &'a dyn Lookup,
    earlier: &'a [(Position, Event)],
}

impl Lookup for InBatch<'_> {
    fn is_member(&self, person: PersonNo, context: ContextNo) -> bool {
        let facts = self.earlier.iter().rev().filter_map(|(_, event)| match event {
            Event::Facts(facts) => Some(facts.facts.iter().rev()),
            _ => None,
        });
        let last = facts.flatten().find_map(|fact| match *fact {
            Fact::Member(one, here) | Fact::Admin(one, here) => {
                ((one, here) == (person, context)).then_some(true)
            }
            Fact::MemberGone(one, here) => ((one, here) == (person, context)).then_some(false),
            _ => None,
        });
        last.unwrap_or_else(|| self.store.is_member(person, context))
    }

    fn details(&self, of: NameOf) -> Option<[u8; 32]> {
        let last = self.earlier.iter().rev().find_map(|(_, event)| details_in(event, of));
        last.or_else(|| self.store.details(of))
    }
}

/// State that readers share with the replica.
pub trait Shared {
    /// Runs with the state, readers beside it. Always returns what the closure made.
    fn read_with(&self, run: &mut dyn FnMut(&State));
    /// Runs with the state, alone.
    fn write_with(&self, run: &mut dyn FnMut(&mut State));
}

impl dyn Shared + '_ {
    fn read<R>(&self, run: &mut dyn FnMut(&State) -> Prepared<R>) -> Prepared<R> {
        let mut result = Prepared::nothing();
        self.read_with(&mut |state| result = run(state));
        result
    }

    fn write(
        &self,
        run: &mut dyn FnMut(&mut State) -> Result<(), FoldError>,
    ) -> Result<(), FoldError> {
        let mut result = Ok(());
        self.write_with(&mut |state| result = run(state));
        result
    }
}
