//! The same pages from PostgreSQL: row-level security, a masking view, one ledger row for each post shown, committed.

use super::prepare::GROUPS;
use super::process::{Run, Server, median, run, seconds_of_tree};
use super::rounds::{Scratch, community, sync_time};
use anyhow::{Context, Result, ensure};
use rusqlite::{Connection, types::ValueRef};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const CONNECTIONS: [usize; 2] = [16, 64];
const ROUNDS: usize = 5;
/// Whole seconds: the client takes no others.
const SECONDS: u32 = 4;
/// Microseconds that a commit may wait for others, tried before the rounds.
const DELAYS: [u32; 3] = [0, 100, 400];
const SETTINGS: &[&str] = &[
    "fsync=on",
    "synchronous_commit=on",
    "shared_buffers=1GB",
    "max_wal_size=8GB",
    "checkpoint_timeout=30min",
    "jit=off",
    "max_parallel_workers_per_gather=0",
    "plan_cache_mode=force_generic_plan",
    "commit_siblings=3",
    "max_connections=120",
];

/// How the page's ledger rows are entered.
#[derive(Clone, Copy)]
enum Entering {
    /// All by the statement that reads the page: one commit a page.
    WithThePage,
    /// Each by a statement of its own: one commit a post shown.
    Each,
}

impl Entering {
    const fn script(self) -> &'static str {
        match self {
            Self::WithThePage => "page.sql",
            Self::Each => "each.sql",
        }
    }
}

/// The page by one statement, then an insert and a commit for each post. The script holds no result: numbers of the same width
/// stand for the ids that an application would have read.
fn each_script() -> String {
    let mut script = include_str!("each.sql").to_owned();
    for nth in 0..25 {
        script.push_str(&format!("\\set post{nth} random(1, 100000)\n"));
        script.push_str(&format!(
            "INSERT INTO ledger (app_id, installation_id, post_id, author_id, classes) VALUES (1, 1, :post{nth}, :post{nth}, 7);\n"
        ));
    }
    script
}

/// A server of its own, below the scratch directory; ended when dropped.
struct Postgres {
    bin: PathBuf,
    directory: PathBuf,
    postmaster: u32,
    first: i64,
}

/// PostgreSQL refuses to run as root: its own user does then.
fn as_other(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn must(mut command: Command) -> Result<String> {
    let out = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    Ok(String::from_utf8(out.stdout)?.trim().to_owned())
}

fn newest_bin() -> Result<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .context("no PostgreSQL on this machine")?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|path| path.join("postgres").is_file())
        .collect();
    all.sort();
    all.pop().context("no PostgreSQL on this machine")
}

impl Postgres {
    fn start(scratch: &Path) -> Result<Self> {
        let bin = newest_bin()?;
        let directory = scratch.join("postgres");
        std::fs::create_dir_all(&directory)?;
        let first = export(scratch, &directory)?;
        let mut open = Command::new("chmod");
        open.args(["-R", "777"]).arg(&directory);
        must(open)?;
        let data = directory.join("data");
        let mut initdb = as_other(&bin.join("initdb"));
        initdb.args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--username=owner", "-D"]);
        initdb.arg(&data).current_dir(&directory);
        must(initdb)?;
        let mut start = as_other(&bin.join("pg_ctl"));
        let mut options =
            format!("-c listen_addresses= -c unix_socket_directories={}", directory.display());
        for setting in SETTINGS {
            write!(options, " -c {setting}")?;
        }
        start.args(["-w", "-o", &options, "-l"]).arg(directory.join("log")).arg("-D").arg(&data);
        start.arg("start").current_dir(&directory).stdout(Stdio::null()).stderr(Stdio::null());
        ensure!(start.status()?.success(), "PostgreSQL does not start");
        let pid = std::fs::read_to_string(data.join("postmaster.pid"))?;
        let postmaster = pid.lines().next().context("no process id")?.trim().parse()?;
        let made = Self { bin, directory, postmaster, first };
        made.psql(&[
            "-v",
            "ON_ERROR_STOP=1",
            "-f",
            &made.write("schema.sql", include_str!("postgres.sql"))?,
        ])?;
        made.write("page.sql", include_str!("page.sql"))?;
        made.write("each.sql", &each_script())?;
        Ok(made)
    }

    fn write(&self, name: &str, text: &str) -> Result<String> {
        let path = self.directory.join(name);
        std::fs::write(&path, text)?;
        Ok(path.to_str().context("the directory has no plain name")?.to_owned())
    }

