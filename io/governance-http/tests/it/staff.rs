//! What staff decides and reads.

use crate::world::{Caller, World};
use serde_json::json;

#[tokio::test]
async fn a_partner_is_suspended_and_reinstated_with_who_and_why() {
    let world = World::community().await;
    let staff = world.as_staff().await;
    let because = json!({"reason": "data-taken-improperly", "severity": "high", "note": "case 7"});
    let suspend = json!({"status": "suspended", "because": because});
    let path = "/staff/v1/partners/ptn_1/status";
    let position = world.post(&staff, path, suspend).await.is(204).position().unwrap();
    assert_eq!(
        world.get(&staff, "/staff/v1/partners/ptn_1").await.is(200).body["status"],
        "suspended"
    );
    let read =
        world.get(&staff, &format!("/staff/v1/log?from={position}&limit=1")).await.is(200).body;
    let entry = &read["items"][0];
    assert_eq!(entry["kind"], "partner-status-changed");
    assert_eq!(entry["leaf"]["reason"], "data-taken-improperly");
    assert_eq!(entry["payload"]["why"]["by"], "stf_1");
    let note = entry["payload"]["why"]["note"].as_str().unwrap();
    assert!(!entry.to_string().contains("case 7"), "free text stays out of the log");
    let read = world.get(&staff, &format!("/staff/v1/notes/{note}")).await.is(200).body;
    assert_eq!(read["text"], "case 7");
    world.get(&staff, "/staff/v1/notes/00").await.problem(404, "not-found");
    let bare = json!({"status": "active"});
    let refused = world.post(&staff, path, bare).await.problem(422, "invalid-value");
    assert_eq!(refused.body["field"], "because.reason");
    let because = json!({"reason": "incident"});
    world.post(&staff, path, json!({"status": "active", "because": because})).await.is(204);
    let bare = json!({"status": "revoked"});
    world.post(&staff, path, bare).await.problem(422, "invalid-value");
    let because = json!({"reason": "terms", "severity": "medium"});
    world.post(&staff, path, json!({"status": "revoked", "because": because})).await.is(204);
    world.post(&staff, path, json!({"status": "active"})).await.problem(409, "conflict");
}

