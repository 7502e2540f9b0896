//! Bearer tokens (RFC 6750): in the `Authorization` header only, and the challenge that answers a wrong one.

use crate::limits::TOKEN_BYTES_MAX;
use crate::resource::ResourceUri;
use crate::scope::Scope;
use model::Secret;

/// Why a request to the API carries no usable token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    /// No token at all, or another scheme.
    #[error("bearer token is missing")]
    Missing,
    /// More than one header, a malformed header, or a token in the query.
    #[error("bearer token must be sent once, in the Authorization header")]
    InvalidRequest,
    /// Malformed, expired, ended; which, nobody is told here.
    #[error("bearer token is not valid")]
    InvalidToken,
    /// The chain stands but covers too little.
    #[error("bearer token does not cover this request")]
    InsufficientScope(Scope),
}

/// Takes the bearer token from a request: every `Authorization` header and the query.
///
/// # Errors
/// [`BearerError::Missing`] and [`BearerError::InvalidRequest`]; the token is not opened yet.
pub fn parse<'a>(
    authorization: impl IntoIterator<Item = &'a str>,
    query: Option<&str>,
) -> Result<Secret<String>, BearerError> {
    //= rfc6750#2
    //# Clients MUST NOT use more than one method to transmit the token in
    //# each request.
    //
    // OAuth 2.1 §5.1 drops the query parameter altogether: it ends in logs. Whoever sends it is told so, before
    // anything else is read.
    let in_query = |query: &str| {
        form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "access_token")
    };
    //= rfc6750#5.3
    //# Bearer tokens SHOULD NOT be passed in page URLs (for example, as query string
    //# parameters).
    if query.is_some_and(in_query) {
        return Err(BearerError::InvalidRequest);
    }
    let mut headers = authorization.into_iter();
    //= rfc6750#2.1
    //# Resource servers MUST support this method.
    let header = headers.next().ok_or(BearerError::Missing)?;
    if headers.next().is_some() {
        return Err(BearerError::InvalidRequest);
    }
    let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(BearerError::Missing);
    }
    let token = rest.trim_start_matches(' ');
    if token.len() > TOKEN_BYTES_MAX || !is_b64token(token) {
        return Err(BearerError::InvalidRequest);
    }
    Ok(Secret::new(token.to_owned()))
}

fn is_b64token(text: &str) -> bool {
    //= rfc6750#2.1
    //# b64token    = 1*( ALPHA / DIGIT /
    //# "-" / "." / "_" / "~" / "+" / "/" ) *"="
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b))
}

