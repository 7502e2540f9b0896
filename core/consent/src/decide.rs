//! The decision: two masks over data classes meet for each node of an answer.

mod authority;
mod cut_off;
mod person_side;
mod request_side;

pub use authority::{Authority, authorize};
pub use request_side::reach;

use crate::people::Word;
use crate::state::State;
use ledger::{About, Node};
use model::{
    ApiVersion, AppNo, Chain, ClassMask, ContextNo, CredentialNo, OperationNo, PersonNo, Position,
    ProgramNo, PurposeNo, Reason, Relation, Timestamp,
};
use person_side::{
    PersonSide, Surroundings, guarded_person, opted, person_mask, record_side, relation_of,
    unusual_person,
};
use request_side::{RequestMask, request_mask};

/// People of a page that are looked up together.
const PEOPLE_AT_ONCE: usize = 64;

/// A partner's request as far as it decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which app.
    pub app: AppNo,
    /// Credential that asked for the token; none for public clients.
    pub credential: Option<CredentialNo>,
    /// Whose authority the token carries.
    pub chain: Chain,
    /// Issue number of the token.
    pub issue: Position,
    /// Signing key of the token.
    pub key: u8,
    /// Refresh family that the token came from, if from one.
    pub family: Option<Position>,
    /// The acting person: the grant's; none for an installation token.
    pub acting: Option<PersonNo>,
    /// Operation.
    pub operation: OperationNo,
    /// Its program.
    pub program: ProgramNo,
    /// Its purpose.
    pub purpose: PurposeNo,
    /// Action classes that it needs, in `context`.
    pub requires: ClassMask,
    /// The context that the path names, if any.
    pub context: Option<ContextNo>,
    /// API version.
    pub version: ApiVersion,
    /// Up to when the platform's facts are complete.
    pub facts_up_to: Timestamp,
}

/// What may leave, node by node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is released of each node.
    pub released: Vec<ClassMask>,
    /// First instant at which time alone could change the decision. A refusal names none: nobody acts on it later.
    pub ends: Timestamp,
    /// What was asked and withheld, by reason, over all nodes that were not dropped whole.
    pub withheld: Vec<(Reason, ClassMask)>,
}

/// Where a reason goes when a class fails; nowhere when only masks are wanted.
pub(crate) trait Trace {
    fn failed(&mut self, reason: Reason, classes: ClassMask);
}

/// Masks only.
pub(crate) struct Silent;

impl Trace for Silent {
    #[inline]
    fn failed(&mut self, _: Reason, _: ClassMask) {}
}

impl Trace for Vec<(Reason, ClassMask)> {
    fn failed(&mut self, reason: Reason, classes: ClassMask) {
        match self.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, mask)) => *mask = *mask | classes,
            None => self.push((reason, classes)),
        }
    }
}

/// Classes still allowed, and where those go that fail.
struct Sieve<'t, T> {
    left: ClassMask,
    trace: &'t mut T,
}

impl<T: Trace> Sieve<'_, T> {
    #[inline]
    fn demand(&mut self, reason: Reason, allowed: ClassMask) {
        let failed = self.left.without(allowed);
        if !failed.is_empty() {
            self.trace.failed(reason, failed);
            self.left = self.left & allowed;
        }
    }
}

/// Decides every node of an answer.
///
/// Pure: the same state, request, nodes and instant give the same decision. `nodes` must list parents first, as
/// [`ledger::Node`] says; a node that stands within a later or missing one is withheld.
#[must_use]
pub fn decide(state: &State, request: &Request, nodes: &[Node], now: Timestamp) -> Decision {
    let mut withheld: Vec<(Reason, ClassMask)> = Vec::new();
    let Ok(authority) = authorize(state, request, now) else {
        return Decision {
            released: vec![ClassMask::NONE; nodes.len()],
            ends: Timestamp::NEVER,
            withheld,
        };
    };
    let mut pass = Pass::new(state, request, &authority, now);
    let mut released = Vec::with_capacity(nodes.len());
    for node in nodes {
        let mut failed = Vec::new();
        let mask = pass.node(node, &mut failed);
        // What was dropped whole must not show in any list of reasons (invariant 9).
        if pass.shows_last() {
            for (reason, classes) in failed {
                let asked = classes & node.asked;
                if !asked.is_empty() {
                    withheld.failed(reason, asked);
                }
            }
        }
        released.push(mask);
    }
    Decision { released, ends: pass.ends, withheld }
}

/// A context, the request's side in it and what that failed, and what the people's side needs.
type InContext<'a> = (Option<ContextNo>, RequestMask, Vec<(Reason, ClassMask)>, Surroundings<'a>);

/// One walk over the nodes of an answer.
pub(crate) struct Pass<'a> {
    state: &'a State,
    request: &'a Request,
    authority: &'a Authority,
    now: Timestamp,
    /// First instant at which time alone could change any mask used so far.
    pub(crate) ends: Timestamp,
    contexts: Vec<InContext<'a>>,
    /// For each node: whether it shows, and the node at which its record begins.
    shown: Vec<bool>,
    records: Vec<Option<&'a Node>>,
}

