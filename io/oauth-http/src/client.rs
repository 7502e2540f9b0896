//! Clients that fail to prove who they are, told apart before the append lock is asked for.

use crate::answer::{error, later};
use crate::server::Shared;
use axum::response::Response;
use flows::oauth::client::{self, Client};
use http::StatusCode;
use oauth::client_auth::ClientAuth;

/// How long a client that sent too many wrong secrets is told to wait.
const WAIT_SECONDS: u16 = 60;

/// Who asks. A right secret is never turned away, whoever else sent wrong ones in its name.
pub(crate) fn identify(shared: &Shared, auth: &ClientAuth) -> Result<Client, Response> {
    let now = shared.store.now();
    let found = client::authenticate(&shared.store.state(), auth, now);
    found.map_err(|refusal| {
        tracing::debug!("{refusal}");
        let Some(app) = refusal.app() else { return error(refusal.error()) };
        let key = app.to_string();
        if shared.throttle.is_blocked(&key, now) {
            return later(StatusCode::TOO_MANY_REQUESTS, WAIT_SECONDS);
        }
        shared.throttle.failed(&key, now);
        error(refusal.error())
    })
}
