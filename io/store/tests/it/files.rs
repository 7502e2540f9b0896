//! The directory: one process, snapshots, backups, migrations.

use super::{open, partner};
use rusqlite::Connection;
use std::fs;
use std::path::Path;
use store::{OpenError, Options, Store, Urgency};

async fn partners(store: &Store, count: usize) {
    for _ in 0..count {
        store.commit(Urgency::Ordinary, None, partner).await.unwrap().unwrap();
    }
}

fn snapshots(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut found: Vec<_> = fs::read_dir(directory.join("snapshots"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort_by_key(|path| path.file_stem().unwrap().to_str().unwrap().parse::<u64>().unwrap());
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let second =
        Store::open(directory.path(), Options { reserve_bytes: 1 << 12, ..Options::default() });
    assert!(matches!(second, Err(OpenError::InUse(_))));
    drop(store);
    partners(&open(directory.path()), 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn starting_from_any_snapshot_equals_the_fold_from_the_first_entry() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for _ in 0..3 {
        partners(&store, 5).await;
        store.write_snapshot().unwrap();
    }
    partners(&store, 4).await;
    let live = store.state().encode_snapshot();
    drop(store);
    let newest = snapshots(directory.path()).pop().unwrap();
    for damage in [None, Some(&b""[..]), Some(b"not a snapshot")] {
        if let Some(bytes) = damage {
            fs::write(&newest, bytes).unwrap();
        }
        let store = open(directory.path());
        assert!(
            store.state().encode_snapshot() == live,
            "{damage:?}: an older one, and what follows it"
        );
    }
    // One bit in the middle of a snapshot is noticed, or it would be the state that everybody is decided against.
    let store = open(directory.path());
    store.write_snapshot().unwrap();
    drop(store);
    let newest = snapshots(directory.path()).pop().unwrap();
    let whole = fs::read(&newest).unwrap();
    for at in [whole.len() / 3, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&newest, bytes).unwrap();
        assert!(open(directory.path()).state().encode_snapshot() == live, "a flipped bit at {at}");
    }
    fs::remove_dir_all(directory.path().join("snapshots")).unwrap();
    assert!(open(directory.path()).state().encode_snapshot() == live, "from the first entry");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_that_fails_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    partners(&store, 3).await;
    store.write_snapshot().unwrap();
    partners(&store, 3).await;
    // Something that cannot be replaced is where the next one would stand.
    let at = directory.path().join("snapshots/6.snapshot");
    fs::create_dir_all(at.join("in the way")).unwrap();
    store.write_snapshot().unwrap_err();
    let names = || -> Vec<String> {
        let found = snapshots(directory.path());
        found.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(), ["3.snapshot", "6.snapshot"]);
    drop(store);
    // Nor does one of a process that ended in the middle.
    fs::remove_dir_all(&at).unwrap();
    fs::write(directory.path().join("snapshots/5.draft"), b"half").unwrap();
    let store = open(directory.path());
    assert_eq!(names(), ["3.snapshot"]);
    store.write_snapshot().unwrap();
    assert_eq!(names(), ["3.snapshot", "6.snapshot"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_running_directory_comes_back_as_another_log() {
    let (directory, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open(directory.path());
    partners(&store, 30).await;
    let (busy, source) = (store.clone(), directory.path().join("bailment.db"));
    let writing = tokio::spawn(async move { partners(&busy, 60).await });
    let target = copy.path().join("bailment.db");
    let to = target.clone();
    tokio::task::spawn_blocking(move || store::backup(&source, &to, |_, _| {}))
        .await
        .unwrap()
        .unwrap();
    writing.await.unwrap();
    assert_eq!(store.head().unwrap().next().0, 90, "the log went on meanwhile");

    store::restore(&target).unwrap();
    let back = open(copy.path());
    let (was, is) = (store.head().unwrap(), back.head().unwrap());
    assert!((30..=90).contains(&is.next().0), "{}", is.next().0);
    assert_eq!(is.epoch, was.epoch + 1, "a replica that knew the other refuses this one");
    assert_eq!(back.recompute_tree().unwrap(), is.frontier);
    partners(&back, 3).await;

    // A process that runs on a log which is exchanged beneath it takes nothing more.
    let before = store.head().unwrap();
    let other = Connection::open(directory.path().join("bailment.db")).unwrap();
    other.execute("UPDATE head SET epoch = epoch + 1", []).unwrap();
    let refused = store.commit(Urgency::Ordinary, None, partner).await;
    assert!(refused.is_err(), "another log: {:?}", refused.map(|_| ()));
    assert_eq!(store.head().unwrap().next(), before.next());
}

/// The file of the first version, with rows in it, as it was then.
#[tokio::test(flavor = "multi_thread")]
async fn a_filled_file_of_the_first_version_opens() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    partners(&store, 8).await;
    store.assign(store::ExternalKind::Person, &["ada"]).unwrap();
    drop(store);
    // Written by the frozen script of version 1 and filled with the rows of the present one, table by table.
    let old = tempfile::tempdir().unwrap();
    let connection = Connection::open(old.path().join("bailment.db")).unwrap();
    connection.execute_batch(include_str!("../../src/schema/1-log-and-vault.sql")).unwrap();
    connection.pragma_update(None, "user_version", 1).unwrap();
    connection
        .execute("ATTACH ?1 AS now", [directory.path().join("bailment.db").to_str().unwrap()])
        .unwrap();
    connection
        .execute_batch(
            "DELETE FROM head; INSERT INTO head SELECT id, next, time, peaks, epoch FROM now.head;
             INSERT INTO entry SELECT position, time, kind, leaf FROM now.entry;
             INSERT INTO payload SELECT position, salt, codec, bytes FROM now.payload;
             INSERT INTO external SELECT kind, number, external FROM now.external;",
        )
        .unwrap();
    drop(connection);
    let store = open(old.path());
    assert_eq!(store.head().unwrap().next().0, 8);
    assert_eq!(store.recompute_tree().unwrap(), store.head().unwrap().frontier);
    assert!(store.person_number("ada").unwrap().is_some());
    partners(&store, 2).await;
    let version: i64 = Connection::open(old.path().join("bailment.db"))
        .unwrap()
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert!(version >= 1);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_on_the_machine_reads_what_the_vault_holds() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    partners(&store, 2).await;
    store.update_index().unwrap();
    let mut seen = 0;
    for entry in fs::read_dir(directory.path()).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if name.contains(".db") {
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{name}");
            seen += 1;
        }
    }
    assert!(seen >= 4, "the databases and their write-ahead logs");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_could_read_they_cannot_once_it_was_opened() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let set =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let outer = tempfile::tempdir().unwrap();
    let directory = outer.path().join("data");
    let store = open(&directory);
    partners(&store, 3).await;
    store.write_snapshot().unwrap();
    drop(store);
    // As an earlier version, or a careless restore, left it.
    fs::write(directory.join("of-somebody-else"), b"x").unwrap();
    let all = || fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path());
    for path in all() {
        set(&path, if path.is_dir() { 0o755 } else { 0o644 });
    }
    set(&directory, 0o755);
    let store = open(&directory);
    assert_eq!(mode(&directory), 0o700);
    for path in all().filter(|path| !path.ends_with("of-somebody-else")) {
        assert_eq!(mode(&path) & 0o077, 0, "{}", path.display());
    }
    assert_eq!(mode(&directory.join("of-somebody-else")), 0o644, "not ours");
    drop(store);
    // A directory that everybody shares is not taken from them.
    set(&directory, 0o1777);
    let refused = Store::open(&directory, Options::default()).err();
    assert!(matches!(refused, Some(OpenError::Directory { .. })), "{refused:?}");
    assert_eq!(mode(&directory), 0o1777);
}
