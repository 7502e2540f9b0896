//! The pages in a browser, by whoever has no mouse, cannot see, has a phone, or lets no scripts run.
//!
//! Each script prints a line per step and ends at the first that fails.

use super::prepared::{prepared, run};
use conformance::{
    App, Client, Kind, OPERATOR_TOKEN, Options, PASSWORD, POLICY_BEFORE, Peer, Surfaces, World,
};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

const ROUTER: &str = include_str!("../../../../../io/console-http/src/router.rs");
const CLASSES: &str = "group.name post.content post.media member.name member.picture profile.name";
/// What the app on the person's own device is called.
const NATIVE: &str = "cedar";
/// What PKCE asks for; nobody redeems these codes.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Paths that the console's router answers with GET.
fn routes() -> Vec<&'static str> {
    let routes: Vec<&str> = ROUTER
        .split(".route(")
        .skip(1)
        .filter(|one| one.contains("get("))
        .filter_map(|one| one.split('"').nth(1))
        .collect();
    assert!(routes.len() > 30, "the router is read wrong: {routes:?}");
    routes
}

fn chromium() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|one| one.join("chromium")).find(|it| it.exists());
    found.expect("no `chromium` on the path: run `./check setup`")
}

/// Two peers and staff, with something disclosed, so that no page is empty.
async fn stage() -> (World, [Peer; 2]) {
    let options = Options { people: 60, surfaces: Surfaces::Whole, ..Options::default() };
    let world = World::start(options).await;
    let peers = world.peers().await;
    world.staff("Sam Staff", "staff").await;
    let proposed = reqwest::Client::new()
        .post(format!("{}/staff/v1/suspensions", world.origin))
        .bearer_auth(OPERATOR_TOKEN)
        .json(&json!({
            "select": [format!("apps:{}", peers[0].client.id)],
            "because": { "reason": "terms", "severity": "low", "note": "waits for a second person" },
        }))
        .send()
        .await
        .unwrap();
    assert_eq!(proposed.status().as_u16(), 201);
    let opened = reqwest::Client::new()
        .post(format!("{}/staff/v1/cases", world.origin))
        .bearer_auth(OPERATOR_TOKEN)
        .json(&json!({
            "app": peers[1].client.id, "kind": "inquiry",
            "because": { "reason": "terms", "severity": "low", "note": "asks for more than it shows" },
        }))
        .send()
        .await
        .unwrap();
    assert_eq!(opened.status().as_u16(), 201);
    for peer in &peers {
        let group = world.group_name(peer.app, peer.group);
        for path in [format!("/v1/groups/{group}/posts"), format!("/v1/groups/{group}/members")] {
            for token in [&peer.installation_token, &peer.grant_token] {
                assert_eq!(world.get(&path, token).await.status, 200);
            }
        }
    }
    (world, peers)
}

