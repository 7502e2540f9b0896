//! What admins decide.

use crate::world::{Caller, World};
use serde_json::json;

#[tokio::test]
async fn an_app_is_enabled_in_all_groups_or_none() {
    let world = World::community().await;
    let (both, one) = (world.as_person("1").await, world.as_person("2").await);
    let classes = ["group.name", "post.content"];
    // Person 2 administers only one of them.
    world.enable(&one, &["10", "20"], &classes).await.problem(403, "not-admin");
    assert_eq!(world.store.state().installations().count(), 0);
    world.enable(&both, &["10", "20"], &["post.content"]).await.problem(422, "required-missing");
    let got = world.enable(&both, &["10", "20"], &classes).await.is(201);
    assert_eq!(got.body["installations"].as_array().unwrap().len(), 2);
    let groups = world.get(&both, "/admin/v1/groups").await.is(200).body;
    assert_eq!(groups["items"].as_array().unwrap().len(), 2);
    let installation = &groups["items"][0]["installations"][0];
    assert_eq!(
        (installation["status"].as_str(), installation["backers"].as_u64()),
        (Some("standing"), Some(1))
    );
    let member = world.as_person("3").await;
    assert_eq!(world.get(&member, "/admin/v1/groups").await.is(200).body["items"], json!([]));
    let apps = world.get(&both, "/admin/v1/apps").await.is(200).body;
    assert_eq!(apps["items"][0]["app"]["partner"], "Acme Ltd");
    let required: Vec<&str> = apps["items"][0]["classes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|class| class["required"] == true)
        .map(|class| class["name"].as_str().unwrap())
        .collect();
    assert_eq!(required, ["group.name"]);
}

#[tokio::test]
async fn apps_to_enable_come_a_page_at_a_time() {
    let world = World::community().await;
    let admin = world.as_person("1").await;
    let operator = Caller::operator();
    for n in 0..6 {
        let app = json!({"partner": "ptn_1", "name": format!("App {n}"), "redirect_uris": [], "public": false});
        let made = world.post(&operator, "/staff/v1/apps", app).await.is(201).body;
        // Every second one has no agreement: it cannot be enabled.
        if n % 2 == 0 {
            let agreement = json!({"app": made["app"], "program": "groups", "classes": ["group.name"],
                "purposes": ["group-management"], "until": "2100-01-01T00:00:00Z"});
            world.post(&operator, "/staff/v1/agreements", agreement).await.is(201);
        }
    }
    let all = world.get(&admin, "/admin/v1/apps").await.is(200).body;
    assert_eq!((all["items"].as_array().unwrap().len(), all.get("next")), (4, None));
    let (mut path, mut found) = ("/admin/v1/apps?limit=2".to_owned(), Vec::new());
    for _ in 0..2 {
        let page = world.get(&admin, &path).await.is(200).body;
        let items = page["items"].as_array().unwrap();
        assert_eq!(items.len(), 2);
        found.extend(items.iter().cloned());
        path = format!("/admin/v1/apps?limit=2&after={}", page["next"].as_str().unwrap_or("-"));
    }
    assert_eq!(json!(found), all["items"]);
    assert!(path.ends_with('-'), "there is no third page");
}

#[tokio::test]
async fn an_installation_lapses_with_its_last_admin_and_is_confirmed_by_another() {
    let world = World::community().await;
    let (first, second) = (world.as_person("1").await, world.as_person("2").await);
    world.enable(&first, &["10"], &["group.name", "post.content"]).await.is(201);
    world.tell(10, &[json!({"kind": "admin-gone", "person": "1", "group": "10"})]).await.is(200);
    let status = |body: &serde_json::Value| body["items"][0]["installations"][0]["status"].clone();
    let groups = world.get(&second, "/admin/v1/groups").await.is(200).body;
    assert_eq!(status(&groups), "lapsed");
    // Who is admin no more decides nothing here.
    let confirm = "/admin/v1/installations/ins_0/confirm";
    world.send(&first, http::Method::POST, confirm, None).await.problem(403, "not-admin");
    world.delete(&first, "/admin/v1/installations/ins_0").await.problem(403, "not-admin");
    world.send(&second, http::Method::POST, confirm, None).await.is(204);
    let groups = world.get(&second, "/admin/v1/groups").await.is(200).body;
    assert_eq!(status(&groups), "standing");
    assert_eq!(groups["items"][0]["installations"][0]["backed_by_me"], true);
}

#[tokio::test]
async fn enabling_anew_where_it_lapsed_allows_what_this_admin_asks_for() {
    let world = World::community().await;
    let (first, second) = (world.as_person("1").await, world.as_person("2").await);
    let wide = ["group.name", "post.content", "member.name"];
    let made = world.enable(&first, &["10"], &wide).await.is(201).body;
    assert_eq!(made["allowed"][0]["classes"], json!(["group.name", "post.content", "member.name"]));
    // While it stands, enabling it is standing behind it as it is, and the answer says how it is.
    let again = world.enable(&second, &["10"], &["group.name"]).await.is(201).body;
    assert_eq!(again["allowed"], made["allowed"]);
    let gone = |person: &str| json!({"kind": "admin-gone", "person": person, "group": "10"});
    world.tell(10, &[gone("1"), gone("2")]).await.is(200);
    let back = json!({"kind": "admin", "person": "2", "group": "10"});
    world.tell(12, &[back]).await.is(200);
    let made = world.enable(&second, &["10"], &["group.name", "post.content"]).await.is(201).body;
    assert_eq!(made["installations"], json!(["ins_0"]));
    assert_eq!(made["allowed"][0]["classes"], json!(["group.name", "post.content"]));
    let state = world.store.state();
    let installation = state.installation(model::InstallationNo(0)).unwrap();
    assert_eq!(installation.classes.iter().count(), 2, "names that another admin allowed are gone");
    assert!(state.is_standing(installation));
}

#[tokio::test]
async fn an_app_is_narrowed_and_disabled_whatever_its_status() {
    let world = World::community().await;
    let admin = world.as_person("1").await;
    world.enable(&admin, &["10"], &["group.name", "post.content"]).await.is(201);
    let suspend = json!({"status": "suspended", "because": {"reason": "incident"}});
    world.post(&Caller::operator(), "/staff/v1/partners/ptn_1/status", suspend).await.is(204);
    let keep = json!({"classes": ["group.name"]}).to_string().into_bytes();
    let path = "/admin/v1/installations/ins_0";
    world.send(&admin, http::Method::PATCH, path, Some(keep)).await.is(204);
    let groups = world.get(&admin, "/admin/v1/groups").await.is(200).body;
    let items = groups["items"].as_array().unwrap();
    let ten = items.iter().find(|item| item["group"]["platform_id"] == "10").unwrap();
    let installation = &ten["installations"][0];
    assert_eq!(installation["classes"].as_array().unwrap().len(), 1);
    assert_eq!(installation["app"]["status"], "suspended");
    let first = world.delete(&admin, path).await.is(204).position();
    assert_eq!(world.delete(&admin, path).await.is(204).position(), first, "nothing more to end");
    let confirm = format!("{path}/confirm");
    world.send(&admin, http::Method::POST, &confirm, None).await.problem(404, "not-found");
}
