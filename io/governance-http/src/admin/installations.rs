//! Enabling, standing behind, narrowing, disabling.

use crate::api::Api;
use crate::input::{Asked, id};
use crate::names;
use crate::reply::{self, Answer};
use crate::view;
use consent::State;
use edge::Problem;
use model::{AppNo, ContextNo, Env, InstallationNo};
use sequence::Lookup;
use serde::{Deserialize, Serialize};
use store::Urgency;
use utoipa::ToSchema;

/// An app, groups and classes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Enable {
    app: String,
    /// In all of these or in none.
    groups: Vec<String>,
    /// What it is allowed.
    classes: Vec<String>,
}

/// Where the app is enabled now.
#[derive(Serialize, ToSchema)]
pub(super) struct Enabled {
    /// One a group, in the order of the groups' numbers.
    installations: Vec<String>,
    /// What the app is allowed in each: where it was enabled already, what was allowed then.
    allowed: Vec<Allowed>,
}

/// What an app is allowed in a group.
#[derive(Serialize, ToSchema)]
struct Allowed {
    installation: String,
    classes: Vec<String>,
}

/// What an app keeps.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Keep {
    /// What stays allowed.
    classes: Vec<String>,
}

pub(super) async fn enable(api: Api, asked: Asked) -> Answer {
    let (admin, wish) = (asked.person()?, asked.json::<Enable>()?);
    let app: AppNo = id("app", &wish.app)?;
    let groups: Vec<ContextNo> =
        wish.groups.iter().map(|text| id("groups", text)).collect::<Result<_, Problem>>()?;
    if groups.is_empty() {
        return Err(crate::input::invalid("groups", "names no group"));
    }
    let classes = names::classes(api.store().state().numbering(), "classes", &wish.classes)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::admin::enable(state, env.now, admin, app, &groups, classes)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    let installations = done.reply.iter().map(ToString::to_string).collect();
    let allowed = {
        let state = api.store().state();
        let of = |no: &InstallationNo| Allowed {
            installation: no.to_string(),
            classes: state
                .installation(*no)
                .map(|found| view::classes(state.numbering(), found.classes))
                .unwrap_or_default(),
        };
        done.reply.iter().map(of).collect()
    };
    reply::made(done.position, &Enabled { installations, allowed })
}

pub(super) async fn confirm(api: Api, asked: Asked) -> Answer {
    let (admin, no) = (asked.person()?, asked.number::<InstallationNo>("installation")?);
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::admin::confirm(state, env.now, admin, no)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::done(done.position)
}

pub(super) async fn narrow(api: Api, asked: Asked) -> Answer {
    let (admin, no) = (asked.person()?, asked.number::<InstallationNo>("installation")?);
    let keep = asked.json::<Keep>()?;
    let keep = names::classes(api.store().state().numbering(), "classes", &keep.classes)?;
    let flow =
        move |state: &State, _: &dyn Lookup, _: &Env| flows::admin::narrow(state, admin, no, keep);
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    reply::done(done.position)
}

pub(super) async fn disable(api: Api, asked: Asked) -> Answer {
    let (admin, no) = (asked.person()?, asked.number::<InstallationNo>("installation")?);
    let flow =
        move |state: &State, _: &dyn Lookup, _: &Env| flows::admin::disable(state, admin, no);
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    reply::done(done.position)
}
