//! What ends for want of use.

use crate::history::History;
use ledger::Event;
use model::{AppNo, ClassNo, GrantNo, Timestamp};

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

/// A day, in milliseconds.
pub(crate) const DAY: u64 = 86_400_000;
