//! Names: of partners, apps and staff from the vault, of groups and people from the platform.

use crate::parts::Console;
use model::{AppNo, ContextNo, Millis, PartnerNo, PersonNo, StaffNo};
use outbound::Asked;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sequence::NameOf;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;
use store::{ExternalKind, Store};

/// Pages wait no longer for names: whoever wants to end something must not wait for a platform that is down.
const NAMES_TIME_MAX: Duration = Duration::from_millis(1_500);
/// After a platform did not answer in time, pages go without names for so long: waiting once is enough.
const PAUSE: Millis = Millis::seconds(10);
/// Groups in one answer of the platform, and answers asked for.
const PAGE: usize = 100;
const PAGES_MAX: usize = 20;

/// An app's name.
pub(crate) fn app(store: &Store, no: AppNo) -> String {
    let found = store.name(NameOf::App(no)).ok().flatten();
    found.unwrap_or_else(|| format!("App {}", no.0))
}

/// A partner's name.
pub(crate) fn partner(store: &Store, no: PartnerNo) -> String {
    let found = store.name(NameOf::Partner(no)).ok().flatten();
    found.unwrap_or_else(|| format!("Partner {}", no.0))
}

/// The name of the partner behind an app.
pub(crate) fn partner_of(store: &Store, no: AppNo) -> String {
    let found = store.state().app(no).map(|app| app.partner);
    found.map_or_else(|| "an unknown partner".to_owned(), |no| partner(store, no))
}

/// A staff member's name.
pub(crate) fn staff(store: &Store, no: StaffNo) -> String {
    let found = store.name(NameOf::Staff(no)).ok().flatten();
    found.unwrap_or_else(|| format!("Staff {}", no.0))
}

/// Names of somebody's groups.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups(BTreeMap<ContextNo, String>);

impl Groups {
    /// A group's name; its number where the platform did not say.
    pub(crate) fn name(&self, store: &Store, context: ContextNo) -> String {
        if let Some(name) = self.0.get(&context) {
            return name.clone();
        }
        let found = store.name(NameOf::Context(context)).ok().flatten();
        found.unwrap_or_else(|| format!("Group {}", context.0))
    }

    /// Groups by name, as people look for them.
    pub(crate) fn sorted(
        &self,
        store: &Store,
        contexts: impl IntoIterator<Item = ContextNo>,
    ) -> Vec<(String, ContextNo)> {
        let mut list: Vec<_> =
            contexts.into_iter().map(|context| (self.name(store, context), context)).collect();
        list.sort_by_cached_key(|(name, context)| (name.to_lowercase(), *context));
        list
    }
}

/// Names of every group that a person is in, as the platform tells them; empty if it cannot be reached.
pub(crate) async fn groups_of(console: &Console, person: PersonNo) -> Groups {
    let mut names = BTreeMap::new();
    let _ = in_time(console, collect(console, person, &mut names)).await;
    Groups(names)
}

async fn collect(console: &Console, person: PersonNo, names: &mut BTreeMap<ContextNo, String>) {
    let Some(id) = external(console.store(), ExternalKind::Person, person.0) else { return };
    let mut path = format!("/people/{id}/groups?limit={PAGE}");
    for _ in 0..PAGES_MAX {
        let Some(page) = get(console, &path).await else { return };
        for item in page.get("items").and_then(Value::as_array).into_iter().flatten() {
            let text = |key| item.get("group").and_then(|group| group.get(key)?.as_str());
            if let (Some(id), Some(name)) = (text("id"), text("name"))
                && let Ok(Some(context)) = console.store().context_number(id)
            {
                names.insert(context, name.to_owned());
            }
        }
        let Some(next) = page.get("next").and_then(Value::as_str) else { return };
        path = format!(
            "/people/{id}/groups?limit={PAGE}&cursor={}",
            utf8_percent_encode(next, NON_ALPHANUMERIC)
        );
    }
}

/// Names of groups that a person need not be in any more.
pub(crate) async fn add_groups(
    console: &Console,
    groups: &mut Groups,
    contexts: impl IntoIterator<Item = ContextNo>,
) {
    let fetch = async {
        for context in contexts {
            if groups.0.contains_key(&context) {
                continue;
            }
            let Some(id) = external(console.store(), ExternalKind::Context, context.0) else {
                continue;
            };
            let group = get(console, &format!("/groups/{id}")).await;
            if let Some(name) = group.as_ref().and_then(|group| group.get("name")?.as_str()) {
                groups.0.insert(context, name.to_owned());
            }
        }
    };
    let _ = in_time(console, fetch).await;
}

/// The name of the person who is signed in.
pub(crate) async fn own_name(console: &Console, person: PersonNo) -> String {
    person_name(console, person).await.unwrap_or_else(|| "You".to_owned())
}

/// A person's name, where the platform tells it.
pub(crate) async fn person_name(console: &Console, person: PersonNo) -> Option<String> {
    let id = external(console.store(), ExternalKind::Person, person.0)?;
    let path = format!("/people/{id}");
    let asked = get(console, &path);
    let profile = in_time(console, asked).await??;
    let name = profile.get("name")?.as_str()?.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// What the platform says, if it says so soon.
async fn in_time<T>(console: &Console, asked: impl Future<Output = T>) -> Option<T> {
    let now = console.store().now().0;
    if now < console.nameless_until.load(Ordering::Relaxed) {
        return None;
    }
    let answer = tokio::time::timeout(NAMES_TIME_MAX, asked).await.ok();
    if answer.is_none() {
        let until = console.store().now().plus(PAUSE);
        console.nameless_until.store(until.0, Ordering::Relaxed);
    }
    answer
}

fn external(store: &Store, kind: ExternalKind, number: u32) -> Option<String> {
    let id = store.external(kind, number.into()).ok()??;
    Some(utf8_percent_encode(&id, NON_ALPHANUMERIC).to_string())
}

async fn get(console: &Console, path: &str) -> Option<Value> {
    let content = console.parts.upstream.ask(Asked::get(path)).await.ok()?;
    if !content.status.is_success() {
        return None;
    }
    serde_json::from_slice(&content.body).ok()
}
