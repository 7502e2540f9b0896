//! The simulation: virtual time, actors, faults, and the checks after every step.

use crate::intent::{EventJob, Intent};
use crate::invariants::{Checker, Violation, broken, request_bytes, same_bytes, same_state};
use crate::process::{Process, Queued, SharedState, StoreClock};
use crate::rng::Rng;
use crate::store::{Fault, Store};
use crate::world::{self, CONTEXTS, PEOPLE, PROGRAM, PURPOSE, START, Upstream, class};
use consent::{Request, Touch, authorize};
use ledger::{Event, Node};
use model::{
    Chain, ClassMask, ContextNo, CredentialNo, GrantNo, InstallationNo, OperationNo, Position,
    Timestamp, limits,
};
use sequence::{
    Answer, Appended, Basis, BatchError, Job, Lookup, Permit, PermitJob, Prepared, Recent, Replica,
    Settled, changed_by, may_release, may_return,
};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many processes share the store.
const REPLICAS: usize = 3;

/// How much happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Steps taken.
    pub steps: u64,
    /// Answers handed over.
    pub handed: u64,
    /// Answers of which something was released.
    pub releasing: u64,
    /// Marks of use behind answers.
    pub marks: u64,
    /// Answers reset.
    pub reset: u64,
    /// Of these because an end changed them and they did not leave in time.
    pub drained: u64,
    /// Permits that went back.
    pub went_back: u64,
    /// Permits decided under the lock.
    pub instead: u64,
    /// Ends that returned.
    pub ended: u64,
    /// Batches that failed.
    pub failed: u64,
    /// Processes that crashed.
    pub crashed: u64,
    /// Leases that began anew.
    pub lapsed: u64,
}

impl Counts {
    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            steps: self.steps + other.steps,
            handed: self.handed + other.handed,
            releasing: self.releasing + other.releasing,
            marks: self.marks + other.marks,
            reset: self.reset + other.reset,
            drained: self.drained + other.drained,
            went_back: self.went_back + other.went_back,
            instead: self.instead + other.instead,
            ended: self.ended + other.ended,
            failed: self.failed + other.failed,
            crashed: self.crashed + other.crashed,
            lapsed: self.lapsed + other.lapsed,
        }
    }
}

/// Something that happens at an instant.
#[derive(Debug, Clone)]
enum Action {
    Arrive,
    /// The upstream answers a request.
    Read(u64),
    /// A request is decided and queued.
    Decide(u64),
    Batch(usize),
    /// A stuck appending thread lists its answers.
    List(usize, u64),
    HandOver(u64),
    /// An answer that an end changed is still there.
    DrainOver(u64),
    Renew(usize),
    Want,
    /// An ender looks whether it may return.
    MayReturn(u64),
    Trouble,
    Restart(usize),
}

/// A request between its arrival and its answer.
#[derive(Debug)]
struct Asking {
    process: usize,
    life: u64,
    request: Arc<Request>,
    context: ContextNo,
    basis: Basis,
    nodes: Option<Arc<Vec<Node>>>,
    tries: u32,
}

/// An answer between its commit and the socket.
#[derive(Debug)]
struct OnItsWay {
    process: usize,
    answer: Answer,
    /// Events from here on changed it.
    changed_from: Option<Position>,
}

/// A call that ends or widens something.
#[derive(Debug)]
struct Calling {
    process: usize,
    life: u64,
    intent: Intent,
    /// What it appended.
    appended: Option<(Position, u64)>,
}

/// What a batch made, until the appending thread has listed it.
#[derive(Debug, Default)]
struct Made {
    answers: Vec<(u64, Answer)>,
    calls: Vec<(u64, Position, u64)>,
}

/// Three replicas over one store.
pub struct Simulation {
    rng: Rng,
    now: u64,
    agenda: BTreeMap<(u64, u64), Action>,
    serial: u64,
    store: Store,
    processes: Vec<Process>,
    upstream: Upstream,
    asking: BTreeMap<u64, Asking>,
    on_their_way: BTreeMap<u64, OnItsWay>,
    calling: BTreeMap<u64, Calling>,
    made: BTreeMap<usize, Made>,
    /// Where each wish was fulfilled last: asked again, it waits for that.
    fulfilled: Vec<(Intent, Position, u64)>,
    checker: Checker,
    counts: Counts,
}

