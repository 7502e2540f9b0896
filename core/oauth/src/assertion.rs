//! Assertions that a client signs to prove who it is: `private_key_jwt` (RFC 7521, RFC 7523, RFC 7515).
//!
//! What is checked here is what the bytes and the time say. Whether an assertion was used before, the store knows: see
//! [`Assertion::once_key`].

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{AppNo, Millis, Timestamp};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// `client_assertion_type` of a JWT (RFC 7523 §2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// An assertion as presented; with RS256 and generous claims they stay below 2 KiB.
pub const ASSERTION_BYTES_MAX: usize = 8 * 1024;
/// How far in the future an assertion may end: so long its `jti` is remembered.
pub const ASSERTION_LIFETIME_MAX: Millis = Millis::minutes(5);
/// Clocks of clients differ by so much.
const SKEW: Millis = Millis::seconds(30);
/// A `jti` as presented.
const JTI_BYTES_MAX: usize = 256;
/// A key as presented: RSA with 8,192 bits and a certificate chain that is thrown away.
const KEY_BYTES_MAX: usize = 8 * 1024;

/// Why a key cannot be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No JSON object, or too large.
    #[error("is no JSON Web Key")]
    Form,
    /// The private part was sent along: whoever saw it must not be trusted with it.
    #[error("holds a private key: make a new pair, and send the public key alone")]
    Private,
    /// A kind or size that is not taken.
    #[error("must be EC P-256, Ed25519, or RSA with at least 2048 bits")]
    Kind,
}

/// A client's public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Jwk {
    /// `ES256`: x and y.
    P256([u8; 32], [u8; 32]),
    /// `EdDSA` with Ed25519.
    Ed25519([u8; 32]),
    /// `RS256`: n and e, big-endian without leading zeros.
    Rsa(Vec<u8>, Vec<u8>),
}

fn bytes(object: &Map<String, Value>, member: &str) -> Result<Vec<u8>, KeyError> {
    let text = object.get(member).and_then(Value::as_str).ok_or(KeyError::Kind)?;
    URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyError::Kind)
}

fn array(object: &Map<String, Value>, member: &str) -> Result<[u8; 32], KeyError> {
    bytes(object, member)?.try_into().map_err(|_| KeyError::Kind)
}

impl Jwk {
    /// Reads a JSON Web Key (RFC 7517); members that do not make the key are dropped.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn parse(text: &[u8]) -> Result<Self, KeyError> {
        if text.len() > KEY_BYTES_MAX {
            return Err(KeyError::Form);
        }
        let value: Value = serde_json::from_slice(text).map_err(|_| KeyError::Form)?;
        let object = value.as_object().ok_or(KeyError::Form)?;
        if ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().any(|one| object.contains_key(*one))
        {
            return Err(KeyError::Private);
        }
        let word = |member: &str| object.get(member).and_then(Value::as_str).unwrap_or_default();
        match (word("kty"), word("crv")) {
            ("EC", "P-256") => Ok(Self::P256(array(object, "x")?, array(object, "y")?)),
            ("OKP", "Ed25519") => Ok(Self::Ed25519(array(object, "x")?)),
            ("RSA", "") => {
                let (n, e) = (bytes(object, "n")?, bytes(object, "e")?);
                let bits = n.len() * 8 - n.first().map_or(0, |top| top.leading_zeros() as usize);
                let is_good = (2048..=8192).contains(&bits) && n.first() != Some(&0);
                // e = 1 signs nothing: everybody could.
                let is_odd = e.last().is_some_and(|low| low & 1 == 1) && e.first() != Some(&0);
                if is_good && is_odd && e.as_slice() != [1] && e.len() <= 4 {
                    Ok(Self::Rsa(n, e))
                } else {
                    Err(KeyError::Kind)
                }
            }
            _ => Err(KeyError::Kind),
        }
    }

    /// The key's required members in the order that a thumbprint asks for (RFC 7638 §3.2).
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        //= rfc7638#3
        //# containing only the required members of a JWK representing the key and with no
        //# whitespace or line breaks before or after any syntactic elements and with the
        //# required members ordered lexicographically by the Unicode [UNICODE] code points of
        //# the member names.
        let json = match self {
            Self::P256(x, y) => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, text(x), text(y))
            }
            Self::Ed25519(x) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(x)),
            Self::Rsa(n, e) => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(e), text(n)),
        };
        json.into_bytes()
    }

    /// The thumbprint (RFC 7638).
    #[must_use]
    pub fn thumbprint(&self) -> [u8; 32] {
        //= rfc7638#3.1
        //# NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
        Sha256::digest(self.canonical()).into()
    }

    /// The one algorithm (RFC 7518) that this key is for: the header does not get to choose.
    #[must_use]
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::P256(..) => "ES256",
            Self::Ed25519(_) => "EdDSA",
            Self::Rsa(..) => "RS256",
        }
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::P256(x, y) => {
                let point = [&[4u8], x.as_slice(), y.as_slice()].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .verify(message, signature)
                    .is_ok()
            }
            Self::Ed25519(x) => {
                UnparsedPublicKey::new(&ED25519, x).verify(message, signature).is_ok()
            }
            Self::Rsa(n, e) => RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        }
    }
}

