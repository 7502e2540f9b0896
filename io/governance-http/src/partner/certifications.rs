//! Certifications by signed statements.

use super::own;
use crate::api::Api;
use crate::input::{Asked, invalid};
use crate::names;
use crate::reply::{self, Answer};
use crate::staff::agreements;
use crate::view::Page;
use consent::State;
use model::{AppNo, CertificationNo, Env};
use oauth::assertion::Jwk;
use oauth::statement::Statement;
use sequence::Lookup;
use serde::Deserialize;
use store::Urgency;
use utoipa::ToSchema;

/// A statement of purpose that the partner signed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignedStatement {
    /// Compact JWS (RFC 7515) under a key of the app's, `typ` `purpose-statement+jwt`; claims `iss` (client id), `aud`
    /// (the issuer), `iat`, `class`, `purpose`, and `exp` if it should end before the policy's term.
    statement: String,
}

pub(super) async fn list(api: Api, asked: Asked) -> Answer {
    let (partner, app) = own(&api, &asked)?;
    let (limit, after) = (asked.limit()?, asked.query::<CertificationNo>("after")?);
    let mut numbers: Vec<CertificationNo> = {
        let state = api.store().state();
        let all = state.app(app).map(|found| found.certifications.as_slice()).unwrap_or_default();
        let rest = all.iter().copied().filter(|no| after.is_none_or(|after| *no > after));
        rest.take(limit + 1).collect()
    };
    let more = numbers.len() > limit;
    numbers.truncate(limit);
    let next = numbers.last().filter(|_| more).map(ToString::to_string);
    let turn = api.partners.alone(partner)?;
    reply::ok(&Page { items: agreements::certified(&api, numbers, Some(turn)).await?, next })
}

/// Whether one of the app's living keys signed it for this server.
fn is_signed(api: &Api, app: AppNo, statement: &Statement) -> bool {
    let now = api.store().now();
    // Copied: signatures are not looked at with the state held.
    let keys: Vec<Vec<u8>> = {
        let state = api.store().state();
        let all = state.app(app).map(|found| found.credentials.as_slice()).unwrap_or_default();
        let living = all.iter().filter_map(|no| state.credential(*no));
        let living = living.filter(|one| !one.ended && now < one.expires_at);
        living.filter_map(|one| one.key.clone()).collect()
    };
    let (client, audience) = (app.to_string(), api.parts.issuer.as_str());
    let mut keys = keys.iter().filter_map(|key| Jwk::parse(key).ok());
    keys.any(|key| statement.is_by(&key, &client, audience, now))
}

pub(super) async fn submit(api: Api, asked: Asked) -> Answer {
    let (partner, app) = own(&api, &asked)?;
    let SignedStatement { statement: jws } = asked.json()?;
    let wrong = |problem: &str| invalid("statement", problem);
    let statement = Statement::parse(&jws).ok_or_else(|| wrong("is no signed statement"))?;
    if !is_signed(&api, app, &statement) {
        return Err(wrong("is not signed by a key of the app's, for this server and lately"));
    }
    let (classes, purpose) = {
        let state = api.store().state();
        let numbering = state.numbering();
        let classes = names::classes(numbering, "statement", &[statement.class])?;
        let purpose = numbering.purposes.get(&statement.purpose).copied();
        (classes, purpose.ok_or_else(|| wrong("names no purpose of the catalog"))?)
    };
    let until = statement.until;
    let signed = flows::partner::Statement { app, classes, purpose, until, jws };
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::partner::certify(state, env, partner, &signed)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::made(done.position, &agreements::newly_certified(&api, done.reply).await?)
}
