//! What the endpoints share, and their routes.

use crate::{endpoints, metadata};
use axum::Router;
use axum::routing::{get, post};
use edge::throttle::Throttle;
use flows::oauth::Server;
use keyring::Keyring;
use model::Millis;
use oauth::metadata::paths;
use oauth::resource::{Issuer, ResourceUri};
use std::sync::Arc;
use store::Store;

/// Wrong secrets of one app within [`FAILURES_WINDOW`] before the next one is told to wait.
const FAILURES_MAX: u32 = 20;
/// A secret cannot be guessed; this only keeps a broken client from filling the logs.
const FAILURES_WINDOW: Millis = Millis::minutes(1);

/// Who this authorization server is.
pub struct AuthorizationServer {
    /// Its name.
    pub issuer: Issuer,
    /// The API that its tokens are for.
    pub resource: ResourceUri,
    /// Its keys.
    pub keyring: Arc<Keyring>,
}

impl AuthorizationServer {
    /// What the flows need of it.
    #[must_use]
    pub fn lend(&self) -> Server<'_> {
        Server {
            issuer: &self.issuer,
            resource: &self.resource,
            keys: self.keyring.tokens(),
            pairwise: self.keyring.pairwise(),
        }
    }
}

/// What every endpoint has at hand.
#[derive(Clone)]
pub(crate) struct Shared {
    pub store: Store,
    // Apart from the store: flows run on the store's own thread, which must not hold the store.
    pub server: Arc<AuthorizationServer>,
    pub throttle: Arc<Throttle>,
}

/// The endpoints, below the path of the issuer.
pub fn router(store: Store, server: AuthorizationServer) -> Router {
    let issuer_path = path_of(server.issuer.as_str()).to_owned();
    let below = |path: &str| format!("{issuer_path}{path}");
    let server_metadata = server.issuer.metadata_url();
    let resource_metadata = server.resource.metadata_url();
    let mut router = Router::new()
        //= rfc6749#3.2
        //# The client MUST use the HTTP "POST" method when making access token requests.
        .route(&below(paths::TOKEN), post(endpoints::token))
        .route(&below(paths::REVOKE), post(endpoints::revoke));
    for (document, url) in [
        (metadata::Document::Server, server_metadata),
        (metadata::Document::Resource, resource_metadata),
    ] {
        // Where the standard puts it, and at the root of the host, where many clients look first.
        let (exact, root) = (path_of(&url).to_owned(), document.root_path());
        let serve = move |shared| metadata::serve(document, shared);
        //= rfc8414#3.1
        //# An authorization server metadata document MUST be queried using an HTTP "GET"
        //# request at the previously specified path.
        //= rfc9728#3.1
        //# A protected resource metadata document MUST be queried using an HTTP GET request at
        //# the previously specified URL.
        router = router.route(&exact, get(serve));
        if exact != root {
            router = router.route(root, get(serve));
        }
    }
    // Apps in a browser reach what is above; what is below is asked by servers, with a secret.
    let router = router
        .layer(edge::cross_origin::open())
        .route(&below(paths::INTROSPECT), post(endpoints::introspect))
        .route(&below("/oauth/installations"), get(endpoints::installations));
    let throttle = Throttle::new(FAILURES_MAX, FAILURES_WINDOW);
    router.with_state(Shared { store, server: Arc::new(server), throttle: Arc::new(throttle) })
}

/// The path of a URL that has a scheme and a host; empty if there is none.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
}
