//! Whose word a certification is. It is the partner's signed statement, but staff can enter one without: wherever one is shown,
//! it says which of the two it is.

use super::agreements::{purpose_title, window};
use super::view::{Cell, Row};
use crate::classes;
use crate::dates;
use crate::names;
use consent::{Certification, State};
use model::{AppNo, CertificationNo, Timestamp};
use store::Store;

/// What is said where a certification is shown without its key.
pub(super) const fn in_short(signed: bool) -> &'static str {
    if signed {
        "signed by the partner"
    } else {
        "entered by staff, without the partner’s signature"
    }
}

/// What ending one means, and whose word ends.
pub(super) fn ending(state: &State, no: CertificationNo) -> &'static str {
    if state.certification(no).is_some_and(|one| one.statement.is_some()) {
        "The partner signed it. The app loses on the next request the classes that need it, and staff enter the next one: until then the partner cannot sign for them anew."
    } else {
        "Staff entered it, without the partner’s signature. The app loses on the next request the classes that need it, and staff enter the next one: until then the partner cannot sign for them."
    }
}

/// What is said of one in full: who, and with which key.
fn stated_by(store: &Store, one: &Certification) -> String {
    let Some(digest) = one.statement else {
        return "Staff entered it, without the partner’s signature".to_owned();
    };
    let Some(jws) = store.note(&digest).ok().flatten() else {
        return "The partner signed it; its statement is not kept here any more".to_owned();
    };
    match flows::partner::signed_with(&store.state(), one.app, &jws) {
        Some(key) => format!("The partner signed it, with key {key}"),
        None => "The partner signed it, with a key that is not known here".to_owned(),
    }
}

pub(super) const COLUMNS: [&str; 6] =
    ["Certification", "Purpose", "Status", "Stated by", "Until", "Covers"];

/// Rows of an app's certifications, newest first.
pub(super) fn rows(store: &Store, numbers: &[CertificationNo], now: Timestamp) -> Vec<Row> {
    numbers.iter().rev().filter_map(|no| row(store, *no, now)).collect()
}

fn row(store: &Store, no: CertificationNo, now: Timestamp) -> Option<Row> {
    let found = store.state().certification(no).cloned()?;
    let (word, tone) = window(found.ended, found.from, found.until, now);
    let covers = classes::titles(&store.state(), found.classes);
    let end = format!("/staff/act?do=end-certification&on={no}");
    Some(Row {
        href: if found.ended { String::new() } else { end },
        title: no.to_string(),
        cells: vec![
            Cell::plain("Purpose", purpose_title(store, found.purpose)),
            Cell::status(word, tone),
            Cell::plain("Stated by", stated_by(store, &found)),
            Cell::plain("Until", dates::day(found.until)),
            Cell::plain("Covers", covers),
        ],
    })
}

pub(super) const COLUMNS_OF_MANY: [&str; 7] =
    ["Certification", "App", "Purpose", "Status", "Stated by", "From", "Covers"];

/// Rows of the certifications of several apps, newest first; at most so many.
pub(super) fn rows_of(store: &Store, apps: &[AppNo], now: Timestamp, most: usize) -> Vec<Row> {
    let mut numbers: Vec<CertificationNo> = {
        let state = store.state();
        let known = apps.iter().filter_map(|app| state.app(*app));
        known.flat_map(|app| app.certifications.iter().copied()).collect()
    };
    numbers.sort_unstable();
    let row = |no: &CertificationNo| {
        let found = store.state().certification(*no).cloned()?;
        let mut row = row(store, *no, now)?;
        // The page is for reading: what ends one stands on the app's own page.
        row.href = format!("/staff/apps/{}", found.app);
        row.cells.insert(0, Cell::plain("App", names::app(store, found.app)));
        if let Some(until) = row.cells.iter_mut().find(|cell| cell.label == "Until") {
            *until = Cell::plain("From", dates::day(found.from));
        }
        Some(row)
    };
    numbers.iter().rev().take(most).filter_map(row).collect()
}
