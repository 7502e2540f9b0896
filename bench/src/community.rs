//! Seeded states of any size, folded from events as the log would hold them.

use catalog::{Document, Numbering};
use consent::{Request, State};
use ledger::*;
use model::*;
use serde_json::json;

/// Classes of the benchmark; all are about people and need installation and opt-in.
pub const CLASSES: u8 = 20;
/// Apps beyond so many share their partners.
const PARTNERS_MAX: u32 = 400;
/// The instant at which everything is decided.
pub const NOW: Timestamp = Timestamp(1_795_262_400_000);

/// Seeded chance (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: u32) -> u32 {
        (self.next() % u64::from(end)) as u32
    }

    /// A set of classes of which each is in with this chance in a hundred; never empty.
    pub fn classes(&mut self, percent: u32) -> ClassMask {
        let all = (0..CLASSES).filter_map(ClassNo::new);
        let some: ClassMask = all.filter(|_| self.below(100) < percent).collect();
        if some.is_empty() { ClassMask(1) } else { some }
    }
}

/// A state that grows event by event.
pub struct Community {
    pub state: State,
    pub dice: Dice,
    /// What people usually tick: opt-ins are one of these.
    usual: Vec<ClassMask>,
    people: u32,
}

/// An app enabled in a group.
#[derive(Debug, Clone, Copy)]
pub struct Installed {
    pub installation: InstallationNo,
    pub app: AppNo,
    pub context: ContextNo,
}

fn why(by: Actor) -> Why {
    Why::by(by)
}

impl Community {
    /// Catalog, policy, one program, so many apps with agreement and certification, and people with numbers from 0.
    pub fn new(seed: u64, apps: u32, people: u32) -> anyhow::Result<Self> {
        let mut dice = Dice(seed);
        let usual = (0..48).map(|n| dice.classes(30 + n)).collect();
        let mut community = Self { state: State::default(), dice, usual, people };
        community.documents()?;
        let by = || why(Actor::Operator);
        community.happen(Event::ProgramStatusChanged(ProgramStatusChanged {
            program: ProgramNo(community.program()?.0),
            status: ProgramStatus::Live,
            why: by(),
            until: None,
            cap: None,
        }))?;
        for app in 1..=apps {
            community.app(app)?;
        }
        for chunk in (0..people).collect::<Vec<_>>().chunks(10_000) {
            community
                .facts(chunk.iter().map(|person| Fact::Person(PersonNo(*person))).collect())?;
        }
        Ok(community)
    }

    pub fn happen(&mut self, event: Event) -> anyhow::Result<()> {
        let at = self.state.next();
        Ok(self.state.apply(at, NOW, &Payload::Control(event))?)
    }

    pub fn facts(&mut self, facts: Vec<Fact>) -> anyhow::Result<()> {
        let up_to = self.state.source_up_to(SourceNo(1)) + facts.len() as u64;
        self.happen(Event::Facts(Facts { source: SourceNo(1), up_to, facts }))
    }

    fn program(&self) -> anyhow::Result<ProgramNo> {
        self.state.program_named("groups").ok_or_else(|| anyhow::anyhow!("no program"))
    }

    fn documents(&mut self) -> anyhow::Result<()> {
        let needs = ["installation", "opt-in", "certification"];
        let classes: serde_json::Map<_, _> = (0..CLASSES)
            .map(|n| {
                let class = json!({"title": "T", "text": "T", "sensitivity": 1, "about": "person", "needs": needs});
                (format!("member.c{n:02}"), class)
            })
            .collect();
        let document = json!({
            "openapi": "3.1.0", "info": {"title": "Bench", "version": "2026-11-01"}, "x-bailment": 1,
            "x-programs": {"groups": {"title": "Groups"}}, "x-purposes": {"managing": {"title": "Managing"}},
            "x-data-classes": classes,
            "paths": {"/members": {"get": {
                "operationId": "listMembers", "x-program": "groups", "x-purpose": "managing",
                "responses": {"204": {"description": "Nothing."}}}}},
        });
        let mistakes = |mistakes| anyhow::anyhow!("{mistakes:?}");
        let document = Document::parse(document.to_string().as_bytes()).map_err(mistakes)?;
        let new = document.new_names(&Numbering::default()).map_err(mistakes)?;
        let one = |name: &String, number: u32| Assigned { name: name.clone(), number };
        self.happen(Event::CatalogActivated(CatalogActivated {
            document: document.canonical(),
            classes: new.classes.iter().map(|(name, no)| one(name, no.number().into())).collect(),
            operations: new.operations.iter().map(|(name, no)| one(name, no.0.into())).collect(),
            purposes: new.purposes.iter().map(|(name, no)| one(name, no.0.into())).collect(),
            programs: new.programs.iter().map(|(name, no)| one(name, no.0.into())).collect(),
            why: why(Actor::Operator),
            keeps: None,
        }))?;
        let policy = json!({"policy": "bench", "programs": {"groups": {"classes": {}}}});
        let document = policy.to_string().into_bytes();
        self.happen(Event::PolicyActivated(PolicyActivated { document, why: why(Actor::Operator) }))
    }

