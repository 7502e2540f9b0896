//! The authorization request and its answer (OAuth 2.1 §4.1.1, RFC 9207, RFC 8707, RFC 9396).

use crate::client_auth::ClientId;
use crate::details::{self, AccessDetail, AuthorizationDetail};
use crate::limits::{RESOURCES_MAX, STATE_BYTES_MAX};
use crate::parameters::{Malformed, Parameters, is_vschar};
use crate::pkce::{Challenge, PkceError};
use crate::redirect::{RedirectUri, RedirectUriError};
use crate::resource::{Issuer, ResourceUri};
use crate::scope::Scope;

/// What the client wants to see again in the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State(String);

impl State {
    fn parse(text: &str) -> Option<Self> {
        (text.len() <= STATE_BYTES_MAX && is_vschar(text)).then(|| Self(text.to_owned()))
    }

    /// The text as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the client asks to be shown to the person (OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prompt {
    /// Nothing said: sign-in and consent where they are needed.
    #[default]
    AsNeeded,
    /// `none`: no page at all, or an error.
    Nothing,
    /// `login`: sign in again.
    Login,
    /// `consent`: ask again.
    Consent,
    /// `login consent`: both.
    LoginAndConsent,
}

/// An authorization request whose every parameter is well-formed. Who the client is and whether the redirect URI
/// is registered, `flows` knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizeRequest {
    /// The client.
    pub client: ClientId,
    /// The redirect URI, if sent.
    pub redirect_uri: Option<RedirectUri>,
    /// To be sent back.
    pub state: Option<State>,
    /// The PKCE challenge; every client needs one.
    pub challenge: Challenge,
    /// The classes asked for; empty: none named.
    pub scope: Scope,
    /// What the token is wanted for, in the order sent.
    pub resources: Vec<ResourceUri>,
    /// Classes, groups, purpose and duration asked for.
    pub details: Vec<AccessDetail>,
    /// What to show.
    pub prompt: Prompt,
}

/// An authorization request that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizeError {
    /// Nobody can be trusted to receive an answer: the person is told on a page, and sent nowhere.
    Shown(Untrusted),
    /// To be sent to the client, but only after `flows` knows client and redirect URI; else shown.
    Redirectable(Box<Rejected>),
}

/// Why nothing may be sent to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// More bytes or parameters than any request needs.
    #[error("authorization request is too large")]
    TooLarge,
    /// No usable client id.
    #[error("authorization request needs exactly one `client_id`")]
    Client,
    /// More than one redirect URI.
    #[error("authorization request must have at most one `redirect_uri`")]
    RedirectUris,
    /// No redirect URI at all.
    #[error("authorization request has a wrong `redirect_uri`: {0}")]
    RedirectUri(#[from] RedirectUriError),
}

/// A request that the client must be told about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The client.
    pub client: ClientId,
    /// The redirect URI, if sent.
    pub redirect_uri: Option<RedirectUri>,
    /// To be sent back, if it was well-formed.
    pub state: Option<State>,
    /// What is wrong.
    pub mistake: Mistake,
}

/// What is wrong with a request whose client may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// A parameter stands twice.
    #[error("a parameter is repeated")]
    Repeated,
    /// Not printable ASCII, or too long.
    #[error("state must be at most 2048 characters of printable ASCII")]
    State,
    /// No response type.
    #[error("response_type is missing")]
    ResponseTypeMissing,
    /// Another response type.
    #[error("response_type must be `code`")]
    ResponseType,
    /// Another response mode.
    #[error("response_mode must be `query`")]
    ResponseMode,
    /// A request object.
    #[error("request objects are not supported")]
    RequestObject,
    /// A request object by reference.
    #[error("request objects by reference are not supported")]
    RequestUri,
    /// No challenge.
    #[error("code_challenge is missing")]
    ChallengeMissing,
    /// A wrong challenge or method.
    #[error("{0}")]
    Challenge(#[from] PkceError),
    /// No scope.
    #[error("scope must be class names divided by single spaces")]
    Scope,
    /// No resource, or too many.
    #[error("resource must be an absolute `https` URI without query and fragment")]
    Resource,
    /// No authorization details, or of a type that people cannot grant.
    #[error("authorization_details must be a JSON array of type `bailment_access`")]
    Details,
    /// An unknown prompt, or `none` with another.
    #[error("prompt must be `none`, `login` or `consent`")]
    Prompt,
}

