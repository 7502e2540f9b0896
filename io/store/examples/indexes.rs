//! What the indexes of events by kind and of members by context save, and what they cost.
//!
//! `cargo run -p store --example indexes -- 1000000`
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement ends where something is wrong, and prints what it found"
)]

use model::{ContextNo, Position};
use rusqlite::{Connection, params};
use std::time::{Duration, Instant};
use store::{Options, Store};

/// A kind that a platform has a handful of, and one that it has millions of.
const PROGRAM_STATUS: u16 = 30;
const OPT_IN: u16 = 70;
/// Members of a group.
const GROUP: u32 = 20;
const ROUNDS: usize = 9;
const WITHOUT: &str = "DROP INDEX entry_kind; DROP INDEX member_of";

/// Without the index: every control event is fetched to see of which kind it is.
const LATEST_BEFORE: &str =
    "SELECT e.position, e.leaf, p.bytes FROM entry e INDEXED BY entry_control
     LEFT JOIN payload p USING (position)
     WHERE e.kind >= 16 AND e.kind = ?1 AND e.position < ?2 ORDER BY e.position DESC LIMIT ?3";
/// Without the index: everybody's memberships.
const MEMBERS_BEFORE: &str = "SELECT person FROM member WHERE +context = ?1 ORDER BY person";

fn median(mut run: impl FnMut() -> usize) -> (usize, Duration) {
    let mut found = 0;
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            found = run();
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    (found, times.get(ROUNDS / 2).copied().unwrap())
}

fn entries(raw: &Connection, first: u32, count: u32, kind: impl Fn(u32) -> u16) -> Duration {
    let began = Instant::now();
    raw.execute_batch("BEGIN").unwrap();
    let sql = "INSERT INTO entry (position, time, kind, leaf) VALUES (?1, 0, ?2, zeroblob(200))";
    let mut insert = raw.prepare(sql).unwrap();
    for no in first..first + count {
        insert.execute(params![no, kind(no)]).unwrap();
    }
    raw.execute_batch("COMMIT").unwrap();
    began.elapsed()
}

fn members(raw: &Connection, first: u32, count: u32) -> Duration {
    let began = Instant::now();
    raw.execute_batch("BEGIN").unwrap();
    let mut insert = raw.prepare("INSERT INTO member (person, context) VALUES (?1, ?2)").unwrap();
    let groups = count / GROUP;
    for person in first..first + count {
        // Neighbours in number are no neighbours in groups.
        insert.execute([person, person.wrapping_mul(2_654_435_761) % groups]).unwrap();
    }
    raw.execute_batch("COMMIT").unwrap();
    began.elapsed()
}

fn each(time: Duration, count: u32) -> f64 {
    time.as_secs_f64() * 1e6 / f64::from(count)
}

/// What writing costs, each into a fresh file: disclosures, control events, memberships.
fn writing(rows: u32, before: &str) -> [f64; 3] {
    let (directory, raw) = file(before);
    let disclosures = entries(&raw, 0, rows, |_| ledger::kind::DISCLOSURE);
    let controls = entries(&raw, rows, rows, |no| kind(no, rows));
    let joined = members(&raw, 0, rows);
    drop((raw, directory));
    [disclosures, controls, joined].map(|time| each(time, rows))
}

fn kind(no: u32, rows: u32) -> u16 {
    if no.is_multiple_of(rows / 100) { PROGRAM_STATUS } else { OPT_IN }
}

fn options() -> Options {
    Options { reserve_bytes: 0, ..Options::default() }
}

fn file(before: &str) -> (tempfile::TempDir, Connection) {
    let directory = tempfile::tempdir().unwrap();
    drop(Store::open(directory.path(), options()).unwrap());
    let raw = Connection::open(directory.path().join("bailment.db")).unwrap();
    raw.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -65536").unwrap();
    raw.execute_batch(before).unwrap();
    (directory, raw)
}

fn main() {
    let rows: u32 = std::env::args().nth(1).map_or(1_000_000, |text| text.parse().unwrap());
    println!("{rows} disclosures, {rows} control events, {rows} memberships");
    let (directory, raw) = file("");
    // Opened while the log is empty: it is read here, never folded.
    let store = Store::open(directory.path(), options()).unwrap();
    entries(&raw, 0, rows, |_| ledger::kind::DISCLOSURE);
    entries(&raw, rows, rows, |no| kind(no, rows));
    members(&raw, 0, rows);

    let (found, before) = median(|| {
        let mut statement = raw.prepare_cached(LATEST_BEFORE).unwrap();
        let rows = statement.query_map(params![PROGRAM_STATUS, i64::MAX, 1_000], |row| row.get(0));
        rows.unwrap().collect::<Result<Vec<u32>, _>>().unwrap().len()
    });
    let (same, after) =
        median(|| store.latest_of_kind(PROGRAM_STATUS, Position(u64::MAX), 1_000).unwrap().len());
    assert_eq!(found, same);
    println!("the latest of a kind, {found}: {before:.2?} before, {after:.2?} with the index");
    let (found, before) = median(|| {
        let mut statement = raw.prepare_cached(MEMBERS_BEFORE).unwrap();
        let rows = statement.query_map([7], |row| row.get(0));
        rows.unwrap().collect::<Result<Vec<u32>, _>>().unwrap().len()
    });
    let (same, after) = median(|| store.members(ContextNo(7)).unwrap().len());
    assert_eq!(found, same);
    println!("members of a group, {found}: {before:.2?} before, {after:.2?} with the index");
    drop((store, raw, directory));

    let mut rounds = [Vec::new(), Vec::new()];
    for _ in 0..3 {
        for (times, before) in rounds.iter_mut().zip([WITHOUT, ""]) {
            times.push(writing(rows, before));
        }
    }
    let what = ["a disclosure's row", "a control event's row", "a membership"];
    for (at, what) in what.iter().enumerate() {
        let [before, after] = rounds.each_ref().map(|times| {
            let mut times: Vec<f64> = times.iter().filter_map(|one| one.get(at).copied()).collect();
            times.sort_by(f64::total_cmp);
            times.get(times.len() / 2).copied().unwrap()
        });
        println!("writing {what}: {before:.2} µs before, {after:.2} µs with the index");
    }
}
