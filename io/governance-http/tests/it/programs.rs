//! A program's life, its exceptions, and what the people concerned read of them; API versions; findings.

use crate::world::{Caller, World};
use serde_json::{Value, json};

const STATUS: &str = "/staff/v1/programs/groups/status";

async fn program(world: &World) -> Value {
    world.get(&Caller::operator(), "/staff/v1/programs/groups").await.is(200).body
}

/// A second app, enabled in group 10 like the first.
async fn second(world: &World, admin: &Caller) {
    let operator = Caller::operator();
    let app = json!({"partner": "ptn_1", "name": "Planner", "redirect_uris": ["https://two.example/cb"],
        "reviewed": "all"});
    world.post(&operator, "/staff/v1/apps", app).await.is(201);
    let agreement = json!({"app": "app_2", "program": "groups", "until": "2100-01-01T00:00:00Z",
        "classes": ["group.name"], "required": [], "purposes": ["group-management"]});
    world.post(&operator, "/staff/v1/agreements", agreement).await.is(201);
    let enable = json!({"app": "app_2", "groups": [world.group("10")], "classes": ["group.name"]});
    world.post(admin, "/admin/v1/installations", enable).await.is(201);
}

#[tokio::test]
async fn an_experiment_has_an_end_and_comes_before_a_program_is_live() {
    let world = World::community().await;
    let operator = Caller::operator();
    let bare = json!({"status": "experimental"});
    world.post(&operator, STATUS, bare).await.problem(422, "invalid-value");
    let until = json!({"status": "experimental", "until": "2100-01-01T00:00:00Z", "cap": 5});
    world.post(&operator, STATUS, until.clone()).await.problem(409, "conflict");
    let misplaced = json!({"status": "restricted", "cap": 5});
    world.post(&operator, STATUS, misplaced).await.problem(422, "invalid-value");
    world.post(&operator, STATUS, json!({"status": "draft"})).await.problem(409, "conflict");

    let world = World::new();
    let document: Value =
        serde_json::from_str(include_str!("../../../platform/catalog.json")).unwrap();
    world.post(&operator, "/staff/v1/catalogs", json!({"document": document})).await.is(200);
    world.post(&operator, STATUS, json!({"status": "restricted"})).await.problem(409, "conflict");
    let past = json!({"status": "experimental", "until": "2001-01-01T00:00:00Z"});
    world.post(&operator, STATUS, past).await.problem(422, "invalid-value");
    world.post(&operator, STATUS, until).await.is(204);
    let shown = program(&world).await;
    assert_eq!(
        (&shown["status"], &shown["cap"], &shown["people"]),
        (&json!("experimental"), &json!(5), &json!(0))
    );
    assert_eq!(shown["until"], "2100-01-01T00:00:00.000Z");
    let longer = json!({"status": "experimental", "until": "2101-01-01T00:00:00Z", "cap": 9});
    world.post(&operator, STATUS, longer).await.is(204);
    assert_eq!(program(&world).await["cap"], 9);
    world.post(&operator, STATUS, json!({"status": "live"})).await.is(204);
    assert_eq!(program(&world).await.get("cap"), None, "live knows no cap");
}

#[tokio::test]
async fn closing_is_final_and_the_people_concerned_read_who_goes_on_and_why() {
    let world = World::community().await;
    let operator = Caller::operator();
    let (admin, member) = (world.as_person("1").await, world.as_person("3").await);
    world.enable(&admin, &["10"], &["group.name", "post.content"]).await.is(201);
    second(&world, &admin).await;
    let exception = |app: &str, until: &str, reason: &str| json!({"app": app, "until": until, "reason": reason});
    let close = |exceptions: Value| {
        json!({"status": "closed", "exceptions": exceptions,
        "because": {"reason": "terms", "severity": "low"}})
    };
    let far = "2100-01-01T00:00:00Z";
    for wrong in [
        json!([exception("app_1", "2001-01-01T00:00:00Z", "late")]),
        json!([exception("app_1", far, " ")]),
        json!([exception("app_1", far, "a"), exception("app_1", far, "b")]),
    ] {
        world.post(&operator, STATUS, close(wrong)).await.problem(422, "invalid-value");
    }
    let unknown = close(json!([exception("app_9", far, "a")]));
    world.post(&operator, STATUS, unknown).await.problem(404, "not-found");
    assert_eq!(program(&world).await["status"], "live", "a closing that cannot be changes nothing");

    let reason = "It moves its members to the new program.";
    let position = world
        .post(&operator, STATUS, close(json!([exception("app_1", far, reason)])))
        .await
        .is(204)
        .position()
        .unwrap();
    let shown = program(&world).await;
    assert_eq!(shown["exceptions"][0]["reason"], reason);
    assert_eq!(shown["exceptions"][0]["approved_by"], "operator");
    let log = world
        .get(&operator, &format!("/staff/v1/log?from={}&limit=9", position - 1))
        .await
        .is(200)
        .body;
    let kinds: Vec<&str> =
        log["items"].as_array().unwrap().iter().filter_map(|one| one["kind"].as_str()).collect();
    assert_eq!(
        kinds,
        ["exception-made", "program-status-changed"],
        "one commit, the exception first"
    );

    // App 1 goes on and its people read why; app 2 is over.
    let told = world.get(&member, "/me/v1/visibility").await.is(200).body;
    let exceptions = told["exceptions"].as_array().unwrap();
    assert_eq!(exceptions.len(), 1, "{told}");
    assert_eq!(exceptions[0]["app"]["app"], "app_1");
    assert_eq!(exceptions[0]["program"], "groups");
    assert_eq!(exceptions[0]["until"], "2100-01-01T00:00:00.000Z");
    assert_eq!(exceptions[0]["because"], reason);
    assert_eq!(exceptions[0]["approved_by"], "operator");
    let visible = |told: &Value, app: &str| {
        let all = told["installations"].as_array().unwrap().clone();
        let one = all.into_iter().find(|one| one["app"]["app"] == app).unwrap();
        one["classes"].as_array().unwrap().iter().any(|class| class["visible"] == true)
    };
    assert!(visible(&told, "app_1"), "{told}");
    let outsider = World::community().await;
    let other = outsider.as_person("2").await;
    let told = outsider.get(&other, "/me/v1/visibility").await.is(200).body;
    assert_eq!(told.get("exceptions"), None, "nothing that concerns them");

    // Final: neither opened again, nor widened by another exception.
    for status in ["live", "restricted"] {
        world.post(&operator, STATUS, json!({"status": status})).await.problem(409, "conflict");
    }
    let later = close(json!([exception("app_2", far, "forgotten")]));
    world.post(&operator, STATUS, later).await.problem(409, "conflict");

    let end = "/staff/v1/programs/groups/exceptions/app_1/end";
    let because = json!({"because": {"reason": "own-wish", "severity": "low"}});
    world.post(&operator, end, because.clone()).await.is(204);
    world.post(&operator, end, because).await.problem(404, "not-found");
    let told = world.get(&member, "/me/v1/visibility").await.is(200).body;
    assert_eq!(told.get("exceptions"), None);
    assert!(!visible(&told, "app_1"), "{told}");
}

