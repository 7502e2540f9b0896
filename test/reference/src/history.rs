//! The list of events, and the facts within it.

use ledger::{Event, Fact};
use model::{Position, Timestamp};

/// An event with its place in the log and its time.
pub type Entry = (Position, Timestamp, Event);

/// The events so far, oldest first.
#[derive(Clone, Copy)]
pub(crate) struct History<'a>(pub(crate) &'a [Entry]);

/// What happened at one position: a fact, or any other event.
pub(crate) enum Step<'a> {
    Told(Fact),
    Done(&'a Event),
}

impl<'a> History<'a> {
    /// Every event, oldest first.
    pub(crate) fn events(self) -> impl DoubleEndedIterator<Item = &'a Event> {
        self.0.iter().map(|(_, _, event)| event)
    }

    /// Every event, oldest first, with its position, a batch of facts told one by one.
    pub(crate) fn steps(self) -> impl Iterator<Item = (Position, Step<'a>)> {
        self.0.iter().flat_map(|(position, _, event)| {
            let facts = match event {
                Event::Facts(batch) => batch.facts.as_slice(),
                _ => &[],
            };
            let done = (!matches!(event, Event::Facts(_))).then_some(Step::Done(event));
            let told = facts.iter().map(|fact| Step::Told(*fact));
            told.chain(done).map(|step| (*position, step))
        })
    }

    /// Every fact, oldest first.
    pub(crate) fn facts(self) -> impl Iterator<Item = Fact> {
        self.steps().filter_map(|(_, step)| match step {
            Step::Told(fact) => Some(fact),
            Step::Done(_) => None,
        })
    }
}
