//! What a change would do, told before it is made; a policy that is watched.

use crate::disclosed::disclose;
use crate::world::{Caller, Got, World};
use serde_json::{Value, json};
use std::time::Duration;

fn withheld() -> Value {
    json!({"policy": "stricter", "title": "Stricter",
        "programs": {"groups": {"classes": {"post.content": "withheld"}}}})
}

/// Two groups with the app, and one answer with a post of group `10`.
async fn used() -> World {
    let world = World::community().await;
    let admin = world.as_person("1").await;
    let classes = ["group.name", "post.content", "member.name"];
    world.enable(&admin, &["10"], &classes).await.is(201);
    world.enable(&admin, &["20"], &classes).await.is(201);
    let (_, ticket, _) = disclose(&world).await;
    drop(ticket);
    world
}

async fn preview(world: &World, caller: &Caller, change: Value) -> Value {
    let mut got = world.post(caller, "/staff/v1/previews", change).await.is(202);
    while got.body["status"] == "running" {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let path = format!("/staff/v1/previews/{}", got.body["preview"].as_str().unwrap());
        got = world.get(caller, &path).await.is(200);
    }
    assert_eq!(got.body["status"], "done", "{}", got.body);
    got.body["report"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_previewed_and_nothing_is_changed() {
    let world = used().await;
    let operator = Caller::operator();
    let before = world.get(&operator, "/staff/v1/policies/current").await.is(200).body;
    let change = json!({"kind": "policy", "document": withheld()});
    let report = preview(&world, &operator, change.clone()).await;
    let counts = &report["disclosures"];
    assert_eq!((&counts["all"], &counts["compared"]), (&json!(1), &json!(1)), "{counts}");
    assert_eq!(
        (&counts["losing"], &counts["gaining"], &counts["cut"]),
        (&json!(1), &json!(0), &json!(0))
    );
    assert_eq!(report["classes"].as_array().unwrap().len(), 1);
    let class = &report["classes"][0];
    assert_eq!((&class["class"], &class["people_losing"]), (&json!("post.content"), &json!(1)));
    assert_eq!(class["lost"], json!({"disclosures": 1, "nodes": 1}));
    assert_eq!(report["apps"]["most"][0]["name"], "Digest");
    assert_eq!(report["apps"]["most"][0]["lost_classes"], json!(["post.content"]));
    assert_eq!(report["groups"]["most"][0]["group"], world.group("10"));
    assert_eq!(report["people"]["all"], 1);
    let installations = &report["reach"]["installations"];
    assert_eq!((&installations["losing"], &installations["losing_unused"]), (&json!(2), &json!(1)));
    assert_eq!(world.get(&operator, "/staff/v1/policies/current").await.is(200).body, before);
    // The change itself does what was said of it.
    world.post(&operator, "/staff/v1/policies", json!({"document": withheld()})).await.is(200);
    let again = preview(&world, &operator, change).await;
    assert_eq!(again["disclosures"]["losing"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn agreements_programs_apps_and_catalogs_are_previewed() {
    let world = used().await;
    let staff = world.as_staff().await;
    for (change, cut, losing) in [
        (json!({"kind": "agreement-end", "agreement": "agr_1"}), 0, 1),
        (json!({"kind": "program", "program": "groups", "stage": {"status": "closed"}}), 1, 1),
        (json!({"kind": "program", "program": "groups", "stage": {"status": "restricted"}}), 0, 0),
        (json!({"kind": "app-status", "app": "app_1", "status": "suspended"}), 1, 1),
        (json!({"kind": "partner-status", "partner": "ptn_1", "status": "revoked"}), 1, 1),
        (
            json!({"kind": "agreement", "agreement": {"app": "app_1", "program": "groups",
            "classes": ["group.name"], "purposes": ["group-management"],
            "until": "2100-01-01T00:00:00Z"}}),
            0,
            0,
        ),
    ] {
        let report = preview(&world, &staff, change.clone()).await;
        let counts = &report["disclosures"];
        assert_eq!((&counts["cut"], &counts["losing"]), (&json!(cut), &json!(losing)), "{change}");
    }
    let mut document: Value = serde_json::from_str(crate::world::CATALOG).unwrap();
    document["info"]["version"] = json!("2099-01-01");
    let change = json!({"kind": "catalog", "document": document});
    let report = preview(&world, &staff, change).await;
    assert_eq!(report["disclosures"]["cut"], 1, "the version that was asked for is not kept");
    let kept = world.get(&staff, "/staff/v1/catalogs/current").await.is(200).body;
    let kept = kept["document"]["info"]["version"].clone();
    let change = json!({"kind": "catalog", "document": document, "keep": [kept]});
    let report = preview(&world, &staff, change).await;
    assert_eq!(report["disclosures"]["cut"], 0, "it is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_cannot_be_previewed() {
    let world = World::community().await;
    let ask = async |caller: &Caller, change: Value| -> Got {
        world.post(caller, "/staff/v1/previews", change).await
    };
    let operator = Caller::operator();
    let unknown = json!({"kind": "agreement-end", "agreement": "agr_9"});
    ask(&operator, unknown).await.problem(404, "not-found");
    let wrong = json!({"kind": "policy", "document": {"policy": "x"}});
    ask(&operator, wrong).await.problem(422, "document-mistakes");
    ask(&operator, json!({"kind": "nonsense"})).await.problem(422, "invalid-value");
    let viewer = world.as_role("viewer").await;
    let change = json!({"kind": "policy", "document": withheld()});
    ask(&viewer, change).await.problem(403, "role-not-allowed");
    world.get(&operator, "/staff/v1/previews/77").await.problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_policy_tells_what_it_would_have_withheld() {
    let world = used().await;
    let operator = Caller::operator();
    let path = "/staff/v1/policies/audit";
    world.get(&operator, path).await.problem(404, "not-found");
    let wrong = json!({"document": {"policy": "x"}});
    world.post(&operator, path, wrong).await.problem(422, "document-mistakes");
    world.post(&operator, path, json!({"document": withheld()})).await.is(204);
    let audit = world.get(&operator, path).await.is(200).body;
    assert_eq!((&audit["policy"], &audit["disclosures"]), (&json!("stricter"), &json!(0)));
    let (_, ticket, _) = disclose(&world).await;
    drop(ticket);
    let audit = world.get(&operator, path).await.is(200).body;
    let counts = ["disclosures", "withholding", "widening", "cut"].map(|name| audit[name].clone());
    assert_eq!(counts, [json!(1), json!(1), json!(0), json!(0)]);
    // It decides nothing: what it would have withheld had left.
    assert_eq!(audit["classes"][0]["class"], "post.content");
    assert_eq!(audit["classes"][0]["lost"], json!({"disclosures": 1, "nodes": 1}));
    assert_eq!(audit["apps"]["most"][0]["app"], "app_1");
    world.post(&operator, "/staff/v1/policies/audit/end", json!({})).await.is(204);
    world.get(&operator, path).await.problem(404, "not-found");
}
