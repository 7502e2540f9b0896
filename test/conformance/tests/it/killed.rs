//! Killed at random moments under load: every answer that a client received is in the log, which says of it what the answer
//! itself shows; the log opens. Read are pages, what a grant gives once, and media; written are posts; in a person's name and in
//! an installation's, while marks of use stand behind the disclosures.
//!
//! That the root is that of the leaves is looked at after every tenth kill and after the last: reading all leaves of a log that
//! grows with each round would otherwise be all that the test does.

use ledger::{DisclosurePayload, Event, Payload};
use model::{AppNo, ClassMask, ClassNo, IdentifierKind, ObjectKind, ObjectNo, PersonNo, Position};
use oauth::pairwise::PairwiseKey;
use oauth::sealed::MediaLink;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::{Options, Store};

/// Kills in CI; `BAILMENT_KILLS` overrides.
const KILLS: u32 = 100;
/// Kills that one log survives before another begins.
const KILLS_OF_ONE_LOG: u32 = 100;
/// The seed of the world in the other process, from which its keys are derived.
const SEED: u8 = 7;

/// What a client asks for, again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wish {
    /// A page of posts, under the installation.
    Posts,
    /// The same under a person's grant.
    PostsAsPerson,
    /// The person, by a grant of which everything is for one answer.
    MeOnce,
    /// Bytes behind a link.
    Media,
    /// A post to be written.
    Write,
}

const CLIENTS: [Wish; 8] = [
    Wish::Posts,
    Wish::Posts,
    Wish::PostsAsPerson,
    Wish::MeOnce,
    Wish::MeOnce,
    Wish::Media,
    Wish::Media,
    Wish::Write,
];

/// The process, and what it said of itself.
struct Gate {
    process: Child,
    said: Arc<Value>,
}

impl Gate {
    fn begin(directory: &std::path::Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_gate-world"))
            .arg(directory)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the world starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said = serde_json::from_str(&line);
        let said = said.unwrap_or_else(|_| panic!("the world said `{line}`"));
        Self { process, said: Arc::new(said) }
    }
}

/// An answer that was received whole.
struct Received {
    wish: Wish,
    position: u64,
    request: String,
    /// The link that it came from, for media.
    link: Option<String>,
    body: bytes::Bytes,
}

/// A client until its connection breaks.
struct ClientOf {
    wish: Wish,
    said: Arc<Value>,
    http: reqwest::Client,
    link: Option<String>,
}

impl ClientOf {
    fn text(&self, key: &str) -> &str {
        self.said[key].as_str().unwrap()
    }

    fn posts(&self, token: &str) -> reqwest::RequestBuilder {
        let url =
            format!("{}/v1/groups/{}/posts?limit=10", self.text("origin"), self.text("group"));
        self.http.get(url).bearer_auth(self.text(token))
    }

    fn request(&self) -> reqwest::RequestBuilder {
        match (self.wish, &self.link) {
            (Wish::Media, Some(link)) => self.http.get(link),
            (Wish::Posts | Wish::Media, _) => self.posts("installation"),
            (Wish::PostsAsPerson, _) => self.posts("person"),
            (Wish::MeOnce, _) => {
                let url = format!("{}/v1/me", self.text("origin"));
                self.http.get(url).bearer_auth(self.text("once"))
            }
            (Wish::Write, _) => {
                let url = format!("{}/v1/groups/{}/posts", self.text("origin"), self.text("group"));
                let media =
                    json!([{ "kind": "photo", "content_type": "image/png", "data": "UE5H" }]);
                let body = json!({ "text": "written", "media": media });
                self.http.post(url).bearer_auth(self.text("person")).json(&body)
            }
        }
    }

    async fn run(mut self, stop: Arc<AtomicBool>) -> Vec<Received> {
        let mut received = Vec::new();
        while !stop.load(Ordering::SeqCst) {
            let Ok(response) = self.request().send().await else { break };
            let header = |name: &str| {
                let value = response.headers().get(name)?;
                value.to_str().ok().map(str::to_owned)
            };
            let (position, request) = (header("bailment-position"), header("request-id"));
            let is_good = response.status().is_success();
            let Ok(body) = response.bytes().await else { break };
            if !is_good {
                self.link = None;
                continue;
            }
            received.push(Received {
                wish: if self.wish == Wish::Media && self.link.is_none() {
                    Wish::Posts
                } else {
                    self.wish
                },
                position: position.and_then(|text| text.parse().ok()).expect("a position"),
                request: request.expect("an id of the request"),
                link: self.link.clone(),
                body: body.clone(),
            });
            if self.wish == Wish::Media && self.link.is_none() {
                let text = String::from_utf8_lossy(&body).into_owned();
                let mut texts = text.split('"');
                self.link = texts.find(|text| text.contains("/v1/media/")).map(str::to_owned);
            }
        }
        received
    }
}