#[tokio::test]
async fn a_secret_is_shown_once_and_matches() {
    let world = World::community().await;
    let path = "/staff/v1/apps/app_1/credentials";
    let made = world.post(&Caller::operator(), path, json!({})).await.is(201).body;
    let secret = made["client_secret"].as_str().unwrap().to_owned();
    let no = made["credential"].as_str().unwrap().parse().unwrap();
    let digest = world.store.state().credential(no).unwrap().digest;
    assert!(
        oauth::client_auth::SecretDigest::from_bytes(digest)
            .matches(&model::Secret::new(secret.clone()))
    );
    let shown = world.get(&Caller::operator(), "/staff/v1/apps/app_1").await.is(200).body;
    assert_eq!(shown["credentials"][0]["ended"], false);
    let log = world.get(&Caller::operator(), "/staff/v1/log?limit=100").await.is(200).body;
    assert!(!shown.to_string().contains(&secret) && !log.to_string().contains(&secret));
    let end = format!("/staff/v1/credentials/{}/end", made["credential"].as_str().unwrap());
    world.post(&Caller::operator(), &end, json!({})).await.is(204);
    let shown = world.get(&Caller::operator(), "/staff/v1/apps/app_1").await.is(200).body;
    assert_eq!(shown["credentials"][0]["ended"], true);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let world = World::community().await;
    let operator = Caller::operator();
    for name in ["B", "C"] {
        world.post(&operator, "/staff/v1/partners", json!({"name": name})).await.is(201);
    }
    let (mut seen, mut path) = (Vec::new(), "/staff/v1/partners?limit=2".to_owned());
    loop {
        let page = world.get(&operator, &path).await.is(200).body;
        seen.extend(page["items"].as_array().unwrap().iter().map(|one| one["name"].clone()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/staff/v1/partners?limit=2&after={next}");
    }
    assert_eq!(seen, [json!("Acme Ltd"), json!("B"), json!("C")]);
}

#[tokio::test]
async fn a_document_is_tried_before_it_is_adopted() {
    let world = World::community().await;
    let operator = Caller::operator();
    let head = world.store.head().unwrap().next().0;
    let wrong = json!({"document": {"policy": "p", "title": "P", "programs": {"nowhere": {"classes": {}}}}});
    let tried =
        world.post(&operator, "/staff/v1/policies/preview", wrong.clone()).await.is(200).body;
    assert_eq!(
        (tried["acceptable"].as_bool(), tried["mistakes"][0]["pointer"].as_str()),
        (Some(false), Some("/programs/nowhere"))
    );
    world.post(&operator, "/staff/v1/policies", wrong).await.problem(422, "document-mistakes");
    let right = json!({"document": {"policy": "p", "title": "P", "programs": {"groups": {"classes": {"post.content": "withheld"}}}}});
    let tried =
        world.post(&operator, "/staff/v1/policies/preview", right.clone()).await.is(200).body;
    assert_eq!(
        (tried["acceptable"].as_bool(), tried["changed"].as_bool()),
        (Some(true), Some(true))
    );
    assert_eq!(world.store.head().unwrap().next().0, head, "nothing was adopted");
    let adopted = world.post(&operator, "/staff/v1/policies", right).await.is(200).body;
    assert_eq!(adopted["digest"], tried["digest"]);
    let listed = world.get(&operator, "/staff/v1/policies").await.is(200).body;
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    assert_eq!(listed["items"][0]["payload"]["policy"], "p");
    let current = world.get(&operator, "/staff/v1/policies/current").await.is(200).body;
    assert_eq!(current["digest"], adopted["digest"]);
}

#[tokio::test]
async fn a_pair_is_explained_at_any_position() {
    let world = World::community().await;
    let (admin, member) = (world.as_person("1").await, world.as_person("3").await);
    world.enable(&admin, &["10"], &["group.name", "member.name"]).await.is(201);
    let before = world.store.head().unwrap().next().0;
    let choice = json!({"installation": "ins_0", "classes": ["member.name"]});
    world.post(&member, "/me/v1/opt-ins", choice).await.is(200);
    let after = world.store.head().unwrap().next().0;
    world.post(&member, "/me/v1/opt-outs", json!({"installation": "ins_0"})).await.is(200);
    let ask = |at: u64| {
        format!("/staff/v1/explain?position={at}&person={}&installation=ins_0", world.person("3"))
    };
    for (at, outcome) in [(before, "withheld"), (after, "released"), (after + 1, "withheld")] {
        let body = world.get(&Caller::operator(), &ask(at)).await.is(200).body;
        let list = body["explanations"].as_array().unwrap();
        let name = list.iter().find(|one| one["class"] == "member.name").unwrap();
        assert_eq!(name["outcome"], outcome, "at {at}: {body}");
    }
    world.get(&Caller::operator(), &ask(after + 2)).await.problem(404, "not-found");
    world.get(&Caller::operator(), "/staff/v1/explain?position=0").await.problem(404, "not-found");
}

#[tokio::test]
async fn staff_who_ended_are_out_at_once() {
    let world = World::community().await;
    let staff = world.as_staff().await;
    world.get(&staff, "/staff/v1/state").await.is(200);
    world.post(&Caller::operator(), "/staff/v1/staff/stf_1/end", json!({})).await.is(204);
    world.get(&staff, "/staff/v1/state").await.problem(401, "not-signed-in");
    let wrong = Caller::nobody().with("authorization", "Bearer the operator's tokem");
    world.get(&wrong, "/staff/v1/state").await.problem(401, "not-signed-in");
}

#[tokio::test]
async fn nobody_takes_over_a_colleagues_account() {
    let world = World::community().await;
    let first = world.as_staff().await;
    let _second = world.as_staff().await;
    let account = json!({"login": "mine-now", "password": "long enough"});
    world
        .put(&first, "/staff/v1/staff/stf_2/account", account.clone())
        .await
        .problem(403, "not-own-account");
    let taken = json!({"login": "staff-stf_2", "password": "long enough"});
    world.put(&first, "/staff/v1/staff/stf_1/account", taken).await.problem(409, "conflict");
    world.put(&first, "/staff/v1/staff/stf_1/account", account).await.is(204);
}
