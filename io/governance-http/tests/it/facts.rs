//! Facts: in order, once, without a gap; anew as a snapshot.

use crate::world::{Caller, World};
use ledger::{Event, Fact, Payload};
use model::Position;
use serde_json::json;

#[tokio::test]
async fn facts_are_taken_in_order_and_once() {
    let world = World::new();
    let person = |id: &str| json!({"kind": "person", "person": id});
    let got = world.tell(0, &[person("1"), person("2")]).await.is(200);
    assert_eq!(got.body["up_to"], 2);
    assert_eq!(got.position(), Some(0));
    let head = world.store.head().unwrap().next().0;
    // The same again, and a batch that overlaps.
    assert_eq!(world.tell(0, &[person("1"), person("2")]).await.is(200).body["up_to"], 2);
    assert_eq!(world.store.head().unwrap().next().0, head);
    assert_eq!(world.tell(1, &[person("2"), person("3")]).await.is(200).body["up_to"], 3);
    let gap = world.tell(7, &[person("9")]).await.problem(409, "facts-missing");
    assert_eq!(gap.body["expected"], 4);
    assert_eq!(world.store.person_number("9").unwrap(), None, "a refused batch gives no numbers");
    let state = world.get(&Caller::source(), "/facts/v1/state").await.is(200);
    assert_eq!(state.body, json!({"source": "platform", "up_to": 3, "expected": 4}));
}

#[tokio::test]
async fn a_single_fact_and_a_mark_are_taken() {
    let world = World::new();
    let fact = json!({"sequence": 1, "at": 1, "kind": "person", "person": "1"});
    let body =
        json!({"source": "platform", "fact": fact, "complete_up_to": {"sequence": 1, "at": 5}});
    world.post(&Caller::source(), "/facts/v1/facts", body).await.is(200);
    assert_eq!(world.store.facts_up_to().0, 5);
    // A mark for facts that did not come yet marks nothing.
    let early = json!({"source": "platform", "mode": "changes", "after": 1, "facts": [],
        "complete_up_to": {"sequence": 9, "at": 9}});
    world.post(&Caller::source(), "/facts/v1/batches", early).await.is(200);
    assert_eq!(world.store.facts_up_to().0, 5);
}

#[tokio::test]
async fn who_is_gone_is_erased_and_comes_back_as_somebody_else() {
    let world = World::community().await;
    let before = world.person("3");
    world.tell(10, &[json!({"kind": "person-gone", "person": "3"})]).await.is(200);
    assert_eq!(world.store.person_number("3").unwrap(), None);
    assert!(!world.store.state().is_person(before));
    assert!(world.store.memberships(before).unwrap().is_empty());
    world.tell(11, &[json!({"kind": "person", "person": "3"})]).await.is(200);
    assert_ne!(world.person("3"), before);
}

#[tokio::test]
async fn the_number_of_whoever_is_gone_is_never_given_again() {
    let world = World::community().await;
    let before: Vec<_> = ["1", "2", "3"].map(|id| world.person(id)).into();
    let gone = ["1", "2", "3"].map(|id| json!({"kind": "person-gone", "person": id}));
    world.tell(10, &gone).await.is(200);
    let back = ["1", "2", "3"].map(|id| json!({"kind": "person", "person": id}));
    world.tell(13, &back).await.is(200);
    for id in ["1", "2", "3"] {
        let now = world.person(id);
        assert!(!before.contains(&now) && world.store.state().is_person(now), "{now} is new");
    }
}

/// What a crash between the log and the vault leaves behind: the event without the erasure.
async fn gone_but_not_erased(world: &World) -> model::PersonNo {
    let person = world.person("3");
    let flow = move |state: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
        let source = model::SourceNo(1);
        let first = state.source_up_to(source) + 1;
        let facts = vec![Some(Fact::PersonGone(person))];
        flows::platform::take_in(state, &flows::platform::Batch { source, first, facts })
    };
    world.store.commit(store::Urgency::Ending, None, flow).await.unwrap().unwrap();
    assert_eq!(world.store.person_number("3").unwrap(), Some(person));
    person
}

#[tokio::test]
async fn an_erasure_that_was_cut_short_is_made_good_when_the_fact_is_repeated() {
    let world = World::community().await;
    gone_but_not_erased(&world).await;
    let head = world.store.head().unwrap().next().0;
    world.tell(10, &[json!({"kind": "person-gone", "person": "3"})]).await.is(200);
    assert_eq!(world.store.head().unwrap().next().0, head, "the fact stands in the log once");
    assert_eq!(world.store.person_number("3").unwrap(), None);
}

#[tokio::test]
async fn an_erasure_that_was_cut_short_is_made_good_by_a_snapshot() {
    let world = World::community().await;
    let person = gone_but_not_erased(&world).await;
    world.tell_part(50, 0, true, &[json!({"kind": "person", "person": "1"})]).await.is(200);
    assert_eq!(world.store.person_number("3").unwrap(), None);
    assert!(world.store.memberships(person).unwrap().is_empty());
}

