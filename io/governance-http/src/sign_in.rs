//! Signing in and out, for people and for staff.

use crate::access::Who;
use crate::api::{Api, unreadable};
use crate::input::Asked;
use crate::reply::{self, Answer};
use crate::view;
use consent::State;
use edge::session::{self, SignedIn};
use edge::{Problem, network, passwords};
use flows::account::{SESSION_LIFETIME, STAFF_SESSION_LIFETIME};
use http::{HeaderMap, HeaderValue, header};
use model::Env;
use sequence::{AccountOf, Commit, Lookup};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use store::{SessionOf, Urgency};
use utoipa::ToSchema;

/// Longest login looked up: the flow that sets one allows 200 characters.
const LOGIN_BYTES_MAX: usize = 800;

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    login: String,
    password: String,
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// Number of whoever is signed in.
    account: String,
    /// What was typed to sign in.
    login: Option<String>,
    /// Goes into the header `X-CSRF-Token` of every change.
    csrf: String,
    /// When the session ends at the latest; only told when it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

const fn kind(of: SessionOf) -> &'static str {
    match of {
        SessionOf::People => "person",
        SessionOf::Staff => "staff",
    }
}

fn account(of: AccountOf) -> String {
    match of {
        AccountOf::Person(person) => person.to_string(),
        AccountOf::Staff(staff) => staff.to_string(),
    }
}

fn wrong() -> Problem {
    Problem::new(401, "sign-in-failed", "login or password is wrong")
}

/// Begins a session for whoever knows the password.
pub(crate) async fn begin(api: Api, asked: Asked, of: SessionOf) -> Answer {
    let SignIn { login, password } = asked.json()?;
    let now = api.store().now();
    let login_key = format!("{} {login}", kind(of));
    // Behind a proxy on this machine everybody comes from here.
    let network = asked.peer.filter(|peer| !peer.is_loopback());
    let network_key = network.map(|peer| view::hex(&network::truncated(peer)));
    // Counted before the password is looked at, which takes a while: else any number could be tried at once.
    let may_try = network_key.as_ref().is_none_or(|key| api.networks.attempt(key, now))
        && api.logins.attempt(&login_key, now);
    if !may_try {
        let detail = "too many failed attempts; wait a quarter of an hour";
        return Err(
            Problem::new(429, "too-many-attempts", detail).header(header::RETRY_AFTER, "900")
        );
    }
    let known = if login.len() > LOGIN_BYTES_MAX {
        None
    } else {
        api.store().account(of, &login).map_err(unreadable)?
    };
    let right = passwords::verify(password, known.as_ref().map(|one| one.password.clone())).await;
    let Some(found) = known.filter(|_| right) else {
        return Err(wrong());
    };
    api.logins.succeeded(&login_key);
    if let Some(key) = &network_key {
        api.networks.forgive(key);
    }
    let (token, digest) = session::fresh(&api.store().env());
    let who = found.of;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        // Gone since: nobody needs to know that there was an account.
        flows::account::sign_in(state, env, who, digest).map_err(|_| wrong())
    };
    // Whoever wants to end something must get in first, also when the log takes nothing else.
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    let cookie = session::begin(of, &token, api.parts.transport);
    let mut headers = HeaderMap::new();
    if let Some(value) = cookie.split(';').next().and_then(|pair| HeaderValue::from_str(pair).ok())
    {
        headers.insert(header::COOKIE, value);
    }
    let signed_in =
        session::find(api.store(), (of, api.parts.transport), &headers, api.store().now())
            .ok_or_else(wrong)?;
    let lifetime = match of {
        SessionOf::People => SESSION_LIFETIME,
        SessionOf::Staff => STAFF_SESSION_LIFETIME,
    };
    let view = SessionView {
        account: account(who),
        login: Some(login),
        csrf: signed_in.csrf,
        until: view::instant(done.time.plus(lifetime)),
    };
    Ok(reply::with_cookie(reply::ok(&view)?, &cookie))
}

fn signed_in(asked: &Asked) -> Result<&SignedIn, Problem> {
    match &asked.who {
        Who::Person(_, signed_in) | Who::Staff(_, Some(signed_in)) => Ok(signed_in),
        Who::Staff(_, None) | Who::Nobody | Who::Source | Who::Partner(_) => {
            Err(Problem::new(404, "not-found", "a bearer token has no session"))
        }
    }
}

/// The session, with its token for changes.
pub(crate) async fn show(api: Api, asked: Asked) -> Answer {
    let found = signed_in(&asked)?;
    let login = api.store().login(found.of).map_err(unreadable)?;
    reply::ok(&SessionView {
        account: account(found.of),
        login,
        csrf: found.csrf.clone(),
        until: None,
    })
}

/// Ends the session.
pub(crate) async fn end(api: Api, asked: Asked, of: SessionOf) -> Answer {
    let digest = signed_in(&asked)?.digest;
    let flow = move |_: &State, _: &dyn Lookup, _: &Env| -> Result<Commit<()>, Infallible> {
        Ok(flows::account::sign_out(digest))
    };
    api.commit(&asked, Urgency::Ending, flow).await?;
    Ok(reply::with_cookie(reply::empty(), &session::end(of, api.parts.transport)))
}
