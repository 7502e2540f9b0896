//! What a token is worth now (RFC 7662), told to the client that it belongs to.

use super::access::{caller, claims};
use super::chain::{Claims, Standing, stand};
use super::client::{self, Client};
use super::server::Server;
use super::terms;
use consent::State;
use model::{AppNo, Chain, Timestamp};
use oauth::details::{AuthorizationDetail, InstallationDetail};
use oauth::introspect::{ActiveKind, ActiveToken, IntrospectRequest, Introspection};
use oauth::sealed::{AccessToken, RefreshToken, StringKind};
use oauth::token::TokenError;

/// Why nothing is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The client is not believed.
    #[error(transparent)]
    Client(#[from] client::Refusal),
}

impl Refusal {
    /// The standard's error.
    #[must_use]
    pub const fn error(self) -> TokenError {
        match self {
            Self::Client(refusal) => refusal.error(),
        }
    }
}

/// Tells a client about a token of its own. Whatever does not stand now is inactive and nothing more is said.
///
/// # Errors
/// [`Refusal`], only for a client that is not believed.
pub fn introspect(
    request: &IntrospectRequest,
    server: &Server<'_>,
    state: &State,
    now: Timestamp,
) -> Result<Introspection, Refusal> {
    //= rfc7662#2.3
    //# If the protected resource uses OAuth 2.0 client credentials to authenticate to the
    //# introspection endpoint and its credentials are invalid, the authorization server
    //# responds with an HTTP 401 (Unauthorized) as described in Section 5.2 of OAuth 2.0
    //# [RFC6749].
    let client = client::authenticate(state, &request.client, server.issuer, now)?;
    let text = request.token.expose();
    //= rfc7662#2.1
    //# If the server is unable to locate the token using the given hint, it MUST extend its
    //# search across all of its supported token types.
    let active = match StringKind::of(text) {
        Some(StringKind::Access) => access(text, client, server, state, now),
        Some(StringKind::Refresh) => refresh(text, client, server, state, now),
        Some(
            StringKind::Code
            | StringKind::MediaLink
            | StringKind::Cursor
            | StringKind::ClientSecret,
        )
        | None => None,
    };
    //= rfc7662#2.3
    //# In these cases, the authorization server MUST instead respond with an introspection
    //# response with the "active" field set to "false" as described in Section 2.2.
    Ok(active.map_or(Introspection::Inactive, Introspection::Active))
}

fn access(
    text: &str,
    client: Client,
    server: &Server<'_>,
    state: &State,
    now: Timestamp,
) -> Option<ActiveToken> {
    //= rfc7662#4
    //# If the token has been signed, the authorization server MUST validate the signature.
    let opened = server.keys.open::<AccessToken>(text).ok()?;
    let token = opened.content;
    //= rfc7662#4
    //# If the token can expire, the authorization server MUST determine whether or not the
    //# token has expired.
    //= rfc7662#4
    //# If the token can be used only at certain resource servers, the authorization server MUST
    //# determine whether or not the token can be used at the resource server making the
    //# introspection call.
    if token.app != client.app || token.is_expired(now) {
        return None;
    }
    let claims = claims(&caller(&token, opened.key));
    //= rfc7662#4
    //# If the token can be revoked after it was issued, the authorization server MUST determine
    //# whether or not such a revocation has taken place.
    let standing = stand(state, &claims, now).ok()?;
    let mut told = told(ActiveKind::Access, &claims, &standing, server, state);
    told.expires_at = Some(token.expires_at.min(standing.ends));
    Some(told)
}

fn refresh(
    text: &str,
    client: Client,
    server: &Server<'_>,
    state: &State,
    now: Timestamp,
) -> Option<ActiveToken> {
    let opened = server.keys.open::<RefreshToken>(text).ok()?;
    let token = opened.content;
    if token.app != client.app {
        return None;
    }
    let claims = super::token::refresh_claims(&token, opened.key);
    let standing = stand(state, &claims, now).ok()?;
    let family = state.grant(token.grant)?.families.iter().find(|one| one.id == token.family)?;
    if family.counter != token.counter {
        return None;
    }
    let mut told = told(ActiveKind::Refresh, &claims, &standing, server, state);
    told.expires_at = Some(standing.ends);
    Some(told)
}

fn told(
    kind: ActiveKind,
    claims: &Claims,
    standing: &Standing,
    server: &Server<'_>,
    state: &State,
) -> ActiveToken {
    let ids = server.ids(claims.app);
    let scope = terms::scope(state, standing.classes);
    let details = match claims.chain {
        Chain::Grant(no) => {
            let contexts = state.grant(no).map(|grant| grant.contexts.as_slice());
            terms::access_details(state, &ids, &scope, contexts.unwrap_or_default(), None)
        }
        Chain::Installation(no) => installation_details(no),
    };
    let app: AppNo = claims.app;
    //= rfc7662#5
    //# When this is the case, measures MUST be taken to prevent disclosure of this information
    //# to unintended parties.
    ActiveToken { kind, app, scope, details, expires_at: None }
}

/// An installation in the words of RFC 9396.
pub(crate) fn installation_details(
    installation: model::InstallationNo,
) -> Vec<AuthorizationDetail> {
    vec![AuthorizationDetail::Installation(InstallationDetail { installation })]
}
