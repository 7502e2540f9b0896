//! Clients that fail to prove who they are, told apart before the append lock is asked for.

use crate::answer::Refused;
use crate::server::Shared;
use flows::oauth::client::{self, Client};
use oauth::client_auth::ClientAuth;

/// Who asks. A right secret is never turned away, whoever else sent wrong ones in its name.
pub(crate) fn identify(shared: &Shared, auth: &ClientAuth) -> Result<Client, Refused> {
    let now = shared.store.now();
    let found = client::authenticate(&shared.store.state(), auth, now);
    found.map_err(|refusal| {
        tracing::debug!("{refusal}");
        let Some(app) = refusal.app() else { return refusal.error().into() };
        let key = app.to_string();
        if shared.throttle.is_blocked(&key, now) {
            return Refused::Guesser;
        }
        shared.throttle.failed(&key, now);
        refusal.error().into()
    })
}
