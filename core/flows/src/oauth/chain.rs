//! Whether what stands behind a token or code stands now: the checks of `consent::authorize` that need no operation.

use super::terms;
use consent::{App, Grant, Installation, State};
use model::{
    AppNo, AppStatus, Chain, ClassMask, CredentialNo, GrantNo, InstallationNo, PartnerStatus,
    PersonNo, Position, Reason, Timestamp,
};

/// What a token or code says about itself, authenticated and not yet believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claims {
    /// Whose it is.
    pub app: AppNo,
    /// Which credential asked for it.
    pub credential: Option<CredentialNo>,
    /// What stands behind it.
    pub chain: Chain,
    /// The refresh family that it belongs to.
    pub family: Option<Position>,
    /// When it was issued.
    pub issue: Position,
    /// Under which key.
    pub key: u8,
}

/// What stands behind claims that hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// The person of the grant; none for an installation.
    pub acting: Option<PersonNo>,
    /// Classes of the chain that agreements cover now.
    pub classes: ClassMask,
    /// When the chain ends by itself.
    pub ends: Timestamp,
}

/// Whether the app may receive anything at present.
pub(crate) fn active(state: &State, app: AppNo) -> Result<&App, Reason> {
    let app = state.app(app).ok_or(Reason::App)?;
    let partner = state.partner(app.partner).ok_or(Reason::Partner)?;
    if partner.status != PartnerStatus::Active {
        return Err(Reason::Partner);
    }
    if state.status_of(app) == AppStatus::Active { Ok(app) } else { Err(Reason::App) }
}

/// A grant of this app that stands.
pub(crate) fn standing_grant(
    state: &State,
    app: AppNo,
    no: GrantNo,
    now: Timestamp,
) -> Option<&Grant> {
    state.grant(no).filter(|grant| {
        let alive = !grant.ended && now < state.ends_at(grant) && state.is_person(grant.person);
        alive && grant.app == app
    })
}

/// An installation of this app that stands.
pub(crate) fn standing_installation(
    state: &State,
    app: AppNo,
    no: InstallationNo,
) -> Option<&Installation> {
    state.installation(no).filter(|one| one.app == app && state.is_standing(one))
}

/// Whether the claims hold now.
///
/// # Errors
/// The first link that fails, in the order of `consent::authorize`.
pub(crate) fn stand(state: &State, claims: &Claims, now: Timestamp) -> Result<Standing, Reason> {
    let app = active(state, claims.app)?;
    if is_dead(state, claims) {
        return Err(Reason::CutOff);
    }
    let agreed = terms::agreed(state, app, now);
    match claims.chain {
        Chain::Grant(no) => {
            let grant = standing_grant(state, claims.app, no, now).ok_or(Reason::Grant)?;
            let lives = |family| grant.families.iter().any(|one| one.id == family);
            // A family that ended ends its access tokens like a cut-off does.
            if claims.family.is_some_and(|family| !lives(family)) {
                return Err(Reason::CutOff);
            }
            Ok(Standing {
                acting: Some(grant.person),
                classes: grant.classes & agreed,
                ends: state.ends_at(grant),
            })
        }
        Chain::Installation(no) => {
            let installation =
                standing_installation(state, claims.app, no).ok_or(Reason::Installation)?;
            let classes = installation.classes & agreed;
            Ok(Standing { acting: None, classes, ends: Timestamp::NEVER })
        }
    }
}

/// Whether it is cut off, or issued in a future that the log does not have: a backup was restored, and whatever was
/// issued after it would outlive the next cut-offs.
pub(crate) fn is_dead(state: &State, claims: &Claims) -> bool {
    let Claims { app, credential, chain, issue, key, .. } = *claims;
    issue > state.issue_number() || state.is_cut_off(app, credential, chain, issue, key)
}
