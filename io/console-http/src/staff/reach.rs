//! What an act of staff would touch, counted without holding up anybody.

use super::act::{Act, Affected};
use super::view::grouped;
use crate::page::Halt;
use crate::parts::Console;
use consent::{ContextState, PersonState, State};
use ledger::CutOffSubject;
use model::{AppNo, AppStatus, GrantNo, InstallationNo};
use std::collections::BTreeSet;
use store::Store;

/// Apps looked at under one lock.
const STEP: usize = 2_000;

fn line(number: u64, text: &'static str) -> Affected {
    Affected { number: grouped(number), text }
}

/// What stands now and is touched.
pub(super) async fn affected(console: &Console, act: Act) -> Result<Vec<Affected>, Halt> {
    let store = console.store();
    let apps = touched(store, act);
    let narrow = narrower(&store.state(), act);
    let (installations, grants) = match narrow {
        Some((installations, grants)) => {
            let (state, now) = (store.state(), store.now());
            let installations = installations
                .into_iter()
                .filter_map(|no| state.installation(no))
                .filter(|one| apps.contains(&one.app) && state.is_standing(one));
            let grants = grants
                .into_iter()
                .filter_map(|no| state.grant(no))
                .filter(|one| apps.contains(&one.app) && !one.ended && now < one.expires_at);
            (installations.count() as u64, grants.count() as u64)
        }
        // Everything of the apps: counted for all of them in one pass, and off this thread.
        None if apps.is_empty() => (0, 0),
        None => {
            let census = store.census().await?;
            let standing = apps.iter().map(|no| census.of(*no));
            standing.fold((0, 0), |(installations, grants), one| {
                (installations + one.installations, grants + one.grants)
            })
        }
    };
    Ok(vec![
        line(apps.len() as u64, "apps"),
        line(installations, "installations that stand"),
        line(grants, "grants of people"),
    ])
}

fn touched(store: &Store, act: Act) -> BTreeSet<AppNo> {
    let all: Vec<AppNo> = store.state().apps().map(|(no, _)| no).collect();
    let mut apps = BTreeSet::new();
    for some in all.chunks(STEP) {
        let state = store.state();
        let is_there =
            |no: AppNo| state.app(no).is_some_and(|one| one.status != AppStatus::Removed);
        let touches = |no: &&AppNo| is_there(**no) && act.touches_app(&state, **no);
        apps.extend(some.iter().filter(touches).copied());
    }
    apps
}

/// What alone can be touched of its apps, where the act is narrower than they are.
fn narrower(state: &State, act: Act) -> Option<(Vec<InstallationNo>, Vec<GrantNo>)> {
    match act {
        Act::CutOff(CutOffSubject::Installation(no)) => Some((vec![no], Vec::new())),
        Act::CutOff(CutOffSubject::Context(context)) => {
            let there = state.context(context).map(ContextState::installations);
            Some((there.unwrap_or_default().to_vec(), Vec::new()))
        }
        Act::CutOff(CutOffSubject::Grant(no)) => Some((Vec::new(), vec![no])),
        Act::CutOff(CutOffSubject::Person(person) | CutOffSubject::PersonApp(person, _))
        | Act::RemoveTester(_, person) => {
            let own = state.person(person).map(PersonState::grants);
            Some((Vec::new(), own.unwrap_or_default().to_vec()))
        }
        _ => None,
    }
}
