//! A partner's signed statements of purpose.

use super::{Refusal, own};
use consent::State;
use ledger::{CertificationMade, Event, Why, digest};
use model::{
    Actor, AppNo, AppStatus, CertificationNo, ClassMask, Env, PartnerNo, PurposeNo, Timestamp,
};
use sequence::{Commit, VaultWrite};

/// What a partner signed, its signature verified.
#[derive(Debug, Clone)]
pub struct Statement {
    /// About which app.
    pub app: AppNo,
    /// About which class: each has a statement of its own.
    pub classes: ClassMask,
    /// For what.
    pub purpose: PurposeNo,
    /// End, exclusive; none: as the policy says.
    pub until: Option<Timestamp>,
    /// The compact JWS (RFC 7515) as it came.
    pub jws: String,
}

/// Enters a certification that the partner signed. It begins now.
///
/// # Errors
/// The app is not the partner's, is removed, or a value is not what it must be.
pub fn certify(
    state: &State,
    env: &Env,
    partner: PartnerNo,
    statement: &Statement,
) -> Result<Commit<CertificationNo>, Refusal> {
    let app = own(state, partner, statement.app)?;
    if app.status == AppStatus::Removed {
        return Err(Refusal::Conflict("the app is removed"));
    }
    let most = crate::staff::certified_until(state, env.now);
    let until = statement.until.unwrap_or(most).min(most);
    if until <= env.now {
        let problem = "must be in the future".to_owned();
        return Err(Refusal::Invalid { field: "until", problem });
    }
    let signed = digest(statement.jws.as_bytes());
    let again = app.certifications.iter().filter_map(|no| state.certification(*no));
    if again.into_iter().any(|one| one.statement == Some(signed)) {
        return Err(Refusal::Conflict("this statement was submitted before: sign a new one"));
    }
    let certification = state.next_certification();
    let event = CertificationMade {
        certification,
        app: statement.app,
        classes: statement.classes,
        purpose: statement.purpose,
        from: env.now,
        until,
        why: Why::by(Actor::App),
        statement: Some(signed),
    };
    let commit = Commit::event(Event::CertificationMade(event), certification);
    Ok(commit.with(VaultWrite::Note { digest: signed, text: statement.jws.clone() }))
}
