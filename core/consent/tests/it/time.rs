//! Everything that ends by itself ends at its instant: not a millisecond before, and with nothing happening in between.
//!
//! No job runs in these tests, and none has to: the log holds what was decided long before, and only `now` moves on.

use crate::small::{
    APP, BEGIN, CLASS, Log, OTHER, PROGRAM, agreement, catalog, days, grant, policy_of, program,
    why,
};
use consent::Request;
use ledger::{
    AgreementMade, CertificationMade, ClassEnd, ClassesUsed, CodeRedeemed, Event, ExceptionMade,
    GrantMade, ReportIssued, VersionChanged,
};
use model::{
    AgreementNo, CertificationNo, GrantNo, Position, ProgramStatus, PurposeNo, Reason, Timestamp,
};
use serde_json::json;

#[test]
fn a_grant_ends_at_its_end() {
    let mut log = Log::new(&json!({}));
    let expires_at = BEGIN.plus(days(365));
    log.happen(Event::GrantMade(GrantMade { expires_at, ..grant() }));
    log.ends(expires_at, Reason::Grant, Log::by_grant);
}

#[test]
fn a_class_of_a_grant_ends_at_its_own_end_and_the_earliest_counts() {
    let mut log = Log::new(&json!({}));
    let until = BEGIN.plus(days(7));
    let end = |classes, until| ClassEnd { classes, until };
    let ends = vec![end(CLASS, until.plus(days(1))), end(CLASS | OTHER, until)];
    log.happen(Event::GrantMade(GrantMade { ends: Some(ends), ..grant() }));
    log.ends(until, Reason::GrantClassEnded, Log::by_grant);
    let later = until.plus(days(30));
    assert!(log.ask(&log.by_installation(later), later).is_ok(), "the installation has none");
}

#[test]
fn what_was_allowed_for_one_time_lasts_until_its_mark_whatever_the_time() {
    let mut log = Log::new(&json!({}));
    log.happen(Event::GrantMade(GrantMade { once: Some(CLASS), ..grant() }));
    let late = BEGIN.plus(days(300));
    let request = log.by_grant(late);
    assert!(log.ask(&request, late).is_ok());
    let marks = consent::marks_of_use(&log.state, &request, CLASS | OTHER, late);
    assert_eq!(marks.len(), 1);
    log.time = late;
    log.happen(marks.into_iter().next().unwrap());
    assert_eq!(log.ask(&request, late), Err(Reason::GrantClassEnded));
    let none = consent::marks_of_use(&log.state, &request, CLASS | OTHER, late);
    assert!(none.is_empty(), "used once");
    log.happen(Event::GrantMade(GrantMade { once: Some(CLASS), ..grant() }));
    assert!(log.ask(&request, late).is_ok(), "given anew");
}

#[test]
fn a_grant_whose_person_does_nothing_ends_after_the_days_of_the_policy() {
    let mut log = Log::new(&json!({"idle_days": 90}));
    log.ends(BEGIN.plus(days(90)), Reason::Idle, Log::by_grant);
    let much_later = BEGIN.plus(days(900));
    assert!(log.ask(&log.by_installation(much_later), much_later).is_ok(), "nobody's activity");

    log.time = BEGIN.plus(days(60));
    let code = CodeRedeemed { grant: GrantNo(0), app: APP, code: Position(500) };
    log.happen(Event::CodeRedeemed(code));
    log.ends(BEGIN.plus(days(150)), Reason::Idle, Log::by_grant);
    // A refresh is the app's doing, not the person's.
    log.time = BEGIN.plus(days(100));
    log.happen(Event::RefreshRotated(ledger::RefreshRotated {
        grant: GrantNo(0),
        app: APP,
        family: Position(500),
        counter: 1,
    }));
    log.ends(BEGIN.plus(days(150)), Reason::Idle, Log::by_grant);
}

#[test]
fn a_class_that_an_app_does_not_use_ends_for_it() {
    for unused in [28u64, 90] {
        let expiry = json!({"classes": {"post.content": {"unused_days": unused}}});
        let mut log = Log::new(&expiry);
        let dark = BEGIN.plus(days(unused));
        log.ends(dark, Reason::Unused, Log::by_grant);
        log.ends(dark, Reason::Unused, Log::by_installation);

        // Used two days later: from the end of that day on.
        log.time = BEGIN.plus(days(2));
        let day = u32::try_from(log.time.0 / days(1).0).unwrap();
        log.happen(Event::ClassesUsed(ClassesUsed { app: APP, classes: CLASS, day }));
        let end_of_day = Timestamp((u64::from(day) + 1) * days(1).0);
        log.ends(end_of_day.plus(days(unused)), Reason::Unused, Log::by_grant);
        log.happen(Event::ClassesUsed(ClassesUsed { app: APP, classes: OTHER, day: day + 1 }));
        log.ends(end_of_day.plus(days(unused)), Reason::Unused, Log::by_installation);
    }
}

