//! Making the answer.

use super::{Desk, Refusal};
use crate::oauth::access::NO_CREDENTIAL;
use crate::oauth::server::open_group;
use crate::oauth::terms;
use consent::Grant;
use model::{Chain, ClassMask, Millis, Position, PurposeNo, Timestamp, limits};
use oauth::details::{AccessDetail, AuthorizationDetail};
use oauth::pairwise::PairwiseId;
use oauth::scope::Scope;
use oauth::sealed::{AccessToken, RefreshToken, SERIAL_BYTES};
use oauth::token::TokenResponse;

/// What an access token is made of.
pub(super) struct Order {
    pub chain: Chain,
    pub family: Option<Position>,
    /// When the chain ends by itself.
    pub ends: Timestamp,
    pub scope: Scope,
    pub details: Vec<AuthorizationDetail>,
    pub refresh: Option<RefreshToken>,
}

/// The answer with a fresh access token.
pub(super) fn response(desk: &Desk<'_>, order: Order) -> TokenResponse {
    let Order { chain, family, ends, scope, details, refresh } = order;
    let now = desk.env.now;
    //= rfc6750#5.2
    //# First, the lifetime of the token MUST be limited
    //= rfc6750#5.3
    //# Token servers SHOULD issue short-lived (one hour or less) bearer tokens
    let expires_at = now.plus(limits::ACCESS_TOKEN_LIFETIME).min(ends);
    let random = desk.env.random("access token serial");
    let token = AccessToken {
        chain,
        app: desk.client.app,
        credential: desk.client.credential.unwrap_or(NO_CREDENTIAL),
        issue: desk.state.issue_number(),
        expires_at,
        family,
        serial: random.first_chunk::<SERIAL_BYTES>().copied().unwrap_or_default(),
    };
    let lifetime: Millis = expires_at.since(now);
    TokenResponse {
        access_token: desk.server.keys.seal(&token),
        lifetime,
        refresh_token: refresh.map(|token| desk.server.keys.seal(&token)),
        scope,
        details,
    }
}

/// The answer for a person's grant.
pub(super) fn for_grant(
    desk: &Desk<'_>,
    grant: &Grant,
    refresh: RefreshToken,
) -> Result<TokenResponse, Refusal> {
    let covered = grant.classes & terms::agreed(desk.state, desk.app, desk.env.now);
    let scope = covered_scope(desk, covered)?;
    let ids = desk.server.ids(desk.client.app);
    let purposes = purposes(desk, grant, covered);
    let purpose = terms::only_purpose(desk.state, &purposes);
    let details = terms::access_details(desk.state, &ids, &scope, &grant.contexts, purpose);
    let order = Order {
        chain: Chain::Grant(refresh.grant),
        family: Some(refresh.family),
        ends: grant.expires_at,
        scope,
        details,
        refresh: Some(refresh),
    };
    Ok(response(desk, order))
}

/// The names of what is covered; at least one.
pub(super) fn covered_scope(desk: &Desk<'_>, covered: ClassMask) -> Result<Scope, Refusal> {
    if covered.is_empty() {
        return Err(Refusal::NothingCovered(desk.client.app));
    }
    Ok(terms::scope(desk.state, covered))
}

/// A scope asked for may name less than what stands, never more. A token carries no scope of its own and means the whole of
/// what stands; the answer says so, as RFC 6749 §3.3 wants it.
pub(super) fn check_scope(
    desk: &Desk<'_>,
    asked: Option<&Scope>,
    standing: ClassMask,
) -> Result<(), Refusal> {
    //= rfc6749#6
    //# The requested scope MUST NOT include any scope
    //# not originally granted by the resource owner
    let Some(asked) = asked else { return Ok(()) };
    let asked = terms::classes(desk.state, asked).ok_or(Refusal::Scope)?;
    if standing.covers(asked) { Ok(()) } else { Err(Refusal::Scope) }
}

/// Whether a grant carries what a token request asks a token to carry. The answer says what the token really carries: all that
/// was granted, never less.
pub(super) fn check_details(
    desk: &Desk<'_>,
    grant: &Grant,
    details: &[AccessDetail],
) -> Result<(), Refusal> {
    let standing = grant.classes & terms::agreed(desk.state, desk.app, desk.env.now);
    let ids = desk.server.ids(desk.client.app);
    let is_granted = |group: &PairwiseId| {
        open_group(&ids, *group).is_some_and(|one| grant.contexts.binary_search(&one).is_ok())
    };
    let serves = |purpose: &String| {
        let number = desk.state.numbering().purposes.get(purpose);
        number.is_some_and(|number| purposes(desk, grant, standing).contains(number))
    };
    for detail in details {
        let classes = terms::classes(desk.state, &detail.classes).ok_or(Refusal::Details)?;
        //= rfc9396#6
        //# The AS checks whether the underlying grant (in case of grant types
        //# authorization_code, refresh_token, etc.) or the client's policy (in case of grant
        //# type client_credentials) allows the issuance of an access token with the requested
        //# authorization details.
        let is_held = standing.covers(classes) && detail.groups.iter().all(is_granted);
        if !is_held || !detail.purpose.iter().all(serves) {
            return Err(Refusal::Details);
        }
    }
    Ok(())
}

/// What the agreements that cover something of this are for, as far as the grant is for it.
fn purposes(desk: &Desk<'_>, grant: &Grant, covered: ClassMask) -> Vec<PurposeNo> {
    let listed = grant.terms.as_ref().and_then(|terms| terms.purposes.as_ref());
    terms::agreements(desk.state, desk.app, terms::Openness::ToExisting, desk.env.now)
        .filter(|agreement| !(agreement.classes & covered).is_empty())
        .flat_map(|agreement| agreement.purposes.iter().copied())
        .filter(|purpose| listed.is_none_or(|listed| listed.contains(purpose)))
        .collect()
}
