//! A person's own pages.

use crate::world::{World, mask, run};
use consent::{Request, State};
use ledger::{About, Event, GrantMade, Node, PartnerStatusChanged, RecordFacts, SettingScope, Why};
use model::{
    Actor, Chain, ContextNo, InstallationNo, Millis, ObjectKind, ObjectNo, PartnerStatus, PersonNo,
    Publication, Relation, Timestamp,
};
use sequence::{Basis, Commit, Permit};
use std::sync::Arc;

#[tokio::test]
async fn a_person_opts_in_by_class_and_out_again() {
    let world = World::new().await;
    let installation = world.enabled().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let page = bob.get(&format!("/privacy/apps/{}", world.app)).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Names of people in a group"), "{}", page.body);
    let id = installation.to_string();
    let choice = [("installation", id.as_str()), ("class", "member.name"), ("choice", "save")];
    let page = bob.submit("/privacy/choices", &choice).await;
    assert_eq!((page.status, page.location()), (303, "/privacy?done=saved"));
    let chosen = || world.store.state().opted_in(world.bob, installation);
    assert_eq!(chosen(), mask(&world.store.state(), &["member.name"]));
    let choice = [("installation", id.as_str()), ("class", "member.picture"), ("choice", "save")];
    bob.submit("/privacy/choices", &choice).await;
    assert_eq!(chosen(), mask(&world.store.state(), &["member.picture"]));
    let choice = [("installation", id.as_str()), ("class", "member.name"), ("choice", "nothing")];
    bob.submit("/privacy/choices", &choice).await;
    assert!(chosen().is_empty());
}

#[tokio::test]
async fn a_browser_that_sends_the_privacy_signal_is_heard_once() {
    let world = World::new().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let keeps = || {
        let state = world.store.state();
        let settings = state.person(world.bob).map(|one| one.settings()).unwrap_or_default();
        settings.iter().filter(|one| one.scope == SettingScope::Beyond).count()
    };
    bob.get("/").await;
    assert_eq!(keeps(), 0);
    for _ in 0..2 {
        let request = http::Request::get("/").header("sec-gpc", "1");
        let page = bob.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(page.status, 200);
    }
    assert_eq!(keeps(), 1);
}

#[tokio::test]
async fn a_person_reports_an_app_from_its_page() {
    let world = World::new().await;
    world.enabled().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let page = bob.get(&format!("/privacy/apps/{}", world.app)).await;
    assert!(page.body.contains("Report this app"), "{}", page.body);
    let path = format!("/privacy/apps/{}/report", world.app);
    let page = bob.submit(&path, &[("reason", "own-wish"), ("text", "x")]).await;
    assert_eq!(page.status, 400);
    let page = bob.submit(&path, &[("reason", "malware"), ("text", "It mines coins.")]).await;
    assert_eq!(
        (page.status, page.location()),
        (303, &*format!("/privacy/apps/{}?done=reported", world.app))
    );
    let all = world.store.latest_of_kind(105, model::Position(u64::MAX), 5).unwrap();
    assert_eq!(all.len(), 1, "what could not be meant is not recorded");
    let told = match all[0].read_payload().unwrap() {
        Some(ledger::Payload::Control(ledger::Event::AppReported(event))) => event,
        other => panic!("{other:?}"),
    };
    assert_eq!((told.person, told.app), (world.bob, world.app));
    let text = world.store.note(&told.why.note.unwrap()).unwrap();
    assert_eq!(text.as_deref(), Some("It mines coins."));
    let mut staff = world.staff_in().await;
    let listed = staff.get("/staff/reported").await;
    assert_eq!(listed.status, 200);
    assert!(listed.body.contains(&format!("Report {}", all[0].position.0)), "{}", listed.body);
    let mut viewer = world.new_staff("vera", model::StaffRole::Viewer).await;
    assert_eq!(viewer.get("/staff/reported").await.status, 403, "the text is for reviewers");
}

