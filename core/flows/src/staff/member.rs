//! Staff themselves.

use super::{Act, Refusal, may, name};
use crate::Said;
use consent::State;
use ledger::{Event, StaffEnded, StaffMade, StaffRoleChanged};
use model::{Env, StaffNo, StaffRole};
use sequence::{Commit, NameOf, VaultWrite};

/// Makes somebody staff.
///
/// # Errors
/// The actor may not, or the name cannot be one.
pub fn make_staff(
    state: &State,
    env: &Env,
    said: &Said,
    display: &str,
    role: StaffRole,
) -> Result<Commit<StaffNo>, Refusal> {
    may(state, said.by, Act::Appoint)?;
    let text = name("name", display)?;
    let staff = state.next_staff();
    let (why, notes) = said.split(env);
    let mut commit =
        Commit::event(Event::StaffMade(StaffMade { staff, why, role: Some(role) }), staff);
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
    may(state, said.by, Act::Appoint)?;
    if !state.is_staff(staff) {
        return Err(Refusal::Unknown("staff member"));
    }
    let (why, notes) = said.split(env);
    let mut commit = Commit::event(Event::StaffEnded(StaffEnded { staff, why }), ());
    commit.writes.extend(notes);
    Ok(commit)
}

/// Changes what somebody may do, from their next request on.
///
/// # Errors
/// They are no staff.
pub fn change_role(
    state: &State,
    env: &Env,
    said: &Said,
    staff: StaffNo,
    role: StaffRole,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Appoint)?;
    let now = state.staff_role(staff).ok_or(Refusal::Unknown("staff member"))?;
    if now == role {
        return Ok(Commit::nothing(()));
    }
    let (why, notes) = said.split(env);
    let event = StaffRoleChanged { staff, role, why };
    let mut commit = Commit::event(Event::StaffRoleChanged(event), ());
    commit.writes.extend(notes);
    Ok(commit)
}
