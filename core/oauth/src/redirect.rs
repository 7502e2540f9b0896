//! Redirect URIs (RFC 6749 §3.1.2, OAuth 2.1 §2.3, RFC 8252 §7).

use crate::limits::REDIRECT_URI_BYTES_MAX;
use std::fmt;
use std::str::FromStr;
use url::{Host, Url};

/// Parameters of our own answers; a registered query that names one could speak for us.
const RESERVED: [&str; 6] = ["code", "state", "iss", "error", "error_description", "error_uri"];

/// Text that is no redirect URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// Longer than a URI needs to be.
    #[error("redirect URI is too long")]
    TooLong,
    /// Not an absolute URI, or not spelled as a browser would send it.
    #[error(
        "redirect URI must be absolute and in its normal spelling (lower-case host, no default port, no dot segments)"
    )]
    NotNormal,
    /// A fragment would be lost or mixed up with the answer.
    #[error("redirect URI must not have a fragment")]
    Fragment,
    /// User names in a URI deceive people about the host.
    #[error("redirect URI must not have a user name or password")]
    UserInfo,
    /// Neither `https`, nor loopback `http`, nor a private scheme with a dot.
    #[error(
        "redirect URI must be `https`, `http` to a loopback address, or a private scheme like `com.example.app`"
    )]
    Scheme,
    /// The query names a parameter of the answer itself.
    #[error("query of the redirect URI must not name a parameter of the answer")]
    Reserved,
}

/// How the rest of the world reaches the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Web,
    /// `http` to a loopback IP address: a native app that listens on whatever port it got.
    Loopback,
    /// A scheme of the app's own, or `http://localhost`: exact like `Web`.
    Native,
}

/// Where answers of the authorization endpoint go: absolute `https`, loopback `http`, or a private scheme with a
/// dot; no fragment, no user info, in its one normal spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectUri {
    url: Url,
    text: String,
    kind: Kind,
}

impl RedirectUri {
    /// Reads a redirect URI.
    ///
    /// # Errors
    /// [`RedirectUriError`] names the first thing wrong; the text is for whoever registers it.
    pub fn parse(text: &str) -> Result<Self, RedirectUriError> {
        if text.len() > REDIRECT_URI_BYTES_MAX {
            return Err(RedirectUriError::TooLong);
        }
        //= rfc6749#3.1.2
        //# The redirection endpoint URI MUST be an absolute URI as defined by
        //# [RFC3986] Section 4.3.
        let url = Url::parse(text).map_err(|_| RedirectUriError::NotNormal)?;
        //= rfc6749#3.1.2
        //# The endpoint URI MUST NOT include a fragment component.
        if url.fragment().is_some() {
            return Err(RedirectUriError::Fragment);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RedirectUriError::UserInfo);
        }
        // One spelling only: what is compared, what the browser visits and what the person reads are the same
        // characters. Only the slash after a bare host may be missing.
        let is_bare_host = url.path() == "/"
            && url.query().is_none()
            && url.as_str().strip_suffix('/') == Some(text);
        if url.as_str() != text && !is_bare_host {
            return Err(RedirectUriError::NotNormal);
        }
        if url.query_pairs().any(|(name, _)| RESERVED.contains(&name.as_ref())) {
            return Err(RedirectUriError::Reserved);
        }
        let kind = kind(&url).ok_or(RedirectUriError::Scheme)?;
        Ok(Self { url, text: text.to_owned(), kind })
    }

    /// The URI as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host that the person on the consent page is told, or the private scheme.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().filter(|_| self.kind != Kind::Native).unwrap_or(self.url.scheme())
    }

    /// Whether the answer would travel without TLS: `http`, which only a loopback interface may be. Which clients may be
    /// answered so is for whoever knows them to say (RFC 9700 §2.6).
    #[must_use]
    pub fn is_unencrypted(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// Whether a request may use this registered URI under the spelling `sent`: the same text, except for the
    /// port of a loopback address.
    #[must_use]
    pub fn matches(&self, sent: &Self) -> bool {
        //= rfc8252#7.3
        //# The authorization server MUST allow any port to be specified at the
        //# time of the request for loopback IP redirect URIs, to accommodate
        //# clients that obtain an available ephemeral port from the operating
        //# system at the time of the request.
        match (self.kind, sent.kind) {
            (Kind::Loopback, Kind::Loopback) => without_port(&self.url) == without_port(&sent.url),
            //= rfc6749#3.1.2.3
            //# If the client registration included the full redirection URI, the authorization
            //# server MUST compare the two URIs using simple string comparison as defined in
            //# [RFC3986] Section 6.2.1.
            //= rfc8252#8.4
            //# Authorization servers MUST require clients to register their complete redirect
            //# URI (including the path component) and reject authorization requests that
            //# specify a redirect URI that doesn't exactly match the one that was registered;
            //# the exception is loopback redirects, where an exact match is required except for
            //# the port URI component.
            //= rfc9700#2.1
            //# When comparing client redirection URIs against pre-registered URIs,
            //# authorization servers MUST utilize exact string matching except for port numbers
            //# in localhost redirection URIs of native apps
            (Kind::Web | Kind::Native | Kind::Loopback, _) => self.text == sent.text,
        }
    }

    /// The URI with more parameters; the query that it has is kept.
    pub(crate) fn with_query(&self, pairs: &[(&str, &str)]) -> String {
        //= rfc6749#3.1.2
        //# The endpoint URI MAY include an
        //# "application/x-www-form-urlencoded" formatted (per Appendix B) query
        //# component ([RFC3986] Section 3.4), which MUST be retained when adding
        //# additional query parameters.
        let mut text = self.text.clone();
        let mut divider = match self.url.query() {
            None => "?",
            Some("") => "",
            Some(query) if query.ends_with('&') => "",
            Some(_) => "&",
        };
        for (name, value) in pairs {
            text.push_str(divider);
            text.push_str(name);
            text.push('=');
            text.extend(form_urlencoded::byte_serialize(value.as_bytes()));
            divider = "&";
        }
        text
    }
}

