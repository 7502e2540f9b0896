//! A store with a partner, a confidential and a public app, a group and two people, and the router over it.

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use flows::oauth::authorize::{self, Choice};
use http::{Request, header};
use http_body_util::BodyExt;
use keyring::Keyring;
use ledger::{
    AgreementMade, AppMade, Assigned, CatalogActivated, CredentialMade, Event, Fact, Facts,
    PartnerMade, PolicyActivated, ProgramStatusChanged, Why,
};
use model::{
    Actor, AgreementNo, AppNo, ClassMask, ContextKind, ContextNo, CredentialNo, Env, PartnerNo,
    PersonNo, ProgramStatus, Secret, SourceNo, Timestamp,
};
use oauth::client_auth::{SecretDigest, secret_text};
use oauth::resource::{Issuer, ResourceUri};
use oauth_http::{AuthorizationServer, router};
use sequence::{Clock, Commit, Lookup, Membership, VaultWrite};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use store::{Options, Store, SystemClock, Urgency};
use tower::ServiceExt;

pub const CONFIDENTIAL: AppNo = AppNo(1);
pub const PUBLIC: AppNo = AppNo(2);
pub const ADA: PersonNo = PersonNo(0);
pub const BOB: PersonNo = PersonNo(1);
pub const GROUP: ContextNo = ContextNo(0);
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const CATALOG: &str = r#"{"openapi": "3.1.0", "info": {"title": "Small", "version": "2026-11-01"}, "x-bailment": 1,
    "x-programs": {"groups": {"title": "Groups"}},
    "x-purposes": {"group-management": {"title": "Managing groups"}},
    "x-data-classes": {
        "group.name": {"title": "Name", "text": "Name", "sensitivity": 0, "about": "nobody", "needs": ["installation"]},
        "post.content": {"title": "Posts", "text": "Posts", "sensitivity": 2, "needs": ["installation"]}},
    "paths": {"/groups": {"get": {"operationId": "groups", "x-program": "groups", "x-purpose": "group-management",
        "responses": {"204": {"description": "Nothing."}}}}}}"#;

/// The system's clock and so many milliseconds more.
pub struct Ahead {
    system: SystemClock,
    ahead: AtomicU64,
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        Timestamp(self.system.now().0 + self.ahead.load(Ordering::SeqCst))
    }

    fn seed(&self) -> [u8; 32] {
        self.system.seed()
    }

    fn is_trusted(&self) -> bool {
        true
    }
}

pub struct World {
    pub store: Store,
    pub router: Router,
    pub clock: Arc<Ahead>,
    server: Arc<AuthorizationServer>,
    _directory: tempfile::TempDir,
}

fn server(issuer: &str) -> AuthorizationServer {
    AuthorizationServer {
        issuer: Issuer::parse(issuer).unwrap(),
        resource: ResourceUri::parse("https://api.example/v1").unwrap(),
        keyring: Arc::new(Keyring::ephemeral([5; 32])),
    }
}

pub fn why() -> Why {
    Why::by(Actor::Operator)
}

impl World {
    pub async fn new() -> Self {
        Self::at("https://id.example").await
    }

    pub async fn at(issuer: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(Ahead { system: SystemClock::default(), ahead: AtomicU64::new(0) });
        let options = Options { clock: clock.clone(), reserve_bytes: 1 << 16 };
        let store = Store::open(directory.path(), options).unwrap();
        let router = router(store.clone(), server(issuer));
        let server = Arc::new(server(issuer));
        let world = Self { store, router, clock, server, _directory: directory };
        world.documents().await;
        world.registry().await;
        world.people().await;
        world
    }

    pub async fn happen(&self, events: Vec<Event>) {
        self.write(events, Vec::new()).await;
    }

    async fn write(&self, events: Vec<Event>, writes: Vec<VaultWrite>) {
        let flow = move |_: &consent::State, _: &dyn Lookup, _: &Env| {
            let (events, writes) = (events.clone(), writes.clone());
            Ok::<_, ()>(Commit {
                events,
                entries: Vec::new(),
                marks: Vec::new(),
                writes,
                reply: (),
            })
        };
        self.store.commit(Urgency::Ending, None, flow).await.unwrap().unwrap();
    }

    async fn documents(&self) {
        let document = catalog::Document::parse(CATALOG.as_bytes()).unwrap();
        let new = document.new_names(self.store.state().numbering()).unwrap();
        let assigned = |names: Vec<(&String, u32)>| {
            let mut list: Vec<_> = names
                .into_iter()
                .map(|(name, number)| Assigned { name: name.clone(), number })
                .collect();
            list.sort_by_key(|one| one.number);
            list
        };
        let catalog = Event::CatalogActivated(CatalogActivated {
            document: document.canonical(),
            classes: assigned(new.classes.iter().map(|(n, c)| (n, c.number().into())).collect()),
            operations: assigned(new.operations.iter().map(|(n, c)| (n, c.0.into())).collect()),
            purposes: assigned(new.purposes.iter().map(|(n, c)| (n, c.0.into())).collect()),
            programs: assigned(new.programs.iter().map(|(n, c)| (n, c.0.into())).collect()),
            why: why(),
            keeps: None,
        });
        let policy =
            r#"{"policy": "all", "title": "All", "programs": {"groups": {"classes": {}}}}"#;
        let document = consent::Policy::parse(policy.as_bytes()).unwrap().canonical();
        let policy = Event::PolicyActivated(PolicyActivated { document, why: why() });
        self.happen(vec![catalog, policy]).await;
    }

