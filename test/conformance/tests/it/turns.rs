//! An answer's turns at the log: what was decided is held against what happened since, goes back a few times, and is then
//! decided under the lock. Whoever asked hears what is so in the end, and only of what never comes to rest that it changes.

use crate::gates::gate_over;
use conformance::{Hand, InProcess, Options, World};
use flows::Said;
use ledger::SettingScope;
use model::{Actor, ClassMask, Millis, PersonNo, Timestamp, limits};
use outbound::{Answering, Asked, Upstream};
use parking_lot::Mutex;
use sequence::Clock;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use store::{Store, SystemClock, Urgency};
use tokio::runtime::Handle;

/// Turns until what changed again is decided under the lock, that one included.
const TURNS: u32 = limits::PERMIT_TRIES_MAX + 1;

type Happening = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The system's clock and randomness, where something happens before the next are drawn by whoever is no appending thread: of
/// a request, that is when it was decided and before its turn.
#[derive(Default)]
struct Between {
    system: SystemClock,
    next: Mutex<Option<Happening>>,
}

impl Clock for Between {
    fn now(&self) -> Timestamp {
        self.system.now()
    }

    fn seed(&self) -> [u8; 32] {
        // The appending thread is no runtime's; it would wait for itself.
        if let Ok(runtime) = Handle::try_current() {
            let happening = self.next.lock().take();
            if let Some(happening) = happening {
                tokio::task::block_in_place(|| runtime.block_on(happening));
            }
        }
        self.system.seed()
    }

    fn is_trusted(&self) -> bool {
        self.system.is_trusted()
    }
}

/// Somebody who cannot decide, seen from their platform: they unblock apps whenever it is asked for something, and block them
/// again when the gate has decided on its answer; either so many times.
struct Wavering {
    inner: Arc<InProcess>,
    between: Arc<Between>,
    store: Store,
    person: PersonNo,
    unblocks: AtomicU32,
    blocks: AtomicU32,
    asked: AtomicU32,
}

fn one_more(left: &AtomicU32) -> bool {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

async fn set(store: Store, person: PersonNo, blocked: ClassMask) {
    let setting = move |state: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
        Ok::<_, ()>(flows::person::set(state, person, SettingScope::AllApps, blocked))
    };
    store.commit(Urgency::Ending, None, setting).await.unwrap().unwrap();
}

impl Upstream for Wavering {
    fn ask(&self, asked: Asked) -> Answering<'_> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if one_more(&self.unblocks) {
                set(self.store.clone(), self.person, ClassMask::NONE).await;
            }
            let content = self.inner.ask(asked).await;
            if one_more(&self.blocks) {
                let blocking = set(self.store.clone(), self.person, ClassMask::ALL);
                *self.between.next.lock() = Some(Box::pin(blocking));
            }
            content
        })
    }
}

/// What an app hears that asks for somebody's profile while they change their mind so many times, and how often their
/// platform was asked.
async fn asks_while_they_waver(unblocks: u32, blocks: u32) -> (u16, String, u32) {
    let between = Arc::new(Between::default());
    let clock = Some(Arc::clone(&between) as _);
    let world = World::start(Options { clock, ..Options::default() }).await;
    let app = world.app("Grouply").await;
    let person = world.admin(world.group(0));
    let (_, token) = world.grant(app, person, &[]).await;
    // What it says is known from now on: numbers are given to what is new, and drawn.
    let before = world.get("/v1/me", &token).await;
    assert!(before.status == 200 && before.text().contains("\"name\""), "{}", before.text());
    let wavering = Arc::new(Wavering {
        inner: Arc::clone(&world.upstream),
        between,
        store: world.store.clone(),
        person,
        unblocks: AtomicU32::new(unblocks),
        blocks: AtomicU32::new(blocks),
        asked: AtomicU32::new(0),
    });
    let origin = gate_over(&world, Arc::clone(&wavering) as _).await;
    let answer = world.client.get(format!("{origin}/v1/me")).bearer_auth(&token).send().await;
    let answer = answer.expect("the connection is not broken off");
    let (status, body) = (answer.status().as_u16(), answer.text().await.unwrap());
    (status, body, wavering.asked.load(Ordering::SeqCst))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_under_the_lock_and_given_back_is_answered_by_the_same_request() {
    let (status, body, asked) = asks_while_they_waver(TURNS + 1, TURNS).await;
    assert_eq!((status, asked), (200, TURNS + 1), "{body}");
    assert!(body.contains("\"name\""), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_under_the_lock_is_told_like_what_was_taken_before() {
    let (status, body, asked) = asks_while_they_waver(TURNS, TURNS).await;
    assert_eq!((status, asked), (404, TURNS + 1), "{body}");
    assert!(body.contains("/problems/not-found"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_of_what_never_comes_to_rest_is_told_that_it_changes() {
    let (status, body, asked) = asks_while_they_waver(u32::MAX, u32::MAX).await;
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("/problems/changing") && asked > TURNS, "{asked} {body}");
}

/// The platform, at whose door the end of an agreement comes.
struct Late {
    inner: Arc<InProcess>,
    clock: Hand,
    to: Timestamp,
    asked: AtomicU32,
}

impl Upstream for Late {
    fn ask(&self, asked: Asked) -> Answering<'_> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.clock.set(self.to);
        self.inner.ask(asked)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_by_time_while_the_platform_is_asked_is_told_in_the_next_turn() {
    let clock = Hand::default();
    let world =
        World::start(Options { clock: Some(Arc::new(clock.clone())), ..Options::default() }).await;
    let app = world.app("Grouply").await;
    let (_, token) = world.grant(app, world.admin(world.group(0)), &[]).await;
    assert_eq!(world.get("/v1/me", &token).await.status, 200);
    let (to, agreements, programs) = {
        let state = world.store.state();
        let programs = &state.catalog().unwrap().programs;
        let programs: Vec<String> = programs.iter().map(|one| one.name.clone()).collect();
        let agreements = state.app(app.no).unwrap().agreements.clone();
        (world.store.now().plus(Millis::minutes(1)), agreements, programs)
    };
    for agreement in agreements {
        let by = Said::by(Actor::Operator);
        let end = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            flows::staff::end_agreement(s, env, &by, agreement)
        };
        world.commit(end).await;
    }
    for program in &programs {
        world.agree(app.no, program, to).await;
    }
    assert_eq!(world.get("/v1/me", &token).await.status, 200);
    let inner = Arc::clone(&world.upstream);
    let late = Arc::new(Late { inner, clock, to, asked: AtomicU32::new(0) });
    let origin = gate_over(&world, Arc::clone(&late) as _).await;
    let before = world.store.head().unwrap().next();
    let answer = world.client.get(format!("{origin}/v1/me")).bearer_auth(&token).send().await;
    let answer = answer.expect("an answer");
    let (status, body) = (answer.status().as_u16(), answer.text().await.unwrap());
    assert_eq!(status, 403, "{body}");
    assert!(body.contains("agreement"), "{body}");
    assert_eq!(late.asked.load(Ordering::SeqCst), 2);
    assert!(world.store.head().unwrap().next().0 <= before.0 + 1, "one entry at the most");
}
