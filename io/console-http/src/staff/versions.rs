//! API versions: what is served, and until when.

use super::view::{Cell, ListPage, Row};
use crate::dates;
use crate::page::{Answer, page};
use crate::parts::Console;
use crate::visitor::Staff;
use axum::extract::State;
use std::sync::Arc;

/// `GET /staff/versions`
pub(crate) async fn versions(State(console): State<Arc<Console>>, staff: Staff) -> Answer {
    let shell = staff.shell(&console, "API versions", "/staff/policies");
    let (state, now) = (console.store().state(), console.store().now());
    let current = state.catalog().map(|catalog| catalog.version);
    let rows: Vec<Row> = state
        .versions()
        .map(|version| {
            let terms = state.version_terms(version);
            let ended = terms.sunset.is_some_and(|sunset| sunset <= now);
            let (word, tone) = match (ended, Some(version) == current) {
                (true, _) => ("ended", "bad"),
                (false, true) => ("in force", "good"),
                (false, false) => ("kept", "warn"),
            };
            Row {
                href: String::new(),
                title: version.to_string(),
                cells: vec![
                    Cell::status(word, tone),
                    Cell::plain(
                        "Deprecated",
                        terms.deprecated_at.map_or_else(String::new, dates::minute),
                    ),
                    Cell::plain("Ends", terms.sunset.map_or_else(String::new, dates::minute)),
                ],
            }
        })
        .collect();
    drop(state);
    let total = format!("{} in all", rows.len());
    Ok(page(&ListPage {
        shell,
        intro: "An older version is served until it ends, and never gives more than the one in force.",
        path: "/staff/versions",
        make: ("", ""),
        searches: false,
        q: String::new(),
        columns: vec!["Version", "Status", "Deprecated", "Ends"],
        rows,
        total,
        previous: String::new(),
        next: String::new(),
    }))
}
