//! What a partner does about its own apps, whatever their status: acknowledging, appealing, certifying.

mod appeal;
mod certify;
mod report;

pub use appeal::appeal;
pub use certify::{SigningKey, SigningKeys, Statement, certify};
pub use report::acknowledge;

use consent::{App, State};
use model::{AppNo, PartnerNo};

/// Why a partner's wish cannot be met.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The partner has no such thing.
    #[error("you have no {0} of this number")]
    Unknown(&'static str),
    /// A value is not what it must be.
    #[error("`{field}` {problem}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The state does not allow it.
    #[error("{0}")]
    Conflict(&'static str),
}

/// An app, if it is this partner's.
fn own(state: &State, partner: PartnerNo, app: AppNo) -> Result<&App, Refusal> {
    state.app(app).filter(|found| found.partner == partner).ok_or(Refusal::Unknown("app"))
}
