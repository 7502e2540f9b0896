//! What an app can see of a person, and what the person authorized.

use crate::classes;
use crate::dates;
use crate::names;
use crate::parts::Console;
use consent::{Installation, PersonState, State};
use ledger::SettingScope;
use model::{AppNo, ClassMask, ContextNo, InstallationNo, PersonNo, Timestamp};

/// A grant on a page.
#[derive(Debug, Clone)]
pub(crate) struct GrantLine {
    pub(crate) id: String,
    pub(crate) app: String,
    pub(crate) partner: String,
    pub(crate) classes: String,
    pub(crate) groups: String,
    pub(crate) until: String,
}

/// An app in one of the person's groups.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    pub(crate) app: AppNo,
    pub(crate) context: ContextNo,
    pub(crate) installation: InstallationNo,
    pub(crate) stands: bool,
    /// Classes about members that an admin's decision alone lets through.
    pub(crate) by_admin: ClassMask,
    /// Classes that need this person's opt-in.
    pub(crate) offered: ClassMask,
    /// Those that they opted in to.
    pub(crate) chosen: ClassMask,
}

/// What a standing choice blocks now.
pub(crate) fn blocked(state: &State, person: PersonNo, scope: SettingScope) -> ClassMask {
    let settings = state.person(person).map(PersonState::settings).unwrap_or_default();
    settings.iter().find(|one| one.scope == scope).map_or(ClassMask::NONE, |one| one.blocked)
}

/// Whether the choice blocks everything about people that there is.
pub(crate) fn is_blocked(state: &State, person: PersonNo, scope: SettingScope) -> bool {
    let about = classes::about_people(state);
    !about.is_empty() && blocked(state, person, scope).covers(about)
}

/// Whether the person wants no app at all.
pub(crate) fn blocks_all(console: &Console, person: PersonNo) -> bool {
    is_blocked(&console.store().state(), person, SettingScope::AllApps)
}

fn by_admin(state: &State, installation: &Installation, now: Timestamp) -> ClassMask {
    let app = state.app(installation.app);
    let agreements = app.into_iter().flat_map(|app| &app.agreements);
    let standing =
        agreements.filter_map(|no| state.agreement(*no)).filter(|one| one.is_standing(now));
    let free = standing.fold(ClassMask::NONE, |mask, one| {
        let rules = state.rules().program(one.program);
        let free = (rules.known & rules.personal).without(rules.opt_in | rules.own_data);
        mask | (free & one.classes)
    });
    free & installation.classes
}

/// Every app in every group of the person, and what else they opted in to that has not ended.
pub(crate) fn reach(
    state: &State,
    person: PersonNo,
    memberships: &[ContextNo],
    now: Timestamp,
) -> Vec<Reach> {
    let mut list = Vec::new();
    for context in memberships {
        let Some(found) = state.context(*context).filter(|one| one.is_live()) else { continue };
        for no in found.installations() {
            let Some(one) = state.installation(*no) else { continue };
            let chosen = state.opted_in(person, *no);
            let is_over = one.ended || state.is_over(one.app);
            if is_over || (!state.is_standing(one) && chosen.is_empty()) {
                continue;
            }
            list.push(Reach {
                app: one.app,
                context: *context,
                installation: *no,
                stands: state.is_standing(one),
                by_admin: by_admin(state, one, now),
                offered: flows::person::offered_to(state, one, person, now) | chosen,
                chosen,
            });
        }
    }
    list
}

/// Grants of a person that have not ended, not with the app or its partner either, newest first.
pub(crate) fn grants(console: &Console, person: PersonNo) -> Vec<GrantLine> {
    let (store, now) = (console.store(), console.store().now());
    let found: Vec<_> = {
        let state = store.state();
        let numbers = state.person(person).map(PersonState::grants).unwrap_or_default();
        let grants = numbers.iter().rev().filter_map(|no| state.grant(*no).map(|one| (*no, one)));
        grants
            .filter(|(_, grant)| !grant.ended && !state.is_over(grant.app))
            .filter(|(_, grant)| now < state.ends_at(grant))
            .map(|(no, grant)| {
                let ends_at = state.ends_at(grant);
                (no, (grant.clone(), ends_at), classes::titles(&state, grant.classes))
            })
            .collect()
    };
    type Found = (model::GrantNo, (consent::Grant, Timestamp), String);
    let line = |(no, (grant, ends_at), classes): Found| GrantLine {
        id: no.to_string(),
        app: names::app(store, grant.app),
        partner: names::partner_of(store, grant.app),
        classes,
        groups: match grant.contexts.len() {
            0 => String::new(),
            1 => "one group".to_owned(),
            n => format!("{n} groups"),
        },
        until: dates::day(ends_at),
    };
    found.into_iter().map(line).collect()
}
