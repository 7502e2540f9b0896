//! The self-contained strings: tokens, codes, media links, cursors.
//!
//! ```text
//! text       = prefix base64url( key id (1) | tag (32) | ciphertext )         no padding
//! tag        = HMAC-SHA256(mac key, key id, context, plaintext)               each part with its length
//! ciphertext = AES-256-CTR(encryption key, first half of tag, plaintext)
//! mac key, encryption key = HMAC-SHA256(key, label, prefix)
//! ```
//!
//! The construction is the *synthetic IV* of Rogaway and Shrimpton (2006) with HMAC-SHA256 as its pseudo-random
//! function. Decided:
//! - **The whole tag, 32 bytes.** Half of it would spare 22 characters and cost an argument.
//! - **Everything is encrypted**, not only cursors: numbers of objects, grants and log positions are the same for
//!   every app and ordered in time; a partner must not read them off a link.
//! - **Deterministic**: no randomness to get wrong. Whatever has to differ carries a serial number; a cursor what its caller adds.
//! - **One key a kind**, derived from the prefix: a string of one kind is noise to every other.
//! - **No checksum for scanners**: prefix and fixed length are specific, and the key holder can check the rest.
//! - **One opaque error** and one spelling.
//!
//! | kind | prefix | characters |
//! |---|---|---|
//! | access token | `bla_` | 98; of a refresh family 108 |
//! | refresh token | `blr_` | 86 |
//! | authorization code | `blc_` | 166 |
//! | media link | `blm_` | 148 |
//! | cursor | `blk_` | 70 and more, in steps of 16 bytes |

mod contents;
mod wire;

pub use contents::{
    AccessToken, Code, CodeBinding, CursorPlace, MediaLink, RefreshToken, SERIAL_BYTES,
};

use crate::limits::{CURSOR_BYTES_MAX, TOKEN_BYTES_MAX, UPSTREAM_CURSOR_BYTES_MAX};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use contents::Content;
use ctr::cipher::{KeyIvInit, StreamCipher};
use hmac::{Hmac, KeyInit, Mac};
use model::Secret;
use sha2::Sha256;
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;
use wire::Reader;
use zeroize::Zeroize;

//= rfc6749#10.10
//# The probability of an attacker guessing generated tokens (and other credentials not intended
//# for handling by end-users) MUST be less than or equal to 2^(-128)
const TAG_BYTES: usize = 32;
const PAD_BYTES: usize = 16;

/// The number of a key, in clear at the start of every string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u8);

/// Text that is none of our strings, or not of this kind, or was changed, or whose key is gone. Which of these,
/// nobody outside is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid token")]
pub struct Invalid;

/// The current key is not among the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("token key `{}` is named as current and missing", .0.0)]
pub struct NoCurrentKey(KeyId);

/// The keys: one seals, all open, so that a new key can come while strings under the old one still live.
pub struct TokenKeys {
    current: KeyId,
    keys: BTreeMap<u8, Secret<[u8; 32]>>,
}

/// What a string said, and the key that it was sealed under (a cut-off can name a key).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened<T> {
    /// The key.
    pub key: KeyId,
    /// What it said.
    pub content: T,
}

/// The kinds of strings, as their prefixes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StringKind {
    /// `bla_`
    Access,
    /// `blr_`
    Refresh,
    /// `blc_`
    Code,
    /// `blm_`
    MediaLink,
    /// `blk_`
    Cursor,
    /// `bls_`
    ClientSecret,
}

impl StringKind {
    /// The kind that the prefix claims; says nothing about validity.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        match text.get(..4)? {
            AccessToken::PREFIX => Some(Self::Access),
            RefreshToken::PREFIX => Some(Self::Refresh),
            Code::PREFIX => Some(Self::Code),
            MediaLink::PREFIX => Some(Self::MediaLink),
            CursorPlace::PREFIX => Some(Self::Cursor),
            crate::client_auth::SECRET_PREFIX => Some(Self::ClientSecret),
            _ => None,
        }
    }
}

impl TokenKeys {
    /// The keys by number, and which of them seals.
    ///
    /// # Errors
    /// [`NoCurrentKey`].
    pub fn new(current: KeyId, keys: BTreeMap<u8, Secret<[u8; 32]>>) -> Result<Self, NoCurrentKey> {
        if keys.contains_key(&current.0) {
            Ok(Self { current, keys })
        } else {
            Err(NoCurrentKey(current))
        }
    }

    /// The key that seals.
    #[must_use]
    pub const fn current(&self) -> KeyId {
        self.current
    }

