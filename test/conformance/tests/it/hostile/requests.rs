//! Hostile requests of partners, clients and sources.

use super::pipe::{Came, Pipe};
use super::{FACTS_SECRET, Surfaces, seed, world};
use conformance::World;
use ledger::Payload;
use model::{Chain, Position};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Mutated strings and bodies in CI.
const CASES: usize = 3_000;

fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: gate\r\nauthorization: Bearer {token}\r\n\r\n")
        .into_bytes()
}

fn post(path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "POST {path} HTTP/1.1\r\nhost: gate\r\n{headers}content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Any change of a string that leaves a different one of printable characters.
fn mutated(rng: &mut ChaCha8Rng, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    loop {
        match rng.random_range(0..6) {
            0 => {
                let at = rng.random_range(0..bytes.len());
                bytes[at] = rng.random_range(b'0'..=b'z');
            }
            1 => bytes.truncate(rng.random_range(1..bytes.len().max(2))),
            2 => bytes.push(rng.random_range(b'A'..=b'Z')),
            3 => {
                let at = rng.random_range(0..bytes.len());
                bytes.remove(at);
                if bytes.is_empty() {
                    bytes.push(b'x');
                }
            }
            4 => bytes.extend_from_slice(&text.as_bytes()[..rng.random_range(0..text.len())]),
            _ => bytes.reverse(),
        }
        if bytes != text.as_bytes() {
            return String::from_utf8(bytes).unwrap();
        }
    }
}

/// What the gate itself says is a problem document of a stable type; what HTTP says below it has no body.
fn check(what: &str, came: &Came) {
    assert!(
        (400..500).contains(&came.status),
        "{what}: {} {}",
        came.status,
        String::from_utf8_lossy(&came.body)
    );
    if came.body.is_empty() {
        assert!(matches!(came.status, 400 | 404 | 405 | 414 | 431), "{what}: {}", came.head);
        return;
    }
    let json = came.json();
    if came.head.contains("application/problem+json") {
        assert!(
            json["type"].as_str().is_some_and(|text| text.starts_with("/problems/")),
            "{what}: {json}"
        );
        assert_eq!(json["status"], came.status, "{what}: {json}");
    } else {
        assert!(json["error"].is_string(), "{what}: {}", String::from_utf8_lossy(&came.body));
    }
    let said = String::from_utf8_lossy(&came.body);
    assert!(
        !said.contains("panicked") && !said.contains("rusqlite") && !said.contains(".rs"),
        "{what}: {said}"
    );
}

struct Hostile<'w> {
    world: &'w World,
    pipe: Pipe,
    rng: ChaCha8Rng,
    /// Two apps' tokens, ids, cursors, links.
    own: Vec<String>,
    token: String,
    other: String,
    person: String,
    group: String,
    /// Refused by the gate, by problem.
    counted: BTreeMap<String, u64>,
}

impl<'w> Hostile<'w> {
    async fn begin(world: &'w World, surfaces: &Surfaces, seed: u64) -> Self {
        let (app, other) = (world.app("Grouply").await, world.app("Kalender").await);
        let installation = world.install(app, world.group(0)).await;
        let elsewhere = world.install(other, world.group(0)).await;
        let token = world.seal(app, Chain::Installation(installation));
        let foreign = world.seal(other, Chain::Installation(elsewhere));
        // A person who lets the app write nowhere: a body is read and checked, and then refused.
        let (_, person) =
            world.grant(app, world.admin(world.group(1)), &[world.context(world.group(1))]).await;
        let group = world.group_name(app, world.group(0));
        let mut pipe = Pipe::to(surfaces.address);
        let page = pipe
            .ask("a page", &get(&format!("/v1/groups/{group}/posts?limit=1"), &token))
            .await
            .unwrap();
        let page = page.json();
        let theirs = world.group_name(other, world.group(0));
        let own = [
            token.clone(),
            foreign.clone(),
            group.clone(),
            theirs,
            page["next"].as_str().or(page["next_cursor"].as_str()).unwrap_or("blk_none").to_owned(),
            page["items"][0]["id"].as_str().unwrap_or("pst_none").to_owned(),
        ];
        Self {
            world,
            pipe,
            rng: ChaCha8Rng::seed_from_u64(seed ^ 0x0068_6f73_7469_6c65),
            own: own.into(),
            token,
            other: foreign,
            person,
            group,
            counted: BTreeMap::new(),
        }
    }

