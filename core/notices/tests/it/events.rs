//! Who hears of what.

use crate::world::{ADA, APP, BEGIN, BEN, GROUP, PARTNER, World, why};
use crate::world::{agreed, catalog, told, use_it_or_lose_it};
use ledger::{
    Event, Fact, InstallationEnded, PartnerStatusChanged, PolicyActivated, ProgramStatusChanged,
    Why,
};
use model::{
    Actor, AppStatus, ClassMask, ContextNo, Millis, PartnerStatus, PersonNo, Position, ProgramNo,
    ProgramStatus, Timestamp,
};
use notices::{Audience, Kind, Notice, Recipient, Window, of_window};
use std::collections::BTreeSet;

fn readers(due: &[Notice], kind: Kind) -> Vec<Audience> {
    let mut found: Vec<_> =
        due.iter().filter(|one| one.kind == kind).map(|one| one.audience).collect();
    found.sort_unstable();
    found
}

const fn person(no: PersonNo) -> Audience {
    Audience::One(Recipient::Person(no))
}

const TO_PARTNER: Audience = Audience::One(Recipient::Partner(PARTNER));
const TO_STAFF: Audience = Audience::One(Recipient::Staff);

#[test]
fn members_hear_of_an_app_that_an_admin_enables_and_the_admin_does_not() {
    let (_, due) = World::new().enable(ADA);
    assert_eq!(
        readers(&due, Kind::AppEnabled),
        [Audience::Members { context: GROUP, but: Some(ADA) }]
    );
}

#[test]
fn members_hear_of_an_app_that_had_lapsed_and_is_back_and_not_of_a_second_admin_behind_it() {
    let told = |due: &[Notice], but| {
        assert_eq!(readers(due, Kind::AppEnabled), [Audience::Members { context: GROUP, but }]);
        assert_eq!(due.len(), 1, "{due:?}");
        assert_eq!(due[0].details.classes, Some(ClassMask(1)));
    };
    let mut world = World::new();
    let (no, _) = world.enable(ADA);
    assert_eq!(world.back(no, BEN), []);
    world.facts(vec![Fact::AdminGone(ADA, GROUP), Fact::AdminGone(BEN, GROUP)]);
    world.facts(vec![Fact::Admin(ADA, GROUP), Fact::Admin(BEN, GROUP)]);
    told(&world.back(no, BEN), Some(BEN));
    assert_eq!(world.back(no, ADA), []);
    // An erasure reaches no installation by itself; it has lapsed all the same.
    let mut world = World::new();
    let (no, _) = world.enable(ADA);
    world.facts(vec![Fact::PersonGone(ADA)]);
    told(&world.back(no, BEN), Some(BEN));
    // Late, when it has lapsed again, the part is gone through event by event.
    let mut world = World::new();
    let (no, _) = world.enable(ADA);
    world.facts(vec![Fact::AdminGone(ADA, GROUP)]);
    let (before, length) = (world.state.clone(), world.log.len());
    world.back(no, BEN);
    world.facts(vec![Fact::AdminGone(BEN, GROUP)]);
    let (due, exact) = crate::world::told(&before, &world.log[length..], &world.state);
    assert!(exact);
    assert_eq!(readers(&due, Kind::AppEnabled).len(), 1, "{due:?}");
}

#[test]
fn the_remaining_admin_and_the_partner_hear_of_a_lapse_and_only_the_admin_of_the_group() {
    let mut world = World::new();
    world.enable(ADA);
    assert!(world.facts(vec![Fact::AdminGone(BEN, GROUP), Fact::Admin(BEN, GROUP)]).is_empty());
    let due = world.facts(vec![Fact::AdminGone(ADA, GROUP)]);
    assert_eq!(readers(&due, Kind::InstallationLapsed), [person(BEN), TO_PARTNER]);
    for notice in &due {
        let is_person = matches!(notice.audience, Audience::One(Recipient::Person(_)));
        assert_eq!(notice.details.context.is_some(), is_person, "{notice:?}");
    }
    // It lapses once.
    assert!(world.facts(vec![Fact::MemberGone(ADA, GROUP)]).is_empty());
}

