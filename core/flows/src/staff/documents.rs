//! Adopting a catalog or a policy: an ending like any other.

use super::{Act, Refusal, may};
use crate::Said;
use catalog::{Document, Numbering};
use consent::{Policy, State};
use ledger::{Assigned, CatalogActivated, Event, PolicyActivated, digest};
use model::{ApiVersion, Env};
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

/// Adopts a catalog, and no version before it stays served; see [`activate_catalog_beside`].
///
/// # Errors
/// Those of [`activate_catalog_beside`].
pub fn activate_catalog(
    state: &State,
    env: &Env,
    said: &Said,
    bytes: &[u8],
) -> Result<Commit<Activated>, Refusal> {
    activate_catalog_beside(state, env, said, bytes, &[])
}

/// Adopts a catalog. Names that are new get their numbers, for good. Of the versions served until now those in `keeps` are
/// served on beside it, and give nothing that it does not give.
///
/// # Errors
/// The actor may not, the document has mistakes, or a version to be kept is not served, or is the document's own.
pub fn activate_catalog_beside(
    state: &State,
    env: &Env,
    said: &Said,
    bytes: &[u8],
    keeps: &[ApiVersion],
) -> Result<Commit<Activated>, Refusal> {
    may(state, said.by, Act::Rule)?;
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
    let version = document.compile(&numbering).map_err(mistakes)?.version;
    let keeps = kept(state, env, version, keeps)?;
    let canonical = document.canonical();
    let digest = digest(&canonical);
    let older = state.versions().filter(|one| Some(*one) != current(state));
    if state.catalog_document() == canonical && older.eq(keeps.iter().copied()) {
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
        keeps: Some(keeps).filter(|keeps| !keeps.is_empty()),
    };
    let mut commit =
        Commit::event(Event::CatalogActivated(event), Activated { digest, changed: true });
    commit.writes.extend(notes);
    Ok(commit)
}

fn current(state: &State) -> Option<ApiVersion> {
    state.catalog().map(|catalog| catalog.version)
}

/// Versions to be served on, ascending.
fn kept(
    state: &State,
    env: &Env,
    new: ApiVersion,
    keeps: &[ApiVersion],
) -> Result<Vec<ApiVersion>, Refusal> {
    let invalid = |problem: String| Refusal::Invalid { field: "keep", problem };
    for version in keeps {
        if *version == new {
            return Err(invalid(format!("names {version}, which is the document's own version")));
        }
        if state.catalog_of(*version).is_none() {
            return Err(invalid(format!("names {version}, which is not served")));
        }
        if state.version_terms(*version).sunset.is_some_and(|sunset| sunset <= env.now) {
            return Err(invalid(format!("names {version}, which has ended")));
        }
    }
    let mut keeps = keeps.to_vec();
    keeps.sort_unstable();
    keeps.dedup();
    Ok(keeps)
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
    may(state, said.by, Act::Rule)?;
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
