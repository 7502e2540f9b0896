//! `bailment explain`: why each property of an answer left or did not. People are numbers, unless the log says that somebody looked
//! them up.

use super::registry::Because;
use super::{Globals, Outcome, Result, serve::runtime};
use crate::control::Staff;
use crate::output::{Output, Shade, moment};
use crate::reading::Reading;
use ::consent::{Link, Request, State, Why};
use anyhow::{Context, bail, ensure};
use clap::Args;
use http::{Method, StatusCode};
use ledger::{About, DisclosurePayload, Leaf, Payload};
use model::{ClassMask, ObjectKind, PersonNo, Position};
use sequence::NameOf;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use store::{ExternalKind, Store};

/// Why each property of an answer left or did not.
#[derive(Debug, Args)]
#[command(after_help = "\
The position is in the answer's `Bailment-Position` header and in `bailment log show`.
  bailment explain --position 4711
  bailment explain --position 4711 --person per_812 --property member.name
  bailment explain --position 4711 --who --reason incident --note \"called us\"
  bailment explain --position 4711 --person 24189255811707 --reason incident")]
pub(crate) struct Explain {
    /// Position of the disclosure in the log.
    #[arg(long)]
    position: u64,
    /// Only this part of the answer, counted from 0.
    #[arg(long)]
    node: Option<usize>,
    /// Only what is about this person: a number such as `per_812`. By the platform's own id it is a look-up, which needs a
    /// reason and is in the log before the answer.
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// Only this data class: `member.name`, or its last part, `name`.
    #[arg(long, visible_alias = "class", value_name = "CLASS")]
    property: Option<String>,
    /// Say who the people in it are, instead of their numbers: each of them is a look-up, which needs a reason and is in the
    /// log before the answer.
    #[arg(long)]
    who: bool,
    #[command(flatten)]
    because: Because,
}

/// The platform's ids of people who were looked up.
pub(crate) type Names = BTreeMap<PersonNo, String>;

/// One class of one node, explained in words.
pub(crate) struct Row {
    node: usize,
    record: String,
    people: Vec<PersonNo>,
    pub(crate) class: String,
    pub(crate) released: bool,
    /// Words, each with the people whom it names.
    chain: Vec<(String, Vec<PersonNo>)>,
    partner_hears: Option<&'static str>,
}

impl Row {
    fn about(&self, names: &Names) -> String {
        named(&self.people, names)
    }

    /// Why, with people by number but for those looked up.
    pub(crate) fn why(&self, names: &Names) -> String {
        let links = self.chain.iter().map(|(words, people)| match people.as_slice() {
            [] => words.clone(),
            people => format!("{words} {}", named(people, names)),
        });
        links.collect::<Vec<_>>().join(" → ")
    }
}

fn named(people: &[PersonNo], names: &Names) -> String {
    let one = |no: &PersonNo| names.get(no).cloned().unwrap_or_else(|| no.to_string());
    people.iter().map(one).collect::<Vec<_>>().join(", ")
}

pub(crate) fn run(asked: &Explain, globals: &Globals, output: Output) -> Result {
    let config = globals.load(Vec::new())?;
    let by_number = asked.person.as_deref().and_then(|id| id.parse::<PersonNo>().ok());
    let by_id = asked.person.as_deref().filter(|_| by_number.is_none());
    let looks_up = asked.who || by_id.is_some();
    // Asked before anything is looked at: whether an id is somebody's is told to nobody without a reason either.
    ensure!(
        !looks_up || asked.because.has_reason(),
        "saying who somebody is needs --reason: the entry that you asked stands in the log"
    );
    // Closed again before the entries are made: where no process runs, this one opens the directory to write them.
    let (found, app, by_id) = {
        let reading = Reading::open(&config.data)?;
        let store = reading.store();
        let found = explain(store, Position(asked.position))?;
        let app = found.leaf.app.map(|app| {
            Ok::<_, anyhow::Error>(store.name(NameOf::App(app))?.unwrap_or_else(|| app.to_string()))
        });
        let by_id = by_id.map(|id| {
            store.person_number(id)?.with_context(|| format!("nobody is known by the id `{id}`"))
        });
        (found, app.transpose()?.unwrap_or_default(), by_id.transpose()?)
    };
    let person = by_number.or(by_id);
    let wanted = |row: &&Row| {
        asked.node.is_none_or(|wanted| wanted == row.node)
            && person.is_none_or(|person| row.people.contains(&person))
            && asked.property.as_deref().is_none_or(|wanted| {
                row.class == wanted || row.class.rsplit('.').next() == Some(wanted)
            })
    };
    let rows: Vec<&Row> = found.rows.iter().filter(wanted).collect();
    let mut people: BTreeSet<PersonNo> = by_id.into_iter().collect();
    if asked.who {
        people.extend(rows.iter().flat_map(|row| &row.people));
        people.extend(rows.iter().flat_map(|row| &row.chain).flat_map(|(_, named)| named));
    }
    let mut names = look_up(&config, &people, &asked.because)?;
    if !asked.who {
        names.clear();
    }
    show(asked, &found, &app, (&rows, &names), output)
}

