//! What ends by itself: one world in which all of it stands, whose clock is moved across each end. A millisecond before, it is
//! there; at the instant it is gone. No job runs, and none has to.

use crate::gates::gate_over;
use conformance::{App, Hand, InProcess, Options, World};
use flows::Said;
use flows::staff::{Announcement, NewCertification, NewException, Stage as ProgramStage};
use ledger::{ClassEnd, Event, GrantMade, Why};
use model::{
    Actor, ApiVersion, Chain, ClassMask, GrantNo, Millis, PersonNo, Reason, Timestamp, limits,
};
use outbound::{Answering, Asked, Upstream};
use reqwest::RequestBuilder;
use sequence::Commit;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Expiry {
    Link,
    Token,
    Facts,
    Experiment,
    Exception,
    Version,
    Certification,
    Agreement,
    ClassOfGrant,
    Unused,
    Grant,
    /// A grant again, whose instant comes while the platform is asked.
    Crossed,
    Idle,
}

/// What time alone can bring about, of all reasons that there are: a new one has to say here what ends it.
const fn brought_by_time(reason: Reason) -> &'static [Expiry] {
    match reason {
        Reason::Program => &[Expiry::Experiment, Expiry::Exception],
        Reason::Version => &[Expiry::Version],
        Reason::Agreement => &[Expiry::Agreement],
        Reason::Certification => &[Expiry::Certification],
        Reason::Grant => &[Expiry::Grant, Expiry::Crossed],
        Reason::GrantClassEnded => &[Expiry::ClassOfGrant],
        Reason::Idle => &[Expiry::Idle],
        Reason::Unused => &[Expiry::Unused],
        Reason::FactsStale => &[Expiry::Facts],
        // Each of these takes that somebody does something.
        Reason::Partner
        | Reason::App
        | Reason::CutOff
        | Reason::UnknownClass
        | Reason::Installation
        | Reason::InstallationClass
        | Reason::GrantClass
        | Reason::GrantContext
        | Reason::GrantPurpose
        | Reason::Review
        | Reason::Unpublished
        | Reason::NoContext
        | Reason::TooFew
        | Reason::NotSelf
        | Reason::NotParticipant
        | Reason::Unresolvable
        | Reason::UnknownPerson
        | Reason::Erased
        | Reason::SettingAllApps
        | Reason::SettingContext
        | Reason::SettingApp
        | Reason::NoOptIn
        | Reason::NotFriend
        | Reason::NotTester
        | Reason::NotInExperiment
        | Reason::SettingFriends
        | Reason::SettingBeyond => &[],
    }
}

/// All of it: what reasons tell, and what is dead before anything is decided.
fn all() -> BTreeSet<Expiry> {
    let sealed = [Expiry::Link, Expiry::Token];
    Reason::ALL.iter().flat_map(|reason| brought_by_time(*reason)).copied().chain(sealed).collect()
}

impl Expiry {
    /// Its instant, from the beginning on; no two are alike.
    const fn after(self) -> Millis {
        match self {
            Self::Link => limits::MEDIA_LINK_LIFETIME,
            Self::Token => Millis(limits::ACCESS_TOKEN_LIFETIME.0 + 60_000),
            // As old as they may be, facts are still believed.
            Self::Facts => Millis(Millis::days(2).0 + limits::FACT_AGE_MAX.0 + 1),
            Self::Experiment => Millis::days(5),
            Self::Exception => Millis::days(6),
            Self::Version => Millis::days(7),
            Self::Certification => Millis::days(8),
            Self::Agreement => Millis::days(9),
            Self::ClassOfGrant => Millis::days(20),
            Self::Unused => Millis::days(28),
            Self::Grant => Millis::days(30),
            Self::Crossed => Millis::days(31),
            Self::Idle => Millis::days(90),
        }
    }
}

/// Names by opt-in, how many members by a statement, descriptions for who uses them, and grants for whom they serve.
const POLICY: &str = r#"{"policy": "time", "title": "Time", "programs": {"groups": {"classes": {
    "group.member_count": ["installation", "certification"]}}},
    "expiry": {"idle_days": 90, "classes": {"group.description": {"unused_days": 28}}}}"#;

/// The built-in catalog of a later version, whose lists of members and of one's groups have programs of their own.
fn later() -> String {
    let mut document: Value = serde_json::from_str(platform::CATALOG_JSON).unwrap();
    document["info"]["version"] = "2027-01-01".into();
    for (path, program) in [("/me/groups", "trial"), ("/groups/{id}/members", "closing")] {
        document["x-programs"][program] = json!({ "title": program });
        document["paths"][path]["get"]["x-program"] = program.into();
    }
    document.to_string()
}

fn said() -> Said {
    Said::by(Actor::Operator)
}

/// The world, and all that will end in it.
struct Stage {
    world: World,
    clock: Hand,
    begun: Timestamp,
    /// The app that has everything, in the first group.
    app: App,
    installation: Chain,
    old_version: ApiVersion,
    /// Its agreement ends early.
    agreed: (App, Chain),
    /// Two that never used anything: asking one would be a use.
    unused: [(App, Chain); 2],
    link: String,
    token: String,
    class_of_grant: GrantNo,
    grant: GrantNo,
    crossed: GrantNo,
    idle: GrantNo,
}