/// The first entries, all in one batch.
struct Founding(Vec<Event>);

impl Job for Founding {
    fn is_ending(&self) -> bool {
        true
    }

    fn prepare(
        &mut self,
        _: &consent::State,
        _: &dyn Lookup,
        _: &model::Env,
        _: Recent<'_>,
    ) -> Prepared {
        Prepared::control(std::mem::take(&mut self.0), Vec::new(), Vec::new())
    }
}

impl Simulation {
    /// A world with people, groups, apps, installations, opt-ins and grants, from a seed.
    ///
    /// # Errors
    /// The world cannot be founded.
    pub fn new(seed: u64) -> Result<Self, Violation> {
        let mut rng = Rng::new(seed);
        let mut store = Store::default();
        let events = world::first_events(&mut rng);
        let shared = SharedState::default();
        let mut connection = crate::store::Connection {
            store: &mut store,
            fault: Fault::None,
            meanwhile: &mut || {},
        };
        let clock = StoreClock { now: Timestamp(START), seed: Cell::new(rng.next()) };
        let founded =
            Replica::default().run(&mut connection, &shared, &mut [&mut Founding(events)], &clock);
        if let Err(error) = founded {
            return broken("the world can be founded", error.to_string());
        }
        let upstream = Upstream::new(&mut rng);
        let mut one = Self {
            rng,
            now: START,
            agenda: BTreeMap::new(),
            serial: 0,
            store,
            processes: (0..REPLICAS).map(Process::new).collect(),
            upstream,
            asking: BTreeMap::new(),
            on_their_way: BTreeMap::new(),
            calling: BTreeMap::new(),
            made: BTreeMap::new(),
            fulfilled: Vec::new(),
            checker: Checker::default(),
            counts: Counts::default(),
        };
        one.checker.take_in(&one.store)?;
        let skews = 2 * limits::CLOCK_SKEW_MAX.0 + 1;
        for process in &mut one.processes {
            let skew = one.rng.below(skews).cast_signed();
            process.skew = skew - limits::CLOCK_SKEW_MAX.0.cast_signed();
            process.checked = one.store.head.next();
            process.load(&one.store)?;
        }
        for id in 0..REPLICAS {
            one.after(0, Action::Renew(id));
            one.after(1, Action::Batch(id));
        }
        one.after(5, Action::Arrive);
        one.after(50, Action::Want);
        one.after(3_000, Action::Trouble);
        Ok(one)
    }

    /// Takes so many steps, checking after each, then holds everything against the log once more.
    ///
    /// # Errors
    /// The first rule that did not hold.
    pub fn run(&mut self, steps: u64) -> Result<Counts, Violation> {
        for _ in 0..steps {
            self.step()?;
        }
        self.checker.finish(&self.store)?;
        self.roll_back()?;
        self.counts.handed = self.checker.handed;
        Ok(self.counts)
    }

    fn after(&mut self, delay: u64, action: Action) {
        self.serial += 1;
        self.agenda.insert((self.now + delay, self.serial), action);
    }

    fn step(&mut self) -> Result<(), Violation> {
        self.counts.steps += 1;
        let Some(((at, _), action)) = self.agenda.pop_first() else {
            return broken("something is always left to do", format!("at {}", self.now));
        };
        self.now = at;
        match action {
            Action::Arrive => self.arrive(),
            Action::Read(id) => self.read(id),
            Action::Decide(id) => self.decide(id),
            Action::Batch(process) => self.batch(process)?,
            Action::List(process, life) => self.list(process, life)?,
            Action::HandOver(id) => self.hand_over(id)?,
            Action::DrainOver(id) => {
                if let Some(one) = self.on_their_way.get(&id) {
                    // The process may be paused: its own timer is late, and its lease is what protects.
                    let wait = self.pause_of(one.process);
                    if wait > 0 {
                        self.after(wait, Action::DrainOver(id));
                    } else {
                        self.counts.drained += 1;
                        self.reset(id);
                    }
                }
            }
            Action::Renew(process) => self.renew(process),
            Action::Want => self.want(),
            Action::MayReturn(id) => self.may_return(id),
            Action::Trouble => self.trouble(),
            Action::Restart(process) => self.restart(process)?,
        }
        Ok(())
    }

