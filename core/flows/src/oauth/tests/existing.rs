//! What exists goes on where nothing new may begin, and nothing more than that.

use super::*;
use crate::{admin, person, staff};
use ledger::{AgreementMade, AppsSuspended, InstallationEnded, ReportIssued, SuspensionLifted};
use model::{Actor, AgreementNo, ClassMask, Env, Position, Timestamp};

fn program_is(world: &mut World, status: ProgramStatus, cap: Option<u32>) {
    let until = (status == ProgramStatus::Experimental).then(|| world.now.plus(Millis::days(9)));
    let program = world.state.program_named("groups").unwrap();
    let why = why();
    world.happen(Event::ProgramStatusChanged(ProgramStatusChanged {
        program,
        status,
        why,
        until,
        cap,
    }));
}

fn report(world: &mut World, app: AppNo) {
    let due = world.now;
    world.happen(Event::ReportIssued(ReportIssued { app, due, report: [0; 32], why: why() }));
}

/// An installation with a class to opt in to.
fn enable(world: &mut World, app: AppNo) -> InstallationNo {
    let classes = world.classes("group.name post.content member.name");
    let commit = admin::enable(&world.state, world.now, ADA, app, &[GROUP], classes).unwrap();
    world.commit(commit)[0]
}

fn opt_in(
    world: &mut World,
    who: model::PersonNo,
    no: InstallationNo,
) -> Result<ClassMask, person::Refusal> {
    let wish = (no, ClassMask::ALL);
    let commit = person::opt_in(&world.state, world, world.now, who, wish)?;
    Ok(world.commit(commit))
}

#[test]
fn whoever_is_in_a_full_experiment_renews_and_nobody_else_enters() {
    let mut world = World::new();
    program_is(&mut world, ProgramStatus::Experimental, Some(1));
    let (query, ada, bob) = (World::query(CONFIDENTIAL, ""), world.choice(ADA), world.choice(BOB));
    world.give(&query, &ada).unwrap();
    world.give(&query, &ada).unwrap();
    let refusal = world.give(&query, &bob).err().unwrap();
    assert!(matches!(refusal, GiveRefusal::Request(_)));
    let request = authorize::read(&query, &world.state).unwrap();
    let check = |who| authorize::check(&request, who, &world.server(), &world.state, world.now);
    assert!(check(Some(ADA)).is_ok());
    assert!(check(Some(BOB)).is_err());
    assert!(check(None).is_ok(), "nobody knows yet who signs in");
}

#[test]
fn a_restricted_program_takes_no_opt_in_and_keeps_those_there_are() {
    let mut world = World::new();
    let no = enable(&mut world, CONFIDENTIAL);
    let names = world.classes("member.name");
    assert_eq!(opt_in(&mut world, ADA, no), Ok(names));
    program_is(&mut world, ProgramStatus::Restricted, None);
    let found = world.state.installation(no).unwrap();
    assert_eq!(person::offered(&world.state, found), names);
    assert_eq!(person::offered_to(&world.state, found, BOB, world.now), ClassMask::NONE);
    assert_eq!(opt_in(&mut world, BOB, no), Err(person::Refusal::Restricted));
    assert_eq!(opt_in(&mut world, ADA, no), Ok(names), "said again");
    let taken = person::opt_out(&world.state, ADA, no, names).unwrap();
    world.commit(taken);
    assert_eq!(opt_in(&mut world, ADA, no), Err(person::Refusal::Restricted), "taken back");
    program_is(&mut world, ProgramStatus::Live, None);
    report(&mut world, CONFIDENTIAL);
    assert_eq!(opt_in(&mut world, BOB, no), Err(person::Refusal::Restricted));
}

#[test]
fn a_full_experiment_keeps_nobody_from_the_live_program_beside_it() {
    let mut world = World::new();
    let no = enable(&mut world, CONFIDENTIAL);
    let names = world.classes("member.name");
    program_is(&mut world, ProgramStatus::Experimental, Some(1));
    assert_eq!(opt_in(&mut world, ADA, no), Ok(names));
    assert_eq!(opt_in(&mut world, BOB, no), Err(person::Refusal::Restricted), "it is full");
    let taken = person::opt_out(&world.state, ADA, no, names).unwrap();
    world.commit(taken);
    assert_eq!(opt_in(&mut world, ADA, no), Ok(names), "who is in it comes back");
    // The same app has an agreement that is over, for a program that nobody can enter: that one says nothing any more.
    program_is(&mut world, ProgramStatus::Live, None);
    let found = world.state.agreement(AgreementNo(CONFIDENTIAL.0)).unwrap().clone();
    world.happen(Event::AgreementMade(AgreementMade {
        agreement: AgreementNo(77),
        app: CONFIDENTIAL,
        program: found.program,
        classes: found.classes,
        required: found.required,
        purposes: found.purposes,
        from: Timestamp(0),
        until: Timestamp(1),
        retention: None,
        anonymise_by: None,
        terms: None,
        why: why(),
    }));
    assert_eq!(opt_in(&mut world, BOB, no), Ok(names));
}

