//! A platform that lies, stutters or has been taken over never widens a release.

use super::pipe::Pipe;
use super::{Surfaces, seed, world};
use crate::recompute::again::Again;
use conformance::InProcess;
use gateway_http::Mismatches;
use http::StatusCode;
use ledger::{Event, Payload};
use model::Position;
use outbound::{Answering, Asked, Content, Unreachable, Upstream};
use parking_lot::Mutex;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::Store;

const CASES: usize = 1_500;
/// Stands wherever a person's data would: nobody opted in, so it must never leave.
const PERSONAL: &str = "PERSONAL-MARK";
/// Stands in what claims to be of a group where the app is not enabled.
const FOREIGN: &str = "FOREIGN-MARK";

/// The platform's true answers, spoilt.
struct Liar {
    truth: Arc<InProcess>,
    rng: Mutex<ChaCha8Rng>,
    people: Vec<String>,
    foreign: String,
}

impl Liar {
    fn spoil(&self, mut content: Content) -> Result<Content, Unreachable> {
        let mut rng = self.rng.lock();
        let mut value: Value = serde_json::from_slice(&content.body).unwrap_or_default();
        let times = rng.random_range(1..8);
        for _ in 0..times {
            self.twist(&mut rng, &mut value, 0);
        }
        let body = match rng.random_range(0..30) {
            0 => return Err(Unreachable("gone".to_owned())),
            1 => Vec::new(),
            2 => content.body[..rng.random_range(0..content.body.len().max(1))].to_vec(),
            3 => (0..2_000).map(|_| rng.random()).collect(),
            4 => format!("{}1{}", "[".repeat(200), "]".repeat(200)).into_bytes(),
            5 => {
                let item = value["items"][0].clone();
                json!({ "items": vec![item; 12_000], "next": "again", "next_cursor": "again" })
                    .to_string()
                    .into_bytes()
            }
            6 => {
                value["next"] = json!("again");
                value["next_cursor"] = json!("again");
                value["items"] = json!([]);
                value.to_string().into_bytes()
            }
            7 => {
                let statuses = [201, 204, 301, 400, 401, 403, 404, 418, 500, 503];
                let status: u16 = statuses[rng.random_range(0..statuses.len())];
                content.status = StatusCode::from_u16(status).unwrap();
                value.to_string().into_bytes()
            }
            8 => {
                content.content_type = "text/html".to_owned();
                format!("<html>{PERSONAL}</html>").into_bytes()
            }
            _ => value.to_string().into_bytes(),
        };
        content.body = body.into();
        Ok(content)
    }

    /// Changes something somewhere below.
    fn twist(&self, rng: &mut ChaCha8Rng, value: &mut Value, depth: usize) {
        match value {
            Value::Array(items) if !items.is_empty() && rng.random_ratio(9, 10) => {
                let at = rng.random_range(0..items.len());
                self.twist(rng, &mut items[at], depth + 1);
            }
            Value::Object(members)
                if !members.is_empty() && (depth < 2 || rng.random_bool(0.6)) =>
            {
                let at = rng.random_range(0..members.len());
                let key = members.keys().nth(at).unwrap().clone();
                match rng.random_range(0..8) {
                    0 => drop(members.remove(&key)),
                    1 => {
                        for name in
                            ["name", "first_name", "email", "location_ip", "picture", "x-new"]
                        {
                            members.insert(name.to_owned(), json!(PERSONAL));
                        }
                        // What stands at the top may be a group, and its name is no person's.
                        if depth == 0 {
                            members.remove("name");
                            members.remove("picture");
                        }
                    }
                    2 if members.contains_key("author") => {
                        // All of it claims to be of a group where the app is not enabled.
                        members.insert("group".to_owned(), json!({ "id": self.foreign }));
                        members.insert("text".to_owned(), json!(FOREIGN));
                    }
                    3 if members.contains_key("id") && !members.contains_key("author") => {
                        let other = &self.people[rng.random_range(0..self.people.len())];
                        members.insert("id".to_owned(), json!(other));
                    }
                    4 => drop(
                        members
                            .insert(key, json!({ "id": { "id": PERSONAL }, "name": [PERSONAL] })),
                    ),
                    5 => drop(members.insert(key, Value::Null)),
                    6 => drop(members.insert(key, json!(rng.random::<f64>() * 1e300))),
                    _ => self.twist(rng, members.get_mut(&key).unwrap(), depth + 1),
                }
            }
            _ => {}
        }
    }
}

