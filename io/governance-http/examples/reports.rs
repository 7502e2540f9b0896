//! How long the reports of many apps take that are due together, and how long anybody else waits meanwhile.
//!
//! `cargo run -p governance-http --example reports -- 5000 1000000`: so many apps, each with an installation, and so many grants.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement ends where something is wrong, and prints what it found"
)]

use catalog::{Document, Numbering};
use consent::State;
use governance_http::Reporter;
use ledger::{
    AgreementMade, AppMade, Assigned, CatalogActivated, Event, Fact, Facts, GrantMade,
    InstallationMade, PartnerMade, PolicyActivated, ProgramStatusChanged, Why,
};
use model::{
    Actor, AgreementNo, AppNo, ClassMask, ContextKind, ContextNo, Env, GrantNo, InstallationNo,
    Millis, PartnerNo, PersonNo, ProgramNo, ProgramStatus, PurposeNo, SourceNo, Timestamp,
};
use sequence::{Clock, Commit, Lookup};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use store::{Options, Store, SystemClock, Urgency};

/// Grants that a person gave.
const GRANTS_EACH: u32 = 10;
const GROUPS: u32 = 1_000;
/// Members of a group.
const MEMBERS: u32 = 20;
/// Apps that are counted alone, for comparison.
const ALONE: u32 = 20;
/// Events of a commit.
const EVENTS: usize = 1_000;

/// A clock that is moved.
#[derive(Clone)]
struct Hand(Arc<AtomicU64>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn seed(&self) -> [u8; 32] {
        SystemClock::default().seed()
    }

    fn is_trusted(&self) -> bool {
        true
    }
}

const fn why() -> Why {
    Why::by(Actor::Operator)
}

fn assigned<N: Copy>(names: &BTreeMap<String, N>, number: impl Fn(N) -> u32) -> Vec<Assigned> {
    names.iter().map(|(name, no)| Assigned { name: name.clone(), number: number(*no) }).collect()
}

async fn happen(store: &Store, mut events: impl Iterator<Item = Event> + Send) {
    loop {
        let some: Vec<Event> = events.by_ref().take(EVENTS).collect();
        if some.is_empty() {
            return;
        }
        let flow = move |_: &State, _: &dyn Lookup, _: &Env| -> Result<_, Infallible> {
            Ok(Commit::events(some.clone(), ()))
        };
        store.commit(Urgency::Ordinary, None, flow).await.unwrap().unwrap();
    }
}

/// What apps have agreements for.
struct Terms {
    program: ProgramNo,
    classes: ClassMask,
    purposes: Vec<PurposeNo>,
}

async fn rules(store: &Store) -> Terms {
    let document = Document::parse(include_bytes!("../../platform/catalog.json")).unwrap();
    let new = document.new_names(&Numbering::default()).unwrap();
    let catalog = Event::CatalogActivated(CatalogActivated {
        document: document.canonical(),
        classes: assigned(&new.classes, |no| no.number().into()),
        operations: assigned(&new.operations, |no| no.0.into()),
        purposes: assigned(&new.purposes, |no| no.0.into()),
        programs: assigned(&new.programs, |no| no.0.into()),
        why: why(),
        keeps: None,
    });
    let policy = br#"{"policy": "p", "title": "P", "programs": {}}"#;
    let document = consent::Policy::parse(policy).unwrap().canonical();
    let program = new.programs["groups"];
    let live = Event::ProgramStatusChanged(ProgramStatusChanged {
        program,
        status: ProgramStatus::Live,
        why: why(),
        until: None,
        cap: None,
    });
    let policy = Event::PolicyActivated(PolicyActivated { document, why: why() });
    happen(store, [catalog, policy, live].into_iter()).await;
    let (classes, purposes) = (new.classes.values().copied().collect(), new.purposes);
    Terms { program, classes, purposes: purposes.into_values().collect() }
}

fn app(no: u32, terms: &Terms) -> [Event; 2] {
    let made = Event::AppMade(AppMade {
        app: AppNo(no),
        partner: PartnerNo(1),
        public: false,
        redirects: Vec::new(),
        why: why(),
        details: None,
        category: None,
        reviewed: None,
    });
    let agreed = Event::AgreementMade(AgreementMade {
        agreement: AgreementNo(no),
        app: AppNo(no),
        program: terms.program,
        classes: terms.classes,
        required: ClassMask::NONE,
        purposes: terms.purposes.clone(),
        from: Timestamp(0),
        until: Timestamp::NEVER,
        why: why(),
        retention: None,
        anonymise_by: None,
        terms: None,
    });
    [made, agreed]
}

