//! The prober finds a condition that is not asked any more, and that one alone; where none is missing it finds nothing.

use conformance::{Options, World};
use flows::Said;
use flows::staff::Announcement;
use ledger::{Event, Payload};
use model::{Actor, Condition, ContextNo, Millis, Position, ProgramStatus, Timestamp};
use platform::{FactsOutcome, GroupId, NewGroup, NewPerson, Outcome, PersonId, Platform};
use prober::{Ground, Parts, Place, Prober, Step};
use sequence::Clock;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::Store;

/// Kind of the event in the log.
const FINDING_RAISED: u16 = 106;
/// Something to find for every condition: roles need a certification, what is not used ends, and so do idle grants.
const POLICY: &str = r#"{"policy": "probed", "title": "With everything that a probe can try",
    "programs": {"groups": {"classes": {"member.role": ["installation", "opt-in", "certification"]}}},
    "expiry": {"idle_days": 90, "classes": {"member.name": {"unused_days": 28}, "member.picture": {"unused_days": 28}}}}"#;

/// The system's clock, some days ahead.
struct Ahead {
    system: Arc<dyn Clock + Send + Sync>,
    by: AtomicU64,
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        self.system.now().plus(Millis(self.by.load(Ordering::SeqCst)))
    }

    fn seed(&self) -> [u8; 32] {
        self.system.seed()
    }

    fn is_trusted(&self) -> bool {
        true
    }
}

/// The prober's own people and group on the built-in platform.
struct Stage {
    platform: Arc<Platform>,
    group: GroupId,
    deputy: PersonId,
    place: Place,
}

fn person(name: &str) -> NewPerson {
    NewPerson { first_name: name.to_owned(), last_name: "Probe".to_owned(), ..NewPerson::default() }
}

fn accepted<T>(outcome: Outcome<T>) -> T {
    assert!(!matches!(outcome.facts, FactsOutcome::Pending { .. }), "the gate has the facts");
    outcome.value
}

impl Stage {
    async fn set(world: &World) -> Self {
        let platform = Arc::clone(&world.platform);
        let mut people = Vec::new();
        for name in ["Admin", "Deputy", "Subject"] {
            people.push(accepted(platform.create_person(person(name)).await.unwrap()));
        }
        let (admin, deputy, subject) = (people[0], people[1], people[2]);
        let new = NewGroup { name: "Probe room".into(), description: String::new(), admin };
        let group = accepted(platform.create_group(new).await.unwrap());
        for who in [deputy, subject] {
            accepted(platform.join(group, who).await.unwrap());
        }
        let number: ContextNo = world.context(group);
        let place = Place {
            group: number,
            admin: world.person(admin),
            deputy: world.person(deputy),
            subject: world.person(subject),
        };
        Self { platform, group, deputy, place }
    }
}

impl Ground for Stage {
    fn place(&self) -> Place {
        self.place
    }

    fn appoint(&self) -> Step<'_> {
        Box::pin(async move {
            let outcome = self.platform.promote(self.group, self.deputy).await;
            outcome.map(accepted).map_err(|error| error.to_string())
        })
    }

    fn dismiss(&self) -> Step<'_> {
        Box::pin(async move {
            let outcome = self.platform.demote(self.group, self.deputy).await;
            outcome.map(accepted).map_err(|error| error.to_string())
        })
    }
}

/// Apps and notes of the findings so far, newest first.
fn findings(store: &Store) -> Vec<String> {
    let found = store.latest_of_kind(FINDING_RAISED, Position(u64::MAX), 100).unwrap();
    let note = |stored: &store::StoredEntry| match stored.read_payload().unwrap() {
        Some(Payload::Control(Event::FindingRaised(event))) => {
            assert_eq!(event.finding, "probe-passed");
            store.note(&event.why.note.unwrap()).unwrap().unwrap()
        }
        other => panic!("not a finding: {other:?}"),
    };
    found.iter().map(note).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_prober_finds_each_planted_hole_within_one_round_and_else_none() {
    let clock = Arc::new(Ahead { system: store::Options::default().clock, by: AtomicU64::new(0) });
    let options =
        Options { policy: POLICY, clock: Some(Arc::clone(&clock) as _), ..Options::default() };
    let world = World::start(options).await;
    let store = world.store.clone();
    // The platform's own clock does not go ahead: what it tells is as fresh as in a world whose clock does not either.
    let fresh = tokio::spawn(async move {
        loop {
            store.mark_facts(store.now());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let ground = Arc::new(Stage::set(&world).await);
    let prober = Prober::new(Parts {
        store: world.store.clone(),
        keyring: Arc::clone(&world.keyring),
        origin: world.origin.clone(),
        ground,
    })
    .unwrap();

    // What only time or staff can bring about is not tried, and said to be so.
    let round = prober.round().await.unwrap();
    let untried: Vec<Condition> = round.untried.iter().map(|one| one.condition).collect();
    let waits = [Condition::ProgramClosed, Condition::Idle, Condition::Version, Condition::Unused];
    assert_eq!(untried, waits, "{:?}", round.untried);
    assert_eq!(round.passed, [], "nothing got through");

    let old = world.store.state().catalog().unwrap().version;
    let newer = platform::CATALOG_JSON.replacen(&old.to_string(), "2026-12-01", 1);
    let said = Said::by(Actor::Operator);
    world
        .commit(move |state, _, env| {
            let bytes = newer.as_bytes();
            flows::staff::activate_catalog_beside(state, env, &said, bytes, &[old])
        })
        .await;
    let said = Said::by(Actor::Operator);
    world
        .commit(move |state, _, env| {
            let ends = Announcement::Ends(env.now.plus(Millis(1)));
            flows::staff::announce_version(state, env, &said, old, ends)
        })
        .await;
    world.set_program("login", ProgramStatus::Closed).await;
    clock.by.store(Millis::days(100).0, Ordering::SeqCst);
    world.store.mark_facts(world.store.now());

    let round = prober.round().await.unwrap();
    assert_eq!(round.untried, [], "everything has come to an end");
    assert_eq!(round.tried.len(), Condition::ALL.len());
    assert_eq!(round.passed, [], "nothing got through");
    assert_eq!(findings(&world.store), Vec::<String>::new());

    // Reading what was left unused is using it: that hole comes last.
    let (last, others): (Vec<_>, Vec<_>) =
        Condition::ALL.iter().partition(|one| **one == Condition::Unused);
    let mut found = BTreeSet::new();
    for condition in others.into_iter().chain(last).copied() {
        world.store.plant_hole(condition);
        let round = prober.round().await.unwrap();
        assert_eq!(round.passed, [condition], "untried: {:?}", round.untried);
        world.store.fill_holes();
        let newest = findings(&world.store).first().cloned().unwrap();
        assert!(newest.contains(condition.word()), "{newest}");
        found.insert(condition);
        assert_eq!(findings(&world.store).len(), found.len(), "one finding a hole");
    }
    assert_eq!(found.len(), Condition::ALL.len());
    fresh.abort();
}
