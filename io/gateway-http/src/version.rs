//! Which API version a request is understood by, and what an answer says of it.

use crate::Parts;
use axum::body::Body;
use axum::response::Response;
use catalog::Catalog;
use consent::{State, VersionTerms};
use edge::Problem;
use http::header::{CONTENT_TYPE, LINK};
use http::{HeaderMap, HeaderName, HeaderValue};
use model::{ApiVersion, Position, Timestamp};
use oauth::resource::Issuer;
use serde_json::{Value, json};
use std::sync::Arc;

/// Asks for a version, and says in an answer which one it is of.
pub(crate) const VERSION: HeaderName = HeaderName::from_static("bailment-version");
const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// What a request is understood by.
pub(crate) struct Served {
    pub(crate) catalog: Arc<Catalog>,
    /// Where the catalog in force was activated: with a later one everything is understood anew.
    pub(crate) catalog_at: Position,
    pub(crate) told: Told,
}

/// What an answer says of the version that it is of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) version: ApiVersion,
    terms: VersionTerms,
    /// The version in force.
    current: ApiVersion,
}

/// The version that the header asks for; without one, that in force.
pub(crate) fn asked(state: &State, headers: &HeaderMap, now: Timestamp) -> Result<Served, Problem> {
    let text = match headers.get(VERSION) {
        None => None,
        Some(value) => Some(value.to_str().map_err(|_| not_served(state, now))?),
    };
    named(state, text, now)
}

/// What a refusal says of the version that its request asks for, if that is served.
pub(crate) fn told(gate: &Parts, wanted: Option<HeaderValue>) -> Option<Told> {
    let headers = wanted.map(|value| (VERSION, value)).into_iter().collect();
    asked(&gate.store.state(), &headers, gate.store.now()).ok().map(|served| served.told)
}

/// The version of this name; without one, that in force.
fn named(state: &State, text: Option<&str>, now: Timestamp) -> Result<Served, Problem> {
    let in_force = state.catalog().zip(state.catalog_at());
    let (current, catalog_at) =
        in_force.ok_or_else(|| Problem::new(503, "no-catalog", "no catalog is in force yet"))?;
    let version = match text {
        None => current.version,
        Some(text) => text.parse().map_err(|_| not_served(state, now))?,
    };
    let told = Told::of(state, version);
    // Whether its time is over is decided with everything else, by `consent`.
    let catalog = Arc::clone(state.catalog_of(version).ok_or_else(|| not_served(state, now))?);
    Ok(Served { catalog, catalog_at, told })
}

fn not_served(state: &State, now: Timestamp) -> Problem {
    let ended = |version| state.version_terms(version).sunset.is_some_and(|sunset| sunset <= now);
    let served: Vec<String> =
        state.versions().filter(|one| !ended(*one)).map(|one| one.to_string()).collect();
    Problem::new(400, "version-not-served", "this API version is not served").with("served", served)
}

impl Told {
    pub(crate) fn of(state: &State, version: ApiVersion) -> Self {
        let current = state.catalog().map_or(version, |catalog| catalog.version);
        Self { version, terms: state.version_terms(version), current }
    }

    /// Whether it is the version that a request without one is understood by.
    pub(crate) fn is_in_force(&self) -> bool {
        self.version == self.current
    }

    /// Says it in the headers of an answer.
    pub(crate) fn tell(&self, headers: &mut HeaderMap, issuer: &Issuer) {
        let mut put = |name, text: String| {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.append(name, value);
            }
        };
        put(VERSION, self.version.to_string());
        if let Some(at) = self.terms.deprecated_at {
            //= rfc9651#3.3.7
            //# Dates have a data model that is similar to Integers, representing a (possibly
            //# negative) delta in seconds from 1970-01-01T00:00:00Z, excluding leap seconds.
            //= rfc9651#4.1.10
            //# Let output be "@".
            //= rfc9745#2.1
            //# Deprecation is an Item Structured Header Field; its value MUST be a Date as per
            //# Section 3.3.7 of [RFC9651].
            put(DEPRECATION, format!("@{}", at.0 / 1_000));
            put(LINK, format!("<{}>; rel=\"deprecation\"", issuer.url("/v1/versions")));
            let next = issuer.url(&format!("/v1/openapi.json?version={}", self.current));
            if !self.is_in_force() {
                put(LINK, format!("<{next}>; rel=\"successor-version\""));
            }
        }
        if let Some(date) = self.terms.sunset.and_then(http_date) {
            //= rfc8594#3
            //# The Sunset value is an HTTP-date timestamp
            put(SUNSET, date);
        }
    }
}

/// IMF-fixdate (RFC 9110 §5.6.7), in whole seconds: the one in which the version is over already.
fn http_date(at: Timestamp) -> Option<String> {
    let at = jiff::Timestamp::from_second(i64::try_from(at.0.div_ceil(1_000)).ok()?).ok()?;
    Some(at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

/// `GET /v1/versions`: what is served, since when it is deprecated, when it ends.
pub(crate) fn list(gate: &Parts) -> Response {
    let state = gate.store.state();
    let current = state.catalog().map(|catalog| catalog.version);
    let instant = |at: Timestamp| {
        let at = jiff::Timestamp::from_millisecond(i64::try_from(at.0).ok()?).ok()?;
        Some(format!("{at:.3}"))
    };
    let items: Vec<Value> = state
        .versions()
        .map(|version| {
            let terms = state.version_terms(version);
            json!({
                "version": version.to_string(),
                "in_force": Some(version) == current,
                "deprecated_at": terms.deprecated_at.and_then(instant),
                "ends_at": terms.sunset.and_then(instant),
                "description": gate.issuer.url(&format!("/v1/openapi.json?version={version}")),
            })
        })
        .collect();
    drop(state);
    let mut response = Response::new(Body::from(json!({ "versions": items }).to_string()));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// The description of the version that a query asks for, as its catalog and the document's bytes.
pub(crate) fn described(gate: &Parts, query: Option<&str>) -> Result<(Served, Vec<u8>), Problem> {
    let text = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find_map(|(name, value)| (name == "version").then(|| value.into_owned()));
    let state = gate.store.state();
    let served = named(&state, text.as_deref(), gate.store.now())?;
    let bytes = state.catalog_document_of(served.told.version).unwrap_or_default().to_vec();
    Ok((served, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    //= rfc8594#3
    //= type=test
    //# The Sunset value is an HTTP-date timestamp
    #[test]
    fn a_date_in_a_header_is_never_before_the_instant() {
        let check = |millis, text: &str| {
            assert_eq!(http_date(Timestamp(millis)).as_deref(), Some(text), "{millis}");
        };
        check(784_111_777_000, "Sun, 06 Nov 1994 08:49:37 GMT");
        check(784_111_777_001, "Sun, 06 Nov 1994 08:49:38 GMT");
    }
}
