//! Who sees an app before it is reviewed, what of it was, and where it can be tried.

use crate::world::{Caller, World};
use serde_json::{Value, json};

/// A community with another app, `app_2`, that nobody reviewed, enabled in both groups; all that they opt in to.
async fn unreviewed() -> World {
    let world = World::community().await;
    let operator = Caller::operator();
    let app = json!({"partner": "ptn_1", "name": "Fresh", "redirect_uris": []});
    let made = world.post(&operator, "/staff/v1/apps", app).await.is(201);
    assert_eq!(made.body["app"], "app_2");
    let agreement = json!({
        "app": "app_2", "program": "groups", "until": "2100-01-01T00:00:00Z",
        "classes": ["post.content", "member.name"], "purposes": ["group-management"],
    });
    world.post(&operator, "/staff/v1/agreements", agreement).await.is(201);
    for (admin, group) in [("2", "10"), ("1", "20")] {
        let admin = world.as_person(admin).await;
        let wish = json!({"app": "app_2", "groups": [world.group(group)],
            "classes": ["post.content", "member.name"]});
        world.post(&admin, "/admin/v1/installations", wish).await.is(201);
    }
    let member = world.as_person("3").await;
    for installation in ["ins_0", "ins_1"] {
        let opt_in = json!({"installation": installation, "classes": ["member.name"]});
        world.post(&member, "/me/v1/opt-ins", opt_in).await.is(200);
    }
    world
}

/// What an installation would yield of person `3` now: the class's outcome, or the reason against it.
async fn yields(world: &World, installation: &str, class: &str) -> String {
    world.store.mark_facts(world.store.now());
    let person = world.person("3");
    let path = format!("/staff/v1/explain?person={person}&installation={installation}");
    let told = world.get(&Caller::operator(), &path).await.is(200).body;
    let all = told["explanations"].as_array().unwrap();
    let one: &Value = all.iter().find(|one| one["class"] == class).unwrap();
    one["reason"].as_str().or_else(|| one["outcome"].as_str()).unwrap().to_owned()
}

#[tokio::test]
async fn an_app_is_seen_by_testers_until_it_is_reviewed_class_by_class() {
    let world = unreviewed().await;
    let reviewer = world.as_role("reviewer").await;
    let review = world.get(&reviewer, "/staff/v1/apps/app_2/review").await.is(200).body;
    assert_eq!((&review["everything"], &review["reviewed"]), (&json!(false), &json!([])));
    assert_eq!(review["waiting"], json!(["post.content", "member.name"]));
    assert_eq!(yields(&world, "ins_0", "member.name").await, "review");

    // The admin behind the installation tests it: only who tests it, too, shows to it.
    for (person, expected) in [("2", "not-tester"), ("3", "released")] {
        let tester = json!({"person": world.person(person).to_string()});
        world.post(&reviewer, "/staff/v1/apps/app_2/testers", tester).await.is(200);
        assert_eq!(yields(&world, "ins_0", "member.name").await, expected);
    }
    assert_eq!(yields(&world, "ins_1", "member.name").await, "review", "its admin tests nothing");
    let end = format!("/staff/v1/apps/app_2/testers/{}/end", world.person("3"));
    world.post(&reviewer, &end, json!({})).await.is(200);
    assert_eq!(yields(&world, "ins_0", "member.name").await, "not-tester");
    world.post(&reviewer, &end, json!({})).await.problem(404, "not-found");

    let passed = json!({"classes": ["member.name"], "because": {"note": "asks for what it shows"}});
    let review = world.post(&reviewer, "/staff/v1/apps/app_2/review", passed).await.is(200);
    assert!(review.position().is_some());
    assert_eq!(review.body["waiting"], json!(["post.content"]));
    assert_eq!(yields(&world, "ins_1", "member.name").await, "released");
    assert_eq!(yields(&world, "ins_1", "post.content").await, "review");

    let path = "/staff/v1/apps/app_2/review/withdraw";
    let review = world.post(&reviewer, path, json!({})).await.is(200).body;
    assert_eq!(review["reviewed"], json!([]));
    assert_eq!(yields(&world, "ins_1", "member.name").await, "review");
}

#[tokio::test]
async fn a_sandbox_needs_no_review() {
    let world = unreviewed().await;
    let reviewer = world.as_role("reviewer").await;
    let path = format!("/staff/v1/sandboxes/{}", world.group("20"));
    world.put(&reviewer, &path, json!({"sandbox": true})).await.is(204);
    let listed = world.get(&reviewer, "/staff/v1/sandboxes").await.is(200).body;
    assert_eq!(listed["groups"], json!([world.group("20")]));
    assert_eq!(yields(&world, "ins_1", "member.name").await, "released");
    assert_eq!(yields(&world, "ins_0", "member.name").await, "review", "the other group is none");
    world.put(&reviewer, &path, json!({"sandbox": false})).await.is(204);
    assert_eq!(yields(&world, "ins_1", "member.name").await, "review");
    let nowhere = "/staff/v1/sandboxes/ctx_99";
    world.put(&reviewer, nowhere, json!({"sandbox": true})).await.problem(404, "not-found");
}

