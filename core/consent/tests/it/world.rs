//! A small world and its plausible histories: what platform, partners, admins and people might do next.
//!
//! It remembers only enough to make events that flows could make; what they mean is for `consent` and `reference` to say.

use crate::dice::Dice;
use crate::{around, documents, happenings};
use consent::State;
use ledger::{Event, Payload, Why};
use model::{
    Actor, AppNo, ClassMask, ContextNo, CredentialNo, GrantNo, InstallationNo, PersonNo, Position,
    Timestamp,
};
use std::collections::BTreeSet;

pub const PEOPLE: u32 = 8;
pub const CONTEXTS: u32 = 4;
pub const PARTNERS: u32 = 3;
pub const APPS: u32 = 5;
/// Noon of 2026-11-21; any instant would do.
const BEGIN: u64 = 1_795_262_400_000;
pub const HOUR: u64 = 3_600_000;

pub struct Installed {
    pub number: InstallationNo,
    pub app: AppNo,
    pub context: ContextNo,
    pub classes: ClassMask,
    pub backers: BTreeSet<PersonNo>,
    pub ended: bool,
}

pub struct Granted {
    pub number: GrantNo,
    pub app: AppNo,
    pub person: PersonNo,
    pub expires_at: Timestamp,
    pub ended: bool,
}

pub struct World {
    pub dice: Dice,
    /// Everything that happened.
    pub events: Vec<reference::Entry>,
    /// Its fold, by the crate under test.
    pub state: State,
    pub time: Timestamp,
    /// People who are about.
    pub people: BTreeSet<PersonNo>,
    pub erased: BTreeSet<PersonNo>,
    pub members: BTreeSet<(PersonNo, ContextNo)>,
    pub admins: BTreeSet<(PersonNo, ContextNo)>,
    pub contexts: BTreeSet<ContextNo>,
    pub apps: Vec<AppNo>,
    pub credentials: Vec<(CredentialNo, AppNo)>,
    pub agreements: Vec<AppNo>,
    pub certifications: Vec<AppNo>,
    pub installations: Vec<Installed>,
    pub grants: Vec<Granted>,
    /// Positions of suspensions of many apps, lifted or not.
    pub suspensions: Vec<Position>,
    pub cases: u32,
    pub facts: u64,
    /// Instants at which something begins or ends by itself.
    pub instants: Vec<Timestamp>,
    /// Positions at which tokens may have died.
    pub deaths: Vec<Position>,
}

impl World {
    /// A world in which catalog and policy, partners, apps and programs stand, and some people are about.
    pub fn new(seed: u64) -> Self {
        let mut world = Self {
            dice: Dice::new(seed),
            events: Vec::new(),
            state: State::default(),
            time: Timestamp(BEGIN),
            people: BTreeSet::new(),
            erased: BTreeSet::new(),
            members: BTreeSet::new(),
            admins: BTreeSet::new(),
            contexts: BTreeSet::new(),
            apps: Vec::new(),
            credentials: Vec::new(),
            agreements: Vec::new(),
            certifications: Vec::new(),
            installations: Vec::new(),
            grants: Vec::new(),
            suspensions: Vec::new(),
            cases: 0,
            facts: 0,
            instants: Vec::new(),
            deaths: Vec::new(),
        };
        let catalog = documents::catalog(&mut world.dice, world.state.numbering(), &[]);
        world.happen(catalog);
        happenings::begin(&mut world);
        world
    }

    /// Whatever may happen next.
    pub fn next_event(&mut self) -> Event {
        loop {
            let kind = self.dice.below(1400);
            if let Some(event) = happenings::make(self, kind) {
                return event;
            }
        }
    }

    /// Lets it happen: time passes, the log grows, state folds.
    pub fn happen(&mut self, event: Event) {
        let passes = match self.dice.below(20) {
            0 => self.dice.below(48 * HOUR),
            1..=4 => 0,
            _ => self.dice.below(20_000),
        };
        self.time = Timestamp(self.time.0 + passes);
        let position = Position(self.events.len() as u64);
        happenings::remember(self, position, &event);
        let payload = Payload::Control(event.clone());
        self.state.apply(position, self.time, &payload).unwrap_or_else(|error| {
            panic!("{error}: {event:?}");
        });
        around::remember(self, position, &event);
        self.events.push((position, self.time, event));
    }

    /// The state if this happened instead of what will.
    pub fn supposing(&self, event: &Event) -> State {
        let mut state = self.state.clone();
        let payload = Payload::Control(event.clone());
        state.apply(state.next(), self.time, &payload).unwrap_or_else(|error| {
            panic!("{error}: {event:?}");
        });
        state
    }

    pub fn why(&mut self, person: PersonNo) -> Why {
        let by = if self.dice.percent(90) { Actor::Person(person) } else { Actor::Operator };
        Why::by(by)
    }

    /// A span around now, mostly a standing one.
    pub fn span(&mut self) -> (Timestamp, Timestamp) {
        let now = self.time.0;
        let from = if self.dice.percent(75) {
            now - self.dice.below(100 * HOUR)
        } else {
            now + self.dice.below(50 * HOUR)
        };
        let length = if self.dice.percent(80) { 2500 * HOUR } else { 30 * HOUR };
        let span = (Timestamp(from), Timestamp(from + 1 + self.dice.below(length)));
        self.instants.extend([span.0, span.1]);
        span
    }

    /// An instant after now at which something ends by itself.
    pub fn later(&mut self) -> Timestamp {
        let length = if self.dice.percent(85) { 2500 * HOUR } else { 30 * HOUR };
        let at = Timestamp(self.time.0 + 1 + self.dice.below(length));
        self.instants.push(at);
        at
    }

    /// The person stands behind nothing any more, here or anywhere.
    pub fn unback(&mut self, person: PersonNo, here: Option<ContextNo>) {
        for one in &mut self.installations {
            if here.is_none_or(|context| context == one.context) {
                one.backers.remove(&person);
            }
        }
    }

    /// A number of a person, told of or not.
    pub fn anybody(&mut self) -> PersonNo {
        PersonNo(self.dice.up_to(PEOPLE))
    }

    /// A person who is about.
    pub fn somebody(&mut self) -> Option<PersonNo> {
        let people: Vec<PersonNo> = self.people.iter().copied().collect();
        self.dice.pick(&people).copied()
    }

    pub fn some_context(&mut self) -> Option<ContextNo> {
        let contexts: Vec<ContextNo> = self.contexts.iter().copied().collect();
        self.dice.pick(&contexts).copied()
    }

    /// A current admin of a living context.
    pub fn some_admin(&mut self) -> Option<(PersonNo, ContextNo)> {
        let admins: Vec<_> = self
            .admins
            .iter()
            .filter(|(person, context)| {
                self.people.contains(person) && self.contexts.contains(context)
            })
            .copied()
            .collect();
        self.dice.pick(&admins).copied()
    }

    pub fn some_app(&mut self) -> AppNo {
        AppNo(self.dice.up_to(APPS))
    }

    /// Most classes of data.
    pub fn most_classes(&mut self) -> ClassMask {
        let all = ClassMask((1 << documents::CLASSES.len()) - 1);
        let chance = if self.dice.percent(80) { 96 } else { 50 };
        self.dice.some_of(all, chance)
    }
}
