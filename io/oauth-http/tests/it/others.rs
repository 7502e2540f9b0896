//! Metadata, installations, clients that guess.

use crate::world::{ADA, CONFIDENTIAL, GROUP, World, basic, read, secret};
use axum::body::Body;
use http::{Request, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};

async fn document(world: &World, path: &str) -> Option<Value> {
    let response = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
    if response.status() != 200 {
        return None;
    }
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    Some(serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_find_their_way() {
    let world = World::new().await;
    let server = document(&world, "/.well-known/oauth-authorization-server").await.unwrap();
    assert_eq!(server["issuer"], "https://id.example");
    assert_eq!(server["token_endpoint"], "https://id.example/oauth/token");
    assert_eq!(server["scopes_supported"], json!(["group.name", "post.content"]));
    let exact = document(&world, "/.well-known/oauth-protected-resource/v1").await.unwrap();
    assert_eq!(exact["resource"], "https://api.example/v1");
    assert_eq!(exact["authorization_servers"], json!(["https://id.example"]));
    assert_eq!(document(&world, "/.well-known/oauth-protected-resource").await, Some(exact));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_with_a_path_has_its_endpoints_below_it() {
    let world = World::at("https://example.org/id").await;
    let server = document(&world, "/.well-known/oauth-authorization-server/id").await.unwrap();
    assert_eq!(server["token_endpoint"], "https://example.org/id/oauth/token");
    let (status, refused) = world.post("/id/oauth/token", &[("grant_type", "x")]).await;
    assert_eq!((status, &refused["error"]), (401, &"invalid_client".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_lists_its_own_installations() {
    let world = World::new().await;
    world.code(CONFIDENTIAL, ADA, &[GROUP]).await;
    let ask = |query: &str| {
        Request::get(format!("/oauth/installations{query}"))
            .header(header::AUTHORIZATION, basic())
            .body(Body::empty())
            .unwrap()
    };
    let (status, list) = read(world.send(ask("")).await).await;
    assert_eq!(status, 200);
    let one = &list["installations"][0];
    assert_eq!((&one["id"], &one["status"]), (&"ins_0".into(), &"standing".into()));
    assert_eq!(one["classes"], json!(["group.name", "post.content"]));
    assert_eq!(one["group"].as_str().map(str::len), Some(22));
    assert_eq!(one["token_endpoint"], "https://id.example/oauth/token?installation=ins_0");
    let form = [("grant_type", "client_credentials")];
    let (status, tokens) = world.ask(CONFIDENTIAL, "/oauth/token?installation=ins_0", &form).await;
    assert_eq!(status, 200, "{tokens}");
    assert!(world.opens(&tokens));
    let (status, list) = read(world.send(ask("?from=ins_1")).await).await;
    assert_eq!((status, list), (200, json!({"installations": []})));
    for wrong in ["?from=7", "?after=ins_1", "?from=ins_1&from=ins_2", "?from="] {
        let (status, refused) = read(world.send(ask(wrong)).await).await;
        assert_eq!((status, &refused["error"]), (400, &"invalid_request".into()), "{wrong}");
    }
    let request = Request::get("/oauth/installations").body(Body::empty()).unwrap();
    let (status, refused) = read(world.send(request).await).await;
    assert_eq!((status, &refused["error"]), (401, &"invalid_client".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_waits_and_the_right_secret_never_does() {
    let world = World::new().await;
    let form = |secret: &str| {
        vec![
            ("grant_type".to_owned(), "client_credentials".to_owned()),
            ("installation".to_owned(), "ins_0".to_owned()),
            ("client_id".to_owned(), CONFIDENTIAL.to_string()),
            ("client_secret".to_owned(), secret.to_owned()),
        ]
    };
    let ask = async |secret: &str| {
        let form = form(secret);
        let pairs: Vec<_> = form.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        world.post("/oauth/token", &pairs).await.0
    };
    for _ in 0..20 {
        assert_eq!(ask("bls_wrong").await, 401);
    }
    assert_eq!(ask("bls_wrong").await, 429);
    assert_eq!(ask(&secret()).await, 400, "refused for the installation alone");
    world.pass(60_000);
    assert_eq!(ask("bls_wrong").await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ways_to_send_a_secret_work() {
    let world = World::new().await;
    let request = Request::post("/oauth/introspect")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
        .header(header::AUTHORIZATION, basic())
        .body(Body::from("token=nonsense"))
        .unwrap();
    assert_eq!(read(world.send(request).await).await, (200, json!({"active": false})));
    let (status, _) = world.ask(CONFIDENTIAL, "/oauth/introspect", &[("token", "nonsense")]).await;
    assert_eq!(status, 200);
}