#[test]
fn an_installation_that_two_stand_behind_outlives_one() {
    let mut world = World::new();
    let (no, _) = world.enable(ADA);
    world.back(no, BEN);
    assert!(world.facts(vec![Fact::AdminGone(ADA, GROUP)]).is_empty());
    assert_eq!(world.facts(vec![Fact::MemberGone(BEN, GROUP)]).len(), 1, "nobody but the partner");
}

#[test]
fn erasing_the_last_backer_and_losing_the_group_are_lapses_too() {
    let mut world = World::new();
    world.enable(ADA);
    let due = world.facts(vec![Fact::PersonGone(ADA)]);
    assert_eq!(readers(&due, Kind::InstallationLapsed), [person(BEN), TO_PARTNER]);
    let mut world = World::new();
    world.enable(ADA);
    let due = world.facts(vec![Fact::ContextGone(GROUP)]);
    assert_eq!(readers(&due, Kind::InstallationLapsed), [TO_PARTNER]);
    let elsewhere = world.facts(vec![Fact::ContextGone(ContextNo(9))]);
    assert!(elsewhere.is_empty());
}

#[test]
fn who_disables_an_app_need_not_be_told() {
    let mut world = World::new();
    let (installation, _) = world.enable(ADA);
    let due = world.happen(Event::InstallationEnded(InstallationEnded {
        installation,
        app: APP,
        why: Why::by(Actor::Person(ADA)),
    }));
    assert_eq!(readers(&due, Kind::InstallationEnded), [person(BEN), TO_PARTNER]);
}

#[test]
fn partners_hear_of_what_is_done_to_them_and_of_another_rule() {
    let mut world = World::new();
    let status = PartnerStatus::Suspended;
    let due = world.happen(Event::PartnerStatusChanged(PartnerStatusChanged {
        partner: PARTNER,
        status,
        why: why(),
    }));
    assert_eq!(readers(&due, Kind::PartnerStatusChanged), [TO_PARTNER]);
    assert_eq!(due[0].details.status, Some(status.code()));
    let due = world.happen(Event::AppStatusChanged(ledger::AppStatusChanged {
        app: APP,
        status: AppStatus::Suspended,
        why: why(),
    }));
    assert_eq!(readers(&due, Kind::AppStatusChanged), [TO_PARTNER]);
    let rule = Event::PolicyActivated(PolicyActivated { document: b"{}".to_vec(), why: why() });
    let due = notices::of_event(Position(9), BEGIN, &rule, &world.state);
    assert_eq!(readers(&due, Kind::RuleChanged), [TO_PARTNER, Audience::One(Recipient::Staff)]);
}

#[test]
fn only_partners_with_an_agreement_hear_of_a_program() {
    let closed = |program| {
        Event::ProgramStatusChanged(ProgramStatusChanged {
            program: ProgramNo(program),
            status: ProgramStatus::Closed,
            until: None,
            cap: None,
            why: why(),
        })
    };
    let mut world = World::new();
    let ask = |world: &World, program| {
        notices::of_event(Position(9), BEGIN, &closed(program), &world.state).len()
    };
    assert_eq!(ask(&world, 1), 0);
    world.agree(Timestamp(0), BEGIN.plus(Millis::days(100)));
    assert_eq!((ask(&world, 1), ask(&world, 2)), (1, 0));
}

#[test]
fn an_end_is_told_a_month_a_week_and_a_day_before_and_when_it_is_there() {
    let mut world = World::new();
    let until = BEGIN.plus(Millis::days(100));
    world.agree(BEGIN, until);
    let mut told = Vec::new();
    for day in 1..120 {
        let window = Window {
            after: BEGIN.plus(Millis::days(day - 1)),
            up_to: BEGIN.plus(Millis::days(day)),
        };
        told.extend(of_window(&world.state, window).iter().map(|one| (day, one.kind)));
    }
    let expected = [
        (70, Kind::AgreementEnding),
        (93, Kind::AgreementEnding),
        (99, Kind::AgreementEnding),
        (100, Kind::AgreementEnded),
    ];
    assert_eq!(told, expected);
}

