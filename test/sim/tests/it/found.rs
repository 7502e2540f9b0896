//! What the simulation found, each as the shortest story that shows it.

use consent::{Request, State, Touch};
use ledger::{
    About, Event, Fact, Facts, GrantEnded, Node, PartnerMade, Payload, SettingChanged,
    SettingScope, Why,
};
use model::{
    Actor, AppNo, Chain, ClassMask, ContextNo, Env, GrantNo, Millis, OperationNo, PartnerNo,
    PersonNo, Position, ProgramNo, PurposeNo, SourceNo, Timestamp, limits,
};
use sequence::{
    Answer, Basis, BatchError, Clock, Job, Lease, Lookup, Permit, PermitJob, Prepared, Recent,
    Replica, Settled, Shared, changed_by, may_release, may_return,
};
use sim::store::{Connection, Fault, Store};
use std::cell::RefCell;
use std::sync::Arc;

#[derive(Default)]
struct Cell(RefCell<State>);

impl Shared for Cell {
    fn read_with(&self, run: &mut dyn FnMut(&State)) {
        run(&self.0.borrow());
    }

    fn write_with(&self, run: &mut dyn FnMut(&mut State)) {
        run(&mut self.0.borrow_mut());
    }
}

struct At(u64);

impl Clock for At {
    fn now(&self) -> Timestamp {
        Timestamp(self.0)
    }

    fn seed(&self) -> [u8; 32] {
        [7; 32]
    }

    fn is_trusted(&self) -> bool {
        true
    }
}

/// A job that appends these events, or what it is told by the facts.
struct Events(Vec<Event>);

impl Job for Events {
    fn is_ending(&self) -> bool {
        false
    }

    fn prepare(&mut self, _: &State, _: &dyn Lookup, _: &Env, _: Recent<'_>) -> Prepared {
        Prepared::control(self.0.clone(), Vec::new(), Vec::new())
    }
}

/// A job that asks whether somebody is a member.
struct IsMember(Option<bool>);

impl Job for IsMember {
    fn is_ending(&self) -> bool {
        false
    }

    fn prepare(&mut self, _: &State, lookup: &dyn Lookup, _: &Env, _: Recent<'_>) -> Prepared {
        self.0 = Some(lookup.is_member(PersonNo(1), ContextNo(0)));
        Prepared::nothing()
    }
}

fn batch(
    store: &mut Store,
    replica: &mut Replica,
    state: &Cell,
    jobs: &mut [&mut dyn Job],
    fault: Fault,
    now: u64,
) -> Result<Vec<sequence::Appended>, BatchError> {
    let mut connection = Connection { store, fault, meanwhile: &mut || {} };
    replica.run(&mut connection, state, jobs, &At(now))
}

fn partner(no: u32) -> Event {
    Event::PartnerMade(PartnerMade {
        partner: PartnerNo(no),
        why: Why::by(Actor::Operator),
        details: None,
    })
}

fn facts(up_to: u64, facts: Vec<Fact>) -> Event {
    Event::Facts(Facts { source: SourceNo(1), up_to, facts })
}

fn setting(blocked: ClassMask) -> Event {
    let (person, scope) = (PersonNo(1), SettingScope::AllApps);
    Event::SettingChanged(SettingChanged { person, scope, blocked, why: Why::by(Actor::Operator) })
}

fn request() -> Arc<Request> {
    Arc::new(Request {
        app: AppNo(1),
        credential: None,
        chain: Chain::Grant(GrantNo(0)),
        issue: Position(0),
        key: 0,
        acting: Some(PersonNo(1)),
        operation: OperationNo(0),
        program: ProgramNo(0),
        purpose: PurposeNo(0),
        requires: ClassMask::NONE,
        context: None,
        version: "2026-11-01".parse().unwrap(),
        family: None,
        facts_up_to: Timestamp(0),
    })
}

fn nodes() -> Arc<Vec<Node>> {
    Arc::new(vec![Node {
        within: None,
        record: None,
        about: About::People([PersonNo(1)].into_iter().collect()),
        presence: ClassMask::NONE,
        asked: ClassMask(1),
    }])
}

fn permit(state: &Cell, basis: Basis, now: u64) -> PermitJob {
    let state = state.0.borrow();
    let permit = Permit::decide(&state, basis, request(), nodes(), Timestamp(now));
    PermitJob::new(permit, Vec::new(), &state, [0; 16]).unwrap()
}

#[test]
fn an_event_of_another_replica_follows_disclosures_of_our_own() {
    let (mut store, ours, theirs) = (Store::default(), Cell::default(), Cell::default());
    let (mut one, mut other) = (Replica::default(), Replica::default());
    let mut job = permit(&ours, Basis { load: 0, revision: Position(0) }, 10);
    batch(&mut store, &mut one, &ours, &mut [&mut job], Fault::None, 10).unwrap();
    assert_eq!(job.settled, Some(Settled::Holds));
    batch(&mut store, &mut other, &theirs, &mut [&mut Events(vec![partner(1)])], Fault::None, 11)
        .unwrap();
    batch(&mut store, &mut one, &ours, &mut [], Fault::None, 12).unwrap();
    assert!(ours.0.borrow().partner(PartnerNo(1)).is_some());
}

