//! A small register with a few people, and what may happen in it.

use catalog::{Document, Numbering};
use consent::State;
use ledger::{
    AgreementEnded, AgreementMade, AppList, AppMade, AppStatusChanged, AppsSuspended, Assigned,
    CatalogActivated, CertificationEnded, CertificationMade, ClassesUsed, Event, ExceptionMade,
    PartnerMade, PartnerStatusChanged, Payload, PolicyActivated, ProgramStatusChanged,
    ReviewPassed, ReviewWithdrawn, SuspensionLifted, Why,
};
use model::{
    Actor, AgreementNo, AppNo, AppStatus, CertificationNo, ClassMask, PartnerNo, PartnerStatus,
    Position, ProgramNo, ProgramStatus, PurposeNo, Timestamp,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use usage::Happened;

/// Half a day: what time is counted in here.
pub const TICK: u64 = usage::DAY_MS / 2;
pub const CLASSES: u8 = 6;
pub const PROGRAMS: u16 = 2;
pub const PURPOSES: u16 = 2;
pub const PARTNERS: u32 = 2;

pub fn why() -> Why {
    Why::by(Actor::Operator)
}

/// Numbers that look like none; the same each time.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % end
    }

    pub fn mask(&mut self) -> ClassMask {
        ClassMask(u128::from(self.below(1 << CLASSES)))
    }
}

/// The needs of each class (`c0` to `c5`): c0 about nobody, the others about people.
pub type Needs = [&'static [&'static str]; CLASSES as usize];

