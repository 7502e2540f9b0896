//! Tries, over HTTP, credentials that must fail, and enters in the log what came of it.
//!
//! For each [`model::Condition`] the prober has an app of its own whose chain is whole but for that condition. Before it
//! breaks a chain it proves over HTTP that the chain works, so that no probe fails for another reason than its own; and in
//! each round a chain that nothing is wrong with must work, or nothing counts as tried. A probe goes through every door that
//! a chain opens: the list of members, the person's own profile, a link to media, the token endpoint. Each of the first two is
//! in a program of its own, so that the prober still sees when one of them is closed.
//!
//! Tokens and links are sealed with the keys of this process, fresh for each round, for a token that had died of age would
//! show nothing; beside them it keeps what the token endpoint gave it while a chain was whole, and tries that too.
//!
//! A round that tries nothing, or cannot try what it tried before, is a finding too: silence is not a good sign.
//!
//! In scope: preparing, proving, breaking, trying, recording. Out of scope: whether anything may leave (`consent`), where
//! the prober's people and group come from ([`Ground`]).

mod break_off;
mod doors;
mod ground;
mod kept;
mod prepare;
mod prober;
mod round;
mod tokens;
mod trial;

pub use ground::{Ground, Place, Step};
pub use prober::{Parts, Prober};
pub use round::{Round, Untried};

/// Why a round could not be made at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(pub(crate) String);

impl Trouble {
    pub(crate) fn new(text: impl std::fmt::Display) -> Self {
        Self(text.to_string())
    }
}
