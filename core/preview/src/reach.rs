//! What installations and grants could read: also of those that nobody used of late.

use crate::table::Bits;
use consent::{Request, State, reach};
use model::{
    ApiVersion, AppNo, Chain, ClassMask, ClassNo, ContextNo, GrantNo, InstallationNo, OperationNo,
    PersonNo, Timestamp,
};
use std::collections::BTreeMap;
use usage::{Carried, Feature, available, features_of};

/// Apps named as most affected.
const APPS_MAX: usize = 100;

/// How far a survey is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many of so many were looked at.
    More(u64, u64),
    /// All were.
    Done,
}

/// Installations or grants that could read less or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reaching {
    /// How many could read less.
    pub losing: u64,
    /// How many could read more.
    pub gaining: u64,
    /// Of those losing: through which nothing left in the time looked at.
    pub losing_unused: u64,
    /// Of those gaining: through which nothing left in the time looked at.
    pub gaining_unused: u64,
}

/// What a change does to what could be read, before any record or person is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// Installations.
    pub installations: Reaching,
    /// Grants.
    pub grants: Reaching,
    /// By class, lowest number first: installations and grants together.
    pub classes: Vec<(ClassNo, Reaching)>,
    /// The most affected apps, most installations and grants first.
    pub apps: Vec<(AppNo, Reaching)>,
}

/// Installations and grants, a bit each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chains {
    pub(crate) grants: Bits,
    pub(crate) installations: Bits,
}

impl Chains {
    fn has(&self, chain: Chain) -> bool {
        match chain {
            Chain::Grant(no) => self.grants.has(no.index()),
            Chain::Installation(no) => self.installations.has(no.index()),
        }
    }
}

impl Reaching {
    fn add(&mut self, lost: ClassMask, gained: ClassMask, used: bool) {
        let unused = u64::from(!used);
        if !lost.is_empty() {
            self.losing += 1;
            self.losing_unused += unused;
        }
        if !gained.is_empty() {
            self.gaining += 1;
            self.gaining_unused += unused;
        }
    }
}

/// A feature of a version with what its operations carry.
type Offered = (ApiVersion, Feature, Carried);

fn offered(state: &State) -> Vec<Offered> {
    let of_version = |version: ApiVersion| {
        let features = state.catalog_of(version).map(|catalog| features_of(catalog));
        let features = features.unwrap_or_default().into_iter();
        features.map(move |(feature, carried)| (version, feature, carried))
    };
    state.versions().flat_map(of_version).collect()
}

/// A walk over installations and grants in the making.
pub(crate) struct Survey {
    now: Timestamp,
    before: Vec<Offered>,
    after: Vec<Offered>,
    /// Apps for which anything may differ.
    apps: Bits,
    next: u64,
    found: Reach,
    of_apps: BTreeMap<AppNo, Reaching>,
    of_classes: BTreeMap<ClassNo, Reaching>,
}

impl Survey {
    pub(crate) fn new(before: &State, after: &State, now: Timestamp) -> Self {
        let offers = (offered(before), offered(after));
        let rules = |state: &State, of: &[Offered]| {
            let of = of.iter().map(|(version, ..)| state.rules_of(*version).cloned());
            of.collect::<Vec<_>>()
        };
        let same_rules =
            offers.0 == offers.1 && rules(before, &offers.0) == rules(after, &offers.1);
        let mut apps = Bits::default();
        for (no, app) in before.apps() {
            // What is not reviewed is left out of what is available, and still reaches testers.
            let reviewed = app.review.is_none();
            let offer = |state: &State| available(state, no, now).features;
            if !(same_rules && reviewed && offer(before) == offer(after)) {
                apps.insert(no.index());
            }
        }
        Self {
            now,
            before: offers.0,
            after: offers.1,
            apps,
            next: 0,
            found: Reach::default(),
            of_apps: BTreeMap::new(),
            of_classes: BTreeMap::new(),
        }
    }

