//! A store under a clock that does as it is told: two groups, two admins, a member, a partner with an app.

use consent::State;
use ledger::{
    AgreementMade, AppMade, Event, Fact, Facts, InstallationBacked, InstallationMade, PartnerMade,
    Why,
};
use model::{
    Actor, AgreementNo, AppNo, ClassMask, ContextKind, ContextNo, Env, InstallationNo, Millis,
    PartnerNo, PersonNo, ProgramNo, SourceNo, Timestamp,
};
use notices::Recipient;
use outbound::{Answering, Asked, Asking, Content, Upstream};
use sequence::{Clock, Commit, Lookup, Membership, NameOf, VaultWrite};
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{ExternalKind, Options, Store, Urgency};

pub const PARTNER: PartnerNo = PartnerNo(1);
pub const APP: AppNo = AppNo(1);
pub const BEGIN: u64 = 1_795_262_400_000;

/// A clock that stands until it is moved.
pub struct Hand {
    now: AtomicU64,
    seeds: AtomicU64,
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    fn seed(&self) -> [u8; 32] {
        let mut seed = [7; 32];
        seed[..8].copy_from_slice(&self.seeds.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        seed
    }

    fn is_trusted(&self) -> bool {
        true
    }
}

impl Hand {
    pub fn forward(&self, by: Millis) {
        self.now.fetch_add(by.0, Ordering::SeqCst);
    }
}

/// Knows the names of groups.
pub struct Groups;

impl Upstream for Groups {
    fn ask(&self, asked: Asked) -> Answering<'_> {
        let id = asked.path.trim_start_matches("/groups/").replace("%2D", "-");
        let body = format!(r#"{{"id": "{id}", "name": "Group {id}"}}"#);
        Box::pin(async move {
            let status = http::StatusCode::OK;
            Ok(Content { status, content_type: "application/json".to_owned(), body: body.into() })
        })
    }
}

pub struct World {
    pub store: Store,
    pub clock: Arc<Hand>,
    pub ada: PersonNo,
    pub ben: PersonNo,
    pub cleo: PersonNo,
    pub garden: ContextNo,
}

pub fn upstream() -> Asking {
    Arc::new(Groups)
}

pub fn open(directory: &Path, clock: &Arc<Hand>) -> Store {
    let clock = Arc::clone(clock);
    Store::open(directory, Options { reserve_bytes: 0, clock }).unwrap()
}

pub const fn why() -> Why {
    Why::by(Actor::Operator)
}

impl World {
    pub async fn new(directory: &Path) -> Self {
        let clock = Arc::new(Hand { now: AtomicU64::new(BEGIN), seeds: AtomicU64::new(0) });
        let store = open(directory, &clock);
        let people = store.assign(ExternalKind::Person, &["p-ada", "p-ben", "p-cleo"]).unwrap();
        let garden = store.assign(ExternalKind::Context, &["g-garden"]).unwrap()[0];
        let [ada, ben, cleo] = [people[0], people[1], people[2]].map(PersonNo);
        let world = Self { store, clock, ada, ben, cleo, garden: ContextNo(garden) };
        let garden = world.garden;
        let member =
            |person| VaultWrite::Member { person, context: garden, membership: Membership::Member };
        let name = |of, text: &str| VaultWrite::Name { of, text: text.to_owned() };
        let writes = vec![
            member(ada),
            member(ben),
            member(cleo),
            name(NameOf::Partner(PARTNER), "Blue Harbour Ltd"),
            name(NameOf::App(APP), "Meadow Planner"),
        ];
        let app = AppMade {
            app: APP,
            partner: PARTNER,
            public: false,
            redirects: Vec::new(),
            details: None,
            category: None,
            reviewed: None,
            why: why(),
        };
        let events = vec![
            Event::PartnerMade(PartnerMade { partner: PARTNER, details: None, why: why() }),
            Event::AppMade(app),
            facts(vec![
                Fact::Person(ada),
                Fact::Person(ben),
                Fact::Person(cleo),
                Fact::Context(garden, ContextKind::Group),
                Fact::Admin(ada, garden),
                Fact::Admin(ben, garden),
            ]),
        ];
        world.commit(events, writes).await;
        world
    }

    pub async fn commit(&self, events: Vec<Event>, writes: Vec<VaultWrite>) {
        let flow = move |_: &State, _: &dyn Lookup, _: &Env| -> Result<_, Infallible> {
            let commit = Commit::events(events.clone(), ());
            Ok(writes.iter().cloned().fold(commit, Commit::with))
        };
        self.store.commit(Urgency::Ordinary, None, flow).await.unwrap().unwrap();
    }

    pub async fn happen(&self, event: Event) {
        self.commit(vec![event], Vec::new()).await;
    }

    pub async fn enable(&self, backer: PersonNo) -> InstallationNo {
        let installation = self.store.state().next_installation();
        self.happen(Event::InstallationMade(InstallationMade {
            installation,
            app: APP,
            context: self.garden,
            classes: ClassMask(3),
            backer,
            why: Why::by(Actor::Person(backer)),
        }))
        .await;
        installation
    }

    pub async fn back(&self, installation: InstallationNo, backer: PersonNo) {
        self.happen(Event::InstallationBacked(InstallationBacked {
            installation,
            app: APP,
            backer,
            why: Why::by(Actor::Person(backer)),
        }))
        .await;
    }

    pub async fn leaves(&self, person: PersonNo) {
        self.happen(facts(vec![Fact::AdminGone(person, self.garden)])).await;
    }

    pub async fn agree(&self, days: u64) {
        let from = self.store.now();
        self.happen(Event::AgreementMade(AgreementMade {
            agreement: AgreementNo(1),
            app: APP,
            program: ProgramNo(1),
            classes: ClassMask(1),
            required: ClassMask(1),
            purposes: Vec::new(),
            from,
            until: from.plus(Millis::days(days)),
            retention: None,
            anonymise_by: None,
            terms: None,
            why: why(),
        }))
        .await;
    }

    /// Kinds of what somebody is told, oldest first.
    pub fn told(&self, to: Recipient) -> Vec<&'static str> {
        told(&self.store, to)
    }
}

pub fn told(store: &Store, to: Recipient) -> Vec<&'static str> {
    let mut kinds: Vec<_> =
        store.inbox(to, None, 1_000).unwrap().iter().map(|one| one.kind.word()).collect();
    kinds.reverse();
    kinds
}

pub fn facts(facts: Vec<Fact>) -> Event {
    Event::Facts(Facts { source: SourceNo(1), up_to: 1, facts })
}
