//! Ending a token (RFC 7009): the refresh family that it belongs to, or the installation's tokens. Works whatever the status
//! of the app.

use super::access::{caller, claims};
use super::chain::is_dead;
use super::client::{self, Client};
use super::server::Server;
use consent::State;
use ledger::{CutOff, CutOffSubject, Event, FamilyEnded, Why};
use model::{Actor, AppNo, Chain, GrantNo, Position, Timestamp};
use oauth::revoke::RevokeRequest;
use oauth::sealed::{AccessToken, RefreshToken, StringKind};
use oauth::token::TokenError;
use sequence::Commit;

/// Why nothing is ended.
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

/// Ends a token of the client's own. A token that is none, has ended, or is another client's changes nothing, and the
/// answer is the same.
///
/// A token of a family ends the family: refresh token and every access token that came from it. An installation's token belongs to
/// no family: every token of the app for that installation so far is cut off.
///
/// # Errors
/// [`Refusal`], only for a client that is not believed.
pub fn revoke(
    request: &RevokeRequest,
    server: &Server<'_>,
    state: &State,
    now: Timestamp,
) -> Result<Commit<()>, Refusal> {
    let client = client::authenticate(state, &request.client, server.issuer, now)?;
    let text = request.token.expose();
    let event = match StringKind::of(text) {
        //= rfc7009#2.1
        //# If the particular
        //# token is a refresh token and the authorization server supports the
        //# revocation of access tokens, then the authorization server SHOULD
        //# also invalidate all access tokens based on the same authorization
        //# grant
        Some(StringKind::Refresh) => refresh(text, client, server, state),
        //= rfc7009#2
        //# Implementations MUST support the revocation of refresh tokens and SHOULD support the
        //# revocation of access tokens
        Some(StringKind::Access) => access(text, client, server, state, now),
        Some(
            StringKind::Code
            | StringKind::MediaLink
            | StringKind::Cursor
            | StringKind::ClientSecret,
        )
        | None => None,
    };
    Ok(event.map_or(Commit::nothing(()), |event| Commit::event(event, ())))
}

fn refresh(text: &str, client: Client, server: &Server<'_>, state: &State) -> Option<Event> {
    let token = server.keys.open::<RefreshToken>(text).ok()?.content;
    //= rfc7009#2.1
    //# The authorization server first validates the client credentials (in
    //# case of a confidential client) and then verifies whether the token
    //# was issued to the client making the revocation request.
    if token.app != client.app {
        return None;
    }
    end_family(state, token.grant, token.app, token.family)
}

fn access(
    text: &str,
    client: Client,
    server: &Server<'_>,
    state: &State,
    now: Timestamp,
) -> Option<Event> {
    let opened = server.keys.open::<AccessToken>(text).ok()?;
    let token = opened.content;
    // What is dead already costs no entry: else an old token would be a way to fill the log.
    let is_over = token.is_expired(now) || is_dead(state, &claims(&caller(&token, opened.key)));
    if token.app != client.app || is_over {
        return None;
    }
    let cut_off = |subject| Some(Event::CutOff(CutOff { subject, why: Why::by(Actor::App) }));
    match (token.chain, token.family) {
        (Chain::Grant(grant), Some(family)) => end_family(state, grant, token.app, family),
        (Chain::Grant(grant), None) => cut_off(CutOffSubject::Grant(grant)),
        (Chain::Installation(no), _) => cut_off(CutOffSubject::Installation(no)),
    }
}

/// The end of a family, if it lives.
pub(crate) fn end_family(
    state: &State,
    grant: GrantNo,
    app: AppNo,
    family: Position,
) -> Option<Event> {
    let lives = state.grant(grant)?.families.iter().any(|one| one.id == family);
    let why = Why::by(Actor::App);
    lives.then_some(Event::FamilyEnded(FamilyEnded { grant, app, family, why }))
}
