//! Client secrets and how clients prove who they are (RFC 6749 §2.3).
//!
//! A secret is 256 random bits, so a single SHA-256 is enough to store it: there is nothing to guess. Its text is
//! `bls_` and 48 characters of base64url: the 32 bytes and a checksum of four, so that a scanner of repositories
//! can tell a leaked secret from noise without asking us.

use crate::assertion::{ASSERTION_TYPE, Assertion};
use crate::limits::{CLIENT_ID_BYTES_MAX, CLIENT_SECRET_BYTES_MAX};
use crate::parameters::{Parameters, is_vschar};
use crate::token::TokenError;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use model::{AppNo, Secret};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What a client secret begins with.
pub const SECRET_PREFIX: &str = "bls_";

/// The text of a secret made from 32 unguessable bytes, to be shown once.
#[must_use]
pub fn secret_text(random: &[u8; 32]) -> Secret<String> {
    let mut bytes = [0; 36];
    let (value, sum) = bytes.split_at_mut(32);
    value.copy_from_slice(random);
    sum.copy_from_slice(&checksum(random));
    let text = format!("{SECRET_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
    zeroize::Zeroize::zeroize(&mut bytes);
    Secret::new(text)
}

fn checksum(random: &[u8]) -> [u8; 4] {
    let hash = Sha256::new().chain_update(SECRET_PREFIX).chain_update(random).finalize();
    hash.first_chunk::<4>().copied().unwrap_or_default()
}

/// What is stored of a secret: the SHA-256 of its 32 random bytes.
#[derive(Debug, Clone, Copy)]
pub struct SecretDigest([u8; 32]);

impl SecretDigest {
    /// The digest to store for the secret made of these bytes.
    #[must_use]
    pub fn of(random: &[u8; 32]) -> Self {
        Self(Sha256::digest(random).into())
    }

    /// A digest read from where it was stored.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether the presented text is the secret; the comparison takes constant time.
    #[must_use]
    pub fn matches(&self, presented: &Secret<String>) -> bool {
        // Prefix and checksum are no secrets: leaving early tells nothing about what is stored.
        let Some(body) = presented.expose().strip_prefix(SECRET_PREFIX).filter(|b| b.len() == 48)
        else {
            return false;
        };
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(body).map(Secret::new) else {
            return false;
        };
        let Some((value, sum)) = bytes.expose().split_first_chunk::<32>() else {
            return false;
        };
        let is_whole: bool = checksum(value).ct_eq(sum).into();
        is_whole && bool::from(Self::of(value).0.ct_eq(&self.0))
    }
}

/// The id of a client as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientId(String);

impl ClientId {
    /// Reads a client id: printable ASCII, limited. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_good = (1..=CLIENT_ID_BYTES_MAX).contains(&text.len()) && is_vschar(text);
        is_good.then(|| Self(text.to_owned()))
    }

    /// The id as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The app that this id names; whether there is such an app, `flows` knows.
    #[must_use]
    pub fn app(&self) -> Option<AppNo> {
        self.0.parse().ok()
    }
}

/// How a client proves who it is.
#[derive(Clone)]
pub enum ClientAuth {
    /// `none`: a public client only says who it is.
    Public {
        /// Who it says that it is.
        client: ClientId,
    },
    /// `client_secret_basic` or `client_secret_post`.
    Secret {
        /// Who it says that it is.
        client: ClientId,
        /// What it proves it with.
        secret: Secret<String>,
    },
    /// `private_key_jwt` (RFC 7523).
    Assertion {
        /// Who it says that it is.
        client: ClientId,
        /// What it signed.
        assertion: Box<Assertion>,
    },
}

impl ClientAuth {
    /// Who the client says that it is.
    #[must_use]
    pub const fn client(&self) -> &ClientId {
        match self {
            Self::Public { client }
            | Self::Secret { client, .. }
            | Self::Assertion { client, .. } => client,
        }
    }

    /// Reads the proof of a request without a body: `client_secret_basic` in the `Authorization` header.
    ///
    /// # Errors
    /// [`TokenError::ClientMissing`] without a header, [`TokenError::ClientMethod`] for another scheme.
    pub fn from_header(authorization: Option<&str>) -> Result<Self, TokenError> {
        let header = authorization.ok_or(TokenError::ClientMissing)?;
        let (client, secret) = basic(header).ok_or(TokenError::ClientMethod)?;
        Ok(Self::Secret { client, secret })
    }