/// An assertion as it was sent, taken apart and not believed yet.
#[derive(Clone)]
pub struct Assertion {
    algorithm: String,
    issuer: String,
    subject: String,
    audiences: Vec<String>,
    expires_at: Timestamp,
    not_before: Option<Timestamp>,
    id: String,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

/// A JSON object that names no member twice.
pub(crate) fn object(part: &str) -> Option<Map<String, Value>> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    // serde_json takes the last of two members of one name; whoever reads the first must not read another.
    let strict: Strict = serde_json::from_slice(&bytes).ok()?;
    Some(strict.0)
}

struct Strict(Map<String, Value>);

impl<'de> serde::Deserialize<'de> for Strict {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> serde::de::Visitor<'de> for Members {
            type Value = Map<String, Value>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "a JSON object without repeated members")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut access: A,
            ) -> Result<Self::Value, A::Error> {
                let mut members = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(serde::de::Error::custom("repeated member"));
                    }
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Members).map(Self)
    }
}

/// A NumericDate (RFC 7519 §2), rounded down to whole seconds.
pub(crate) fn instant(value: Option<&Value>) -> Option<Timestamp> {
    let value = value?;
    let seconds = value.as_u64().or_else(|| {
        let text = value.as_number()?.to_string();
        text.split_once('.').and_then(|(whole, _)| whole.parse().ok())
    })?;
    seconds.checked_mul(1_000).map(Timestamp)
}

