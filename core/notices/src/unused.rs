//! Classes that an app does not use: two notices before they end, one when they have.

use crate::kind::Kind;
use crate::notice::{Details, Notice, Subject};
use crate::time::{Window, ending};
use consent::{Agreement, App, State};
use model::{
    AppNo, AppStatus, ClassMask, ClassNo, Millis, PartnerStatus, ProgramNo, PurposeNo, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// Days before the end at which the two notices come; zero is the end itself. Nearest first.
const MARKS: [u32; 3] = [0, 3, 14];

/// The notices about unused classes whose instant lies in the window. Classes that end together are told together.
pub(crate) fn of_window(state: &State, window: Window) -> Vec<Notice> {
    let watched = state.rules().unused();
    if watched.is_empty() {
        return Vec::new();
    }
    let mut due = Vec::new();
    for (no, app) in state.apps().filter(|(_, app)| app.status == AppStatus::Active) {
        // Whom nothing reaches can use nothing, and is told enough already.
        let partner = state.partner(app.partner).map(|partner| partner.status);
        if partner == Some(PartnerStatus::Active) && !state.is_suspended(app) {
            due.extend(of_app(state, (no, app), watched, window));
        }
    }
    due
}

fn of_app(
    state: &State,
    (no, app): (AppNo, &App),
    watched: &[(ClassNo, Millis)],
    window: Window,
) -> Vec<Notice> {
    let mut told: BTreeMap<(u32, Timestamp), ClassMask> = BTreeMap::new();
    let agreements = app.agreements.iter().filter_map(|no| state.agreement(*no));
    let standing: Vec<&Agreement> =
        agreements.filter(|one| one.is_standing(window.up_to)).collect();
    for (class, length) in watched {
        for began in began(&standing, *class) {
            let dark_at = state.unused_at(state.rules(), app, *class, began);
            let mark = MARKS.into_iter().find(|days| {
                let before = Millis::days(u64::from(*days));
                *length > before && window.has(Timestamp(dark_at.0.saturating_sub(before.0)))
            });
            if let Some(days) = mark {
                let classes = told.entry((days, dark_at)).or_default();
                *classes = *classes | ClassMask::of(*class);
            }
        }
    }
    let notice = |((days, until), classes)| {
        let details = Details {
            app: Some(no),
            classes: Some(classes),
            until: Some(until),
            ..Details::default()
        };
        let kinds = (Kind::ClassesUnused, Kind::ClassesUnusedEnded);
        ending(kinds, (app.partner, Subject::Unused(no, days, until)), days, details)
    };
    told.into_iter().map(notice).collect()
}

/// When the youngest of the agreements that give a class for the same program and purpose began: it ends for each of these by
/// itself. Nothing where no agreement stands: there is nothing to end. One that runs out with the class ends more than the
/// class, and is told for itself.
fn began(standing: &[&Agreement], class: ClassNo) -> BTreeSet<Timestamp> {
    let mut youngest: BTreeMap<(ProgramNo, PurposeNo), Timestamp> = BTreeMap::new();
    for one in standing.iter().filter(|one| one.classes.has(class)) {
        for purpose in &one.purposes {
            let known = youngest.entry((one.program, *purpose)).or_insert(Timestamp(0));
            *known = one.from.max(one.made_at).max(*known);
        }
    }
    youngest.into_values().collect()
}

/// What a policy that is new makes due at once: marks that its days put before it. What ended under an earlier policy is
/// not told again, and whatever was told has its key.
pub(crate) fn of_policy(state: &State, now: Timestamp) -> Vec<Notice> {
    of_window(state, Window { after: Timestamp(0), up_to: now })
}
