//! A log and its fold.

use catalog::{Document, Numbering};
use consent::State;
use ledger::{
    AgreementMade, AppMade, Assigned, CatalogActivated, Event, Fact, Facts, InstallationBacked,
    InstallationMade, PartnerMade, Payload, PolicyActivated, Why,
};
use model::{
    Actor, AgreementNo, AppNo, ClassMask, ContextKind, ContextNo, InstallationNo, Millis,
    PartnerNo, PersonNo, Position, ProgramNo, PurposeNo, SourceNo, Timestamp,
};
use notices::{Notice, Walk, needs_history, of_event};

pub const ADA: PersonNo = PersonNo(1);
pub const BEN: PersonNo = PersonNo(2);
pub const GROUP: ContextNo = ContextNo(1);
pub const PARTNER: PartnerNo = PartnerNo(1);
pub const APP: AppNo = AppNo(1);
pub const BEGIN: Timestamp = Timestamp(1_795_262_400_000);

#[derive(Default)]
pub struct World {
    pub log: Vec<(Position, Timestamp, Event)>,
    pub state: State,
}

pub const fn why() -> Why {
    Why::by(Actor::Operator)
}

impl World {
    /// A group with two admins, and an app.
    pub fn new() -> Self {
        let mut world = Self::default();
        world.happen(Event::PartnerMade(PartnerMade {
            partner: PARTNER,
            details: None,
            why: why(),
        }));
        world.app(APP);
        world.facts(vec![
            Fact::Person(ADA),
            Fact::Person(BEN),
            Fact::Context(GROUP, ContextKind::Group),
            Fact::Admin(ADA, GROUP),
            Fact::Admin(BEN, GROUP),
        ]);
        world
    }

    pub fn app(&mut self, app: AppNo) {
        self.happen(Event::AppMade(AppMade {
            app,
            partner: PARTNER,
            public: false,
            redirects: Vec::new(),
            details: None,
            category: None,
            reviewed: None,
            why: why(),
        }));
    }

    /// Takes an event in, and gives the notices of the state right after it.
    pub fn happen(&mut self, event: Event) -> Vec<Notice> {
        let at = self.state.next();
        let time = self.state.time().max(BEGIN.plus(Millis::minutes(at.0)));
        self.happen_at(time, event)
    }

    /// The same at an instant of one's own.
    pub fn happen_at(&mut self, time: Timestamp, event: Event) -> Vec<Notice> {
        let at = self.state.next();
        self.state.apply(at, time, &Payload::Control(event.clone())).unwrap();
        let mut due = of_event(at, time, &event, &self.state);
        due.extend(walked(&[(at, time, event.clone())], &self.state, 1));
        self.log.push((at, time, event));
        due
    }

    pub fn facts(&mut self, facts: Vec<Fact>) -> Vec<Notice> {
        let up_to = self.state.next().0 + 1;
        self.happen(Event::Facts(Facts { source: SourceNo(1), up_to, facts }))
    }

    pub fn enable(&mut self, backer: PersonNo) -> (InstallationNo, Vec<Notice>) {
        self.enable_in(GROUP, backer)
    }

    pub fn enable_in(
        &mut self,
        context: ContextNo,
        backer: PersonNo,
    ) -> (InstallationNo, Vec<Notice>) {
        let installation = self.state.next_installation();
        let due = self.happen(Event::InstallationMade(InstallationMade {
            installation,
            app: APP,
            context,
            classes: ClassMask(1),
            backer,
            why: Why::by(Actor::Person(backer)),
        }));
        (installation, due)
    }

    pub fn back(&mut self, installation: InstallationNo, backer: PersonNo) -> Vec<Notice> {
        self.happen(Event::InstallationBacked(InstallationBacked {
            installation,
            app: APP,
            backer,
            why: Why::by(Actor::Person(backer)),
        }))
    }

    pub fn agree(&mut self, from: Timestamp, until: Timestamp) -> Vec<Notice> {
        let agreement = self.state.next_agreement();
        self.happen(agreed(agreement, from, until))
    }
}

