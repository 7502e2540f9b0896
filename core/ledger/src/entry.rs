//! An entry: a leaf that is hashed into the tree, and a payload that the leaf commits to.

use crate::{
    DisclosurePayload, Event, Hash, Leaf, Refusals, WriteOutcome, WritePermitted, disclosure, leaf,
    tree,
};
use sha2::{Digest, Sha256};

/// The version of fold and `decide` that new entries name.
pub const RULES_VERSION: u16 = 2;

/// Random bytes that keep a commitment from being guessed after its payload is gone.
pub type Salt = [u8; 16];
/// `SHA-256("bailment payload 1" || salt || payload)`.
pub type Commitment = [u8; 32];

/// What an entry says in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// What left.
    Disclosure(DisclosurePayload),
    /// Refused requests, counted.
    Refusals(Refusals),
    /// A write that may go to the upstream.
    WritePermitted(WritePermitted),
    /// How a write ended when no answer says so.
    WriteOutcome(WriteOutcome),
    /// A change of state.
    Control(Event),
}

/// An entry before it has a place and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The part that is hashed; its `kind`, `payload` and `time` are set by [`Entry::seal`].
    pub leaf: Leaf,
    /// The part that it commits to.
    pub payload: Payload,
}

/// An entry as it is kept: bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedEntry {
    /// The leaf's kind, for the store's index.
    pub kind: u16,
    /// Entry time, for the store's index.
    pub time: model::Timestamp,
    /// Canonical CBOR of the leaf.
    pub leaf: Vec<u8>,
    /// Canonical CBOR of the payload.
    pub payload: Vec<u8>,
    /// Salt of the commitment.
    pub salt: Salt,
    /// RFC 6962 leaf hash.
    pub hash: Hash,
}

/// Bytes that are not an entry in its one spelling.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not CBOR of the expected shape.
    #[error("entry cannot be decoded: {0}")]
    Cbor(String),
    /// Decodes, but is not spelt the one way it may be.
    #[error("entry is not in its canonical form")]
    NotCanonical,
    /// The leaf commits to another payload.
    #[error("payload is not the one that the leaf commits to")]
    WrongCommitment,
    /// Leaf and payload disagree on what they say.
    #[error("leaf does not match its payload")]
    LeafMismatch,
    /// The kind is not known to this version.
    #[error("entry kind {0} is unknown")]
    UnknownKind(u16),
    /// A column names something outside its table.
    #[error("payload column `{0}` is out of range")]
    Column(&'static str),
}

impl From<minicbor::decode::Error> for DecodeError {
    fn from(error: minicbor::decode::Error) -> Self {
        Self::Cbor(error.to_string())
    }
}

/// Commits to payload bytes.
#[must_use]
pub fn commit(salt: &Salt, payload: &[u8]) -> Commitment {
    let mut hash = Sha256::new();
    hash.update(b"bailment payload 1");
    hash.update(salt);
    hash.update(payload);
    hash.finalize().into()
}

impl Payload {
    /// The leaf's `kind`.
    #[must_use]
    pub fn kind(&self) -> u16 {
        match self {
            Self::Disclosure(_) => leaf::kind::DISCLOSURE,
            Self::Refusals(_) => leaf::kind::REFUSALS,
            Self::WritePermitted(_) => leaf::kind::WRITE_PERMITTED,
            Self::WriteOutcome(_) => leaf::kind::WRITE_OUTCOME,
            Self::Control(event) => event.kind(),
        }
    }