#[tokio::test]
async fn opting_out_works_while_the_partner_is_suspended_and_opting_in_does_not() {
    let world = World::new().await;
    let installation = world.enabled().await;
    let id = installation.to_string();
    let mut bob = world.signed_in(world.bob, "bob").await;
    bob.get("/privacy").await;
    let both = [("installation", id.as_str()), ("class", "member.name"), ("choice", "save")];
    bob.submit("/privacy/choices", &both).await;
    let mut staff = world.staff_in().await;
    staff.get("/staff").await;
    let act = [
        ("do", "partner-status"),
        ("on", "ptn_1"),
        ("to", "suspended"),
        ("reason", "malware"),
        ("severity", "high"),
    ];
    assert_eq!(staff.submit("/staff/act", &act).await.status, 303);
    // One form that takes one class back and asks for another: the first must hold although the second is refused.
    let swap = [("installation", id.as_str()), ("class", "member.picture"), ("choice", "save")];
    let page = bob.submit("/privacy/choices", &swap).await;
    assert_eq!(page.status, 409);
    assert!(page.body.contains("This app is not active at present."), "{}", page.body);
    assert!(world.store.state().opted_in(world.bob, installation).is_empty());
}

#[tokio::test]
async fn one_switch_for_all_apps_one_per_group_one_per_app() {
    let world = World::new().await;
    world.enabled().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let (app, garden) = (world.app.to_string(), world.garden.to_string());
    let scopes = [
        ("all", SettingScope::AllApps),
        (app.as_str(), SettingScope::App(world.app)),
        (garden.as_str(), SettingScope::Context(world.garden)),
    ];
    for (text, scope) in scopes {
        let is_set = || {
            let state = world.store.state();
            let settings = state.person(world.bob).map(|one| one.settings().to_vec());
            settings.unwrap_or_default().iter().any(|one| one.scope == scope)
        };
        bob.get("/privacy").await;
        let page = bob.submit("/privacy/settings", &[("scope", text), ("choice", "block")]).await;
        assert_eq!((page.status, page.location()), (303, "/privacy?done=blocked"));
        assert!(is_set(), "{text}");
        assert!(bob.get("/privacy").await.body.contains("Blocked</span>"), "{text}");
        bob.submit("/privacy/settings", &[("scope", text), ("choice", "lift")]).await;
        assert!(!is_set(), "{text}");
    }
}

#[tokio::test]
async fn what_an_admin_allowed_can_be_refused_class_by_class() {
    let world = World::new().await;
    world.enabled().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    let page = bob.get(&format!("/privacy/apps/{}", world.app)).await;
    assert!(page.body.contains("name=\"shown\" value=\"post.content\""), "{}", page.body);
    let app = world.app.to_string();
    let none = [("scope", app.as_str()), ("choice", "classes"), ("shown", "post.content")];
    bob.submit("/privacy/settings", &none).await;
    let blocked = {
        let state = world.store.state();
        state.person(world.bob).unwrap().settings()[0].blocked
    };
    assert_eq!(blocked, mask(&world.store.state(), &["post.content"]));
}

#[tokio::test]
async fn history_tells_what_was_decided_and_seen_by_is_empty_at_first() {
    let world = World::new().await;
    let installation = world.enabled().await.to_string();
    let mut bob = world.signed_in(world.bob, "bob").await;
    bob.get("/privacy").await;
    let choice = [("installation", installation.as_str()), ("class", "member.name")];
    bob.submit("/privacy/choices", &choice).await;
    let page = bob.get("/privacy/history").await;
    assert!(page.body.contains("You allowed Planner"), "{}", page.body);
    assert!(page.body.contains("You became an admin of Chess."), "{}", page.body);
    assert!(!page.body.contains("You became an admin of Garden"), "another person's fact");
    let page = bob.get("/privacy/seen").await;
    assert!(page.body.contains("No app has received anything about you."), "{}", page.body);
}

/// An answer to the app's own token: one post of this person in this group.
fn answer(
    state: &State,
    installation: InstallationNo,
    author: PersonNo,
    context: ContextNo,
    now: Timestamp,
) -> Permit {
    let catalog = state.catalog().unwrap();
    let operation = catalog
        .operations
        .iter()
        .find(|one| one.classes.covers(mask(state, &["post.content", "member.name"])))
        .unwrap();
    let request = Request {
        app: state.installation(installation).unwrap().app,
        credential: None,
        chain: Chain::Installation(installation),
        issue: state.issue_number(),
        key: 1,
        family: None,
        acting: None,
        operation: operation.number,
        program: operation.program,
        purpose: operation.purpose,
        requires: model::ClassMask::NONE,
        context: Some(context),
        version: catalog.version,
        facts_up_to: now,
    };
    let record = RecordFacts {
        kind: ObjectKind::Post,
        object: ObjectNo(1),
        context: Some(context),
        publication: Publication::Published,
        time: None,
        relation: Relation::NONE,
    };
    let node = Node {
        within: None,
        record: Some(record),
        about: About::People([author].into_iter().collect()),
        presence: model::ClassMask::NONE,
        asked: mask(state, &["post.content", "member.name", "member.picture"]),
    };
    let basis = Basis { load: 0, revision: state.revision() };
    Permit::decide(state, basis, Arc::new(request), Arc::new(vec![node]), now)
}

