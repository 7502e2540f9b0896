//! The prober finds a condition that is not asked any more, and that one alone; where none is missing it finds nothing.

use conformance::{Options, Surfaces, World};
use flows::Said;
use flows::staff::{Announcement, Selection, SuspensionWish};
use ledger::{Event, Payload};
use model::{
    Actor, Condition, ContextNo, EndingReason, Millis, Position, ProgramStatus, Timestamp,
};
use parking_lot::Mutex;
use platform::{FactsOutcome, GroupId, NewGroup, NewPerson, Outcome, PersonId, Platform};
use prober::{Ground, Parts, Place, Prober, Round, Step};
use sequence::Clock;
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
    memory: Mutex<Option<String>>,
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
        Self { platform, group, deputy, place, memory: Mutex::default() }
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

    fn kept(&self) -> Option<String> {
        self.memory.lock().clone()
    }

    fn keep(&self, text: &str) -> Result<(), String> {
        *self.memory.lock() = Some(text.to_owned());
        Ok(())
    }
}

/// Apps and notes of the findings so far, newest first.
fn findings(store: &Store) -> Vec<String> {
    let found = store.latest_of_kind(FINDING_RAISED, Position(u64::MAX), 100).unwrap();
    let note = |stored: &store::StoredEntry| match stored.read_payload().unwrap() {
        Some(Payload::Control(Event::FindingRaised(event))) => {
            let note = store.note(&event.why.note.unwrap()).unwrap().unwrap();
            format!("{}: {note}", event.finding)
        }
        other => panic!("not a finding: {other:?}"),
    };
    found.iter().map(note).collect()
}

/// A world with a prober in it, its clock, and what keeps the platform's facts fresh.
struct Scene {
    world: World,
    ground: Arc<Stage>,
    prober: Prober,
    clock: Arc<Ahead>,
    fresh: tokio::task::JoinHandle<()>,
}

