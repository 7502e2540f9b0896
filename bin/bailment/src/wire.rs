//! Opens the parts and joins them: one router over the four HTTP surfaces.

use crate::cli::Result;
use crate::config::{self, Config};
use crate::prober::Standing;
use crate::upstream::{BuiltIn, Here};
use anyhow::{Context, bail};
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use edge::session::Transport;
use gateway_http::{Mismatches, Refusals};
use governance_http::facts::Intake;
use keyring::Keyring;
use model::Secret;
use oauth::resource::{Issuer, ResourceUri};
use outbound::{Asking, HttpUpstream};
use platform::Platform;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use store::{Options, Store};
use tower::ServiceExt;

/// Shortest secret that platform and gate may share.
const SECRET_CHARACTERS_MIN: usize = 32;

/// Everything that a process has open.
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) keyring: Arc<Keyring>,
    /// The built-in platform, where it runs in this process.
    pub(crate) platform: Option<Arc<Platform>>,
    pub(crate) upstream: Asking,
    pub(crate) intake: Arc<Intake>,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) mismatches: Arc<Mismatches>,
    pub(crate) issuer: Issuer,
    pub(crate) resource: ResourceUri,
    /// Set by a process that serves, before its router is made.
    pub(crate) prober: OnceLock<Arc<Standing>>,
    facts_secret: String,
}

/// Text that nobody can guess: 256 bits.
pub(crate) fn unguessable() -> Result<String> {
    use base64::Engine;
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("the operating system gives no randomness")?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

/// The secret that platform and gate share.
///
/// # Errors
/// The file cannot be read, or its secret can be guessed.
pub(crate) fn shared_secret(file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the secret in `{}` cannot be read", file.display()))?;
    let secret = text.trim().to_owned();
    if secret.chars().count() < SECRET_CHARACTERS_MIN {
        bail!(
            "the secret in `{}` is too short: at least {SECRET_CHARACTERS_MIN} characters",
            file.display()
        );
    }
    Ok(secret)
}

impl Parts {
    /// Opens a data directory and whatever the configuration names.
    ///
    /// # Errors
    /// Something cannot be opened.
    pub(crate) fn open(config: &Config) -> Result<Self> {
        Self::open_by(config, Options::default())
    }

    /// The same by a clock of its own.
    ///
    /// # Errors
    /// Something cannot be opened.
    pub(crate) fn open_by(config: &Config, options: Options) -> Result<Self> {
        let store = Store::open(&config.data, options)?;
        let keyring = Arc::new(Keyring::open(&config.data)?);
        let issuer = Issuer::parse(&config.issuer).context("the issuer cannot be one")?;
        let resource = ResourceUri::parse(&format!("{}/v1", config.issuer))
            .context("the issuer cannot hold a resource")?;
        let (platform, upstream, facts_secret): (_, Asking, _) = match &config.upstream {
            config::Upstream::InProcess => {
                let platform = Arc::new(Platform::open(&config.data.join("platform"))?);
                let upstream = Arc::new(BuiltIn(platform.upstream()));
                (Some(platform), upstream, unguessable()?)
            }
            config::Upstream::Http { origin, secret_file } => {
                let secret = shared_secret(secret_file)?;
                let upstream = Arc::new(HttpUpstream::new(origin, secret.clone())?);
                (None, upstream, secret)
            }
        };
        let intake = Arc::new(Intake::new(store.clone()));
        let refusals = Arc::new(Refusals::default());
        Ok(Self {
            store,
            keyring,
            platform,
            upstream,
            intake,
            refusals,
            mismatches: Arc::default(),
            issuer,
            resource,
            prober: OnceLock::new(),
            facts_secret,
        })
    }

    /// From now on the platform in this process tells its facts here.
    pub(crate) fn connect_facts(&self) {
        if let Some(platform) = &self.platform {
            platform.connect(Arc::new(Here(Arc::clone(&self.intake))));
        }
    }

    /// All surfaces behind one router.
    pub(crate) fn router(&self, operator_token: Option<Secret<String>>, reach: Reach) -> Router {
        let surfaces = Arc::new(self.surfaces(operator_token));
        Router::new().fallback(move |request: Request| {
            let surfaces = Arc::clone(&surfaces);
            async move { surfaces.answer(reach, request).await }
        })
    }

    fn surfaces(&self, operator_token: Option<Secret<String>>) -> Surfaces {
        let transport = match self.issuer.as_str().starts_with("https:") {
            true => Transport::Https,
            false => Transport::LoopbackHttp,
        };
        let gateway = gateway_http::router(gateway_http::Parts {
            store: self.store.clone(),
            keyring: Arc::clone(&self.keyring),
            upstream: Arc::clone(&self.upstream),
            issuer: self.issuer.clone(),
            resource: self.resource.clone(),
            refusals: Arc::clone(&self.refusals),
            mismatches: Arc::clone(&self.mismatches),
        });
        let server = oauth_http::AuthorizationServer {
            issuer: self.issuer.clone(),
            resource: self.resource.clone(),
            keyring: Arc::clone(&self.keyring),
        };
        let governance = governance_http::router(governance_http::Parts {
            store: self.store.clone(),
            facts: Arc::clone(&self.intake),
            keyring: Arc::clone(&self.keyring),
            issuer: self.issuer.clone(),
            upstream: Arc::clone(&self.upstream),
            transport,
            facts_secret: Secret::new(self.facts_secret.clone()),
            operator_token,
            prober: self.prober.get().map(|prober| Arc::clone(prober) as _),
        });
        let console = console_http::router(console_http::Parts {
            store: self.store.clone(),
            keyring: Arc::clone(&self.keyring),
            upstream: Arc::clone(&self.upstream),
            issuer: self.issuer.clone(),
            resource: self.resource.clone(),
            transport,
        });
        let oauth = oauth_http::router(self.store.clone(), server);
        Surfaces { gateway, oauth, governance, console, store: self.store.clone() }
    }
}

/// Who can reach a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Everybody.
    All,
    /// Partners: their API and OAuth's endpoints for clients.
    Partners,
}

