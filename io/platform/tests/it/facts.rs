//! Facts: order, retry, resync, snapshots.

use std::sync::Arc;

use expect_test::expect;
use platform::{
    Fact, FactBatch, FactsOutcome, PostId,
    facts::BatchMode,
    generate::{Seed, Size, generate},
};
use serde_json::json;

use crate::world::{Mood, Recorder, World};

#[tokio::test]
async fn each_change_tells_its_facts_before_it_returns() {
    let world = World::empty();
    let sink = Recorder::new();
    world.platform.connect(Arc::clone(&sink) as _);
    let people = world.people(&["Ada", "Bo"]).await;
    let group = world.group("Chess", people[0]).await;
    let platform = &world.platform;
    platform.join(group, people[1]).await.unwrap();
    let again = platform.join(group, people[1]).await.unwrap();
    assert_eq!(again.facts, FactsOutcome::None, "nothing changed, nothing is told");
    platform.promote(group, people[1]).await.unwrap();
    platform.demote(group, people[1]).await.unwrap();
    platform.befriend(people[1], people[0]).await.unwrap();
    platform.unfriend(people[0], people[1]).await.unwrap();
    let body = json!({"text": "x"});
    let (_, post) = world.post(&format!("/groups/{group}/posts"), people[0], &body).await;
    let post = PostId::new(post["id"].as_str().unwrap().parse().unwrap());
    world.post(&format!("/posts/{post}/comments"), people[1], &body).await;
    platform.delete_post(post).await.unwrap();
    platform.leave(group, people[1]).await.unwrap();
    platform.delete_person(people[1]).await.unwrap();
    let last = platform.delete_group(group).await.unwrap();
    assert_eq!(last.facts, FactsOutcome::Accepted { up_to: 14 });
    expect![[r#"
        1 person
        2 person
        3 group
        4 admin
        5 member
        6 admin
        7 admin-gone
        8 friend
        9 friend-gone
        10 object-gone
        11 object-gone
        12 member-gone
        13 person-gone
        14 group-gone"#]]
    .assert_eq(&sink.told().join("\n"));
    let taken = sink.taken.lock().unwrap();
    expect![[r#"{"sequence":8,"at":0,"kind":"friend","person":"1","other":"2"}"#]]
        .assert_eq(&json_of(taken.facts[7]));
    expect![[r#"{"sequence":5,"at":0,"kind":"member","person":"2","group":"1"}"#]]
        .assert_eq(&json_of(taken.facts[4]));
    expect![[r#"{"sequence":11,"at":0,"kind":"object-gone","object":{"kind":"post","id":"1"}}"#]]
        .assert_eq(&json_of(taken.facts[10]));
}

fn json_of(mut fact: Fact) -> String {
    fact.at = 0;
    serde_json::to_string(&fact).unwrap()
}

#[tokio::test]
async fn facts_wait_in_order_while_the_sink_is_down() {
    let world = World::empty();
    let sink = Recorder::new();
    world.platform.connect(Arc::clone(&sink) as _);
    let people = world.people(&["Ada", "Bo"]).await;
    sink.set(Mood::Down);
    let group = world.group("Chess", people[0]).await;
    let joined = world.platform.join(group, people[1]).await.unwrap();
    assert_eq!(joined.facts, FactsOutcome::Pending { up_to: 5 });
    assert_eq!(world.json("/groups/1").await["member_count"], 2, "the change stands");
    assert!(world.platform.pump_once().await.is_err());
    assert_eq!(sink.told().len(), 2);

    // A sink that takes and then fails gets the same numbers again, and takes them once.
    sink.set(Mood::LosesAnswers);
    assert!(world.platform.pump_once().await.is_err());
    sink.set(Mood::Up);
    assert_eq!(world.platform.pump_once().await.unwrap(), 5);
    assert_eq!(sink.told(), ["1 person", "2 person", "3 group", "4 admin", "5 member"]);
}

#[tokio::test]
async fn the_pump_tells_by_itself_once_the_sink_is_back() {
    let world = World::empty();
    let sink = Recorder::new();
    sink.set(Mood::Down);
    world.platform.connect(Arc::clone(&sink) as _);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let platform = Arc::clone(&world.platform);
    let pump = tokio::spawn(async move { platform.run_pump(async { drop(stopped.await) }).await });
    let people = world.people(&["Ada"]).await;
    world.group("Chess", people[0]).await;
    assert!(sink.told().is_empty());
    sink.set(Mood::Up);
    while sink.told().len() < 3 {
        sink.pushed.notified().await;
    }
    stop.send(()).unwrap();
    pump.await.unwrap();
    assert_eq!(sink.told(), ["1 person", "2 group", "3 admin"]);
}

#[tokio::test]
async fn the_outbox_outlives_the_process() {
    let world = World::empty();
    let people = world.people(&["Ada"]).await;
    world.group("Chess", people[0]).await;
    let again = platform::Platform::open(world.dir.path()).unwrap();
    let sink = Recorder::new();
    again.connect(Arc::clone(&sink) as _);
    assert_eq!(again.pump_once().await.unwrap(), 3);
    assert_eq!(sink.told(), ["1 person", "2 group", "3 admin"]);
}

#[tokio::test]
async fn marks_come_with_the_facts_and_without_any() {
    let world = World::empty();
    let sink = Recorder::new();
    world.platform.connect(Arc::clone(&sink) as _);
    world.platform.pump_once().await.unwrap();
    world.people(&["Ada"]).await;
    world.platform.pump_once().await.unwrap();
    world.platform.pump_once().await.unwrap();
    assert_eq!(sink.taken.lock().unwrap().marks, [0, 1, 1, 1]);
}

#[tokio::test]
async fn changes_at_once_are_told_in_one_order() {
    let world = World::empty();
    let sink = Recorder::new();
    world.platform.connect(Arc::clone(&sink) as _);
    let people = world.people(&["Ada", "Bo", "Cy", "Di", "Ed", "Flo"]).await;
    let group = world.group("Chess", people[0]).await;
    let mut tasks = tokio::task::JoinSet::new();
    for who in people[1..].iter().copied() {
        let platform = Arc::clone(&world.platform);
        tasks.spawn(async move { platform.join(group, who).await.unwrap().facts });
    }
    while let Some(facts) = tasks.join_next().await {
        assert!(matches!(facts.unwrap(), FactsOutcome::Accepted { .. }));
    }
    let taken = sink.taken.lock().unwrap();
    assert!(taken.facts.iter().map(|fact| fact.sequence).eq(1..=13));
}

#[tokio::test]
async fn bulk_work_is_told_as_a_snapshot() {
    let world = World::empty();
    let sink = Recorder::new();
    world.platform.connect(Arc::clone(&sink) as _);
    world.people(&["Ada"]).await;
    let made = generate(world.platform.store(), Seed(1), Size::of(400)).unwrap();
    // The first change after it waits for the snapshot, which includes it.
    let people = world.people(&["Bo"]).await;
    {
        let taken = sink.taken.lock().unwrap();
        assert_eq!(taken.snapshots, 1);
        let count = |kinds: &[&str]| {
            let facts = taken.snapshot.iter();
            facts.filter(|fact| kinds.contains(&fact.kind.text())).count() as u64
        };
        assert_eq!(count(&["person"]), made.people + 2);
        assert_eq!(count(&["group"]), made.groups);
        assert_eq!(count(&["member", "admin"]), made.memberships);
        assert_eq!(count(&["friend"]), made.friendships);
        assert!(taken.snapshot.iter().all(|fact| fact.sequence == taken.last));
    }
    let before = sink.told().len();
    world.group("Chess", people[0]).await;
    assert_eq!(sink.told().len(), before + 2, "then facts go on one by one");
    assert_eq!(sink.taken.lock().unwrap().snapshots, 1);
}

#[tokio::test]
async fn a_sink_that_lost_its_state_is_brought_up_to_date() {
    let world = World::empty();
    let first = Recorder::new();
    world.platform.connect(Arc::clone(&first) as _);
    let people = world.people(&["Ada", "Bo"]).await;
    let group = world.group("Chess", people[0]).await;
    // A new sink expects number 1: the outbox still has everything.
    let second = Recorder::new();
    world.platform.connect(Arc::clone(&second) as _);
    world.platform.join(group, people[1]).await.unwrap();
    assert_eq!(second.told().len(), 5);
    // After bulk work the single facts do not suffice any more.
    generate(world.platform.store(), Seed(2), Size::of(30)).unwrap();
    let third = Recorder::new();
    world.platform.connect(Arc::clone(&third) as _);
    world.platform.pump_once().await.unwrap();
    let fourth = Recorder::new();
    world.platform.connect(Arc::clone(&fourth) as _);
    world.platform.pump_once().await.unwrap();
    for sink in [third, fourth] {
        let taken = sink.taken.lock().unwrap();
        assert_eq!(taken.snapshots, 1);
        assert_eq!(taken.snapshot.iter().filter(|f| f.kind.text() == "person").count(), 32);
    }
}

#[tokio::test]
async fn a_platform_that_went_back_to_a_backup_numbers_after_the_sink() {
    let world = World::empty();
    let sink = Recorder::new();
    sink.taken.lock().unwrap().last = 50;
    // A sink that is ahead takes old numbers for known ones, so the platform must be told.
    struct Ahead(Arc<Recorder>);
    impl platform::FactSink for Ahead {
        fn push(&self, batch: FactBatch) -> platform::facts::PushFuture<'_> {
            let ahead = self.0.taken.lock().unwrap().last;
            let behind = match batch.mode {
                BatchMode::Changes { after } => after < ahead,
                BatchMode::Snapshot { sequence, .. } => sequence < ahead,
            };
            if behind {
                let expected = ahead + 1;
                return Box::pin(async move { Err(platform::FactError::Gap { expected }) });
            }
            self.0.push(batch)
        }
    }
    world.platform.connect(Arc::new(Ahead(Arc::clone(&sink))));
    world.people(&["Ada"]).await;
    let taken = sink.taken.lock().unwrap();
    assert_eq!((taken.snapshots, taken.last), (1, 50));
    assert_eq!(taken.snapshot.len(), 1);
}

#[tokio::test]
async fn a_snapshot_in_parts_is_the_snapshot() {
    let world = World::empty();
    generate(world.platform.store(), Seed(9), Size::of(80)).unwrap();
    let read = |limit| {
        let mut snapshot = world.platform.store().snapshot().unwrap();
        let mut all = Vec::new();
        loop {
            let mut facts = snapshot.next_facts(limit).unwrap();
            if facts.is_empty() {
                return all;
            }
            assert!(facts.len() <= limit);
            facts.iter_mut().for_each(|fact| fact.at = 0);
            all.append(&mut facts);
        }
    };
    let whole = read(100_000);
    assert!(whole.len() > 300);
    for limit in [1, 7, 80, 333] {
        assert_eq!(read(limit), whole);
    }
}

/// A sink that takes parts as the gate does: in order, and the last one only after a while.
struct Slow {
    next: std::sync::Mutex<(u32, u32)>,
    presented: std::sync::Mutex<Vec<u32>>,
}

impl platform::FactSink for Slow {
    fn push(&self, batch: FactBatch) -> platform::facts::PushFuture<'_> {
        let (sequence, part, last) = match batch.mode {
            BatchMode::Snapshot { sequence, part, last } => (sequence, part, last),
            BatchMode::Changes { after } => {
                return Box::pin(async move { Ok(platform::Accepted { up_to: after }) });
            }
        };
        self.presented.lock().unwrap().push(part);
        let (next, refusals) = &mut *self.next.lock().unwrap();
        let known = part == 0 || part == *next || part + 1 == *next;
        if !known {
            return Box::pin(async { Err(platform::FactError::Gap { expected: 1 }) });
        }
        *next = part + 1;
        if last && *refusals > 0 {
            *refusals -= 1;
            return Box::pin(async {
                Err(platform::FactError::Unavailable("did not answer in time".to_owned()))
            });
        }
        Box::pin(async move { Ok(platform::Accepted { up_to: sequence }) })
    }
}

#[tokio::test]
async fn a_snapshot_goes_on_at_the_part_that_was_not_answered() {
    let world = World::empty();
    generate(world.platform.store(), Seed(3), Size::of(3_000)).unwrap();
    let sink = Slow { next: std::sync::Mutex::new((0, 2)), presented: Default::default() };
    let sink = Arc::new(sink);
    world.platform.connect(Arc::clone(&sink) as _);
    assert!(world.platform.pump_once().await.is_err());
    assert!(world.platform.pump_once().await.is_err());
    let up_to = world.platform.pump_once().await.unwrap();
    let mut presented = std::mem::take(&mut *sink.presented.lock().unwrap());
    let last = *presented.last().unwrap();
    assert!(last > 0, "several parts");
    assert_eq!(presented.split_off(last as usize), [last; 3]);
    assert!(presented.iter().copied().eq(0..last), "{presented:?}");
    assert_eq!(world.platform.pump_once().await.unwrap(), up_to, "it is not told again");

    // A sink that lost what it had gathered says so, and is told everything again.
    let other = Recorder::new();
    world.platform.connect(Arc::clone(&other) as _);
    let sink = Slow { next: std::sync::Mutex::new((0, 1)), presented: Default::default() };
    let sink = Arc::new(sink);
    generate(world.platform.store(), Seed(4), Size::of(10)).unwrap();
    world.platform.connect(Arc::clone(&sink) as _);
    assert!(world.platform.pump_once().await.is_err());
    sink.next.lock().unwrap().0 = 0;
    world.platform.pump_once().await.unwrap();
    let presented = sink.presented.lock().unwrap();
    assert_eq!(presented.iter().filter(|part| **part == 0).count(), 2, "{presented:?}");
}
