//! Whatever is sent: the standard's error, no entry in the log, never a 500.

use crate::world::{BOB, CONFIDENTIAL, VERIFIER, World, basic, read};
use axum::body::Body;
use http::{Request, header};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const FORM: &str = "application/x-www-form-urlencoded";
const PATHS: [&str; 3] = ["/oauth/token", "/oauth/revoke", "/oauth/introspect"];

async fn refused(world: &World, request: Request<Body>) -> String {
    let before = world.store.head().unwrap();
    let (status, body) = read(world.send(request).await).await;
    assert!(matches!(status, 400 | 401), "{status} {body}");
    assert_eq!(world.store.head().unwrap(), before, "nothing in the log");
    body["error"].as_str().unwrap().to_owned()
}

fn post(path: &str, content_type: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path).header(header::CONTENT_TYPE, content_type).body(body.into()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_bodies_are_invalid_requests() {
    let world = World::new().await;
    for path in PATHS {
        let mut wrong = vec![
            post(path, "application/json", "{}"),
            post(path, "multipart/form-data; boundary=x", "--x--"),
            post(path, "", "a=b"),
            post(path, FORM, vec![0xff, 0xfe, b'=']),
            post(path, FORM, "a".repeat(16 * 1024 + 1)),
            post(path, FORM, "a=1&".repeat(100)),
            post(path, FORM, "client_id=app_1&client_id=app_1"),
            Request::post(path).body(Body::from("grant_type=x")).unwrap(),
        ];
        let mut twice = post(path, FORM, "a=b");
        twice.headers_mut().append(header::AUTHORIZATION, basic().parse().unwrap());
        twice.headers_mut().append(header::AUTHORIZATION, basic().parse().unwrap());
        wrong.push(twice);
        for request in wrong {
            assert_eq!(refused(&world, request).await, "invalid_request", "{path}");
        }
    }
}

//= rfc6749#3.2
//= type=test
//# The client MUST use the HTTP "POST" method when making access token requests.
#[tokio::test(flavor = "multi_thread")]
async fn other_methods_are_not_served() {
    let world = World::new().await;
    for path in PATHS {
        for method in ["GET", "PUT", "DELETE", "PATCH"] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            assert_eq!(world.send(request).await.status(), 405);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_proofs_are_invalid_clients() {
    let world = World::new().await;
    for value in
        ["Bearer x", "Basic", "Basic !", "Basic eA==", "Basic YXBwXzE6eA==", "basic \u{e9}"]
    {
        let mut request =
            post("/oauth/token", FORM, "grant_type=client_credentials&installation=ins_0");
        let value = http::HeaderValue::from_bytes(value.as_bytes()).unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, value);
        assert_eq!(refused(&world, request).await, "invalid_client");
    }
}

/// A form of known names with arbitrary and half-right values.
fn forms() -> impl Strategy<Value = Vec<(String, String)>> {
    let names = [
        "grant_type",
        "code",
        "code_verifier",
        "redirect_uri",
        "refresh_token",
        "scope",
        "resource",
        "installation",
        "authorization_details",
        "client_id",
        "client_secret",
        "token",
        "x",
    ];
    let name = (0..names.len()).prop_map(move |at| names[at].to_owned());
    let value = prop_oneof![
        any::<String>(),
        "[ -~]{0,60}",
        "bl[acr]_[A-Za-z0-9_-]{0,150}",
        Just("authorization_code".to_owned()),
        Just("refresh_token".to_owned()),
        Just("client_credentials".to_owned()),
        Just("app_1".to_owned()),
        Just("app_2".to_owned()),
        Just("ins_0".to_owned()),
        Just(VERIFIER.to_owned()),
        Just(r#"[{"type":"bailment_installation","installation":"ins_0"}]"#.to_owned()),
    ];
    proptest::collection::vec((name, value), 0..8)
}

#[tokio::test(flavor = "multi_thread")]
async fn arbitrary_forms_are_answered_in_the_standards_words() {
    let world = World::new().await;
    let code = world.code(CONFIDENTIAL, BOB, &[]).await;
    let mut runner = TestRunner::deterministic();
    let before = world.store.head().unwrap();
    for turn in 0..1500 {
        let mut form = forms().new_tree(&mut runner).unwrap().current();
        let id = if turn % 2 == 0 { "app_2" } else { "app_1" };
        if !form.iter().any(|(name, _)| name == "client_id") {
            form.push(("client_id".to_owned(), id.to_owned()));
        }
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
        let mut request = post(PATHS[turn % 3], FORM, body);
        if turn % 4 == 1 {
            request.headers_mut().insert(header::AUTHORIZATION, basic().parse().unwrap());
        }
        let (status, body) = read(world.send(request).await).await;
        let harmless = status == 200
            && (body.get("active") == Some(&false.into()) || body == serde_json::json!({}));
        assert!(harmless || matches!(status, 400 | 401 | 429), "{form:?}: {status} {body}");
    }
    assert_eq!(world.store.head().unwrap(), before, "nothing in the log");
    assert_eq!(world.redeem(CONFIDENTIAL, &code).await.0, 200);
}

//= rfc6749#4.1.3
//= type=test
//# verify that the authorization code is valid, and
//= rfc6749#6
//= type=test
//# validate the refresh token.
//= rfc6749#10.4
//= type=test
//# The authorization server MUST ensure that refresh tokens cannot be generated, modified, or
//# guessed to produce valid refresh tokens by unauthorized parties.
//= rfc9700#4.14.2
//= type=test
//# Authorization servers MUST ensure the integrity of the refresh token value in this case, for
//# example, using signatures.
#[tokio::test(flavor = "multi_thread")]
async fn every_changed_character_of_a_code_or_token_is_noticed() {
    let world = World::new().await;
    let code = world.code(CONFIDENTIAL, BOB, &[]).await;
    for at in 0..code.len() {
        let mut changed = code.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let (status, refused) =
            world.redeem(CONFIDENTIAL, &String::from_utf8(changed).unwrap()).await;
        assert_eq!((status, &refused["error"]), (400, &"invalid_grant".into()));
    }
    let (status, tokens) = world.redeem(CONFIDENTIAL, &code).await;
    assert_eq!(status, 200);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    for at in 0..refresh.len() {
        let changed = [&refresh[..at], &refresh[at + 1..]].concat();
        let form = [("grant_type", "refresh_token"), ("refresh_token", changed.as_str())];
        assert_eq!(world.ask(CONFIDENTIAL, "/oauth/token", &form).await.0, 400);
    }
    assert!(world.opens(&tokens));
}
