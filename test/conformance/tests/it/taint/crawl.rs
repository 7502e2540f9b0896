//! Asks every operation of the catalog with a token, and holds each answer against the oracle and against the log.

use super::cast::{Cast, Key};
use super::community::{self, markers, whose};
use super::oracle::{Known, Operation, Oracle, Pick, Told, named};
use bytes::Bytes;
use conformance::World;
use ledger::{About, Payload};
use model::{
    ApiVersion, ClassMask, ClassNo, ContextNo, IdentifierKind, ObjectKind, PersonNo, Position,
    Reason,
};
use oauth::pairwise::PairwiseKey;
use oauth::sealed::MediaLink;
use platform::UpstreamRequest;
use reference::Entry;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use store::ExternalKind;

const KINDS: [(IdentifierKind, &str); 5] = [
    (IdentifierKind::Person, "person"),
    (IdentifierKind::Group, "group"),
    (IdentifierKind::Post, "post"),
    (IdentifierKind::Comment, "comment"),
    (IdentifierKind::Media, "media"),
];

/// An answer as it came.
#[derive(Debug, Clone)]
pub struct Raw {
    /// What was asked.
    pub asked: String,
    /// Status.
    pub status: u16,
    /// Headers, in order of name.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: Bytes,
}

impl Raw {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Headers and body together, as they could be searched.
    pub fn all(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for (name, value) in &self.headers {
            all.extend_from_slice(format!("{name}: {value}\n").as_bytes());
        }
        all.extend_from_slice(&self.body);
        all
    }

    fn position(&self) -> Option<Position> {
        self.headers.get("bailment-position").and_then(|text| text.parse().ok()).map(Position)
    }
}

/// Sends a request.
pub async fn send(request: reqwest::RequestBuilder, asked: &str) -> Raw {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers = headers
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    Raw { asked: asked.to_owned(), status, headers, body: response.bytes().await.unwrap() }
}

/// One visit to every operation.
pub struct Crawl<'c> {
    /// The cast.
    pub cast: &'c Cast,
    /// Where the gate is asked.
    pub origin: String,
    /// The version of the API that is asked for; the one in force where none is said.
    pub version: Option<ApiVersion>,
    /// Whether the catalog says in which group a post stands.
    pub posts_stand_in_groups: bool,
    client: reqwest::Client,
    /// Control events so far.
    pub events: Vec<Entry>,
    known: Known,
    /// Links seen, by token, with what they were given for.
    pub links: BTreeMap<(String, u64, Option<ContextNo>, ClassMask), String>,
    /// Ids seen, by app.
    pub ids: BTreeMap<u32, BTreeSet<String>>,
    /// How often each operation answered and refused.
    pub seen: BTreeMap<String, (u64, u64)>,
    /// Distinct markers that left, for each token.
    pub left: BTreeMap<&'static str, BTreeSet<String>>,
}

/// What the test expects.
enum Wanted {
    /// Some refusal.
    Refusal,
    /// Exactly this.
    One(Value),
    /// Exactly these items, and whether there is a further page. No items may also be a refusal.
    Page(Vec<Value>, bool),
}

impl<'c> Crawl<'c> {
    /// A crawl of a world as it stands now.
    pub fn new(cast: &'c Cast) -> Self {
        Self {
            cast,
            origin: cast.world.origin.clone(),
            version: None,
            posts_stand_in_groups: true,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            events: events(&cast.world),
            known: Known::default(),
            links: BTreeMap::new(),
            ids: BTreeMap::new(),
            seen: BTreeMap::new(),
            left: BTreeMap::new(),
        }
    }

    /// Takes note of what happened since.
    pub fn look_again(&mut self) {
        self.events = events(&self.cast.world);
        self.known = Known::default();
    }

    /// Asks the platform itself.
    pub async fn upstream(&self, path: &str) -> Option<Value> {
        let answer =
            self.cast.world.platform.upstream().call(UpstreamRequest::get(path)).await.unwrap();
        answer.status.is_success().then(|| serde_json::from_slice(&answer.body).unwrap())
    }

    /// A whole list of the platform.
    pub async fn upstream_list(&self, path: &str) -> Vec<Value> {
        let (mut all, mut more) = (Vec::new(), String::new());
        while let Some(page) = self.upstream(&format!("{path}?limit=100{more}")).await {
            all.extend(page["items"].as_array().cloned().unwrap_or_default());
            let Some(next) = page["next"].as_str() else { break };
            more = format!("&cursor={next}");
        }
        all
    }

