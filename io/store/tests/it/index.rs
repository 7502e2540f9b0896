//! The index's file can be lost, damaged or behind; neither the gate nor a page may fail because of it.

use super::{open, partner};
use rusqlite::Connection;
use std::fs;
use std::path::Path;
use store::{General, OpenError, Options, Store, Urgency};

async fn partners(store: &Store, count: usize, urgency: Urgency) {
    for _ in 0..count {
        store.commit(urgency, None, partner).await.unwrap().unwrap();
    }
}

fn told(store: &Store) -> usize {
    let partners = (0..100).map(model::PartnerNo).collect();
    store
        .register_events(&partners, &std::collections::BTreeSet::new(), General::Too)
        .unwrap()
        .len()
}

fn file(directory: &Path) -> Connection {
    Connection::open(directory.join("index.db")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_cannot_be_used_is_made_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("index.db");
    let store = open(directory.path());
    partners(&store, 40, Urgency::Ordinary).await;
    assert_eq!(told(&store), 40);
    drop(store);
    let damages: [(&str, &dyn Fn()); 5] = [
        ("no database", &|| fs::write(&path, [b'x'; 8_192]).unwrap()),
        ("torn", &|| {
            let mut bytes = fs::read(&path).unwrap();
            let length = bytes.len();
            bytes[4_096..].fill(0xa5);
            fs::write(&path, &bytes[..length - 100]).unwrap();
        }),
        ("of a newer program", &|| {
            file(directory.path()).pragma_update(None, "user_version", 99).unwrap();
        }),
        ("of another log", &|| {
            file(directory.path()).execute("UPDATE done SET next = 1000", []).unwrap();
        }),
        ("without its tables", &|| {
            file(directory.path()).execute_batch("DROP TABLE done; DROP TABLE register").unwrap();
        }),
    ];
    for (what, damage) in damages {
        damage();
        let store = open(directory.path());
        assert_eq!(told(&store), 40, "{what}");
        assert_eq!(store.indexed_to().unwrap(), store.head().unwrap().next(), "{what}");
    }
}

/// What is read only now and then can be damaged without anybody noticing at the start.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_turns_out_to_be_damaged_is_made_again_without_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    partners(&store, 300, Urgency::Ordinary).await;
    let all = told(&store);
    assert!(all > 50);
    drop(store);
    let root: u64 = file(directory.path())
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'register_by_partner'",
            [],
            |r| r.get(0),
        )
        .unwrap();
    let path = directory.path().join("index.db");
    let mut bytes = fs::read(&path).unwrap();
    let at = usize::try_from((root - 1) * 4_096).unwrap();
    bytes[at..at + 4_096].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    let store = open(directory.path());
    let partners = (0..100).map(model::PartnerNo).collect();
    let first = store.register_events(&partners, &std::collections::BTreeSet::new(), General::Too);
    assert!(first.is_err(), "the page is damaged");
    assert_eq!(told(&store), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_on_a_full_disk_tells_what_there_is_and_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    partners(&store, 5, Urgency::Ordinary).await;
    assert_eq!(told(&store), 5);
    drop(store);
    // More is to be kept back than any disk has.
    let options = Options { reserve_bytes: u64::MAX / 8, ..Options::default() };
    let store = Store::open(directory.path(), options).unwrap();
    assert!(store.ready().is_err(), "disclosures wait for space");
    partners(&store, 3, Urgency::Ending).await;
    assert_eq!(told(&store), 5);
    assert_eq!((store.indexed_to().unwrap().0, store.head().unwrap().next().0), (5, 8));
    assert!(store.write_snapshot().is_err(), "nor is a snapshot begun");
    assert_eq!(fs::read_dir(directory.path().join("snapshots")).map_or(0, Iterator::count), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_a_newer_program_is_refused_by_name() {
    for name in ["bailment.db", "notices.db", "short-lived.db"] {
        let directory = tempfile::tempdir().unwrap();
        drop(open(directory.path()));
        let file = Connection::open(directory.path().join(name)).unwrap();
        file.pragma_update(None, "user_version", 99).unwrap();
        drop(file);
        let options = Options { reserve_bytes: 1 << 12, ..Options::default() };
        let Err(error) = Store::open(directory.path(), options) else { panic!("{name} opened") };
        assert!(matches!(error, OpenError::Database { file, .. } if file == name), "{error:?}");
        let why = std::error::Error::source(&error).unwrap().to_string();
        assert!(why.contains("a newer one made it"), "{why}");
    }
}
