//! The token endpoint (OAuth 2.1 §3.2, §4; RFC 6749 §4.1.3, §4.4, §5, §6; RFC 8707 §2.2; RFC 9396 §6).

use crate::answer::Answer;
use crate::authorize::resources;
use crate::client_auth::ClientAuth;
use crate::details::{self, AccessDetail, AuthorizationDetail};
use crate::limits::REDIRECT_URI_BYTES_MAX;
use crate::parameters::{Malformed, Parameters};
use crate::pkce::Verifier;
use crate::resource::ResourceUri;
use crate::scope::Scope;
use model::{InstallationNo, Millis, Secret};
use serde::Serialize;

/// A token request whose every parameter is well-formed.
#[derive(Clone)]
pub struct TokenRequest {
    /// Who asks, and its proof.
    pub client: ClientAuth,
    /// What for.
    pub grant: TokenGrant,
}

/// What a token is asked for.
#[derive(Clone)]
pub enum TokenGrant {
    /// `authorization_code`
    AuthorizationCode {
        /// The code as presented.
        code: Secret<String>,
        /// The redirect URI as presented, if it was.
        redirect_uri: Option<String>,
        /// The PKCE verifier.
        verifier: Verifier,
        /// The resources as presented.
        resources: Vec<ResourceUri>,
        /// The authorization details as presented.
        details: Vec<AccessDetail>,
    },
    /// `refresh_token`
    RefreshToken {
        /// The refresh token as presented.
        token: Secret<String>,
        /// A narrower scope, if asked for.
        scope: Option<Scope>,
        /// The resources as presented.
        resources: Vec<ResourceUri>,
        /// The authorization details as presented.
        details: Vec<AccessDetail>,
    },
    /// `client_credentials`: an installation's token.
    ClientCredentials {
        /// Which installation.
        target: InstallationTarget,
        /// A scope, if asked for.
        scope: Option<Scope>,
    },
}

/// How a client names the installation that it wants to act within.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstallationTarget {
    /// By its id.
    Installation(InstallationNo),
    /// By the URI of the group.
    Resource(ResourceUri),
}

/// Everything that the endpoints of this crate can refuse a client, with the fixed text that it may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The body has too many bytes or parameters.
    #[error("request is too large")]
    TooLarge,
    /// The body is no form.
    #[error("request body must be application/x-www-form-urlencoded")]
    ContentType,
    /// A parameter stands twice.
    #[error("a parameter is repeated")]
    RepeatedParameter,
    /// A required parameter is missing.
    #[error("parameter {0} is missing")]
    Missing(&'static str),
    /// A parameter is not what it must be.
    #[error("parameter {0} is malformed")]
    Malformed(&'static str),
    /// The installation is named in several ways.
    #[error("name the installation once: by installation, resource or authorization_details")]
    InstallationTwice,
    /// Nothing says who the client is.
    #[error("client authentication is missing")]
    ClientMissing,
    /// A method that we do not have, or a malformed header.
    #[error(
        "client authentication must be client_secret_basic, client_secret_post, private_key_jwt or none"
    )]
    ClientMethod,
    /// More than one method, or two client ids.
    #[error("client authentication must use one method for one client")]
    ClientMethods,
    /// An assertion beside another proof, or for another client than the one named.
    #[error("client assertion must be the only proof, and of the client that is named")]
    Assertion,
    /// Unknown client or wrong secret; which, nobody is told.
    #[error("client authentication failed")]
    Client,
    /// A public client where only one with a secret may ask, or the reverse.
    #[error("client must authenticate with a secret here")]
    ClientNotConfidential,
    /// The code is unknown, expired, used, another client's or for another request; which, nobody is told.
    #[error("authorization code is not valid for this request")]
    Code,
    /// The refresh token is unknown, ended, used or another client's; which, nobody is told.
    #[error("refresh token is not valid")]
    RefreshToken,
    /// The grant or installation behind it has ended, or never was.
    #[error("grant has ended")]
    GrantEnded,
    /// The client may not use the grant type.
    #[error("client may not use this grant type")]
    UnauthorizedClient,
    /// An unknown grant type.
    #[error("grant_type must be authorization_code, refresh_token or client_credentials")]
    GrantType,
    /// Malformed, unknown, or wider than what was granted.
    #[error("scope is malformed, unknown or wider than granted")]
    Scope,
    /// Malformed, unknown or not covered.
    #[error("resource is malformed, unknown or not granted")]
    Target,
    /// Malformed, unknown or not covered.
    #[error("authorization_details are malformed, unknown or not granted")]
    Details,
    /// A string that is no access or refresh token.
    #[error("tokens of this type cannot be revoked")]
    TokenType,
}