    async fn registry(&self) {
        let program = self.store.state().program_named("groups").unwrap();
        let purposes: Vec<_> = self.store.state().numbering().purposes.values().copied().collect();
        let status = ProgramStatus::Live;
        let mut events = vec![
            Event::ProgramStatusChanged(ProgramStatusChanged {
                program,
                status,
                why: why(),
                until: None,
                cap: None,
            }),
            Event::PartnerMade(PartnerMade { partner: PartnerNo(1), why: why(), details: None }),
        ];
        for (app, public) in [(CONFIDENTIAL, false), (PUBLIC, true)] {
            let redirects = vec!["https://app.example/back".to_owned()];
            let partner = PartnerNo(1);
            events.push(Event::AppMade(AppMade {
                app,
                partner,
                public,
                redirects,
                why: why(),
                details: None,
                category: None,
                reviewed: None,
            }));
            events.push(Event::AgreementMade(AgreementMade {
                agreement: AgreementNo(app.0),
                app,
                program,
                classes: self.classes(),
                required: self.classes(),
                purposes: purposes.clone(),
                from: Timestamp(0),
                until: Timestamp::NEVER,
                why: why(),
                retention: None,
                anonymise_by: None,
                terms: None,
            }));
        }
        events.push(Event::CredentialMade(CredentialMade {
            credential: CredentialNo(1),
            app: CONFIDENTIAL,
            digest: *SecretDigest::of(&[9; 32]).as_bytes(),
            expires_at: Timestamp::NEVER,
            why: why(),
            key: None,
        }));
        self.happen(events).await;
    }

    async fn people(&self) {
        let facts = vec![
            Fact::Person(ADA),
            Fact::Person(BOB),
            Fact::Context(GROUP, ContextKind::Group),
            Fact::Admin(ADA, GROUP),
        ];
        let member =
            |person| VaultWrite::Member { person, context: GROUP, membership: Membership::Member };
        let facts = Event::Facts(Facts { source: SourceNo(1), up_to: 1, facts });
        self.write(vec![facts], vec![member(ADA), member(BOB)]).await;
    }

    pub fn classes(&self) -> ClassMask {
        self.store.state().numbering().classes.values().copied().collect()
    }

    /// A person says yes on the page; the code that the client gets.
    pub async fn code(&self, app: AppNo, person: PersonNo, install: &[ContextNo]) -> String {
        let query = format!(
            "response_type=code&client_id={app}&code_challenge={CHALLENGE}&code_challenge_method=S256"
        );
        let choice = Choice {
            person,
            classes: self.classes(),
            contexts: vec![GROUP],
            install: install.to_vec(),
            duration: None,
            once: model::ClassMask::NONE,
        };
        let server = Arc::clone(&self.server);
        let flow = move |state: &consent::State, lookup: &dyn Lookup, env: &Env| {
            let request = authorize::read(&query, state)?;
            authorize::give(&request, &choice, &server.lend(), state, lookup, env)
        };
        let done = self.store.commit(Urgency::Ordinary, None, flow).await.unwrap().unwrap();
        let url = url::Url::parse(done.reply.expose()).unwrap();
        url.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned()
    }

    pub fn pass(&self, millis: u64) {
        self.clock.ahead.fetch_add(millis, Ordering::SeqCst);
    }

    /// Whether the API's door lets this token in.
    pub fn opens(&self, token: &Value) -> bool {
        let token = Secret::new(token["access_token"].as_str().unwrap().to_owned());
        let now = self.store.now();
        let keys = self.server.keyring.tokens();
        flows::oauth::access::authenticate(&self.store.state(), keys, &token, now).is_ok()
    }

    pub async fn send(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        read(self.send(request).await).await
    }

    /// Posts as this app, in the way that it proves itself.
    pub async fn ask(&self, app: AppNo, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let id = app.to_string();
        let secret = secret();
        let mut form = form.to_vec();
        form.push(("client_id", &id));
        if app == CONFIDENTIAL {
            form.push(("client_secret", &secret));
        }
        self.post(path, &form).await
    }

    pub async fn redeem(&self, app: AppNo, code: &str) -> (u16, Value) {
        let form =
            [("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER)];
        self.ask(app, "/oauth/token", &form).await
    }

    /// Posts to the revocation endpoint; its answer has no body.
    pub async fn ask_for_end(&self, app: AppNo, form: &[(&str, &str)]) -> u16 {
        let (id, secret) = (app.to_string(), secret());
        let mut form = form.to_vec();
        form.extend([("client_id", id.as_str()), ("client_secret", secret.as_str())]);
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post("/oauth/revoke")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await.status().as_u16()
    }

    pub async fn refresh(&self, app: AppNo, token: &Value) -> (u16, Value) {
        let token = token["refresh_token"].as_str().unwrap();
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.ask(app, "/oauth/token", &form).await
    }
}

pub fn secret() -> String {
    secret_text(&[9; 32]).expose().clone()
}

pub fn basic() -> String {
    let pair = format!("{CONFIDENTIAL}:{}", secret());
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

/// Status and JSON of an answer that nobody may keep.
pub async fn read(response: Response) -> (u16, Value) {
    let (parts, body) = response.into_parts();
    assert_eq!(parts.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(parts.headers[header::CONTENT_TYPE], "application/json");
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), serde_json::from_slice(&bytes).unwrap())
}
