//! Programs: families of operations and their life.

use super::view::{Cell, ListPage, Row};
use crate::page::{Answer, page};
use crate::parts::Console;
use crate::visitor::{Query, Staff};
use axum::extract::State;
use model::ProgramStatus;
use std::sync::Arc;

/// A program's status as a colour.
const fn tone(status: ProgramStatus) -> &'static str {
    match status {
        ProgramStatus::Draft => "off",
        ProgramStatus::Live => "good",
        ProgramStatus::Experimental => "warn",
        ProgramStatus::Restricted => "warn",
        ProgramStatus::Closed => "bad",
    }
}

/// `GET /staff/programs`: a row for each status that a program can be given.
pub(crate) async fn programs(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let shell = staff.shell(&console, "Programs", "/staff/programs");
    let shell = shell.noticing(Some(query.text("done")));
    let store = console.store();
    let all: Vec<_> =
        store.state().programs().map(|(no, one)| (no, one.name.clone(), one.status)).collect();
    let mut rows = Vec::new();
    for (no, name, status) in &all {
        rows.push(Row {
            href: if *status == ProgramStatus::Closed {
                String::new()
            } else {
                format!("/staff/act?do=program-status&on={no}")
            },
            title: super::agreements::program_title(store, *no),
            cells: vec![
                Cell::plain("Name", name.clone()),
                Cell::status(status.word(), tone(*status)),
                Cell::plain("Means", meaning(*status)),
            ],
        });
    }
    let total = format!("{} in all", rows.len());
    Ok(page(&ListPage {
        shell,
        intro: "Families of operations offered under terms. Closing one ends every access through it, for good.",
        path: "/staff/programs",
        make: ("", ""),
        searches: false,
        q: String::new(),
        columns: vec!["Program", "Name", "Status", "Means"],
        rows,
        total,
        previous: String::new(),
        next: String::new(),
    }))
}

/// What a status means.
pub(super) const fn meaning(status: ProgramStatus) -> &'static str {
    match status {
        ProgramStatus::Draft => "Not open yet: nothing leaves through it.",
        ProgramStatus::Live => "Open.",
        ProgramStatus::Experimental => "Open until an instant, for so many people.",
        ProgramStatus::Restricted => "What exists goes on; nothing new begins.",
        ProgramStatus::Closed => "Over: every access through it has ended.",
    }
}