impl Stage {
    async fn set() -> Self {
        let clock = Hand::default();
        let options =
            Options { policy: POLICY, clock: Some(Arc::new(clock.clone())), ..Options::default() };
        let world = World::start(options).await;
        let begun = world.store.now();
        let app = world.app("Grouply").await;
        let old_version = Self::programs(&world, app, begun).await;
        let group = world.group(0);
        let place = Chain::Installation(world.install(app, group).await);
        let Chain::Installation(number) = place else { unreachable!() };
        let person = world.admin(group);
        world.opt_in(person, number).await;
        Self::certify(&world, app, begun.plus(Expiry::Certification.after())).await;
        let agreed = Self::second(&world, "Briefly", Some(begun)).await;
        let unused =
            [Self::second(&world, "Idler", None).await, Self::second(&world, "Loafer", None).await];
        let grant = |end, ends| Self::grant(&world, app, person, end, ends);
        let email = vec![ClassEnd {
            classes: Self::class(&world, "profile.email"),
            until: begun.plus(Expiry::ClassOfGrant.after()),
        }];
        let far = begun.plus(Millis::days(365));
        let class_of_grant = grant(far, Some(email)).await;
        let early = grant(begun.plus(Expiry::Grant.after()), None).await;
        let crossed = grant(begun.plus(Expiry::Crossed.after()), None).await;
        let idle = grant(far, None).await;
        let path = format!("/v1/groups/{}/posts?limit=100", world.group_name(app, group));
        world.store.mark_facts(begun);
        let page = world.get(&path, &world.seal(app, place)).await.text();
        let link = page.split('"').find(|text| text.contains("/v1/media/")).expect("a link");
        let link = link.to_owned();
        clock.set(begun.plus(Millis::minutes(1)));
        let token = world.seal(app, place);
        Self {
            installation: place,
            class_of_grant,
            grant: early,
            world,
            clock,
            begun,
            app,
            old_version,
            agreed,
            unused,
            link,
            token,
            crossed,
            idle,
        }
    }

