//! A refresh token becomes a fresh access token, and for public clients a successor.

use super::issue::{check_details, check_scope, for_grant};
use super::{Desk, Exchanged, Refusal};
use crate::oauth::chain::{Claims, is_dead, standing_grant};
use crate::oauth::revoke::end_family;
use crate::oauth::server::Target;
use crate::oauth::terms;
use consent::{Family, Grant};
use ledger::{Event, RefreshRotated};
use model::{Chain, Secret, limits};
use oauth::details::AccessDetail;
use oauth::resource::ResourceUri;
use oauth::scope::Scope;
use oauth::sealed::{KeyId, RefreshToken};
use sequence::Commit;
use std::cmp::Ordering;

/// What has to stand for a refresh token.
pub(crate) const fn refresh_claims(token: &RefreshToken, key: KeyId) -> Claims {
    Claims {
        app: token.app,
        credential: None,
        chain: Chain::Grant(token.grant),
        family: Some(token.family),
        issue: token.issue,
        key: key.0,
    }
}

/// What the token request wishes beside the token: none of it may be wider than the grant.
pub(super) struct Wishes<'a> {
    pub scope: Option<&'a Scope>,
    pub resources: &'a [ResourceUri],
    pub details: &'a [AccessDetail],
}

/// Refreshes. A token that was rotated before and comes again late ends its family.
pub(super) fn refresh(
    desk: &Desk<'_>,
    text: &Secret<String>,
    wishes: &Wishes<'_>,
) -> Result<Commit<Exchanged>, Refusal> {
    //= rfc6749#6
    //# validate the refresh token.
    let opened =
        desk.server.keys.open::<RefreshToken>(text.expose()).map_err(|_| Refusal::RefreshToken)?;
    let token = opened.content;
    //= rfc6749#6
    //# authenticate the client if client authentication is included and ensure that the refresh
    //# token was issued to the authenticated client, and
    //= rfc6749#10.4
    //# The authorization server MUST verify the binding between the refresh token and client
    //# identity whenever the client identity can be authenticated.
    if token.app != desk.client.app {
        return Err(Refusal::RefreshOfAnother { grant: token.grant, app: token.app });
    }
    let ended = Refusal::FamilyEnded { grant: token.grant, family: token.family };
    let claims = refresh_claims(&token, opened.key);
    let grant = standing_grant(desk.state, token.app, token.grant, desk.env.now)
        .filter(|_| !is_dead(desk.state, &claims))
        .ok_or(Refusal::GrantEnded(token.grant))?;
    let family = grant.families.iter().find(|one| one.id == token.family).ok_or(ended)?;
    let turn = turn(desk, &token, family).ok_or(ended)?;
    if let Turn::Late = turn {
        //= rfc9700#4.14.2
        //# If a refresh token is compromised and subsequently used by both the
        //# attacker and the legitimate client, one of them will present an
        //# invalidated refresh token, which will inform the authorization server
        //# of the breach.
        let refusal = Refusal::RefreshReused { grant: token.grant, family: token.family };
        let event = end_family(desk.state, token.grant, token.app, token.family).ok_or(refusal)?;
        return Ok(Commit::event(event, Exchanged::Refused(refusal)));
    }
    let standing = grant.classes & terms::agreed(desk.state, desk.app, desk.env.now);
    check_scope(desk, wishes.scope, standing)?;
    check_resources(desk, grant, wishes.resources)?;
    check_details(desk, grant, wishes.details)?;
    // The successor keeps the issue number: it dies by every cut-off that its forebears would have died by, and it is the
    // same string when it has to be given again.
    let (counter, event) = match turn {
        Turn::Stays | Turn::Late => (token.counter, None),
        Turn::Again => (family.counter, None),
        Turn::Rotates(counter) => {
            let RefreshToken { grant, app, family, .. } = token;
            (counter, Some(Event::RefreshRotated(RefreshRotated { grant, app, family, counter })))
        }
    };
    //= rfc6749#6
    //# If a new refresh token is issued, the refresh token scope MUST be identical to that of
    //# the refresh token included by the client in the request.
    let response = for_grant(desk, grant, RefreshToken { counter, ..token })?;
    let issued = Exchanged::Issued(Box::new(response));
    Ok(Commit::events(event.into_iter().collect(), issued))
}

/// What a presented token's counter means.
enum Turn {
    /// The current one of a client with a secret: it stays.
    Stays,
    /// The current one of a public client: this is its successor's number.
    Rotates(u32),
    /// The one before the current one, so soon that the answer may have been lost: the current one is given again.
    Again,
    /// One from before.
    Late,
}

/// `None` for a number that was never given.
fn turn(desk: &Desk<'_>, token: &RefreshToken, family: &Family) -> Option<Turn> {
    match token.counter.cmp(&family.counter) {
        Ordering::Greater => None,
        //= rfc9700#2.2.2
        //# Refresh tokens for public clients MUST be sender-constrained or use refresh token
        //# rotation as described in Section 4.14.
        //= rfc9700#4.14.2
        //# Authorization servers MUST utilize one of these methods to detect refresh token
        //# replay by malicious actors for public clients:
        Ordering::Equal if desk.app.public => Some(Turn::Rotates(family.counter.checked_add(1)?)),
        Ordering::Equal => Some(Turn::Stays),
        Ordering::Less => {
            let is_last = token.counter.checked_add(1) == Some(family.counter);
            let is_soon = desk.env.now.since(family.rotated_at) <= limits::REFRESH_REPEAT;
            Some(if is_last && is_soon { Turn::Again } else { Turn::Late })
        }
    }
}

/// Tokens carry no resource of their own; one that is named must lie within the grant.
fn check_resources(
    desk: &Desk<'_>,
    grant: &Grant,
    resources: &[ResourceUri],
) -> Result<(), Refusal> {
    for resource in resources {
        match desk.server.target(desk.client.app, resource) {
            Some(Target::Api) => {}
            Some(Target::Context(context)) if grant.contexts.binary_search(&context).is_ok() => {}
            Some(Target::Context(_)) | None => return Err(Refusal::Target),
        }
    }
    Ok(())
}