#[test]
fn another_admin_stands_behind_what_stands_whatever_is_closed_to_what_is_new() {
    let closings: [fn(&mut World); 4] = [
        |world| program_is(world, ProgramStatus::Restricted, None),
        |world| {
            program_is(world, ProgramStatus::Experimental, Some(1));
            let choice = world.choice(ADA);
            world.give(&World::query(CONFIDENTIAL, ""), &choice).unwrap();
        },
        |world| report(world, CONFIDENTIAL),
        |world| program_is(world, ProgramStatus::Closed, None),
    ];
    for close in closings {
        let mut world = World::new();
        let no = install(&mut world, CONFIDENTIAL);
        world.facts(vec![Fact::Admin(BOB, GROUP)]);
        close(&mut world);
        let commit = admin::confirm(&world.state, world.now, BOB, no).unwrap();
        world.commit(commit);
        assert_eq!(world.state.installation(no).unwrap().backers(), [ADA, BOB]);
    }
}

#[test]
fn what_lapsed_is_taken_up_again_where_the_app_may_receive_something() {
    let lapsed = || {
        let mut world = World::new();
        let no = install(&mut world, CONFIDENTIAL);
        world.facts(vec![Fact::AdminGone(ADA, GROUP), Fact::Admin(BOB, GROUP)]);
        (world, no)
    };
    let confirm = |world: &World, no| admin::confirm(&world.state, world.now, BOB, no).map(drop);
    let (mut world, no) = lapsed();
    program_is(&mut world, ProgramStatus::Restricted, None);
    assert_eq!(confirm(&world, no), Ok(()), "restricted, and it is not new");
    program_is(&mut world, ProgramStatus::Closed, None);
    assert_eq!(confirm(&world, no), Err(admin::Refusal::NoAgreement));
    let (mut world, no) = lapsed();
    let (apps, position) =
        (ledger::AppList::new(vec![CONFIDENTIAL]), Position(world.state.next().0));
    world.happen(Event::AppsSuspended(AppsSuspended { apps, selection: None, why: why() }));
    assert_eq!(confirm(&world, no), Err(admin::Refusal::AppNotActive));
    let lifted = SuspensionLifted { suspension: position, why: why() };
    world.happen(Event::SuspensionLifted(lifted));
    report(&mut world, CONFIDENTIAL);
    assert_eq!(confirm(&world, no), Err(admin::Refusal::Restricted));
    let (installation, app) = (no, CONFIDENTIAL);
    let ended = InstallationEnded { installation, app, why: why() };
    world.happen(Event::InstallationEnded(ended));
    assert_eq!(confirm(&world, no), Err(admin::Refusal::Unknown), "ended is ended");
}

#[test]
fn an_experiment_that_ended_is_only_closed_and_without_exceptions() {
    let mut world = World::new();
    program_is(&mut world, ProgramStatus::Experimental, None);
    let program = world.state.program_named("groups").unwrap();
    let end = world.state.program(program).unwrap().until.unwrap();
    let until = end.plus(Millis::days(30));
    let exception =
        staff::NewException { app: CONFIDENTIAL, until, reason: "For a while.".to_owned() };
    let stages = [
        (staff::Stage::Live, false),
        (staff::Stage::Restricted, false),
        (staff::Stage::Experiment { until, cap: None }, false),
        (staff::Stage::Closed { exceptions: vec![exception] }, false),
        (staff::Stage::Closed { exceptions: Vec::new() }, true),
    ];
    let by = crate::Said::by(Actor::Operator);
    for (stage, comes_after) in &stages {
        let at = |now| {
            let env = Env::new(now, [1; 32]);
            staff::move_program(&world.state, &env, &by, program, stage).map(drop)
        };
        assert_eq!(at(Timestamp(end.0 - 1)), Ok(()), "{stage:?} before its end");
        assert_eq!(at(end).is_ok(), *comes_after, "{stage:?}: {:?}", at(end));
    }
}
