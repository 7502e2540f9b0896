//! How things stand, and what wants to be looked at.

use super::view::grouped;
use crate::page::{Answer, page};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Query, Staff};
use askama::Template;
use axum::extract::State;
use model::{AppStatus, Millis, PartnerStatus};
use std::sync::Arc;

/// Agreements that end within this are told beforehand.
const SOON: Millis = Millis::days(30);

/// A number and what it counts.
pub(crate) struct Figure {
    pub(crate) number: String,
    pub(crate) text: &'static str,
    pub(crate) href: &'static str,
}

#[derive(Template)]
#[template(path = "staff_dashboard.html")]
pub(crate) struct DashboardPage {
    pub(crate) shell: Shell,
    pub(crate) trouble: String,
    pub(crate) figures: Vec<Figure>,
    pub(crate) policy: String,
    pub(crate) entries: String,
}

/// `GET /staff`
pub(crate) async fn dashboard(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let shell = staff.shell(&console, "Dashboard", "/staff").noticing(Some(query.text("done")));
    let (store, now) = (console.store(), console.store().now());
    let trouble = store.ready().err().map(|failure| failure.to_string()).unwrap_or_default();
    let findings = counted(super::findings::count(&console)?);
    let standing = store.census().await?.all();
    let state = store.state();
    let active = |status| status == PartnerStatus::Active;
    let apps = Apps::count(&state);
    let soon = now.plus(SOON);
    let figures = vec![
        Figure {
            number: counted(state.partners().filter(|(_, one)| active(one.status)).count()),
            text: "active partners",
            href: "/staff/partners",
        },
        Figure {
            number: counted(apps.active),
            text: "apps that may receive data",
            href: "/staff/apps",
        },
        Figure {
            number: counted(apps.suspended),
            text: "apps suspended",
            href: "/staff/apps?q=suspended",
        },
        Figure {
            number: grouped(standing.installations),
            text: "installations standing",
            href: "/staff/apps",
        },
        Figure {
            number: grouped(standing.lapsed),
            text: "installations lapsed",
            href: "/staff/apps",
        },
        Figure { number: grouped(standing.grants), text: "grants of people", href: "/staff/apps" },
        Figure {
            number: counted(
                state
                    .agreements()
                    .filter(|(_, one)| one.is_standing(now) && one.until <= soon)
                    .count(),
            ),
            text: "agreements end within 30 days",
            href: "/staff/agreements",
        },
        Figure { number: findings, text: "findings", href: "/staff/findings" },
    ];
    let policy = state.policy().map_or_else(String::new, |policy| policy.title().to_owned());
    drop(state);
    // State moves with control events only; the log's head with every entry.
    let entries = grouped(store.head()?.next().0);
    Ok(page(&DashboardPage { shell, trouble, figures, policy, entries }))
}

/// How many apps there are, by the status that holds.
struct Apps {
    active: usize,
    suspended: usize,
}

impl Apps {
    fn count(state: &consent::State) -> Self {
        let mut counts = Self { active: 0, suspended: 0 };
        for (_, app) in state.apps() {
            match state.status_of(app) {
                AppStatus::Active => counts.active += 1,
                AppStatus::Suspended => counts.suspended += 1,
                AppStatus::Removed => {}
            }
        }
        counts
    }
}

fn counted(number: usize) -> String {
    grouped(u64::try_from(number).unwrap_or(u64::MAX))
}
