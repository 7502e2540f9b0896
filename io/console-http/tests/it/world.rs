//! A small platform: three people, two groups, one partner with two apps, two staff.

use crate::browser::Browser;
use axum::Router;
use bytes::Bytes;
use console_http::{Parts, router};
use edge::passwords;
use edge::session::Transport;
use flows::platform::{Batch, take_in};
use flows::{Said, account, staff};
use http::StatusCode;
use keyring::Keyring;
use ledger::Fact;
use model::{
    Actor, AppNo, ClassMask, ContextKind, ContextNo, Env, Millis, PersonNo, ProgramStatus,
    SourceNo, StaffNo, Timestamp,
};
use outbound::{Answering, Asked, Content, Upstream};
use sequence::{AccountOf, Clock, Commit};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{ExternalKind, Options, Store, SystemClock, Urgency};

pub const PASSWORD: &str = "correct horse";
/// Somebody who knows what browsers do with angle brackets.
pub const HOSTILE: &str = "<script>alert(1)</script>";
const CATALOG: &[u8] = include_bytes!("../../../platform/catalog.json");
pub const POLICY: &str =
    r#"{"policy": "groups-test", "title": "Groups for tests", "programs": {}}"#;

/// The system's clock and so many milliseconds more.
pub struct Ahead {
    system: SystemClock,
    ahead: AtomicU64,
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        Timestamp(self.system.now().0 + self.ahead.load(Ordering::SeqCst))
    }

    fn seed(&self) -> [u8; 32] {
        self.system.seed()
    }

    fn is_trusted(&self) -> bool {
        true
    }
}

pub struct World {
    pub store: Store,
    clock: Arc<Ahead>,
    pub router: Router,
    /// Admin of both groups.
    pub ada: PersonNo,
    /// Member of both groups, admin of the second.
    pub bob: PersonNo,
    /// Member of the first group only.
    pub cleo: PersonNo,
    pub garden: ContextNo,
    pub chess: ContextNo,
    pub app: AppNo,
    pub staff: StaffNo,
    _directory: tempfile::TempDir,
}

/// Never answers.
struct Nobody;

impl Upstream for Nobody {
    fn ask(&self, _: Asked) -> Answering<'_> {
        Box::pin(std::future::pending())
    }
}

/// Knows names and nothing else.
struct Names(BTreeMap<String, String>);

impl Upstream for Names {
    fn ask(&self, asked: Asked) -> Answering<'_> {
        let path = asked.path.split('?').next().unwrap_or_default().replace("%2D", "-");
        let found = self.0.get(&path).cloned();
        let content = Content {
            status: if found.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND },
            content_type: "application/json".to_owned(),
            body: Bytes::from(found.unwrap_or_default()),
        };
        Box::pin(async move { Ok(content) })
    }
}