impl BearerError {
    /// The status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            //= rfc6750#3.1
            //# The resource server SHOULD respond with the HTTP 400 (Bad Request) status code.
            Self::InvalidRequest => 400,
            //= rfc6750#3.1
            //# The resource SHOULD respond with the HTTP 401 (Unauthorized) status code.
            Self::Missing | Self::InvalidToken => 401,
            //= rfc6750#3.1
            //# The resource server SHOULD respond with the HTTP 403 (Forbidden) status code
            Self::InsufficientScope(_) => 403,
        }
    }

    /// The standard's code, if the request had a token at all.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        //= rfc6750#3.1
        //# If the request lacks any authentication information (e.g., the client
        //# was unaware that authentication is necessary or attempted using an
        //# unsupported authentication method), the resource server SHOULD NOT
        //# include an error code or other error information.
        match self {
            Self::Missing => None,
            Self::InvalidRequest => Some("invalid_request"),
            Self::InvalidToken => Some("invalid_token"),
            Self::InsufficientScope(_) => Some("insufficient_scope"),
        }
    }

    /// The value of `WWW-Authenticate`.
    #[must_use]
    pub fn challenge(&self, resource: &ResourceUri) -> String {
        //= rfc6750#3
        //# If the protected resource request does not include authentication
        //# credentials or does not contain an access token that enables access
        //# to the protected resource, the resource server MUST include the HTTP
        //# "WWW-Authenticate" response header field
        //
        // Nothing here needs escaping: codes and texts are ours, scopes cannot hold quotes or backslashes, and
        // URLs hold neither.
        let mut parts = Vec::new();
        //= rfc6750#3
        //# If the protected resource request included an access token and failed
        //# authentication, the resource server SHOULD include the "error" attribute to provide
        //# the client with the reason why the access request was declined.
        //= rfc6750#3
        //# The "error", "error_description", and "error_uri" attributes MUST NOT appear more
        //# than once.
        if let Some(code) = self.code() {
            parts.push(format!("error=\"{code}\""));
            //= rfc6750#3
            //# Values for the "error" and "error_description" attributes (specified in
            //# Appendixes A.7 and A.8 of [RFC6749]) MUST NOT include characters outside the set
            //# %x20-21 / %x23-5B / %x5D-7E.
            parts.push(format!("error_description=\"{self}\""));
        }
        if let Self::InsufficientScope(scope) = self
            && !scope.is_empty()
        {
            //= rfc6750#3
            //# The "scope" attribute MUST NOT appear more than once.
            //= rfc6750#3
            //# Values for the "scope" attribute (specified in Appendix A.4 of [RFC6749]) MUST
            //# NOT include characters outside the set %x21 / %x23-5B / %x5D-7E for representing
            //# scope values and %x20 for delimiters between scope values.
            parts.push(format!("scope=\"{scope}\""));
        }
        //= rfc9728#5.1
        //# The URL of the protected resource metadata.
        parts.push(format!("resource_metadata=\"{}\"", resource.metadata_url()));
        //= rfc6750#3
        //# All challenges defined by this specification MUST use the auth-scheme value
        //# "Bearer".
        //= rfc6750#3
        //# This scheme MUST be followed by one or more auth-param values.
        format!("Bearer {}", parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn check(headers: &[&str], query: Option<&str>, expected: Result<&str, BearerError>) {
        let found = parse(headers.iter().copied(), query).map(|token| token.expose().clone());
        assert_eq!(found, expected.map(str::to_owned), "{headers:?} {query:?}");
    }

    //= rfc6750#2
    //= type=test
    //# Clients MUST NOT use more than one method to transmit the token in
    //# each request.
    //= rfc6750#2.1
    //= type=test
    //# b64token    = 1*( ALPHA / DIGIT /
    //# "-" / "." / "_" / "~" / "+" / "/" ) *"="
    //= rfc6750#2.1
    //= type=test
    //# Resource servers MUST support this method.
    //= rfc6750#5.3
    //= type=test
    //# Bearer tokens SHOULD NOT be passed in page URLs (for example, as query string
    //# parameters).
    #[test]
    fn a_token_stands_in_the_header_and_nowhere_else() {
        use BearerError::{InvalidRequest, Missing};
        check(&["Bearer bla_x"], None, Ok("bla_x"));
        check(&["bearer  bla_x=="], Some("fields=id"), Ok("bla_x=="));
        check(&[], None, Err(Missing));
        check(&["Basic eDp5"], None, Err(Missing));
        check(&[""], None, Err(Missing));
        check(&["Bearer bla_x", "Bearer bla_x"], None, Err(InvalidRequest));
        check(&["Bearer bla_x"], Some("access_token=y"), Err(InvalidRequest));
        check(&[], Some("a=1&access%5Ftoken=y"), Err(InvalidRequest));
        for wrong in ["Bearer", "Bearer ", "Bearer a b", "Bearer =", "Bearer a=b", "Bearer é"] {
            check(&[wrong], None, Err(InvalidRequest));
        }
        check(&[&format!("Bearer {}", "a".repeat(TOKEN_BYTES_MAX + 1))], None, Err(InvalidRequest));
    }

    //= rfc6750#3
    //= type=test
    //# If the protected resource request does not include authentication
    //# credentials or does not contain an access token that enables access
    //# to the protected resource, the resource server MUST include the HTTP
    //# "WWW-Authenticate" response header field
    //= rfc6750#3.1
    //= type=test
    //# unsupported authentication method), the resource server SHOULD NOT
    //# include an error code or other error information.
    //= rfc9728#5.1
    //= type=test
    //# The URL of the protected resource metadata.
    //= rfc6750#3
    //= type=test
    //# All challenges defined by this specification MUST use the auth-scheme value "Bearer".
    //= rfc6750#3
    //= type=test
    //# This scheme MUST be followed by one or more auth-param values.
    //= rfc6750#3
    //= type=test
    //# The "scope" attribute MUST NOT appear more than once.
    //= rfc6750#3
    //= type=test
    //# If the protected resource request included an access token and failed authentication,
    //# the resource server SHOULD include the "error" attribute to provide the client with the
    //# reason why the access request was declined.
    //= rfc6750#3
    //= type=test
    //# The "error", "error_description", and "error_uri" attributes MUST NOT appear more than
    //# once.
    //= rfc6750#3
    //= type=test
    //# Values for the "error" and "error_description" attributes (specified in Appendixes A.7
    //# and A.8 of [RFC6749]) MUST NOT include characters outside the set %x20-21 / %x23-5B /
    //# %x5D-7E.
    #[test]
    fn challenges() {
        let api = ResourceUri::parse("https://api.example/v1").unwrap();
        expect![[r#"Bearer resource_metadata="https://api.example/.well-known/oauth-protected-resource/v1""#]]
            .assert_eq(&BearerError::Missing.challenge(&api));
        expect![[r#"Bearer error="invalid_token", error_description="bearer token is not valid", resource_metadata="https://api.example/.well-known/oauth-protected-resource/v1""#]]
            .assert_eq(&BearerError::InvalidToken.challenge(&api));
        expect![[r#"Bearer error="insufficient_scope", error_description="bearer token does not cover this request", scope="post.content", resource_metadata="https://api.example/.well-known/oauth-protected-resource/v1""#]]
            .assert_eq(&BearerError::InsufficientScope("post.content".parse().unwrap()).challenge(&api));
    }
}