#[tokio::test]
async fn seen_by_tells_what_left_and_nothing_that_was_withheld() {
    let world = World::new().await;
    let installation = world.enabled().await;
    let (bob_no, garden) = (world.bob, world.garden);
    let mut bob = world.signed_in(world.bob, "bob").await;
    bob.get("/privacy").await;
    let id = installation.to_string();
    let choice = [("installation", id.as_str()), ("class", "member.name")];
    bob.submit("/privacy/choices", &choice).await;
    for _ in 0..3 {
        run(&world.store, move |state, env| {
            let permit = answer(state, installation, bob_no, garden, env.now);
            Commit::entry(permit.entry(state).unwrap(), ())
        })
        .await;
    }
    let page = bob.get("/privacy/seen").await.body;
    assert!(
        page.contains("In the last 30 days: 3 times, on 1 day, at most 3 times on one day"),
        "{page}"
    );
    assert!(page.contains("Names of people in a group, What people write in posts"), "{page}");
    assert!(!page.contains("Pictures of people"), "withheld is not seen: {page}");
    assert!(page.contains("Garden"), "{page}");
    assert!(bob.get("/").await.body.contains("app received something about you"));
    let mut cleo = world.signed_in(world.cleo, "cleo").await;
    let page = cleo.get("/privacy/seen").await.body;
    assert!(page.contains("No app has received anything about you."), "{page}");
}

#[tokio::test]
async fn ending_works_while_the_platform_is_down() {
    let world = World::new().await;
    let installation = world.enabled().await;
    let mut bob = world.without_platform(world.bob, "bob").await;
    let page = bob.get("/privacy").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(&format!("Group {}", world.garden.0)), "{}", page.body);
    bob.submit("/privacy/settings", &[("scope", "all"), ("choice", "block")]).await;
    let id = installation.to_string();
    let choice = [("installation", id.as_str()), ("choice", "nothing")];
    assert_eq!(bob.submit("/privacy/choices", &choice).await.status, 303);
    assert!(bob.get("/privacy").await.body.contains("Unblock all apps"));
}

