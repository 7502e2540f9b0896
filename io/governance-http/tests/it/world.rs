//! A store, a router, and a community told through the facts API.

use axum::Router;
use axum::body::Body;
use governance_http::facts::Intake;
use governance_http::{Parts, router};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use model::{PersonNo, Secret, Timestamp};
use outbound::{Answering, Asked, Content, Upstream};
use sequence::{AccountOf, Clock};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Options, Store, Urgency};
use tower::ServiceExt;

pub const FACTS_SECRET: &str = "the source's secret";
pub const OPERATOR: &str = "the operator's token";
pub const PASSWORD: &str = "correct horse";
pub const CATALOG: &str = include_str!("../../../platform/catalog.json");

/// A platform that knows names of groups, and of one that it does not answer for.
struct Names;

impl Upstream for Names {
    fn ask(&self, asked: Asked) -> Answering<'_> {
        Box::pin(async move {
            let id = asked.path.strip_prefix("/groups/").unwrap_or_default().to_owned();
            let body = json!({"id": id, "name": format!("Group {id}")}).to_string();
            Ok(Content {
                status: StatusCode::OK,
                content_type: "application/json".to_owned(),
                body: body.into(),
            })
        })
    }
}

/// What the ids under which apps know people are made of.
pub const KEYRING: [u8; 32] = [7; 32];

pub struct World {
    pub store: Store,
    pub intake: Arc<Intake>,
    pub router: Router,
    _directory: tempfile::TempDir,
}

/// A clock that is moved by hand; it begins with the present.
#[derive(Clone)]
pub struct Hand(Arc<AtomicU64>);

impl Default for Hand {
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(store::SystemClock::default().now().0)))
    }
}

