//! The platform's facts: ordered, taken in once, in batches, singly, or anew as a snapshot.

mod http;
mod intake;
mod numbers;
mod resync;
mod wire;

pub(crate) use http::operations;
pub use intake::{FactsProblem, Intake, SOURCE};
pub use wire::{
    Accepted, CompleteJson, FactBatchJson, FactJson, FactKind, ModeWord, ObjectJson, ObjectWord,
    SingleFactJson,
};
