//! Partners: registering them, and their status.

use super::{Act, Refusal, may, name};
use crate::Said;
use consent::State;
use ledger::{Event, PartnerMade, PartnerStatusChanged};
use model::{Env, PartnerNo, PartnerStatus};
use sequence::{Commit, NameOf, VaultWrite};

/// Registers a partner.
///
/// # Errors
/// The actor is no staff, or the name cannot be one.
pub fn make_partner(
    state: &State,
    env: &Env,
    said: &Said,
    legal_name: &str,
) -> Result<Commit<PartnerNo>, Refusal> {
    may(state, said.by, Act::Register)?;
    let text = name("name", legal_name)?;
    let partner = state.next_partner();
    let (why, notes) = said.split(env);
    let mut commit =
        Commit::event(Event::PartnerMade(PartnerMade { partner, why, details: None }), partner);
    commit.writes.extend(notes);
    Ok(commit.with(VaultWrite::Name { of: NameOf::Partner(partner), text }))
}

/// Changes a partner's status, which holds for all its apps. Revoked and surrendered are final.
///
/// # Errors
/// The partner is unknown, or its status final.
pub fn set_partner_status(
    state: &State,
    env: &Env,
    said: &Said,
    partner: PartnerNo,
    status: PartnerStatus,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Respond)?;
    let found = state.partner(partner).ok_or(Refusal::Unknown("partner"))?;
    if found.status == status {
        return Ok(Commit::nothing(()));
    }
    if matches!(found.status, PartnerStatus::Revoked | PartnerStatus::Surrendered) {
        return Err(Refusal::Conflict(format!(
            "the partner is {}, which is final: register it anew",
            found.status
        )));
    }
    let (why, notes) = said.split(env);
    let mut commit = Commit::event(
        Event::PartnerStatusChanged(PartnerStatusChanged { partner, status, why }),
        (),
    );
    commit.writes.extend(notes);
    Ok(commit)
}
