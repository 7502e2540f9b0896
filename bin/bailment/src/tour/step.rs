//! One step of a tour: what happened, what was seen before and after, what the log says.

use crate::cli::Result;
use crate::cli::explain::{Names, explain};
use crate::output::{Output, Shade};
use governance_http::entry::entry_json;
use model::Position;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use store::Store;

/// Entries listed of one step: of more, the first and the last.
const ENTRIES_MAX: usize = 40;
/// Entries of one step that are read at most.
const ENTRIES_READ_MAX: usize = 2_000;

/// Something that had to be so.
#[derive(Debug, Serialize)]
struct Expectation {
    what: String,
    met: bool,
}

/// A row seen before and after.
#[derive(Debug, Serialize)]
struct Side {
    what: String,
    before: String,
    after: String,
}

/// An entry of the log.
#[derive(Debug, Serialize)]
struct Logged {
    position: u64,
    kind: String,
    entry: Value,
}

/// A step.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    title: String,
    told: Vec<String>,
    /// Where to look at it while the process runs.
    pages: Vec<String>,
    side_by_side: Vec<Side>,
    expectations: Vec<Expectation>,
    log: Vec<Logged>,
    /// Why, and how often, in the last answer.
    withheld: BTreeMap<String, usize>,
    #[serde(skip)]
    from: u64,
}

impl Step {
    /// A step that begins at the log's present end.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) fn begin(store: &Store, title: &str) -> Result<Self> {
        Ok(Self {
            title: title.to_owned(),
            told: Vec::new(),
            pages: Vec::new(),
            side_by_side: Vec::new(),
            expectations: Vec::new(),
            log: Vec::new(),
            withheld: BTreeMap::new(),
            from: store.head()?.next().0,
        })
    }

    /// Tells what happens.
    pub(crate) fn tell(&mut self, text: impl Into<String>) {
        self.told.push(text.into());
    }

    /// Says where to look at it.
    pub(crate) fn page(&mut self, url: String) {
        self.pages.push(url);
    }

    /// Sets what was seen beside what is seen.
    pub(crate) fn compare(
        &mut self,
        what: &str,
        before: impl Into<String>,
        after: impl Into<String>,
    ) {
        self.side_by_side.push(Side {
            what: what.to_owned(),
            before: before.into(),
            after: after.into(),
        });
    }

    /// Notes whether something is as it must be.
    pub(crate) fn expect(&mut self, what: impl Into<String>, met: bool) {
        self.expectations.push(Expectation { what: what.into(), met });
    }

    /// Whether everything is as it must be.
    pub(crate) fn is_passed(&self) -> bool {
        self.expectations.iter().all(|one| one.met)
    }

    /// Reads what the step left in the log; `answer` is the disclosure whose reasons are shown.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(crate) fn finish(mut self, store: &Store, answer: Option<u64>) -> Result<Self> {
        let names = store.state().numbering().clone();
        let mut entries = store.entries(Position(self.from), ENTRIES_READ_MAX)?;
        if entries.len() > ENTRIES_MAX {
            let left_out = entries.len() - ENTRIES_MAX;
            entries.drain(ENTRIES_MAX / 2..ENTRIES_MAX / 2 + left_out);
            self.told.push(format!("{left_out} entries of the log in between are not listed."));
        }
        for stored in entries {
            let entry = entry_json(&stored, &names);
            let kind = entry.get("kind").and_then(Value::as_str).unwrap_or("?").to_owned();
            self.log.push(Logged { position: stored.position.0, kind, entry });
        }
        if let Some(position) = answer {
            for row in explain(store, Position(position))?.rows.iter().filter(|row| !row.released) {
                *self
                    .withheld
                    .entry(format!("{}: {}", row.class, row.why(&Names::new())))
                    .or_default() += 1;
            }
        }
        Ok(self)
    }
}

/// Shows a step to people.
///
/// # Errors
/// Standard output is closed.
pub(crate) fn show(number: usize, step: &Step, output: Output) -> Result<()> {
    output.line(format_args!(
        "\n{}",
        output.shade(Shade::Strong, format!("{number}. {}", step.title))
    ))?;
    for text in &step.told {
        output.line(format_args!("   {text}"))?;
    }
    if !step.side_by_side.is_empty() {
        let rows = step
            .side_by_side
            .iter()
            .map(|side| vec![side.what.clone(), side.before.clone(), side.after.clone()])
            .collect();
        output.table(&["", "before", "after"], rows)?;
    }
    for page in &step.pages {
        output.line(format_args!("   page: {page}"))?;
    }
    for Expectation { what, met } in &step.expectations {
        let mark = if *met {
            output.shade(Shade::Good, "✓")
        } else {
            output.shade(Shade::Bad, "✗ NOT SO:")
        };
        output.line(format_args!("   {mark} {what}"))?;
    }
    let entries: Vec<String> =
        step.log.iter().map(|one| format!("{} {}", one.position, one.kind)).collect();
    if !entries.is_empty() {
        output.line(output.shade(Shade::Faint, format!("   log: {}", entries.join(" · "))))?;
    }
    if !step.withheld.is_empty() {
        let why: Vec<String> =
            step.withheld.iter().map(|(why, times)| format!("{why} ×{times}")).collect();
        output.line(output.shade(Shade::Faint, format!("   withheld: {}", why.join(" · "))))?;
    }
    Ok(())
}
