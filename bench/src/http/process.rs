//! Processes that are measured: started, asked for their processor time, ended.

use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Ticks of `/proc/PID/stat` a second; fixed for programs on Linux.
const TICKS: f64 = 100.0;

/// A server of this program; ended when dropped.
pub struct Server {
    child: Child,
    /// What it listens on and what can be asked, as [`super::load`] reads it.
    pub file: String,
}

impl Server {
    /// Starts a server and waits until it says what to ask.
    pub fn start(word: &str, directory: &Path) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(word)
            .arg(directory)
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().context("no output")?;
        let said: Vec<String> = BufReader::new(out)
            .lines()
            .take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty()))
            .collect::<Result<_, _>>()?;
        ensure!(!said.is_empty(), "`{word}` did not start");
        let file = directory.join(format!("{word}.targets"));
        std::fs::write(&file, said.join("\n"))?;
        let file = file.to_str().context("the directory has no plain name")?.to_owned();
        Ok(Self { child, file })
    }

    /// Processor seconds that it has used.
    pub fn seconds(&self) -> Result<f64> {
        seconds(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The fields of `/proc/PID/stat` after the name: the state is the first of them.
fn stat(process: u32) -> Result<Vec<String>> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, rest) = stat.rsplit_once(')').context("a strange stat")?;
    Ok(rest.split_whitespace().map(str::to_owned).collect())
}

fn ticks(fields: &[String], which: std::ops::Range<usize>) -> Result<f64> {
    let fields = fields.get(which).context("a short stat")?;
    let ticks: Vec<f64> = fields.iter().map(|one| one.parse()).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() / TICKS)
}

/// Processor seconds of a process, its ended threads included.
pub fn seconds(process: u32) -> Result<f64> {
    ticks(&stat(process)?, 11..13)
}

/// Processor seconds of a process, of its children that ended, and of those that live.
pub fn seconds_of_tree(process: u32) -> Result<f64> {
    let mut sum = ticks(&stat(process)?, 11..15)?;
    for entry in std::fs::read_dir("/proc")? {
        let Ok(child) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
        // A process that ended since is counted with its parent.
        let Ok(fields) = stat(child) else { continue };
        if fields.get(1).is_some_and(|parent| *parent == process.to_string()) {
            sum += ticks(&fields, 11..13)?;
        }
    }
    Ok(sum)
}

/// What a run measured.
#[derive(Clone, Copy)]
pub struct Run {
    /// Requests a second.
    pub rate: f64,
    /// Median latency in microseconds.
    pub p50: f64,
    /// 99th percentile in microseconds.
    pub p99: f64,
    /// Processor microseconds of the server for each request.
    pub cpu: f64,
    /// Bytes of an answer with its head.
    pub bytes: f64,
}

/// The median of each figure by itself.
pub fn median(runs: &[Run]) -> Run {
    let of = |pick: fn(&Run) -> f64| {
        let mut all: Vec<f64> = runs.iter().map(pick).collect();
        all.sort_unstable_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or_default()
    };
    Run {
        rate: of(|run| run.rate),
        p50: of(|run| run.p50),
        p99: of(|run| run.p99),
        cpu: of(|run| run.cpu),
        bytes: of(|run| run.bytes),
    }
}

/// Runs the client against a server.
pub fn run(server: &Server, connections: usize, seconds: f64) -> Result<Run> {
    let before = server.seconds()?;
    let out = Command::new(std::env::current_exe()?)
        .args(["http-load", &server.file, &connections.to_string(), &seconds.to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    let cpu = server.seconds()? - before;
    ensure!(out.status.success(), "the client failed");
    let said = String::from_utf8(out.stdout)?;
    let said: Vec<f64> =
        said.split_whitespace().map(str::parse).collect::<Result<_, _>>().context("no figures")?;
    let [counted, seconds, answers, bytes, p50, p99] = said[..] else { anyhow::bail!("{said:?}") };
    Ok(Run { rate: counted / seconds, p50, p99, cpu: cpu / answers * 1e6, bytes: bytes / answers })
}
