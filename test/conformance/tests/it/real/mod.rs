//! Real input: the two data sets of the benchmark, imported, an app in several groups, members of different choices, over both
//! transports.
//!
//! `BAILMENT_REAL=tiny` leaves the larger set out.

mod data;

use crate::gates::gate_over;
use conformance::{App, Options, World};
use data::Data;
use model::{ClassMask, IdentifierKind, InstallationNo, ObjectKind};
use oauth::pairwise::PairwiseKey;
use outbound::HttpUpstream;
use platform::{GroupId, PersonId, UpstreamRequest};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Groups in which the app is enabled.
const GROUPS: usize = 4;
/// Items of a page that is asked for.
const PAGE: usize = 100;
/// Pages read of each list at most; the larger groups have thousands of posts.
const PAGES: usize = 4;
/// Posts of each group whose comments are read.
const COMMENTED: usize = 12;

/// What a member chose, by their place in the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Choice {
    Everything,
    NameOnly,
    TookBack,
    NeverAsked,
}

struct Real {
    world: World,
    data: Data,
    app: App,
    groups: Vec<(GroupId, InstallationNo, String)>,
    person_token: String,
    chose: BTreeMap<(GroupId, i64), Choice>,
    client: reqwest::Client,
    _directory: tempfile::TempDir,
}

/// An answer, and the same without what is sealed anew in each.
struct Got {
    status: u16,
    body: Value,
    bytes: Vec<u8>,
}

impl Real {
    async fn begin(name: &str) -> Self {
        let data = Data::unpack(name);
        let directory = tempfile::tempdir().unwrap();
        let summary = data.import(directory.path());
        assert_eq!(summary.people as usize, data.names.len(), "{summary:?}");
        let world = World::at(directory.path(), Options::default()).await;
        let app = world.app("Grouply").await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut real = Self {
            person_token: String::new(),
            world,
            data,
            app,
            groups: Vec::new(),
            chose: BTreeMap::new(),
            client,
            _directory: directory,
        };
        real.enable().await;
        real
    }

    /// Each group's admin enables the app; members choose by turns.
    async fn enable(&mut self) {
        let chosen: Vec<GroupId> =
            self.data.groups.iter().take(GROUPS).map(|(id, ..)| *id).collect();
        for group in chosen {
            let installation = self.world.install(self.app, group).await;
            let token = self.world.installation_token(self.app, installation);
            for (place, person) in self.members(group).await.into_iter().enumerate() {
                let choice =
                    [Choice::NeverAsked, Choice::Everything, Choice::NameOnly, Choice::TookBack]
                        [place % 4];
                self.choose(person, installation, choice).await;
                self.chose.insert((group, person), choice);
            }
            self.groups.push((group, installation, token));
        }
        let (_, admin, _) = self.data.groups[0];
        let contexts: Vec<_> =
            self.groups.iter().map(|(group, ..)| self.world.context(*group)).collect();
        let person = self.world.person(PersonId::new(admin));
        (_, self.person_token) = self.world.grant(self.app, person, &contexts).await;
    }

    async fn choose(&self, person: i64, installation: InstallationNo, choice: Choice) {
        let person = self.world.person(PersonId::new(person));
        match choice {
            Choice::NeverAsked => {}
            Choice::Everything => {
                self.world.opt_in(person, installation).await;
            }
            Choice::NameOnly => {
                let name = {
                    let state = self.world.store.state();
                    let classes = &state.catalog().unwrap().classes;
                    ClassMask::of(
                        classes.iter().find(|class| class.name == "member.name").unwrap().number,
                    )
                };
                let flow =
                    move |s: &consent::State, lookup: &dyn sequence::Lookup, env: &model::Env| {
                        flows::person::opt_in(s, lookup, env.now, person, (installation, name))
                    };
                self.world.commit(flow).await;
            }
            Choice::TookBack => {
                self.world.opt_in(person, installation).await;
                self.world.opt_out(person, installation).await;
            }
        }
    }

    /// The members whose choices are looked at: the first hundred.
    async fn members(&self, group: GroupId) -> Vec<i64> {
        let page = self.upstream(&format!("/groups/{group}/members?limit=100")).await;
        let id = |member: &Value| member["person"]["id"].as_str().unwrap().parse().unwrap();
        page["items"].as_array().unwrap().iter().map(id).collect()
    }

