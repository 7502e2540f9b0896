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

/// Whether these events, all taken into `state`, change the answer: only such answers are waited for (invariant 3).
#[must_use]
pub fn changed_by(state: &State, answer: &Answer, events: &[Event], now: Timestamp) -> bool {
    let touch =
        events.iter().map(|event| touches(state, &answer.request, &answer.nodes, event)).max();
    match touch {
        None | Some(Touch::No) => false,
        Some(Touch::Reread) => true,
        Some(Touch::Decide) => {
            decide(state, &answer.request, &answer.nodes, now).released != *answer.released
        }
    }
}
