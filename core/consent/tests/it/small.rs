//! A small log by hand: one app, one person, one group, one program, and what is asked of them.

use consent::{Request, State};
use ledger::{
    About, AgreementMade, AppMade, Assigned, CatalogActivated, Event, Fact, Facts, GrantMade,
    InstallationMade, Node, PartnerMade, Payload, PolicyActivated, ProgramStatusChanged,
    RecordFacts, Why,
};
use model::{
    Actor, AgreementNo, AppNo, Chain, ClassMask, ContextKind, ContextNo, GrantNo, InstallationNo,
    Millis, ObjectKind, ObjectNo, OperationNo, PartnerNo, PersonNo, Position, ProgramNo,
    ProgramStatus, Publication, PurposeNo, Reason, Relation, SourceNo, Timestamp,
};
use serde_json::{Value, json};

/// Half past eight in the morning, so that days of the calendar and days from now are not the same.
pub const BEGIN: Timestamp = Timestamp(1_795_249_800_123);
pub const CLASS: ClassMask = ClassMask(1);
pub const OTHER: ClassMask = ClassMask(2);
pub const APP: AppNo = AppNo(0);
pub const PERSON: PersonNo = PersonNo(1);
pub const GROUP: ContextNo = ContextNo(0);
pub const PROGRAM: ProgramNo = ProgramNo(0);
pub const PURPOSE: PurposeNo = PurposeNo(0);

pub fn days(n: u64) -> Millis {
    Millis::days(n)
}

pub const fn why() -> Why {
    Why::by(Actor::Operator)
}

/// A log and its fold.
#[derive(Clone)]
pub struct Log {
    pub state: State,
    pub time: Timestamp,
}

impl Log {
    pub fn happen(&mut self, event: Event) {
        self.state.apply(self.state.next(), self.time, &Payload::Control(event)).unwrap();
    }

    /// One app with an agreement, an installation and a person's grant, all of them for ever.
    pub fn new(expiry: &Value) -> Self {
        let mut log = Self { state: State::default(), time: BEGIN };
        log.happen(catalog("2026-11-01"));
        log.happen(policy(expiry));
        log.happen(Event::PartnerMade(PartnerMade {
            partner: PartnerNo(0),
            details: None,
            why: why(),
        }));
        log.happen(Event::AppMade(AppMade {
            app: APP,
            partner: PartnerNo(0),
            public: true,
            redirects: Vec::new(),
            details: None,
            category: None,
            reviewed: None,
            why: why(),
        }));
        log.happen(program(ProgramStatus::Live, None));
        log.happen(agreement(Timestamp::NEVER));
        let facts = vec![
            Fact::Person(PERSON),
            Fact::Context(GROUP, ContextKind::Group),
            Fact::Admin(PERSON, GROUP),
        ];
        log.happen(Event::Facts(Facts { source: SourceNo(0), up_to: 3, facts }));
        log.happen(Event::InstallationMade(InstallationMade {
            installation: InstallationNo(0),
            app: APP,
            context: GROUP,
            classes: CLASS | OTHER,
            backer: PERSON,
            why: why(),
        }));
        log.happen(Event::GrantMade(grant()));
        log
    }

    pub fn by_grant(&self, now: Timestamp) -> Request {
        Request {
            app: APP,
            credential: None,
            chain: Chain::Grant(GrantNo(0)),
            issue: Position(1_000),
            key: 0,
            family: None,
            acting: Some(PERSON),
            operation: OperationNo(0),
            program: PROGRAM,
            purpose: PURPOSE,
            requires: ClassMask::NONE,
            context: Some(GROUP),
            version: self.state.catalog().unwrap().version,
            facts_up_to: now,
        }
    }

    pub fn by_installation(&self, now: Timestamp) -> Request {
        let chain = Chain::Installation(InstallationNo(0));
        Request { chain, acting: None, ..self.by_grant(now) }
    }

