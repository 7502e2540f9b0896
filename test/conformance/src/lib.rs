//! Black-box runs of the whole program, and the world that they run in.
//!
//! In scope: a platform with a community, a store, and the gate served over real sockets, all in one process, with short ways to
//! do what people, admins and staff do. Out of scope: assertions; they live in `tests/it`.
#![expect(
    clippy::expect_used,
    reason = "a world for tests: what cannot be set up ends the test with its cause"
)]

mod apps;
mod clients;
mod facts;
mod hand;
mod handed;
mod peers;
mod people;
mod upstream;
mod wire;
mod world;

pub use apps::App;
pub use clients::{Client, Kind};
pub use facts::{Placed, Sink};
pub use hand::Hand;
pub use handed::Handed;
pub use peers::{PASSWORD, Peer};
pub use upstream::InProcess;
pub use wire::{Head, Wire};
pub use world::{
    Answer, FACTS_SECRET, OPERATOR_TOKEN, Options, POLICY_AFTER, POLICY_BEFORE, Surfaces, World,
};
