//! An app's use: what it holds beside what it used, and what it could do without.

use super::agreements::{program_title, purpose_title};
use super::view::{Cell, Row, grouped};
use crate::classes;
use crate::dates;
use crate::names;
use crate::page::{Answer, Halt, page};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::Staff;
use askama::Template;
use axum::extract::{Path, State};
use model::{AppNo, ClassMask, ClassNo};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Failure, Store};
use usage::{Advice, ClassUse, HeldFor, Holdings, InWindow, Verdict};

/// Unused installations that the page names; the rest is counted.
const UNUSED_MAX: usize = 20;
/// The bar's length in its own units.
const BAR: u64 = 100;

/// A number and what it counts.
pub(crate) struct Count {
    pub(crate) number: String,
    pub(crate) text: &'static str,
}

/// Use within so many days.
pub(crate) struct UsedCell {
    pub(crate) label: &'static str,
    pub(crate) text: String,
    /// Length of the bar, of a hundred: the class used most within these days fills it.
    pub(crate) bar: u64,
}

/// A class, held or used.
pub(crate) struct UsageLine {
    pub(crate) title: String,
    pub(crate) status: &'static str,
    pub(crate) tone: &'static str,
    pub(crate) note: String,
    pub(crate) people: String,
    pub(crate) chains: String,
    pub(crate) used: Vec<UsedCell>,
    pub(crate) last: String,
}

#[derive(Template)]
#[template(path = "staff_usage.html")]
pub(crate) struct UsagePage {
    pub(crate) shell: Shell,
    pub(crate) back: (String, String),
    pub(crate) app: String,
    pub(crate) at: String,
    pub(crate) counts: Vec<Count>,
    pub(crate) lines: Vec<UsageLine>,
    pub(crate) uncounted: String,
    pub(crate) since: String,
    pub(crate) verdicts: Vec<Row>,
    pub(crate) smallest: Vec<String>,
    pub(crate) unused: Vec<String>,
    pub(crate) unused_count: String,
}

/// `GET /staff/apps/{app}/usage`
pub(crate) async fn usage(
    State(console): State<Arc<Console>>,
    Path(app): Path<String>,
    staff: Staff,
) -> Answer {
    let no: AppNo = app.parse().map_err(|_| Halt::NotFound)?;
    let failed = |error: String| Halt::Store(Failure::Unavailable(error));
    let _slot = console.reports.acquire().await.map_err(|error| failed(error.to_string()))?;
    let store = console.store().clone();
    let counted = tokio::task::spawn_blocking(move || {
        let Some(holdings) = store.holdings(no, |_, _| {})? else { return Ok(None) };
        let (used, advice) = (store.class_use(no)?, store.advice(&holdings)?);
        Ok::<_, sequence::StoreError>(Some((holdings, used, advice)))
    });
    let counted = counted.await.map_err(|error| failed(error.to_string()))??;
    let (holdings, used, advice) = counted.ok_or(Halt::NotFound)?;
    let store = console.store();
    let name = names::app(store, no);
    let unused = advice.unused_installations.iter().take(UNUSED_MAX).map(|one| {
        let last = one.last_at.map_or_else(
            || "never used".to_owned(),
            |at| format!("last used on {}", dates::day(at)),
        );
        format!("{} in {}: {last}", one.installation, one.context)
    });
    Ok(page(&UsagePage {
        shell: staff.shell(&console, &format!("Use of {name}"), "/staff/apps"),
        back: (format!("/staff/apps/{no}"), name.clone()),
        app: name,
        at: dates::minute(holdings.at),
        counts: counts(&holdings),
        lines: lines(store, &holdings, &used),
        uncounted: match holdings.uncounted {
            ClassMask::NONE => String::new(),
            mask => classes::titles(&store.state(), mask),
        },
        since: dates::day(advice.since),
        verdicts: advice.agreements.iter().map(|one| verdict(store, one)).collect(),
        smallest: smallest(store, &advice),
        unused: unused.collect(),
        unused_count: grouped(advice.unused_installations.len() as u64),
    }))
}

fn counts(holdings: &Holdings) -> Vec<Count> {
    let count = |number: u64, text| Count { number: grouped(number), text };
    vec![
        count(u64::from(holdings.live().len()), "classes that it could read now"),
        count(holdings.people, "people in reach"),
        count(holdings.standing.len() as u64, "installations standing"),
        count(holdings.grants, "grants of people"),
    ]
}

fn lines(store: &Store, holdings: &Holdings, used: &[ClassUse]) -> Vec<UsageLine> {
    let live = holdings.live();
    let by_class: BTreeMap<ClassNo, &ClassUse> = used.iter().map(|one| (one.class, one)).collect();
    let most = most(used);
    let held: Vec<ClassNo> = holdings.classes.iter().map(|one| one.class).collect();
    let only_used = used.iter().map(|one| one.class).filter(|class| !held.contains(class));
    let mut all: Vec<ClassNo> = held.iter().copied().chain(only_used).collect();
    all.sort_unstable();
    let line = |class: ClassNo| {
        let held = holdings.classes.iter().find(|one| one.class == class);
        let used = by_class.get(&class);
        let windows = used.map(|one| one.windows).unwrap_or_default();
        let recent = windows.last().is_some_and(|window| window.disclosures > 0);
        let (status, tone) = match (live.has(class), recent) {
            (true, true) => ("held and used", "good"),
            (true, false) => ("held, unused", "warn"),
            (false, true) => ("used, not held now", "off"),
            (false, false) => ("not held", "off"),
        };
        let labels = ["7 days", "28 days", "90 days"];
        let cells = windows.iter().zip(labels).zip(most);
        UsageLine {
            title: classes::titles(&store.state(), ClassMask::of(class)),
            status,
            tone,
            note: held.map(|one| note(&one.features)).unwrap_or_default(),
            people: held.map_or_else(|| "0".to_owned(), |one| grouped(one.people)),
            chains: held.map(|one| chains(one.installations, one.grants)).unwrap_or_default(),
            used: cells.map(|((window, label), most)| cell(window, label, most)).collect(),
            last: used.map_or_else(|| "never".to_owned(), |one| dates::day(one.last_at)),
        }
    };
    all.into_iter().map(line).collect()
}

