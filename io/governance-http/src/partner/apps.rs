//! A partner's apps: their status with its reason, what they hold and used, agreements, reports to acknowledge.

use super::own;
use crate::api::{Api, unreadable};
use crate::conduct::corrupt;
use crate::input::Asked;
use crate::reply::{self, Answer};
use crate::staff::{agreements, reports};
use crate::turns::Turn;
use crate::view::{self, Page};
use consent::State;
use edge::Problem;
use ledger::{Event, Payload, Why};
use model::{AppNo, AppStatus, Env, PartnerNo, PartnerStatus, Position, Timestamp};
use sequence::{Lookup, NameOf};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use store::{General, Urgency};
use usage::Happened;
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
#[derive(Clone, Serialize, ToSchema)]
struct StatusReason {
    at: Option<String>,
    /// What it happened to: `app`, `partner`, or `apps` for many at a time.
    of: &'static str,
    reason: Option<String>,
    severity: Option<String>,
}

impl StatusReason {
    fn new(of: &'static str, at: Timestamp, why: &Why) -> Self {
        Self {
            at: view::instant(at),
            of,
            reason: why.reason.map(|reason| reason.to_string()),
            severity: why.severity.map(|severity| severity.to_string()),
        }
    }
}

/// What is read once for all apps of an answer.
struct Reading<'a> {
    api: &'a Api,
    partner: PartnerNo,
    /// What happened to the partner and to those apps, oldest first.
    events: Vec<Happened>,
    /// Suspensions of many that are read already: each lists all of its apps.
    many: BTreeMap<Position, Option<StatusReason>>,
}

impl<'a> Reading<'a> {
    fn of(api: &'a Api, partner: PartnerNo, apps: &[AppNo]) -> Result<Self, Problem> {
        let is_quiet = {
            let state = api.store().state();
            let found = apps.iter().filter_map(|no| state.app(*no));
            found.into_iter().all(|app| state.status_of(app) == AppStatus::Active)
        };
        let (partners, apps) = (BTreeSet::from([partner]), apps.iter().copied().collect());
        let events = if is_quiet {
            Vec::new()
        } else {
            let events = api.store().register_events(&partners, &apps, General::Not);
            events.map_err(unreadable)?
        };
        Ok(Self { api, partner, events, many: BTreeMap::new() })
    }

    /// The last change of the app's or its partner's own status, if that is what brought the app to this one.
    fn own(&self, app: AppNo, to: AppStatus) -> Option<StatusReason> {
        let (mut of_app, mut of_partner) = (None, None);
        for one in &self.events {
            match &one.event {
                Event::AppStatusChanged(event) if event.app == app => {
                    let brought = event.status == to;
                    of_app = brought.then(|| StatusReason::new("app", one.time, &event.why));
                }
                Event::PartnerStatusChanged(event) if event.partner == self.partner => {
                    let brought = reached(event.status) == to;
                    of_partner =
                        brought.then(|| StatusReason::new("partner", one.time, &event.why));
                }
                _ => {}
            }
        }
        of_partner.or(of_app)
    }

    /// The last suspension of many apps that names it and stands.
    fn with_others(&mut self, app: AppNo) -> Result<Option<StatusReason>, Problem> {
        let standing = {
            let state = self.api.store().state();
            let found = state.app(app);
            let names = |at: &Position| found.is_some_and(|app| app.is_named_by(*at));
            let standing = state.suspensions().filter(|(_, one)| !one.lifted);
            standing.map(|(at, _)| at).filter(names).max()
        };
        let Some(at) = standing else { return Ok(None) };
        if let Some(read) = self.many.get(&at) {
            return Ok(read.clone());
        }
        let stored = self.api.store().entry(at).map_err(unreadable)?;
        let payload = stored.as_ref().map(|one| one.read_payload().map_err(corrupt)).transpose()?;
        let reason = match (stored, payload.flatten()) {
            (Some(stored), Some(Payload::Control(Event::AppsSuspended(event)))) => {
                Some(StatusReason::new("apps", stored.time, &event.why))
            }
            _ => None,
        };
        self.many.insert(at, reason.clone());
        Ok(reason)
    }

