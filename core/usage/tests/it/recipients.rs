//! What keeps an app from somebody stands among what ended: for as long as it does, and no longer.

use crate::world::{Needs, TICK, World, why};
use ledger::{
    AppList, AppStatusChanged, AppsSuspended, Event, ExceptionEnded, ExceptionMade, Fact, Facts,
    GrantMade, PartnerStatusChanged, PolicyActivated, ProgramStatusChanged, SuspensionLifted,
};
use model::{
    AppNo, AppStatus, ClassMask, GrantNo, Millis, PartnerStatus, PersonNo, Position, ProgramNo,
    ProgramStatus, SourceNo, Timestamp,
};
use std::collections::BTreeMap;
use usage::{Cause, Past, Seen, Through, recipients};

const NEEDS: Needs = [&[]; 6];
const APP: AppNo = AppNo(1);
const PROGRAM: ProgramNo = ProgramNo(0);

/// Of the one app that read somebody once: what ended, and by which entry.
fn ended(world: &World) -> Vec<(Cause, Option<Position>)> {
    let seen = Seen {
        app: APP,
        context: None,
        day: 0,
        classes: ClassMask(2),
        through: Through::INSTALLATION,
        times: 1,
        first: Position(1),
        last: Position(1),
        last_at: Timestamp(1),
    };
    let past = Past {
        memberships: &[],
        seen: &[seen],
        events: &[],
        register: &world.events,
        ends: &BTreeMap::new(),
    };
    let list = recipients(&world.state, PersonNo(1), &past, world.now);
    list[0].ended.iter().map(|over| (over.cause, over.position)).collect()
}

fn world() -> World {
    let mut world = World::new(1, &NEEDS);
    world.agree(APP, ClassMask(2), Timestamp::NEVER);
    world
}

fn move_to(world: &mut World, status: ProgramStatus, until: Option<Timestamp>) -> Position {
    world.happen(Event::ProgramStatusChanged(ProgramStatusChanged {
        program: PROGRAM,
        status,
        until,
        cap: None,
        why: why(),
    }))
}

#[test]
fn a_suspension_together_with_others_is_listed_until_it_is_lifted() {
    let mut world = world();
    assert_eq!(ended(&world), []);
    let suspend = |world: &mut World, apps: &[u32]| {
        let apps = AppList::new(apps.iter().copied().map(AppNo).collect());
        world.happen(Event::AppsSuspended(AppsSuspended { apps, selection: None, why: why() }))
    };
    suspend(&mut world, &[2, 3]);
    assert_eq!(ended(&world), [], "it names others");
    let suspension = suspend(&mut world, &[1, 2]);
    assert_eq!(ended(&world), [(Cause::Suspended, Some(suspension))]);
    world.happen(Event::SuspensionLifted(SuspensionLifted { suspension, why: why() }));
    assert_eq!(ended(&world), []);
}

#[test]
fn a_closed_program_is_listed_and_so_is_the_exception_by_which_the_app_goes_on() {
    let mut world = world();
    let until = Timestamp(world.now.0 + 10 * TICK);
    let closed = move_to(&mut world, ProgramStatus::Closed, None);
    assert_eq!(ended(&world), [(Cause::Program(PROGRAM), Some(closed))]);
    let except = |world: &mut World| {
        let made = ExceptionMade { program: PROGRAM, app: APP, until, why: why() };
        world.happen(Event::ExceptionMade(made))
    };
    let made = except(&mut world);
    assert_eq!(ended(&world), [(Cause::Excepted(PROGRAM, until), Some(made))]);
    let over = ExceptionEnded { program: PROGRAM, app: APP, why: why() };
    let over = world.happen(Event::ExceptionEnded(over));
    assert_eq!(ended(&world), [(Cause::ExceptionEnded(PROGRAM), Some(over))]);
    except(&mut world);
    world.now = until;
    assert_eq!(ended(&world), [(Cause::ExceptionEnded(PROGRAM), None)], "by time");
    move_to(&mut world, ProgramStatus::Live, None);
    assert_eq!(ended(&world), []);
}

#[test]
fn an_experiment_is_over_at_its_instant() {
    let mut world = world();
    let until = Timestamp(world.now.0 + 10 * TICK);
    move_to(&mut world, ProgramStatus::Experimental, Some(until));
    world.now = Timestamp(until.0 - 1);
    assert_eq!(ended(&world), []);
    world.now = until;
    assert_eq!(ended(&world), [(Cause::Experiment(PROGRAM), None)]);
}