/// A log after a kill, and what it takes to hold answers against it.
struct Log<'s> {
    store: &'s Store,
    said: &'s Value,
    keyring: keyring::Keyring,
    pairwise: PairwiseKey,
}

impl<'s> Log<'s> {
    fn new(store: &'s Store, said: &'s Value) -> Self {
        let keyring = keyring::Keyring::ephemeral([SEED; 32]);
        let pairwise = PairwiseKey::derive(keyring.pairwise(), AppNo(number(said, "app")));
        Self { store, said, keyring, pairwise }
    }

    fn class(&self, name: &str) -> ClassNo {
        let state = self.store.state();
        let mut classes = state.catalog().unwrap().classes.iter();
        classes.find(|class| class.name == name).unwrap().number
    }

    /// The entry at an answer's position is the answer's own, and says what it shows.
    fn hold(&self, answer: &Received) {
        let Received { wish, position, .. } = answer;
        let stored = self.store.entry(Position(*position)).unwrap();
        let stored =
            stored.unwrap_or_else(|| panic!("{wish:?}: {position} left, and is not there"));
        let entry = stored.open().unwrap().expect("a payload");
        let Payload::Disclosure(payload) = &entry.payload else {
            panic!("{wish:?}: {position} is no disclosure")
        };
        let leaf = &entry.leaf;
        let id = leaf.request.map(|id| edge::RequestId(id).to_string());
        assert_eq!(
            id.as_deref(),
            Some(&*answer.request),
            "{wish:?}: {position} is another request's"
        );
        assert_eq!(leaf.app, Some(AppNo(number(self.said, "app"))), "{wish:?}");
        let operation = match wish {
            Wish::Posts | Wish::PostsAsPerson | Wish::Media => "listGroupPosts",
            Wish::MeOnce => "getMe",
            Wish::Write => "createPost",
        };
        let state = self.store.state();
        let mut operations = state.catalog().unwrap().operations.iter();
        let known = operations.find(|one| Some(one.number) == leaf.operation);
        assert_eq!(known.map(|one| &*one.name), Some(operation), "{wish:?}: {position}");
        let acting = PersonNo(number(self.said, "acting"));
        let is_personal = !matches!(wish, Wish::Posts | Wish::Media);
        assert_eq!(payload.acting, is_personal.then_some(acting), "{wish:?}: {position}");
        drop(state);
        match wish {
            Wish::Posts | Wish::PostsAsPerson => self.page(payload, &json_of(answer)),
            Wish::MeOnce => self.me(payload, &json_of(answer), *position),
            Wish::Media => self.media(payload, answer),
            Wish::Write => self.written(payload, &json_of(answer), leaf.app),
        }
    }

    fn released(&self, payload: &DisclosurePayload) -> ClassMask {
        payload.released.iter().fold(ClassMask::NONE, |all, mask| all | *mask)
    }

    /// Records of which something left, in order.
    fn records(&self, payload: &DisclosurePayload, kind: ObjectKind) -> Vec<ObjectNo> {
        let rows = payload.nodes.iter().zip(&payload.released);
        let rows = rows.filter(|(node, mask)| node.within.is_none() && !mask.is_empty());
        let records = rows.filter_map(|(node, _)| node.record.as_ref());
        records.filter(|record| record.kind == kind).map(|record| record.object).collect()
    }

    fn post(&self, post: &Value) -> ObjectNo {
        let id = post["id"].as_str().expect("an id");
        ObjectNo(self.pairwise.open(IdentifierKind::Post, id).expect("an id of this app's"))
    }

    /// The posts of the page are those of the entry, and names are there where the entry has some.
    fn page(&self, payload: &DisclosurePayload, body: &Value) {
        let shown: Vec<ObjectNo> =
            body["items"].as_array().expect("items").iter().map(|post| self.post(post)).collect();
        assert_eq!(shown, self.records(payload, ObjectKind::Post));
        let has_names = self.released(payload).has(self.class("member.name"));
        assert_eq!(body.to_string().contains("\"name\""), has_names);
    }

    /// What was allowed once is there as far as the entry says, and its mark stands right behind.
    fn me(&self, payload: &DisclosurePayload, body: &Value, position: u64) {
        let released = self.released(payload);
        for (name, class) in [
            ("id", "profile.id"),
            ("first_name", "profile.name"),
            ("emails", "profile.email"),
            ("birthday", "profile.birthday"),
        ] {
            assert_eq!(body.get(name).is_some(), released.has(self.class(class)), "{name}: {body}");
        }
        let next = self.store.entry(Position(position + 1)).unwrap().expect("a mark");
        let mark = next.read_payload().unwrap();
        let Some(Payload::Control(Event::GrantSpent(spent))) = mark else {
            panic!("{position} was allowed once, and {mark:?} stands behind it")
        };
        assert_eq!(spent.classes, released);
    }

