//! SQLite: the log, the vault, snapshots, the appending thread.
//!
//! In scope: everything that is SQL; durability; the numbers behind external ids; who is still being answered. Out of scope: what
//! events mean (`consent`), the protocol of a turn at the log (`sequence`). PostgreSQL becomes a second
//! implementation of [`sequence::LogStore`] and of the vault's queries.

mod backup;
mod clock;
mod conduct;
mod index;
mod inflight;
mod jobs;
mod lock;
mod notices;
mod numbers;
mod open;
mod previews;
mod private;
mod query;
mod reserve;
mod room;
mod schema;
mod short_lived;
mod snapshot;
mod sqlite_log;
mod upkeep;
mod vault;
mod writer;

pub use backup::{backup, restore};
pub use clock::SystemClock;
pub use conduct::Placed;
pub use index::{ChainLife, General, PersonEvent};
pub use inflight::{Handover, InFlight, Ticket};
pub use jobs::{Disclosed, Done, Failure, Urgency};
pub use notices::{Address, Delivery, Outcome, QueuedNotice, TellerCursor};
pub use numbers::ExternalKind;
pub use open::{OpenError, Options, Store};
pub use preview::{Report as PreviewReport, Watched};
pub use previews::{PreviewFailure, PreviewStage};
pub use query::StoredEntry;
pub use schema::SchemaError;
pub use short_lived::Proposal;
pub use usage::{Seen, Through};
pub use vault::{Account, SessionOf};
