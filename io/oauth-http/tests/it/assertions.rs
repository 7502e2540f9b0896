//! Clients that sign: `private_key_jwt` over HTTP, once each, and changed over without a gap.

use crate::world::{CONFIDENTIAL, PUBLIC, World, why};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::{CredentialEnded, CredentialMade, Event};
use model::{AppNo, CredentialNo, Timestamp};
use oauth::assertion::{ASSERTION_TYPE, Jwk};
use serde_json::{Value, json};

fn pair(seed: u8) -> (Ed25519KeyPair, Jwk) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
    let x = pair.public_key().as_ref().try_into().unwrap();
    (pair, Jwk::Ed25519(x))
}

fn key(credential: u32, app: AppNo, key: &Jwk) -> Event {
    Event::CredentialMade(CredentialMade {
        credential: CredentialNo(credential),
        app,
        digest: key.thumbprint(),
        expires_at: Timestamp::NEVER,
        why: why(),
        key: Some(key.canonical()),
    })
}

fn assertion(world: &World, pair: &Ed25519KeyPair, jti: &str, audience: &str) -> String {
    let exp = world.store.now().0 / 1_000 + 60;
    let client = CONFIDENTIAL.to_string();
    let claims = json!({"iss": client, "sub": client, "aud": audience, "exp": exp, "jti": jti});
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    let signed =
        format!("{}.{}", part(json!({"alg": "EdDSA"}).to_string()), part(claims.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// Asks about some token: who may ask hears that it is none.
async fn ask(world: &World, assertion: &str) -> (u16, Value) {
    let form = [
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
        ("token", "nothing"),
    ];
    world.post("/oauth/introspect", &form).await
}

//= rfc7523#2.2
//= type=test
//# The value of the "client_assertion_type" is
//# "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".
//= rfc7523#3
//= type=test
//# The authorization server MUST reject any JWT that does not contain its own identity as the
//# intended audience.
//= rfc7523#3
//= type=test
//# The authorization server MAY ensure that JWTs are not replayed by maintaining the set of
//# used "jti" values for the length of time for which the JWT would be considered valid based
//# on the applicable "exp" instant.
//= rfc7523#3.2
//= type=test
//# The value of the "error" parameter MUST be the "invalid_client" error code.
//= rfc7662#2.3
//= type=test
//# If the protected resource uses OAuth 2.0 client credentials to authenticate to the
//# introspection endpoint and its credentials are invalid, the authorization server responds
//# with an HTTP 401 (Unauthorized) as described in Section 5.2 of OAuth 2.0 [RFC6749].
#[tokio::test(flavor = "multi_thread")]
async fn an_assertion_is_taken_once_and_for_this_server() {
    let world = World::new().await;
    let (pair, jwk) = pair(7);
    world.happen(vec![key(2, CONFIDENTIAL, &jwk)]).await;
    let good = assertion(&world, &pair, "a", "https://id.example");
    assert_eq!(ask(&world, &good).await, (200, json!({"active": false})));
    let refused = ask(&world, &good).await;
    assert_eq!((refused.0, &refused.1["error"]), (401, &json!("invalid_client")), "shown twice");
    let again = assertion(&world, &pair, "a", "https://id.example/oauth/token");
    assert_eq!(ask(&world, &again).await.0, 401, "the same jti under another signature");
    let endpoint = assertion(&world, &pair, "b", "https://id.example/oauth/token");
    assert_eq!(ask(&world, &endpoint).await.0, 200, "the token endpoint is a name of ours too");
    let foreign = assertion(&world, &pair, "c", "https://other.example");
    assert_eq!(ask(&world, &foreign).await.0, 401);
    let soon = assertion(&world, &pair, "d", "https://id.example");
    world.pass(91_000);
    assert_eq!(ask(&world, &soon).await.0, 401, "its minute and the skew are over");
    let wrong = [("client_assertion_type", "urn:x"), ("client_assertion", "a.b.c"), ("token", "x")];
    assert_eq!(world.post("/oauth/introspect", &wrong).await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_over_without_a_gap_and_a_thumbprint_is_no_secret() {
    let world = World::new().await;
    let ((old, old_jwk), (new, new_jwk)) = (pair(7), pair(8));
    world.happen(vec![key(2, CONFIDENTIAL, &old_jwk), key(3, CONFIDENTIAL, &new_jwk)]).await;
    let sign =
        |pair: &Ed25519KeyPair, jti: &str| assertion(&world, pair, jti, "https://id.example");
    assert_eq!(ask(&world, &sign(&old, "1")).await.0, 200);
    assert_eq!(ask(&world, &sign(&new, "2")).await.0, 200);
    let (credential, app) = (CredentialNo(2), CONFIDENTIAL);
    let ended = Event::CredentialEnded(CredentialEnded { credential, app, why: why() });
    world.happen(vec![ended]).await;
    assert_eq!(ask(&world, &sign(&old, "3")).await.0, 401);
    assert_eq!(ask(&world, &sign(&new, "4")).await.0, 200);
    // Another app's key proves nothing about this one.
    let (other, other_jwk) = pair(9);
    world.happen(vec![key(4, PUBLIC, &other_jwk)]).await;
    assert_eq!(ask(&world, &sign(&other, "5")).await.0, 401);
}
