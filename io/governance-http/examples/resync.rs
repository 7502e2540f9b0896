//! How long everything told anew takes, and how long anybody else waits meanwhile.
//!
//! `cargo run --release -p governance-http --example resync -- 1000000`
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement ends where something is wrong, and prints what it found"
)]

use governance_http::facts::{FactBatchJson, FactJson, FactKind, Intake, ModeWord, SOURCE};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use store::{Options, Store, Urgency};

/// Facts of a part.
const PART: usize = 10_000;
/// Members of a group.
const GROUP: u32 = 20;

fn fact(sequence: u64, kind: FactKind, person: Option<u32>, group: Option<u32>) -> FactJson {
    let (person, group) = (person.map(|no| no.to_string()), group.map(|no| no.to_string()));
    FactJson { sequence, at: 1, kind, person, group, other: None, object: None }
}

/// Everybody, every group, and who is in which; of every hundredth membership nothing is said.
fn everything(
    sequence: u64,
    memberships: u32,
    leaves_out: bool,
) -> impl Iterator<Item = FactJson> + Send {
    let (people, groups) = (memberships / 2, memberships / GROUP);
    let people = (0..people).map(move |no| fact(sequence, FactKind::Person, Some(no), None));
    let all =
        people.chain((0..groups).map(move |no| fact(sequence, FactKind::Group, None, Some(no))));
    let members = (0..memberships).filter(move |no| !(leaves_out && no.is_multiple_of(100)));
    let member = move |no: u32| {
        let group = no.wrapping_mul(2_654_435_761) % groups;
        fact(sequence, FactKind::Member, Some(no / 2), Some(group))
    };
    all.chain(members.map(member))
}

/// Tells everything; how long its parts took, and the last one beside them.
async fn tell(
    intake: &Intake,
    sequence: u64,
    facts: impl Iterator<Item = FactJson> + Send,
) -> (Duration, Duration) {
    let (mut facts, mut part) = (facts.peekable(), 0);
    let mut parts = Duration::ZERO;
    loop {
        let some: Vec<FactJson> = facts.by_ref().take(PART).collect();
        let is_last = facts.peek().is_none();
        let batch = FactBatchJson {
            source: SOURCE.to_owned(),
            mode: ModeWord::Snapshot,
            after: None,
            sequence: Some(sequence),
            part: Some(part),
            last: Some(is_last),
            facts: some,
            complete_up_to: None,
        };
        let began = Instant::now();
        intake.accept(batch).await.unwrap();
        if is_last {
            return (parts, began.elapsed());
        }
        parts += began.elapsed();
        part += 1;
    }
}

/// Changes nothing again and again: an ending waits as long as the longest of these.
async fn knock(store: Store, stop: Arc<AtomicBool>) -> Duration {
    let mut longest = Duration::ZERO;
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        let nothing = |_: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
            Ok::<_, Infallible>(sequence::Commit::nothing(()))
        };
        store.commit(Urgency::Ending, None, nothing).await.unwrap().unwrap();
        longest = longest.max(began.elapsed());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    longest
}

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let memberships = std::env::args().nth(1).map_or(1_000_000, |text| text.parse().unwrap());
    let directory = tempfile::tempdir().unwrap();
    let options = Options { reserve_bytes: 0, ..Options::default() };
    let store = Store::open(directory.path(), options).unwrap();
    let intake = Intake::new(store.clone());
    for (sequence, what) in [(1, "new"), (2, "known already, a hundredth of them ended")] {
        let facts = everything(sequence, memberships, sequence == 2);
        let stop = Arc::<AtomicBool>::default();
        let knocking = tokio::spawn(knock(store.clone(), Arc::clone(&stop)));
        let (parts, last) = tell(&intake, sequence, facts).await;
        stop.store(true, Ordering::Relaxed);
        let longest = knocking.await.unwrap();
        println!(
            "{memberships} memberships, {what}: parts {parts:.1?}, the last one with the comparison {last:.1?}; an ending waited {longest:.0?} at most"
        );
    }
}
