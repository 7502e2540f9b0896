//! What ends for want of use.

use crate::history::{Entry, History};
use crate::rules::Rules;
use consent::Request;
use ledger::{ClassesUsed, Event, GrantSpent};
use model::{AppNo, Chain, ClassMask, ClassNo, GrantNo, Timestamp};

impl History<'_> {
    /// When the person last did something with the grant: made or changed it, or signed in through it.
    pub(crate) fn grant_last_used(self, grant: GrantNo) -> Option<Timestamp> {
        let times = self.0.iter().filter_map(|(_, at, event)| match event {
            Event::GrantMade(made) if made.grant == grant => Some(*at),
            Event::CodeRedeemed(code) if code.grant == grant => Some(*at),
            _ => None,
        });
        times.max()
    }

    /// The end of the last day on which the app is known to have used the class.
    pub(crate) fn class_last_used(self, app: AppNo, class: ClassNo) -> Option<Timestamp> {
        let days = self.events().filter_map(|event| match event {
            Event::ClassesUsed(used) if used.app == app && used.classes.has(class) => {
                Some(used.day)
            }
            _ => None,
        });
        days.max().map(|day| Timestamp((u64::from(day) + 1) * DAY))
    }
}

/// What the use of classes by a request leaves in the log: that a class which ends unused was used on this day, said once a
/// day; that what a grant allows for one time was used.
#[must_use]
pub fn marks_of_use(
    events: &[Entry],
    request: &Request,
    used: ClassMask,
    now: Timestamp,
) -> Vec<Event> {
    let history = History(events);
    let rules = Rules::of(history);
    let app = request.app;
    let day = u32::try_from(now.0 / DAY).unwrap_or(u32::MAX);
    let is_told = |class: ClassNo| {
        history.events().any(|event| {
            matches!(event, Event::ClassesUsed(told) if told.app == app && told.day == day && told.classes.has(class))
        })
    };
    let of_day: ClassMask =
        used.iter().filter(|class| rules.unused(*class).is_some() && !is_told(*class)).collect();
    let mut marks = Vec::new();
    if !of_day.is_empty() {
        marks.push(Event::ClassesUsed(ClassesUsed { app, classes: of_day, day }));
    }
    if let Chain::Grant(grant) = request.chain {
        let once: ClassMask =
            used.iter().filter(|class| history.is_for_one_time(grant, *class)).collect();
        if !once.is_empty() {
            marks.push(Event::GrantSpent(GrantSpent { grant, app, classes: once }));
        }
    }
    marks
}

/// A day, in milliseconds.
pub(crate) const DAY: u64 = 86_400_000;
