//! A person's own pages.

use crate::world::{World, mask};
use ledger::SettingScope;

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
