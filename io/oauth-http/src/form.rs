//! Requests to the endpoints: a form of limited size and at most one `Authorization` header.

use crate::answer::Refused;
use axum::extract::Request;
use edge::Connection;
use http::{HeaderMap, StatusCode, header};
use oauth::limits::MESSAGE_BYTES_MAX;
use oauth::token::TokenError;
use std::sync::Arc;

/// A form as it was sent.
pub(crate) struct Form {
    pub body: String,
    pub authorization: Option<String>,
    /// The connection that asks: an ender does not wait for itself.
    pub own: Option<u64>,
}

/// Reads a form.
pub(crate) async fn read(request: Request) -> Result<Form, Refused> {
    let (parts, body) = request.into_parts();
    let authorization = authorization(&parts.headers)?;
    if !is_form(&parts.headers) {
        return Err(TokenError::ContentType.into());
    }
    let bytes = edge::read_body(body, MESSAGE_BYTES_MAX).await.map_err(|problem| {
        let is_large = problem.status() == StatusCode::PAYLOAD_TOO_LARGE;
        if is_large { TokenError::TooLarge } else { TokenError::Malformed("body") }
    })?;
    let body = String::from_utf8(bytes.into()).map_err(|_| TokenError::ContentType)?;
    let own = parts.extensions.get::<Arc<Connection>>().map(|connection| connection.id);
    Ok(Form { body, authorization, own })
}

/// The `Authorization` header, if there is one.
pub(crate) fn authorization(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (first, second) = (all.next(), all.next());
    if second.is_some() {
        return Err(TokenError::ClientMethods.into());
    }
    let text = first.map(|value| value.to_str().map(str::to_owned)).transpose();
    text.map_err(|_| TokenError::ClientMethod.into())
}

fn is_form(headers: &HeaderMap) -> bool {
    let mut all = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(value), None) = (all.next(), all.next()) else { return false };
    let essence = value.to_str().ok().and_then(|text| text.split(';').next());
    essence.is_some_and(|e| e.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}
