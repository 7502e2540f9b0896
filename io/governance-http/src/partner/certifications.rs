//! Certifications by signed statements.

use super::own;
use crate::api::Api;
use crate::input::{Asked, invalid};
use crate::names;
use crate::reply::{self, Answer};
use crate::staff::agreements;
use crate::view::Page;
use consent::State;
use edge::Problem;
use model::{AppNo, Env};
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
    let (_, app) = own(&api, &asked)?;
    let numbers =
        api.store().state().app(app).map(|found| found.certifications.clone()).unwrap_or_default();
    reply::ok(&Page { items: agreements::certified(&api, numbers).await?, next: None })
}

/// Whether one of the app's living keys signed it for this server.
fn is_signed(api: &Api, app: AppNo, statement: &Statement) -> bool {
    let now = api.store().now();
    let state = api.store().state();
    let credentials = state.app(app).map(|found| found.credentials.as_slice()).unwrap_or_default();
    let living = credentials.iter().filter_map(|no| state.credential(*no));
    let keys = living
        .filter(|one| !one.ended && now < one.expires_at)
        .filter_map(|one| Jwk::parse(one.key.as_deref()?).ok());
    let (client, audience) = (app.to_string(), api.parts.issuer.as_str());
    keys.into_iter().any(|key| statement.is_by(&key, &client, audience, now))
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
    let made = agreements::certification(&api, done.reply)?;
    let unknown = || Problem::new(404, "not-found", "there is no certification of this number");
    reply::made(done.position, &made.ok_or_else(unknown)?)
}