/// Looks people up as `bailment who-is` does: the entry of each is in the log before its answer.
fn look_up(
    config: &crate::config::Config,
    people: &BTreeSet<PersonNo>,
    because: &Because,
) -> Result<Names> {
    let mut names = Names::new();
    if people.is_empty() {
        return Ok(names);
    }
    runtime()?.block_on(async {
        let staff = Staff::open(config)?;
        for person in people {
            let asked = json!({ "person": person.to_string(), "because": because.json() });
            let answer = staff.call(Method::POST, "/identities", Some(&asked)).await?;
            let text = |name: &str| answer.body.get(name).and_then(Value::as_str);
            let name = match (answer.status, text("external")) {
                (status, Some(id)) if status.is_success() => id.to_owned(),
                (status, None) if status.is_success() => person.to_string(),
                (StatusCode::NOT_FOUND, _) => format!("{person} (erased)"),
                _ => bail!(
                    "{}: {}",
                    text("title").unwrap_or_default(),
                    text("detail").unwrap_or_default()
                ),
            };
            names.insert(*person, name);
        }
        Ok(names)
    })
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
    app: &str,
    (rows, people): (&[&Row], &Names),
    output: Output,
) -> Result {
    let (leaf, state) = (&found.leaf, &found.state);
    let names = state.numbering();
    let operation = leaf.operation.map(|no| governance_http::view::operation(names, no));
    let operation = operation.unwrap_or_default();
    if output.is_json() {
        let rows: Vec<Value> = rows
            .iter()
            .map(|row| {
                json!({
                    "node": row.node, "record": row.record, "about": row.about(people),
                    "class": row.class, "released": row.released, "why": row.why(people),
                    "partner_hears": row.partner_hears,
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
            let (record, about) = (row.record.clone(), row.about(people));
            let (class, why) = (row.class.clone(), row.why(people));
            vec![row.node.to_string(), record, about, class, outcome, why]
        })
        .collect();
    output.table(&["node", "record", "about", "class", "", "why"], rows)?;
    Ok(Outcome::Done)
}

fn about(about: &About) -> &[PersonNo] {
    match about {
        About::People(people) => people,
        About::Nobody | About::Unresolvable => &[],
    }
}

fn row(
    store: &Store,
    payload: &DisclosurePayload,
    one: &::consent::Explained,
    class: String,
) -> Row {
    let node = payload.nodes.get(one.node);
    let record = node.and_then(|node| node.record.as_ref()).map(|record| {
        // Who that is, `about` says by number.
        if record.kind == ObjectKind::Person {
            return record.kind.to_string();
        }
        let kind = ExternalKind::Object(record.kind);
        let id = store.external(kind, record.object.0).ok().flatten();
        format!("{} {}", record.kind, id.as_deref().unwrap_or("?"))
    });
    let people = node.map(|node| about(&node.about)).unwrap_or_default();
    let plain = |words: String| vec![(words, Vec::new())];
    let (chain, partner_hears) = match &one.why {
        Why::Released(links) => (links.iter().map(told).collect(), None),
        Why::Withheld(reason) => (plain(reason.to_string()), Some(reason.partner_word())),
        // What does not appear at all is not told to the partner either.
        Why::NotShown(Some(reason)) => (plain(format!("not shown: {reason}")), None),
        Why::NotShown(None) => (plain("not shown: within what did not appear".to_owned()), None),
    };
    let released = payload
        .released
        .get(one.node)
        .is_some_and(|mask| !(*mask & ClassMask::of(one.class)).is_empty());
    let record = record.unwrap_or_default();
    Row { node: one.node, record, people: people.to_vec(), class, released, chain, partner_hears }
}

fn told(link: &Link) -> (String, Vec<PersonNo>) {
    match link {
        Link::Policy(at) => (format!("policy of {}", at.0), Vec::new()),
        Link::Agreement(no) => (no.to_string(), Vec::new()),
        Link::Certification(no) => (no.to_string(), Vec::new()),
        Link::Installation(no, backers) => (format!("{no} backed by"), backers.clone()),
        Link::Grant(no) => (no.to_string(), Vec::new()),
        Link::Published => ("published".to_owned(), Vec::new()),
        Link::OptIn(who) => ("opt-in of".to_owned(), who.clone()),
        Link::OwnData => ("own data".to_owned(), Vec::new()),
    }
}
