//! What every handler has at hand.

use crate::facts::Intake;
use crate::input::Asked;
use crate::probing::Probing;
use crate::refusal::Refused;
use crate::turns::Turns;
use edge::Problem;
use edge::session::Transport;
use edge::throttle::Throttle;
use http::header;
use keyring::Keyring;
use model::{Env, Millis, Secret};
use oauth::resource::Issuer;
use outbound::Asking;
use sequence::{Commit, Lookup};
use std::sync::Arc;
use store::{Done, Store, Urgency};
use tokio::sync::{Mutex, Semaphore};

/// Wrong passwords for one login before it has to wait.
const FAILURES_MAX: u32 = 10;
/// The same from one network, which is many people where a provider or a proxy stands in between.
const NETWORK_FAILURES_MAX: u32 = 200;
const FAILURES_WINDOW: Millis = Millis::minutes(15);
/// Folding the log to an old position takes a core and memory for a second state.
const FOLDS_AT_ONCE: usize = 1;
/// Counting what an app holds walks over every grant and membership.
const REPORTS_AT_ONCE: usize = 1;
/// After how long it is worth asking again for counts while the index is being made again.
const COUNTED_AGAIN_SECONDS: &str = "30";

/// What the surface is made of.
pub struct Parts {
    /// The store.
    pub store: Store,
    /// Where facts go, shared with the in-process source.
    pub facts: Arc<Intake>,
    /// Seals the ids under which apps know people, for receipts.
    pub keyring: Arc<Keyring>,
    /// The authorization server's name; the pages that receipts name stand at its origin.
    pub issuer: Issuer,
    /// The platform, asked for nothing but the names of groups.
    pub upstream: Asking,
    /// Whether cookies need TLS.
    pub transport: Transport,
    /// The bearer secret of the source of facts.
    pub facts_secret: Secret<String>,
    /// The bearer token of whoever runs the machine; without one, only staff sessions are let in.
    pub operator_token: Option<Secret<String>>,
    /// Where a round of the prober can be asked for; none: there is no prober here.
    pub prober: Option<Arc<dyn Probing>>,
}

pub(crate) struct Inner {
    pub(crate) parts: Parts,
    pub(crate) logins: Throttle,
    pub(crate) networks: Throttle,
    /// Held from looking a login up to writing it: two accounts with one login would fail a whole batch.
    pub(crate) accounts: Mutex<()>,
    pub(crate) folds: Semaphore,
    pub(crate) reports: Arc<Semaphore>,
    pub(crate) partners: Turns,
}

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Api(Arc<Inner>);

impl std::ops::Deref for Api {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Api {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            parts,
            logins: Throttle::new(FAILURES_MAX, FAILURES_WINDOW),
            networks: Throttle::new(NETWORK_FAILURES_MAX, FAILURES_WINDOW),
            accounts: Mutex::new(()),
            folds: Semaphore::new(FOLDS_AT_ONCE),
            reports: Arc::new(Semaphore::new(REPORTS_AT_ONCE)),
            partners: Turns::new(),
        }))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.parts.store
    }

    /// Runs a flow; its refusal becomes a problem.
    pub(crate) async fn commit<F, R, E>(
        &self,
        asked: &Asked,
        urgency: Urgency,
        mut flow: F,
    ) -> Result<Done<R>, Problem>
    where
        F: FnMut(&consent::State, &dyn Lookup, &Env) -> Result<Commit<R>, E> + Send + 'static,
        R: Send + 'static,
        E: Refused + Send + 'static,
    {
        let done = self
            .store()
            .commit(urgency, asked.connection, move |state, lookup, env| flow(state, lookup, env))
            .await
            .map_err(|failure| unavailable(&failure))?;
        done.map_err(Refused::problem)
    }
}

/// The store can take nothing: said to the caller without, to the log with its cause.
pub(crate) fn unavailable(failure: &store::Failure) -> Problem {
    tracing::error!(%failure, "a change could not be recorded");
    Problem::unavailable(failure)
}

/// What was used cannot be counted: most likely the index is being made again, which passes.
pub(crate) fn uncounted(store: &Store, error: sequence::StoreError) -> Problem {
    if !store.is_index_half_made() {
        return unreadable(error);
    }
    let detail = "the index of what was used is being made again: nothing is counted until then";
    tracing::warn!(%error, "what was used cannot be counted");
    Problem::new(503, "log-unavailable", detail).header(header::RETRY_AFTER, COUNTED_AGAIN_SECONDS)
}

/// The store cannot be read.
pub(crate) fn unreadable(error: sequence::StoreError) -> Problem {
    unavailable(&store::Failure::from(error))
}