#[test]
fn an_obligation_is_told_to_partner_and_staff_before_its_term_and_at_it_though_the_agreement_is_over()
 {
    let mut world = World::new();
    let day = |days: u64| BEGIN.plus(Millis::days(days));
    world.happen(obliged(
        world.state.next_agreement(),
        day(50),
        Some(day(100)),
        &[(1, 60), (2, 5)],
    ));
    // Renewed in time: what was received under the first must be anonymised all the same.
    world.agree(BEGIN, day(1_000));
    let told = told_by_day_of(&world, 1..130);
    let expected = [
        (54, Kind::RetentionDue, ClassMask(2), 55),
        (55, Kind::RetentionTerm, ClassMask(2), 55),
        (70, Kind::AnonymiseDue, ClassMask(3), 100),
        (80, Kind::RetentionDue, ClassMask(1), 110),
        (93, Kind::AnonymiseDue, ClassMask(3), 100),
        (99, Kind::AnonymiseDue, ClassMask(3), 100),
        (100, Kind::AnonymiseTerm, ClassMask(3), 100),
        (103, Kind::RetentionDue, ClassMask(1), 110),
        (109, Kind::RetentionDue, ClassMask(1), 110),
        (110, Kind::RetentionTerm, ClassMask(1), 110),
    ];
    let both = |(now, kind, classes, term)| {
        [TO_PARTNER, TO_STAFF].map(|to| (now, to, kind, classes, day(term)))
    };
    assert_eq!(told, expected.into_iter().flat_map(both).collect::<Vec<_>>());
    let all = Window { after: Timestamp(0), up_to: day(130) };
    let keys: BTreeSet<_> =
        (1..130).flat_map(|now| due_on(&world, now)).map(|one| (one.audience, one.key())).collect();
    assert_eq!(keys.len(), told.len(), "each has a key of its own for its reader");
    assert_eq!(of_window(&world.state, all).len(), 6, "the latest alone after a long pause");
}

fn end_agreement(world: &mut World, at: Timestamp) {
    let ended = ledger::AgreementEnded { agreement: model::AgreementNo(1), app: APP, why: why() };
    world.happen_at(at, Event::AgreementEnded(ended));
}

fn out_for_good(world: &mut World, status: PartnerStatus) {
    let changed = PartnerStatusChanged { partner: PARTNER, status, why: why() };
    world.happen(Event::PartnerStatusChanged(changed));
}

fn remove(world: &mut World) {
    let (app, status) = (APP, AppStatus::Removed);
    world.happen(Event::AppStatusChanged(ledger::AppStatusChanged { app, status, why: why() }));
}

#[test]
fn obligations_outlast_the_app_the_partner_and_the_end_of_the_agreement() {
    let day = |days: u64| BEGIN.plus(Millis::days(days));
    let mut world = World::new();
    world.happen(obliged(world.state.next_agreement(), day(10), Some(day(20)), &[(3, 15)]));
    let told = told_by_day_of(&world, 1..60);
    assert_eq!(told.len(), 12, "at 7, 1 and 0 days, of two obligations, to two readers");
    let after: [fn(&mut World); 4] = [
        remove,
        |world| out_for_good(world, PartnerStatus::Revoked),
        |world| out_for_good(world, PartnerStatus::Surrendered),
        // Ended in the log, though it had run out before.
        |world| end_agreement(world, BEGIN.plus(Millis::days(11))),
    ];
    for after in after {
        let mut world = World { log: Vec::new(), state: world.state.clone() };
        after(&mut world);
        assert_eq!(told_by_day_of(&world, 1..60), told);
    }
    // That more ends is no news to who is out.
    let all = Window { after: Timestamp(0), up_to: day(60) };
    remove(&mut world);
    assert!(of_window(&world.state, all).iter().all(|one| one.kind != Kind::AgreementEnded));
}

