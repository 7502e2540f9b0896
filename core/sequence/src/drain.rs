//! Which earlier answers an ending changes.

use consent::{Request, State, Touch, decide, touches};
use ledger::{Event, Node};
use model::{ClassMask, Position, Timestamp};
use std::sync::Arc;

/// An answer that is decided and durable, and perhaps not handed over yet.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Where its entry stands.
    pub position: Position,
    /// The request.
    pub request: Arc<Request>,
    /// The nodes decided.
    pub nodes: Arc<Vec<Node>>,
    /// What was released of each.
    pub released: Arc<Vec<ClassMask>>,
}

/// Whether these events change the answer: only such answers are waited for (invariant 3).
///
/// `events` are all control events that `state` took in since the answer was last held against it: those of the tail and
/// of every job of the batch, not of one ender alone. Where several touch the answer, a later one may have given back what
/// an earlier one took, and that one's ender must not return before the answer is gone; so they count as a change.
///
/// `reached` is the revision up to which events are listed. A state that holds more (of a batch that is not durable yet) may
/// have been given back in it what a listed event took: whatever that touches counts as changed then.
#[must_use]
pub fn changed_by<'e>(
    state: &State,
    answer: &Answer,
    events: impl IntoIterator<Item = &'e Event>,
    reached: Position,
    now: Timestamp,
) -> bool {
    let mut touched = false;
    for event in events {
        match touches(state, &answer.request, &answer.nodes, event) {
            Touch::No => {}
            Touch::Reread => return true,
            Touch::Decide if touched => return true,
            Touch::Decide => touched = true,
        }
    }
    let is_ahead = state.revision() > reached;
    let is_same =
        || decide(state, &answer.request, &answer.nodes, now).released == *answer.released;
    touched && (is_ahead || !is_same())
}
