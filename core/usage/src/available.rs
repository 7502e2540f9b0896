//! What registry, agreements, certifications and policy let an app have for each feature, before any admin or person.

use crate::Feature;
use catalog::{Catalog, TokenNeed};
use consent::{App, ProgramRules, Rules, State};
use model::{
    AgreementNo, ApiVersion, AppNo, AppStatus, CertificationNo, ClassMask, ClassNo, PartnerStatus,
    ProgramNo, Reason, Timestamp,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What operations of a feature carry or need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Carried {
    /// By any operation.
    pub any: ClassMask,
    /// By operations that need no acting person.
    pub without_person: ClassMask,
}

/// Features of a catalog, with the classes that their operations carry or need.
#[must_use]
pub fn features_of(catalog: &Catalog) -> BTreeMap<Feature, Carried> {
    let mut features: BTreeMap<Feature, Carried> = BTreeMap::new();
    for operation in &catalog.operations {
        let feature = Feature { program: operation.program, purpose: operation.purpose };
        let carried = features.entry(feature).or_default();
        let classes = operation.classes | operation.requires;
        carried.any = carried.any | classes;
        match operation.token {
            TokenNeed::Any => carried.without_person = carried.without_person | classes,
            TokenNeed::Person => {}
        }
    }
    features
}

/// API versions that are served at an instant, with catalog and rules.
pub(crate) fn versions(
    state: &State,
    now: Timestamp,
) -> impl Iterator<Item = (&Arc<Catalog>, &Rules)> {
    let served = move |version: &ApiVersion| {
        state.version_terms(*version).sunset.is_none_or(|sunset| now < sunset)
    };
    let found = state.versions().filter(served);
    found.filter_map(|version| Some((state.catalog_of(version)?, state.rules_of(version)?)))
}

/// A feature of one API version that an app may be served through, before any admin or person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Open {
    pub(crate) feature: Feature,
    /// What could leave, reviewed or not.
    pub(crate) classes: ClassMask,
    pub(crate) carried: Carried,
    pub(crate) rules: ProgramRules,
    /// The purpose goes beyond the feature.
    pub(crate) beyond: bool,
}

/// Everything that registry, agreements, certifications and policy open to an app now.
pub(crate) fn open(state: &State, app: &App, no: AppNo, now: Timestamp) -> Vec<Open> {
    let mut list = Vec::new();
    for (catalog, rules) in versions(state, now) {
        for (feature, carried) in features_of(catalog) {
            if closed(state, (no, app), feature.program, now).is_some() {
                continue;
            }
            let of_program = rules.program(feature.program);
            let certified = !of_program.certification | certified(state, app, feature, now);
            let classes = carried.any
                & of_program.known
                & agreed(state, app, feature, now)
                & certified
                & in_use(state, app, (feature, rules), now);
            if !classes.is_empty() {
                let beyond = rules.is_beyond(feature.purpose);
                list.push(Open { feature, classes, carried, rules: of_program, beyond });
            }
        }
    }
    list
}

/// When a class ends for an app that does not use it; none if it does not.
fn dark_at(
    state: &State,
    app: &App,
    (feature, rules): (Feature, &Rules),
    class: ClassNo,
    now: Timestamp,
) -> Option<Timestamp> {
    let agreements = app.agreements.iter().filter_map(|no| state.agreement(*no));
    let giving = agreements
        .filter(|one| one.program == feature.program && one.purposes.contains(&feature.purpose))
        .filter(|one| one.is_standing(now) && one.classes.has(class));
    let began = giving.map(|one| one.from.max(one.made_at)).max()?;
    Some(state.unused_at(rules, app, class, began))
}

/// Classes that the app has not left unused for too long.
fn in_use(state: &State, app: &App, of: (Feature, &Rules), now: Timestamp) -> ClassMask {
    let dark = state
        .endable(of.1)
        .iter()
        .filter(|class| dark_at(state, app, of, *class, now).is_some_and(|at| at <= now));
    !dark.collect::<ClassMask>()
}

/// What an app could be given at an instant, were there somebody to allow it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Available {
    /// Classes by feature; features without any are left out.
    pub features: BTreeMap<Feature, ClassMask>,
    /// First instant after this one at which time alone could change it.
    pub changes_at: Option<Timestamp>,
}

impl Available {
    /// Whether a class is available for a feature.
    #[must_use]
    pub fn has(&self, feature: Feature, class: ClassNo) -> bool {
        self.features.get(&feature).is_some_and(|mask| mask.has(class))
    }

    /// Every class that is available for anything.
    #[must_use]
    pub fn classes(&self) -> ClassMask {
        self.features.values().fold(ClassMask::NONE, |mask, one| mask | *one)
    }
}

/// Why nothing of a program can leave to an app, whatever was agreed: the links that concern no class.
fn closed(
    state: &State,
    (no, app): (AppNo, &App),
    program: ProgramNo,
    now: Timestamp,
) -> Option<Reason> {
    if state.partner(app.partner).is_none_or(|one| one.status != PartnerStatus::Active) {
        return Some(Reason::Partner);
    }
    if state.status_of(app) != AppStatus::Active {
        return Some(Reason::App);
    }
    let until = state.program(program).and_then(|program| program.open_until(no));
    until.is_none_or(|until| until <= now).then_some(Reason::Program)
}

