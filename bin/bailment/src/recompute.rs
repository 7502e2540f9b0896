//! Decides a disclosure again, from the log alone.

use ::consent::{Request, State};
use ledger::{DisclosurePayload, Leaf};
use model::Chain;

/// The request that a disclosure's entry records. What the operation demands stands in the catalog in force.
///
/// `None` where the entry does not name what every disclosure names.
pub(crate) fn request(state: &State, leaf: &Leaf, payload: &DisclosurePayload) -> Option<Request> {
    let chain = match (leaf.grant, leaf.installation) {
        (Some(grant), None) => Chain::Grant(grant),
        (None, Some(installation)) => Chain::Installation(installation),
        (Some(_), Some(_)) | (None, None) => return None,
    };
    let operation = leaf.operation?;
    let known = state.catalog()?.operations.iter().find(|known| known.number == operation)?;
    Some(Request {
        app: leaf.app?,
        credential: leaf.credential,
        chain,
        issue: leaf.issue?,
        key: leaf.key?,
        family: leaf.family,
        acting: payload.acting,
        operation,
        program: leaf.program?,
        purpose: leaf.purpose?,
        requires: known.requires,
        context: payload.context,
        version: leaf.version?,
        facts_up_to: payload.facts_up_to,
    })
}
