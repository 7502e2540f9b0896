//! Rules where a history by chance seldom comes: mistakes there were made on purpose, and missed by it.

use crate::small::{
    APP, BEGIN, CLASS, GROUP, Log, PERSON, PROGRAM, agreement, catalog, days, grant, program, why,
};
use consent::{Request, Touch};
use ledger::{
    AgreementEnded, AgreementMade, CatalogActivated, CodeRedeemed, Event, ExceptionEnded,
    ExceptionMade, Fact, Facts, InstallationBacked, ProgramStatusChanged, ReviewWithdrawn,
    SandboxChanged, SettingChanged, SettingScope, TesterAdded,
};
use model::{
    AgreementNo, AppNo, ClassMask, GrantNo, InstallationNo, PersonNo, Position, ProgramStatus,
    Reason, SourceNo, Timestamp,
};
use serde_json::json;

/// The installation is backed by two admins, of whom one tests the app, which is not reviewed.
fn log(tester: PersonNo, other: PersonNo) -> Log {
    let mut log = Log::new(&json!({}));
    let facts = vec![Fact::Person(other), Fact::Admin(other, GROUP)];
    log.happen(Event::Facts(Facts { source: SourceNo(0), up_to: 5, facts }));
    let (installation, app) = (InstallationNo(0), APP);
    log.happen(Event::InstallationBacked(InstallationBacked {
        installation,
        app,
        backer: other,
        why: why(),
    }));
    log.happen(Event::ReviewWithdrawn(ReviewWithdrawn {
        app,
        classes: ClassMask::ALL,
        why: why(),
    }));
    log.happen(Event::TesterAdded(TesterAdded { app, person: tester, why: why() }));
    log
}

#[test]
fn a_tester_who_was_erased_stands_behind_no_installation() {
    let gone = PersonNo(2);
    let mut log = log(gone, gone);
    let request = log.by_installation(BEGIN);
    assert_eq!(log.ask(&request, BEGIN), Err(Reason::NotTester), "a tester is behind it");
    let facts = vec![Fact::PersonGone(gone)];
    log.happen(Event::Facts(Facts { source: SourceNo(0), up_to: 6, facts }));
    assert_eq!(log.ask(&request, BEGIN), Err(Reason::Review), "nobody is any more");
}

#[test]
fn who_was_erased_stands_behind_nothing_whatever_is_told_of_them_afterwards() {
    let mut log = Log::new(&json!({}));
    let old = Request { issue: log.state.next(), ..log.by_installation(BEGIN) };
    assert!(log.ask(&old, BEGIN).is_ok());
    let gone = vec![Fact::PersonGone(PERSON), Fact::AdminGone(PERSON, GROUP)];
    log.happen(Event::Facts(Facts { source: SourceNo(0), up_to: 5, facts: gone }));
    assert_eq!(log.ask(&old, BEGIN), Err(Reason::Installation), "not by a loss of the role");
    let (installation, backer) = (InstallationNo(0), PersonNo(2));
    let facts = vec![Fact::Person(backer), Fact::Admin(backer, GROUP)];
    log.happen(Event::Facts(Facts { source: SourceNo(0), up_to: 7, facts }));
    let backed = InstallationBacked { installation, app: APP, backer, why: why() };
    log.happen(Event::InstallationBacked(backed));
    assert_eq!(
        log.ask(&old, BEGIN),
        Err(Reason::CutOff),
        "it is confirmed anew, its tokens are not"
    );
    let fresh = log.by_installation(BEGIN);
    assert!(consent::authorize(&log.state, &fresh, BEGIN).is_ok());
}

#[test]
fn an_app_that_is_not_reviewed_sees_its_testers_and_sandboxes() {
    let mut log = log(PERSON, PersonNo(2));
    let (by_grant, by_installation) = (log.by_grant(BEGIN), log.by_installation(BEGIN));
    assert!(log.ask(&by_grant, BEGIN).is_ok(), "a tester's own");
    assert!(log.ask(&by_installation, BEGIN).is_ok(), "a tester's, through a tester");
    log.happen(Event::TesterRemoved(ledger::TesterRemoved {
        app: APP,
        person: PERSON,
        why: why(),
    }));
    assert_eq!(log.ask(&by_grant, BEGIN), Err(Reason::Review));
    assert_eq!(log.ask(&by_installation, BEGIN), Err(Reason::Review));
    let sandbox = |sandbox| SandboxChanged { context: GROUP, sandbox, why: why() };
    log.happen(Event::SandboxChanged(sandbox(true)));
    assert!(log.ask(&by_grant, BEGIN).is_ok() && log.ask(&by_installation, BEGIN).is_ok());
    log.happen(Event::SandboxChanged(sandbox(false)));
    assert_eq!(log.ask(&by_grant, BEGIN), Err(Reason::Review));
    let passed = ledger::ReviewPassed { app: APP, classes: CLASS, why: why() };
    log.happen(Event::ReviewPassed(passed));
    assert!(log.ask(&by_grant, BEGIN).is_ok() && log.ask(&by_installation, BEGIN).is_ok());
}

