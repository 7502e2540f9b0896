//! State as the fold of the log, and the decision: which class of whom may leave.
//!
//! In scope: [`State::apply`], [`decide`], [`explain`], the policy document, the snapshot of state. Out of scope: how requests
//! become nodes (`gate`), who may cause an event (`flows`).

mod context;
mod decide;
mod explain;
mod fold;
mod masks;
mod opt_ins;
mod people;
mod policy;
mod recorded;
mod registry;
mod rules;
mod snapshot;
mod state;
mod touch;

pub use context::ContextState;
pub use decide::{Authority, Decision, Request, authorize, decide, decide_people};
pub use explain::{Explained, Link, Why, explain};
pub use fold::FoldError;
pub use people::{PersonState, Setting};
pub use policy::{Policy, PolicyMistake};
pub use registry::{
    Agreement, App, Certification, Credential, CutOffs, Family, Grant, Installation, Partner,
    Program,
};
pub use rules::{ProgramRules, Rules};
pub use snapshot::SnapshotError;
pub use state::State;
pub use touch::{Touch, touches};
