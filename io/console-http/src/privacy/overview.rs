//! Who can see something of me, and the switches.

use super::view::{GrantLine, Reach, grants, is_blocked, reach};
use crate::classes;
use crate::names;
use crate::page::{Answer, page};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Person, Query};
use askama::Template;
use axum::extract::State;
use ledger::SettingScope;
use model::{AppNo, ContextNo};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An app in the person's groups.
pub(crate) struct AppLine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) partner: String,
    pub(crate) groups: String,
    pub(crate) by_admin: String,
    pub(crate) by_you: String,
    pub(crate) blocked: bool,
}

/// A group's switch.
pub(crate) struct GroupSwitch {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) apps: String,
    pub(crate) blocked: bool,
}

/// A switch for one way by which apps come to a person.
pub(crate) struct WaySwitch {
    pub(crate) scope: &'static str,
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
    pub(crate) blocked: bool,
}

impl WaySwitch {
    pub(crate) fn all(is_blocked: impl Fn(SettingScope) -> bool) -> Vec<Self> {
        let way = |scope, title, text, of| Self { scope, title, text, blocked: is_blocked(of) };
        vec![
            way(
                "groups",
                "Through groups",
                "What concerns you in any group, whatever its admins enabled.",
                SettingScope::AllGroups,
            ),
            way(
                "friends",
                "Through friends",
                "What other people's apps could see of you outside groups.",
                SettingScope::Friends,
            ),
            way(
                "beyond",
                "Beyond the feature",
                "What goes beyond the feature that somebody uses, such as advertising. A browser that sends the Global Privacy Control signal blocks it too.",
                SettingScope::Beyond,
            ),
        ]
    }
}

#[derive(Template)]
#[template(path = "privacy.html")]
pub(crate) struct PrivacyPage {
    pub(crate) shell: Shell,
    pub(crate) all_blocked: bool,
    pub(crate) ways: Vec<WaySwitch>,
    pub(crate) grants: Vec<GrantLine>,
    pub(crate) apps: Vec<AppLine>,
    pub(crate) groups: Vec<GroupSwitch>,
}

/// `GET /privacy`
pub(crate) async fn overview(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    person: Person,
) -> Answer {
    let done = Some(query.text("done"));
    let shell = person.shell(&console, "Privacy", "/privacy").await.noticing(done);
    let store = console.store();
    let memberships = store.memberships(person.no)?;
    let groups = names::groups_of(&console, person.no).await;
    let (all_blocked, apps, blocked_groups) = {
        let state = store.state();
        let mut apps: BTreeMap<AppNo, (AppLine, BTreeSet<ContextNo>)> = BTreeMap::new();
        let list = reach(&state, person.no, &memberships, store.now());
        for (app, rows) in by_app(&list) {
            let by_admin =
                rows.iter().fold(model::ClassMask::NONE, |mask, one| mask | one.by_admin);
            let by_you = rows.iter().fold(model::ClassMask::NONE, |mask, one| mask | one.chosen);
            let line = AppLine {
                id: app.to_string(),
                name: String::new(),
                partner: String::new(),
                groups: String::new(),
                by_admin: classes::titles(&state, by_admin),
                by_you: classes::titles(&state, by_you),
                blocked: is_blocked(&state, person.no, SettingScope::App(app)),
            };
            apps.insert(app, (line, rows.iter().map(|one| one.context).collect()));
        }
        let is_live = |one: &&ContextNo| state.context(**one).is_some_and(|one| one.is_live());
        let blocked: BTreeMap<ContextNo, bool> = memberships
            .iter()
            .filter(is_live)
            .map(|one| (*one, is_blocked(&state, person.no, SettingScope::Context(*one))))
            .collect();
        (is_blocked(&state, person.no, SettingScope::AllApps), apps, blocked)
    };
    let switches = groups.sorted(store, blocked_groups.keys().copied());
    let switches = switches.into_iter().map(|(name, context)| {
        let count = apps.values().filter(|(_, contexts)| contexts.contains(&context)).count();
        GroupSwitch {
            id: context.to_string(),
            name,
            apps: counted(count, "app"),
            blocked: blocked_groups.get(&context).copied().unwrap_or_default(),
        }
    });
    let switches = switches.collect();
    let mut apps: Vec<AppLine> = apps
        .into_iter()
        .map(|(app, (line, contexts))| AppLine {
            name: names::app(store, app),
            partner: names::partner_of(store, app),
            groups: counted(contexts.len(), "of your groups"),
            ..line
        })
        .collect();
    apps.sort_by_cached_key(|app| app.name.to_lowercase());
    let grants = grants(&console, person.no);
    let ways = {
        let state = store.state();
        WaySwitch::all(|scope| is_blocked(&state, person.no, scope))
    };
    Ok(page(&PrivacyPage { shell, all_blocked, ways, grants, apps, groups: switches }))
}

fn by_app(list: &[Reach]) -> BTreeMap<AppNo, Vec<&Reach>> {
    let mut apps: BTreeMap<AppNo, Vec<&Reach>> = BTreeMap::new();
    for one in list {
        apps.entry(one.app).or_default().push(one);
    }
    apps
}

fn counted(n: usize, what: &str) -> String {
    match (n, what) {
        (0, "app") => "no app".to_owned(),
        (1, _) => format!("1 {what}"),
        (_, "app") => format!("{n} apps"),
        (_, _) => format!("{n} {what}"),
    }
}