    /// Reads the client's proof from the header and the body; exactly one method.
    pub(crate) fn parse(
        form: &Parameters,
        authorization: Option<&str>,
    ) -> Result<Self, TokenError> {
        let one = |name| form.one(name).map_err(|_| TokenError::RepeatedParameter);
        let (body_id, body_secret) = (one("client_id")?, one("client_secret")?);
        let (assertion, kind) = (one("client_assertion")?, one("client_assertion_type")?);
        //= rfc6749#2.3
        //# The client MUST NOT use more than one authentication method in each
        //# request.
        let methods = [authorization, body_secret, assertion.or(kind)];
        //= rfc7521#4.2.1
        //# The value of the "error" parameter MUST be the "invalid_client" error code.
        if methods.iter().flatten().count() > 1 {
            // RFC 6749 calls that `invalid_request`; where an assertion is one of them, RFC 7521 knows better.
            let has_assertion = assertion.or(kind).is_some();
            let (asserted, other) = (TokenError::Assertion, TokenError::ClientMethods);
            return Err(if has_assertion { asserted } else { other });
        }
        if let Some(text) = assertion {
            //= rfc7523#2.2
            //# The value of the "client_assertion_type" is
            //# "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".
            if kind != Some(ASSERTION_TYPE) {
                return Err(TokenError::ClientMethod);
            }
            return asserted(text, body_id);
        }
        if kind.is_some() {
            return Err(TokenError::ClientMethod);
        }
        //= rfc6749#2.3.1
        //# The authorization server MUST support the HTTP Basic authentication scheme for
        //# authenticating clients that were issued a client password.
        if let Some(header) = authorization {
            let (client, secret) = basic(header).ok_or(TokenError::ClientMethod)?;
            // Many libraries repeat the id in the body; it must then be the same one.
            if body_id.is_some_and(|id| id != client.as_str()) {
                return Err(TokenError::ClientMethods);
            }
            return Ok(Self::Secret { client, secret });
        }
        let client = body_id.ok_or(TokenError::ClientMissing)?;
        let client = ClientId::parse(client).ok_or(TokenError::Client)?;
        match body_secret {
            None => Ok(Self::Public { client }),
            Some(secret) if secret.len() > CLIENT_SECRET_BYTES_MAX => Err(TokenError::Client),
            Some(secret) => Ok(Self::Secret { client, secret: Secret::new(secret.to_owned()) }),
        }
    }
}

/// Reads an assertion; an id beside it must be the one that it speaks of.
fn asserted(text: &str, body_id: Option<&str>) -> Result<ClientAuth, TokenError> {
    let assertion = Assertion::parse(text).ok_or(TokenError::Client)?;
    //= rfc7521#4.2
    //# If present, the value of the "client_id" parameter MUST identify the same client as is
    //# identified by the client assertion.
    if body_id.is_some_and(|id| id != assertion.subject()) {
        return Err(TokenError::Assertion);
    }
    let client = ClientId::parse(assertion.subject()).ok_or(TokenError::Client)?;
    Ok(ClientAuth::Assertion { client, assertion: Box::new(assertion) })
}

/// Reads `Basic`: id and secret are form-urlencoded inside (RFC 6749 §2.3.1).
fn basic(header: &str) -> Option<(ClientId, Secret<String>)> {
    let (scheme, rest) = header.split_once(' ')?;
    let encoded = rest.trim_start_matches(' ');
    // Three times for percent-encoding, four thirds for base64.
    let bytes_max = (CLIENT_ID_BYTES_MAX + CLIENT_SECRET_BYTES_MAX) * 4 + 8;
    if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > bytes_max {
        return None;
    }
    let decoded = Secret::new(STANDARD.decode(encoded).ok()?);
    let (id, secret) = std::str::from_utf8(decoded.expose()).ok()?.split_once(':')?;
    //= rfc6749#2.3.1
    //# The client identifier is encoded using the
    //# "application/x-www-form-urlencoded" encoding algorithm per
    //# Appendix B, and the encoded value is used as the username; the client
    //# password is encoded using the same algorithm and used as the
    //# password.
    let client = ClientId::parse(&form_decoded(id)?)?;
    let secret =
        form_decoded(secret).filter(|s| (1..=CLIENT_SECRET_BYTES_MAX).contains(&s.len()))?;
    Some((client, Secret::new(secret)))
}