impl TokenError {
    /// The standard's code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge
            | Self::ContentType
            | Self::RepeatedParameter
            | Self::Missing(_)
            | Self::Malformed(_)
            | Self::InstallationTwice
            | Self::ClientMethods => "invalid_request",
            Self::ClientMissing | Self::ClientMethod | Self::Assertion | Self::Client => {
                "invalid_client"
            }
            Self::Code | Self::RefreshToken | Self::GrantEnded => "invalid_grant",
            Self::ClientNotConfidential | Self::UnauthorizedClient => "unauthorized_client",
            Self::GrantType => "unsupported_grant_type",
            Self::Scope => "invalid_scope",
            //= rfc8707#2
            //# invalid_target The requested resource is invalid, missing, unknown, or
            //# malformed.
            Self::Target => "invalid_target",
            Self::Details => "invalid_authorization_details",
            Self::TokenType => "unsupported_token_type",
        }
    }

    /// The status.
    #[must_use]
    pub fn status(self) -> u16 {
        if self.code() == "invalid_client" { 401 } else { 400 }
    }

    /// The answer.
    #[must_use]
    pub fn answer(self) -> Answer {
        #[derive(Serialize)]
        struct Body {
            error: &'static str,
            error_description: String,
        }
        //= rfc6749#5.2
        //# REQUIRED. A single ASCII [USASCII] error code from the following:
        //= rfc6749#5.2
        //# Values for the "error" parameter MUST NOT include characters outside the set %x20-21
        //# / %x23-5B / %x5D-7E.
        let body = Body { error: self.code(), error_description: described(&self.to_string()) };
        let answer = Answer::json(self.status(), &body);
        //= rfc6749#5.2
        //# If the client attempted to authenticate via the "Authorization"
        //# request header field, the authorization server MUST
        //# respond with an HTTP 401 (Unauthorized) status code and
        //# include the "WWW-Authenticate" response header field
        //# matching the authentication scheme used by the client.
        if self.status() == 401 {
            answer.with("www-authenticate", "Basic realm=\"oauth\"".to_owned())
        } else {
            answer
        }
    }
}

/// A description in the characters that the standard allows.
pub(crate) fn described(text: &str) -> String {
    //= rfc6749#5.2
    //# Values for the "error_description" parameter MUST NOT include characters outside the set
    //# %x20-21 / %x23-5B / %x5D-7E.
    text.chars()
        .map(|c| match c {
            '`' | '"' => '\'',
            ' '..='~' if c != '\\' => c,
            _ => '?',
        })
        .collect()
}

/// Reads a form whose parameters stand once.
pub(crate) fn form(text: &str) -> Result<Parameters, TokenError> {
    let form = Parameters::parse(text).map_err(|Malformed::TooLarge| TokenError::TooLarge)?;
    //= rfc6749#3.2
    //# Request and response parameters MUST NOT be included more than once.
    if form.has_repeated() { Err(TokenError::RepeatedParameter) } else { Ok(form) }
}

/// Reads a token as presented; opening it judges its length and shape.
pub(crate) fn presented(
    form: &Parameters,
    name: &'static str,
) -> Result<Option<Secret<String>>, TokenError> {
    let text = form.one(name).map_err(|_| TokenError::RepeatedParameter)?;
    Ok(text.map(|text| Secret::new(text.to_owned())))
}

