//! What must hold after every step, told from the store's bytes and from what was seen outside, never from a replica.

use crate::store::Store;
use consent::{State, decide};
use ledger::{About, Event, Fact, Frontier, Leaf, Node, Payload, SettingScope};
use model::{ClassMask, ContextNo, ObjectNo, PersonNo, Position, Timestamp};
use sequence::{Answer, is_ending};
use std::collections::{BTreeMap, BTreeSet};

/// A rule that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which rule.
    pub rule: &'static str,
    /// What happened.
    pub detail: String,
}

pub(crate) fn broken<T>(rule: &'static str, detail: impl Into<String>) -> Result<T, Violation> {
    Err(Violation { rule, detail: detail.into() })
}

/// A request as the checker needs it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) request: consent::Request,
    /// One more than the last position whose end had returned when the request began.
    pub(crate) floor: u64,
}

/// An answer that somebody may still receive.
#[derive(Debug, Clone)]
struct Outstanding {
    answer: Answer,
    /// An end that changed it has returned: it must not be handed over any more.
    forbidden: Option<Position>,
    /// An event may well have changed it: waiting for it is right.
    changed: bool,
}

/// Watches the store and the outside.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    state: State,
    frontier: Frontier,
    members: BTreeSet<(PersonNo, ContextNo)>,
    asked: BTreeMap<u64, Asked>,
    outstanding: BTreeMap<u64, Outstanding>,
    /// Answers that each event takes something away from.
    took: BTreeMap<u64, Vec<u64>>,
    returned: u64,
    gone: BTreeSet<ObjectNo>,
    acknowledged: Vec<(Position, [u8; 32])>,
    /// Answers handed over.
    pub(crate) handed: u64,
}

impl Checker {
    /// The fold that it keeps itself.
    pub(crate) const fn state(&self) -> &State {
        &self.state
    }

    pub(crate) fn asked(&mut self, id: u64, request: &consent::Request) {
        self.asked.insert(id, Asked { request: request.clone(), floor: self.returned });
    }

    /// Takes over which requests there were.
    pub(crate) fn trust_requests_of(&mut self, other: &Self) {
        self.asked = other.asked.clone();
    }

    /// Takes in what became durable: rules 3 and 4.
    pub(crate) fn take_in(&mut self, store: &Store) -> Result<(), Violation> {
        for number in self.frontier.size()..store.entries.len() as u64 {
            let position = Position(number);
            let Some(sealed) = usize::try_from(number).ok().and_then(|n| store.entries.get(n))
            else {
                return broken("positions are dense", format!("{position} is missing"));
            };
            let entry = match sealed.open() {
                Ok(entry) => entry,
                Err(error) => return broken("entries read back", format!("{position}: {error}")),
            };
            self.frontier.push(ledger_hash(&sealed.leaf));
            let time = entry.leaf.time;
            if time < self.state.time() {
                return broken("entry times are monotone", format!("{position} at {}", time.0));
            }
            match &entry.payload {
                Payload::Disclosure(payload) => {
                    self.recompute(position, &entry.leaf, &payload.nodes, &payload.released)?;
                    self.fold(position, time, &entry.payload)?;
                }
                Payload::Control(event) => {
                    self.note_members(position, event)?;
                    let before = self.state.clone();
                    self.fold(position, time, &entry.payload)?;
                    self.note_change(position, time, event, &before)?;
                }
                _ => self.fold(position, time, &entry.payload)?,
            }
        }
        if self.frontier != store.head.frontier || self.state.time().0 != store.head.time {
            return broken("the head is the tree over the entries", format!("{:?}", store.head));
        }
        Ok(())
    }

    fn fold(&mut self, at: Position, time: Timestamp, payload: &Payload) -> Result<(), Violation> {
        match self.state.apply(at, time, payload) {
            Ok(()) => Ok(()),
            Err(error) => broken("the log can be folded", format!("{at}: {error}")),
        }
    }

