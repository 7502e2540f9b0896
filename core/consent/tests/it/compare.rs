//! Holds `consent` against the reference, question by question.

use crate::asks::Ask;
use crate::world::World;
use consent::{Explained, State, Touch, Why};
use ledger::{About, Event, Node, RecordFacts};
use model::{
    ClassMask, ClassNo, ContextNo, ObjectKind, ObjectNo, PersonNo, Publication, Reason, Relation,
    Timestamp,
};
use reference::Outcome;
use std::collections::BTreeMap;

/// What the cases came to, so that a test that compares nothing with nothing is found out.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub cases: u64,
    /// Cases that were not refused as a whole.
    pub served: u64,
    /// Cases of which something left.
    pub releasing: u64,
    /// Classes of nodes that left.
    pub released: u64,
    pub not_shown: u64,
    pub withheld: BTreeMap<Reason, u64>,
    /// Requests refused as a whole.
    pub refused: BTreeMap<Reason, u64>,
    /// Decisions, served ones, that the next event changed.
    pub changed: u64,
    /// Decisions that time alone changed, at the instant they said or later.
    pub ended: u64,
    /// Marks of use that were recorded.
    pub marks: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        self.served += other.served;
        self.releasing += other.releasing;
        self.released += other.released;
        self.not_shown += other.not_shown;
        self.marks += other.marks;
        self.changed += other.changed;
        self.ended += other.ended;
        for (reason, count) in &other.withheld {
            *self.withheld.entry(*reason).or_default() += count;
        }
        for (reason, count) in &other.refused {
            *self.refused.entry(*reason).or_default() += count;
        }
    }
}

/// Everything a partner could notice of a decision: refusal or masks, and what is said about what was withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    refused: Option<Reason>,
    released: Vec<ClassMask>,
    withheld: BTreeMap<Reason, ClassMask>,
}

pub fn answer(state: &State, ask: &Ask, now: Timestamp) -> (Answer, Timestamp) {
    let refused = consent::authorize(state, &ask.request, now).err();
    let decision = consent::decide(state, &ask.request, &ask.nodes, now);
    let count = decision.withheld.len();
    let withheld: BTreeMap<_, _> = decision.withheld.into_iter().collect();
    assert_eq!(count, withheld.len(), "a reason is listed once");
    (Answer { refused, released: decision.released, withheld }, decision.ends)
}

/// What the reference says, class by class of each node.
type Outcomes = Vec<BTreeMap<ClassNo, Outcome>>;

fn expected(world: &World, ask: &Ask, tally: &mut Tally) -> (Answer, Outcomes) {
    let events = &world.events;
    let refused = reference::authorize(events, &ask.request, ask.now).err();
    let outcomes = reference::decide(events, &ask.request, &ask.nodes, ask.now);
    let mut answer = Answer { refused, released: Vec::new(), withheld: BTreeMap::new() };
    for node in &outcomes {
        let mut released = ClassMask::NONE;
        for (class, outcome) in node {
            let class = ClassMask::of(*class);
            match outcome {
                Outcome::Released => released = released | class,
                Outcome::Withheld(reason) if refused.is_none() => {
                    let mask = answer.withheld.entry(*reason).or_default();
                    *mask = *mask | class;
                    *tally.withheld.entry(*reason).or_default() += 1;
                }
                Outcome::Withheld(_) => {}
                Outcome::NotShown => tally.not_shown += 1,
            }
        }
        tally.released += u64::from(released.len());
        answer.released.push(released);
    }
    tally.cases += 1;
    tally.served += u64::from(refused.is_none());
    tally.releasing += u64::from(answer.released.iter().any(|mask| !mask.is_empty()));
    if let Some(reason) = refused {
        *tally.refused.entry(reason).or_default() += 1;
    }
    (answer, outcomes)
}

/// All that happened except documents, one event a line.
fn story(world: &World) -> String {
    let documents =
        |event: &Event| matches!(event, Event::CatalogActivated(_) | Event::PolicyActivated(_));
    let lines = world.events.iter().filter(|(_, _, event)| !documents(event));
    lines.map(|(at, time, event)| format!("\n{} {}: {event:?}", at.0, time.0)).collect()
}

/// Compares masks, refusals and reasons. Returns the answer and when it ends.
pub fn decision(world: &World, ask: &Ask, tally: &mut Tally) -> (Answer, Timestamp) {
    let (expected, outcomes) = expected(world, ask, tally);
    let (found, ends) = answer(&world.state, ask, ask.now);
    assert_eq!(found, expected, "consent, then reference: {ask:?}\nafter {}", story(world));
    match consent::explain(&world.state, &ask.request, &ask.nodes, ask.now) {
        Err(reason) => assert_eq!(Some(reason), expected.refused, "{ask:#?}"),
        Ok(list) => {
            assert_eq!(expected.refused, None, "explain serves what is refused: {ask:#?}");
            assert_eq!(list.len(), outcomes.iter().map(BTreeMap::len).sum::<usize>());
            let is_hidden = |node: &BTreeMap<_, _>| node.values().any(|o| *o == Outcome::NotShown);
            let failures = if outcomes.iter().any(is_hidden) {
                reference::failures(&world.events, &ask.request, &ask.nodes, ask.now)
            } else {
                vec![BTreeMap::new(); ask.nodes.len()]
            };
            for one in &list {
                let outcome = outcomes[one.node][&one.class];
                let agrees = explains(ask, one, outcome, &failures[one.node]);
                assert!(agrees, "{one:?} where the reference says {outcome:?}: {ask:#?}");
            }
        }
    }
    (found, ends)
}

