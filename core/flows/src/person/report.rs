//! Reporting an app to the platform.

use super::Refusal;
use crate::Said;
use consent::State;
use ledger::{AppReported, Event};
use model::{Actor, AppNo, EndingReason, Env, PersonNo};
use sequence::Commit;

/// Reports an app. Staff hear of it; the partner never learns who reported.
///
/// # Errors
/// There is no such app.
pub fn report_app(
    state: &State,
    env: &Env,
    person: PersonNo,
    app: AppNo,
    (reason, text): (EndingReason, Option<String>),
) -> Result<Commit<()>, Refusal> {
    if !state.is_person(person) || state.app(app).is_none() {
        return Err(Refusal::Unknown);
    }
    let said = Said { by: Actor::Person(person), reason: Some(reason), severity: None, note: text };
    let (why, notes) = said.split(env);
    let mut commit = Commit::event(Event::AppReported(AppReported { person, app, why }), ());
    commit.writes.extend(notes);
    Ok(commit)
}
