//! An authorization code becomes the first tokens of a family, once.

use super::issue::{check_details, for_grant};
use super::{Desk, Exchanged, Refusal};
use crate::oauth::chain::{Claims, is_dead, standing_grant};
use crate::oauth::revoke::end_family;
use consent::Grant;
use ledger::{CodeRedeemed, Event};
use model::{Chain, Position, Secret};
use oauth::details::AccessDetail;
use oauth::pkce::Verifier;
use oauth::resource::ResourceUri;
use oauth::sealed::{Code, RefreshToken};
use sequence::Commit;

/// From so many redemptions on, a code that is not above the highest redeemed one is taken for redeemed: state remembers
/// only the latest of them (at least twice as many). Codes live for a minute, so nobody is refused who did not authorize the
/// same app twice within it and redeem in reverse.
const REDEEMED_SURE: usize = 32;

/// What the token request says beside the code.
pub(super) struct Sent<'a> {
    pub redirect: Option<&'a str>,
    pub verifier: &'a Verifier,
    pub resources: &'a [ResourceUri],
    pub details: &'a [AccessDetail],
}

/// Redeems a code. A second redemption ends what the first one issued.
pub(super) fn redeem(
    desk: &Desk<'_>,
    text: &Secret<String>,
    sent: &Sent<'_>,
) -> Result<Commit<Exchanged>, Refusal> {
    //= rfc6749#4.1.3
    //# verify that the authorization code is valid, and
    let opened = desk.server.keys.open::<Code>(text.expose()).map_err(|_| Refusal::Code)?;
    let code = opened.content;
    //= rfc6749#4.1.3
    //# ensure that the authorization code was issued to the authenticated
    //# confidential client, or if the client is public, ensure that the
    //# code was issued to "client_id" in the request,
    //= rfc6749#10.5
    //# If the client can be authenticated, the authorization servers MUST authenticate the
    //# client and ensure that the authorization code was issued to the same client.
    if code.app != desk.client.app {
        return Err(Refusal::CodeOfAnother { grant: code.grant, app: code.app });
    }
    // Who does not know the verifier must not be able to end anything: the binding is judged before the reuse.
    check_binding(&code, sent)?;
    let grant = desk.state.grant(code.grant).ok_or(Refusal::Code)?;
    //= rfc6749#4.1.2
    //# If an authorization code is used more than
    //# once, the authorization server MUST deny the request and SHOULD
    //# revoke (when possible) all tokens previously issued based on
    //# that authorization code.
    //= rfc6749#10.5
    //# Authorization codes MUST be short lived and single-use.
    if is_redeemed(grant, code.issue) {
        let refusal = Refusal::CodeReused(code.grant);
        let ended = end_family(desk.state, code.grant, code.app, code.issue).ok_or(refusal)?;
        return Ok(Commit::event(ended, Exchanged::Refused(refusal)));
    }
    if code.is_expired(desk.env.now) {
        return Err(Refusal::CodeExpired(code.grant));
    }
    let claims = Claims {
        app: code.app,
        credential: None,
        chain: Chain::Grant(code.grant),
        family: None,
        issue: code.issue,
        key: opened.key.0,
    };
    let grant = standing_grant(desk.state, code.app, code.grant, desk.env.now)
        .filter(|_| !is_dead(desk.state, &claims))
        .ok_or(Refusal::GrantEnded(code.grant))?;
    check_details(desk, grant, sent.details)?;
    //= rfc6749#10.4
    //# The authorization server MUST maintain the binding between a refresh token and the
    //# client to whom it was issued.
    let refresh = RefreshToken {
        grant: code.grant,
        app: code.app,
        family: code.issue,
        counter: 0,
        issue: desk.state.issue_number(),
    };
    let response = for_grant(desk, grant, refresh)?;
    let event = CodeRedeemed { grant: code.grant, app: code.app, code: code.issue };
    Ok(Commit::event(Event::CodeRedeemed(event), Exchanged::Issued(Box::new(response))))
}

fn check_binding(code: &Code, sent: &Sent<'_>) -> Result<(), Refusal> {
    //= rfc7636#4.6
    //# If the values are equal, the token endpoint MUST continue processing as normal (as
    //# defined by OAuth 2.0 [RFC6749]).
    //= rfc7636#4.6
    //# If the values are not equal, an error response indicating "invalid_grant" as described
    //# in Section 5.2 of [RFC6749] MUST be returned.
    //= rfc9700#2.1.1
    //# If a client sends a valid PKCE code_challenge parameter in the authorization request,
    //# the authorization server MUST enforce the correct usage of code_verifier at the token
    //# endpoint.
    if !code.binding.permits_verifier(sent.verifier) {
        return Err(Refusal::Verifier(code.grant));
    }
    //= rfc6749#10.6
    //# In order to prevent such an attack, the authorization server MUST ensure that the
    //# redirection URI used to obtain the authorization code is identical to the redirection
    //# URI provided when exchanging the authorization code for an access token.
    if !code.binding.permits_redirect(sent.redirect) {
        return Err(Refusal::Redirect(code.grant));
    }
    if !code.binding.permits_resources(sent.resources) {
        return Err(Refusal::Resources(code.grant));
    }
    Ok(())
}

fn is_redeemed(grant: &Grant, code: Position) -> bool {
    let forgotten = grant.redeemed.len() >= REDEEMED_SURE
        && grant.redeemed.iter().max().is_some_and(|highest| code <= *highest);
    forgotten || grant.redeemed.contains(&code)
}
