//! Shapes, paging, deletion, writes, and both transports.

use std::collections::BTreeSet;

use axum::body::Body;
use bytes::Bytes;
use expect_test::expect;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use platform::{
    CATALOG_JSON, PersonId, PostId, UpstreamRequest,
    generate::{Seed, Size, generate},
    http::{ACTOR_HEADER, IDEMPOTENCY_HEADER, router},
    store::PostState,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::world::World;

fn id(value: &Value) -> i64 {
    value["id"].as_str().unwrap().parse().unwrap()
}

/// Times differ from run to run; everything else is compared.
fn still(mut value: Value) -> String {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(map) => {
                for (key, value) in map.iter_mut() {
                    if key == "created_at" || key == "joined_at" {
                        let text = value.as_str().unwrap();
                        assert!(text.len() == 24 && text.ends_with('Z'), "RFC 3339: {text}");
                        *value = json!("T");
                    } else {
                        walk(value);
                    }
                }
            }
            Value::Array(list) => list.iter_mut().for_each(walk),
            _ => {}
        }
    }
    walk(&mut value);
    value.to_string()
}

#[tokio::test]
async fn answers_have_the_documented_shapes() {
    let world = World::empty();
    let people = world.people(&["Ada", "Bo"]).await;
    let group = world.group("Chess", people[0]).await;
    world.platform.join(group, people[1]).await.unwrap();
    let post = json!({
        "text": "hello Bo Tester",
        "mentions": [{"person": people[1], "offset": 6, "length": 9}],
        "media": [{"kind": "photo", "content_type": "image/png", "data": "AAEC",
                   "tags": [people[1]]}],
    });
    let (status, post) = world.post(&format!("/groups/{group}/posts"), people[0], &post).await;
    assert_eq!(status, 201, "{post}");
    let path = format!("/posts/{}/comments", id(&post));
    let (_, first) = world.post(&path, people[1], &json!({"text": "hi"})).await;
    let (_, second) =
        world.post(&path, people[0], &json!({"text": "yes?", "reply_to": first["id"]})).await;
    assert_eq!(second["reply_to"]["id"], first["id"]);

    expect![[r#"{"id":"1","name":"Chess","description":"","created_at":"T","member_count":2,"admins":[{"id":"1","name":"Ada Tester","picture":"1","location_ip":"192.0.2.7","browser_used":"Netscape"}]}"#]]
        .assert_eq(&still(world.json("/groups/1").await));
    expect![[r#"{"id":"1","group":{"id":"1"},"author":{"id":"1","name":"Ada Tester","picture":"1","location_ip":"192.0.2.7","browser_used":"Netscape"},"text":"hello Bo Tester","created_at":"T","state":"published","mentions":[{"person":{"id":"2","name":"Bo Tester"},"offset":6,"length":9}],"media":[{"id":"3","kind":"photo","url":"3","owner":{"id":"1"},"tags":[{"person":{"id":"2","name":"Bo Tester"}}]}],"comment_count":2,"reaction_count":0,"reactions":[],"location_ip":"192.0.2.7","browser_used":"Netscape"}"#]]
        .assert_eq(&still(world.json("/posts/1").await));
    expect![[r#"{"items":[{"id":"1","group":{"id":"1"},"post":{"id":"1"},"author":{"id":"2","name":"Bo Tester","picture":"2","location_ip":"192.0.2.7","browser_used":"Netscape"},"text":"hi","created_at":"T","state":"published","mentions":[],"reaction_count":0,"reactions":[],"location_ip":"192.0.2.7","browser_used":"Netscape"},{"id":"2","group":{"id":"1"},"post":{"id":"1"},"reply_to":{"id":"1"},"author":{"id":"1","name":"Ada Tester","picture":"1","location_ip":"192.0.2.7","browser_used":"Netscape"},"text":"yes?","created_at":"T","state":"published","mentions":[],"reaction_count":0,"reactions":[],"location_ip":"192.0.2.7","browser_used":"Netscape"}]}"#]]
        .assert_eq(&still(world.json("/posts/1/comments").await));
    expect![[r#"{"items":[{"person":{"id":"2"},"group":{"id":"1","name":"Chess","description":"","created_at":"T","member_count":2},"role":"member","joined_at":"T"}]}"#]]
        .assert_eq(&still(world.json("/people/2/groups").await));
    expect![[r#"{"id":"2","name":"Bo Tester","first_name":"Bo","last_name":"Tester","gender":"","birthday":"","created_at":"T","picture":"2","city":"","emails":[],"languages":[],"studies":[],"work":[],"interests":[],"location_ip":"192.0.2.7","browser_used":"Netscape"}"#]]
        .assert_eq(&still(world.json("/people/2").await));
    expect![[r#"{"id":"3","kind":"photo","owner":{"id":"1","name":"Ada Tester"},"group":{"id":"1"},"post":{"id":"1"},"state":"published","created_at":"T","tags":[{"person":{"id":"2","name":"Bo Tester"}}],"content_type":"image/png","length":3}"#]]
        .assert_eq(&still(world.json("/media/3").await));
    let bytes = world.get("/media/3/content").await;
    assert_eq!((bytes.content_type, bytes.body.as_ref()), ("image/png", &[0, 1, 2][..]));
    let picture = world.get("/media/1/content").await;
    assert!(picture.body.starts_with(b"\x89PNG"));
    assert_eq!(world.json("/media/1").await["length"], json!(picture.body.len()));
}

#[tokio::test]
async fn pages_cover_everything_once_and_in_order() {
    let world = World::empty();
    let made = generate(world.platform.store(), Seed(3), Size::of(120)).unwrap();
    let group = made.first_group;
    let whole = world.all(&format!("/groups/{group}/posts"), 100).await;
    assert!(whole.len() > 40, "{}", whole.len());
    let times: Vec<_> = whole.iter().map(|post| post["created_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|one, two| one >= two), "newest first");
    for limit in [1, 7, 25] {
        assert_eq!(world.all(&format!("/groups/{group}/posts"), limit).await, whole);
    }
    let first = world.json(&format!("/groups/{group}/posts")).await;
    assert_eq!(first["items"].as_array().unwrap().len(), 25, "the default");

    let members = world.all(&format!("/groups/{group}/members"), 7).await;
    let ids: BTreeSet<_> = members.iter().map(|member| id(&member["person"])).collect();
    assert_eq!(ids.len(), members.len());
    let group = world.json(&format!("/groups/{group}")).await;
    assert_eq!(group["member_count"], json!(members.len()));

    let (mut comments, mut counted) = (0, 0);
    for post in &whole {
        let path = format!("/posts/{}/comments", id(post));
        comments += world.all(&path, 2).await.len();
        counted += post["comment_count"].as_u64().unwrap();
    }
    assert_eq!(comments as u64, counted);
    assert!(comments > 10);
}

#[tokio::test]
async fn bad_requests_get_problems_not_failures() {
    let world = World::empty();
    let people = world.people(&["Ada", "Bo"]).await;
    let group = world.group("Chess", people[0]).await;
    let posts = format!("/groups/{group}/posts");
    for (path, status) in [
        ("/groups/1/posts?limit=0", 400),
        ("/groups/1/posts?limit=101", 400),
        ("/groups/1/posts?limit=x", 400),
        ("/groups/1/posts?cursor=abc", 400),
        ("/groups/1/posts?sort=name", 400),
        ("/groups/99/posts", 404),
        ("/groups/one", 404),
        ("/groups/01", 404),
        ("/groups/%FF", 404),
        ("/nothing", 404),
        ("nothing", 404),
        ("/media", 405),
        ("/people/99/groups", 404),
    ] {
        let answer = world.get(path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert_eq!(answer.content_type, "application/problem+json");
        let problem: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(problem["status"], status);
        assert!(problem["type"].as_str().unwrap().starts_with("urn:bailment:platform:"));
    }
    for (body, status) in [
        (json!({"text": ""}), 400),
        (json!({"text": "x", "author": "2"}), 400),
        (json!({"text": "x", "mentions": [{"person": "2", "offset": 0, "length": 2}]}), 400),
        (json!({"text": "x", "mentions": [{"person": "77", "offset": 0, "length": 1}]}), 400),
        (json!({"text": "x", "media": [{"id": "1"}]}), 400),
        (
            json!({"media": [{"kind": "photo", "content_type": "image/svg+xml", "data": "AA=="}]}),
            400,
        ),
        (json!({"media": [{"kind": "video", "content_type": "image/png", "data": "AA=="}]}), 400),
        (json!({"media": [{"kind": "photo", "content_type": "image/png", "data": "!"}]}), 400),
    ] {
        let (got, problem) = world.post(&posts, people[0], &body).await;
        assert_eq!(got, status, "{body}: {problem}");
    }
    assert_eq!(world.post(&posts, people[1], &json!({"text": "x"})).await.0, 403, "not a member");
    assert_eq!(world.post(&posts, PersonId::new(50), &json!({"text": "x"})).await.0, 403);
    let mut request = UpstreamRequest::post(&posts, people[0], r#"{"text":"x"}"#);
    request.actor = None;
    assert_eq!(world.call(request).await.status, StatusCode::FORBIDDEN);
    assert!(world.all(&posts, 25).await.is_empty(), "nothing of it was kept");
}

#[tokio::test]
async fn a_key_is_answered_once() {
    let world = World::empty();
    let people = world.people(&["Ada", "Bo"]).await;
    let group = world.group("Chess", people[0]).await;
    world.platform.join(group, people[1]).await.unwrap();
    let path = format!("/groups/{group}/posts");
    let keyed = |actor, body: &'static str| {
        let mut request = UpstreamRequest::post(&path, actor, Bytes::from_static(body.as_bytes()));
        request.idempotency_key = Some("k1".to_owned());
        request
    };
    let first = world.call(keyed(people[0], r#"{"text":"once"}"#)).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(world.call(keyed(people[0], r#"{"text":"once"}"#)).await, first);
    let other = world.call(keyed(people[0], r#"{"text":"twice"}"#)).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Somebody else's key is another key.
    let theirs = world.call(keyed(people[1], r#"{"text":"once"}"#)).await;
    assert_eq!(theirs.status, StatusCode::CREATED);
    assert_ne!(theirs.body, first.body);
    assert_eq!(world.all(&path, 25).await.len(), 2);
    // What was deleted does not come back through its key, and is not made anew.
    world.platform.delete_post(PostId::new(1)).await.unwrap();
    let gone = world.call(keyed(people[0], r#"{"text":"once"}"#)).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(world.all(&path, 25).await.len(), 1);
}

#[tokio::test]
async fn an_upload_is_posted_once_and_by_its_owner() {
    let world = World::empty();
    let people = world.people(&["Ada", "Bo"]).await;
    let group = world.group("Chess", people[0]).await;
    world.platform.join(group, people[1]).await.unwrap();
    let video = json!({"kind": "video", "content_type": "video/mp4", "data": "AAAA"});
    let (status, video) = world.post("/media", people[0], &video).await;
    assert_eq!((status, &video["state"], video.get("group")), (201, &json!("unposted"), None));
    let body = json!({"text": "film", "media": [{"id": video["id"]}]});
    let path = format!("/groups/{group}/posts");
    assert_eq!(world.post(&path, people[1], &body).await.0, 400, "somebody else's");
    assert_eq!(world.post(&path, people[0], &body).await.0, 201);
    assert_eq!(world.post(&path, people[0], &body).await.0, 400, "a second time");
    let facts = world.json(&format!("/media/{}", id(&video))).await;
    assert_eq!((&facts["state"], &facts["group"]["id"]), (&json!("published"), &json!("1")));
}

#[tokio::test]
async fn what_is_deleted_is_gone_everywhere() {
    let world = World::empty();
    let people = world.people(&["Ada", "Bo"]).await;
    let group = world.group("Chess", people[0]).await;
    let platform = &world.platform;
    platform.join(group, people[1]).await.unwrap();
    let posts = format!("/groups/{group}/posts");
    let photo = json!({"kind": "photo", "content_type": "image/png", "data": "AAEC"});
    let mention = json!([{"person": people[1], "offset": 0, "length": 1}]);
    let body = json!({"text": "a", "media": [photo], "mentions": mention});
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(id(&world.post(&posts, people[0], &body).await.1));
    }
    let comments = format!("/posts/{}/comments", ids[0]);
    let (_, comment) = world.post(&comments, people[1], &json!({"text": "c"})).await;

    let media = id(&world.json(&format!("/posts/{}", ids[1])).await["media"][0]);
    platform.delete_post(PostId::new(ids[1])).await.unwrap();
    assert_eq!(world.all(&posts, 25).await.len(), 2);
    for path in [
        format!("/posts/{}", ids[1]),
        format!("/posts/{}/comments", ids[1]),
        format!("/media/{media}"),
        format!("/media/{media}/content"),
    ] {
        assert_eq!(world.status(&path).await, 404, "{path}");
    }
    platform.set_post_state(PostId::new(ids[2]), PostState::Draft).await.unwrap();
    assert_eq!(world.json(&format!("/posts/{}", ids[2])).await["state"], "draft");

    platform.delete_comment(platform::CommentId::new(id(&comment))).await.unwrap();
    assert!(world.all(&comments, 25).await.is_empty());
    assert_eq!(world.json(&format!("/posts/{}", ids[0])).await["comment_count"], 0);

    platform.delete_person(people[1]).await.unwrap();
    assert_eq!(world.status(&format!("/people/{}", people[1])).await, 404);
    assert_eq!(world.json("/groups/1").await["member_count"], 1);
    let post = world.json(&format!("/posts/{}", ids[0])).await;
    assert_eq!(post["mentions"], json!([]), "the mention names nobody any more");

    platform.delete_group(group).await.unwrap();
    assert_eq!(world.status("/groups/1").await, 404);
    assert_eq!(world.status(&format!("/posts/{}", ids[0])).await, 404);
}

#[tokio::test]
async fn both_transports_give_the_same_bytes() {
    let world = World::empty();
    let made = generate(world.platform.store(), Seed(5), Size::of(60)).unwrap();
    let router = router(std::sync::Arc::clone(&world.platform), "s3cret");
    let group = made.first_group;
    for path in [
        format!("/groups/{group}"),
        format!("/groups/{group}/posts?limit=5"),
        format!("/groups/{group}/members"),
        "/posts/1".to_owned(),
        "/posts/1/comments".to_owned(),
        "/people/1".to_owned(),
        "/people/1/groups".to_owned(),
        "/media/1".to_owned(),
        "/media/1/content".to_owned(),
        "/media/61/content".to_owned(),
        "/posts/999999".to_owned(),
        format!("/groups/{group}/posts?limit=500"),
    ] {
        let direct = world.get(&path).await;
        let request = Request::builder()
            .uri(&path)
            .header(header::AUTHORIZATION, "Bearer s3cret")
            .body(Body::empty())
            .unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), direct.status, "{path}");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], direct.content_type, "{path}");
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, direct.body, "{path}");
    }
}

#[tokio::test]
async fn http_needs_the_secret_and_carries_actor_and_key() {
    let world = World::empty();
    let people = world.people(&["Ada"]).await;
    let group = world.group("Chess", people[0]).await;
    let router = router(std::sync::Arc::clone(&world.platform), "s3cret");
    let send = async |method: Method, path: &str, secret: &str, body: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {secret}"))
            .header(ACTOR_HEADER, "1")
            .header(IDEMPOTENCY_HEADER, "k")
            .body(Body::from(body.to_owned()))
            .unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.into_body().collect().await.unwrap().to_bytes())
    };
    let posts = format!("/groups/{group}/posts");
    assert_eq!(send(Method::GET, &posts, "wrong", "").await.0, 401);
    assert_eq!(send(Method::DELETE, "/platform/groups/1", "", "").await.0, 401);
    let first = send(Method::POST, &posts, "s3cret", r#"{"text":"hi"}"#).await;
    assert_eq!(first.0, 201);
    assert_eq!(send(Method::POST, &posts, "s3cret", r#"{"text":"hi"}"#).await, first);
    let (status, body) =
        send(Method::POST, "/platform/people", "s3cret", r#"{"first_name":"Bo"}"#).await;
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, &body["id"], &body["facts_pending"]), (201, &json!("2"), &json!(true)));
    assert_eq!(send(Method::PUT, "/platform/groups/1/members/2", "s3cret", "").await.0, 200);
    assert_eq!(send(Method::PUT, "/platform/groups/1/members/9", "s3cret", "").await.0, 404);
    assert_eq!(world.json("/groups/1").await["member_count"], 2);
}

#[tokio::test]
async fn it_is_served_on_a_socket_until_stopped() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let world = World::empty();
    let people = world.people(&["Ada"]).await;
    world.group("Chess", people[0]).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let platform = std::sync::Arc::clone(&world.platform);
    let stopped = async { drop(stopped.await) };
    let server = tokio::spawn(async move {
        platform::http::serve_http(listener, platform, "s3cret", stopped).await
    });
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = "GET /groups/1 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer s3cret\r\n\
                   connection: close\r\n\r\n";
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    assert_eq!(body.as_bytes(), world.get("/groups/1").await.body);
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

#[test]
fn the_catalog_is_an_openapi_document_that_leaves_addresses_out() {
    let catalog: Value = serde_json::from_str(CATALOG_JSON).unwrap();
    assert_eq!(catalog["openapi"], "3.1.0");
    for name in ["location_ip", "browser_used", "locationIP", "browserUsed"] {
        assert!(!CATALOG_JSON.contains(name), "{name}");
    }
    let classes = catalog["x-data-classes"].as_object().unwrap();
    let mut used = BTreeSet::new();
    collect_classes(&catalog["components"], &mut used);
    collect_classes(&catalog["paths"], &mut used);
    let defined: BTreeSet<_> = classes.keys().cloned().collect();
    assert_eq!(used, defined, "every class is used and every used class is defined");
}

fn collect_classes(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("x-data-class", Value::String(class)) => drop(into.insert(class.clone())),
                    ("x-requires", Value::Array(list)) => {
                        into.extend(list.iter().map(|class| class.as_str().unwrap().to_owned()));
                    }
                    _ => collect_classes(value, into),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| collect_classes(value, into)),
        _ => {}
    }
}