/// The most answers of any class within each window.
fn most(used: &[ClassUse]) -> [u64; 3] {
    used.iter().fold([0; 3], |mut most, one| {
        for (most, window) in most.iter_mut().zip(one.windows) {
            *most = (*most).max(window.disclosures);
        }
        most
    })
}

fn cell(window: &InWindow, label: &'static str, most: u64) -> UsedCell {
    let full = window.disclosures.saturating_mul(BAR) / most.max(1);
    let bar = if window.disclosures == 0 { 0 } else { full.max(2) };
    UsedCell { label, text: grouped(window.disclosures), bar }
}

fn chains(installations: u64, grants: u64) -> String {
    let count = |n: u64, what: &str| match n {
        1 => format!("1 {what}"),
        n => format!("{} {what}s", grouped(n)),
    };
    format!("{}, {}", count(installations, "installation"), count(grants, "grant"))
}

/// Why a class that was agreed is not available, where it is not.
fn note(features: &[HeldFor]) -> String {
    let mut missing: Vec<&str> =
        features.iter().filter_map(|one| one.missing).map(model::Reason::plain).collect();
    missing.dedup();
    missing.join("; ")
}

fn verdict(store: &Store, one: &usage::AgreementAdvice) -> Row {
    let titles = |mask: ClassMask| classes::titles(&store.state(), mask);
    let (word, tone, mut text) = match &one.verdict {
        Verdict::Keep => ("keep", "good", "Everything that it covers is used.".to_owned()),
        Verdict::End => ("end", "bad", "Nothing that it covers was used.".to_owned()),
        Verdict::Narrow { classes, purposes, uneven } => {
            let mut parts = Vec::new();
            if !classes.is_empty() {
                parts.push(format!("Not used: {}.", titles(*classes)));
            }
            if !purposes.is_empty() {
                let purposes: Vec<String> =
                    purposes.iter().map(|no| purpose_title(store, *no)).collect();
                parts.push(format!("Nothing was used for {}.", purposes.join(", ")));
            }
            if *uneven {
                parts.push("Its purposes do not use the same classes.".to_owned());
            }
            ("narrow", "warn", parts.join(" "))
        }
    };
    if one.young {
        text.push_str(" It began less than 90 days ago.");
    }
    Row {
        href: format!("/staff/agreements/{}", one.agreement),
        title: one.agreement.to_string(),
        cells: vec![
            Cell { label: "Advice", text: word.to_owned(), tone },
            Cell::plain("Why", text),
        ],
    }
}

fn smallest(store: &Store, advice: &Advice) -> Vec<String> {
    let line = |one: &usage::Proposal| {
        let purposes: Vec<String> =
            one.purposes.iter().map(|no| purpose_title(store, *no)).collect();
        let classes = classes::titles(&store.state(), one.classes);
        format!("{} for {}: {classes}", program_title(store, one.program), purposes.join(", "))
    };
    advice.smallest.iter().map(line).collect()
}

#[cfg(test)]
impl UsagePage {
    /// Made-up content, to look at.
    pub(crate) fn sample(shell: Shell) -> Self {
        let text = str::to_owned;
        let used = |numbers: [(u64, u64); 3]| {
            let labels = ["7 days", "28 days", "90 days"];
            let cells = numbers.into_iter().zip(labels);
            cells.map(|((n, bar), label)| UsedCell { label, text: grouped(n), bar }).collect()
        };
        let line = |title: &str, status, tone, note: &str, numbers, last: &str| UsageLine {
            title: text(title),
            status,
            tone,
            note: text(note),
            people: text("1,204"),
            chains: text("38 installations, 112 grants"),
            used: used(numbers),
            last: text(last),
        };
        let count = |number: &str, text| Count { number: number.to_owned(), text };
        let verdict = Row {
            href: text("/staff/agreements/agr_4"),
            title: text("agr_4"),
            cells: vec![
                Cell { label: "Advice", text: text("narrow"), tone: "warn" },
                Cell::plain("Why", "Not used: Names of people in a group."),
            ],
        };
        Self {
            shell,
            back: (text("/staff/apps/app_1"), text("Meadow Planner")),
            app: text("Meadow Planner"),
            at: text("21 Nov 2026, 14:05"),
            counts: vec![
                count("3", "classes that it could read now"),
                count("1,204", "people in reach"),
                count("38", "installations standing"),
                count("112", "grants of people"),
            ],
            lines: vec![
                line(
                    "What people write in posts",
                    "held and used",
                    "good",
                    "",
                    [(841, 100), (3_310, 100), (9_127, 100)],
                    "21 November 2026",
                ),
                line(
                    "Names of people in a group",
                    "held, unused",
                    "warn",
                    "the certification has run out",
                    [(0, 0), (0, 0), (0, 0)],
                    "never",
                ),
            ],
            uncounted: text("Names of friends"),
            since: text("23 August 2026"),
            verdicts: vec![verdict],
            smallest: vec![text("Groups for Managing groups: What people write in posts")],
            unused: vec![text("ins_7 in ctx_3: never used")],
            unused_count: text("1"),
        }
    }
}