    fn psql(&self, words: &[&str]) -> Result<String> {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.arg("-h")
            .arg(&self.directory)
            .args(["-U", "owner", "-d", "postgres", "-X", "-q", "-A", "-t"]);
        psql.args(words).current_dir(&self.directory);
        must(psql)
    }

    /// Sets how long commits wait for others.
    fn delay(&self, micros: u32) -> Result<()> {
        self.psql(&["-c", &format!("ALTER SYSTEM SET commit_delay = {micros}")])?;
        self.psql(&["-c", "SELECT pg_reload_conf()"])?;
        Ok(())
    }

    fn run(&self, entering: Entering, connections: usize, seconds: u32) -> Result<Run> {
        let logs = self.directory.join("latency");
        let _ = std::fs::remove_dir_all(&logs);
        std::fs::create_dir_all(&logs)?;
        let before = seconds_of_tree(self.postmaster)?;
        let mut pgbench = Command::new(self.bin.join("pgbench"));
        pgbench
            .arg("-h")
            .arg(&self.directory)
            .args(["-U", "partner", "-n", "-M", "prepared", "-j", "1"]);
        pgbench.args(["-c", &connections.to_string(), "-T", &seconds.to_string(), "-l"]);
        pgbench.args(["-D", &format!("first={}", self.first)]);
        pgbench.args(["-D", &format!("last={}", self.first + GROUPS - 1)]);
        pgbench.arg("-f").arg(self.directory.join(entering.script())).arg("postgres");
        pgbench.env("PGOPTIONS", "-c bench.app=1").current_dir(&logs);
        must(pgbench)?;
        // The connections' processes are counted once the server has seen them end.
        std::thread::sleep(Duration::from_millis(300));
        let cpu = seconds_of_tree(self.postmaster)? - before;
        let mut took: Vec<u64> = Vec::new();
        for entry in std::fs::read_dir(&logs)? {
            let text = std::fs::read_to_string(entry?.path())?;
            took.extend(
                text.lines().filter_map(|line| line.split(' ').nth(2)?.parse::<u64>().ok()),
            );
        }
        took.sort_unstable();
        ensure!(!took.is_empty(), "no page was served");
        let at = |percent: usize| took.get(took.len() * percent / 100).map_or(0.0, |us| *us as f64);
        let count = took.len() as f64;
        Ok(Run {
            rate: count / f64::from(seconds),
            p50: at(50),
            p99: at(99),
            cpu: cpu / count * 1e6,
            bytes: 0.0,
        })
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = as_other(&self.bin.join("pg_ctl"));
        stop.args(["-w", "-m", "immediate", "-D"]).arg(self.directory.join("data")).arg("stop");
        let _ = stop.stdout(Stdio::null()).current_dir(&self.directory).status();
    }
}

/// Writes the platform's rows and the choices as PostgreSQL reads them; gives the first group.
fn export(scratch: &Path, to: &Path) -> Result<i64> {
    let platform = Connection::open(scratch.join("bare/platform.db"))?;
    let tables = [
        ("person", "SELECT id, name, picture FROM person"),
        ("forum", "SELECT id, name FROM forum"),
        (
            "post",
            "SELECT id, forum_id, author_id, created_at, state, text, comment_count, reaction_count FROM post",
        ),
    ];
    for (name, sql) in tables {
        let mut statement = platform.prepare(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        let mut text = String::new();
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                text.push_str(if column > 0 { "\t" } else { "" });
                match row.get_ref(column)? {
                    ValueRef::Null => text.push_str("\\N"),
                    ValueRef::Integer(number) => write!(text, "{number}")?,
                    other => text.push_str(
                        &other
                            .as_str()?
                            .replace('\\', "\\\\")
                            .replace('\t', "\\t")
                            .replace('\n', "\\n")
                            .replace('\r', "\\r"),
                    ),
                }
            }
            text.push('\n');
        }
        std::fs::write(to.join(format!("{name}.tsv")), text)?;
    }
    for name in ["installation", "opt_in", "setting"] {
        let name = format!("{name}.tsv");
        std::fs::copy(scratch.join(&name), to.join(&name))?;
    }
    let made = std::fs::read(scratch.join("made.json"))?;
    let made: platform::generate::Generated = serde_json::from_slice(&made)?;
    Ok(made.first_group)
}