impl TokenRequest {
    /// Reads a token request from the form body and the `Authorization` header.
    ///
    /// # Errors
    /// [`TokenError`]; its `answer` is what the client gets.
    pub fn parse(body: &str, authorization: Option<&str>) -> Result<Self, TokenError> {
        Self::parse_at(None, body, authorization)
    }

    /// The same, sent to the endpoint with a query. Of it only `installation` is read: libraries that renew by themselves
    /// repeat the grant type and the endpoint's URI, and nothing else.
    ///
    /// # Errors
    /// [`TokenError`]; its `answer` is what the client gets.
    pub fn parse_at(
        query: Option<&str>,
        body: &str,
        authorization: Option<&str>,
    ) -> Result<Self, TokenError> {
        //= rfc6749#3.2
        //# The endpoint URI MAY include an "application/x-www-form-urlencoded"
        //# formatted (per Appendix B) query component ([RFC3986] Section 3.4),
        //# which MUST be retained when adding additional query parameters.
        //= rfc6749#2.3.1
        //# The parameters can only be transmitted in the request-body and MUST NOT be included
        //# in the request URI.
        let of_query =
            query.unwrap_or_default().split('&').filter(|p| p.starts_with("installation="));
        let whole = of_query.fold(body.to_owned(), |whole, pair| whole + "&" + pair);
        let form = form(&whole)?;
        let one = |name| form.one(name).map_err(|_| TokenError::RepeatedParameter);
        //= rfc6749#3.2
        //# The authorization server MUST ignore unrecognized request parameters.
        let client = ClientAuth::parse(&form, authorization)?;
        let grant = match one("grant_type")?.ok_or(TokenError::Missing("grant_type"))? {
            "authorization_code" => authorization_code(&form)?,
            "refresh_token" => TokenGrant::RefreshToken {
                token: presented(&form, "refresh_token")?
                    .ok_or(TokenError::Missing("refresh_token"))?,
                scope: scope(&form)?,
                resources: resources(&form).ok_or(TokenError::Target)?,
                details: access_details(&form)?,
            },
            "client_credentials" => {
                //= rfc6749#4.4
                //# The client credentials grant type MUST only be used by confidential
                //# clients.
                if let ClientAuth::Public { .. } = client {
                    return Err(TokenError::ClientNotConfidential);
                }
                TokenGrant::ClientCredentials { target: target(&form)?, scope: scope(&form)? }
            }
            //= rfc9700#2.4
            //# The resource owner password credentials grant [RFC6749] MUST NOT be used.
            _ => return Err(TokenError::GrantType),
        };
        Ok(Self { client, grant })
    }
}

fn authorization_code(form: &Parameters) -> Result<TokenGrant, TokenError> {
    let one = |name| form.one(name).map_err(|_| TokenError::RepeatedParameter);
    //= rfc7636#4.5
    //# code_verifier REQUIRED. Code verifier
    let verifier = one("code_verifier")?.ok_or(TokenError::Missing("code_verifier"))?;
    let redirect_uri = one("redirect_uri")?;
    if redirect_uri.is_some_and(|uri| uri.len() > REDIRECT_URI_BYTES_MAX) {
        return Err(TokenError::Malformed("redirect_uri"));
    }
    Ok(TokenGrant::AuthorizationCode {
        code: presented(form, "code")?.ok_or(TokenError::Missing("code"))?,
        redirect_uri: redirect_uri.map(str::to_owned),
        verifier: Verifier::parse(verifier).map_err(|_| TokenError::Malformed("code_verifier"))?,
        resources: resources(form).ok_or(TokenError::Target)?,
        details: access_details(form)?,
    })
}

