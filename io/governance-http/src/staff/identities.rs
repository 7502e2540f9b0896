//! Who a person is: told to those who may look, once it is in the log that they did.

use super::said::Because;
use crate::api::{Api, unreadable};
use crate::input::{Asked, id};
use crate::names;
use crate::reply::{self, Answer};
use consent::State;
use model::{Env, PersonNo};
use sequence::Lookup;
use serde::{Deserialize, Serialize};
use store::{ExternalKind, Urgency};
use utoipa::ToSchema;

/// Whom to look up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LookUp {
    /// Number of a person, such as `per_7`.
    person: String,
    /// A reason must be named.
    because: Because,
}

/// Who a person is.
#[derive(Serialize, ToSchema)]
pub(super) struct IdentityView {
    person: String,
    /// The platform's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    external: Option<String>,
    /// As the platform tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

pub(super) async fn look_up(api: Api, asked: Asked) -> Answer {
    let LookUp { person, because } = asked.json()?;
    let person: PersonNo = id("person", &person)?;
    let said = because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::look_up(state, env, &said, person)
    };
    // The entry is durable before anything is read that could be told.
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    let external = api.store().external(ExternalKind::Person, person.0.into());
    let external = external.map_err(unreadable)?.map(|id| id.to_string());
    let name = match &external {
        Some(id) => names::person(&api, id).await,
        None => None,
    };
    reply::made(done.position, &IdentityView { person: person.to_string(), external, name })
}
