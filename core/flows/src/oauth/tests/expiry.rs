//! What a policy says of time, what people can say of once, what is refused to a restricted app.

use super::*;
use consent::Policy;
use ledger::{PolicyActivated, ReportIssued, SettingScope};
use model::{ClassMask, ProgramStatus, Timestamp};

fn with_expiry(expiry: &str) -> World {
    let mut world = World::new();
    let policy =
        format!(r#"{{"policy": "timed", "title": "Timed", "programs": {{}}, "expiry": {expiry}}}"#);
    let document = Policy::parse(policy.as_bytes()).unwrap().canonical();
    world.happen(Event::PolicyActivated(PolicyActivated { document, why: why() }));
    world
}

#[test]
fn a_grant_lasts_as_long_as_the_policy_says_and_a_class_no_longer() {
    let mut world = with_expiry(
        r#"{"grant_days": 30, "grant_max_days": 60, "classes": {"post.content": {"max_days": 7}}}"#,
    );
    let choice = world.choice(BOB);
    world.give(&World::query(CONFIDENTIAL, ""), &choice).unwrap();
    // The world's clock steps on before an event is applied.
    let made = world.now.0 - 1;
    let grant = world.state.grant(GrantNo(0)).unwrap();
    assert_eq!(grant.expires_at, Timestamp(made).plus(Millis::days(30)));
    let terms = grant.terms.as_deref().unwrap();
    assert_eq!(terms.ends.len(), 1);
    assert_eq!(terms.ends[0].classes, world.classes("post.content"));
    assert_eq!(terms.ends[0].until, Timestamp(made).plus(Millis::days(7)));
    assert_eq!(terms.purposes.as_ref().map(Vec::len), Some(1), "a grant carries what it is for");

    let longer = Choice { duration: Some(Millis::days(61)), ..world.choice(BOB) };
    let refused = world.give(&World::query(CONFIDENTIAL, ""), &longer).err().unwrap();
    assert_eq!(refused, GiveRefusal::Choice(Wrong::Duration));
}

#[test]
fn a_class_has_its_usual_time_until_the_person_chooses_how_long() {
    let mut world = with_expiry(
        r#"{"grant_days": 30, "classes": {"post.content": {"days": 7, "max_days": 20},
            "group.name": {"days": 3}, "member.name": {"max_days": 60}}}"#,
    );
    let ends = |world: &mut World, duration| {
        let choice = Choice { duration, ..world.choice(BOB) };
        world.give(&World::query(CONFIDENTIAL, ""), &choice).unwrap();
        // The world's clock steps on before an event is applied.
        let made = Timestamp(world.now.0 - 1);
        let grant = world.state.grant(GrantNo(0)).unwrap();
        let day = |until: Timestamp| (until.0 - made.0) / Millis::days(1).0;
        let ends = grant.terms.as_deref().map(|terms| terms.ends.as_slice()).unwrap_or_default();
        let ends: Vec<_> = ends.iter().map(|one| (one.classes, day(one.until))).collect();
        (day(grant.expires_at), ends)
    };
    let (group, posts) = (world.classes("group.name"), world.classes("post.content"));
    assert_eq!(ends(&mut world, None), (30, vec![(group, 3), (posts, 7)]));
    // What the person chose holds for each class as far as it can go.
    assert_eq!(ends(&mut world, Some(Millis::days(30))), (30, vec![(posts, 20)]));
    assert_eq!(ends(&mut world, Some(Millis::days(2))), (2, Vec::new()));
}

