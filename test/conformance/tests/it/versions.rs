//! Two API versions side by side: the old one has its own shapes, gives no more than the new one, and ends at its instant.

use conformance::{Options, World};
use flows::Said;
use flows::staff::Announcement;
use model::{Actor, ApiVersion, Millis};
use reqwest::Response;
use serde_json::Value;
use std::time::Duration;

const NEW: &str = "2027-01-01";

/// The built-in catalog as of a later version: a group says no more how many members it has, and its description needs a
/// certification that nobody has.
fn newer(old: ApiVersion) -> String {
    let mut document: Value = serde_json::from_str(platform::CATALOG_JSON).unwrap();
    document["info"]["version"] = NEW.into();
    assert_ne!(old.to_string(), NEW);
    let needs = document.pointer_mut("/x-data-classes/group.description/needs").unwrap();
    *needs = serde_json::json!(["installation", "certification"]);
    let group = document.pointer_mut("/components/schemas/Group/properties").unwrap();
    group.as_object_mut().unwrap().remove("member_count").unwrap();
    document.to_string()
}

async fn ask(world: &World, path: &str, token: &str, version: Option<&str>) -> Response {
    let mut request = world.client.get(format!("{}{path}", world.origin)).bearer_auth(token);
    if let Some(version) = version {
        request = request.header("Bailment-Version", version);
    }
    request.send().await.unwrap()
}

fn header(response: &Response, name: &str) -> String {
    let all = response.headers().get_all(name).iter().map(|value| value.to_str().unwrap());
    all.collect::<Vec<_>>().join(", ")
}

async fn announce(world: &World, version: ApiVersion, announcement: Announcement) {
    let said = Said::by(Actor::Operator);
    world
        .commit(move |state, _, env| {
            flows::staff::announce_version(state, env, &said, version, announcement)
        })
        .await;
}

//= rfc9651#3.3.7
//= type=test
//# Dates have a data model that is similar to Integers, representing a (possibly negative)
//# delta in seconds from 1970-01-01T00:00:00Z, excluding leap seconds.
//= rfc9651#4.1.10
//= type=test
//# Let output be "@".
//= rfc9745#2.1
//= type=test
//# Deprecation is an Item Structured Header Field; its value MUST be a Date as per Section
//# 3.3.7 of [RFC9651].
#[tokio::test(flavor = "multi_thread")]
async fn an_old_version_has_its_own_shapes_and_gives_no_more_than_the_new_one() {
    let world = World::start(Options::default()).await;
    let app = world.app("Grouply").await;
    let group = world.group(0);
    let installation = world.install(app, group).await;
    let token = world.installation_token(app, installation);
    let path = format!("/v1/groups/{}", world.group_name(app, group));
    let old = world.store.state().catalog().unwrap().version;

    let before = ask(&world, &path, &token, None).await;
    assert_eq!(header(&before, "bailment-version"), old.to_string());
    assert_eq!(header(&before, "deprecation"), "");
    let before: Value = before.json().await.unwrap();
    assert!(before["member_count"].is_u64() && before["description"].is_string(), "{before}");

    let (said, document) = (Said::by(Actor::Operator), newer(old));
    world
        .commit(move |state, _, env| {
            let bytes = document.as_bytes();
            flows::staff::activate_catalog_beside(state, env, &said, bytes, &[old])
        })
        .await;

    // Without a header it is the version in force; with one, that.
    let new = ask(&world, &path, &token, None).await;
    assert_eq!(header(&new, "bailment-version"), NEW);
    let new: Value = new.json().await.unwrap();
    assert!(new["name"].is_string() && new.get("member_count").is_none(), "{new}");
    assert!(new.get("description").is_none(), "nobody certified it: {new}");
    let kept = ask(&world, &path, &token, Some(&old.to_string())).await;
    assert_eq!(kept.status(), 200);
    assert_eq!(header(&kept, "bailment-version"), old.to_string());
    let kept: Value = kept.json().await.unwrap();
    assert!(kept["member_count"].is_u64(), "the old shape: {kept}");
    assert!(kept.get("description").is_none(), "no more than the new version gives: {kept}");

    for unknown in ["2026-01-01", "latest", ""] {
        let refused = ask(&world, &path, &token, Some(unknown)).await;
        assert_eq!(refused.status(), 400, "{unknown}");
        let problem: Value = refused.json().await.unwrap();
        assert_eq!(problem["type"], "/problems/version-not-served");
    }

    // What is announced stands on every answer of the old version, and on none of the new one.
    let now = world.store.now();
    announce(&world, old, Announcement::Deprecated(now)).await;
    let ends = world.store.now().plus(Millis(2_500));
    announce(&world, old, Announcement::Ends(ends)).await;
    let kept = ask(&world, &path, &token, Some(&old.to_string())).await;
    assert_eq!(kept.status(), 200, "the instant has not come");
    assert_eq!(header(&kept, "deprecation"), format!("@{}", now.0 / 1_000));
    assert!(header(&kept, "sunset").ends_with(" GMT"), "{}", header(&kept, "sunset"));
    let link = header(&kept, "link");
    assert!(link.contains("/v1/versions>; rel=\"deprecation\""), "{link}");
    assert!(link.contains(&format!("version={NEW}>; rel=\"successor-version\"")), "{link}");
    let new = ask(&world, &path, &token, None).await;
    assert_eq!((header(&new, "deprecation"), header(&new, "sunset")), Default::default());

    let described = ask(&world, &format!("/v1/openapi.json?version={old}"), &token, None).await;
    let described: Value = described.json().await.unwrap();
    assert_eq!(described["info"]["version"], old.to_string());
    let versions = ask(&world, "/v1/versions", &token, None).await;
    let versions: Value = versions.json().await.unwrap();
    assert_eq!(versions["versions"][0]["version"], old.to_string());

    // From the instant on nothing leaves, and nothing had to run.
    let left = ends.0.saturating_sub(world.store.now().0);
    tokio::time::sleep(Duration::from_millis(left)).await;
    let ended = ask(&world, &path, &token, Some(&old.to_string())).await;
    assert_eq!(ended.status(), 400);
    let problem: Value = ended.json().await.unwrap();
    assert_eq!(problem["type"], "/problems/version-not-served");
    assert_eq!(ask(&world, &path, &token, None).await.status(), 200, "the new one goes on");
}
