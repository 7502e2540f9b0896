//! Whoever runs the prober, as this surface sees it.

use model::Condition;
use std::future::Future;
use std::pin::Pin;

/// What a round of the prober came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// Conditions whose probe was tried.
    pub tried: Vec<Condition>,
    /// Those of them whose probe got something.
    pub passed: Vec<Condition>,
    /// Those whose probe could not be tried, and why.
    pub untried: Vec<(Condition, String)>,
}

/// A round under way.
pub type Round<'a> = Pin<Box<dyn Future<Output = Result<Probed, String>> + Send + 'a>>;

/// Runs the prober.
pub trait Probing: Send + Sync {
    /// Runs one round, now. An error says why none could be made.
    fn round(&self) -> Round<'_>;
}