    async fn refused(&mut self, what: &str, bytes: &[u8]) {
        let Some(came) = self.pipe.ask(what, bytes).await else { return };
        check(what, &came);
        let is_gate = what.starts_with("gate:");
        if is_gate && came.head.contains("application/problem+json") {
            let slug = came.json()["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            *self.counted.entry(slug).or_default() += 1;
        }
    }

    async fn strings(&mut self) {
        for _ in 0..CASES {
            let text = self.own.choose(&mut self.rng).unwrap().clone();
            let text = mutated(&mut self.rng, &text);
            let (token, group) = (self.token.clone(), self.group.clone());
            let bytes = match self.rng.random_range(0..5) {
                0 => get(&format!("/v1/groups/{group}"), &text),
                1 => get(&format!("/v1/groups/{text}/posts"), &token),
                2 => get(&format!("/v1/groups/{group}/posts?cursor={text}"), &token),
                3 => get(&format!("/v1/posts/{text}/comments"), &token),
                _ => get(&format!("/v1/media/{text}"), &token),
            };
            self.refused(&format!("gate: {}", String::from_utf8_lossy(&bytes)), &bytes).await;
        }
        // Whole strings in a place that is not theirs.
        let (token, other, group, own) =
            (self.token.clone(), self.other.clone(), self.group.clone(), self.own.clone());
        for bytes in [
            get(&format!("/v1/groups/{group}"), &other),
            get(&format!("/v1/groups/{group}/members?cursor={}", own[4]), &token),
            get(&format!("/v1/groups/{}/posts?cursor={}", own[3], own[4]), &other),
            get(&format!("/v1/posts/{group}"), &token),
            get(&format!("/v1/groups/{}", own[5]), &token),
            get(&format!("/v1/media/{token}"), &token),
            get("/v1/me", &token),
        ] {
            self.refused(&format!("gate: {}", String::from_utf8_lossy(&bytes)), &bytes).await;
        }
    }

    async fn paths(&mut self) {
        let (token, group) = (self.token.clone(), self.group.clone());
        let long = "x".repeat(5_000);
        let many: String = (0..400).map(|n| format!("p{n}=1&")).collect();
        for path in [
            "/v1/%2e%2e/staff/v1/apps".to_owned(),
            "/v1/../staff/v1/apps".to_owned(),
            format!("/v1/groups/{group}/%2e%2e/%2e%2e"),
            "/v1/groups/%00".to_owned(),
            "/v1/groups/%ff%fe".to_owned(),
            "/v1/groups/%zz".to_owned(),
            "/v1/groups//".to_owned(),
            "/v1//groups".to_owned(),
            "/v1/".to_owned(),
            format!("/v1/groups/{long}"),
            format!("/v1/groups/{group}/posts?{many}"),
            format!("/v1/groups/{group}/posts?cursor={long}{long}"),
            format!("/v1/groups/{group}/posts?limit=0"),
            format!("/v1/groups/{group}/posts?limit=-1"),
            format!("/v1/groups/{group}/posts?limit=99999999999999999999"),
            format!("/v1/groups/{group}/posts?limit=5&limit=6"),
            format!("/v1/groups/{group}/posts?fields={long}"),
            format!("/v1/groups/{group}/posts?fields=((("),
            format!("/v1/groups/{group}?access_token={token}"),
            format!("/v1/groups/{group}?author=1"),
            "/v1/media/..%2f..%2fetc%2fpasswd".to_owned(),
        ] {
            self.refused(&format!("gate: {path:.80}"), &get(&path, &token)).await;
        }
        // Not `OPTIONS`: whoever asks what may be asked is told, whatever the path (`edge::cross_origin`).
        for method in ["PUT", "DELETE", "PATCH", "TRACE", "BREW"] {
            let bytes = format!(
                "{method} /v1/groups/{group} HTTP/1.1\r\nhost: gate\r\nauthorization: Bearer {token}\r\n\r\n"
            );
            self.refused(&format!("gate: {method}"), bytes.as_bytes()).await;
        }
    }

    async fn bodies(&mut self) {
        let path = format!("/v1/groups/{}/posts", self.group);
        let json =
            format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", self.person);
        let deep = "[".repeat(100_000);
        let nested = format!("{}1{}", "{\"text\":".repeat(5_000), "}".repeat(5_000));
        let large = format!("{{\"text\":\"{}\"}}", "y".repeat(3_000_000));
        let fixed: [&[u8]; 16] = [
            b"",
            b"null",
            b"[]",
            b"0",
            b"{",
            b"{\"text\":1}",
            b"{\"text\":\"a\",\"text\":\"b\"}",
            b"{\"text\":\"\\u0000\"}",
            b"{\"text\":\"\\ud800\"}",
            b"\xff\xfe{}",
            b"{\"text\":\"a\"}{}",
            b"{\"media\":[{}]}",
            b"{\"text\":1e999}",
            deep.as_bytes(),
            nested.as_bytes(),
            large.as_bytes(),
        ];
        for body in fixed {
            let what = format!("gate: {:.60}", String::from_utf8_lossy(body));
            self.refused(&what, &post(&path, &json, body)).await;
        }
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "application/jsonx",
            "\u{1}",
        ] {
            let headers =
                format!("authorization: Bearer {}\r\ncontent-type: {kind}\r\n", self.person);
            self.refused(&format!("gate: {kind:?}"), &post(&path, &headers, b"{\"text\":\"a\"}"))
                .await;
        }
        for _ in 0..CASES / 4 {
            let mut body = br#"{"text":"Hello","media":[{"kind":"photo","content_type":"image/png","data":"AAAA"}]}"#.to_vec();
            for _ in 0..self.rng.random_range(1..6) {
                let at = self.rng.random_range(0..body.len());
                body[at] = self.rng.random();
            }
            let what = format!("gate: {}", String::from_utf8_lossy(&body));
            self.refused(&what, &post(&path, &json, &body)).await;
        }
    }

