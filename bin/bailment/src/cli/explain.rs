//! `bailment explain`: why each property of an answer left or did not.

use super::{Globals, Outcome, Result};
use crate::output::{Output, Shade, moment};
use crate::reading::Reading;
use ::consent::{Link, Request, State, Why};
use anyhow::{Context, bail};
use clap::Args;
use ledger::{About, DisclosurePayload, Leaf, Payload};
use model::{ClassMask, PersonNo, Position};
use sequence::NameOf;
use serde_json::{Value, json};
use store::{ExternalKind, Store};

/// Why each property of an answer left or did not.
#[derive(Debug, Args)]
#[command(after_help = "\
The position is in the answer's `Bailment-Position` header and in `bailment log show`.
  bailment explain --position 4711
  bailment explain --position 4711 --person 24189255811707 --property member.name")]
pub(crate) struct Explain {
    /// Position of the disclosure in the log.
    #[arg(long)]
    position: u64,
    /// Only this part of the answer, counted from 0.
    #[arg(long)]
    node: Option<usize>,
    /// Only what is about this person: the platform's id.
    #[arg(long, value_name = "ID")]
    person: Option<String>,
    /// Only this data class: `member.name`, or its last part, `name`.
    #[arg(long, visible_alias = "class", value_name = "CLASS")]
    property: Option<String>,
}

/// One class of one node, explained in words.
pub(crate) struct Row {
    node: usize,
    pub(crate) record: String,
    people: Vec<PersonNo>,
    pub(crate) about: String,
    pub(crate) class: String,
    pub(crate) released: bool,
    pub(crate) why: String,
    partner_hears: Option<&'static str>,
}

pub(crate) fn run(asked: &Explain, globals: &Globals, output: Output) -> Result {
    let reading = Reading::open(&globals.load(Vec::new())?.data)?;
    let store = reading.store();
    let found = explain(store, Position(asked.position))?;
    let person = asked.person.as_deref().map(|id| person(store, id)).transpose()?;
    let wanted = |row: &&Row| {
        asked.node.is_none_or(|wanted| wanted == row.node)
            && person.is_none_or(|person| row.people.contains(&person))
            && asked.property.as_deref().is_none_or(|wanted| {
                row.class == wanted || row.class.rsplit('.').next() == Some(wanted)
            })
    };
    let rows: Vec<&Row> = found.rows.iter().filter(wanted).collect();
    show(asked, &found, store, &rows, output)
}

/// A disclosure, explained.
pub(crate) struct Explained {
    leaf: Leaf,
    state: State,
    pub(crate) rows: Vec<Row>,
}

/// Explains every class of every node of a disclosure.
///
/// # Errors
/// There is no disclosure at this position, or it cannot be recomputed.
pub(crate) fn explain(store: &Store, position: Position) -> Result<Explained> {
    let Some(stored) = store.entry(position)? else {
        bail!("the log has no entry at position {}", position.0);
    };
    let Some(entry) = stored.open()? else {
        bail!("entry {} is not recomputable: its payload is gone", position.0);
    };
    let Payload::Disclosure(payload) = &entry.payload else {
        bail!("entry {} is no disclosure; see `bailment log show`", position.0);
    };
    let state = store.state_at(position)?;
    let request = Request::of_disclosure(&entry.leaf, payload)
        .context("the entry does not name its whole request")?;
    let explained = ::consent::explain(&state, &request, &payload.nodes, entry.leaf.time)
        .map_err(|reason| anyhow::anyhow!("the whole request was refused: {reason}"))?;
    let names = state.numbering();
    let rows = explained
        .iter()
        .map(|one| row(store, payload, one, governance_http::view::class(names, one.class)))
        .collect();
    Ok(Explained { leaf: entry.leaf, state, rows })
}

