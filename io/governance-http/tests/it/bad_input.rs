//! Whatever comes in, it is a problem of the client's and changes nothing.

use crate::world::{Caller, World};
use http::Method;
use serde_json::json;

#[tokio::test]
async fn bad_input_is_refused_and_changes_nothing() {
    let world = World::community().await;
    let (person, operator, source) =
        (world.as_person("1").await, Caller::operator(), Caller::source());
    let head = world.store.head().unwrap().next().0;
    let facts = |fact: serde_json::Value| {
        json!({"source": "platform", "mode": "changes", "after": 10, "facts": [fact]}).to_string()
    };
    let long = "x".repeat(1_100_000);
    let table: Vec<(&Caller, Method, &str, String, u16)> = vec![
        (&person, Method::POST, "/me/v1/opt-ins", "{".to_owned(), 400),
        (&person, Method::POST, "/me/v1/opt-ins", "\u{0}".to_owned(), 400),
        (&person, Method::POST, "/me/v1/opt-ins", "[]".to_owned(), 422),
        (&person, Method::POST, "/me/v1/opt-ins", r#"{"installation":"ins_0","extra":1}"#.to_owned(), 422),
        (&person, Method::POST, "/me/v1/opt-ins", r#"{"installation":"ins_00"}"#.to_owned(), 422),
        (&person, Method::POST, "/me/v1/opt-ins", r#"{"installation":"ins_4294967295"}"#.to_owned(), 404),
        (&person, Method::POST, "/me/v1/opt-ins", r#"{"installation":"ins_0","classes":["nope"]}"#.to_owned(), 422),
        (&person, Method::PUT, "/me/v1/settings/groups/nonsense", r#"{"blocked":true}"#.to_owned(), 404),
        (&person, Method::PUT, "/me/v1/settings/all-apps", r#"{"blocked":"yes"}"#.to_owned(), 422),
        (&person, Method::DELETE, "/me/v1/grants/grt_4000000000", String::new(), 404),
        (&person, Method::GET, "/me/v1/seen?limit=many", String::new(), 400),
        (&person, Method::GET, "/me/v1/seen?unknown=1", String::new(), 400),
        (&person, Method::GET, "/me/v1/events?after=pos_1&after=pos_2", String::new(), 400),
        (&person, Method::GET, "/me/v1/why", String::new(), 400),
        (&person, Method::GET, "/me/v1/why?installation=ins_9", String::new(), 404),
        (&person, Method::PATCH, "/me/v1/session", String::new(), 405),
        (&person, Method::GET, "/me/v1/nothing", String::new(), 404),
        (&person, Method::POST, "/admin/v1/installations", r#"{"app":"app_1","groups":[],"classes":[]}"#.to_owned(), 422),
        (&person, Method::POST, "/admin/v1/installations", r#"{"app":"app_1","groups":["ctx_99"],"classes":["group.name"]}"#.to_owned(), 403),
        (&person, Method::POST, "/admin/v1/installations", format!(r#"{{"app":"{long}"}}"#), 413),
        (&operator, Method::POST, "/staff/v1/partners", r#"{"name":""}"#.to_owned(), 422),
        (&operator, Method::POST, "/staff/v1/partners", r#"{"name":"a\nb"}"#.to_owned(), 422),
        (&operator, Method::POST, "/staff/v1/partners", r#"{"name":"A","because":{"reason":"mood"}}"#.to_owned(), 422),
        (&operator, Method::POST, "/staff/v1/partners/ptn_1/status", r#"{"status":"sleepy"}"#.to_owned(), 422),
        (&operator, Method::POST, "/staff/v1/partners/ptn_7/status", r#"{"status":"active"}"#.to_owned(), 404),
        (&operator, Method::GET, "/staff/v1/partners/ptn_7", String::new(), 404),
        (&operator, Method::GET, "/staff/v1/partners/%ff", String::new(), 400),
        (&operator, Method::GET, "/staff/v1/partners?after=seven", String::new(), 400),
        (&operator, Method::POST, "/staff/v1/apps", r#"{"partner":"ptn_1","name":"A","redirect_uris":["javascript:1"]}"#.to_owned(), 422),
        (&operator, Method::POST, "/staff/v1/agreements", r#"{"app":"app_1","program":"groups","classes":["group.name"],"purposes":["group-management"],"until":"tomorrow"}"#.to_owned(), 422),
        (&operator, Method::POST, "/staff/v1/agreements", r#"{"app":"app_1","program":"nope","classes":[],"purposes":[],"until":"2100-01-01T00:00:00Z"}"#.to_owned(), 422),
        (&operator, Method::POST, "/staff/v1/cut-offs", r#"{"subject":"everything"}"#.to_owned(), 422),
        (&operator, Method::POST, "/staff/v1/cut-offs", r#"{"subject":"app_44"}"#.to_owned(), 404),
        (&operator, Method::POST, "/staff/v1/catalogs", r#"{"document":{"openapi":"2.0"}}"#.to_owned(), 422),
        (&operator, Method::POST, "/staff/v1/programs/nope/status", r#"{"status":"live"}"#.to_owned(), 404),
        (&operator, Method::GET, "/staff/v1/log?from=-1", String::new(), 400),
        (&operator, Method::GET, "/staff/v1/explain", String::new(), 400),
        (&operator, Method::GET, "/staff/v1/explain?person=per_0", String::new(), 400),
        (&operator, Method::GET, "/staff/v1/explain?position=18446744073709551615", String::new(), 404),
        (&source, Method::POST, "/facts/v1/batches", facts(json!({"sequence": 11, "at": 1, "kind": "weather"})), 422),
        (&source, Method::POST, "/facts/v1/batches", facts(json!({"sequence": 11, "at": 1, "kind": "member", "person": "1"})), 422),
        (&source, Method::POST, "/facts/v1/batches", facts(json!({"sequence": 11, "at": 1, "kind": "person", "person": ""})), 422),
        (&source, Method::POST, "/facts/v1/batches", facts(json!({"sequence": 13, "at": 1, "kind": "person", "person": "9"})), 422),
        (&source, Method::POST, "/facts/v1/batches", facts(json!({"sequence": 11, "at": 1, "kind": "person", "person": "9", "name": "Eve"})), 422),
        (&source, Method::POST, "/facts/v1/batches", json!({"source": "platform", "mode": "changes", "facts": []}).to_string(), 422),
        (&source, Method::POST, "/facts/v1/batches", json!({"source": "platform", "mode": "changes", "after": 10, "facts": [], "complete_up_to": {"sequence": 0, "at": -5}}).to_string(), 422),
        (&source, Method::POST, "/facts/v1/facts", json!({"source": "platform", "fact": {"sequence": 0, "at": 1, "kind": "person", "person": "9"}}).to_string(), 422),
    ];
    for (caller, method, path, body, status) in table {
        let body = (!body.is_empty()).then(|| body.into_bytes());
        let shown =
            body.as_deref().map(|b| String::from_utf8_lossy(&b[..b.len().min(120)]).into_owned());
        let got = world.send(caller, method.clone(), path, body).await;
        let case = format!("{method} {path} {shown:?}: {}", got.body);
        assert_eq!(got.status, status, "{case}");
        assert_eq!(got.content_type(), Some("application/problem+json"), "{case}");
        assert_eq!(got.headers["cache-control"], "no-store", "{case}");
        assert_eq!(got.body["status"], status, "{case}");
    }
    assert_eq!(world.store.head().unwrap().next().0, head, "nothing was written");
    assert_eq!(world.store.person_number("9").unwrap(), None);
}

#[tokio::test]
async fn a_body_of_another_type_is_refused() {
    let world = World::community().await;
    let person = world.as_person("1").await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        let caller = person.clone().with("content-type", kind);
        let got = world.put(&caller, "/me/v1/settings/all-apps", json!({"blocked": true})).await;
        got.problem(415, "media-type-unsupported");
    }
    let caller = person.with("content-type", "Application/JSON; charset=utf-8");
    world.put(&caller, "/me/v1/settings/all-apps", json!({"blocked": true})).await.is(204);
}
