//! The pass over log and clock: nothing is lost, nothing is told twice.

use crate::world::{PARTNER, World, facts, open, told};
use ledger::Fact;
use model::{Millis, Position};
use notices::{Channel, Recipient};
use std::fs;
use std::path::Path;
use store::{Store, TellerCursor};

const FILES: [&str; 3] = ["notices.db", "notices.db-wal", "notices.db-shm"];

fn copy(from: &Path, to: &Path) {
    for name in FILES {
        let _ = fs::remove_file(to.join(name));
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

fn everything(store: &Store, world: &[Recipient]) -> Vec<Vec<&'static str>> {
    world.iter().map(|to| told(store, *to)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_two_steps_loses_nothing_and_doubles_nothing() {
    let (directory, aside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let world = World::new(directory.path()).await;
    let channels = [Channel::Email, Channel::Webhook];
    world.enable(world.ada).await;
    teller::tell(&world.store, &channels).unwrap();
    world.leaves(world.ada).await;
    world.agree(20).await;
    let World { store, clock, ada, ben, cleo, .. } = world;
    let readers = [ada, ben, cleo].map(Recipient::Person);
    let readers = [&readers[..], &[Recipient::Partner(PARTNER), Recipient::Staff]].concat();
    drop(store);

    // The queue as it is before the pass, and the pass.
    copy(directory.path(), aside.path());
    let store = open(directory.path(), &clock);
    assert_eq!(teller::tell(&store, &channels).unwrap(), 2, "the other admin and the partner");
    let once = everything(&store, &readers);
    let sent = store.delivery_counts(Channel::Email).unwrap();
    drop(store);

    // Power fails before what the pass wrote is on the disk: the log has everything, the queue nothing of it.
    copy(aside.path(), directory.path());
    let store = open(directory.path(), &clock);
    assert_eq!(teller::tell(&store, &channels).unwrap(), 2);
    assert_eq!(everything(&store, &readers), once);
    drop(store);

    // The cursor alone is old, as after a restore of another file: everything is there, and refused.
    let store = open(directory.path(), &clock);
    let from = store.teller_cursor().unwrap();
    let back = TellerCursor { next: Position(0), ..from };
    store.tell((from, back), &[], &[], &[]).unwrap().unwrap();
    assert_eq!(teller::tell(&store, &channels).unwrap(), 0);
    assert_eq!(everything(&store, &readers), once);
    assert_eq!(store.delivery_counts(Channel::Email).unwrap(), sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lapse_is_told_although_it_was_mended_before_anybody_looked() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new(directory.path()).await;
    let installation = world.enable(world.ada).await;
    world.leaves(world.ada).await;
    world.back(installation, world.ben).await;
    world.clock.forward(Millis::seconds(20));
    teller::tell(&world.store, &[]).unwrap();
    let newest = world.store.inbox(Recipient::Partner(PARTNER), None, 1).unwrap().remove(0);
    assert_eq!(
        newest.created_at,
        world.store.now(),
        "made now, not when the clock was last looked at"
    );
    assert_eq!(world.told(Recipient::Partner(PARTNER)), ["installation-lapsed"]);
    assert_eq!(world.told(Recipient::Person(world.ben)), ["app-enabled", "installation-lapsed"]);
    // That it is back, everybody hears but who brought it back.
    assert_eq!(world.told(Recipient::Person(world.cleo)), ["app-enabled", "app-enabled"]);
    assert_eq!(world.told(Recipient::Person(world.ada)), ["app-enabled"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_are_told_when_their_time_comes_and_nothing_else_happens() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new(directory.path()).await;
    world.agree(40).await;
    let mut days = Vec::new();
    for day in 0..45 {
        teller::tell(&world.store, &[]).unwrap();
        if world.told(Recipient::Partner(PARTNER)).len() > days.len() {
            days.push(day);
        }
        world.clock.forward(Millis::days(1));
    }
    assert_eq!(days, [10, 33, 39, 40]);
    let told = world.told(Recipient::Partner(PARTNER));
    assert_eq!(
        told,
        ["agreement-ending", "agreement-ending", "agreement-ending", "agreement-ended"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_erased_takes_their_messages_along() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new(directory.path()).await;
    world.enable(world.ada).await;
    world.leaves(world.ada).await;
    teller::tell(&world.store, &[]).unwrap();
    let ben = Recipient::Person(world.ben);
    assert_eq!(world.told(ben).len(), 2);
    world.happen(facts(vec![Fact::PersonGone(world.ben)])).await;
    world.store.erase_person(world.ben).unwrap();
    teller::tell(&world.store, &[]).unwrap();
    assert!(world.told(ben).is_empty());
}