impl Assertion {
    /// Takes the compact form apart. `None` for what is no such assertion.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > ASSERTION_BYTES_MAX {
            return None;
        }
        //= rfc7523#2.2
        //# It MUST NOT contain more than one JWT.
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let (head, body) = (object(header)?, object(claims)?);
        // A critical extension that is not understood makes the whole thing not understood (RFC 7515 §4.1.11).
        //= rfc7523#3
        //# The authorization server MUST reject a JWT that is not valid in all other respects
        //# per "JSON Web Token (JWT)" [JWT].
        if head.contains_key("crit") || head.contains_key("b64") {
            return None;
        }
        let word = |member: &str| body.get(member).and_then(Value::as_str).map(str::to_owned);
        let audiences = match body.get("aud")? {
            Value::String(one) => vec![one.clone()],
            Value::Array(list) => {
                list.iter().map(|one| one.as_str().map(str::to_owned)).collect::<Option<_>>()?
            }
            _ => return None,
        };
        Some(Self {
            algorithm: head.get("alg")?.as_str()?.to_owned(),
            //= rfc7521#5.2
            //# The assertion MUST contain an Issuer.
            //= rfc7523#3
            //# The JWT MUST contain an "iss" (issuer) claim that contains a unique identifier
            //# for the entity that issued the JWT.
            issuer: word("iss")?,
            //= rfc7521#5.2
            //# The assertion MUST contain a Subject.
            //= rfc7523#3
            //# The JWT MUST contain a "sub" (subject) claim identifying the principal that is
            //# the subject of the JWT.
            subject: word("sub")?,
            audiences,
            //= rfc7523#3
            //# The JWT MUST contain an "exp" (expiration time) claim that limits the time
            //# window during which the JWT can be used.
            expires_at: instant(body.get("exp"))?,
            not_before: match body.get("nbf") {
                None => None,
                some => Some(instant(some)?),
            },
            id: word("jti").filter(|id| (1..=JTI_BYTES_MAX).contains(&id.len()))?,
            signed: signed.as_bytes().to_vec(),
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// Whom it speaks of, as it says.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether this key signed it, for this server, about this client, and it is the time for it.
    #[must_use]
    pub fn is_by(&self, key: &Jwk, client: &str, audiences: &[&str], now: Timestamp) -> bool {
        //= rfc7523#3
        //# The JWT MUST contain an "aud" (audience) claim containing a
        //# value that identifies the authorization server as an intended
        //# audience.
        //= rfc7521#5.2
        //# The authorization server MUST reject any assertion that does not contain its own
        //# identity as the intended audience.
        //= rfc7523#3
        //# The authorization server MUST reject any JWT that does not contain its own identity
        //# as the intended audience.
        //= rfc7523#3
        //# compliant applications MUST compare the audience values using the Simple String
        //# Comparison method defined in Section 6.2.1 of RFC 3986 [RFC3986].
        let is_for_us = self.audiences.iter().any(|one| audiences.contains(&one.as_str()));
        //= rfc7523#3
        //# For client authentication, the subject MUST be the
        //# "client_id" of the OAuth client.
        //= rfc7521#5.2
        //# If an assertion is self-issued, the Issuer MUST be the value of the client's
        //# "client_id".
        let is_own = self.issuer == client && self.subject == client;
        //= rfc7523#3
        //# The authorization server MUST reject any JWT with an expiration time that has passed, subject to allowable clock skew between systems.
        //= rfc7521#5.2
        //# The authorization server MUST reject assertions that have expired (subject to
        //# allowable clock skew between systems).
        let is_time = now < self.expires_at.plus(SKEW)
            && self.expires_at <= now.plus(ASSERTION_LIFETIME_MAX).plus(SKEW)
            //= rfc7523#3
            //# The JWT MAY contain an "nbf" (not before) claim that identifies the time before
            //# which the token MUST NOT be accepted for processing.
            && self.not_before.is_none_or(|at| at <= now.plus(SKEW));
        is_for_us
            && is_own
            && is_time
            && self.algorithm == key.algorithm()
            //= rfc7521#5.2
            //# The authorization server MUST reject assertions with an invalid signature or
            //# MAC.
            //= rfc7523#3
            //# The authorization server MUST reject JWTs with an invalid signature or MAC.
            && key.verifies(&self.signed, &self.signature)
    }

    /// What the store remembers so that it is taken once, and until when it must.
    #[must_use]
    pub fn once_key(&self, app: AppNo) -> ([u8; 32], Timestamp) {
        let mut hash = Sha256::new();
        hash.update(b"bailment jti 1");
        hash.update(app.0.to_be_bytes());
        hash.update(self.id.as_bytes());
        (hash.finalize().into(), self.expires_at.plus(SKEW).plus(Millis::seconds(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
    };
    use serde_json::json;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);
    const AUDIENCE: &str = "https://id.example";

    fn ed25519() -> (Ed25519KeyPair, Jwk) {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let x = pair.public_key().as_ref().try_into().unwrap();
        (pair, Jwk::Ed25519(x))
    }

    fn claims() -> Value {
        json!({"iss": "app_1", "sub": "app_1", "aud": AUDIENCE, "exp": 1_700_000_060, "jti": "a"})
    }

    fn sign(header: &str, claims: &str, by: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let signed =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(by(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    fn judge(header: &str, claims: &str) -> &'static str {
        let (pair, key) = ed25519();
        let text = sign(header, claims, |bytes| pair.sign(bytes).as_ref().to_vec());
        match Assertion::parse(&text) {
            None => "none",
            Some(one) if one.is_by(&key, "app_1", &[AUDIENCE], NOW) => "believed",
            Some(_) => "refused",
        }
    }

    fn with(member: &str, value: Value) -> &'static str {
        let mut all = claims();
        all[member] = value;
        judge(r#"{"alg":"EdDSA"}"#, &all.to_string())
    }

    //= rfc7521#5.2
    //= type=test
    //# If an assertion is self-issued, the Issuer MUST be the value of the client's
    //# "client_id".
    //= rfc7521#5.2
    //= type=test
    //# The authorization server MUST reject any assertion that does not contain its own
    //# identity as the intended audience.
    //= rfc7521#5.2
    //= type=test
    //# The authorization server MUST reject assertions that have expired (subject to allowable
    //# clock skew between systems).
    //= rfc7523#3
    //= type=test
    //# For client authentication, the subject MUST be the "client_id" of the OAuth client.
    //= rfc7523#3
    //= type=test
    //# The authorization server MUST reject any JWT that does not contain its own identity as
    //# the intended audience.
    //= rfc7523#3
    //= type=test
    //# compliant applications MUST compare the audience values using the Simple String
    //# Comparison method defined in Section 6.2.1 of RFC 3986 [RFC3986].
    //= rfc7523#3
    //= type=test
    //# The authorization server MUST reject any JWT with an expiration time that has passed,
    //# subject to allowable clock skew between systems.
    //= rfc7523#3
    //= type=test
    //# The JWT MAY contain an "nbf" (not before) claim that identifies the time before which
    //# the token MUST NOT be accepted for processing.
    #[test]
    fn an_assertion_is_believed_for_this_server_this_client_and_five_minutes() {
        assert_eq!(with("jti", json!("b")), "believed");
        assert_eq!(with("aud", json!(["https://other.example", AUDIENCE])), "believed");
        assert_eq!(with("aud", json!("https://other.example")), "refused");
        assert_eq!(with("aud", json!([])), "refused");
        assert_eq!(with("iss", json!("app_2")), "refused");
        assert_eq!(with("sub", json!("app_2")), "refused");
        assert_eq!(with("exp", json!(1_699_999_970)), "refused");
        assert_eq!(with("exp", json!(1_699_999_971)), "believed");
        assert_eq!(with("exp", json!(1_700_000_330)), "believed");
        assert_eq!(with("exp", json!(1_700_000_331)), "refused");
        assert_eq!(with("exp", json!(1_700_000_060.5)), "believed");
        assert_eq!(with("nbf", json!(1_700_000_031)), "refused");
        assert_eq!(with("nbf", json!("soon")), "none");
        assert_eq!(with("jti", json!("")), "none");
        assert_eq!(with("jti", Value::Null), "none");
        assert_eq!(with("exp", Value::Null), "none");
    }

    //= rfc7521#5.2
    //= type=test
    //# The authorization server MUST reject assertions with an invalid signature or MAC.
    //= rfc7523#3
    //= type=test
    //# The authorization server MUST reject JWTs with an invalid signature or MAC.
    //= rfc7523#3
    //= type=test
    //# The authorization server MUST reject a JWT that is not valid in all other respects per
    //# "JSON Web Token (JWT)" [JWT].
    #[test]
    fn the_key_says_the_algorithm_and_nothing_stands_twice() {
        let good = claims().to_string();
        for header in
            [r#"{"alg":"none"}"#, r#"{"alg":"HS256"}"#, r#"{"alg":"ES256"}"#, r#"{"alg":"eddsa"}"#]
        {
            assert_eq!(judge(header, &good), "refused", "{header}");
        }
        assert_eq!(judge(r#"{"alg":"EdDSA","kid":"x","typ":"JWT"}"#, &good), "believed");
        assert_eq!(judge(r#"{"alg":"EdDSA","crit":["x"],"x":1}"#, &good), "none");
        assert_eq!(judge(r#"{"alg":"none","alg":"EdDSA"}"#, &good), "none");
        let twice = good.replacen('{', r#"{"sub":"app_2","#, 1);
        assert_eq!(judge(r#"{"alg":"EdDSA"}"#, &twice), "none");
        let (pair, key) = ed25519();
        let text = sign(r#"{"alg":"EdDSA"}"#, &good, |bytes| pair.sign(bytes).as_ref().to_vec());
        let (rest, _) = text.rsplit_once('.').unwrap();
        assert!(!Assertion::parse(&format!("{rest}.")).unwrap().is_by(
            &key,
            "app_1",
            &[AUDIENCE],
            NOW
        ));
        let other = Jwk::Ed25519([9; 32]);
        assert!(!Assertion::parse(&text).unwrap().is_by(&other, "app_1", &[AUDIENCE], NOW));
    }

    #[test]
    fn a_p256_key_signs_too() {
        let random = SystemRandom::new();
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap();
        let point = pair.public_key().as_ref();
        let key = Jwk::P256(point[1..33].try_into().unwrap(), point[33..].try_into().unwrap());
        let text = sign(r#"{"alg":"ES256"}"#, &claims().to_string(), |bytes| {
            pair.sign(&random, bytes).unwrap().as_ref().to_vec()
        });
        assert!(Assertion::parse(&text).unwrap().is_by(&key, "app_1", &[AUDIENCE], NOW));
        assert_eq!(Jwk::parse(&key.canonical()), Ok(key));
    }

    //= rfc7638#3.1
    //= type=test
    //# NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs
    //= rfc7638#3
    //= type=test
    //# containing only the required members of a JWK representing the key and with no
    //# whitespace or line breaks before or after any syntactic elements and with the required
    //# members ordered lexicographically by the Unicode [UNICODE] code points of the member
    //# names.
    #[test]
    fn a_thumbprint_is_that_of_the_standard_and_private_or_weak_keys_are_refused() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let jwk = json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"});
        let key = Jwk::parse(jwk.to_string().as_bytes()).unwrap();
        let print = URL_SAFE_NO_PAD.encode(key.thumbprint());
        assert_eq!(print, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        let refused = |value: Value| Jwk::parse(value.to_string().as_bytes()).unwrap_err();
        let mut private = jwk.clone();
        private["d"] = json!("AQAB");
        assert_eq!(refused(private), KeyError::Private);
        let short = json!({"kty": "RSA", "n": &n[..340], "e": "AQAB"});
        assert_eq!(refused(short), KeyError::Kind);
        assert_eq!(refused(json!({"kty": "RSA", "n": n, "e": "AQ"})), KeyError::Kind);
        assert_eq!(refused(json!({"kty": "oct", "k": "AQAB"})), KeyError::Private);
        assert_eq!(refused(json!([])), KeyError::Form);
    }

    //= rfc7521#5.2
    //= type=test
    //# The assertion MUST contain an Issuer.
    //= rfc7521#5.2
    //= type=test
    //# The assertion MUST contain a Subject.
    //= rfc7523#2.2
    //= type=test
    //# It MUST NOT contain more than one JWT.
    //= rfc7523#3
    //= type=test
    //# The JWT MUST contain an "iss" (issuer) claim that contains a unique identifier for the
    //# entity that issued the JWT.
    //= rfc7523#3
    //= type=test
    //# The JWT MUST contain a "sub" (subject) claim identifying the principal that is the
    //# subject of the JWT.
    //= rfc7523#3
    //= type=test
    //# The JWT MUST contain an "aud" (audience) claim containing a value that identifies the
    //# authorization server as an intended audience.
    //= rfc7523#3
    //= type=test
    //# The JWT MUST contain an "exp" (expiration time) claim that limits the time window during
    //# which the JWT can be used.
    #[test]
    fn an_assertion_without_a_member_that_it_needs_is_none() {
        let header = r#"{"alg":"EdDSA"}"#;
        for member in ["iss", "sub", "aud", "exp"] {
            let mut all = claims();
            all.as_object_mut().unwrap().remove(member).unwrap();
            assert_eq!(judge(header, &all.to_string()), "none", "{member}");
            all[member] = json!(true);
            assert_eq!(judge(header, &all.to_string()), "none", "{member}");
        }
        let one = sign(header, &claims().to_string(), |_| vec![1]);
        assert!(Assertion::parse(&one).is_some());
        for two in [format!("{one}.{one}"), format!("{one} {one}"), format!("{one},{one}")] {
            assert!(Assertion::parse(&two).is_none());
        }
    }
}
