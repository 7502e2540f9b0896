//! Suspending many apps at once: what it would reach, a second person, one entry; and lifting exactly that.

use super::said::{Because, Ending};
use crate::api::{Api, unavailable, unreadable};
use crate::input::{Asked, invalid};
use crate::refusal::Refused;
use crate::reply::{self, Answer};
use crate::view::{self, Page};
use consent::State;
use edge::Problem;
use edge::suspension::{self, Confirmed, selection};
use flows::Said;
use flows::staff::{
    Counting, PROPOSAL_LIFETIME, Preview, Proposed, Refusal, Selection, SuspensionWish, result_of,
};
use ledger::{AppList, Event, Payload};
use model::{Actor, EndingReason, Env, Position, Severity};
use sequence::{Lookup, NameOf};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Proposal, Store, Urgency};
use utoipa::ToSchema;

/// Partners that a preview names; the rest is counted.
const PARTNERS_MAX: usize = 50;

/// Which apps. Every part must hold.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Selected {
    /// `partner:ptn_3`, `category:quiz`, `program:groups`, `class:member.name`, `status:active`, `finding:4711`,
    /// `apps:app_1,app_2`.
    select: Vec<String>,
}

/// Which apps are to be suspended, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSuspension {
    /// As in a preview.
    select: Vec<String>,
    #[serde(default)]
    because: Because,
    /// The operator alone may do it without a second person; the entry says so for all time.
    #[serde(default)]
    break_glass: bool,
}

/// A confirmation: says by `result` which apps the second person saw.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmation {
    /// The `result` of the preview that they saw.
    result: String,
}

/// A partner's apps among those meant.
#[derive(Serialize, ToSchema)]
struct OfPartner {
    partner: String,
    name: Option<String>,
    apps: usize,
}

/// What a suspension would reach now.
#[derive(Serialize, ToSchema)]
pub(super) struct SuspensionPreview {
    /// The selection in words.
    selection: String,
    /// Apps.
    apps: usize,
    /// Their installations.
    installations: usize,
    /// Grants of people.
    grants: usize,
    /// Different people in reach: members of groups where one of the apps stands installed, and whoever has a grant or an
    /// opt-in. What they have switched off for themselves is not asked.
    people: usize,
    /// Which apps, as a digest.
    result: String,
    /// The partners with most of them.
    partners: Vec<OfPartner>,
}

/// What waits for a second person.
#[derive(Serialize, ToSchema)]
pub(super) struct ProposalView {
    proposal: u64,
    by: String,
    until: Option<String>,
    select: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Whether it means other apps by now than when it was proposed.
    changed: bool,
    /// What it would reach now; in lists, what it would have reached then.
    apps: usize,
    installations: usize,
    grants: usize,
    people: usize,
    /// To be sent with the confirmation.
    result: String,
}

/// A suspension of many apps.
#[derive(Serialize, ToSchema)]
pub(super) struct SuspensionView {
    /// Its position in the log, by which it is lifted.
    suspension: u64,
    apps: usize,
    lifted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    selection: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_by: Option<String>,
    /// One did it alone.
    broke_glass: bool,
}

fn meant(store: &Store, select: &[String]) -> Result<Selection, Problem> {
    selection(store, select).map_err(Refused::problem)
}

async fn counted(api: &Api, apps: AppList) -> Result<Preview, Problem> {
    let counting = Counting::new(apps, api.store().now());
    suspension::counted(api.store(), counting).await.map_err(|failure| unavailable(&failure))
}

