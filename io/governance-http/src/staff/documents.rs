//! Catalogs and policies: what was adopted when, trying one out, adopting it.

use super::said::Because;
use crate::api::{Api, unreadable};
use crate::entry;
use crate::input::{Asked, invalid};
use crate::refusal::Refused;
use crate::reply::{self, Answer};
use crate::view;
use consent::State;
use edge::Problem;
use flows::Said;
use flows::staff::{Activated, Refusal};
use model::{ApiVersion, Env, Position};
use sequence::{Commit, Lookup};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Urgency;
use utoipa::ToSchema;

/// Kinds of the two events in the log.
const CATALOG: u16 = 16;
const POLICY: u16 = 17;

/// A document to be adopted or tried out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDocument {
    /// The catalog or policy itself: an object. Whatever else it is, that is among its mistakes.
    document: Value,
    /// With a catalog: versions before it that are served on beside it.
    #[serde(default)]
    keep: Vec<String>,
    #[serde(default)]
    because: Because,
}

/// What is to be adopted.
struct Wish {
    bytes: Vec<u8>,
    keeps: Vec<ApiVersion>,
    said: Said,
}

fn wish(asked: &Asked) -> Result<Wish, Problem> {
    let wish: NewDocument = asked.json()?;
    let keeps = wish.keep.iter().map(|text| {
        text.parse().map_err(|_| invalid("keep", "is no list of versions such as `2026-11-01`"))
    });
    Ok(Wish {
        keeps: keeps.collect::<Result<_, _>>()?,
        said: wish.because.said(asked.staff()?)?,
        bytes: wish.document.to_string().into_bytes(),
    })
}

/// A document that is in force.
#[derive(Serialize, ToSchema)]
pub(super) struct Adopted {
    /// SHA-256 of its canonical bytes.
    digest: String,
    /// Whether it differs from what was in force.
    changed: bool,
}

/// What would become of a document.
#[derive(Serialize, ToSchema)]
pub(super) struct Preview {
    /// It could be adopted.
    acceptable: bool,
    /// It differs from what is in force.
    changed: bool,
    /// SHA-256 of its canonical bytes, if it could be adopted.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    mistakes: Vec<MistakeView>,
}

/// Something that cannot be enforced.
#[derive(Serialize, ToSchema)]
struct MistakeView {
    /// JSON pointer.
    pointer: String,
    problem: String,
}

/// The document in force.
#[derive(Serialize, ToSchema)]
pub(super) struct InForce {
    /// SHA-256 of its canonical bytes.
    digest: String,
    /// The document.
    #[schema(value_type = Object)]
    document: Value,
}

/// Entries of the log, as JSON.
#[derive(Serialize, ToSchema)]
pub(super) struct Entries {
    /// The entries.
    #[schema(value_type = Vec<Object>)]
    pub(super) items: Vec<Value>,
    /// Where to go on, if there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
}

type Flow = fn(&State, &Env, &Wish) -> Result<Commit<Activated>, Refusal>;

fn activate_catalog(state: &State, env: &Env, wish: &Wish) -> Result<Commit<Activated>, Refusal> {
    flows::staff::activate_catalog_beside(state, env, &wish.said, &wish.bytes, &wish.keeps)
}

fn activate_policy(state: &State, env: &Env, wish: &Wish) -> Result<Commit<Activated>, Refusal> {
    if !wish.keeps.is_empty() {
        let problem = "goes with a catalog only".to_owned();
        return Err(Refusal::Invalid { field: "keep", problem });
    }
    flows::staff::activate_policy(state, env, &wish.said, &wish.bytes)
}

pub(super) async fn catalogs(api: Api, asked: Asked) -> Answer {
    list(&api, &asked, CATALOG).await
}

pub(super) async fn policies(api: Api, asked: Asked) -> Answer {
    list(&api, &asked, POLICY).await
}

async fn list(api: &Api, asked: &Asked, kind: u16) -> Answer {
    let (limit, below) = (asked.limit()?, asked.query::<Position>("after")?);
    let below = below.unwrap_or(Position(u64::MAX));
    let found = api.store().latest_of_kind(kind, below, limit + 1).map_err(unreadable)?;
    let numbering = api.store().state().numbering().clone();
    let next = found.get(limit).and(found.get(limit.saturating_sub(1)));
    let next = next.map(|last| last.position.to_string());
    let items = found.iter().take(limit).map(|one| entry::entry_json(one, &numbering)).collect();
    reply::ok(&Entries { items, next })
}

pub(super) async fn catalog_in_force(api: Api, _: Asked) -> Answer {
    let bytes = api.store().state().catalog_document().to_vec();
    in_force(&bytes)
}

pub(super) async fn policy_in_force(api: Api, _: Asked) -> Answer {
    let bytes = api.store().state().policy_document().to_vec();
    in_force(&bytes)
}

fn in_force(bytes: &[u8]) -> Answer {
    let document = serde_json::from_slice(bytes)
        .map_err(|_| Problem::new(404, "not-found", "none is in force yet"))?;
    reply::ok(&InForce { digest: view::hex(&ledger::digest(bytes)), document })
}

pub(super) async fn adopt_catalog(api: Api, asked: Asked) -> Answer {
    adopt(api, asked, activate_catalog).await
}

pub(super) async fn adopt_policy(api: Api, asked: Asked) -> Answer {
    adopt(api, asked, activate_policy).await
}

async fn adopt(api: Api, asked: Asked, activate: Flow) -> Answer {
    let wish = wish(&asked)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| activate(state, env, &wish);
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    let Activated { digest, changed } = done.reply;
    reply::changed(done.position, &Adopted { digest: view::hex(&digest), changed })
}

pub(super) async fn try_catalog(api: Api, asked: Asked) -> Answer {
    preview(api, asked, activate_catalog).await
}

pub(super) async fn try_policy(api: Api, asked: Asked) -> Answer {
    preview(api, asked, activate_policy).await
}

/// Runs the flow and throws its commit away.
async fn preview(api: Api, asked: Asked, activate: Flow) -> Answer {
    let wish = wish(&asked)?;
    let store = api.store().clone();
    let tried = tokio::task::spawn_blocking(move || {
        let env = store.env();
        let state = store.state();
        activate(&state, &env, &wish).map(|commit| commit.reply)
    });
    let tried = tried
        .await
        .map_err(|_| Problem::new(503, "log-unavailable", "the document could not be tried"))?;
    match tried {
        Ok(Activated { digest, changed }) => reply::ok(&Preview {
            acceptable: true,
            changed,
            digest: Some(view::hex(&digest)),
            mistakes: Vec::new(),
        }),
        Err(Refusal::Document(mistakes)) => {
            let mistakes = mistakes
                .into_iter()
                .map(|(pointer, problem)| MistakeView { pointer, problem })
                .collect();
            reply::ok(&Preview { acceptable: false, changed: false, digest: None, mistakes })
        }
        Err(refusal) => Err(refusal.problem()),
    }
}
