//! A catalog that comes into force while the upstream is asked: what it does not let out does not leave any more.

use crate::gates::gate_over;
use conformance::{InProcess, Options, World};
use flows::Said;
use model::Actor;
use outbound::{Answering, Asked, Upstream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use store::{Store, Urgency};

/// The platform, during whose first answer a catalog is activated.
struct Meanwhile {
    inner: Arc<InProcess>,
    store: Store,
    document: String,
    is_done: AtomicBool,
}

impl Meanwhile {
    fn of(world: &World, document: String) -> Arc<Self> {
        let (inner, store) = (Arc::clone(&world.upstream), world.store.clone());
        Arc::new(Self { inner, store, document, is_done: AtomicBool::new(false) })
    }
}

/// One that knows no class for what posts say.
fn without_text() -> String {
    let mut catalog: serde_json::Value = serde_json::from_str(platform::CATALOG_JSON).unwrap();
    let text = &mut catalog["components"]["schemas"]["Post"]["properties"]["text"];
    assert!(text.as_object_mut().unwrap().remove("x-data-class").is_some());
    text.as_object_mut().unwrap().remove("x-text");
    catalog.to_string()
}

impl Upstream for Meanwhile {
    fn ask(&self, asked: Asked) -> Answering<'_> {
        Box::pin(async move {
            let content = self.inner.ask(asked).await;
            if !self.is_done.swap(true, Ordering::SeqCst) {
                let (said, document) = (Said::by(Actor::Operator), self.document.clone());
                let activate =
                    move |state: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
                        flows::staff::activate_catalog(state, env, &said, document.as_bytes())
                    };
                self.store.commit(Urgency::Ordinary, None, activate).await.unwrap().unwrap();
            }
            content
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_not_answered_by_a_catalog_that_is_no_longer_in_force() {
    let world = World::start(Options::default()).await;
    let app = world.app("Grouply").await;
    let group = world.group(0);
    let installation = world.install(app, group).await;
    let token = world.installation_token(app, installation);
    let origin = gate_over(&world, Meanwhile::of(&world, without_text())).await;
    let url = format!("{origin}/v1/groups/{}/posts", world.group_name(app, group));
    for status in [503, 200] {
        let answer = world.client.get(&url).bearer_auth(&token).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        let body = answer.text().await.unwrap();
        assert!(!body.contains("\"text\""), "{body}");
    }
}

/// The first link to a photo or video in what an app reads of a group's posts.
async fn link(world: &World, path: &str, token: &str) -> String {
    let answer = world.get(path, token).await;
    let text = answer.text();
    let at = text.find(&format!("{}/v1/media/", world.origin)).expect("a link");
    text[at..].split('"').next().unwrap().to_owned()
}

/// Where it is on another gate.
fn on(world: &World, origin: &str, link: &str) -> String {
    format!("{origin}{}", link.strip_prefix(&world.origin).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_an_earlier_catalog_gave_leads_nowhere() {
    let world = World::start(Options::default()).await;
    let app = world.app("Grouply").await;
    let group = world.group(0);
    let installation = world.install(app, group).await;
    let token = world.installation_token(app, installation);
    let path = format!("/v1/groups/{}/posts?limit=100", world.group_name(app, group));
    let before = link(&world, &path, &token).await;
    assert_eq!(world.get_link(&before).await.status, 200);
    // It comes into force while the upstream is asked for the bytes.
    let origin = gate_over(&world, Meanwhile::of(&world, without_text())).await;
    let answer = world.get_link(&on(&world, &origin, &before)).await;
    assert_eq!(answer.status, 410, "{}", answer.text());
    assert_eq!(world.get_link(&before).await.status, 410);
    let after = link(&world, &path, &token).await;
    assert_eq!(world.get_link(&after).await.status, 200);
    // Neither does it when the same catalog is in force again: what lay between is not looked into.
    world.adopt(platform::CATALOG_JSON.to_owned()).await;
    assert_eq!(world.get_link(&before).await.status, 410);
    assert_eq!(world.get_link(&after).await.status, 410);
}

/// One in which a comment needs more than it did.
fn with_more_needed() -> String {
    let mut catalog: serde_json::Value = serde_json::from_str(platform::CATALOG_JSON).unwrap();
    let class = &catalog["x-data-classes"]["comment.create"];
    assert_eq!(class["about"], "action");
    catalog["x-data-classes"]["comment.more"] = class.clone();
    let operation = &mut catalog["paths"]["/posts/{id}/comments"]["post"];
    operation["x-requires"] = serde_json::json!(["comment.create", "comment.more"]);
    catalog.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_permitted_by_the_catalog_in_force_when_it_is_permitted() {
    let world = World::start(Options::default()).await;
    let app = world.app("Grouply").await;
    let group = world.group(0);
    world.install(app, group).await;
    let (_, token) = world.grant(app, world.admin(group), &[world.context(group)]).await;
    let posts = format!("/v1/groups/{}/posts", world.group_name(app, group));
    let posts = world.get(&posts, &token).await.json();
    let path = format!("/v1/posts/{}/comments", posts["items"][0]["id"].as_str().unwrap());
    let text = |text: &str| serde_json::json!({ "text": text });
    assert_eq!(world.post(&path, &token, &text("written before")).await.status, 201);
    let origin = gate_over(&world, Meanwhile::of(&world, with_more_needed())).await;
    for status in [503, 403] {
        let asking = world.client.post(format!("{origin}{path}")).bearer_auth(&token);
        let answer = asking.json(&text("written after")).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{}", answer.text().await.unwrap());
    }
    let comments = world.get(&format!("{path}?limit=100"), &token).await.text();
    assert!(comments.contains("written before") && !comments.contains("written after"));
}