    pub(crate) fn step(
        &mut self,
        before: &State,
        after: &State,
        used: &Chains,
        most: usize,
    ) -> Progress {
        let installations = u64::from(before.next_installation().0);
        let all = installations + u64::from(before.next_grant().0);
        for _ in 0..most {
            if self.next >= all {
                return Progress::Done;
            }
            let chain = match self.next.checked_sub(installations) {
                None => {
                    u32::try_from(self.next).ok().map(|no| Chain::Installation(InstallationNo(no)))
                }
                Some(no) => u32::try_from(no).ok().map(|no| Chain::Grant(GrantNo(no))),
            };
            if let Some(chain) = chain {
                self.chain(before, after, used, chain);
            }
            self.next += 1;
        }
        Progress::More(self.next, all)
    }

    fn chain(&mut self, before: &State, after: &State, used: &Chains, chain: Chain) {
        let Some(of) = Held::of(before, chain) else { return };
        if !self.apps.has(of.app.index()) {
            return;
        }
        let before = of.reaches(before, &self.before, self.now);
        let after = of.reaches(after, &self.after, self.now);
        let (lost, gained) = (before.without(after), after.without(before));
        if lost.is_empty() && gained.is_empty() {
            return;
        }
        let used = used.has(chain);
        match chain {
            Chain::Grant(_) => self.found.grants.add(lost, gained, used),
            Chain::Installation(_) => self.found.installations.add(lost, gained, used),
        }
        self.of_apps.entry(of.app).or_default().add(lost, gained, used);
        for class in (lost | gained).iter() {
            let only = ClassMask::of(class);
            self.of_classes.entry(class).or_default().add(lost & only, gained & only, used);
        }
    }

    pub(crate) fn finish(&self) -> Reach {
        let mut apps: Vec<(AppNo, Reaching)> =
            self.of_apps.iter().map(|(no, of)| (*no, *of)).collect();
        apps.sort_by_key(|(no, of)| (std::cmp::Reverse(of.losing + of.gaining), *no));
        apps.truncate(APPS_MAX);
        let classes = self.of_classes.iter().map(|(no, of)| (*no, *of)).collect();
        Reach { classes, apps, ..self.found.clone() }
    }
}

/// An installation or a grant that has not ended.
struct Held {
    app: AppNo,
    chain: Chain,
    acting: Option<PersonNo>,
    /// Where it is good; `None` for what stands nowhere.
    contexts: Vec<Option<ContextNo>>,
}

impl Held {
    fn of(state: &State, chain: Chain) -> Option<Self> {
        Some(match chain {
            Chain::Grant(no) => {
                let grant = state.grant(no).filter(|grant| !grant.ended)?;
                let contexts = grant.contexts.iter().copied().map(Some).chain([None]);
                Self {
                    app: grant.app,
                    chain,
                    acting: Some(grant.person),
                    contexts: contexts.collect(),
                }
            }
            Chain::Installation(no) => {
                let one = state.installation(no).filter(|one| !one.ended)?;
                Self { app: one.app, chain, acting: None, contexts: vec![Some(one.context)] }
            }
        })
    }

    /// Every class that could leave through it in a state, for any feature, anywhere.
    fn reaches(&self, state: &State, offered: &[Offered], now: Timestamp) -> ClassMask {
        let mut all = ClassMask::NONE;
        for (version, feature, carried) in offered {
            let carried = match self.chain {
                Chain::Grant(_) => carried.any,
                Chain::Installation(_) => carried.without_person,
            };
            if all.covers(carried) {
                continue;
            }
            for context in &self.contexts {
                let request = Request {
                    app: self.app,
                    credential: None,
                    chain: self.chain,
                    issue: state.issue_number(),
                    key: 0,
                    family: None,
                    acting: self.acting,
                    // No rule looks at it.
                    operation: OperationNo(0),
                    program: feature.program,
                    purpose: feature.purpose,
                    requires: ClassMask::NONE,
                    context: *context,
                    version: *version,
                    facts_up_to: now,
                };
                all = all | (reach(state, &request, now) & carried);
            }
        }
        all
    }
}