    fn app(&mut self, number: u32) -> anyhow::Result<()> {
        let partner = PartnerNo(1 + (number - 1) % PARTNERS_MAX);
        let (app, program) = (AppNo(number), self.program()?);
        let by = || why(Actor::Operator);
        let purposes: Vec<_> = self.state.numbering().purposes.values().copied().collect();
        let purpose = purposes.first().copied().unwrap_or(PurposeNo(0));
        if partner.0 == number {
            self.happen(Event::PartnerMade(PartnerMade { partner, why: by(), details: None }))?;
        }
        let redirects = vec!["https://app.example/callback".to_owned()];
        self.happen(Event::AppMade(AppMade {
            app,
            partner,
            public: false,
            redirects,
            why: by(),
            details: None,
            category: None,
            reviewed: None,
        }))?;
        self.happen(Event::AgreementMade(AgreementMade {
            agreement: AgreementNo(number),
            app,
            program,
            classes: ClassMask::ALL,
            required: ClassMask::NONE,
            purposes,
            from: Timestamp(0),
            until: Timestamp::NEVER,
            why: by(),
            retention: None,
            anonymise_by: None,
            terms: None,
        }))?;
        self.happen(Event::CertificationMade(CertificationMade {
            certification: CertificationNo(number),
            app,
            classes: ClassMask::ALL,
            purpose,
            from: Timestamp(0),
            until: Timestamp::NEVER,
            why: by(),
            statement: None,
        }))
    }

    /// A group with one admin.
    pub fn group(&mut self, number: u32) -> anyhow::Result<ContextNo> {
        let context = ContextNo(number);
        let admin = PersonNo(self.dice.below(self.people));
        self.facts(vec![Fact::Context(context, ContextKind::Group), Fact::Admin(admin, context)])?;
        Ok(context)
    }

    /// The admin enables an app that is not there yet.
    pub fn install(&mut self, app: AppNo, context: ContextNo) -> anyhow::Result<Installed> {
        let admin = self.state.context(context).and_then(|one| one.admins().first().copied());
        let admin = admin.ok_or_else(|| anyhow::anyhow!("no admin"))?;
        let installation = self.state.next_installation();
        self.happen(Event::InstallationMade(InstallationMade {
            installation,
            app,
            context,
            classes: ClassMask((1 << CLASSES) - 1),
            backer: admin,
            why: why(Actor::Person(admin)),
        }))?;
        Ok(Installed { installation, app, context })
    }

    /// A person authorizes an app in a group for ever.
    pub fn grant(&mut self, person: PersonNo, of: Installed) -> anyhow::Result<GrantNo> {
        let grant = self.state.next_grant();
        self.happen(Event::GrantMade(GrantMade {
            grant,
            app: of.app,
            person,
            classes: ClassMask((1 << CLASSES) - 1),
            contexts: vec![of.context],
            expires_at: Timestamp::NEVER,
            why: why(Actor::Person(person)),
            ends: None,
            once: None,
            purposes: None,
        }))?;
        Ok(grant)
    }

    pub fn opt_in(&mut self, person: PersonNo, to: Installed) -> anyhow::Result<()> {
        let index = self.dice.below(self.usual.len() as u32) as usize;
        let classes = self.usual.get(index).copied().unwrap_or_default();
        self.happen(Event::OptIn(OptIn {
            person,
            installation: to.installation,
            app: to.app,
            classes,
            why: why(Actor::Person(person)),
        }))
    }

    /// A standing choice against some classes: for all apps, this app, or this group.
    pub fn set(&mut self, person: PersonNo, app: AppNo, context: ContextNo) -> anyhow::Result<()> {
        let scope = match self.dice.below(4) {
            0 => SettingScope::AllApps,
            1 => SettingScope::App(app),
            2 => SettingScope::Context(context),
            _ => SettingScope::AllGroups,
        };
        let blocked = self.dice.classes(30);
        let why = why(Actor::Person(person));
        self.happen(Event::SettingChanged(SettingChanged { person, scope, blocked, why }))
    }

    /// Different people, spread over all numbers, in no order: the members of a group.
    pub fn members(&mut self, count: u32) -> impl Iterator<Item = PersonNo> + use<> {
        let (people, start) = (u64::from(self.people), self.dice.next());
        // Coprime to any number of people that is a power of ten.
        let step = self.dice.next() % (people / 10).max(1) * 10 + 7;
        (0..u64::from(count)).map(move |n| PersonNo(((start % people + n * step) % people) as u32))
    }

    /// The request of an app that acts for an installation.
    pub fn request(&self, of: Installed) -> anyhow::Result<Request> {
        let numbering = self.state.numbering();
        let purpose = numbering.purposes.values().next().copied();
        let operation = numbering.operations.values().next().copied();
        Ok(Request {
            app: of.app,
            credential: None,
            chain: Chain::Installation(of.installation),
            issue: self.state.next(),
            key: 1,
            family: None,
            acting: None,
            operation: operation.unwrap_or(OperationNo(0)),
            program: self.program()?,
            purpose: purpose.unwrap_or(PurposeNo(0)),
            requires: ClassMask::NONE,
            context: Some(of.context),
            version: "2026-11-01".parse()?,
            facts_up_to: NOW,
        })
    }
}
