//! Adopting a catalog or a policy: an ending like any other.

use super::{Refusal, is_staff};
use crate::Said;
use catalog::{Document, Numbering};
use consent::{Policy, State};
use ledger::{Assigned, CatalogActivated, Event, PolicyActivated, digest};
use model::Env;
use sequence::Commit;
use std::collections::BTreeMap;

/// A document that was adopted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activated {
    /// SHA-256 of its canonical bytes.
    pub digest: [u8; 32],
    /// Whether it differs from what was in force.
    pub changed: bool,
}

fn assigned<N: Copy>(names: &BTreeMap<String, N>, number: impl Fn(N) -> u32) -> Vec<Assigned> {
    names.iter().map(|(name, no)| Assigned { name: name.clone(), number: number(*no) }).collect()
}

/// Adopts a catalog. Names that are new get their numbers, for good.
///
/// # Errors
/// The actor is no staff, or the document has mistakes.
pub fn activate_catalog(
    state: &State,
    env: &Env,
    said: &Said,
    bytes: &[u8],
) -> Result<Commit<Activated>, Refusal> {
    is_staff(state, said.by)?;
    let mistakes = |list: Vec<catalog::Mistake>| {
        Refusal::Document(
            list.into_iter()
                .map(|m| (m.pointer, format!("{}; {}", m.problem, m.suggestion)))
                .collect(),
        )
    };
    let document = Document::parse(bytes).map_err(mistakes)?;
    let new: Numbering = document.new_names(state.numbering()).map_err(mistakes)?;
    let mut numbering = state.numbering().clone();
    numbering.classes.extend(new.classes.clone());
    numbering.operations.extend(new.operations.clone());
    numbering.purposes.extend(new.purposes.clone());
    numbering.programs.extend(new.programs.clone());
    document.compile(&numbering).map_err(mistakes)?;
    let canonical = document.canonical();
    let digest = digest(&canonical);
    if state.catalog_document() == canonical {
        return Ok(Commit::nothing(Activated { digest, changed: false }));
    }
    let (why, notes) = said.split(env);
    let event = CatalogActivated {
        document: canonical,
        classes: assigned(&new.classes, |no| no.number().into()),
        operations: assigned(&new.operations, |no| no.0.into()),
        purposes: assigned(&new.purposes, |no| no.0.into()),
        programs: assigned(&new.programs, |no| no.0.into()),
        why,
        keeps: None,
    };
    let mut commit =
        Commit::event(Event::CatalogActivated(event), Activated { digest, changed: true });
    commit.writes.extend(notes);
    Ok(commit)
}

/// Adopts a policy revision. It holds for every app, token and version from its position on.
///
/// # Errors
/// The actor is no staff, no catalog is in force, or the document has mistakes or names what the catalog has not.
pub fn activate_policy(
    state: &State,
    env: &Env,
    said: &Said,
    bytes: &[u8],
) -> Result<Commit<Activated>, Refusal> {
    is_staff(state, said.by)?;
    let catalog =
        state.catalog().ok_or_else(|| Refusal::Conflict("activate a catalog first".to_owned()))?;
    let mistakes = |list: Vec<consent::PolicyMistake>| {
        Refusal::Document(list.into_iter().map(|m| (m.pointer, m.problem)).collect())
    };
    let policy = Policy::parse(bytes).map_err(mistakes)?;
    let unknown = policy.mistakes_against(catalog);
    if !unknown.is_empty() {
        return Err(mistakes(unknown));
    }
    let document = policy.canonical();
    let digest = digest(&document);
    if state.policy().is_some_and(|known| **known == policy) {
        return Ok(Commit::nothing(Activated { digest, changed: false }));
    }
    let (why, notes) = said.split(env);
    let event = Event::PolicyActivated(PolicyActivated { document, why });
    let mut commit = Commit::event(event, Activated { digest, changed: true });
    commit.writes.extend(notes);
    Ok(commit)
}