#[test]
fn a_permit_that_saw_an_event_of_a_lost_commit_goes_back() {
    let (mut store, state, mut replica) = (Store::default(), Cell::default(), Replica::default());
    let lost = batch(
        &mut store,
        &mut replica,
        &state,
        &mut [&mut Events(vec![partner(1)])],
        Fault::Lost,
        10,
    );
    assert!(matches!(lost, Err(BatchError::Store(_))));
    // A reader decides while nobody knows yet, against a state with an event that never came to be.
    let basis = Basis { load: replica.load(), revision: state.0.borrow().revision() };
    let mut job = permit(&state, basis, 10);
    *state.0.borrow_mut() = State::default();
    replica.loaded(store.head.clone());
    // Another event takes its place, so that the revision alone tells nothing.
    batch(&mut store, &mut replica, &state, &mut [&mut Events(vec![partner(2)])], Fault::None, 11)
        .unwrap();
    batch(&mut store, &mut replica, &state, &mut [&mut job], Fault::None, 12).unwrap();
    assert_eq!(job.settled, Some(Settled::GoBack(Touch::Reread)));
}

#[test]
fn a_permit_that_is_tried_again_after_a_failed_batch_does_not_hold_without_an_entry() {
    let (mut store, state, mut replica) = (Store::default(), Cell::default(), Replica::default());
    let mut job = permit(&state, Basis { load: 0, revision: Position(0) }, 10);
    let failed = batch(&mut store, &mut replica, &state, &mut [&mut job], Fault::Failed, 10);
    assert!(failed.is_err());
    let outcome =
        batch(&mut store, &mut replica, &state, &mut [&mut job], Fault::None, 11).unwrap();
    assert_eq!(outcome.first().map(|outcome| outcome.count), Some(0));
    assert_eq!(job.settled, Some(Settled::GoBack(Touch::Reread)));
}

#[test]
fn what_the_upstream_said_before_a_member_left_is_asked_again() {
    let (mut store, state, mut replica) = (Store::default(), Cell::default(), Replica::default());
    let made = facts(
        1,
        vec![Fact::Person(PersonNo(1)), Fact::Context(ContextNo(0), model::ContextKind::Group)],
    );
    batch(&mut store, &mut replica, &state, &mut [&mut Events(vec![made])], Fault::None, 10)
        .unwrap();
    let asked = Basis { load: 0, revision: state.0.borrow().revision() };
    // The request has its answer from the upstream; now the member leaves, and only then it is decided.
    let gone = facts(2, vec![Fact::Friend(PersonNo(1), PersonNo(1))]);
    batch(&mut store, &mut replica, &state, &mut [&mut Events(vec![gone])], Fault::None, 11)
        .unwrap();
    let mut job = permit(&state, asked, 12);
    batch(&mut store, &mut replica, &state, &mut [&mut job], Fault::None, 13).unwrap();
    assert_eq!(job.settled, Some(Settled::GoBack(Touch::Reread)));
}

#[test]
fn a_decision_of_a_clock_that_runs_ahead_is_made_again_at_the_entry_s_time() {
    let settled_at = |now: u64| {
        let (mut store, state, mut replica) =
            (Store::default(), Cell::default(), Replica::default());
        let basis = Basis { load: 0, revision: Position(0) };
        let decided =
            Permit::decide(&State::default(), basis, request(), nodes(), Timestamp(2_000));
        // Stands for a window that is open at 2,000 and not yet at 1,000.
        let mut permit = decided;
        permit.decision.released = vec![ClassMask(1)];
        let mut job = PermitJob::new(permit, Vec::new(), &State::default(), [0; 16]).unwrap();
        batch(&mut store, &mut replica, &state, &mut [&mut job], Fault::None, now).unwrap();
        job.settled
    };
    assert_eq!(settled_at(1_000), Some(Settled::GoBack(Touch::Decide)));
    assert_eq!(settled_at(2_000), Some(Settled::Holds));
}

#[test]
fn two_events_that_cancel_each_other_change_the_answer_between_them() {
    let mut state = State::default();
    let person = facts(1, vec![Fact::Person(PersonNo(1))]);
    let events = [person, setting(ClassMask(1)), setting(ClassMask::NONE)];
    for (event, at) in events.iter().zip(0u64..) {
        state.apply(Position(at), Timestamp(1), &Payload::Control(event.clone())).unwrap();
    }
    let answer = Answer {
        position: Position(0),
        request: request(),
        nodes: nodes(),
        released: Arc::new(vec![ClassMask::NONE]),
    };
    let [_, block, lift] = &events;
    let (reached, now) = (state.revision(), Timestamp(1));
    assert!(changed_by(&state, &answer, [block, lift], reached, now));
    assert!(!changed_by(&state, &answer, [lift], reached, now));
}

