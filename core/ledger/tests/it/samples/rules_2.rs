//! Rules version 2: one event of every new kind, and the old ones with every key that it adds.

use super::{TIME, assigned, by, why};
use ledger::*;
use model::*;

const APP: AppNo = AppNo(2);

/// Two people stood behind it.
fn why_of_two() -> Why {
    let confirmed_by = Some(Actor::Staff(StaffNo(9)));
    Why { confirmed_by, broke_glass: Some(false), ..why() }
}

fn alone() -> Why {
    Why { broke_glass: Some(true), ..Why::by(Actor::Staff(StaffNo(4))) }
}

fn version(text: &str) -> ApiVersion {
    text.parse().unwrap()
}

/// About this person and context.
pub fn events(person: PersonNo, context: ContextNo) -> Vec<Event> {
    let mut events = registry();
    events.extend(choices(person));
    events.extend(rules());
    events.extend(review(person, context));
    events.extend(conduct(person));
    events.extend(weighed());
    events.push(Event::CaseNoted(CaseNoted {
        case: CaseNo(8),
        app: APP,
        shown: false,
        attached: Some(Position(70_000)),
        why: why(),
    }));
    events
}

fn audited(change: Option<AuditedChange>) -> Event {
    Event::ChangeAudited(ChangeAudited { change, why: why() })
}

fn weighed() -> Vec<Event> {
    let (program, agreement) = (ProgramNo(1), AgreementNo(3));
    let document = b"{\"openapi\":\"3.1.0\"}".to_vec();
    let keeps = Some(vec![version("2026-11-01"), version("2027-02-28")]);
    let made = AuditedAgreement {
        app: APP,
        program,
        classes: ClassMask(0b110),
        purposes: vec![PurposeNo(1), PurposeNo(300)],
        from: Timestamp(TIME.0 - 5),
        until: TIME,
        replaces: Some(agreement),
    };
    let closed = AuditedProgram {
        program,
        status: ProgramStatus::Closed,
        until: None,
        cap: None,
        exceptions: Some(vec![
            AuditedException { app: APP, until: TIME },
            AuditedException { app: AppNo(300), until: Timestamp(TIME.0 + 5) },
        ]),
    };
    let experiment = AuditedProgram {
        status: ProgramStatus::Experimental,
        until: Some(TIME),
        cap: Some(500),
        exceptions: None,
        ..closed.clone()
    };
    [
        AuditedChange::Catalog(AuditedCatalog { document: document.clone(), keeps }),
        AuditedChange::Catalog(AuditedCatalog { document, keeps: None }),
        AuditedChange::Agreement(made.clone()),
        AuditedChange::Agreement(AuditedAgreement { replaces: None, ..made }),
        AuditedChange::AgreementEnd(agreement),
        AuditedChange::Program(closed),
        AuditedChange::Program(experiment),
    ]
    .map(|change| audited(Some(change)))
    .into()
}

fn registry() -> Vec<Event> {
    let (partner, program, classes) = (PartnerNo(1), ProgramNo(1), ClassMask(0b1_0000_0111));
    vec![
        Event::CatalogActivated(CatalogActivated {
            document: b"{\"openapi\":\"3.1.0\"}".to_vec(),
            classes: vec![assigned("post.content", 0)],
            operations: vec![assigned("listPosts", 6)],
            purposes: Vec::new(),
            programs: Vec::new(),
            keeps: Some(vec![version("2026-11-01"), version("2027-02-28")]),
            why: why_of_two(),
        }),
        Event::PartnerMade(PartnerMade { partner, details: Some([0xde; 32]), why: why() }),
        Event::PartnerChanged(PartnerChanged { partner, details: [0xdf; 32], why: why() }),
        Event::AppMade(AppMade {
            app: APP,
            partner,
            public: false,
            redirects: vec!["https://example.com/a".to_owned()],
            details: Some([0xde; 32]),
            category: Some("quiz".to_owned()),
            reviewed: Some(ClassMask::NONE),
            why: why(),
        }),
        Event::AppChanged(AppChanged {
            app: APP,
            redirects: Vec::new(),
            details: Some([0xdf; 32]),
            category: Some("calendar".to_owned()),
            why: why(),
        }),
        Event::CredentialMade(CredentialMade {
            credential: CredentialNo(3),
            app: APP,
            digest: [1; 32],
            expires_at: TIME,
            key: Some(b"{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"AQ\",\"y\":\"Ag\"}".to_vec()),
            why: why(),
        }),
        Event::ProgramStatusChanged(ProgramStatusChanged {
            program,
            status: ProgramStatus::Experimental,
            until: Some(TIME),
            cap: Some(5_000),
            why: alone(),
        }),
        Event::AgreementMade(AgreementMade {
            agreement: AgreementNo(1),
            app: APP,
            program,
            classes,
            required: ClassMask::NONE,
            purposes: vec![PurposeNo(1)],
            from: Timestamp(0),
            until: TIME,
            retention: Some(vec![
                Retention { classes: ClassMask(0b11), days: 30 },
                Retention { classes: ClassMask(1 << 127), days: 3_660 },
            ]),
            anonymise_by: Some(Timestamp::NEVER),
            terms: Some([0x7e; 32]),
            why: why(),
        }),
        Event::CertificationMade(CertificationMade {
            certification: CertificationNo(1),
            app: APP,
            classes,
            purpose: PurposeNo(1),
            from: Timestamp(0),
            until: TIME,
            statement: Some([0x57; 32]),
            why: why(),
        }),
        Event::StaffMade(StaffMade {
            staff: StaffNo(4),
            role: Some(StaffRole::Viewer),
            why: Why::by(Actor::Operator),
        }),
        Event::StaffRoleChanged(StaffRoleChanged {
            staff: StaffNo(4),
            role: StaffRole::Auditor,
            why: why_of_two(),
        }),
    ]
}

