//! What staff want of the rules around the gate: suspensions of many, exceptions, versions, reviews, experiments.

use crate::rng::Rng;
use crate::world::{APPS, CONTEXTS, PEOPLE, PROGRAM, class, version, why};
use consent::State;
use ledger::{
    AppList, AppsSuspended, Event, ExceptionEnded, ExceptionMade, ProgramStatusChanged,
    ReviewPassed, ReviewWithdrawn, SandboxChanged, SuspensionLifted, TesterAdded, TesterRemoved,
    VersionChanged,
};
use model::{AppNo, ClassMask, ContextNo, PersonNo, ProgramStatus, Timestamp};

/// What is wanted; which event that is may depend on the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rule {
    /// This very event.
    Is(Box<Event>),
    /// The oldest suspension of many that still stands is lifted.
    Lift,
    /// Everything that an app holds is reviewed again, and no version ends any more.
    Mend(AppNo),
}

impl Rule {
    pub(crate) fn any(rng: &mut Rng, now: u64) -> Self {
        let app = AppNo(1 + rng.small(APPS));
        let person = PersonNo(rng.small(PEOPLE));
        let context = ContextNo(rng.small(CONTEXTS));
        Self::about(rng, now, (app, person, context))
    }

    /// One that concerns this app, person and context.
    pub(crate) fn about(
        rng: &mut Rng,
        now: u64,
        (app, person, context): (AppNo, PersonNo, ContextNo),
    ) -> Self {
        let soon = Timestamp(now + rng.between(1, 4_000));
        let event = match rng.below(20) {
            0 => {
                let apps = AppList::new(vec![app, AppNo(1 + rng.small(APPS))]);
                Event::AppsSuspended(AppsSuspended { apps, selection: None, why: why() })
            }
            1..=5 => return Self::Lift,
            6..=9 => return Self::Mend(app),
            10 => {
                let until = soon;
                let (program, why) = (PROGRAM, why());
                Event::ExceptionMade(ExceptionMade { program, app, until, why })
            }
            11 => Event::ExceptionEnded(ExceptionEnded { program: PROGRAM, app, why: why() }),
            12 => {
                let Some(version) = version() else { return Self::Lift };
                let (deprecated_at, sunset) = (None, Some(soon));
                Event::VersionChanged(VersionChanged { version, deprecated_at, sunset, why: why() })
            }
            13 => Event::TesterAdded(TesterAdded { app, person, why: why() }),
            14 => Event::TesterRemoved(TesterRemoved { app, person, why: why() }),
            15 => {
                let sandbox = rng.one_in(2);
                Event::SandboxChanged(SandboxChanged { context, sandbox, why: why() })
            }
            16 => {
                let classes = class::MEMBER_NAME | class::POST_CONTENT;
                Event::ReviewWithdrawn(ReviewWithdrawn { app, classes, why: why() })
            }
            _ => {
                let until = rng.one_in(2).then_some(soon);
                let cap = rng.one_in(2).then(|| rng.small(PEOPLE));
                let (program, status) = (PROGRAM, ProgramStatus::Experimental);
                let changed = ProgramStatusChanged { program, status, until, cap, why: why() };
                Event::ProgramStatusChanged(changed)
            }
        };
        Self::Is(Box::new(event))
    }

    pub(crate) fn is_ending(&self) -> bool {
        match self {
            Self::Is(event) => sequence::is_ending(event),
            Self::Lift => false,
            // An announcement that ends nothing any more is an announcement all the same.
            Self::Mend(_) => true,
        }
    }

    pub(crate) fn events(&self, state: &State) -> Vec<Event> {
        match self {
            Self::Is(event) => vec![event.as_ref().clone()],
            Self::Lift => {
                let mut standing = state.suspensions().filter(|(_, one)| !one.lifted);
                let lift = |suspension| {
                    Event::SuspensionLifted(SuspensionLifted { suspension, why: why() })
                };
                standing.next().map(|(at, _)| lift(at)).into_iter().collect()
            }
            Self::Mend(app) => {
                let passed = ReviewPassed { app: *app, classes: ClassMask::ALL, why: why() };
                let announced = version().map(|version| {
                    let (deprecated_at, sunset) = (None, None);
                    let changed = VersionChanged { version, deprecated_at, sunset, why: why() };
                    Event::VersionChanged(changed)
                });
                let live = ProgramStatusChanged {
                    program: PROGRAM,
                    status: ProgramStatus::Live,
                    until: None,
                    cap: None,
                    why: why(),
                };
                let passed = Event::ReviewPassed(passed);
                let live = Event::ProgramStatusChanged(live);
                [Some(passed), announced, Some(live)].into_iter().flatten().collect()
            }
        }
    }
}
