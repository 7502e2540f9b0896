//! Signing in and out: people and staff, each with a cookie of their own.

use crate::form::{Fields, local_path};
use crate::page::{Answer, Halt, page_with, redirect, with_cookie};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{PersonForm, Query, StaffForm};
use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::{Cookie, SameSite};
use edge::session::{self, Transport};
use edge::{Connection, network, passwords};
use flows::account;
use http::{HeaderMap, StatusCode, header};
use std::net::IpAddr;
use std::sync::Arc;
use store::{SessionOf, Urgency};
use subtle::ConstantTimeEq;

/// Holds the token of a sign-in form, for nobody has a session yet: without it another site could sign somebody in to
/// an account of its own.
const FORM_COOKIE: &str = "bailment_form";

#[derive(Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignInPage {
    pub(crate) shell: Shell,
    pub(crate) action: &'static str,
    pub(crate) token: String,
    pub(crate) return_to: String,
    pub(crate) login: String,
    pub(crate) failed: bool,
    pub(crate) leads_to_app: bool,
}

struct Desk {
    of: SessionOf,
    action: &'static str,
    title: &'static str,
    home: &'static str,
}

const PEOPLE: Desk =
    Desk { of: SessionOf::People, action: "/sign-in", title: "Sign in", home: "/" };
const STAFF: Desk =
    Desk { of: SessionOf::Staff, action: "/staff/sign-in", title: "Staff sign-in", home: "/staff" };

/// `GET /sign-in`
pub(crate) async fn form(
    State(console): State<Arc<Console>>,
    headers: HeaderMap,
    Query(query): Query,
) -> Answer {
    Ok(show(&console, &PEOPLE, &headers, &query, StatusCode::OK))
}

/// `GET /staff/sign-in`
pub(crate) async fn staff_form(
    State(console): State<Arc<Console>>,
    headers: HeaderMap,
    Query(query): Query,
) -> Answer {
    Ok(show(&console, &STAFF, &headers, &query, StatusCode::OK))
}

/// `POST /sign-in`
pub(crate) async fn enter(State(console): State<Arc<Console>>, request: Request<Body>) -> Answer {
    sign_in(&console, &PEOPLE, request).await
}

/// `POST /staff/sign-in`
pub(crate) async fn staff_enter(
    State(console): State<Arc<Console>>,
    request: Request<Body>,
) -> Answer {
    sign_in(&console, &STAFF, request).await
}

/// `POST /sign-out`
pub(crate) async fn leave(State(console): State<Arc<Console>>, form: PersonForm) -> Answer {
    end(&console, form.person.session.digest).await?;
    Ok(with_cookie(
        redirect("/?done=signed-out"),
        &session::end(SessionOf::People, console.parts.transport),
    ))
}

/// `POST /staff/sign-out`
pub(crate) async fn staff_leave(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    end(&console, form.staff.session.digest).await?;
    Ok(with_cookie(
        redirect("/staff/sign-in?done=signed-out"),
        &session::end(SessionOf::Staff, console.parts.transport),
    ))
}

async fn end(console: &Console, digest: [u8; 32]) -> Result<(), Halt> {
    let ended = console
        .store()
        .commit(Urgency::Ending, None, move |_, _, _| {
            Ok::<_, std::convert::Infallible>(account::sign_out(digest))
        })
        .await?;
    match ended {
        Ok(_) => Ok(()),
        Err(never) => match never {},
    }
}

fn form_token(console: &Console, headers: &HeaderMap) -> Option<String> {
    let name = console.parts.transport.cookie(FORM_COOKIE);
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = values.flat_map(Cookie::split_parse).filter_map(Result::ok);
    let found = cookies.find(|cookie| cookie.name() == name)?.value().to_owned();
    (found.len() == 43).then_some(found)
}