    fn pause_of(&self, process: usize) -> u64 {
        let until = self.processes.get(process).map_or(0, |process| process.paused_until);
        until.saturating_sub(self.now)
    }

    // -- requests ---------------------------------------------------------------------------------

    fn arrive(&mut self) {
        let pace = self.rng.between(1, 9);
        self.after(pace, Action::Arrive);
        let process = usize::try_from(self.rng.below(REPLICAS as u64)).unwrap_or(0);
        let Some(up) = self.processes.get(process).filter(|one| one.runs(self.now)) else { return };
        let (life, context) = (up.life, ContextNo(self.rng.small(CONTEXTS)));
        let Some(request) = self.request(process, context) else { return };
        self.serial += 1;
        let id = self.serial;
        self.checker.asked(id, &request);
        let basis = Basis { load: 0, revision: Position(0) };
        let request = Arc::new(request);
        let asking = Asking { process, life, request, context, basis, nodes: None, tries: 0 };
        self.asking.insert(id, asking);
        self.ask(id);
    }

    /// A request with a token of this or that authority, fresh or older.
    fn request(&mut self, process: usize, context: ContextNo) -> Option<Request> {
        let process = self.processes.get(process)?;
        let rng = &mut self.rng;
        let now = process.now(self.now);
        let grant = GrantNo(rng.small(PEOPLE + 8));
        let installation = InstallationNo(rng.small(20));
        let by_grant = !rng.one_in(3);
        let (app, chain, acting, newest) = process.state.with(|state| {
            let newest = state.issue_number();
            if by_grant {
                let one = state.grant(grant)?;
                Some((one.app, Chain::Grant(grant), Some(one.person), newest))
            } else {
                let one = state.installation(installation)?;
                Some((one.app, Chain::Installation(installation), None, newest))
            }
        })?;
        let requires = if rng.one_in(4) { class::POST_CREATE } else { ClassMask::NONE };
        let age = if rng.one_in(8) { rng.between(50_000, 61_000) } else { rng.below(2_000) };
        let old = if rng.one_in(3) { rng.below(40) } else { 0 };
        Some(Request {
            app,
            credential: rng.one_in(2).then_some(CredentialNo(app.0)),
            chain,
            issue: Position(newest.0.saturating_sub(old)),
            key: u8::try_from(rng.below(2)).unwrap_or(0),
            acting,
            operation: OperationNo(0),
            program: PROGRAM,
            purpose: PURPOSE,
            requires,
            context: Some(context),
            version: world::version()?,
            family: None,
            facts_up_to: Timestamp(now.0.saturating_sub(age)),
        })
    }

    /// Asks the upstream, having noted what was known before.
    fn ask(&mut self, id: u64) {
        let Some(asking) = self.asking.get_mut(&id) else { return };
        let Some(process) = self.processes.get(asking.process) else { return };
        asking.nodes = None;
        asking.basis = Basis {
            load: process.replica.load(),
            revision: process.state.with(consent::State::revision),
        };
        let delay = if self.rng.one_in(30) { self.rng.below(3_000) } else { self.rng.below(20) };
        self.after(delay, Action::Read(id));
    }

    fn read(&mut self, id: u64) {
        let Some(asking) = self.asking.get_mut(&id) else { return };
        asking.nodes = Some(Arc::new(self.upstream.page(asking.context, &mut self.rng)));
        let delay = if self.rng.one_in(8) { self.rng.below(3_000) } else { self.rng.below(20) };
        self.after(delay, Action::Decide(id));
    }

    fn decide(&mut self, id: u64) {
        let Some(asking) = self.asking.get(&id) else { return };
        let Some(process) = self.processes.get(asking.process) else { return };
        if process.life != asking.life {
            self.asking.remove(&id);
            return;
        }
        let wait = self.pause_of(asking.process);
        if wait > 0 {
            self.after(wait + 1, Action::Decide(id));
            return;
        }
        let now = process.now(self.now);
        let Some(permit) = process.state.with(|state| permit(id, asking, state, now)) else {
            self.asking.remove(&id);
            return;
        };
        self.submit(id, permit);
    }

