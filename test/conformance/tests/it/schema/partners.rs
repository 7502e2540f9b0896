//! The API of partners, where two who compete have most to see of each other.

use super::{bearer, conforms, signing_in, stage};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use conformance::{OPERATOR_TOKEN, Peer, World};
use serde_json::{Value, json};

/// What a partner has of its own: an app with a key and a report on what it holds, a case that was decided, and a statement
/// that it signed and has not submitted yet.
async fn own(world: &World, peer: &Peer, number: u8) -> Value {
    let app = &peer.client.id;
    let pair = Ed25519KeyPair::from_seed_unchecked(&[number; 32]).unwrap();
    let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let jwk = json!({ "jwk": { "kty": "OKP", "crv": "Ed25519", "x": x } });
    world.operate(&format!("/apps/{app}/credentials"), &jwk).await;
    let report = world.operate(&format!("/apps/{app}/reports"), &json!({})).await;
    let note = format!("what {} was asked", peer.name);
    let opened = json!({ "app": app, "kind": "inquiry", "because": { "note": note } });
    world.operate("/cases", &opened).await;
    let case = format!("cas_{number}");
    let decision = json!({ "outcome": "warned",
        "because": { "reason": "terms", "severity": "low", "note": format!("{} was late", peer.name) } });
    world.operate(&format!("/cases/{case}/close"), &decision).await;
    json!({
        "apps": [app],
        "reports": [report.to_string()],
        "cases": [case],
        "statements": [statement(world, &pair, app)],
    })
}

/// A statement for a class and a purpose, signed by a key of the app.
fn statement(world: &World, pair: &Ed25519KeyPair, app: &str) -> String {
    let header = r#"{"alg":"EdDSA","typ":"purpose-statement+jwt"}"#;
    let claims = json!({ "iss": app, "aud": world.origin, "iat": world.store.now().0 / 1_000,
        "class": "member.name", "purpose": "group-management" });
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", encode(header), encode(&claims.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes()).as_ref());
    format!("{signed}.{signature}")
}

/// A partner by the secret of its app.
fn basic(peer: &Peer) -> Value {
    let secret = peer.client.secret.as_deref().expect("a confidential client");
    let proof = STANDARD.encode(format!("{}:{secret}", peer.client.id));
    json!({ "name": peer.name, "headers": { "Authorization": format!("Basic {proof}") } })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_of_partners_conforms() {
    let (world, peers) = stage().await;
    let mut objects = json!({});
    for (peer, number) in peers.iter().zip(1..) {
        objects[peer.name] = own(&world, peer, number).await;
    }
    let config = json!({
        "peers": peers.iter().map(basic).collect::<Vec<_>>(),
        "strangers": [
            bearer("app", &peers[0].grant_token),
            bearer("operator", OPERATOR_TOKEN),
            signing_in("/me/v1/session", &peers[0].member_login()),
        ],
        "objects": objects,
    });
    conforms("/partner/v1/openapi.json", config, &world).await;
}