    async fn upstream(&self, path: &str) -> Value {
        let answer = self.world.platform.upstream().call(UpstreamRequest::get(path)).await.unwrap();
        serde_json::from_slice(&answer.body).unwrap()
    }

    async fn get(&self, origin: &str, path: &str, token: &str) -> Got {
        let request = self.client.get(format!("{origin}/v1{path}")).bearer_auth(token);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let mut bytes = format!("{:?}\n", response.headers()).into_bytes();
        let body = response.bytes().await.unwrap();
        bytes.extend_from_slice(&body);
        self.clean(path, &bytes);
        Got { status, body: serde_json::from_slice(&body).unwrap_or_default(), bytes }
    }

    /// No address, no browser, no id of the platform, in no answer.
    fn clean(&self, path: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let mut numbers = text.split(|c: char| !c.is_ascii_digit() && c != '.');
        let address = numbers.find(|word| self.data.addresses.contains(word.trim_matches('.')));
        assert_eq!(address, None, "{path}: an address left: {text}");
        for word in ["location", "browser"] {
            assert!(!text.contains(word), "{path}: {text}");
        }
        // A request's id is random hexadecimal and can be digits alone; an address of e-mail can hold anything.
        let own = text
            .split("\"request-id\": \"")
            .nth(1)
            .and_then(|rest| rest.get(..36))
            .unwrap_or("none");
        let text = text.replace(own, "");
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
        let id =
            words.find(|word| word.len() > 11 && word.bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(id, None, "{path}: an id of the platform left: {text}");
    }

    /// Where a browser stands as a value of its own; as a word of what somebody wrote, it is content.
    fn no_browser(&self, path: &str, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.no_browser(path, item)),
            Value::Object(object) => object.values().for_each(|item| self.no_browser(path, item)),
            Value::String(text) => assert!(!self.data.browsers.contains(text), "{path}: {text}"),
            _ => {}
        }
    }

    fn pairwise(&self, kind: IdentifierKind, external: &str) -> String {
        let store = &self.world.store;
        let number = match kind {
            IdentifierKind::Group => store.context_number(external).unwrap().unwrap().0.into(),
            _ => store.object_number(ObjectKind::Post, external, &mut Vec::new()).unwrap().0,
        };
        PairwiseKey::derive(self.world.keyring.pairwise(), self.app.no)
            .seal(kind, number)
            .to_string()
    }

    /// Every page of a list, up to so many, from both gates; returns the items.
    async fn list(&self, origins: [&str; 2], path: &str, token: &str) -> Vec<Value> {
        let (mut items, mut cursors) = (Vec::new(), [String::new(), String::new()]);
        for _ in 0..PAGES {
            let one = self.get(origins[0], &format!("{path}{}", cursors[0]), token).await;
            let two = self.get(origins[1], &format!("{path}{}", cursors[1]), token).await;
            assert_eq!(one.status, 200, "{path}: {}", one.body);
            same(path, &one, &two);
            self.no_browser(path, &one.body);
            items.extend(one.body["items"].as_array().unwrap().iter().cloned());
            let next = |got: &Got| got.body["next"].as_str().map(|next| format!("&cursor={next}"));
            let (Some(first), Some(second)) = (next(&one), next(&two)) else { break };
            cursors = [first, second];
        }
        items
    }

    /// Who is behind an item of the platform.
    fn chose(&self, group: GroupId, person: &Value) -> Choice {
        let person: i64 = person["id"].as_str().unwrap().parse().unwrap();
        self.chose.get(&(group, person)).copied().unwrap_or(Choice::NeverAsked)
    }

    /// One person beside an item: exactly what they chose.
    fn card(&self, group: GroupId, given: &Value, real: &Value) {
        let name = real["name"].as_str().unwrap();
        match self.chose(group, real) {
            Choice::Everything => {
                assert_eq!(given["name"], name);
                assert!(given["id"].is_string());
            }
            Choice::NameOnly => assert_eq!(given, &serde_json::json!({ "name": name })),
            Choice::TookBack | Choice::NeverAsked => {
                assert_eq!(given, &Value::Null, "{name} did not opt in")
            }
        }
    }

    /// The gate's members are those who chose to be known, in the platform's order, and nobody else.
    fn members_beside(&self, group: GroupId, given: &[Value], real: &[Value]) {
        let known =
            real.iter().filter(|member| self.chose(group, &member["person"]) == Choice::Everything);
        let known: Vec<&Value> = known.collect();
        let names = |of: &[&Value]| -> Vec<String> {
            of.iter().map(|member| member["person"]["name"].as_str().unwrap().to_owned()).collect()
        };
        let given: Vec<&Value> = given.iter().collect();
        assert_eq!(names(&given), names(&known));
        assert!(given.len() > 1, "somebody opted in");
        for (given, known) in given.iter().zip(known) {
            assert!(given["person"]["id"].is_string());
            assert_eq!(given["role"], known["role"]);
            assert_eq!(given["joined_at"], known["joined_at"]);
        }
    }

    /// The platform's items beside the gate's: content complete, people as they chose.
    fn beside(
        &self,
        group: GroupId,
        given: &[Value],
        real: &[Value],
        seen: &mut BTreeMap<String, usize>,
    ) {
        assert!(given.len() <= real.len());
        for (given, real) in given.iter().zip(real) {
            assert_eq!(given["text"], real["text"], "content is there");
            assert_eq!(given["created_at"], real["created_at"]);
            self.card(group, &given["author"], &real["author"]);
            *seen.entry(format!("{:?}", self.chose(group, &real["author"]))).or_default() += 1;
            let pictures = |value: &Value| value["media"].as_array().map_or(0, Vec::len);
            assert_eq!(pictures(given), pictures(real), "media of an author are content");
        }
    }
}

