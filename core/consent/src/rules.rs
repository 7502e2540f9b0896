//! Rules in force: catalog and policy joined into one mask for each condition.

use crate::policy::{ClassRule, Policy};
use catalog::{AboutKind, Catalog};
use model::{ClassMask, ClassNo, Millis, Need, ProgramNo, PurposeNo};
use std::collections::{BTreeMap, BTreeSet};

/// Which classes of a program need what. Every class that is in none of the masks but `known` needs only an agreement
/// and the token's own authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProgramRules {
    /// Classes that may be released at all.
    pub known: ClassMask,
    /// Classes about people.
    pub personal: ClassMask,
    /// Classes that need an installation.
    pub installation: ClassMask,
    /// Classes that need a certification.
    pub certification: ClassMask,
    /// Classes of published records only.
    pub published: ClassMask,
    /// Classes that need an opt-in.
    pub opt_in: ClassMask,
    /// Classes about the acting person only.
    pub own_data: ClassMask,
    /// Classes about friends of the acting person only.
    pub friend: ClassMask,
    /// Classes that need the acting person to take part.
    pub participant: ClassMask,
}

impl ProgramRules {
    fn demand(&mut self, need: Need, class: ClassMask) {
        let mask = match need {
            Need::Installation => &mut self.installation,
            Need::Certification => &mut self.certification,
            Need::Published => &mut self.published,
            Need::OptIn => &mut self.opt_in,
            Need::OwnData => &mut self.own_data,
            Need::Friend => &mut self.friend,
            Need::Participant => &mut self.participant,
        };
        *mask = *mask | class;
    }

    fn within(&self, newer: &Self) -> Self {
        Self {
            known: self.known & newer.known,
            personal: self.personal | newer.personal,
            installation: self.installation | newer.installation,
            certification: self.certification | newer.certification,
            published: self.published | newer.published,
            opt_in: self.opt_in | newer.opt_in,
            own_data: self.own_data | newer.own_data,
            friend: self.friend | newer.friend,
            participant: self.participant | newer.participant,
        }
    }

    /// What a class needs.
    pub fn needs(&self, class: ClassMask) -> impl Iterator<Item = Need> + '_ {
        Need::ALL.iter().copied().filter(move |need| {
            let mask = match need {
                Need::Installation => self.installation,
                Need::Certification => self.certification,
                Need::Published => self.published,
                Need::OptIn => self.opt_in,
                Need::OwnData => self.own_data,
                Need::Friend => self.friend,
                Need::Participant => self.participant,
            };
            !(mask & class).is_empty()
        })
    }
}

/// Rules of every program of one API version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    programs: BTreeMap<ProgramNo, ProgramRules>,
    /// Purposes that go beyond the feature.
    beyond: BTreeSet<PurposeNo>,
    /// After how long without the person's activity a grant ends.
    pub idle: Option<Millis>,
    /// After how long without use each class ends for an app.
    pub(crate) unused: Vec<(ClassNo, Millis)>,
}

impl Rules {
    /// Joins a catalog and a policy. Without a policy nothing is released.
    #[must_use]
    pub fn compile(catalog: &Catalog, policy: &Policy) -> Self {
        let programs = catalog
            .programs
            .iter()
            .map(|program| {
                let mut rules = ProgramRules::default();
                for class in &catalog.classes {
                    let bit = ClassMask::of(class.number);
                    let needs = match policy.rule(&program.name, &class.name) {
                        None => &class.needs,
                        Some(ClassRule::Needs(needs)) => needs,
                        Some(ClassRule::Withheld) => continue,
                    };
                    rules.known = rules.known | bit;
                    if class.about == AboutKind::Person {
                        rules.personal = rules.personal | bit;
                    }
                    needs.iter().for_each(|need| rules.demand(*need, bit));
                }
                (program.number, rules)
            })
            .collect();
        let expiry = policy.expiry();
        let length = |days: u32| Millis::days(u64::from(days));
        let unused = catalog.classes.iter().filter_map(|class| {
            let days = expiry.classes.get(&class.name)?.unused_days?;
            Some((class.number, length(days)))
        });
        let beyond = catalog.purposes.iter().filter(|purpose| purpose.beyond);
        Self {
            programs,
            beyond: beyond.map(|purpose| purpose.number).collect(),
            idle: expiry.idle_days.map(length),
            unused: unused.collect(),
        }
    }

    /// These rules of an older version, and nothing that the newer ones do not give: every need of either, of what both
    /// know.
    #[must_use]
    pub(crate) fn within(mut self, newer: &Self) -> Self {
        for (program, rules) in &mut self.programs {
            *rules = rules.within(&newer.program(*program));
        }
        self.beyond.extend(&newer.beyond);
        self
    }

    /// Classes that end for an app that does not use them, and after how long.
    #[must_use]
    pub fn unused(&self) -> &[(ClassNo, Millis)] {
        &self.unused
    }

    /// Classes that end for an app that does not use them.
    #[must_use]
    pub fn watched(&self) -> ClassMask {
        self.unused.iter().fold(ClassMask::NONE, |mask, (class, _)| mask | ClassMask::of(*class))
    }

    /// After how long without use a class ends for an app, if it does.
    #[must_use]
    pub fn unused_after(&self, class: ClassNo) -> Option<Millis> {
        self.unused.iter().find(|(one, _)| *one == class).map(|(_, length)| *length)
    }

    /// Whether a purpose goes beyond the feature.
    #[must_use]
    pub fn is_beyond(&self, purpose: PurposeNo) -> bool {
        self.beyond.contains(&purpose)
    }

    /// Rules of a program; those of an unknown one release nothing.
    #[must_use]
    pub fn program(&self, program: ProgramNo) -> ProgramRules {
        self.programs.get(&program).copied().unwrap_or_default()
    }
}
