//! Reports: what an app holds beside what it used, which its partner acknowledges within a term or is restricted.

use super::{Act, Refusal, may};
use crate::Said;
use consent::State;
use ledger::{Event, ReportAcknowledged, ReportIssued, digest};
use model::{Actor, AppNo, AppStatus, Env, Millis, PartnerStatus, Position, Timestamp};
use sequence::{Commit, VaultWrite};

/// Days to acknowledge a report where the policy does not say.
const ACKNOWLEDGE_DAYS: u32 = 14;
/// An app gets a report this often.
const EVERY: Millis = Millis::days(90);

fn issued(state: &State, env: &Env, said: &Said, app: AppNo, document: &str) -> Commit<()> {
    let days = state.policy().and_then(|policy| policy.expiry().acknowledge_days);
    let due = env.now.plus(Millis::days(days.unwrap_or(ACKNOWLEDGE_DAYS).into()));
    let report = digest(document.as_bytes());
    let (why, notes) = said.split(env);
    let mut commit = Commit::event(Event::ReportIssued(ReportIssued { app, due, report, why }), ());
    commit.writes.extend(notes);
    commit.with(VaultWrite::Note { digest: report, text: document.to_owned() })
}

/// Issues a report by somebody's wish. `document` is what the partner acknowledges.
///
/// # Errors
/// The app is unknown or removed.
pub fn issue_report(
    state: &State,
    env: &Env,
    said: &Said,
    app: AppNo,
    document: &str,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Review)?;
    let found = state.app(app).ok_or(Refusal::Unknown("app"))?;
    if found.status == AppStatus::Removed {
        return Err(Refusal::Conflict("the app is removed".to_owned()));
    }
    Ok(issued(state, env, said, app, document))
}

/// Whether an app's partner is to be told again what it holds: an agreement of now gives it something, and the last
/// report, or else the first agreement, is long enough ago.
#[must_use]
pub fn is_report_due(state: &State, app: AppNo, last: Option<Timestamp>, now: Timestamp) -> bool {
    let Some(found) = state.app(app) else { return false };
    let partner = state.partner(found.partner).map(|partner| partner.status);
    if found.status == AppStatus::Removed
        || !matches!(partner, Some(PartnerStatus::Active | PartnerStatus::Suspended))
    {
        return false;
    }
    let agreements = || found.agreements.iter().filter_map(|no| state.agreement(*no));
    let holds = agreements().any(|agreement| agreement.is_standing(now));
    let since = last.or_else(|| agreements().map(|agreement| agreement.made_at).min());
    holds && since.is_some_and(|since| since.plus(EVERY) <= now)
}

/// Issues a report because it is due. Nothing where it no longer is.
#[must_use]
pub fn issue_due_report(
    state: &State,
    env: &Env,
    app: AppNo,
    last: Option<Timestamp>,
    document: &str,
) -> Commit<()> {
    if !is_report_due(state, app, last, env.now) {
        return Commit::nothing(());
    }
    issued(state, env, &Said::by(Actor::System), app, document)
}

/// Acknowledges a report on the partner's word.
///
/// # Errors
/// The app is unknown, or this is not the report that waits.
pub fn acknowledge_report(
    state: &State,
    env: &Env,
    said: &Said,
    app: AppNo,
    report: Position,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Review)?;
    let waits = state.app(app).ok_or(Refusal::Unknown("app"))?.report;
    if waits.is_none_or(|(at, _)| at != report) {
        let problem = "this report does not wait for an acknowledgement: a later one does, or none";
        return Err(Refusal::Conflict(problem.to_owned()));
    }
    let (why, notes) = said.split(env);
    let event = Event::ReportAcknowledged(ReportAcknowledged { app, report, why });
    let mut commit = Commit::event(event, ());
    commit.writes.extend(notes);
    Ok(commit)
}