    fn submit(&mut self, id: u64, permit: Permit) {
        let salt = self.rng.bytes().first_chunk().copied().unwrap_or_default();
        let Some(asking) = self.asking.get(&id) else { return };
        let Some(process) = self.processes.get_mut(asking.process) else { return };
        let job = process.state.with(|state| PermitJob::new(permit, Vec::new(), state, salt));
        // What cannot be recorded is not released; the world's answers are too small for it to happen.
        let Ok(job) = job else { return };
        process.queue.push(Queued::Permit { request: id, job: Box::new(job) });
    }

    // -- batches ----------------------------------------------------------------------------------

    fn fault(&mut self) -> Fault {
        match self.rng.below(400) {
            0..=3 => Fault::Lost,
            4..=7 => Fault::LostButKept,
            8..=9 => Fault::Failed,
            10 => Fault::NoLock,
            _ => Fault::None,
        }
    }

    fn batch(&mut self, id: usize) -> Result<(), Violation> {
        let pace = match self.rng.below(1_000) {
            0 => self.rng.between(1_000, 9_000),
            1..=20 => self.rng.between(50, 600),
            _ => self.rng.between(1, 40),
        };
        self.after(pace, Action::Batch(id));
        let fault = self.fault();
        let jitter = if self.rng.one_in(200) { 5_000 } else { self.rng.below(900) };
        let clock = StoreClock {
            now: Timestamp(self.now.saturating_sub(jitter)),
            seed: Cell::new(self.rng.next()),
        };
        let early: Vec<u64> = self
            .asking
            .iter()
            .filter(|(_, one)| one.process == id && one.nodes.is_some())
            .map(|(id, _)| *id)
            .collect();
        let (dice, luck) = (self.rng.below(50), self.rng.one_in(4));
        let Some(process) = self.processes.get_mut(id) else { return Ok(()) };
        if !process.runs(self.now) || process.is_stuck || !process.trusts_clock() {
            return Ok(());
        }
        let fault = if self.now < process.cut_until { Fault::NoLock } else { fault };
        let mut jobs = process.next_jobs();
        // What a lost event leaves behind is what matters, so events are lost more often than the rest.
        let fault = match dice {
            _ if fault != Fault::None => fault,
            0 if jobs.iter().any(|job| matches!(job, Queued::Event { .. })) => Fault::Lost,
            1 if jobs.iter().any(|job| matches!(job, Queued::Event { .. })) => Fault::Failed,
            _ => fault,
        };
        let early = if luck || fault != Fault::None { early } else { Vec::new() };
        let queued: Vec<u64> = process
            .queue
            .iter()
            .chain(&jobs)
            .filter_map(|job| match job {
                Queued::Permit { request, .. } => Some(*request),
                Queued::Event { .. } => None,
            })
            .collect();
        // Readers go on while a commit is under way, against a state that is ahead of the log.
        let (now, asking, mut permits) = (process.now(self.now), &self.asking, Vec::new());
        let mut meanwhile = |state: &SharedState| {
            for id in early.iter().filter(|id| !queued.contains(id)) {
                let permit =
                    asking.get(id).and_then(|one| state.with(|s| permit(*id, one, s, now)));
                permits.extend(permit.map(|permit| (*id, permit)));
            }
        };
        let done = process.batch(&mut self.store, &mut jobs, fault, &clock, &mut meanwhile);
        for (id, permit) in permits {
            self.submit(id, permit);
            // It must not be decided a second time when its own turn comes.
            self.agenda.retain(|_, action| !matches!(action, Action::Decide(one) if *one == id));
        }
        self.checker.take_in(&self.store)?;
        match done {
            Ok(outcomes) => self.settled(id, jobs, &outcomes),
            Err(error) => self.failed(id, jobs, &error),
        }
    }

