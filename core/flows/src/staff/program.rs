//! A program's life: draft, live, restricted, closed.

use super::{Refusal, is_staff};
use crate::Said;
use consent::State;
use ledger::{Event, ProgramStatusChanged};
use model::{Env, ProgramNo, ProgramStatus};
use sequence::Commit;

/// Changes a program's status. Closed is final: every access through it has ended, and opening it again revives none.
///
/// # Errors
/// The program is unknown, or closed.
pub fn set_program_status(
    state: &State,
    env: &Env,
    said: &Said,
    program: ProgramNo,
    status: ProgramStatus,
) -> Result<Commit<()>, Refusal> {
    is_staff(state, said.by)?;
    let found = state.program(program).ok_or(Refusal::Unknown("program"))?;
    if found.status == status {
        return Ok(Commit::nothing(()));
    }
    if found.status == ProgramStatus::Closed {
        return Err(Refusal::Conflict("the program is closed, which is final".to_owned()));
    }
    let (why, notes) = said.split(env);
    let mut commit = Commit::event(
        Event::ProgramStatusChanged(ProgramStatusChanged {
            program,
            status,
            why,
            until: None,
            cap: None,
        }),
        (),
    );
    commit.writes.extend(notes);
    Ok(commit)
}
