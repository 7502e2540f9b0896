//! What the figures were measured on, and the measuring itself.

use anyhow::{Context, Result};
use std::fmt::Write;
use std::process::Command;
use std::time::{Duration, Instant};

fn said(program: &str, words: &[&str]) -> String {
    let out = Command::new(program).args(words).output();
    out.map(|out| String::from_utf8_lossy(&out.stdout).trim().to_owned()).unwrap_or_default()
}

/// Machine, commit and command, as Markdown.
pub fn heading() -> Result<String> {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").context("no /proc/cpuinfo")?;
    let model = cpus.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map(|rest| rest.trim_start_matches([' ', '\t', ':'])).unwrap_or("unknown");
    let cores = cpus.lines().filter(|line| line.starts_with("processor")).count();
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory =
        memory.lines().next().and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    let memory: u64 = memory.unwrap_or(0);
    let commit = said("git", &["rev-parse", "--short=12", "HEAD"]);
    let dirty = !said("git", &["status", "--porcelain", "--", "core", "bench"]).is_empty();
    let mut text = String::new();
    writeln!(text, "Machine: {cores} cores of {model}, {} GiB.", (memory + (1 << 19)) >> 20)?;
    let dirty = if dirty { " and changes not yet committed" } else { "" };
    writeln!(text, "Commit: {commit}{dirty}. Compiler: {}.", said("rustc", &["--version"]))?;
    writeln!(text, "Command: `cargo xtask bench`. Date: {}.", said("date", &["-u", "+%Y-%m-%d"]))?;
    Ok(text)
}

/// How long `run` takes.
pub fn time<T>(run: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let made = run();
    (start.elapsed(), made)
}

/// The median, and the tenth and ninetieth percentile.
pub struct Spread {
    pub low: Duration,
    pub median: Duration,
    pub high: Duration,
}

/// Sorts what was measured.
pub fn spread(mut times: Vec<Duration>) -> Spread {
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    Spread { low: at(10), median: at(50), high: at(90) }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let us = |time: Duration| time.as_secs_f64() * 1e6;
        write!(f, "{:.2} µs | {:.2} – {:.2} µs", us(self.median), us(self.low), us(self.high))
    }
}

/// Resident memory of this process in bytes.
pub fn resident() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: u64 = line.split_whitespace().next().context("no number")?.parse()?;
    Ok(kib * 1024)
}