/// Whoever came to an experiment with a cap of one.
fn experiment() -> Event {
    Event::ProgramStatusChanged(ProgramStatusChanged {
        program: PROGRAM,
        status: ProgramStatus::Experimental,
        until: None,
        cap: Some(1),
        why: why(),
    })
}

#[test]
fn only_an_agreement_that_nobody_ended_lets_people_into_an_experiment() {
    let ended = || {
        let (agreement, app) = (AgreementNo(0), APP);
        Event::AgreementEnded(AgreementEnded { agreement, app, why: why() })
    };
    let again = |number| {
        let Event::AgreementMade(made) = agreement(Timestamp::NEVER) else { unreachable!() };
        Event::AgreementMade(AgreementMade { agreement: AgreementNo(number), ..made })
    };
    let mut log = Log::new(&json!({}));
    log.happen(experiment());
    log.happen(ended());
    log.happen(Event::GrantMade(grant()));
    log.happen(again(1));
    assert_eq!(log.ask(&log.by_grant(BEGIN), BEGIN), Err(Reason::NotInExperiment));
    log.happen(Event::GrantMade(grant()));
    assert!(log.ask(&log.by_grant(BEGIN), BEGIN).is_ok(), "authorized under the new one");
    // Its agreement may end: who is in is in.
    log.happen(Event::AgreementEnded(AgreementEnded {
        agreement: AgreementNo(1),
        app: APP,
        why: why(),
    }));
    log.happen(again(2));
    assert!(log.ask(&log.by_grant(BEGIN), BEGIN).is_ok());
}

#[test]
fn an_older_version_goes_as_far_beyond_as_the_newest_says() {
    let mut log = Log::new(&json!({}));
    let blocked = CLASS;
    let scope = SettingScope::Beyond;
    log.happen(Event::SettingChanged(SettingChanged {
        person: PERSON,
        scope,
        blocked,
        why: why(),
    }));
    let old = log.by_grant(BEGIN);
    assert!(log.ask(&old, BEGIN).is_ok(), "the purpose is no such");
    let Event::CatalogActivated(adopted) = catalog("2027-01-01") else { unreachable!() };
    let text = String::from_utf8(adopted.document.clone()).unwrap();
    let beyond = text.replace("\"Managing\"", "\"Managing\",\"beyond\":true");
    assert_ne!(beyond, text);
    let document = beyond.into_bytes();
    log.happen(Event::CatalogActivated(CatalogActivated { document, ..adopted }));
    assert_eq!(log.ask(&old, BEGIN), Err(Reason::SettingBeyond));
    assert_eq!(log.ask(&log.by_grant(BEGIN), BEGIN), Err(Reason::SettingBeyond));
}

#[test]
fn an_exception_can_be_ended_and_that_touches_its_app_alone() {
    let mut log = Log::new(&json!({}));
    let app = APP;
    let until = BEGIN.plus(days(90));
    log.happen(Event::ExceptionMade(ExceptionMade { program: PROGRAM, app, until, why: why() }));
    log.happen(program(ProgramStatus::Closed, None));
    let request = log.by_grant(BEGIN);
    assert!(log.ask(&request, BEGIN).is_ok());
    let ended = |app| Event::ExceptionEnded(ExceptionEnded { program: PROGRAM, app, why: why() });
    assert_eq!(consent::touches(&log.state, &request, &[], &ended(app)), Touch::Decide);
    assert_eq!(consent::touches(&log.state, &request, &[], &ended(AppNo(1))), Touch::No);
    log.happen(ended(app));
    assert_eq!(log.ask(&request, BEGIN), Err(Reason::Program));
}

#[test]
fn a_family_too_many_makes_the_oldest_end_and_touches_what_came_from_it() {
    let mut log = Log::new(&json!({}));
    let code = |number| {
        let (grant, app, code) = (GrantNo(0), APP, Position(number));
        Event::CodeRedeemed(CodeRedeemed { grant, app, code })
    };
    for number in 500..520 {
        log.happen(code(number));
    }
    let request = log.by_grant(BEGIN);
    let of_family = Request { family: Some(Position(500)), ..request.clone() };
    assert!(log.ask(&of_family, BEGIN).is_ok());
    assert_eq!(consent::touches(&log.state, &of_family, &[], &code(520)), Touch::Decide);
    assert_eq!(consent::touches(&log.state, &request, &[], &code(520)), Touch::No);
    log.happen(code(520));
    assert_eq!(log.ask(&of_family, BEGIN), Err(Reason::Grant));
    let next = Request { family: Some(Position(501)), ..request };
    assert!(log.ask(&next, BEGIN).is_ok());
}
