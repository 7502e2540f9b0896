//! Which answers scripts of other origins may read (Fetch standard, CORS protocol).
//!
//! An app that lives in a browser is a client like any other. What it reaches this way asks for a token or a code in the
//! request itself; cookies are neither sent nor looked at there, so that any origin may ask. The pages and the APIs that take
//! a session cookie are not among it.

use http::{HeaderName, Method, header};
use std::time::Duration;
use tower_http::cors::{Any, CorsLayer};

/// How long a browser may keep the answer to its preflight.
const PREFLIGHT_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// Lets scripts of any origin ask, without credentials of the browser, and read these headers of the answer.
pub fn open() -> CorsLayer {
    let told = [
        "bailment-position",
        "bailment-withheld",
        "bailment-version",
        "deprecation",
        "link",
        "request-id",
        "retry-after",
        "sunset",
        "www-authenticate",
    ];
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            HeaderName::from_static("bailment-version"),
            HeaderName::from_static("idempotency-key"),
        ])
        .expose_headers(told.map(HeaderName::from_static))
        .max_age(PREFLIGHT_AGE)
        // The answer is the same for every origin.
        .vary([])
}
