//! How far back control events are remembered: permits and answers on their way are held against them.

use ledger::{AuditedChange, Event};
use model::Position;

/// How many are remembered.
const EVENTS_MAX: usize = 4_096;
/// What they may list together: one batch of facts is as large as ten thousand other events.
const ITEMS_MAX: usize = 1_000_000;
/// Bytes of a document that count as one item.
const ITEM_BYTES: usize = 16;

/// How many of the oldest must be forgotten: none within bounds, else so many that half of what may be remembered is left, so
/// that forgetting is rare. The newest always stays.
///
/// What is older than all that is remembered counts as changed by it: a permit goes back, an answer is reset.
#[must_use]
pub fn surplus(events: &[(Position, Event)]) -> usize {
    let all: usize = events.iter().map(|(_, event)| items(event)).sum();
    if events.len() <= EVENTS_MAX && all <= ITEMS_MAX {
        return 0;
    }
    let mut left = ITEMS_MAX / 2;
    let stays = events.iter().rev().take(EVENTS_MAX / 2).take_while(|(_, event)| {
        let fits = left.checked_sub(items(event));
        left = fits.unwrap_or(0);
        fits.is_some()
    });
    events.len() - stays.count().max(1).min(events.len())
}

/// What an event lists, and the event itself.
fn items(event: &Event) -> usize {
    let document = |bytes: &[u8]| bytes.len() / ITEM_BYTES;
    let listed = match event {
        Event::Facts(event) => event.facts.len(),
        Event::AppsSuspended(event) => event.apps.as_slice().len(),
        Event::CatalogActivated(event) => document(&event.document),
        Event::PolicyActivated(event) => document(&event.document),
        Event::ChangeAudited(event) => {
            event.change.as_ref().and_then(AuditedChange::document).map_or(0, document)
        }
        // Of these none grows beyond a few hundred bytes.
        _ => 0,
    };
    listed + 1
}

#[cfg(test)]
mod tests {
    use super::{EVENTS_MAX, ITEMS_MAX, surplus};
    use ledger::{Event, Fact, Facts, PartnerMade, Why};
    use model::{Actor, PartnerNo, PersonNo, Position, SourceNo};

    fn facts(many: usize) -> Event {
        let facts = vec![Fact::Person(PersonNo(1)); many];
        Event::Facts(Facts { source: SourceNo(1), up_to: 1, facts })
    }

    fn small() -> Event {
        let why = Why::by(Actor::Operator);
        Event::PartnerMade(PartnerMade { partner: PartnerNo(1), why, details: None })
    }

    /// How many of these stay.
    fn stay(events: impl IntoIterator<Item = Event>) -> usize {
        let events: Vec<_> = (0..).map(Position).zip(events).collect();
        events.len() - surplus(&events)
    }

    #[test]
    fn so_many_events_are_remembered_and_then_half_of_them() {
        let many = |count| stay(std::iter::repeat_with(small).take(count));
        assert_eq!(many(0), 0);
        assert_eq!(many(EVENTS_MAX), EVENTS_MAX);
        assert_eq!(many(EVENTS_MAX + 1), EVENTS_MAX / 2);
    }

    #[test]
    fn batches_of_facts_count_by_their_facts() {
        let many = |count| stay(std::iter::repeat_with(|| facts(9_999)).take(count));
        assert_eq!(many(ITEMS_MAX / 10_000), ITEMS_MAX / 10_000);
        assert_eq!(many(ITEMS_MAX / 10_000 + 1), ITEMS_MAX / 20_000);
        // Small ones behind a large one: it is the oldest that goes.
        let mixed = [facts(ITEMS_MAX), small(), small()];
        assert_eq!(stay(mixed), 2);
    }

    #[test]
    fn the_newest_stays_however_large() {
        assert_eq!(stay([small(), facts(ITEMS_MAX)]), 1);
    }
}
