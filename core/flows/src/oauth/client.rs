//! Who an app is: the proof of a client held against the registry.

use consent::State;
use model::{AppNo, ClassMask, Condition, CredentialNo, Timestamp};
use oauth::assertion::{Assertion, Jwk};
use oauth::client_auth::{ClientAuth, SecretDigest};
use oauth::metadata::paths;
use oauth::resource::Issuer;
use oauth::token::TokenError;

/// An app that proved who it is; its status is another question, for what ends works while it is suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Which app.
    pub app: AppNo,
    /// The credential that proved it; none for a public client.
    pub credential: Option<CredentialNo>,
}

/// Why a client is not believed. It hears one answer for all of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such app.
    #[error("client is unknown")]
    Unknown,
    /// A public client's id without more, where the app has secrets; or a secret for a public client.
    #[error("client {0} must authenticate by its other method")]
    Method(AppNo),
    /// No key of the app's signed the assertion, or not for this server, this client and this moment.
    #[error("client {0} presented an assertion that none of its keys signed for this")]
    Assertion(AppNo),
    /// None of the app's credentials.
    #[error("client {0} presented a wrong, expired or ended secret")]
    Secret(AppNo),
}

impl Refusal {
    /// The standard's error.
    #[must_use]
    pub const fn error(self) -> TokenError {
        match self {
            //= rfc7523#3.2
            //# The value of the "error" parameter MUST be the "invalid_client" error code.
            Self::Unknown | Self::Method(_) | Self::Assertion(_) | Self::Secret(_) => {
                TokenError::Client
            }
        }
    }

    /// The app that somebody claims to be, where there is one.
    #[must_use]
    pub const fn app(self) -> Option<AppNo> {
        match self {
            Self::Unknown => None,
            Self::Method(app) | Self::Assertion(app) | Self::Secret(app) => Some(app),
        }
    }
}

/// Whether answers of the authorization endpoint may go to such an app without TLS, which is to a loopback interface: to a
/// native app on the person's own device, which is a public client, and to any other that is being developed, as long as nothing
/// of it is reviewed. That one reads nothing but what is its testers' or a sandbox's, and only testers are sent there.
pub(crate) const fn may_be_answered_unencrypted(public: bool, reviewed: ClassMask) -> bool {
    //= rfc9700#2.6
    //# To this end, authorization servers MUST NOT allow redirection URIs that use the http
    //# scheme except for native clients that use loopback interface redirection as
    //# described in Section 7.3 of [RFC8252].
    public || reviewed.is_empty()
}

/// Finds out who asks.
///
/// # Errors
/// [`Refusal`], for the log; the client hears [`Refusal::error`].
pub fn authenticate(
    state: &State,
    auth: &ClientAuth,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<Client, Refusal> {
    let no = auth.client().app().ok_or(Refusal::Unknown)?;
    let app = state.app(no).ok_or(Refusal::Unknown)?;
    match auth {
        //= rfc8252#8.4
        //# Authorization servers MUST record the client type in the client registration details
        //# in order to identify and process requests accordingly.
        ClientAuth::Public { .. } if app.public => Ok(Client { app: no, credential: None }),
        // A key of a public client is its partner's, who has no token to ask for.
        //= rfc6749#2.3
        //# However, the authorization server MUST NOT rely on public client authentication for
        //# the purpose of identifying the client.
        //= rfc6749#4.1.3
        //# authenticate the client if client authentication is included,
        //= rfc6749#10.1
        //# The authorization server MUST NOT issue client passwords or other client credentials
        //# to native application or user-agent-based application clients for the purpose of
        //# client authentication.
        ClientAuth::Secret { .. } | ClientAuth::Assertion { .. } if app.public => {
            Err(Refusal::Method(no))
        }
        ClientAuth::Public { .. } | ClientAuth::Secret { .. } | ClientAuth::Assertion { .. } => {
            authenticate_partner(state, auth, issuer, now)
        }
    }
}

/// Finds out which app's partner asks, for what concerns the partner alone: the same, but that a public client's id proves
/// nothing, and its key does.
///
/// # Errors
/// As [`authenticate`].
pub fn authenticate_partner(
    state: &State,
    auth: &ClientAuth,
    issuer: &Issuer,
    now: Timestamp,
) -> Result<Client, Refusal> {
    let no = auth.client().app().ok_or(Refusal::Unknown)?;
    let app = state.app(no).ok_or(Refusal::Unknown)?;
    match auth {
        //= rfc6749#2.2
        //# The client identifier is not a secret; it is exposed to the resource owner and MUST
        //# NOT be used alone for client authentication.
        //= rfc6749#3.2.1
        //# Confidential clients or other clients issued client credentials MUST authenticate
        //# with the authorization server as described in Section 2.3 when making requests to
        //# the token endpoint.
        //= rfc6749#4.1.3
        //# require client authentication for confidential clients or for any client that was
        //# issued client credentials (or with other authentication requirements),
        ClientAuth::Public { .. } => Err(Refusal::Method(no)),
        ClientAuth::Secret { secret, .. } => {
            // Every credential is compared, so that the time taken tells nothing about which one matched.
            let mut matched = None;
            for number in &app.credentials {
                let Some(one) = state.credential(*number) else { continue };
                // Of a key the digest is a thumbprint, which everybody may know.
                let matches =
                    one.key.is_none() && SecretDigest::from_bytes(one.digest).matches(secret);
                let lives = !one.ended && now < one.expires_at;
                if matches && (lives || !state.asks(Condition::Credential)) {
                    matched = Some(*number);
                }
            }
            let credential = matched.ok_or(Refusal::Secret(no))?;
            Ok(Client { app: no, credential: Some(credential) })
        }
        ClientAuth::Assertion { assertion, .. } => {
            let credential = signer(state, no, assertion, issuer, now);
            let credential = credential.ok_or(Refusal::Assertion(no))?;
            Ok(Client { app: no, credential: Some(credential) })
        }
    }
}

/// The living key of the app that signed this for us. Whether it was shown before is for the store to say.
fn signer(
    state: &State,
    app: AppNo,
    assertion: &Assertion,
    issuer: &Issuer,
    now: Timestamp,
) -> Option<CredentialNo> {
    let (client, token_endpoint) = (app.to_string(), issuer.url(paths::TOKEN));
    let audiences = [issuer.as_str(), token_endpoint.as_str()];
    let living =
        state.app(app)?.credentials.iter().copied().filter(|no| {
            state.credential(*no).is_some_and(|one| !one.ended && now < one.expires_at)
        });
    living.into_iter().find(|no| {
        let key = state.credential(*no).and_then(|one| one.key.as_deref());
        key.and_then(|key| Jwk::parse(key).ok())
            .is_some_and(|key| assertion.is_by(&key, &client, &audiences, now))
    })
}
