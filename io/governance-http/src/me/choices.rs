//! Opting in and out, switches, withdrawing a grant.

use crate::api::Api;
use crate::input::{Asked, id};
use crate::names;
use crate::reply::{self, Answer};
use crate::view;
use consent::State;
use edge::Problem;
use flows::person::Refusal;
use ledger::SettingScope;
use model::{AppNo, ClassMask, ContextNo, Env, GrantNo, InstallationNo};
use sequence::{Commit, Lookup};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use store::Urgency;
use utoipa::ToSchema;

pub(super) type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// An app in a group, and classes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    /// The app in the group.
    installation: String,
    /// Which classes; all that can be chosen, unless said.
    classes: Option<Vec<String>>,
}

/// What an app in a group is allowed now.
#[derive(Serialize, ToSchema)]
pub(super) struct OptedIn {
    installation: String,
    /// Every class that is opted in to.
    classes: Vec<String>,
}

/// A standing choice.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    /// Whether the classes are blocked from now on.
    blocked: bool,
    /// Which classes; all, those of later catalogs too, unless said.
    classes: Option<Vec<String>>,
}

fn mask(api: &Api, list: Option<&[String]>) -> Result<ClassMask, Problem> {
    list.map_or(Ok(ClassMask::ALL), |list| {
        names::classes(api.store().state().numbering(), "classes", list)
    })
}

fn opted_in(api: &Api, installation: InstallationNo, mask: ClassMask) -> OptedIn {
    let classes = view::classes(api.store().state().numbering(), mask);
    OptedIn { installation: installation.to_string(), classes }
}

pub(super) async fn opt_in(api: Api, asked: Asked) -> Answer {
    let (person, choice) = (asked.person()?, asked.json::<Choice>()?);
    let installation = id("installation", &choice.installation)?;
    let classes = mask(&api, choice.classes.as_deref())?;
    let flow = move |state: &State, lookup: &dyn Lookup, env: &Env| {
        flows::person::opt_in(state, lookup, env.now, person, (installation, classes))
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::changed(done.position, &opted_in(&api, installation, done.reply))
}

pub(super) async fn opt_out(api: Api, asked: Asked) -> Answer {
    let (person, choice) = (asked.person()?, asked.json::<Choice>()?);
    let installation = id("installation", &choice.installation)?;
    let classes = mask(&api, choice.classes.as_deref())?;
    let flow = move |state: &State, _: &dyn Lookup, _: &Env| {
        flows::person::opt_out(state, person, installation, classes)
    };
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    reply::changed(done.position, &opted_in(&api, installation, done.reply))
}

pub(super) async fn all_apps(api: Api, asked: Asked) -> Answer {
    set(api, asked, SettingScope::AllApps).await
}

pub(super) async fn all_groups(api: Api, asked: Asked) -> Answer {
    set(api, asked, SettingScope::AllGroups).await
}

pub(super) async fn friends(api: Api, asked: Asked) -> Answer {
    set(api, asked, SettingScope::Friends).await
}

pub(super) async fn beyond(api: Api, asked: Asked) -> Answer {
    set(api, asked, SettingScope::Beyond).await
}

pub(super) async fn group(api: Api, asked: Asked) -> Answer {
    let no: ContextNo = asked.number("group")?;
    let known = api.store().state().context(no).is_some();
    if known { set(api, asked, SettingScope::Context(no)).await } else { Err(unknown()) }
}

pub(super) async fn app(api: Api, asked: Asked) -> Answer {
    let no: AppNo = asked.number("app")?;
    let known = api.store().state().app(no).is_some();
    if known { set(api, asked, SettingScope::App(no)).await } else { Err(unknown()) }
}

fn unknown() -> Problem {
    Problem::new(404, "not-found", "there is nothing of this number")
}

async fn set(api: Api, asked: Asked, scope: SettingScope) -> Answer {
    let (person, switch) = (asked.person()?, asked.json::<Switch>()?);
    let classes = mask(&api, switch.classes.as_deref())?;
    let flow = move |state: &State, _: &dyn Lookup, _: &Env| -> Result<Commit<()>, Infallible> {
        // What stays blocked when only some classes are named follows from what was blocked before.
        let settings = state.person(person).map(consent::PersonState::settings).unwrap_or_default();
        let before = settings.iter().find(|one| one.scope == scope);
        let before = before.map_or(ClassMask::NONE, |one| one.blocked);
        let after = if switch.blocked { before | classes } else { before.without(classes) };
        Ok(flows::person::set(state, person, scope, after))
    };
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    reply::done(done.position)
}

pub(super) async fn end_grant(api: Api, asked: Asked) -> Answer {
    let (person, grant) = (asked.person()?, asked.number::<GrantNo>("grant")?);
    let flow = move |state: &State, _: &dyn Lookup, _: &Env| -> Result<Commit<()>, Refusal> {
        flows::person::end_grant(state, person, grant)
    };
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    reply::done(done.position)
}
