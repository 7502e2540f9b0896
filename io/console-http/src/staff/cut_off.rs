//! Cut-offs: whose tokens, and the latest ones.

use super::act::subject_text;
use super::view::{Cell, ListPage, Row};
use crate::dates;
use crate::names;
use crate::page::{Answer, page};
use crate::parts::Console;
use crate::visitor::{Query, Staff};
use axum::extract::State;
use ledger::{Event, Payload};
use model::{Actor, Position};
use std::sync::Arc;
use store::{Store, StoredEntry};

/// Cut-offs listed.
const LATEST: usize = 50;
/// The kind of a cut-off's entries.
const KIND: u16 = 40;

/// `GET /staff/cut-off`
pub(crate) async fn cut_off(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let shell = staff.shell(&console, "Cut-offs", "/staff/cut-off");
    let store = console.store();
    let found = store.latest_of_kind(KIND, Position(u64::MAX >> 1), LATEST)?;
    let rows: Vec<Row> = found.iter().filter_map(|entry| row(store, entry)).collect();
    Ok(page(&ListPage {
        shell: shell.noticing(Some(query.text("done"))),
        intro: "Every token of a subject issued so far is dead, with one entry of the log. Begin from a partner or an app, or by an id.",
        path: "/staff/cut-off",
        make: ("", ""),
        searches: false,
        q: String::new(),
        columns: vec!["Whose tokens", "When", "By", "Why"],
        total: if rows.is_empty() {
            "None yet".to_owned()
        } else {
            format!("The latest {}", rows.len())
        },
        rows,
        previous: String::new(),
        next: String::new(),
    }))
}

fn row(store: &Store, entry: &StoredEntry) -> Option<Row> {
    let Payload::Control(Event::CutOff(event)) = entry.read_payload().ok()?? else { return None };
    Some(Row {
        href: String::new(),
        title: subject_text(event.subject),
        cells: vec![
            Cell::plain("When", dates::minute(entry.time)),
            Cell::plain("By", actor(store, event.why.by)),
            Cell::plain("Why", event.why.reason.map(super::act::reason_text).unwrap_or_default()),
        ],
    })
}

/// Who caused an event. People stay numbers: staff need no names of people to read the log.
pub(super) fn actor(store: &Store, actor: Actor) -> String {
    match actor {
        Actor::System => "Bailment".to_owned(),
        Actor::Platform => "the platform".to_owned(),
        Actor::Person(no) => format!("person {no}"),
        Actor::Staff(no) => names::staff(store, no),
        Actor::Operator => "operator".to_owned(),
        Actor::App => "the app".to_owned(),
    }
}
