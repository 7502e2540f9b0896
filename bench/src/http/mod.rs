//! A group's page of 25 posts over HTTP with its durable entry: the gate against the bare upstream, and against
//! PostgreSQL with row-level security.
//!
//! Every server and the client are processes of their own, so that each one's processor time can be told.

mod floor;
mod load;
mod postgres;
mod prepare;
mod process;
mod rounds;
mod serve;

pub use floor::floor;
pub use load::load;
pub use postgres::report as postgres;
pub use prepare::prepare;
pub use rounds::report;
pub use serve::{bare, gate};
