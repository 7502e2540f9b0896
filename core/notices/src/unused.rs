//! Classes that an app does not use: two notices before they end, one when they have.

use crate::kind::Kind;
use crate::notice::{Details, Notice, Subject};
use crate::time::{Window, ending};
use consent::{App, State};
use model::{AppNo, AppStatus, ClassMask, ClassNo, Millis, PartnerStatus, Timestamp};
use std::collections::BTreeMap;

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
    for (class, length) in watched {
        let Some(dark_at) = dark_at(state, app, *class, *length, window.up_to) else { continue };
        let mark = MARKS.into_iter().find(|days| {
            let before = Millis::days(u64::from(*days));
            *length > before && window.has(Timestamp(dark_at.0.saturating_sub(before.0)))
        });
        if let Some(days) = mark {
            let classes = told.entry((days, dark_at)).or_default();
            *classes = *classes | ClassMask::of(*class);
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

/// When a class ends for an app that does not use it any more: the length of time after the last day of use, or after the
/// newest agreement that stands began, whichever is later. None where no agreement stands: there is nothing to end.
fn dark_at(
    state: &State,
    app: &App,
    class: ClassNo,
    length: Millis,
    now: Timestamp,
) -> Option<Timestamp> {
    let agreements = app.agreements.iter().filter_map(|no| state.agreement(*no));
    // One that runs out with the class ends more than the class, and is told for itself.
    let standing = agreements.filter(|one| !one.ended && one.from <= now && now < one.until);
    let agreed =
        standing.filter(|one| one.classes.has(class)).map(|one| one.from.max(one.made_at)).max()?;
    let used = app.used(class).map(Timestamp::end_of_day);
    Some(used.map_or(agreed, |used| used.max(agreed)).plus(length))
}