fn of_partners(api: &Api, apps: &AppList) -> Result<Vec<OfPartner>, Problem> {
    let mut counts = BTreeMap::new();
    {
        let state = api.store().state();
        for app in apps.as_slice().iter().filter_map(|no| state.app(*no)) {
            *counts.entry(app.partner).or_insert(0usize) += 1;
        }
    }
    let mut most: Vec<_> = counts.into_iter().collect();
    most.sort_by_key(|(no, apps)| (std::cmp::Reverse(*apps), *no));
    let view = |(no, apps)| {
        let name = api.store().name(NameOf::Partner(no)).map_err(unreadable)?;
        Ok(OfPartner { partner: model::PartnerNo::to_string(&no), name, apps })
    };
    most.into_iter().take(PARTNERS_MAX).map(view).collect()
}

pub(super) async fn preview(api: Api, asked: Asked) -> Answer {
    let Selected { select } = asked.json()?;
    let selection = meant(api.store(), &select)?;
    let apps = selection.apps(&api.store().state(), api.store().now());
    let partners = of_partners(&api, &apps)?;
    let result = view::hex(&result_of(&apps));
    let Preview { apps, installations, grants, people } = counted(&api, apps).await?;
    let selection = selection.to_string();
    reply::ok(&SuspensionPreview {
        selection,
        apps,
        installations,
        grants,
        people,
        result,
        partners,
    })
}

pub(super) async fn propose(api: Api, asked: Asked) -> Answer {
    let NewSuspension { select, because, break_glass } = asked.json()?;
    let said = because.said(asked.staff()?)?;
    let wish = SuspensionWish { said, selection: meant(api.store(), &select)? };
    if break_glass {
        return alone(api, asked, wish).await;
    }
    let now = api.store().now();
    let apps = flows::staff::may_propose(&api.store().state(), now, &wish);
    let apps = apps.map_err(Refused::problem)?;
    let result = result_of(&apps);
    let preview = counted(&api, apps).await?;
    let Said { by, reason, severity, note } = wish.said;
    let proposed = Proposed { select, reason, severity, note, preview, result };
    let by = match by {
        Actor::Staff(staff) => Some(staff),
        Actor::System | Actor::Platform | Actor::Person(_) | Actor::Operator | Actor::App => None,
    };
    let until = now.plus(PROPOSAL_LIFETIME);
    let number = api.store().propose(by, (now, until), &proposed.text()).map_err(unreadable)?;
    let proposal = Proposal { number, by, at: now, until, text: proposed.text() };
    reply::json(http::StatusCode::CREATED, &proposal_view(&proposal, proposed, None))
}

async fn alone(api: Api, asked: Asked, wish: SuspensionWish) -> Answer {
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::suspend_alone(state, env, &wish)
    };
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    suspended(&api, done.position)
}

fn suspended(api: &Api, at: Position) -> Answer {
    let found = api.store().state().suspensions().find(|(position, _)| *position == at);
    let (_, found) = found.ok_or_else(none)?;
    reply::made(at, &suspension_view(api.store(), at, found))
}

fn none() -> Problem {
    Problem::new(404, "not-found", "there is no such proposal, or no more")
}

fn proposal_view(
    proposal: &Proposal,
    proposed: Proposed,
    now: Option<(Preview, [u8; 32])>,
) -> ProposalView {
    let (preview, result) = now.unwrap_or((proposed.preview, proposed.result));
    ProposalView {
        proposal: proposal.number,
        by: actor(proposal.by.map_or(Actor::Operator, Actor::Staff)),
        until: view::instant(proposal.until),
        reason: proposed.reason.map(EndingReason::word),
        severity: proposed.severity.map(Severity::word),
        note: proposed.note,
        changed: result != proposed.result,
        apps: preview.apps,
        installations: preview.installations,
        grants: preview.grants,
        people: preview.people,
        result: view::hex(&result),
        select: proposed.select,
    }
}

fn actor(by: Actor) -> String {
    match by {
        Actor::Staff(no) => no.to_string(),
        Actor::Person(no) => no.to_string(),
        Actor::System => "system".to_owned(),
        Actor::Platform => "platform".to_owned(),
        Actor::Operator => "operator".to_owned(),
        Actor::App => "app".to_owned(),
    }
}

