//! A place in a list as a cursor carries it: of one length and never twice the same, so that no cursor tells how far the
//! upstream was read for its page (invariant 9). How far that is depends on how much was withheld.

use gate::Resume;

/// Lengths show in steps of this, one less because sealing marks the end with a byte. Cursors of most upstreams fit the first.
const STEP_BYTES: usize = 256;
/// Random bytes, so that two cursors for one place cannot be compared.
pub(crate) const NONCE_BYTES: usize = 8;

/// What is sealed: nonce, length of the text, text, zeros.
pub(crate) fn pack(text: &str, nonce: [u8; NONCE_BYTES]) -> Option<Vec<u8>> {
    let length = u16::try_from(text.len()).ok()?;
    let mut plain = nonce.to_vec();
    plain.extend_from_slice(&length.to_be_bytes());
    plain.extend_from_slice(text.as_bytes());
    plain.resize((plain.len() + 1).next_multiple_of(STEP_BYTES) - 1, 0);
    Some(plain)
}

/// Reads what [`pack`] made.
pub(crate) fn unpack(plain: &[u8]) -> Option<Resume> {
    let (length, rest) = plain.get(NONCE_BYTES..)?.split_first_chunk::<2>()?;
    let text = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
    Resume::parse(std::str::from_utf8(text).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_and_its_length_tells_nothing() {
        let mut lengths = Vec::new();
        for (cursor, skip) in [(None, 0), (None, 99), (Some("2026-11-21T22:49:58.123Z~1340"), 7)] {
            let place = Resume { cursor: cursor.map(str::to_owned), skip };
            let plain = pack(&place.encode(), [3; NONCE_BYTES]).unwrap();
            assert_eq!(unpack(&plain), Some(place));
            lengths.push(plain.len());
        }
        assert_eq!(lengths, [STEP_BYTES - 1; 3]);
    }

    #[test]
    fn the_longest_cursor_of_an_upstream_can_be_sealed() {
        let place = Resume { cursor: Some("x".repeat(1_024)), skip: 100 };
        let plain = pack(&place.encode(), [0; NONCE_BYTES]).unwrap();
        assert!(plain.len() <= oauth::limits::UPSTREAM_CURSOR_BYTES_MAX);
        assert_eq!(unpack(&plain), Some(place));
    }
}
