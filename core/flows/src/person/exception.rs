//! Exceptions that concern a person: apps that go on in a program that is closed.

use consent::State;
use model::{AppNo, ContextNo, PersonNo, ProgramNo, Timestamp};
use std::collections::BTreeSet;

/// An app that goes on in a closed program, and may receive something of the person thereby.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concerning {
    /// The program that is closed.
    pub program: ProgramNo,
    /// Which app goes on.
    pub app: AppNo,
    /// Until when, exclusive.
    pub until: Timestamp,
}

/// Exceptions of now for apps that the person authorized, or that are enabled in a group of theirs.
#[must_use]
pub fn exceptions_for(
    state: &State,
    person: PersonNo,
    memberships: &[ContextNo],
    now: Timestamp,
) -> Vec<Concerning> {
    let mut found = Vec::new();
    let mut apps = None;
    for (program, closed) in state.programs() {
        for (app, until) in &closed.exceptions {
            let goes_on = closed.open_until(*app).is_some_and(|until| now < until)
                && closed.status == model::ProgramStatus::Closed;
            // Few programs are closed with exceptions: whom they concern is looked up only then.
            let apps = apps.get_or_insert_with(|| apps_around(state, person, memberships, now));
            if goes_on && apps.contains(app) {
                found.push(Concerning { program, app: *app, until: *until });
            }
        }
    }
    found
}

/// Apps that may receive something of a person at all.
fn apps_around(
    state: &State,
    person: PersonNo,
    memberships: &[ContextNo],
    now: Timestamp,
) -> BTreeSet<AppNo> {
    let grants = state.person(person).map(consent::PersonState::grants).unwrap_or_default();
    let granted = grants.iter().filter_map(|no| state.grant(*no));
    let granted = granted.filter(|grant| !grant.ended && now < state.ends_at(grant));
    let contexts = memberships.iter().filter_map(|no| state.context(*no));
    let installed = contexts
        .filter(|context| context.is_live())
        .flat_map(consent::ContextState::installations)
        .filter_map(|no| state.installation(*no))
        .filter(|one| !one.ended);
    granted.map(|grant| grant.app).chain(installed.map(|one| one.app)).collect()
}