    /// What the catalog says of an operation.
    pub fn operation(&self, name: &str) -> Operation {
        let state = self.cast.world.store.state();
        let in_force = || state.catalog().unwrap();
        let catalog = self.version.map_or_else(in_force, |one| state.catalog_of(one).unwrap());
        let found = catalog
            .operations
            .iter()
            .find(|one| one.name == name)
            .unwrap_or_else(|| panic!("`{name}`"));
        Operation {
            name: name.to_owned(),
            number: found.number,
            program: found.program,
            purpose: found.purpose,
            requires: found.requires,
            version: catalog.version,
            status: found.status,
            personal: found.token == catalog::TokenNeed::Person,
            posts_stand_in_groups: self.posts_stand_in_groups,
        }
    }

    fn oracle<'o>(
        &'o mut self,
        key: &'o Key,
        operation: &'o Operation,
        context: Option<ContextNo>,
    ) -> Oracle<'o> {
        Oracle::new((&self.cast.world, &self.events, &mut self.known), key, operation, context)
    }

    /// The id of a thing for an app.
    pub fn pairwise(&self, key: &Key, kind: IdentifierKind, external: &str) -> String {
        let store = &self.cast.world.store;
        let number = match kind {
            IdentifierKind::Person => store.person_number(external).unwrap().unwrap().0.into(),
            IdentifierKind::Group => store.context_number(external).unwrap().unwrap().0.into(),
            IdentifierKind::Post => {
                store.object_number(ObjectKind::Post, external, &mut Vec::new()).unwrap().0
            }
            IdentifierKind::Comment | IdentifierKind::Media => panic!("not asked for"),
        };
        PairwiseKey::derive(self.cast.world.keyring.pairwise(), key.app.no)
            .seal(kind, number)
            .to_string()
    }

    /// Reads with a token.
    pub async fn get(&self, key: &Key, path: &str) -> Raw {
        let mut request =
            self.client.get(format!("{}/v1{path}", self.origin)).bearer_auth(&key.text);
        if let Some(version) = self.version {
            request = request.header("Bailment-Version", version.to_string());
        }
        send(request, &format!("GET {path} as `{}`", key.label)).await
    }

    /// Follows a link.
    pub async fn link(&self, url: &str) -> Raw {
        let url = url.replace(&self.cast.world.origin, &self.origin);
        send(self.client.get(url), "link").await
    }

    async fn write(&self, key: &Key, path: &str, body: Value) -> Raw {
        let request =
            self.client.post(format!("{}/v1{path}", self.cast.world.origin)).bearer_auth(&key.text);
        send(request.json(&body), &format!("POST {path} as `{}`", key.label)).await
    }

    /// Holds a single thing.
    async fn one(
        &mut self,
        key: &Key,
        (name, path, below): (&str, &str, &str),
        context: Option<ContextNo>,
        fields: Option<&str>,
    ) {
        let operation = self.operation(name);
        let pick = Pick::parse(fields);
        let query = fields.map(|fields| format!("?fields={fields}")).unwrap_or_default();
        let raw = self.get(key, &format!("{path}{query}")).await;
        let from = self.upstream(below).await;
        let mut oracle = self.oracle(key, &operation, context);
        let made = match from.filter(|_| oracle.authorized()) {
            None => None,
            Some(from) => oracle.make(|oracle| match name {
                "getGroup" => oracle.group(&from, &pick),
                "getPost" => oracle.post(&from, &pick),
                _ => oracle.me(&from, &pick),
            }),
        };
        let told = std::mem::take(&mut oracle.told);
        let wanted = made.map_or(Wanted::Refusal, Wanted::One);
        self.hold(key, &operation, &raw, (wanted, &told), &pick);
    }

    /// Holds every page of a list.
    async fn list(
        &mut self,
        key: &Key,
        (name, path, below): (&str, &str, &str),
        context: Option<ContextNo>,
        (limit, fields): (Option<usize>, Option<&str>),
    ) {
        let operation = self.operation(name);
        let pick = Pick::parse(fields);
        let all = self.upstream_list(below).await;
        let parent = match below.strip_suffix("/comments") {
            Some(parent) => Some(self.upstream(parent).await),
            None => None,
        };
        let mut oracle = self.oracle(key, &operation, context);
        let parent_context = parent.as_ref().and_then(|post| oracle.context_of(post.as_ref()?));
        let mut is_open = oracle.authorized();
        if let Some(parent) = parent.filter(|_| is_open) {
            // What stands below a post is there only for whom the post is.
            is_open = parent
                .is_some_and(|post| oracle.make(|oracle| oracle.post(&post, &Pick::All)).is_some());
        }
        let item = |oracle: &mut Oracle<'_>, from: &Value| match name {
            "listGroupPosts" => oracle.post(from, &pick),
            "listPostComments" => oracle.comment(from, &pick),
            "listGroupMembers" => oracle.member(from, &pick),
            _ => oracle.my_group(from, &pick),
        };
        // Which of the platform's items show, in order.
        let showing: Vec<usize> = if is_open {
            oracle.make(|oracle| {
                (0..all.len())
                    .filter(|at| all.get(*at).and_then(|from| item(oracle, from)).is_some())
                    .collect()
            })
        } else {
            Vec::new()
        };
        let size = limit.unwrap_or(25);
        let mut query = fields.map(|fields| format!("&fields={fields}")).unwrap_or_default();
        if let Some(limit) = limit {
            query.push_str(&format!("&limit={limit}"));
        }
        let pages: Vec<&[usize]> =
            if showing.is_empty() { vec![&[]] } else { showing.chunks(size).collect() };
        let mut cursor = String::new();
        for (page, chunk) in pages.iter().enumerate() {
            let raw = self
                .get(key, &format!("{path}?{}", format!("{query}{cursor}").trim_start_matches('&')))
                .await;
            let mut oracle = self.oracle(key, &operation, context);
            let items: Vec<Value> = oracle
                .make(|oracle| chunk.iter().filter_map(|at| item(oracle, &all[*at])).collect());
            if items.is_empty() {
                let here = context.or(parent_context);
                oracle.told.missing.extend(oracle.requests_own(here));
            }
            let told = std::mem::take(&mut oracle.told);
            let wanted =
                if is_open { Wanted::Page(items, page + 1 < pages.len()) } else { Wanted::Refusal };
            self.hold(key, &operation, &raw, (wanted, &told), &pick);
            let Some(next) = raw.json()["next"].as_str().map(str::to_owned) else { break };
            cursor = format!("&cursor={next}");
        }
    }

    /// Visits with a token of which some classes are for one answer: the second is without them.
    pub async fn visit_twice(&mut self, key: &Key) {
        let (external, context) = (community::group(0).to_string(), Some(self.cast.context(0)));
        let id = self.pairwise(key, IdentifierKind::Group, &external);
        let (path, below) = (format!("/groups/{id}"), format!("/groups/{external}"));
        let (posts, posts_below) = (format!("{path}/posts"), format!("{below}/posts"));
        let me = self.cast.world.person_id(key.acting.unwrap()).to_string();
        for _ in 0..2 {
            // What one answer used up is an event, and the next is held against it.
            self.look_again();
            self.one(key, ("getGroup", &path, &below), context, Some("name")).await;
            self.look_again();
            self.one(key, ("getGroup", &path, &below), context, None).await;
            self.look_again();
            let all = (Some(100), Some("text,author.name"));
            self.list(key, ("listGroupPosts", &posts, &posts_below), context, all).await;
            self.look_again();
            self.one(key, ("getMe", "/me", &format!("/people/{me}")), None, None).await;
        }
        self.look_again();
    }

    /// Posts one by one, with one token.
    pub async fn visit_posts(&mut self, key: &Key, posts: &[String]) {
        for post in posts {
            let id = self.pairwise(key, IdentifierKind::Post, post);
            let (path, below) = (format!("/posts/{id}"), format!("/posts/{post}"));
            self.one(key, ("getPost", &path, &below), None, None).await;
        }
    }

    /// Visits every operation with one token. `posts` are those to look at one by one.
    pub async fn visit(&mut self, key: &Key, posts: &[String]) {
        for g in super::cast::groups() {
            let (external, context) = (community::group(g).to_string(), Some(self.cast.context(g)));
            let id = self.pairwise(key, IdentifierKind::Group, &external);
            let (path, below) = (format!("/groups/{id}"), format!("/groups/{external}"));
            self.one(key, ("getGroup", &path, &below), context, None).await;
            self.one(key, ("getGroup", &path, &below), context, Some("name,admins.name")).await;
            let (path, below) = (format!("{path}/posts"), format!("{below}/posts"));
            let some = Some("id,author.name,mentions.person.name,media.tags.person.id,media.url");
            for how in [
                (Some(100), None),
                (Some(7), None),
                (None, some),
                (Some(100), Some("text,reactions")),
            ] {
                self.list(key, ("listGroupPosts", &path, &below), context, how).await;
            }
            let (path, below) =
                (format!("/groups/{id}/members"), format!("/groups/{external}/members"));
            for how in [(Some(100), None), (Some(3), None), (None, Some("person.name,role"))] {
                self.list(key, ("listGroupMembers", &path, &below), context, how).await;
            }
        }
        for post in posts {
            let id = self.pairwise(key, IdentifierKind::Post, post);
            let (path, below) = (format!("/posts/{id}"), format!("/posts/{post}"));
            self.one(key, ("getPost", &path, &below), None, None).await;
            let (path, below) = (format!("{path}/comments"), format!("{below}/comments"));
            for how in [(Some(100), None), (Some(2), Some("author,text,mentions"))] {
                self.list(key, ("listPostComments", &path, &below), None, how).await;
            }
        }
        let me = match key.acting {
            Some(person) => self.cast.world.person_id(person).to_string(),
            None => "0".to_owned(),
        };
        let below = format!("/people/{me}");
        self.one(key, ("getMe", "/me", &below), None, None).await;
        self.one(key, ("getMe", "/me", &below), None, Some("first_name,emails,studies.name")).await;
        for how in [(Some(100), None), (Some(2), None)] {
            self.list(key, ("listMyGroups", "/me/groups", &format!("{below}/groups")), None, how)
                .await;
        }
    }

    /// Writes with one token, and holds the answers.
    pub async fn write_everywhere(&mut self, key: &Key) {
        for (g, with_photo) in [(0, true), (2, false), (3, false)] {
            let (external, context) = (community::group(g).to_string(), Some(self.cast.context(g)));
            let path =
                format!("/groups/{}/posts", self.pairwise(key, IdentifierKind::Group, &external));
            let mut body = json!({ "text": format!("written as {}", key.label) });
            if with_photo {
                body["media"] = json!([{ "kind": "photo", "content_type": "image/png", "data": "d3JpdHRlbg==" }]);
            }
            let raw = self.write(key, &path, body).await;
            self.written(key, ("createPost", context), &raw, &format!("/groups/{external}/posts"))
                .await;
        }
        let post = self.upstream_list(&format!("/groups/{}/posts", community::group(0))).await;
        for post in post.iter().filter_map(|post| post["id"].as_str()).take(2) {
            let path =
                format!("/posts/{}/comments", self.pairwise(key, IdentifierKind::Post, post));
            let raw = self.write(key, &path, json!({ "text": "said" })).await;
            let context = Some(self.cast.context(0));
            self.written(key, ("createComment", context), &raw, &format!("/posts/{post}/comments"))
                .await;
        }
    }

    async fn written(
        &mut self,
        key: &Key,
        (name, context): (&str, Option<ContextNo>),
        raw: &Raw,
        below: &str,
    ) {
        let operation = self.operation(name);
        let all = self.upstream_list(below).await;
        let newest = if name == "createPost" { all.first() } else { all.last() };
        let mut oracle = self.oracle(key, &operation, context);
        let made = match newest.filter(|_| oracle.authorized() && raw.status == 201) {
            None => None,
            Some(from) => oracle.make(|oracle| match name {
                "createPost" => oracle.post(from, &Pick::All),
                _ => oracle.comment(from, &Pick::All),
            }),
        };
        let told = std::mem::take(&mut oracle.told);
        let wanted = match made {
            // Written, and nothing of it may be shown.
            None if raw.status == 201 => Wanted::One(json!({})),
            None => Wanted::Refusal,
            Some(made) => Wanted::One(made),
        };
        let expected = self.oracle(key, &operation, context).authorized();
        assert!(raw.status != 201 || expected, "{}: written without leave", raw.asked);
        self.hold(key, &operation, raw, (wanted, &told), &Pick::All);
    }

    /// Follows every link that was ever given, with what the platform says of its object now.
    pub async fn follow(&mut self, keys: &[Key]) {
        for ((text, object, context, classes), url) in self.links.clone() {
            let key = keys.iter().find(|key| key.text == text).unwrap();
            let raw = send(self.client.get(&url), &format!("link of `{}`", key.label)).await;
            let kind = ExternalKind::Object(ObjectKind::Media);
            let external =
                self.cast.world.store.external(kind, object).unwrap().unwrap().to_string();
            let name = self.given_by(&url);
            let mut operation = self.operation(&name);
            (operation.requires, operation.personal) = (ClassMask::NONE, false);
            let facts = self.upstream(&format!("/media/{external}")).await;
            let mut oracle = self.oracle(key, &operation, None);
            let is_open = facts.as_ref().is_some_and(|facts| {
                oracle.authorized() && oracle.make(|oracle| oracle.media(facts, context, classes))
            });
            let told = std::mem::take(&mut oracle.told);
            let count = self.seen.entry("media".to_owned()).or_default();
            if is_open {
                count.0 += 1
            } else {
                count.1 += 1
            }
            assert_eq!(
                raw.status == 200,
                is_open,
                "{}: {external} of {facts:?}: {}",
                raw.asked,
                raw.status
            );
            if !is_open {
                assert!(markers(&raw.all()).is_empty(), "{}", raw.asked);
                continue;
            }
            let content = UpstreamRequest::get(&format!("/media/{external}/content"));
            let bytes = self.cast.world.platform.upstream().call(content).await.unwrap().body;
            assert_eq!(raw.body, bytes, "{}", raw.asked);
            let logged = self.logged(key, &raw, None);
            assert_eq!(logged, told.shown, "{}", raw.asked);
            self.cover(&raw, &logged);
        }
    }

    /// The operation whose answer a link stood in.
    fn given_by(&self, url: &str) -> String {
        let sealed = url.rsplit('/').next().unwrap_or_default();
        let link = self.cast.world.keyring.tokens().open::<MediaLink>(sealed).unwrap().content;
        let state = self.cast.world.store.state();
        let operations = &state.catalog().unwrap().operations;
        operations.iter().find(|one| one.number == link.operation).unwrap().name.clone()
    }

    /// Holds an answer against what it must be, and against the log.
    fn hold(
        &mut self,
        key: &Key,
        operation: &Operation,
        raw: &Raw,
        (wanted, told): (Wanted, &Told),
        pick: &Pick,
    ) {
        assert!(raw.status < 500, "{}: {}", raw.asked, raw.status);
        self.no_raw_ids(raw);
        let is_refused = raw.status != operation.status;
        let count = self.seen.entry(operation.name.clone()).or_default();
        if is_refused {
            count.1 += 1
        } else {
            count.0 += 1
        }
        let (mut body, wanted) = match wanted {
            Wanted::Page(items, _) if is_refused && items.is_empty() => (Value::Null, None),
            Wanted::Refusal => {
                assert!(is_refused, "{}: answered {}", raw.asked, raw.json());
                (Value::Null, None)
            }
            Wanted::One(one) => (raw.json(), Some((one, None))),
            Wanted::Page(items, more) => {
                (raw.json(), Some((json!({ "items": items }), Some(more))))
            }
        };
        let Some((wanted, more)) = wanted else {
            assert!((400..500).contains(&raw.status), "{}: {}", raw.asked, raw.status);
            assert!(markers(&raw.all()).is_empty(), "{}: {:?}", raw.asked, markers(&raw.all()));
            assert!(!raw.headers.contains_key("bailment-withheld"), "{}", raw.asked);
            return;
        };
        assert!(!is_refused, "{}: refused with {}: {}", raw.asked, raw.status, raw.json());
        if let Some(more) = more {
            let next = body.as_object_mut().and_then(|body| body.remove("next"));
            assert_eq!(next.is_some(), more, "{}: a further page", raw.asked);
        }
        self.spell(key, &mut body);
        assert_eq!(body, wanted, "{}\n is {body:#}\n not {wanted:#}", raw.asked);
        assert_eq!(
            raw.headers.get("bailment-withheld").cloned(),
            self.withheld(&told.missing),
            "{}",
            raw.asked
        );
        let logged = self.logged(key, raw, Some(operation));
        let unshown: Vec<_> = told.shown.difference(&logged).collect();
        assert!(
            unshown.is_empty(),
            "{}: shows {unshown:?}, and the log does not say so",
            raw.asked
        );
        let unsaid: Vec<_> = logged
            .iter()
            .filter(|one| !told.shown.contains(one) && !told.presence.contains(one))
            .collect();
        assert!(unsaid.is_empty(), "{}: the log says {unsaid:?}, and nothing shows", raw.asked);
        let found = self.cover(raw, &logged);
        if matches!(pick, Pick::All) {
            self.shown(key, raw, &logged, &found, &body);
        }
        self.left.entry(key.label).or_default().extend(found);
    }

    /// No id of the platform leaves, in whichever disguise of digits.
    fn no_raw_ids(&self, raw: &Raw) {
        let all = raw.all();
        let longest =
            all.split(|byte| !byte.is_ascii_digit()).map(<[u8]>::len).max().unwrap_or_default();
        assert!(longest < 13, "{}: {}", raw.asked, String::from_utf8_lossy(&all));
    }

    /// Puts the platform's ids in place of the gate's, and notes links and ids.
    fn spell(&mut self, key: &Key, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.spell(key, item)),
            Value::Object(object) => object.iter_mut().for_each(|(_, item)| self.spell(key, item)),
            Value::String(text) => {
                if let Some(spelt) = self.spelt(key, text) {
                    *value = spelt;
                }
            }
            _ => {}
        }
    }

    fn spelt(&mut self, key: &Key, text: &str) -> Option<Value> {
        let store = &self.cast.world.store;
        let external =
            |kind, number| store.external(kind, number).unwrap().map(|id| json!(id.as_ref()));
        if let Some(sealed) = text.strip_prefix(&format!("{}/v1/media/", self.cast.world.origin)) {
            let link = self
                .cast
                .world
                .keyring
                .tokens()
                .open::<MediaLink>(sealed)
                .expect("a link of ours")
                .content;
            assert_eq!(
                (link.app, link.chain),
                (key.app.no, key.chain),
                "a link is bound to app and chain"
            );
            let id = external(ExternalKind::Object(ObjectKind::Media), link.object.0)?;
            self.links.insert(
                (key.text.clone(), link.object.0, link.context, link.classes),
                text.to_owned(),
            );
            return Some(named("link", &id));
        }
        let pairwise = PairwiseKey::derive(self.cast.world.keyring.pairwise(), key.app.no);
        let (kind, word, number) = KINDS
            .iter()
            .find_map(|(kind, word)| Some((*kind, *word, pairwise.open(*kind, text)?)))?;
        self.ids.entry(key.app.no.0).or_default().insert(text.to_owned());
        let kind = match kind {
            IdentifierKind::Person => ExternalKind::Person,
            IdentifierKind::Group => ExternalKind::Context,
            IdentifierKind::Post => ExternalKind::Object(ObjectKind::Post),
            IdentifierKind::Comment => ExternalKind::Object(ObjectKind::Comment),
            IdentifierKind::Media => ExternalKind::Object(ObjectKind::Media),
        };
        Some(named(word, &external(kind, number)?))
    }

    fn class_name(&self, class: ClassNo) -> String {
        let state = self.cast.world.store.state();
        let known = state
            .catalog()
            .unwrap()
            .classes
            .iter()
            .find(|one| one.number == class)
            .map(|one| one.name.clone());
        known.expect("a class of the catalog")
    }

    fn withheld(&self, missing: &BTreeMap<ClassNo, Reason>) -> Option<String> {
        let mut words: Vec<String> = missing
            .iter()
            .map(|(class, reason)| {
                let word = if reason.code() >= 100 { "person" } else { reason.word() };
                format!("{};reason={word}", self.class_name(*class))
            })
            .collect();
        words.sort_unstable();
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// Who is in the answer's entry, with which classes.
    fn logged(
        &self,
        key: &Key,
        raw: &Raw,
        operation: Option<&Operation>,
    ) -> BTreeSet<(Option<PersonNo>, ClassNo)> {
        let position = raw.position().unwrap_or_else(|| panic!("{}: no position", raw.asked));
        let entry = self
            .cast
            .world
            .store
            .entry(position)
            .unwrap()
            .unwrap_or_else(|| panic!("{}: no entry", raw.asked));
        let opened = entry.open().unwrap().expect("a payload");
        let Payload::Disclosure(payload) = opened.payload else {
            panic!("{}: {position} is no disclosure", raw.asked)
        };
        assert_eq!(opened.leaf.app, Some(key.app.no), "{}", raw.asked);
        assert_eq!(payload.acting, key.acting, "{}", raw.asked);
        if let Some(operation) = operation {
            assert_eq!(opened.leaf.operation, Some(operation.number), "{}", raw.asked);
        }
        let mut logged = BTreeSet::new();
        for (node, mask) in payload.nodes.iter().zip(&payload.released) {
            for class in mask.iter() {
                match &node.about {
                    About::People(people) => {
                        logged.extend(people.iter().map(|person| (Some(*person), class)))
                    }
                    About::Nobody | About::Unresolvable => {
                        logged.insert((None, class));
                    }
                }
            }
        }
        logged
    }

    /// Every marker in the bytes is covered by somebody and a class in the log.
    fn cover(&self, raw: &Raw, logged: &BTreeSet<(Option<PersonNo>, ClassNo)>) -> BTreeSet<String> {
        let found = markers(&raw.all());
        let names: BTreeSet<(Option<PersonNo>, String)> =
            logged.iter().map(|(who, class)| (*who, self.class_name(*class))).collect();
        for marker in &found {
            let (who, property) = whose(marker);
            let who = who.map(|i| self.cast.person(i));
            let is_covered = covering(&property).iter().any(|class| match who {
                Some(_) => names.contains(&(who, (*class).to_owned())),
                // Of a group: its own classes, what somebody wrote, or one's own list.
                None => names.iter().any(|(_, name)| name == class),
            });
            assert!(is_covered, "{}: `{marker}` left, and the log has nobody for it", raw.asked);
        }
        found
    }

    /// Everybody and every class in the log really is in the bytes.
    fn shown(
        &self,
        key: &Key,
        raw: &Raw,
        logged: &BTreeSet<(Option<PersonNo>, ClassNo)>,
        found: &BTreeSet<String>,
        body: &Value,
    ) {
        let spelt = body.to_string();
        let number = |i: usize| self.cast.person(i);
        for (who, class) in logged {
            let name = self.class_name(*class);
            let external = who.map(|who| self.cast.world.person_id(who).to_string());
            let of = |wanted: &dyn Fn(&str) -> bool| {
                found.iter().any(|marker| {
                    let (i, property) = whose(marker);
                    i.map(number) == *who && wanted(&property)
                })
            };
            let is_shown = match name.as_str() {
                "member.id" | "profile.id" => {
                    spelt.contains(&format!("‹person {}›", external.unwrap_or_default()))
                }
                "member.picture" | "profile.picture" | "post.media" => spelt.contains("‹link "),
                "member.role" | "membership" => spelt.contains("\"role\""),
                "post.mentions" => spelt.contains("\"mentions\""),
                "post.tags" => spelt.contains("\"tags\""),
                "reaction.person" => spelt.contains("\"reactions\""),
                "post.activity" | "group.member_count" => spelt.contains("_count\""),
                "group.name" => spelt.contains("‹group "),
                "post.content" | "comment.content" => {
                    of(&|property| covering(property).contains(&name.as_str()))
                        || spelt.contains("written as")
                        || spelt.contains("\"said\"")
                }
                _ => of(&|property| covering(property).contains(&name.as_str())),
            };
            assert!(
                is_shown,
                "{} ({}): the log says {who:?} `{name}`, and it is not there: {spelt}",
                raw.asked, key.label
            );
        }
    }
}

/// Classes that can let a marker out.
fn covering(property: &str) -> &'static [&'static str] {
    match property {
        "first" | "last" => &["member.name", "profile.name"],
        "gender" => &["profile.gender"],
        "birthday" => &["profile.birthday"],
        "mail" => &["profile.email"],
        "lang" => &["profile.languages"],
        "city" => &["profile.city"],
        "study" => &["profile.education"],
        "work" => &["profile.work"],
        "interest" => &["profile.interests"],
        "post" | "second" | "words" => &["post.content"],
        "comment" | "third" => &["comment.content"],
        "photo" => &["post.media"],
        "name" => &["group.name", "membership"],
        "topic" => &["group.description"],
        // Addresses and browsers have no class: nothing lets them out.
        _ => &[],
    }
}

/// Every control event of the log.
pub fn events(world: &World) -> Vec<Entry> {
    let (mut events, mut from) = (Vec::new(), Position(0));
    loop {
        let some = world.store.entries(from, 1_000).unwrap();
        let Some(last) = some.last() else { return events };
        from = Position(last.position.0 + 1);
        for entry in some {
            if let Some(Payload::Control(event)) = entry.read_payload().unwrap() {
                events.push((entry.position, entry.time, event));
            }
        }
    }
}