pub(super) async fn proposals(api: Api, _: Asked) -> Answer {
    let found = api.store().proposals().map_err(unreadable)?;
    let items = found
        .iter()
        .filter_map(|one| Proposed::read(&one.text).map(|said| proposal_view(one, said, None)));
    reply::ok(&Page { items: items.collect(), next: None })
}

fn asked_for(api: &Api, asked: &Asked) -> Result<(Proposal, Proposed), Problem> {
    let number = asked.number("proposal")?;
    let proposal = api.store().proposal(number).map_err(unreadable)?.ok_or_else(none)?;
    let proposed = Proposed::read(&proposal.text).ok_or_else(none)?;
    Ok((proposal, proposed))
}

pub(super) async fn proposal(api: Api, asked: Asked) -> Answer {
    let (proposal, proposed) = asked_for(&api, &asked)?;
    let selection = meant(api.store(), &proposed.select)?;
    let apps = selection.apps(&api.store().state(), api.store().now());
    let result = result_of(&apps);
    let preview = counted(&api, apps).await?;
    reply::ok(&proposal_view(&proposal, proposed, Some((preview, result))))
}

pub(super) async fn withdraw(api: Api, asked: Asked) -> Answer {
    let by = asked.staff()?;
    flows::staff::may(&api.store().state(), by, flows::staff::Act::Respond)
        .map_err(Refused::problem)?;
    if api.store().take_proposal(asked.number("proposal")?).map_err(unreadable)? {
        Ok(reply::empty())
    } else {
        Err(none())
    }
}

pub(super) async fn confirm(api: Api, asked: Asked) -> Answer {
    let Confirmation { result } = asked.json()?;
    let result = view::unhex(&result)
        .ok_or_else(|| invalid("result", "is not the `result` of a preview"))?;
    let Actor::Staff(second) = asked.staff()? else {
        let detail = "the operator has `--break-glass`; a proposal is confirmed by staff";
        return Err(Problem::new(403, "not-second-person", detail));
    };
    let (proposal, _) = asked_for(&api, &asked)?;
    let by = (second, asked.connection);
    let confirmed = suspension::confirm(api.store(), &proposal, by, result).await;
    match confirmed.map_err(|failure| unavailable(&failure))? {
        Confirmed::Done(at) => suspended(&api, at),
        Confirmed::Gone => Err(none()),
        Confirmed::Refused(refusal) => Err(Refusal::problem(refusal)),
    }
}

fn suspension_view(store: &Store, at: Position, found: consent::Suspension) -> SuspensionView {
    let stored = store.entry(at).ok().flatten();
    let event = stored.and_then(|one| one.read_payload().ok().flatten());
    let (selection, why) = match event {
        Some(Payload::Control(Event::AppsSuspended(event))) => (event.selection, Some(event.why)),
        _ => (None, None),
    };
    SuspensionView {
        suspension: at.0,
        apps: found.apps as usize,
        lifted: found.lifted,
        selection,
        by: why.as_ref().map(|why| actor(why.by)),
        confirmed_by: why.as_ref().and_then(|why| why.confirmed_by).map(actor),
        broke_glass: why.is_some_and(|why| why.broke_glass == Some(true)),
    }
}

pub(super) async fn list(api: Api, _: Asked) -> Answer {
    let mut found: Vec<_> = api.store().state().suspensions().collect();
    found.reverse();
    let items = found.into_iter().map(|(at, one)| suspension_view(api.store(), at, one));
    reply::ok(&Page { items: items.collect(), next: None })
}

pub(super) async fn lift(api: Api, asked: Asked) -> Answer {
    let at = Position(asked.number("suspension")?);
    let said = asked.json::<Ending>()?.because.said(asked.staff()?)?;
    let flow =
        move |state: &State, _: &dyn Lookup, env: &Env| flows::staff::lift(state, env, &said, at);
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::done(done.position)
}
