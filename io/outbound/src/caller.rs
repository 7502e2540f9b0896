//! Plain calls to an address that the operator chose: the process's own APIs, the gate's facts, the demo's clients.

use crate::tls;
use crate::upstream::Unreachable;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use model::limits;
use std::time::Duration;

const CALL_TIME_MAX: Duration = Duration::from_secs(60);
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: usize = limits::UPLOAD_BYTES_MAX;

/// A call to be made.
#[derive(Debug, Clone)]
pub struct Call {
    method: Method,
    url: String,
    headers: Vec<(HeaderName, String)>,
    body: Bytes,
}

impl Call {
    /// A call without a body.
    #[must_use]
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: Bytes::new() }
    }

    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION, format!("Bearer {token}"))
    }

    /// The same with a body.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header(header::CONTENT_TYPE, content_type)
    }
}

/// An answer, in full.
#[derive(Debug, Clone)]
pub struct Called {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Called {
    /// A header as text; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A client that follows no redirects and keeps no cookies: whoever calls sees every step.
#[derive(Debug, Clone)]
pub struct Caller(reqwest::Client);

impl Caller {
    /// A client.
    ///
    /// # Errors
    /// The client could not be made.
    pub fn new() -> Result<Self, Unreachable> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(CALL_TIME_MAX)
            .connect_timeout(CONNECT_TIME_MAX)
            .no_proxy()
            .tcp_nodelay(true)
            .tls_backend_preconfigured(tls::public())
            .build();
        client.map(Self).map_err(|error| Unreachable(error.to_string()))
    }

    /// Makes a call, once.
    ///
    /// # Errors
    /// No answer came, or one that is too large.
    pub async fn call(&self, call: Call) -> Result<Called, Unreachable> {
        let mut request = self.0.request(call.method, call.url);
        for (name, value) in call.headers {
            let value = HeaderValue::from_str(&value)
                .map_err(|_| Unreachable(format!("`{name}` cannot be a header")))?;
            request = request.header(name, value);
        }
        let failed = |error: reqwest::Error| Unreachable(error.without_url().to_string());
        let mut response = request.body(call.body).send().await.map_err(failed)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(Unreachable("the answer is too large".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Called { status, headers, body: body.freeze() })
    }
}

/// Where a platform in a process of its own tells its facts.
#[derive(Clone)]
pub struct FactsClient {
    caller: Caller,
    url: String,
    secret: String,
}

impl FactsClient {
    /// A client of the gate at this origin, with the secret that both share.
    ///
    /// # Errors
    /// The client could not be made.
    pub fn new(origin: &str, secret: String) -> Result<Self, Unreachable> {
        let url = format!("{}/facts/v1/batches", origin.trim_end_matches('/'));
        Ok(Self { caller: Caller::new()?, url, secret })
    }

    /// Sends a batch as JSON.
    ///
    /// # Errors
    /// No answer came: whether the facts were taken, nobody knows; the same batch again does no harm.
    pub async fn push(&self, batch: Vec<u8>) -> Result<Called, Unreachable> {
        let call = Call::new(Method::POST, self.url.clone()).bearer(&self.secret);
        self.caller.call(call.body("application/json", batch)).await
    }
}