fn grant(no: u32, apps: u32, classes: ClassMask) -> Event {
    let person = no / GRANTS_EACH;
    Event::GrantMade(GrantMade {
        grant: GrantNo(no),
        // Ten apps in a row: a person gives an app one grant.
        app: AppNo(1 + (person.wrapping_mul(2_654_435_761) % apps + no % GRANTS_EACH) % apps),
        person: PersonNo(person),
        classes,
        contexts: vec![ContextNo(person % GROUPS)],
        expires_at: Timestamp::NEVER,
        ends: None,
        once: None,
        purposes: None,
        why: why(),
    })
}

async fn fill(store: &Store, apps: u32, grants: u32) {
    let terms = rules(store).await;
    let partner =
        Event::PartnerMade(PartnerMade { partner: PartnerNo(1), why: why(), details: None });
    happen(store, std::iter::once(partner)).await;
    happen(store, (1..=apps).flat_map(|no| app(no, &terms))).await;
    let people = (0..grants.div_ceil(GRANTS_EACH)).map(|no| Fact::Person(PersonNo(no)));
    let groups = (0..GROUPS).flat_map(|no| {
        let context = ContextNo(no);
        let members = (1..MEMBERS).map(move |n| Fact::Member(PersonNo(no + n * GROUPS), context));
        [Fact::Context(context, ContextKind::Group), Fact::Admin(PersonNo(no), context)]
            .into_iter()
            .chain(members)
    });
    let facts: Vec<Fact> = people.chain(groups).collect();
    let told = facts.chunks(10_000).zip(1u64..).map(|(some, up_to)| {
        Event::Facts(Facts { source: SourceNo(0), up_to, facts: some.to_vec() })
    });
    for one in told.collect::<Vec<_>>() {
        happen(store, std::iter::once(one)).await;
    }
    let enabled = (0..apps).map(|no| {
        Event::InstallationMade(InstallationMade {
            installation: InstallationNo(no),
            app: AppNo(no + 1),
            context: ContextNo(no % GROUPS),
            classes: terms.classes,
            backer: PersonNo(no % GROUPS),
            why: why(),
        })
    });
    happen(store, enabled).await;
    happen(store, (0..grants).map(|no| grant(no, apps, terms.classes))).await;
}

/// Changes nothing again and again: an ending waits as long as these; the median, and the longest.
async fn knock(store: Store, stop: Arc<AtomicBool>) -> (Duration, Duration) {
    let mut took = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let began = Instant::now();
        let nothing = |_: &State, _: &dyn Lookup, _: &Env| Ok::<_, Infallible>(Commit::nothing(()));
        store.commit(Urgency::Ending, None, nothing).await.unwrap().unwrap();
        took.push(began.elapsed());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    took.sort_unstable();
    (took[took.len() / 2], took[took.len() - 1])
}

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let mut given = std::env::args().skip(1).map(|text| text.parse::<u32>().unwrap());
    let (apps, grants) = (given.next().unwrap_or(5_000), given.next().unwrap_or(1_000_000));
    let directory = tempfile::tempdir().unwrap();
    let clock = Hand(Arc::new(AtomicU64::new(SystemClock::default().now().0)));
    let options = Options { reserve_bytes: 0, clock: Arc::new(clock.clone()) };
    let store = Store::open(directory.path(), options).unwrap();
    let began = Instant::now();
    fill(&store, apps, grants).await;
    while store.is_counted().is_err() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("{apps} apps and {grants} grants are there after {:.1?}", began.elapsed());
    let (alone, began) = (store.clone(), Instant::now());
    tokio::task::spawn_blocking(move || {
        for no in 1..=ALONE {
            alone.holdings(AppNo(no), |_, _| {}).unwrap().unwrap();
        }
    })
    .await
    .unwrap();
    let each = began.elapsed() / ALONE;
    println!("counted alone: {each:.1?} an app, {:.1?} for all", each * apps);
    clock.0.fetch_add(Millis::days(90).0, Ordering::SeqCst);
    beside(&store, "nothing", async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        0
    })
    .await;
    let reporter = Reporter::new(store.clone());
    beside(&store, "together", async { reporter.round().await.unwrap() }).await;
}

/// Says how many reports something made, how long it took, and how long an ending waited beside it.
async fn beside(store: &Store, what: &str, doing: impl Future<Output = usize>) {
    let stop = Arc::<AtomicBool>::default();
    let knocking = tokio::spawn(knock(store.clone(), Arc::clone(&stop)));
    let began = Instant::now();
    let issued = doing.await;
    let took = began.elapsed();
    stop.store(true, Ordering::Relaxed);
    let (median, longest) = knocking.await.unwrap();
    println!(
        "{what}: {issued} reports in {took:.1?}; an ending waited {median:.1?}, {longest:.0?} at most"
    );
}
