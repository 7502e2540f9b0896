//! What a snapshot did not name: found a piece at a time, so that neither memory nor the state's lock is held for everybody
//! at once.

use flows::platform::Named;
use ledger::Fact;
use model::{ContextNo, PersonNo};
use sequence::StoreError;
use std::ops::Range;
use store::{ExternalKind, Store};

/// People or contexts looked at under one lock.
const NUMBERS: u32 = 4_000;
/// Memberships read at a time.
const MEMBERSHIPS: usize = 20_000;

/// How far what stands was held against what was named, in the order in which ends are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Contexts(u32),
    Members(Option<(PersonNo, ContextNo)>),
    Admins(u32),
    People(u32),
    Done,
}

impl Place {
    pub(super) const START: Self = Self::Contexts(0);
}

/// The numbers of one piece, and where the next one begins; none if this is the last.
fn piece(from: u32, len: usize) -> (Range<u32>, Option<u32>) {
    let len = u32::try_from(len).unwrap_or(u32::MAX);
    let end = from.saturating_add(NUMBERS).min(len);
    (from..end, Some(end).filter(|end| *end < len))
}

/// Facts that end what was not named, from a place on, until there are so many or no more; and where it goes on. Long: not
/// for the threads of a runtime.
pub(super) fn unnamed(
    store: &Store,
    named: &Named,
    from: Place,
    enough: usize,
) -> Result<(Vec<Fact>, Place), StoreError> {
    let (mut gone, mut place) = (Vec::new(), from);
    while place != Place::Done && gone.len() < enough {
        let (found, next) = step(store, named, place)?;
        gone.extend(found);
        place = next;
    }
    Ok((gone, place))
}

fn step(store: &Store, named: &Named, place: Place) -> Result<(Vec<Fact>, Place), StoreError> {
    Ok(match place {
        Place::Contexts(from) => {
            let state = store.state();
            let (numbers, next) = piece(from, state.contexts_len());
            let next = next.map_or(Place::Members(None), Place::Contexts);
            (named.ends_of_contexts(&state, numbers), next)
        }
        Place::Members(after) => {
            let standing = store.memberships_from(after, MEMBERSHIPS)?;
            let next = match standing.last() {
                Some(last) => Place::Members(Some(*last)),
                None => Place::Admins(0),
            };
            (named.ends_of_members(&standing), next)
        }
        Place::Admins(from) => {
            let state = store.state();
            let (numbers, next) = piece(from, state.contexts_len());
            let next = next.map_or(Place::People(0), Place::Admins);
            (named.ends_of_admins(&state, numbers), next)
        }
        Place::People(from) => {
            let state = store.state();
            let (numbers, next) = piece(from, state.people_len());
            (named.ends_of_people(&state, numbers), next.map_or(Place::Done, Place::People))
        }
        Place::Done => (Vec::new(), Place::Done),
    })
}

/// People whose erasure a crash cut short between the log and the vault: state does not have them, nobody says that they
/// belong anywhere, and their id is still there.
pub(super) fn unfinished(store: &Store) -> Result<Vec<PersonNo>, StoreError> {
    let (mut found, mut from) = (Vec::new(), Some(0));
    while let Some(at) = from {
        let (absent, next) = {
            let state = store.state();
            let (numbers, next) = piece(at, state.people_len());
            let absent = numbers.map(PersonNo).filter(|no| !state.is_person(*no));
            (absent.collect::<Vec<_>>(), next)
        };
        for person in absent {
            let has_id = store.external(ExternalKind::Person, person.0.into())?.is_some();
            if has_id && store.memberships(person)?.is_empty() {
                found.push(person);
            }
        }
        from = next;
    }
    Ok(found)
}