pub fn agreed(agreement: AgreementNo, from: Timestamp, until: Timestamp) -> Event {
    Event::AgreementMade(AgreementMade {
        agreement,
        app: APP,
        program: ProgramNo(1),
        classes: ClassMask(3),
        required: ClassMask(1),
        purposes: vec![PurposeNo(1)],
        from,
        until,
        retention: None,
        anonymise_by: None,
        terms: None,
        why: why(),
    })
}

/// What a walk finds that looks at so many things at a time.
pub fn walked(part: &[(Position, Timestamp, Event)], state: &State, most: u32) -> Vec<Notice> {
    let events = part.iter().map(|(at, time, event)| (*at, *time, event));
    let Some(mut walk) = Walk::of(events) else { return Vec::new() };
    loop {
        if let Some(due) = walk.step(state, most) {
            return due;
        }
    }
}

/// What the teller does with a part of the log: the state after all of it, unless that hides something.
pub fn told(
    before: &State,
    part: &[(Position, Timestamp, Event)],
    after: &State,
) -> (Vec<Notice>, bool) {
    let Some((since, ..)) = part.first() else { return (Vec::new(), false) };
    let exact = part.len() > 1
        && part.iter().any(|(at, _, event)| needs_history(*since, *at, event, after));
    if !exact {
        let due = part.iter().flat_map(|(at, time, event)| of_event(*at, *time, event, after));
        return (due.chain(walked(part, after, 3)).collect(), false);
    }
    let mut state = before.clone();
    let mut due = Vec::new();
    for (at, time, event) in part {
        state.apply(*at, *time, &Payload::Control(event.clone())).unwrap();
        due.extend(of_event(*at, *time, event, &state));
        due.extend(walked(&[(*at, *time, event.clone())], &state, u32::MAX));
    }
    (due, true)
}

/// A small catalog: one program, two classes, one operation.
pub fn catalog() -> Event {
    let document = br#"{
        "openapi": "3.1.0", "info": {"title": "Small", "version": "2026-11-01"}, "x-bailment": 1,
        "x-programs": {"groups": {"title": "Groups"}},
        "x-purposes": {"answering": {"title": "Answering"}},
        "x-data-classes": {
            "post.content": {"title": "Posts", "text": "Posts", "sensitivity": 1, "about": "person", "needs": []},
            "member.name": {"title": "Names", "text": "Names", "sensitivity": 1, "about": "person", "needs": []}
        },
        "paths": {"/posts": {"get": {"operationId": "posts", "x-program": "groups", "x-purpose": "answering",
            "responses": {"204": {"description": "Nothing."}}}}}
    }"#;
    let document = Document::parse(document).unwrap();
    let new = document.new_names(&Numbering::default()).unwrap();
    let assigned = |names: Vec<(&String, u32)>| {
        names.into_iter().map(|(name, number)| Assigned { name: name.clone(), number }).collect()
    };
    Event::CatalogActivated(CatalogActivated {
        document: document.canonical(),
        classes: assigned(
            new.classes.iter().map(|(name, no)| (name, no.number().into())).collect(),
        ),
        operations: assigned(new.operations.iter().map(|(name, no)| (name, no.0.into())).collect()),
        purposes: assigned(new.purposes.iter().map(|(name, no)| (name, no.0.into())).collect()),
        programs: assigned(new.programs.iter().map(|(name, no)| (name, no.0.into())).collect()),
        why: why(),
        keeps: None,
    })
}

/// A policy under which both classes end after so many days without use.
pub fn use_it_or_lose_it(days: u32) -> Event {
    let class = format!(r#"{{"unused_days": {days}}}"#);
    let document = format!(
        r#"{{"policy": "use", "title": "Use", "programs": {{"groups": {{"classes": {{}}}}}},
        "expiry": {{"classes": {{"post.content": {class}, "member.name": {class}}}}}}}"#
    );
    let policy = consent::Policy::parse(document.as_bytes()).unwrap();
    Event::PolicyActivated(PolicyActivated { document: policy.canonical(), why: why() })
}