    /// What leaves of the first class, and until when that holds; or why nothing does.
    pub fn ask(&self, request: &Request, now: Timestamp) -> Result<Timestamp, Reason> {
        let record = RecordFacts {
            kind: ObjectKind::Post,
            object: ObjectNo(1),
            context: Some(GROUP),
            publication: Publication::Published,
            time: None,
            relation: Relation::NONE,
        };
        let about = About::People(std::iter::once(PERSON).collect());
        let (presence, asked) = (ClassMask::NONE, CLASS);
        let nodes = [Node { within: None, record: Some(record), about, presence, asked }];
        consent::authorize(&self.state, request, now)?;
        let decision = consent::decide(&self.state, request, &nodes, now);
        let mut masks = Vec::new();
        let people = [PERSON];
        consent::decide_people(&self.state, request, GROUP, &people, now, &mut masks).unwrap();
        assert_eq!(masks[0] & CLASS, decision.released[0], "a list of people at {now:?}");
        match decision.withheld.first() {
            None => Ok(decision.ends),
            Some((reason, _)) => Err(*reason),
        }
    }

    /// Access stands until the instant, and from it on for ever ends with this reason.
    pub fn ends(&self, at: Timestamp, reason: Reason, ask: fn(&Self, Timestamp) -> Request) {
        let answer = |now| self.ask(&ask(self, now), now);
        let last = Timestamp(at.0 - 1);
        let said = answer(last);
        assert_eq!(said, Ok(at), "a millisecond before, and says until when");
        assert_eq!(answer(self.time).map(drop), Ok(()), "when it was given");
        for later in [0, 1, 999, days(1).0, days(400).0] {
            assert_eq!(answer(Timestamp(at.0 + later)), Err(reason), "{later} ms after");
        }
    }
}

pub fn catalog(version: &str) -> Event {
    let class = |needs: Value| json!({"title": "T", "text": "T", "sensitivity": 1, "about": "person", "needs": needs});
    let document = json!({
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": version},
        "x-bailment": 1,
        "x-programs": {"groups": {"title": "Groups"}},
        "x-purposes": {"managing": {"title": "Managing"}},
        "x-data-classes": {"post.content": class(json!([])), "post.time": class(json!([]))},
        "paths": {"/posts": {"get": {
            "operationId": "posts", "x-program": "groups", "x-purpose": "managing",
            "responses": {"204": {"description": "Nothing."}}
        }}},
    });
    let first = version == "2026-11-01";
    let given =
        |name: &str, number| first.then(|| Assigned { name: name.to_owned(), number }).into_iter();
    Event::CatalogActivated(CatalogActivated {
        document: document.to_string().into_bytes(),
        classes: given("post.content", 0).chain(given("post.time", 1)).collect(),
        operations: given("posts", 0).collect(),
        purposes: given("managing", 0).collect(),
        programs: given("groups", 0).collect(),
        keeps: (!first).then(|| vec!["2026-11-01".parse().unwrap()]),
        why: why(),
    })
}

pub fn policy(expiry: &Value) -> Event {
    policy_of(expiry, &json!({}))
}

pub fn policy_of(expiry: &Value, classes: &Value) -> Event {
    let programs = json!({"groups": {"classes": classes}});
    let document = json!({"policy": "p", "title": "P", "programs": programs, "expiry": expiry});
    let document = document.to_string().into_bytes();
    Event::PolicyActivated(PolicyActivated { document, why: why() })
}

pub fn program(status: ProgramStatus, until: Option<Timestamp>) -> Event {
    let (program, cap) = (PROGRAM, None);
    Event::ProgramStatusChanged(ProgramStatusChanged { program, status, until, cap, why: why() })
}

pub fn agreement(until: Timestamp) -> Event {
    Event::AgreementMade(AgreementMade {
        agreement: AgreementNo(0),
        app: APP,
        program: PROGRAM,
        classes: CLASS | OTHER,
        required: ClassMask::NONE,
        purposes: vec![PURPOSE],
        from: Timestamp(0),
        until,
        retention: None,
        anonymise_by: None,
        terms: None,
        why: why(),
    })
}

pub fn grant() -> GrantMade {
    GrantMade {
        grant: GrantNo(0),
        app: APP,
        person: PERSON,
        classes: CLASS | OTHER,
        contexts: vec![GROUP],
        expires_at: Timestamp::NEVER,
        ends: None,
        once: None,
        purposes: None,
        why: why(),
    }
}