    /// Seals a token, code or link under the current key.
    #[must_use]
    pub fn seal<T: Content>(&self, content: &T) -> Secret<String> {
        let mut plain = Vec::new();
        content.write(&mut plain);
        Secret::new(self.seal_bytes(T::PREFIX, &[], plain))
    }

    /// Opens a token, code or link. Expiry is the caller's to judge.
    ///
    /// # Errors
    /// [`Invalid`], whatever is wrong.
    pub fn open<T: Content>(&self, text: &str) -> Result<Opened<T>, Invalid> {
        let (key, plain) = self.open_bytes(T::PREFIX, &[], text, TOKEN_BYTES_MAX)?;
        let mut reader = Reader::new(&plain);
        let content = T::read(&mut reader).filter(|_| reader.is_at_end()).ok_or(Invalid)?;
        Ok(Opened { key, content })
    }

    /// Seals an upstream's cursor for use at one place only. Nothing of it can be read, its length only in steps
    /// of 16 bytes; `None` if it is longer than [`UPSTREAM_CURSOR_BYTES_MAX`].
    #[must_use]
    pub fn seal_cursor(&self, place: &CursorPlace, upstream: &[u8]) -> Option<String> {
        if upstream.len() > UPSTREAM_CURSOR_BYTES_MAX {
            return None;
        }
        let mut plain = upstream.to_vec();
        plain.push(0x80);
        plain.resize(plain.len().next_multiple_of(PAD_BYTES), 0);
        Some(self.seal_bytes(CursorPlace::PREFIX, &place.context(), plain))
    }

    /// Opens a cursor at its place: the upstream's cursor again.
    ///
    /// # Errors
    /// [`Invalid`], also for a cursor of another app, token or operation.
    pub fn open_cursor(&self, place: &CursorPlace, text: &str) -> Result<Vec<u8>, Invalid> {
        let context = place.context();
        let (_, mut plain) =
            self.open_bytes(CursorPlace::PREFIX, &context, text, CURSOR_BYTES_MAX)?;
        let end = plain.iter().rposition(|byte| *byte != 0).ok_or(Invalid)?;
        let is_padded =
            plain.get(end) == Some(&0x80) && plain.len() == (end + 1).next_multiple_of(PAD_BYTES);
        plain.truncate(end);
        if is_padded { Ok(plain) } else { Err(Invalid) }
    }

    fn seal_bytes(&self, prefix: &str, context: &[u8], mut plain: Vec<u8>) -> String {
        // `new` has seen to it that the current key is there.
        let Some(key) = self.keys.get(&self.current.0) else {
            return String::new();
        };
        let mut mac_key = prf(key, &[b"bailment/sealed/1/mac", prefix.as_bytes()]);
        let tag = prf_bytes(&mac_key, &[&[self.current.0], context, &plain]);
        mac_key.zeroize();
        //= rfc6750#5.2
        //# For those cases where the client is prevented from observing the contents of the
        //# token, token encryption MUST be applied in addition to the usage of TLS protection.
        //= rfc7636#4.4
        //# The server MUST NOT include the "code_challenge" value in client requests in a form
        //# that other entities can extract.
        apply_stream(key, prefix, &tag, &mut plain);
        let mut bytes = Vec::with_capacity(1 + TAG_BYTES + plain.len());
        bytes.push(self.current.0);
        bytes.extend_from_slice(&tag);
        bytes.extend_from_slice(&plain);
        format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    fn open_bytes(
        &self,
        prefix: &str,
        context: &[u8],
        text: &str,
        bytes_max: usize,
    ) -> Result<(KeyId, Vec<u8>), Invalid> {
        if text.len() > bytes_max {
            return Err(Invalid);
        }
        let body = text.strip_prefix(prefix).ok_or(Invalid)?;
        // The engine refuses padding and set bits that belong to no byte: one spelling.
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| Invalid)?;
        let (key_id, rest) = bytes.split_first().ok_or(Invalid)?;
        let (tag, ciphertext) = rest.split_first_chunk::<TAG_BYTES>().ok_or(Invalid)?;
        let key = self.keys.get(key_id).ok_or(Invalid)?;
        let mut plain = ciphertext.to_vec();
        apply_stream(key, prefix, tag, &mut plain);
        let mut mac_key = prf(key, &[b"bailment/sealed/1/mac", prefix.as_bytes()]);
        let expected = prf_bytes(&mac_key, &[&[*key_id], context, &plain]);
        mac_key.zeroize();
        //= rfc6749#10.3
        //# The authorization server MUST ensure that access tokens cannot be generated,
        //# modified, or guessed to produce valid access tokens by unauthorized parties.
        //= rfc6749#10.4
        //# The authorization server MUST ensure that refresh tokens cannot be generated,
        //# modified, or guessed to produce valid refresh tokens by unauthorized parties.
        //= rfc6749#10.10
        //# The authorization server MUST prevent attackers from guessing access tokens,
        //# authorization codes, refresh tokens, resource owner passwords, and client
        //# credentials.
        //= rfc6750#5.2
        //# The token integrity protection MUST be sufficient to prevent the token from being
        //# modified.
        //= rfc9700#4.14.2
        //# Authorization servers MUST ensure the integrity of the refresh token value in this
        //# case, for example, using signatures.
        if bool::from(expected.ct_eq(tag)) { Ok((KeyId(*key_id), plain)) } else { Err(Invalid) }
    }
}

