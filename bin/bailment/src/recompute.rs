//! Decides a disclosure again, from the log alone.

use ::consent::{Request, State};
use ledger::{DisclosurePayload, Leaf};

/// The request that a disclosure's entry records. `None` where the entry does not name what every disclosure names.
pub(crate) fn request(_: &State, leaf: &Leaf, payload: &DisclosurePayload) -> Option<Request> {
    Request::of_disclosure(leaf, payload)
}
