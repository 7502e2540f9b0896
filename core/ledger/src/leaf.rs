//! The leaf: what anybody may read who checks the log, with no person in it.

use crate::{Commitment, DecodeError, entry};
use minicbor::{Decode, Encode};
use model::{
    ApiVersion, AppNo, ClassMask, ContextKind, CredentialNo, GrantNo, InstallationNo, OperationNo,
    PartnerNo, Position, ProgramNo, PurposeNo, Timestamp,
};

/// Kinds of entries. Control events have the range from [`kind::CONTROL_FIRST`].
pub mod kind {
    /// Something left.
    pub const DISCLOSURE: u16 = 1;
    /// Refused requests, counted by hour.
    pub const REFUSALS: u16 = 2;
    /// A write may go to the upstream.
    pub const WRITE_PERMITTED: u16 = 3;
    /// How a write ended.
    pub const WRITE_OUTCOME: u16 = 4;
    /// First control event.
    pub const CONTROL_FIRST: u16 = 16;
    /// Last control event of this format.
    pub const CONTROL_LAST: u16 = 255;
}

/// How often a mask was released in a disclosure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct ClassCount {
    /// The classes.
    #[n(0)]
    pub classes: ClassMask,
    /// How many nodes of the answer were released with exactly these.
    #[n(1)]
    pub nodes: u32,
}

/// The part of an entry that is hashed into the tree. Encoded as a CBOR map with ascending integer keys; absent
/// fields are left out. Some 200 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Leaf {
    /// What kind of entry; [`kind`] and the codes of `Event`.
    #[n(0)]
    pub kind: u16,
    /// Entry time, never below the previous entry's.
    #[n(1)]
    pub time: Timestamp,
    /// Version of fold and `decide`.
    #[n(2)]
    pub rules: u16,
    /// Commitment to the payload.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub payload: Commitment,
    /// Partner concerned.
    #[n(4)]
    pub partner: Option<PartnerNo>,
    /// App concerned.
    #[n(5)]
    pub app: Option<AppNo>,
    /// Credential that asked for the token.
    #[n(6)]
    pub credential: Option<CredentialNo>,
    /// Grant whose authority was used or changed.
    #[n(7)]
    pub grant: Option<GrantNo>,
    /// Installation whose authority was used or changed.
    #[n(8)]
    pub installation: Option<InstallationNo>,
    /// Issue number of the token.
    #[n(9)]
    pub issue: Option<Position>,
    /// Operation.
    #[n(10)]
    pub operation: Option<OperationNo>,
    /// API version.
    #[n(11)]
    pub version: Option<ApiVersion>,
    /// Purpose.
    #[n(12)]
    pub purpose: Option<PurposeNo>,
    /// Program.
    #[n(13)]
    pub program: Option<ProgramNo>,
    /// Position at which the policy in force was activated.
    #[n(14)]
    pub policy: Option<Position>,
    /// Request id (UUID bytes), so that the platform's own traces can be joined.
    #[n(15)]
    #[cbor(with = "minicbor::bytes")]
    pub request: Option<[u8; 16]>,
    /// Kind of the context.
    #[n(16)]
    pub context: Option<ContextKind>,
    /// Records in a disclosure; facts, refusals or subjects in a control event.
    #[n(17)]
    pub count: Option<u32>,
    /// Distinct people about whom something left.
    #[n(18)]
    pub people: Option<u32>,
    /// Records withheld in full.
    #[n(19)]
    pub withheld: Option<u32>,
    /// Histogram of released masks, ascending.
    #[n(20)]
    pub histogram: Option<Vec<ClassCount>>,
    /// Classes that a control event is about; of a disclosure or write the actions that the request as a whole needs.
    #[n(21)]
    pub classes: Option<ClassMask>,
    /// Reason code of a control event.
    #[n(22)]
    pub reason: Option<u8>,
    /// Digest of the catalog, policy or note that the event adopts.
    #[n(23)]
    #[cbor(with = "minicbor::bytes")]
    pub document: Option<[u8; 32]>,
    /// Signing key of the token: what a cut-off of a key asks.
    #[n(24)]
    pub key: Option<u8>,
    /// Refresh family that the token came from.
    #[n(25)]
    pub family: Option<Position>,
}

impl Leaf {
    /// A leaf that says nothing yet.
    #[must_use]
    pub const fn blank() -> Self {
        Self {
            kind: 0,
            time: Timestamp(0),
            rules: entry::RULES_VERSION,
            payload: [0; 32],
            partner: None,
            app: None,
            credential: None,
            grant: None,
            installation: None,
            issue: None,
            operation: None,
            version: None,
            purpose: None,
            program: None,
            policy: None,
            request: None,
            context: None,
            count: None,
            people: None,
            withheld: None,
            histogram: None,
            classes: None,
            reason: None,
            document: None,
            key: None,
            family: None,
        }
    }

    /// Whether this leaf says of its payload what the payload says itself: who reads only leaves must not be told
    /// other counts or classes. `summary` is what follows from the payload; a disclosure's leaf adds the request.
    pub(crate) fn agrees_with(&self, summary: &Self) -> bool {
        fn named<T: PartialEq>(own: &Option<T>, wanted: &Option<T>) -> bool {
            wanted.is_none() || own == wanted
        }
        self.kind == summary.kind
            && self.count == summary.count
            && self.people == summary.people
            && self.withheld == summary.withheld
            && self.histogram == summary.histogram
            && self.classes_agree(summary)
            && self.reason == summary.reason
            && self.document == summary.document
            && named(&self.partner, &summary.partner)
            && named(&self.app, &summary.app)
            && named(&self.credential, &summary.credential)
            && named(&self.grant, &summary.grant)
            && named(&self.installation, &summary.installation)
            && named(&self.issue, &summary.issue)
            && named(&self.version, &summary.version)
            && named(&self.purpose, &summary.purpose)
            && named(&self.program, &summary.program)
    }

    /// What a request needs stands in the leaf alone: regulators read it there, and it is not said twice.
    fn classes_agree(&self, summary: &Self) -> bool {
        match self.kind {
            kind::DISCLOSURE | kind::WRITE_PERMITTED | kind::WRITE_OUTCOME => {
                self.classes.is_none_or(|classes| !classes.is_empty())
            }
            _ => self.classes == summary.classes,
        }
    }

    /// The one spelling in bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        entry::to_vec(self)
    }

    /// Reads a leaf.
    ///
    /// # Errors
    /// Any spelling but the canonical one.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let leaf: Self = minicbor::decode(bytes)?;
        if leaf.encode() == bytes { Ok(leaf) } else { Err(DecodeError::NotCanonical) }
    }
}
