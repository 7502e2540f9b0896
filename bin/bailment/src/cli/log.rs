//! `bailment log verify` and `bailment explain`: what follows from the log alone.

use super::{Globals, Outcome, Result};
use crate::output::{Output, Shade, moment};
use crate::reading::Reading;
use crate::recompute;
use ::consent::{Link, State, Why, decide};
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use ledger::{About, DisclosurePayload, Frontier, Leaf, Payload};
use model::{ClassMask, ClassNo, PersonNo, Position};
use sequence::NameOf;
use serde_json::{Value, json};
use store::{ExternalKind, Store};

/// Kinds of entries that hold control events.
const CONTROL_FIRST: u16 = 16;

/// What to do with the log.
#[derive(Debug, Subcommand)]
pub(crate) enum Asked {
    /// Recompute the root, read every entry, check every commitment, decide every disclosure again.
    #[command(after_help = "\
Works beside a running process, on a copy. Exit code 3 where anything differs.
  bailment log verify
  recomputed 1204 disclosures, all identical")]
    Verify,
}

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

pub(crate) fn run(asked: &Asked, globals: &Globals, output: Output) -> Result {
    let reading = Reading::open(&globals.load(Vec::new())?.data)?;
    match asked {
        Asked::Verify => verify(&reading, output),
    }
}

/// What a verification found.
#[derive(Default)]
struct Verified {
    state: State,
    tree: Frontier,
    entries: u64,
    disclosures: u64,
    not_recomputable: u64,
    problems: Vec<(Position, String)>,
}

impl Verified {
    fn entry(&mut self, stored: &store::StoredEntry) {
        self.entries += 1;
        self.tree.push(ledger::leaf_hash(&stored.leaf));
        let at = stored.position;
        let entry = match stored.open() {
            Ok(Some(entry)) => entry,
            Ok(None) => {
                // A payload that is gone under a retention rule proves nothing, and is never counted as good.
                self.not_recomputable += 1;
                return self.skip(stored);
            }
            Err(error) => {
                self.problems.push((at, error.to_string()));
                return self.skip(stored);
            }
        };
        if let Payload::Disclosure(payload) = &entry.payload {
            self.disclosures += 1;
            if let Err(problem) = self.again(&entry.leaf, payload) {
                self.problems.push((at, problem));
            }
        }
        if let Err(error) = self.state.apply(at, entry.leaf.time, &entry.payload) {
            self.problems.push((at, error.to_string()));
        }
    }

    fn skip(&mut self, stored: &store::StoredEntry) {
        let next = Position(stored.position.0 + 1);
        if let Err(error) = self.state.skip_to(next, stored.time) {
            self.problems.push((stored.position, error.to_string()));
        }
    }

    /// Decides a disclosure again.
    fn again(&self, leaf: &Leaf, payload: &DisclosurePayload) -> std::result::Result<(), String> {
        let request = recompute::request(&self.state, leaf, payload)
            .ok_or_else(|| "the entry does not name its whole request".to_owned())?;
        let decision = decide(&self.state, &request, &payload.nodes, leaf.time);
        if leaf.policy != self.state.policy_at() {
            return Err("the entry names another policy than the one in force".to_owned());
        }
        match decision.released.iter().zip(&payload.released).position(|(a, b)| a != b) {
            None if decision.released.len() == payload.released.len() => Ok(()),
            None => Err("the entry has another number of nodes".to_owned()),
            Some(node) => Err(format!("node {node} is decided otherwise")),
        }
    }
}

