//! Batches: what is waiting goes together, endings first, whatever the clock does.

use super::{Told, open, partner};
use ledger::Event;
use model::{Millis, PersonNo, Position, StaffNo};
use sequence::{AccountOf, Commit, Session, VaultWrite};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::{Failure, Options, Store, Urgency};

fn transactions(directory: &std::path::Path) -> u64 {
    // Every commit ends a run of frames in the log of pages, with the size of the database in its frame.
    let wal = std::fs::read(directory.join("bailment.db-wal")).unwrap();
    let page = u32::from_be_bytes(wal[8..12].try_into().unwrap()) as usize;
    let salt = wal[16..24].to_vec();
    let frames = wal[32..].chunks_exact(24 + page);
    frames.filter(|f| f[8..16] == salt && f[4..8] != [0; 4]).count() as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_while_the_disk_syncs_goes_together() {
    const TOGETHER: usize = 2_000;
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let before = transactions(directory.path());
    let commits: Vec<_> = (0..TOGETHER)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                store.commit(Urgency::Ordinary, None, partner).await.unwrap().unwrap()
            })
        })
        .collect();
    let mut positions = Vec::new();
    for commit in commits {
        positions.push(commit.await.unwrap().position.0);
    }
    positions.sort_unstable();
    assert_eq!(positions, (0..TOGETHER as u64).collect::<Vec<_>>(), "each has its own entry");
    let batches = transactions(directory.path()) - before;
    assert!(
        batches >= 1 && batches < TOGETHER as u64 / 10,
        "{batches} batches of {TOGETHER} commits"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_signs_out_whoever_had_the_old_one_and_nobody_else() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let (ada, bob) = (AccountOf::Staff(StaffNo(1)), AccountOf::Person(PersonNo(1)));
    let write = async |write: VaultWrite| {
        let flow = move |_: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
            Ok::<_, ()>(Commit::nothing(()).with(write.clone()))
        };
        store.commit(Urgency::Ordinary, None, flow).await.unwrap().unwrap();
    };
    let (since, until) = (store.now(), store.now().plus(Millis(60_000)));
    let session =
        |digest, of| VaultWrite::Session(Session { digest: [digest; 32], of, since, until });
    let account = |of, password: &str| VaultWrite::Account {
        of,
        login: "somebody".to_owned(),
        password: password.to_owned(),
        set_at: since,
    };
    for row in [
        account(ada, "old"),
        account(bob, "old"),
        session(1, ada),
        session(2, ada),
        session(3, bob),
    ] {
        write(row).await;
    }
    let who = |digest| store.session(&[digest; 32], since).unwrap();
    assert_eq!([who(1), who(2), who(3)], [Some(ada), Some(ada), Some(bob)]);
    write(account(ada, "new")).await;
    assert_eq!([who(1), who(2), who(3)], [None, None, Some(bob)]);
    write(session(4, ada)).await;
    assert_eq!(who(4), Some(ada));
}

#[tokio::test(flavor = "multi_thread")]
async fn endings_go_before_what_waited_longer() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    // Holds the thread in a first batch, until the others stand in line.
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let (inside, is_inside) = tokio::sync::oneshot::channel();
    let mut inside = Some(inside);
    let held = store.clone();
    let first = tokio::spawn(async move {
        let flow = move |s: &consent::State, l: &dyn sequence::Lookup, e: &model::Env| {
            if let Some(inside) = inside.take() {
                let _ = inside.send(());
            }
            let _ = wait.lock().unwrap().recv();
            partner(s, l, e)
        };
        held.commit(Urgency::Ordinary, None, flow).await.unwrap().unwrap().position
    });
    is_inside.await.unwrap();
    let line = |urgency, store: &Store| {
        let store = store.clone();
        tokio::spawn(async move {
            store.commit(urgency, None, partner).await.unwrap().unwrap().position
        })
    };
    let mut others = Vec::new();
    for _ in 0..20 {
        others.push(line(Urgency::Ordinary, &store));
    }
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let ending = line(Urgency::Ending, &store);
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    drop(go);
    assert_eq!(first.await.unwrap(), Position(0));
    assert_eq!(ending.await.unwrap(), Position(1), "the ending is next");
    for other in others {
        assert!(other.await.unwrap() > Position(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_stops_everything_but_endings() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Told::at(10_000_000);
    let options = Options { clock: Arc::clone(&clock) as _, reserve_bytes: 1 << 12 };
    let store = Store::open(directory.path(), options).unwrap();
    let commit = |urgency| store.commit(urgency, None, partner);
    let first = commit(Urgency::Ordinary).await.unwrap().unwrap();
    assert_eq!(first.time.0, 10_000_000);

    // Back by an hour: no entry is older than the one before it.
    clock.now.store(10_000_000 - 3_600_000, Ordering::SeqCst);
    assert!(matches!(commit(Urgency::Ordinary).await, Err(Failure::Unavailable(_))));
    let ended = commit(Urgency::Ending).await.expect("endings go on").unwrap();
    assert_eq!(ended.time, first.time);
    // Both in one batch.
    let (ordinary, ending) = tokio::join!(commit(Urgency::Ordinary), commit(Urgency::Ending));
    assert!(ordinary.is_err() && ending.is_ok());

    // A wall clock that disagrees with the monotonic one.
    clock.now.store(19_000_000, Ordering::SeqCst);
    clock.trusted.store(false, Ordering::SeqCst);
    assert!(store.ready().is_err());
    assert!(matches!(commit(Urgency::Ordinary).await, Err(Failure::Unavailable(_))));
    assert_eq!(commit(Urgency::Ending).await.expect("endings go on").unwrap().time.0, 19_000_000);

    clock.trusted.store(true, Ordering::SeqCst);
    let last = commit(Urgency::Ordinary).await.expect("all is well").unwrap();
    assert!(matches!(last.events.as_slice(), [Event::PartnerMade(_)]));
    assert_eq!(store.recompute_tree().unwrap(), store.head().unwrap().frontier);
}
