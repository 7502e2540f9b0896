//! Proof key for code exchange (RFC 7636), `S256` only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Secret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Text that is no challenge or verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PkceError {
    /// `plain` or anything else than `S256`; `plain` is also what an absent method means (RFC 7636 §4.3).
    #[error("code challenge method must be `S256`")]
    Method,
    /// Not 43 characters of base64url.
    #[error("code challenge must be 43 characters of base64url")]
    Challenge,
    /// Not 43 to 128 unreserved characters.
    #[error("code verifier must be 43 to 128 unreserved characters")]
    Verifier,
}

/// The SHA-256 of a verifier, sent ahead of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// Reads `code_challenge` and `code_challenge_method`.
    ///
    /// # Errors
    /// [`PkceError::Method`] unless the method is `S256`; [`PkceError::Challenge`] for other than a SHA-256 in
    /// base64url without padding.
    pub fn parse(challenge: &str, method: Option<&str>) -> Result<Self, PkceError> {
        // OAuth 2.1 §4.1.1 lets a server refuse `plain`; it protects from nothing that reads the request.
        //= rfc7636#4.4.1
        //# If the server supporting PKCE does not support the requested transformation, the
        //# authorization endpoint MUST return the authorization error response with "error"
        //# value set to "invalid_request".
        if method != Some("S256") {
            return Err(PkceError::Method);
        }
        if challenge.len() != 43 {
            return Err(PkceError::Challenge);
        }
        let bytes = URL_SAFE_NO_PAD.decode(challenge).map_err(|_| PkceError::Challenge)?;
        bytes.try_into().map(Self).map_err(|_| PkceError::Challenge)
    }

    /// The challenge of these bytes, as stored.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be stored.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What only the client that began knows until it redeems the code.
#[derive(Clone)]
pub struct Verifier(Secret<String>);

impl Verifier {
    /// Reads `code_verifier`.
    ///
    /// # Errors
    /// [`PkceError::Verifier`].
    pub fn parse(text: &str) -> Result<Self, PkceError> {
        //= rfc7636#4.1
        //# code_verifier = high-entropy cryptographic random STRING using the
        //# unreserved characters [A-Z] / [a-z] / [0-9] / "-" / "." / "_" / "~"
        //# from Section 2.3 of [RFC3986], with a minimum length of 43 characters
        //# and a maximum length of 128 characters.
        let is_unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        if !(43..=128).contains(&text.len()) || !text.bytes().all(is_unreserved) {
            return Err(PkceError::Verifier);
        }
        Ok(Self(Secret::new(text.to_owned())))
    }

    /// The challenge that belongs to this verifier.
    #[must_use]
    pub fn challenge(&self) -> Challenge {
        Challenge(Sha256::digest(self.0.expose().as_bytes()).into())
    }

    /// Whether the challenge was made from this verifier; constant time.
    #[must_use]
    pub fn verify(&self, challenge: &Challenge) -> bool {
        //= rfc7636#4.6
        //# If the "code_challenge_method" from Section 4.3 was "S256", the
        //# received "code_verifier" is hashed by SHA-256, base64url-encoded, and
        //# then compared to the "code_challenge"
        //= rfc7636#4.5
        //# That is the method that the token endpoint MUST use to verify the "code_verifier".
        self.challenge().0.ct_eq(&challenge.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    //= rfc7636#4.6
    //= type=test
    //# If the "code_challenge_method" from Section 4.3 was "S256", the
    //# received "code_verifier" is hashed by SHA-256, base64url-encoded, and
    //# then compared to the "code_challenge"
    #[test]
    fn the_example_of_appendix_b_verifies_and_no_other_does() {
        let challenge = Challenge::parse(CHALLENGE, Some("S256")).unwrap();
        assert!(Verifier::parse(VERIFIER).unwrap().verify(&challenge));
        let other = VERIFIER.replace('d', "e");
        assert!(!Verifier::parse(&other).unwrap().verify(&challenge));
    }

    //= rfc7636#4.5
    //= type=test
    //# That is the method that the token endpoint MUST use to verify the "code_verifier".
    #[test]
    fn plain_and_no_method_at_all_are_refused() {
        for method in [None, Some("plain"), Some("s256"), Some("")] {
            assert_eq!(Challenge::parse(CHALLENGE, method), Err(PkceError::Method));
        }
    }

    #[test]
    fn a_challenge_has_one_spelling() {
        // `cN` differs from `cM` only in bits that no byte uses.
        for wrong in [&CHALLENGE[..42], &CHALLENGE.replace("cM", "cN"), &format!("{CHALLENGE}=")] {
            assert_eq!(Challenge::parse(wrong, Some("S256")), Err(PkceError::Challenge), "{wrong}");
        }
    }

    //= rfc7636#4.1
    //= type=test
    //# code_verifier = high-entropy cryptographic random STRING using the
    //# unreserved characters [A-Z] / [a-z] / [0-9] / "-" / "." / "_" / "~"
    //# from Section 2.3 of [RFC3986], with a minimum length of 43 characters
    //# and a maximum length of 128 characters.
    #[test]
    fn a_verifier_is_43_to_128_unreserved_characters() {
        for (length, is_good) in [(42, false), (43, true), (128, true), (129, false)] {
            assert_eq!(Verifier::parse(&"~".repeat(length)).is_ok(), is_good, "{length}");
        }
        for odd in ['+', '/', '=', ' ', 'é', '\0'] {
            assert!(Verifier::parse(&format!("{VERIFIER}{odd}")).is_err(), "{odd}");
        }
    }
}