fn authorize(world: &World, client: &Client) -> String {
    let resource = format!("{}/v1", world.origin);
    let query = reqwest::Url::parse_with_params(
        "http://localhost/oauth/authorize",
        [
            ("response_type", "code"),
            ("client_id", &client.id),
            ("redirect_uri", &client.redirect_uri),
            ("scope", CLASSES),
            ("resource", &resource),
            ("state", "back"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ],
    )
    .unwrap();
    format!("{}?{}", query.path(), query.query().unwrap())
}

fn account(login: &str) -> Value {
    json!({ "login": login, "password": PASSWORD })
}

/// With `BAILMENT_SCREENSHOTS=DIR` every inspected page is photographed, to be looked at.
fn config(world: &World) -> Value {
    let shots = std::env::var_os("BAILMENT_SCREENSHOTS").map(PathBuf::from);
    json!({ "origin": world.origin, "chromium": chromium(), "shots": shots })
}

async fn node(script: &str, config: Value) -> Vec<String> {
    let scripts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/browser");
    let mut node = Command::new("node");
    node.env("BAILMENT_BROWSER", prepared("BAILMENT_BROWSER", "browser")).arg(scripts.join(script));
    run(node, config).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_used_by_everybody() {
    let (world, [alder, _]) = stage().await;
    let asks = authorize(&world, &alder.client);
    let (app, group) = (&alder.client.id, world.context(alder.group));
    let preview = format!(
        "/groups/enable?app={app}&step=preview&group={group}&class=group.name&class=post.content"
    );
    let mut config = config(&world);
    config["routes"] = json!(routes());
    // Of one kind, somebody's second page can look different from the first; staff's do not.
    config["visitors"] = json!([
        { "name": "nobody", "ofAKind": 2, "start": ["/", "/sign-in?done=signed-out", "/oauth/authorize?client_id=app_9"] },
        { "name": "member", "ofAKind": 2, "signIn": "/sign-in", "account": account(&alder.member_login()),
          "start": ["/?done=saved", asks, "/groups", "/nothing-here"] },
        { "name": "admin", "ofAKind": 2, "signIn": "/sign-in", "account": account(&alder.admin_login()),
          "start": ["/", asks, preview] },
        { "name": "staff", "ofAKind": 1, "signIn": "/staff/sign-in", "account": account("staff"),
          "start": ["/staff?done=made", "/staff/apps?q=nothing", "/staff/partners/ptn_999",
                    // Only a draft's page leads there.
                    "/staff/programs/prg_1/experiment"] },
    ]);
    let visited = node("pages.mjs", config).await;
    let missed: Vec<&str> =
        routes().into_iter().filter(|one| !visited.iter().any(|seen| seen == one)).collect();
    assert!(missed.is_empty(), "no link leads to these pages: {missed:?}");
}

/// Everything that people, admins and staff come for.
async fn flows(peer: usize, scripts: bool) {
    let (world, peers) = stage().await;
    let (own, other) = (&peers[peer], &peers[1 - peer]);
    let asked = platform_name(&world, own).await;
    let mut config = config(&world);
    config["scripts"] = scripts.into();
    config["app"] = json!({ "id": own.client.id, "name": own.name });
    config["other"] = json!({ "id": other.client.id, "name": other.name });
    config["group"] = asked.into();
    config["credential"] = own.app.credential.to_string().into();
    let native = native(&world, own).await;
    config["native"] = NATIVE.into();
    config["authorize"] = authorize(&world, &native).into();
    config["policy"] = POLICY_BEFORE.into();
    config["accounts"] = json!({
        "member": account(&own.member_login()),
        "admin": account(&own.admin_login()),
        "staff": account("staff"),
    });
    let steps = node("flows.mjs", config).await;
    assert_eq!(
        steps,
        [
            "consent: 3 clicks to allow, 1 to withdraw",
            "settings: 2 clicks from home end an app",
            "choices for an app",
            "seen by, history",
            "groups: 8 clicks to enable, 4 to disable",
            "partner, app, credential, agreement, certification",
            "suspend, reinstate, cut off, restrict",
            "case opened, documented, decided",
            "policy, log",
        ]
    );
}

/// An app on the person's own device, enabled where the peer's is: a browser can be led back to it for real.
async fn native(world: &World, peer: &Peer) -> Client {
    let client = world.client(NATIVE, Kind::Public, "http://127.0.0.1/callback").await;
    world.install(App { no: client.app, ..peer.app }, peer.group).await;
    client
}

/// What a group is called by its members.
async fn platform_name(world: &World, peer: &Peer) -> String {
    let path = format!("/v1/groups/{}", world.group_name(peer.app, peer.group));
    let answer = world.get(&path, &peer.installation_token).await;
    answer.json()["name"].as_str().expect("a name").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_done_by_keyboard_alone() {
    flows(0, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_done_without_scripts() {
    flows(1, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_in_a_browser_of_another_origin_reaches_the_gate_and_nothing_else() {
    let (world, [peer, _]) = stage().await;
    let mut config = config(&world);
    config["app"] = peer.client.id.clone().into();
    config["token"] = peer.installation_token.clone().into();
    let group = world.group_name(peer.app, peer.group);
    config["posts"] = format!("/v1/groups/{group}/posts").into();
    let steps = node("elsewhere.mjs", config).await;
    assert_eq!(
        steps,
        [
            "metadata and description are read",
            "token endpoint and revocation answer in words that can be read",
            "the API is read with a token, and with nothing else",
            "pages, people's, staff's and servers' endpoints are kept from it",
        ]
    );
}
