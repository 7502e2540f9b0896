//! What the rules around the gate give, as the log holds it: flows revive nothing of what ended, and each round has to. Taken it
//! is as staff would ([`super::operator`]), but for the end of a version, which no flow makes to be now.

use super::kind::Kind;
use consent::State;
use ledger::{
    Event, ExceptionMade, ProgramStatusChanged, ReviewPassed, ReviewWithdrawn, SuspensionLifted,
    TesterAdded, VersionChanged, Why,
};
use model::{Actor, AppNo, ClassMask, PersonNo, ProgramNo, ProgramStatus, Timestamp};

/// Whether it is given or taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Give,
    Take,
}

/// Whom and what it concerns.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    pub app: AppNo,
    pub program: ProgramNo,
    /// The lane's person first.
    pub people: [PersonNo; 4],
}

const fn why() -> Why {
    Why::by(Actor::Operator)
}

impl Stage {
    /// What must be so before the first round.
    pub fn before(&self, kind: Kind) -> Vec<Event> {
        let Self { app, people, .. } = *self;
        match kind {
            Kind::ExceptionEnded => vec![self.exception(), self.status(ProgramStatus::Closed)],
            Kind::ExperimentClosed => vec![self.status(ProgramStatus::Experimental)],
            Kind::TesterRemoved => {
                let added = |person| Event::TesterAdded(TesterAdded { app, person, why: why() });
                let mut events: Vec<Event> = people.into_iter().map(added).collect();
                events.push(self.withdrawn());
                events
            }
            _ => Vec::new(),
        }
    }

    /// The event that gives or takes.
    pub fn event(&self, kind: Kind, turn: Turn, state: &State, now: Timestamp) -> Event {
        let Self { app, people: [person, ..], .. } = *self;
        match (kind, turn) {
            (Kind::SuspendedWithOthers, Turn::Give) => {
                let mut standing = state.suspensions().filter(|(_, one)| !one.lifted);
                let suspension = standing.next().expect("a suspension").0;
                Event::SuspensionLifted(SuspensionLifted { suspension, why: why() })
            }
            (Kind::ExceptionEnded, Turn::Give) => self.exception(),
            (Kind::ExperimentClosed, Turn::Give) => self.status(ProgramStatus::Experimental),
            (Kind::SunsetNow, turn) => {
                let version = state.catalog().expect("a catalog").version;
                let sunset = (turn == Turn::Take).then_some(now);
                let (deprecated_at, why) = (sunset, why());
                Event::VersionChanged(VersionChanged { version, deprecated_at, sunset, why })
            }
            (Kind::TesterRemoved, Turn::Give) => {
                Event::TesterAdded(TesterAdded { app, person, why: why() })
            }
            (Kind::ReviewWithdrawn, Turn::Give) => {
                let classes = ClassMask::ALL;
                Event::ReviewPassed(ReviewPassed { app, classes, why: why() })
            }
            _ => panic!("{kind:?} is no such event"),
        }
    }

    fn exception(&self) -> Event {
        let Self { app, program, .. } = *self;
        let until = Timestamp::NEVER;
        Event::ExceptionMade(ExceptionMade { program, app, until, why: why() })
    }

    fn withdrawn(&self) -> Event {
        let classes = ClassMask::ALL;
        Event::ReviewWithdrawn(ReviewWithdrawn { app: self.app, classes, why: why() })
    }

    fn status(&self, status: ProgramStatus) -> Event {
        let (program, until, cap, why) = (self.program, None, None, why());
        Event::ProgramStatusChanged(ProgramStatusChanged { program, status, until, cap, why })
    }
}