    /// Rule 3: the decision follows from the log up to here.
    fn recompute(
        &self,
        position: Position,
        leaf: &Leaf,
        nodes: &[Node],
        released: &[ClassMask],
    ) -> Result<(), Violation> {
        let Some(asked) = request_id(leaf).and_then(|id| self.asked.get(&id)) else {
            return broken("a disclosure names its request", format!("{position}"));
        };
        let again = decide(&self.state, &asked.request, nodes, leaf.time);
        if again.released != released {
            let detail = format!("{position}: recorded {released:?}, recomputed {again:?}");
            return broken("a decision recomputes", detail);
        }
        if leaf.policy != self.state.policy_at() {
            let detail = format!("{position}: {:?}, not {:?}", leaf.policy, self.state.policy_at());
            return broken("a disclosure names the policy in force", detail);
        }
        Ok(())
    }

    fn note_members(&mut self, position: Position, event: &Event) -> Result<(), Violation> {
        match event {
            Event::Facts(facts) => {
                for fact in &facts.facts {
                    match *fact {
                        Fact::Member(person, context) | Fact::Admin(person, context) => {
                            self.members.insert((person, context));
                        }
                        Fact::MemberGone(person, context) => {
                            self.members.remove(&(person, context));
                        }
                        _ => {}
                    }
                }
                Ok(())
            }
            Event::OptIn(event) => {
                let installation = self.state.installation(event.installation);
                let context = installation.map(|one| one.context);
                match context {
                    Some(context) if self.members.contains(&(event.person, context)) => Ok(()),
                    _ => broken(
                        "who opts in is a member",
                        format!("{position}: {} in {context:?}", event.person),
                    ),
                }
            }
            _ => Ok(()),
        }
    }

    /// Rule 2, first half: which answers on their way does this event take something away from?
    fn note_change(
        &mut self,
        position: Position,
        time: Timestamp,
        event: &Event,
        before: &State,
    ) -> Result<(), Violation> {
        let mut took = Vec::new();
        for (id, one) in &mut self.outstanding {
            let (request, nodes) = (&*one.answer.request, &*one.answer.nodes);
            let was = decide(before, request, nodes, time).released;
            let is = decide(&self.state, request, nodes, time).released;
            let masks = one.answer.released.iter().zip(was.iter().zip(&is));
            let taken =
                masks.into_iter().any(|(had, (was, is))| !(*had & *was).without(*is).is_empty());
            let reread = must_be_read_again(event, nodes, &one.answer.released);
            one.changed |= taken || reread || is != *one.answer.released;
            // What the upstream would say now nobody knows without asking it: waiting is right.
            one.changed |= matches!(event, Event::CatalogActivated(_)) || names(event, one);
            // Two touches that cancel each other look like one that did nothing; then waiting is right too.
            one.changed |= was != is;
            // One use is over because another answer used it; what was permitted before that under an earlier
            // authorization stays as it was.
            let spent = matches!(event, Event::GrantSpent(_));
            if (taken || reread) && !spent {
                took.push(*id);
            }
        }
        if !took.is_empty() && !is_ending(event) {
            return broken("what is no end takes nothing away", format!("{position}: {event:?}"));
        }
        self.took.insert(position.0, took);
        Ok(())
    }

    /// An answer's commit was acknowledged: from here on it may be handed over.
    pub(crate) fn decided(&mut self, id: u64, answer: &Answer) -> Result<(), Violation> {
        let one = Outstanding { answer: answer.clone(), forbidden: None, changed: false };
        match self.outstanding.insert(id, one) {
            None => Ok(()),
            Some(_) => broken("a request has one answer", format!("request {id}")),
        }
    }

    /// Its connection was reset: nobody receives it.
    pub(crate) fn reset(&mut self, id: u64) {
        self.outstanding.remove(&id);
    }