impl Mistake {
    /// The standard's code.
    #[must_use]
    pub const fn code(self) -> AuthorizeErrorCode {
        match self {
            Self::Repeated
            | Self::State
            | Self::ResponseTypeMissing
            | Self::ResponseMode
            | Self::ChallengeMissing
            | Self::Challenge(_)
            | Self::Prompt => AuthorizeErrorCode::InvalidRequest,
            Self::ResponseType => AuthorizeErrorCode::UnsupportedResponseType,
            Self::RequestObject => AuthorizeErrorCode::RequestNotSupported,
            Self::RequestUri => AuthorizeErrorCode::RequestUriNotSupported,
            Self::Scope => AuthorizeErrorCode::InvalidScope,
            Self::Resource => AuthorizeErrorCode::InvalidTarget,
            Self::Details => AuthorizeErrorCode::InvalidAuthorizationDetails,
        }
    }
}

/// `error` in an authorization response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorizeErrorCode {
    /// RFC 6749 §4.1.2.1
    InvalidRequest,
    /// RFC 6749 §4.1.2.1
    UnauthorizedClient,
    /// RFC 6749 §4.1.2.1
    AccessDenied,
    /// RFC 6749 §4.1.2.1
    UnsupportedResponseType,
    /// RFC 6749 §4.1.2.1
    InvalidScope,
    /// RFC 6749 §4.1.2.1
    ServerError,
    /// RFC 6749 §4.1.2.1
    TemporarilyUnavailable,
    /// RFC 8707 §2
    InvalidTarget,
    /// RFC 9396 §5
    InvalidAuthorizationDetails,
    /// OpenID Connect Core §3.1.2.6: `prompt=none` and nobody signed in.
    LoginRequired,
    /// OpenID Connect Core §3.1.2.6: `prompt=none` and no grant that covers the request.
    ConsentRequired,
    /// OpenID Connect Core §3.1.2.6
    RequestNotSupported,
    /// OpenID Connect Core §3.1.2.6
    RequestUriNotSupported,
}

impl AuthorizeErrorCode {
    /// The word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            //= rfc6749#4.1.2.1
            //# Values for the "error" parameter MUST NOT include characters outside the set
            //# %x20-21 / %x23-5B / %x5D-7E.
            Self::InvalidRequest => "invalid_request",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidAuthorizationDetails => "invalid_authorization_details",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
        }
    }
}

impl AuthorizeRequest {
    /// Reads the query of an authorization request. Unknown parameters, and `login_hint` and `nonce`, are ignored.
    ///
    /// # Errors
    /// [`AuthorizeError`] says whether the client may be told.
    pub fn parse(query: &str) -> Result<Self, AuthorizeError> {
        //= rfc6749#4.1.2.1
        //# If the request fails due to a missing, invalid, or mismatching redirection URI, or
        //# if the client identifier is missing or invalid, the authorization server SHOULD
        //# inform the resource owner of the error and MUST NOT automatically redirect the
        //# user-agent to the invalid redirection URI.
        let shown = AuthorizeError::Shown;
        let p =
            Parameters::parse(query).map_err(|Malformed::TooLarge| shown(Untrusted::TooLarge))?;
        let client = p.one("client_id").ok().flatten().and_then(ClientId::parse);
        //= rfc6749#4.1.1
        //# REQUIRED. The client identifier as described in Section 2.2.
        let client = client.ok_or(shown(Untrusted::Client))?;
        let redirect_uri = p.one("redirect_uri").map_err(|_| shown(Untrusted::RedirectUris))?;
        let redirect_uri = redirect_uri
            .map(RedirectUri::parse)
            .transpose()
            .map_err(|e| shown(Untrusted::RedirectUri(e)))?;
        let state = p.one("state").ok().flatten().and_then(State::parse);
        match Rest::parse(&p) {
            Ok(Rest { challenge, scope, resources, details, prompt }) => Ok(Self {
                client,
                redirect_uri,
                state,
                challenge,
                scope,
                resources,
                details,
                prompt,
            }),
            Err(mistake) => Err(AuthorizeError::Redirectable(Box::new(Rejected {
                client,
                redirect_uri,
                state,
                mistake,
            }))),
        }
    }
}

