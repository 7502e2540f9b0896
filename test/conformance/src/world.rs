//! A platform, a store and the gate, served over real sockets in one process.

use crate::facts::{Placed, Sink};
use crate::handed::Handed;
use crate::upstream::InProcess;
use axum::Router;
use axum::extract::Request;
use flows::Said;
use gateway_http::Refusals;
use governance_http::facts::Intake;
use keyring::Keyring;
use model::{Actor, ContextNo, Env, PersonNo, ProgramStatus, Secret};
use oauth::resource::{Issuer, ResourceUri};
use platform::generate::{Generated, Seed, Size};
use platform::{CATALOG_JSON, GroupId, PersonId, Platform};
use sequence::{Clock, Commit, Lookup};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use store::{Done, ExternalKind, Store, Urgency};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;
use tower::ServiceExt;

/// How large a world is, and which policy holds in it.
pub struct Options {
    /// Seed of the community.
    pub seed: u64,
    /// People in it.
    pub people: usize,
    /// The policy document.
    pub policy: &'static str,
    /// Space that the store keeps back for endings.
    pub reserve_bytes: u64,
    /// The catalog document.
    pub catalog: &'static str,
    /// Send buffer of the gate's sockets, in bytes; the operating system's own where none is given.
    pub send_buffer: Option<u32>,
    /// What stands at the origin.
    pub surfaces: Surfaces,
    /// Where entry times come from; the system's clock where none is given.
    pub clock: Option<Arc<dyn Clock + Send + Sync>>,
}

/// What is served at a world's origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surfaces {
    /// The partners' API alone.
    Gate,
    /// The partners' API, OAuth's endpoints and the pages, as one process serves them.
    GateAndPages,
    /// All of it: with the APIs of people, admins, staff and the platform.
    Whole,
}

/// The platform's secret for telling facts over HTTP, where that is served.
pub const FACTS_SECRET: &str = "a-secret-that-only-the-platform-of-a-test-world-has";
/// The operator's token for the staff API, where that is served.
pub const OPERATOR_TOKEN: &str = "a-token-that-only-the-operator-of-a-test-world-has";
/// Paths of the APIs beside the partners'.
const GOVERNANCE: [&str; 5] = ["/me/v1", "/admin/v1", "/staff/v1", "/partner/v1", "/facts/v1"];

/// Names, pictures and ids of people by the admin's consent alone.
pub const POLICY_BEFORE: &str = r#"{"policy": "before", "title": "Before the change", "programs": {"groups": {"classes": {
    "member.id": ["installation"], "member.name": ["installation"], "member.picture": ["installation"],
    "member.role": ["installation"]}}}}"#;
/// People only by opt-in.
pub const POLICY_AFTER: &str =
    r#"{"policy": "after", "title": "After the change", "programs": {"groups": {"classes": {}}}}"#;

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 7,
            people: 120,
            policy: POLICY_AFTER,
            reserve_bytes: 1 << 20,
            catalog: CATALOG_JSON,
            send_buffer: None,
            surfaces: Surfaces::Gate,
            clock: None,
        }
    }
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// `Bailment-Position`.
    pub position: Option<u64>,
    /// `Bailment-Withheld`.
    pub withheld: Option<String>,
    /// Body.
    pub body: bytes::Bytes,
}

impl Answer {
    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Everything at once.
pub struct World {
    /// Log and vault.
    pub store: Store,
    /// Keys.
    pub keyring: Arc<Keyring>,
    /// The community.
    pub platform: Arc<Platform>,
    /// Its transport.
    pub upstream: Arc<InProcess>,
    /// What was generated.
    pub made: Generated,
    /// `http://127.0.0.1:PORT`.
    pub origin: String,
    /// What the gate's connections handed to the operating system.
    pub handed: Arc<Handed>,
    /// Where facts stand in the log.
    pub placed: Arc<Placed>,
    /// Where the gate listens.
    pub address: SocketAddr,
    /// An HTTP client without a pool, so that each request has its own connection.
    pub client: reqwest::Client,
    stop: Vec<oneshot::Sender<()>>,
    directory: Option<TempDir>,
}

impl World {
    /// Makes a world in a directory of its own.
    pub async fn start(options: Options) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut world = Self::at(directory.path(), options).await;
        world.directory = Some(directory);
        world
    }

