//! Looking up who a person is: allowed to few, and in the log before the name is told.

use super::{Act, Refusal, may};
use crate::Said;
use consent::State;
use ledger::{Event, IdentityLookedUp};
use model::{Env, PersonNo};
use sequence::Commit;

/// Enters that somebody looked up who a person is. Whoever asks may be told once this is durable, and not before.
///
/// # Errors
/// The actor may not, gave no reason, or the person is unknown or erased: nobody can tell any more who that was.
pub fn look_up(
    state: &State,
    env: &Env,
    said: &Said,
    person: PersonNo,
) -> Result<Commit<()>, Refusal> {
    may_look_up(state, said)?;
    if !state.is_person(person) {
        return Err(Refusal::Unknown("person"));
    }
    let (why, notes) = said.split(env);
    let mut commit = Commit::event(Event::IdentityLookedUp(IdentityLookedUp { person, why }), ());
    commit.writes.extend(notes);
    Ok(commit)
}

/// Whether somebody may look up anybody, with what they said.
pub(super) fn may_look_up(state: &State, said: &Said) -> Result<(), Refusal> {
    may(state, said.by, Act::LookUp)?;
    if said.reason.is_none() {
        let problem = "must be named: the entry says why somebody was looked up".to_owned();
        return Err(Refusal::Invalid { field: "because.reason", problem });
    }
    Ok(())
}
