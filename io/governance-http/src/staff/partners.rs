//! Partners.

use super::details::PartnerDetails;
use super::said::{Because, NewStatus, status};
use crate::api::{Api, unreadable};
use crate::input::Asked;
use crate::reply::{self, Answer};
use crate::view::Page;
use consent::State;
use edge::Problem;
use flows::staff::{Edit, edition};
use model::{Env, PartnerNo, PartnerStatus};
use sequence::{Lookup, NameOf};
use serde::{Deserialize, Serialize};
use store::Urgency;
use utoipa::ToSchema;

/// A partner.
#[derive(Serialize, ToSchema)]
pub(super) struct PartnerView {
    partner: String,
    name: Option<String>,
    /// `active`, `suspended`, `revoked` or `surrendered`.
    status: &'static str,
    apps: Vec<String>,
    /// What it says about itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<PartnerDetails>,
    /// Tells what it says about itself from what it said before and will say later: a change can name it.
    edition: String,
}

/// A partner to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPartner {
    /// Its legal name.
    name: String,
    /// What it says about itself.
    details: Option<PartnerDetails>,
    #[serde(default)]
    because: Because,
}

/// What a partner says about itself from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PartnerSaid {
    details: PartnerDetails,
    /// The `edition` that was read: refused if it says something else by now. Absent: this replaces whatever stands there.
    edition: Option<String>,
    #[serde(default)]
    because: Because,
}

fn view(api: &Api, no: PartnerNo) -> Result<Option<PartnerView>, Problem> {
    let found = api.store().state().partner(no).cloned();
    let Some(found) = found else { return Ok(None) };
    let name = api.store().name(NameOf::Partner(no)).map_err(unreadable)?;
    let apps = found.apps.iter().map(ToString::to_string).collect();
    let digest = api.store().details_digest(NameOf::Partner(no)).map_err(unreadable)?;
    let details = digest.map(|digest| api.store().details_of(&digest)).transpose();
    let details = details.map_err(unreadable)?.flatten();
    let details = details.and_then(|text| PartnerDetails::of(&text));
    let edition = edition(digest, "");
    let status = found.status.word();
    Ok(Some(PartnerView { partner: no.to_string(), name, status, apps, details, edition }))
}

pub(super) async fn list(api: Api, asked: Asked) -> Answer {
    let (limit, after) = (asked.limit()?, asked.query::<PartnerNo>("after")?);
    let numbers: Vec<PartnerNo> = {
        let state = api.store().state();
        let rest = state.partners().map(|(no, _)| no).filter(|no| after.is_none_or(|at| *no > at));
        rest.take(limit + 1).collect()
    };
    let next = numbers.get(limit).and(numbers.get(limit.saturating_sub(1)));
    let mut items = Vec::new();
    for no in numbers.iter().take(limit) {
        items.extend(view(&api, *no)?);
    }
    reply::ok(&Page { items, next: next.map(ToString::to_string) })
}

pub(super) async fn show(api: Api, asked: Asked) -> Answer {
    let no = asked.number("partner")?;
    match view(&api, no)? {
        Some(found) => reply::ok(&found),
        None => Err(Problem::new(404, "not-found", "there is no partner of this number")),
    }
}

pub(super) async fn make(api: Api, asked: Asked) -> Answer {
    let NewPartner { name, details, because } = asked.json()?;
    let details = details.map(PartnerDetails::read).transpose()?;
    let said = because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::register_partner(state, env, &said, &name, details.as_ref())
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    match view(&api, done.reply)? {
        Some(made) => reply::made(done.position, &made),
        None => Err(Problem::new(404, "not-found", "there is no partner of this number")),
    }
}

pub(super) async fn set_details(api: Api, asked: Asked) -> Answer {
    let no: PartnerNo = asked.number("partner")?;
    let PartnerSaid { details, edition: seen, because } = asked.json()?;
    let said = because.said(asked.staff()?)?;
    let edit = Edit { of: no, says: details.read()?, seen };
    let flow = move |state: &State, lookup: &dyn Lookup, env: &Env| {
        flows::staff::change_partner(state, lookup, env, &said, &edit)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::done(done.position)
}

pub(super) async fn set_status(api: Api, asked: Asked) -> Answer {
    let no: PartnerNo = asked.number("partner")?;
    let wish: NewStatus = asked.json()?;
    let said = wish.because.said(asked.staff()?)?;
    let to = status(&wish.status, PartnerStatus::from_word)?;
    let urgency = if to == PartnerStatus::Active { Urgency::Ordinary } else { Urgency::Ending };
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::set_partner_status(state, env, &said, no, to)
    };
    let done = api.commit(&asked, urgency, flow).await?;
    reply::done(done.position)
}
