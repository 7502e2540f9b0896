//! What the outside lends a pure rule: the time and unguessable bytes.

use crate::Timestamp;
use sha2::{Digest, Sha256};

/// The time of an entry and a seed of unguessable bytes, made anew for every call of a flow.
pub struct Env {
    /// The instant at which the rule is applied; the entry's time.
    pub now: Timestamp,
    seed: [u8; 32],
}

impl Env {
    /// An environment. `seed` must be fresh, unguessable and used for this one call.
    #[must_use]
    pub const fn new(now: Timestamp, seed: [u8; 32]) -> Self {
        Self { now, seed }
    }

    /// Unguessable bytes for one use, told apart by `label` (SHA-256 of seed and label).
    #[must_use]
    pub fn random(&self, label: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(label.as_bytes());
        hash.finalize().into()
    }
}