    /// An old version that ends, an experiment, and a program that is closed but for one app.
    async fn programs(world: &World, app: App, begun: Timestamp) -> ApiVersion {
        let old = world.store.state().catalog().unwrap().version;
        let (text, sunset) = (later(), begun.plus(Expiry::Version.after()));
        let activate = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            flows::staff::activate_catalog_beside(s, env, &said(), text.as_bytes(), &[old])
        };
        world.commit(activate).await;
        let announce = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            flows::staff::announce_version(s, env, &said(), old, Announcement::Ends(sunset))
        };
        world.commit(announce).await;
        let until = begun.plus(Expiry::Exception.after());
        let exception = NewException { app: app.no, until, reason: "an export".to_owned() };
        let until = begun.plus(Expiry::Experiment.after());
        for (name, stage) in [
            ("trial", ProgramStage::Experiment { until, cap: None }),
            ("closing", ProgramStage::Closed { exceptions: vec![exception] }),
        ] {
            let program = world.store.state().program_named(name).unwrap();
            let step = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
                flows::staff::move_program(s, env, &said(), program, &stage)
            };
            world.commit(step).await;
            world.agree(app.no, name, begun.plus(Millis::days(365))).await;
        }
        old
    }

    async fn certify(world: &World, app: App, until: Timestamp) {
        let classes = Self::class(world, "group.member_count");
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            let purposes = &s.catalog().unwrap().purposes;
            let purpose =
                purposes.iter().find(|one| one.name == "group-management").unwrap().number;
            let new = NewCertification { app: app.no, classes, purpose, from: env.now, until };
            flows::staff::certify(s, env, &said(), &new)
        };
        world.commit(flow).await;
    }

    /// Another app in the first group; with a beginning, its agreement ends early.
    async fn second(world: &World, name: &str, begun: Option<Timestamp>) -> (App, Chain) {
        let app = world.app(name).await;
        let place = Chain::Installation(world.install(app, world.group(0)).await);
        if let Some(begun) = begun {
            let agreements = world.store.state().app(app.no).unwrap().agreements.clone();
            for agreement in agreements {
                let flow = move |s: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
                    flows::staff::end_agreement(s, env, &said(), agreement)
                };
                world.commit(flow).await;
            }
            world.agree(app.no, "groups", begun.plus(Expiry::Agreement.after())).await;
        }
        (app, place)
    }

    async fn grant(
        world: &World,
        app: App,
        person: PersonNo,
        expires_at: Timestamp,
        ends: Option<Vec<ClassEnd>>,
    ) -> GrantNo {
        let contexts = vec![world.context(world.group(0))];
        let flow = move |s: &consent::State, _: &dyn sequence::Lookup, _: &model::Env| {
            let (grant, contexts, ends) = (s.next_grant(), contexts.clone(), ends.clone());
            let (classes, why) = (ClassMask::ALL, Why::by(Actor::Person(person)));
            let (app, once, purposes) = (app.no, None, None);
            let made = GrantMade {
                grant,
                app,
                person,
                classes,
                contexts,
                expires_at,
                why,
                ends,
                once,
                purposes,
            };
            Ok::<_, ()>(Commit::event(Event::GrantMade(made), grant))
        };
        world.commit(flow).await.reply
    }

    fn class(world: &World, name: &str) -> ClassMask {
        let state = world.store.state();
        let mut classes = state.catalog().unwrap().classes.iter();
        ClassMask::of(classes.find(|class| class.name == name).unwrap().number)
    }

    fn instant(&self, expiry: Expiry) -> Timestamp {
        self.begun.plus(expiry.after())
    }

    /// Moves the clock; what the platform told is fresh, but for the case in which that is what ends.
    fn at(&self, now: Timestamp, expiry: Expiry) {
        self.clock.set(now);
        let told = match expiry {
            Expiry::Facts => self.begun.plus(Millis::days(2)),
            _ => now,
        };
        self.world.store.mark_facts(told);
    }

    fn of_group(&self, (app, chain): (App, Chain), rest: &str) -> RequestBuilder {
        let id = self.world.group_name(app, self.world.group(0));
        self.ask(&format!("/v1/groups/{id}{rest}"), &self.world.seal(app, chain))
    }

    fn of_person(&self, path: &str, grant: GrantNo) -> RequestBuilder {
        self.ask(path, &self.world.seal(self.app, Chain::Grant(grant)))
    }

    fn ask(&self, path: &str, token: &str) -> RequestBuilder {
        self.world.client.get(format!("{}{path}", self.world.origin)).bearer_auth(token)
    }

    /// Whether what will end is there, as a partner sees it. `turn` is how often it was asked before.
    async fn is_there(&self, expiry: Expiry, turn: usize) -> bool {
        let own = (self.app, self.installation);
        let (request, shown) = match expiry {
            Expiry::Link => (self.world.client.get(&self.link), ""),
            Expiry::Token => {
                let id = self.world.group_name(self.app, self.world.group(0));
                (self.ask(&format!("/v1/groups/{id}"), &self.token), "/name")
            }
            Expiry::Facts => (self.of_group(own, ""), "/name"),
            Expiry::Experiment => (self.of_person("/v1/me/groups", self.idle), "/items/0/role"),
            Expiry::Exception => (self.of_group(own, "/members"), "/items/0/person/name"),
            Expiry::Version => {
                let request = self.of_group(own, "");
                (request.header("Bailment-Version", self.old_version.to_string()), "/name")
            }
            Expiry::Certification => (self.of_group(own, ""), "/member_count"),
            Expiry::Agreement => (self.of_group(self.agreed, ""), "/name"),
            Expiry::ClassOfGrant => (self.of_person("/v1/me", self.class_of_grant), "/emails"),
            Expiry::Unused => (self.of_group(self.unused[turn], ""), "/description"),
            Expiry::Grant => (self.of_person("/v1/me", self.grant), "/name"),
            Expiry::Crossed => (self.of_person("/v1/me", self.crossed), "/name"),
            Expiry::Idle => (self.of_person("/v1/me", self.idle), "/name"),
        };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        assert!(status < 500 || (expiry == Expiry::Facts && status == 503), "{expiry:?}: {status}");
        let body = response.bytes().await.unwrap();
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        status == 200 && (shown.is_empty() || json.pointer(shown).is_some())
    }
}

/// The platform, at whose door an instant comes.
struct Late {
    platform: Arc<InProcess>,
    clock: Hand,
    to: Timestamp,
}

impl Upstream for Late {
    fn ask(&self, asked: Asked) -> Answering<'_> {
        self.clock.set(self.to);
        self.platform.ask(asked)
    }
}

/// A request that began a millisecond before the instant and is answered at it.
async fn crosses(stage: &Stage) {
    let at = stage.instant(Expiry::Crossed);
    let late =
        Late { platform: Arc::clone(&stage.world.upstream), clock: stage.clock.clone(), to: at };
    let origin = gate_over(&stage.world, Arc::new(late)).await;
    let token = stage.world.seal(stage.app, Chain::Grant(stage.crossed));
    let request = stage.world.client.get(format!("{origin}/v1/me")).bearer_auth(token);
    let response = request.send().await.unwrap();
    assert_eq!(stage.world.store.now(), at, "the instant came while the platform was asked");
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    assert_eq!(status, 401, "{text}: what was decided before it does not leave behind it");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_ends_by_itself_ends_at_its_instant_and_no_job_runs() {
    let stage = Stage::set().await;
    let mut all: Vec<Expiry> = all().into_iter().collect();
    all.sort_unstable_by_key(|expiry| expiry.after());
    for expiry in all {
        let at = stage.instant(expiry);
        stage.at(Timestamp(at.0 - 1), expiry);
        assert!(stage.is_there(expiry, 0).await, "{expiry:?}: gone before its time");
        if expiry == Expiry::Crossed {
            crosses(&stage).await;
        }
        stage.at(at, expiry);
        assert!(!stage.is_there(expiry, 1).await, "{expiry:?}: there at its end");
    }
}