    /// Rule 6: only answers that something may have changed are waited for.
    pub(crate) fn waited_for(&self, id: u64, events: usize) -> Result<(), Violation> {
        let Some(one) = self.outstanding.get(&id) else { return Ok(()) };
        let now = self.state.time();
        let same = decide(&self.state, &one.answer.request, &one.answer.nodes, now).released
            == *one.answer.released;
        if one.changed || !same || events > 1 {
            return Ok(());
        }
        broken("unaffected answers are not waited for", format!("request {id}"))
    }

    /// Rules 1 and 2: an answer reaches the socket.
    pub(crate) fn handed(&mut self, id: u64, store: &Store) -> Result<(), Violation> {
        let Some(one) = self.outstanding.remove(&id) else {
            return broken("only acknowledged answers leave", format!("request {id}"));
        };
        let position = one.answer.position;
        let recorded = store.entry(position).is_some_and(|entry| match &entry.payload {
            Payload::Disclosure(payload) => {
                request_id(&entry.leaf) == Some(id)
                    && payload.nodes == *one.answer.nodes
                    && payload.released == *one.answer.released
            }
            _ => false,
        });
        if !recorded {
            return broken("recorded before released", format!("request {id} at {position}"));
        }
        if let Some(ended_at) = one.forbidden {
            let detail = format!("request {id} at {position} after the end at {ended_at} returned");
            return broken("ended means ended", detail);
        }
        if self.asked.get(&id).is_none_or(|asked| position.0 < asked.floor) {
            let detail = format!("request {id} at {position} began after a later end returned");
            return broken("requests after an end are decided after it", detail);
        }
        let objects = one.answer.nodes.iter().zip(one.answer.released.iter());
        let gone = objects
            .filter(|(_, mask)| !mask.is_empty())
            .filter_map(|(node, _)| node.record.as_ref())
            .find(|record| self.gone.contains(&record.object));
        if let Some(record) = gone {
            let detail = format!("request {id} at {position}: {}", record.object);
            return broken("what is gone is not shown", detail);
        }
        self.handed += 1;
        Ok(())
    }

    /// A call that appended these positions returned, having waited if anything of it ended something.
    pub(crate) fn returned(&mut self, first: Position, count: u64, store: &Store) {
        for number in first.0..first.0 + count {
            let position = Position(number);
            if let Some(sealed) = usize::try_from(number).ok().and_then(|n| store.entries.get(n)) {
                self.acknowledged.push((position, sealed.hash));
            }
            for id in self.took.get(&number).into_iter().flatten() {
                if let Some(one) = self.outstanding.get_mut(id) {
                    one.forbidden.get_or_insert(position);
                }
            }
            let entry = store.entry(position);
            if let Some(Payload::Control(Event::Facts(facts))) = entry.map(|entry| entry.payload) {
                self.gone.extend(facts.facts.iter().filter_map(|fact| match fact {
                    Fact::ObjectGone(object) => Some(*object),
                    _ => None,
                }));
            }
            self.returned = self.returned.max(number + 1);
        }
    }

    /// Rule 5: whatever was acknowledged is there; and everything again from the first entry on.
    pub(crate) fn finish(&self, store: &Store) -> Result<(), Violation> {
        for (position, hash) in &self.acknowledged {
            let kept = usize::try_from(position.0).ok().and_then(|n| store.entries.get(n));
            if kept.is_none_or(|sealed| sealed.hash != *hash) {
                return broken("nothing acknowledged is lost", format!("{position}"));
            }
        }
        let mut again = Self { asked: self.asked.clone(), ..Self::default() };
        again.take_in(store)?;
        same_bytes(&again.state, &self.state)
    }
}

fn ledger_hash(leaf: &[u8]) -> ledger::Hash {
    // Hashed again, so that a hash which does not belong to its leaf shows in the head.
    ledger::leaf_hash(leaf)
}

fn request_id(leaf: &Leaf) -> Option<u64> {
    let bytes = leaf.request?;
    bytes.last_chunk().map(|chunk| u64::from_be_bytes(*chunk))
}

/// The bytes that stand in the leaf for a request.
pub(crate) fn request_bytes(id: u64) -> [u8; 16] {
    u128::from(id).to_be_bytes()
}

