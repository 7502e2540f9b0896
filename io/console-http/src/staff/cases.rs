//! Cases about apps, and what people reported, newest first. They are worked on by `bailment case` and `/staff/v1/cases`.

use super::view::{Cell, ListPage, Row};
use crate::page::{Answer, page};
use crate::parts::Console;
use crate::visitor::Staff;
use crate::{dates, names};
use axum::extract::State;
use consent::{Appeal, Case};
use ledger::{Event, Payload};
use model::{CaseNo, CaseOutcome, Position};
use std::sync::Arc;

/// Kind of the event in the log.
const APP_REPORTED: u16 = 105;
const ROWS: usize = 100;

/// `GET /staff/cases`
pub(crate) async fn cases(State(console): State<Arc<Console>>, staff: Staff) -> Answer {
    let shell = staff.shell(&console, "Cases", "/staff/cases");
    let store = console.store();
    let mut all: Vec<(CaseNo, Case)> =
        store.state().cases().map(|(no, case)| (no, case.clone())).collect();
    all.reverse();
    let total = format!("{} cases in all", super::view::grouped(all.len() as u64));
    let case_row = |(no, case): &(CaseNo, Case)| {
        let (word, tone) = standing(case);
        Row {
            href: format!("/staff/apps/{}", case.app),
            title: no.to_string(),
            cells: vec![
                Cell::plain("App", names::app(store, case.app)),
                Cell::plain("Began with", case.kind.word().to_owned()),
                Cell::status(word, tone),
                Cell::plain("When", dates::minute(case.opened_at)),
            ],
        }
    };
    let mut rows: Vec<Row> = all.iter().take(ROWS).map(case_row).collect();
    for stored in store.latest_of_kind(APP_REPORTED, Position(u64::MAX), ROWS)? {
        let Ok(Some(Payload::Control(Event::AppReported(event)))) = stored.read_payload() else {
            continue;
        };
        let reason = event.why.reason.map_or_else(String::new, |reason| reason.to_string());
        rows.push(Row {
            href: format!("/staff/log?from={}", stored.position.0),
            title: format!("Report {}", stored.position.0),
            cells: vec![
                Cell::plain("App", names::app(store, event.app)),
                Cell::plain("Began with", reason),
                Cell::status("reported", "warn"),
                Cell::plain("When", dates::minute(stored.time)),
            ],
        });
    }
    Ok(page(&ListPage {
        shell,
        intro: "Cases about apps, and below them what people reported. Open and decide them with `bailment case`.",
        path: "/staff/cases",
        make: ("", ""),
        searches: false,
        q: String::new(),
        columns: vec!["Case", "App", "Began with", "Status", "When"],
        rows,
        total,
        previous: String::new(),
        next: String::new(),
    }))
}

/// How far a case is, in a word, and its colour.
const fn standing(case: &Case) -> (&'static str, &'static str) {
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
