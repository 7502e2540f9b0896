//! Acknowledging what an app holds and uses.

use super::{Refusal, own};
use consent::State;
use ledger::{Event, ReportAcknowledged, Why};
use model::{Actor, AppNo, PartnerNo, Position};
use sequence::Commit;

/// Acknowledges the report that waits, and all before it.
///
/// # Errors
/// The app is not the partner's, or this is not the report that waits.
pub fn acknowledge(
    state: &State,
    partner: PartnerNo,
    app: AppNo,
    report: Position,
) -> Result<Commit<()>, Refusal> {
    let waits = own(state, partner, app)?.report;
    if waits.is_none_or(|(at, _)| at != report) {
        let problem = "this report does not wait for an acknowledgement: a later one does, or none";
        return Err(Refusal::Conflict(problem));
    }
    let why = Why::by(Actor::App);
    let event = Event::ReportAcknowledged(ReportAcknowledged { app, report, why });
    Ok(Commit::event(event, ()))
}