#[test]
fn an_event_that_a_later_batch_takes_back_changes_the_answer_before_that_one_is_told() {
    let mut state = State::default();
    let person = facts(1, vec![Fact::Person(PersonNo(1))]);
    let events = [person, setting(ClassMask(1)), setting(ClassMask::NONE)];
    let mut reached = Vec::new();
    for (event, at) in events.iter().zip(0u64..) {
        state.apply(Position(at), Timestamp(1), &Payload::Control(event.clone())).unwrap();
        reached.push(state.revision());
    }
    let answer = Answer {
        position: Position(0),
        request: request(),
        nodes: nodes(),
        released: Arc::new(vec![ClassMask::NONE]),
    };
    // The ender of `block` knows of events up to its own, and state is a batch further.
    let ([person, block, _], now) = (&events, Timestamp(1));
    assert!(changed_by(&state, &answer, [block], reached[1], now));
    // What nothing touches goes on.
    assert!(!changed_by(&state, &answer, [&partner(1)], reached[0], now));
    assert!(!changed_by(&state, &answer, [], reached[0], now));
    assert!(changed_by(&state, &answer, [person], reached[0], now));
}

#[test]
fn a_lease_that_begins_anew_does_not_cover_earlier_answers() {
    let mut store = Store::default();
    let old = store.renew(0, Position(0), Timestamp(0));
    assert!(may_release(old, Position(0), Timestamp(0)));
    let (state, mut replica) = (Cell::default(), Replica::default());
    batch(&mut store, &mut replica, &state, &mut [&mut Events(vec![partner(1)])], Fault::None, 1)
        .unwrap();
    let lapsed = old.until;
    assert!(may_return(Position(0), &store.leases_of_others(1), lapsed));
    let new = store.renew(0, Position(1), lapsed);
    assert!(!may_release(new, Position(0), lapsed));
    assert!(may_release(new, Position(1), lapsed));
}

#[test]
fn a_releaser_whose_clock_is_behind_stops_before_the_ender_stops_waiting() {
    let lease = Lease { since: Position(0), seen: Position(0), until: Timestamp(10_000) };
    let behind = |store: u64| Timestamp(store - limits::CLOCK_SKEW_MAX.0);
    assert!(!may_return(Position(5), &[lease], Timestamp(9_999)));
    assert!(may_return(Position(5), &[lease], Timestamp(10_000)));
    assert!(!may_release(lease, Position(1), behind(10_000)));
    assert!(may_release(lease, Position(1), behind(9_999)));
    assert_eq!(
        sim::store::LEASE.0.checked_sub(limits::CLOCK_SKEW_MAX.0),
        Some(Millis::seconds(3).0)
    );
}

#[test]
fn facts_of_the_same_batch_count_for_later_jobs() {
    let (mut store, state, mut replica) = (Store::default(), Cell::default(), Replica::default());
    let here = (PersonNo(1), ContextNo(0));
    let mut joins = Events(vec![facts(1, vec![Fact::Member(here.0, here.1)])]);
    let mut leaves = Events(vec![facts(2, vec![Fact::MemberGone(here.0, here.1)])]);
    let (mut before, mut between, mut after) = (IsMember(None), IsMember(None), IsMember(None));
    let mut jobs: Vec<&mut dyn Job> =
        vec![&mut before, &mut joins, &mut between, &mut leaves, &mut after];
    batch(&mut store, &mut replica, &state, &mut jobs, Fault::None, 10).unwrap();
    assert_eq!((before.0, between.0, after.0), (Some(false), Some(true), Some(false)));
}

#[test]
fn an_event_that_cannot_follow_takes_nothing_of_its_batch_into_the_log() {
    let (mut store, state, mut replica) = (Store::default(), Cell::default(), Replica::default());
    let ended = Event::GrantEnded(GrantEnded {
        grant: GrantNo(9),
        app: AppNo(1),
        why: Why::by(Actor::Operator),
    });
    let mut good = Events(vec![partner(1)]);
    let mut bad = Events(vec![partner(2), ended]);
    let done = batch(&mut store, &mut replica, &state, &mut [&mut good, &mut bad], Fault::None, 10);
    assert!(matches!(done, Err(BatchError::Refused(1, _))), "{done:?}");
    assert!(store.entries.is_empty());
}

#[test]
fn a_permit_older_than_the_events_that_are_kept_goes_back() {
    let (mut store, state, mut replica) = (Store::default(), Cell::default(), Replica::default());
    let mut job = permit(&state, Basis { load: 0, revision: Position(0) }, 10);
    // The first of these touches it, and is forgotten when the last ones come.
    let mut many = vec![facts(1, vec![Fact::Person(PersonNo(1))])];
    many.extend((1..=5_000).map(partner));
    batch(&mut store, &mut replica, &state, &mut [&mut Events(many)], Fault::None, 10).unwrap();
    assert!(replica.recent().len() < 5_000);
    batch(&mut store, &mut replica, &state, &mut [&mut job], Fault::None, 11).unwrap();
    assert_eq!(job.settled, Some(Settled::GoBack(Touch::Reread)));
}
