//! The upstream's API: one entry for both transports.
//!
//! A request goes in and a response comes out as plain values. [`InProcess`] answers them from the
//! store; `http` serves the same [`InProcess`] to another process, so both give the same bytes.

mod cursor;
mod problem;
mod reads;
mod route;
pub(crate) mod shapes;
mod writes;

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, StatusCode};

pub(crate) use cursor::Paging;
pub(crate) use problem::Problem;

use crate::{PersonId, store::Store};

/// Content type of JSON answers.
pub const JSON_TYPE: &str = "application/json";
/// Content type of errors (RFC 9457).
pub const PROBLEM_TYPE: &str = "application/problem+json";
/// Longest `Idempotency-Key`, in bytes.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;
/// Largest request body, in bytes: a base64 video of 16 MiB and its envelope.
pub const BODY_BYTES_MAX: usize = 24 * 1024 * 1024;

/// One request to the upstream.
#[derive(Debug, Clone)]
pub struct UpstreamRequest {
    /// HTTP method.
    pub method: Method,
    /// Path without query, percent-encoded, starting with `/`.
    pub path: String,
    /// Query without `?`.
    pub query: Option<String>,
    /// JSON body of a write.
    pub body: Option<Bytes>,
    /// `Idempotency-Key` of a write.
    pub idempotency_key: Option<String>,
    /// Person for whom the caller acts; writes need one.
    pub actor: Option<PersonId>,
}

impl UpstreamRequest {
    /// Makes a read of a path with an optional query after `?`.
    #[must_use]
    pub fn get(path_and_query: &str) -> Self {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (path_and_query, None),
        };
        Self {
            method: Method::GET,
            path: path.to_owned(),
            query,
            body: None,
            idempotency_key: None,
            actor: None,
        }
    }

    /// Makes a write of a JSON body as a person.
    #[must_use]
    pub fn post(path: &str, actor: PersonId, body: impl Into<Bytes>) -> Self {
        Self {
            method: Method::POST,
            path: path.to_owned(),
            query: None,
            body: Some(body.into()),
            idempotency_key: None,
            actor: Some(actor),
        }
    }
}

/// One answer of the upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamResponse {
    /// HTTP status.
    pub status: StatusCode,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// The body's bytes.
    pub body: Bytes,
}

/// The upstream gave no answer at all.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// The store cannot be read or written now; the outcome of a write is unknown.
    #[error("upstream is unavailable: {0}")]
    Unavailable(String),
}

/// The upstream, called without a socket.
#[derive(Debug, Clone)]
pub struct InProcess {
    store: Arc<Store>,
}

impl InProcess {
    /// Answers from a store.
    #[must_use]
    pub const fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// Answers one request.
    ///
    /// # Errors
    /// [`UpstreamError::Unavailable`] if the store fails; refusals are answers with a problem body.
    pub async fn call(&self, request: UpstreamRequest) -> Result<UpstreamResponse, UpstreamError> {
        // A read is a few hundred microseconds on a mapped file, less than it costs to change
        // threads twice. A write waits for the disk and may wait for another writer.
        if request.method == Method::GET {
            return answer(&self.store, &request);
        }
        let store = Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || answer(&store, &request))
            .await
            .map_err(|error| UpstreamError::Unavailable(error.to_string()))?
    }
}

/// Routes, answers, and turns refusals into problem documents.
fn answer(store: &Store, request: &UpstreamRequest) -> Result<UpstreamResponse, UpstreamError> {
    let outcome = route::route(request).and_then(|operation| match operation {
        route::Operation::Read(read) => reads::answer(store, read, request),
        route::Operation::Write(write) => writes::answer(store, write, request),
    });
    match outcome {
        Ok(response) => Ok(response),
        Err(Problem::Store(error)) => {
            tracing::error!(%error, "platform store failed");
            Err(UpstreamError::Unavailable(error.to_string()))
        }
        Err(problem) => Ok(problem.into_response()),
    }
}
