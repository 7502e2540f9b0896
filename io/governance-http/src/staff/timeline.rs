//! When each class was available to a partner's apps, whether it was used, and what ended it.

use super::agreements::{self, CertificationView};
use crate::api::{Api, uncounted, unreadable};
use crate::input::Asked;
use crate::names;
use crate::reply::{self, Answer};
use crate::turns::slot;
use crate::view::{self, AppRef};
use catalog::Numbering;
use edge::Problem;
use model::{PartnerNo, Timestamp};
use sequence::NameOf;
use serde::Serialize;
use std::collections::BTreeSet;
use usage::{Lane, Span};
use utoipa::ToSchema;

/// A partner's timeline.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TimelineView {
    partner: String,
    name: Option<String>,
    /// When it was drawn up; spans without an end last until here.
    at: Option<String>,
    /// Its apps that anything was ever available to.
    apps: Vec<AppRef>,
    lanes: Vec<LaneView>,
    /// What its apps were certified for, by its own signature or by staff without one.
    certifications: Vec<CertificationView>,
}

/// A class that was available to an app for a program and purpose.
#[derive(Debug, Serialize, ToSchema)]
struct LaneView {
    app: String,
    program: String,
    purpose: String,
    class: String,
    spans: Vec<SpanView>,
}

/// A stretch of time in which it was.
#[derive(Debug, Serialize, ToSchema)]
struct SpanView {
    from: Option<String>,
    /// End, exclusive; absent while it lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// The link that failed then: `partner`, `app`, `program`, `unknown-class`, `agreement` or `certification`.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_by: Option<String>,
    /// Position of the event that ended it; absent where time did.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at_position: Option<u64>,
    used: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_used_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<String>,
    /// Days on which it was used.
    used_days: u64,
    /// Answers on those days.
    disclosures: u64,
}

fn span(span: &Span) -> SpanView {
    SpanView {
        from: view::instant(span.from),
        until: span.until.and_then(view::instant),
        ended_by: span.ended.map(|ended| ended.link.to_string()),
        ended_at_position: span.ended.and_then(|ended| ended.by).map(|at| at.0),
        used: span.used.is_some(),
        first_used_at: span.used.and_then(|used| view::instant(used.first_at)),
        last_used_at: span.used.and_then(|used| view::instant(used.last_at)),
        used_days: span.used.map_or(0, |used| used.days),
        disclosures: span.used.map_or(0, |used| used.disclosures),
    }
}

fn lane(names: &Numbering, lane: &Lane) -> LaneView {
    LaneView {
        app: lane.app.to_string(),
        program: view::program(names, lane.feature.program),
        purpose: view::purpose(names, lane.feature.purpose),
        class: view::class(names, lane.class),
        spans: lane.spans.iter().map(span).collect(),
    }
}

/// A partner's timeline, for staff and for the partner itself.
pub(crate) async fn timeline_of(api: &Api, partner: PartnerNo) -> Result<TimelineView, Problem> {
    if api.store().state().partner(partner).is_none() {
        return Err(Problem::new(404, "not-found", "there is no partner of this number"));
    }
    let busy = || Problem::new(503, "log-unavailable", "nothing can be drawn up at present");
    let slot = slot(&api.reports).await?;
    let store = api.store().clone();
    let at: Timestamp = store.now();
    let drawn = tokio::task::spawn_blocking(move || {
        let _slot = slot;
        store.timelines(&BTreeSet::from([partner]))
    });
    let lanes = drawn.await.map_err(|_| busy())?;
    let lanes = lanes.map_err(|error| uncounted(api.store(), error))?;
    let apps = names::apps(api, lanes.iter().map(|lane| lane.app))?;
    let name = api.store().name(NameOf::Partner(partner)).map_err(unreadable)?;
    let (numbering, certified) = {
        let state = api.store().state();
        let own = state.partner(partner).map(|found| found.apps.as_slice()).unwrap_or_default();
        let own = own.iter().filter_map(|app| state.app(*app));
        let certified = own.flat_map(|app| app.certifications.iter().copied()).collect();
        (state.numbering().clone(), certified)
    };
    Ok(TimelineView {
        certifications: agreements::certified(api, certified, None).await?,
        partner: partner.to_string(),
        name,
        at: view::instant(at),
        apps: apps.into_values().collect(),
        lanes: lanes.iter().map(|one| lane(&numbering, one)).collect(),
    })
}

pub(super) async fn show(api: Api, asked: Asked) -> Answer {
    reply::ok(&timeline_of(&api, asked.number("partner")?).await?)
}
