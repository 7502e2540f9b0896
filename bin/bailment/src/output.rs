//! What commands print: for people, or one JSON document for programs.

use comfy_table::presets::ASCII_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// For whom a command prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Somebody at a terminal, or a file to read.
    People,
    /// `--json`.
    Programs,
}

/// Standard output and error.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    audience: Audience,
    colour: bool,
}

/// How a word is emphasised on a terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shade {
    Good,
    Bad,
    Strong,
    Faint,
}

impl Output {
    /// Colours only on a terminal, and not where `NO_COLOR` is set (no-color.org).
    pub(crate) fn new(audience: Audience) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let colour = audience == Audience::People && wanted && io::stdout().is_terminal();
        Self { audience, colour }
    }

    /// Whether programs read.
    pub(crate) fn is_json(self) -> bool {
        self.audience == Audience::Programs
    }

    /// Prints a line.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(crate) fn line(self, text: impl Display) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{text}")
    }

    /// Prints a line for people only.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(crate) fn say(self, text: impl Display) -> io::Result<()> {
        if self.is_json() { Ok(()) } else { self.line(text) }
    }

    /// Prints a document for programs: one line, so that a stream of them can be read by line.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(crate) fn document(self, value: &impl Serialize) -> io::Result<()> {
        let mut out = io::stdout().lock();
        serde_json::to_writer(&mut out, value)?;
        writeln!(out)
    }

    /// Prints a table for people.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(crate) fn table(self, header: &[&str], rows: Vec<Vec<String>>) -> io::Result<()> {
        self.line(table(header, rows))
    }

    /// Prints a table whose cells are to be copied: no line is broken, however narrow the terminal.
    ///
    /// # Errors
    /// Standard output is closed.
    pub(crate) fn wide_table(self, header: &[&str], rows: Vec<Vec<String>>) -> io::Result<()> {
        let mut table = bare(header, rows);
        table.set_content_arrangement(ContentArrangement::Disabled);
        self.line(table.trim_fmt())
    }

    /// Tells what went wrong, on standard error.
    pub(crate) fn failure(self, error: &anyhow::Error) {
        let mut out = io::stderr().lock();
        let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
        // Nobody is left to tell where standard error is closed as well.
        let _ = if self.is_json() {
            writeln!(out, "{}", serde_json::json!({ "error": causes }))
        } else {
            writeln!(out, "error: {}", causes.join(": "))
        };
    }

    /// A word in a shade.
    pub(crate) fn shade(self, shade: Shade, text: impl Display) -> String {
        if !self.colour {
            return text.to_string();
        }
        let code = match shade {
            Shade::Good => "32",
            Shade::Bad => "31",
            Shade::Strong => "1",
            Shade::Faint => "2",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// A plain table, as wide as the terminal or 120 columns.
pub(crate) fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = bare(header, rows);
    let width = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).unwrap_or(120);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.trim_fmt()
}

fn bare(header: &[&str], rows: Vec<Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_FULL_CONDENSED);
    table.set_header(header.to_vec());
    table.add_rows(rows);
    table
}

/// Milliseconds since 1970 as RFC 3339, in UTC.
pub(crate) fn moment(at: model::Timestamp) -> String {
    i64::try_from(at.0)
        .ok()
        .and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok())
        .map_or_else(|| at.0.to_string(), |moment| format!("{moment:.3}"))
}
