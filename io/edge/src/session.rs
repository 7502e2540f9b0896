//! Signed-in browsers: a random token in a cookie, its digest in the vault, a CSRF token derived from it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::{Cookie, SameSite};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, header};
use model::{Env, Timestamp};
use sequence::AccountOf;
use sha2::{Digest, Sha256};
use store::{SessionOf, Store};
use subtle::ConstantTimeEq;

/// What a browser with a valid session may rely on.
#[derive(Clone)]
pub struct SignedIn {
    /// Who.
    pub of: AccountOf,
    /// SHA-256 of the session's token.
    pub digest: [u8; 32],
    /// Goes into every form and is checked when it comes back.
    pub csrf: String,
}

const fn cookie_name(of: SessionOf) -> &'static str {
    match of {
        SessionOf::People => "bailment_session",
        SessionOf::Staff => "bailment_staff",
    }
}

/// Whether cookies may travel without TLS: only on loopback, for the demo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// TLS ends in front of the process.
    Https,
    /// Loopback only.
    LoopbackHttp,
}

impl Transport {
    /// A cookie's name on the wire. Over TLS it has the prefix with which a browser takes it from this host alone and only over
    /// TLS: neither another host of the same site nor somebody on the wire can put one in its place.
    #[must_use]
    pub fn cookie(self, name: &str) -> String {
        match self {
            Self::Https => format!("__Host-{name}"),
            Self::LoopbackHttp => name.to_owned(),
        }
    }
}

/// A fresh session token: what goes into the cookie, and its digest.
#[must_use]
pub fn fresh(env: &Env) -> (String, [u8; 32]) {
    let token = URL_SAFE_NO_PAD.encode(env.random("session token"));
    let digest = Sha256::digest(token.as_bytes()).into();
    (token, digest)
}

/// The `Set-Cookie` value that begins a session.
#[must_use]
pub fn begin(of: SessionOf, token: &str, transport: Transport) -> String {
    let cookie = Cookie::build((transport.cookie(cookie_name(of)), token.to_owned()))
        .path("/")
        .http_only(true)
        .secure(transport == Transport::Https)
        .same_site(SameSite::Lax);
    cookie.build().to_string()
}

/// The `Set-Cookie` value that ends a session.
#[must_use]
pub fn end(of: SessionOf, transport: Transport) -> String {
    let name = transport.cookie(cookie_name(of));
    let secure = if transport == Transport::Https { "; Secure" } else { "" };
    format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}")
}

/// Who is signed in, if anybody.
#[must_use]
pub fn find(
    store: &Store,
    (of, transport): (SessionOf, Transport),
    headers: &HeaderMap,
    now: Timestamp,
) -> Option<SignedIn> {
    let name = transport.cookie(cookie_name(of));
    let token = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name)?
        .value()
        .to_owned();
    let digest: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    let account = store.session(&digest, now).ok().flatten()?;
    let fits = match (of, account) {
        (SessionOf::People, AccountOf::Person(person)) => store.state().is_person(person),
        (SessionOf::Staff, AccountOf::Staff(staff)) => store.state().is_staff(staff),
        (SessionOf::People, AccountOf::Staff(_)) | (SessionOf::Staff, AccountOf::Person(_)) => {
            false
        }
    };
    fits.then(|| SignedIn { of: account, digest, csrf: csrf(&token) })
}

/// Derived from the token, which no other site can read: nothing to store.
fn csrf(token: &str) -> String {
    match Hmac::<Sha256>::new_from_slice(token.as_bytes()) {
        Ok(mut mac) => {
            mac.update(b"bailment csrf 1");
            URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        }
        // HMAC takes keys of any length.
        Err(_) => String::new(),
    }
}

impl SignedIn {
    /// Whether a form's token is this session's.
    #[must_use]
    pub fn is_own_form(&self, csrf: &str) -> bool {
        !self.csrf.is_empty() && bool::from(self.csrf.as_bytes().ct_eq(csrf.as_bytes()))
    }
}

/// Whether the browser sends the Global Privacy Control signal.
///
/// Source: <https://www.w3.org/TR/gpc/>.
#[must_use]
pub fn sends_gpc(headers: &HeaderMap) -> bool {
    headers.get("sec-gpc").is_some_and(|value| value.as_bytes() == b"1")
}
