//! What a group's admin decides about apps in the group.

mod installation;

pub use installation::{Offer, confirm, disable, enable, narrow, offer};

/// Why an admin's wish cannot be met.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such app or installation.
    #[error("there is no such app here")]
    Unknown,
    /// The person is not an admin of this group now.
    #[error("you are not an admin of this group")]
    NotAdmin,
    /// The app may receive nothing at present, so it cannot be enabled.
    #[error("this app is not active at present")]
    AppNotActive,
    /// Nothing new can be allowed to it: its partner has not acknowledged a report in time.
    #[error("nothing new can be allowed to this app at present")]
    Restricted,
    /// No open program and agreement covers anything.
    #[error("this app has no agreement for groups at present")]
    NoAgreement,
    /// Classes without which the app does not work are missing.
    #[error("the app does not work without the required kinds of data")]
    RequiredMissing,
    /// Too many groups at once.
    #[error("too many groups at once")]
    TooMany,
}
