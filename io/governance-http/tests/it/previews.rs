//! What a change would do, told before it is made; a change that is watched.

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
        (
            json!({"kind": "agreement", "agreement": {"app": "app_1", "program": "groups",
            "classes": ["group.name"], "purposes": ["group-management"],
            "until": "2100-01-01T00:00:00Z"}, "replaces": "agr_1"}),
            0,
            1,
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

const AUDIT: &str = "/staff/v1/audit";

async fn watch(world: &World, change: Value) -> Got {
    world.post(&Caller::operator(), AUDIT, json!({"change": change})).await
}

async fn shown(world: &World) -> Value {
    world.get(&Caller::operator(), AUDIT).await.is(200).body
}

async fn stop(world: &World) {
    let operator = Caller::operator();
    let since = &shown(world).await["since"];
    let end = |since: Value| json!({ "since": since });
    // A page that is not the latest names another watch, or none.
    let earlier = end(json!(since.as_u64().unwrap() - 1));
    world.post(&operator, "/staff/v1/audit/end", earlier).await.problem(409, "conflict");
    world.post(&operator, "/staff/v1/audit/end", json!({})).await.problem(422, "invalid-value");
    world.get(&operator, AUDIT).await.is(200);
    world.post(&operator, "/staff/v1/audit/end", end(since.clone())).await.is(204);
    world.get(&operator, AUDIT).await.problem(404, "not-found");
}

async fn read(world: &World) {
    let (_, ticket, _) = disclose(world).await;
    drop(ticket);
}

fn counts(audit: &Value) -> [u64; 4] {
    ["disclosures", "withholding", "widening", "cut"].map(|name| audit[name].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_policy_tells_what_it_would_have_withheld() {
    let world = used().await;
    world.get(&Caller::operator(), AUDIT).await.problem(404, "not-found");
    watch(&world, json!({"kind": "policy", "document": withheld()})).await.is(204);
    let audit = shown(&world).await;
    assert_eq!(
        (&audit["change"]["kind"], &audit["change"]["policy"]),
        (&json!("policy"), &json!("stricter"))
    );
    assert_eq!(counts(&audit), [0; 4]);
    read(&world).await;
    let audit = shown(&world).await;
    assert_eq!(counts(&audit), [1, 1, 0, 0]);
    // It decides nothing: what it would have withheld had left.
    assert_eq!(audit["classes"][0]["class"], "post.content");
    assert_eq!(audit["classes"][0]["lost"], json!({"disclosures": 1, "nodes": 1}));
    assert_eq!(audit["apps"]["most"][0]["app"], "app_1");
    // Whichever other one comes into force, it is held against that.
    let other =
        json!({"policy": "other", "title": "Other", "programs": {"groups": {"classes": {}}}});
    world.post(&Caller::operator(), "/staff/v1/policies", json!({"document": other})).await.is(200);
    read(&world).await;
    let audit = shown(&world).await;
    assert_eq!((counts(&audit), audit.get("over")), ([2, 2, 0, 0], None));
    stop(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_catalog_tells_what_it_would_have_withheld() {
    let world = used().await;
    let operator = Caller::operator();
    let kept = world.get(&operator, "/staff/v1/catalogs/current").await.is(200).body;
    let kept = kept["document"]["info"]["version"].clone();
    let mut document: Value = serde_json::from_str(crate::world::CATALOG).unwrap();
    document["info"]["version"] = json!("2099-01-01");
    // Nobody can allow it: `opt-in` is asked for and nobody opted in.
    document["x-data-classes"]["post.content"]["needs"] = json!(["installation", "opt-in"]);
    let next = json!({"kind": "catalog", "document": document.clone(), "keep": [kept.clone()]});
    watch(&world, next).await.is(204);
    read(&world).await;
    let audit = shown(&world).await;
    assert_eq!(counts(&audit), [1, 1, 0, 0], "{audit}");
    assert_eq!(audit["change"]["version"], "2099-01-01");
    assert_eq!(audit["change"]["keep"], json!([kept]));
    assert_eq!(audit["classes"][0]["class"], "post.content");
    stop(&world).await;
    // The version that is asked for would not be served.
    watch(&world, json!({"kind": "catalog", "document": document.clone()})).await.is(204);
    read(&world).await;
    assert_eq!(counts(&shown(&world).await), [1, 1, 0, 1]);
    // A catalog that really comes into force is another beginning: nothing is counted any more, and what was stays to be read.
    let adopted = json!({"document": document, "keep": [kept]});
    world.post(&operator, "/staff/v1/catalogs", adopted).await.is(200);
    read(&world).await;
    let audit = shown(&world).await;
    assert_eq!(counts(&audit), [1, 1, 0, 1]);
    assert!(audit["over"].is_u64() && audit["over_at"].is_string(), "{audit}");
    stop(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_agreement_tells_what_it_would_have_withheld() {
    let world = used().await;
    let operator = Caller::operator();
    let narrower = json!({"app": "app_1", "program": "groups", "classes": ["group.name"],
        "purposes": ["group-management"], "until": "2100-01-01T00:00:00Z"});
    let in_place = json!({"kind": "agreement", "agreement": narrower.clone(), "replaces": "agr_1"});
    watch(&world, in_place).await.is(204);
    read(&world).await;
    let audit = shown(&world).await;
    assert_eq!(counts(&audit), [1, 1, 0, 0]);
    assert_eq!(audit["change"]["replaces"], "agr_1");
    assert_eq!(audit["change"]["classes"], json!(["group.name"]));
    assert_eq!(audit["apps"]["most"][0]["lost_classes"], json!(["post.content"]));
    stop(&world).await;
    // Beside the other one it takes nothing away.
    watch(&world, json!({"kind": "agreement", "agreement": narrower.clone()})).await.is(204);
    read(&world).await;
    assert_eq!(counts(&shown(&world).await), [1, 0, 0, 0]);
    // It is really made, and gets the number that it would have had.
    world.post(&operator, "/staff/v1/agreements", narrower).await.is(201);
    read(&world).await;
    let audit = shown(&world).await;
    assert_eq!(counts(&audit), [1, 0, 0, 0]);
    assert!(audit["over"].is_u64(), "{audit}");
    stop(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_end_of_an_agreement_tells_what_it_would_have_withheld() {
    let world = used().await;
    watch(&world, json!({"kind": "agreement-end", "agreement": "agr_1"})).await.is(204);
    read(&world).await;
    read(&world).await;
    let audit = shown(&world).await;
    assert_eq!(counts(&audit), [2, 2, 0, 0]);
    assert_eq!(audit["change"], json!({"kind": "agreement-end", "agreement": "agr_1"}));
    stop(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_stage_of_a_program_tells_what_it_would_have_withheld() {
    let world = used().await;
    let stage =
        |status: &str| json!({"kind": "program", "program": "groups", "stage": {"status": status}});
    watch(&world, stage("closed")).await.is(204);
    read(&world).await;
    let audit = shown(&world).await;
    assert_eq!(counts(&audit), [1, 1, 0, 1]);
    assert_eq!(
        (&audit["change"]["program"], &audit["change"]["status"]),
        (&json!("groups"), &json!("closed"))
    );
    let program = world.get(&Caller::operator(), "/staff/v1/programs/groups").await.is(200).body;
    assert_eq!(program["status"], "live", "nothing was closed");
    stop(&world).await;
    // An exception that would be made goes on.
    let excepted = json!({"kind": "program", "program": "groups", "stage": {"status": "closed",
        "exceptions": [{"app": "app_1", "until": "2100-01-01T00:00:00Z", "reason": "It moves."}]}});
    watch(&world, excepted).await.is(204);
    read(&world).await;
    assert_eq!(counts(&shown(&world).await), [1, 0, 0, 0]);
    stop(&world).await;
    // What stands goes on in a restricted one.
    watch(&world, stage("restricted")).await.is(204);
    read(&world).await;
    assert_eq!(counts(&shown(&world).await), [1, 0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_restriction_tells_what_would_not_have_begun() {
    let world = World::community().await;
    let stage = json!({"kind": "program", "program": "groups", "stage": {"status": "restricted"}});
    watch(&world, stage).await.is(204);
    let admin = world.as_person("1").await;
    world.enable(&admin, &["10"], &["group.name", "post.content"]).await.is(201);
    read(&world).await;
    let audit = shown(&world).await;
    assert_eq!(counts(&audit), [1, 1, 0, 0], "{audit}");
    assert_eq!(audit["classes"][0]["class"], "post.content");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_change_is_watched_and_none_that_could_not_be_made() {
    let world = used().await;
    for (change, status, kind) in [
        (json!({"kind": "policy", "document": {"policy": "x"}}), 422, "document-mistakes"),
        (json!({"kind": "catalog", "document": {}}), 422, "document-mistakes"),
        (json!({"kind": "catalog", "document": {}, "keep": ["x"]}), 422, "invalid-value"),
        (json!({"kind": "agreement-end", "agreement": "agr_9"}), 404, "not-found"),
        (json!({"kind": "agreement-end", "agreement": "app_1"}), 422, "invalid-value"),
        (
            json!({"kind": "program", "program": "nope", "stage": {"status": "closed"}}),
            404,
            "not-found",
        ),
        (
            json!({"kind": "program", "program": "groups", "stage": {"status": "live"}}),
            409,
            "conflict",
        ),
        (json!({"kind": "app-status", "app": "app_1", "status": "removed"}), 422, "invalid-value"),
    ] {
        watch(&world, change).await.problem(status, kind);
    }
    let operator = Caller::operator();
    world.get(&operator, AUDIT).await.problem(404, "not-found");
    let closed = json!({"kind": "program", "program": "groups", "stage": {"status": "closed"}});
    watch(&world, closed.clone()).await.is(204);
    watch(&world, closed).await.is(204);
    watch(&world, json!({"kind": "policy", "document": withheld()})).await.problem(409, "conflict");
    assert_eq!(shown(&world).await["change"]["kind"], "program");
    // The log says what was watched.
    let at = shown(&world).await["since"].as_u64().unwrap();
    let log = world.get(&operator, &format!("/staff/v1/log?from={at}")).await.is(200).body;
    assert_eq!(log["items"][0]["kind"], "change-audited");
    assert!(log["items"][0].to_string().contains(r#""status":"closed""#), "{log}");
    let viewer = world.as_role("viewer").await;
    world.get(&viewer, AUDIT).await.is(200);
    let wish = json!({"change": {"kind": "policy", "document": withheld()}});
    world.post(&viewer, AUDIT, wish).await.problem(403, "role-not-allowed");
    let end = json!({ "since": at });
    world.post(&viewer, "/staff/v1/audit/end", end).await.problem(403, "role-not-allowed");
}
