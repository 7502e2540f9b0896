//! What stands of every app, counted in one pass a piece at a time: who counts borrows the state for no longer than a piece,
//! and changes go on in between.

use crate::Progress;
use consent::State;
use model::{AppNo, GrantNo, InstallationNo, Timestamp};

/// How much stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Installations that stand.
    pub installations: u64,
    /// Installations that nobody ended and that have lapsed.
    pub lapsed: u64,
    /// Grants that were not ended, have not run out, and are not idle.
    pub grants: u64,
}

/// What stands of every app at an instant.
#[derive(Debug, Clone)]
pub struct Census {
    at: Timestamp,
    next_installation: u32,
    next_grant: u32,
    all: Standing,
    /// Numbers of apps are dense.
    apps: Vec<Standing>,
}

impl Census {
    /// Begins.
    #[must_use]
    pub const fn begin(at: Timestamp) -> Self {
        let all = Standing { installations: 0, lapsed: 0, grants: 0 };
        Self { at, next_installation: 0, next_grant: 0, all, apps: Vec::new() }
    }

    /// Looks at some more installations or grants.
    pub fn step(&mut self, state: &State, most: u32) -> Progress {
        let (installations, grants) = (state.next_installation().0, state.next_grant().0);
        if self.next_installation < installations {
            let end = self.next_installation.saturating_add(most).min(installations);
            (self.next_installation..end).for_each(|no| self.installation(state, no));
            self.next_installation = end;
        } else if self.next_grant < grants {
            let end = self.next_grant.saturating_add(most).min(grants);
            (self.next_grant..end).for_each(|no| self.grant(state, no));
            self.next_grant = end;
        }
        let done = u64::from(self.next_installation) + u64::from(self.next_grant);
        let all = u64::from(installations) + u64::from(grants);
        if done < all { Progress::More(done, all) } else { Progress::Done }
    }

    /// Of all apps.
    #[must_use]
    pub const fn all(&self) -> Standing {
        self.all
    }

    /// Of an app.
    #[must_use]
    pub fn of(&self, app: AppNo) -> Standing {
        self.apps.get(app.index()).copied().unwrap_or_default()
    }

    fn installation(&mut self, state: &State, no: u32) {
        let Some(one) = state.installation(InstallationNo(no)).filter(|one| !one.ended) else {
            return;
        };
        if state.is_standing(one) {
            self.count(one.app, |standing| standing.installations += 1);
        } else {
            self.count(one.app, |standing| standing.lapsed += 1);
        }
    }

    fn grant(&mut self, state: &State, no: u32) {
        let stands = |one: &&consent::Grant| !one.ended && self.at < state.ends_at(one);
        if let Some(app) = state.grant(GrantNo(no)).filter(stands).map(|one| one.app) {
            self.count(app, |standing| standing.grants += 1);
        }
    }

    fn count(&mut self, app: AppNo, add: impl Fn(&mut Standing)) {
        if app.index() >= self.apps.len() {
            self.apps.resize(app.index() + 1, Standing::default());
        }
        if let Some(standing) = self.apps.get_mut(app.index()) {
            add(standing);
        }
        add(&mut self.all);
    }
}
