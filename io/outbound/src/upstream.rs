//! The upstream: the platform's own API, whatever carries the request there.

use bytes::Bytes;
use http::{Method, StatusCode};
use std::future::Future;
use std::pin::Pin;

/// A request to the upstream.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Method.
    pub method: Method,
    /// Path and query, beginning with `/`, already percent-encoded.
    pub path: String,
    /// JSON body of a write.
    pub body: Option<Bytes>,
    /// Names one attempt, so that it can be repeated.
    pub idempotency_key: Option<String>,
    /// The platform's id of the person who acts, if anybody does.
    pub actor: Option<String>,
}

impl Asked {
    /// A read.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            body: None,
            idempotency_key: None,
            actor: None,
        }
    }
}

/// The upstream's answer, in full. Never cached, never passed on as it is.
#[derive(Debug, Clone)]
pub struct Content {
    /// Status.
    pub status: StatusCode,
    /// `Content-Type`.
    pub content_type: String,
    /// Body.
    pub body: Bytes,
}

/// No answer came. Whether a write happened, nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the upstream cannot be reached: {0}")]
pub struct Unreachable(pub String);

/// An answer on its way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Content, Unreachable>> + Send + 'a>>;

/// Something that can be asked.
pub type Asking = std::sync::Arc<dyn Upstream>;

/// The upstream. Two implementations from the start: in process, and [`crate::HttpUpstream`].
pub trait Upstream: Send + Sync {
    /// Asks once; no retries.
    fn ask(&self, asked: Asked) -> Answering<'_>;
}