/// The parameters whose mistakes the client may be told.
struct Rest {
    challenge: Challenge,
    scope: Scope,
    resources: Vec<ResourceUri>,
    details: Vec<AccessDetail>,
    prompt: Prompt,
}

impl Rest {
    fn parse(p: &Parameters) -> Result<Self, Mistake> {
        //= rfc6749#3.1
        //# Request and response parameters
        //# MUST NOT be included more than once.
        if p.has_repeated() {
            return Err(Mistake::Repeated);
        }
        //= rfc6749#3.1
        //# The authorization server MUST ignore unrecognized request parameters.
        let one = |name| p.one(name).map_err(|_| Mistake::Repeated);
        //= rfc6749#10.14
        //# The authorization server and client MUST sanitize (and validate when possible) any
        //# value received -- in particular, the value of the "state" and "redirect_uri"
        //# parameters.
        if one("state")?.is_some_and(|state| State::parse(state).is_none()) {
            return Err(Mistake::State);
        }
        // To ignore a request object would be to ignore what the client signed.
        if one("request")?.is_some() {
            return Err(Mistake::RequestObject);
        }
        if one("request_uri")?.is_some() {
            return Err(Mistake::RequestUri);
        }
        //= rfc6749#3.1.1
        //# If an authorization request is missing the "response_type" parameter,
        //# or if the response type is not understood, the authorization server
        //# MUST return an error response as described in Section 4.1.2.1.
        match one("response_type")? {
            Some("code") => {}
            Some(_) => return Err(Mistake::ResponseType),
            None => return Err(Mistake::ResponseTypeMissing),
        }
        if one("response_mode")?.is_some_and(|mode| mode != "query") {
            return Err(Mistake::ResponseMode);
        }
        //= rfc7636#4.4.1
        //# If the server requires Proof Key for Code Exchange (PKCE) by OAuth
        //# public clients and the client does not send the "code_challenge" in
        //# the request, the authorization endpoint MUST return the authorization
        //# error response with the "error" value set to "invalid_request".
        //= rfc7636#4.3
        //# code_challenge REQUIRED. Code challenge.
        //= rfc8252#6
        //# authorization servers MUST support PKCE for such clients
        //= rfc8252#8.1
        //# Authorization servers SHOULD reject authorization requests from native apps that
        //# don't use PKCE by returning an error message, as defined in Section 4.4.1 of PKCE
        //# [RFC7636].
        //= rfc9700#2.1.1
        //# Authorization servers MUST support PKCE [RFC7636].
        //= rfc9700#2.1.1
        //# Authorization servers MUST mitigate PKCE downgrade attacks by ensuring that a token
        //# request containing a code_verifier parameter is accepted only if a code_challenge
        //# parameter was present in the authorization request
        let challenge = one("code_challenge")?.ok_or(Mistake::ChallengeMissing)?;
        let challenge = Challenge::parse(challenge, one("code_challenge_method")?)?;
        let scope = one("scope")?.map(str::parse).transpose().map_err(|_| Mistake::Scope)?;
        //= rfc9396#5
        //# The AS MUST abort processing and respond with an error invalid_authorization_details
        //# to the client if any of the following are true of the objects in the
        //# authorization_details structure:
        let details = one("authorization_details")?.map_or(Ok(Vec::new()), access_details)?;
        Ok(Self {
            challenge,
            scope: scope.unwrap_or_default(),
            resources: resources(p).ok_or(Mistake::Resource)?,
            details,
            prompt: one("prompt")?.map_or(Some(Prompt::AsNeeded), prompt).ok_or(Mistake::Prompt)?,
        })
    }
}

