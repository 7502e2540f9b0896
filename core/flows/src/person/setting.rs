//! Standing choices: they beat every grant, agreement and admin.

use consent::State;
use ledger::{Event, SettingChanged, SettingScope, Why};
use model::{Actor, ClassMask, PersonNo};
use sequence::Commit;

/// Blocks classes in a scope from now on; no class lifts it. What was opted in to before works again after lifting: a
/// setting stands over choices and does not unmake them (docs/decisions).
#[must_use]
pub fn set(state: &State, person: PersonNo, scope: SettingScope, blocked: ClassMask) -> Commit<()> {
    let settings = state.person(person).map(consent::PersonState::settings).unwrap_or_default();
    let before =
        settings.iter().find(|one| one.scope == scope).map_or(ClassMask::NONE, |one| one.blocked);
    if before == blocked {
        return Commit::nothing(());
    }
    let why = Why::by(Actor::Person(person));
    Commit::event(Event::SettingChanged(SettingChanged { person, scope, blocked, why }), ())
}