    fn settled(
        &mut self,
        id: usize,
        jobs: Vec<Queued>,
        outcomes: &[Appended],
    ) -> Result<(), Violation> {
        let Some(process) = self.processes.get_mut(id) else { return Ok(()) };
        process.state.with(|state| same_state(state, self.checker.state()))?;
        if self.rng.one_in(32) {
            process.state.with(|state| same_bytes(state, self.checker.state()))?;
            self.store.snapshot = Some(process.state.with(consent::State::encode_snapshot));
        } else if self.rng.one_in(64) {
            self.store.snapshot = None;
        }
        let (life, mut made) = (process.life, Made::default());
        let mut last_end = None;
        for (job, outcome) in jobs.into_iter().zip(outcomes) {
            match job {
                Queued::Event { ender, .. } => {
                    if outcome.events.iter().any(sequence::is_ending) {
                        last_end = Some(outcome.first);
                    }
                    made.calls.push((ender, outcome.first, outcome.count));
                }
                Queued::Permit { request, job } => {
                    self.settle_permit(request, *job, outcome, &mut made)?;
                }
            }
        }
        let first_answer = made.answers.iter().map(|(_, answer)| answer.position).min();
        if first_answer.zip(last_end).is_some_and(|(answer, end)| answer < end) {
            return broken("endings stand first in a batch", format!("{last_end:?}"));
        }
        self.made.insert(id, made);
        if self.rng.one_in(150) {
            if let Some(process) = self.processes.get_mut(id) {
                process.is_stuck = true;
            }
            let stuck = self.rng.between(100, 9_000);
            self.after(stuck, Action::List(id, life));
            return Ok(());
        }
        self.list(id, life)
    }

    fn settle_permit(
        &mut self,
        request: u64,
        job: PermitJob,
        outcome: &Appended,
        made: &mut Made,
    ) -> Result<(), Violation> {
        match &job.settled {
            Some(Settled::GoBack(touch)) => {
                self.counts.went_back += 1;
                if let Some(asking) = self.asking.get_mut(&request) {
                    asking.tries = job.permit().tries + 1;
                }
                match touch {
                    Touch::Reread => self.ask(request),
                    Touch::Decide | Touch::No => {
                        let delay = self.rng.below(10);
                        self.after(delay, Action::Decide(request));
                    }
                }
                return Ok(());
            }
            Some(Settled::Instead(_)) => self.counts.instead += 1,
            Some(Settled::Holds) => {}
            None => return broken("every job has its turn", format!("request {request}")),
        }
        self.asking.remove(&request);
        let permit = job.permit();
        let answer = Answer {
            position: outcome.first,
            request: Arc::clone(&permit.request),
            nodes: Arc::clone(&permit.nodes),
            released: Arc::new(permit.decision.released.clone()),
        };
        self.counts.releasing += u64::from(answer.released.iter().any(|mask| !mask.is_empty()));
        self.counts.marks += outcome.count.saturating_sub(1);
        self.checker.decided(request, &answer)?;
        made.answers.push((request, answer));
        Ok(())
    }

    /// Nothing of a failed batch is released, and the state is loaded again.
    fn failed(
        &mut self,
        id: usize,
        jobs: Vec<Queued>,
        error: &BatchError,
    ) -> Result<(), Violation> {
        self.counts.failed += 1;
        match error {
            BatchError::Store(_) | BatchError::ClockBehind(_) => {}
            BatchError::OtherLog | BatchError::Fold(_) | BatchError::Refused(..) => {
                return broken("only the store and the clock fail", format!("{id}: {error}"));
            }
        }
        for job in jobs {
            match job {
                // Some callers try the same job again, some give up.
                Queued::Permit { request, job } if self.rng.one_in(2) => {
                    if let Some(process) = self.processes.get_mut(id) {
                        process.queue.push(Queued::Permit { request, job });
                    }
                }
                Queued::Permit { request, .. } => {
                    self.asking.remove(&request);
                }
                Queued::Event { ender, .. } => self.call_again(ender),
            }
        }
        let Some(process) = self.processes.get_mut(id) else { return Ok(()) };
        let missed = process.load(&self.store)?;
        self.hold_against(id, &missed)
    }