impl Hand {
    pub fn set(&self, to: Timestamp) {
        self.0.store(to.0, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn seed(&self) -> [u8; 32] {
        store::SystemClock::default().seed()
    }

    fn is_trusted(&self) -> bool {
        true
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Got {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Got {
    pub fn content_type(&self) -> Option<&str> {
        self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
    }

    pub fn position(&self) -> Option<u64> {
        self.headers.get("bailment-position")?.to_str().ok()?.parse().ok()
    }

    /// Panics with the body unless the status is this.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// A problem of this type.
    #[track_caller]
    pub fn problem(self, status: u16, slug: &str) -> Self {
        let got = self.is(status);
        assert_eq!(got.body["type"], format!("/problems/{slug}"), "{}", got.body);
        assert_eq!(got.content_type(), Some("application/problem+json"));
        got
    }
}

/// Who asks, and how.
#[derive(Clone, Default)]
pub struct Caller(pub Vec<(String, String)>);

impl Caller {
    pub fn nobody() -> Self {
        Self::default()
    }

    pub fn operator() -> Self {
        Self::nobody().with("authorization", &format!("Bearer {OPERATOR}"))
    }

    pub fn source() -> Self {
        Self::nobody().with("authorization", &format!("Bearer {FACTS_SECRET}"))
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }
}

impl World {
    pub fn new() -> Self {
        Self::with(Arc::new(store::SystemClock::default()))
    }

    /// Under a clock that is moved by hand.
    pub fn with_hand() -> (Self, Hand) {
        let hand = Hand::default();
        (Self::with(Arc::new(hand.clone())), hand)
    }

    fn with(clock: Arc<dyn Clock + Send + Sync>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = Options { reserve_bytes: 4096, clock };
        let store = Store::open(directory.path(), options).unwrap();
        let intake = Arc::new(Intake::new(store.clone()));
        let router = router(Parts {
            store: store.clone(),
            facts: Arc::clone(&intake),
            keyring: Arc::new(keyring::Keyring::ephemeral(KEYRING)),
            issuer: oauth::resource::Issuer::parse("https://bailment.example").unwrap(),
            upstream: Arc::new(Names),
            transport: edge::session::Transport::LoopbackHttp,
            facts_secret: Secret::new(FACTS_SECRET.to_owned()),
            prober: None,
            operator_token: Some(Secret::new(OPERATOR.to_owned())),
        });
        Self { store, intake, router, _directory: directory }
    }

    /// With a catalog, a policy, an app that has an agreement, and two groups of three people: `1` administers `10` and
    /// `20`, `2` administers `10`, `3` is a member of both.
    pub async fn community() -> Self {
        Self::new().settled().await
    }

    /// The same, where there was nothing yet.
    pub async fn settled(self) -> Self {
        let world = self;
        let operator = Caller::operator();
        let document: Value = serde_json::from_str(CATALOG).unwrap();
        world.post(&operator, "/staff/v1/catalogs", json!({"document": document})).await.is(200);
        let policy =
            json!({"policy": "first", "title": "First", "programs": {"groups": {"classes": {}}}});
        world.post(&operator, "/staff/v1/policies", json!({"document": policy})).await.is(200);
        let live = json!({"status": "live"});
        world.post(&operator, "/staff/v1/programs/groups/status", live).await.is(204);
        world.post(&operator, "/staff/v1/partners", json!({"name": "Acme Ltd"})).await.is(201);
        let app = json!({"partner": "ptn_1", "name": "Digest", "redirect_uris": ["https://app.example/cb"],
            "reviewed": "all"});
        world.post(&operator, "/staff/v1/apps", app).await.is(201);
        let agreement = json!({
            "app": "app_1", "program": "groups", "until": "2100-01-01T00:00:00Z",
            "classes": ["group.name", "post.content", "member.id", "member.name"],
            "required": ["group.name"], "purposes": ["group-management"],
        });
        world.post(&operator, "/staff/v1/agreements", agreement).await.is(201);
        let told = [
            json!({"kind": "person", "person": "1"}),
            json!({"kind": "person", "person": "2"}),
            json!({"kind": "person", "person": "3"}),
            json!({"kind": "group", "group": "10"}),
            json!({"kind": "group", "group": "20"}),
            json!({"kind": "admin", "person": "1", "group": "10"}),
            json!({"kind": "admin", "person": "1", "group": "20"}),
            json!({"kind": "admin", "person": "2", "group": "10"}),
            json!({"kind": "member", "person": "3", "group": "10"}),
            json!({"kind": "member", "person": "3", "group": "20"}),
        ];
        world.tell(0, &told).await.is(200);
        world
    }

    pub async fn send(
        &self,
        caller: &Caller,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Got {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &caller.0 {
            request = request.header(name, value);
        }
        if body.is_some() && !caller.0.iter().any(|(name, _)| name == "content-type") {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body =
            if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Got { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub async fn get(&self, caller: &Caller, path: &str) -> Got {
        self.send(caller, Method::GET, path, None).await
    }

    pub async fn post(&self, caller: &Caller, path: &str, body: Value) -> Got {
        self.send(caller, Method::POST, path, Some(body.to_string().into_bytes())).await
    }

    pub async fn put(&self, caller: &Caller, path: &str, body: Value) -> Got {
        self.send(caller, Method::PUT, path, Some(body.to_string().into_bytes())).await
    }

    pub async fn delete(&self, caller: &Caller, path: &str) -> Got {
        self.send(caller, Method::DELETE, path, None).await
    }

    /// Tells facts that follow `after`.
    pub async fn tell(&self, after: u64, facts: &[Value]) -> Got {
        let batch = json!({"source": "platform", "mode": "changes", "after": after, "facts": numbered(after + 1, 1, facts)});
        self.post(&Caller::source(), "/facts/v1/batches", batch).await
    }

    /// Tells one part of a snapshot.
    pub async fn tell_part(&self, sequence: u64, part: u32, last: bool, facts: &[Value]) -> Got {
        let batch = json!({"source": "platform", "mode": "snapshot", "sequence": sequence, "part": part,
            "last": last, "facts": numbered(sequence, 0, facts)});
        self.post(&Caller::source(), "/facts/v1/batches", batch).await
    }

    pub fn person(&self, id: &str) -> PersonNo {
        self.store.person_number(id).unwrap().unwrap()
    }

    pub fn group(&self, id: &str) -> String {
        self.store.context_number(id).unwrap().unwrap().to_string()
    }

    async fn account(&self, of: AccountOf, login: &str) {
        // One hash for all tests: hashing takes a tenth of a second and is not what is tested.
        static HASH: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
        let hash = HASH
            .get_or_init(|| async { edge::passwords::hash(PASSWORD.to_owned()).await.unwrap() });
        let (login, hash) = (login.to_owned(), hash.await.clone());
        let flow = move |state: &consent::State, _: &dyn sequence::Lookup, env: &model::Env| {
            flows::account::set_password(state, env, of, &login, &hash)
        };
        self.store.commit(Urgency::Ordinary, None, flow).await.unwrap().unwrap();
    }

    pub async fn sign_in(&self, path: &str, login: &str) -> Caller {
        let got = self
            .post(&Caller::nobody(), path, json!({"login": login, "password": PASSWORD}))
            .await
            .is(200);
        let cookie =
            got.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        Caller::nobody()
            .with("cookie", &cookie)
            .with("x-csrf-token", got.body["csrf"].as_str().unwrap())
    }

    /// Signed in as the person of this id of the platform.
    pub async fn as_person(&self, id: &str) -> Caller {
        let login = format!("person-{id}");
        self.account(AccountOf::Person(self.person(id)), &login).await;
        self.sign_in("/me/v1/session", &login).await
    }

    /// Signed in as new staff.
    pub async fn as_staff(&self) -> Caller {
        self.as_role("admin").await
    }

    /// Signed in as new staff in a role.
    pub async fn as_role(&self, role: &str) -> Caller {
        let made = self
            .post(&Caller::operator(), "/staff/v1/staff", json!({"name": "Ada", "role": role}))
            .await
            .is(201);
        let no: model::StaffNo = made.body["staff"].as_str().unwrap().parse().unwrap();
        let login = format!("staff-{no}");
        self.account(AccountOf::Staff(no), &login).await;
        self.sign_in("/staff/v1/session", &login).await
    }

    /// Enables the app in groups by their platform ids.
    pub async fn enable(&self, admin: &Caller, groups: &[&str], classes: &[&str]) -> Got {
        let groups: Vec<String> = groups.iter().map(|id| self.group(id)).collect();
        self.post(
            admin,
            "/admin/v1/installations",
            json!({"app": "app_1", "groups": groups, "classes": classes}),
        )
        .await
    }
}

fn numbered(first: u64, step: u64, facts: &[Value]) -> Vec<Value> {
    facts
        .iter()
        .zip(0u64..)
        .map(|(fact, index)| {
            let mut fact = fact.clone();
            fact["sequence"] = json!(first + step * index);
            fact["at"] = json!(1_700_000_000_000_i64);
            fact
        })
        .collect()
}
