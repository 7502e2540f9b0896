//! A disk that is full for real: the gate's directory is a small file system of its own.

use super::alone;
use super::every::{Kind, Stage};
use conformance::{Options, World};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const RESERVE: u64 = 1 << 20;

/// Fills a file system to the last byte.
pub struct Ballast(PathBuf);

impl Ballast {
    pub fn fill(directory: &Path) -> Self {
        let path = directory.join("ballast");
        let mut file = File::create(&path).unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            let block = vec![7u8; size];
            while file.write_all(&block).is_ok() {}
        }
        Self(path)
    }

    pub fn lift(self) {
        fs::remove_file(&self.0).unwrap();
    }
}

/// A namespace of its own for mounts, as root of the machine or of the namespace.
pub fn in_own_mounts(test: &str) {
    let is_root = fs::metadata("/proc/self")
        .is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
    let wrapper: &[&str] = if is_root {
        &["unshare", "--mount"]
    } else {
        &["unshare", "--user", "--map-root-user", "--mount"]
    };
    alone::again(wrapper, test);
}

pub fn mount(at: &Path) {
    fs::create_dir_all(at).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=24m,mode=0700", "tmpfs"])
        .arg(at)
        .status()
        .unwrap();
    assert!(mounted.success(), "a small file system can be mounted");
}

pub fn options() -> Options {
    Options { people: 60, reserve_bytes: RESERVE, ..Options::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_ending_succeeds_on_a_full_disk() {
    if !alone::is_inside() {
        return in_own_mounts("endings::full::every_ending_succeeds_on_a_full_disk");
    }
    let directory = tempfile::tempdir().unwrap();
    let gate = directory.path().join("gate");
    mount(&gate);
    let world = World::at(directory.path(), options()).await;
    let mut stage = Stage::set(&world).await;

    let ballast = Ballast::fill(&gate);
    let mut refused = 0;
    // Some room may be left in pages that the log has already; soon there is none.
    for _ in 0..200 {
        let before = world.store.head().unwrap().next();
        let answer = stage.read(&world).await;
        if answer.status == 200 {
            continue;
        }
        assert_eq!(
            (answer.status, answer.json()["type"].as_str()),
            (503, Some("/problems/log-full"))
        );
        assert!(
            answer.position.is_none() && !answer.text().contains("\"items\""),
            "nothing is released"
        );
        assert_eq!(world.store.head().unwrap().next(), before, "and nothing recorded");
        refused += 1;
        if refused > 5 {
            break;
        }
    }
    assert!(refused > 5, "the disk is not full");
    assert!(world.store.ready().is_err());

    let mut ended = Vec::new();
    for kind in Kind::ALL {
        let position = stage
            .end(&world, kind)
            .await
            .unwrap_or_else(|error| panic!("{kind:?} on a full disk: {error}"));
        ended.push((kind, position));
        assert_ne!(stage.read(&world).await.status, 200);
    }
    drop(world);

    // They are durable, and the store opens on a disk that is as full.
    let store = reopen(&gate).await;
    for (kind, position) in ended {
        let entry =
            store.entry(position).unwrap().unwrap_or_else(|| panic!("{kind:?} is not durable"));
        assert!(
            entry.open().unwrap().unwrap().leaf.kind >= ledger::kind::CONTROL_FIRST,
            "{kind:?}"
        );
    }
    assert!(store.ready().is_err(), "disclosures wait for space");
    assert_eq!(store.recompute_tree().unwrap(), store.head().unwrap().frontier);

    ballast.lift();
    until("disclosures go on", || store.ready().is_ok()).await;
    assert_eq!(
        fs::metadata(gate.join("reserve")).unwrap().len(),
        RESERVE,
        "the reserve is taken again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn disclosures_stop_before_endings_do_and_go_on_when_space_returns() {
    if !alone::is_inside() {
        return in_own_mounts(
            "endings::full::disclosures_stop_before_endings_do_and_go_on_when_space_returns",
        );
    }
    let directory = tempfile::tempdir().unwrap();
    let gate = directory.path().join("gate");
    mount(&gate);
    let world = World::at(directory.path(), options()).await;
    let mut stage = Stage::set(&world).await;
    for round in 0..3 {
        let ballast = Ballast::fill(&gate);
        // Noticed by looking, before any request is turned away by the disk itself.
        until("the store sees that it is full", || world.store.ready().is_err()).await;
        assert_eq!(stage.read(&world).await.status, 503, "round {round}");
        let kind = [Kind::OptOut, Kind::Setting, Kind::MemberGone][round];
        stage.end(&world, kind).await.unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        ballast.lift();
        until("space is back", || world.store.ready().is_ok()).await;
        assert_eq!(fs::metadata(gate.join("reserve")).unwrap().len(), RESERVE, "round {round}");
        assert_eq!(stage.read(&world).await.status, 200, "round {round}");
    }
}

/// A full disk from the start: what was there opens, and what must end ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_opens_on_a_full_disk_and_takes_endings() {
    if !alone::is_inside() {
        return in_own_mounts("endings::full::a_store_opens_on_a_full_disk_and_takes_endings");
    }
    let directory = tempfile::tempdir().unwrap();
    let gate = directory.path().join("gate");
    mount(&gate);
    let store = reopen(&gate).await;
    let make = |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
        flows::staff::make_partner(s, env, &super::said(), "Grouply Ltd")
    };
    let partner = store.commit(store::Urgency::Ordinary, None, make).await.unwrap().unwrap().reply;
    drop(store);
    let _ballast = Ballast::fill(&gate);
    let store = reopen(&gate).await;
    assert!(store.ready().is_err(), "disclosures wait for space");
    let done = store
        .commit(store::Urgency::Ending, None, move |s, _, env| {
            let to = model::PartnerStatus::Suspended;
            flows::staff::set_partner_status(s, env, &super::for_a_reason(), partner, to)
        })
        .await;
    done.expect("the log takes it").expect("the flow allows it");
}

async fn reopen(gate: &Path) -> store::Store {
    let begun = Instant::now();
    loop {
        let options = store::Options { reserve_bytes: RESERVE, ..store::Options::default() };
        match store::Store::open(gate, options) {
            Ok(store) => return store,
            Err(store::OpenError::InUse(_)) if begun.elapsed() < Duration::from_secs(20) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("the store does not open: {error:?}"),
        }
    }
}

pub async fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(10), "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
