//! Why there is no token.

use crate::oauth::client;
use model::{AppNo, GrantNo, InstallationNo, Position};
use oauth::token::TokenError;

/// Why a token request is refused, for the log. The client hears [`Refusal::error`], which tells less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The client is not believed.
    #[error(transparent)]
    Client(#[from] client::Refusal),
    /// App or partner is suspended or gone.
    #[error("{0} or its partner is not active")]
    AppNotActive(AppNo),
    /// No code of ours.
    #[error("authorization code is not one of ours")]
    Code,
    /// The code's time is over.
    #[error("authorization code of {0} has expired")]
    CodeExpired(GrantNo),
    /// Another app's code.
    #[error("authorization code of {grant} was issued to {app}")]
    CodeOfAnother {
        /// Whose grant.
        grant: GrantNo,
        /// Whose code.
        app: AppNo,
    },
    /// Another redirect URI than the code was asked for.
    #[error("authorization code of {0} is bound to another redirect URI")]
    Redirect(GrantNo),
    /// Another verifier than the challenge was made from.
    #[error("authorization code of {0} is bound to another verifier")]
    Verifier(GrantNo),
    /// Other resources than the code was asked for.
    #[error("authorization code of {0} is bound to other resources")]
    Resources(GrantNo),
    /// The code was redeemed before.
    #[error("authorization code of {0} was already redeemed")]
    CodeReused(GrantNo),
    /// The grant has ended or was cut off since.
    #[error("{0} has ended or was cut off")]
    GrantEnded(GrantNo),
    /// No refresh token of ours.
    #[error("refresh token is not one of ours")]
    RefreshToken,
    /// Another app's refresh token.
    #[error("refresh token of {grant} was issued to {app}")]
    RefreshOfAnother {
        /// Whose grant.
        grant: GrantNo,
        /// Whose token.
        app: AppNo,
    },
    /// The family ended, or never had this member.
    #[error("refresh family {family} of {grant} has no such token any more")]
    FamilyEnded {
        /// Whose grant.
        grant: GrantNo,
        /// Which family.
        family: Position,
    },
    /// A rotated token was presented again.
    #[error("refresh token of family {family} of {grant} was used before")]
    RefreshReused {
        /// Whose grant.
        grant: GrantNo,
        /// Which family.
        family: Position,
    },
    /// No such installation, or another app's, or it does not stand.
    #[error("{0} does not stand, or is not this client's")]
    Installation(InstallationNo),
    /// The app is not enabled in the group that the resource names.
    #[error("client has no standing installation at this resource")]
    NotInstalled,
    /// Public clients have no token but people's.
    #[error("public client {0} asked for an installation token")]
    PublicClient(AppNo),
    /// A class that there is not, or wider than what stands.
    #[error("scope is unknown or wider than granted")]
    Scope,
    /// Nothing of it is covered by an agreement at present.
    #[error("no agreement of {0} covers anything of this at present")]
    NothingCovered(AppNo),
    /// A resource that is none of ours, or outside the grant.
    #[error("resource is unknown or not granted")]
    Target,
    /// Authorization details that the grant does not carry.
    #[error("authorization details are unknown or not granted")]
    Details,
    /// The log takes nothing but endings at present.
    #[error("log takes nothing but endings at present")]
    Later,
}

impl Refusal {
    /// The standard's error; `None` where the client should ask again later.
    #[must_use]
    pub const fn error(self) -> Option<TokenError> {
        Some(match self {
            Self::Client(refusal) => refusal.error(),
            Self::AppNotActive(_) | Self::PublicClient(_) => TokenError::UnauthorizedClient,
            Self::Code
            | Self::CodeExpired(_)
            | Self::CodeOfAnother { .. }
            | Self::Redirect(_)
            | Self::Verifier(_)
            | Self::CodeReused(_) => TokenError::Code,
            Self::GrantEnded(_) | Self::Installation(_) => TokenError::GrantEnded,
            Self::RefreshToken
            | Self::RefreshOfAnother { .. }
            | Self::FamilyEnded { .. }
            | Self::RefreshReused { .. } => TokenError::RefreshToken,
            Self::Scope | Self::NothingCovered(_) => TokenError::Scope,
            Self::Resources(_) | Self::NotInstalled | Self::Target => TokenError::Target,
            Self::Details => TokenError::Details,
            Self::Later => return None,
        })
    }
}