fn names() -> Names {
    let garden = format!(r#"{{"group": {{"id": "g-1", "name": "Garden {HOSTILE}"}}}}"#);
    let chess = r#"{"group": {"id": "g-2", "name": "Chess"}}"#;
    let both = format!(r#"{{"items": [{garden}, {chess}]}}"#);
    let one = format!(r#"{{"items": [{garden}]}}"#);
    let person = |name: &str| format!(r#"{{"name": "{name}"}}"#);
    Names(BTreeMap::from([
        ("/people/p-1".to_owned(), person("Ada")),
        ("/people/p-2".to_owned(), person(HOSTILE)),
        ("/people/p-3".to_owned(), person("Cleo")),
        ("/people/p-1/groups".to_owned(), both.clone()),
        ("/people/p-2/groups".to_owned(), both),
        ("/people/p-3/groups".to_owned(), one),
    ]))
}

pub async fn run<R: Send + 'static>(
    store: &Store,
    flow: impl Fn(&consent::State, &Env) -> Commit<R> + Send + 'static,
) -> R {
    let flow = move |state: &consent::State, _: &dyn sequence::Lookup, env: &Env| {
        Ok::<_, std::convert::Infallible>(flow(state, env))
    };
    store.commit(Urgency::Ordinary, None, flow).await.unwrap().unwrap().reply
}

fn operator() -> Said {
    Said::by(Actor::Operator)
}

async fn platform(store: &Store) -> (Vec<PersonNo>, Vec<ContextNo>) {
    let people = store.assign(ExternalKind::Person, &["p-1", "p-2", "p-3"]).unwrap();
    let groups = store.assign(ExternalKind::Context, &["g-1", "g-2"]).unwrap();
    let people: Vec<PersonNo> = people.into_iter().map(PersonNo).collect();
    let groups: Vec<ContextNo> = groups.into_iter().map(ContextNo).collect();
    let facts = vec![
        Fact::Person(people[0]),
        Fact::Person(people[1]),
        Fact::Person(people[2]),
        Fact::Context(groups[0], ContextKind::Group),
        Fact::Context(groups[1], ContextKind::Group),
        Fact::Admin(people[0], groups[0]),
        Fact::Admin(people[0], groups[1]),
        Fact::Member(people[1], groups[0]),
        Fact::Admin(people[1], groups[1]),
        Fact::Member(people[2], groups[0]),
    ];
    let batch =
        Batch { source: SourceNo(1), first: 1, facts: facts.into_iter().map(Some).collect() };
    run(store, move |state, _| take_in(state, &batch).unwrap()).await;
    (people, groups)
}

async fn registry(store: &Store) -> AppNo {
    run(store, |state, env| staff::activate_catalog(state, env, &operator(), CATALOG).unwrap())
        .await;
    run(store, |state, env| {
        staff::activate_policy(state, env, &operator(), POLICY.as_bytes()).unwrap()
    })
    .await;
    run(store, |state, env| {
        let program = state.program_named("groups").unwrap();
        staff::set_program_status(state, env, &operator(), program, ProgramStatus::Live).unwrap()
    })
    .await;
    let partner = run(store, |state, env| {
        staff::make_partner(state, env, &operator(), "Blue & Sons <Ltd>").unwrap()
    })
    .await;
    let app = run(store, move |state, env| {
        let new = staff::NewApp {
            partner,
            name: format!("Planner {HOSTILE}"),
            public: true,
            redirects: vec!["https://planner.example/back".to_owned()],
            reviewed: model::ClassMask::ALL,
        };
        staff::make_app(state, env, &operator(), &new).unwrap()
    })
    .await;
    run(store, move |state, env| {
        let new = staff::NewAgreement {
            terms: staff::Terms::default(),
            app,
            program: state.program_named("groups").unwrap(),
            classes: mask(state, &["group.name", "post.content", "member.name", "member.picture"]),
            required: mask(state, &["group.name"]),
            purposes: vec![state.numbering().purposes["group-management"]],
            from: env.now,
            until: env.now.plus(Millis::days(90)),
        };
        staff::make_agreement(state, env, &operator(), &new).unwrap()
    })
    .await;
    app
}

pub fn mask(state: &consent::State, names: &[&str]) -> ClassMask {
    names.iter().map(|name| state.numbering().classes[*name]).collect()
}

fn parts(store: &Store, upstream: outbound::Asking) -> Parts {
    Parts {
        store: store.clone(),
        keyring: Arc::new(Keyring::ephemeral([7; 32])),
        upstream,
        issuer: oauth::resource::Issuer::parse("https://id.example").unwrap(),
        resource: oauth::resource::ResourceUri::parse("https://api.example/v1").unwrap(),
        transport: Transport::Https,
    }
}

impl World {
    pub async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(Ahead { system: SystemClock::default(), ahead: AtomicU64::new(0) });
        let options = Options { clock: clock.clone(), ..Options::default() };
        let store = Store::open(directory.path(), options).unwrap();
        let (people, groups) = platform(&store).await;
        let app = registry(&store).await;
        let staff = run(&store, |state, env| {
            staff::make_staff(state, env, &operator(), "Sam Staff", model::StaffRole::Admin)
                .unwrap()
        })
        .await;
        Self {
            router: router(parts(&store, Arc::new(names()))),
            store,
            clock,
            ada: people[0],
            bob: people[1],
            cleo: people[2],
            garden: groups[0],
            chess: groups[1],
            app,
            staff,
            _directory: directory,
        }
    }

    /// Lets time pass.
    pub fn pass(&self, time: Millis) {
        self.clock.ahead.fetch_add(time.0, Ordering::SeqCst);
    }

    /// One more agreement of the app about posts, in the same program, from so much later on.
    pub async fn agree(
        &self,
        after: Millis,
        required: &'static [&'static str],
        purpose: &'static str,
    ) {
        let app = self.app;
        run(&self.store, move |state, env| {
            let new = staff::NewAgreement {
                terms: staff::Terms::default(),
                app,
                program: state.program_named("groups").unwrap(),
                classes: mask(state, &["post.content"]),
                required: mask(state, required),
                purposes: vec![state.numbering().purposes[purpose]],
                from: env.now.plus(after),
                until: env.now.plus(Millis::days(90)),
            };
            staff::make_agreement(state, env, &operator(), &new).unwrap()
        })
        .await;
    }

    /// Suspends every app by a suspension of many. Its position.
    pub async fn suspend_with_others(&self) -> u64 {
        run(&self.store, |state, env| {
            let none = |_| None;
            let selection = staff::Selection::parse(state, ["partner:ptn_1"], none).unwrap();
            let (reason, severity) =
                (Some(model::EndingReason::Malware), Some(model::Severity::High));
            let said = Said { reason, severity, ..operator() };
            staff::suspend_alone(state, env, &staff::SuspensionWish { said, selection }).unwrap()
        })
        .await;
        let state = self.store.state();
        state.suspensions().last().unwrap().0.0
    }

    /// Gives somebody an account with [`PASSWORD`].
    pub async fn account(&self, of: AccountOf, login: &'static str) {
        let hashed = passwords::hash(PASSWORD.to_owned()).await.unwrap();
        run(&self.store, move |state, env| {
            account::set_password(state, env, of, login, &hashed).unwrap()
        })
        .await;
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A browser in which this person is signed in.
    pub async fn signed_in(&self, person: PersonNo, login: &'static str) -> Browser {
        self.sign_in(self.browser(), person, login).await
    }

    /// The same in front of a console whose platform does not answer.
    pub async fn without_platform(&self, person: PersonNo, login: &'static str) -> Browser {
        let browser = Browser::new(router(parts(&self.store, Arc::new(Nobody))));
        self.sign_in(browser, person, login).await
    }

    async fn sign_in(
        &self,
        mut browser: Browser,
        person: PersonNo,
        login: &'static str,
    ) -> Browser {
        self.account(AccountOf::Person(person), login).await;
        browser.get("/sign-in").await;
        let page = browser.submit("/sign-in", &[("login", login), ("password", PASSWORD)]).await;
        assert_eq!((page.status, page.location()), (303, "/"));
        browser
    }

    /// A browser in which staff is signed in.
    pub async fn staff_in(&self) -> Browser {
        self.sign_staff_in(self.staff, "sam").await
    }

    /// A browser in which a new staff member is signed in.
    pub async fn new_staff(&self, login: &'static str, role: model::StaffRole) -> Browser {
        let made = run(&self.store, move |state, env| {
            staff::make_staff(state, env, &operator(), login, role).unwrap()
        });
        self.sign_staff_in(made.await, login).await
    }

    async fn sign_staff_in(&self, staff: model::StaffNo, login: &'static str) -> Browser {
        self.account(AccountOf::Staff(staff), login).await;
        let mut browser = self.browser();
        browser.get("/staff/sign-in").await;
        let pairs = [("login", login), ("password", PASSWORD)];
        let page = browser.submit("/staff/sign-in", &pairs).await;
        assert_eq!((page.status, page.location()), (303, "/staff"));
        browser
    }

    /// The app enabled in the first group by Ada, with everything it may have.
    pub async fn enabled(&self) -> model::InstallationNo {
        let (ada, app, garden) = (self.ada, self.app, self.garden);
        run(&self.store, move |state, env| {
            let all = ClassMask::ALL;
            flows::admin::enable(state, env.now, ada, app, &[garden], all).unwrap()
        })
        .await[0]
    }
}
