//! Apps in the groups that I am an admin of.

use super::{group_name, joined, own_groups, status};
use crate::classes;
use crate::names;
use crate::page::{Answer, page};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Person, Query};
use askama::Template;
use axum::extract::State;
use consent::Installation;
use model::{ContextNo, InstallationNo, PersonNo};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An app in a group.
pub(crate) struct InstalledLine {
    pub(crate) id: String,
    pub(crate) app: String,
    pub(crate) partner: String,
    pub(crate) status: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) classes: String,
    pub(crate) backers: String,
    pub(crate) ended: bool,
}

/// A group.
pub(crate) struct GroupCard {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) apps: Vec<InstalledLine>,
    pub(crate) ended: Vec<InstalledLine>,
}

#[derive(Template)]
#[template(path = "groups.html")]
pub(crate) struct GroupsPage {
    pub(crate) shell: Shell,
    pub(crate) groups: Vec<GroupCard>,
}

struct Row {
    no: InstallationNo,
    found: Installation,
    status: &'static str,
    tone: &'static str,
    classes: String,
}

/// `GET /groups`
pub(crate) async fn list(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    person: Person,
) -> Answer {
    let done = Some(query.text("done"));
    let shell = person.shell(&console, "Apps in my groups", "/groups").await.noticing(done);
    let store = console.store();
    let own = own_groups(&console, person.no)?;
    let rows: Vec<(ContextNo, Vec<Row>)> = {
        let state = store.state();
        let rows = |context: ContextNo| {
            let numbers = state.context(context).map(|one| one.installations()).unwrap_or_default();
            let found = numbers.iter().rev().filter_map(|no| {
                let found = state.installation(*no)?;
                let (status, tone) = status(&state, found);
                let classes = classes::titles(&state, found.classes);
                Some(Row { no: *no, found: found.clone(), status, tone, classes })
            });
            found.collect()
        };
        own.iter().map(|context| (*context, rows(*context))).collect()
    };
    let groups = names::groups_of(&console, person.no).await;
    let people = backer_names(&console, person.no, rows.iter().flat_map(|(_, rows)| rows)).await;
    let mut cards: Vec<GroupCard> = rows
        .into_iter()
        .map(|(context, rows)| {
            let lines = rows.into_iter().map(|row| line(&console, row, &people));
            let (ended, apps) = lines.partition(|line| line.ended);
            GroupCard {
                id: context.to_string(),
                name: group_name(&groups, store, context),
                apps,
                ended,
            }
        })
        .collect();
    cards.sort_by_cached_key(|card| card.name.to_lowercase());
    Ok(page(&GroupsPage { shell, groups: cards }))
}

fn line(console: &Console, row: Row, people: &BTreeMap<PersonNo, String>) -> InstalledLine {
    let backers: Vec<String> = row
        .found
        .backers()
        .iter()
        .map(|one| people.get(one).cloned().unwrap_or_else(|| "another admin".to_owned()))
        .collect();
    InstalledLine {
        id: row.no.to_string(),
        app: names::app(console.store(), row.found.app),
        partner: names::partner_of(console.store(), row.found.app),
        status: row.status,
        tone: row.tone,
        classes: row.classes,
        backers: joined(&backers),
        ended: row.found.ended,
    }
}

/// Fellow admins whose names a page looks up; the others are `another admin`.
const BACKERS_MAX: usize = 20;

async fn backer_names(
    console: &Console,
    own: PersonNo,
    rows: impl Iterator<Item = &Row>,
) -> BTreeMap<PersonNo, String> {
    let backers: std::collections::BTreeSet<PersonNo> =
        rows.flat_map(|row| row.found.backers().to_vec()).collect();
    let mut known = BTreeMap::from([(own, "you".to_owned())]);
    for backer in backers.into_iter().filter(|one| *one != own).take(BACKERS_MAX) {
        match names::person_name(console, backer).await {
            Some(name) => {
                known.insert(backer, name);
            }
            // The platform is slow or gone: names are a courtesy, and nobody waits for twenty of them.
            None => break,
        }
    }
    known
}
