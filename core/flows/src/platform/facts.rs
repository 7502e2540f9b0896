//! Facts of one source, in its order: taken in once, never with a gap.

use consent::State;
use ledger::{Event, Fact, Facts};
use model::{SourceNo, limits};
use sequence::{Commit, Membership, VaultWrite};

/// Consecutive facts, their ids already numbers.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Who tells.
    pub source: SourceNo,
    /// The source's number of the first of them.
    pub first: u64,
    /// One slot a number; none where the fact names something that no app can have seen.
    pub facts: Vec<Option<Fact>>,
}

/// How much of a batch was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The source's number of the last fact that is in the log.
    pub up_to: u64,
    /// How many were new.
    pub new: usize,
}

/// Why a batch is not taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A fact between what is known and this batch is missing.
    #[error("facts from {expected} on are missing")]
    Gap {
        /// The number that comes next.
        expected: u64,
    },
    /// Too many at once.
    #[error("a batch has at most {} facts", limits::FACTS_BATCH_MAX)]
    TooMany,
}

/// Takes in what is new of a batch. The same batch again changes nothing.
///
/// # Errors
/// [`Refusal`]: nothing changes.
pub fn take_in(state: &State, batch: &Batch) -> Result<Commit<Taken>, Refusal> {
    if batch.facts.len() > limits::FACTS_BATCH_MAX {
        return Err(Refusal::TooMany);
    }
    let known = state.source_up_to(batch.source);
    if batch.first > known.saturating_add(1) {
        return Err(Refusal::Gap { expected: known.saturating_add(1) });
    }
    let up_to = batch.first.saturating_add(batch.facts.len() as u64).saturating_sub(1).max(known);
    let skip =
        usize::try_from(known.saturating_add(1).saturating_sub(batch.first)).unwrap_or(usize::MAX);
    let new: Vec<Option<Fact>> = batch.facts.iter().skip(skip).copied().collect();
    let taken = Taken { up_to, new: new.len() };
    if new.is_empty() {
        return Ok(Commit::nothing(taken));
    }
    let facts: Vec<Fact> = new.into_iter().flatten().collect();
    let writes = facts.iter().filter_map(membership).collect();
    let event = Event::Facts(Facts { source: batch.source, up_to, facts });
    Ok(Commit { events: vec![event], entries: Vec::new(), marks: Vec::new(), writes, reply: taken })
}

/// What a fact says about who belongs where, for the vault.
#[must_use]
pub fn membership(fact: &Fact) -> Option<VaultWrite> {
    match *fact {
        Fact::Member(person, context) | Fact::Admin(person, context) => {
            Some(VaultWrite::Member { person, context, membership: Membership::Member })
        }
        Fact::MemberGone(person, context) => {
            Some(VaultWrite::Member { person, context, membership: Membership::None })
        }
        Fact::Person(_)
        | Fact::PersonGone(_)
        | Fact::Context(..)
        | Fact::ContextGone(_)
        | Fact::AdminGone(..)
        | Fact::Friend(..)
        | Fact::FriendGone(..)
        | Fact::ObjectGone(_) => None,
    }
}
