//! Enabling an app in groups, standing behind it, narrowing it, disabling it.

use super::Refusal;
use crate::oauth::terms::{self, Openness};
use consent::{Installation, State};
use ledger::{
    Event, InstallationBacked, InstallationEnded, InstallationMade, InstallationNarrowed, Why,
};
use model::{
    Actor, AppNo, AppStatus, ClassMask, ContextNo, InstallationNo, PersonNo, Timestamp, limits,
};
use sequence::Commit;

/// What an admin can allow an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Everything that open programs and standing agreements cover.
    pub classes: ClassMask,
    /// What the app does not work without.
    pub required: ClassMask,
}

/// What can be allowed to an app now. Restricted programs admit nothing new.
///
/// # Errors
/// The app is unknown or not active, or nothing covers it.
pub fn offer(state: &State, app: AppNo, now: Timestamp) -> Result<Offer, Refusal> {
    let found = state.app(app).ok_or(Refusal::Unknown)?;
    if state.status_of(found) != AppStatus::Active {
        return Err(Refusal::AppNotActive);
    }
    if state.is_restricted(app, now) {
        return Err(Refusal::Restricted);
    }
    let mut offer = Offer { classes: ClassMask::NONE, required: ClassMask::NONE };
    for agreement in terms::agreements(state, found, Openness::ToNew, now) {
        // Data about oneself alone is for one's own grant; an installation has no say in it.
        let own = state.rules().program(agreement.program).own_data;
        offer.classes = offer.classes | agreement.classes.without(own);
        offer.required = offer.required | agreement.required.without(own);
    }
    if offer.classes.is_empty() { Err(Refusal::NoAgreement) } else { Ok(offer) }
}

/// Enables an app in several groups at once, all or none. Where it is enabled already the admin stands behind it from
/// now on, with the classes that it has; where it lapsed it stands again, with tokens from before dead and with no class that
/// this admin did not allow.
///
/// # Errors
/// [`Refusal`]: nothing changes in any group.
pub fn enable(
    state: &State,
    now: Timestamp,
    admin: PersonNo,
    app: AppNo,
    contexts: &[ContextNo],
    classes: ClassMask,
) -> Result<Commit<Vec<InstallationNo>>, Refusal> {
    if contexts.len() > limits::CONSENT_CONTEXTS_MAX {
        return Err(Refusal::TooMany);
    }
    let offer = offer(state, app, now)?;
    let classes = classes & offer.classes;
    if classes.is_empty() || !classes.covers(offer.required) {
        return Err(Refusal::RequiredMissing);
    }
    let (mut events, mut numbers, mut next) = (Vec::new(), Vec::new(), state.next_installation());
    let mut contexts = contexts.to_vec();
    contexts.sort_unstable();
    contexts.dedup();
    for context in contexts {
        is_admin(state, admin, context)?;
        let why = Why::by(Actor::Person(admin));
        match state.installed(app, context) {
            Some((installation, standing)) => {
                if !state.is_standing(standing) && !classes.covers(standing.classes) {
                    // What an admin before this one allowed is not this one's word.
                    let classes = standing.classes & classes;
                    let why = why.clone();
                    let event = InstallationNarrowed { installation, app, classes, why };
                    events.push(Event::InstallationNarrowed(event));
                }
                if !standing.backers().contains(&admin) {
                    let event = InstallationBacked { installation, app, backer: admin, why };
                    events.push(Event::InstallationBacked(event));
                }
                numbers.push(installation);
            }
            None => {
                let event = InstallationMade {
                    installation: next,
                    app,
                    context,
                    classes,
                    backer: admin,
                    why,
                };
                events.push(Event::InstallationMade(event));
                numbers.push(next);
                next = InstallationNo(next.0.saturating_add(1));
            }
        }
    }
    Ok(Commit::events(events, numbers))
}

/// Stands behind an installation that has not ended; a lapsed one stands again, with tokens from before dead.
///
/// # Errors
/// The installation is unknown or ended, or the person is no admin of its group; a lapsed one, too, if the app may receive
/// nothing or is restricted.
pub fn confirm(
    state: &State,
    now: Timestamp,
    admin: PersonNo,
    no: InstallationNo,
) -> Result<Commit<()>, Refusal> {
    let found = own_installation(state, admin, no)?;
    if found.ended {
        return Err(Refusal::Unknown);
    }
    // Standing behind what stands allows nothing new, so nothing has to be open to what is new.
    if !state.is_standing(found) {
        can_stand_again(state, found.app, now)?;
    }
    if found.backers().contains(&admin) {
        return Ok(Commit::nothing(()));
    }
    let why = Why::by(Actor::Person(admin));
    let event = InstallationBacked { installation: no, app: found.app, backer: admin, why };
    Ok(Commit::event(Event::InstallationBacked(event), ()))
}

/// An app may be taken up again where it lapsed if it may receive anything there: an installation is not new by that.
fn can_stand_again(state: &State, app: AppNo, now: Timestamp) -> Result<(), Refusal> {
    let found = state.app(app).ok_or(Refusal::Unknown)?;
    if state.status_of(found) != AppStatus::Active {
        return Err(Refusal::AppNotActive);
    }
    if state.is_restricted(app, now) {
        return Err(Refusal::Restricted);
    }
    let mut agreements = terms::agreements(state, found, Openness::ToExisting, now);
    agreements.next().map(drop).ok_or(Refusal::NoAgreement)
}

fn is_admin(state: &State, person: PersonNo, context: ContextNo) -> Result<(), Refusal> {
    let admin = state
        .context(context)
        .is_some_and(|context| context.is_live() && context.has_admin(person));
    if admin && state.is_person(person) { Ok(()) } else { Err(Refusal::NotAdmin) }
}

fn own_installation(
    state: &State,
    admin: PersonNo,
    no: InstallationNo,
) -> Result<&Installation, Refusal> {
    let installation = state.installation(no).ok_or(Refusal::Unknown)?;
    is_admin(state, admin, installation.context)?;
    Ok(installation)
}

/// Takes classes away from an installation. Adding classes is a matter of disabling and enabling anew.
///
/// # Errors
/// The installation is unknown, or the person is no admin of its group.
pub fn narrow(
    state: &State,
    admin: PersonNo,
    installation: InstallationNo,
    keep: ClassMask,
) -> Result<Commit<()>, Refusal> {
    let found = own_installation(state, admin, installation)?;
    if found.ended || keep.covers(found.classes) {
        return Ok(Commit::nothing(()));
    }
    let why = Why::by(Actor::Person(admin));
    let event =
        InstallationNarrowed { installation, app: found.app, classes: keep & found.classes, why };
    Ok(Commit::event(Event::InstallationNarrowed(event), ()))
}

/// Disables an app in a group. Succeeds whatever the status of app and partner, and again when it is disabled already.
///
/// # Errors
/// The installation is unknown, or the person is no admin of its group.
pub fn disable(
    state: &State,
    admin: PersonNo,
    installation: InstallationNo,
) -> Result<Commit<()>, Refusal> {
    let found = own_installation(state, admin, installation)?;
    if found.ended {
        return Ok(Commit::nothing(()));
    }
    let why = Why::by(Actor::Person(admin));
    Ok(Commit::event(
        Event::InstallationEnded(InstallationEnded { installation, app: found.app, why }),
        (),
    ))
}
