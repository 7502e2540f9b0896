//! Who hears of what.

use crate::world::{ADA, APP, BEGIN, BEN, GROUP, PARTNER, World, why};
use ledger::{
    Event, Fact, InstallationEnded, PartnerStatusChanged, PolicyActivated, ProgramStatusChanged,
    Why,
};
use model::{
    Actor, AppStatus, ContextNo, Millis, PartnerStatus, PersonNo, Position, ProgramNo,
    ProgramStatus, Timestamp,
};
use notices::{Audience, Kind, Notice, Recipient, Window, of_window};

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

#[test]
fn members_hear_of_an_app_that_an_admin_enables_and_the_admin_does_not() {
    let (_, due) = World::new().enable(ADA);
    assert_eq!(
        readers(&due, Kind::AppEnabled),
        [Audience::Members { context: GROUP, but: Some(ADA) }]
    );
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
