//! Every published description against what is served: schemathesis asks what the description allows and more, as two peers of
//! whom neither may see or touch what is the other's; nothing fails, and nothing is answered that is not described.
//!
//! The seed changes every day and is printed; `BAILMENT_SEED` runs an earlier one again.

mod partners;

use super::prepared::{prepared, run};
use conformance::{App, FACTS_SECRET, OPERATOR_TOKEN, Options, PASSWORD, Peer, Surfaces, World};
use model::IdentifierKind;
use oauth::pairwise::PairwiseKey;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// Objects of a kind that a peer is asked for.
const OBJECTS: usize = 4;
/// Generated requests an operation and phase, about.
const EXAMPLES: usize = 25;

fn seed() -> u64 {
    let given = std::env::var("BAILMENT_SEED").ok().and_then(|text| text.parse().ok());
    let days = || SystemTime::now().duration_since(UNIX_EPOCH).map(|age| age.as_secs() / 86_400);
    given.unwrap_or_else(|| days().unwrap_or_default())
}

async fn stage() -> (World, [Peer; 2]) {
    let options = Options { people: 60, surfaces: Surfaces::Whole, ..Options::default() };
    let world = World::start(options).await;
    let peers = world.peers().await;
    (world, peers)
}

async fn conforms(document: &str, mut config: Value, world: &World) {
    config["origin"] = world.origin.clone().into();
    config["document"] = document.into();
    config["seed"] = seed().into();
    config["examples"] = EXAMPLES.into();
    let scripts = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/schema");
    let mut python = Command::new(prepared("BAILMENT_PYTHON", "venv/bin/python"));
    python.arg("-B").arg(scripts.join("conforms.py"));
    let steps = run(python, config).await;
    println!("{document}, seed {}: {}", seed(), steps.join("; "));
    assert_eq!(steps.last().map(String::as_str), Some("conforms"));
}

fn bearer(name: &str, token: &str) -> Value {
    json!({ "name": name, "headers": { "Authorization": format!("Bearer {token}") } })
}

fn signing_in(at: &str, login: &str) -> Value {
    json!({ "name": login, "session": at, "login": login, "password": PASSWORD })
}

/// What an app calls the posts of a group, and what another one would call the same.
async fn posts(world: &World, own: &Peer, other: App) -> (Vec<String>, Vec<String>) {
    let path = format!("/v1/groups/{}/posts?limit={OBJECTS}", world.group_name(own.app, own.group));
    let page = world.get(&path, &own.installation_token).await.json();
    let key = |app: App| PairwiseKey::derive(world.keyring.pairwise(), app.no);
    let items = page["items"].as_array().expect("posts");
    let ids = items.iter().map(|post| post["id"].as_str().expect("an id").to_owned());
    let translate = |id: &String| {
        let number = key(own.app).open(IdentifierKind::Post, id).expect("its own id");
        key(other).seal(IdentifierKind::Post, number).to_string()
    };
    let own: Vec<String> = ids.collect();
    assert!(!own.is_empty());
    let translated = own.iter().map(translate).collect();
    (own, translated)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_partners_api_conforms() {
    let (world, peers) = stage().await;
    let mut objects = json!({});
    for (own, other) in [(&peers[0], &peers[1]), (&peers[1], &peers[0])] {
        let (posts, posts_for_other) = posts(&world, own, other.app).await;
        objects[own.name] = json!({
            "groups": [world.group_name(own.app, own.group)],
            "posts": posts,
        });
        // With these the other app names the same groups and posts in its own tongue.
        objects[own.name]["translated"] = json!({
            "groups": [world.group_name(other.app, own.group)],
            "posts": posts_for_other,
        });
    }
    let config = json!({
        "peers": peers.iter().map(|one| bearer(one.name, &one.grant_token)).collect::<Vec<_>>(),
        "strangers": [
            signing_in("/me/v1/session", &peers[0].member_login()),
            bearer("operator", OPERATOR_TOKEN),
        ],
        "objects": objects,
    });
    conforms("/v1/openapi.json", config, &world).await;
}

/// What is a person's or an admin's own, as the APIs call it.
fn objects(world: &World, peers: &[Peer; 2], name: impl Fn(&Peer) -> String) -> Value {
    let mut objects = json!({});
    for peer in peers {
        objects[name(peer)] = json!({
            "groups": [world.context(peer.group).to_string()],
            "installations": [peer.installation.to_string()],
            "grants": [peer.grant.to_string()],
            "receipts": [peer.grant.to_string()],
        });
    }
    objects
}

/// What belongs to nobody, or to everybody.
fn common(peers: &[Peer; 2]) -> Value {
    json!({
        "apps": peers.iter().map(|one| one.client.id.clone()).collect::<Vec<_>>(),
        "partners": peers.iter().map(|one| one.app.partner.to_string()).collect::<Vec<_>>(),
        "credentials": peers.iter().map(|one| one.app.credential.to_string()).collect::<Vec<_>>(),
        "classes": ["member.name", "member.picture"],
        "programs": ["groups", "login"],
        "purposes": ["group-management", "sign-in"],
        "agreements": ["agr_1", "agr_2"],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_of_people_conforms() {
    let (world, peers) = stage().await;
    let session = "/me/v1/session";
    let config = json!({
        "peers": peers.iter().map(|one| signing_in(session, &one.member_login())).collect::<Vec<_>>(),
        "strangers": [bearer("app", &peers[0].grant_token), bearer("operator", OPERATOR_TOKEN)],
        "objects": objects(&world, &peers, Peer::member_login),
        "stays": true,
        "common": common(&peers),
    });
    conforms("/me/v1/openapi.json", config, &world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_of_admins_conforms() {
    let (world, peers) = stage().await;
    let session = "/me/v1/session";
    let config = json!({
        "peers": peers.iter().map(|one| signing_in(session, &one.admin_login())).collect::<Vec<_>>(),
        "strangers": [bearer("app", &peers[0].grant_token), bearer("operator", OPERATOR_TOKEN)],
        "objects": objects(&world, &peers, Peer::admin_login),
        "stays": true,
        "common": common(&peers),
    });
    conforms("/admin/v1/openapi.json", config, &world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_of_staff_conforms() {
    let (world, peers) = stage().await;
    let session = "/me/v1/session";
    let config = json!({
        "peers": [bearer("operator", OPERATOR_TOKEN)],
        "strangers": [
            bearer("app", &peers[0].grant_token),
            bearer("source", FACTS_SECRET),
            signing_in(session, &peers[0].admin_login()),
        ],
        "objects": { "operator": {} },
        "common": common(&peers),
    });
    conforms("/staff/v1/openapi.json", config, &world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_of_facts_conforms() {
    let (world, peers) = stage().await;
    let session = "/me/v1/session";
    let config = json!({
        "peers": [bearer("source", FACTS_SECRET)],
        "strangers": [
            bearer("app", &peers[0].grant_token),
            bearer("operator", OPERATOR_TOKEN),
            signing_in(session, &peers[0].admin_login()),
        ],
        "objects": { "source": {} },
        "common": { "sources": ["platform"] },
    });
    conforms("/facts/v1/openapi.json", config, &world).await;
}
