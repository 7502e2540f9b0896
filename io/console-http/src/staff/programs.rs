//! Programs: families of operations and their life.

use super::view::{Cell, ListPage, Row};
use crate::page::{Answer, Halt, page};
use crate::parts::Console;
use crate::visitor::{Query, Staff};
use crate::{dates, names};
use axum::extract::State;
use consent::Program;
use model::{ProgramNo, ProgramStatus};
use std::fmt::Write as _;
use std::sync::Arc;
use store::Store;

/// A program's status as a colour.
pub(super) const fn tone(status: ProgramStatus) -> &'static str {
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
    let all: Vec<_> = store.state().programs().map(|(no, one)| (no, one.clone())).collect();
    let mut rows = Vec::new();
    for (no, program) in &all {
        let (name, status) = (&program.name, &program.status);
        rows.push(Row {
            href: format!("/staff/programs/{no}"),
            title: super::agreements::program_title(store, *no),
            cells: vec![
                Cell::plain("Name", name.clone()),
                Cell::status(status.word(), tone(*status)),
                Cell::plain("Means", standing(store, *no, program)?),
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

/// What a status means for this program: until when, for how many, for whom it goes on.
fn standing(store: &Store, no: ProgramNo, program: &Program) -> Result<String, Halt> {
    let mut text = match (program.status, program.until, program.cap) {
        (ProgramStatus::Experimental, Some(until), None) => {
            format!("An experiment until {}.", dates::minute(until))
        }
        (ProgramStatus::Experimental, Some(until), Some(cap)) => {
            let people = program.people().min(cap as usize);
            format!("An experiment until {}; {people} of {cap} people.", dates::minute(until))
        }
        (status, _, _) => meaning(status).to_owned(),
    };
    for (app, until) in &program.exceptions {
        let made = store.exception(no, *app)?;
        let by =
            made.as_ref().map(|made| super::cut_off::actor(store, made.why.by)).unwrap_or_default();
        let note = made.and_then(|made| made.why.note);
        let note = note.map(|digest| store.note(&digest)).transpose()?.flatten();
        let (app, until) = (names::app(store, *app), dates::minute(*until));
        let _ = write!(text, " {app} goes on until {until}, approved by {by}");
        if let Some(because) = note {
            let _ = write!(text, ": {because}");
        }
        text.push('.');
    }
    Ok(text)
}

/// What a status means.
pub(super) const fn meaning(status: ProgramStatus) -> &'static str {
    match status {
        ProgramStatus::Draft => "Not open yet: nothing leaves through it.",
        ProgramStatus::Live => "Open.",
        ProgramStatus::Experimental => "Open until an instant, perhaps for so many people.",
        ProgramStatus::Restricted => "What exists goes on; nothing new begins.",
        ProgramStatus::Closed => "Over: every access through it has ended but by exception.",
    }
}
