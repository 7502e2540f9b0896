//! What CI runs, step by step, with the time of each.

use crate::{spec, tidy};
use anyhow::Context;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const FMT: &[&str] = &["fmt", "--all", "--check"];
const CLIPPY: &[&str] = &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
const TEST: &[&str] = &["test", "--workspace", "--no-fail-fast"];

/// Runs every step in order and stops at the first that fails; whether all passed.
///
/// # Errors
/// When `cargo` cannot be started or the terminal cannot be written.
pub fn run(root: &Path) -> anyhow::Result<bool> {
    let start = Instant::now();
    let steps: [(&str, &dyn Fn() -> anyhow::Result<bool>); 5] = [
        ("format", &|| cargo(root, FMT)),
        ("tidy", &|| tidy::report(root)),
        ("standards", &|| spec::report(root, spec::Form::Lines)),
        ("clippy", &|| cargo(root, CLIPPY)),
        ("tests", &|| cargo(root, TEST)),
    ];
    let mut times = Vec::new();
    for (name, step) in steps {
        writeln!(std::io::stdout(), "[{:4} s] {name}", start.elapsed().as_secs())?;
        let began = Instant::now();
        let passed = step()?;
        times.push(format!("{name} {:.1} s", began.elapsed().as_secs_f64()));
        if !passed {
            writeln!(std::io::stdout(), "failed: {name} ({})", times.join(", "))?;
            return Ok(false);
        }
    }
    let total = start.elapsed().as_secs_f64();
    writeln!(std::io::stdout(), "passed in {total:.1} s ({})", times.join(", "))?;
    Ok(true)
}

fn cargo(root: &Path, words: &[&str]) -> anyhow::Result<bool> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(words)
        .current_dir(root)
        .status()
        .with_context(|| format!("cannot start `cargo {}`", words.join(" ")))?;
    Ok(status.success())
}