impl Upstream for Liar {
    fn ask(&self, asked: Asked) -> Answering<'_> {
        Box::pin(async move {
            let truth = self.truth.ask(asked).await?;
            self.spoil(truth)
        })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lying_platform_never_widens_a_release() {
    let seed = seed();
    let world = world(seed).await;
    let app = world.app("Grouply").await;
    let installation = world.install(app, world.group(0)).await;
    let token = world.installation_token(app, installation);
    let group = world.group_name(app, world.group(0));
    let page = world.get(&format!("/v1/groups/{group}/posts?limit=20"), &token).await.json();
    let posts: Vec<String> = page["items"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|post| post["id"].as_str().map(str::to_owned))
        .collect();
    let first = world.made.first_person;
    let liar = Liar {
        truth: Arc::clone(&world.upstream),
        rng: Mutex::new(ChaCha8Rng::seed_from_u64(seed ^ 0x6c69_6172)),
        people: (first..first + 50).map(|no| platform::PersonId::new(no).to_string()).collect(),
        foreign: world.group(1).to_string(),
    };
    let surfaces = Surfaces::of(&world, Arc::new(liar)).await;
    let mut pipe = Pipe::to(surfaces.address);
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    let mut longest = Duration::ZERO;
    for case in 0..CASES {
        let post = &posts[case % posts.len()];
        let path = match case % 5 {
            0 => format!("/v1/groups/{group}"),
            1 => format!("/v1/groups/{group}/posts?limit=5"),
            2 => format!("/v1/groups/{group}/members"),
            3 => format!("/v1/posts/{post}"),
            _ => format!("/v1/posts/{post}/comments?limit=5"),
        };
        let begun = Instant::now();
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: gate\r\nauthorization: Bearer {token}\r\n\r\n");
        let came = pipe.ask(&path, request.as_bytes()).await.expect("an answer");
        longest = longest.max(begun.elapsed());
        *statuses.entry(came.status).or_default() += 1;
        let said = String::from_utf8_lossy(&came.body);
        assert!(
            matches!(came.status, 200 | 403 | 404 | 502 | 503 | 504),
            "{path}: {} {said}",
            came.status
        );
        for mark in [PERSONAL, FOREIGN] {
            assert!(
                !said.contains(mark) && !came.head.contains(&mark.to_lowercase()),
                "case {case}, {path}: {mark} left: {said}"
            );
        }
    }
    println!("{statuses:?}, longest {longest:?}");
    assert!(statuses.get(&200).copied().unwrap_or(0) > CASES / 4, "{statuses:?}");
    assert!(statuses.get(&502).copied().unwrap_or(0) > 20, "{statuses:?}");
    // What was released stands in the log, and is decided again from it.
    let again = Again::all(&world.store);
    assert!(again.disclosures >= statuses[&200], "{} of {statuses:?}", again.disclosures);
    findings_say_where(&world.store, &surfaces.mismatches).await;
}

/// What was dropped is a finding, once a place and with no word of what stood there.
async fn findings_say_where(store: &Store, mismatches: &Mismatches) {
    let before = store.head().unwrap().next();
    mismatches.enter(store).await;
    let after = store.head().unwrap().next();
    let mut notes = Vec::new();
    for at in before.0..after.0 {
        let entry = store.entry(Position(at)).unwrap().expect("an entry").open().unwrap().unwrap();
        let Payload::Control(Event::FindingRaised(found)) = entry.payload else {
            panic!("{entry:?}")
        };
        assert_eq!((found.app, found.finding.as_str()), (None, "upstream-type"));
        notes.push(store.note(&found.why.note.expect("a note")).unwrap().expect("its text"));
    }
    let all = notes.join("\n");
    assert_eq!(notes.len(), 5, "one an operation: {all}");
    assert!(all.contains("answers of listGroupPosts differ from the catalog:"), "{all}");
    assert!(all.contains("wrong-type at /items") && all.contains("unknown-property at"), "{all}");
    assert!(!all.contains(PERSONAL) && !all.contains(FOREIGN), "{all}");
    mismatches.enter(store).await;
    assert_eq!(store.head().unwrap().next(), after, "nothing is found twice");
}
