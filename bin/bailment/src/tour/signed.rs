//! A partner's own key, and what it signs with it.

use crate::cli::Result;
use anyhow::Context;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// A key that its partner alone has (RFC 8037).
pub(super) struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// A new one.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub(super) fn generate() -> Result<Self> {
        let bytes = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
        let bytes = bytes.ok().context("no key could be made")?;
        let pair = Ed25519KeyPair::from_pkcs8(bytes.as_ref());
        Ok(Self(pair.ok().context("the key cannot be read")?))
    }

    /// Its public half, as the platform is given it (RFC 7517).
    pub(super) fn public(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.0.public_key().as_ref());
        json!({ "kty": "OKP", "crv": "Ed25519", "x": x })
    }

    /// A signed statement of purpose: a compact JWS (RFC 7515).
    pub(super) fn statement(&self, claims: &Value) -> String {
        let header = json!({ "alg": "EdDSA", "typ": oauth::statement::STATEMENT_TYPE });
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let words = format!("{}.{}", encode(&header), encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.0.sign(words.as_bytes()).as_ref());
        format!("{words}.{signature}")
    }
}
