//! What the platform tells.

mod facts;
mod resync;

pub use facts::{Batch, Refusal, Taken, membership, take_in};
pub use resync::{Named, conclude, take_standing};
