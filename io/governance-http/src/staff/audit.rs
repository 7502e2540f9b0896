//! A change that is watched before it is made: what it would have withheld, and from whom, had it been made.

use super::previews::{Change, EffectsView, Wish, effects_view, wish};
use super::said::Because;
use super::table::{DOCUMENT_BYTES_MAX, get, post};
use crate::api::{Api, unreadable};
use crate::change::ChangeView;
use crate::input::{Asked, invalid};
use crate::reply::{self, Answer};
use crate::table::Operation;
use crate::view;
use consent::State;
use edge::Problem;
use model::{Env, Position};
use sequence::Lookup;
use serde::{Deserialize, Serialize};
use store::Urgency;
use utoipa::ToSchema;

/// A change to be watched.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAudit {
    /// Of kind `policy`, `catalog`, `agreement`, `agreement-end` or `program`; the others cannot be watched.
    change: Change,
    #[serde(default)]
    because: Because,
}

/// Which change is to be watched no more, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EndedAudit {
    /// The `since` of the change that is watched: if another one is by now, that one goes on.
    since: u64,
    #[serde(default)]
    because: Because,
}

/// What a watched change would have done.
#[derive(Serialize, ToSchema)]
struct AuditView {
    change: ChangeView,
    /// Position at which it began to be watched.
    since: u64,
    /// When.
    since_at: Option<String>,
    /// Position of the entry that really changed what it is about: nothing after that was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    over: Option<u64>,
    /// When that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    over_at: Option<String>,
    /// Answers that left since.
    disclosures: u64,
    /// Of these: from which it would have withheld something.
    withholding: u64,
    /// Of these: not answered at all.
    cut: u64,
    /// Of these: which would have carried more.
    widening: u64,
    /// Whose content the log does not hold any more.
    unreadable: u64,
    #[serde(flatten)]
    effects: EffectsView,
}

/// The operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        get(
            "/audit",
            ("show-audit", "The change that is watched, and what it would have done so far."),
            show,
        )
        .gives::<AuditView>(200)
        .refuses(&[404]),
        post(
            "/audit",
            ("begin-audit", "Watches a change beside what is in force. It decides nothing."),
            begin,
        )
        .takes::<NewAudit>()
        .body_bytes_max(DOCUMENT_BYTES_MAX)
        .refuses(&[404, 409]),
        post("/audit/end", ("end-audit", "Watches a change no more."), end)
            .takes::<EndedAudit>()
            .refuses(&[409]),
    ]
}

async fn show(api: Api, _: Asked) -> Answer {
    let store = api.store().clone();
    let watched = tokio::task::spawn_blocking(move || store.watched())
        .await
        .map_err(|_| Problem::new(503, "log-unavailable", "the log could not be read"))?;
    let watched = watched.map_err(unreadable)?;
    let watched = watched.ok_or_else(|| Problem::new(404, "not-found", "no change is watched"))?;
    let effects = effects_view(&api, &watched.effects).await?;
    let change = ChangeView::of(&watched.change, api.store().state().numbering());
    reply::ok(&AuditView {
        change,
        since: watched.since.0,
        since_at: view::instant(watched.since_at),
        over: watched.over.map(|(at, _)| at.0),
        over_at: watched.over.and_then(|(_, time)| view::instant(time)),
        disclosures: watched.disclosures,
        withholding: watched.withholding,
        cut: watched.cut,
        widening: watched.widening,
        unreadable: watched.unreadable,
        effects,
    })
}

async fn begin(api: Api, asked: Asked) -> Answer {
    let NewAudit { change, because } = asked.json()?;
    let said = because.said(asked.staff()?)?;
    let Wish::Rules(new) = wish(&api, change)? else {
        return Err(invalid("change.kind", "is of no kind that can be watched"));
    };
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::audit_change(state, env, &said, &new)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::done(done.position)
}

async fn end(api: Api, asked: Asked) -> Answer {
    let EndedAudit { since, because } = asked.json()?;
    let said = because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::end_audit(state, env, &said, Position(since))
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::done(done.position)
}