    /// Makes a world in this directory, or wakes the one that is there.
    pub async fn at(directory: &Path, options: Options) -> Self {
        let default = store::Options::default();
        let clock = options.clock.clone().unwrap_or(default.clock);
        let store_options = store::Options { reserve_bytes: options.reserve_bytes, clock };
        let store = Store::open(&directory.join("gate"), store_options).expect("a store");
        let platform = Arc::new(Platform::open(&directory.join("platform")).expect("a platform"));
        let known = std::fs::read(directory.join("made.json")).ok();
        let made =
            known.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_else(|| {
                let size = Size { groups: (options.people / 8).max(4), ..Size::of(options.people) };
                let made = platform::generate::generate(platform.store(), Seed(options.seed), size)
                    .expect("a community");
                std::fs::write(
                    directory.join("made.json"),
                    serde_json::to_vec(&made).expect("JSON"),
                )
                .expect("a file");
                made
            });
        let placed = Arc::new(Placed::default());
        platform.connect(Arc::new(Sink(store.clone(), Arc::clone(&placed))));
        platform.pump_once().await.expect("facts");
        let keyring = Arc::new(Keyring::ephemeral([options.seed as u8; 32]));
        let listener = listen(options.send_buffer);
        let address = listener.local_addr().expect("an address");
        let origin = format!("http://{address}");
        let upstream = Arc::new(InProcess::new(Arc::clone(&platform)));
        // Once in a process is enough: another world may have done it.
        let _ = outbound::install_provider();
        let world = Self {
            client: reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("a client"),
            stop: Vec::new(),
            directory: None,
            store,
            keyring,
            platform,
            upstream,
            made,
            origin,
            placed,
            address,
            handed: Arc::default(),
        };
        world.open_programs(options.policy, options.catalog).await;
        world.serve(listener, options.surfaces)
    }

    fn serve(mut self, listener: TcpListener, surfaces: Surfaces) -> Self {
        let issuer = Issuer::parse(&self.origin).expect("an issuer");
        let resource = ResourceUri::parse(&format!("{}/v1", self.origin)).expect("a resource");
        let mut router = gateway_http::router(gateway_http::Parts {
            store: self.store.clone(),
            keyring: Arc::clone(&self.keyring),
            upstream: Arc::clone(&self.upstream) as _,
            issuer: issuer.clone(),
            resource: resource.clone(),
            refusals: Arc::new(Refusals::default()),
            mismatches: Arc::default(),
        });
        if surfaces != Surfaces::Gate {
            let server = oauth_http::AuthorizationServer {
                issuer: issuer.clone(),
                resource: resource.clone(),
                keyring: Arc::clone(&self.keyring),
            };
            let pages = console_http::router(console_http::Parts {
                store: self.store.clone(),
                keyring: Arc::clone(&self.keyring),
                upstream: Arc::clone(&self.upstream) as _,
                issuer,
                resource,
                transport: edge::session::Transport::LoopbackHttp,
            });
            router = router.merge(oauth_http::router(self.store.clone(), server)).merge(pages);
        }
        if surfaces == Surfaces::Whole {
            router = beside(router, self.governance());
        }
        let (stop, stopped) = oneshot::channel();
        let witness = Some(Arc::clone(&self.handed) as _);
        tokio::spawn(edge::serve::serve_before(listener, router, witness, async {
            let _ = stopped.await;
        }));
        let platform = Arc::clone(&self.platform);
        let (stop_pump, pump_stopped) = oneshot::channel();
        let pumping = async move {
            let _ = pump_stopped.await;
        };
        tokio::spawn(async move { platform.run_pump(pumping).await });
        self.stop = vec![stop, stop_pump];
        self
    }

    fn governance(&self) -> Router {
        governance_http::router(governance_http::Parts {
            store: self.store.clone(),
            facts: Arc::new(Intake::new(self.store.clone())),
            keyring: Arc::clone(&self.keyring),
            issuer: Issuer::parse(&self.origin).expect("an issuer"),
            upstream: Arc::clone(&self.upstream) as _,
            transport: edge::session::Transport::LoopbackHttp,
            facts_secret: Secret::new(FACTS_SECRET.to_owned()),
            prober: None,
            operator_token: Some(Secret::new(OPERATOR_TOKEN.to_owned())),
        })
    }

    async fn open_programs(&self, policy: &'static str, catalog: &'static str) {
        self.adopt(catalog.to_owned()).await;
        self.activate(policy).await;
        for name in ["groups", "login"] {
            self.set_program(name, ProgramStatus::Live).await;
        }
    }

