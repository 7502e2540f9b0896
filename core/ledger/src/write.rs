//! Writes and refusals: entries that are neither disclosures nor changes of state.

use crate::{Leaf, leaf};
use minicbor::{Decode, Encode};
use model::{AppNo, ContextNo, ObjectNo, OperationNo, PersonNo, Timestamp};

/// A write that may go to the upstream; durable before the upstream is called.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct WritePermitted {
    /// The person acting, if any.
    #[n(0)]
    pub acting: Option<PersonNo>,
    /// Where it is written.
    #[n(1)]
    pub context: Option<ContextNo>,
    /// Truncated source network.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub network: Option<Vec<u8>>,
    /// SHA-256 of the idempotency key, so that two permits of one attempt can be told.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub idempotency: Option<[u8; 32]>,
    /// Up to when the platform's facts were complete.
    #[n(4)]
    pub facts_up_to: Timestamp,
    /// What it changes or is written under, if the path names one.
    #[n(5)]
    pub object: Option<ObjectNo>,
}

/// How a write ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum WriteOutcomeKind {
    /// The upstream refused it: nothing was written.
    #[n(0)]
    Refused,
    /// Nobody knows: the upstream did not answer.
    #[n(1)]
    Unknown,
    /// It was written; the answer was withheld.
    #[n(2)]
    Withheld,
}

/// The end of a write that no disclosure records.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct WriteOutcome {
    /// Position of the permit.
    #[n(0)]
    pub permitted_at: model::Position,
    /// How it ended.
    #[n(1)]
    pub outcome: WriteOutcomeKind,
}

/// How often an app's requests were refused in an hour.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RefusalCount {
    /// The app; absent where no valid token named one.
    #[n(0)]
    pub app: Option<AppNo>,
    /// The operation; absent where none matched.
    #[n(1)]
    pub operation: Option<OperationNo>,
    /// Problem type (the last path segment of the problem's `type`).
    #[n(2)]
    pub problem: String,
    /// How often.
    #[n(3)]
    pub count: u64,
}

/// Refused requests of one hour.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Refusals {
    /// Hours since the epoch.
    #[n(0)]
    pub hour: u64,
    /// By app, operation and problem, ascending.
    #[n(1)]
    pub counts: Vec<RefusalCount>,
}

impl Refusals {
    /// The leaf: how many requests were refused.
    #[must_use]
    pub fn leaf(&self) -> Leaf {
        let all = self.counts.iter().fold(0u64, |sum, one| sum.saturating_add(one.count));
        Leaf {
            kind: leaf::kind::REFUSALS,
            count: Some(u32::try_from(all).unwrap_or(u32::MAX)),
            ..Leaf::blank()
        }
    }
}
