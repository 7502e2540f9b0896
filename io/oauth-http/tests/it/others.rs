//! Metadata, installations, clients that guess.

use crate::world::{ADA, CONFIDENTIAL, GROUP, World, basic, read, secret};
use axum::body::Body;
use http::{Request, header};
use http_body_util::BodyExt;
use ledger::{Event, Fact, Facts};
use model::SourceNo;
use serde_json::{Value, json};

async fn document(world: &World, path: &str) -> Option<Value> {
    let response = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
    if response.status() != 200 {
        return None;
    }
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    Some(serde_json::from_slice(&bytes).unwrap())
}

//= rfc8414#3.1
//= type=test
//# An authorization server metadata document MUST be queried using an HTTP "GET" request at the
//# previously specified path.
//= rfc9728#3.1
//= type=test
//# A protected resource metadata document MUST be queried using an HTTP GET request at the
//# previously specified URL.
//= rfc9728#3.3
//= type=test
//# The resource value returned MUST be identical to the protected resource's resource
//# identifier value into which the well-known URI path suffix was inserted to create the URL
//# used to retrieve the metadata.
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

//= rfc6749#2.3.1
//= type=test
//# Since this client authentication method involves a password, the authorization server MUST
//# protect any endpoint utilizing it against brute force attacks.
//= rfc6749#10.10
//= type=test
//# The authorization server MUST prevent attackers from guessing access tokens, authorization
//# codes, refresh tokens, resource owner passwords, and client credentials.
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

//= rfc6749#2.3.1
//= type=test
//# The authorization server MUST support the HTTP Basic authentication scheme for
//# authenticating clients that were issued a client password.
//= rfc7662#2.3
//= type=test
//# In these cases, the authorization server MUST instead respond with an introspection response
//# with the "active" field set to "false" as described in Section 2.2.
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

fn members(value: &Value) -> Vec<&str> {
    let mut members: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    members
}

/// What leaves here has no entry in the log (docs/decisions/0011): so each member is named in this test.
//= rfc7662#5
//= type=test
//# When this is the case, measures MUST be taken to prevent disclosure of this information to
//# unintended parties.
#[tokio::test(flavor = "multi_thread")]
async fn a_tokens_own_terms_name_no_person_and_nothing_that_is_gone() {
    let world = World::new().await;
    let code = world.code(CONFIDENTIAL, ADA, &[GROUP]).await;
    let (_, tokens) = world.redeem(CONFIDENTIAL, &code).await;
    let issued = [
        "access_token",
        "authorization_details",
        "expires_in",
        "refresh_token",
        "scope",
        "token_type",
    ];
    assert_eq!(members(&tokens), issued);
    let group = tokens["authorization_details"][0]["groups"][0].as_str().unwrap().to_owned();
    let told = async |kind: &str| {
        let token = tokens[kind].as_str().unwrap();
        world.ask(CONFIDENTIAL, "/oauth/introspect", &[("token", token)]).await.1
    };
    let living = ["active", "authorization_details", "client_id", "exp", "iss", "scope"];
    assert_eq!(members(&told("refresh_token").await), living);
    let access = told("access_token").await;
    assert_eq!(members(&access), [&living[..], &["token_type"]].concat());
    for answer in [&tokens, &access] {
        let details = answer["authorization_details"].as_array().unwrap();
        assert_eq!(details.len(), 1);
        assert!(
            members(&details[0])
                .iter()
                .all(|m| ["classes", "groups", "purpose", "type"].contains(m))
        );
        assert_eq!(details[0]["groups"], json!([group]));
    }
    let listed = async || {
        let request = Request::get("/oauth/installations").header(header::AUTHORIZATION, basic());
        read(world.send(request.body(Body::empty()).unwrap()).await).await.1
    };
    let list = listed().await;
    assert_eq!(members(&list), ["installations"]);
    let all = ["classes", "group", "id", "status", "token_endpoint"];
    assert_eq!(members(&list["installations"][0]), all);
    assert_eq!(list["installations"][0]["group"], group.as_str());
    // The group goes: nothing names it any more.
    let gone = Facts { source: SourceNo(1), up_to: 1_000, facts: vec![Fact::ContextGone(GROUP)] };
    world.happen(vec![Event::Facts(gone)]).await;
    for answer in [told("access_token").await, told("refresh_token").await, listed().await] {
        assert!(!answer.to_string().contains(&group), "{answer}");
    }
}
