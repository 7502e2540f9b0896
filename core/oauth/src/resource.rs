//! Resource indicators (RFC 8707) and the issuer's and resource's own URLs.

use crate::limits::{ISSUER_BYTES_MAX, RESOURCE_BYTES_MAX};
use std::fmt;
use url::{Host, Url};

/// Text that is no resource indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("resource must be an absolute `https` URI without a fragment")]
pub struct ResourceError;

/// What a token is wanted for: the API, or one group of it. Whether there is such a thing, `flows` knows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceUri(String);

impl ResourceUri {
    /// Reads a resource indicator, in its normal spelling.
    ///
    /// # Errors
    /// [`ResourceError`], which the caller answers with `invalid_target`.
    pub fn parse(text: &str) -> Result<Self, ResourceError> {
        if text.len() > RESOURCE_BYTES_MAX {
            return Err(ResourceError);
        }
        //= rfc8707#2
        //# Its value MUST be an absolute URI, as specified by Section 4.3 of [RFC3986].
        //= rfc8707#2
        //# The URI MUST NOT include a fragment component.
        let url = secure_url(text).ok_or(ResourceError)?;
        if url.query().is_some() { Err(ResourceError) } else { Ok(Self(text.to_owned())) }
    }

    /// The URI as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows `base` and a slash: `groups/x` for `https://api.example/v1/groups/x` below
    /// `https://api.example/v1`; empty for the base itself; nothing for anything else.
    #[must_use]
    pub fn below(&self, base: &Self) -> Option<&str> {
        let base = base.0.strip_suffix('/').unwrap_or(&base.0);
        let rest = self.0.strip_prefix(base)?;
        if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
    }

    /// Where the metadata of this protected resource stand (RFC 9728 §3.1).
    #[must_use]
    pub fn metadata_url(&self) -> String {
        //= rfc9728#3
        //# Protected resources supporting metadata MUST make a JSON document containing
        //# metadata as specified in Section 2 available at a URL formed by inserting a
        //# well-known URI string into the protected resource's resource identifier between the
        //# host component and the path and/or query components, if any.
        well_known(&self.0, "oauth-protected-resource")
    }
}

impl fmt::Display for ResourceUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Text that is no issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "issuer must be an `https` URL (or `http` to this machine) without query, fragment or trailing slash"
)]
pub struct IssuerError;

/// The name of this authorization server (RFC 8414 §2): the URL that its endpoints stand below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer(String);

impl Issuer {
    /// Reads an issuer. `http` is let in for loopback hosts, so that the demo needs no certificate.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn parse(text: &str) -> Result<Self, IssuerError> {
        //= rfc8414#2
        //# The authorization server's issuer identifier, which is
        //# a URL that uses the "https" scheme and has no query or fragment
        //# components.
        //= rfc8414#3.1
        //# If the issuer identifier value contains a path component, any terminating "/" MUST
        //# be removed before inserting "/.well-known/" and the well-known URI suffix between
        //# the host component and the path component.
        if text.len() > ISSUER_BYTES_MAX || text.ends_with('/') {
            return Err(IssuerError);
        }
        //= rfc7009#2
        //# but it MUST NOT publish this URI as a token revocation endpoint.
        //= rfc8414#3
        //# This path MUST use the "https" scheme.
        //= rfc9207#2
        //# Its value MUST be a URL that uses the "https" scheme without any query or fragment
        //# components.
        let url = secure_url(text).ok_or(IssuerError)?;
        if url.query().is_some() { Err(IssuerError) } else { Ok(Self(text.to_owned())) }
    }

    /// The issuer as it stands in `iss`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL of a path of this server; the path begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Where the metadata of this server stand (RFC 8414 §3).
    #[must_use]
    pub fn metadata_url(&self) -> String {
        //= rfc8414#3
        //# Authorization servers supporting metadata MUST make a JSON document
        //# containing metadata as specified in Section 2 available at a path
        //# formed by inserting a well-known URI string into the authorization
        //# server's issuer identifier between the host component and the path
        //# component, if any.
        well_known(&self.0, "oauth-authorization-server")
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `https`, or `http` to this very machine; no fragment, no user info, in its normal spelling.
fn secure_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_local = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    };
    let is_secure = url.scheme() == "https" || url.scheme() == "http" && is_local;
    let is_bare = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let is_normal = url.as_str() == text || url.as_str().strip_suffix('/') == Some(text);
    (is_secure && is_bare && is_normal).then_some(url)
}

