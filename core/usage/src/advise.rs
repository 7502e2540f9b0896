//! The smallest agreement that covers real use.

use crate::{DAY_MS, Feature, Holdings, UsedDay, UsedPlace};
use consent::{Agreement, State};
use model::{
    AgreementNo, AppNo, ClassMask, ClassNo, ContextNo, InstallationNo, ProgramNo, PurposeNo,
    Timestamp,
};
use std::collections::{BTreeMap, BTreeSet};

/// What was not used for so long is not needed.
pub const ADVICE_DAYS: u64 = 90;

/// What to do with an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that it covers is used.
    Keep,
    /// These classes and purposes are not.
    Narrow {
        /// Unused for any of its purposes.
        classes: ClassMask,
        /// Nothing was used for these.
        purposes: Vec<PurposeNo>,
        /// Used, but not for every purpose that stays: only agreements of their own would cover no more.
        uneven: bool,
    },
    /// Nothing that it covers was used.
    End,
}

/// An agreement in force, held against use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementAdvice {
    /// Which.
    pub agreement: AgreementNo,
    /// What to do.
    pub verdict: Verdict,
    /// It began within the time that is looked at: what is unused may not have had its turn.
    pub young: bool,
    /// Classes that it calls required and that were not used.
    pub required_unused: ClassMask,
}

/// An agreement that would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// For which program.
    pub program: ProgramNo,
    /// For what, ascending.
    pub purposes: Vec<PurposeNo>,
    /// What.
    pub classes: ClassMask,
}

/// An installation through which nothing was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnusedInstallation {
    /// Which.
    pub installation: InstallationNo,
    /// Where.
    pub context: ContextNo,
    /// When the app last read something there; none if never.
    pub last_at: Option<Timestamp>,
}

/// What an app could do without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// Which app.
    pub app: AppNo,
    /// What happened from here on counts as use.
    pub since: Timestamp,
    /// Every agreement in force.
    pub agreements: Vec<AgreementAdvice>,
    /// Agreements that would cover what was used of those in force, and nothing else; none if nothing was.
    pub smallest: Vec<Proposal>,
    /// Standing installations that were not used.
    pub unused_installations: Vec<UnusedInstallation>,
}

/// Advice from what stands and what was used. Deterministic: the same use gives the same advice.
#[must_use]
pub fn advise(
    state: &State,
    holdings: &Holdings,
    used: &[UsedDay],
    places: &[UsedPlace],
) -> Advice {
    let (app, now) = (holdings.app, holdings.at);
    let since = Timestamp(now.0.saturating_sub(ADVICE_DAYS * DAY_MS));
    let recent = used.iter().filter(|one| one.app == app && one.last_at >= since);
    let pairs: BTreeSet<(Feature, ClassNo)> = recent.map(|one| (one.feature, one.class)).collect();
    let numbers = state.app(app).map(|app| app.agreements.as_slice()).unwrap_or_default();
    let standing: Vec<(AgreementNo, &Agreement)> = numbers
        .iter()
        .filter_map(|no| state.agreement(*no).map(|one| (*no, one)))
        .filter(|(_, one)| one.is_standing(now))
        .collect();
    let agreements = standing.iter().map(|(no, one)| judge(*no, one, &pairs, since)).collect();
    let last: BTreeMap<ContextNo, Timestamp> =
        places.iter().map(|one| (one.context, one.last_at)).collect();
    let unused = holdings.standing.iter().filter_map(|(installation, context)| {
        let last_at = last.get(context).copied();
        let is_used = last_at.is_some_and(|at| at >= since);
        (!is_used).then_some(UnusedInstallation {
            installation: *installation,
            context: *context,
            last_at,
        })
    });
    Advice {
        app,
        since,
        agreements,
        smallest: smallest(&standing, &pairs),
        unused_installations: unused.collect(),
    }
}

/// For each purpose of an agreement, the classes that were used for it.
fn used_of(
    agreement: &Agreement,
    pairs: &BTreeSet<(Feature, ClassNo)>,
) -> BTreeMap<PurposeNo, ClassMask> {
    let purposes = agreement.purposes.iter().map(|purpose| {
        let feature = Feature { program: agreement.program, purpose: *purpose };
        let used = agreement.classes.iter().filter(|class| pairs.contains(&(feature, *class)));
        (*purpose, used.collect())
    });
    purposes.collect()
}

fn judge(
    no: AgreementNo,
    agreement: &Agreement,
    pairs: &BTreeSet<(Feature, ClassNo)>,
    since: Timestamp,
) -> AgreementAdvice {
    let by_purpose = used_of(agreement, pairs);
    let used = by_purpose.values().fold(ClassMask::NONE, |mask, one| mask | *one);
    let purposes: Vec<PurposeNo> =
        by_purpose.iter().filter(|(_, mask)| mask.is_empty()).map(|(no, _)| *no).collect();
    let uneven = by_purpose.values().any(|mask| !mask.is_empty() && *mask != used);
    let classes = agreement.classes.without(used);
    let verdict = if used.is_empty() {
        Verdict::End
    } else if classes.is_empty() && purposes.is_empty() && !uneven {
        Verdict::Keep
    } else {
        Verdict::Narrow { classes, purposes, uneven }
    };
    AgreementAdvice {
        agreement: no,
        verdict,
        young: agreement.from.max(agreement.made_at) > since,
        required_unused: agreement.required.without(used),
    }
}

/// One agreement for each set of classes that is used alike: an agreement covers each of its classes for each of its
/// purposes, so purposes can only share one where they use the same.
fn smallest(
    standing: &[(AgreementNo, &Agreement)],
    pairs: &BTreeSet<(Feature, ClassNo)>,
) -> Vec<Proposal> {
    let mut used: BTreeMap<(ProgramNo, PurposeNo), ClassMask> = BTreeMap::new();
    for (_, agreement) in standing {
        for (purpose, classes) in used_of(agreement, pairs) {
            let known = used.entry((agreement.program, purpose)).or_default();
            *known = *known | classes;
        }
    }
    let mut alike: BTreeMap<(ProgramNo, ClassMask), Vec<PurposeNo>> = BTreeMap::new();
    for ((program, purpose), classes) in used {
        if !classes.is_empty() {
            alike.entry((program, classes)).or_default().push(purpose);
        }
    }
    let proposals = alike.into_iter();
    proposals
        .map(|((program, classes), purposes)| Proposal { program, purposes, classes })
        .collect()
}
