//! An admin's groups, and apps that could be enabled in them.

use crate::api::{Api, unreadable};
use crate::input::Asked;
use crate::names;
use crate::reply::{self, Answer};
use crate::view::{self, AppRef, ClassView, GroupRef, Page};
use consent::State;
use model::{AppNo, ClassMask, ContextNo, PersonNo};
use serde::Serialize;
use std::collections::BTreeSet;
use store::Store;
use utoipa::ToSchema;

/// Apps looked at under one lock.
const STEP: usize = 1_000;

/// A group with its apps.
#[derive(Serialize, ToSchema)]
pub(super) struct GroupView {
    group: GroupRef,
    /// Oldest first; ended ones too.
    installations: Vec<InstallationView>,
}

/// An app in a group.
#[derive(Serialize, ToSchema)]
struct InstallationView {
    installation: String,
    app: AppRef,
    /// `standing`, `lapsed` or `ended`.
    status: &'static str,
    /// What an admin allowed.
    classes: Vec<ClassView>,
    /// Admins who stand behind it.
    backers: usize,
    /// I am one of them.
    backed_by_me: bool,
}

/// An app that can be enabled.
#[derive(Serialize, ToSchema)]
pub(super) struct AppOffer {
    app: AppRef,
    /// What can be allowed; what the app does not work without is marked.
    classes: Vec<ClassView>,
    /// For what.
    purposes: Vec<String>,
}

struct Found {
    no: model::InstallationNo,
    app: AppNo,
    context: ContextNo,
    status: &'static str,
    classes: Vec<ClassView>,
    backers: usize,
    backed_by_me: bool,
}

fn installations(state: &State, admin: PersonNo, context: ContextNo) -> Vec<Found> {
    let numbers = state.context(context).map(consent::ContextState::installations);
    numbers
        .unwrap_or_default()
        .iter()
        .filter_map(|no| state.installation(*no).map(|found| (*no, found)))
        .map(|(no, found)| Found {
            no,
            app: found.app,
            context,
            status: view::installation_status(state, found),
            classes: view::class_views(state, found.classes, required(state, found.app)),
            backers: found.backers().iter().filter(|who| state.is_person(**who)).count(),
            backed_by_me: found.backers().contains(&admin),
        })
        .collect()
}

fn required(state: &State, app: AppNo) -> ClassMask {
    let agreements = state.app(app).into_iter().flat_map(|app| &app.agreements);
    agreements
        .filter_map(|no| state.agreement(*no))
        .filter(|agreement| !agreement.ended)
        .fold(ClassMask::NONE, |mask, one| mask | one.required)
}

pub(super) async fn list(api: Api, asked: Asked) -> Answer {
    let admin = asked.person()?;
    let memberships = api.store().memberships(admin).map_err(unreadable)?;
    let (own, found) = {
        let state = api.store().state();
        let own: Vec<ContextNo> = memberships
            .into_iter()
            .filter(|no| {
                state.context(*no).is_some_and(|one| one.is_live() && one.has_admin(admin))
            })
            .collect();
        let found: Vec<Found> =
            own.iter().flat_map(|no| installations(&state, admin, *no)).collect();
        (own, found)
    };
    let apps = names::apps(&api, found.iter().map(|one| one.app))?;
    let groups = names::groups(&api, own.iter().copied()).await?;
    let mut items: Vec<(ContextNo, GroupView)> = own
        .iter()
        .filter_map(|no| {
            let group = groups.get(no)?.clone();
            Some((*no, GroupView { group, installations: Vec::new() }))
        })
        .collect();
    for one in found {
        let place = items.iter_mut().find(|(context, _)| *context == one.context);
        if let (Some((_, group)), Some(app)) = (place, apps.get(&one.app)) {
            group.installations.push(InstallationView {
                installation: one.no.to_string(),
                app: app.clone(),
                status: one.status,
                classes: one.classes,
                backers: one.backers,
                backed_by_me: one.backed_by_me,
            });
        }
    }
    let items = items.into_iter().map(|(_, group)| group).collect();
    reply::ok(&Page { items, next: None })
}

pub(super) async fn apps(api: Api, asked: Asked) -> Answer {
    asked.person()?;
    let (limit, after) = (asked.limit()?, asked.query::<AppNo>("after")?);
    let mut offers = offered(api.store(), after, limit + 1);
    let more = offers.len() > limit;
    offers.truncate(limit);
    let next = offers.last().filter(|_| more).map(|one| one.0.to_string());
    let apps = names::apps(&api, offers.iter().map(|one| one.0))?;
    let items = offers.into_iter().filter_map(|(no, classes, purposes)| {
        Some(AppOffer { app: apps.get(&no)?.clone(), classes, purposes })
    });
    reply::ok(&Page { items: items.collect(), next })
}

type Offered = (AppNo, Vec<ClassView>, Vec<String>);

/// Apps beyond one of them that can be enabled, at most so many. Few may be: the state is given back now and then.
fn offered(store: &Store, after: Option<AppNo>, most: usize) -> Vec<Offered> {
    let (now, mut found) = (store.now(), Vec::new());
    let mut next = after.map_or(0, |no| no.0.saturating_add(1));
    loop {
        let state = store.state();
        let end = state.next_app().0;
        for no in (next..end).take(STEP).map(AppNo) {
            next = no.0 + 1;
            let Ok(offer) = flows::admin::offer(&state, no, now) else { continue };
            let classes = view::class_views(&state, offer.classes, offer.required);
            found.push((no, classes, purposes(&state, no)));
            if found.len() == most {
                return found;
            }
        }
        if next >= end {
            return found;
        }
    }
}

fn purposes(state: &State, app: AppNo) -> Vec<String> {
    let agreements = state.app(app).into_iter().flat_map(|app| &app.agreements);
    let numbers: BTreeSet<_> = agreements
        .filter_map(|no| state.agreement(*no))
        .filter(|agreement| !agreement.ended)
        .flat_map(|agreement| agreement.purposes.iter().copied())
        .collect();
    let known = state.catalog().into_iter().flat_map(|catalog| &catalog.purposes);
    known.filter(|one| numbers.contains(&one.number)).map(|one| one.title.clone()).collect()
}