/// Encrypts and decrypts.
fn apply_stream(key: &Secret<[u8; 32]>, prefix: &str, tag: &[u8; TAG_BYTES], bytes: &mut [u8]) {
    let mut stream_key = prf(key, &[b"bailment/sealed/1/encrypt", prefix.as_bytes()]);
    let iv = tag.first_chunk::<16>().copied().unwrap_or_default();
    let mut cipher = ctr::Ctr128BE::<aes::Aes256>::new(&stream_key.into(), &iv.into());
    stream_key.zeroize();
    cipher.apply_keystream(bytes);
}

/// HMAC-SHA256 over parts, each preceded by its length, so that no two lists of parts read alike.
pub(crate) fn prf(key: &Secret<[u8; 32]>, parts: &[&[u8]]) -> [u8; 32] {
    prf_bytes(key.expose(), parts)
}

fn prf_bytes(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of 32 bytes");
    for part in parts {
        // Parts are below 2 KiB.
        mac.update(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AppNo, Chain, GrantNo, OperationNo, Position};

    const PLACE: CursorPlace =
        CursorPlace { app: AppNo(7), chain: Chain::Grant(GrantNo(4)), operation: OperationNo(12) };

    fn keys() -> TokenKeys {
        TokenKeys::new(KeyId(1), [(1, Secret::new([1; 32]))].into()).unwrap()
    }

    fn refresh_bytes() -> Vec<u8> {
        let token = RefreshToken {
            grant: GrantNo(4),
            app: AppNo(7),
            family: Position(99),
            counter: 2,
            issue: Position(1234),
        };
        let mut bytes = Vec::new();
        token.write(&mut bytes);
        bytes
    }

    // Only a holder of the key can make these; a second spelling would still be a bug of ours.
    #[test]
    fn fields_that_are_sealed_have_one_spelling_too() {
        let open = |bytes: &[u8]| {
            keys().open::<RefreshToken>(&keys().seal_bytes("blr_", &[], bytes.to_vec())).is_ok()
        };
        let bytes = refresh_bytes();
        assert!(open(&bytes));
        assert!(!open(&bytes[1..]));
        assert!(!open(&[&bytes[..], &[0]].concat()));
        let access = |chain_tag: u8, length: usize| {
            let bytes = [&[chain_tag][..], &vec![0; length - 1]].concat();
            keys().open::<AccessToken>(&keys().seal_bytes("bla_", &[], bytes)).is_ok()
        };
        assert!(access(0, 37) && access(1, 37) && access(0, 45));
        assert!(!access(2, 37) && !access(0, 36) && !access(0, 44) && !access(0, 46));
    }

    #[test]
    fn padding_has_one_spelling() {
        let open = |plain: &[u8]| {
            let text = keys().seal_bytes("blk_", &PLACE.context(), plain.to_vec());
            keys().open_cursor(&PLACE, &text)
        };
        let mut block = [0; 16];
        assert_eq!(open(&block), Err(Invalid));
        block[3] = 0x80;
        assert_eq!(open(&block), Ok(vec![0; 3]));
        block[3] = 0x81;
        assert_eq!(open(&block), Err(Invalid));
        block[3] = 0x80;
        assert_eq!(open(&block[..15]), Err(Invalid));
        assert_eq!(open(&[&block[..], &[0; 16]].concat()), Err(Invalid));
        assert_eq!(open(&[]), Err(Invalid));
    }

    #[test]
    fn a_string_is_measured_before_it_is_decoded() {
        let plain = [&[1; UPSTREAM_CURSOR_BYTES_MAX + 16][..], &[0x80], &[0; 15]].concat();
        let text = keys().seal_bytes("blk_", &PLACE.context(), plain);
        assert!(text.len() > CURSOR_BYTES_MAX);
        assert_eq!(keys().open_cursor(&PLACE, &text), Err(Invalid));
    }
}
