//! `cargo xtask bench`: the crate `bench/`, which is a workspace of its own, built in release and run.

use anyhow::Context;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Above this line docs/benchmarks.md is written by hand, below it by the run.
const MARK: &str = "<!-- below: written by `cargo xtask bench` -->";

/// Builds and runs the benchmarks. Without `words` it runs all and puts what they say into docs/benchmarks.md.
pub fn run(root: &Path, words: &[String]) -> anyhow::Result<bool> {
    let mut cargo = Command::new("nice");
    cargo.args(["cargo", "run", "--quiet", "--release", "--manifest-path"]);
    cargo.arg(root.join("bench/Cargo.toml")).arg("--").args(words).current_dir(root);
    if !words.is_empty() {
        return Ok(cargo.status().context("cannot run the benchmarks")?.success());
    }
    let out = cargo.stderr(Stdio::inherit()).output().context("cannot run the benchmarks")?;
    if !out.status.success() {
        return Ok(false);
    }
    let page = root.join("docs/benchmarks.md");
    let text = fs::read_to_string(&page).context("docs/benchmarks.md cannot be read")?;
    let (by_hand, _) = text.split_once(MARK).context("docs/benchmarks.md has no mark")?;
    let figures = String::from_utf8(out.stdout).context("the benchmarks did not say text")?;
    fs::write(&page, format!("{by_hand}{MARK}\n\n{figures}"))?;
    Ok(true)
}