#[test]
fn the_days_of_an_agreement_that_was_ended_run_from_its_end() {
    let day = |days: u64| BEGIN.plus(Millis::days(days));
    let terms = |world: &World| {
        let told = told_by_day_of(world, 1..200).into_iter();
        let at_term = told
            .filter(|(.., kind, _, _)| matches!(kind, Kind::AnonymiseTerm | Kind::RetentionTerm));
        at_term.map(|(day, to, kind, ..)| (day, to, kind)).collect::<Vec<_>>()
    };
    for until in [day(100), Timestamp::NEVER] {
        let mut world = World::new();
        world.happen(obliged(world.state.next_agreement(), until, Some(day(20)), &[(3, 15)]));
        // Other terms take its place, and it is ended.
        world.agree(BEGIN, day(1_000));
        end_agreement(&mut world, day(30));
        let expected = [
            (20, TO_PARTNER, Kind::AnonymiseTerm),
            (20, TO_STAFF, Kind::AnonymiseTerm),
            (45, TO_PARTNER, Kind::RetentionTerm),
            (45, TO_STAFF, Kind::RetentionTerm),
        ];
        assert_eq!(terms(&world), expected);
    }
    // What goes on without end has no term, and under what never stood nothing was received.
    let mut world = World::new();
    world.happen(obliged(world.state.next_agreement(), Timestamp::NEVER, None, &[(3, 15)]));
    assert_eq!(terms(&world), []);
    let mut world = World::new();
    let later = ledger::AgreementMade {
        from: day(5),
        ..made_with(world.state.next_agreement(), day(9), Some(day(20)), &[(3, 15)])
    };
    world.happen(Event::AgreementMade(later));
    end_agreement(&mut world, day(4));
    assert_eq!(terms(&world), []);
}

#[test]
fn an_obligation_whose_mark_has_passed_is_told_when_it_is_entered_and_one_that_is_over_is_not() {
    for (term, told) in [(40, 0), (25, 2), (5, 2), (0, 0)] {
        let mut world = World::new();
        let from = Timestamp(BEGIN.0 - Millis::days(60).0);
        let due = world.happen(Event::AgreementMade(ledger::AgreementMade {
            from,
            ..made_with(
                world.state.next_agreement(),
                Timestamp::NEVER,
                Some(BEGIN.plus(Millis::days(term))),
                &[],
            )
        }));
        let days = due.iter().filter(|one| one.kind == Kind::AnonymiseDue).count();
        assert_eq!((days, due.len()), (told, told), "{term} days before");
    }
}

fn made_with(
    agreement: model::AgreementNo,
    until: Timestamp,
    anonymise_by: Option<Timestamp>,
    kept: &[(u128, u32)],
) -> ledger::AgreementMade {
    let Event::AgreementMade(made) = agreed(agreement, BEGIN, until) else { unreachable!() };
    let kept = kept
        .iter()
        .map(|(classes, days)| ledger::Retention { classes: ClassMask(*classes), days: *days });
    ledger::AgreementMade { anonymise_by, retention: Some(kept.collect()), ..made }
}

fn obliged(
    agreement: model::AgreementNo,
    until: Timestamp,
    anonymise_by: Option<Timestamp>,
    kept: &[(u128, u32)],
) -> Event {
    Event::AgreementMade(made_with(agreement, until, anonymise_by, kept))
}

/// What the clock makes due of obligations on a day.
fn due_on(world: &World, day: u64) -> Vec<Notice> {
    let at = |day: u64| BEGIN.plus(Millis::days(day));
    let kinds = [Kind::AnonymiseDue, Kind::AnonymiseTerm, Kind::RetentionDue, Kind::RetentionTerm];
    let mut due = of_window(&world.state, Window { after: at(day - 1), up_to: at(day) });
    due.retain(|one| kinds.contains(&one.kind));
    due.sort_by_key(|one| (one.kind, one.audience));
    due
}

fn told_by_day_of(
    world: &World,
    days: std::ops::Range<u64>,
) -> Vec<(u64, Audience, Kind, ClassMask, Timestamp)> {
    let told = |one: Notice| (one.audience, one.kind, one.details.classes, one.details.until);
    let on = |day| due_on(world, day).into_iter().map(move |one| (day, told(one)));
    days.flat_map(on)
        .map(|(day, (to, kind, classes, until))| (day, to, kind, classes.unwrap(), until.unwrap()))
        .collect()
}

