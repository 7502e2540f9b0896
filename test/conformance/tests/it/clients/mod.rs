//! Ordinary clients, unmodified: they find their way from the API alone, a person signs in and decides on the pages, and the
//! client gets, renews, uses and loses its tokens. Each script prints a line per step and ends at the first that fails.

use super::prepared::{prepared, run};
use conformance::{Kind, Options, Surfaces, World};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

const PASSWORD: &str = "correct horse battery";

/// A world with people who can sign in and apps of two kinds, and what a script must be told of it.
async fn stage() -> (World, Value) {
    let world =
        World::start(Options { surfaces: Surfaces::GateAndPages, ..Options::default() }).await;
    let group = world.group(0);
    let (context, admin) = (world.context(group), world.admin(group));
    let members = world.store.members(context).unwrap();
    let admins = world.store.state().context(context).unwrap().admins().to_vec();
    let member = *members.iter().find(|one| !admins.contains(one)).expect("a member");
    world.account(admin, "ada", PASSWORD).await;
    world.account(member, "ben", PASSWORD).await;
    let mut apps = serde_json::Map::new();
    for (key, kind, redirect_uri) in [
        ("confidential", Kind::Confidential, "https://app.example/callback"),
        ("public", Kind::Public, "http://127.0.0.1/callback"),
    ] {
        let client = world.client(key, kind, redirect_uri).await;
        let mut app = json!({ "client_id": client.id, "redirect_uri": client.redirect_uri });
        if let Some(secret) = client.secret {
            app["client_secret"] = secret.into();
        }
        apps.insert(key.to_owned(), app);
    }
    let config = json!({
        "issuer": world.origin,
        "resource": format!("{}/v1", world.origin),
        "group": context.to_string(),
        "admin": { "login": "ada", "password": PASSWORD },
        "member": { "login": "ben", "password": PASSWORD },
        "apps": apps,
    });
    (world, config)
}

fn scripts() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/clients")
}

#[tokio::test(flavor = "multi_thread")]
async fn authlib_completes_every_flow() {
    let (_world, config) = stage().await;
    let mut python = Command::new(prepared("BAILMENT_PYTHON", "venv/bin/python"));
    python.arg("-B").arg(scripts().join("authlib_client.py"));
    let steps = run(python, config).await;
    assert_eq!(
        steps,
        [
            "protected resource metadata",
            "authorization server metadata",
            "a wrong password opens nothing",
            "a person refuses",
            "prompt=none and a missing challenge are answered with an error and iss",
            "an unregistered redirect URI is led nowhere",
            "code flow with client_secret_basic",
            "reads me, groups, posts, comments, a picture",
            "turns pages",
            "sees a member once they opt in",
            "writes a post",
            "refreshes by itself",
            "introspects",
            "client_credentials with installation",
            "client_credentials with resource",
            "an installation token is renewed by itself",
            "client_credentials that cannot be are refused",
            "an installation token is revoked, and another one is to be had",
            "code flow with client_secret_post, narrowed by scope and by the person",
            "a refresh never widens",
            "authorization_details and resource say the same",
            "a wrong verifier, redirect URI or client gets nothing for a code",
            "a code used twice ends what it gave",
            "code flow of a public client at a loopback port",
            "a public client's refresh token rotates",
            "a rotated token that comes back ends the family",
            "a public client revokes",
            "a public client has no token of its own",
            "revokes",
            "a withdrawal ends everything at once",
        ]
    );
}

async fn node(script: &str) -> Vec<String> {
    let (_world, config) = stage().await;
    let mut node = Command::new("node");
    node.env("BAILMENT_NODE", prepared("BAILMENT_NODE", "node")).arg(scripts().join(script));
    run(node, config).await
}

#[tokio::test(flavor = "multi_thread")]
async fn openid_client_completes_every_flow() {
    assert_eq!(
        node("openid_client.mjs").await,
        [
            "discovery",
            "authorizationCodeGrant with client_secret_basic",
            "fetchProtectedResource",
            "refreshTokenGrant",
            "tokenIntrospection",
            "clientCredentialsGrant with resource and with installation",
            "authorizationCodeGrant with client_secret_post, scope and resource",
            "the library refuses an answer of another issuer, of none, and of another request",
            "a wrong verifier gets nothing, and a code used twice ends what it gave",
            "a public client's refresh tokens rotate, and one from before ends the family",
            "tokenRevocation",
            "a withdrawal ends everything at once",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn oauth4webapi_completes_every_flow() {
    assert_eq!(
        node("oauth4webapi.mjs").await,
        [
            "processResourceDiscoveryResponse",
            "processDiscoveryResponse",
            "code, reading, refresh and revocation: basic",
            "code, reading, refresh and revocation: post",
            "code, reading, refresh and revocation: none",
            "client credentials",
            "validateAuthResponse",
            "codes are worth nothing elsewhere, for another verifier, and twice",
            "a withdrawal ends the person's tokens, and not the installation's",
        ]
    );
}
