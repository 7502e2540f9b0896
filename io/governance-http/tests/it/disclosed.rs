//! What left: seen by whom it is about, explained to staff, and held against later facts.

use crate::world::{Caller, World};
use consent::Request;
use edge::Connection;
use ledger::{About, Node, RecordFacts};
use model::{AppNo, Chain, ClassMask, InstallationNo, ObjectKind, Position, Publication, Relation};
use sequence::Permit;
use serde_json::json;
use std::sync::Arc;
use store::{Disclosed, Ticket};

/// Discloses a post of person `3` in group `10` to the app, to a connection that never takes it.
pub async fn disclose(world: &World) -> (Position, Ticket, Arc<Connection>) {
    let store = &world.store;
    store.mark_facts(store.now());
    let group = store.context_number("10").unwrap().unwrap();
    let mut objects = Vec::new();
    let object = store.object_number(ObjectKind::Post, "77", &mut objects).unwrap();
    let basis = store.basis();
    let permit = {
        let state = store.state();
        let catalog = Arc::clone(state.catalog().unwrap());
        let operation = catalog.operations.iter().find(|one| one.name.contains("Posts")).unwrap();
        let request = Request {
            app: AppNo(1),
            credential: None,
            chain: Chain::Installation(InstallationNo(0)),
            issue: state.issue_number(),
            key: 0,
            family: None,
            acting: None,
            operation: operation.number,
            program: operation.program,
            purpose: operation.purpose,
            requires: ClassMask::NONE,
            context: Some(group),
            version: catalog.version,
            facts_up_to: store.facts_up_to(),
        };
        let names = &state.numbering().classes;
        let node = Node {
            within: None,
            record: Some(RecordFacts {
                kind: ObjectKind::Post,
                object,
                context: Some(group),
                publication: Publication::Published,
                time: None,
                relation: Relation::NONE,
            }),
            about: About::People(std::iter::once(world.person("3")).collect()),
            presence: ClassMask::NONE,
            asked: [names["post.content"], names["member.name"]].into_iter().collect(),
        };
        Permit::decide(&state, basis, Arc::new(request), Arc::new(vec![node]), store.now())
    };
    let connection = Connection::detached();
    let ticket = store.in_flight().ticket(7, Arc::clone(&connection) as _);
    match store.disclose(permit, objects, ticket).await.unwrap() {
        Disclosed::Durable { ticket, .. } => {
            let last = store.head().unwrap().next().0 - 1;
            (Position(last), ticket, connection)
        }
        Disclosed::GoBack { .. } => panic!("nothing happened in between"),
    }
}

#[tokio::test]
async fn what_left_is_seen_and_explained() {
    let world = World::community().await;
    let (admin, member) = (world.as_person("1").await, world.as_person("3").await);
    world.enable(&admin, &["10"], &["group.name", "post.content", "member.name"]).await.is(201);
    assert_eq!(world.get(&member, "/me/v1/seen").await.is(200).body["items"], json!([]));
    let (position, ticket, _) = disclose(&world).await;
    drop(ticket);
    let seen = world.get(&member, "/me/v1/seen").await.is(200).body;
    let row = &seen["items"][0];
    assert_eq!(row["app"]["name"], "Digest");
    assert_eq!(row["group"]["platform_id"], "10");
    assert_eq!(row["classes"], json!(["post.content"]));
    assert_eq!(row["first"], position.0);
    assert_eq!(world.get(&admin, "/me/v1/seen").await.is(200).body["items"], json!([]));
    // Behind the one row there is a page without any.
    assert_eq!(seen["next"], serde_json::Value::Null);
    let last = world.get(&member, "/me/v1/seen?after=1").await.is(200).body;
    assert_eq!((&last["items"], &last["next"]), (&json!([]), &serde_json::Value::Null));
    world.get(&member, "/me/v1/seen?after=-1").await.problem(400, "invalid-query");

    let path = format!("/staff/v1/explain?position={}", position.0);
    let told = world.get(&Caller::operator(), &path).await.is(200).body;
    assert_eq!(told["recomputed"], true, "{told}");
    let of = |class: &str| {
        let list = told["explanations"].as_array().unwrap();
        list.iter().find(|one| one["class"] == class).unwrap().clone()
    };
    assert_eq!(of("post.content")["outcome"], "released");
    assert_eq!(of("member.name")["reason"], "no-opt-in");
    let none = world.get(&Caller::operator(), &format!("{path}&node=1")).await.is(200).body;
    assert_eq!(none["explanations"], json!([]));
    let path = format!("/staff/v1/log?from={}", position.0);
    let entry = world.get(&Caller::operator(), &path).await.is(200).body["items"][0].clone();
    assert_eq!(entry["kind"], "disclosure");
    assert_eq!(entry["payload"]["nodes"][0]["released"], json!(["post.content"]));
}

#[tokio::test]
async fn a_fact_that_changes_an_answer_under_way_breaks_it_off_before_the_call_returns() {
    let endings = [
        json!({"kind": "member-gone", "person": "3", "group": "10"}),
        json!({"kind": "person-gone", "person": "3"}),
        json!({"kind": "group-gone", "group": "10"}),
        json!({"kind": "object-gone", "object": {"kind": "post", "id": "77"}}),
    ];
    for ending in endings {
        let world = World::community().await;
        let admin = world.as_person("1").await;
        world.enable(&admin, &["10"], &["group.name", "post.content"]).await.is(201);
        let (_, ticket, connection) = disclose(&world).await;
        // What does not change the answer neither waits for it nor breaks it off.
        world.tell(10, &[json!({"kind": "person", "person": "9"})]).await.is(200);
        assert!(!connection.is_broken());
        world.tell(11, std::slice::from_ref(&ending)).await.is(200);
        assert!(connection.is_broken(), "{ending}");
        drop(ticket);
    }
}