#[test]
fn what_is_renewed_in_time_is_not_announced() {
    let mut world = World::new();
    world.agree(BEGIN, BEGIN.plus(Millis::days(100)));
    world.agree(BEGIN, BEGIN.plus(Millis::days(300)));
    let all = |from: u64, to: u64| Window {
        after: BEGIN.plus(Millis::days(from)),
        up_to: BEGIN.plus(Millis::days(to)),
    };
    assert!(of_window(&world.state, all(0, 150)).is_empty());
    assert_eq!(of_window(&world.state, all(0, 290)).len(), 1);
}

#[test]
fn the_end_of_a_version_reaches_whoever_has_an_app() {
    let mut world = World::new();
    world.happen(catalog());
    let until = BEGIN.plus(Millis::days(40));
    let due = world.happen(Event::VersionChanged(ledger::VersionChanged {
        version: "2026-11-01".parse().unwrap(),
        deprecated_at: Some(BEGIN),
        sunset: Some(until),
        why: why(),
    }));
    assert_eq!(readers(&due, Kind::VersionChanged), [TO_PARTNER]);
    let window = |from: u64, to: u64| Window {
        after: BEGIN.plus(Millis::days(from)),
        up_to: BEGIN.plus(Millis::days(to)),
    };
    let kinds = |from, to| {
        of_window(&world.state, window(from, to)).iter().map(|one| one.kind).collect::<Vec<_>>()
    };
    assert_eq!((kinds(9, 10), kinds(10, 11)), (vec![Kind::VersionEnding], vec![]));
    assert_eq!(kinds(39, 40), [Kind::VersionEnded]);
}

#[test]
fn a_version_deprecated_without_an_end_is_not_one_whose_end_was_called_off() {
    let mut world = World::new();
    world.happen(catalog());
    let told = |deprecated_at, sunset| {
        let event = Event::VersionChanged(ledger::VersionChanged {
            version: "2026-11-01".parse().unwrap(),
            deprecated_at,
            sunset,
            why: why(),
        });
        let due = notices::of_event(Position(9), BEGIN, &event, &world.state);
        let [one] = due.as_slice() else { panic!("one notice: {due:?}") };
        (one.kind, one.details.since, one.details.until)
    };
    let later = BEGIN.plus(Millis::days(40));
    let kind = Kind::VersionChanged;
    assert_eq!(told(Some(BEGIN), None), (kind, Some(BEGIN), None));
    assert_eq!(told(Some(BEGIN), Some(later)), (kind, Some(BEGIN), Some(later)));
    assert_eq!(told(None, None), (kind, None, None));
}

