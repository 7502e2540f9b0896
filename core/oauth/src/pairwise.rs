//! Ids that are pairwise per app: the same thing has another id for every app, and nobody keeps a table.
//!
//! An id is one AES-128 block over `number (u64, big endian) | kind (u8) | seven zero bytes` under a key derived
//! for the app, in base64url: 22 characters. The zeros make a guessed id fail (2⁻⁵⁶), the kind keeps a post's id
//! from being read as a person's. A block cipher on one block is a permutation: no collisions, no order, and two
//! apps cannot tell that their ids name the same thing.

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{AppNo, IdentifierKind, Secret};
use std::fmt;
use std::str::FromStr;

/// Characters of an id.
pub const PAIRWISE_CHARS: usize = 22;

/// Text that is no pairwise id of any app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("id must be 22 characters of base64url")]
pub struct PairwiseError;

/// An id as one app sees it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PairwiseId([u8; 16]);

impl FromStr for PairwiseId {
    type Err = PairwiseError;

    fn from_str(text: &str) -> Result<Self, PairwiseError> {
        if text.len() != PAIRWISE_CHARS {
            return Err(PairwiseError);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| PairwiseError)?;
        bytes.try_into().map(Self).map_err(|_| PairwiseError)
    }
}

impl fmt::Display for PairwiseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for PairwiseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PairwiseId({self})")
    }
}

/// One app's key. Deriving it costs two hashes; hold it for the length of a request.
#[derive(Clone)]
pub struct PairwiseKey(Aes128);

impl PairwiseKey {
    /// Derives the key of an app from the platform's master key.
    #[must_use]
    pub fn derive(master: &Secret<[u8; 32]>, app: AppNo) -> Self {
        let mut wide = crate::sealed::prf(master, &[b"bailment/pairwise/1", &app.0.to_be_bytes()]);
        let mut key = [0; 16];
        key.copy_from_slice(wide.first_chunk::<16>().unwrap_or(&[0; 16]));
        let cipher = Aes128::new(&key.into());
        zeroize::Zeroize::zeroize(&mut wide);
        zeroize::Zeroize::zeroize(&mut key);
        Self(cipher)
    }

    /// The id of a thing for this app.
    #[must_use]
    pub fn seal(&self, kind: IdentifierKind, number: u64) -> PairwiseId {
        let mut block = aes::Block::from(
            (u128::from(number) << 64 | u128::from(kind.code()) << 56).to_be_bytes(),
        );
        self.0.encrypt_block(&mut block);
        PairwiseId(block.into())
    }

    /// The number that an id of this app and kind names, if it is one.
    #[must_use]
    pub fn open(&self, kind: IdentifierKind, text: &str) -> Option<u64> {
        self.open_id(kind, text.parse().ok()?)
    }

    /// The number that an id of this app and kind names, if it is one.
    #[must_use]
    pub fn open_id(&self, kind: IdentifierKind, id: PairwiseId) -> Option<u64> {
        let mut block = aes::Block::from(id.0);
        self.0.decrypt_block(&mut block);
        let plain = u128::from_be_bytes(block.into());
        let low = u64::try_from(plain & u128::from(u64::MAX)).ok()?;
        let number = u64::try_from(plain >> 64).ok()?;
        (low == u64::from(kind.code()) << 56).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(app: u32) -> PairwiseKey {
        PairwiseKey::derive(&Secret::new([7; 32]), AppNo(app))
    }

    #[test]
    fn an_id_opens_under_its_app_and_kind_alone() {
        let id = key(1).seal(IdentifierKind::Person, 42).to_string();
        assert_eq!(id.len(), PAIRWISE_CHARS);
        assert_eq!(key(1).open(IdentifierKind::Person, &id), Some(42));
        assert_eq!(key(1).open(IdentifierKind::Post, &id), None);
        assert_eq!(key(2).open(IdentifierKind::Person, &id), None);
        let other = PairwiseKey::derive(&Secret::new([8; 32]), AppNo(1));
        assert_eq!(other.open(IdentifierKind::Person, &id), None);
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = key(1).seal(IdentifierKind::Group, 3).to_string();
        let (head, last) = id.split_at(21);
        // Sixteen bytes leave four unused bits in the last character: `A`, `Q`, `g` and `w` are the good ones.
        assert!(["A", "Q", "g", "w"].contains(&last));
        assert_eq!(key(1).open(IdentifierKind::Group, &format!("{head}B")), None);
        for wrong in [head, &format!("{id}="), &format!("{id}A"), "", &"é".repeat(11)] {
            assert_eq!(key(1).open(IdentifierKind::Group, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_construction_is_frozen() {
        // Partners store these ids: a change here orphans everything they hold.
        expect_test::expect!["CjNEm9l4Zq0sZkZr763_Yg"]
            .assert_eq(&key(1).seal(IdentifierKind::Person, 42).to_string());
    }
}