/// The wait for other commits that serves most pages, and what was tried.
fn best_delay(postgres: &Postgres, entering: Entering) -> Result<(u32, String)> {
    let mut tried = String::new();
    let mut best = (0, 0.0);
    for delay in DELAYS {
        postgres.delay(delay)?;
        let rate = postgres.run(entering, 64, SECONDS)?.rate;
        write!(tried, "{}{delay} µs: {rate:.0}", if tried.is_empty() { "" } else { ", " })?;
        best = if rate > best.1 { (delay, rate) } else { best };
    }
    Ok((best.0, tried))
}

/// The comparison, as Markdown.
pub fn report() -> Result<String> {
    let scratch = Scratch::new()?;
    community(&scratch.0)?;
    let (sync, _) = sync_time(&scratch.0)?;
    let gate = Server::start("http-gate", &scratch.0)?;
    let bare = Server::start("http-bare", &scratch.0)?;
    let postgres = Postgres::start(&scratch.0)?;
    let (one_delay, one_tried) = best_delay(&postgres, Entering::WithThePage)?;
    let (each_delay, each_tried) = best_delay(&postgres, Entering::Each)?;
    let mut text = String::from("\n## HTTP: the same pages from PostgreSQL\n\n");
    writeln!(
        text,
        "{}. The same posts, authors, opt-ins, settings and installations in tables; rows hidden by row-level security, authors masked \
         by a view: `bench/src/http/postgres.sql`. One ledger row for each post shown, committed. Two ways to enter them:\n\n\
         - *one commit a page* (`page.sql`), the kindest: one prepared statement reads the page and inserts its 25 ledger rows. \
         `commit_delay` {one_delay} µs was the best with 64 connections ({one_tried} pages/s).\n\
         - *one commit a post* (`each.sql`), as an application does that enters each post as it shows it: one prepared statement reads the \
         page, then 25 prepared single-row inserts, each committed by itself. `commit_delay` {each_delay} µs was the best \
         ({each_tried} pages/s).\n\n\
         pgbench over a unix socket; its page has posts and authors alone, without the mentions, media, reactions, pairwise ids and JSON \
         of the gate's, and no application server stands in front of it. Settings of both: {}. \
         Same disk (`fdatasync` median {:.0} µs), same community as above; {ROUNDS} rounds of {SECONDS} s, the four in turn; medians. \
         CPU is that of all the server's processes.\n",
        postgres.psql(&["-c", "SELECT split_part(version(), ' on ', 1)"])?,
        SETTINGS.join(", "),
        sync.as_secs_f64() * 1e6,
    )?;
    text.push_str(
        "| connections | server | pages/s | p50 | p99 | CPU a page | gate ÷ this, pages/s | bare ÷ this, pages/s | this ÷ gate, CPU |\n",
    );
    text.push_str("|---|---|---|---|---|---|---|---|---|\n");
    for connections in CONNECTIONS {
        let mut runs = [(); 4].map(|()| Vec::new());
        for _ in 0..ROUNDS {
            runs[0].push(run(&gate, connections, f64::from(SECONDS))?);
            runs[1].push(run(&bare, connections, f64::from(SECONDS))?);
            postgres.delay(one_delay)?;
            runs[2].push(postgres.run(Entering::WithThePage, connections, SECONDS)?);
            postgres.delay(each_delay)?;
            runs[3].push(postgres.run(Entering::Each, connections, SECONDS)?);
        }
        let medians = runs.map(|runs| median(&runs));
        let names = [
            "gate",
            "bare upstream",
            "PostgreSQL, one commit a page",
            "PostgreSQL, one commit a post",
        ];
        for (who, one) in names.iter().zip(&medians) {
            let by = |other: &Run| other.rate / one.rate;
            let (gate, bare, cpu) = (by(&medians[0]), by(&medians[1]), one.cpu / medians[0].cpu);
            row(&mut text, connections, who, one, &format!("{gate:.1}× | {bare:.1}× | {cpu:.1}×"))?;
        }
    }
    Ok(text)
}

fn row(text: &mut String, connections: usize, who: &str, run: &Run, ratio: &str) -> Result<()> {
    let (p50, p99) = (run.p50 / 1e3, run.p99 / 1e3);
    writeln!(
        text,
        "| {connections} | {who} | {:.0} | {p50:.2} ms | {p99:.2} ms | {:.0} µs | {ratio} |",
        run.rate, run.cpu
    )?;
    Ok(())
}
