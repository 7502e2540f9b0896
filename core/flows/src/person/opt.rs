//! Opting in to an app in a group, class by class, and out again.

use super::Refusal;
use crate::oauth::terms::{self, Openness};
use consent::{Installation, State};
use ledger::{Event, OptIn, OptOut, Why};
use model::{Actor, AppStatus, ClassMask, InstallationNo, PersonNo, Timestamp};
use sequence::{Commit, Lookup};

/// Classes that a member can opt in to at an installation: allowed by the admin, about people, and needing an opt-in
/// in some program that the app has an agreement for.
#[must_use]
pub fn offered(state: &State, installation: &Installation) -> ClassMask {
    let needing = state
        .app(installation.app)
        .into_iter()
        .flat_map(|app| &app.agreements)
        .filter_map(|no| state.agreement(*no))
        .filter(|agreement| !agreement.ended)
        .fold(ClassMask::NONE, |mask, one| {
            mask | (state.rules().program(one.program).opt_in & one.classes)
        });
    needing & installation.classes
}

/// Those of them that this person can opt in to now: programs that are open to them, of which restricted ones are none, and
/// experiments that have room or have them in already.
#[must_use]
pub fn offered_to(
    state: &State,
    installation: &Installation,
    person: PersonNo,
    now: Timestamp,
) -> ClassMask {
    let Some(app) = state.app(installation.app) else { return ClassMask::NONE };
    let open = terms::agreements(state, app, Openness::To(person), now);
    let open = open.fold(ClassMask::NONE, |mask, one| {
        mask | (state.rules().program(one.program).opt_in & one.classes)
    });
    offered(state, installation) & open
}

/// Opts a member in.
///
/// # Errors
/// [`Refusal`]: nothing changes.
pub fn opt_in(
    state: &State,
    lookup: &dyn Lookup,
    now: Timestamp,
    person: PersonNo,
    (installation, classes): (InstallationNo, ClassMask),
) -> Result<Commit<ClassMask>, Refusal> {
    let found = state.installation(installation).ok_or(Refusal::Unknown)?;
    if !lookup.is_member(person, found.context) || !state.is_person(person) {
        return Err(Refusal::NotMember);
    }
    let app = state.app(found.app).ok_or(Refusal::Unknown)?;
    if state.status_of(app) != AppStatus::Active {
        return Err(Refusal::AppNotActive);
    }
    if !state.is_standing(found) {
        return Err(Refusal::NotStanding);
    }
    let classes = classes & offered(state, found);
    if classes.is_empty() {
        return Err(Refusal::NothingToAllow);
    }
    let before = state.opted_in(person, installation);
    if before.covers(classes) {
        return Ok(Commit::nothing(before));
    }
    let classes = classes & offered_to(state, found, person, now);
    if before.covers(classes) {
        return Err(Refusal::Restricted);
    }
    let why = Why::by(Actor::Person(person));
    Ok(Commit::event(
        Event::OptIn(OptIn { person, installation, app: found.app, classes, why }),
        before | classes,
    ))
}

/// Opts out. Succeeds whatever the status of app, partner, membership or installation.
///
/// # Errors
/// There never was such an installation.
pub fn opt_out(
    state: &State,
    person: PersonNo,
    installation: InstallationNo,
    classes: ClassMask,
) -> Result<Commit<ClassMask>, Refusal> {
    let found = state.installation(installation).ok_or(Refusal::Unknown)?;
    let before = state.opted_in(person, installation);
    let classes = classes & before;
    if classes.is_empty() {
        return Ok(Commit::nothing(before));
    }
    let why = Why::by(Actor::Person(person));
    let event = OptOut { person, installation, app: found.app, classes, why };
    Ok(Commit::event(Event::OptOut(event), before.without(classes)))
}
