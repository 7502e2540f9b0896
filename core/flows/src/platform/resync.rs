//! Everything that stands, told anew: beginnings are taken in part by part, and at the end whatever was not named ends.

use super::Refusal;
use super::facts::membership;
use consent::{ContextState, State};
use ledger::{Event, Fact, Facts};
use model::{ContextNo, PersonNo, SourceNo, limits};
use sequence::{Commit, Lookup};
use std::collections::BTreeSet;

/// What a snapshot has named so far.
#[derive(Debug, Clone, Default)]
pub struct Named {
    people: BTreeSet<PersonNo>,
    contexts: BTreeSet<ContextNo>,
    members: BTreeSet<(PersonNo, ContextNo)>,
    admins: BTreeSet<(PersonNo, ContextNo)>,
}

impl Named {
    /// Takes note of a fact.
    pub fn note(&mut self, fact: &Fact) {
        match *fact {
            Fact::Person(person) => {
                self.people.insert(person);
            }
            Fact::Context(context, _) => {
                self.contexts.insert(context);
            }
            Fact::Member(person, context) => {
                self.members.insert((person, context));
            }
            Fact::Admin(person, context) => {
                self.members.insert((person, context));
                self.admins.insert((person, context));
            }
            Fact::PersonGone(_)
            | Fact::ContextGone(_)
            | Fact::MemberGone(..)
            | Fact::AdminGone(..)
            | Fact::Friend(..)
            | Fact::FriendGone(..)
            | Fact::ObjectGone(_) => {}
        }
    }
}

/// Whether the state says so already: a snapshot that names a million people adds only those who are new.
fn is_known(state: &State, lookup: &dyn Lookup, fact: &Fact) -> bool {
    match *fact {
        Fact::Person(person) => state.is_person(person),
        Fact::Context(context, kind) => {
            state.context(context).is_some_and(|known| known.kind() == Some(kind))
        }
        Fact::Member(person, context) => lookup.is_member(person, context),
        Fact::Admin(person, context) => {
            lookup.is_member(person, context)
                && state.context(context).is_some_and(|known| known.has_admin(person))
        }
        // No friendship is kept in state: a standing one begins nothing.
        Fact::Friend(..) => true,
        Fact::PersonGone(_)
        | Fact::ContextGone(_)
        | Fact::MemberGone(..)
        | Fact::AdminGone(..)
        | Fact::FriendGone(..)
        | Fact::ObjectGone(_) => false,
    }
}

/// Takes a part's facts in. The source's number stays where it is until [`conclude`]: a snapshot that breaks off is
/// told again from its beginning.
///
/// # Errors
/// Too many at once.
pub fn take_standing(
    state: &State,
    lookup: &dyn Lookup,
    source: SourceNo,
    facts: &[Fact],
) -> Result<Commit<usize>, Refusal> {
    if facts.len() > limits::FACTS_BATCH_MAX {
        return Err(Refusal::TooMany);
    }
    let new: Vec<Fact> =
        facts.iter().filter(|fact| !is_known(state, lookup, fact)).copied().collect();
    if new.is_empty() {
        return Ok(Commit::nothing(0));
    }
    Ok(commit(source, state.source_up_to(source), new))
}

/// Facts that end what stands and was not named, in the order in which they are told.
#[must_use]
pub fn unnamed(state: &State, named: &Named, memberships: &[(PersonNo, ContextNo)]) -> Vec<Fact> {
    let mut gone = Vec::new();
    let contexts = || (0u32..).map(ContextNo).take(state.contexts_len());
    for context in contexts() {
        let live = state.context(context).is_some_and(ContextState::is_live);
        if live && !named.contexts.contains(&context) {
            gone.push(Fact::ContextGone(context));
        }
    }
    for pair in memberships {
        if !named.members.contains(pair) {
            gone.push(Fact::MemberGone(pair.0, pair.1));
        }
    }
    for context in contexts() {
        let admins = state.context(context).map(ContextState::admins).unwrap_or_default();
        for admin in admins {
            let pair = (*admin, context);
            if !named.admins.contains(&pair) {
                gone.push(Fact::AdminGone(pair.0, pair.1));
            }
        }
    }
    for person in (0u32..).map(PersonNo).take(state.people_len()) {
        if state.is_person(person) && !named.people.contains(&person) {
            gone.push(Fact::PersonGone(person));
        }
    }
    gone
}

/// Takes the last facts in and sets the source's number to the snapshot's.
///
/// # Errors
/// Too many at once.
pub fn conclude(
    source: SourceNo,
    sequence: u64,
    facts: Vec<Fact>,
) -> Result<Commit<usize>, Refusal> {
    if facts.len() > limits::FACTS_BATCH_MAX {
        return Err(Refusal::TooMany);
    }
    Ok(commit(source, sequence, facts))
}

fn commit(source: SourceNo, up_to: u64, facts: Vec<Fact>) -> Commit<usize> {
    let writes = facts.iter().filter_map(membership).collect();
    let reply = facts.len();
    let event = Event::Facts(Facts { source, up_to, facts });
    Commit { events: vec![event], entries: Vec::new(), marks: Vec::new(), writes, reply }
}
