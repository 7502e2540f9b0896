//! `bailment log`: entries as they stand, and everything that follows from them, recomputed.

use super::serve::runtime;
use super::{Globals, Outcome, Result};
use crate::config::Config;
use crate::control::Staff;
use crate::output::{Output, Shade};
use crate::reading::{Reading, each};
use ::consent::{Request, State, authorize, decide};
use clap::Subcommand;
use governance_http::entry::entry_json;
use http::Method;
use ledger::{DisclosurePayload, Frontier, Leaf, Payload};
use model::Position;
use serde_json::{Value, json};
use std::time::Duration;
use store::Store;
use tokio::runtime::Runtime;

/// Entries asked for at a time: what one page of the staff API holds.
const PAGE: usize = 100;
/// How often a followed log is looked at.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);

/// What to do with the log.
#[derive(Debug, Subcommand)]
pub(crate) enum Asked {
    /// Print entries, oldest first.
    #[command(after_help = "\
Works beside a running process. People, groups and objects are numbers in the log.
  bailment log show --from 100 --limit 20
  bailment log show --kind disclosure --json | jq .leaf.histogram
  bailment log show --follow")]
    Show {
        /// First position; without it, the last entries.
        #[arg(long)]
        from: Option<u64>,
        /// Most entries.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Only this kind: `disclosure`, `opt-in`, `policy-activated` …
        #[arg(long)]
        kind: Option<String>,
        /// Go on with what is appended.
        #[arg(long)]
        follow: bool,
    },
    /// Recompute the root, read every entry, check every commitment, decide every disclosure again.
    #[command(after_help = "\
Works beside a running process, on a copy. Exit code 3 where anything differs.
  bailment log verify
  recomputed 1204 disclosures, all identical")]
    Verify,
}

pub(crate) fn run(asked: &Asked, globals: &Globals, output: Output) -> Result {
    let config = globals.load(Vec::new())?;
    match asked {
        Asked::Verify => verify(&Reading::open(&config.data)?, output),
        Asked::Show { from, limit, kind, follow } => {
            let mut next = show(&config, *from, *limit, kind.as_deref(), output)?;
            if *follow {
                loop {
                    std::thread::sleep(FOLLOW_EVERY);
                    // Opened anew each time: holding the directory would keep a process from starting.
                    next = show(&config, Some(next), usize::MAX, kind.as_deref(), output)?;
                }
            }
            Ok(Outcome::Done)
        }
    }
}

/// Where entries are read: a running process, or a directory that nobody has open.
enum Feed {
    Running(Staff, Runtime),
    Still(Reading),
}

impl Feed {
    fn open(config: &Config) -> Result<Self> {
        match Staff::running_at(&config.data)? {
            Some(staff) => Ok(Self::Running(staff, runtime()?)),
            None => Ok(Self::Still(Reading::open(&config.data)?)),
        }
    }

    fn page(&self, from: u64, most: usize) -> Result<Vec<Value>> {
        match self {
            Self::Still(reading) => {
                let names = reading.store().state().numbering().clone();
                let entries = reading.store().entries(Position(from), most)?;
                Ok(entries.iter().map(|one| entry_json(one, &names)).collect())
            }
            Self::Running(staff, runtime) => {
                let path = format!("/log?from={from}&limit={most}");
                let answer = runtime.block_on(staff.ask(Method::GET, &path, None))?;
                Ok(answer.body.get("items").and_then(Value::as_array).cloned().unwrap_or_default())
            }
        }
    }

    /// The position that the next entry gets.
    fn end(&self) -> Result<u64> {
        if let Self::Still(reading) = self {
            return Ok(reading.store().head()?.next().0);
        }
        // Entries have no gaps, so the end is found in a few dozen questions, however long the log is.
        let mut beyond = 1;
        while !self.page(beyond, 1)?.is_empty() {
            beyond *= 2;
        }
        let mut below = beyond / 2;
        while beyond - below > 1 {
            let middle = below + (beyond - below) / 2;
            if self.page(middle, 1)?.is_empty() { beyond = middle } else { below = middle }
        }
        Ok(beyond)
    }
}

/// Prints entries; says where the next ones begin.
fn show(
    config: &Config,
    from: Option<u64>,
    limit: usize,
    kind: Option<&str>,
    output: Output,
) -> Result<u64> {
    let feed = Feed::open(config)?;
    let mut next = match from {
        Some(from) => from,
        None => feed.end()?.saturating_sub(limit as u64),
    };
    let mut left = limit;
    while left > 0 {
        let entries = feed.page(next, PAGE)?;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            next += 1;
            if kind.is_some_and(|kind| entry.get("kind").and_then(Value::as_str) != Some(kind)) {
                continue;
            }
            if output.is_json() {
                output.document(&entry)?;
            } else {
                output.line(summary(&entry, output))?;
            }
            left -= 1;
            if left == 0 {
                break;
            }
        }
    }
    Ok(next)
}