    /// The appending thread lists what it made, and holds earlier answers against what it took in.
    fn list(&mut self, id: usize, life: u64) -> Result<(), Violation> {
        let Some(process) = self.processes.get_mut(id).filter(|one| one.life == life) else {
            return Ok(());
        };
        let wait = process.paused_until.saturating_sub(self.now);
        if wait > 0 {
            process.is_stuck = true;
            self.after(wait, Action::List(id, life));
            return Ok(());
        }
        process.is_stuck = false;
        let events = process.unchecked();
        self.hold_against(id, &events)?;
        let Made { answers, calls } = self.made.remove(&id).unwrap_or_default();
        for (request, answer) in answers {
            let one = OnItsWay { process: id, answer, changed_from: None };
            self.on_their_way.insert(request, one);
            let delay = match self.rng.below(30) {
                0..=2 => self.rng.between(1_000, 12_000),
                3..=7 => self.rng.between(100, 900),
                _ => self.rng.below(60),
            };
            self.after(delay, Action::HandOver(request));
        }
        for (call, first, count) in calls {
            self.durable(call, first, count);
        }
        Ok(())
    }

    fn hold_against(&mut self, id: usize, events: &[Event]) -> Result<(), Violation> {
        let Some(process) = self.processes.get_mut(id) else { return Ok(()) };
        let from = process.checked;
        process.checked = process.replica.head().next();
        if events.is_empty() {
            return Ok(());
        }
        let mut changed = Vec::new();
        let own = self.on_their_way.iter().filter(|(_, one)| one.process == id);
        process.state.with(|state| {
            for (request, one) in own.filter(|(_, one)| one.changed_from.is_none()) {
                if changed_by(state, &one.answer, events, state.revision(), state.time()) {
                    changed.push(*request);
                }
            }
        });
        for request in changed {
            self.checker.waited_for(request, events.len())?;
            if let Some(one) = self.on_their_way.get_mut(&request) {
                one.changed_from = Some(from);
            }
            self.after(limits::DRAIN_MAX.0, Action::DrainOver(request));
        }
        Ok(())
    }

    // -- answers ----------------------------------------------------------------------------------

    fn hand_over(&mut self, id: u64) -> Result<(), Violation> {
        let Some(one) = self.on_their_way.get(&id) else { return Ok(()) };
        let wait = self.pause_of(one.process);
        if wait > 0 {
            self.after(wait, Action::HandOver(id));
            return Ok(());
        }
        let Some(process) = self.processes.get(one.process) else { return Ok(()) };
        let (now, position) = (process.now(self.now), one.answer.position);
        let may = process.lease.is_some_and(|lease| may_release(lease, position, now));
        if may && process.trusts_clock() && process.is_up {
            self.on_their_way.remove(&id);
            return self.checker.handed(id, &self.store);
        }
        self.reset(id);
        Ok(())
    }

    fn reset(&mut self, id: u64) {
        self.on_their_way.remove(&id);
        self.checker.reset(id);
        self.counts.reset += 1;
    }

    fn renew(&mut self, id: usize) {
        let pace = self.rng.between(200, 1_200);
        self.after(pace, Action::Renew(id));
        let Some(process) = self.processes.get_mut(id) else { return };
        let knows = process.replica.head().epoch == self.store.head.epoch;
        let reaches = self.now >= process.cut_until;
        if !process.runs(self.now) || !process.trusts_clock() || !knows || !reaches {
            return;
        }
        let changed = self.on_their_way.values().filter(|one| one.process == id);
        let waiting = changed.filter_map(|one| one.changed_from).min();
        let seen = waiting.map_or(process.checked, |from| from.min(process.checked));
        let before = process.lease;
        let lease = self.store.renew(id, seen, Timestamp(self.now));
        process.lease = Some(lease);
        if before.is_some_and(|before| before.since != lease.since) {
            self.counts.lapsed += 1;
        }
    }

    // -- calls ------------------------------------------------------------------------------------

    fn want(&mut self) {
        let pace = self.rng.between(5, 90);
        self.after(pace, Action::Want);
        let against = self.concern().and_then(|(request, nodes)| {
            self.rng
                .one_in(2)
                .then(|| Intent::against(&mut self.rng, self.now, &request, &nodes))
                .flatten()
        });
        let any = Intent::any(&mut self.rng, self.now, &self.upstream);
        let intent = against.unwrap_or(any);
        intent.at_upstream(&mut self.upstream);
        self.call(intent);
    }

