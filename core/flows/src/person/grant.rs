//! Withdrawing an app's authorization.

use super::Refusal;
use consent::State;
use ledger::{Event, GrantEnded, Why};
use model::{Actor, GrantNo, PersonNo};
use sequence::Commit;

/// Ends a person's own grant. Succeeds whatever the status of app and partner, and again when it has ended already.
///
/// # Errors
/// The person never gave such a grant.
pub fn end_grant(state: &State, person: PersonNo, grant: GrantNo) -> Result<Commit<()>, Refusal> {
    let found =
        state.grant(grant).filter(|grant| grant.person == person).ok_or(Refusal::Unknown)?;
    if found.ended {
        return Ok(Commit::nothing(()));
    }
    let why = Why::by(Actor::Person(person));
    Ok(Commit::event(Event::GrantEnded(GrantEnded { grant, app: found.app, why }), ()))
}
