//! One app in one group: what it is allowed, who stands behind it, and disabling it.

use super::{group_name, status};
use crate::classes::{self, ClassLine};
use crate::names;
use crate::page::{Answer, Halt, page};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Person, Query};
use askama::Template;
use axum::extract::{Path, State};
use consent::Installation;
use model::{ClassMask, InstallationNo};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "manage.html")]
pub(crate) struct ManagePage {
    pub(crate) shell: Shell,
    pub(crate) id: String,
    pub(crate) app: String,
    pub(crate) partner: String,
    pub(crate) group: String,
    pub(crate) status: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) ended: bool,
    pub(crate) backs: bool,
    pub(crate) backers: usize,
    pub(crate) classes: Vec<ClassLine>,
}

#[derive(Template)]
#[template(path = "disable.html")]
pub(crate) struct DisablePage {
    pub(crate) shell: Shell,
    pub(crate) id: String,
    pub(crate) app: String,
    pub(crate) group: String,
    pub(crate) people: usize,
}

/// An installation in a group of the person; others are as if there were none.
fn own(
    console: &Console,
    person: &Person,
    text: &str,
) -> Result<(InstallationNo, Installation), Halt> {
    let no: InstallationNo = text.parse().map_err(|_| Halt::NotFound)?;
    let state = console.store().state();
    let found = state.installation(no).ok_or(Halt::NotFound)?;
    let admin = state.context(found.context).is_some_and(|one| one.has_admin(person.no));
    if admin { Ok((no, found.clone())) } else { Err(Halt::NotFound) }
}

/// `GET /groups/apps/{installation}`
pub(crate) async fn manage(
    State(console): State<Arc<Console>>,
    Path(installation): Path<String>,
    Query(query): Query,
    person: Person,
) -> Answer {
    let (no, found) = own(&console, &person, &installation)?;
    let store = console.store();
    let groups = names::groups_of(&console, person.no).await;
    let (app, group) = (names::app(store, found.app), group_name(&groups, store, found.context));
    let shell = person.shell(&console, &format!("{app} in {group}"), "/groups").await;
    let (word, tone, lines) = {
        let state = store.state();
        let (word, tone) = status(&state, &found);
        (word, tone, classes::lines_of_app(&state, found.app, found.classes, ClassMask::ALL))
    };
    Ok(page(&ManagePage {
        shell: shell.noticing(Some(query.text("done"))),
        id: no.to_string(),
        app,
        partner: names::partner_of(store, found.app),
        group,
        status: word,
        tone,
        ended: found.ended,
        backs: found.backers().contains(&person.no),
        backers: found.backers().len(),
        classes: lines,
    }))
}

/// `GET /groups/apps/{installation}/disable`
pub(crate) async fn disable_page(
    State(console): State<Arc<Console>>,
    Path(installation): Path<String>,
    person: Person,
) -> Answer {
    let (no, found) = own(&console, &person, &installation)?;
    let store = console.store();
    let groups = names::groups_of(&console, person.no).await;
    let (app, group) = (names::app(store, found.app), group_name(&groups, store, found.context));
    let shell = person.shell(&console, &format!("Disable {app}?"), "/groups").await.narrow();
    let people = store.state().opt_ins(found.context).filter(|(one, _, _)| *one == no).count();
    Ok(page(&DisablePage { shell, id: no.to_string(), app, group, people }))
}
