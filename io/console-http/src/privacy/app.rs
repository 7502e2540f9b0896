//! One app: what it can see of me in each group, and my choice of it.

use super::view::{GrantLine, blocked, grants, is_blocked, reach};
use crate::classes::{self, ClassLine};
use crate::dates;
use crate::names;
use crate::page::{Answer, Halt, page};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Person, Query};
use askama::Template;
use axum::extract::{Path, State};
use ledger::SettingScope;
use model::{Actor, AppNo, AppStatus, ClassMask, ContextNo, PersonNo};
use std::sync::Arc;

/// The app in one group.
pub(crate) struct GroupChoice {
    pub(crate) installation: String,
    pub(crate) name: String,
    pub(crate) stands: bool,
    pub(crate) blocked: bool,
    pub(crate) classes: Vec<ClassLine>,
    pub(crate) any_chosen: bool,
}

#[derive(Template)]
#[template(path = "privacy_app.html")]
pub(crate) struct AppPage {
    pub(crate) shell: Shell,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) partner: String,
    pub(crate) active: bool,
    pub(crate) all_blocked: bool,
    pub(crate) blocked: bool,
    /// Classes that admins let through, ticked where the person lets them too.
    pub(crate) by_admin: Vec<ClassLine>,
    pub(crate) groups: Vec<GroupChoice>,
    pub(crate) grants: Vec<GrantLine>,
    /// Programs that are closed in which the app goes on.
    pub(crate) exceptions: Vec<ExceptionLine>,
}

/// A closed program in which an app goes on.
pub(crate) struct ExceptionLine {
    pub(crate) program: String,
    pub(crate) until: String,
    /// Who approved it.
    pub(crate) by: &'static str,
    pub(crate) because: String,
}

/// Who approved an exception, as people are told: which of the staff that was stands in the log.
const fn approver(by: Actor) -> &'static str {
    match by {
        Actor::Staff(_) => "the platform's staff",
        Actor::Operator => "the platform's operator",
        Actor::System | Actor::Platform | Actor::Person(_) | Actor::App => "the platform",
    }
}

/// Exceptions that let this app go on, with their reasons as whoever approved them said.
fn exceptions(
    console: &Console,
    person: PersonNo,
    memberships: &[ContextNo],
    app: AppNo,
) -> Result<Vec<ExceptionLine>, Halt> {
    let (store, now) = (console.store(), console.store().now());
    let all = flows::person::exceptions_for(&store.state(), person, memberships, now);
    let mut lines = Vec::new();
    for one in all.into_iter().filter(|one| one.app == app) {
        let made = store.exception(one.program, app)?;
        let by = made.as_ref().map_or("the platform", |made| approver(made.why.by));
        let digest = made.and_then(|made| made.why.note);
        let note = digest.map(|digest| store.note(&digest)).transpose()?.flatten();
        let catalog = store.state().catalog().cloned();
        let programs = catalog.iter().flat_map(|catalog| &catalog.programs);
        let title = programs.filter(|program| program.number == one.program);
        let title = title.map(|program| program.title.clone()).next();
        lines.push(ExceptionLine {
            program: title.unwrap_or_else(|| one.program.to_string()),
            until: dates::day(one.until),
            by,
            because: note.unwrap_or_default(),
        });
    }
    Ok(lines)
}

/// `GET /privacy/apps/{app}`
pub(crate) async fn app_page(
    State(console): State<Arc<Console>>,
    Path(app): Path<String>,
    Query(query): Query,
    person: Person,
) -> Answer {
    let no: AppNo = app.parse().map_err(|_| Halt::NotFound)?;
    let store = console.store();
    let memberships = store.memberships(person.no)?;
    let names = names::groups_of(&console, person.no).await;
    let name = names::app(store, no);
    let shell = person.shell(&console, &name, "/privacy").await.noticing(Some(query.text("done")));
    let (active, all, own, by_admin, mut rows) = {
        let state = store.state();
        let found = state.app(no).ok_or(Halt::NotFound)?;
        let active = state.status_of(found) == AppStatus::Active;
        let list: Vec<_> = reach(&state, person.no, &memberships, store.now());
        let list: Vec<_> = list.into_iter().filter(|one| one.app == no).collect();
        let shown = list.iter().fold(ClassMask::NONE, |mask, one| mask | one.by_admin);
        let refused = blocked(&state, person.no, SettingScope::App(no));
        let rows: Vec<_> = list
            .iter()
            .map(|one| GroupChoice {
                installation: one.installation.to_string(),
                name: one.context.to_string(),
                stands: one.stands,
                blocked: is_blocked(&state, person.no, SettingScope::Context(one.context)),
                classes: classes::lines(&state, one.offered, one.chosen),
                any_chosen: !one.chosen.is_empty(),
            })
            .zip(list.iter().map(|one| one.context))
            .collect();
        let all = is_blocked(&state, person.no, SettingScope::AllApps);
        let own = is_blocked(&state, person.no, SettingScope::App(no));
        (active, all, own, classes::lines(&state, shown, shown.without(refused)), rows)
    };
    for (row, context) in &mut rows {
        row.name = names.name(store, *context);
    }
    let mut groups: Vec<_> = rows.into_iter().map(|(row, _)| row).collect();
    groups.sort_by_cached_key(|row| row.name.to_lowercase());
    let mut grants = grants(&console, person.no);
    grants.retain(|grant| grant.app == name);
    let exceptions = exceptions(&console, person.no, &memberships, no)?;
    Ok(page(&AppPage {
        shell,
        id: no.to_string(),
        partner: names::partner_of(store, no),
        name,
        active,
        all_blocked: all,
        blocked: own,
        by_admin,
        groups,
        grants,
        exceptions,
    }))
}
