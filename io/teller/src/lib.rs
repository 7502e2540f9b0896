//! Notices: their texts, and the task that tells them.
//!
//! In scope: words for each notice in each language, the names in them, the pass over log and clock that fills the queue, the
//! pass over deliveries that empties it. Out of scope: who is told what (`notices`), the queue itself (`store`), sockets
//! (`outbound`), pages and JSON (`console-http`, `governance-http`).

mod address;
mod facts;
mod language;
mod names;
mod post;
mod telling;
mod texts;

pub use address::address;
pub use facts::facts;
pub use language::Language;
pub use names::Names;
pub use post::{Pass, Post, Ways};
pub use telling::{TellError, tell};
pub use texts::{Text, footer, text};
