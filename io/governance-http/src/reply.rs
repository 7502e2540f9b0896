//! What flows answer becomes bytes.

use axum::body::Body;
use axum::response::Response;
use edge::Problem;
use http::{HeaderName, HeaderValue, StatusCode, header};
use model::Position;
use serde::Serialize;

/// Position of the entry that a change made, or of the log's last one if there was nothing to change.
pub(crate) const POSITION: HeaderName = HeaderName::from_static("bailment-position");

/// A handler's answer.
pub(crate) type Answer = Result<Response, Problem>;

/// An answer with a JSON body.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Answer {
    let bytes = serde_json::to_vec(value).map_err(|error| {
        tracing::error!(%error, "an answer cannot be written");
        Problem::new(500, "internal", "the answer could not be written")
    })?;
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    Ok(response)
}

/// 200 with a body.
pub(crate) fn ok<T: Serialize>(value: &T) -> Answer {
    json(StatusCode::OK, value)
}

/// 201 with a body, and where the change stands.
pub(crate) fn made<T: Serialize>(position: Position, value: &T) -> Answer {
    json(StatusCode::CREATED, value).map(|response| at(response, position))
}

/// 200 with a body, and where the change stands.
pub(crate) fn changed<T: Serialize>(position: Position, value: &T) -> Answer {
    ok(value).map(|response| at(response, position))
}

/// 204, and where the change stands.
pub(crate) fn done(position: Position) -> Answer {
    Ok(at(empty(), position))
}

/// 204.
pub(crate) fn empty() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn at(mut response: Response, position: Position) -> Response {
    response.headers_mut().insert(POSITION, HeaderValue::from(position.0));
    response
}

/// The same with a cookie set.
pub(crate) fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}