#[tokio::test]
async fn reviews_are_for_reviewers_and_testers_are_people() {
    let world = unreviewed().await;
    let (viewer, reviewer) = (world.as_role("viewer").await, world.as_role("reviewer").await);
    let passed = json!({"classes": ["member.name"]});
    let path = "/staff/v1/apps/app_2/review";
    world.post(&viewer, path, passed).await.problem(403, "role-not-allowed");
    world.post(&reviewer, path, json!({"classes": []})).await.problem(422, "invalid-value");
    let testers = "/staff/v1/apps/app_2/testers";
    let nobody = json!({"person": "per_99"});
    world.post(&reviewer, testers, nobody).await.problem(404, "not-found");
    world.post(&reviewer, testers, json!({})).await.problem(422, "invalid-value");
    // Whose login it is, is a look-up: for who may, with a reason, and with an entry. Nothing else tells a login from none.
    let responder = world.as_role("responder").await;
    let head = world.store.head().unwrap().next();
    for login in ["person-3", "nobody"] {
        world
            .post(&reviewer, testers, json!({"login": login, "because": {"reason": "other"}}))
            .await
            .problem(403, "role-not-allowed");
        let refused = world.post(&responder, testers, json!({"login": login})).await;
        assert_eq!(refused.problem(422, "invalid-value").body["field"], "because.reason");
        let elsewhere = "/staff/v1/apps/app_99/testers";
        let ask = json!({"login": login, "because": {"reason": "other"}});
        world.post(&responder, elsewhere, ask).await.problem(404, "not-found");
    }
    let ask = |login: &str| json!({"login": login, "because": {"reason": "own-wish"}});
    let refused =
        world.post(&responder, testers, ask("nobody")).await.problem(422, "invalid-value");
    assert_eq!(refused.body["field"], "login");
    assert_eq!(world.store.head().unwrap().next(), head);
    let by_login = world.post(&responder, testers, ask("person-3")).await.is(200).body;
    assert_eq!(by_login["testers"], json!([world.person("3").to_string()]));
    let log = format!("/staff/v1/log?from={}", head.0);
    let log = world.get(&responder, &log).await.is(200).body;
    let kinds: Vec<&str> =
        log["items"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["identity-looked-up", "tester-added"]);
    // Also who is a tester already was looked up.
    let head = world.store.head().unwrap().next();
    world.post(&responder, testers, ask("person-3")).await.is(200);
    let log = world.get(&responder, &format!("/staff/v1/log?from={}", head.0)).await.is(200).body;
    assert_eq!(log["items"][0]["kind"], "identity-looked-up");
    let wish = |reviewed: Value| json!({"partner": "ptn_1", "name": "Third", "redirect_uris": [], "reviewed": reviewed});
    let operator = Caller::operator();
    world
        .post(&operator, "/staff/v1/apps", wish(json!("some")))
        .await
        .problem(422, "invalid-value");
    world.post(&operator, "/staff/v1/apps", wish(json!(["post.content"]))).await.is(201);
    let review = world.get(&reviewer, "/staff/v1/apps/app_3/review").await.is(200).body;
    assert_eq!(review["reviewed"], json!(["post.content"]));
}

#[tokio::test]
async fn an_app_has_at_most_a_hundred_testers() {
    let world = unreviewed().await;
    let reviewer = world.as_role("reviewer").await;
    let more = flows::staff::TESTERS_MAX + 1;
    let people: Vec<String> = (0..more).map(|n| format!("t{n}")).collect();
    let told: Vec<Value> =
        people.iter().map(|id| json!({"kind": "person", "person": id})).collect();
    world.tell(10, &told).await.is(200);
    let path = "/staff/v1/apps/app_2/testers";
    let ask = |id: &str| json!({"person": world.person(id).to_string()});
    let (last, first) = people.split_last().unwrap();
    for id in first {
        world.post(&reviewer, path, ask(id)).await.is(200);
    }
    let count =
        || world.store.state().app(model::AppNo(2)).unwrap().review.as_ref().unwrap().testers.len();
    assert_eq!(count(), 100);
    let head = world.store.head().unwrap().next();
    world.post(&reviewer, path, ask(last)).await.problem(409, "conflict");
    assert_eq!((count(), world.store.head().unwrap().next()), (100, head));
    // Who is one already is not one more; and who ends makes room.
    world.post(&reviewer, path, ask(&first[0])).await.is(200);
    assert_eq!((count(), world.store.head().unwrap().next()), (100, head));
    let end = format!("{path}/{}/end", world.person(&first[0]));
    world.post(&reviewer, &end, json!({})).await.is(200);
    world.post(&reviewer, path, ask(last)).await.is(200);
    assert_eq!(count(), 100);
}
