//! The request of an entry, as leaf and payload record it: what is decided again by whoever holds the log.

use crate::decide::Request;
use ledger::{DisclosurePayload, Leaf, WritePermitted};
use model::{Chain, ClassMask, ContextNo, PersonNo, Timestamp};

impl Request {
    /// The request that a disclosure answered. `None` where the leaf does not name what every disclosure names.
    #[must_use]
    pub fn of_disclosure(leaf: &Leaf, payload: &DisclosurePayload) -> Option<Self> {
        Self::recorded(leaf, payload.acting, payload.context, payload.facts_up_to)
    }

    /// The request that a write was permitted for. `None` where the leaf does not name what every permit names.
    #[must_use]
    pub fn of_write(leaf: &Leaf, payload: &WritePermitted) -> Option<Self> {
        Self::recorded(leaf, payload.acting, payload.context, payload.facts_up_to)
    }

    fn recorded(
        leaf: &Leaf,
        acting: Option<PersonNo>,
        context: Option<ContextNo>,
        facts_up_to: Timestamp,
    ) -> Option<Self> {
        let chain = match (leaf.grant, leaf.installation) {
            (Some(grant), None) => Chain::Grant(grant),
            (None, Some(installation)) => Chain::Installation(installation),
            (Some(_), Some(_)) | (None, None) => return None,
        };
        Some(Self {
            app: leaf.app?,
            credential: leaf.credential,
            chain,
            issue: leaf.issue?,
            key: leaf.key?,
            family: leaf.family,
            acting,
            operation: leaf.operation?,
            program: leaf.program?,
            purpose: leaf.purpose?,
            // Absent: none. A link to media needs no action, whatever the operation needed that gave it.
            requires: leaf.classes.unwrap_or(ClassMask::NONE),
            context,
            version: leaf.version?,
            facts_up_to,
        })
    }
}
