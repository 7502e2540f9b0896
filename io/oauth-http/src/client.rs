//! Clients that fail to prove who they are, told apart before the append lock is asked for.

use crate::answer::Refused;
use crate::server::Shared;
use flows::oauth::client::{self, Client};
use oauth::client_auth::ClientAuth;
use oauth::token::TokenError;
use store::Urgency;

/// Who asks. A right secret is never turned away, whoever else sent wrong ones in its name.
pub(crate) fn identify(shared: &Shared, auth: &ClientAuth) -> Result<Client, Refused> {
    let now = shared.store.now();
    let found = client::authenticate(&shared.store.state(), auth, &shared.server.issuer, now);
    found.map_err(|refusal| {
        tracing::debug!("{refusal}");
        let Some(app) = refusal.app() else { return refusal.error().into() };
        let key = app.to_string();
        //= rfc6749#2.3.1
        //# Since this client authentication method involves a password, the authorization
        //# server MUST protect any endpoint utilizing it against brute force attacks.
        //= rfc6749#10.10
        //# The authorization server MUST prevent attackers from guessing access tokens,
        //# authorization codes, refresh tokens, resource owner passwords, and client
        //# credentials.
        if shared.throttle.is_blocked(&key, now) {
            return Refused::Guesser;
        }
        shared.throttle.failed(&key, now);
        refusal.error().into()
    })
}

/// The same, and a signed assertion is taken this one time (RFC 7523 §3): it must be used up before what it proves is done,
/// which `urgency` speaks of.
pub(crate) async fn identify_once(
    shared: &Shared,
    auth: &ClientAuth,
    urgency: Urgency,
) -> Result<Client, Refused> {
    let client = identify(shared, auth)?;
    let ClientAuth::Assertion { assertion, .. } = auth else { return Ok(client) };
    //= rfc7523#3
    //# The authorization server MAY ensure that JWTs are not replayed by maintaining the set of
    //# used "jti" values for the length of time for which the JWT would be considered valid
    //# based on the applicable "exp" instant.
    let (key, until) = assertion.once_key(client.app);
    let store = shared.store.clone();
    // One small commit to disk: not on a thread that others wait for.
    let used = tokio::task::spawn_blocking(move || store.use_once(urgency, &key, until)).await;
    match used {
        Ok(Ok(true)) => Ok(client),
        Ok(Ok(false)) => {
            tracing::debug!(app = %client.app, "an assertion was shown twice");
            Err(TokenError::Client.into())
        }
        Ok(Err(error)) => Err(Refused::unavailable(&error.into())),
        Err(_) => Err(Refused::Later),
    }
}