#[tokio::test]
async fn what_nobody_ever_heard_of_ends_without_a_trace() {
    let world = World::new();
    let told = [json!({"kind": "member-gone", "person": "8", "group": "9"})];
    assert_eq!(world.tell(0, &told).await.is(200).body["up_to"], 1);
    let stored = world.store.entry(Position(0)).unwrap().unwrap().open().unwrap().unwrap();
    let Payload::Control(Event::Facts(facts)) = stored.payload else { panic!("no facts") };
    assert_eq!((facts.up_to, facts.facts.len()), (1, 0));
}

#[tokio::test]
async fn a_deleted_object_gets_a_number_though_no_app_saw_it() {
    let world = World::new();
    let told = [json!({"kind": "object-gone", "object": {"kind": "post", "id": "77"}})];
    world.tell(0, &told).await.is(200);
    let stored = world.store.entry(Position(0)).unwrap().unwrap().open().unwrap().unwrap();
    let Payload::Control(Event::Facts(facts)) = stored.payload else { panic!("no facts") };
    let [Fact::ObjectGone(no)] = facts.facts.as_slice() else { panic!("{facts:?}") };
    let mut new = Vec::new();
    let again = world.store.object_number(model::ObjectKind::Post, "77", &mut new).unwrap();
    assert_eq!((again, new.len()), (*no, 0));
}

#[tokio::test]
async fn a_snapshot_ends_what_it_does_not_name() {
    let world = World::community().await;
    let (one, two, three) = (world.person("1"), world.person("2"), world.person("3"));
    let parts = [
        vec![
            json!({"kind": "person", "person": "1"}),
            json!({"kind": "person", "person": "2"}),
            json!({"kind": "person", "person": "4"}),
            json!({"kind": "group", "group": "10"}),
        ],
        vec![
            json!({"kind": "member", "person": "1", "group": "10"}),
            json!({"kind": "admin", "person": "4", "group": "10"}),
        ],
    ];
    world.tell_part(50, 0, false, &parts[0]).await.is(200);
    assert_eq!(world.intake.up_to(), 10, "the number moves at the end");
    assert!(world.store.state().is_person(three), "nothing ends before the end");
    world.tell_part(50, 1, true, &parts[1]).await.is(200);
    assert_eq!(world.intake.up_to(), 50);
    let group = world.store.context_number("10").unwrap().unwrap();
    let gone = world.store.context_number("20").unwrap().unwrap();
    let four = world.person("4");
    let check = |state: &consent::State| {
        assert!(!state.is_person(three) && state.is_person(one) && state.is_person(two));
        assert!(state.context(group).unwrap().is_live() && !state.context(gone).unwrap().is_live());
        assert_eq!(state.context(group).unwrap().admins(), [four]);
    };
    check(&world.store.state());
    assert_eq!(world.store.person_number("3").unwrap(), None);
    let mut members = vec![(one, group), (four, group)];
    members.sort_unstable();
    assert_eq!(world.store.memberships_from(None, usize::MAX).unwrap(), members);
    world.tell(50, &[json!({"kind": "person", "person": "5"})]).await.is(200);
}

#[tokio::test]
async fn a_snapshot_that_breaks_off_changes_no_number_and_begins_anew() {
    let world = World::community().await;
    let people = [json!({"kind": "person", "person": "1"})];
    world.tell_part(50, 0, false, &people).await.is(200);
    world.tell_part(50, 2, true, &people).await.problem(409, "facts-missing");
    world.tell_part(50, 1, true, &people).await.problem(409, "facts-missing");
    assert_eq!(world.intake.up_to(), 10);
    assert!(world.store.state().is_person(world.person("3")));
    world.tell_part(50, 0, true, &people).await.is(200);
    assert_eq!((world.intake.up_to(), world.store.person_number("3").unwrap()), (50, None));
}