#[test]
fn one_time_is_for_classes_that_the_policy_offers_and_the_person_allows() {
    let mut world = with_expiry(r#"{"classes": {"member.name": {"once": true}}}"#);
    let all = world.classes("group.name post.content member.name");
    let name = world.classes("member.name");
    let choice = |world: &World, classes, once| Choice { classes, once, ..world.choice(BOB) };
    let query = World::query(CONFIDENTIAL, "");
    for (classes, once) in [(all, world.classes("post.content")), (all.without(name), name)] {
        let choice = choice(&world, classes, once);
        let refused = world.give(&query, &choice).err().unwrap();
        assert!(matches!(refused, GiveRefusal::Choice(Wrong::Once | Wrong::ClassNotAsked)));
    }
    let wanted = choice(&world, all, name);
    world.give(&query, &wanted).unwrap();
    let terms = world.state.grant(GrantNo(0)).unwrap().terms.as_deref().unwrap();
    assert_eq!((terms.once, terms.spent), (name, ClassMask::NONE));
}

#[test]
fn an_idle_grant_gives_no_token_at_its_instant_and_not_before() {
    let mut world = with_expiry(r#"{"idle_days": 90}"#);
    let code = world.code(CONFIDENTIAL, BOB);
    let first = world.redeem(CONFIDENTIAL, &code).unwrap();
    let active = world.state.grant(GrantNo(0)).unwrap().active_at;
    let token = first.access_token.expose().to_owned();
    assert!(is_active(&world, &token));
    let idle_at = active.plus(Millis::days(90));
    let refresh = first.refresh_token.unwrap();
    world.now = Timestamp(idle_at.0 - 2);
    assert!(world.refresh(CONFIDENTIAL, refresh.expose()).is_ok());
    world.now = idle_at;
    assert!(world.refresh(CONFIDENTIAL, refresh.expose()).is_err());
}

#[test]
fn a_report_that_nobody_acknowledges_ends_new_consent_at_its_term() {
    let mut world = World::new();
    install(&mut world, PUBLIC);
    let due = world.now.plus(Millis::days(14));
    world.happen(Event::ReportIssued(ReportIssued {
        app: CONFIDENTIAL,
        due,
        report: [0; 32],
        why: why(),
    }));
    let offer = |world: &World, now| crate::admin::offer(&world.state, CONFIDENTIAL, now);
    assert!(offer(&world, Timestamp(due.0 - 1)).is_ok());
    assert_eq!(offer(&world, due).unwrap_err(), crate::admin::Refusal::Restricted);
    world.now = due;
    let choice = world.choice(BOB);
    assert!(world.give(&World::query(CONFIDENTIAL, ""), &choice).is_err());
    // Another app of the same partner is not meant.
    assert!(crate::admin::offer(&world.state, PUBLIC, due).is_ok());
}

#[test]
fn an_experiment_takes_in_as_many_as_it_has_room_for() {
    let mut world = World::new();
    let program = world.state.program_named("groups").unwrap();
    world.happen(Event::ProgramStatusChanged(ProgramStatusChanged {
        program,
        status: ProgramStatus::Experimental,
        until: Some(Timestamp::NEVER),
        cap: Some(1),
        why: why(),
    }));
    let query = World::query(CONFIDENTIAL, "");
    let (ada, bob) = (world.choice(ADA), world.choice(BOB));
    world.give(&query, &ada).unwrap();
    assert!(world.give(&query, &bob).is_err(), "there is no room for a second");
    let program = world.state.program(program).unwrap();
    assert!(program.reaches(ADA) && !program.reaches(BOB) && program.is_full());
}

#[test]
fn a_browsers_signal_is_heard_until_the_person_speaks() {
    let mut world = World::new();
    let heard = crate::person::hear_gpc(&world.state, BOB);
    assert!(world.commit(heard));
    let blocked = |world: &World| {
        let settings = world.state.person(BOB).unwrap().settings();
        settings.iter().find(|one| one.scope == SettingScope::Beyond).map(|one| one.blocked)
    };
    assert_eq!(blocked(&world), Some(ClassMask::ALL));
    assert!(crate::person::hear_gpc(&world.state, BOB).events.is_empty());
    let lifted = crate::person::set(&world.state, BOB, SettingScope::Beyond, ClassMask::NONE);
    world.commit(lifted);
    assert_eq!(blocked(&world), Some(ClassMask::NONE));
    assert!(!crate::person::hear_gpc(&world.state, BOB).reply, "the person said otherwise");
}
