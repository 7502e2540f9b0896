//! What the platform tells.

mod facts;

pub use facts::{Batch, Refusal, Taken, take_in};