/// Two answers alike but for what is sealed anew in each.
fn same(path: &str, one: &Got, two: &Got) {
    assert_eq!(one.status, two.status, "{path}");
    assert_eq!(settled(&one.body), settled(&two.body), "{path}: the transports differ");
    assert_eq!(headers(one), headers(two), "{path}: the transports differ");
}

fn headers(got: &Got) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(&got.bytes);
    let head = text.lines().next().unwrap_or_default().to_owned();
    let own = ["date", "request-id", "bailment-position"];
    head.trim_matches(['{', '}'])
        .split("\", \"")
        .filter(|header| !own.iter().any(|name| header.trim_start_matches('"').starts_with(name)))
        .map(str::to_owned)
        .collect()
}

fn settled(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(settled).collect(),
        Value::Object(object) => object
            .iter()
            .map(|(name, item)| match (name.as_str(), item) {
                ("next" | "picture" | "url", Value::String(text)) => {
                    (name.clone(), Value::from(text.len()))
                }
                _ => (name.clone(), settled(item)),
            })
            .collect(),
        other => other.clone(),
    }
}

/// All links in an answer.
fn links(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| links(item, found)),
        Value::Object(object) => object.values().for_each(|item| links(item, found)),
        Value::String(text) if text.contains("/v1/media/") => found.push(text.clone()),
        _ => {}
    }
}

/// The whole list of the platform, as far as the gate's was read.
async fn whole(real: &Real, path: &str, most: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    while items.len() < most {
        let page = real.upstream(&format!("{path}?limit=100{cursor}")).await;
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    items
}

/// The platform as a server of its own.
async fn over_http(world: &World) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let platform = Arc::clone(&world.platform);
    tokio::spawn(async move {
        platform::http::serve_http(listener, platform, "between us", std::future::pending()).await
    });
    let upstream = HttpUpstream::new(&origin, "between us".to_owned()).unwrap();
    gate_over(world, Arc::new(upstream)).await
}

/// Whose items were seen, by what they chose, and how many different choices stood in one page of posts at most.
#[derive(Default)]
struct Seen {
    by_choice: BTreeMap<String, usize>,
    in_one_page: usize,
}