/// Surfaces never see each other; which one a request is for, its path says.
struct Surfaces {
    gateway: Router,
    oauth: Router,
    governance: Router,
    console: Router,
    store: Store,
}

/// Paths of OAuth that clients call themselves. The authorization endpoint is a page.
const OAUTH: [&str; 5] =
    ["/.well-known/", "/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/installations"];
const GOVERNANCE: [&str; 4] = ["/me/v1", "/admin/v1", "/staff/v1", "/facts/v1"];

/// Whether a path is this one or below it.
fn is_below(path: &str, base: &str) -> bool {
    path.strip_prefix(base)
        .is_some_and(|rest| rest.is_empty() || base.ends_with('/') || rest.starts_with('/'))
}

impl Surfaces {
    async fn answer(&self, reach: Reach, request: Request) -> Response {
        let path = request.uri().path();
        let any = |bases: &[&str]| bases.iter().any(|base| is_below(path, base));
        let router = if path == "/health" {
            return crate::observe::health();
        } else if path == "/ready" {
            return crate::observe::ready(&self.store);
        } else if is_below(path, "/v1") {
            &self.gateway
        } else if any(&OAUTH) {
            &self.oauth
        } else if is_below(path, "/partner/v1") {
            &self.governance
        } else if reach == Reach::Partners {
            return crate::observe::nothing_here();
        } else if any(&GOVERNANCE) {
            &self.governance
        } else {
            &self.console
        };
        match router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_one_surface() {
        assert!(is_below("/v1", "/v1") && is_below("/v1/groups", "/v1"));
        assert!(!is_below("/v1x", "/v1") && !is_below("/me", "/me/v1"));
        assert!(is_below("/.well-known/oauth-authorization-server", "/.well-known/"));
    }
}