    /// A request between upstream and decision, or between decision and socket: there an end matters.
    fn concern(&mut self) -> Option<(Arc<Request>, Arc<Vec<Node>>)> {
        let read = self.asking.values().filter_map(|one| {
            one.nodes.as_ref().map(|nodes| (Arc::clone(&one.request), Arc::clone(nodes)))
        });
        let decided = self.on_their_way.values().map(|one| &one.answer);
        let decided = decided.map(|one| (Arc::clone(&one.request), Arc::clone(&one.nodes)));
        let mut all: Vec<_> = if self.rng.one_in(2) { read.collect() } else { decided.collect() };
        let index = usize::try_from(self.rng.below(all.len() as u64)).unwrap_or(0);
        (index < all.len()).then(|| all.swap_remove(index))
    }

    fn call(&mut self, intent: Intent) {
        let at = usize::try_from(self.rng.below(REPLICAS as u64)).unwrap_or(0);
        self.serial += 1;
        let id = self.serial;
        let Some(process) = self.processes.get_mut(at).filter(|one| one.is_up) else { return };
        let calling =
            Calling { process: at, life: process.life, intent: intent.clone(), appended: None };
        self.calling.insert(id, calling);
        process.queue.push(Queued::Event { ender: id, job: EventJob { intent } });
    }

    /// Whoever does not know how it went asks again, perhaps somewhere else.
    fn call_again(&mut self, id: u64) {
        if let Some(calling) = self.calling.remove(&id)
            && !self.rng.one_in(4)
        {
            self.call(calling.intent);
        }
    }

    fn durable(&mut self, id: u64, first: Position, count: u64) {
        let Some(calling) = self.calling.get_mut(&id) else { return };
        calling.appended = Some((first, count));
        if calling.intent.is_ending() {
            self.after(0, Action::MayReturn(id));
        } else {
            self.calling.remove(&id);
            self.checker.returned(first, count, &self.store);
        }
    }

    fn may_return(&mut self, id: u64) {
        let Some(calling) = self.calling.get(&id) else { return };
        let (Some((first, count)), Some(process)) =
            (calling.appended, self.processes.get(calling.process))
        else {
            return;
        };
        if process.life != calling.life {
            self.calling.remove(&id);
            return;
        }
        // Without an event of its own it found the end there: then it waits for all that it saw.
        let ended_at = Position((first.0 + count).saturating_sub(1));
        let own = self.on_their_way.values().filter(|one| one.process == calling.process);
        let waits = own.filter_map(|one| one.changed_from).any(|from| from <= ended_at);
        let others = self.store.leases_of_others(calling.process);
        let wait = self.pause_of(calling.process);
        if wait > 0 || waits || !may_return(ended_at, &others, Timestamp(self.now)) {
            self.after(wait.max(60), Action::MayReturn(id));
            return;
        }
        let Some(calling) = self.calling.remove(&id) else { return };
        self.counts.ended += 1;
        let known = self.fulfilled.iter().find(|(intent, ..)| *intent == calling.intent);
        match known {
            _ if count > 0 => {
                self.fulfilled.retain(|(intent, ..)| *intent != calling.intent);
                self.fulfilled.push((calling.intent, first, count));
                self.checker.returned(first, count, &self.store);
            }
            Some((_, first, count)) => self.checker.returned(*first, *count, &self.store),
            None => {}
        }
    }

    // -- trouble ----------------------------------------------------------------------------------

