//! Apps in my groups.

use crate::world::{World, mask, run};
use flows::{Said, staff};
use model::{Actor, InstallationNo, Millis};

#[tokio::test]
async fn an_admin_enables_an_app_in_two_groups_at_once() {
    let world = World::new().await;
    let mut ada = world.signed_in(world.ada, "ada").await;
    let page = ada.get("/groups/enable").await;
    assert!(page.body.contains("Planner"), "{}", page.body);
    let (app, garden, chess) =
        (world.app.to_string(), world.garden.to_string(), world.chess.to_string());
    let page = ada.get(&format!("/groups/enable?app={app}")).await;
    assert!(!page.body.contains("checked"), "nothing is ticked beforehand: {}", page.body);
    let preview = format!(
        "/groups/enable?app={app}&step=preview&class=post.content&group={garden}&group={chess}"
    );
    let page = ada.get(&preview).await;
    assert!(page.body.contains("In 2 groups"), "{}", page.body);
    assert!(page.body.contains("name=\"class\" value=\"group.name\""), "required classes go along");
    assert_eq!(world.store.state().installations().count(), 0, "a look changes nothing");
    let yes = [
        ("app", app.as_str()),
        ("class", "group.name"),
        ("class", "post.content"),
        ("group", garden.as_str()),
        ("group", chess.as_str()),
    ];
    let page = ada.submit("/groups/enable", &yes).await;
    assert_eq!((page.status, page.location()), (303, "/groups?done=enabled"));
    let state = world.store.state();
    let all: Vec<_> = state.installations().map(|(_, one)| one.clone()).collect();
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|one| one.classes == mask(&state, &["group.name", "post.content"])));
    assert!(all.iter().all(|one| state.is_standing(one)));
}

#[tokio::test]
async fn nothing_is_enabled_where_one_group_is_not_the_admins() {
    let world = World::new().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    bob.get("/groups/enable").await;
    let (app, garden, chess) =
        (world.app.to_string(), world.garden.to_string(), world.chess.to_string());
    let yes = [
        ("app", app.as_str()),
        ("class", "group.name"),
        ("group", chess.as_str()),
        ("group", garden.as_str()),
    ];
    bob.get("/groups").await;
    let page = bob.submit("/groups/enable", &yes).await;
    assert_eq!(page.status, 409);
    assert!(page.body.contains("You are not an admin of this group."), "{}", page.body);
    assert_eq!(world.store.state().installations().count(), 0);
}

#[tokio::test]
async fn an_admin_narrows_and_disables() {
    let world = World::new().await;
    let no = world.enabled().await;
    let mut ada = world.signed_in(world.ada, "ada").await;
    let path = format!("/groups/apps/{no}");
    assert!(ada.get(&path).await.body.contains("Standing"));
    ada.submit(&format!("{path}/narrow"), &[("class", "group.name")]).await;
    let found = |no: InstallationNo| world.store.state().installation(no).unwrap().clone();
    assert_eq!(found(no).classes, mask(&world.store.state(), &["group.name"]));
    let page = ada.get(&format!("{path}/disable")).await;
    assert!(page.body.contains("Its access to this group ends at once"), "{}", page.body);
    assert!(!found(no).ended);
    let page = ada.submit(&format!("{path}/disable"), &[]).await;
    assert_eq!((page.status, page.location()), (303, "/groups?done=disabled"));
    assert!(found(no).ended);
}

#[tokio::test]
async fn an_installation_of_another_group_is_not_found() {
    let world = World::new().await;
    let no = world.enabled().await;
    let mut bob = world.signed_in(world.bob, "bob").await;
    assert_eq!(bob.get(&format!("/groups/apps/{no}")).await.status, 404);
    bob.get("/").await;
    assert_eq!(bob.submit(&format!("/groups/apps/{no}/disable"), &[]).await.status, 409);
    assert!(!world.store.state().installation(no).unwrap().ended);
}

#[tokio::test]
async fn apps_to_enable_are_paged_and_found_by_name() {
    let world = World::new().await;
    let (purpose, program) = {
        let state = world.store.state();
        (state.numbering().purposes["group-management"], state.program_named("groups").unwrap())
    };
    let partner = world.store.state().app(world.app).unwrap().partner;
    // With the one that is there, one more than a page holds; a name that nobody reads stands in between.
    for n in 0..51 {
        let name = match n {
            7 => "Sealed".to_owned(),
            30 => "\u{c4}rger".to_owned(),
            _ => format!("Tool {n}"),
        };
        let app = run(&world.store, move |state, env| {
            let new = staff::NewApp {
                partner,
                name: name.clone(),
                public: true,
                redirects: vec!["https://tool.example/back".to_owned()],
                reviewed: model::ClassMask::ALL,
            };
            staff::make_app(state, env, &Said::by(Actor::Operator), &new).unwrap()
        })
        .await;
        if n == 7 {
            continue; // It has no agreement.
        }
        run(&world.store, move |state, env| {
            let classes = mask(state, &["group.name"]);
            let new = staff::NewAgreement {
                terms: staff::Terms::default(),
                app,
                program,
                classes,
                required: classes,
                purposes: vec![purpose],
                from: env.now,
                until: env.now.plus(Millis::days(9)),
            };
            staff::make_agreement(state, env, &Said::by(Actor::Operator), &new).unwrap()
        })
        .await;
    }
    let mut ada = world.signed_in(world.ada, "ada").await;
    let choices = |body: &str| body.matches("\">Choose</a>").count();
    let page = ada.get("/groups/enable").await;
    assert_eq!(choices(&page.body), 50);
    assert!(!page.body.contains("Sealed") && !page.body.contains("Tool 50"), "{}", page.body);
    let next = page.body.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    let page = ada.get(&next).await;
    assert_eq!(choices(&page.body), 1);
    assert!(page.body.contains("Tool 50") && !page.body.contains("rel=\"next\""));
    let page = ada.get("/groups/enable?q=%C3%A4rger").await;
    assert_eq!(choices(&page.body), 1, "{}", page.body);
    let page = ada.get("/groups/enable?q=sealed").await;
    assert_eq!(choices(&page.body), 0, "without an agreement it is not offered");
    assert!(page.body.contains("No app of this name"));
}
