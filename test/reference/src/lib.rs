//! The slow and obvious model of deciding, straight from the list of events.
//!
//! Every question ("does this installation stand?") reads the whole list again from the first event on. There is no state,
//! no index, no cache and no bit mask beyond what events and nodes are spelt in, so that a reader can hold each answer against
//! the sentence in the design that it comes from. `consent` must agree with it, reasons included.
//!
//! In scope: [`authorize`], [`decide`], [`marks_of_use`], and [`changes_before`] for what time alone does. Out of scope: which events may happen
//! (`flows`), and being fast.

mod chain;
mod experiment;
mod grants;
mod history;
mod idleness;
mod installations;
mod people;
mod registry;
mod review;
mod rules;
mod soak;
mod time;
mod tokens;

pub use chain::{Outcome, authorize, decide, failures};
pub use history::Entry;
pub use idleness::marks_of_use;
pub use soak::Budget;
pub use time::changes_before;
