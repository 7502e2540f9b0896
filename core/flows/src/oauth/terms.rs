//! What an app's agreements cover now, and the names of classes.

use super::server::group_id;
use consent::{Agreement, App, State};
use model::{ClassMask, ContextNo, PersonNo, ProgramStatus, PurposeNo, Timestamp};
use oauth::details::{AccessDetail, AuthorizationDetail};
use oauth::pairwise::PairwiseKey;
use oauth::scope::Scope;

/// For whom a program must be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Openness {
    /// For new installations: live or an experiment with room, and the app not restricted.
    ToNew,
    /// For what this person allows: the same, and who is in an experiment takes no second place.
    To(PersonNo),
    /// The same, were there room in every experiment.
    IfRoom,
    /// For what exists: also restricted, or closed with an exception.
    ToExisting,
}

/// The app's agreements that stand now, in programs that are open.
pub(crate) fn agreements<'s>(
    state: &'s State,
    app: &'s App,
    openness: Openness,
    now: Timestamp,
) -> impl Iterator<Item = &'s Agreement> {
    app.agreements.iter().filter_map(|no| state.agreement(*no)).filter(move |agreement| {
        let Some(program) = state.program(agreement.program) else { return false };
        let admits = match openness {
            Openness::ToExisting => true,
            Openness::ToNew | Openness::To(_) | Openness::IfRoom => {
                let admits =
                    matches!(program.status, ProgramStatus::Live | ProgramStatus::Experimental);
                let has_room = match openness {
                    Openness::To(person) => !program.is_full() || program.reaches(person),
                    Openness::IfRoom => true,
                    Openness::ToNew | Openness::ToExisting => !program.is_full(),
                };
                admits && has_room && !state.is_restricted(agreement.app, now)
            }
        };
        let open = program.open_until(agreement.app).is_some_and(|until| now < until);
        open && admits && agreement.is_standing(now)
    })
}

/// Everything that the app's agreements cover for what exists.
pub(crate) fn agreed(state: &State, app: &App, now: Timestamp) -> ClassMask {
    agreements(state, app, Openness::ToExisting, now)
        .fold(ClassMask::NONE, |mask, agreement| mask | agreement.classes)
}

/// Classes that the policy lets people allow for one time.
pub(crate) fn once(state: &State) -> ClassMask {
    let said = state.policy().into_iter().flat_map(|policy| &policy.expiry().classes);
    let numbers = said
        .filter(|(_, said)| said.once)
        .filter_map(|(name, _)| state.numbering().classes.get(name).copied());
    numbers.collect()
}

/// The scope that names these classes.
pub(crate) fn scope(state: &State, classes: ClassMask) -> Scope {
    let named = state.numbering().classes.iter().filter(|(_, no)| classes.has(**no));
    // The catalog lets in only names that are scope tokens, and no more classes than a scope can hold.
    Scope::of(named.map(|(name, _)| name.as_str())).unwrap_or_default()
}

/// The classes that a scope names; `None` if it names one that there is not.
pub(crate) fn classes(state: &State, scope: &Scope) -> Option<ClassMask> {
    scope.names().map(|name| state.numbering().classes.get(name).copied()).collect()
}

/// The name of the one purpose that there is; none or several have no name.
pub(crate) fn only_purpose(state: &State, purposes: &[PurposeNo]) -> Option<String> {
    let [first, rest @ ..] = purposes else { return None };
    if rest.iter().any(|other| other != first) {
        return None;
    }
    let named = state.numbering().purposes.iter().find(|(_, no)| *no == first);
    named.map(|(name, _)| name.clone())
}

/// A grant in the words of RFC 9396: what was chosen in the very consent, as far as it is there still.
pub(crate) fn access_details(
    state: &State,
    ids: &PairwiseKey,
    scope: &Scope,
    contexts: &[ContextNo],
    purpose: Option<String>,
) -> Vec<AuthorizationDetail> {
    if scope.is_empty() {
        return Vec::new();
    }
    vec![AuthorizationDetail::Access(AccessDetail {
        classes: scope.clone(),
        groups: living(state, contexts).map(|context| group_id(ids, context)).collect(),
        purpose,
        duration_days: None,
    })]
}

/// Those groups that there are still.
fn living(state: &State, contexts: &[ContextNo]) -> impl Iterator<Item = ContextNo> {
    let is_live = |context: &ContextNo| state.context(*context).is_some_and(|one| one.is_live());
    contexts.iter().copied().filter(is_live)
}