    async fn clients(&mut self) {
        let form = "content-type: application/x-www-form-urlencoded\r\n";
        let basic = "authorization: Basic YXBwXzE6YmxzX3dyb25n\r\n";
        for endpoint in ["/oauth/token", "/oauth/revoke", "/oauth/introspect"] {
            for case in 0..CASES / 12 {
                let text = self.own.choose(&mut self.rng).unwrap().clone();
                let text = mutated(&mut self.rng, &text);
                let uri = [
                    "https://evil.example/cb",
                    "javascript:alert(1)",
                    "https://a@b/",
                    "//x",
                    "http://[::1",
                    "%00",
                ]
                .choose(&mut self.rng)
                .unwrap();
                let body = match self.rng.random_range(0..7) {
                    0 => format!(
                        "grant_type=authorization_code&code=blc_{text}&redirect_uri={uri}&code_verifier={text}&client_id=app_1"
                    ),
                    1 => {
                        format!("grant_type=refresh_token&refresh_token=blr_{text}&client_id=app_1")
                    }
                    2 => format!("grant_type=client_credentials&installation={text}"),
                    3 => format!("token={text}&token={text}&client_id=app_1"),
                    4 => format!("grant_type={text}&client_id={text}&client_secret={text}"),
                    5 => "&=&=&%zz=%".to_owned() + &text,
                    _ => "a=b&".repeat(30_000),
                };
                let headers = match case % 4 {
                    0 => format!("{form}{basic}"),
                    1 => form.to_owned(),
                    2 => format!("content-type: application/json\r\n{basic}"),
                    _ => {
                        format!("{form}authorization: Basic %%%\r\nauthorization: Basic {text}\r\n")
                    }
                };
                self.refused(
                    &format!("oauth: {endpoint} {headers} {body:.200}"),
                    &post(endpoint, &headers, body.as_bytes()),
                )
                .await;
            }
        }
    }

