//! The facts API.

use super::intake::FactsProblem;
use super::wire::{Accepted, FactBatchJson, ModeWord, SingleFactJson};
use crate::access::Access;
use crate::api::Api;
use crate::input::Asked;
use crate::refusal::Refused;
use crate::reply::{self, Answer};
use crate::table::Operation;
use crate::view;
use edge::Problem;
use http::Method;
use serde::Serialize;
use utoipa::ToSchema;

/// Ten thousand facts of some two hundred bytes, with room.
const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How far a source has told.
#[derive(Serialize, ToSchema)]
struct SourceState {
    /// Who.
    source: &'static str,
    /// Number of the last fact taken in.
    up_to: u64,
    /// The number that comes next.
    expected: u64,
    /// Up to when the facts are known to be complete; absent until the first mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    complete_up_to: Option<String>,
}

impl Refused for FactsProblem {
    fn problem(self) -> Problem {
        let detail = self.to_string();
        match self {
            Self::Malformed { pointer, .. } => {
                Problem::new(422, "invalid-value", detail).with("pointer", pointer)
            }
            Self::UnknownSource => Problem::new(422, "unknown-source", detail),
            Self::Gap { expected } => {
                Problem::new(409, "facts-missing", detail).with("expected", expected)
            }
            Self::TooMany => Problem::new(413, "too-many-facts", detail),
            Self::Unavailable(failure) => crate::api::unavailable(&failure),
        }
    }
}

/// The table.
pub(crate) fn operations() -> Vec<Operation> {
    let source = Access::Source;
    vec![
        Operation::new(
            Method::POST,
            "/batches",
            ("tell-facts", "Takes a batch of facts, or a part of a snapshot, whole or not at all."),
            source,
            batch,
        )
        .takes::<FactBatchJson>()
        .body_bytes_max(BATCH_BYTES_MAX)
        .gives::<Accepted>(200)
        .refuses(&[409]),
        Operation::new(Method::POST, "/facts", ("tell-fact", "Takes one fact."), source, single)
            .takes::<SingleFactJson>()
            .gives::<Accepted>(200)
            .refuses(&[409]),
        Operation::new(
            Method::GET,
            "/state",
            ("facts-state", "Says how far the source has told."),
            source,
            state,
        )
        .gives::<SourceState>(200),
    ]
}

async fn batch(api: Api, asked: Asked) -> Answer {
    take(&api, &asked, asked.json()?).await
}

async fn single(api: Api, asked: Asked) -> Answer {
    let SingleFactJson { source, fact, complete_up_to } = asked.json()?;
    let after = fact.sequence.checked_sub(1);
    let after = after.ok_or_else(|| crate::input::invalid("sequence", "begins with 1"))?;
    let batch = FactBatchJson {
        source,
        mode: ModeWord::Changes,
        after: Some(after),
        sequence: None,
        part: None,
        last: None,
        facts: vec![fact],
        complete_up_to,
    };
    take(&api, &asked, batch).await
}

async fn take(api: &Api, asked: &Asked, batch: FactBatchJson) -> Answer {
    let taken = api.parts.facts.take(batch, asked.connection).await.map_err(Refused::problem)?;
    match taken.position {
        Some(position) => reply::changed(position, &taken.accepted),
        None => reply::ok(&taken.accepted),
    }
}

async fn state(api: Api, _: Asked) -> Answer {
    let (intake, up_to) = (&api.parts.facts, api.parts.facts.up_to());
    let complete = Some(intake.facts_up_to()).filter(|at| at.0 > 0);
    reply::ok(&SourceState {
        source: super::SOURCE,
        up_to,
        expected: up_to.saturating_add(1),
        complete_up_to: complete.and_then(view::instant),
    })
}
