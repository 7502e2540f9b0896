//! A partner's signed statement of purpose: a compact JWS (RFC 7515) under one of the app's registered keys.
//!
//! Its header names the type [`STATEMENT_TYPE`], so that no client assertion passes for a statement, nor the other way
//! round (RFC 8725 §3.11). Its claims: `iss` the client id, `aud` the authorization server, `class` and `purpose` as the
//! catalog names them, and, if it should end earlier than the policy says, `exp`.

use crate::assertion::{Jwk, instant, object};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Millis, Timestamp};
use serde_json::Value;

/// `typ` in the header.
pub const STATEMENT_TYPE: &str = "purpose-statement+jwt";
/// A statement as presented: a page of text and a signature.
pub const STATEMENT_BYTES_MAX: usize = 16 * 1024;
/// How old a statement may be: one signed for another occasion is not this one.
const AGE_MAX: Millis = Millis::days(7);
/// Clocks of partners differ by so much.
const SKEW: Millis = Millis::minutes(5);

/// A statement as it was sent, taken apart and not believed yet.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Whose, as it says: the client id.
    pub issuer: String,
    /// About which class.
    pub class: String,
    /// For what.
    pub purpose: String,
    /// When it ends, if it says so.
    pub until: Option<Timestamp>,
    algorithm: String,
    audience: String,
    issued_at: Timestamp,
    signed: Vec<u8>,
    signature: Vec<u8>,
}

impl Statement {
    /// Takes the compact form apart. `None` for what is no such statement.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > STATEMENT_BYTES_MAX {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let (head, body) = (object(header)?, object(claims)?);
        // A critical extension that is not understood makes the whole thing not understood (RFC 7515 §4.1.11).
        let typed = head.get("typ").and_then(Value::as_str) == Some(STATEMENT_TYPE);
        if !typed || head.contains_key("crit") || head.contains_key("b64") {
            return None;
        }
        let word = |member: &str| body.get(member).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            issuer: word("iss")?,
            class: word("class")?,
            purpose: word("purpose")?,
            until: match body.get("exp") {
                None => None,
                some => Some(instant(some)?),
            },
            algorithm: head.get("alg")?.as_str()?.to_owned(),
            audience: word("aud")?,
            issued_at: instant(body.get("iat"))?,
            signed: signed.as_bytes().to_vec(),
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// Whether this key signed it, for this server, in the name of this client, and lately.
    #[must_use]
    pub fn is_by(&self, key: &Jwk, client: &str, audience: &str, now: Timestamp) -> bool {
        self.issuer == client
            && self.audience == audience
            && self.issued_at <= now.plus(SKEW)
            && now <= self.issued_at.plus(AGE_MAX)
            && self.is_signed_with(key)
    }

    /// Whether this key signed it, whenever that was and for whomever. Nothing is believed for this alone.
    #[must_use]
    pub fn is_signed_with(&self, key: &Jwk) -> bool {
        self.algorithm == key.algorithm() && key.verifies(&self.signed, &self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    use serde_json::json;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    /// What becomes of a statement with this header and these claims, changed after signing or not.
    fn judge(header: &str, member: &str, value: Value, spoil: bool) -> &'static str {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let key = Jwk::Ed25519(pair.public_key().as_ref().try_into().unwrap());
        let mut claims = json!({"iss": "app_1", "aud": "https://id.example", "iat": 1_699_999_000,
            "class": "member.name", "purpose": "directory", "text": "We show names."});
        claims[member] = value;
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let signed = format!("{}.{}", encode(header), encode(&claims.to_string()));
        let signature = URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes()).as_ref());
        let signed = if spoil {
            claims["class"] = json!("member.picture");
            format!("{}.{}", encode(header), encode(&claims.to_string()))
        } else {
            signed
        };
        match Statement::parse(&format!("{signed}.{signature}")) {
            None => "none",
            Some(one) if one.is_by(&key, "app_1", "https://id.example", NOW) => "believed",
            Some(_) => "refused",
        }
    }

    #[test]
    fn a_statement_is_believed_if_the_key_signed_just_this_for_us_and_lately() {
        let header = r#"{"alg":"EdDSA","typ":"purpose-statement+jwt"}"#;
        assert_eq!(judge(header, "text", json!("Other words."), false), "believed");
        assert_eq!(judge(header, "text", json!(""), true), "refused");
        assert_eq!(judge(header, "iss", json!("app_2"), false), "refused");
        assert_eq!(judge(header, "aud", json!("https://other.example"), false), "refused");
        assert_eq!(judge(header, "iat", json!(1_699_000_000), false), "refused");
        assert_eq!(judge(header, "iat", json!(1_700_001_000), false), "refused");
        assert_eq!(judge(header, "class", json!(null), false), "none");
        assert_eq!(judge(r#"{"alg":"EdDSA"}"#, "text", json!(""), false), "none");
        let none = r#"{"alg":"none","typ":"purpose-statement+jwt"}"#;
        assert_eq!(judge(none, "text", json!(""), false), "refused");
        let critical = r#"{"alg":"EdDSA","typ":"purpose-statement+jwt","crit":["x"]}"#;
        assert_eq!(judge(critical, "text", json!(""), false), "none");
    }
}
