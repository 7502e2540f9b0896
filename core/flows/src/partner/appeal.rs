//! Appeals against how a case was decided.

use super::{Refusal, own};
use crate::Said;
use consent::{Appeal, State};
use ledger::{CaseAppealed, Event};
use model::{Actor, CaseNo, CaseOutcome, Env, PartnerNo};
use sequence::Commit;

/// Appeals, once, against a decision that went against the partner.
///
/// # Errors
/// The case is not about one of the partner's apps, not decided, decided in its favour, or appealed against before; or
/// nothing is said.
pub fn appeal(
    state: &State,
    env: &Env,
    partner: PartnerNo,
    case: CaseNo,
    text: &str,
) -> Result<Commit<()>, Refusal> {
    let found = state.case(case).ok_or(Refusal::Unknown("case"))?;
    own(state, partner, found.app).map_err(|_| Refusal::Unknown("case"))?;
    match found.outcome {
        None => return Err(Refusal::Conflict("the case is not decided yet")),
        Some(CaseOutcome::Unfounded) => {
            return Err(Refusal::Conflict("the case was decided in your favour"));
        }
        Some(CaseOutcome::Warned | CaseOutcome::Suspended | CaseOutcome::Removed) => {}
    }
    if found.appeal != Appeal::None {
        return Err(Refusal::Conflict("you have appealed against this already"));
    }
    let said = Said { note: Some(text.to_owned()), ..Said::by(Actor::App) };
    let (why, notes) = said.split(env);
    if why.note.is_none() {
        let problem = "must say why the decision is wrong".to_owned();
        return Err(Refusal::Invalid { field: "text", problem });
    }
    let mut commit =
        Commit::event(Event::CaseAppealed(CaseAppealed { case, app: found.app, why }), ());
    commit.writes.extend(notes);
    Ok(commit)
}
