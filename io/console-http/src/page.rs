//! Answers: pages with their headers, redirects after posts, and what goes wrong.

use crate::shell::Shell;
use askama::Template;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use edge::Problem;
use http::{HeaderName, HeaderValue, StatusCode, header};
use store::Failure;

/// What a handler gives.
pub(crate) type Answer = Result<Response, Halt>;

/// Why there is no page to show but one that says so.
#[derive(Debug)]
pub(crate) enum Halt {
    /// No such page, or none for this person.
    NotFound,
    /// Not this method.
    Method,
    /// The form did not come from the person's own page, or its session is over.
    NotOwnForm,
    /// The request cannot be understood.
    Bad(String),
    /// The staff member's role does not allow it.
    Role(String),
    /// A flow refused; the text is for people.
    Refused(String),
    /// Too many failed attempts.
    Slow,
    /// Somebody must sign in first, and then comes back.
    SignIn(String),
    /// The request's body cannot be had.
    Body(Problem),
    /// The store takes or gives nothing now.
    Store(Failure),
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Store(failure)
    }
}

impl From<sequence::StoreError> for Halt {
    fn from(error: sequence::StoreError) -> Self {
        Self::Store(error.into())
    }
}

#[derive(Template)]
#[template(path = "error.html")]
pub(crate) struct ErrorPage {
    pub(crate) shell: Shell,
    pub(crate) text: String,
    pub(crate) advice: String,
}

impl Halt {
    fn words(&self) -> (StatusCode, &'static str, String, &'static str) {
        let own = str::to_owned;
        match self {
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "Page not found",
                own("There is no such page, or not for you."),
                "",
            ),
            Self::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "That does not work here",
                own("This page cannot be asked in this way."),
                "Open it by its link.",
            ),
            Self::NotOwnForm => (
                StatusCode::FORBIDDEN,
                "Please try again",
                own(
                    "This form was not sent from a page of yours that is still valid, so nothing was changed.",
                ),
                "Go back, reload the page and send it again. If you signed out in between, sign in first.",
            ),
            Self::Bad(text) => {
                (StatusCode::BAD_REQUEST, "This request cannot be understood", text.clone(), "")
            }
            Self::Role(text) => (
                StatusCode::FORBIDDEN,
                "Your role does not allow this",
                sentence(text),
                "Ask an admin of the platform's staff.",
            ),
            Self::Refused(text) => {
                (StatusCode::CONFLICT, "That is not possible", text.clone(), "Nothing was changed.")
            }
            Self::Slow => (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many attempts",
                own("Signing in failed too often."),
                "Wait a quarter of an hour and try again.",
            ),
            Self::SignIn(_) => (StatusCode::SEE_OTHER, "Sign in", String::new(), ""),
            Self::Body(problem) => {
                (problem.status(), "The form could not be read", sentence(problem.detail()), "")
            }
            Self::Store(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Not possible at the moment",
                own("This could not be recorded, so it was not done."),
                "Please try again in a moment. Withdrawing access is kept possible even when little else is.",
            ),
        }
    }
}

/// Our error texts start in lower case and have no full stop; on a page they are sentences.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), chars.as_str())
}

impl IntoResponse for Halt {
    fn into_response(self) -> Response {
        if let Self::SignIn(to) = &self {
            return redirect(to);
        }
        if let Self::Store(failure) = &self {
            tracing::warn!(%failure, "a page could not be served");
        }
        let (status, title, text, advice) = self.words();
        let page =
            ErrorPage { shell: Shell::plain(title), text: text.clone(), advice: advice.to_owned() };
        let mut response = page_with(status, &page, None);
        if let Self::Slow = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("900"));
        }
        response
    }
}

/// A page.
pub(crate) fn page<T: Template>(template: &T) -> Response {
    page_with(StatusCode::OK, template, None)
}

/// A page with a status, whose forms may lead on to another origin: browsers hold `form-action` against redirects too.
pub(crate) fn page_with<T: Template>(
    status: StatusCode,
    template: &T,
    leads_to: Option<&str>,
) -> Response {
    let (status, html) = match template.render() {
        Ok(html) => (status, html),
        Err(error) => {
            tracing::error!(%error, "a template could not be rendered");
            (StatusCode::SERVICE_UNAVAILABLE, "This page cannot be shown.".to_owned())
        }
    };
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if let Ok(policy) = HeaderValue::from_str(&content_policy(leads_to)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    guard(&mut response);
    response
}

fn content_policy(leads_to: Option<&str>) -> String {
    let further = leads_to.map(|source| format!(" {source}")).unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'{further}; \
         frame-ancestors 'none'; base-uri 'none'"
    )
}

fn guard(response: &mut Response) {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Leads the browser on with a GET. Whoever passes an address that is not ours has checked it.
pub(crate) fn redirect(to: &str) -> Response {
    let mut response = Response::new(Body::empty());
    //= rfc9700#2.1
    //# An authorization server that redirects a request potentially containing user credentials
    //# MUST avoid forwarding these user credentials accidentally
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    guard(&mut response);
    response
}

/// The same with a cookie.
pub(crate) fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_text_becomes_a_sentence() {
        assert_eq!(sentence("the app is `x`"), "The app is `x`.");
        assert_eq!(sentence(""), "");
    }
}
