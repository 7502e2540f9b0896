//! From the protocol's answers to HTTP's.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use oauth::Answer;
use oauth::token::TokenError;
use store::Failure;

/// The answer as HTTP sends it.
pub(crate) fn response(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// JSON that nobody may keep.
pub(crate) fn json(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Why an endpoint gives no answer of its own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// The standard has words for it.
    #[error(transparent)]
    Standard(#[from] TokenError),
    /// A client that sent too many wrong secrets, and now another one.
    #[error("client guesses")]
    Guesser,
    /// The log took nothing, or takes only endings.
    #[error("log takes nothing at present")]
    Later,
}

/// How long a client that sent too many wrong secrets is told to wait.
const GUESSER_WAITS_SECONDS: u16 = 60;

impl Refused {
    /// The log took nothing.
    pub fn unavailable(failure: &Failure) -> Self {
        tracing::warn!(%failure, "an endpoint had to be answered with 503");
        Self::Later
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Standard(error) => response(error.answer()),
            Self::Guesser => later(StatusCode::TOO_MANY_REQUESTS, GUESSER_WAITS_SECONDS),
            Self::Later => later(StatusCode::SERVICE_UNAVAILABLE, 1),
        }
    }
}

/// To be asked again, after so many seconds. RFC 6749 knows no code for it at these endpoints; that of the authorization
/// endpoint says it.
fn later(status: StatusCode, seconds: u16) -> Response {
    let body = r#"{"error":"temporarily_unavailable"}"#.to_owned();
    let mut response = json(status, body);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
