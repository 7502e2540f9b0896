//! Reports that are gathered from state, log and index together. All of them are long on a large log: call them from a
//! blocking thread. The state's lock is let go between steps.

use super::General;
use crate::open::Store;
use ledger::Event;
use model::{AppNo, Chain, ContextNo, PartnerNo, PersonNo, Position, Timestamp};
use sequence::StoreError;
use std::collections::{BTreeMap, BTreeSet};
use usage::{
    Advice, ByApp, ClassUse, Happened, Holdings, Lane, Own, Past, Progress, Recipient, Survey,
    advise, app_of, chains_of, class_use, recipients, timelines,
};

/// Installations or grants looked at under one lock.
const STEP: u32 = 4_000;
/// Memberships read at a time, and looked at under one lock.
const MEMBERS: usize = 2_000;
/// Rows of the index about one person: years of daily use by dozens of apps.
const SEEN_MAX: usize = 100_000;
/// Kind of a program's change of status.
const PROGRAM_STATUS: u16 = 30;
/// The latest of them that are looked at: a platform has a handful of programs.
const PROGRAM_CHANGES: usize = 1_000;

impl Store {
    /// What an app holds now; none if there is no such app. `told` hears how far it is: steps done, of how many.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn holdings(
        &self,
        app: AppNo,
        mut told: impl FnMut(u64, u64),
    ) -> Result<Option<Holdings>, StoreError> {
        let now = self.now();
        let survey = Survey::begin(&self.state(), app, now);
        survey.map(|survey| self.surveyed(survey, &mut told)).transpose()
    }

    /// What is whose of some apps, found in one look at everything. What is found is at most `most` numbers in all, or of one app
    /// alone: apps of the highest numbers are left out then, for another look.
    #[must_use]
    pub fn own_by_app(&self, apps: &BTreeSet<AppNo>, most: usize) -> Vec<(AppNo, Own)> {
        let mut pass = ByApp::begin(apps, most);
        loop {
            let progress = pass.step(&self.state(), STEP);
            if progress == Progress::Done {
                return pass.finish();
            }
        }
    }

    /// What an app holds now, counted from what was found to be its own. What it got since is not counted.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn holdings_among(&self, app: AppNo, own: Own) -> Result<Option<Holdings>, StoreError> {
        let now = self.now();
        let survey = Survey::among(&self.state(), app, own, now);
        survey.map(|survey| self.surveyed(survey, &mut |_, _| {})).transpose()
    }

    /// Takes a survey to its end.
    fn surveyed(
        &self,
        mut survey: Survey,
        told: &mut impl FnMut(u64, u64),
    ) -> Result<Holdings, StoreError> {
        loop {
            let progress = survey.step(&self.state(), STEP);
            match progress {
                Progress::More(done, of) => told(done, of),
                Progress::Done => break,
            }
        }
        let contexts = survey.contexts();
        if contexts.is_empty() {
            return Ok(survey.finish());
        }
        let of = contexts.len() as u64;
        let mut page: Vec<(PersonNo, ContextNo)> = Vec::new();
        for (context, done) in contexts.into_iter().zip(1u64..) {
            let mut after = None;
            loop {
                let members = self.members_from(context, after, MEMBERS)?;
                after = members.last().copied();
                let is_all = members.len() < MEMBERS;
                page.extend(members.into_iter().map(|person| (person, context)));
                // Most groups are small: what they have together is looked at under one lock.
                if page.len() >= MEMBERS {
                    self.survey_members(&mut survey, &mut page);
                    told(done, of);
                }
                if is_all {
                    break;
                }
            }
        }
        self.survey_members(&mut survey, &mut page);
        Ok(survey.finish())
    }

    fn survey_members(&self, survey: &mut Survey, page: &mut Vec<(PersonNo, ContextNo)>) {
        let state = self.state();
        for (person, context) in page.drain(..) {
            survey.member(&state, person, context);
        }
    }

    /// Use of each class by an app, in the last days and ever.
    ///
    /// # Errors
    /// The store cannot be read, or its index is being made again.
    pub fn class_use(&self, app: AppNo) -> Result<Vec<ClassUse>, StoreError> {
        Ok(class_use(&self.used(app, 0)?, &self.shown(app, 0)?, self.now()))
    }

    /// What an app could do without, by what it used.
    ///
    /// # Errors
    /// The store cannot be read, or its index is being made again.
    pub fn advice(&self, holdings: &Holdings) -> Result<Advice, StoreError> {
        let (used, places) = (self.used(holdings.app, 0)?, self.places(holdings.app)?);
        Ok(advise(&self.state(), holdings, &used, &places))
    }

    /// Timelines of all apps of some partners.
    ///
    /// # Errors
    /// The store cannot be read, its index is being made again, or the log cannot be folded.
    pub fn timelines(&self, partners: &BTreeSet<PartnerNo>) -> Result<Vec<Lane>, StoreError> {
        self.is_counted()?;
        let (now, apps) = (self.now(), self.apps_of(partners));
        let events = self.register_events(partners, &apps, General::Too)?;
        let mut used = Vec::new();
        for app in apps {
            used.extend(self.used(app, 0)?);
        }
        timelines(&events, partners, &used, now)
            .map_err(|error| StoreError::Corrupt(error.to_string()))
    }

    fn apps_of(&self, partners: &BTreeSet<PartnerNo>) -> BTreeSet<AppNo> {
        let state = self.state();
        let found = partners.iter().filter_map(|no| state.partner(*no));
        found.flat_map(|partner| partner.apps.iter().copied()).collect()
    }

    /// Every app that may read, did read or could once read something of a person.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn recipients(&self, person: PersonNo) -> Result<Vec<Recipient>, StoreError> {
        let memberships = self.memberships(person)?;
        let seen = self.seen_by(person, SEEN_MAX)?;
        let events = self.events_of(person)?;
        let events: Vec<Happened> = events
            .into_iter()
            .map(|one| Happened { position: one.position, time: one.time, event: one.event })
            .collect();
        let (chains, apps, partners) = {
            let state = self.state();
            let chains = chains_of(&state, person, &memberships);
            let apps = chains.iter().filter_map(|chain| app_of(&state, *chain));
            let apps: BTreeSet<AppNo> = apps.chain(seen.iter().map(|one| one.app)).collect();
            let partners = apps.iter().filter_map(|no| state.app(*no)).map(|app| app.partner);
            let partners: BTreeSet<PartnerNo> = partners.collect();
            (chains, apps, partners)
        };
        let register = self.what_keeps(&partners, &apps)?;
        let mut ends = BTreeMap::new();
        for chain in chains {
            if let Some(at) = self.end_of(chain)?
                && let Some(event) = self.happened(at)?
            {
                ends.insert(chain, event);
            }
        }
        let past = Past {
            memberships: &memberships,
            seen: &seen,
            events: &events,
            register: &register,
            ends: &ends,
        };
        let now: Timestamp = self.now();
        Ok(recipients(&self.state(), person, &past, now))
    }

    /// Events of the register that can keep these apps from everybody, oldest first.
    fn what_keeps(
        &self,
        partners: &BTreeSet<PartnerNo>,
        apps: &BTreeSet<AppNo>,
    ) -> Result<Vec<Happened>, StoreError> {
        let mut register = self.register_events(partners, apps, General::Not)?;
        register.retain(|one| {
            matches!(
                one.event,
                Event::AppStatusChanged(_)
                    | Event::PartnerStatusChanged(_)
                    | Event::ExceptionMade(_)
                    | Event::ExceptionEnded(_)
            )
        });
        let suspensions: Vec<Position> = {
            let state = self.state();
            let hit =
                apps.iter().filter_map(|no| state.app(*no)).any(|app| state.is_suspended(app));
            // A suspension can name all apps of a platform: it is read only where one of these is in it.
            let standing = state.suspensions().filter(|(_, one)| hit && !one.lifted);
            standing.map(|(at, _)| at).collect()
        };
        for at in suspensions {
            register.extend(self.happened(at)?);
        }
        for one in self.latest_of_kind(PROGRAM_STATUS, Position(u64::MAX), PROGRAM_CHANGES)? {
            register.extend(self.happened(one.position)?);
        }
        register.sort_by_key(|one| one.position);
        Ok(register)
    }

    /// The entry that ended a chain, or for want of an admin lapsed it.
    fn end_of(&self, chain: Chain) -> Result<Option<Position>, StoreError> {
        let (ended, cut_off) = {
            let state = self.state();
            match chain {
                Chain::Grant(no) => (state.grant(no).is_some_and(|one| one.ended), None),
                Chain::Installation(no) => state.installation(no).map_or((false, None), |one| {
                    let lapsed = !one.ended && one.backers().is_empty();
                    (one.ended, one.cut_off().filter(|_| lapsed))
                }),
            }
        };
        if ended {
            Ok(self.life(chain)?.and_then(|life| life.ended).map(|(at, _)| at))
        } else {
            Ok(cut_off)
        }
    }
}
