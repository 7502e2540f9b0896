//! Names beside numbers: of apps from the vault, of groups from the platform, of classes from the catalog.

use crate::api::{Api, unreadable};
use crate::input::invalid;
use crate::view::{AppRef, GroupRef};
use catalog::Numbering;
use consent::State;
use edge::Problem;
use model::{AppNo, ClassMask, ContextNo};
use outbound::Asked;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sequence::{NameOf, StoreError};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;
use store::{ExternalKind, Store};
use tokio::task::JoinSet;

/// A page is not held up by a platform that is slow to tell a name.
const NAMES_TIME_MAX: Duration = Duration::from_millis(1_500);
/// Groups whose names are asked for at a time; the rest stay without.
const NAMES_MAX: usize = 200;

/// Classes by their names.
pub(crate) fn classes(
    names: &Numbering,
    field: &str,
    list: &[String],
) -> Result<ClassMask, Problem> {
    let mut mask = ClassMask::NONE;
    for name in list {
        let class = names.classes.get(name).ok_or_else(|| {
            let shown: String = name.chars().take(64).collect();
            invalid(field, &format!("names `{shown}`, which is no class of the catalog"))
        })?;
        mask = mask | ClassMask::of(*class);
    }
    Ok(mask)
}

/// The status that counts: the partner's beats the app's.
pub(crate) fn app_status(state: &State, no: AppNo) -> String {
    let Some(app) = state.app(no) else { return "unknown".to_owned() };
    state.status_of(app).to_string()
}

/// The name of somebody by the platform's id, where it tells it in time.
pub(crate) async fn person(api: &Api, id: &str) -> Option<String> {
    let path = format!("/people/{}", utf8_percent_encode(id, NON_ALPHANUMERIC));
    let asked = tokio::time::timeout(NAMES_TIME_MAX, api.parts.upstream.ask(Asked::get(path)));
    let content = asked.await.ok()?.ok()?;
    let body: serde_json::Value = serde_json::from_slice(&content.body).ok()?;
    let name = body.get("name").and_then(serde_json::Value::as_str)?.to_owned();
    content.status.is_success().then_some(name)
}

/// Apps with their names, by number.
pub(crate) fn apps(
    api: &Api,
    numbers: impl IntoIterator<Item = AppNo>,
) -> Result<BTreeMap<AppNo, AppRef>, Problem> {
    let mut found = BTreeMap::new();
    for no in numbers {
        if let Entry::Vacant(place) = found.entry(no) {
            place.insert(app_ref(api.store(), no).map_err(unreadable)?);
        }
    }
    Ok(found)
}

/// An app with its name, if there is one of this number.
pub(crate) fn app(store: &Store, no: AppNo) -> Result<Option<AppRef>, StoreError> {
    let known = store.state().app(no).is_some();
    known.then(|| app_ref(store, no)).transpose()
}

fn app_ref(store: &Store, no: AppNo) -> Result<AppRef, StoreError> {
    let (status, partner) = {
        let state = store.state();
        (app_status(&state, no), state.app(no).map(|app| app.partner))
    };
    let name = store.name(NameOf::App(no))?;
    let partner = match partner {
        Some(partner) => store.name(NameOf::Partner(partner))?,
        None => None,
    };
    Ok(AppRef { app: no.to_string(), name, partner, status })
}

/// Groups with the platform's ids, and with names where the platform tells them in time.
pub(crate) async fn groups(
    api: &Api,
    numbers: impl IntoIterator<Item = ContextNo>,
) -> Result<BTreeMap<ContextNo, GroupRef>, Problem> {
    let mut found = BTreeMap::new();
    let mut asking = JoinSet::new();
    for no in numbers {
        if found.contains_key(&no) {
            continue;
        }
        let external =
            api.store().external(ExternalKind::Context, no.0.into()).map_err(unreadable)?;
        let platform_id = external.as_deref().map(str::to_owned);
        if let Some(id) = platform_id.clone()
            && asking.len() < NAMES_MAX
        {
            let upstream = std::sync::Arc::clone(&api.parts.upstream);
            asking.spawn(async move {
                let path = format!("/groups/{}", utf8_percent_encode(&id, NON_ALPHANUMERIC));
                let content = upstream.ask(Asked::get(path)).await.ok()?;
                let body: serde_json::Value = serde_json::from_slice(&content.body).ok()?;
                let name = body.get("name").and_then(serde_json::Value::as_str)?;
                content.status.is_success().then(|| (no, name.to_owned()))
            });
        }
        found.insert(no, GroupRef { group: no.to_string(), platform_id, name: None });
    }
    let collect = async {
        while let Some(told) = asking.join_next().await {
            if let Ok(Some((no, name))) = told
                && let Some(group) = found.get_mut(&no)
            {
                group.name = Some(name);
            }
        }
    };
    // Names are a courtesy: without the platform the page is there all the same.
    let _ = tokio::time::timeout(NAMES_TIME_MAX, collect).await;
    Ok(found)
}
