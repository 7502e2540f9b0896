//! Who asks: a session's cookie with its CSRF token, or a bearer secret.

use crate::api::Api;
use edge::Problem;
use edge::session::{self, SignedIn};
use http::{HeaderMap, Method, header};
use model::{Actor, PartnerNo, PersonNo, Secret};
use sequence::AccountOf;
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use store::{SessionOf, Urgency};
use subtle::ConstantTimeEq;

/// Name of the header that a changing request of a browser carries.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

/// Whom an operation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody.
    Open,
    /// A person of the platform, signed in.
    Person,
    /// Staff, signed in, or the operator with a token.
    Staff,
    /// The platform with its secret.
    Source,
    /// A partner, with a credential of one of its apps.
    Partner,
}

/// Who it is.
#[derive(Clone)]
pub(crate) enum Who {
    Nobody,
    Person(PersonNo, SignedIn),
    Staff(Actor, Option<SignedIn>),
    Source,
    Partner(PartnerNo),
}

/// Compares digests, so that the time tells not even the secret's length.
pub(crate) fn is_secret(expected: &Secret<String>, presented: &str) -> bool {
    let digest = |text: &str| -> [u8; 32] { Sha256::digest(text.as_bytes()).into() };
    digest(expected.expose()).ct_eq(&digest(presented)).into()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn unauthorized(detail: &'static str, challenge: &'static str) -> Problem {
    Problem::new(401, "not-signed-in", detail).header(header::WWW_AUTHENTICATE, challenge)
}

/// Finds out who asks, and whether the request is their own doing.
///
/// # Errors
/// 401 for nobody, 403 for a change that another site's page may have sent.
pub(crate) fn admit(
    api: &Api,
    access: Access,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Who, Problem> {
    match access {
        Access::Open => {
            if *method != Method::GET {
                refuse_other_sites(headers)?;
            }
            Ok(Who::Nobody)
        }
        Access::Source => match bearer(headers) {
            Some(token) if is_secret(&api.parts.facts_secret, token) => Ok(Who::Source),
            Some(_) => Err(unauthorized(
                "this is not the source's secret",
                "Bearer error=\"invalid_token\"",
            )),
            None => Err(unauthorized("a source sends its secret as bearer token", "Bearer")),
        },
        Access::Person => {
            let signed_in = cookie(api, SessionOf::People, method, headers)?;
            match signed_in.of {
                AccountOf::Person(person) => Ok(Who::Person(person, signed_in)),
                AccountOf::Staff(_) => Err(unauthorized("sign in first", "Session")),
            }
        }
        Access::Staff => staff(api, method, headers),
        // Whoever signs must be looked up: `partner::admit` does it.
        Access::Partner => Err(unauthorized("a partner sends a client's credential", "Basic")),
    }
}

/// Takes a Global Privacy Control signal for the person's choice, unless they, or a browser of theirs, spoke of that before; a
/// platform with its own pages passes the header on. Where the log takes nothing, they are answered all the same: the signal
/// comes again with the next request.
pub(crate) async fn hear_gpc(api: &Api, who: &Who, headers: &HeaderMap, connection: Option<u64>) {
    let Who::Person(person, _) = who else { return };
    let person = *person;
    let heard = flows::person::spoke_of_beyond(&api.store().state(), person);
    if heard || !session::sends_gpc(headers) {
        return;
    }
    let taken = api.store().commit(Urgency::Ending, connection, move |state, _, _| {
        Ok::<_, Infallible>(flows::person::hear_gpc(state, person))
    });
    if let Err(failure) = taken.await {
        tracing::warn!(%failure, "a Global Privacy Control signal could not be recorded yet");
    }
}

fn staff(api: &Api, method: &Method, headers: &HeaderMap) -> Result<Who, Problem> {
    if let Some(token) = bearer(headers) {
        return match &api.parts.operator_token {
            Some(expected) if is_secret(expected, token) => Ok(Who::Staff(Actor::Operator, None)),
            Some(_) | None => Err(unauthorized(
                "this is not the operator's token",
                "Bearer error=\"invalid_token\"",
            )),
        };
    }
    let signed_in = cookie(api, SessionOf::Staff, method, headers)?;
    match signed_in.of {
        AccountOf::Staff(staff) => Ok(Who::Staff(Actor::Staff(staff), Some(signed_in))),
        AccountOf::Person(_) => Err(unauthorized("sign in first", "Session")),
    }
}

fn cookie(
    api: &Api,
    of: SessionOf,
    method: &Method,
    headers: &HeaderMap,
) -> Result<SignedIn, Problem> {
    let signed_in =
        session::find(api.store(), (of, api.parts.transport), headers, api.store().now())
            .ok_or_else(|| unauthorized("sign in first", "Session"))?;
    if *method != Method::GET {
        refuse_other_sites(headers)?;
        let token = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
        if !token.is_some_and(|token| signed_in.is_own_form(token)) {
            let detail = "a change needs the session's token in the header `X-CSRF-Token`";
            return Err(Problem::new(403, "csrf-token-missing", detail));
        }
    }
    Ok(signed_in)
}

/// A browser says where a request comes from; what is no browser says nothing.
fn refuse_other_sites(headers: &HeaderMap) -> Result<(), Problem> {
    let site = headers.get("sec-fetch-site").map(|value| value.as_bytes());
    match site {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => {
            Err(Problem::new(403, "cross-site", "the request was sent by a page of another site"))
        }
    }
}
