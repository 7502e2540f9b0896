//! What registry, agreements, certifications and policy let an app have for each feature, before any admin or person.

use crate::Feature;
use catalog::TokenNeed;
use consent::{App, State};
use model::{
    AgreementNo, AppNo, AppStatus, CertificationNo, ClassMask, ClassNo, PartnerStatus, ProgramNo,
    ProgramStatus, Reason, Timestamp,
};
use std::collections::BTreeMap;

/// What operations of a feature carry or need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Carried {
    /// By any operation.
    pub any: ClassMask,
    /// By operations that need no acting person.
    pub without_person: ClassMask,
}

/// Features of the catalog in force, with the classes that their operations carry or need.
#[must_use]
pub fn features(state: &State) -> BTreeMap<Feature, Carried> {
    let mut features: BTreeMap<Feature, Carried> = BTreeMap::new();
    for operation in state.catalog().into_iter().flat_map(|catalog| &catalog.operations) {
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
fn closed(state: &State, app: &App, program: ProgramNo) -> Option<Reason> {
    if state.partner(app.partner).is_none_or(|one| one.status != PartnerStatus::Active) {
        return Some(Reason::Partner);
    }
    if app.status != AppStatus::Active || state.is_suspended(app) {
        return Some(Reason::App);
    }
    match state.program(program).map(|program| program.status) {
        Some(ProgramStatus::Live | ProgramStatus::Restricted | ProgramStatus::Experimental) => None,
        Some(ProgramStatus::Draft | ProgramStatus::Closed) | None => Some(Reason::Program),
    }
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

/// What an app could be given now, feature by feature.
#[must_use]
pub fn available(state: &State, app: AppNo, now: Timestamp) -> Available {
    let Some(found) = state.app(app) else { return Available::default() };
    let mut features = features(state);
    features.retain(|feature, _| closed(state, found, feature.program).is_none());
    let mut out = BTreeMap::new();
    for (feature, carried) in features {
        let rules = state.rules().program(feature.program);
        let certified = !rules.certification | certified(state, found, feature, now);
        let mask = carried.any & rules.known & agreed(state, found, feature, now) & certified;
        if !mask.is_empty() {
            out.insert(feature, mask);
        }
    }
    Available { features: out, changes_at: changes_at(state, found, now) }
}

fn changes_at(state: &State, app: &App, now: Timestamp) -> Option<Timestamp> {
    let agreements = app.agreements.iter().filter_map(|no| state.agreement(*no));
    let agreements = agreements.filter(|one| !one.ended).map(|one| (one.from, one.until));
    let certifications = app.certifications.iter().filter_map(|no| state.certification(*no));
    let certifications = certifications.filter(|one| !one.ended).map(|one| (one.from, one.until));
    let instants = agreements.chain(certifications).flat_map(|(from, until)| [from, until]);
    instants.filter(|at| *at > now).min()
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
    if let Some(reason) = closed(state, found, feature.program) {
        return Some(reason);
    }
    let rules = state.rules().program(feature.program);
    let carried = features(state).get(&feature).copied().unwrap_or_default();
    if !(rules.known & carried.any).has(class) {
        return Some(Reason::UnknownClass);
    }
    if !agreed(state, found, feature, now).has(class) {
        return Some(Reason::Agreement);
    }
    let needs = rules.certification.has(class);
    (needs && !certified(state, found, feature, now).has(class)).then_some(Reason::Certification)
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
