//! What an app holds: classes that some live chain could yield, and how many installations, grants and people that reaches.
//!
//! Made in steps, so that whoever holds the lock of the state can let go in between: numbers of installations and grants are dense
//! and never removed. What changes meanwhile may or may not be counted, as in any count of something that lives.

use crate::available::{Available, Open, available, missing, open, standing_on};
use crate::by_app::Through;
use crate::crowd::Crowd;
use crate::{Feature, Own};
use consent::{App, Grant, GrantTerms, State};
use ledger::SettingScope;
use model::{
    AgreementNo, AppNo, CertificationNo, ClassMask, ClassNo, ContextKind, ContextNo, GrantNo,
    InstallationNo, PersonNo, ProgramNo, ProgramStatus, Reason, Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// A class for a feature, and what lets the app have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldFor {
    /// For what.
    pub feature: Feature,
    /// Agreements that cover it now.
    pub agreements: Vec<AgreementNo>,
    /// Certifications that cover it now.
    pub certifications: Vec<CertificationNo>,
    /// The first link that fails; none if it is available.
    pub missing: Option<Reason>,
}

/// A class that an app holds, or that was agreed and something else keeps from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Which class.
    pub class: ClassNo,
    /// For what, and why not where not.
    pub features: Vec<HeldFor>,
    /// Standing installations that yield it to the app itself.
    pub installations: u64,
    /// Standing grants that yield it.
    pub grants: u64,
    /// Distinct people about whom it could leave now; none for actions and classes about nobody.
    pub people: u64,
}

/// What an app holds at an instant: what it could have from then on, not what it was given. What left and is still with an app is
/// a *holding* (docs/glossary.md), and not counted here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holdings {
    /// Which app.
    pub app: AppNo,
    /// When.
    pub at: Timestamp,
    /// Classes of its agreements in force, by number.
    pub classes: Vec<Held>,
    /// Installations that stand, and where.
    pub standing: Vec<(InstallationNo, ContextNo)>,
    /// Installations that are not ended and have no admin behind them.
    pub lapsed: u64,
    /// Grants of people that stand.
    pub grants: u64,
    /// Distinct people in reach of any class.
    pub people: u64,
    /// Classes that reach more people than are counted: friends of who gave a grant, or whoever is in an answer that stands in
    /// no group. Who they are, only the platform knows.
    pub uncounted: ClassMask,
}

impl Holdings {
    /// Classes that some live chain yields now.
    #[must_use]
    pub fn live(&self) -> ClassMask {
        let live = self.classes.iter().filter(|one| one.installations + one.grants > 0);
        live.map(|one| one.class).collect()
    }
}

/// What is asked of each person besides their word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Way {
    /// Only people of this experiment.
    experiment: Option<ProgramNo>,
    /// For what goes beyond the feature.
    beyond: bool,
    /// Somebody else acts.
    others: bool,
}

/// About whom chains of a context yield what.
#[derive(Debug, Clone, Copy, Default)]
struct Reached {
    /// About every member.
    of_members: ClassMask,
    /// About members who opted in.
    of_opted: ClassMask,
}

/// Which chains of a context yield what, about whom.
#[derive(Debug, Clone, Default)]
struct Here {
    installation: Option<InstallationNo>,
    ways: BTreeMap<Way, Reached>,
}

/// How far a survey is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many steps of so many.
    More(u64, u64),
    /// Only members of [`Survey::contexts`] are still to be told.
    Done,
}

/// Holdings in the making.
#[derive(Debug, Clone)]
pub struct Survey {
    app: AppNo,
    through: Through,
    at: Timestamp,
    open: Vec<Open>,
    reviewed: ClassMask,
    classes: BTreeMap<ClassNo, Held>,
    next_installation: u32,
    next_grant: u32,
    installed: BTreeMap<ContextNo, (InstallationNo, ClassMask)>,
    here: BTreeMap<ContextNo, Here>,
    opted_below: Option<ContextNo>,
    standing: Vec<(InstallationNo, ContextNo)>,
    lapsed: u64,
    grants: u64,
    uncounted: ClassMask,
    crowds: BTreeMap<ClassNo, Crowd>,
    everyone: Crowd,
}

impl Survey {
    /// Begins, to look through everything; none if there is no such app.
    #[must_use]
    pub fn begin(state: &State, app: AppNo, now: Timestamp) -> Option<Self> {
        Self::through(state, app, Through::All, now)
    }

