//! Whose word a certification is. It is the partner's signed statement, but staff can enter one without: wherever one is shown,
//! it says which of the two it is.

use super::agreements::{purpose_title, window};
use super::view::{Cell, Row};
use crate::classes;
use crate::dates;
use crate::names;
use consent::{Certification, State};
use flows::partner::SigningKeys;
use model::{AppNo, CertificationNo, Timestamp};
use std::collections::BTreeMap;
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

/// Signatures that a page looks at; of older certifications it says that there is one.
const SIGNATURES_MAX: usize = 50;

/// Who signed, for so many certifications as are left; keys of each app are copied once.
struct Signers<'a> {
    store: &'a Store,
    keys: BTreeMap<AppNo, SigningKeys>,
    left: usize,
}

impl<'a> Signers<'a> {
    const fn new(store: &'a Store) -> Self {
        Self { store, keys: BTreeMap::new(), left: SIGNATURES_MAX }
    }

    /// What is said of one in full: who, and with which key. No signature is looked at with the state held.
    fn stated_by(&mut self, one: &Certification) -> String {
        let Some(digest) = one.statement else {
            return "Staff entered it, without the partner’s signature".to_owned();
        };
        let Some(left) = self.left.checked_sub(1) else {
            return "The partner signed it".to_owned();
        };
        self.left = left;
        let Some(jws) = self.store.note(&digest).ok().flatten() else {
            return "The partner signed it; its statement is not kept here any more".to_owned();
        };
        let keys = self.keys.entry(one.app);
        let keys = keys.or_insert_with(|| SigningKeys::of(&self.store.state(), one.app));
        match keys.signer(one, &jws) {
            Some(key) => format!("The partner signed it, with key {}", key.credential),
            None => "The partner signed it, with a key that is not known here".to_owned(),
        }
    }
}

pub(super) const COLUMNS: [&str; 6] =
    ["Certification", "Purpose", "Status", "Stated by", "Until", "Covers"];

/// Rows of an app's certifications, newest first. Statements are read and signatures looked at: not for a thread that serves.
pub(super) fn rows(store: &Store, numbers: &[CertificationNo], now: Timestamp) -> Vec<Row> {
    let mut signers = Signers::new(store);
    numbers.iter().rev().filter_map(|no| row(&mut signers, *no, now)).collect()
}

fn row(signers: &mut Signers<'_>, no: CertificationNo, now: Timestamp) -> Option<Row> {
    let store = signers.store;
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
            Cell::plain("Stated by", signers.stated_by(&found)),
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
    let mut signers = Signers::new(store);
    let row = |no: &CertificationNo| {
        let found = store.state().certification(*no).cloned()?;
        let mut row = row(&mut signers, *no, now)?;
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
