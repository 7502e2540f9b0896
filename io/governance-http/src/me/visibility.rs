//! Who can see something of a person, and through what.

use crate::api::{Api, unreadable};
use crate::entry;
use crate::input::Asked;
use crate::names;
use crate::reply::{self, Answer};
use crate::view::{self, AppRef, ClassView, GroupRef, Reader};
use crate::why::{self, Authority, Moment};
use consent::{ContextState, Installation, State};
use edge::Problem;
use flows::person::Concerning;
use model::{Actor, AppNo, ClassMask, ContextNo, InstallationNo, PersonNo, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Everything at a glance.
#[derive(Serialize, ToSchema)]
pub(super) struct Visibility {
    /// Standing choices; they beat everything below.
    settings: Vec<SettingView>,
    /// Apps in my groups.
    installations: Vec<InstallationView>,
    /// Apps that I authorized.
    grants: Vec<GrantView>,
    /// Apps of mine or of my groups that go on in a program that is closed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exceptions: Vec<ExceptionView>,
}

/// An app that goes on in a program that is closed.
#[derive(Serialize, ToSchema)]
struct ExceptionView {
    /// Name of the program that is closed.
    program: String,
    app: AppRef,
    /// When that ends.
    until: Option<String>,
    /// Who approved it: `staff` of the platform, or its `operator`.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_by: Option<&'static str>,
    /// Why it goes on, as whoever approved it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
}

/// A standing choice.
#[derive(Serialize, ToSchema)]
struct SettingView {
    /// For what.
    #[schema(value_type = Object)]
    scope: serde_json::Value,
    /// Blocked classes.
    blocked: Vec<String>,
    /// Whether every class is blocked, those to come too.
    everything: bool,
}

/// What an app in a group may read of me.
#[derive(Serialize, ToSchema)]
struct InstallationView {
    installation: String,
    app: AppRef,
    group: GroupRef,
    /// `standing`, `lapsed`, or `ended` with the app or its partner.
    status: &'static str,
    classes: Vec<VisibleClass>,
}

/// A class about me, and whether it leaves.
#[derive(Serialize, ToSchema)]
struct VisibleClass {
    name: String,
    title: String,
    text: String,
    /// It leaves only if I opt in.
    needs_opt_in: bool,
    /// I can opt in to it now: a program is open to me for it. Opting out never asks that.
    can_opt_in: bool,
    opted_in: bool,
    /// It may leave now.
    visible: bool,
    /// Why not, if it may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// An app that I authorized.
#[derive(Serialize, ToSchema)]
struct GrantView {
    grant: String,
    app: AppRef,
    /// `standing`, `expired`, or `ended` with the app or its partner.
    status: &'static str,
    classes: Vec<ClassView>,
    groups: Vec<GroupRef>,
    made_at: Option<String>,
    until: Option<String>,
}

struct FoundInstallation {
    no: InstallationNo,
    app: AppNo,
    context: ContextNo,
    status: &'static str,
    classes: Vec<VisibleClass>,
}

struct FoundGrant {
    no: model::GrantNo,
    app: AppNo,
    status: &'static str,
    classes: Vec<ClassView>,
    contexts: Vec<ContextNo>,
    made_at: Timestamp,
    until: Timestamp,
}

pub(super) async fn show(api: Api, asked: Asked) -> Answer {
    let person = asked.person()?;
    let contexts = api.store().memberships(person).map_err(unreadable)?;
    let now = api.store().now();
    let (settings, installations, grants, exceptions) = {
        let state = api.store().state();
        let settings = settings(&state, person);
        let exceptions = flows::person::exceptions_for(&state, person, &contexts, now);
        let installations = installations(&state, person, &contexts, now);
        (settings, installations, grants(&state, person, now), exceptions)
    };
    let mentioned = installations.iter().map(|one| one.app).chain(grants.iter().map(|one| one.app));
    let apps = names::apps(&api, mentioned.chain(exceptions.iter().map(|one| one.app)))?;
    let mentioned = installations
        .iter()
        .map(|one| one.context)
        .chain(grants.iter().flat_map(|one| one.contexts.iter().copied()));
    let groups = names::groups(&api, mentioned).await?;
    let installations = installations.into_iter().filter_map(|one| {
        Some(InstallationView {
            installation: one.no.to_string(),
            app: apps.get(&one.app)?.clone(),
            group: groups.get(&one.context)?.clone(),
            status: one.status,
            classes: one.classes,
        })
    });
    let grants = grants.into_iter().filter_map(|one| {
        Some(GrantView {
            grant: one.no.to_string(),
            app: apps.get(&one.app)?.clone(),
            status: one.status,
            classes: one.classes,
            groups: one.contexts.iter().filter_map(|no| groups.get(no).cloned()).collect(),
            made_at: view::instant(one.made_at),
            until: view::instant(one.until),
        })
    });
    reply::ok(&Visibility {
        settings,
        installations: installations.collect(),
        grants: grants.collect(),
        exceptions: exceptions_told(&api, &exceptions, &apps)?,
    })
}

fn exceptions_told(
    api: &Api,
    exceptions: &[Concerning],
    apps: &BTreeMap<AppNo, AppRef>,
) -> Result<Vec<ExceptionView>, Problem> {
    let mut told = Vec::new();
    for one in exceptions {
        let made = api.store().exception(one.program, one.app).map_err(unreadable)?;
        let approved_by = made.as_ref().and_then(|made| approver(made.why.by));
        let digest = made.and_then(|made| made.why.note);
        let note =
            digest.map(|digest| api.store().note(&digest)).transpose().map_err(unreadable)?;
        let program = view::program(api.store().state().numbering(), one.program);
        let Some(app) = apps.get(&one.app).cloned() else { continue };
        let until = view::instant(one.until);
        told.push(ExceptionView { program, app, until, approved_by, because: note.flatten() });
    }
    Ok(told)
}

/// Who approved an exception, as people are told: which of the staff that was stands in the log.
const fn approver(by: Actor) -> Option<&'static str> {
    match by {
        Actor::Staff(_) => Some("staff"),
        Actor::Operator => Some("operator"),
        Actor::System | Actor::Platform | Actor::Person(_) | Actor::App => None,
    }
}

fn settings(state: &State, person: PersonNo) -> Vec<SettingView> {
    let settings = state.person(person).map(consent::PersonState::settings).unwrap_or_default();
    settings
        .iter()
        .map(|one| SettingView {
            scope: entry::scope(one.scope),
            blocked: view::classes(state.numbering(), one.blocked),
            everything: one.blocked == ClassMask::ALL,
        })
        .collect()
}

fn installations(
    state: &State,
    person: PersonNo,
    contexts: &[ContextNo],
    now: Timestamp,
) -> Vec<FoundInstallation> {
    let here = contexts.iter().filter_map(|no| state.context(*no)).filter(|one| one.is_live());
    here.flat_map(ContextState::installations)
        .filter_map(|no| state.installation(*no).map(|found| (*no, found)))
        .filter(|(_, found)| !found.ended)
        .map(|(no, found)| FoundInstallation {
            no,
            app: found.app,
            context: found.context,
            status: view::installation_status(state, found),
            classes: visible(state, person, no, found, now),
        })
        .collect()
}

fn visible(
    state: &State,
    person: PersonNo,
    no: InstallationNo,
    found: &Installation,
    now: Timestamp,
) -> Vec<VisibleClass> {
    let asked = found.classes & why::about_people(state);
    // Rights, not the moment: facts that are a minute late hold everything back and change no right.
    let moment = Moment { now, facts_up_to: now };
    let of = (moment, Reader::Oneself);
    let explained = why::of_person(state, Authority::Installation(no), person, asked, of);
    let (offered, opted_in) = (flows::person::offered(state, found), state.opted_in(person, no));
    let open = flows::person::offered_to(state, found, person, now);
    let classes = state.catalog().into_iter().flat_map(|catalog| &catalog.classes);
    classes
        .filter(|class| asked.has(class.number))
        .map(|class| {
            let why = explained.iter().find(|one| one.class == class.name);
            VisibleClass {
                name: class.name.clone(),
                title: class.title.clone(),
                text: class.text.clone(),
                needs_opt_in: offered.has(class.number),
                can_opt_in: open.has(class.number),
                opted_in: opted_in.has(class.number),
                visible: why.is_some_and(|one| one.outcome == "released"),
                reason: why.and_then(|one| one.reason.clone()),
            }
        })
        .collect()
}

fn grants(state: &State, person: PersonNo, now: Timestamp) -> Vec<FoundGrant> {
    let numbers = state.person(person).map(consent::PersonState::grants).unwrap_or_default();
    numbers
        .iter()
        .filter_map(|no| state.grant(*no).map(|grant| (*no, grant)))
        .filter(|(_, grant)| !grant.ended)
        .map(|(no, grant)| FoundGrant {
            no,
            app: grant.app,
            status: if state.is_over(grant.app) {
                "ended"
            } else if now < state.ends_at(grant) {
                "standing"
            } else {
                "expired"
            },
            classes: view::class_views(state, grant.classes, ClassMask::NONE),
            contexts: grant.contexts.clone(),
            made_at: grant.made_at,
            // When it went idle under a policy that is gone, nobody keeps; not before the person last used it.
            until: state.ends_at(grant).max(grant.active_at),
        })
        .collect()
}
