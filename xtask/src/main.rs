//! Repository chores, run as `cargo xtask NAME`.
//!
//! In scope: what a contributor or CI runs over the repository itself.
//! Out of scope: anything that ships; no crate depends on this one.

mod bench;
mod ci;
mod soak;
mod spec;
mod tidy;

use anyhow::Context;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A chore: its name, one line of help, and what runs it.
type Chore = (&'static str, &'static str, fn(&[String]) -> anyhow::Result<ExitCode>);

// A new chore is a module of its own and one row here.
const CHORES: &[Chore] = &[
    ("tidy", "tidy [DIR]   what no compiler checks: dependency table, sizes, purity, links", tidy),
    ("spec", "spec [--json] requirements of docs/spec without code, test or exception", spec),
    ("ci", "ci           format, lints, tidy, standards and tests, with the time of each", ci),
    (
        "bench",
        "bench [PART] benchmarks in release; without PART all but `emergency`, into docs/benchmarks.md",
        bench,
    ),
    (
        "soak",
        "soak [NAME …] the promises of CI at large counts, in release: decide, sim, ended, killed, powerloss",
        soak,
    ),
];

/// Exits with 0 if all is well, 1 if something is to be mended, 2 if that could not be told.
fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        // Nothing is left to do if even the terminal is gone.
        let _ = writeln!(std::io::stderr(), "error: {error:#}");
        ExitCode::from(2)
    })
}

fn run() -> anyhow::Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = words.split_first() else { return usage("no chore given") };
    match CHORES.iter().find(|(known, ..)| known == name) {
        Some((_, _, run)) => run(rest),
        None => usage(&format!("unknown chore `{name}`")),
    }
}

fn tidy(words: &[String]) -> anyhow::Result<ExitCode> {
    let root = match words {
        [] => repository()?,
        [dir] => PathBuf::from(dir),
        _ => return usage("`tidy` takes at most one directory"),
    };
    Ok(if tidy::report(&root)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn spec(words: &[String]) -> anyhow::Result<ExitCode> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let form = match words.as_slice() {
        [] => spec::Form::Lines,
        ["--json"] => spec::Form::Json,
        _ => return usage("`spec` takes `--json` or nothing"),
    };
    Ok(if spec::report(&repository()?, form)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn ci(words: &[String]) -> anyhow::Result<ExitCode> {
    if !words.is_empty() {
        return usage("`ci` takes no arguments");
    }
    Ok(if ci::run(&repository()?)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn bench(words: &[String]) -> anyhow::Result<ExitCode> {
    Ok(if bench::run(&repository()?, words)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn soak(words: &[String]) -> anyhow::Result<ExitCode> {
    Ok(if soak::run(&repository()?, words)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The root of the repository that this binary was built from.
fn repository() -> anyhow::Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no parent")?;
    Ok(root.to_owned())
}

fn usage(mistake: &str) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stderr().lock();
    writeln!(out, "error: {mistake}\n\nusage: cargo xtask CHORE\n")?;
    for (_, help, _) in CHORES {
        writeln!(out, "  {help}")?;
    }
    Ok(ExitCode::from(2))
}