/// Of a node that is not shown, `explain` still says what is wrong with the class itself, if anything is; else what
/// keeps the node from being shown, if it is not the node around it.
fn explains(
    ask: &Ask,
    one: &Explained,
    outcome: Outcome,
    failures: &BTreeMap<ClassNo, Reason>,
) -> bool {
    let own = failures.get(&one.class);
    match (&one.why, outcome) {
        (Why::Released(links), Outcome::Released) => !links.is_empty(),
        (Why::Withheld(found), Outcome::Withheld(reason)) => *found == reason,
        (Why::Withheld(found), Outcome::NotShown) => own == Some(found),
        (Why::NotShown(found), Outcome::NotShown) => {
            let presence = ask.nodes[one.node].presence;
            let mut reasons = presence.iter().filter_map(|class| failures.get(&class));
            let agrees = match found {
                Some(found) => reasons.any(|reason| reason == found),
                None => reasons.next().is_none(),
            };
            own.is_none() && agrees
        }
        _ => false,
    }
}

/// Nothing changes by time alone before the instant that the decision names: at instants at which anything begins or
/// ends, and just before the end. A refusal promises nothing: nobody acts on it later.
pub fn time(world: &mut World, ask: &Ask, made: &Answer, ends: Timestamp, tally: &mut Tally) {
    if made.refused.is_some() {
        return;
    }
    assert!(ends > ask.now, "a decision ends after it was made: {ask:#?}");
    let before = Timestamp(ends.0.min(ask.now.0 + 1_000_000_000_000) - 1);
    let mut instants = vec![before];
    for _ in 0..4 {
        if let Some(edge) = world.dice.pick(&world.instants) {
            instants.extend([*edge, Timestamp(edge.0 + 1)]);
        }
    }
    for at in instants.into_iter().filter(|at| ask.now < *at && *at < ends) {
        let (then, _) = answer(&world.state, ask, at);
        assert_eq!(&then, made, "changes at {at:?}, before it ends at {ends:?}: {ask:#?}");
    }
    if ends != Timestamp::NEVER {
        tally.ended += u64::from(answer(&world.state, ask, ends).0 != *made);
    }
    if world.dice.percent(1) {
        let (request, nodes) = (&ask.request, &ask.nodes);
        let change = reference::changes_before(&world.events, request, nodes, ask.now, ends);
        assert_eq!(change, None, "the reference changes before {ends:?}: {ask:#?}");
    }
}

/// A list of members is decided as one node a person would be.
pub fn members(world: &mut World, ask: &Ask, tally: &mut Tally) {
    let context = ask.request.context.unwrap_or(ContextNo(0));
    let people: Vec<PersonNo> = (0..9).map(PersonNo).collect();
    let nodes: Vec<Node> = people
        .iter()
        .map(|person| Node {
            within: None,
            record: Some(RecordFacts {
                kind: ObjectKind::Member,
                object: ObjectNo(0),
                context: Some(context),
                publication: Publication::Published,
                time: None,
                relation: Relation::NONE,
            }),
            about: About::People(std::iter::once(*person).collect()),
            presence: ClassMask::NONE,
            asked: ClassMask::ALL,
        })
        .collect();
    if world.dice.percent(20) {
        let list = Ask { request: ask.request.clone(), nodes: nodes.clone(), now: ask.now };
        decision(world, &list, tally);
    }
    let decide = |now| consent::decide(&world.state, &ask.request, &nodes, now);
    let decide_people = |now| {
        let mut masks = Vec::new();
        let ends =
            consent::decide_people(&world.state, &ask.request, context, &people, now, &mut masks);
        (ends, masks)
    };
    let (ends, masks) = decide_people(ask.now);
    match ends {
        Err(reason) => {
            let refused = consent::authorize(&world.state, &ask.request, ask.now).err();
            assert_eq!(Some(reason), refused, "{ask:#?}");
            assert!(masks.is_empty());
        }
        Ok(ends) => {
            assert_eq!(masks, decide(ask.now).released, "decide_people, then decide: {ask:#?}");
            assert!(ends > ask.now);
            let edge = world.dice.pick(&world.instants).copied();
            for at in edge.into_iter().filter(|at| ask.now < *at && *at < ends) {
                assert_eq!(masks, decide_people(at).1, "changes before {ends:?}: {ask:#?}");
            }
        }
    }
}

/// Everything that left of any node.
pub fn union(answer: &Answer) -> ClassMask {
    answer.released.iter().fold(ClassMask::NONE, |all, mask| all | *mask)
}

/// Whether an answer is worth an event of its own.
pub fn releases(answer: &Answer) -> bool {
    answer.released.iter().any(|mask| !mask.is_empty())
}

/// An event after which all answers must be as before, and stay so until they end, unless it was said to touch them.
pub struct Next<'a> {
    pub before: &'a State,
    pub event: &'a Event,
    pub after: &'a State,
}

impl Next<'_> {
    pub fn check(
        &self,
        ask: &Ask,
        (made, ends): &(Answer, Timestamp),
        edge: Option<Timestamp>,
        tally: &mut Tally,
    ) {
        // Nobody acts on a refusal later, so nobody asks what touches it.
        if made.refused.is_some() {
            return;
        }
        let event = self.event;
        let touch = consent::touches(self.before, &ask.request, &ask.nodes, event);
        let now = answer(self.after, ask, ask.now).0;
        tally.changed += u64::from(now != *made);
        if touch != Touch::No {
            return;
        }
        assert_eq!(now, *made, "for {event:?}: {ask:#?}");
        let last = Timestamp(ends.0.min(ask.now.0 + 1_000_000_000_000) - 1);
        for at in [Some(last), edge].into_iter().flatten() {
            if ask.now < at && at < *ends {
                let then = answer(self.after, ask, at).0;
                assert_eq!(then, *made, "at {at:?}, before {ends:?}, for {event:?}: {ask:#?}");
            }
        }
    }
}
