//! What the pages stand on.

use edge::session::Transport;
use edge::throttle::Throttle;
use flows::oauth::Server;
use keyring::Keyring;
use model::Millis;
use oauth::resource::{Issuer, ResourceUri};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use store::Store;
use tokio::sync::Semaphore;

/// Failures of one login within [`GUESS_WINDOW`] before it must wait.
const GUESSES_OF_LOGIN_MAX: u32 = 10;
/// Failures from one network: many people can share it.
const GUESSES_OF_NETWORK_MAX: u32 = 100;
const GUESS_WINDOW: Millis = Millis::minutes(15);

/// What the console is made of.
pub struct Parts {
    /// The store.
    pub store: Store,
    /// What seals authorization codes, and what ids of apps are derived from.
    pub keyring: Arc<Keyring>,
    /// The platform: names of groups and people, for their own pages.
    pub upstream: outbound::Asking,
    /// The authorization server's name; its origin is where these pages stand.
    pub issuer: Issuer,
    /// The API that tokens are for.
    pub resource: ResourceUri,
    /// Whether cookies may travel without TLS.
    pub transport: Transport,
}

/// The parts and what the console remembers: failed sign-ins, and whether the platform answers.
pub(crate) struct Console {
    pub(crate) parts: Parts,
    pub(crate) guesses_of_login: Throttle,
    pub(crate) guesses_of_network: Throttle,
    /// Until when pages do without names, in milliseconds, because the platform does not answer.
    pub(crate) nameless_until: AtomicU64,
    /// Counting what an app holds walks over every grant and membership: one at a time.
    pub(crate) reports: Semaphore,
}

impl Console {
    pub(crate) fn new(parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            parts,
            guesses_of_login: Throttle::new(GUESSES_OF_LOGIN_MAX, GUESS_WINDOW),
            guesses_of_network: Throttle::new(GUESSES_OF_NETWORK_MAX, GUESS_WINDOW),
            nameless_until: AtomicU64::new(0),
            reports: Semaphore::new(1),
        })
    }

    pub(crate) fn store(&self) -> &Store {
        &self.parts.store
    }

    /// What the authorization server lends its flows.
    pub(crate) fn server(&self) -> Server<'_> {
        Server {
            issuer: &self.parts.issuer,
            resource: &self.parts.resource,
            keys: self.parts.keyring.tokens(),
            pairwise: self.parts.keyring.pairwise(),
        }
    }

    /// The origin that these pages stand under, as a browser spells it in `Origin`.
    pub(crate) fn origin(&self) -> &str {
        origin_of(self.parts.issuer.as_str())
    }
}

/// Scheme, host and port of an absolute URL with a host.
pub(crate) fn origin_of(url: &str) -> &str {
    let after = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(after..).and_then(|rest| rest.find(['/', '?', '#']));
    end.and_then(|end| url.get(..after + end)).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::origin_of;

    #[test]
    fn an_origin_is_what_stands_before_the_path() {
        assert_eq!(origin_of("https://a.example:8443/x/y"), "https://a.example:8443");
        assert_eq!(origin_of("https://a.example"), "https://a.example");
        assert_eq!(origin_of("http://127.0.0.1:9?x=/"), "http://127.0.0.1:9");
    }
}