    fn trouble(&mut self) {
        let pace = self.rng.between(200, 3_000);
        self.after(pace, Action::Trouble);
        let id = usize::try_from(self.rng.below(REPLICAS as u64)).unwrap_or(0);
        // Some just longer than a lease: that is where it matters.
        let length = match self.rng.below(8) {
            0 => self.rng.between(50, 12_000),
            1..=3 => self.rng.between(3_500, 7_500),
            _ => self.rng.between(50, 1_500),
        };
        let skew = self.rng.between(0, 2 * limits::CLOCK_SKEW_MAX.0);
        let kind = self.rng.below(12);
        let Some(process) = self.processes.get_mut(id) else { return };
        match kind {
            0..=2 => process.paused_until = process.paused_until.max(self.now + length),
            8..=10 => process.cut_until = self.now + length,
            3 if process.is_up => self.crash(id, length),
            // Far off, once in a while: it must notice and do nothing.
            4 if length < 3_000 => process.skew = 5_000,
            _ => process.skew = skew.cast_signed() - limits::CLOCK_SKEW_MAX.0.cast_signed(),
        }
    }

    fn crash(&mut self, id: usize, length: u64) {
        self.counts.crashed += 1;
        let Some(process) = self.processes.get_mut(id) else { return };
        process.is_up = false;
        process.life += 1;
        process.is_stuck = false;
        process.lease = None;
        process.queue.clear();
        // What the appending thread did not list is gone with it.
        for (request, _) in self.made.remove(&id).unwrap_or_default().answers {
            self.checker.reset(request);
        }
        let own = self.on_their_way.iter().filter(|(_, one)| one.process == id);
        let own: Vec<u64> = own.map(|(request, _)| *request).collect();
        own.into_iter().for_each(|request| self.reset(request));
        self.asking.retain(|_, one| one.process != id);
        let calls: Vec<u64> =
            self.calling.iter().filter(|(_, c)| c.process == id).map(|(no, _)| *no).collect();
        calls.into_iter().for_each(|call| self.call_again(call));
        self.after(length, Action::Restart(id));
    }

    fn restart(&mut self, id: usize) -> Result<(), Violation> {
        let Some(process) = self.processes.get_mut(id) else { return Ok(()) };
        process.load(&self.store)?;
        process.checked = self.store.head.next();
        process.is_up = true;
        process.paused_until = 0;
        Ok(())
    }

    /// An old copy of the store is restored and grows again: who knew the other one must refuse it.
    fn roll_back(&mut self) -> Result<(), Violation> {
        let lost = usize::try_from(self.rng.between(1, 30)).unwrap_or(1);
        for process in &mut self.processes {
            process.load(&self.store)?;
        }
        let to = self.store.entries.len().saturating_sub(lost);
        self.store.roll_back(to);
        let clock = StoreClock { now: Timestamp(self.now + 10_000), seed: Cell::new(1) };
        // Grown to the same length or beyond it, length alone does not tell.
        let mut fresh = Process::new(REPLICAS);
        fresh.load(&self.store)?;
        for number in 0..self.rng.below(2 * lost as u64) {
            let intent = Intent::Setting(
                model::PersonNo(u32::try_from(number).unwrap_or(0) % PEOPLE),
                ledger::SettingScope::AllApps,
                class::PROFILE,
            );
            let mut jobs = [Queued::Event { ender: 0, job: EventJob { intent } }];
            let done = fresh.batch(&mut self.store, &mut jobs, Fault::None, &clock, &mut |_| {});
            if let Err(error) = done {
                return broken("a restored store can be used", error.to_string());
            }
        }
        for process in &mut self.processes {
            let done = process.batch(&mut self.store, &mut [], Fault::None, &clock, &mut |_| {});
            if done != Err(BatchError::OtherLog) {
                let detail = format!("replica {}: {done:?}", process.id);
                return broken("a restored store is refused by who knew the other", detail);
            }
        }
        let mut checker = Checker::default();
        checker.trust_requests_of(&self.checker);
        checker.take_in(&self.store)?;
        fresh.state.with(|state| same_bytes(state, checker.state()))
    }
}

/// The optimistic decision; none if the request is refused as a whole.
fn permit(id: u64, asking: &Asking, state: &consent::State, now: Timestamp) -> Option<Permit> {
    authorize(state, &asking.request, now).ok()?;
    let (request, nodes) = (Arc::clone(&asking.request), Arc::clone(asking.nodes.as_ref()?));
    let mut permit = Permit::decide(state, asking.basis, request, nodes, now);
    permit.tries = asking.tries;
    permit.request_id = request_bytes(id);
    Some(permit)
}