/// A source gives up waiting long before millions of memberships are compared; it then tells the last part again.
#[tokio::test]
async fn a_snapshot_is_concluded_also_when_its_source_hangs_up() {
    let world = World::new();
    let (everybody, memberships): (Vec<_>, Vec<_>) = (0..2_000)
        .map(|id| id.to_string())
        .map(|id| {
            let person = json!({"kind": "person", "person": id});
            (person, json!({"kind": "member", "person": id, "group": "1"}))
        })
        .unzip();
    world.tell(0, &everybody).await.is(200);
    world.tell(2_000, &[json!({"kind": "group", "group": "1"})]).await.is(200);
    world.tell(2_001, &memberships).await.is(200);
    world.tell_part(9_000, 0, false, &everybody[..10]).await.is(200);
    let named = [json!({"kind": "group", "group": "1"}), memberships[0].clone()];
    let last = || world.tell_part(9_000, 1, true, &named);
    let before = world.store.head().unwrap().next().0;
    // It asks, and hangs up at once: nobody waits for the answer.
    let hung_up = tokio::time::timeout(std::time::Duration::ZERO, last()).await;
    assert!(hung_up.is_err());
    // What the state knows becomes durable a moment later.
    let is_concluded =
        || world.intake.up_to() == 9_000 && world.store.head().unwrap().next().0 > before;
    for _ in 0..1_000 {
        if is_concluded() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(is_concluded(), "it goes on by itself");
    let head = world.store.head().unwrap().next().0;
    let got = last().await.is(200);
    assert_eq!(got.body["up_to"], 9_000);
    let position = got.position();
    assert_eq!(position, Some(head - 1));
    let people = {
        let state = world.store.state();
        (0..2_000).filter(|no| state.is_person(model::PersonNo(*no))).count()
    };
    assert_eq!(people, 10);
    let left = world.store.memberships_from(None, usize::MAX).unwrap();
    assert_eq!(left, [(world.person("0"), world.store.context_number("1").unwrap().unwrap())]);
    assert_eq!(world.store.person_number("1999").unwrap(), None, "erased");
    // Once more, and nothing happens any more.
    let head = world.store.head().unwrap().next();
    assert_eq!(last().await.is(200).position(), position);
    assert_eq!(world.store.head().unwrap().next(), head);
    // Another part of it belongs to nothing.
    world.tell_part(9_000, 2, true, &[]).await.problem(409, "facts-missing");
}

/// While it is being concluded, its last part presented again waits for the same end.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_part_again_waits_for_the_end_that_is_under_way() {
    let world = std::sync::Arc::new(World::community().await);
    let people = [json!({"kind": "person", "person": "1"})];
    world.tell_part(50, 0, false, &people).await.is(200);
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let store = world.store.clone();
    // Whoever has the log holds it: nothing is concluded as long as this flow runs.
    let (began, begins) = tokio::sync::oneshot::channel();
    let mut began = Some(began);
    let busy = tokio::spawn(async move {
        let flow = move |_: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
            began.take().map(|began| began.send(()));
            let _ = gate.recv();
            Ok::<_, std::convert::Infallible>(sequence::Commit::nothing(()))
        };
        store.commit(store::Urgency::Ordinary, None, flow).await.unwrap().unwrap()
    });
    begins.await.unwrap();
    let wait = std::time::Duration::from_millis(100);
    for _ in 0..2 {
        let hung_up = tokio::time::timeout(wait, world.tell_part(50, 1, true, &people)).await;
        assert!(hung_up.is_err());
    }
    let again = std::sync::Arc::clone(&world);
    let waiting = tokio::spawn(async move {
        let people = [json!({"kind": "person", "person": "1"})];
        again.tell_part(50, 1, true, &people).await.is(200).position()
    });
    tokio::time::sleep(wait).await;
    assert!(!waiting.is_finished() && world.intake.up_to() == 10);
    open.send(()).unwrap();
    busy.await.unwrap();
    let position = waiting.await.unwrap();
    assert_eq!(world.intake.up_to(), 50);
    let head = world.store.head().unwrap().next().0;
    assert_eq!(position, Some(head - 1), "it was concluded once");
}

#[tokio::test]
async fn only_the_source_tells_facts() {
    let world = World::new();
    let batch = json!({"source": "platform", "mode": "changes", "after": 0, "facts": []});
    for caller in [Caller::nobody(), Caller::operator()] {
        world.post(&caller, "/facts/v1/batches", batch.clone()).await.problem(401, "not-signed-in");
    }
    let other = json!({"source": "elsewhere", "mode": "changes", "after": 0, "facts": []});
    world.post(&Caller::source(), "/facts/v1/batches", other).await.problem(422, "unknown-source");
    assert_eq!(world.store.head().unwrap().next().0, 0);
}

/// A tenth of a real import: enough for several parts of different kinds.
#[tokio::test]
async fn a_large_snapshot_comes_through_in_parts() {
    let world = World::new();
    let people: Vec<_> =
        (0..6_000).map(|id| json!({"kind": "person", "person": id.to_string()})).collect();
    let groups: Vec<_> =
        (0..500).map(|id| json!({"kind": "group", "group": id.to_string()})).collect();
    let members: Vec<_> = (0..6_500)
        .map(|n| json!({"kind": "member", "person": (n % 6_000).to_string(), "group": (n % 500).to_string()}))
        .collect();
    world.tell_part(9, 0, false, &people).await.is(200);
    world.tell_part(9, 1, false, &groups).await.is(200);
    world.tell_part(9, 2, true, &members).await.is(200);
    assert_eq!(world.store.memberships_from(None, usize::MAX).unwrap().len(), 6_000);
    let first: Vec<u32> = (0..20).map(|id| world.person(&id.to_string()).0).collect();
    assert!(!first.is_sorted(), "numbers tell nothing about the order of ids: {first:?}");
}