    /// Begins, to look through what a [`crate::ByApp`] found: what was made since is not counted.
    #[must_use]
    pub fn among(state: &State, app: AppNo, own: Own, now: Timestamp) -> Option<Self> {
        Self::through(state, app, Through::Own(own), now)
    }

    fn through(state: &State, app: AppNo, through: Through, now: Timestamp) -> Option<Self> {
        let found = state.app(app)?;
        let available = available(state, app, now);
        let mut wanted: BTreeSet<(ClassNo, Feature)> = BTreeSet::new();
        for one in found.agreements.iter().filter_map(|no| state.agreement(*no)) {
            if one.is_standing(now) {
                let features =
                    one.purposes.iter().map(|no| Feature { program: one.program, purpose: *no });
                wanted.extend(features.flat_map(|f| one.classes.iter().map(move |c| (c, f))));
            }
        }
        Some(Self {
            app,
            through,
            at: now,
            open: open(state, found, app, now),
            reviewed: found.reviewed(),
            classes: held(state, app, now, &available, wanted),
            next_installation: 0,
            next_grant: 0,
            installed: BTreeMap::new(),
            here: BTreeMap::new(),
            opted_below: None,
            standing: Vec::new(),
            lapsed: 0,
            grants: 0,
            uncounted: ClassMask::NONE,
            crowds: BTreeMap::new(),
            everyone: Crowd::default(),
        })
    }

    /// Looks at some more installations, grants or contexts.
    pub fn step(&mut self, state: &State, most: u32) -> Progress {
        let (installations, grants) = self.through.lengths(state);
        if self.next_installation < installations {
            let end = self.next_installation.saturating_add(most).min(installations);
            for index in self.next_installation..end {
                let no = self.through.installation(index);
                no.into_iter().for_each(|no| self.installation(state, no));
            }
            self.next_installation = end;
        } else if self.next_grant < grants {
            let end = self.next_grant.saturating_add(most).min(grants);
            for index in self.next_grant..end {
                self.through.grant(index).into_iter().for_each(|no| self.grant(state, no));
            }
            self.next_grant = end;
        } else {
            let next = match self.opted_below {
                None => self.here.iter().next(),
                Some(last) => self
                    .here
                    .range((std::ops::Bound::Excluded(last), std::ops::Bound::Unbounded))
                    .next(),
            };
            let Some((context, here)) = next.map(|(no, here)| (*no, here.clone())) else {
                return Progress::Done;
            };
            self.opted(state, context, &here);
            self.opted_below = Some(context);
        }
        let done = u64::from(self.next_installation) + u64::from(self.next_grant);
        Progress::More(done, u64::from(installations) + u64::from(grants))
    }

    /// Groups and conversations whose members are in reach.
    #[must_use]
    pub fn contexts(&self) -> BTreeSet<ContextNo> {
        let reaches = |here: &Here| here.ways.values().any(|one| !one.of_members.is_empty());
        self.here.iter().filter(|(_, here)| reaches(here)).map(|(no, _)| *no).collect()
    }

    /// Somebody is a member of a context.
    pub fn member(&mut self, state: &State, person: PersonNo, context: ContextNo) {
        let ways = self.here.get(&context).map(|here| here.ways.clone()).unwrap_or_default();
        for (way, reached) in ways {
            self.person(state, (person, Some(context)), way, reached.of_members);
        }
    }

    /// What was found.
    #[must_use]
    pub fn finish(self) -> Holdings {
        let mut classes = self.classes;
        for (class, held) in &mut classes {
            held.people = self.crowds.get(class).map_or(0, Crowd::len);
        }
        Holdings {
            app: self.app,
            at: self.at,
            classes: classes.into_values().collect(),
            standing: self.standing,
            lapsed: self.lapsed,
            grants: self.grants,
            people: self.everyone.len(),
            uncounted: self.uncounted,
        }
    }

    /// Classes that a chain yields for which this person stands, tester or not.
    fn seen_by(&self, state: &State, is_tester: bool, context: Option<ContextNo>) -> ClassMask {
        let sandbox = context.is_some_and(|context| state.is_sandbox(context));
        if is_tester || sandbox { ClassMask::ALL } else { self.reviewed }
    }

