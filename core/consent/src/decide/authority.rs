//! Whether a request may be served at all: partner, app, token, program, version, and the actions that it needs.

use super::person_side::record_side;
use super::request_side::{as_tester, request_mask};
use super::{Request, Sieve};
use crate::registry::{App, Grant, Program};
use crate::rules::ProgramRules;
use crate::state::State;
use ledger::About;
use model::{
    AppNo, AppStatus, Chain, ClassMask, Condition, PartnerStatus, ProgramNo, ProgramStatus, Reason,
    Relation, Timestamp,
};

/// Whose data may leave at all, told once a request.
#[derive(Debug, Clone, Copy)]
pub struct Authority {
    pub(crate) rules: ProgramRules,
    /// Until when what was found here holds, as far as time alone changes it.
    pub(super) ends: Timestamp,
    /// Classes that everybody may be seen in, tester or not.
    pub(super) reviewed: ClassMask,
    /// Whether a tester acts, or stands behind the installation.
    pub(super) tester: bool,
    /// The experiment whose people alone are reached.
    pub(super) experiment: Option<ProgramNo>,
    /// The operation's purpose goes beyond the feature.
    pub(super) beyond: bool,
}

impl Authority {
    /// Whether people must be asked more than their word says.
    pub(super) const fn is_guarded(&self) -> bool {
        self.experiment.is_some() || self.reviewed.0 != ClassMask::ALL.0
    }
}

/// Whether the request may be served at all: partner, app, token, program, and the actions it needs.
///
/// # Errors
/// The first link that fails.
pub fn authorize(state: &State, request: &Request, now: Timestamp) -> Result<Authority, Reason> {
    let app = registered(state, request)?;
    let mut ends = program_ends(state, request, now)?;
    ends = ends.min(version_ends(state, request, now)?);
    ends = ends.min(chain_ends(state, request, now)?);
    let rules = state.rules_of(request.version);
    let authority = Authority {
        rules: rules.map(|rules| rules.program(request.program)).unwrap_or_default(),
        ends,
        reviewed: if state.asks(Condition::Review) { app.reviewed() } else { ClassMask::ALL },
        tester: as_tester(state, request, app),
        experiment: state
            .program(request.program)
            .filter(|program| program.status == ProgramStatus::Experimental)
            .and_then(|program| program.cap)
            .map(|_| request.program),
        beyond: rules.is_some_and(|rules| rules.is_beyond(request.purpose)),
    };
    if !request.requires.is_empty() {
        actions(state, request, &authority, now)?;
    }
    Ok(authority)
}

/// Partner, app and token.
fn registered<'s>(state: &'s State, request: &Request) -> Result<&'s App, Reason> {
    let app = state.app(request.app).ok_or(Reason::App)?;
    let partner = state.partner(app.partner).ok_or(Reason::Partner)?;
    let asked = state.asks(Condition::Suspended);
    if asked && partner.status != PartnerStatus::Active {
        return Err(Reason::Partner);
    }
    if asked && (app.status != AppStatus::Active || state.is_suspended(app)) {
        return Err(Reason::App);
    }
    if state.asks(Condition::CutOff)
        && state.is_cut_off(
            request.app,
            request.credential,
            request.chain,
            request.issue,
            request.key,
        )
    {
        return Err(Reason::CutOff);
    }
    Ok(app)
}

fn program_ends(state: &State, request: &Request, now: Timestamp) -> Result<Timestamp, Reason> {
    let program = state.program(request.program).ok_or(Reason::Program)?;
    if !state.asks(Condition::ProgramClosed) {
        return Ok(Timestamp::NEVER);
    }
    program.open_until(request.app).filter(|until| now < *until).ok_or(Reason::Program)
}

impl Program {
    /// Until when the app is served through it, exclusive; `None`: not at all.
    #[must_use]
    pub fn open_until(&self, app: AppNo) -> Option<Timestamp> {
        match self.status {
            // Restricted admits what exists; new installations and grants are refused where they are made.
            ProgramStatus::Live | ProgramStatus::Restricted => Some(Timestamp::NEVER),
            ProgramStatus::Experimental => Some(self.until.unwrap_or(Timestamp::NEVER)),
            ProgramStatus::Closed => self.exceptions.get(&app).copied(),
            ProgramStatus::Draft => None,
        }
    }
}

fn version_ends(state: &State, request: &Request, now: Timestamp) -> Result<Timestamp, Reason> {
    state.rules_of(request.version).ok_or(Reason::Version)?;
    let sunset = state.version_terms(request.version).sunset.unwrap_or(Timestamp::NEVER);
    if now < sunset || !state.asks(Condition::Version) { Ok(sunset) } else { Err(Reason::Version) }
}

/// The grant or the installation that the token names.
fn chain_ends(state: &State, request: &Request, now: Timestamp) -> Result<Timestamp, Reason> {
    match request.chain {
        Chain::Grant(no) => {
            let grant =
                state.grant(no).filter(|grant| grant.app == request.app).ok_or(Reason::Grant)?;
            let lives = |id: model::Position| grant.families.iter().any(|family| family.id == id);
            let family_ended =
                state.asks(Condition::GrantEnded) && request.family.is_some_and(|id| !lives(id));
            if family_ended || !stands(state, grant, now) || request.acting != Some(grant.person) {
                return Err(Reason::Grant);
            }
            let idle_at = state.idle_at(grant);
            if idle_at <= now && state.asks(Condition::Idle) {
                return Err(Reason::Idle);
            }
            let purposes = grant.terms.as_deref().and_then(|terms| terms.purposes.as_deref());
            if purposes.is_some_and(|purposes| !purposes.contains(&request.purpose)) {
                return Err(Reason::GrantPurpose);
            }
            Ok(idle_at)
        }
        Chain::Installation(no) => {
            let installation = state.installation(no).filter(|one| one.app == request.app);
            let installation = installation.ok_or(Reason::Installation)?;
            if !state.is_standing(installation) || request.acting.is_some() {
                return Err(Reason::Installation);
            }
            Ok(Timestamp::NEVER)
        }
    }
}

pub(super) fn stands(state: &State, grant: &Grant, now: Timestamp) -> bool {
    (!grant.ended || !state.asks(Condition::GrantEnded))
        && (now < grant.expires_at || !state.asks(Condition::GrantExpiry))
        && state.is_person(grant.person)
}

/// Every action that the operation needs must be allowed in the context that the path names.
fn actions(
    state: &State,
    request: &Request,
    authority: &Authority,
    now: Timestamp,
) -> Result<(), Reason> {
    let mut failed = Vec::new();
    let mask = request_mask(state, request, authority, request.context, now, &mut failed);
    let mut sieve = Sieve { left: mask.classes, trace: &mut failed };
    // No record speaks for an action: what only a record or a person can say does not hold (invariant 4).
    let no_record = (None, Relation::NONE);
    record_side(&authority.rules, no_record, &About::Nobody, request.acting, &mut sieve);
    sieve.demand(Reason::Unresolvable, !authority.rules.personal);
    let allowed = sieve.left;
    if allowed.covers(request.requires) {
        return Ok(());
    }
    let first = failed.iter().find(|(_, classes)| !(*classes & request.requires).is_empty());
    Err(first.map_or(Reason::UnknownClass, |(reason, _)| *reason))
}