/// What a token of a grant is asked to carry.
fn access_details(form: &Parameters) -> Result<Vec<AccessDetail>, TokenError> {
    let text = form.one("authorization_details").map_err(|_| TokenError::RepeatedParameter)?;
    //= rfc9396#8
    //# The Token Error Response MUST conform to the rules given in Section 5.
    let details = text.map_or(Ok(Vec::new()), details::parse).map_err(|_| TokenError::Details)?;
    let access = |detail| match detail {
        AuthorizationDetail::Access(access) => Ok(access),
        AuthorizationDetail::Installation(_) => Err(TokenError::Details),
    };
    details.into_iter().map(access).collect()
}

fn scope(form: &Parameters) -> Result<Option<Scope>, TokenError> {
    let text = form.one("scope").map_err(|_| TokenError::RepeatedParameter)?;
    text.map(str::parse).transpose().map_err(|_| TokenError::Scope)
}

/// The installation that a client names in one of three ways.
fn target(form: &Parameters) -> Result<InstallationTarget, TokenError> {
    let one = |name| form.one(name).map_err(|_| TokenError::RepeatedParameter);
    let mut targets = Vec::new();
    if let Some(text) = one("installation")? {
        let number = text.parse().map_err(|_| TokenError::Malformed("installation"))?;
        targets.push(InstallationTarget::Installation(number));
    }
    for resource in resources(form).ok_or(TokenError::Target)? {
        targets.push(InstallationTarget::Resource(resource));
    }
    if let Some(text) = one("authorization_details")? {
        for detail in details::parse(text).map_err(|_| TokenError::Details)? {
            match detail {
                AuthorizationDetail::Installation(detail) => {
                    targets.push(InstallationTarget::Installation(detail.installation));
                }
                AuthorizationDetail::Access(_) => return Err(TokenError::Details),
            }
        }
    }
    match targets.pop() {
        None => Err(TokenError::Missing("installation")),
        Some(target) if targets.is_empty() => Ok(target),
        Some(_) => Err(TokenError::InstallationTwice),
    }
}

/// A successful answer of the token endpoint.
pub struct TokenResponse {
    /// The access token.
    pub access_token: Secret<String>,
    /// How long it lives; told in whole seconds, rounded down.
    pub lifetime: Millis,
    /// The refresh token, for a person's grant.
    pub refresh_token: Option<Secret<String>>,
    /// The classes granted.
    pub scope: Scope,
    /// What was granted, in detail.
    pub details: Vec<AuthorizationDetail>,
}

impl TokenResponse {
    /// The answer, which nobody may keep.
    #[must_use]
    pub fn answer(&self) -> Answer {
        #[derive(Serialize)]
        struct Body<'a> {
            access_token: &'a str,
            token_type: &'static str,
            expires_in: u64,
            #[serde(skip_serializing_if = "Option::is_none")]
            refresh_token: Option<&'a str>,
            #[serde(skip_serializing_if = "String::is_empty")]
            scope: String,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            authorization_details: &'a [AuthorizationDetail],
        }
        //= rfc6749#5.1
        //# REQUIRED. The access token issued by the authorization server.
        let body = Body {
            access_token: self.access_token.expose(),
            //= rfc6749#5.1
            //# REQUIRED. The type of the token issued as described in Section 7.1.
            token_type: "Bearer",
            expires_in: self.lifetime.0 / 1000,
            refresh_token: self.refresh_token.as_ref().map(|token| token.expose().as_str()),
            //= rfc6749#3.3
            //# If the issued access token scope is different from the one requested by the
            //# client, the authorization server MUST include the "scope" response parameter to
            //# inform the client of the actual scope granted.
            //= rfc6749#5.1
            //# OPTIONAL, if identical to the scope requested by the client; otherwise,
            //# REQUIRED.
            scope: self.scope.to_string(),
            //= rfc9396#7
            //# In addition to the token response parameters as defined in [RFC6749], the AS
            //# MUST also return the authorization_details as granted by the resource owner and
            //# assigned to the respective access token.
            authorization_details: &self.details,
        };
        Answer::json(200, &body)
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
