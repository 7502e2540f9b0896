//! Seen by: from the log, which app received something about me, on which day.

use super::told::missing;
use crate::classes;
use crate::dates;
use crate::names;
use crate::page::{Answer, Halt, page};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::Person;
use askama::Template;
use axum::extract::State;
use model::{AppNo, ClassMask, ContextNo, PersonNo};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Failure, Seen};

/// Rows (a day, an app, a group) on the page, newest first.
const ROWS_MAX: usize = 1_000;
/// Days in the picture.
const DAYS: u64 = 30;
/// The picture's height in its own units; the lowest bar of a day with anything at all.
const HEIGHT: u64 = 56;
const BAR_MIN: u64 = 4;
const BAR_STEP: u64 = 10;

/// A day in the picture.
pub(crate) struct Bar {
    pub(crate) x: u64,
    pub(crate) y: u64,
    pub(crate) height: u64,
    pub(crate) title: String,
}

/// A day, a group.
pub(crate) struct SeenLine {
    pub(crate) day: String,
    pub(crate) group: String,
    pub(crate) classes: String,
    pub(crate) times: u64,
}

/// An app that received something.
pub(crate) struct SeenApp {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) partner: String,
    pub(crate) summary: String,
    pub(crate) bars: Vec<Bar>,
    pub(crate) picture: String,
    pub(crate) lines: Vec<SeenLine>,
}

#[derive(Template)]
#[template(path = "seen.html")]
pub(crate) struct SeenPage {
    pub(crate) shell: Shell,
    pub(crate) apps: Vec<SeenApp>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) cut: bool,
    /// What the list lacks at present; empty if nothing.
    pub(crate) missing: String,
}

/// What apps saw of a person, newest day first.
pub(crate) async fn seen_rows(console: &Console, person: PersonNo) -> Result<Vec<Seen>, Halt> {
    let store = console.store().clone();
    // The index may have to take in what the log got meanwhile.
    let read = tokio::task::spawn_blocking(move || store.seen_by(person, ROWS_MAX)).await;
    Ok(read.map_err(|error| Failure::Unavailable(error.to_string()))??)
}

/// `GET /privacy/seen`
pub(crate) async fn seen(State(console): State<Arc<Console>>, person: Person) -> Answer {
    let shell = person.shell(&console, "Seen by", "/privacy/seen").await;
    let store = console.store();
    let missing = missing(&console, "list").await?;
    let rows = seen_rows(&console, person.no).await?;
    let mut groups = names::groups_of(&console, person.no).await;
    let contexts: Vec<ContextNo> = rows.iter().filter_map(|row| row.context).collect();
    names::add_groups(&console, &mut groups, contexts).await;
    let today = store.now().0 / (24 * 60 * 60 * 1000);
    let mut apps: BTreeMap<AppNo, Vec<&Seen>> = BTreeMap::new();
    for row in &rows {
        apps.entry(row.app).or_default().push(row);
    }
    let mut apps: Vec<(AppNo, Vec<&Seen>)> = apps.into_iter().collect();
    apps.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.iter().map(|row| row.last).max()));
    let apps = apps.into_iter().map(|(app, rows)| {
        let lines = rows.iter().map(|row| SeenLine {
            day: dates::day(dates::of_day(row.day)),
            group: row.context.map_or_else(
                || "Your own account".to_owned(),
                |context| groups.name(store, context),
            ),
            classes: classes::titles(&store.state(), row.classes),
            times: row.times,
        });
        let lines = lines.collect();
        let (bars, picture) = picture(&rows, today);
        SeenApp {
            id: app.to_string(),
            name: names::app(store, app),
            partner: names::partner_of(store, app),
            summary: summary(&rows, &store.state()),
            bars,
            picture,
            lines,
        }
    });
    Ok(page(&SeenPage {
        apps: apps.collect(),
        from: dates::day(dates::of_day(today.saturating_sub(DAYS - 1))),
        to: dates::day(dates::of_day(today)),
        cut: rows.len() == ROWS_MAX,
        missing,
        shell,
    }))
}

fn summary(rows: &[&Seen], state: &consent::State) -> String {
    let classes = rows.iter().fold(ClassMask::NONE, |mask, row| mask | row.classes);
    classes::titles(state, classes)
}

fn picture(rows: &[&Seen], today: u64) -> (Vec<Bar>, String) {
    let first = today.saturating_sub(DAYS - 1);
    let mut days: BTreeMap<u64, u64> = BTreeMap::new();
    for row in rows.iter().filter(|row| (first..=today).contains(&row.day)) {
        let times = days.entry(row.day).or_default();
        *times = times.saturating_add(row.times);
    }
    let most = days.values().copied().max().unwrap_or(0);
    let bars = days.iter().map(|(day, times)| {
        let height = (times * HEIGHT / most.max(1)).clamp(BAR_MIN, HEIGHT);
        Bar {
            x: (day - first) * BAR_STEP,
            y: HEIGHT - height,
            height,
            title: format!("{}: {}", dates::day(dates::of_day(*day)), counted(*times, "time")),
        }
    });
    let total: u64 = days.values().sum();
    let text = format!(
        "In the last {DAYS} days: {}, on {}, at most {} on one day",
        counted(total, "time"),
        counted(days.len() as u64, "day"),
        counted(most, "time"),
    );
    (bars.collect(), text)
}

fn counted(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