#[test]
fn a_grant_that_went_idle_does_not_stand_and_says_why() {
    let mut world = world();
    let person = PersonNo(1);
    let expiry = |days: u64| {
        let document = format!(
            r#"{{"policy": "idle", "title": "", "programs": {{}}, "expiry": {{"idle_days": {days}}}}}"#
        );
        let document = consent::Policy::parse(document.as_bytes()).unwrap().canonical();
        Event::PolicyActivated(PolicyActivated { document, why: why() })
    };
    world.happen(expiry(30));
    let facts = vec![Fact::Person(person)];
    world.happen(Event::Facts(Facts { source: SourceNo(1), up_to: 1, facts }));
    let made_at = world.now;
    world.happen(Event::GrantMade(GrantMade {
        grant: GrantNo(0),
        app: APP,
        person,
        classes: ClassMask(2),
        contexts: Vec::new(),
        expires_at: made_at.plus(Millis::days(365)),
        ends: None,
        once: None,
        purposes: None,
        why: why(),
    }));
    let idle_at = made_at.plus(Millis::days(30));
    let at = |world: &World, now| {
        let (events, ends) = (&world.events, BTreeMap::new());
        let past = Past { memberships: &[], seen: &[], events: &[], register: events, ends: &ends };
        let list = recipients(&world.state, person, &past, now);
        let may = list[0].may.iter().map(|may| (may.stands, may.until)).collect::<Vec<_>>();
        (may, list[0].ended.iter().map(|over| (over.cause, over.at)).collect::<Vec<_>>())
    };
    let last = Timestamp(idle_at.0 - 1);
    assert_eq!(at(&world, last), (vec![(true, Some(idle_at))], vec![]));
    let idle = |at| (vec![], vec![(Cause::GrantIdle(GrantNo(0)), at)]);
    assert_eq!(at(&world, idle_at), idle(Some(idle_at)));
    world.now = idle_at;
    world.happen(expiry(300));
    assert_eq!(at(&world, idle_at.plus(Millis::days(1))), idle(None), "nor under a new policy");
}

#[test]
fn what_ended_with_the_app_or_its_partner_does_not_stand_and_a_suspension_ends_nothing() {
    let person = PersonNo(1);
    let begin = || {
        let mut world = world();
        let facts = vec![Fact::Person(person)];
        world.happen(Event::Facts(Facts { source: SourceNo(1), up_to: 1, facts }));
        world.happen(Event::GrantMade(GrantMade {
            grant: GrantNo(0),
            app: APP,
            person,
            classes: ClassMask(2),
            contexts: Vec::new(),
            expires_at: world.now.plus(Millis::days(365)),
            ends: None,
            once: None,
            purposes: None,
            why: why(),
        }));
        world
    };
    let may = |world: &World| {
        let (events, ends) = (&world.events, BTreeMap::new());
        let past = Past { memberships: &[], seen: &[], events: &[], register: events, ends: &ends };
        let list = recipients(&world.state, person, &past, world.now);
        assert_eq!(list[0].may.len(), 1);
        (list[0].may[0].stands, list[0].may[0].is_over)
    };
    let (stands, over) = ((true, false), (false, true));
    for (status, expected) in [
        (PartnerStatus::Suspended, stands),
        (PartnerStatus::Revoked, over),
        (PartnerStatus::Surrendered, over),
    ] {
        let mut world = begin();
        assert_eq!(may(&world), stands);
        let partner = world.state.app(APP).unwrap().partner;
        let changed = PartnerStatusChanged { partner, status, why: why() };
        world.happen(Event::PartnerStatusChanged(changed));
        assert_eq!(may(&world), expected, "{status}");
        assert_eq!(world.state.is_over(APP), expected == over);
    }
    for (status, expected) in [(AppStatus::Suspended, stands), (AppStatus::Removed, over)] {
        let mut world = begin();
        let changed = AppStatusChanged { app: APP, status, why: why() };
        world.happen(Event::AppStatusChanged(changed));
        assert_eq!(may(&world), expected, "{status}");
        assert_eq!(world.state.is_over(APP), expected == over);
    }
}
