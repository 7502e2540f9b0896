//! The door of the API: who calls, by an access token.

use super::chain::{Claims, stand};
use consent::State;
use model::{AppNo, Chain, Condition, CredentialNo, PersonNo, Position, Reason, Secret, Timestamp};
use oauth::sealed::{AccessToken, KeyId, Opened, TokenKeys};

/// Who calls: what `consent::Request` needs to know of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The app.
    pub app: AppNo,
    /// The credential that asked for the token; none for public clients.
    pub credential: Option<CredentialNo>,
    /// What stands behind it.
    pub chain: Chain,
    /// The person of the grant; none for an installation.
    pub acting: Option<PersonNo>,
    /// The refresh family that the token comes from.
    pub family: Option<Position>,
    /// Issue number of the token.
    pub issue: Position,
    /// Key that it is sealed under.
    pub key: u8,
    /// The instant from which on it is dead by time alone.
    pub expires_at: Timestamp,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// None of ours.
    #[error("bearer token is not one of ours")]
    Invalid,
    /// Its time is over.
    #[error("bearer token of {} has expired", .0.app)]
    Expired(Caller),
    /// Something behind it does not stand; who it was, for counting refused requests.
    #[error("bearer token of {} has no chain: {reason}", caller.app)]
    Ended {
        /// Whose token it was.
        caller: Caller,
        /// First link that fails.
        reason: Reason,
    },
}

/// `CredentialNo(0)` is never given: in a token it stands for none.
pub(crate) const NO_CREDENTIAL: CredentialNo = CredentialNo(0);

/// Finds out who calls, and that partner, app, cut-offs, family, grant or installation let it in now. What it may have is
/// decided by `consent`, which asks all of this again at the entry's position.
///
/// # Errors
/// [`Refusal`]; the caller hears `invalid_token` for each.
pub fn authenticate(
    state: &State,
    keys: &TokenKeys,
    bearer: &Secret<String>,
    now: Timestamp,
) -> Result<Caller, Refusal> {
    let Opened { key, content } =
        keys.open::<AccessToken>(bearer.expose()).map_err(|_| Refusal::Invalid)?;
    let mut caller = caller(&content, key);
    //= rfc6749#7
    //# The resource server MUST validate the access token and ensure that it has not expired
    //# and that its scope covers the requested resource.
    if content.is_expired(now) && state.asks(Condition::TokenExpiry) {
        return Err(Refusal::Expired(caller));
    }
    let standing =
        //= rfc9396#9
        //# In order to enable the RS to enforce the authorization details as approved in the
        //# authorization process, the AS MUST make this data available to the RS.
        stand(state, &claims(&caller), now).map_err(|reason| Refusal::Ended { caller, reason })?;
    caller.acting = standing.acting;
    Ok(caller)
}

/// What a token says of itself.
pub(crate) fn caller(token: &AccessToken, key: KeyId) -> Caller {
    Caller {
        app: token.app,
        credential: Some(token.credential).filter(|no| *no != NO_CREDENTIAL),
        chain: token.chain,
        acting: None,
        family: token.family,
        issue: token.issue,
        key: key.0,
        expires_at: token.expires_at,
    }
}

/// What has to stand for a caller.
pub(crate) const fn claims(caller: &Caller) -> Claims {
    Claims {
        app: caller.app,
        credential: caller.credential,
        chain: caller.chain,
        family: caller.family,
        issue: caller.issue,
        key: caller.key,
    }
}