fn verify(reading: &Reading, output: Output) -> Result {
    let mut found = Verified::default();
    let head = reading.store().head()?;
    reading.each(Position(0), |stored| {
        found.entry(stored);
        Ok(())
    })?;
    let root = hex(&found.tree.root());
    if found.tree != head.frontier {
        let at = Position(found.entries.saturating_sub(1));
        found
            .problems
            .push((at, "the tree over the entries is not the one of the head".to_owned()));
    }
    let identical = found.problems.is_empty();
    if output.is_json() {
        let problems: Vec<Value> = found
            .problems
            .iter()
            .map(|(at, problem)| json!({ "position": at.0, "problem": problem }))
            .collect();
        output.document(&json!({
            "entries": found.entries, "root": root, "disclosures": found.disclosures,
            "not_recomputable": found.not_recomputable, "problems": problems,
        }))?;
    } else {
        for (at, problem) in &found.problems {
            output.line(format_args!("{}: {problem}", output.shade(Shade::Bad, at.0)))?;
        }
        output.line(format_args!("{} entries, root {root}", found.entries))?;
        if found.not_recomputable > 0 {
            output.line(format_args!("{} not recomputable: no payload", found.not_recomputable))?;
        }
        let verdict = if identical {
            output.shade(Shade::Good, "all identical")
        } else {
            output.shade(Shade::Bad, format!("{} problems", found.problems.len()))
        };
        output.line(format_args!("recomputed {} disclosures, {verdict}", found.disclosures))?;
    }
    Ok(if identical { Outcome::Done } else { Outcome::Mistakes })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The state before an entry.
fn state_before(reading: &Reading, position: Position) -> Result<State> {
    let mut state = State::default();
    reading.each(Position(0), |stored| {
        if stored.position >= position || stored.read_leaf()?.kind < CONTROL_FIRST {
            return Ok(());
        }
        let Some(payload) = stored.read_payload()? else { return Ok(()) };
        state.skip_to(stored.position, state.time())?;
        Ok(state.apply(stored.position, stored.time, &payload)?)
    })?;
    state.skip_to(position, state.time())?;
    Ok(state)
}

/// One class of one node, explained in words.
struct Row {
    node: usize,
    record: String,
    about: String,
    class: String,
    released: bool,
    why: String,
    partner_hears: Option<&'static str>,
}

pub(crate) fn explain(asked: &Explain, globals: &Globals, output: Output) -> Result {
    let reading = Reading::open(&globals.load(Vec::new())?.data)?;
    let store = reading.store();
    let position = Position(asked.position);
    let Some(stored) = store.entry(position)? else {
        bail!("the log has no entry at position {}", asked.position);
    };
    let Some(entry) = stored.open()? else {
        bail!("entry {} is not recomputable: its payload is gone", asked.position);
    };
    let Payload::Disclosure(payload) = &entry.payload else {
        bail!("entry {} is no disclosure; see `bailment log show`", asked.position);
    };
    let state = state_before(&reading, position)?;
    let request = recompute::request(&state, &entry.leaf, payload)
        .context("the entry does not name its whole request")?;
    let explained = ::consent::explain(&state, &request, &payload.nodes, entry.leaf.time)
        .map_err(|reason| anyhow::anyhow!("the whole request was refused: {reason}"))?;
    let person = asked.person.as_deref().map(|id| person(store, id)).transpose()?;
    let mut rows = Vec::new();
    for one in &explained {
        let Some(node) = payload.nodes.get(one.node) else { continue };
        let class = class_name(&state, one.class);
        let wanted = asked.node.is_none_or(|wanted| wanted == one.node)
            && person.is_none_or(|person| about(&node.about).contains(&person))
            && asked
                .property
                .as_deref()
                .is_none_or(|wanted| class == wanted || class.rsplit('.').next() == Some(wanted));
        if wanted {
            rows.push(row(store, payload, one, class));
        }
    }
    show(asked, &state, store, &entry.leaf, &rows, output)
}

fn show(
    asked: &Explain,
    state: &State,
    store: &Store,
    leaf: &Leaf,
    rows: &[Row],
    output: Output,
) -> Result {
    let app = match leaf.app {
        Some(app) => store.name(NameOf::App(app))?.unwrap_or_else(|| app.to_string()),
        None => String::new(),
    };
    let operation = leaf.operation.and_then(|no| {
        state.catalog()?.operations.iter().find(|known| known.number == no).map(|o| o.name.clone())
    });
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

fn class_name(state: &State, class: ClassNo) -> String {
    let names = &state.numbering().classes;
    let known = names.iter().find(|(_, no)| **no == class).map(|(name, _)| name.clone());
    known.unwrap_or_else(|| format!("class {}", class.number()))
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
    Row { node: one.node, record, about, class, released, why, partner_hears }
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
