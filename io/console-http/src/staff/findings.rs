//! Findings: what controls noticed that should not be, newest first.

use super::log::at_entry;
use super::view::{Cell, ListPage, Row};
use crate::page::{Answer, page};
use crate::parts::Console;
use crate::visitor::Staff;
use crate::{dates, names};
use axum::extract::State;
use ledger::{Event, Payload};
use model::Position;
use std::sync::Arc;

/// Kinds of the two events in the log.
const FINDING_RAISED: u16 = 106;
const PROBES_RUN: u16 = 110;
const ROWS: usize = 100;

/// `GET /staff/findings`
pub(crate) async fn findings(State(console): State<Arc<Console>>, staff: Staff) -> Answer {
    let shell = staff.shell(&console, "Findings", "/staff");
    let store = console.store();
    let mut rows = Vec::new();
    for stored in store.latest_of_kind(FINDING_RAISED, Position(u64::MAX), ROWS)? {
        let Ok(Some(Payload::Control(Event::FindingRaised(event)))) = stored.read_payload() else {
            continue;
        };
        let note = event.why.note.map(|digest| store.note(&digest)).transpose()?.flatten();
        rows.push(Row {
            href: at_entry(&console, &staff, stored.position),
            title: event.finding,
            cells: vec![
                // What a case that begins with it, or a note that attaches it, is told.
                Cell::plain("Entry", stored.position.0.to_string()),
                Cell::plain(
                    "App",
                    event.app.map_or_else(String::new, |app| names::app(store, app)),
                ),
                Cell::plain("What", note.unwrap_or_default()),
                Cell::plain("When", dates::minute(stored.time)),
            ],
        });
    }
    let total = format!("{}; {}", super::view::grouped(rows.len() as u64), last_round(&console)?);
    Ok(page(&ListPage {
        shell,
        intro: "What a control noticed that should not be. A probe that passed is data that left although it must not.",
        path: "/staff/findings",
        make: ("", ""),
        searches: false,
        q: String::new(),
        columns: vec!["Finding", "Entry", "App", "What", "When"],
        rows,
        total,
        previous: String::new(),
        next: String::new(),
    }))
}

/// What the prober's last round came to, in a sentence.
pub(super) fn last_round(console: &Console) -> Result<String, sequence::StoreError> {
    let last = console.store().latest_of_kind(PROBES_RUN, Position(u64::MAX), 1)?;
    let Some(stored) = last.first() else {
        return Ok("the prober has not run".to_owned());
    };
    Ok(match stored.read_payload() {
        Ok(Some(Payload::Control(Event::ProbesRun(run)))) => format!(
            "the prober's last round, {}: {} tried, {} got through, {} not tried",
            dates::minute(stored.time),
            run.tried,
            run.passed.len(),
            run.untried.len()
        ),
        Ok(_) | Err(_) => "the prober's last round cannot be read".to_owned(),
    })
}

/// Findings of the prober so far, at most a page of them.
pub(super) fn count(console: &Console) -> Result<usize, sequence::StoreError> {
    Ok(console.store().latest_of_kind(FINDING_RAISED, Position(u64::MAX), ROWS)?.len())
}
