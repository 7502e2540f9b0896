//! Reading the log, counting what stands, explaining.

use super::documents::Entries;
use crate::api::{Api, unavailable, unreadable};
use crate::entry;
use crate::input::Asked;
use crate::reply::{self, Answer};
use crate::view::{self, Explanation};
use crate::why::{self, Authority, Moment};
use consent::{Request, explain};
use edge::Problem;
use ledger::{Entry, Payload};
use model::{ContextNo, GrantNo, InstallationNo, PersonNo, Position, Reason};
use serde::Serialize;
use utoipa::ToSchema;

/// What there is.
#[derive(Serialize, ToSchema)]
pub(super) struct Counts {
    /// Entries in the log.
    entries: u64,
    /// One more than the position of the last change.
    revision: u64,
    partners: usize,
    apps: usize,
    programs: usize,
    agreements: usize,
    /// Numbers given to people.
    people: usize,
    /// Numbers given to groups.
    groups: usize,
    installations: u32,
    /// Installations that stand. Where counting takes long, as they were counted a little earlier.
    installations_standing: u64,
    grants: u32,
    /// Grants that were not ended and have not run out. Where counting takes long, as they were counted a little earlier.
    grants_standing: u64,
    /// Up to when the platform's facts are complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    facts_up_to: Option<String>,
    /// Disclosures are taken at present.
    ready: bool,
}

/// Free text behind a digest in the log.
#[derive(Serialize, ToSchema)]
pub(super) struct NoteView {
    /// What somebody wrote.
    text: String,
}

/// Why, class by class.
#[derive(Serialize, ToSchema)]
pub(super) struct Explained {
    /// Everything below this position counted.
    position: u64,
    /// For a disclosure: its node; for a person: one.
    explanations: Vec<Explanation>,
    /// The whole request is refused for this.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    /// For a disclosure: what was decided then is what is decided now.
    #[serde(skip_serializing_if = "Option::is_none")]
    recomputed: Option<bool>,
}

pub(super) async fn counts(api: Api, _: Asked) -> Answer {
    let facts = api.store().facts_up_to();
    let ready = api.store().ready().is_ok();
    // State moves with control events only; the log's head with every entry.
    let head = api.store().head().map_err(unreadable)?;
    let standing = api.store().census().await.map_err(|failure| unavailable(&failure))?.all();
    let state = api.store().state();
    reply::ok(&Counts {
        entries: head.next().0,
        revision: state.revision().0,
        partners: state.partners().count(),
        apps: state.apps().count(),
        programs: state.programs().count(),
        agreements: state.agreements().count(),
        people: state.people_len(),
        groups: state.contexts_len(),
        installations: state.next_installation().0,
        installations_standing: standing.installations,
        grants: state.next_grant().0,
        grants_standing: standing.grants,
        facts_up_to: Some(facts).filter(|at| at.0 > 0).and_then(view::instant),
        ready,
    })
}

pub(super) async fn entries(api: Api, asked: Asked) -> Answer {
    let (from, limit) = (asked.query::<u64>("from")?.unwrap_or(0), asked.limit()?);
    // Beyond what the database can count there is nothing.
    let from = Position(from.min(i64::MAX as u64));
    let found = api.store().entries(from, limit + 1).map_err(unreadable)?;
    let numbering = api.store().state().numbering().clone();
    let next = found.get(limit).map(|one| one.position.0.to_string());
    let items = found.iter().take(limit).map(|one| entry::entry_json(one, &numbering)).collect();
    reply::ok(&Entries { items, next })
}

pub(super) async fn note(api: Api, asked: Asked) -> Answer {
    let none = || Problem::new(404, "not-found", "there is no note of this digest");
    let digest = view::unhex(&asked.number::<String>("digest")?).ok_or_else(none)?;
    let text = api.store().note(&digest).map_err(unreadable)?.ok_or_else(none)?;
    reply::ok(&NoteView { text })
}

/// What is to be explained.
enum Question {
    /// A disclosure that stands in the log, or one node of it.
    Disclosure(Position, Option<usize>),
    /// What an app would have received of somebody before this position.
    Person(Position, PersonNo, Authority),
}

