//! From the protocol's answers to HTTP's.

use axum::body::Body;
use axum::response::Response;
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

/// A refusal in the standard's words.
pub(crate) fn error(error: TokenError) -> Response {
    response(error.answer())
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

/// To be asked again, after so many seconds. RFC 6749 knows no code for it at these endpoints; that of the authorization
/// endpoint says it.
pub(crate) fn later(status: StatusCode, seconds: u16) -> Response {
    let body = r#"{"error":"temporarily_unavailable"}"#.to_owned();
    let mut response = json(status, body);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// The log took nothing.
pub(crate) fn unavailable(failure: &Failure) -> Response {
    tracing::warn!(%failure, "an endpoint had to be answered with 503");
    later(StatusCode::SERVICE_UNAVAILABLE, 1)
}
