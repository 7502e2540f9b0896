//! A stage: one serving process on loopback, its platform's own site beside it, and the operator's staff API.

use crate::cli::Result;
use crate::client::Site;
use crate::config::{self, Config, Flags};
use crate::control::Staff;
use crate::first_start::{self, FirstAccount};
use crate::process::{Process, bind};
use crate::wire::{Parts, unguessable};
use anyhow::Context;
use http::Method;
use metrics_exporter_prometheus::PrometheusHandle;
use model::{Millis, Timestamp};
use outbound::Caller;
use platform::Platform;
use sequence::{AccountOf, Clock};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// What somebody signs in with.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) login: String,
    pub(crate) password: String,
}

/// A gate, its platform, and everybody who is needed to show something.
pub(crate) struct Stage {
    pub(crate) url: String,
    pub(crate) site_url: String,
    pub(crate) data: PathBuf,
    pub(crate) process: Process,
    pub(crate) site: Site,
    pub(crate) staff: Staff,
    pub(crate) first: Option<FirstAccount>,
    pub(crate) metrics: Option<SocketAddr>,
    serving_site: JoinHandle<std::io::Result<()>>,
    _temporary: Option<TempDir>,
}

/// Where a stage stands.
pub(crate) struct Place {
    /// Its directory; a temporary one if none is named.
    pub(crate) directory: Option<PathBuf>,
    pub(crate) listen: SocketAddr,
    pub(crate) metrics: Option<(SocketAddr, PrometheusHandle)>,
    /// Minutes between two rounds of the prober; 0: only when asked.
    pub(crate) probe_minutes: u64,
    /// A clock that a story can set ahead; the system's where none is given.
    pub(crate) clock: Option<Arc<Ahead>>,
}

/// The system's clock, set ahead by so much: what comes after weeks can be shown within a minute.
pub(crate) struct Ahead {
    system: Arc<dyn Clock + Send + Sync>,
    by: AtomicU64,
}

impl Ahead {
    /// The system's clock as it is.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { system: store::Options::default().clock, by: AtomicU64::new(0) })
    }

    /// Sets it ahead.
    pub(crate) fn set_ahead(&self, by: Millis) {
        self.by.fetch_add(by.0, Ordering::SeqCst);
    }

    /// Whether it was set ahead.
    pub(crate) fn is_ahead(&self) -> bool {
        self.by.load(Ordering::SeqCst) > 0
    }
}

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        self.system.now().plus(Millis(self.by.load(Ordering::SeqCst)))
    }

    fn seed(&self) -> [u8; 32] {
        self.system.seed()
    }

    fn is_trusted(&self) -> bool {
        self.system.is_trusted()
    }
}

impl Stage {
    /// Sets a stage up: `fill` makes the platform's people, `policy` is the first rule.
    ///
    /// # Errors
    /// Something cannot be opened, bound or written.
    pub(crate) async fn open(
        place: Place,
        policy: &'static str,
        fill: impl FnOnce(&Platform) -> Result<()>,
    ) -> Result<Self> {
        let (data, temporary) = match place.directory {
            Some(directory) => (directory, None),
            None => {
                let temporary = tempfile::Builder::new().prefix("bailment-demo-").tempdir()?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        let listener = bind(place.listen).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let metrics = place.metrics.as_ref().map(|(at, _)| *at);
        let config = configuration(&data, &url, metrics, place.probe_minutes)?;
        let mut options = store::Options::default();
        if let Some(clock) = place.clock {
            options.clock = clock;
        }
        let parts = Parts::open_by(&config, options)?;
        let platform = parts.platform.clone().context("the platform is built in")?;
        fill(&platform)?;
        let first = first_start::prepare(&parts, policy).await?;
        let handle = place.metrics.map(|(_, handle)| handle);
        let process = Process::start(&config, parts, listener, handle).await?;
        process.facts().await?;
        let secret = unguessable()?;
        let site_listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let site_url = format!("http://{}", site_listener.local_addr()?);
        let site = Site::new(&site_url, &secret)?;
        let stopped = process.stopped();
        let serving_site = tokio::spawn(async move {
            platform::http::serve_http(site_listener, platform, &secret, stopped).await
        });
        let staff = Staff::Running {
            caller: Caller::new()?,
            url: url.clone(),
            token: process.operator_token.clone(),
        };
        Ok(Self {
            url,
            site_url,
            data,
            process,
            site,
            staff,
            first,
            metrics,
            serving_site,
            _temporary: temporary,
        })
    }

    /// Gives a person of the platform an account here.
    ///
    /// # Errors
    /// The platform told of no such person.
    pub(crate) async fn account(&self, person: &str, login: &str) -> Result<Account> {
        let store = &self.process.parts.store;
        let number = store.person_number(person)?;
        let number = number.with_context(|| format!("nobody is known by the id `{person}`"))?;
        let password: String = unguessable()?.chars().take(16).collect();
        let of = AccountOf::Person(number);
        first_start::set_password(store, of, login.to_owned(), password.clone()).await?;
        Ok(Account { login: login.to_owned(), password })
    }

    /// Asks the staff API to make something; the answer.
    ///
    /// # Errors
    /// The refusal in words.
    pub(crate) async fn make(&self, path: &str, body: &Value) -> Result<Value> {
        Ok(self.staff.ask(Method::POST, path, Some(body)).await?.body)
    }

    /// Registers an app with a secret: number and secret.
    ///
    /// # Errors
    /// The refusal in words.
    pub(crate) async fn app(
        &self,
        partner: &str,
        name: &str,
        redirect: &str,
        kind: Client,
    ) -> Result<(String, Option<String>)> {
        let made = self.make("/partners", &json!({ "name": partner })).await?;
        let partner = word(&made, "partner")?;
        let public = kind == Client::Public;
        let app = json!({ "partner": partner, "name": name, "public": public, "redirect_uris": [redirect], "reviewed": "all" });
        let app = word(&self.make("/apps", &app).await?, "app")?;
        if public {
            return Ok((app, None));
        }
        let credential = self.make(&format!("/apps/{app}/credentials"), &json!({})).await?;
        Ok((app, Some(word(&credential, "client_secret")?)))
    }

    /// Stops everything.
    ///
    /// # Errors
    /// A task ended badly.
    pub(crate) async fn close(self) -> Result<()> {
        self.process.stop().await?;
        Ok(self.serving_site.await??)
    }
}

/// Whether an app can keep a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Confidential,
    Public,
}

/// A text of an answer.
///
/// # Errors
/// It is not there.
pub(crate) fn word(answer: &Value, name: &str) -> Result<String> {
    let found = answer.get(name).and_then(Value::as_str);
    Ok(found.with_context(|| format!("no `{name}` in {answer}"))?.to_owned())
}

fn configuration(
    data: &Path,
    url: &str,
    metrics: Option<SocketAddr>,
    probe_minutes: u64,
) -> Result<Config> {
    let mut flags: Flags = vec![
        ("data", "--dir", data.to_string_lossy().into_owned()),
        ("issuer", "--listen", url.to_owned()),
        ("prober.every_minutes", "--demo", probe_minutes.to_string()),
    ];
    flags.extend(metrics.map(|at| ("listen.metrics", "--metrics", at.to_string())));
    Ok(config::load(None, [], flags)?)
}