/// An entry on one line.
pub(crate) fn summary(entry: &Value, output: Output) -> String {
    let text = |name: &str| match entry.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let leaf = entry.get("leaf").and_then(Value::as_object);
    let wanted = [
        "app",
        "operation",
        "grant",
        "installation",
        "count",
        "people",
        "withheld",
        "classes",
        "reason",
    ];
    let facts: Vec<String> = wanted
        .iter()
        .filter_map(|name| Some((name, leaf?.get(*name)?)))
        .map(|(name, value)| match value {
            Value::String(text) if matches!(*name, "app" | "operation") => text.clone(),
            Value::String(text) => format!("{name} {text}"),
            Value::Array(list) => {
                list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
            }
            other => format!("{name} {other}"),
        })
        .collect();
    format!(
        "{:>7} {} {} {}",
        text("position"),
        output.shade(Shade::Faint, text("time")),
        output.shade(Shade::Strong, text("kind")),
        facts.join(", ")
    )
}

/// What a verification found.
#[derive(Default)]
pub(crate) struct Verified {
    state: State,
    tree: Frontier,
    pub(crate) entries: u64,
    pub(crate) disclosures: u64,
    writes: u64,
    not_recomputable: u64,
    pub(crate) problems: Vec<(Position, String)>,
}

/// Folds a log from its first entry and decides every disclosure again.
///
/// # Errors
/// The store cannot be read. What differs is in the result.
pub(crate) fn recompute_all(store: &Store) -> Result<Verified> {
    let mut found = Verified::default();
    let head = store.head()?;
    each(store, Position(0), |stored| {
        found.entry(stored);
        if found.entries == head.next().0 {
            found.tree_is(&head.frontier);
        }
        Ok(())
    })?;
    // A running log may have grown meanwhile; it never reaches beyond its head, and never falls short of it.
    found.ends_within(head.next(), store.head()?.next());
    if found.problems.is_empty() {
        let folded = store.state_at(found.state.next())?;
        found.is_folded_as(&folded);
    }
    Ok(found)
}

impl Verified {
    /// The root of the tree over the entries.
    pub(crate) fn root(&self) -> String {
        governance_http::view::hex(&self.tree.root())
    }

    fn problem(&mut self, problem: &str) {
        let at = Position(self.entries.saturating_sub(1));
        self.problems.push((at, problem.to_owned()));
    }

    fn tree_is(&mut self, known: &Frontier) {
        if self.tree != *known {
            self.problem("the tree over the entries is not the one of the head");
        }
    }

    /// Between the head before reading and the one after.
    fn ends_within(&mut self, before: Position, after: Position) {
        if self.entries < before.0 {
            self.problem("the log ends before its head does");
        } else if self.entries > after.0 {
            self.problem("there are entries behind the head");
        }
    }

    /// What the process starts from (the last snapshot and the index of control events) against the log itself.
    fn is_folded_as(&mut self, started_from: &State) {
        if self.state.encode_snapshot() != started_from.encode_snapshot() {
            self.problem(
                "a process that starts folds another state than the log's: remove `snapshots`",
            );
        }
    }

    fn entry(&mut self, stored: &store::StoredEntry) {
        if stored.position.0 != self.entries {
            self.problems.push((stored.position, format!("follows entry {}", self.entries)));
            self.entries = stored.position.0;
        }
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
        if let Payload::WritePermitted(payload) = &entry.payload {
            self.writes += 1;
            let request = Request::of_write(&entry.leaf, payload);
            let again = request.map(|one| authorize(&self.state, &one, entry.leaf.time).is_ok());
            if again != Some(true) {
                self.problems.push((at, "the write would not be permitted".to_owned()));
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
        let request = Request::of_disclosure(leaf, payload)
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
    let found = recompute_all(reading.store())?;
    let root = found.root();
    let identical = found.problems.is_empty();
    if output.is_json() {
        let problems: Vec<Value> = found
            .problems
            .iter()
            .map(|(at, problem)| json!({ "position": at.0, "problem": problem }))
            .collect();
        output.document(&json!({
            "entries": found.entries, "root": root, "disclosures": found.disclosures,
            "writes_permitted": found.writes,
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
        if found.writes > 0 {
            output.line(format_args!("{} permits of writes decided again", found.writes))?;
        }
        output.line(format_args!("recomputed {} disclosures, {verdict}", found.disclosures))?;
    }
    Ok(if identical { Outcome::Done } else { Outcome::Mistakes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_was_cut_off_or_prolonged_is_noticed() {
        for (entries, is_good) in [(4, false), (5, true), (6, true), (7, false)] {
            let mut found = Verified { entries, ..Verified::default() };
            found.ends_within(Position(5), Position(6));
            assert_eq!(found.problems.is_empty(), is_good, "{entries}: {:?}", found.problems);
        }
    }

    #[test]
    fn entries_without_a_position_between_them_are_noticed() {
        let leaf = Vec::new();
        let entry = |position| store::StoredEntry {
            position: Position(position),
            time: model::Timestamp(0),
            kind: 1,
            leaf: leaf.clone(),
            payload: None,
        };
        let mut found = Verified::default();
        found.entry(&entry(0));
        let before = found.problems.len();
        found.entry(&entry(2));
        let told: Vec<&str> =
            found.problems.iter().skip(before).map(|(_, told)| told.as_str()).collect();
        assert!(told.contains(&"follows entry 1"), "{told:?}");
    }
}
