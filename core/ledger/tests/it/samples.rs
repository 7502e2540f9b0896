//! One entry of every kind, with every optional field set at least once: those of rules version 1, and what version 2 adds.

mod rules_2;

use ledger::*;
use model::*;
use smallvec::smallvec;

/// A time that is no round number.
pub const TIME: Timestamp = Timestamp(1_793_527_200_123);
/// The salt of every golden entry.
pub const SALT: Salt = [0xa5; 16];

fn why() -> Why {
    Why {
        by: Actor::Staff(StaffNo(4)),
        reason: Some(EndingReason::Terms),
        severity: Some(Severity::High),
        note: Some([7; 32]),
        confirmed_by: None,
        broke_glass: None,
    }
}

fn by(person: u32) -> Why {
    Why::by(Actor::Person(PersonNo(person)))
}

fn assigned(name: &str, number: u32) -> Assigned {
    Assigned { name: name.to_owned(), number }
}

/// A disclosure in which every column is used: nested, shared contexts, a set of people, nobody, unresolvable, withheld.
pub fn disclosure() -> DisclosurePayload {
    let record = |kind, object, context, publication, time: Option<u64>, relation| RecordFacts {
        kind,
        object: ObjectNo(object),
        context,
        publication,
        time: time.map(Timestamp),
        relation,
    };
    let node = |within, record, about, presence, asked| Node {
        within,
        record,
        about,
        presence: ClassMask(presence),
        asked: ClassMask(asked),
    };
    let person = |no| About::People(smallvec![PersonNo(no)]);
    let group = Some(ContextNo(31));
    let nodes = vec![
        node(
            None,
            Some(record(
                ObjectKind::Group,
                9,
                group,
                Publication::Published,
                None,
                Relation::PARTICIPANT,
            )),
            About::Nobody,
            0,
            0b1,
        ),
        node(
            None,
            Some(record(
                ObjectKind::Post,
                1_000,
                group,
                Publication::Published,
                Some(1_793_000_000_000),
                Relation::NONE,
            )),
            person(70_000),
            0b10,
            0b110,
        ),
        node(Some(1), None, person(70_000), 0, 0b1_1000),
        node(
            Some(1),
            None,
            About::People(smallvec![PersonNo(3), PersonNo(70_000), PersonNo(70_001)]),
            0,
            1 << 127,
        ),
        node(
            Some(1),
            Some(record(
                ObjectKind::Comment,
                999,
                Some(ContextNo(2)),
                Publication::Deleted,
                None,
                Relation::FRIEND,
            )),
            About::Unresolvable,
            0b10,
            0b10,
        ),
    ];
    let released = [0b1, 0b110, 0b1000, 0, 0].map(ClassMask).to_vec();
    DisclosurePayload {
        acting: Some(PersonNo(12)),
        network: Some(vec![192, 0, 2]),
        facts_up_to: Timestamp(TIME.0 - 20),
        context: group,
        permit: Some(Position(77)),
        nodes,
        released,
    }
}

/// Leaf and payload of a request: everything that an answer's leaf adds to its payload's.
pub fn disclosure_entry(payload: DisclosurePayload) -> Entry {
    let leaf = Leaf {
        partner: Some(PartnerNo(1)),
        app: Some(AppNo(2)),
        credential: Some(CredentialNo(3)),
        grant: Some(GrantNo(40_000)),
        issue: Some(Position(123_456_789)),
        key: Some(1),
        operation: Some(OperationNo(6)),
        version: "2026-11-01".parse().ok(),
        purpose: Some(PurposeNo(1)),
        program: Some(ProgramNo(1)),
        policy: Some(Position(88)),
        request: Some([0xd1; 16]),
        context: Some(ContextKind::Group),
        ..payload.leaf()
    };
    Entry { leaf, payload: Payload::Disclosure(payload) }
}

fn other(payload: Payload) -> Entry {
    let asked = match payload {
        Payload::WritePermitted(_) | Payload::WriteOutcome(_) => Leaf {
            credential: Some(CredentialNo(3)),
            grant: Some(GrantNo(40_000)),
            issue: Some(Position(123_456_789)),
            key: Some(1),
            operation: Some(OperationNo(7)),
            version: "2026-11-01".parse().ok(),
            purpose: Some(PurposeNo(1)),
            program: Some(ProgramNo(1)),
            policy: Some(Position(88)),
            context: Some(ContextKind::Group),
            classes: Some(ClassMask(1 << 40)),
            ..payload.leaf()
        },
        _ => payload.leaf(),
    };
    let leaf = Leaf { app: Some(AppNo(2)), request: Some([0xd1; 16]), ..asked };
    Entry { leaf, payload }
}