/// Reads every `resource`; `None` if one is wrong or there are too many.
pub(crate) fn resources(p: &Parameters) -> Option<Vec<ResourceUri>> {
    let mut list = Vec::new();
    for text in p.many("resource") {
        if list.len() >= RESOURCES_MAX {
            return None;
        }
        let resource = ResourceUri::parse(text).ok()?;
        if !list.contains(&resource) {
            list.push(resource);
        }
    }
    Some(list)
}

fn access_details(text: &str) -> Result<Vec<AccessDetail>, Mistake> {
    let details = details::parse(text).map_err(|_| Mistake::Details)?;
    let access = |detail| match detail {
        AuthorizationDetail::Access(access) => Ok(access),
        AuthorizationDetail::Installation(_) => Err(Mistake::Details),
    };
    details.into_iter().map(access).collect()
}

fn prompt(text: &str) -> Option<Prompt> {
    text.split(' ').try_fold(Prompt::AsNeeded, |so_far, word| match (so_far, word) {
        (Prompt::AsNeeded, "none") => Some(Prompt::Nothing),
        (Prompt::AsNeeded | Prompt::Login, "login") => Some(Prompt::Login),
        (Prompt::AsNeeded | Prompt::Consent, "consent") => Some(Prompt::Consent),
        (Prompt::Consent | Prompt::LoginAndConsent, "login")
        | (Prompt::Login | Prompt::LoginAndConsent, "consent") => Some(Prompt::LoginAndConsent),
        _ => None,
    })
}

/// The URL that takes the code to the client.
#[must_use]
pub fn success_redirect(
    redirect: &RedirectUri,
    code: &str,
    state: Option<&State>,
    issuer: &Issuer,
) -> String {
    let mut pairs = vec![("code", code)];
    //= rfc6749#4.1.2
    //# REQUIRED if the "state" parameter was present in the client
    //# authorization request.  The exact value received from the
    //# client.
    pairs.extend(state.map(|state| ("state", state.as_str())));
    //= rfc9207#2
    //# In authorization responses to the client, including error responses,
    //# an authorization server supporting this specification MUST indicate
    //# its identity by including the iss parameter in the response.
    pairs.push(("iss", issuer.as_str()));
    redirect.with_query(&pairs)
}

/// The URL that takes an error to the client. The description is for the client's developer.
#[must_use]
pub fn error_redirect(
    redirect: &RedirectUri,
    code: AuthorizeErrorCode,
    description: &str,
    state: Option<&State>,
    issuer: &Issuer,
) -> String {
    //= rfc6749#4.1.2.1
    //# Values for the "error_description" parameter MUST NOT include
    //# characters outside the set %x20-21 / %x23-5B / %x5D-7E.
    let description: String = crate::token::described(description);
    let mut pairs = vec![("error", code.word())];
    if !description.is_empty() {
        pairs.push(("error_description", &description));
    }
    //= rfc6749#4.1.2.1
    //# REQUIRED if a "state" parameter was present in the client authorization request. The
    //# exact value received from the client.
    pairs.extend(state.map(|state| ("state", state.as_str())));
    pairs.push(("iss", issuer.as_str()));
    redirect.with_query(&pairs)
}

#[cfg(test)]
#[path = "authorize_tests.rs"]
mod tests;
