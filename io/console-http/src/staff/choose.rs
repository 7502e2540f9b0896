//! Which app or partner something is made for, where it was not said: found by name, or page by page.

use super::list::{off_thread, paged_of};
use super::partners::{APP_COLUMNS, app_rows};
use super::view::{Cell, ListPage, Row};
use crate::form::{Fields, query};
use crate::names;
use crate::page::{Answer, page};
use crate::parts::Console;
use crate::visitor::Staff;
use model::{AppNo, AppStatus, PartnerNo, PartnerStatus};
use sequence::StoreError;
use store::Store;

/// Apps on a page.
const PAGE: usize = 50;

/// What the app is chosen for: the form's title, where it stands, and which place it belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChosenFor {
    pub(super) title: &'static str,
    pub(super) form: &'static str,
    pub(super) here: &'static str,
}

/// Apps beyond one of them that are not removed and have these words in their names, or this id; at most so many. It looks at
/// the names of many, but only those of a page are made rows of.
fn found(
    store: &Store,
    q: &str,
    after: Option<AppNo>,
    most: usize,
) -> Result<Vec<AppNo>, StoreError> {
    let words: Vec<String> = q.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let candidates: Vec<AppNo> = match q.parse::<AppNo>() {
        Ok(no) => vec![no],
        Err(_) if words.is_empty() => {
            let end = store.state().next_app().0;
            (after.map_or(0, |no| no.0.saturating_add(1))..end).map(AppNo).collect()
        }
        Err(_) => store.apps_named(&words, after)?,
    };
    let state = store.state();
    let is_there = |no: &AppNo| state.app(*no).is_some_and(|app| app.status != AppStatus::Removed);
    Ok(candidates.into_iter().filter(is_there).take(most).collect())
}

/// The page that asks for the app; each of them leads to the form.
pub(super) async fn app(
    console: &Console,
    staff: &Staff,
    fields: &Fields,
    wanted: ChosenFor,
) -> Answer {
    let q: String = fields.text("q").chars().take(100).collect();
    let after: Option<AppNo> = fields.parsed("after")?.into_iter().next();
    let (store, words) = (console.store().clone(), q.clone());
    let look = move || -> Result<(Vec<Row>, Option<AppNo>), StoreError> {
        let mut apps = found(&store, &words, after, PAGE + 1)?;
        let more = apps.len() > PAGE;
        apps.truncate(PAGE);
        let last = apps.last().copied().filter(|_| more);
        let mut rows = app_rows(&store, &apps);
        for (row, app) in rows.iter_mut().zip(&apps) {
            row.href = format!("{}?app={app}", wanted.form);
        }
        Ok((rows, last))
    };
    let (rows, last) = off_thread(look).await??;
    let next = last.map_or_else(String::new, |last| {
        let last = last.to_string();
        format!("{}?{}", wanted.form, query([("q", q.as_str()), ("after", last.as_str())]))
    });
    let total = match (rows.len(), q.is_empty()) {
        (0, false) => "No app has this in its name.",
        (0, true) => "There is no app.",
        (_, _) if after.is_some() || !next.is_empty() => {
            "In the order in which they were registered."
        }
        (_, _) => "",
    };
    Ok(page(&ListPage {
        shell: staff.shell(console, wanted.title, wanted.here),
        intro: "For which app? Search by name or id, or open it from the app’s own page.",
        path: wanted.form,
        make: ("", ""),
        searches: true,
        q,
        columns: APP_COLUMNS.to_vec(),
        rows,
        total: total.to_owned(),
        previous: String::new(),
        next,
    }))
}

/// The page that asks for the partner of a new app: those that are active.
pub(super) async fn partner(
    console: &Console,
    staff: &Staff,
    fields: &Fields,
    form: &'static str,
) -> Answer {
    let (store, given) = (console.store().clone(), fields.clone());
    let look = move || {
        let all: Vec<PartnerNo> = {
            let state = store.state();
            let active = state.partners().filter(|(_, one)| one.status == PartnerStatus::Active);
            active.map(|(no, _)| no).collect()
        };
        let row = |no: &PartnerNo| Row {
            href: format!("{form}?partner={no}"),
            title: names::partner(&store, *no),
            cells: vec![Cell::plain("Id", no.to_string())],
        };
        paged_of(form, &given, &all, |some| some.iter().map(row).collect())
    };
    let paged = off_thread(look).await?;
    Ok(page(&ListPage {
        shell: staff.shell(console, "Register an app", "/staff/apps"),
        intro: "Of which partner? Search by name or id, or open it from the partner’s own page.",
        path: form,
        make: ("", ""),
        searches: true,
        q: paged.q,
        columns: vec!["Partner", "Id"],
        rows: paged.rows,
        total: paged.total,
        previous: paged.previous,
        next: paged.next,
    }))
}
