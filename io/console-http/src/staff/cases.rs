//! Cases about apps, and what people reported, newest first.

use super::act::reason_text;
use super::case::kind_text;
use super::list::{off_thread, paged_of};
use super::view::{Cell, ListPage, Row, grouped};
use crate::form::query;
use crate::page::{Answer, page};
use crate::parts::Console;
use crate::visitor::{Query, Staff};
use crate::{dates, names};
use axum::extract::State;
use consent::{Appeal, Case};
use flows::staff::Act;
use ledger::{AppReported, Event, Payload};
use model::{CaseNo, CaseOutcome, Position, Timestamp};
use std::sync::Arc;
use store::Store;

/// Kind of the event in the log.
const APP_REPORTED: u16 = 105;
const ROWS: usize = 100;

/// `GET /staff/cases`
pub(crate) async fn cases(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let shell = staff.shell(&console, "Cases", "/staff/cases").noticing(Some(query.text("done")));
    let (store, fields) = (console.store().clone(), query.clone());
    let paged = off_thread(move || {
        let mut all: Vec<CaseNo> = store.state().cases().map(|(no, _)| no).collect();
        all.reverse();
        paged_of("/staff/cases", &fields, &all, |some| case_rows(&store, some))
    });
    let paged = paged.await?;
    Ok(page(&ListPage {
        shell,
        intro: "What is looked into about an app: opened with a reason, documented, decided, and appealed against.",
        path: "/staff/cases",
        make: ("/staff/cases/new", "Open a case"),
        searches: true,
        q: paged.q,
        columns: vec!["Case", "App", "Began with", "Status", "When"],
        rows: paged.rows,
        total: paged.total,
        previous: paged.previous,
        next: paged.next,
    }))
}

fn case_rows(store: &Store, some: &[CaseNo]) -> Vec<Row> {
    let row = |no: &CaseNo| {
        let case = store.state().case(*no).cloned()?;
        let (word, tone) = standing(&case);
        Some(Row {
            href: format!("/staff/cases/{no}"),
            title: no.to_string(),
            cells: vec![
                Cell::plain("App", names::app(store, case.app)),
                Cell::plain("Began with", kind_text(case.kind)),
                Cell::status(word, tone),
                Cell::plain("When", dates::minute(case.opened_at)),
            ],
        })
    };
    some.iter().filter_map(row).collect()
}

/// How far a case is, in a word, and its colour.
pub(super) const fn standing(case: &Case) -> (&'static str, &'static str) {
    match (case.outcome, case.appeal) {
        (None, _) => ("open", "warn"),
        (Some(_), Appeal::Open) => ("appealed", "warn"),
        (Some(_), Appeal::Upheld) => ("appeal upheld", "good"),
        (Some(CaseOutcome::Unfounded), _) => ("unfounded", "good"),
        (Some(CaseOutcome::Warned), _) => ("warned", "off"),
        (Some(CaseOutcome::Suspended), _) => ("suspended", "bad"),
        (Some(CaseOutcome::Removed), _) => ("removed", "bad"),
    }
}

/// `GET /staff/reported`: what people reported; each can become a case.
pub(crate) async fn reported(State(console): State<Arc<Console>>, staff: Staff) -> Answer {
    staff.may(&console, Act::Review)?;
    let store = console.store();
    let mut rows = Vec::new();
    for stored in store.latest_of_kind(APP_REPORTED, Position(u64::MAX), ROWS)? {
        if let Ok(Some(Payload::Control(Event::AppReported(event)))) = stored.read_payload() {
            rows.push(report_row(&console, (stored.position, stored.time), &event)?);
        }
    }
    Ok(page(&ListPage {
        shell: staff.shell(&console, "Reported", "/staff/reported"),
        intro: "What people reported about apps, newest first. Open a case with one: neither app nor partner learns who reported.",
        path: "/staff/reported",
        make: ("", ""),
        searches: false,
        q: String::new(),
        columns: vec!["Report", "App", "Reason", "What they wrote", "When", "Open cases"],
        total: match rows.len() {
            ROWS => format!("The latest {ROWS}"),
            count => format!("{} in all", grouped(count as u64)),
        },
        rows,
        previous: String::new(),
        next: String::new(),
    }))
}

fn report_row(
    console: &Console,
    (at, time): (Position, Timestamp),
    event: &AppReported,
) -> Result<Row, sequence::StoreError> {
    let store = console.store();
    let note = event.why.note.map(|digest| store.note(&digest)).transpose()?.flatten();
    let (app, begins_with) = (event.app.to_string(), at.0.to_string());
    let open: Vec<String> = {
        let state = store.state();
        let cases = state.cases();
        let about = cases.filter(|(_, case)| case.app == event.app && case.outcome.is_none());
        about.map(|(no, _)| no.to_string()).collect()
    };
    let wish = [("app", &*app), ("kind", "report"), ("begins_with", &*begins_with)];
    Ok(Row {
        href: format!("/staff/cases/new?{}", query(wish)),
        title: format!("Report {}", at.0),
        cells: vec![
            Cell::plain("App", names::app(store, event.app)),
            Cell::plain("Reason", event.why.reason.map(reason_text).unwrap_or_default()),
            Cell::plain("What they wrote", note.unwrap_or_default()),
            Cell::plain("When", dates::minute(time)),
            Cell::plain("Open cases", open.join(", ")),
        ],
    })
}
