//! Signed webhooks to an address that the operator chose, by Standard Webhooks 1.0 (docs/decisions/0010).

use crate::mail::Undelivered;
use crate::tls;
use crate::upstream::Unreachable;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::header;
use model::{Secret, Timestamp};
use sha2::Sha256;
use std::time::Duration;

const CALL_TIME_MAX: Duration = Duration::from_secs(10);
const CONNECT_TIME_MAX: Duration = Duration::from_secs(3);
/// What stands before a key in text.
const KEY_PREFIX: &str = "whsec_";
/// Bytes of a key, as the specification has it.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The key that sender and receiver share.
pub struct WebhookKey(Secret<Vec<u8>>);

/// A text that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a webhook's key is `whsec_` and 24 to 64 bytes in Base64")]
pub struct WebhookKeyError;

impl WebhookKey {
    /// Reads a key: `whsec_` and 24 to 64 bytes in Base64.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, WebhookKeyError> {
        let encoded = text.trim().strip_prefix(KEY_PREFIX).ok_or(WebhookKeyError)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| WebhookKeyError)?;
        if KEY_BYTES.contains(&bytes.len()) {
            Ok(Self(Secret::new(bytes)))
        } else {
            Err(WebhookKeyError)
        }
    }

    /// The value of `webhook-signature` for a message: `v1,` and HMAC-SHA256 over id, seconds and body.
    #[must_use]
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.expose()) else {
            // HMAC takes keys of every length.
            return String::new();
        };
        mac.update(format!("{id}.{}.", at.seconds()).as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// A client of one receiver.
pub struct Webhook {
    client: reqwest::Client,
    url: String,
    key: WebhookKey,
}

impl Webhook {
    /// A client of the receiver at this URL.
    ///
    /// # Errors
    /// The client could not be made.
    pub fn new(url: String, key: WebhookKey) -> Result<Self, Unreachable> {
        Self::with(url, key, tls::public())
    }

    /// A client that believes a certificate authority in PEM beside the public ones.
    ///
    /// # Errors
    /// It is no authority, or the client could not be made.
    pub fn trusting(url: String, key: WebhookKey, authority: &[u8]) -> Result<Self, Unreachable> {
        let tls = tls::believing(authority).map_err(|error| Unreachable(error.to_string()))?;
        Self::with(url, key, tls)
    }

    fn with(url: String, key: WebhookKey, tls: tls::Tls) -> Result<Self, Unreachable> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(CALL_TIME_MAX)
            .connect_timeout(CONNECT_TIME_MAX)
            .no_proxy()
            .tls_backend_preconfigured(tls)
            .build();
        let client = client.map_err(|error| Unreachable(error.to_string()))?;
        Ok(Self { client, url, key })
    }

    /// Sends a message, once. The receiver knows it again by its id.
    ///
    /// # Errors
    /// The receiver did not say that it has it.
    pub async fn post(&self, id: &str, at: Timestamp, body: Vec<u8>) -> Result<(), Undelivered> {
        let signature = self.key.sign(id, at, &body);
        let request = self
            .client
            .post(&self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", at.seconds().to_string())
            .header("webhook-signature", signature)
            .body(body);
        let response = request.send().await.map_err(|error| {
            let trouble = if error.is_timeout() { "time-out" } else { "unreachable" };
            Undelivered::Later(trouble.to_owned())
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        let trouble = format!("http {}", status.as_u16());
        // Gone: the receiver wants no more of them.
        if status == http::StatusCode::GONE {
            Err(Undelivered::Never(trouble))
        } else {
            Err(Undelivered::Later(trouble))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification and of its libraries.
    #[test]
    fn a_message_is_signed_as_the_specification_does() {
        let key = WebhookKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let (id, at) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", Timestamp(1_614_265_330_000));
        assert_eq!(
            key.sign(id, at, br#"{"test": 2432232314}"#),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn a_key_has_its_prefix_and_its_length() {
        for bad in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_%%%"] {
            assert!(WebhookKey::parse(bad).is_err(), "{bad}");
        }
    }
}
