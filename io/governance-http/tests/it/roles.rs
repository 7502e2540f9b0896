//! What each role of the staff may do, over HTTP.

use crate::world::{Caller, World};
use serde_json::{Value, json};

/// Requests, and the act that each is; the community's state allows all of them.
fn tried() -> [(&'static str, &'static str, &'static str, Value); 9] {
    [
        ("read", "GET", "/staff/v1/partners", json!(null)),
        ("read-log", "GET", "/staff/v1/log", json!(null)),
        ("read", "GET", "/staff/v1/notices", json!(null)),
        ("register", "DELETE", "/staff/v1/notices/addresses/ptn_1", json!(null)),
        ("respond", "POST", "/staff/v1/cut-offs", json!({"subject": "app_1"})),
        ("respond", "POST", "/staff/v1/apps/app_1/status", json!({"status": "active"})),
        ("register", "POST", "/staff/v1/partners", json!({"name": "B"})),
        ("rule", "POST", "/staff/v1/programs/groups/status", json!({"status": "live"})),
        ("appoint", "POST", "/staff/v1/staff", json!({"name": "C"})),
    ]
}

#[tokio::test]
async fn a_role_may_what_the_table_says_and_nothing_else() {
    let world = World::community().await;
    for (role, may) in [
        ("viewer", "read"),
        ("reviewer", "read review"),
        ("responder", "read read-log review respond look-up"),
        ("admin", "read read-log review respond look-up register rule appoint"),
        ("auditor", "read read-log"),
    ] {
        let staff = world.as_role(role).await;
        for (act, method, path, body) in tried() {
            let got = match method {
                "GET" => world.get(&staff, path).await,
                "DELETE" => world.delete(&staff, path).await,
                _ => world.post(&staff, path, body).await,
            };
            if may.split(' ').any(|one| one == act) {
                assert!((200..300).contains(&got.status), "{role} {path}: {}", got.body);
            } else {
                let refused = got.problem(403, "role-not-allowed").body;
                assert_eq!((&refused["role"], &refused["act"]), (&json!(role), &json!(act)));
            }
        }
    }
}

#[tokio::test]
async fn a_role_changes_with_the_next_request_and_only_by_an_admin() {
    let world = World::community().await;
    let (admin, viewer) = (world.as_role("admin").await, world.as_role("viewer").await);
    let to = json!({"role": "admin", "because": {"note": "promoted"}});
    let path = "/staff/v1/staff/stf_2/role";
    world.put(&viewer, path, to.clone()).await.problem(403, "role-not-allowed");
    world.get(&viewer, "/staff/v1/log").await.problem(403, "role-not-allowed");
    world.put(&admin, path, json!({"role": "owner"})).await.problem(422, "invalid-value");
    world.put(&admin, path, to).await.is(204);
    world.get(&viewer, "/staff/v1/log").await.is(200);
    let listed = world.get(&viewer, "/staff/v1/staff").await.is(200).body;
    assert_eq!(listed["items"][1]["role"], "admin");
    world.put(&viewer, path, json!({"role": "auditor"})).await.is(204);
    world.put(&viewer, path, json!({"role": "admin"})).await.problem(403, "role-not-allowed");
}

#[tokio::test]
async fn an_account_for_somebody_else_is_made_by_an_admin_alone() {
    let world = World::community().await;
    let responder = world.as_role("responder").await;
    // A new admin without an account would otherwise be whoever sets one first.
    world.post(&Caller::operator(), "/staff/v1/staff", json!({"name": "D"})).await.is(201);
    let account = json!({"login": "dee", "password": "correct horse"});
    let path = "/staff/v1/staff/stf_2/account";
    world.put(&responder, path, account.clone()).await.problem(403, "role-not-allowed");
    world.put(&world.as_role("admin").await, path, account).await.is(204);
}