/// Inserts a well-known path between host and path (RFC 8615).
fn well_known(uri: &str, name: &str) -> String {
    let after_scheme = uri.find("://").map_or(0, |i| i + 3);
    let (_, rest) = uri.split_at(after_scheme);
    let host_end = rest.find('/').map_or(uri.len(), |i| after_scheme + i);
    let (origin, path) = uri.split_at(host_end);
    //= rfc9728#3.1
    //# If the resource identifier value contains a path or query component, any terminating
    //# slash (/) following the host component MUST be removed before inserting /.well-known/
    //# and the well-known URI path suffix between the host component and the path and/or query
    //# components.
    let path = if path == "/" { "" } else { path };
    format!("{origin}/.well-known/{name}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    //= rfc8707#2
    //= type=test
    //# The URI MUST NOT include a fragment
    //# component.
    //= rfc8707#2
    //= type=test
    //# Its value MUST be an absolute URI, as specified by Section 4.3 of [RFC3986].
    #[test]
    fn a_resource_is_absolute_and_without_fragment() {
        for good in
            ["https://api.example", "https://api.example/v1/groups/x", "http://127.0.0.1:9/v1"]
        {
            assert_eq!(ResourceUri::parse(good).unwrap().as_str(), good);
        }
        for wrong in [
            "",
            "v1",
            "https://api.example/v1#x",
            "https://api.example/v1?x",
            "http://api.example/v1",
            "https://u@api.example/",
            "urn:example:x",
            "https://API.example/",
        ] {
            assert!(ResourceUri::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_below_a_base() {
        let uri = |text| ResourceUri::parse(text).unwrap();
        let base = uri("https://api.example/v1");
        assert_eq!(uri("https://api.example/v1").below(&base), Some(""));
        assert_eq!(uri("https://api.example/v1/groups/x").below(&base), Some("groups/x"));
        assert_eq!(uri("https://api.example/v10/groups/x").below(&base), None);
        assert_eq!(uri("https://api.example.evil/v1").below(&base), None);
    }

    //= rfc8414#3
    //= type=test
    //# formed by inserting a well-known URI string into the authorization
    //# server's issuer identifier between the host component and the path
    //# component, if any.
    //= rfc9728#3
    //= type=test
    //# Protected resources supporting metadata MUST make a JSON document containing metadata as
    //# specified in Section 2 available at a URL formed by inserting a well-known URI string
    //# into the protected resource's resource identifier between the host component and the
    //# path and/or query components, if any.
    //= rfc9728#3.1
    //= type=test
    //# If the resource identifier value contains a path or query component, any terminating
    //# slash (/) following the host component MUST be removed before inserting /.well-known/
    //# and the well-known URI path suffix between the host component and the path and/or query
    //# components.
    #[test]
    fn well_known_paths_stand_between_host_and_path() {
        for (issuer, expected) in [
            ("https://id.example", "https://id.example/.well-known/oauth-authorization-server"),
            (
                "https://id.example:1/a",
                "https://id.example:1/.well-known/oauth-authorization-server/a",
            ),
        ] {
            assert_eq!(Issuer::parse(issuer).unwrap().metadata_url(), expected);
        }
        assert_eq!(
            ResourceUri::parse("https://api.example/v1").unwrap().metadata_url(),
            "https://api.example/.well-known/oauth-protected-resource/v1"
        );
    }

    //= rfc8414#2
    //= type=test
    //# a URL that uses the "https" scheme and has no query or fragment
    //# components.
    //= rfc7009#2
    //= type=test
    //# but it MUST NOT publish this URI as a token revocation endpoint.
    //= rfc8414#3
    //= type=test
    //# This path MUST use the "https" scheme.
    //= rfc8414#3.1
    //= type=test
    //# If the issuer identifier value contains a path component, any terminating "/" MUST be
    //# removed before inserting "/.well-known/" and the well-known URI suffix between the host
    //# component and the path component.
    //= rfc9207#2
    //= type=test
    //# Its value MUST be a URL that uses the "https" scheme without any query or fragment
    //# components.
    #[test]
    fn an_issuer_is_secure_and_bare() {
        assert!(Issuer::parse("http://localhost:8080").is_ok());
        for wrong in
            ["https://id.example/", "http://id.example", "https://id.example?x", "id.example"]
        {
            assert!(Issuer::parse(wrong).is_err(), "{wrong}");
        }
    }
}
