//! What the gate noticed about the platform's answers.

use crate::note::Said;
use ledger::{Event, FindingRaised};
use model::{Actor, Env};
use sequence::Commit;

/// The word of these findings.
const UPSTREAM_TYPE: &str = "upstream-type";

/// A place where an answer was not what the catalog says: what stood there was dropped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Name of the operation.
    pub operation: String,
    /// What differs, in a word: `unknown-property`, `wrong-type`.
    pub kind: &'static str,
    /// Where: names from the catalog, `*` for every element; no value.
    pub pointer: String,
}

/// Raises a finding for each operation whose answers differ, with the places in its note.
#[must_use]
pub fn differs(env: &Env, found: &[Place]) -> Commit<()> {
    let mut commit = Commit::nothing(());
    for of_one in found.chunk_by(|one, next| one.operation == next.operation) {
        let Some(first) = of_one.first() else { continue };
        let mut note = format!("answers of {} differ from the catalog:", first.operation);
        for one in of_one {
            note.push_str(&format!(" {} at {};", one.kind, one.pointer));
        }
        note.pop();
        let (why, notes) = Said { note: Some(note), ..Said::by(Actor::System) }.split(env);
        commit.events.push(Event::FindingRaised(FindingRaised {
            app: None,
            finding: UPSTREAM_TYPE.to_owned(),
            why,
        }));
        commit.writes.extend(notes);
    }
    commit
}