/// Decodes one form-urlencoded value.
fn form_decoded(text: &str) -> Option<String> {
    // `&` and `=` would be structure to the form parser; an encoder never leaves them bare.
    if text.contains(['&', '=']) {
        return None;
    }
    match form_urlencoded::parse(text.as_bytes()).next() {
        None => Some(String::new()),
        Some((name, _)) => Some(name.into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(form: &str, header: Option<&str>) -> Result<String, TokenError> {
        match ClientAuth::parse(&Parameters::parse(form).unwrap(), header)? {
            ClientAuth::Assertion { client, .. } => Ok(format!("assertion {}", client.as_str())),
            ClientAuth::Public { client } => Ok(format!("public {}", client.as_str())),
            ClientAuth::Secret { client, secret } => {
                Ok(format!("secret {} {}", client.as_str(), secret.expose()))
            }
        }
    }

    fn header(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn a_secret_matches_its_own_digest_only() {
        let text = secret_text(&[9; 32]);
        assert_eq!(text.expose().len(), 52);
        assert!(SecretDigest::of(&[9; 32]).matches(&text));
        assert!(!SecretDigest::of(&[8; 32]).matches(&text));
        for i in 0..text.expose().len() {
            let mut bytes = text.expose().clone().into_bytes();
            bytes[i] ^= 1;
            let changed = Secret::new(String::from_utf8(bytes).unwrap());
            assert!(!SecretDigest::of(&[9; 32]).matches(&changed), "{i}");
        }
        for wrong in ["", "bls_", &text.expose()[..51], &format!("{}A", text.expose())] {
            assert!(!SecretDigest::of(&[9; 32]).matches(&Secret::new(wrong.to_owned())));
        }
    }

    //= rfc6749#2.3
    //= type=test
    //# The client MUST NOT use more than one authentication method in each
    //# request.
    //= rfc6749#3.2
    //= type=test
    //# Parameters sent without a value MUST be treated as if they were omitted from the
    //# request.
    #[test]
    fn a_client_uses_one_method() {
        let basic = header("app_7:bls_x");
        let basic = Some(basic.as_str());
        assert_eq!(parse("", basic), Ok("secret app_7 bls_x".into()));
        assert_eq!(parse("client_id=app_7", basic), Ok("secret app_7 bls_x".into()));
        assert_eq!(parse("client_id=app_7&client_secret=y", None), Ok("secret app_7 y".into()));
        assert_eq!(parse("client_id=app_7", None), Ok("public app_7".into()));
        assert_eq!(parse("client_id=app_7&client_secret=", None), Ok("public app_7".into()));
        assert_eq!(parse("client_id=app_8", basic), Err(TokenError::ClientMethods));
        assert_eq!(parse("client_secret=y", basic), Err(TokenError::ClientMethods));
        assert_eq!(parse("client_assertion=y", None), Err(TokenError::ClientMethod));
        assert_eq!(parse("", None), Err(TokenError::ClientMissing));
        assert_eq!(parse("client_id=%C3%A9", None), Err(TokenError::Client));
    }

    //= rfc6749#2.3.1
    //= type=test
    //# The client identifier is encoded using the
    //# "application/x-www-form-urlencoded" encoding algorithm per
    //# Appendix B, and the encoded value is used as the username
    #[test]
    fn basic_is_form_encoded_inside() {
        assert_eq!(parse("", Some(&header("a%3Ab:c+d%25:e"))), Ok("secret a:b c d%:e".into()));
        let plain = header("a:b");
        assert!(parse("", Some(&plain.replace("Basic ", "bAsIc  "))).is_ok());
        for wrong in [
            "Basic",
            "Basic ",
            "Basic !",
            "Bearer x",
            &header("app_7"),
            &header("app_7:"),
            &header(":x"),
            &header("a&b:x"),
            &format!("Basic {}", STANDARD.encode([0xff, b':', b'x'])),
            &format!("Basic {}", "A".repeat(5000)),
        ] {
            assert_eq!(parse("", Some(wrong)), Err(TokenError::ClientMethod), "{wrong}");
        }
    }

    //= rfc7521#4.2
    //= type=test
    //# If present, the value of the "client_id" parameter MUST identify the same client as is
    //# identified by the client assertion.
    //= rfc7521#4.2.1
    //= type=test
    //# The value of the "error" parameter MUST be the "invalid_client" error code.
    #[test]
    fn a_wrong_assertion_is_an_invalid_client() {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let claims = r#"{"iss":"app_7","sub":"app_7","aud":"x","exp":1,"jti":"a"}"#;
        let assertion = format!("{}.{}.AA", part(r#"{"alg":"EdDSA"}"#), part(claims));
        let good = format!("client_assertion_type={ASSERTION_TYPE}&client_assertion={assertion}");
        assert_eq!(parse(&good, None), Ok("assertion app_7".into()));
        assert_eq!(parse(&format!("{good}&client_id=app_7"), None), Ok("assertion app_7".into()));
        let basic = header("app_7:bls_x");
        for (wrong, header) in [
            (format!("{good}&client_id=app_8"), None),
            (format!("{good}&client_id=app_7&client_secret=y"), None),
            (good.clone(), Some(basic.as_str())),
            (good.replace(ASSERTION_TYPE, "urn:x"), None),
            (good.replace(&assertion, "a.b.c"), None),
            (format!("client_assertion={assertion}"), None),
            (format!("client_assertion_type={ASSERTION_TYPE}"), None),
        ] {
            let error = parse(&wrong, header).unwrap_err();
            assert_eq!((error.code(), error.status()), ("invalid_client", 401), "{wrong}");
        }
    }
}
