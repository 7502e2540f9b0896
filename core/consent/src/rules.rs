//! Rules in force: catalog and policy joined into one mask for each condition.

use crate::policy::{ClassRule, Policy};
use catalog::{AboutKind, Catalog};
use model::{ClassMask, Need, ProgramNo};
use std::collections::BTreeMap;

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

/// Rules of every program.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    programs: BTreeMap<ProgramNo, ProgramRules>,
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
        Self { programs }
    }

    /// Rules of a program; those of an unknown one release nothing.
    #[must_use]
    pub fn program(&self, program: ProgramNo) -> ProgramRules {
        self.programs.get(&program).copied().unwrap_or_default()
    }
}
