//! Who an app is: the proof of a client held against the registry.

use consent::State;
use model::{AppNo, CredentialNo, Timestamp};
use oauth::client_auth::{ClientAuth, SecretDigest};
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
    /// None of the app's credentials.
    #[error("client {0} presented a wrong, expired or ended secret")]
    Secret(AppNo),
}

impl Refusal {
    /// The standard's error.
    #[must_use]
    pub const fn error(self) -> TokenError {
        match self {
            Self::Unknown | Self::Method(_) | Self::Secret(_) => TokenError::Client,
        }
    }

    /// The app that somebody claims to be, where there is one.
    #[must_use]
    pub const fn app(self) -> Option<AppNo> {
        match self {
            Self::Unknown => None,
            Self::Method(app) | Self::Secret(app) => Some(app),
        }
    }
}

/// Finds out who asks.
///
/// # Errors
/// [`Refusal`], for the log; the client hears [`Refusal::error`].
pub fn authenticate(state: &State, auth: &ClientAuth, now: Timestamp) -> Result<Client, Refusal> {
    let no = auth.client().app().ok_or(Refusal::Unknown)?;
    let app = state.app(no).ok_or(Refusal::Unknown)?;
    match auth {
        ClientAuth::Public { .. } if app.public => Ok(Client { app: no, credential: None }),
        ClientAuth::Public { .. } => Err(Refusal::Method(no)),
        ClientAuth::Secret { .. } if app.public => Err(Refusal::Method(no)),
        ClientAuth::Secret { secret, .. } => {
            // Every credential is compared, so that the time taken tells nothing about which one matched.
            let mut matched = None;
            for number in &app.credentials {
                let Some(one) = state.credential(*number) else { continue };
                let matches = SecretDigest::from_bytes(one.digest).matches(secret);
                if matches && !one.ended && now < one.expires_at {
                    matched = Some(*number);
                }
            }
            let credential = matched.ok_or(Refusal::Secret(no))?;
            Ok(Client { app: no, credential: Some(credential) })
        }
    }
}