#[test]
fn a_certification_ends_at_its_end() {
    let mut log = Log::new(&json!({}));
    log.happen(policy_of(&json!({}), &json!({"post.content": ["certification"]})));
    let until = BEGIN.plus(days(365));
    log.happen(Event::CertificationMade(CertificationMade {
        certification: CertificationNo(0),
        app: APP,
        classes: CLASS,
        purpose: PurposeNo(0),
        from: BEGIN,
        until,
        statement: None,
        why: why(),
    }));
    log.ends(until, Reason::Certification, Log::by_grant);
    log.ends(until, Reason::Certification, Log::by_installation);
}

#[test]
fn an_agreement_ends_at_its_end() {
    let mut log = Log::new(&json!({}));
    log.happen(Event::AgreementEnded(ledger::AgreementEnded {
        agreement: AgreementNo(0),
        app: APP,
        why: why(),
    }));
    let until = BEGIN.plus(days(180));
    let Event::AgreementMade(made) = agreement(until) else { unreachable!() };
    log.happen(Event::AgreementMade(AgreementMade { agreement: AgreementNo(1), ..made }));
    log.ends(until, Reason::Agreement, Log::by_grant);
    log.ends(until, Reason::Agreement, Log::by_installation);
}

#[test]
fn an_experiment_ends_at_its_end() {
    let mut log = Log::new(&json!({}));
    let until = BEGIN.plus(days(28));
    log.happen(program(ProgramStatus::Experimental, Some(until)));
    log.ends(until, Reason::Program, Log::by_grant);
    log.ends(until, Reason::Program, Log::by_installation);
}

#[test]
fn an_exception_from_a_closed_program_ends_at_its_end_and_the_last_one_counts() {
    let mut log = Log::new(&json!({}));
    log.happen(program(ProgramStatus::Closed, None));
    let exception = |until| {
        let (program, app) = (PROGRAM, APP);
        Event::ExceptionMade(ExceptionMade { program, app, until, why: why() })
    };
    log.happen(exception(Timestamp::NEVER));
    let until = BEGIN.plus(days(90));
    log.happen(exception(until));
    log.ends(until, Reason::Program, Log::by_grant);
    log.ends(until, Reason::Program, Log::by_installation);
}

#[test]
fn a_version_ends_at_its_sunset_and_no_activation_revives_it() {
    let old = "2026-11-01".parse().unwrap();
    let mut log = Log::new(&json!({}));
    let sunset = BEGIN.plus(days(730));
    log.happen(catalog("2027-01-01"));
    let announced = VersionChanged {
        version: old,
        deprecated_at: Some(BEGIN),
        sunset: Some(sunset),
        why: why(),
    };
    log.happen(Event::VersionChanged(announced));
    let by_old =
        |log: &Log, now| Request { version: "2026-11-01".parse().unwrap(), ..log.by_grant(now) };
    log.ends(sunset, Reason::Version, by_old);
    let late = sunset.plus(days(1));
    assert!(log.ask(&log.by_grant(late), late).is_ok(), "the version in force goes on");
    log.time = late;
    log.happen(catalog("2027-01-01"));
    assert_eq!(log.ask(&by_old(&log, late), late), Err(Reason::Version));
}

#[test]
fn a_report_that_nobody_acknowledges_restricts_from_its_due_time_on_and_ends_nothing() {
    let mut log = Log::new(&json!({}));
    let due = BEGIN.plus(days(30));
    let report = |due| ReportIssued { app: APP, due, report: [1; 32], why: why() };
    log.happen(Event::ReportIssued(report(due)));
    // A later report gives no more time for the one before.
    log.happen(Event::ReportIssued(report(due.plus(days(30)))));
    let last = Position(log.state.next().0 - 1);
    assert!(!log.state.is_restricted(APP, Timestamp(due.0 - 1)));
    assert!(log.state.is_restricted(APP, due));
    assert!(log.ask(&log.by_grant(due), due).is_ok(), "what stands goes on");
    let first = Position(last.0 - 1);
    let acknowledged = |report| ledger::ReportAcknowledged { app: APP, report, why: why() };
    log.happen(Event::ReportAcknowledged(acknowledged(first)));
    assert!(log.state.is_restricted(APP, due), "not the last one");
    log.happen(Event::ReportAcknowledged(acknowledged(last)));
    assert!(!log.state.is_restricted(APP, due.plus(days(900))));
}