    async fn facts(&mut self) {
        let own =
            format!("authorization: Bearer {FACTS_SECRET}\r\ncontent-type: application/json\r\n");
        let mut bodies: Vec<String> = [
            "", "{}", "[]", "{\"source\":7}", "{\"source\":\"nobody\",\"mode\":\"changes\",\"after\":0,\"facts\":[]}",
            "{\"source\":\"platform\",\"mode\":\"changes\",\"after\":18446744073709551615,\"facts\":[]}",
            "{\"source\":\"platform\",\"mode\":\"changes\",\"after\":99999,\"facts\":[{\"sequence\":100000,\"at\":0,\"kind\":\"person\",\"person\":\"1\"}]}",
            "{\"source\":\"platform\",\"mode\":\"changes\",\"after\":0,\"facts\":[{\"sequence\":1,\"at\":0,\"kind\":\"member\",\"person\":\"1\"}]}",
            "{\"source\":\"platform\",\"mode\":\"upside-down\",\"after\":0,\"facts\":[]}",
        ]
        .map(str::to_owned)
        .into();
        let fact = r#"{"sequence":1,"at":0,"kind":"person","person":"1"}"#;
        bodies.push(format!(
            r#"{{"source":"platform","mode":"changes","after":0,"facts":[{}]}}"#,
            vec![fact; 20_000].join(",")
        ));
        bodies.push(format!(r#"{{"source":"platform","mode":"changes","after":0,"facts":[{{"sequence":1,"at":0,"kind":"person","person":"{}"}}]}}"#, "9".repeat(400)));
        for body in bodies {
            self.refused(
                &format!("facts: {body:.120}"),
                &post("/facts/v1/batches", &own, body.as_bytes()),
            )
            .await;
        }
        let wrong = "authorization: Bearer guess\r\ncontent-type: application/json\r\n";
        self.refused("facts: wrong secret", &post("/facts/v1/batches", wrong, b"{}")).await;
        for path in ["/staff/v1/apps", "/admin/v1/groups", "/me/v1/apps"] {
            self.refused(path, &get(path, &self.token.clone())).await;
        }
    }

    async fn transfer(&mut self) {
        let (path, token) = (format!("/v1/groups/{}/posts", self.group), self.person.clone());
        let begin = format!(
            "POST {path} HTTP/1.1\r\nhost: gate\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n"
        );
        for (what, rest) in [
            (
                "gate: both lengths",
                "content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            ),
            ("gate: two lengths", "content-length: 5\r\ncontent-length: 6\r\n\r\nabcde"),
            ("gate: negative length", "content-length: -5\r\n\r\n"),
            ("gate: odd encoding", "transfer-encoding: gzip, chunked, identity\r\n\r\n"),
            ("gate: bad chunk", "transfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"),
            ("gate: great expectations", "expect: 200-ok\r\ncontent-length: 2\r\n\r\n{}"),
            ("gate: expects", "expect: 100-continue\r\ncontent-length: 4\r\n\r\nnull"),
        ] {
            let bytes = format!("{begin}{rest}");
            let mut pipe = std::mem::replace(&mut self.pipe, Pipe::to(([127, 0, 0, 1], 1).into()));
            if let Some(came) = pipe.ask(what, bytes.as_bytes()).await {
                check(what, &came);
                if came.head.contains("application/problem+json") {
                    let slug = came.json()["type"]
                        .as_str()
                        .unwrap()
                        .rsplit('/')
                        .next()
                        .unwrap()
                        .to_owned();
                    *self.counted.entry(slug).or_default() += 1;
                }
            }
            self.pipe = pipe;
        }
        let many: String = (0..2_000).map(|n| format!("x-{n}: 1\r\n")).collect();
        for (what, bytes) in [
            ("below: many headers", format!("GET /v1/me HTTP/1.1\r\nhost: gate\r\n{many}\r\n")),
            (
                "below: large header",
                format!("GET /v1/me HTTP/1.1\r\nhost: gate\r\nx: {}\r\n\r\n", "z".repeat(200_000)),
            ),
            ("below: no request", "\0\0\0\0\r\n\r\n".to_owned()),
            ("below: HTTP/9", "GET /v1/me HTTP/9.9\r\n\r\n".to_owned()),
            ("below: HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        ] {
            self.refused(what, bytes.as_bytes()).await;
        }
    }

    /// Requests sent at once are answered each, in order.
    async fn pipelined(&mut self) {
        let one = get("/v1/groups/nothing", &self.token.clone());
        let bytes = one.repeat(20);
        let mut answers = Vec::from_iter(self.pipe.ask("pipelined", &bytes).await);
        while answers.len() < 20 {
            let answer = tokio::time::timeout(Duration::from_secs(10), self.pipe.answer()).await;
            answers.push(answer.expect("no hang").expect("an answer each"));
        }
        for came in answers {
            check("pipelined", &came);
            *self.counted.entry("not-found".to_owned()).or_default() += 1;
        }
    }
}

/// Sends a part of a request and then nothing: the other end gives up in time.
async fn slow(address: std::net::SocketAddr, part: String, most: Duration) {
    let begun = Instant::now();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(part.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(most, stream.read_to_end(&mut answer)).await;
    let said = String::from_utf8_lossy(&answer);
    assert!(ended.is_ok(), "held for {:?}: {part:.60} {said}", begun.elapsed());
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_get_the_standards_error_and_leave_only_counts() {
    let seed = seed();
    let world = world(seed).await;
    let surfaces = Surfaces::of(&world, std::sync::Arc::clone(&world.upstream) as _).await;
    let mut hostile = Hostile::begin(&world, &surfaces, seed).await;
    let body = format!(
        "POST /v1/groups/{}/posts HTTP/1.1\r\nhost: gate\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{",
        hostile.group, hostile.person
    );
    let slow_ones = [
        tokio::spawn(slow(
            surfaces.address,
            "GET /v1/me HTTP/1.1\r\nho".to_owned(),
            Duration::from_secs(20),
        )),
        tokio::spawn(slow(surfaces.address, body, Duration::from_secs(50))),
    ];
    let before = world.store.head().unwrap().next();
    let state = world.store.state().encode_snapshot();
    hostile.strings().await;
    hostile.paths().await;
    hostile.bodies().await;
    hostile.clients().await;
    hostile.facts().await;
    hostile.transfer().await;
    hostile.pipelined().await;
    for one in slow_ones {
        one.await.unwrap();
    }
    *hostile.counted.entry("request-timeout".to_owned()).or_default() += 1;

    assert_eq!(world.store.head().unwrap().next(), before, "nothing was entered");
    assert!(world.store.state().encode_snapshot() == state, "nothing changed");
    surfaces.refusals.enter(&world.store).await;
    let entry = world.store.entry(before).unwrap().expect("counts").open().unwrap().unwrap();
    assert_eq!(
        world.store.head().unwrap().next(),
        Position(before.0 + 1),
        "and nothing but counts"
    );
    let Payload::Refusals(refusals) = entry.payload else { panic!("{entry:?}") };
    assert_eq!(refusals.hour, entry.leaf.time.0 / 3_600_000);
    let mut by_problem: BTreeMap<String, u64> = BTreeMap::new();
    for row in &refusals.counts {
        *by_problem.entry(row.problem.clone()).or_default() += row.count;
    }
    assert_eq!(by_problem, hostile.counted, "each refusal that was heard is counted");
    assert!(refusals.counts.iter().any(|row| row.app.is_some() && row.operation.is_some()));
    let sorted = refusals.counts.is_sorted_by_key(|row| (row.app, row.operation));
    assert!(sorted, "by app and operation");
    assert!(hostile.world.store.ready().is_ok());
    println!("{} refused: {by_problem:?}", by_problem.values().sum::<u64>());
}
