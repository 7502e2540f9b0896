//! Problem details (RFC 9457) with stable types.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value};

/// A problem: what went wrong, in a form that programs and people can read. Never holds personal data or secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem(Box<Parts>);

/// Behind a pointer: problems travel as errors through functions whose good results are small.
#[derive(Debug, Clone, PartialEq)]
struct Parts {
    status: StatusCode,
    slug: &'static str,
    detail: String,
    more: Map<String, Value>,
    headers: Vec<(header::HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem of a stable type, `/problems/SLUG`.
    #[must_use]
    pub fn new(status: u16, slug: &'static str, detail: impl Into<String>) -> Self {
        debug_assert!(
            crate::problem_types::is_known(slug),
            "problem type `{slug}` is not documented"
        );
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self(Box::new(Parts {
            status,
            slug,
            detail: detail.into(),
            more: Map::new(),
            headers: Vec::new(),
        }))
    }

    /// The same with an extension member.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.0.more.insert(member.to_owned(), value.into());
        self
    }

    /// The same with a header; one that cannot be a header value is left out.
    #[must_use]
    pub fn header(mut self, name: header::HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.push((name, value));
        }
        self
    }

    /// Last segment of the type.
    #[must_use]
    pub fn slug(&self) -> &'static str {
        self.0.slug
    }

    /// Status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What went wrong, in a sentence.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The store can take nothing now.
    #[must_use]
    pub fn unavailable(failure: &store::Failure) -> Self {
        let problem = match failure {
            store::Failure::Full => Self::new(
                503,
                "log-full",
                "nothing can be recorded at present, so nothing can be answered",
            ),
            store::Failure::Unrecordable(_) => {
                return Self::new(
                    502,
                    "upstream-unusable",
                    "the platform's answer cannot be recorded, so it cannot leave",
                );
            }
            store::Failure::Unavailable(_) | store::Failure::Corrupt(_) => Self::new(
                503,
                "log-unavailable",
                "nothing can be recorded at present, so nothing can be answered",
            ),
        };
        problem.header(header::RETRY_AFTER, "5")
    }

    /// The JSON document.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut document = Map::new();
        document.insert("type".to_owned(), format!("/problems/{}", self.0.slug).into());
        document.insert("title".to_owned(), self.0.slug.replace('-', " ").into());
        document.insert("status".to_owned(), self.0.status.as_u16().into());
        document.insert("detail".to_owned(), self.0.detail.clone().into());
        document.extend(self.0.more.clone());
        Value::Object(document)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.json().to_string()));
        *response.status_mut() = self.0.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in self.0.headers {
            headers.append(name, value);
        }
        response
    }
}
