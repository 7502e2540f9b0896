//! Losing power at any byte: a shim below SQLite records writes and syncs of a process that appends; at random moments of that
//! record a disk is put together on which everything synced stands and every un-synced write is kept, dropped, torn or
//! reordered. The store must open on it with every acknowledged entry, and the tree must be that of the leaves.
//!
//! Creating, renaming and removing files count as durable at once: the record has no notion of directory syncs. The
//! wal-index (`-shm`) is made anew by SQLite after a crash and is left out.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use store::{General, Options, Store};

/// Disks put together in CI; `BAILMENT_POWERLOSS` overrides.
const DISKS: u32 = 250;
const SECTOR: usize = 512;

#[derive(Debug, Clone)]
enum Op {
    Write { file: PathBuf, at: usize, data: Vec<u8> },
    Truncate { file: PathBuf, length: usize },
    Sync { file: PathBuf },
    Remove { file: PathBuf },
    Rename { from: PathBuf, to: PathBuf },
    Acknowledged(u64),
}

fn seed() -> u64 {
    let days =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
            / 86_400;
    std::env::var("BAILMENT_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(days)
}

fn record(directory: &Path) -> Vec<Op> {
    let shim = directory.join("shim.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/powerloss/shim.c");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&shim)
        .arg(&source)
        .arg("-ldl")
        .status();
    assert!(built.expect("a C compiler named `cc`").success(), "the shim does not compile");
    let (disk, trace) = (directory.join("disk"), directory.join("trace"));
    std::fs::create_dir(&disk).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_log-writer"))
        .arg(&disk)
        .arg("120")
        .env("LD_PRELOAD", &shim)
        .env("SHIM_DIR", &disk)
        .env("SHIM_TRACE", &trace)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    parse(&std::fs::read(trace).unwrap())
}

fn parse(mut bytes: &[u8]) -> Vec<Op> {
    let mut files: BTreeMap<u32, PathBuf> = BTreeMap::new();
    let mut ops = Vec::new();
    while !bytes.is_empty() {
        let (head, rest) = bytes.split_at(17);
        let id = u32::from_le_bytes(head[1..5].try_into().unwrap());
        let at = usize::try_from(u64::from_le_bytes(head[5..13].try_into().unwrap())).unwrap();
        let (data, rest) =
            rest.split_at(u32::from_le_bytes(head[13..17].try_into().unwrap()) as usize);
        bytes = rest;
        let path = |data: &[u8]| PathBuf::from(String::from_utf8(data.to_vec()).unwrap());
        let file = files.get(&id).cloned();
        match (head[0], file) {
            (b'O', _) => {
                files.insert(id, path(data));
            }
            (b'W', Some(file)) => ops.push(Op::Write { file, at, data: data.to_vec() }),
            (b'T', Some(file)) => ops.push(Op::Truncate { file, length: at }),
            (b'S', Some(file)) => ops.push(Op::Sync { file }),
            (b'U', _) => ops.push(Op::Remove { file: path(data) }),
            (b'R', _) => {
                let at = data.iter().position(|byte| *byte == 0).unwrap();
                ops.push(Op::Rename { from: path(&data[..at]), to: path(&data[at + 1..]) });
            }
            (b'A', _) => {
                let text = String::from_utf8_lossy(data).into_owned();
                let positions =
                    text.lines().filter_map(|line| line.strip_prefix("ack ")?.parse().ok());
                ops.extend(positions.map(Op::Acknowledged));
            }
            (op, file) => panic!("record {op} of {file:?}"),
        }
    }
    ops
}

fn put(content: &mut Vec<u8>, op: &Op, keep: impl Fn(usize) -> bool) {
    match op {
        Op::Write { at, data, .. } => {
            if content.len() < at + data.len() {
                content.resize(at + data.len(), 0);
            }
            for (index, sector) in data.chunks(SECTOR).enumerate() {
                if keep(index) {
                    let from = at + index * SECTOR;
                    content[from..from + sector.len()].copy_from_slice(sector);
                }
            }
        }
        Op::Truncate { length, .. } => content.resize(*length, 0),
        _ => {}
    }
}

