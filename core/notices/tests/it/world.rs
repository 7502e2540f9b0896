//! A log and its fold.

use consent::State;
use ledger::{
    AgreementMade, AppMade, Event, Fact, Facts, InstallationBacked, InstallationMade, PartnerMade,
    Payload, Why,
};
use model::{
    Actor, AgreementNo, AppNo, ClassMask, ContextKind, ContextNo, InstallationNo, Millis,
    PartnerNo, PersonNo, Position, ProgramNo, SourceNo, Timestamp,
};
use notices::{Notice, needs_history, of_event};

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
        world.happen(Event::PartnerMade(PartnerMade { partner: PARTNER, why: why() }));
        world.happen(Event::AppMade(AppMade {
            app: APP,
            partner: PARTNER,
            public: false,
            redirects: Vec::new(),
            why: why(),
        }));
        world.facts(vec![
            Fact::Person(ADA),
            Fact::Person(BEN),
            Fact::Context(GROUP, ContextKind::Group),
            Fact::Admin(ADA, GROUP),
            Fact::Admin(BEN, GROUP),
        ]);
        world
    }

    /// Takes an event in, and gives the notices of the state right after it.
    pub fn happen(&mut self, event: Event) -> Vec<Notice> {
        let at = self.state.next();
        let time = BEGIN.plus(Millis::minutes(at.0));
        self.state.apply(at, time, &Payload::Control(event.clone())).unwrap();
        let due = of_event(at, time, &event, &self.state);
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

    pub fn back(&mut self, installation: InstallationNo, backer: PersonNo) {
        self.happen(Event::InstallationBacked(InstallationBacked {
            installation,
            app: APP,
            backer,
            why: Why::by(Actor::Person(backer)),
        }));
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
        classes: ClassMask(1),
        required: ClassMask(1),
        purposes: Vec::new(),
        from,
        until,
        why: why(),
    })
}

/// What the teller does with a part of the log: the state after all of it, unless that hides something.
pub fn told(
    before: &State,
    part: &[(Position, Timestamp, Event)],
    after: &State,
) -> (Vec<Notice>, bool) {
    let Some((since, ..)) = part.first() else { return (Vec::new(), false) };
    let exact =
        part.len() > 1 && part.iter().any(|(_, _, event)| needs_history(*since, event, after));
    if !exact {
        let due = part.iter().flat_map(|(at, time, event)| of_event(*at, *time, event, after));
        return (due.collect(), false);
    }
    let mut state = before.clone();
    let mut due = Vec::new();
    for (at, time, event) in part {
        state.apply(*at, *time, &Payload::Control(event.clone())).unwrap();
        due.extend(of_event(*at, *time, event, &state));
    }
    (due, true)
}
