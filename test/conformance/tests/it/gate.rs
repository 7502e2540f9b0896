//! The gate end to end: what a partner gets of a group.

use conformance::{Options, World};
use ledger::SettingScope;
use model::{Actor, Chain, ClassMask, limits};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn an_app_gets_content_and_nobody_who_did_not_opt_in() {
    let world = World::start(Options::default()).await;
    let app = world.app("Grouply").await;
    let group = world.group(0);
    let installation = world.install(app, group).await;
    let token = world.installation_token(app, installation);
    let id = world.group_name(app, group);

    let answer = world.get(&format!("/v1/groups/{id}"), &token).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.json()["name"].is_string());

    let answer = world.get(&format!("/v1/groups/{id}/posts?limit=50"), &token).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let items = answer.json()["items"].as_array().cloned().unwrap_or_default();
    assert!(!items.is_empty());
    assert!(items.iter().all(|post| post["text"].is_string()), "content is there");
    assert!(
        items.iter().all(|post| post["author"] == Value::Null),
        "nobody opted in: {}",
        answer.text()
    );
    assert!(!answer.text().contains("location_ip") && !answer.text().contains("browser_used"));
    let withheld = answer.withheld.clone().unwrap_or_default();
    assert!(withheld.contains("member.name;reason=person"), "{withheld}");
    let position = answer.position.expect("a position");
    assert!(world.store.entry(model::Position(position)).expect("the log").is_some(), "recorded");

    let members = world.get(&format!("/v1/groups/{id}/members"), &token).await;
    assert_eq!(members.json()["items"].as_array().map(Vec::len), Some(0), "{}", members.text());

    let admin = world.admin(group);
    world.opt_in(admin, installation).await;
    let members = world.get(&format!("/v1/groups/{id}/members"), &token).await;
    assert_eq!(members.json()["items"].as_array().map(Vec::len), Some(1), "{}", members.text());
    assert!(members.text().contains("\"name\""));
    world.opt_out(admin, installation).await;
    let members = world.get(&format!("/v1/groups/{id}/members"), &token).await;
    assert_eq!(members.json()["items"].as_array().map(Vec::len), Some(0), "{}", members.text());
}

/// Where a page ends within the upstream's list depends on what was passed over: the cursor must not show it.
#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_tells_nothing_of_what_was_passed_over() {
    let world = World::start(Options::default()).await;
    let app = world.app("Grouply").await;
    let group = world.group(0);
    let installation = world.install(app, group).await;
    let token = world.installation_token(app, installation);
    let id = world.group_name(app, group);
    let cursors = async |times: usize| {
        let mut cursors = Vec::new();
        for limit in (1..=12).flat_map(|limit| std::iter::repeat_n(limit, times)) {
            let answer = world.get(&format!("/v1/groups/{id}/posts?limit={limit}"), &token).await;
            let next = answer.json()["next"].as_str().map(str::to_owned);
            cursors.extend(next);
        }
        cursors
    };
    let whole = cursors(1).await;
    world.set(world.admin(group), SettingScope::AllApps, ClassMask::ALL).await;
    let mut all = cursors(2).await;
    assert!(whole.len() > 3 && all.len() > 6, "a list of many pages");
    let length = whole[0].len();
    assert!(whole.iter().chain(&all).all(|cursor| cursor.len() == length), "{whole:?} {all:?}");
    // Two of one place cannot be compared either.
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "the same cursor twice: {all:?}");
}

/// A page can have no items for the app's own lack of a class; that is told, alike whether there is anybody or not.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_the_grant_leaves_nothing_of_says_so_and_nothing_about_people() {
    let world = World::start(Options::default()).await;
    let app = world.app("Grouply").await;
    let group = world.group(0);
    let installation = world.install(app, group).await;
    let (admin, context) = (world.admin(group), world.context(group));
    let until = world.store.now().plus(limits::GRANT_LIFETIME_DEFAULT);
    let lacking = world.store.state().numbering().classes["member.id"];
    let grant = world.commit(move |state, _, _| {
        let grant = state.next_grant();
        let event = ledger::GrantMade {
            grant,
            app: app.no,
            person: admin,
            classes: ClassMask::ALL.without([lacking].into_iter().collect()),
            contexts: vec![context],
            expires_at: until,
            why: ledger::Why::by(Actor::Person(admin)),
            ends: None,
            once: None,
            purposes: None,
        };
        Ok::<_, ()>(sequence::Commit::event(ledger::Event::GrantMade(event), grant))
    });
    let token = world.seal(app, Chain::Grant(grant.await.reply));
    let whole = world.grant(app, admin, &[context]).await.1;
    let path = format!("/v1/groups/{}/members", world.group_name(app, group));
    let members = async |token: &str| {
        let answer = world.get(&path, token).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        (answer.json()["items"].as_array().map(Vec::len), answer.withheld)
    };
    let told = Some("member.id;reason=grant-class".to_owned());
    assert_eq!(members(&token).await, (Some(0), told.clone()));
    // Where only people stand in the way, nothing is told that an empty list would not tell.
    assert_eq!(members(&whole).await, (Some(0), None));
    world.opt_in(admin, installation).await;
    assert_eq!(members(&token).await, (Some(0), told.clone()));
    assert_eq!(members(&whole).await.0, Some(1));
    world.set(admin, SettingScope::AllApps, ClassMask::ALL).await;
    assert_eq!(members(&token).await, (Some(0), told));
    assert_eq!(members(&whole).await, (Some(0), None));
}