/// From the start page one click leads to the recipients, one more takes back: never more than two to withdraw.
#[tokio::test]
async fn every_recipient_is_named_and_what_was_allowed_is_taken_back_there() {
    let world = World::new().await;
    let installation = world.enabled().await;
    let (bob_no, garden, id) = (world.bob, world.garden, installation.to_string());
    let mut bob = world.signed_in(world.bob, "bob").await;
    bob.get("/privacy").await;
    let choice = [("installation", id.as_str()), ("class", "member.name")];
    bob.submit("/privacy/choices", &choice).await;
    run(&world.store, move |state, env| {
        let permit = answer(state, installation, bob_no, garden, env.now);
        Commit::entry(permit.entry(state).unwrap(), ())
    })
    .await;
    assert!(bob.get("/").await.body.contains("href=\"/privacy/recipients\""), "the first click");
    let page = bob.get("/privacy/recipients").await.body;
    assert!(page.contains("Planner") && page.contains("may read now"), "{page}");
    let may = page.split("<h3>Did read</h3>").next().unwrap();
    assert!(may.contains("What people write in posts"), "{page}");
    assert!(may.contains(&format!("/me/v1/receipts/{id}")), "{page}");
    let did = page.split("<h3>Did read</h3>").nth(1).unwrap();
    assert!(did.contains("Garden") && did.contains("Names of people in a group"), "{page}");
    assert!(!did.contains("Pictures of people"), "{page}");
    let back =
        [("installation", id.as_str()), ("choice", "nothing"), ("back", "/privacy/recipients")];
    let done = bob.submit("/privacy/choices", &back).await;
    assert_eq!((done.status, done.location()), (303, "/privacy/recipients?done=saved"));
    let page = bob.get("/privacy/recipients").await.body;
    assert!(page.contains("You took back what you had allowed in a group."), "{page}");
    assert!(!page.contains("You allowed:"), "{page}");
    let app = page.split("<h2 id=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let block = [("scope", app.as_str()), ("choice", "block"), ("back", "/privacy/recipients")];
    assert_eq!(bob.submit("/privacy/settings", &block).await.status, 303);
    let page = bob.get("/privacy/recipients").await.body;
    assert!(page.contains("did read, may not now") && page.contains("You blocked it"), "{page}");
    let mut cleo = world.signed_in(world.cleo, "cleo").await;
    let page = cleo.get("/privacy/recipients").await.body;
    assert!(!page.contains("did read, may not now"), "another person's: {page}");
}

/// What ended with the partner offers nothing to withdraw; a suspension ends nothing.
#[tokio::test]
async fn what_ended_with_the_partner_is_not_offered_for_withdrawal() {
    let world = World::new().await;
    world.enabled().await;
    let (app, person) = (world.app, world.bob);
    run(&world.store, move |state, env| {
        let made = GrantMade {
            grant: state.next_grant(),
            app,
            person,
            classes: mask(state, &["member.name"]),
            contexts: Vec::new(),
            expires_at: env.now.plus(Millis::days(9)),
            ends: None,
            once: None,
            purposes: None,
            why: Why::by(Actor::Person(person)),
        };
        Commit::event(Event::GrantMade(made), ())
    })
    .await;
    let set = |status| {
        run(&world.store, move |state, _| {
            let partner = state.app(app).unwrap().partner;
            let why = Why::by(Actor::Operator);
            let event = PartnerStatusChanged { partner, status, why };
            Commit::event(Event::PartnerStatusChanged(event), ())
        })
    };
    let mut bob = world.signed_in(world.bob, "bob").await;
    let withdraw = "action=\"/privacy/grants/grt_0/withdraw\"";
    set(PartnerStatus::Suspended).await;
    for path in ["/", "/privacy", "/privacy/recipients"] {
        let page = bob.get(path).await.body;
        assert!(page.contains(withdraw), "{path}: {page}");
    }
    set(PartnerStatus::Revoked).await;
    for path in ["/", "/privacy", "/privacy/recipients"] {
        let page = bob.get(path).await.body;
        assert!(!page.contains(withdraw), "{path}: {page}");
    }
    let home = bob.get("/").await.body;
    assert!(home.contains("<span class=\"figure\">0</span><span>apps are enabled"), "{home}");
    let page = bob.get("/privacy/recipients").await.body;
    assert!(page.contains("/me/v1/receipts/grt_0"), "the receipt is still there: {page}");
    assert!(page.contains("set the company to revoked"), "{page}");
    assert!(!page.contains("No admin stands behind it"), "{page}");
}

/// So much that a page takes in a small part of it.
async fn outrun_the_index(world: &World) {
    let person = world.cleo;
    run(&world.store, move |_, _| {
        let event = ledger::Event::SettingChanged(ledger::SettingChanged {
            person,
            scope: ledger::SettingScope::AllApps,
            blocked: model::ClassMask::NONE,
            why: ledger::Why::by(model::Actor::Person(person)),
        });
        let mut commit = Commit::event(event.clone(), ());
        commit.events = vec![event; 36_000];
        commit
    })
    .await;
}

/// Whoever reads a list must not take a part of it for the whole.
#[tokio::test]
async fn pages_say_since_when_entries_are_missing_while_they_are_read_in_again() {
    let world = World::new().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    outrun_the_index(&world).await;
    world.pass(model::Millis::days(1));
    let words = "UTC are being read in again; this";
    for (path, claim) in [
        ("/privacy/recipients", "and none ever did"),
        ("/privacy/seen", "No app has received anything"),
        ("/privacy/history", "Nothing was decided yet"),
        ("/", "no such claim"),
    ] {
        let page = bob.get(path).await.body;
        assert!(page.contains(words) && page.contains("may be incomplete until then."), "{page}");
        assert!(!page.contains(claim), "{path} says what it cannot know: {page}");
    }
    while world.store.is_counted().is_err() {}
    for path in ["/privacy/recipients", "/privacy/seen", "/privacy/history", "/"] {
        let page = bob.get(path).await.body;
        assert!(!page.contains(words), "{path}: {page}");
    }
}
