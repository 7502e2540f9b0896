//! Staff themselves.

use super::{Refusal, is_staff, name};
use crate::Said;
use consent::State;
use ledger::{Event, StaffEnded, StaffMade};
use model::{Env, StaffNo};
use sequence::{Commit, NameOf, VaultWrite};

/// Makes somebody staff.
///
/// # Errors
/// The actor is no staff, or the name cannot be one.
pub fn make_staff(
    state: &State,
    env: &Env,
    said: &Said,
    display: &str,
) -> Result<Commit<StaffNo>, Refusal> {
    is_staff(state, said.by)?;
    let text = name("name", display)?;
    let staff = state.next_staff();
    let (why, notes) = said.split(env);
    let mut commit = Commit::event(Event::StaffMade(StaffMade { staff, why, role: None }), staff);
    commit.writes.extend(notes);
    Ok(commit.with(VaultWrite::Name { of: NameOf::Staff(staff), text }))
}

/// Ends somebody's being staff.
///
/// # Errors
/// They are none.
pub fn end_staff(
    state: &State,
    env: &Env,
    said: &Said,
    staff: StaffNo,
) -> Result<Commit<()>, Refusal> {
    is_staff(state, said.by)?;
    if !state.is_staff(staff) {
        return Err(Refusal::Unknown("staff member"));
    }
    let (why, notes) = said.split(env);
    let mut commit = Commit::event(Event::StaffEnded(StaffEnded { staff, why }), ());
    commit.writes.extend(notes);
    Ok(commit)
}
