//! `bailment catalog`.

use super::registry::{self, Because};
use super::{Globals, Outcome, Result};
use crate::output::{Output, Shade};
use crate::reading::Reading;
use ::catalog::{Document, Mistake, Report};
use anyhow::{Context, bail};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::PathBuf;

/// What to do with an API description.
#[derive(Debug, Subcommand)]
pub(crate) enum Asked {
    /// Parse, check and compile an OpenAPI document with its extensions (docs/catalog.md).
    #[command(after_help = "\
Exit code 3 where there are mistakes. Each has a JSON pointer and a suggestion:
  bailment catalog check api.json --json | jq '.mistakes[].pointer'")]
    Check {
        /// The document, JSON.
        file: PathBuf,
        /// Also what is only never released or not offered.
        #[arg(long)]
        warnings: bool,
    },
    /// Bring a document into force, for every app and token at once. Exit code 3 where it has mistakes.
    Activate {
        /// The document, JSON.
        file: PathBuf,
        /// A version served until now that is served on beside it, such as `2026-11-01`. Can be repeated.
        #[arg(long)]
        keep: Vec<String>,
        #[command(flatten)]
        because: Because,
    },
    /// What it would give and take: the disclosures of the last 30 days, decided again with it and without it.
    Preview {
        /// The document, JSON.
        file: PathBuf,
        /// Version that would be served on beside it; once for each.
        #[arg(long)]
        keep: Vec<String>,
    },
    /// Only watch it beside the catalog in force: it decides nothing. `bailment audit` says what it would have done.
    Audit {
        /// The document, JSON.
        file: PathBuf,
        /// Version that would be served on beside it; once for each.
        #[arg(long)]
        keep: Vec<String>,
        #[command(flatten)]
        because: Because,
    },
    /// Print the catalog in force, as partners get it.
    Show,
}

pub(crate) fn run(asked: &Asked, globals: &Globals, output: Output) -> Result {
    match asked {
        Asked::Check { file, warnings } => {
            let bytes = std::fs::read(file)
                .with_context(|| format!("`{}` cannot be read", file.display()))?;
            let report = check(&bytes);
            show(&report, *warnings, output)?;
            Ok(if report.mistakes.is_empty() { Outcome::Done } else { Outcome::Mistakes })
        }
        Asked::Activate { file, keep, because } => {
            let wish = registry::activation("/catalogs", file, because)?;
            registry::run(wish.with("keep", json!(keep)), globals, output)
        }
        Asked::Preview { file, keep } => {
            registry::run(super::preview::of_document("catalog", file, keep)?, globals, output)
        }
        Asked::Audit { file, keep, because } => {
            let wish = super::preview::audit_document("catalog", file, keep, because)?;
            registry::run(wish, globals, output)
        }
        Asked::Show => {
            let reading = Reading::open(&globals.load(Vec::new())?.data)?;
            let state = reading.store().state();
            if state.catalog_document().is_empty() {
                bail!("no catalog is in force");
            }
            let document: Value = serde_json::from_slice(state.catalog_document())?;
            if output.is_json() {
                output.document(&document)?;
            } else {
                output.line(serde_json::to_string_pretty(&document)?)?;
            }
            Ok(Outcome::Done)
        }
    }
}

/// Checks a document's bytes.
pub(crate) fn check(bytes: &[u8]) -> Report {
    match Document::parse(bytes) {
        Ok(document) => document.check(),
        Err(mistakes) => Report { mistakes, warnings: Vec::new(), counts: Default::default() },
    }
}

fn listed(mistakes: &[Mistake]) -> Vec<Value> {
    let one = |m: &Mistake| json!({ "pointer": m.pointer, "problem": m.problem, "suggestion": m.suggestion });
    mistakes.iter().map(one).collect()
}

/// The report for programs.
pub(crate) fn report_json(report: &Report) -> Value {
    let counts = &report.counts;
    json!({
        "mistakes": listed(&report.mistakes),
        "warnings": listed(&report.warnings),
        "counts": {
            "classes": counts.classes, "operations": counts.operations, "offered": counts.offered,
            "schemas": counts.schemas, "properties": counts.properties,
            "classified": counts.classified, "unclassified": counts.unclassified,
        },
    })
}

fn show(report: &Report, warnings: bool, output: Output) -> Result<()> {
    if output.is_json() {
        return Ok(output.document(&report_json(report))?);
    }
    let print = |list: &[Mistake], shade| -> Result<()> {
        for Mistake { pointer, problem, suggestion } in list {
            let pointer = if pointer.is_empty() { "(document)" } else { pointer };
            output.line(format_args!(
                "{}\n  {problem}; {suggestion}",
                output.shade(shade, pointer)
            ))?;
        }
        Ok(())
    };
    print(&report.mistakes, Shade::Bad)?;
    if warnings {
        print(&report.warnings, Shade::Faint)?;
    }
    let counts = &report.counts;
    output.line(format_args!(
        "{} mistakes, {} warnings; {} of {} operations offered, {} classes, {} schemas, {} properties of offered answers never leave",
        report.mistakes.len(), report.warnings.len(), counts.offered, counts.operations, counts.classes,
        counts.schemas, counts.unclassified
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_built_in_catalog_has_no_mistakes() {
        assert_eq!(check(platform::CATALOG_JSON.as_bytes()).mistakes, []);
    }

    #[test]
    fn mistakes_come_with_pointer_and_suggestion() {
        let document = platform::CATALOG_JSON
            .replace("\"x-program\": \"groups\"", "\"x-program\": \"group\"")
            .replacen("\"x-data-class\": \"member.name\"", "\"x-data-clas\": \"member.name\"", 1);
        let report = report_json(&check(document.as_bytes()));
        let first: Vec<String> = report["mistakes"]
            .as_array()
            .unwrap()
            .iter()
            .take(4)
            .map(|one| format!("{}\n  {}; {}", one["pointer"], one["problem"], one["suggestion"]))
            .collect();
        expect![[r#"
            "/components/schemas/PersonCard/properties/name/x-data-clas"
              "`x-data-clas` is not an extension that is known here"; "did you mean `x-data-class`?"
            "/paths/~1groups~1{id}/get/x-program"
              "`group` is not defined"; "did you mean `groups`?"
            "/paths/~1groups~1{id}~1members/get/x-program"
              "`group` is not defined"; "did you mean `groups`?"
            "/paths/~1groups~1{id}~1posts/get/x-program"
              "`group` is not defined"; "did you mean `groups`?""#]]
        .assert_eq(&first.join("\n"));
    }
}
