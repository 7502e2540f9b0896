//! The upstream over HTTP: one fixed origin, no redirects, limits on time and size.

use crate::tls;
use crate::upstream::{Answering, Asked, Content, Unreachable, Upstream};
use bytes::{Bytes, BytesMut};
use http::header;
use model::limits;
use std::time::Duration;

/// An answer takes at most this long.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
const CONNECT_TIME_MAX: Duration = Duration::from_secs(2);
/// Media go through in one piece of at most this size.
const ANSWER_BYTES_MAX: usize = if limits::UPLOAD_BYTES_MAX > limits::UPSTREAM_BYTES_MAX {
    limits::UPLOAD_BYTES_MAX
} else {
    limits::UPSTREAM_BYTES_MAX
};

/// An origin that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HttpUpstreamError {
    /// Not an absolute http or https URL without path, query or fragment.
    #[error("the upstream's origin must look like `http://127.0.0.1:8081`")]
    Origin,
    /// The client could not be made.
    #[error("the HTTP client could not be made")]
    Client(#[from] reqwest::Error),
}

/// The upstream at one origin, with the secret that it expects of the gate.
pub struct HttpUpstream {
    client: reqwest::Client,
    origin: String,
    secret: String,
}

impl HttpUpstream {
    /// An upstream at an origin such as `http://127.0.0.1:8081`.
    ///
    /// # Errors
    /// The origin is none.
    pub fn new(origin: &str, secret: String) -> Result<Self, HttpUpstreamError> {
        let parsed = reqwest::Url::parse(origin).map_err(|_| HttpUpstreamError::Origin)?;
        let plain = matches!(parsed.scheme(), "http" | "https")
            && parsed.path() == "/"
            && parsed.query().is_none()
            && parsed.fragment().is_none()
            && parsed.username().is_empty();
        if !plain {
            return Err(HttpUpstreamError::Origin);
        }
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ANSWER_TIME_MAX)
            .connect_timeout(CONNECT_TIME_MAX)
            .no_proxy()
            .tcp_nodelay(true)
            .tls_backend_preconfigured(tls::public())
            .build()?;
        Ok(Self { client, origin: origin.trim_end_matches('/').to_owned(), secret })
    }

    async fn send(&self, asked: Asked) -> Result<Content, Unreachable> {
        if !asked.path.starts_with('/') {
            return Err(Unreachable("the path does not begin with a slash".to_owned()));
        }
        let mut request = self
            .client
            .request(asked.method, format!("{}{}", self.origin, asked.path))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.secret));
        if let Some(key) = &asked.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if let Some(actor) = &asked.actor {
            request = request.header("x-acting-person", actor);
        }
        if let Some(body) = asked.body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body);
        }
        // The error's own text can hold the URL; ids are personal data.
        let failed = |error: reqwest::Error| Unreachable(error.without_url().to_string());
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status();
        let content_type = response.headers().get(header::CONTENT_TYPE);
        let content_type =
            content_type.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(Unreachable("the answer is too large".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Content { status, content_type, body: Bytes::from(body) })
    }
}

impl Upstream for HttpUpstream {
    fn ask(&self, asked: Asked) -> Answering<'_> {
        Box::pin(self.send(asked))
    }
}
