//! What is erased is gone from the files, not from the tables alone.

use super::open;
use model::PersonNo;
use sequence::{AccountOf, Commit, Lookup, NameOf, VaultWrite};
use std::convert::Infallible;
use std::fs;
use std::path::Path;
use store::{ExternalKind, Urgency};

/// Enough for the trees to have grown and split.
const PEOPLE: usize = 6_000;

fn id(n: usize) -> String {
    format!("person-{n:05}-unmistakable")
}

/// How many of these texts are in some file of the directory.
fn found(directory: &Path, texts: &[String]) -> usize {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            bytes.extend(fs::read(entry.path()).unwrap());
        }
    }
    // Every text begins alike: one walk finds the places, and what follows says which it is.
    let begins = b"person-";
    let mut there = std::collections::BTreeSet::new();
    for at in bytes.windows(begins.len()).enumerate().filter(|(_, w)| w == begins).map(|(at, _)| at)
    {
        there.extend(bytes.get(at..at + id(0).len()).map(<[u8]>::to_vec));
    }
    texts.iter().filter(|text| there.contains(text.as_bytes())).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_whoever_was_erased_is_left_in_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let ids: Vec<String> = (0..PEOPLE).map(id).collect();
    let mut numbers = Vec::new();
    for some in ids.chunks(500) {
        let some: Vec<&str> = some.iter().map(String::as_str).collect();
        numbers.extend(store.assign(ExternalKind::Person, &some).unwrap());
    }
    let people: Vec<(PersonNo, String)> =
        numbers.into_iter().map(PersonNo).zip(ids.iter().cloned()).collect();
    let (known, stays): (Vec<_>, Vec<_>) =
        people.into_iter().enumerate().partition(|(n, _)| n % 40 == 7);
    let accounts: Vec<VaultWrite> = known
        .iter()
        .flat_map(|(_, (person, id))| {
            let name = VaultWrite::Name { of: NameOf::Person(*person), text: id.clone() };
            let of = AccountOf::Person(*person);
            let (login, password, set_at) = (id.clone(), id.clone(), model::Timestamp(1));
            [name, VaultWrite::Account { of, login, password, set_at }]
        })
        .collect();
    let flow = move |_: &consent::State, _: &dyn Lookup, _: &model::Env| -> Result<_, Infallible> {
        Ok(accounts.iter().cloned().fold(Commit::nothing(()), Commit::with))
    };
    store.commit(Urgency::Ordinary, None, flow).await.unwrap().unwrap();

    let gone: Vec<String> = known.iter().map(|(_, (_, id))| id.clone()).collect();
    assert_eq!(
        found(directory.path(), &gone),
        gone.len(),
        "they can be found as long as they are there"
    );
    for (_, (person, _)) in &known {
        store.erase_person(*person).unwrap();
    }
    assert!(store.forget_erased().unwrap(), "nobody reads at this moment");
    assert_eq!(found(directory.path(), &gone), 0);
    let stays: Vec<String> = stays.into_iter().map(|(_, (_, id))| id).collect();
    assert_eq!(found(directory.path(), &stays), stays.len(), "and nobody else is");
}

/// A backup that reads for an hour must not be waited for, nor make anybody forget that something is to be emptied.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_still_reads_is_not_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let id = id(1);
    let person = PersonNo(store.assign(ExternalKind::Person, &[&id]).unwrap()[0]);
    let reader = rusqlite::Connection::open(directory.path().join("bailment.db")).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    reader.query_row("SELECT count(*) FROM external", [], |row| row.get::<_, u64>(0)).unwrap();
    store.erase_person(person).unwrap();
    assert!(!store.forget_erased().unwrap());
    assert!(!store.forget_erased().unwrap(), "it is not forgotten that there is something to do");
    reader.execute_batch("COMMIT").unwrap();
    assert!(store.forget_erased().unwrap());
    assert_eq!(found(directory.path(), &[id]), 0);
}