    /// The one spelling in bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Disclosure(payload) => payload.encode(),
            Self::Refusals(payload) => to_vec(payload),
            Self::WritePermitted(payload) => to_vec(payload),
            Self::WriteOutcome(payload) => to_vec(payload),
            Self::Control(event) => to_vec(event),
        }
    }

    /// What a leaf says of this payload: kind, counts, classes, the numbers of what a control event changes. The leaf of
    /// a disclosure or write adds the request: app, chain, credential, operation and so on.
    #[must_use]
    pub fn leaf(&self) -> Leaf {
        match self {
            Self::Disclosure(payload) => payload.leaf(),
            Self::Refusals(payload) => payload.leaf(),
            Self::WritePermitted(_) | Self::WriteOutcome(_) => {
                Leaf { kind: self.kind(), ..Leaf::blank() }
            }
            Self::Control(event) => event.leaf(),
        }
    }

    /// Reads a payload of this kind.
    ///
    /// # Errors
    /// Any spelling but the canonical one, and any unknown kind.
    pub fn decode(kind: u16, bytes: &[u8]) -> Result<Self, DecodeError> {
        let payload = match kind {
            leaf::kind::DISCLOSURE => Self::Disclosure(DisclosurePayload::decode(bytes)?),
            leaf::kind::REFUSALS => Self::Refusals(minicbor::decode(bytes)?),
            leaf::kind::WRITE_PERMITTED => {
                let payload: WritePermitted = minicbor::decode(bytes)?;
                disclosure::check_network(payload.network.as_deref())?;
                Self::WritePermitted(payload)
            }
            leaf::kind::WRITE_OUTCOME => Self::WriteOutcome(minicbor::decode(bytes)?),
            leaf::kind::CONTROL_FIRST..=leaf::kind::CONTROL_LAST => {
                let event: Event = minicbor::decode(bytes)?;
                if event.kind() != kind {
                    return Err(DecodeError::LeafMismatch);
                }
                Self::Control(event)
            }
            other => return Err(DecodeError::UnknownKind(other)),
        };
        if payload.encode() == bytes { Ok(payload) } else { Err(DecodeError::NotCanonical) }
    }
}

/// An entry whose payload is spelt out; only its time is still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedEntry {
    leaf: Leaf,
    payload: Vec<u8>,
    salt: Salt,
}

impl Entry {
    /// Spells the payload out and commits to it: work that needs no lock.
    #[must_use]
    pub fn prepare(mut self, salt: Salt) -> PreparedEntry {
        let payload = self.payload.encode();
        self.leaf.kind = self.payload.kind();
        self.leaf.payload = commit(&salt, &payload);
        PreparedEntry { leaf: self.leaf, payload, salt }
    }

    /// Spells the entry out in bytes at its time.
    #[must_use]
    pub fn seal(self, time: model::Timestamp, salt: Salt) -> SealedEntry {
        self.prepare(salt).seal(time)
    }
}

impl PreparedEntry {
    /// Sets the time and hashes the leaf.
    #[must_use]
    pub fn seal(mut self, time: model::Timestamp) -> SealedEntry {
        self.leaf.time = time;
        let leaf = self.leaf.encode();
        let hash = tree::leaf_hash(&leaf);
        SealedEntry {
            kind: self.leaf.kind,
            time,
            leaf,
            payload: self.payload,
            salt: self.salt,
            hash,
        }
    }
}

impl SealedEntry {
    /// Reads both parts back and holds them against each other.
    ///
    /// # Errors
    /// Whatever [`DecodeError`] names; nothing but the bytes that [`Entry::seal`] makes is accepted.
    pub fn open(&self) -> Result<Entry, DecodeError> {
        let leaf = Leaf::decode(&self.leaf)?;
        // What the store keeps beside the leaf must be the leaf's own: an index that lies hides entries.
        if leaf.kind != self.kind
            || leaf.time != self.time
            || tree::leaf_hash(&self.leaf) != self.hash
        {
            return Err(DecodeError::LeafMismatch);
        }
        if commit(&self.salt, &self.payload) != leaf.payload {
            return Err(DecodeError::WrongCommitment);
        }
        let payload = Payload::decode(leaf.kind, &self.payload)?;
        if leaf.agrees_with(&payload.leaf()) {
            Ok(Entry { leaf, payload })
        } else {
            Err(DecodeError::LeafMismatch)
        }
    }
}

/// Encodes into memory, which cannot fail.
pub(crate) fn to_vec<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    to_vec_in(Vec::new(), value)
}

/// The same into room that was made before.
pub(crate) fn to_vec_in<T: minicbor::Encode<()>>(mut bytes: Vec<u8>, value: &T) -> Vec<u8> {
    match minicbor::encode(value, &mut bytes) {
        Ok(()) => bytes,
        // A `Vec` writer is infallible and our types have no failing encoders.
        Err(_) => Vec::new(),
    }
}
