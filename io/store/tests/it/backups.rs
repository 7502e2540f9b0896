//! Copies of a directory that goes on, and what comes back from them.

use super::{Told, open, partner};
use rusqlite::Connection;
use store::{Options, Store, Urgency};

/// Each step of the copy is followed by a commit of somebody else, as at a busy gate.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_ends_however_much_is_written_meanwhile_and_holds_one_moment() {
    let (directory, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open(directory.path());
    store.commit(Urgency::Ordinary, None, partner).await.unwrap().unwrap();
    let (from, to) = (directory.path().join("bailment.db"), copy.path().join("bailment.db"));
    let busy = Connection::open(&from).unwrap();
    // Some thousand pages: the copy takes several steps.
    busy.execute_batch(
        "CREATE TABLE other (n INTEGER, bytes BLOB);
         WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 5000)
         INSERT INTO other SELECT 0, zeroblob(4000) FROM n;",
    )
    .unwrap();
    let mut steps = 0;
    store::backup(&from, &to, |_, _| {
        steps += 1;
        assert!(steps < 1_000, "the copy begins anew with each commit");
        busy.execute("INSERT INTO other VALUES (1, zeroblob(4000))", []).unwrap();
    })
    .unwrap();
    assert!(steps > 3, "{steps} steps");
    let copied = Connection::open(&to).unwrap();
    let count = |sql: &str| copied.query_row(sql, [], |row| row.get::<_, u64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM other WHERE n = 0"), 5_000);
    assert_eq!(count("SELECT count(*) FROM other WHERE n = 1"), 0, "the moment it began");
    let sound: String = copied.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_was_used_stays_used_in_the_copy() {
    let (directory, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let options = || Options { clock: Told::at(1_000), reserve_bytes: 1 << 12 };
    let at = |path: &std::path::Path| Store::open(path, options()).unwrap();
    let store = at(directory.path());
    let until = model::Timestamp(60_000);
    assert!(store.use_once(Urgency::Ordinary, &[7; 32], until).unwrap());
    for name in ["bailment.db", "short-lived.db"] {
        store::backup(&directory.path().join(name), &copy.path().join(name), |_, _| {}).unwrap();
    }
    store::restore(&copy.path().join("bailment.db")).unwrap();
    let back = at(copy.path());
    assert!(!back.use_once(Urgency::Ordinary, &[7; 32], until).unwrap());
    assert!(back.use_once(Urgency::Ordinary, &[8; 32], until).unwrap(), "another is new");
}
