//! Cases about a partner's apps, as far as they are shown, and appeals.

use crate::api::Api;
use crate::conduct::{self, Reader};
use crate::input::Asked;
use crate::reply::{self, Answer};
use crate::view::Page;
use consent::State;
use edge::Problem;
use model::{CaseNo, Env, PartnerNo};
use sequence::Lookup;
use serde::Deserialize;
use store::Urgency;
use utoipa::ToSchema;

/// Why a decision is wrong.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAppeal {
    text: String,
}

fn is_own(state: &State, partner: PartnerNo, case: &consent::Case) -> bool {
    state.app(case.app).is_some_and(|app| app.partner == partner)
}

pub(super) async fn list(api: Api, asked: Asked) -> Answer {
    let partner = asked.partner()?;
    let state = api.store().state();
    let own = state.cases().filter(|(_, case)| is_own(&state, partner, case));
    let items = own.map(|(no, case)| conduct::case_line(no, case)).collect();
    reply::ok(&Page { items, next: None })
}

fn shown(api: &Api, partner: PartnerNo, no: CaseNo) -> Result<conduct::CaseView, Problem> {
    let unknown = || Problem::new(404, "not-found", "you have no case of this number");
    let known = {
        let state = api.store().state();
        state.case(no).is_some_and(|case| is_own(&state, partner, case))
    };
    if !known {
        return Err(unknown());
    }
    conduct::case(api, no, Reader::Partner)?.ok_or_else(unknown)
}

pub(super) async fn show(api: Api, asked: Asked) -> Answer {
    reply::ok(&shown(&api, asked.partner()?, asked.number("case")?)?)
}

pub(super) async fn appeal(api: Api, asked: Asked) -> Answer {
    let (partner, no) = (asked.partner()?, asked.number::<CaseNo>("case")?);
    let NewAppeal { text } = asked.json()?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::partner::appeal(state, env, partner, no, &text)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::changed(done.position, &shown(&api, partner, no)?)
}
