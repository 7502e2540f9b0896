//! The log's tables, and the vault beside them.

use super::{open, partner};
use ledger::{Event, Fact, Facts};
use model::{ObjectKind, PersonNo, SourceNo};
use rusqlite::Connection;
use sequence::Commit;
use std::collections::BTreeMap;
use store::{ExternalKind, Urgency};

#[tokio::test(flavor = "multi_thread")]
async fn entries_cannot_be_changed_or_removed() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for _ in 0..3 {
        store.commit(Urgency::Ordinary, None, partner).await.unwrap().unwrap();
    }
    let connection = Connection::open(directory.path().join("bailment.db")).unwrap();
    for sql in [
        "UPDATE entry SET time = 0",
        "UPDATE entry SET leaf = x'00' WHERE position = 1",
        "UPDATE entry SET kind = 17 WHERE position = 1",
        "DELETE FROM entry",
        "DELETE FROM entry WHERE position = 2",
        "UPDATE payload SET bytes = x'00'",
        "UPDATE payload SET salt = zeroblob(16) WHERE position = 1",
        "INSERT OR REPLACE INTO entry (position, time, kind, leaf) VALUES (1, 0, 17, x'00')",
        "INSERT OR REPLACE INTO payload (position, salt, codec, bytes) VALUES (1, zeroblob(16), 0, x'00')",
    ] {
        let refused = connection.execute(sql, []);
        assert!(refused.is_err(), "`{sql}` was allowed");
    }
    assert_eq!(store.recompute_tree().unwrap(), store.head().unwrap().frontier);
}

#[test]
fn an_object_has_one_number_whoever_asks() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let asked: Vec<BTreeMap<String, u64>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8usize)
            .map(|thread| {
                let store = &store;
                scope.spawn(move || {
                    let ids = (0..500).map(|n| format!("post-{}", (n * 7 + thread * 13) % 500));
                    ids.map(|id| {
                        let number =
                            store.object_number(ObjectKind::Post, &id, &mut Vec::new()).unwrap();
                        (id, number.0)
                    })
                    .collect()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut numbers: Vec<u64> = asked[0].values().copied().collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 500, "no number twice");
    assert!(asked.iter().all(|one| *one == asked[0]), "one number each");
}

#[tokio::test(flavor = "multi_thread")]
async fn erasing_a_person_leaves_a_log_that_verifies() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let numbers = store.assign(ExternalKind::Person, &["ada", "bo", "cy"]).unwrap();
    let facts: Vec<Fact> = numbers.iter().map(|no| Fact::Person(PersonNo(*no))).collect();
    let known = move |_: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
        let facts = Facts { source: SourceNo(1), up_to: 3, facts: facts.clone() };
        Ok::<_, std::convert::Infallible>(Commit::event(Event::Facts(facts), ()))
    };
    store.commit(Urgency::Ending, None, known).await.unwrap().unwrap();
    let before = store.head().unwrap();
    let bo = PersonNo(numbers[1]);
    assert_eq!(store.person_number("bo").unwrap(), Some(bo));
    store.erase_person(bo).unwrap();
    assert_eq!(store.person_number("bo").unwrap(), None);
    assert_eq!(store.external(ExternalKind::Person, bo.0.into()).unwrap(), None);
    assert_eq!(store.recompute_tree().unwrap(), before.frontier);
    assert_eq!(store.head().unwrap(), before);
    // Whoever comes later under the same id is somebody else.
    let again = store.assign(ExternalKind::Person, &["bo"]).unwrap();
    assert!(!numbers.contains(&again[0]), "a number is never given twice");
    drop(store);
    let store = open(directory.path());
    assert_eq!(store.recompute_tree().unwrap(), before.frontier);
}