fn choices(person: PersonNo) -> Vec<Event> {
    let (grant, classes) = (GrantNo(6), ClassMask(0b111));
    vec![
        Event::GrantMade(GrantMade {
            grant,
            app: APP,
            person,
            classes,
            contexts: Vec::new(),
            expires_at: TIME,
            ends: Some(vec![
                ClassEnd { classes: ClassMask(0b1), until: Timestamp(TIME.0 - 1) },
                ClassEnd { classes: ClassMask(0b110), until: Timestamp(0) },
            ]),
            once: Some(ClassMask(0b10)),
            purposes: Some(vec![PurposeNo(1), PurposeNo(300)]),
            why: by(person.0),
        }),
        Event::ClassesUsed(ClassesUsed { app: APP, classes, day: 20_758 }),
        Event::GrantSpent(GrantSpent { grant, app: APP, classes: ClassMask(0b10) }),
        Event::SettingChanged(SettingChanged {
            person,
            scope: SettingScope::Beyond,
            blocked: ClassMask::ALL,
            why: by(person.0),
        }),
    ]
}

fn rules() -> Vec<Event> {
    let program = ProgramNo(1);
    vec![
        Event::VersionChanged(VersionChanged {
            version: version("2026-11-01"),
            deprecated_at: Some(Timestamp(TIME.0 - 5)),
            sunset: Some(TIME),
            why: why(),
        }),
        Event::VersionChanged(VersionChanged {
            version: version("2026-11-01"),
            deprecated_at: None,
            sunset: None,
            why: why(),
        }),
        audited(Some(AuditedChange::Policy(AuditedPolicy {
            document: b"{\"policy\":\"groups-2018-05\"}".to_vec(),
        }))),
        audited(None),
        Event::AppsSuspended(AppsSuspended {
            apps: AppList::new(vec![AppNo(u32::MAX), AppNo(0), AppNo(2), AppNo(300), AppNo(2)]),
            selection: Some("category:quiz".to_owned()),
            why: why_of_two(),
        }),
        Event::AppsSuspended(AppsSuspended {
            apps: AppList::default(),
            selection: None,
            why: alone(),
        }),
        Event::SuspensionLifted(SuspensionLifted {
            suspension: Position(70_000),
            why: why_of_two(),
        }),
        Event::ExceptionMade(ExceptionMade { program, app: APP, until: TIME, why: why_of_two() }),
        Event::ExceptionEnded(ExceptionEnded { program, app: APP, why: why() }),
    ]
}

fn review(person: PersonNo, context: ContextNo) -> Vec<Event> {
    let classes = ClassMask(0b111);
    vec![
        Event::IdentityLookedUp(IdentityLookedUp { person, why: why_of_two() }),
        Event::TesterAdded(TesterAdded { app: APP, person, why: why() }),
        Event::TesterRemoved(TesterRemoved { app: APP, person, why: why() }),
        Event::SandboxChanged(SandboxChanged { context, sandbox: true, why: why() }),
        Event::ReviewPassed(ReviewPassed { app: APP, classes, why: why_of_two() }),
        Event::ReviewWithdrawn(ReviewWithdrawn { app: APP, classes, why: why() }),
    ]
}

fn conduct(person: PersonNo) -> Vec<Event> {
    let (case, app) = (CaseNo(8), APP);
    let mut events: Vec<Event> = CaseKind::ALL
        .iter()
        .map(|kind| {
            let finding = (*kind == CaseKind::Finding).then_some(Position(77));
            Event::CaseOpened(CaseOpened { case, app, kind: *kind, finding, why: why() })
        })
        .collect();
    events.push(Event::CaseNoted(CaseNoted { case, app, shown: true, attached: None, why: why() }));
    events.extend(CaseOutcome::ALL.iter().map(|outcome| {
        Event::CaseClosed(CaseClosed { case, app, outcome: *outcome, why: why_of_two() })
    }));
    events.extend([
        Event::CaseAppealed(CaseAppealed { case, app, why: by(person.0) }),
        Event::AppealDecided(AppealDecided { case, app, upheld: false, why: why_of_two() }),
        Event::AppReported(AppReported { person, app, why: by(person.0) }),
        Event::FindingRaised(FindingRaised {
            app: Some(app),
            finding: "probe-passed".to_owned(),
            why: Why::by(Actor::System),
        }),
        Event::FindingRaised(FindingRaised {
            app: None,
            finding: "upstream-type".to_owned(),
            why: Why::by(Actor::System),
        }),
        Event::ProbesRun(ProbesRun {
            tried: 14,
            passed: Vec::new(),
            // Those that there were when the vectors were frozen.
            untried: Condition::ALL.iter().copied().take(14).collect(),
            why: Why::by(Actor::System),
        }),
        Event::ReportIssued(ReportIssued { app, due: TIME, report: [0x4e; 32], why: why() }),
        Event::ReportAcknowledged(ReportAcknowledged { app, report: Position(70_000), why: why() }),
    ]);
    events
}