/// A catalog whose operations carry every class for every program and purpose.
pub fn catalog(needs: &Needs) -> Event {
    let mut classes = serde_json::Map::new();
    let mut properties = serde_json::Map::new();
    properties.insert("id".into(), json!({"type": "string", "x-identifier": "post"}));
    properties.insert("by".into(), json!({"type": "string", "x-identifier": "person"}));
    properties.insert("in".into(), json!({"type": "string", "x-identifier": "group"}));
    properties.insert("friend".into(), json!({"type": "boolean"}));
    properties.insert("takes_part".into(), json!({"type": "boolean"}));
    properties.insert("state".into(), json!({"type": "string"}));
    for (class, needs) in needs.iter().enumerate() {
        let about = if class == 0 { "nobody" } else { "person" };
        let name = format!("c{class}");
        let one =
            json!({"title": name, "text": name, "sensitivity": 1, "about": about, "needs": needs});
        classes.insert(name.clone(), one);
        let mut property = json!({"type": "string", "x-data-class": name});
        if class == 0 {
            property["x-about"] = json!("nobody");
        }
        properties.insert(name, property);
    }
    let record = json!({"kind": "post", "id": "id", "state": "state", "friend": "friend", "participant": "takes_part"});
    let schema = json!({"type": "object", "x-about": "by", "x-context": "in", "x-record": record, "properties": properties});
    let mut paths = serde_json::Map::new();
    for program in 0..PROGRAMS {
        for purpose in 0..PURPOSES {
            let operation = json!({
                "operationId": format!("o{program}{purpose}"),
                "x-program": format!("p{program}"), "x-purpose": format!("q{purpose}"),
                "responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
            });
            paths.insert(format!("/{program}/{purpose}"), json!({ "get": operation }));
        }
    }
    let titled = |prefix: &str, count: u16| -> Value {
        (0..count)
            .map(|n| {
                (
                    format!("{prefix}{n}"),
                    if prefix == "q" {
                        json!({"title": "x", "beyond": n == 1})
                    } else {
                        json!({"title": "x"})
                    },
                )
            })
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let document = json!({
        "openapi": "3.1.0", "info": {"title": "Small", "version": "2026-01-01"}, "x-bailment": 1,
        "x-programs": titled("p", PROGRAMS), "x-purposes": titled("q", PURPOSES),
        "x-data-classes": classes, "paths": paths,
    });
    let document = Document::parse(document.to_string().as_bytes()).unwrap();
    let new = document.new_names(&Numbering::default()).unwrap();
    let list = |names: Vec<(&String, u32)>| -> Vec<Assigned> {
        names.into_iter().map(|(name, number)| Assigned { name: name.clone(), number }).collect()
    };
    let event = CatalogActivated {
        document: document.canonical(),
        keeps: None,
        classes: list(new.classes.iter().map(|(name, no)| (name, no.number().into())).collect()),
        operations: list(new.operations.iter().map(|(name, no)| (name, no.0.into())).collect()),
        purposes: list(new.purposes.iter().map(|(name, no)| (name, no.0.into())).collect()),
        programs: list(new.programs.iter().map(|(name, no)| (name, no.0.into())).collect()),
        why: why(),
    };
    Event::CatalogActivated(event)
}

/// A policy that says something of each class of `p0`: none leaves the catalog's needs.
pub fn policy(rules: &BTreeMap<u8, Value>) -> Event {
    let classes: serde_json::Map<String, Value> =
        rules.iter().map(|(class, rule)| (format!("c{class}"), rule.clone())).collect();
    let document = json!({"policy": "some", "title": "", "programs": {"p0": {"classes": classes}}});
    let document = consent::Policy::parse(document.to_string().as_bytes()).unwrap().canonical();
    Event::PolicyActivated(PolicyActivated { document, why: why() })
}

/// A log in the making, with its fold.
pub struct World {
    pub dice: Dice,
    pub state: State,
    pub events: Vec<Happened>,
    pub now: Timestamp,
    /// How many people experiments may reach.
    pub cap: Option<u32>,
}

impl World {
    pub fn new(seed: u64, needs: &Needs) -> Self {
        let now = Timestamp(1_000 * TICK);
        let mut world =
            Self { dice: Dice(seed), state: State::default(), events: Vec::new(), now, cap: None };
        world.happen(catalog(needs));
        world.happen(policy(&BTreeMap::new()));
        for program in 0..PROGRAMS {
            let status = ProgramStatus::Live;
            let program = ProgramNo(program);
            world.happen(Event::ProgramStatusChanged(ProgramStatusChanged {
                program,
                status,
                until: None,
                cap: None,
                why: why(),
            }));
        }
        for partner in 1..=PARTNERS {
            let partner = PartnerNo(partner);
            world.happen(Event::PartnerMade(PartnerMade { partner, details: None, why: why() }));
            for app in [partner.0 * 2 - 1, partner.0 * 2] {
                world.happen(Event::AppMade(AppMade {
                    app: AppNo(app),
                    partner,
                    public: false,
                    redirects: Vec::new(),
                    category: None,
                    details: None,
                    reviewed: None,
                    why: why(),
                }));
            }
        }
        world
    }

    pub fn happen(&mut self, event: Event) -> Position {
        let position = self.state.next();
        self.state.apply(position, self.now, &Payload::Control(event.clone())).unwrap();
        self.events.push(Happened { position, time: self.now, event });
        position
    }

    pub fn agree(&mut self, app: AppNo, classes: ClassMask, until: Timestamp) -> AgreementNo {
        let purposes = (0..PURPOSES).map(PurposeNo).collect();
        let agreement = self.state.next_agreement();
        self.happen(Event::AgreementMade(AgreementMade {
            agreement,
            app,
            program: ProgramNo(0),
            classes,
            required: ClassMask::NONE,
            retention: None,
            anonymise_by: None,
            terms: None,
            purposes,
            from: self.now,
            until,
            why: why(),
        }));
        agreement
    }

    fn window(&mut self) -> (Timestamp, Timestamp) {
        let from = self.now.0 + TICK * self.dice.below(4).saturating_sub(1);
        (Timestamp(from), Timestamp(from + TICK * self.dice.below(40)))
    }

    fn agreement(&mut self, app: AppNo) -> Event {
        let purposes: Vec<PurposeNo> = match self.dice.below(3) {
            0 => vec![PurposeNo(0)],
            1 => vec![PurposeNo(1)],
            _ => vec![PurposeNo(0), PurposeNo(1)],
        };
        let classes = self.dice.mask();
        let (from, until) = self.window();
        Event::AgreementMade(AgreementMade {
            agreement: self.state.next_agreement(),
            app,
            program: ProgramNo(self.dice.below(PROGRAMS.into()) as u16),
            classes,
            required: self.dice.mask(),
            retention: None,
            anonymise_by: None,
            terms: None,
            purposes,
            from,
            until,
            why: why(),
        })
    }

    fn certification(&mut self, app: AppNo) -> Event {
        let classes = self.dice.mask();
        let (from, until) = self.window();
        Event::CertificationMade(CertificationMade {
            certification: self.state.next_certification(),
            app,
            classes,
            statement: None,
            purpose: PurposeNo(self.dice.below(PURPOSES.into()) as u16),
            from,
            until,
            why: why(),
        })
    }

    /// Something of the rules around apps: reviews, suspensions of many, exceptions, experiments, use.
    pub fn rules_event(&mut self) -> Event {
        let app = AppNo(1 + self.dice.below(4) as u32);
        let program = ProgramNo(self.dice.below(PROGRAMS.into()) as u16);
        let until = Timestamp(self.now.0 + TICK * self.dice.below(6));
        match self.dice.below(9) {
            0 => Event::AppsSuspended(AppsSuspended {
                apps: AppList::new(vec![app, AppNo(1 + app.0 % 4)]),
                selection: None,
                why: why(),
            }),
            1 | 2 => match self.state.suspensions().last() {
                Some((suspension, _)) => {
                    Event::SuspensionLifted(SuspensionLifted { suspension, why: why() })
                }
                None => self.rules_event(),
            },
            3 => Event::ExceptionMade(ExceptionMade { program, app, until, why: why() }),
            4 => Event::ProgramStatusChanged(ProgramStatusChanged {
                program,
                status: ProgramStatus::Experimental,
                until: (self.dice.below(2) == 0).then_some(until),
                cap: self.cap,
                why: why(),
            }),
            5 => {
                let classes = self.dice.mask();
                Event::ReviewWithdrawn(ReviewWithdrawn { app, classes, why: why() })
            }
            6 => {
                let classes = self.dice.mask();
                Event::ReviewPassed(ReviewPassed { app, classes, why: why() })
            }
            7 => {
                let (classes, day) = (self.dice.mask(), (self.now.0 / usage::DAY_MS) as u32);
                Event::ClassesUsed(ClassesUsed { app, classes, day })
            }
            _ => {
                let days = 1 + self.dice.below(4);
                let expiry = json!({"idle_days": 3, "classes": {"c1": {"unused_days": days}}});
                let document =
                    json!({"policy": "dark", "title": "", "programs": {}, "expiry": expiry});
                let policy = consent::Policy::parse(document.to_string().as_bytes()).unwrap();
                Event::PolicyActivated(PolicyActivated { document: policy.canonical(), why: why() })
            }
        }
    }

    /// Something of the register.
    pub fn register_event(&mut self) -> Event {
        let app = AppNo(1 + self.dice.below(4) as u32);
        let last_agreement = u64::from(self.state.next_agreement().0);
        let last_certification = u64::from(self.state.next_certification().0);
        match self.dice.below(20) {
            0 => Event::PartnerStatusChanged(PartnerStatusChanged {
                partner: PartnerNo(1 + self.dice.below(PARTNERS.into()) as u32),
                status: if self.dice.below(3) == 0 {
                    PartnerStatus::Suspended
                } else {
                    PartnerStatus::Active
                },
                why: why(),
            }),
            1 => Event::AppStatusChanged(AppStatusChanged {
                app,
                status: if self.dice.below(3) == 0 {
                    AppStatus::Suspended
                } else {
                    AppStatus::Active
                },
                why: why(),
            }),
            2 => Event::ProgramStatusChanged(ProgramStatusChanged {
                program: ProgramNo(self.dice.below(PROGRAMS.into()) as u16),
                status: [ProgramStatus::Closed, ProgramStatus::Restricted, ProgramStatus::Live]
                    [self.dice.below(3) as usize],
                until: None,
                cap: None,
                why: why(),
            }),
            3 | 4 if last_agreement > 1 => {
                let agreement = AgreementNo(1 + self.dice.below(last_agreement - 1) as u32);
                let app = self.state.agreement(agreement).unwrap().app;
                Event::AgreementEnded(AgreementEnded { agreement, app, why: why() })
            }
            5 if last_certification > 1 => {
                let certification =
                    CertificationNo(1 + self.dice.below(last_certification - 1) as u32);
                let app = self.state.certification(certification).unwrap().app;
                Event::CertificationEnded(CertificationEnded { certification, app, why: why() })
            }
            6..=9 => self.certification(app),
            10 => {
                let mut rules = BTreeMap::new();
                for class in 0..CLASSES {
                    match self.dice.below(4) {
                        0 => drop(rules.insert(class, json!("withheld"))),
                        1 => drop(rules.insert(class, json!(["certification"]))),
                        _ => {}
                    }
                }
                policy(&rules)
            }
            _ => self.agreement(app),
        }
    }
}
