//! Findings: what a control noticed that should not be; and the rounds of the prober.

use super::documents::Entries;
use crate::api::{Api, unreadable};
use crate::entry;
use crate::input::Asked;
use crate::refusal::Refused;
use crate::reply::{self, Answer};
use edge::Problem;
use flows::staff::Act;
use model::{Condition, Position};
use serde::Serialize;
use utoipa::ToSchema;

/// Kinds of the two events in the log.
const FINDING_RAISED: u16 = 106;
const PROBES_RUN: u16 = 110;

/// What a round of the prober came to.
#[derive(Serialize, ToSchema)]
pub(super) struct RoundView {
    /// Conditions whose probe was tried.
    tried: Vec<&'static str>,
    /// Those of them whose probe got what it must not get: each is a finding.
    passed: Vec<&'static str>,
    untried: Vec<UntriedView>,
}

/// A probe that was not tried.
#[derive(Serialize, ToSchema)]
struct UntriedView {
    condition: &'static str,
    why: String,
}

/// Runs the prober once, now.
pub(super) async fn run(api: Api, asked: Asked) -> Answer {
    let by = asked.staff()?;
    flows::staff::may(&api.store().state(), by, Act::Respond).map_err(Refused::problem)?;
    let none = || Problem::new(409, "conflict", "there is no prober in this process");
    let prober = api.parts.prober.as_ref().ok_or_else(none)?;
    let round = prober.round().await.map_err(|why| Problem::new(409, "conflict", why))?;
    let words = |list: Vec<Condition>| list.into_iter().map(Condition::word).collect();
    let untried = round.untried.into_iter();
    reply::ok(&RoundView {
        tried: words(round.tried),
        passed: words(round.passed),
        untried: untried
            .map(|(condition, why)| UntriedView { condition: condition.word(), why })
            .collect(),
    })
}

pub(super) async fn findings(api: Api, asked: Asked) -> Answer {
    list(&api, &asked, FINDING_RAISED).await
}

pub(super) async fn probes(api: Api, asked: Asked) -> Answer {
    list(&api, &asked, PROBES_RUN).await
}

/// Entries of a kind with their notes, newest first.
async fn list(api: &Api, asked: &Asked, kind: u16) -> Answer {
    let (limit, below) = (asked.limit()?, asked.query::<Position>("after")?);
    let below = below.unwrap_or(Position(u64::MAX));
    let found = api.store().latest_of_kind(kind, below, limit + 1).map_err(unreadable)?;
    let numbering = api.store().state().numbering().clone();
    let next = found.get(limit).and(found.get(limit.saturating_sub(1)));
    let next = next.map(|last| last.position.to_string());
    let mut items = Vec::new();
    for one in found.iter().take(limit) {
        let mut item = entry::entry_json(one, &numbering);
        let digest = item.pointer("/payload/why/note").and_then(serde_json::Value::as_str);
        if let Some(digest) = digest.and_then(crate::view::unhex) {
            let note = api.store().note(&digest).map_err(unreadable)?;
            if let Some(fields) = item.as_object_mut() {
                fields.insert("note".to_owned(), note.into());
            }
        }
        items.push(item);
    }
    reply::ok(&Entries { items, next })
}
