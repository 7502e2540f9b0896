//! Gate and bare upstream in turn, at equal numbers of connections.

use super::floor::PAYLOAD_BYTES;
use super::prepare::{GROUPS, PEOPLE};
use super::process::{Run, Server, median, run};
use anyhow::{Context, Result, ensure};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const CONNECTIONS: [usize; 4] = [1, 16, 64, 256];
const ROUNDS: usize = 5;
/// Seconds of each run, a fifth of which is not counted.
const SECONDS: f64 = 2.5;

/// A directory on the disk that the repository is on, emptied when dropped.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("bailment-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Makes the community in a directory: members that post, and opt-ins among them. The bare upstream gets a copy of the platform's file.
pub fn community(directory: &Path) -> Result<(u64, u64)> {
    let out = Command::new(std::env::current_exe()?).arg("http-prepare").arg(directory).output()?;
    ensure!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let said = String::from_utf8(out.stdout)?;
    let mut said = said.split_whitespace().map(str::parse);
    let people = said.next().context("no count")??;
    let opted = said.next().context("no count")??;
    std::fs::create_dir_all(directory.join("bare"))?;
    for entry in std::fs::read_dir(directory.join("platform"))? {
        let entry = entry?;
        std::fs::copy(entry.path(), directory.join("bare").join(entry.file_name()))?;
    }
    Ok((people, opted))
}

/// How long the disk takes for 4 KiB appended and `fdatasync`: median and 99th percentile.
pub fn sync_time(directory: &Path) -> Result<(Duration, Duration)> {
    let mut file = std::fs::File::create(directory.join("sync"))?;
    let mut times = Vec::new();
    for _ in 0..500 {
        file.write_all(&[7; 4096])?;
        let start = Instant::now();
        file.sync_data()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok((times[250], times[495]))
}

/// Everything about the page over HTTP, as Markdown.
pub fn report() -> Result<String> {
    let scratch = Scratch::new()?;
    let (members, opted) = community(&scratch.0)?;
    let (sync, sync_99) = sync_time(&scratch.0)?;
    let gate = Server::start("http-gate", &scratch.0)?;
    let floor = Server::start("http-floor", &scratch.0)?;
    let bare = Server::start("http-bare", &scratch.0)?;
    let mut text = String::from("\n## HTTP: a page of 25 posts with its durable entry\n\n");
    writeln!(
        text,
        "{PEOPLE} people, generated; one app enabled in the {GROUPS} largest groups, whose first pages are asked for in turn; {members} \
         authors with {opted} opt-ins of mixed classes. Three servers:\n\n\
         - *bare*: the upstream alone, its own HTTP server on a copy of its file.\n\
         - *floor*: the least that anything in front of it could do and still record before it releases: the same page read in \
         process, one entry of {PAYLOAD_BYTES} opaque bytes (as a page's disclosure has) made durable by Bailment's store, the \
         upstream's bytes sent on. No token, no reading, no deciding, no masking, no index: `bench/src/http/floor.rs`.\n\
         - *gate*: all of it, the platform in process, the log on the disk, metrics and index kept as in `bailment serve`.\n\n\
         4 KiB appended and `fdatasync`: median {:.0} µs, 99 % {:.0} µs. Servers and client are processes of their own on the same \
         two cores; keep-alive; {ROUNDS} rounds of {SECONDS} s, the three in turn; medians. CPU is the server process's own time \
         for each request.\n",
        sync.as_secs_f64() * 1e6,
        sync_99.as_secs_f64() * 1e6,
    )?;
    text.push_str("| connections | server | requests/s | p50 | p99 | CPU a request | answer | ÷ bare, requests/s | ÷ bare, CPU |\n");
    text.push_str("|---|---|---|---|---|---|---|---|---|\n");
    for connections in CONNECTIONS {
        let servers = [("gate", &gate), ("floor", &floor), ("bare", &bare)];
        let mut runs = [(); 3].map(|()| Vec::new());
        for _ in 0..ROUNDS {
            for ((_, server), runs) in servers.iter().zip(&mut runs) {
                runs.push(run(server, connections, SECONDS)?);
            }
        }
        let medians = runs.map(|runs| median(&runs));
        let bare = medians[2];
        for ((who, _), one) in servers.iter().zip(&medians) {
            let (rate, cpu) = (100.0 * one.rate / bare.rate, one.cpu / bare.cpu);
            row(&mut text, connections, who, one, &format!("{rate:.0} % | {cpu:.2}×"))?;
        }
    }
    Ok(text)
}

fn row(text: &mut String, connections: usize, who: &str, run: &Run, ratio: &str) -> Result<()> {
    writeln!(
        text,
        "| {connections} | {who} | {:.0} | {:.2} ms | {:.2} ms | {:.0} µs | {:.1} kB | {ratio} |",
        run.rate,
        run.p50 / 1e3,
        run.p99 / 1e3,
        run.cpu,
        run.bytes / 1e3
    )?;
    Ok(())
}
