//! The latest entries of the log, readable.

use super::cut_off::actor;
use crate::classes;
use crate::dates;
use crate::names;
use crate::page::{Answer, page};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Query, Staff};
use askama::Template;
use axum::extract::State;
use flows::staff::Act;
use ledger::{Event, Leaf, Payload};
use model::Position;
use std::sync::Arc;
use store::{Store, StoredEntry};

/// Entries on a page.
const PAGE: u64 = 50;

/// An entry.
pub(crate) struct LogLine {
    pub(crate) position: u64,
    pub(crate) at: String,
    pub(crate) what: String,
    pub(crate) app: String,
    pub(crate) details: String,
    pub(crate) by: String,
    /// One did alone what takes two.
    pub(crate) alone: bool,
    pub(crate) note: String,
}

#[derive(Template)]
#[template(path = "staff_log.html")]
pub(crate) struct LogPage {
    pub(crate) shell: Shell,
    pub(crate) lines: Vec<LogLine>,
    pub(crate) newer: String,
    pub(crate) older: String,
}

/// `GET /staff/log`
pub(crate) async fn log(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    staff.may(&console, Act::ReadLog)?;
    let store = console.store();
    let head = store.head()?.next().0;
    let below = query.text("below").parse::<u64>().unwrap_or(head).min(head);
    let from = below.saturating_sub(PAGE);
    let most = usize::try_from(below - from).unwrap_or(0);
    let mut entries = store.entries(Position(from), most)?;
    entries.reverse();
    Ok(page(&LogPage {
        shell: staff.shell(&console, "Log", "/staff/log"),
        lines: entries.iter().map(|entry| line(store, entry)).collect(),
        newer: if below < head {
            format!("/staff/log?below={}", (below + PAGE).min(head))
        } else {
            String::new()
        },
        older: if from > 0 { format!("/staff/log?below={from}") } else { String::new() },
    }))
}

fn line(store: &Store, entry: &StoredEntry) -> LogLine {
    let mut line = LogLine {
        position: entry.position.0,
        at: dates::minute(entry.time),
        what: String::new(),
        app: String::new(),
        details: String::new(),
        by: String::new(),
        alone: false,
        note: String::new(),
    };
    let Ok(leaf) = entry.read_leaf() else {
        "unreadable".clone_into(&mut line.what);
        return line;
    };
    line.app = match (leaf.app, leaf.partner) {
        (Some(app), _) => names::app(store, app),
        (None, Some(partner)) => names::partner(store, partner),
        (None, None) => String::new(),
    };
    line.details = details(store, &leaf);
    match entry.read_payload() {
        Ok(Some(Payload::Control(event))) => {
            event.word().replace('-', " ").clone_into(&mut line.what);
            if let Event::CertificationMade(made) = &event {
                let by = super::certified::in_short(made.statement.is_some());
                line.details = if line.details.is_empty() {
                    by.to_owned()
                } else {
                    format!("{}, {by}", line.details)
                };
            }
            if let Some(why) = event.why() {
                line.by = actor(store, why.by);
                if let Some(second) = why.confirmed_by {
                    line.by = format!("{}, confirmed by {}", line.by, actor(store, second));
                }
                line.alone = why.broke_glass == Some(true);
                if let Some(reason) = why.reason {
                    line.note = super::act::reason_text(reason);
                }
                let note = why.note.and_then(|digest| store.note(&digest).ok().flatten());
                if let Some(note) = note {
                    line.note =
                        if line.note.is_empty() { note } else { format!("{}: {note}", line.note) };
                }
            }
        }
        Ok(Some(other)) => word(&other).clone_into(&mut line.what),
        Ok(None) => "payload gone".clone_into(&mut line.what),
        Err(_) => "does not match its leaf".clone_into(&mut line.what),
    }
    line
}

/// Where an entry stands on top of the page; empty for those who may not read the log.
pub(super) fn at_entry(console: &Console, staff: &Staff, at: Position) -> String {
    match staff.may(console, Act::ReadLog) {
        Ok(()) => format!("/staff/log?below={}", at.0.saturating_add(1)),
        Err(_) => String::new(),
    }
}

const fn word(payload: &Payload) -> &'static str {
    match payload {
        Payload::Disclosure(_) => "disclosure",
        Payload::Refusals(_) => "refused requests",
        Payload::WritePermitted(_) => "write permitted",
        Payload::WriteOutcome(_) => "write ended",
        Payload::Control(_) => "control",
    }
}

fn details(store: &Store, leaf: &Leaf) -> String {
    let state = store.state();
    let mut parts = Vec::new();
    if let Some(no) = leaf.operation {
        let operations = state.catalog().into_iter().flat_map(|catalog| &catalog.operations);
        let name = operations.clone().find(|one| one.number == no).map(|one| one.name.clone());
        parts.push(name.unwrap_or_else(|| no.to_string()));
    }
    if let Some(classes) = leaf.classes.filter(|mask| !mask.is_empty()) {
        parts.push(classes::titles(&state, classes));
    }
    let counted = [(leaf.count, "records"), (leaf.people, "people"), (leaf.withheld, "withheld")];
    for (number, what) in counted {
        if let Some(number) = number {
            parts.push(format!("{number} {what}"));
        }
    }
    parts.join(", ")
}