    fn media(&self, payload: &DisclosurePayload, answer: &Received) {
        let sealed = answer.link.as_deref().and_then(|link| link.rsplit('/').next()).unwrap();
        let link = self.keyring.tokens().open::<MediaLink>(sealed).unwrap().content;
        assert_eq!(self.records(payload, ObjectKind::Media), [link.object]);
        assert!(!answer.body.is_empty());
    }

    /// What was written answers a permit of the same app, which stands before it.
    fn written(&self, payload: &DisclosurePayload, body: &Value, app: Option<AppNo>) {
        assert_eq!(body["text"], "written");
        assert_eq!(self.records(payload, ObjectKind::Post), [self.post(body)]);
        let permit =
            self.store.entry(payload.permit.expect("a permit")).unwrap().expect("an entry");
        let permit = permit.open().unwrap().expect("a payload");
        assert!(matches!(permit.payload, Payload::WritePermitted(_)));
        assert_eq!(permit.leaf.app, app);
    }

    /// Marks of use stand in the batch of their disclosure, right behind it. Gives how many there are of each kind.
    fn marks(&self) -> BTreeMap<&'static str, usize> {
        let (mut marks, mut from, mut is_behind) = (BTreeMap::new(), Position(0), false);
        loop {
            let some = self.store.entries(from, 1_000).unwrap();
            let Some(last) = some.last() else { return marks };
            from = Position(last.position.0 + 1);
            for stored in some {
                let mark = match stored.read_payload().unwrap() {
                    Some(Payload::Disclosure(_)) => {
                        is_behind = true;
                        continue;
                    }
                    Some(Payload::Control(Event::ClassesUsed(_))) => "used",
                    Some(Payload::Control(Event::GrantSpent(_))) => "spent",
                    _ => {
                        is_behind = false;
                        continue;
                    }
                };
                assert!(is_behind, "{}: a mark without its disclosure", stored.position);
                *marks.entry(mark).or_default() += 1;
            }
        }
    }
}

fn number(said: &Value, key: &str) -> u32 {
    u32::try_from(said[key].as_u64().unwrap()).unwrap()
}

fn json_of(answer: &Received) -> Value {
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// Lets clients at a process, kills it, and gives what they received.
async fn one_life(directory: &std::path::Path, after: Duration) -> (Vec<Received>, Arc<Value>) {
    let mut gate = Gate::begin(directory);
    let stop = Arc::new(AtomicBool::new(false));
    let clients = CLIENTS.map(|wish| {
        let (said, http) = (Arc::clone(&gate.said), reqwest::Client::new());
        tokio::spawn(ClientOf { wish, said, http, link: None }.run(Arc::clone(&stop)))
    });
    tokio::time::sleep(after).await;
    gate.process.kill().unwrap();
    gate.process.wait().unwrap();
    stop.store(true, Ordering::SeqCst);
    let mut received = Vec::new();
    for client in clients {
        received.extend(client.await.unwrap());
    }
    (received, gate.said)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_received_is_in_the_log_whenever_the_process_is_killed() {
    let kills =
        std::env::var("BAILMENT_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    // Where this test runs alone, nothing else has told the clients whose TLS to use; an error says that something has.
    let _ = outbound::install_provider();
    let mut directory = tempfile::tempdir().unwrap();
    let mut rng =
        ChaCha8Rng::seed_from_u64(u64::from(kills) ^ 0x6b69_6c6c ^ std::process::id() as u64);
    let mut all: BTreeMap<Wish, usize> = BTreeMap::new();
    for kill in 0..kills {
        // Opening and reading a log that grows for ten thousand rounds would be all that a long run does.
        if kill > 0 && kill % KILLS_OF_ONE_LOG == 0 {
            directory = tempfile::tempdir().unwrap();
        }
        let after = Duration::from_millis(rng.random_range(20..400));
        let (received, said) = one_life(directory.path(), after).await;
        let store = Store::open(
            &directory.path().join("gate"),
            Options { reserve_bytes: 1 << 12, ..Options::default() },
        )
        .unwrap_or_else(|error| panic!("kill {kill}: the log does not open: {error:?}"));
        let log = Log::new(&store, &said);
        for answer in received {
            log.hold(&answer);
            *all.entry(answer.wish).or_default() += 1;
        }
        if kill % 10 == 9 || kill + 1 == kills {
            assert_eq!(
                store.recompute_tree().unwrap(),
                store.head().unwrap().frontier,
                "kill {kill}: tree"
            );
        }
        if kill + 1 == kills {
            let marks = log.marks();
            assert!(marks.len() == 2, "{marks:?}");
        }
    }
    println!("{all:?}");
    let wishes: std::collections::BTreeSet<Wish> = CLIENTS.into_iter().collect();
    assert!(
        wishes.iter().all(|wish| all.get(wish).is_some_and(|count| *count > kills as usize / 4))
    );
    assert!(all.values().sum::<usize>() > kills as usize * 5, "{all:?}");
}