    /// Adopts a catalog.
    pub async fn adopt(&self, document: String) -> u64 {
        let said = Said::by(Actor::Operator);
        self.commit(move |state, _, env| {
            flows::staff::activate_catalog(state, env, &said, document.as_bytes())
        })
        .await
        .position
        .0
    }

    /// Changes a program's status.
    pub async fn set_program(&self, name: &str, status: ProgramStatus) -> u64 {
        let program = self.store.state().program_named(name).expect("a program of the catalog");
        let said = Said::by(Actor::Operator);
        self.commit(move |state, _, env| {
            flows::staff::set_program_status(state, env, &said, program, status)
        })
        .await
        .position
        .0
    }

    /// Activates a policy.
    pub async fn activate(&self, policy: &'static str) -> u64 {
        let said = Said::by(Actor::Operator);
        self.commit(move |state, _, env| {
            flows::staff::activate_policy(state, env, &said, policy.as_bytes())
        })
        .await
        .position
        .0
    }

    /// Runs a flow that must succeed, as an ending, and waits as its caller would.
    pub async fn commit<R, E, F>(&self, flow: F) -> Done<R>
    where
        F: FnMut(&consent::State, &dyn Lookup, &Env) -> Result<Commit<R>, E> + Send + 'static,
        R: Send + 'static,
        E: Send + std::fmt::Debug + 'static,
    {
        self.store
            .commit(Urgency::Ending, None, flow)
            .await
            .expect("the log takes it")
            .expect("the flow allows it")
    }

    /// The data directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.store.directory()
    }

    /// The number of a group of the platform.
    #[must_use]
    pub fn context(&self, group: GroupId) -> ContextNo {
        self.store.context_number(&group.to_string()).expect("the vault").expect("a known group")
    }

    /// The number of a person of the platform.
    #[must_use]
    pub fn person(&self, person: PersonId) -> PersonNo {
        self.store.person_number(&person.to_string()).expect("the vault").expect("a known person")
    }

    /// The platform's id of a person.
    #[must_use]
    pub fn person_id(&self, person: PersonNo) -> PersonId {
        let external =
            self.store.external(ExternalKind::Person, person.0.into()).expect("the vault");
        external.expect("a known person").parse().expect("an id")
    }

    /// The group with this place in falling order of size.
    #[must_use]
    pub const fn group(&self, place: i64) -> GroupId {
        GroupId::new(self.made.first_group + place)
    }

    /// Asks the gate.
    pub async fn get(&self, path: &str, token: &str) -> Answer {
        let request = self.client.get(format!("{}{path}", self.origin)).bearer_auth(token);
        Self::answer(request.send().await.expect("an answer")).await
    }

    /// Asks for a media link, which needs no token.
    pub async fn get_link(&self, url: &str) -> Answer {
        Self::answer(self.client.get(url).send().await.expect("an answer")).await
    }

    /// Writes through the gate.
    pub async fn post(&self, path: &str, token: &str, body: &serde_json::Value) -> Answer {
        let request =
            self.client.post(format!("{}{path}", self.origin)).bearer_auth(token).json(body);
        Self::answer(request.send().await.expect("an answer")).await
    }

    async fn answer(response: reqwest::Response) -> Answer {
        let header = |name: &str| {
            response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned)
        };
        Answer {
            status: response.status().as_u16(),
            position: header("bailment-position").and_then(|text| text.parse().ok()),
            withheld: header("bailment-withheld"),
            body: response.bytes().await.unwrap_or_default(),
        }
    }
}

/// One router for both: each has its own way of saying that there is nothing, so they cannot be merged.
fn beside(others: Router, governance: Router) -> Router {
    Router::new().fallback(move |request: Request| {
        let path = request.uri().path();
        let below =
            |base: &&str| path.strip_prefix(*base).is_some_and(|rest| rest.starts_with('/'));
        let router = if GOVERNANCE.iter().any(below) { &governance } else { &others };
        let answering = router.clone().oneshot(request);
        async move {
            match answering.await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        }
    })
}

fn listen(send_buffer: Option<u32>) -> TcpListener {
    let socket = TcpSocket::new_v4().expect("a socket");
    if let Some(bytes) = send_buffer {
        // Accepted sockets inherit it.
        socket.set_send_buffer_size(bytes).expect("a size");
    }
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
    socket.listen(1_024).expect("a listener")
}

impl Drop for World {
    fn drop(&mut self) {
        for stop in self.stop.drain(..) {
            let _ = stop.send(());
        }
    }
}
