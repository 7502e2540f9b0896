//! Refusals as RFC 9457 problem documents.

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use super::{PROBLEM_TYPE, UpstreamResponse};
use crate::store::StoreError;

/// Why a request is not answered with data.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// No such object, or one that is deleted: the two look alike.
    #[error("`{0}` was not found")]
    NotFound(&'static str),
    /// The path is known, the method is not.
    #[error("the method is not offered here")]
    MethodNotAllowed,
    /// A parameter, header or body is not as described.
    #[error("{0}")]
    Invalid(String),
    /// A write without an acting person.
    #[error("a write needs an acting person")]
    ActorRequired,
    /// The acting person is not a member of the group.
    #[error("the acting person is not a member")]
    NotAMember,
    /// The same idempotency key came with another body.
    #[error("the idempotency key was used with another request")]
    KeyReused,
    /// The body is larger than the limit.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: String,
}

impl Problem {
    fn facts(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NotFound(_) => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::MethodNotAllowed => {
                (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed")
            }
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid-request", "Invalid request"),
            Self::ActorRequired => (StatusCode::FORBIDDEN, "actor-required", "Actor required"),
            Self::NotAMember => (StatusCode::FORBIDDEN, "not-a-member", "Not a member"),
            Self::KeyReused => {
                (StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", "Key reused")
            }
            Self::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large"),
            Self::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Unavailable"),
        }
    }

    /// Writes the problem document.
    pub(crate) fn into_response(self) -> UpstreamResponse {
        let (status, slug, title) = self.facts();
        // What the store said may name files; it is for the log alone.
        let detail = match &self {
            Self::Store(_) => "try again later".to_owned(),
            other => other.to_string(),
        };
        let document = Document {
            kind: format!("urn:bailment:platform:{slug}"),
            title,
            status: status.as_u16(),
            detail,
        };
        // Four strings and a number always serialize.
        let body = serde_json::to_vec(&document).unwrap_or_default();
        UpstreamResponse { status, content_type: PROBLEM_TYPE, body: Bytes::from(body) }
    }
}
