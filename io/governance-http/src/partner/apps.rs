//! A partner's apps: their status with its reason, what they hold and used, agreements, reports to acknowledge.

use super::own;
use crate::api::{Api, unreadable};
use crate::input::Asked;
use crate::names;
use crate::reply::{self, Answer};
use crate::staff::{agreements, reports};
use crate::view::{self, Page};
use consent::State;
use edge::Problem;
use ledger::{Event, Why};
use model::{AppNo, Env, PartnerNo, Position};
use sequence::{Lookup, NameOf};
use serde::Serialize;
use std::collections::BTreeSet;
use store::{General, Urgency};
use utoipa::ToSchema;

/// An app of the partner's.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnApp {
    app: String,
    name: Option<String>,
    /// `active`, `suspended` or `removed`; the partner's own status counts too.
    status: String,
    /// What brought it to that status; none while it is active.
    because: Option<StatusReason>,
    /// Nothing new can be allowed to it: a report was not acknowledged in time.
    restricted: bool,
    /// The report that waits to be acknowledged.
    report: Option<u64>,
    /// Classes that are reviewed: seen beyond testers.
    reviewed: Vec<String>,
    /// Cases about it.
    cases: Vec<String>,
}

/// Why an app has a status. Notes are in the case, as far as they are shown.
#[derive(Serialize, ToSchema)]
struct StatusReason {
    at: Option<String>,
    /// What it happened to: `app`, `partner`, or `apps` for many at a time.
    of: &'static str,
    reason: Option<String>,
    severity: Option<String>,
}

/// The last change of status of the app, its partner, or many apps that reaches the app now.
fn because(api: &Api, partner: PartnerNo, app: AppNo) -> Result<Option<StatusReason>, Problem> {
    let (partners, apps) = (BTreeSet::from([partner]), BTreeSet::from([app]));
    let events = api.store().register_events(&partners, &apps, General::Not).map_err(unreadable)?;
    let mut last: Option<(model::Timestamp, &'static str, Why)> = None;
    for one in events {
        let found = match one.event {
            Event::AppStatusChanged(event) if event.app == app => Some(("app", event.why)),
            Event::PartnerStatusChanged(event) if event.partner == partner => {
                Some(("partner", event.why))
            }
            _ => None,
        };
        if let Some((of, why)) = found {
            last = Some((one.time, of, why));
        }
    }
    Ok(last.map(|(at, of, why)| StatusReason {
        at: view::instant(at),
        of,
        reason: why.reason.map(|reason| reason.to_string()),
        severity: why.severity.map(|severity| severity.to_string()),
    }))
}

/// A suspension of many apps that reaches the app.
fn suspended_with_others(api: &Api, app: AppNo) -> Result<Option<StatusReason>, Problem> {
    const APPS_SUSPENDED: u16 = 28;
    let standing: BTreeSet<Position> = {
        let state = api.store().state();
        let reached = state.app(app).is_some_and(|found| state.is_suspended(found));
        if !reached {
            return Ok(None);
        }
        state.suspensions().filter(|(_, one)| !one.lifted).map(|(at, _)| at).collect()
    };
    let mut found = None;
    crate::conduct::walk(api.store(), APPS_SUSPENDED, Position(u64::MAX), |stored, event| {
        if let Event::AppsSuspended(event) = event
            && standing.contains(&stored.position)
            && event.apps.as_slice().contains(&app)
        {
            found = Some(StatusReason {
                at: view::instant(stored.time),
                of: "apps",
                reason: event.why.reason.map(|reason| reason.to_string()),
                severity: event.why.severity.map(|severity| severity.to_string()),
            });
        }
        found.is_none()
    })?;
    Ok(found)
}

fn view(api: &Api, partner: PartnerNo, app: AppNo) -> Result<OwnApp, Problem> {
    let name = api.store().name(NameOf::App(app)).map_err(unreadable)?;
    let with_others = suspended_with_others(api, app)?;
    let status = names::app_status(&api.store().state(), app);
    let because = match (with_others, status.as_str()) {
        (Some(reason), _) => Some(reason),
        (None, "active") => None,
        (None, _) => because(api, partner, app)?,
    };
    let (now, state) = (api.store().now(), api.store().state());
    let found = state.app(app);
    let cases = state.cases().filter(|(_, case)| case.app == app);
    let status = if because.as_ref().is_some_and(|one| one.of == "apps") && status == "active" {
        "suspended".to_owned()
    } else {
        status
    };
    Ok(OwnApp {
        app: app.to_string(),
        name,
        status,
        because,
        restricted: state.is_restricted(app, now),
        report: found.and_then(|found| found.report).map(|(at, _)| at.0),
        reviewed: found
            .map(|found| view::classes(state.numbering(), found.reviewed()))
            .unwrap_or_default(),
        cases: cases.map(|(no, _)| no.to_string()).collect(),
    })
}

pub(super) async fn list(api: Api, asked: Asked) -> Answer {
    let partner = asked.partner()?;
    let apps = api.store().state().partner(partner).map(|found| found.apps.clone());
    let items = apps.unwrap_or_default().into_iter().map(|app| view(&api, partner, app));
    reply::ok(&Page { items: items.collect::<Result<Vec<_>, _>>()?, next: None })
}

pub(super) async fn show(api: Api, asked: Asked) -> Answer {
    let (partner, app) = own(&api, &asked)?;
    reply::ok(&view(&api, partner, app)?)
}

pub(super) async fn agreements(api: Api, asked: Asked) -> Answer {
    let (_, app) = own(&api, &asked)?;
    let now = api.store().now();
    let numbers =
        api.store().state().app(app).map(|found| found.agreements.clone()).unwrap_or_default();
    let items = numbers.into_iter().map(|no| agreements::agreement(&api, no, now));
    let items = items.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    reply::ok(&Page { items, next: None })
}

pub(super) async fn reports(api: Api, asked: Asked) -> Answer {
    let (_, app) = own(&api, &asked)?;
    reply::ok(&reports::page(&api, app, &asked)?)
}

pub(super) async fn acknowledge(api: Api, asked: Asked) -> Answer {
    let ((partner, app), report) = (own(&api, &asked)?, Position(asked.number("report")?));
    let flow = move |state: &State, _: &dyn Lookup, _: &Env| {
        flows::partner::acknowledge(state, partner, app, report)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::done(done.position)
}
