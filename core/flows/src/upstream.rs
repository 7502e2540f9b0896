//! What the gate noticed about the platform's answers.

use crate::note::{NOTE_BYTES_MAX, Said};
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

/// Raises a finding for each operation whose answers differ, with the places in its note, and further ones where a note cannot
/// hold them all.
#[must_use]
pub fn differs(env: &Env, found: &[Place]) -> Commit<()> {
    let mut commit = Commit::nothing(());
    for of_one in found.chunk_by(|one, next| one.operation == next.operation) {
        let Some(first) = of_one.first() else { continue };
        let begun = format!("answers of {} differ from the catalog:", first.operation);
        let mut note = begun.clone();
        for one in of_one {
            let place = format!(" {} at {};", one.kind, one.pointer);
            if note.len() > begun.len() && note.len() + place.len() > NOTE_BYTES_MAX {
                raise(env, &note, &mut commit);
                note.clone_from(&begun);
            }
            note.push_str(&place);
        }
        raise(env, &note, &mut commit);
    }
    commit
}

fn raise(env: &Env, note: &str, commit: &mut Commit<()>) {
    let note = note.trim_end_matches(';').to_owned();
    let (why, notes) = Said { note: Some(note), ..Said::by(Actor::System) }.split(env);
    let finding = UPSTREAM_TYPE.to_owned();
    commit.events.push(Event::FindingRaised(FindingRaised { app: None, finding, why }));
    commit.writes.extend(notes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use sequence::VaultWrite;

    #[test]
    fn every_place_stands_in_a_note() {
        let place = |no: usize| Place {
            operation: "groups.posts".to_owned(),
            kind: "wrong-type",
            pointer: format!("/items/*/{no:0>60}"),
        };
        let found: Vec<Place> = (0..150).map(place).collect();
        let commit = differs(&Env::new(Timestamp(1), [1; 32]), &found);
        let notes: Vec<&String> = commit
            .writes
            .iter()
            .map(|write| match write {
                VaultWrite::Note { text, .. } => text,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!((commit.events.len(), notes.len()), (4, 4));
        for note in &notes {
            assert!(
                note.starts_with("answers of groups.posts differ from the catalog: wrong-type")
            );
            assert!(note.len() <= NOTE_BYTES_MAX && !note.ends_with(';'), "{note}");
        }
        let said =
            |place: &Place| notes.iter().filter(|note| note.contains(&place.pointer)).count();
        assert!(found.iter().all(|place| said(place) == 1));
        assert_eq!(differs(&Env::new(Timestamp(1), [1; 32]), &found[..2]).events.len(), 1);
    }
}
