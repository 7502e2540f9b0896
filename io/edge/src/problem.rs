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
        //= rfc9457#3.1.1
        //# it is RECOMMENDED that absolute URIs be used in "type" when possible and that when
        //# relative URIs are used, they include the full path (e.g., "/types/123").
        document.insert("type".to_owned(), format!("/problems/{}", self.0.slug).into());
        //= rfc9457#3.1.3
        //# It SHOULD NOT change from occurrence to occurrence of the problem, except for
        //# localization
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
        //= rfc9457#3.1.2
        //# Generators MUST use the same status code in the actual HTTP response, to assure that
        //# generic HTTP software that does not understand this format still behaves correctly.
        *response.status_mut() = self.0.status;
        let headers = response.headers_mut();
        //= rfc9457#3
        //# When serialized in a JSON document, that format is identified with the
        //# "application/problem+json" media type.
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in self.0.headers {
            headers.append(name, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn read(response: Response) -> Value {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    //= rfc9457#3
    //= type=test
    //# When serialized in a JSON document, that format is identified with the
    //# "application/problem+json" media type.
    //= rfc9457#3.1.1
    //= type=test
    //# it is RECOMMENDED that absolute URIs be used in "type" when possible and that when
    //# relative URIs are used, they include the full path (e.g., "/types/123").
    //= rfc9457#3.1.2
    //= type=test
    //# Generators MUST use the same status code in the actual HTTP response, to assure that
    //# generic HTTP software that does not understand this format still behaves correctly.
    //= rfc9457#3.1.3
    //= type=test
    //# It SHOULD NOT change from occurrence to occurrence of the problem, except for
    //# localization
    #[tokio::test]
    async fn a_problem_says_its_own_status_and_type() {
        for (status, detail) in [(400, "one"), (503, "another")] {
            let response = Problem::new(status, "version-not-served", detail).into_response();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
            let body = read(response).await;
            assert_eq!(body["status"], status);
            assert_eq!(body["type"], "/problems/version-not-served");
            assert_eq!(body["title"], "version not served");
            assert_eq!(body["detail"], detail);
        }
    }

    //= rfc9457#3.1.1
    //= type=test
    //# If the type URI is a locator (e.g., those with an "http" or "https" scheme),
    //# dereferencing it SHOULD provide human-readable documentation for the problem type (e.g.,
    //# using HTML [HTML5]).
    #[tokio::test]
    async fn where_a_type_leads_it_is_explained() {
        let json = Problem::new(400, "version-not-served", "x").json();
        let request = Request::get(json["type"].as_str().unwrap()).body(Body::empty()).unwrap();
        let response = crate::problem_types::router().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let text = response.into_body().collect().await.unwrap().to_bytes();
        let text = std::str::from_utf8(&text).unwrap();
        assert!(text.starts_with("version-not-served\n") && text.contains("What to do:"), "{text}");
    }
}