/// One group, every read of it, both transports.
async fn group(
    real: &Real,
    origins: [&str; 2],
    (group, _, token): &(GroupId, InstallationNo, String),
) -> Seen {
    let mut seen = Seen::default();
    let id = real.pairwise(IdentifierKind::Group, &group.to_string());
    let mut given = Vec::new();
    for token in [token, &real.person_token] {
        let path = format!("/groups/{id}");
        let (one, two) =
            (real.get(origins[0], &path, token).await, real.get(origins[1], &path, token).await);
        same(&path, &one, &two);
        assert!(one.body["name"].as_str().unwrap().starts_with("Group for"), "{}", one.body);
        let path = format!("/groups/{id}/members?limit=100");
        let members = real.list(origins, &path, token).await;
        let all = whole(real, &format!("/groups/{group}/members"), usize::MAX).await;
        real.members_beside(*group, &members, &all);
        members.iter().for_each(|member| links(member, &mut given));
        let path = format!("/groups/{id}/posts?limit=100");
        let posts = real.list(origins, &path, token).await;
        let all = whole(real, &format!("/groups/{group}/posts"), posts.len()).await;
        real.beside(*group, &posts, &all, &mut seen.by_choice);
        for page in all[..posts.len()].chunks(PAGE) {
            let choices = page.iter().map(|post| real.chose(*group, &post["author"]));
            let different: BTreeSet<Choice> = choices.collect();
            seen.in_one_page = seen.in_one_page.max(different.len());
        }
        posts.iter().for_each(|post| links(post, &mut given));
        let commented = all.iter().filter(|post| post["comment_count"].as_i64() > Some(0));
        for post in commented.take(COMMENTED) {
            let external = post["id"].as_str().unwrap();
            let id = real.pairwise(IdentifierKind::Post, external);
            let path = format!("/posts/{id}");
            let (one, two) = (
                real.get(origins[0], &path, token).await,
                real.get(origins[1], &path, token).await,
            );
            same(&path, &one, &two);
            let post = std::slice::from_ref(post);
            real.beside(*group, &[one.body], post, &mut seen.by_choice);
            let path = format!("/posts/{id}/comments?limit=100");
            let comments = real.list(origins, &path, token).await;
            let all = whole(real, &format!("/posts/{external}/comments"), comments.len()).await;
            assert!(!comments.is_empty());
            real.beside(*group, &comments, &all, &mut seen.by_choice);
        }
    }
    for link in given.iter().step_by(given.len().div_ceil(20).max(1)) {
        for origin in origins {
            let link = link.replace(&real.world.origin, origin);
            let response = real.client.get(&link).send().await.unwrap();
            assert_eq!(response.status().as_u16(), 200, "{link}");
            assert!(response.headers()["content-type"].to_str().unwrap().starts_with("image/"));
        }
    }
    seen
}

async fn run(name: &str) {
    let real = Real::begin(name).await;
    let http = over_http(&real.world).await;
    let origins = [real.world.origin.as_str(), http.as_str()];
    let mut all: BTreeMap<String, usize> = BTreeMap::new();
    let mut in_one_page = 0;
    for one in &real.groups {
        let seen = group(&real, origins, one).await;
        for (choice, count) in seen.by_choice {
            *all.entry(choice).or_default() += count;
        }
        in_one_page = in_one_page.max(seen.in_one_page);
    }
    assert!(in_one_page >= 3, "members of {in_one_page} different choices in one page");
    for path in ["/me?", "/me/groups?limit=100"] {
        let one = real.get(origins[0], path, &real.person_token).await;
        let two = real.get(origins[1], path, &real.person_token).await;
        assert_eq!(one.status, 200, "{}", one.body);
        real.no_browser(path, &one.body);
        same(path, &one, &two);
    }
    writes(&real, origins).await;
    assert!(
        all.len() >= 3 && all.values().all(|count| *count > 5),
        "people of different choices: {all:?}"
    );
}

/// What is written through either gate is answered, and carries no address of anybody.
async fn writes(real: &Real, origins: [&str; 2]) {
    let (group, ..) = real.groups[0];
    let id = real.pairwise(IdentifierKind::Group, &group.to_string());
    for origin in origins {
        let body = serde_json::json!({ "text": "written" });
        let mut path = format!("/groups/{id}/posts");
        for _ in 0..2 {
            let request =
                real.client.post(format!("{origin}/v1{path}")).bearer_auth(&real.person_token);
            let response = request.json(&body).send().await.unwrap();
            assert_eq!(response.status().as_u16(), 201);
            let bytes = response.bytes().await.unwrap();
            real.clean(&path, &bytes);
            let made: Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(made["text"], "written");
            path = format!("/posts/{}/comments", made["id"].as_str().unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tiny_set_shows_content_and_nobody_who_did_not_opt_in() {
    run("ldbc-tiny").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_larger_set_shows_content_and_nobody_who_did_not_opt_in() {
    if std::env::var("BAILMENT_REAL").is_ok_and(|set| set == "tiny") {
        return;
    }
    run("ldbc-sf0.1").await;
}
