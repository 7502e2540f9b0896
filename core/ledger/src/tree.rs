//! The running Merkle tree of RFC 6962 §2.1: leaf hashes in, root out, with only the frontier kept.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// `SHA-256(0x00 || leaf)`.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(leaf);
    hash.finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// The roots of the perfect subtrees of a tree, largest first: one for each bit set in its size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Restores a frontier; `None` if the number of peaks does not fit the size.
    #[must_use]
    pub fn restore(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// How many leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The peaks, largest subtree first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf hash: amortised one node hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Each trailing one-bit of the size is a perfect subtree that now gets its sibling.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root; of the empty tree `SHA-256("")`.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Sha256::digest(b"").into() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962 §2.1, word for word: split at the largest power of two below `n`.
    fn root_of(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest(b"").into(),
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                node_hash(&root_of(&many[..split]), &root_of(&many[split..]))
            }
        }
    }

    #[test]
    fn the_running_root_is_the_rfc_6962_root_at_every_size() {
        let mut frontier = Frontier::default();
        let mut leaves = Vec::new();
        for n in 0u32..300 {
            assert_eq!(frontier.root(), root_of(&leaves), "size {n}");
            assert_eq!(
                Frontier::restore(frontier.size(), frontier.peaks().to_vec()),
                Some(frontier.clone())
            );
            let leaf = leaf_hash(&n.to_be_bytes());
            leaves.push(leaf);
            frontier.push(leaf);
        }
    }

    #[test]
    fn known_roots_of_the_certificate_transparency_test_data() {
        // Inputs and root of the reference implementation's test vectors (RFC 6962 trees of 8 leaves).
        let inputs: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let mut frontier = Frontier::default();
        inputs.iter().for_each(|input| frontier.push(leaf_hash(input)));
        let hex: String = frontier.root().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }
}
