//! Fields of forms and queries, and whether a form was sent from a page of ours.

use crate::page::Halt;
use crate::parts::Console;
use axum::body::Body;
use axum::extract::Request;
use edge::session::SignedIn;
use http::{HeaderMap, header};

/// A policy document is pasted into a form; everything else is small.
const FORM_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The fields of a form, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(crate) fn of_query(query: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// What a form begins with, before anything was typed.
    pub(crate) fn of_pairs<const N: usize>(pairs: [(&str, String); N]) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The same with as many as there are.
    pub(crate) fn of_list(pairs: Vec<(&str, String)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Reads the body of a post that came from one of our own pages, as far as headers can tell.
    pub(crate) async fn read(console: &Console, request: Request<Body>) -> Result<Self, Halt> {
        let (parts, body) = request.into_parts();
        if !is_own_origin(&parts.headers, console.origin()) {
            return Err(Halt::NotOwnForm);
        }
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
            return Err(Halt::Bad("Forms are sent as `application/x-www-form-urlencoded`.".into()));
        }
        let bytes = edge::read_body(body, FORM_BYTES_MAX).await.map_err(Halt::Body)?;
        Ok(Self(form_urlencoded::parse(&bytes).into_owned().collect()))
    }

    /// Whether the form carries this session's token.
    pub(crate) fn check(&self, session: &SignedIn) -> Result<(), Halt> {
        if session.is_own_form(self.text("csrf")) { Ok(()) } else { Err(Halt::NotOwnForm) }
    }

    /// The first value of a field, without surrounding space; empty if there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The first value of a field as it was typed.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// Every value of a field.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a field that is of the wanted form; one that is not spoils the request.
    pub(crate) fn parsed<T: std::str::FromStr>(&self, name: &str) -> Result<Vec<T>, Halt> {
        let wrong = |_| Halt::Bad(format!("The field `{name}` has a value that we do not know."));
        self.all(name).map(|text| text.parse().map_err(wrong)).collect()
    }

    /// The one value of a field.
    pub(crate) fn one<T: std::str::FromStr>(&self, name: &str) -> Result<T, Halt> {
        self.parsed(name)?
            .into_iter()
            .next()
            .ok_or_else(|| Halt::Bad(format!("The field `{name}` is missing.")))
    }
}

/// Browsers say where a post comes from: `Sec-Fetch-Site`, older ones `Origin`. `Origin: null` is what our own pages send
/// too, because they have no referrer. Whoever says neither is no browser that another site could misuse, or an old one;
/// the token in the form decides then.
fn is_own_origin(headers: &HeaderMap, own: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin == own || origin == "null",
        (None, None) => true,
    }
}

/// A path of ours to go back to; the start page for anything else.
pub(crate) fn local_path(text: &str) -> &str {
    // Browsers read `//host`, `/\host` and both with tabs or line breaks in between as other hosts.
    let plain = text.starts_with('/')
        && !text.starts_with("//")
        && !text.contains('\\')
        && !text.chars().any(|c| c.is_control() || c.is_whitespace());
    if plain { text } else { "/" }
}

/// A query from pairs.
pub(crate) fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_gone_back_to() {
        for fine in
            ["/", "/privacy", "/oauth/authorize?client_id=app_1&redirect_uri=https%3A%2F%2Fa"]
        {
            assert_eq!(local_path(fine), fine);
        }
        for foreign in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "evil",
            "/a b",
            "javascript:alert(1)",
        ] {
            assert_eq!(local_path(foreign), "/", "{foreign}");
        }
    }

    #[test]
    fn a_post_from_elsewhere_is_known_by_its_headers() {
        let own = "https://id.example";
        let check = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.insert(*name, http::HeaderValue::from_static(value));
            }
            is_own_origin(&headers, own)
        };
        assert!(check(&[]));
        assert!(check(&[("origin", own)]));
        assert!(check(&[("origin", "null"), ("sec-fetch-site", "same-origin")]));
        assert!(!check(&[("origin", "https://evil.example")]));
        assert!(!check(&[("origin", "null"), ("sec-fetch-site", "cross-site")]));
        assert!(!check(&[("sec-fetch-site", "same-site")]));
    }
}
