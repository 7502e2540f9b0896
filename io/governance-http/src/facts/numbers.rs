//! From the platform's ids to permanent numbers.

use super::wire::Told;
use ledger::Fact;
use model::{ContextKind, ContextNo, PersonNo};
use sequence::{NewObject, StoreError};
use std::collections::BTreeMap;
use store::{ExternalKind, Store, Urgency};

/// Facts with numbers in them; none where a fact ends what nobody ever heard of.
pub(super) struct Numbered {
    pub(super) facts: Vec<Option<Fact>>,
    /// Rows that go with them.
    pub(super) objects: Vec<NewObject>,
}

/// Gives numbers to whatever begins, and looks up whatever ends. Writes to the store: not for the threads of a runtime.
pub(super) fn number(store: &Store, told: &[Told<'_>]) -> Result<Numbered, StoreError> {
    let (mut people, mut groups) = (Vec::new(), Vec::new());
    // One batch is one entry: what begins in it must not keep from ending what ends in it.
    let mut urgency = Urgency::Ordinary;
    for one in told {
        match *one {
            Told::Person(person) => people.push(person),
            Told::Group(group) => groups.push(group),
            Told::Member(person, group) | Told::Admin(person, group) => {
                people.push(person);
                groups.push(group);
            }
            Told::PersonGone(_)
            | Told::GroupGone(_)
            | Told::MemberGone(..)
            | Told::AdminGone(..)
            | Told::FriendGone(..)
            | Told::ObjectGone(..) => urgency = Urgency::Ending,
            Told::Friend(..) => {}
        }
    }
    let people = assign(store, urgency, ExternalKind::Person, people)?;
    let groups = assign(store, urgency, ExternalKind::Context, groups)?;
    let person = |id: &str| -> Result<Option<PersonNo>, StoreError> {
        match people.get(id) {
            Some(no) => Ok(Some(PersonNo(*no))),
            None => store.person_number(id),
        }
    };
    let group = |id: &str| -> Result<Option<ContextNo>, StoreError> {
        match groups.get(id) {
            Some(no) => Ok(Some(ContextNo(*no))),
            None => store.context_number(id),
        }
    };
    let both = |p: &str, g: &str| -> Result<Option<(PersonNo, ContextNo)>, StoreError> {
        Ok(person(p)?.zip(group(g)?))
    };
    let mut objects = Vec::new();
    let mut facts = Vec::with_capacity(told.len());
    for one in told {
        facts.push(match *one {
            Told::Person(id) => person(id)?.map(Fact::Person),
            Told::PersonGone(id) => person(id)?.map(Fact::PersonGone),
            Told::Group(id) => group(id)?.map(|no| Fact::Context(no, ContextKind::Group)),
            Told::GroupGone(id) => group(id)?.map(Fact::ContextGone),
            Told::Member(p, g) => both(p, g)?.map(|(p, g)| Fact::Member(p, g)),
            Told::MemberGone(p, g) => both(p, g)?.map(|(p, g)| Fact::MemberGone(p, g)),
            Told::Admin(p, g) => both(p, g)?.map(|(p, g)| Fact::Admin(p, g)),
            Told::AdminGone(p, g) => both(p, g)?.map(|(p, g)| Fact::AdminGone(p, g)),
            Told::Friend(a, b) => person(a)?.zip(person(b)?).map(|(a, b)| Fact::Friend(a, b)),
            Told::FriendGone(a, b) => {
                person(a)?.zip(person(b)?).map(|(a, b)| Fact::FriendGone(a, b))
            }
            // An object that no app saw gets a number too: an answer that carries it may be under way, read from the
            // platform before the deletion and not yet numbered, and must be held against this fact.
            Told::ObjectGone(kind, id) => {
                Some(Fact::ObjectGone(store.object_number(kind, id, &mut objects)?))
            }
        });
    }
    Ok(Numbered { facts, objects })
}

fn assign<'a>(
    store: &Store,
    urgency: Urgency,
    kind: ExternalKind,
    mut ids: Vec<&'a str>,
) -> Result<BTreeMap<&'a str, u32>, StoreError> {
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let numbers = store.assign_for(urgency, kind, &ids)?;
    Ok(ids.into_iter().zip(numbers).collect())
}