/// The disk after a loss of power behind `ops`, and the highest position that was acknowledged.
fn disk_after(ops: &[Op], rng: &mut ChaCha8Rng) -> (BTreeMap<PathBuf, Vec<u8>>, Option<u64>) {
    let mut durable: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    let mut pending: BTreeMap<PathBuf, Vec<Op>> = BTreeMap::new();
    let mut acknowledged = None;
    for op in ops {
        match op {
            Op::Write { file, .. } | Op::Truncate { file, .. } => {
                durable.entry(file.clone()).or_default();
                pending.entry(file.clone()).or_default().push(op.clone());
            }
            // Directories are synced too; they have no content here.
            Op::Sync { file } => {
                for op in pending.remove(file).unwrap_or_default() {
                    put(durable.entry(file.clone()).or_default(), &op, |_| true);
                }
            }
            Op::Remove { file } => {
                durable.remove(file);
                pending.remove(file);
            }
            Op::Rename { from, to } => {
                if let Some(content) = durable.remove(from) {
                    durable.insert(to.clone(), content);
                }
                if let Some(ops) = pending.remove(from) {
                    pending.insert(to.clone(), ops);
                }
            }
            Op::Acknowledged(position) => acknowledged = acknowledged.max(Some(*position)),
        }
    }
    for (file, mut ops) in pending {
        let content = durable.entry(file).or_default();
        let order = rng.random_range(0..3u8);
        if order == 1 {
            ops.reverse();
        } else if order == 2 {
            for index in (1..ops.len()).rev() {
                ops.swap(index, rng.random_range(0..=index));
            }
        }
        for op in ops {
            match rng.random_range(0..3u8) {
                0 => put(content, &op, |_| true),
                1 => {}
                _ => {
                    let torn: u64 = rng.random();
                    put(content, &op, |sector| torn >> (sector % 64) & 1 == 1);
                }
            }
        }
    }
    (durable, acknowledged)
}

#[test]
fn losing_power_at_any_byte_loses_no_acknowledged_entry() {
    let directory = tempfile::tempdir().unwrap();
    let ops = record(directory.path());
    let syncs = ops.iter().filter(|op| matches!(op, Op::Sync { .. })).count();
    let acks = ops.iter().filter(|op| matches!(op, Op::Acknowledged(_))).count();
    assert!(syncs > 100 && acks > 200, "{syncs} syncs and {acks} acknowledgements recorded");
    let (seed, disks) = (
        seed(),
        std::env::var("BAILMENT_POWERLOSS").ok().and_then(|t| t.parse().ok()).unwrap_or(DISKS),
    );
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let original = directory.path().join("disk");
    let mut lost_something = 0;
    for round in 0..disks {
        let cut = rng.random_range(0..=ops.len());
        let (files, acknowledged) = disk_after(&ops[..cut], &mut rng);
        let disk = directory.path().join(format!("after-{round}"));
        std::fs::create_dir(&disk).unwrap();
        for (file, content) in files {
            let name = file.strip_prefix(&original).unwrap();
            if !name.to_string_lossy().ends_with("-shm") {
                std::fs::create_dir_all(disk.join(name).parent().unwrap()).unwrap();
                std::fs::write(disk.join(name), content).unwrap();
            }
        }
        let told = format!("seed {seed}, round {round}, cut at {cut} of {}", ops.len());
        let store = Store::open(&disk, Options { reserve_bytes: 1 << 12, ..Options::default() });
        let store = store.unwrap_or_else(|error| panic!("{told}: does not open: {error:?}"));
        let head = store.head().unwrap();
        if let Some(position) = acknowledged {
            assert!(
                head.next().0 > position,
                "{told}: entry {position} was acknowledged, the log ends at {}",
                head.next().0
            );
        }
        lost_something += u32::from(head.next().0 < acks as u64);
        assert_eq!(store.recompute_tree().unwrap(), head.frontier, "{told}: tree");
        for entry in store.entries(model::Position(0), usize::MAX >> 1).unwrap() {
            entry
                .open()
                .unwrap_or_else(|error| panic!("{told}: entry {}: {error}", entry.position.0));
        }
        // What was lost of the index is taken in again; nothing of it is torn or counted twice.
        store.update_index().unwrap_or_else(|error| panic!("{told}: the index: {error}"));
        let partners = (0..=u32::try_from(acks).unwrap()).map(model::PartnerNo).collect();
        let events = store.register_events(&partners, &BTreeSet::new(), General::Too);
        let events = events.unwrap_or_else(|error| panic!("{told}: the index: {error}"));
        assert_eq!(events.len() as u64, head.next().0, "{told}: the index");
        drop(store);
        std::fs::remove_dir_all(disk).unwrap();
    }
    assert!(lost_something > disks / 4, "the disks were too kind to show anything");
}
