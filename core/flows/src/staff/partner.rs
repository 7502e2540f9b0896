//! Partners: registering them, their details, and their status.

use super::details::{Edit, PartnerDetails, edition, kept};
use super::{Act, Refusal, ending_because, may, name, reinstating_because};
use crate::Said;
use consent::State;
use ledger::{Event, PartnerChanged, PartnerMade, PartnerStatusChanged};
use model::{Env, PartnerNo, PartnerStatus};
use sequence::{Commit, Lookup, NameOf, VaultWrite};

/// Registers a partner of which no more than the name is known yet.
///
/// # Errors
/// The actor may not, or the name cannot be one.
pub fn make_partner(
    state: &State,
    env: &Env,
    said: &Said,
    legal_name: &str,
) -> Result<Commit<PartnerNo>, Refusal> {
    register_partner(state, env, said, legal_name, None)
}

/// Registers a partner.
///
/// # Errors
/// The actor may not, or the name or details cannot be such.
pub fn register_partner(
    state: &State,
    env: &Env,
    said: &Said,
    legal_name: &str,
    details: Option<&PartnerDetails>,
) -> Result<Commit<PartnerNo>, Refusal> {
    may(state, said.by, Act::Register)?;
    let text = name("name", legal_name)?;
    let partner = state.next_partner();
    let details = details.map(PartnerDetails::text).transpose()?;
    let details = details.map(|text| kept(env, NameOf::Partner(partner), text));
    let (why, notes) = said.split(env);
    let digest = details.as_ref().map(|(digest, _)| *digest);
    let event = PartnerMade { partner, why, details: digest };
    let mut commit = Commit::event(Event::PartnerMade(event), partner);
    commit.writes.extend(notes);
    commit.writes.extend(details.map(|(_, write)| write));
    Ok(commit.with(VaultWrite::Name { of: NameOf::Partner(partner), text }))
}

/// Changes what a partner says about itself.
///
/// # Errors
/// The actor may not, the partner is unknown, the details cannot be such, or they are others by now than those that were seen.
pub fn change_partner(
    state: &State,
    lookup: &dyn Lookup,
    env: &Env,
    said: &Said,
    edit: &Edit<PartnerNo, PartnerDetails>,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Register)?;
    let partner = edit.of;
    state.partner(partner).ok_or(Refusal::Unknown("partner"))?;
    let text = edit.says.text()?;
    edit.check(&edition(lookup.details(NameOf::Partner(partner)), ""))?;
    let (details, write) = kept(env, NameOf::Partner(partner), text);
    let (why, notes) = said.split(env);
    let event = PartnerChanged { partner, details, why };
    let mut commit = Commit::event(Event::PartnerChanged(event), ());
    commit.writes.extend(notes);
    Ok(commit.with(write))
}

/// Whether a partner's status can never change any more.
#[must_use]
pub const fn is_final(status: PartnerStatus) -> bool {
    matches!(status, PartnerStatus::Revoked | PartnerStatus::Surrendered)
}

/// Changes a partner's status, which holds for all its apps: they are judged by both. Revoked and surrendered are final.
///
/// # Errors
/// The partner is unknown, its status final, or no reason is named.
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
    if is_final(found.status) {
        return Err(Refusal::Conflict(format!(
            "the partner is {}, which is final: register it anew",
            found.status
        )));
    }
    if status == PartnerStatus::Active {
        reinstating_because(said)?;
    } else {
        ending_because(said)?;
    }
    let (why, notes) = said.split(env);
    let mut commit = Commit::event(
        Event::PartnerStatusChanged(PartnerStatusChanged { partner, status, why }),
        (),
    );
    commit.writes.extend(notes);
    Ok(commit)
}