impl Scene {
    async fn set() -> Self {
        let clock =
            Arc::new(Ahead { system: store::Options::default().clock, by: AtomicU64::new(0) });
        let world = World::start(Options {
            policy: POLICY,
            clock: Some(Arc::clone(&clock) as _),
            surfaces: Surfaces::GateAndPages,
            ..Options::default()
        })
        .await;
        let store = world.store.clone();
        // The platform's own clock does not go ahead: what it tells is as fresh as in a world whose clock does not either.
        let fresh = tokio::spawn(async move {
            loop {
                store.mark_facts(store.now());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let ground = Arc::new(Stage::set(&world).await);
        let prober = prober_at(&world, &ground, world.origin.clone());
        Self { world, ground, prober, clock, fresh }
    }

    async fn round(&self) -> Round {
        self.prober.round().await.unwrap()
    }

    /// Plants a hole: the next round finds that one alone, and enters one more finding.
    async fn finds(&self, condition: Condition) {
        let before = findings(&self.world.store).len();
        self.world.store.plant_hole(condition);
        let round = self.round().await;
        assert_eq!(round.passed, [condition], "untried: {:?}", round.untried);
        assert_eq!(round.silence, None, "{:?}", round.untried);
        self.world.store.fill_holes();
        let found = findings(&self.world.store);
        let newest = found.first().cloned().unwrap();
        let word = format!("probe-passed: the probe for `{condition}`");
        assert!(newest.starts_with(&word), "{newest}");
        assert_eq!(found.len(), before + 1, "one finding a hole");
    }

    fn stop(self) {
        self.fresh.abort();
    }
}

fn prober_at(world: &World, ground: &Arc<Stage>, origin: String) -> Prober {
    Prober::new(Parts {
        store: world.store.clone(),
        keyring: Arc::clone(&world.keyring),
        origin,
        ground: Arc::clone(ground) as _,
    })
    .unwrap()
}

fn untried(round: &Round) -> Vec<Condition> {
    round.untried.iter().map(|one| one.condition).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_prober_finds_each_planted_hole_within_one_round_and_else_none() {
    let scene = Scene::set().await;
    let world = &scene.world;

    // What only time or staff can bring about is not tried, and said to be so.
    let round = scene.round().await;
    let waits = [
        Condition::ProgramClosed,
        Condition::Idle,
        Condition::Version,
        Condition::Unused,
        Condition::TokenExpiry,
    ];
    assert_eq!(untried(&round), waits, "{:?}", round.untried);
    assert_eq!(round.passed, [], "nothing got through");
    assert_eq!(round.silence, None, "the state says why");

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
    scene.clock.by.store(Millis::days(100).0, Ordering::SeqCst);
    world.store.mark_facts(world.store.now());

    let round = scene.round().await;
    assert_eq!(round.untried, [], "everything has come to an end");
    assert_eq!(round.tried.len(), Condition::ALL.len());
    assert_eq!(round.passed, [], "nothing got through");
    assert_eq!(findings(&world.store), Vec::<String>::new());

    // Reading what was left unused is using it: that hole comes last.
    let (last, others): (Vec<_>, Vec<_>) =
        Condition::ALL.iter().partition(|one| **one == Condition::Unused);
    for condition in others.into_iter().chain(last).copied() {
        scene.finds(condition).await;
    }
    assert_eq!(findings(&world.store).len(), Condition::ALL.len());
    scene.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_program_that_shows_members_does_not_silence_the_prober() {
    let scene = Scene::set().await;
    let world = &scene.world;
    let before = scene.round().await;
    assert_eq!(before.passed, []);
    assert!(!before.tried.contains(&Condition::ProgramClosed), "nothing is closed yet");

    world.set_program("groups", ProgramStatus::Closed).await;
    let round = scene.round().await;
    let none_left = [
        Condition::OptIn,
        Condition::Lapsed,
        Condition::Certification,
        Condition::Idle,
        Condition::Version,
        Condition::Unused,
        Condition::TokenExpiry,
    ];
    assert_eq!(untried(&round), none_left, "{:?}", round.untried);
    assert!(round.tried.contains(&Condition::ProgramClosed));
    assert_eq!((round.passed, round.silence), (Vec::new(), None));
    for condition in [
        Condition::ProgramClosed,
        Condition::GrantEnded,
        Condition::GrantExpiry,
        Condition::Suspended,
        Condition::Setting,
        Condition::CutOff,
        Condition::Agreement,
        Condition::Review,
        Condition::Credential,
    ] {
        scene.finds(condition).await;
    }

    // Nothing is left that a chain could be seen to work in: what worked before is tried still, after a start too.
    world.set_program("login", ProgramStatus::Closed).await;
    let apps = world.store.state().apps().count();
    let again = prober_at(world, &scene.ground, world.origin.clone());
    let round = again.round().await.unwrap();
    assert_eq!(round.tried, [Condition::ProgramClosed], "{:?}", round.untried);
    assert_eq!((round.passed, round.silence), (Vec::new(), None));
    assert_eq!(world.store.state().apps().count(), apps, "the prober knows its apps again");
    scene.finds(Condition::ProgramClosed).await;
    scene.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_takes_nothing_new_is_probed_further() {
    let scene = Scene::set().await;
    let before = scene.round().await;
    scene.world.set_program("groups", ProgramStatus::Restricted).await;
    scene.clock.by.store(Millis::days(8).0, Ordering::SeqCst);
    scene.world.store.mark_facts(scene.world.store.now());
    let round = scene.round().await;
    let missing: Vec<_> = before.tried.iter().filter(|one| !round.tried.contains(one)).collect();
    assert_eq!(missing, Vec::<&Condition>::new(), "{:?}", round.untried);
    assert_eq!((round.passed, round.silence), (Vec::new(), None));
    scene.finds(Condition::Lapsed).await;
    scene.finds(Condition::OptIn).await;
    scene.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_of_every_app_does_not_blind_the_prober() {
    let scene = Scene::set().await;
    let world = &scene.world;
    let before = scene.round().await;
    let said = Said { note: Some("all of them".to_owned()), ..Said::by(Actor::Operator) };
    let severity = Some(model::Severity::High);
    let said = Said { reason: Some(EndingReason::Incident), severity, ..said };
    world
        .commit(move |state, _, env| {
            let selection = Selection::parse(state, ["status:active"], |_| None)?;
            let wish = SuspensionWish { said: said.clone(), selection };
            flows::staff::suspend_alone(state, env, &wish)
        })
        .await;
    let round = scene.round().await;
    assert_eq!(round.tried, before.tried, "{:?}", round.untried);
    assert_eq!((round.passed, round.silence), (Vec::new(), None));
    scene.finds(Condition::OptIn).await;
    scene.finds(Condition::Suspended).await;
    scene.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prober_that_tries_nothing_is_a_finding_once() {
    let scene = Scene::set().await;
    // Nobody listens there.
    let lost = prober_at(&scene.world, &scene.ground, "http://127.0.0.1:9".to_owned());
    let round = lost.round().await.unwrap();
    assert_eq!((round.tried.len(), untried(&round).len()), (0, Condition::ALL.len()));
    let why = "the prober tried nothing: its round shows nothing";
    assert_eq!(round.silence.as_deref(), Some(why));
    assert_eq!(findings(&scene.world.store), [format!("probe-silent: {why}")]);
    assert_eq!(lost.round().await.unwrap().silence, None);
    assert_eq!(findings(&scene.world.store).len(), 1, "it is said once");
    scene.stop();
}

/// A front that lets through what the gate refuses at the token endpoint.
async fn leaky(origin: String) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let front = format!("http://{}", listener.local_addr().unwrap());
    let client = reqwest::Client::new();
    let router = axum::Router::new().fallback(move |request: axum::extract::Request| {
        let (client, origin) = (client.clone(), origin.clone());
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
            let url = format!("{origin}{}", parts.uri.path_and_query().unwrap());
            let mut asked = client.request(parts.method, url).body(body);
            for name in ["authorization", "content-type", "bailment-version"] {
                if let Some(value) = parts.headers.get(name) {
                    asked = asked.header(name, value);
                }
            }
            let answer = asked.send().await.unwrap();
            let (status, bytes) = (answer.status(), answer.bytes());
            if parts.uri.path() == "/oauth/token" && !status.is_success() {
                return (status_ok(), bytes::Bytes::from_static(b"{\"access_token\": \"x\"}"));
            }
            (status, bytes.await.unwrap())
        }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    front
}

const fn status_ok() -> http::StatusCode {
    http::StatusCode::OK
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_endpoint_that_gives_what_it_must_not_is_found() {
    let scene = Scene::set().await;
    let front = leaky(scene.world.origin.clone()).await;
    let round = prober_at(&scene.world, &scene.ground, front).round().await.unwrap();
    let found = [
        Condition::GrantExpiry,
        Condition::GrantEnded,
        Condition::Suspended,
        Condition::Lapsed,
        Condition::Agreement,
        Condition::Credential,
    ];
    assert_eq!(round.passed, found, "untried: {:?}", round.untried);
    scene.stop();
}
