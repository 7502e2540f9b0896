//! The start page: what this is, or what there is to do.

use crate::names;
use crate::page::{Answer, page};
use crate::parts::Console;
use crate::privacy::{self, GrantLine};
use crate::shell::Shell;
use crate::visitor::{Person, Query};
use askama::Template;
use axum::extract::State;
use model::PersonNo;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "welcome.html")]
pub(crate) struct WelcomePage {
    pub(crate) shell: Shell,
}

#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct HomePage {
    pub(crate) shell: Shell,
    pub(crate) who: String,
    pub(crate) grants: Vec<GrantLine>,
    /// Apps that stand in the person's groups.
    pub(crate) apps: usize,
    pub(crate) groups: usize,
    /// Apps that received something about them within the last 30 days.
    pub(crate) seen: usize,
    /// What that number lacks at present; empty if nothing.
    pub(crate) missing: String,
    pub(crate) all_blocked: bool,
    pub(crate) is_admin: bool,
    pub(crate) enabled: usize,
    pub(crate) lapsed: usize,
}

const RECENT_DAYS: u64 = 30;

/// `GET /`
pub(crate) async fn home(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    person: Result<Person, crate::page::Halt>,
) -> Answer {
    let done = Some(query.text("done"));
    let Ok(person) = person else {
        return Ok(page(&WelcomePage {
            shell: Shell::plain("Your data, your say").noticing(done),
        }));
    };
    let shell = person.shell(&console, "Overview", "/").await.noticing(done);
    let counts = counts(&console, person.no)?;
    let grants = privacy::grants(&console, person.no);
    let missing = privacy::missing(&console, "page").await?;
    let seen = seen_lately(&console, person.no).await?;
    let who = names::own_name(&console, person.no).await;
    let is_admin = person.is_admin(&console);
    let all_blocked = privacy::blocks_all(&console, person.no);
    let Counts { apps, groups, enabled, lapsed } = counts;
    Ok(page(&HomePage {
        shell,
        who,
        grants,
        apps,
        groups,
        seen,
        missing,
        all_blocked,
        is_admin,
        enabled,
        lapsed,
    }))
}

struct Counts {
    apps: usize,
    groups: usize,
    enabled: usize,
    lapsed: usize,
}

fn counts(console: &Console, person: PersonNo) -> Result<Counts, crate::page::Halt> {
    let memberships = console.store().memberships(person)?;
    let state = console.store().state();
    let mut apps = std::collections::BTreeSet::new();
    let mut counts = Counts { apps: 0, groups: 0, enabled: 0, lapsed: 0 };
    for context in memberships.iter().filter_map(|no| state.context(*no)) {
        if !context.is_live() {
            continue;
        }
        counts.groups += 1;
        for one in context.installations().iter().filter_map(|no| state.installation(*no)) {
            let is_over = one.ended || state.is_over(one.app);
            let (stands, own) = (!is_over && state.is_standing(one), context.has_admin(person));
            if stands {
                apps.insert(one.app);
            }
            counts.enabled += usize::from(own && stands);
            counts.lapsed += usize::from(own && !stands && !is_over);
        }
    }
    counts.apps = apps.len();
    Ok(counts)
}

async fn seen_lately(console: &Console, person: PersonNo) -> Result<usize, crate::page::Halt> {
    let since = (console.store().now().0 / (24 * 60 * 60 * 1000)).saturating_sub(RECENT_DAYS);
    let rows = privacy::seen_rows(console, person).await?;
    let apps: std::collections::BTreeSet<_> =
        rows.iter().filter(|row| row.day >= since).map(|row| row.app).collect();
    Ok(apps.len())
}