/// Golden entries by name, of both rules versions.
pub fn entries() -> Vec<(String, Entry)> {
    let mut entries: Vec<(String, Entry)> = entries_of_rules_1();
    for (_, entry) in &mut entries {
        entry.leaf.rules = 1;
    }
    let refreshed = disclosure_entry(disclosure());
    let refreshed =
        Entry { leaf: Leaf { family: Some(Position(77)), ..refreshed.leaf }, ..refreshed };
    let mut newer = vec![
        ("disclosure".to_owned(), disclosure_entry(disclosure())),
        ("disclosure-refreshed".to_owned(), refreshed),
    ];
    newer.extend(named(rules_2::events(PersonNo(12), ContextNo(31))));
    entries.extend(newer.into_iter().map(|(name, entry)| (format!("rules-2/{name}"), entry)));
    entries
}

fn named(events: Vec<Event>) -> impl Iterator<Item = (String, Entry)> {
    events.into_iter().enumerate().map(|(index, event)| {
        let name = format!("event-{}-{index:02}-{}", event.kind(), event.word());
        (name, Entry { leaf: event.leaf(), payload: Payload::Control(event) })
    })
}

fn entries_of_rules_1() -> Vec<(String, Entry)> {
    let installed = disclosure_entry(DisclosurePayload {
        acting: None,
        network: None,
        facts_up_to: TIME,
        context: None,
        permit: None,
        nodes: Vec::new(),
        released: Vec::new(),
    });
    let installed = Entry {
        leaf: Leaf { grant: None, installation: Some(InstallationNo(5)), ..installed.leaf },
        ..installed
    };
    // What answers a write needs an action, which only the leaf names.
    let answer = disclosure_entry(disclosure());
    let answer =
        Entry { leaf: Leaf { classes: Some(ClassMask(1 << 40)), ..answer.leaf }, ..answer };
    let mut entries = vec![
        ("disclosure".to_owned(), answer),
        ("disclosure-empty".to_owned(), installed),
        (
            "refusals".to_owned(),
            other(Payload::Refusals(Refusals {
                hour: 498_202,
                counts: vec![
                    RefusalCount {
                        app: None,
                        operation: None,
                        problem: "invalid-token".to_owned(),
                        count: 3,
                    },
                    RefusalCount {
                        app: Some(AppNo(2)),
                        operation: Some(OperationNo(6)),
                        problem: "installation".to_owned(),
                        count: 70_000,
                    },
                ],
            })),
        ),
        (
            "write-permitted".to_owned(),
            other(Payload::WritePermitted(WritePermitted {
                acting: Some(PersonNo(12)),
                context: Some(ContextNo(31)),
                network: Some(vec![0x20, 1, 0xd, 0xb8, 0, 1]),
                idempotency: Some([9; 32]),
                facts_up_to: TIME,
                object: Some(ObjectNo(1_000)),
            })),
        ),
        (
            "write-outcome".to_owned(),
            other(Payload::WriteOutcome(WriteOutcome {
                permitted_at: Position(77),
                outcome: WriteOutcomeKind::Unknown,
            })),
        ),
    ];
    entries.extend(named(events_of_rules_1(PersonNo(12), ContextNo(31))));
    entries
}

/// Every event at least once, and every variant inside one; about this person (and the next) and context.
pub fn events(person: u32, context: u32) -> Vec<Event> {
    let (person, context) = (PersonNo(person), ContextNo(context));
    let mut events = events_of_rules_1(person, context);
    events.extend(rules_2::events(person, context));
    events
}

fn events_of_rules_1(person: PersonNo, context: ContextNo) -> Vec<Event> {
    let mut events = registry();
    events.extend(choices(person, context));
    let cuts = [
        CutOffSubject::Platform,
        CutOffSubject::Key(200),
        CutOffSubject::Partner(PartnerNo(1)),
        CutOffSubject::App(AppNo(2)),
        CutOffSubject::Installation(InstallationNo(5)),
        CutOffSubject::Context(context),
        CutOffSubject::Person(person),
        CutOffSubject::PersonApp(person, AppNo(2)),
        CutOffSubject::Grant(GrantNo(6)),
        CutOffSubject::Credential(CredentialNo(3)),
    ];
    events.extend(cuts.map(|subject| Event::CutOff(CutOff { subject, why: why() })));
    events.push(Event::Facts(Facts {
        source: SourceNo(1),
        up_to: 5_000_000_000,
        facts: vec![
            Fact::Person(person),
            Fact::PersonGone(person),
            Fact::Context(context, ContextKind::Conversation),
            Fact::ContextGone(context),
            Fact::Member(person, context),
            Fact::MemberGone(person, context),
            Fact::Admin(person, context),
            Fact::AdminGone(person, context),
            Fact::Friend(person, PersonNo(person.0 + 1)),
            Fact::FriendGone(person, PersonNo(person.0 + 1)),
            Fact::ObjectGone(ObjectNo(1 << 40)),
        ],
    }));
    events
}