fn question(api: &Api, asked: &Asked) -> Result<Question, Problem> {
    let wrong = |detail: &str| Problem::new(400, "invalid-query", detail);
    let position: Option<u64> = asked.query("position")?;
    let head = api.store().head().map_err(unreadable)?.next();
    let person: Option<PersonNo> = asked.query("person")?;
    let installation: Option<InstallationNo> = asked.query("installation")?;
    let grant: Option<GrantNo> = asked.query("grant")?;
    let group: Option<ContextNo> = asked.query("group")?;
    let node: Option<usize> = asked.query("node")?;
    if position.is_some_and(|at| at > head.0) {
        return Err(Problem::new(404, "not-found", "the log does not reach so far"));
    }
    match (person, installation, grant) {
        (None, None, None) => {
            let at = position.ok_or_else(|| wrong("name a `position`, or a `person`"))?;
            Ok(Question::Disclosure(Position(at), node))
        }
        (Some(person), Some(no), None) => {
            let at = position.map_or(head, Position);
            Ok(Question::Person(at, person, Authority::Installation(no)))
        }
        (Some(person), None, Some(no)) => {
            let at = position.map_or(head, Position);
            Ok(Question::Person(at, person, Authority::Grant(no, group)))
        }
        _ => Err(wrong("a `person` goes with one of `installation` and `grant`")),
    }
}

pub(super) async fn explained(api: Api, asked: Asked) -> Answer {
    let question = question(&api, &asked)?;
    let busy = |_| Problem::new(503, "log-unavailable", "nothing can be explained at present");
    let _slot =
        api.folds.acquire().await.map_err(|_| {
            Problem::new(503, "log-unavailable", "nothing can be explained at present")
        })?;
    let store = api.store().clone();
    let answer = tokio::task::spawn_blocking(move || match question {
        Question::Disclosure(at, node) => disclosure(&store, at, node),
        Question::Person(at, person, authority) => of_person(&store, at, person, authority),
    });
    reply::ok(&answer.await.map_err(busy)??)
}

fn of_person(
    store: &store::Store,
    at: Position,
    person: PersonNo,
    authority: Authority,
) -> Result<Explained, Problem> {
    let state = store.state_at(at).map_err(unreadable)?;
    // At the head the present moment counts; before it the moment of the entry before, when facts were taken as fresh.
    let head = at == store.head().map_err(unreadable)?.next();
    let moment = if head {
        Moment { now: store.now(), facts_up_to: store.facts_up_to() }
    } else {
        Moment { now: state.time(), facts_up_to: state.time() }
    };
    let asked = why::about_people(&state);
    let of = (moment, view::Reader::Staff);
    let explanations = why::of_person(&state, authority, person, asked, of);
    Ok(Explained { position: at.0, explanations, refused: None, recomputed: None })
}

fn disclosure(
    store: &store::Store,
    at: Position,
    node: Option<usize>,
) -> Result<Explained, Problem> {
    let none = || Problem::new(404, "not-found", "no disclosure with a payload stands there");
    let stored = store.entry(at).map_err(unreadable)?.ok_or_else(none)?;
    let corrupt = |error: ledger::DecodeError| {
        unreadable(sequence::StoreError::Corrupt(format!("entry {at}: {error}")))
    };
    let entry = stored.open().map_err(corrupt)?.ok_or_else(none)?;
    let Entry { leaf, payload: Payload::Disclosure(payload) } = entry else { return Err(none()) };
    let state = store.state_at(at).map_err(unreadable)?;
    let request = Request::of_disclosure(&leaf, &payload).ok_or_else(none)?;
    let explained = match explain(&state, &request, &payload.nodes, stored.time) {
        Ok(explained) => explained,
        Err(reason) => return Ok(refused(at, reason)),
    };
    let released = consent::decide(&state, &request, &payload.nodes, stored.time).released;
    let explanations = explained
        .iter()
        .filter(|one| node.is_none_or(|node| one.node == node))
        .map(|one| view::explanation(&state, one, view::Reader::Staff))
        .collect();
    Ok(Explained {
        position: at.0,
        explanations,
        refused: None,
        recomputed: Some(released == payload.released),
    })
}

fn refused(at: Position, reason: Reason) -> Explained {
    Explained {
        position: at.0,
        explanations: Vec::new(),
        refused: Some(reason.to_string()),
        recomputed: Some(false),
    }
}
