//! What a person says about data about them. Taking back always succeeds.

mod exception;
mod grant;
mod opt;
mod report;
mod setting;

pub use exception::{Concerning, exceptions_for};
pub use grant::end_grant;
pub use opt::{offered, offered_to, opt_in, opt_out};
pub use report::report_app;
pub use setting::{hear_gpc, set, spoke_of_beyond};

/// Why a person's wish cannot be met. Only widening is ever refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such installation, grant or app for this person.
    #[error("there is nothing of that number for you")]
    Unknown,
    /// Only members can opt in.
    #[error("you are not a member of this group")]
    NotMember,
    /// The app may receive nothing at present, so nothing new can be allowed.
    #[error("this app is not active at present")]
    AppNotActive,
    /// The installation lapsed or ended.
    #[error("no admin stands behind this app in this group at present")]
    NotStanding,
    /// Nothing new can be allowed to it: its program is restricted, a report was not acknowledged, or an experiment is full.
    #[error("nothing new can be allowed to this app at present")]
    Restricted,
    /// None of the classes can be opted in to.
    #[error("none of these kinds of data is yours to allow here")]
    NothingToAllow,
}