impl FromStr for RedirectUri {
    type Err = RedirectUriError;

    fn from_str(text: &str) -> Result<Self, RedirectUriError> {
        Self::parse(text)
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn kind(url: &Url) -> Option<Kind> {
    match url.scheme() {
        "https" => Some(Kind::Web),
        //= rfc9700#2.6
        //# To this end, authorization servers MUST NOT allow redirection URIs that use the http
        //# scheme except for native clients that use loopback interface redirection as
        //# described in Section 7.3 of [RFC8252].
        // Whether a client is a native one is not seen here.
        "http" => match url.host()? {
            Host::Ipv4(ip) if ip.is_loopback() => Some(Kind::Loopback),
            Host::Ipv6(ip) if ip.is_loopback() => Some(Kind::Loopback),
            // RFC 8252 §8.3 advises against `localhost`, which a resolver may point elsewhere. It is let in
            // because development servers use it, but with its exact port.
            Host::Domain("localhost") => Some(Kind::Native),
            Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => None,
        },
        //= rfc8252#7.1
        //# When choosing a URI scheme to associate with the app, apps MUST use a
        //# URI scheme based on a domain name under their control, expressed in
        //# reverse order
        //= rfc8252#8.4
        //# At a minimum, any private-use URI scheme that doesn't contain a period character
        //# (".") SHOULD be rejected.
        scheme if scheme.contains('.') && !url.cannot_be_a_base() => Some(Kind::Native),
        _ => None,
    }
}

fn without_port(url: &Url) -> Url {
    let mut url = url.clone();
    // Fails only for URLs without a host, which are never loopback ones.
    let _ = url.set_port(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn these_are_redirect_uris() {
        for good in [
            "https://app.example",
            "https://app.example/",
            "https://app.example/cb",
            "https://app.example:8443/cb?tenant=7",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:51004/cb",
            "http://[::1]:51004/cb",
            "http://localhost:3000/callback",
            "com.example.app:/oauth2redirect/example-provider",
            "com.example.app://callback",
        ] {
            assert_eq!(parse(good).as_str(), good);
        }
    }

    //= rfc6749#3.1.2
    //= type=test
    //# The redirection endpoint URI MUST be an absolute URI as defined by
    //# [RFC3986] Section 4.3.
    //= rfc6749#3.1.2
    //= type=test
    //# The endpoint URI MUST NOT include a fragment component.
    //= rfc8252#7.1
    //= type=test
    //# When choosing a URI scheme to associate with the app, apps MUST use a
    //# URI scheme based on a domain name under their control, expressed in
    //# reverse order
    //= rfc8252#8.4
    //= type=test
    //# At a minimum, any private-use URI scheme that doesn't contain a period character (".")
    //# SHOULD be rejected.
    //= rfc9700#2.6
    //= type=test
    //# To this end, authorization servers MUST NOT allow redirection URIs that use the http
    //# scheme except for native clients that use loopback interface redirection as described in
    //# Section 7.3 of [RFC8252].
    #[test]
    fn these_are_none_and_why() {
        use RedirectUriError::{Fragment, NotNormal, Reserved, Scheme, TooLong, UserInfo};
        let long = format!("https://app.example/{}", "a".repeat(REDIRECT_URI_BYTES_MAX));
        for (wrong, why) in [
            ("", NotNormal),
            ("/cb", NotNormal),
            ("//app.example/cb", NotNormal),
            ("https://", NotNormal),
            ("https:app.example/cb", NotNormal),
            ("https:///app.example/cb", NotNormal),
            ("https:\\\\app.example/cb", NotNormal),
            ("HTTPS://app.example/cb", NotNormal),
            ("https://App.example/cb", NotNormal),
            ("https://app.example:443/cb", NotNormal),
            ("https://app.example/a/../cb", NotNormal),
            ("https://app.example/c b", NotNormal),
            ("https://app.example/cb\n", NotNormal),
            ("https://app.ex%61mple/cb", NotNormal),
            ("https://127.1/cb", NotNormal),
            ("https://app.example/é", NotNormal),
            ("https://app.example?", NotNormal),
            ("https://app.example/cb#", Fragment),
            ("https://app.example/cb#x", Fragment),
            ("https://app.example@evil.example/cb", UserInfo),
            ("https://u:p@app.example/cb", UserInfo),
            ("http://app.example/cb", Scheme),
            ("http://127.0.0.1.evil.example/cb", Scheme),
            ("http://localhost.evil.example/cb", Scheme),
            ("http://10.0.0.1/cb", Scheme),
            ("javascript:alert(1)", Scheme),
            ("data:text/html,x", Scheme),
            ("myapp:/cb", Scheme),
            ("com.example.app:cb", Scheme),
            ("file:///etc/passwd", Scheme),
            ("https://app.example/cb?code=1", Reserved),
            ("https://app.example/cb?a=1&st%61te=1", Reserved),
            (&long, TooLong),
        ] {
            assert_eq!(RedirectUri::parse(wrong), Err(why), "{wrong}");
        }
    }

    //= rfc8252#7.3
    //= type=test
    //# The authorization server MUST allow any port to be specified at the
    //# time of the request for loopback IP redirect URIs, to accommodate
    //# clients that obtain an available ephemeral port from the operating
    //# system at the time of the request.
    //= rfc6749#3.1.2.3
    //= type=test
    //# If the client registration included the full redirection URI, the authorization server
    //# MUST compare the two URIs using simple string comparison as defined in [RFC3986] Section
    //# 6.2.1.
    //= rfc8252#8.4
    //= type=test
    //# Authorization servers MUST require clients to register their complete redirect URI
    //# (including the path component) and reject authorization requests that specify a redirect
    //# URI that doesn't exactly match the one that was registered; the exception is loopback
    //# redirects, where an exact match is required except for the port URI component.
    //= rfc9700#2.1
    //= type=test
    //# When comparing client redirection URIs against pre-registered URIs, authorization
    //# servers MUST utilize exact string matching except for port numbers in localhost
    //# redirection URIs of native apps
    #[test]
    fn a_match_is_exact_except_for_the_port_of_a_loopback_address() {
        for (registered, sent, is_match) in [
            ("https://app.example/cb", "https://app.example/cb", true),
            ("https://app.example/cb", "https://app.example/cb/", false),
            ("https://app.example/cb", "https://app.example/cb?x=1", false),
            ("https://app.example/cb", "https://app.example:8443/cb", false),
            ("https://app.example", "https://app.example/", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", true),
            ("http://127.0.0.1:1/cb", "http://127.0.0.1/cb", true),
            ("http://127.0.0.1/cb", "http://127.0.0.1:51004/other", false),
            ("http://127.0.0.1/cb", "http://[::1]:51004/cb", false),
            ("http://[::1]/cb", "http://[::1]:51004/cb", true),
            ("http://127.0.0.1/cb", "http://localhost:51004/cb", false),
            ("http://localhost:3000/cb", "http://localhost:3001/cb", false),
            ("https://127.0.0.1/cb", "https://127.0.0.1:8443/cb", false),
            ("com.example.app:/cb", "com.example.app:/cb", true),
            ("com.example.app:/cb", "com.example.app:/cb2", false),
        ] {
            assert_eq!(parse(registered).matches(&parse(sent)), is_match, "{registered} {sent}");
        }
    }

    //= rfc6749#3.1.2
    //= type=test
    //# which MUST be retained when adding
    //# additional query parameters.
    #[test]
    fn the_query_is_kept() {
        for (uri, expected) in [
            ("https://a.example", "https://a.example?code=x+%26y"),
            ("https://a.example/cb", "https://a.example/cb?code=x+%26y"),
            ("https://a.example/cb?", "https://a.example/cb?code=x+%26y"),
            ("https://a.example/cb?t=%20", "https://a.example/cb?t=%20&code=x+%26y"),
            ("https://a.example/cb?t&", "https://a.example/cb?t&code=x+%26y"),
            ("com.example.app:/cb", "com.example.app:/cb?code=x+%26y"),
        ] {
            assert_eq!(parse(uri).with_query(&[("code", "x &y")]), expected);
        }
    }

    #[test]
    fn the_person_is_told_the_host_or_the_private_scheme() {
        assert_eq!(parse("https://app.example:8443/cb").host(), "app.example");
        assert_eq!(parse("com.example.app://bank.example/cb").host(), "com.example.app");
    }

    #[test]
    fn only_http_travels_without_tls() {
        for (uri, is_unencrypted) in [
            ("http://127.0.0.1/cb", true),
            ("http://[::1]:51004/cb", true),
            ("http://localhost:3000/cb", true),
            ("https://127.0.0.1/cb", false),
            ("https://app.example/cb", false),
            ("com.example.app:/cb", false),
        ] {
            assert_eq!(parse(uri).is_unencrypted(), is_unencrypted, "{uri}");
        }
    }
}