    fn installation(&mut self, state: &State, no: u32) {
        let no = InstallationNo(no);
        let Some(found) = state.installation(no).filter(|one| one.app == self.app && !one.ended)
        else {
            return;
        };
        if !state.is_standing(found) {
            self.lapsed += 1;
            return;
        }
        self.standing.push((no, found.context));
        self.installed.insert(found.context, (no, found.classes));
        let is_tester = found.backers().iter().any(|backer| tests(state, self.app, *backer));
        let seen = self.seen_by(state, is_tester, Some(found.context));
        let mut yielded = ClassMask::NONE;
        let here = self.here.entry(found.context).or_default();
        here.installation = Some(no);
        for open in &self.open {
            let rules = &open.rules;
            // Nobody acts: what needs an acting person never leaves so.
            let of_somebody = rules.own_data | rules.friend | rules.participant;
            let classes = (open.classes & open.carried.without_person & found.classes & seen)
                .without(of_somebody);
            yielded = yielded | classes;
            let reached = here.ways.entry(way(state, open, false)).or_default();
            let personal = classes & rules.personal;
            reached.of_members = reached.of_members | personal.without(rules.opt_in);
            reached.of_opted = reached.of_opted | (personal & rules.opt_in);
        }
        for class in yielded.iter() {
            if let Some(held) = self.classes.get_mut(&class) {
                held.installations += 1;
            }
        }
    }

    fn grant(&mut self, state: &State, no: u32) {
        let Some(grant) = state.grant(GrantNo(no)).filter(|one| one.app == self.app) else {
            return;
        };
        if !stands(state, grant, self.at) {
            return;
        }
        self.grants += 1;
        let terms = grant.terms.as_deref();
        let granted = grant.classes & terms.map_or(ClassMask::ALL, |terms| left_of(terms, self.at));
        let purposes = terms.and_then(|terms| terms.purposes.as_deref());
        let is_tester = tests(state, self.app, grant.person);
        let mut yielded = ClassMask::NONE;
        let open = std::mem::take(&mut self.open);
        for open in &open {
            if purposes.is_none_or(|purposes| purposes.contains(&open.feature.purpose)) {
                yielded = yielded | self.granted(state, grant, open, (granted, is_tester));
            }
        }
        self.open = open;
        for class in yielded.iter() {
            if let Some(held) = self.classes.get_mut(&class) {
                held.grants += 1;
            }
        }
    }

    /// What a grant yields for one feature, noting whom it is about.
    fn granted(
        &mut self,
        state: &State,
        grant: &Grant,
        open: &Open,
        (granted, is_tester): (ClassMask, bool),
    ) -> ClassMask {
        let (rules, granted) = (&open.rules, open.classes & granted);
        let (own, other) = (way(state, open, false), way(state, open, true));
        let placed = rules.installation | rules.opt_in;
        let free = granted.without(placed) & self.seen_by(state, is_tester, None);
        let mut yielded = free;
        let anybody = (free & rules.personal).without(rules.own_data);
        let friends = granted & rules.personal & rules.friend;
        self.uncounted = self.uncounted | anybody | friends;
        let about_self = (free & rules.personal).without(rules.friend);
        self.person(state, (grant.person, None), own, about_self);
        for context in &grant.contexts {
            let installed = self.installed.get(context).copied();
            let allowed = installed.map_or(ClassMask::NONE, |(_, classes)| classes);
            let seen = self.seen_by(state, is_tester, Some(*context));
            let there = granted & (!placed | allowed) & seen;
            yielded = yielded | there;
            let personal = (there & rules.personal).without(rules.friend);
            let chosen = installed.map(|(no, _)| state.opted_in(grant.person, no));
            let asked = !rules.opt_in | chosen.unwrap_or_default();
            self.person(state, (grant.person, Some(*context)), own, personal & asked);
            let others = personal.without(rules.own_data);
            if !others.is_empty() {
                let here = self.here.entry(*context).or_default();
                let reached = here.ways.entry(other).or_default();
                reached.of_members = reached.of_members | others.without(rules.opt_in);
                reached.of_opted = reached.of_opted | (others & rules.opt_in);
            }
        }
        yielded
    }

    fn opted(&mut self, state: &State, context: ContextNo, here: &Here) {
        let Some(installation) = here.installation else { return };
        let here_too = state.opt_ins(context).filter(|(no, ..)| *no == installation);
        let chosen: Vec<_> = here_too.map(|(_, person, classes)| (person, classes)).collect();
        for (way, reached) in &here.ways {
            for (person, classes) in &chosen {
                self.person(state, (*person, Some(context)), *way, *classes & reached.of_opted);
            }
        }
    }

