//! Whose installations and grants are whose: found for many apps in one pass over the state, a piece at a time, so that each of
//! them is then counted from what is its own.

use crate::Progress;
use consent::State;
use model::{AppNo, GrantNo, InstallationNo};
use std::collections::BTreeSet;

/// Installations and grants of one app that nobody had ended, by number, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    pub(crate) installations: Vec<u32>,
    pub(crate) grants: Vec<u32>,
}

impl Own {
    const fn len(&self) -> usize {
        self.installations.len() + self.grants.len()
    }
}

/// What a survey looks through.
#[derive(Debug, Clone)]
pub(crate) enum Through {
    /// Every installation and grant there is.
    All,
    /// What was found to be the app's own.
    Own(Own),
}

impl Through {
    /// How many installations and grants there are to look at.
    pub(crate) fn lengths(&self, state: &State) -> (u32, u32) {
        let len = |list: &[u32]| u32::try_from(list.len()).unwrap_or(u32::MAX);
        match self {
            Self::All => (state.next_installation().0, state.next_grant().0),
            Self::Own(own) => (len(&own.installations), len(&own.grants)),
        }
    }

    pub(crate) fn installation(&self, index: u32) -> Option<u32> {
        match self {
            Self::All => Some(index),
            Self::Own(own) => own.installations.get(index as usize).copied(),
        }
    }

    pub(crate) fn grant(&self, index: u32) -> Option<u32> {
        match self {
            Self::All => Some(index),
            Self::Own(own) => own.grants.get(index as usize).copied(),
        }
    }
}

/// The pass. It keeps four bytes for each installation and grant of the apps that it is for, and no more than it may: apps of
/// the highest numbers are left for another pass then.
#[derive(Debug, Clone)]
pub struct ByApp {
    /// Numbers of apps are dense. What is not asked for, and what was left out, has none.
    apps: Vec<Option<Own>>,
    left: usize,
    kept: usize,
    most: usize,
    next_installation: u32,
    next_grant: u32,
}

impl ByApp {
    /// Begins, for some apps. What is found of them is at most `most` numbers in all, or else of one app alone.
    #[must_use]
    pub fn begin(apps: &BTreeSet<AppNo>, most: usize) -> Self {
        let mut places = vec![None; apps.last().map_or(0, |last| last.index() + 1)];
        for app in apps {
            if let Some(place) = places.get_mut(app.index()) {
                *place = Some(Own::default());
            }
        }
        let (left, kept) = (apps.len(), 0);
        Self { apps: places, left, kept, most, next_installation: 0, next_grant: 0 }
    }

    /// Looks at some more installations or grants.
    pub fn step(&mut self, state: &State, most: u32) -> Progress {
        let (installations, grants) = (state.next_installation().0, state.next_grant().0);
        if self.next_installation < installations {
            let end = self.next_installation.saturating_add(most).min(installations);
            for no in self.next_installation..end {
                let found = state.installation(InstallationNo(no)).filter(|one| !one.ended);
                self.put(found.map(|one| one.app), |own| own.installations.push(no));
            }
            self.next_installation = end;
        } else if self.next_grant < grants {
            let end = self.next_grant.saturating_add(most).min(grants);
            for no in self.next_grant..end {
                let found = state.grant(GrantNo(no)).filter(|one| !one.ended);
                self.put(found.map(|one| one.app), |own| own.grants.push(no));
            }
            self.next_grant = end;
        }
        let done = u64::from(self.next_installation) + u64::from(self.next_grant);
        let all = u64::from(installations) + u64::from(grants);
        if done < all { Progress::More(done, all) } else { Progress::Done }
    }

    /// What was found, by number of the app. Apps that were left out are not in it; the first that was asked for always is.
    #[must_use]
    pub fn finish(self) -> Vec<(AppNo, Own)> {
        let apps = self.apps.into_iter().zip(0u32..);
        apps.filter_map(|(own, no)| Some((AppNo(no), own?))).collect()
    }

    fn put(&mut self, app: Option<AppNo>, add: impl FnOnce(&mut Own)) {
        let Some(own) = app.and_then(|app| self.apps.get_mut(app.index())?.as_mut()) else {
            return;
        };
        add(own);
        self.kept += 1;
        while self.kept > self.most && self.left > 1 {
            if let Some(own) = self.apps.pop().flatten() {
                self.kept -= own.len();
                self.left -= 1;
            }
        }
    }
}
