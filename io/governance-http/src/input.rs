//! Requests become values, once.

use crate::access::Who;
use axum::body::Bytes;
use edge::Problem;
use model::{Actor, PartnerNo, PersonNo, Timestamp};
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use std::str::FromStr;

/// A request, read in full, of somebody who may ask.
pub(crate) struct Asked {
    pub(crate) who: Who,
    pub(crate) path: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Bytes,
    /// What they like best of the languages that there are.
    pub(crate) language: teller::Language,
    /// The connection that asks: an ending does not wait for its own.
    pub(crate) connection: Option<u64>,
    pub(crate) peer: Option<IpAddr>,
}

impl Asked {
    /// The person who asks.
    pub(crate) fn person(&self) -> Result<PersonNo, Problem> {
        match &self.who {
            Who::Person(person, _) => Ok(*person),
            Who::Nobody | Who::Staff(..) | Who::Source | Who::Partner(_) => {
                Err(Problem::new(401, "not-signed-in", "sign in first"))
            }
        }
    }

    /// The staff member or operator who asks.
    pub(crate) fn staff(&self) -> Result<Actor, Problem> {
        match &self.who {
            Who::Staff(actor, _) => Ok(*actor),
            Who::Nobody | Who::Person(..) | Who::Source | Who::Partner(_) => {
                Err(Problem::new(401, "not-signed-in", "sign in first"))
            }
        }
    }

    /// The partner who asks.
    pub(crate) fn partner(&self) -> Result<PartnerNo, Problem> {
        match &self.who {
            Who::Partner(partner) => Ok(*partner),
            Who::Nobody | Who::Person(..) | Who::Staff(..) | Who::Source => {
                Err(Problem::new(401, "not-signed-in", "a partner sends a client's credential"))
            }
        }
    }

    /// The body as a value of this type.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.body).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => {
                Problem::new(422, "invalid-value", error.to_string())
            }
            serde_json::error::Category::Io
            | serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof => {
                Problem::new(400, "malformed-json", error.to_string())
            }
        })
    }

    /// A number in the path. What is no number names nothing.
    pub(crate) fn number<N: FromStr>(&self, name: &str) -> Result<N, Problem> {
        let text = self.path.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str());
        text.and_then(|text| text.parse().ok())
            .ok_or_else(|| Problem::new(404, "not-found", "there is nothing of this number"))
    }

    /// A query parameter, if it is there.
    pub(crate) fn query<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, Problem> {
        let found = self.query.iter().find(|(known, _)| known == name);
        found.map(|(_, text)| text.parse()).transpose().map_err(|_| {
            let detail = format!("the query parameter `{name}` cannot be read");
            Problem::new(400, "invalid-query", detail).with("parameter", name)
        })
    }

    /// How many items a page has.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        use model::limits::{PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX};
        Ok(self.query("limit")?.unwrap_or(PAGE_ITEMS_DEFAULT).clamp(1, PAGE_ITEMS_MAX))
    }
}

/// A value that must be an id.
pub(crate) fn id<N: FromStr>(field: &str, text: &str) -> Result<N, Problem> {
    text.parse().map_err(|_| invalid(field, "is not an id of the right kind"))
}

/// A value that is not what it must be.
pub(crate) fn invalid(field: &str, problem: &str) -> Problem {
    Problem::new(422, "invalid-value", format!("`{field}` {problem}")).with("field", field)
}

/// An RFC 3339 instant.
pub(crate) fn instant(field: &str, text: &str) -> Result<Timestamp, Problem> {
    let parsed: Result<jiff::Timestamp, _> = text.parse();
    parsed
        .ok()
        .and_then(|at| u64::try_from(at.as_millisecond()).ok())
        .map(Timestamp)
        .ok_or_else(|| invalid(field, "is not an instant such as `2026-11-01T00:00:00Z`"))
}
