//! State as the fold of the log, and the decision: which class of whom may leave.
//!
//! In scope: [`State::apply`], [`decide`], [`explain`], the policy document, the snapshot of state. Out of scope: how requests
//! become nodes (`gate`), who may cause an event (`flows`).

mod context;
mod decide;
mod disuse;
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
mod suppose;
mod touch;
mod used;

pub use context::ContextState;
pub use decide::{Authority, Decision, Request, authorize, decide, decide_people, reach};
pub use explain::{Explained, Link, Why, explain};
pub use fold::FoldError;
pub use people::{PersonState, Setting};
pub use policy::{ClassExpiry, Expiry, Policy, PolicyMistake};
pub use registry::{
    Agreement, App, Appeal, Case, Certification, Credential, CutOffs, Family, Grant, GrantTerms,
    Installation, Partner, Program, Review, Suspension,
};
pub use rules::{ProgramRules, Rules};
pub use snapshot::SnapshotError;
pub use state::{State, VersionTerms};
pub use touch::{Touch, touches};
pub use used::marks_of_use;
