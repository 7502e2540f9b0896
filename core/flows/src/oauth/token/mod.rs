//! The token endpoint: a code, a refresh token or an installation becomes an access token.
//!
//! Issuing appends nothing. What is appended: the redemption of a code, the rotation of a public client's refresh token, and
//! the end of a family whose code or refresh token was presented twice. The last is a refusal that commits, hence
//! [`Exchanged`].

mod code;
mod installation;
mod issue;
mod refresh;
mod refusal;

pub(crate) use refresh::refresh_claims;
pub use refusal::Refusal;

use super::chain::active;
use super::client::{self, Client};
use super::server::Server;
use consent::{App, State};
use model::Env;
use oauth::token::{TokenGrant, TokenRequest, TokenResponse};
use sequence::{Commit, is_ending};

/// What comes of a request once its events are durable.
pub enum Exchanged {
    /// Tokens.
    Issued(Box<TokenResponse>),
    /// No tokens, and what was issued before has ended.
    Refused(Refusal),
}

/// What every way to a token has at hand.
#[derive(Clone, Copy)]
struct Desk<'a> {
    server: &'a Server<'a>,
    state: &'a State,
    env: &'a Env,
    client: Client,
    app: &'a App,
}

/// Answers a token request.
///
/// # Errors
/// [`Refusal`]: nothing is appended.
pub fn exchange(
    request: &TokenRequest,
    server: &Server<'_>,
    state: &State,
    env: &Env,
) -> Result<Commit<Exchanged>, Refusal> {
    //= rfc6749#4.4.2
    //# The authorization server MUST authenticate the client.
    //= rfc6749#6
    //# require client authentication for confidential clients or for any client that was issued
    //# client credentials (or with other authentication requirements),
    let client = client::authenticate(state, &request.client, server.issuer, env.now)?;
    let app = active(state, client.app).map_err(|_| Refusal::AppNotActive(client.app))?;
    let desk = Desk { server, state, env, client, app };
    match &request.grant {
        TokenGrant::AuthorizationCode { code, redirect_uri, verifier, resources, details } => {
            let redirect = redirect_uri.as_deref();
            let sent = code::Sent { redirect, verifier, resources, details };
            code::redeem(&desk, code, &sent)
        }
        TokenGrant::RefreshToken { token, scope, resources, details } => {
            let wishes = refresh::Wishes { scope: scope.as_ref(), resources, details };
            refresh::refresh(&desk, token, &wishes)
        }
        TokenGrant::ClientCredentials { target, scope } => {
            installation::issue(&desk, target, scope.as_ref())
        }
    }
}

/// The same where nothing but endings can be appended, because the disk is full: what a token presented twice ends, ends.
///
/// # Errors
/// [`Refusal::Later`] for whatever would need to append more.
pub fn exchange_ending(
    request: &TokenRequest,
    server: &Server<'_>,
    state: &State,
    env: &Env,
) -> Result<Commit<Exchanged>, Refusal> {
    let commit = exchange(request, server, state, env)?;
    if commit.events.iter().all(is_ending) { Ok(commit) } else { Err(Refusal::Later) }
}
