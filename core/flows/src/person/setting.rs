//! Standing choices: they beat every grant, agreement and admin.

use consent::State;
use ledger::{Event, SettingChanged, SettingScope, Why};
use model::{Actor, ClassMask, PersonNo};
use sequence::Commit;

/// Whether the person, or a browser of theirs, said anything yet on what goes beyond the feature.
#[must_use]
pub fn spoke_of_beyond(state: &State, person: PersonNo) -> bool {
    let settings = state.person(person).map(consent::PersonState::settings).unwrap_or_default();
    settings.iter().any(|one| one.scope == SettingScope::Beyond)
}

/// Takes a browser's Global Privacy Control signal (`Sec-GPC: 1`) for a choice of the person's, if they never made that choice
/// themselves: nothing for what goes beyond the feature that they use. Whether that was so.
///
/// Source: <https://www.w3.org/TR/gpc/>.
#[must_use]
pub fn hear_gpc(state: &State, person: PersonNo) -> Commit<bool> {
    if spoke_of_beyond(state, person) {
        return Commit::nothing(false);
    }
    let Commit { events, .. } = set(state, person, SettingScope::Beyond, ClassMask::ALL);
    Commit::events(events, true)
}

/// Blocks classes in a scope from now on; no class lifts it. What was opted in to before works again after lifting: a
/// setting stands over choices and does not unmake them (docs/decisions).
#[must_use]
pub fn set(state: &State, person: PersonNo, scope: SettingScope, blocked: ClassMask) -> Commit<()> {
    let settings = state.person(person).map(consent::PersonState::settings).unwrap_or_default();
    let before = settings.iter().find(|one| one.scope == scope).map(|one| one.blocked);
    // To lift what was never set says something of one scope alone: see `hear_gpc`.
    let silent = before.is_none() && blocked.is_empty() && scope != SettingScope::Beyond;
    if silent || before == Some(blocked) {
        return Commit::nothing(());
    }
    let why = Why::by(Actor::Person(person));
    Commit::event(Event::SettingChanged(SettingChanged { person, scope, blocked, why }), ())
}