    fn person(
        &mut self,
        state: &State,
        (person, context): (PersonNo, Option<ContextNo>),
        way: Way,
        classes: ClassMask,
    ) {
        if classes.is_empty() || !state.is_person(person) {
            return;
        }
        let outside = way
            .experiment
            .is_some_and(|program| !state.program(program).is_some_and(|one| one.reaches(person)));
        let seen = self.seen_by(state, tests(state, self.app, person), context);
        let classes = (classes & seen).without(blocked(state, self.app, (person, context), way));
        if outside || classes.is_empty() {
            return;
        }
        self.everyone.insert(person);
        for class in classes.iter() {
            self.crowds.entry(class).or_default().insert(person);
        }
    }
}

fn way(state: &State, open: &Open, others: bool) -> Way {
    let program = state.program(open.feature.program);
    let capped =
        program.filter(|one| one.status == ProgramStatus::Experimental && one.cap.is_some());
    Way { experiment: capped.map(|_| open.feature.program), beyond: open.beyond, others }
}

/// Whether somebody tests the app.
fn tests(state: &State, app: AppNo, person: PersonNo) -> bool {
    let review = state.app(app).and_then(|app: &App| app.review.as_deref());
    review.is_some_and(|review| review.has_tester(person))
}

/// Whether a grant stands: not ended, expired or idle, and its person still about.
fn stands(state: &State, grant: &Grant, now: Timestamp) -> bool {
    !grant.ended && now < state.ends_at(grant) && state.is_person(grant.person)
}

/// Classes of a grant that did not end before it and were not used up.
fn left_of(terms: &GrantTerms, now: Timestamp) -> ClassMask {
    let ended = terms.ends.iter().filter(|end| end.until <= now);
    let gone = ended.fold(terms.once & terms.spent, |mask, end| mask | end.classes);
    !gone
}

fn held(
    state: &State,
    app: AppNo,
    now: Timestamp,
    available: &Available,
    wanted: BTreeSet<(ClassNo, Feature)>,
) -> BTreeMap<ClassNo, Held> {
    let mut classes: BTreeMap<ClassNo, Held> = BTreeMap::new();
    for (class, feature) in wanted {
        let held = classes.entry(class).or_insert_with(|| Held {
            class,
            features: Vec::new(),
            installations: 0,
            grants: 0,
            people: 0,
        });
        let (agreements, certifications) = standing_on(state, app, feature, class, now);
        let missing = if available.has(feature, class) {
            None
        } else {
            missing(state, app, feature, class, now)
        };
        held.features.push(HeldFor { feature, agreements, certifications, missing });
    }
    classes
}

/// Classes that a person's standing choices keep from an app in a context.
fn blocked(
    state: &State,
    app: AppNo,
    (person, context): (PersonNo, Option<ContextNo>),
    way: Way,
) -> ClassMask {
    let settings = state.person(person).map(consent::PersonState::settings).unwrap_or_default();
    if settings.is_empty() {
        return ClassMask::NONE;
    }
    let in_group = context.is_some_and(|no| {
        state.context(no).is_some_and(|one| one.kind() == Some(ContextKind::Group))
    });
    let holds = |scope: SettingScope| match scope {
        SettingScope::AllApps => true,
        SettingScope::App(one) => one == app,
        SettingScope::Context(one) => context == Some(one),
        SettingScope::AllGroups => in_group,
        SettingScope::Friends => way.others && !in_group,
        SettingScope::Beyond => way.beyond,
    };
    let holding = settings.iter().filter(|one| holds(one.scope));
    holding.fold(ClassMask::NONE, |mask, one| mask | one.blocked)
}

/// What an app holds now, in one go; `members` are all that are known, or those of the contexts that matter.
#[must_use]
pub fn holdings(
    state: &State,
    app: AppNo,
    now: Timestamp,
    members: &[(PersonNo, ContextNo)],
) -> Option<Holdings> {
    let mut survey = Survey::begin(state, app, now)?;
    while survey.step(state, u32::MAX) != Progress::Done {}
    members.iter().for_each(|(person, context)| survey.member(state, *person, *context));
    Some(survey.finish())
}
