//! The pass over log and clock that fills the queue.

use consent::{FoldError, State};
use ledger::{Event, Payload};
use model::{Millis, Position, Timestamp};
use notices::{Channel, Notice, Walk, Window, needs_history, of_event, of_window};
use sequence::StoreError;
use store::{Store, TellerCursor};

/// Events of one transaction.
const EVENTS_MAX: usize = 256;
/// Installations and grants that are looked at while the state is locked for reading: about a millisecond.
const THINGS_MAX: u32 = 10_000;
/// How often the clock is looked at: marks are days apart.
const CLOCK_EVERY: Millis = Millis::minutes(1);

/// Why telling stopped. It goes on where it stopped.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// Log or queue cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log does not fold.
    #[error(transparent)]
    Fold(#[from] FoldError),
}

type Part = [(Position, Timestamp, Event)];

/// Tells what the log and the clock have made due since the last time; gives how many notices are new. Two at once do no harm: the
/// one that comes later finds the cursor moved. Long after a long pause: call it from a blocking thread.
///
/// # Errors
/// What was told stays told; the rest is told next time.
pub fn tell(store: &Store, channels: &[Channel]) -> Result<usize, TellError> {
    let mut new = 0;
    loop {
        let from = store.teller_cursor()?;
        let now = store.now();
        // Only what is durable: the state can be ahead by a batch that comes to nothing.
        let head = store.head()?.next();
        let part = store.control_events(from.next, head, EVENTS_MAX)?;
        let is_last = part.len() < EVENTS_MAX;
        let next = if is_last { head } else { after(&part) };
        let looks = is_last && now.since(from.checked_at) >= CLOCK_EVERY;
        if part.is_empty() && !looks {
            return Ok(new);
        }
        let mut due = of_part(store, from.next, &part)?;
        let mut to = TellerCursor { next, ..from };
        if looks {
            to.checked_at = now;
            due.extend(of_window(&store.state(), Window { after: from.checked_at, up_to: now }));
        }
        let events: Vec<Event> = part.into_iter().map(|(_, _, event)| event).collect();
        match store.tell((from, to), &due, &events, channels)? {
            Some(told) => new += told,
            // Somebody else tells.
            None => return Ok(new),
        }
        if is_last {
            return Ok(new);
        }
    }
}

fn after(part: &Part) -> Position {
    part.last().map_or(Position(0), |(at, ..)| Position(at.0 + 1))
}

/// The live state does for nearly everything; it is lent for one event at a time, and for some thousand things at a time where
/// all have to be looked at. Where it is later than the event and may hide a lapse that was mended since, the log is folded once
/// more up to there: rare, and off the live state.
fn of_part(store: &Store, since: Position, part: &Part) -> Result<Vec<Notice>, TellError> {
    let mut due = Vec::new();
    for (at, time, event) in part {
        let state = store.state();
        let is_later = state.revision().0 > at.0.saturating_add(1);
        if is_later && needs_history(since, *at, event, &state) {
            drop(state);
            return one_by_one(&mut store.state_at(since)?, part);
        }
        due.extend(of_event(*at, *time, event, &state));
    }
    let events = part.iter().map(|(at, time, event)| (*at, *time, event));
    if let Some(mut walk) = Walk::of(events) {
        let found = loop {
            if let Some(found) = walk.step(&store.state(), THINGS_MAX) {
                break found;
            }
        };
        due.extend(found);
    }
    Ok(due)
}

/// Folds event by event, and asks after each.
fn one_by_one(state: &mut State, part: &Part) -> Result<Vec<Notice>, TellError> {
    let mut due = Vec::new();
    for (at, time, event) in part {
        state.skip_to(*at, (*time).max(state.time()))?;
        state.apply(*at, *time, &Payload::Control(event.clone()))?;
        due.extend(of_event(*at, *time, event, state));
        let walk = Walk::of([(*at, *time, event)]);
        due.extend(walk.and_then(|mut walk| walk.step(state, u32::MAX)).into_iter().flatten());
    }
    Ok(due)
}