    fn view(&mut self, app: AppNo) -> Result<OwnApp, Problem> {
        let name = self.api.store().name(NameOf::App(app)).map_err(unreadable)?;
        let status = {
            let state = self.api.store().state();
            state.app(app).map_or(AppStatus::Removed, |found| state.status_of(found))
        };
        let because = match status {
            AppStatus::Active => None,
            AppStatus::Suspended => self.with_others(app)?.or_else(|| self.own(app, status)),
            AppStatus::Removed => self.own(app, status),
        };
        let (now, state) = (self.api.store().now(), self.api.store().state());
        let found = state.app(app);
        let cases = state.cases().filter(|(_, case)| case.app == app);
        Ok(OwnApp {
            app: app.to_string(),
            name,
            status: status.to_string(),
            because,
            restricted: state.is_restricted(app, now),
            report: found.and_then(|found| found.report).map(|(at, _)| at.0),
            reviewed: found
                .map(|found| view::classes(state.numbering(), found.reviewed()))
                .unwrap_or_default(),
            cases: cases.map(|(no, _)| no.to_string()).collect(),
        })
    }
}

/// What a partner's status makes of its apps.
const fn reached(status: PartnerStatus) -> AppStatus {
    match status {
        PartnerStatus::Active => AppStatus::Active,
        PartnerStatus::Suspended => AppStatus::Suspended,
        PartnerStatus::Revoked | PartnerStatus::Surrendered => AppStatus::Removed,
    }
}

/// Reads a page's apps, off the threads that serve.
async fn views(
    api: Api,
    partner: PartnerNo,
    apps: Vec<AppNo>,
    turn: Option<Turn>,
) -> Result<Vec<OwnApp>, Problem> {
    let busy = |_| Problem::new(503, "log-unavailable", "nothing can be read at present");
    let reading = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut reading = Reading::of(&api, partner, &apps)?;
        apps.iter().map(|app| reading.view(*app)).collect()
    });
    reading.await.map_err(busy)?
}

pub(super) async fn list(api: Api, asked: Asked) -> Answer {
    let partner = asked.partner()?;
    let (limit, after) = (asked.limit()?, asked.query::<AppNo>("after")?);
    let mut apps: Vec<AppNo> = {
        let state = api.store().state();
        let all = state.partner(partner).map(|found| found.apps.as_slice()).unwrap_or_default();
        let rest = all.iter().copied().filter(|no| after.is_none_or(|after| *no > after));
        rest.take(limit + 1).collect()
    };
    let more = apps.len() > limit;
    apps.truncate(limit);
    let next = apps.last().filter(|_| more).map(ToString::to_string);
    let turn = api.partners.alone(partner)?;
    reply::ok(&Page { items: views(api, partner, apps, Some(turn)).await?, next })
}

pub(super) async fn show(api: Api, asked: Asked) -> Answer {
    let (partner, app) = own(&api, &asked)?;
    let unknown = || Problem::new(404, "not-found", "you have no app of this number");
    reply::ok(&views(api, partner, vec![app], None).await?.pop().ok_or_else(unknown)?)
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
    let (partner, app) = own(&api, &asked)?;
    let turn = api.partners.alone(partner)?;
    let busy = |_| Problem::new(503, "log-unavailable", "nothing can be read at present");
    // They are looked for among the reports of all apps.
    let reading = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        reports::page(&api, app, &asked)
    });
    reply::ok(&reading.await.map_err(busy)??)
}

pub(super) async fn acknowledge(api: Api, asked: Asked) -> Answer {
    let ((partner, app), report) = (own(&api, &asked)?, Position(asked.number("report")?));
    let flow = move |state: &State, _: &dyn Lookup, _: &Env| {
        flows::partner::acknowledge(state, partner, app, report)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::done(done.position)
}
