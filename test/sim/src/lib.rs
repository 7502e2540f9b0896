//! Seeded actors, virtual time, replicas and faults over the sequencing protocol.

mod intent;
pub mod invariants;
mod process;
mod rng;
mod run;
pub mod store;
mod world;

pub use run::{Counts, Simulation};
