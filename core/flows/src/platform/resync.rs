//! Everything that stands, told anew: beginnings are taken in part by part, and at the end whatever was not named ends.

use super::Refusal;
use super::facts::membership;
use consent::{ContextState, State};
use ledger::{Event, Fact, Facts};
use model::{ContextNo, PersonNo, SourceNo, limits};
use sequence::{Commit, Lookup};
use std::collections::BTreeSet;
use std::ops::Range;

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

    /// Facts that end contexts of these numbers that stand and were not named. A piece at a time, so that whoever asks
    /// borrows the state for no longer; contexts first, then members, admins and people: the order in which they are told.
    #[must_use]
    pub fn ends_of_contexts(&self, state: &State, numbers: Range<u32>) -> Vec<Fact> {
        let live = |no: ContextNo| state.context(no).is_some_and(ContextState::is_live);
        let gone = |no: &ContextNo| live(*no) && !self.contexts.contains(no);
        numbers.map(ContextNo).filter(gone).map(Fact::ContextGone).collect()
    }

    /// Facts that end those of these memberships that were not named.
    #[must_use]
    pub fn ends_of_members(&self, standing: &[(PersonNo, ContextNo)]) -> Vec<Fact> {
        let gone = standing.iter().filter(|pair| !self.members.contains(pair));
        gone.map(|(person, context)| Fact::MemberGone(*person, *context)).collect()
    }

    /// Facts that end roles in contexts of these numbers that stand and were not named.
    #[must_use]
    pub fn ends_of_admins(&self, state: &State, numbers: Range<u32>) -> Vec<Fact> {
        let mut gone = Vec::new();
        for context in numbers.map(ContextNo) {
            let admins = state.context(context).map(ContextState::admins).unwrap_or_default();
            let unnamed = admins.iter().filter(|one| !self.admins.contains(&(**one, context)));
            gone.extend(unnamed.map(|admin| Fact::AdminGone(*admin, context)));
        }
        gone
    }

    /// Facts that end people of these numbers who are known and were not named.
    #[must_use]
    pub fn ends_of_people(&self, state: &State, numbers: Range<u32>) -> Vec<Fact> {
        let gone = |no: &PersonNo| state.is_person(*no) && !self.people.contains(no);
        numbers.map(PersonNo).filter(gone).map(Fact::PersonGone).collect()
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