fn agreed(state: &State, app: &App, feature: Feature, now: Timestamp) -> ClassMask {
    let agreements = app.agreements.iter().filter_map(|no| state.agreement(*no));
    agreements
        .filter(|one| one.program == feature.program && one.purposes.contains(&feature.purpose))
        .filter(|one| one.is_standing(now))
        .fold(ClassMask::NONE, |mask, one| mask | one.classes)
}

fn certified(state: &State, app: &App, feature: Feature, now: Timestamp) -> ClassMask {
    let certifications = app.certifications.iter().filter_map(|no| state.certification(*no));
    certifications
        .filter(|one| one.purpose == feature.purpose && !one.ended)
        .filter(|one| one.from <= now && now < one.until)
        .fold(ClassMask::NONE, |mask, one| mask | one.classes)
}

/// What an app could be given now, feature by feature. What was not reviewed is left out: testers alone are seen in it.
#[must_use]
pub fn available(state: &State, app: AppNo, now: Timestamp) -> Available {
    let Some(found) = state.app(app) else { return Available::default() };
    let mut features: BTreeMap<Feature, ClassMask> = BTreeMap::new();
    for one in open(state, found, app, now) {
        let classes = one.classes & found.reviewed();
        if !classes.is_empty() {
            let mask = features.entry(one.feature).or_default();
            *mask = *mask | classes;
        }
    }
    Available { features, changes_at: changes_at(state, found, app, now) }
}

fn changes_at(state: &State, app: &App, no: AppNo, now: Timestamp) -> Option<Timestamp> {
    let agreements = app.agreements.iter().filter_map(|no| state.agreement(*no));
    let agreements = agreements.filter(|one| !one.ended).map(|one| (one.from, one.until));
    let certifications = app.certifications.iter().filter_map(|no| state.certification(*no));
    let certifications = certifications.filter(|one| !one.ended).map(|one| (one.from, one.until));
    let windows = agreements.chain(certifications).flat_map(|(from, until)| [from, until]);
    let programs = state.programs().filter_map(|(_, program)| program.open_until(no));
    let sunsets = state.versions().filter_map(|version| state.version_terms(version).sunset);
    let unused = versions(state, now).flat_map(|(catalog, rules)| {
        features_of(catalog).into_keys().flat_map(move |feature| {
            let endable = state.endable(rules).iter();
            endable.filter_map(move |class| dark_at(state, app, (feature, rules), class, now))
        })
    });
    let instants = windows.chain(programs).chain(sunsets).chain(unused);
    instants.filter(|at| *at > now && *at != Timestamp::NEVER).min()
}

/// The first link for which a class is not available to an app for a feature; none if it is.
#[must_use]
pub fn missing(
    state: &State,
    app: AppNo,
    feature: Feature,
    class: ClassNo,
    now: Timestamp,
) -> Option<Reason> {
    let Some(found) = state.app(app) else { return Some(Reason::App) };
    if let Some(reason) = closed(state, (app, found), feature.program, now) {
        return Some(reason);
    }
    // The version that goes furthest counts.
    let furthest = versions(state, now).map(|(catalog, rules)| {
        let of_program = rules.program(feature.program);
        let carried = features_of(catalog).get(&feature).copied().unwrap_or_default();
        let needs = of_program.certification.has(class);
        if !(of_program.known & carried.any).has(class) {
            (0, Some(Reason::UnknownClass))
        } else if !agreed(state, found, feature, now).has(class) {
            (1, Some(Reason::Agreement))
        } else if needs && !certified(state, found, feature, now).has(class) {
            (2, Some(Reason::Certification))
        } else if !in_use(state, found, (feature, rules), now).has(class) {
            (3, Some(Reason::Unused))
        } else if !found.reviewed().has(class) {
            (4, Some(Reason::Review))
        } else {
            (5, None)
        }
    });
    let furthest = furthest.max_by_key(|(step, _)| *step);
    furthest.map_or(Some(Reason::Version), |(_, reason)| reason)
}

/// Agreements and certifications that a class stands on for a feature.
#[must_use]
pub fn standing_on(
    state: &State,
    app: AppNo,
    feature: Feature,
    class: ClassNo,
    now: Timestamp,
) -> (Vec<AgreementNo>, Vec<CertificationNo>) {
    let Some(found) = state.app(app) else { return (Vec::new(), Vec::new()) };
    let covers = |no: &&AgreementNo| {
        state.agreement(**no).is_some_and(|one| {
            one.is_standing(now)
                && one.program == feature.program
                && one.purposes.contains(&feature.purpose)
                && one.classes.has(class)
        })
    };
    let certifies = |no: &&CertificationNo| {
        state.certification(**no).is_some_and(|one| {
            !one.ended
                && one.from <= now
                && now < one.until
                && one.purpose == feature.purpose
                && one.classes.has(class)
        })
    };
    let agreements = found.agreements.iter().filter(covers).copied().collect();
    (agreements, found.certifications.iter().filter(certifies).copied().collect())
}