fn show(
    asked: &Explain,
    found: &Explained,
    store: &Store,
    rows: &[&Row],
    output: Output,
) -> Result {
    let (leaf, state) = (&found.leaf, &found.state);
    let app = match leaf.app {
        Some(app) => store.name(NameOf::App(app))?.unwrap_or_else(|| app.to_string()),
        None => String::new(),
    };
    let names = state.numbering();
    let operation = leaf.operation.map(|no| governance_http::view::operation(names, no));
    let operation = operation.unwrap_or_default();
    if output.is_json() {
        let rows: Vec<Value> = rows
            .iter()
            .map(|row| {
                json!({
                    "node": row.node, "record": row.record, "about": row.about, "class": row.class,
                    "released": row.released, "why": row.why, "partner_hears": row.partner_hears,
                })
            })
            .collect();
        output.document(&json!({
            "position": asked.position, "time": moment(leaf.time), "app": app,
            "operation": operation, "explained": rows,
        }))?;
        return Ok(Outcome::Done);
    }
    output.line(format_args!("{app}, {operation}, {}", moment(leaf.time)))?;
    let rows = rows
        .iter()
        .map(|row| {
            let outcome = if row.released {
                output.shade(Shade::Good, "left")
            } else {
                output.shade(Shade::Bad, "withheld")
            };
            let (record, about) = (row.record.clone(), row.about.clone());
            vec![row.node.to_string(), record, about, row.class.clone(), outcome, row.why.clone()]
        })
        .collect();
    output.table(&["node", "record", "about", "class", "", "why"], rows)?;
    Ok(Outcome::Done)
}

fn person(store: &Store, id: &str) -> Result<PersonNo> {
    if let Ok(number) = id.parse() {
        return Ok(number);
    }
    store.person_number(id)?.with_context(|| format!("nobody is known by the id `{id}`"))
}

fn about(about: &About) -> &[PersonNo] {
    match about {
        About::People(people) => people,
        About::Nobody | About::Unresolvable => &[],
    }
}

/// The platform's id of a person; only the number where the identity was erased.
fn external(store: &Store, person: PersonNo) -> String {
    let found = store.external(ExternalKind::Person, person.0.into()).ok().flatten();
    found.map_or_else(|| format!("{person} (erased)"), |id| id.as_ref().to_owned())
}

fn row(
    store: &Store,
    payload: &DisclosurePayload,
    one: &::consent::Explained,
    class: String,
) -> Row {
    let node = payload.nodes.get(one.node);
    let record = node.and_then(|node| node.record.as_ref()).map(|record| {
        let kind = ExternalKind::Object(record.kind);
        let id = store.external(kind, record.object.0).ok().flatten();
        format!("{} {}", record.kind, id.as_deref().unwrap_or("?"))
    });
    let people = node.map(|node| about(&node.about)).unwrap_or_default();
    let about = people.iter().map(|one| external(store, *one)).collect::<Vec<_>>().join(", ");
    let (why, partner_hears) = match &one.why {
        Why::Released(links) => {
            (links.iter().map(|link| told(store, link)).collect::<Vec<_>>().join(" → "), None)
        }
        Why::Withheld(reason) => (reason.to_string(), Some(reason.partner_word())),
        // What does not appear at all is not told to the partner either.
        Why::NotShown(Some(reason)) => (format!("not shown: {reason}"), None),
        Why::NotShown(None) => ("not shown: within what did not appear".to_owned(), None),
    };
    let released = payload
        .released
        .get(one.node)
        .is_some_and(|mask| !(*mask & ClassMask::of(one.class)).is_empty());
    let record = record.unwrap_or_default();
    Row {
        node: one.node,
        record,
        people: people.to_vec(),
        about,
        class,
        released,
        why,
        partner_hears,
    }
}

fn told(store: &Store, link: &Link) -> String {
    let people = |people: &[PersonNo]| {
        people.iter().map(|one| external(store, *one)).collect::<Vec<_>>().join(", ")
    };
    match link {
        Link::Policy(at) => format!("policy of {}", at.0),
        Link::Agreement(no) => no.to_string(),
        Link::Certification(no) => no.to_string(),
        Link::Installation(no, backers) => format!("{no} backed by {}", people(backers)),
        Link::Grant(no) => no.to_string(),
        Link::Published => "published".to_owned(),
        Link::OptIn(who) => format!("opt-in of {}", people(who)),
        Link::OwnData => "own data".to_owned(),
    }
}
