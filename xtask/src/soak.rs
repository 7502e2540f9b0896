//! `cargo xtask soak`: the promises of CI at large counts, in release, with seeds of today.

use anyhow::Context;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// A promise: its name, the test that shows it, and how large it is run.
struct Promise {
    name: &'static str,
    package: &'static str,
    filter: &'static str,
    sizes: &'static [(&'static str, &'static str)],
}

const PROMISES: &[Promise] = &[
    Promise {
        name: "decide",
        package: "consent",
        filter: "decisions",
        sizes: &[("BAILMENT_CASES", "5000000")],
    },
    Promise { name: "sim", package: "sim", filter: "", sizes: &[("BAILMENT_STEPS", "20000000")] },
    Promise {
        name: "ended",
        package: "conformance",
        filter: "ended",
        sizes: &[("BAILMENT_ENDINGS", "10000")],
    },
    Promise {
        name: "killed",
        package: "conformance",
        filter: "killed",
        sizes: &[("BAILMENT_KILLS", "10000")],
    },
    Promise {
        name: "powerloss",
        package: "conformance",
        filter: "powerloss",
        sizes: &[("BAILMENT_POWERLOSS", "20000")],
    },
];

/// Runs one promise, or all; whether all held.
///
/// # Errors
/// No promise has the name, or `cargo` cannot be started.
pub fn run(root: &Path, words: &[String]) -> anyhow::Result<bool> {
    let chosen: Vec<&Promise> = PROMISES
        .iter()
        .filter(|one| words.is_empty() || words.iter().any(|word| word == one.name))
        .collect();
    let names: Vec<&str> = PROMISES.iter().map(|one| one.name).collect();
    anyhow::ensure!(!chosen.is_empty(), "there is no such promise; there are {}", names.join(", "));
    let mut held = true;
    for promise in chosen {
        let began = Instant::now();
        writeln!(std::io::stdout(), "soak {}: {:?}", promise.name, promise.sizes)?;
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(["test", "--release", "--package", promise.package, "--test", "it"])
            .current_dir(root);
        if !promise.filter.is_empty() {
            command.arg(promise.filter);
        }
        // A size that the caller has set already wins: for a soak of an hour instead of a night.
        let unset = promise.sizes.iter().filter(|(name, _)| std::env::var_os(name).is_none());
        command.envs(unset.copied()).args(["--", "--nocapture"]);
        let passed = command.status().context("cannot start `cargo test`")?.success();
        let word = if passed { "held" } else { "BROKEN" };
        writeln!(
            std::io::stdout(),
            "soak {}: {word} after {} s",
            promise.name,
            began.elapsed().as_secs()
        )?;
        held &= passed;
    }
    Ok(held)
}
