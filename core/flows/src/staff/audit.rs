//! A policy that is watched beside the one in force: between trying it out and putting it in force.

use super::{Act, Refusal, may};
use crate::Said;
use consent::{Policy, State};
use ledger::{Event, PolicyAudited};
use model::Env;
use sequence::Commit;

/// Watches a policy document beside the one in force, in place of whichever was watched, or none any more. It decides nothing.
///
/// # Errors
/// The actor may not, no catalog is in force, or the document has mistakes or names what the catalog has not.
pub fn audit_policy(
    state: &State,
    env: &Env,
    said: &Said,
    bytes: Option<&[u8]>,
) -> Result<Commit<()>, Refusal> {
    may(state, said.by, Act::Rule)?;
    let document = bytes.map(|bytes| checked(state, bytes)).transpose()?;
    let watched = state.audited_policy().map(|(_, document)| document);
    if watched == document.as_deref() {
        return Ok(Commit::nothing(()));
    }
    let (why, notes) = said.split(env);
    let mut commit = Commit::event(Event::PolicyAudited(PolicyAudited { document, why }), ());
    commit.writes.extend(notes);
    Ok(commit)
}

/// Canonical bytes of a document that could be put in force.
fn checked(state: &State, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
    let catalog =
        state.catalog().ok_or_else(|| Refusal::Conflict("activate a catalog first".to_owned()))?;
    let mistakes = |list: Vec<consent::PolicyMistake>| {
        Refusal::Document(list.into_iter().map(|m| (m.pointer, m.problem)).collect())
    };
    let policy = Policy::parse(bytes).map_err(mistakes)?;
    let unknown = policy.mistakes_against(catalog);
    if unknown.is_empty() { Ok(policy.canonical()) } else { Err(mistakes(unknown)) }
}
