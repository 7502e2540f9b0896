//! Who tests an app, where a history by chance seldom comes.

use crate::small::{APP, BEGIN, CLASS, GROUP, Log, PERSON, why};
use ledger::{
    Event, Fact, Facts, InstallationBacked, ReviewWithdrawn, SandboxChanged, TesterAdded,
};
use model::{ClassMask, InstallationNo, PersonNo, Reason, SourceNo};
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
