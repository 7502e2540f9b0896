//! Everything that ends by itself ends at its instant: not a millisecond before, and with nothing happening in between.
//!
//! No job runs in these tests, and none has to: the log holds what was decided long before, and only `now` moves on.

use crate::small::{
    APP, BEGIN, CLASS, Log, OTHER, PROGRAM, agreement, catalog, days, grant, policy, policy_of,
    program, why,
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

/// Policies that say other days later on: more, none, fewer and then as many as before.
fn other_days(expiry: fn(Option<u64>) -> serde_json::Value) -> [(u64, Vec<serde_json::Value>); 4] {
    let (more, none) = (expiry(Some(180)), expiry(None));
    [
        (91, vec![more.clone()]),
        (90, vec![none.clone()]),
        (200, vec![more.clone(), none]),
        (30, vec![expiry(Some(9)), expiry(Some(90)), more]),
    ]
}

#[test]
fn a_grant_that_went_idle_stays_so_whatever_a_later_policy_says() {
    fn expiry(days: Option<u64>) -> serde_json::Value {
        days.map_or(json!({}), |days| json!({"idle_days": days}))
    }
    for (day, policies) in other_days(expiry) {
        let mut log = Log::new(&expiry(Some(90)));
        log.time = BEGIN.plus(days(day));
        for said in &policies {
            log.happen(policy(said));
        }
        for now in [log.time, log.time.plus(days(50)), BEGIN.plus(days(1_000))] {
            assert_eq!(log.ask(&log.by_grant(now), now), Err(Reason::Idle), "{policies:?}");
        }
        let first = log.state.grant(GrantNo(0)).unwrap();
        assert!(log.state.idle_at(first) <= log.time);
        log.happen(Event::GrantMade(GrantMade { grant: GrantNo(1), ..grant() }));
        let chain = model::Chain::Grant(GrantNo(1));
        let anew = Request { chain, ..log.by_grant(log.time) };
        assert!(log.ask(&anew, log.time).is_ok(), "the person's new word counts");
        assert_eq!(log.ask(&log.by_grant(log.time), log.time), Err(Reason::Idle), "for itself");
    }
}

#[test]
fn more_days_come_in_time_for_what_has_not_ended() {
    let expiry =
        |days: u64| json!({"idle_days": days, "classes": {"post.content": {"unused_days": days}}});
    let mut log = Log::new(&expiry(90));
    log.time = Timestamp(BEGIN.plus(days(90)).0 - 1);
    log.happen(policy(&expiry(180)));
    let end = BEGIN.plus(days(180));
    log.ends(end, Reason::Idle, Log::by_grant);
    log.ends(end, Reason::Unused, Log::by_installation);
    // Fewer days end at once what has gone for so long.
    log.happen(policy(&expiry(28)));
    assert_eq!(log.ask(&log.by_grant(log.time), log.time), Err(Reason::Idle));
    let by_installation = log.by_installation(log.time);
    assert_eq!(log.ask(&by_installation, log.time), Err(Reason::Unused));
}

#[test]
fn a_class_that_went_unused_stays_so_whatever_a_later_policy_says() {
    fn expiry(days: Option<u64>) -> serde_json::Value {
        days.map_or(json!({}), |days| json!({"classes": {"post.content": {"unused_days": days}}}))
    }
    for (day, policies) in other_days(expiry) {
        let mut log = Log::new(&expiry(Some(90)));
        log.time = BEGIN.plus(days(day));
        for said in &policies {
            log.happen(policy(said));
        }
        // As a catalog does that names the class again after it had not.
        log.happen(catalog("2027-01-01"));
        for now in [log.time, log.time.plus(days(50)), BEGIN.plus(days(1_000))] {
            let dark = log.ask(&log.by_installation(now), now);
            assert_eq!(dark, Err(Reason::Unused), "{policies:?}");
        }
        let used = ClassesUsed { app: APP, classes: CLASS, day: log.time.day() };
        log.happen(Event::ClassesUsed(used));
        let by_installation = log.by_installation(log.time);
        assert_eq!(log.ask(&by_installation, log.time), Err(Reason::Unused), "use revives nothing");
        let Event::AgreementMade(made) = agreement(Timestamp::NEVER) else { unreachable!() };
        log.happen(Event::AgreementMade(AgreementMade { agreement: AgreementNo(1), ..made }));
        assert!(log.ask(&by_installation, log.time).is_ok(), "agreed anew");
    }
}

#[test]
fn days_that_leave_no_time_to_tell_are_a_mistake_and_read_all_the_same() {
    for (said, is_mistake) in [(1, true), (14, true), (15, false), (28, false)] {
        let expiry = json!({"classes": {"post.content": {"unused_days": said}}});
        let log = Log::new(&expiry);
        let mistakes = log.state.policy().unwrap().mistakes_against(log.state.catalog().unwrap());
        let pointers: Vec<&str> = mistakes.iter().map(|one| one.pointer.as_str()).collect();
        let expected: &[&str] =
            if is_mistake { &["/expiry/classes/post.content/unused_days"] } else { &[] };
        assert_eq!(pointers, expected, "{said} days");
    }
}

#[test]
fn a_class_has_by_default_no_more_than_a_grant() {
    for (grant, class, is_mistake) in
        [(Some(30), 30, false), (Some(30), 31, true), (None, 365, false), (None, 366, true)]
    {
        let mut expiry = json!({"classes": {"post.content": {"days": class}}});
        if let Some(days) = grant {
            expiry["grant_days"] = json!(days);
        }
        let log = Log::new(&expiry);
        let mistakes = log.state.policy().unwrap().mistakes_against(log.state.catalog().unwrap());
        let pointers: Vec<&str> = mistakes.iter().map(|one| one.pointer.as_str()).collect();
        let expected: &[&str] =
            if is_mistake { &["/expiry/classes/post.content/days"] } else { &[] };
        assert_eq!(pointers, expected, "{grant:?} and {class} days");
    }
}

#[test]
fn a_class_that_went_unused_does_not_come_back_through_use_for_something_else() {
    let expiry = json!({"classes": {"post.content": {"unused_days": 28}}});
    let elsewhere = |log: &Log, now| Request { purpose: PurposeNo(1), ..log.by_installation(now) };
    // The other agreement is made on one day and used on the next; the first one's class ends on the 28th.
    for (made_on, kept) in [(60, false), (28, false), (27, false), (26, true)] {
        let mut log = Log::new(&expiry);
        log.time = BEGIN.plus(days(made_on));
        let Event::AgreementMade(made) = agreement(Timestamp::NEVER) else { unreachable!() };
        let (agreement, purposes) = (AgreementNo(1), vec![PurposeNo(1)]);
        log.happen(Event::AgreementMade(AgreementMade { agreement, purposes, ..made }));
        for day in 1..40 {
            log.time = BEGIN.plus(days(made_on + day));
            let now = log.time;
            assert!(log.ask(&elsewhere(&log, now), now).is_ok(), "it is used for that, day {day}");
            let used = ClassesUsed { app: APP, classes: CLASS, day: now.day() };
            log.happen(Event::ClassesUsed(used));
            let first = log.ask(&log.by_installation(now), now).map(drop);
            // An app's use counts for every agreement whose class has not ended.
            let expected = if kept { Ok(()) } else { Err(Reason::Unused) };
            assert_eq!(first, expected, "made on {made_on}, day {day}");
        }
        let last = Timestamp::end_of_day(log.time.day());
        log.ends(last.plus(days(28)), Reason::Unused, elsewhere);
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
