//! Whoever holds the log can decide every disclosure again, and finds the same.

pub(crate) mod again;
mod life;

use again::Again;
use conformance::{Options, World};
use life::Life;
use std::path::Path;
use store::Store;

const STEPS: usize = 700;

fn seed() -> u64 {
    std::env::var("BAILMENT_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| u64::from(std::process::id()))
}

fn open(directory: &Path) -> Store {
    let options = store::Options { reserve_bytes: 1 << 12, ..store::Options::default() };
    Store::open(&directory.join("gate"), options).expect("the log opens")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_decision_of_a_random_life_is_made_again_from_the_log_alone() {
    let seed = seed();
    println!("BAILMENT_SEED={seed}");
    let directory = tempfile::tempdir().unwrap();
    let options = || Options { seed, people: 80, ..Options::default() };

    let world = World::at(directory.path(), options()).await;
    let mut life = Life::begin(&world, seed).await;
    life.around().await;
    life.go_on(STEPS).await;
    let again = Again::all(&world.store);
    again.check_enough(seed);
    assert_eq!(again.tree, world.store.head().unwrap().frontier, "the root is that of the leaves");
    assert!(is_fold(&world.store, &again), "the live state is the fold");
    world.store.write_snapshot().unwrap();
    end(world).await;

    // Woken from a snapshot, life goes on, and what follows is decided again all the same.
    let world = World::at(directory.path(), options()).await;
    Life::begin(&world, seed ^ 1).await.go_on(STEPS / 4).await;
    end(world).await;
    let store = open(directory.path());
    let after = Again::all(&store);
    assert!(after.disclosures > again.disclosures, "life went on");
    assert!(is_fold(&store, &after), "folded from a snapshot");

    // The state at any position, which starts from a snapshot where there is one, says the same.
    for position in after.some_disclosures(40) {
        let state = store.state_at(position).unwrap();
        let entry = store.entry(position).unwrap().unwrap().open().unwrap().unwrap();
        again::disclosure(&state, &entry).unwrap_or_else(|error| panic!("{position}: {error}"));
    }
}

/// Whether a store's state is what a fold from the first entry gives. Disclosures at the end of the log may not have moved
/// the live state's own place yet.
fn is_fold(store: &Store, again: &Again) -> bool {
    let mut live = consent::State::decode_snapshot(&store.state().encode_snapshot()).unwrap();
    live.skip_to(again.state.next(), again.state.time()).unwrap();
    live.encode_snapshot() == again.state.encode_snapshot()
}

/// Waits until nobody holds the directory any more.
async fn end(world: World) {
    let directory = world.directory().to_owned();
    drop(world);
    for _ in 0..1_000 {
        match Store::open(
            &directory,
            store::Options { reserve_bytes: 1 << 12, ..Default::default() },
        ) {
            Ok(_) => return,
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    }
    panic!("somebody still holds `{}`", directory.display());
}