#[tokio::test]
async fn versions_are_kept_announced_and_end_for_good() {
    let world = World::community().await;
    let operator = Caller::operator();
    let current = world.get(&operator, "/staff/v1/catalogs/current").await.is(200).body;
    let old = current["document"]["info"]["version"].as_str().unwrap().to_owned();
    let mut newer = current["document"].clone();
    newer["info"]["version"] = json!("2099-01-01");
    let keep = |versions: Value| json!({"document": newer, "keep": versions});
    for wrong in [json!(["2099-01-01"]), json!(["2001-01-01"]), json!(["latest"])] {
        world
            .post(&operator, "/staff/v1/catalogs", keep(wrong))
            .await
            .problem(422, "invalid-value");
    }
    world.post(&operator, "/staff/v1/catalogs", keep(json!([old]))).await.is(200);
    let again = world.post(&operator, "/staff/v1/catalogs", keep(json!([old]))).await.is(200).body;
    assert_eq!(again["changed"], false);
    let list = world.get(&operator, "/staff/v1/versions").await.is(200).body;
    assert_eq!(
        list["items"],
        json!([{"version": old, "status": "kept"}, {"version": "2099-01-01", "status": "in-force"}])
    );

    let path = format!("/staff/v1/versions/{old}");
    for wrong in [
        json!({"announcement": "ends"}),
        json!({"announcement": "over"}),
        json!({"announcement": "ends", "at": "2001-01-01T00:00:00Z"}),
    ] {
        world.post(&operator, &path, wrong).await.problem(422, "invalid-value");
    }
    let missing = world
        .post(&operator, "/staff/v1/versions/2001-01-01", json!({"announcement": "nothing"}))
        .await;
    missing.problem(404, "not-found");
    let late = json!({"announcement": "deprecated", "at": "2100-06-01T00:00:00Z"});
    world.post(&operator, &path, late).await.is(200);
    let before = json!({"announcement": "ends", "at": "2100-01-01T00:00:00Z"});
    world.post(&operator, &path, before).await.problem(422, "invalid-value");
    world.post(&operator, &path, json!({"announcement": "nothing"})).await.is(200);
    let ends = json!({"announcement": "ends", "at": "2100-01-01T00:00:00Z"});
    let told = world.post(&operator, &path, ends).await.is(200).body;
    assert_eq!(told["sunset"], "2100-01-01T00:00:00.000Z");
    assert!(told["deprecated_at"].is_string(), "what ends is deprecated: {told}");
    // Dropped by the next catalog that does not keep it.
    world.post(&operator, "/staff/v1/catalogs", keep(json!([]))).await.is(200);
    let list = world.get(&operator, "/staff/v1/versions").await.is(200).body;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn findings_and_rounds_of_the_prober_are_listed_with_what_was_found() {
    let world = World::community().await;
    let operator = Caller::operator();
    world.post(&operator, "/staff/v1/probes", json!({})).await.problem(409, "conflict");
    let round = flows::probe::Round {
        tried: vec![model::Condition::OptIn, model::Condition::Setting],
        passed: vec![(model::Condition::OptIn, model::AppNo(1))],
        untried: vec![(model::Condition::Idle, flows::probe::Cause::State)],
    };
    let flow = move |_: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
        flows::probe::record(env, &round, &flows::probe::Before::default())
    };
    world.store.commit(store::Urgency::Ordinary, None, flow).await.unwrap().unwrap();
    let found = world.get(&operator, "/staff/v1/findings").await.is(200).body;
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(found["items"][0]["payload"]["finding"], "probe-passed");
    assert_eq!(found["items"][0]["payload"]["app"], "app_1");
    assert!(found["items"][0]["note"].as_str().unwrap().contains("`opt-in`"), "{found}");
    let rounds = world.get(&operator, "/staff/v1/probes").await.is(200).body;
    let payload = &rounds["items"][0]["payload"];
    assert_eq!(
        (&payload["tried"], &payload["passed"], &payload["untried"]),
        (&json!(2), &json!(["opt-in"]), &json!(["idle"]))
    );
}
