//! Cut-offs: every token of a subject issued so far is dead, with one event.

use super::{Act, Refusal, may};
use crate::Said;
use consent::State;
use ledger::{CutOff, CutOffSubject, Event};
use model::Env;
use sequence::Commit;

/// Cuts a subject's tokens off.
///
/// # Errors
/// The actor is no staff, or the subject unknown.
pub fn cut_off(
    state: &State,
    env: &Env,
    said: &Said,
    subject: CutOffSubject,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Respond)?;
    let known = match subject {
        CutOffSubject::Platform | CutOffSubject::Key(_) => true,
        CutOffSubject::Partner(no) => state.partner(no).is_some(),
        CutOffSubject::App(no) => state.app(no).is_some(),
        CutOffSubject::Installation(no) => state.installation(no).is_some(),
        CutOffSubject::Context(no) => state.context(no).is_some(),
        CutOffSubject::Person(no) => state.is_person(no),
        CutOffSubject::PersonApp(person, app) => {
            state.is_person(person) && state.app(app).is_some()
        }
        CutOffSubject::Grant(no) => state.grant(no).is_some(),
        CutOffSubject::Credential(no) => state.credential(no).is_some(),
    };
    if !known {
        return Err(Refusal::Unknown("subject"));
    }
    let (why, notes) = said.split(env);
    let mut commit = Commit::event(Event::CutOff(CutOff { subject, why }), ());
    commit.writes.extend(notes);
    Ok(commit)
}