impl<'a> Pass<'a> {
    pub(crate) fn new(
        state: &'a State,
        request: &'a Request,
        authority: &'a Authority,
        now: Timestamp,
    ) -> Self {
        let mut pass = Self {
            state,
            request,
            authority,
            now,
            ends: Timestamp::NEVER,
            contexts: Vec::new(),
            shown: Vec::new(),
            records: Vec::new(),
        };
        // Grant and actions end by time too where the answer has no node: a write is permitted before there is an answer.
        pass.context(request.context);
        pass
    }

    fn shows_last(&self) -> bool {
        self.shown.last().copied().unwrap_or(false)
    }

    fn context(&mut self, context: Option<ContextNo>) -> usize {
        if let Some(index) = self.contexts.iter().position(|(known, ..)| *known == context) {
            return index;
        }
        let mut failed = Vec::new();
        let mask =
            request_mask(self.state, self.request, self.authority, context, self.now, &mut failed);
        self.ends = self.ends.min(mask.ends);
        let around = Surroundings::of(self.state, self.request, context);
        self.contexts.push((context, mask, failed, around));
        self.contexts.len() - 1
    }

    /// What is released of the next node; reasons go to `failed`.
    pub(crate) fn node(
        &mut self,
        node: &'a Node,
        failed: &mut Vec<(Reason, ClassMask)>,
    ) -> ClassMask {
        let parent = node.within.map(|within| within as usize);
        let inside = match parent {
            None => true,
            Some(parent) => self.shown.get(parent).copied().unwrap_or(false),
        };
        let begins = match &node.record {
            Some(_) => Some(node),
            None => parent.and_then(|parent| self.records.get(parent).copied().flatten()),
        };
        let record = begins.and_then(|begins| begins.record.as_ref());
        let relation = begins.map_or(Relation::NONE, |begins| relation_of(node, begins));
        let index = self.context(record.and_then(|record| record.context));
        let mask = match self.contexts.get(index) {
            Some((_, mask, reasons, around)) => {
                failed.extend(reasons.iter().copied());
                let mut sieve = Sieve { left: mask.classes, trace: failed };
                record_side(
                    &self.authority.rules,
                    (record, relation),
                    &node.about,
                    self.request.acting,
                    &mut sieve,
                );
                self.people(node, around, &mut sieve);
                sieve.left
            }
            None => ClassMask::NONE,
        };
        let shows = inside && mask.covers(node.presence);
        self.shown.push(shows);
        self.records.push(begins);
        if shows { mask & node.asked } else { ClassMask::NONE }
    }

    fn people<T: Trace>(&self, node: &Node, around: &Surroundings<'_>, sieve: &mut Sieve<'_, T>) {
        let (state, request, authority) = (self.state, self.request, self.authority);
        match &node.about {
            About::Nobody | About::Unresolvable => {
                sieve.demand(Reason::Unresolvable, !authority.rules.personal)
            }
            About::People(people) => {
                let side = PersonSide { state, request, authority };
                for person in people {
                    person_mask(&side, around, *person, sieve);
                }
            }
        }
    }
}

/// Masks of many people in one context, for classes asked of each alike: the shape of a member list. Only masks.
///
/// Appends one mask a person to `masks`; equal to [`decide`] on published records about one person each.
pub fn decide_people(
    state: &State,
    request: &Request,
    context: ContextNo,
    people: &[PersonNo],
    now: Timestamp,
    masks: &mut Vec<ClassMask>,
) -> Result<Timestamp, Reason> {
    let authority = authorize(state, request, now)?;
    let rules = &authority.rules;
    let request_side = request_mask(state, request, &authority, Some(context), now, &mut Silent);
    let around = Surroundings::of(state, request, Some(context));
    let base = request_side.classes.without(rules.participant | rules.friend);
    let side = PersonSide { state, request, authority: &authority };
    let guarded = authority.is_guarded();
    masks.reserve(people.len());
    for some in people.chunks(PEOPLE_AT_ONCE) {
        // In steps, each a loop without branches that depend on the person: so that what is not in the cache is fetched
        // for many people at once, not for one after the other.
        let mut words = [Word::UNKNOWN; PEOPLE_AT_ONCE];
        for (word, person) in words.iter_mut().zip(some) {
            *word = state.people.word(*person);
        }
        let done = masks.len();
        masks.extend(some.iter().map(|person| {
            let own =
                if request.acting == Some(*person) { ClassMask::ALL } else { !rules.own_data };
            base & own & opted(state, rules, &around, *person)
        }));
        for ((mask, word), person) in masks.iter_mut().skip(done).zip(words).zip(some) {
            if !word.is_plain() || guarded {
                let mut sieve = Sieve { left: *mask, trace: &mut Silent };
                unusual_person(&side, &around, (*person, word), &mut sieve);
                guarded_person(&side, &around, *person, &mut sieve);
                *mask = sieve.left;
            }
        }
    }
    Ok(request_side.ends)
}