fn registry() -> Vec<Event> {
    let (partner, app, program) = (PartnerNo(1), AppNo(2), ProgramNo(1));
    let classes = ClassMask(0b1_0000_0111);
    vec![
        Event::CatalogActivated(CatalogActivated {
            document: b"{\"openapi\":\"3.1.0\"}".to_vec(),
            classes: vec![assigned("post.content", 0), assigned("person.name", 1)],
            operations: vec![assigned("listPosts", 6)],
            purposes: vec![assigned("group-management", 1)],
            programs: vec![assigned("groups", 1)],
            why: Why::by(Actor::Operator),
            keeps: None,
        }),
        Event::PolicyActivated(PolicyActivated {
            document: b"{\"policy\":\"groups-2018-04\"}".to_vec(),
            why: why(),
        }),
        Event::PartnerMade(PartnerMade { partner, why: why(), details: None }),
        Event::PartnerStatusChanged(PartnerStatusChanged {
            partner,
            status: PartnerStatus::Surrendered,
            why: why(),
        }),
        Event::AppMade(AppMade {
            app,
            partner,
            public: true,
            redirects: vec!["https://example.com/a".to_owned(), "http://127.0.0.1/b".to_owned()],
            why: why(),
            details: None,
            category: None,
            reviewed: None,
        }),
        Event::AppChanged(AppChanged {
            app,
            redirects: Vec::new(),
            why: why(),
            details: None,
            category: None,
        }),
        Event::AppStatusChanged(AppStatusChanged { app, status: AppStatus::Suspended, why: why() }),
        Event::CredentialMade(CredentialMade {
            credential: CredentialNo(3),
            app,
            digest: [1; 32],
            expires_at: Timestamp::NEVER,
            why: why(),
            key: None,
        }),
        Event::CredentialEnded(CredentialEnded {
            credential: CredentialNo(3),
            app,
            why: Why::by(Actor::System),
        }),
        Event::ProgramStatusChanged(ProgramStatusChanged {
            program,
            status: ProgramStatus::Restricted,
            why: why(),
            until: None,
            cap: None,
        }),
        Event::AgreementMade(AgreementMade {
            agreement: AgreementNo(1),
            app,
            program,
            classes,
            required: ClassMask(1),
            purposes: vec![PurposeNo(1), PurposeNo(300)],
            from: Timestamp(0),
            until: TIME,
            why: why(),
            retention: None,
            anonymise_by: None,
            terms: None,
        }),
        Event::AgreementEnded(AgreementEnded { agreement: AgreementNo(1), app, why: why() }),
        Event::CertificationMade(CertificationMade {
            certification: CertificationNo(1),
            app,
            classes,
            purpose: PurposeNo(1),
            from: Timestamp(0),
            until: TIME,
            why: why(),
            statement: None,
        }),
        Event::CertificationEnded(CertificationEnded {
            certification: CertificationNo(1),
            app,
            why: why(),
        }),
        Event::StaffMade(StaffMade {
            staff: StaffNo(4),
            why: Why::by(Actor::Operator),
            role: None,
        }),
        Event::StaffEnded(StaffEnded { staff: StaffNo(4), why: why() }),
    ]
}

fn choices(person: PersonNo, context: ContextNo) -> Vec<Event> {
    let (app, installation, grant) = (AppNo(2), InstallationNo(5), GrantNo(6));
    let classes = ClassMask(0b111);
    let mut events = vec![
        Event::InstallationMade(InstallationMade {
            installation,
            app,
            context,
            classes,
            backer: person,
            why: by(person.0),
        }),
        Event::InstallationBacked(InstallationBacked {
            installation,
            app,
            backer: PersonNo(person.0 + 1),
            why: by(person.0 + 1),
        }),
        Event::InstallationNarrowed(InstallationNarrowed {
            installation,
            app,
            classes,
            why: by(person.0 + 1),
        }),
        Event::InstallationEnded(InstallationEnded { installation, app, why: by(person.0 + 1) }),
        Event::GrantMade(GrantMade {
            grant,
            app,
            person,
            classes,
            contexts: vec![ContextNo(2), context],
            expires_at: TIME,
            why: by(person.0),
            ends: None,
            once: None,
            purposes: None,
        }),
        Event::CodeRedeemed(CodeRedeemed { grant, app, code: Position(99) }),
        Event::RefreshRotated(RefreshRotated { grant, app, family: Position(99), counter: 1 }),
        Event::FamilyEnded(FamilyEnded {
            grant,
            app,
            family: Position(99),
            why: Why::by(Actor::App),
        }),
        Event::GrantEnded(GrantEnded { grant, app, why: Why::by(Actor::Platform) }),
        Event::OptIn(OptIn { person, installation, app, classes, why: by(person.0) }),
        Event::OptOut(OptOut {
            person,
            installation,
            app,
            classes: ClassMask::ALL,
            why: by(person.0),
        }),
    ];
    let scopes = [
        SettingScope::AllApps,
        SettingScope::Context(context),
        SettingScope::App(app),
        SettingScope::AllGroups,
        SettingScope::Friends,
    ];
    events.extend(scopes.map(|scope| {
        Event::SettingChanged(SettingChanged {
            person,
            scope,
            blocked: ClassMask::NONE,
            why: by(person.0),
        })
    }));
    events
}
