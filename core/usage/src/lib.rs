//! What an app holds beside what it used.
//!
//! In scope: counting what live chains could yield, advice on the smallest agreement, timelines of availability; all from
//! state, control events and counts that the caller read. Out of scope: counting use itself (`store`), words and charts (HTTP surfaces).

mod used;

pub use used::{DAY_MS, Feature, Happened, ShownDay, UsedDay, UsedPlace};