fn show(
    console: &Console,
    desk: &Desk,
    headers: &HeaderMap,
    fields: &Fields,
    status: StatusCode,
) -> axum::response::Response {
    let known = form_token(console, headers);
    let token = known
        .clone()
        .unwrap_or_else(|| URL_SAFE_NO_PAD.encode(console.store().env().random("sign-in form")));
    let return_to = match fields.text("return_to") {
        "" => desk.home,
        path => local_path(path),
    };
    let mut shell = Shell::plain(desk.title).noticing(Some(fields.text("done")));
    (shell.is_staff, shell.home) = (desk.of == SessionOf::Staff, desk.home);
    let page = SignInPage {
        shell,
        action: desk.action,
        token: token.clone(),
        return_to: return_to.to_owned(),
        login: fields.text("login").chars().take(200).collect(),
        failed: status != StatusCode::OK,
        leads_to_app: return_to.starts_with("/oauth/authorize"),
    };
    let response = page_with(status, &page, None);
    if known.is_some() {
        return response;
    }
    let cookie = Cookie::build((console.parts.transport.cookie(FORM_COOKIE), token))
        .path("/")
        .http_only(true)
        .secure(console.parts.transport == Transport::Https)
        .same_site(SameSite::Lax);
    with_cookie(response, &cookie.build().to_string())
}

async fn sign_in(console: &Console, desk: &Desk, request: Request<Body>) -> Answer {
    let headers = request.headers().clone();
    let peer = request.extensions().get::<Arc<Connection>>().map(|one| one.peer.ip());
    let fields = Fields::read(console, request).await?;
    let sent = fields.text("form");
    let own = form_token(console, &headers)
        .is_some_and(|token| bool::from(token.as_bytes().ct_eq(sent.as_bytes())));
    if !own {
        return Err(Halt::NotOwnForm);
    }
    let (store, now) = (console.store(), console.store().now());
    let login = fields.text("login").to_owned();
    let by_login = format!("{}{}", desk.action, login.to_lowercase());
    let by_network = peer.filter(is_one_of_many).map(|ip| format!("{:?}", network::truncated(ip)));
    // Counted before the password is looked at, which takes a while: else any number could be tried at once.
    let may_try =
        //= rfc6749#10.10
        //# The authorization server MUST utilize other means to protect credentials intended
        //# for end-user usage.
        by_network.as_ref().is_none_or(|network| console.guesses_of_network.attempt(network, now))
            && console.guesses_of_login.attempt(&by_login, now);
    if !may_try {
        return Err(Halt::Slow);
    }
    let account = store.account(desk.of, &login)?;
    let stored = account.as_ref().map(|account| account.password.clone());
    let right = passwords::verify(fields.raw("password").to_owned(), stored).await;
    let Some(account) = account.filter(|_| right) else {
        return Ok(show(console, desk, &headers, &fields, StatusCode::UNPROCESSABLE_ENTITY));
    };
    console.guesses_of_login.succeeded(&by_login);
    if let Some(network) = &by_network {
        console.guesses_of_network.forgive(network);
    }
    let (token, digest) = session::fresh(&store.env());
    let of = account.of;
    // Whoever wants to end something must get in first, also when the log takes nothing else.
    let begun = store
        .commit(Urgency::Ending, None, move |state, _, env| {
            account::sign_in(state, env, of, digest)
        })
        .await?;
    if begun.is_err() {
        // The account outlived its person; they hear what a stranger hears.
        return Ok(show(console, desk, &headers, &fields, StatusCode::UNPROCESSABLE_ENTITY));
    }
    //= rfc9700#2.1
    //# Clients and authorization servers MUST NOT expose URLs that forward the user's browser
    //# to arbitrary URIs obtained from a query parameter (open redirectors)
    let to = match fields.text("return_to") {
        "" => desk.home,
        path => local_path(path),
    };
    Ok(with_cookie(redirect(to), &session::begin(desk.of, &token, console.parts.transport)))
}

/// Whether an address tells networks apart. A private one can be the proxy's that everybody comes through: to slow it
/// down would be to lock everybody out.
fn is_one_of_many(address: &IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            !(address.is_loopback() || address.is_private() || address.is_link_local())
        }
        IpAddr::V6(address) => {
            !(address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_behind_one_proxy_is_not_slowed_down_for_one() {
        for (address, expected) in [
            ("127.0.0.1", false),
            ("10.0.0.7", false),
            ("::1", false),
            ("fd00::1", false),
            ("::ffff:192.168.1.1", false),
            ("198.51.100.7", true),
            ("2001:db8::1", true),
        ] {
            assert_eq!(is_one_of_many(&address.parse().unwrap()), expected, "{address}");
        }
    }
}
