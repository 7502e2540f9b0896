//! Who a partner is: by a credential of one of its apps, as at the token endpoint.

use crate::access::Who;
use crate::api::{Api, unreadable};
use edge::Problem;
use flows::oauth::client;
use http::{HeaderMap, header};
use oauth::assertion::Assertion;
use oauth::client_auth::{ClientAuth, ClientId};
use store::Urgency;

fn refused(detail: &'static str) -> Problem {
    let challenge = "Basic realm=\"partner\", Bearer";
    Problem::new(401, "not-signed-in", detail).header(header::WWW_AUTHENTICATE, challenge)
}

/// Reads the proof: `Basic` with client id and secret, or `Bearer` with a client assertion (RFC 7523) made for this server.
fn proof(headers: &HeaderMap) -> Result<ClientAuth, Problem> {
    let none = || refused("a partner sends a client's id and secret, or a client assertion");
    let text = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let text = text.ok_or_else(none)?;
    let (scheme, rest) = text.split_once(' ').ok_or_else(none)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return ClientAuth::from_header(Some(text)).map_err(|_| none());
    }
    let assertion = Assertion::parse(rest.trim()).ok_or_else(none)?;
    let client = ClientId::parse(assertion.subject()).ok_or_else(none)?;
    Ok(ClientAuth::Assertion { client, assertion: Box::new(assertion) })
}

/// Finds out which partner asks. Its status and the app's do not matter: who is suspended must read why.
///
/// # Errors
/// 401 for nobody, 429 for who guesses.
pub(crate) async fn admit(api: &Api, headers: &HeaderMap) -> Result<Who, Problem> {
    let auth = proof(headers)?;
    let now = api.store().now();
    let found = client::authenticate_partner(&api.store().state(), &auth, &api.parts.issuer, now);
    let client = match found {
        Ok(client) => client,
        Err(refusal) => {
            tracing::debug!("{refusal}");
            let key = refusal.app().map(|app| format!("partner {app}")).unwrap_or_default();
            if api.logins.is_blocked(&key, now) {
                let detail = "wait before the next attempt";
                return Err(Problem::new(429, "too-many-attempts", detail)
                    .header(header::RETRY_AFTER, "60"));
            }
            api.logins.failed(&key, now);
            return Err(refused("the credential is wrong, expired or ended"));
        }
    };
    if let ClientAuth::Assertion { assertion, .. } = &auth {
        let (key, until) = assertion.once_key(client.app);
        let store = api.store().clone();
        let busy =
            || Problem::new(503, "log-unavailable", "the proof cannot be checked at present");
        // One small commit to disk: not on a thread that others wait for.
        let used =
            tokio::task::spawn_blocking(move || store.use_once(Urgency::Ordinary, &key, until))
                .await;
        if !used.map_err(|_| busy())?.map_err(unreadable)? {
            return Err(refused("this assertion was used before"));
        }
    }
    let partner = api.store().state().app(client.app).map(|app| app.partner);
    partner.map(Who::Partner).ok_or_else(|| refused("the app is unknown"))
}
