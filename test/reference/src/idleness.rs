//! What use leaves in the log.

use crate::history::{Entry, History};
use crate::rules::Rules;
use consent::Request;
use ledger::{ClassesUsed, Event, GrantSpent};
use model::{Chain, ClassMask, ClassNo, Timestamp};

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
