//! Agreements: what an app may have, for what, until when.

use super::list::{off_thread, paged_of};
use super::view::{ActLink, Cell, DetailPage, ListPage, Row};
use crate::classes;
use crate::dates;
use crate::names;
use crate::page::{Answer, Halt, page};
use crate::parts::Console;
use crate::visitor::{Query, Staff};
use axum::extract::{Path, State};
use consent::Agreement;
use model::{AgreementNo, ProgramNo, PurposeNo, Timestamp};
use std::sync::Arc;
use store::Store;

/// A program's title.
pub(super) fn program_title(store: &Store, no: ProgramNo) -> String {
    let state = store.state();
    let known = state.catalog().into_iter().flat_map(|catalog| &catalog.programs);
    let title = known.clone().find(|program| program.number == no).map(|one| one.title.clone());
    title.unwrap_or_else(|| no.to_string())
}

/// A purpose's title.
pub(super) fn purpose_title(store: &Store, no: PurposeNo) -> String {
    let state = store.state();
    let mut known = state.catalog().into_iter().flat_map(|catalog| &catalog.purposes);
    known
        .find(|purpose| purpose.number == no)
        .map_or_else(|| no.to_string(), |one| one.title.clone())
}

pub(super) const fn window(
    ended: bool,
    from: Timestamp,
    until: Timestamp,
    now: Timestamp,
) -> (&'static str, &'static str) {
    if ended {
        ("ended", "off")
    } else if now.0 < from.0 {
        ("not yet", "warn")
    } else if now.0 < until.0 {
        ("standing", "good")
    } else {
        ("over", "off")
    }
}

fn status(one: &Agreement, now: Timestamp) -> (&'static str, &'static str) {
    window(one.ended, one.from, one.until, now)
}

/// Rows of an app's agreements, newest first.
pub(super) fn agreement_rows(store: &Store, numbers: &[AgreementNo], now: Timestamp) -> Vec<Row> {
    let row = |no: &AgreementNo| {
        let found = store.state().agreement(*no).cloned()?;
        let (word, tone) = status(&found, now);
        let covers = classes::titles(&store.state(), found.classes);
        Some(Row {
            href: format!("/staff/agreements/{no}"),
            title: no.to_string(),
            cells: vec![
                Cell::plain("Program", program_title(store, found.program)),
                Cell::status(word, tone),
                Cell::plain("From", dates::day(found.from)),
                Cell::plain("Until", dates::day(found.until)),
                Cell::plain("Covers", covers),
            ],
        })
    };
    numbers.iter().rev().filter_map(row).collect()
}

/// Rows of the list of all.
fn list_rows(store: &Store, some: &[AgreementNo]) -> Vec<Row> {
    let now = store.now();
    let row = |no: &AgreementNo| {
        let one = store.state().agreement(*no).cloned()?;
        let (word, tone) = status(&one, now);
        Some(Row {
            href: format!("/staff/agreements/{no}"),
            title: no.to_string(),
            cells: vec![
                Cell::plain("App", names::app(store, one.app)),
                Cell::plain("Program", program_title(store, one.program)),
                Cell::status(word, tone),
                Cell::plain("From", dates::day(one.from)),
                Cell::plain("Until", dates::day(one.until)),
            ],
        })
    };
    some.iter().filter_map(row).collect()
}

/// `GET /staff/agreements`
pub(crate) async fn agreements(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let (store, fields) = (console.store().clone(), query.clone());
    let listed = move || {
        let mut all: Vec<AgreementNo> = store.state().agreements().map(|(no, _)| no).collect();
        all.reverse();
        paged_of("/staff/agreements", &fields, &all, |some| list_rows(&store, some))
    };
    let paged = off_thread(listed).await?;
    Ok(page(&ListPage {
        shell: staff
            .shell(&console, "Agreements", "/staff/agreements")
            .noticing(Some(query.text("done"))),
        intro: "What an app may have of a program, for which purposes, from when until when.",
        path: "/staff/agreements",
        make: ("/staff/agreements/new", "Make an agreement"),
        searches: true,
        q: paged.q,
        columns: vec!["Agreement", "App", "Program", "Status", "From", "Until"],
        rows: paged.rows,
        total: paged.total,
        previous: paged.previous,
        next: paged.next,
    }))
}

/// `GET /staff/agreements/{agreement}`
pub(crate) async fn agreement(
    State(console): State<Arc<Console>>,
    Path(agreement): Path<String>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let no: AgreementNo = agreement.parse().map_err(|_| Halt::NotFound)?;
    let (store, now) = (console.store(), console.store().now());
    let found = store.state().agreement(no).cloned().ok_or(Halt::NotFound)?;
    let (word, tone) = status(&found, now);
    let purposes: Vec<String> =
        found.purposes.iter().map(|one| purpose_title(store, *one)).collect();
    let covers = classes::titles(&store.state(), found.classes);
    let required = classes::titles(&store.state(), found.required);
    let end = ActLink {
        href: format!("/staff/act?do=end-agreement&on={no}"),
        label: "End it…",
        text: "The app loses at once what only this agreement covers.",
    };
    let watch = ActLink {
        href: format!("/staff/watched/agreement/{no}"),
        label: "Only watch its end, or other terms…",
        text: "It decides nothing: you see what that would have withheld from then on.",
    };
    let title = format!("Agreement {no}");
    let terms = super::terms::facts(store, no, &found)?;
    Ok(page(&DetailPage {
        shell: staff
            .shell(&console, &title, "/staff/agreements")
            .noticing(Some(query.text("done"))),
        back: ("/staff/agreements", "Agreements"),
        status: word.to_owned(),
        tone,
        facts: [
            ("App", names::app(store, found.app)),
            ("Partner", names::partner_of(store, found.app)),
            ("Program", program_title(store, found.program)),
            ("Purposes", purposes.join(", ")),
            ("Covers", covers),
            ("Required of it", required),
            ("From", dates::day(found.from)),
            ("Until", dates::day(found.until)),
        ]
        .into_iter()
        .chain(terms)
        .collect(),
        acts: if found.ended || found.until <= now { Vec::new() } else { vec![end, watch] },
        sections: Vec::new(),
    }))
}