#[test]
fn an_exception_and_a_report_are_told_when_made_and_before_they_end() {
    let mut world = World::new();
    world.agree(BEGIN, BEGIN.plus(Millis::days(1_000)));
    world.happen(catalog());
    let program = world.state.program_named("groups").unwrap();
    let until = BEGIN.plus(Millis::days(50));
    let exception = ledger::ExceptionMade { program, app: APP, until, why: why() };
    let due = world.happen(Event::ExceptionMade(exception));
    assert_eq!(readers(&due, Kind::ExceptionMade), [TO_PARTNER], "nobody else is concerned yet");
    let report = ledger::ReportIssued { app: APP, due: until, report: [0; 32], why: why() };
    let due = world.happen(Event::ReportIssued(report));
    assert_eq!(readers(&due, Kind::ReportIssued), [TO_PARTNER]);
    let mut told = Vec::new();
    for day in 1..60 {
        let window = Window {
            after: BEGIN.plus(Millis::days(day - 1)),
            up_to: BEGIN.plus(Millis::days(day)),
        };
        told.extend(of_window(&world.state, window).iter().map(|one| (day, one.kind)));
    }
    let expected = [
        (20, Kind::ExceptionEnding),
        (43, Kind::ExceptionEnding),
        (43, Kind::ReportDue),
        (49, Kind::ExceptionEnding),
        (49, Kind::ReportDue),
        (50, Kind::ExceptionEnded),
        (50, Kind::AppRestricted),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_mass_action_is_one_notice_a_partner() {
    let mut world = World::new();
    for no in 2..40 {
        world.app(model::AppNo(no));
    }
    let apps = ledger::AppList::new((1..40).map(model::AppNo).collect());
    let suspended = ledger::AppsSuspended { apps, selection: None, why: why() };
    let due = world.happen(Event::AppsSuspended(suspended));
    assert_eq!(readers(&due, Kind::AppsSuspended), [TO_PARTNER]);
    assert_eq!(due[0].details.count, Some(39));
    let suspension = world.log.last().unwrap().0;
    // One that another suspension names too is named once.
    let again = ledger::AppList::new(vec![APP]);
    let again = ledger::AppsSuspended { apps: again, selection: None, why: why() };
    world.happen(Event::AppsSuspended(again));
    let lifted = ledger::SuspensionLifted { suspension, why: why() };
    let due = world.happen(Event::SuspensionLifted(lifted));
    assert_eq!(readers(&due, Kind::SuspensionLifted), [TO_PARTNER]);
    assert_eq!(due[0].details.count, Some(39));
}

#[test]
fn an_exception_reaches_whoever_gave_access_and_everybody_where_the_app_is_enabled() {
    let mut world = World::new();
    world.happen(catalog());
    let program = world.state.program_named("groups").unwrap();
    let (elsewhere, cal) = (ContextNo(9), PersonNo(3));
    world.facts(vec![
        Fact::Person(cal),
        Fact::Context(elsewhere, model::ContextKind::Group),
        Fact::Admin(cal, elsewhere),
    ]);
    world.enable(ADA);
    let (ended, _) = world.enable_in(elsewhere, cal);
    let over = InstallationEnded { installation: ended, app: APP, why: why() };
    world.happen(Event::InstallationEnded(over));
    let mut grant = |person, days| {
        let grant = world.state.next_grant();
        let expires_at = BEGIN.plus(Millis::days(days));
        world.happen(Event::GrantMade(ledger::GrantMade {
            grant,
            person,
            app: APP,
            classes: model::ClassMask(1),
            contexts: Vec::new(),
            expires_at,
            ends: None,
            once: None,
            purposes: None,
            why: Why::by(Actor::Person(person)),
        }));
    };
    grant(BEN, 300);
    grant(cal, 0);
    let until = BEGIN.plus(Millis::days(50));
    let why = Why { reason: Some(model::EndingReason::Other), ..why() };
    let exception = ledger::ExceptionMade { program, app: APP, until, why };
    let due = world.happen(Event::ExceptionMade(exception));
    let members = Audience::Members { context: GROUP, but: None };
    let mut expected = [person(BEN), TO_PARTNER, members];
    expected.sort_unstable();
    assert_eq!(readers(&due, Kind::ExceptionMade), expected, "neither where it ended, nor cal");
    assert!(due.iter().all(|one| one.details.reason.is_some() && one.details.until == Some(until)));
}

#[test]
fn one_walk_tells_of_every_exception_and_erasure_of_a_part() {
    let mut world = World::new();
    world.happen(catalog());
    let other = model::AppNo(2);
    world.app(other);
    let (no, _) = world.enable(ADA);
    world.back(no, BEN);
    let begin = world.log.len();
    let before = world.state.clone();
    let program = world.state.program_named("groups").unwrap();
    for app in [APP, other] {
        let until = BEGIN.plus(Millis::days(50));
        let exception = ledger::ExceptionMade { program, app, until, why: why() };
        world.happen(Event::ExceptionMade(exception));
    }
    for gone in [BEN, ADA] {
        world.facts(vec![Fact::PersonGone(gone)]);
    }
    let (due, _) = told(&before, &world.log[begin..], &world.state);
    let members = Audience::Members { context: GROUP, but: None };
    let mut expected = [TO_PARTNER, TO_PARTNER, members];
    expected.sort_unstable();
    assert_eq!(readers(&due, Kind::ExceptionMade), expected, "the other app is enabled nowhere");
    // Both are gone, and nobody is left to hear of it but the partner: once, by the last of them.
    assert_eq!(readers(&due, Kind::InstallationLapsed), [TO_PARTNER]);
    let lapse = due.iter().find(|one| one.kind == Kind::InstallationLapsed).unwrap();
    let last = world.log.last().map(|(at, ..)| *at);
    assert_eq!(lapse.details.position, last);
}

#[test]
fn the_other_admin_and_the_partner_hear_of_a_narrowed_installation() {
    let mut world = World::new();
    let (installation, _) = world.enable(ADA);
    let due = world.happen(Event::InstallationNarrowed(ledger::InstallationNarrowed {
        installation,
        app: APP,
        classes: model::ClassMask::NONE,
        why: Why::by(Actor::Person(ADA)),
    }));
    assert_eq!(readers(&due, Kind::InstallationNarrowed), [person(BEN), TO_PARTNER]);
    assert!(due.iter().all(|one| one.details.classes == Some(model::ClassMask::NONE)));
}

#[test]
fn staff_hear_of_findings_and_reports_and_not_who_reported() {
    let mut world = World::new();
    let finding = "probe-passed".to_owned();
    let found = ledger::FindingRaised { app: None, finding, why: why() };
    let due = world.happen(Event::FindingRaised(found));
    assert_eq!(readers(&due, Kind::FindingRaised), [Audience::One(Recipient::Staff)]);
    let reported = ledger::AppReported {
        person: BEN,
        app: APP,
        why: Why { reason: None, ..Why::by(Actor::Person(BEN)) },
    };
    let due = world.happen(Event::AppReported(reported));
    assert_eq!(readers(&due, Kind::AppReported), [Audience::One(Recipient::Staff)]);
    assert_eq!(due[0].details.installation, None);
}

#[test]
fn what_an_app_does_not_use_is_announced_twice_and_then_gone() {
    let mut world = World::new();
    world.happen(catalog());
    world.happen(use_it_or_lose_it(28));
    world.agree(BEGIN, BEGIN.plus(Millis::days(1_000)));
    let began = world.state.time();
    let day = |day| began.plus(Millis::days(day));
    let (mut told, mut used) = (Vec::new(), false);
    for now in 1..80 {
        let window = Window { after: day(now - 1), up_to: day(now) };
        for one in of_window(&world.state, window) {
            told.push((now, one.kind, one.details.classes.unwrap().len()));
        }
        if now == 20 && !used {
            used = true;
            let classes = model::ClassMask(1);
            let used = ledger::ClassesUsed { app: APP, classes, day: day(now).day() };
            world.happen(Event::ClassesUsed(used));
        }
    }
    // On day 20 the app uses one of the two: that one lives on to the end of day 48.
    let expected = [
        (14, Kind::ClassesUnused, 2),
        (25, Kind::ClassesUnused, 1),
        (28, Kind::ClassesUnusedEnded, 1),
        (35, Kind::ClassesUnused, 1),
        (46, Kind::ClassesUnused, 1),
        (49, Kind::ClassesUnusedEnded, 1),
    ];
    assert_eq!(told, expected);
}

/// Days from `began` on which something is told of classes that go unused, how many classes, and when they end.
fn told_by_day(
    world: &World,
    began: Timestamp,
    days: std::ops::Range<u64>,
) -> Vec<(u64, Kind, u64)> {
    let day = |day| began.plus(Millis::days(day));
    let windows = days.map(|now| (now, Window { after: day(now - 1), up_to: day(now) }));
    windows
        .flat_map(|(now, window)| {
            of_window(&world.state, window).into_iter().map(move |n| (now, n))
        })
        .filter(|(_, one)| matches!(one.kind, Kind::ClassesUnused | Kind::ClassesUnusedEnded))
        .map(|(now, one)| {
            let until = one.details.until.unwrap();
            (now, one.kind, until.since(began).0 / Millis::days(1).0)
        })
        .collect()
}

#[test]
fn each_purpose_of_a_class_is_announced_for_itself() {
    let mut world = World::new();
    world.happen(catalog());
    world.happen(use_it_or_lose_it(28));
    world.agree(BEGIN, BEGIN.plus(Millis::days(1_000)));
    let began = world.state.time();
    // A younger agreement for something else keeps the class for that alone.
    let Event::AgreementMade(other) =
        agreed(world.state.next_agreement(), BEGIN, BEGIN.plus(Millis::days(1_000)))
    else {
        unreachable!()
    };
    let purposes = vec![model::PurposeNo(2)];
    let other = Event::AgreementMade(ledger::AgreementMade { purposes, ..other });
    world.happen_at(began.plus(Millis::days(10)), other);
    let expected = [
        (14, Kind::ClassesUnused, 28),
        (24, Kind::ClassesUnused, 38),
        (25, Kind::ClassesUnused, 28),
        (28, Kind::ClassesUnusedEnded, 28),
        (35, Kind::ClassesUnused, 38),
        (38, Kind::ClassesUnusedEnded, 38),
    ];
    assert_eq!(told_by_day(&world, began, 11..60), expected);
}

#[test]
fn the_fewest_days_that_a_policy_can_say_leave_time_for_both_notices() {
    let mut world = World::new();
    world.happen(catalog());
    world.happen(use_it_or_lose_it(model::limits::UNUSED_DAYS_MIN));
    world.agree(BEGIN, BEGIN.plus(Millis::days(1_000)));
    let began = world.state.time();
    let expected = [
        (1, Kind::ClassesUnused, 15),
        (12, Kind::ClassesUnused, 15),
        (15, Kind::ClassesUnusedEnded, 15),
    ];
    assert_eq!(told_by_day(&world, began, 1..60), expected);
}

#[test]
fn a_policy_with_fewer_days_tells_at_once_what_its_days_put_before_it() {
    let told = |due: &[Notice]| -> Vec<(Kind, Option<u32>)> {
        let of_use = |one: &&Notice| one.kind != Kind::RuleChanged;
        due.iter().filter(of_use).map(|one| (one.kind, one.details.days)).collect()
    };
    for (day, expected) in [
        (5, vec![]),
        (20, vec![(Kind::ClassesUnused, Some(14))]),
        (26, vec![(Kind::ClassesUnused, Some(3))]),
        (40, vec![(Kind::ClassesUnusedEnded, Some(0))]),
    ] {
        let mut world = World::new();
        world.happen(catalog());
        world.agree(BEGIN, BEGIN.plus(Millis::days(1_000)));
        let began = world.state.time();
        world.happen(use_it_or_lose_it(90));
        let at = began.plus(Millis::days(day));
        let due = world.happen_at(at, use_it_or_lose_it(28));
        assert_eq!(told(&due), expected, "day {day}");
        // What ended stays so, and is not told a second time.
        if day == 40 {
            assert_eq!(told(&world.happen_at(at, use_it_or_lose_it(90))), []);
            assert_eq!(told_by_day(&world, began, 40..200), []);
        }
    }
}

#[test]
fn an_agreement_is_followed_only_by_one_for_the_same_purposes() {
    let mut world = World::new();
    let end = BEGIN.plus(Millis::days(60));
    world.agree(BEGIN, end);
    let week_before = Timestamp(end.0 - Millis::days(7).0);
    let window = Window { after: Timestamp(week_before.0 - 1), up_to: week_before };
    for (purpose, told) in [(2, 1), (1, 0)] {
        let next = agreed(world.state.next_agreement(), BEGIN, Timestamp::NEVER);
        let Event::AgreementMade(next) = next else { unreachable!() };
        let purposes = vec![model::PurposeNo(purpose)];
        world.happen(Event::AgreementMade(ledger::AgreementMade { purposes, ..next }));
        let due = of_window(&world.state, window);
        let ending = due.iter().filter(|one| one.kind == Kind::AgreementEnding).count();
        assert_eq!(ending, told, "followed by one for purpose {purpose}");
    }
}