/// Whether a fact is about somebody or something of this answer, shown or not.
fn names(event: &Event, one: &Outstanding) -> bool {
    let Event::Facts(facts) = event else { return false };
    let nodes = &*one.answer.nodes;
    facts.facts.iter().any(|fact| match fact {
        Fact::ObjectGone(object) => nodes
            .iter()
            .filter_map(|node| node.record.as_ref())
            .any(|record| record.object == *object),
        Fact::MemberGone(person, _) => {
            one.answer.request.acting == Some(*person)
                || nodes.iter().any(|node| match &node.about {
                    About::People(people) => people.contains(person),
                    About::Nobody | About::Unresolvable => false,
                })
        }
        _ => false,
    })
}

/// Whether the upstream would not show again what this answer shows.
fn must_be_read_again(event: &Event, nodes: &[Node], released: &[ClassMask]) -> bool {
    let Event::Facts(facts) = event else { return false };
    let shown = || nodes.iter().zip(released).filter(|(_, mask)| !mask.is_empty());
    facts.facts.iter().any(|fact| match fact {
        Fact::ObjectGone(object) => shown()
            .filter_map(|(node, _)| node.record.as_ref())
            .any(|record| record.object == *object),
        Fact::ContextGone(context) => shown()
            .filter_map(|(node, _)| node.record.as_ref())
            .any(|record| record.context == Some(*context)),
        Fact::MemberGone(person, context) => {
            let here = nodes
                .iter()
                .filter_map(|node| node.record.as_ref())
                .any(|record| record.context == Some(*context));
            here && shown().any(|(node, _)| match &node.about {
                About::People(people) => people.contains(person),
                About::Nobody | About::Unresolvable => false,
            })
        }
        _ => false,
    })
}

/// Rule 4, to the last byte: what would be written into a snapshot.
pub(crate) fn same_bytes(one: &State, other: &State) -> Result<(), Violation> {
    let mut one = one.clone();
    // Disclosures that it appended itself have not moved its state yet.
    if let Err(error) = one.skip_to(other.next(), other.time()) {
        return broken("replicas at the same head agree", error.to_string());
    }
    if one.encode_snapshot() == other.encode_snapshot() {
        return Ok(());
    }
    broken("replicas at the same head agree", "snapshots")
}

/// Rule 4: two folds of the same log say the same.
pub(crate) fn same_state(one: &State, other: &State) -> Result<(), Violation> {
    let differs = |what: &str| broken("replicas at the same head agree", what.to_owned());
    if one.revision() != other.revision() {
        return differs("revision");
    }
    if one.policy_at() != other.policy_at() || one.rules() != other.rules() {
        return differs("rules");
    }
    if one.catalog() != other.catalog() || one.numbering() != other.numbering() {
        return differs("catalog");
    }
    if !one.partners().eq(other.partners()) || !one.apps().eq(other.apps()) {
        return differs("partners and apps");
    }
    if !one.programs().eq(other.programs()) || !one.agreements().eq(other.agreements()) {
        return differs("programs and agreements");
    }
    if !one.installations().eq(other.installations()) || !one.grants().eq(other.grants()) {
        return differs("installations and grants");
    }
    for context in (0..crate::world::CONTEXTS).map(ContextNo) {
        let admins = |state: &State| state.context(context).map(|c| c.admins().to_vec());
        if admins(one) != admins(other) || !one.opt_ins(context).eq(other.opt_ins(context)) {
            return differs("a context");
        }
    }
    for person in (0..crate::world::PEOPLE).map(PersonNo) {
        let settings = |state: &State| -> Vec<(SettingScope, ClassMask)> {
            let settings = state.person(person).map(|p| p.settings().to_vec());
            settings.into_iter().flatten().map(|s| (s.scope, s.blocked)).collect()
        };
        if settings(one) != settings(other) || one.is_person(person) != other.is_person(person) {
            return differs("a person");
        }
    }
    Ok(())
}
