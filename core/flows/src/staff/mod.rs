//! What staff decides: the registry, programs, policies, cut-offs. Every flow checks that the actor is staff now.

mod agreement;
mod app;
mod cut_off;
mod documents;
mod member;
mod partner;
mod program;

pub use agreement::{
    NewAgreement, NewCertification, certify, end_agreement, end_certification, make_agreement,
};
pub use app::{
    NewApp, change_redirects, end_credential, make_app, make_credential, set_app_status,
};
pub use cut_off::cut_off;
pub use documents::{Activated, activate_catalog, activate_policy};
pub use member::{end_staff, make_staff};
pub use partner::{make_partner, set_partner_status};
pub use program::set_program_status;

use consent::State;
use model::Actor;

/// Why staff's wish cannot be met.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The actor is no staff, or no more.
    #[error("only staff may do this")]
    NotStaff,
    /// There is no such thing.
    #[error("there is no {0} of this number")]
    Unknown(&'static str),
    /// A value is not what it must be.
    #[error("`{field}` {problem}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The state does not allow it: a final status, for example.
    #[error("{0}")]
    Conflict(String),
    /// A document has mistakes.
    #[error("the document has {} mistakes", .0.len())]
    Document(Vec<(String, String)>),
}

pub(crate) fn is_staff(state: &State, by: Actor) -> Result<(), Refusal> {
    match by {
        // Whoever runs the command line on the machine holds the store itself.
        Actor::Operator => Ok(()),
        Actor::Staff(staff) if state.is_staff(staff) => Ok(()),
        Actor::Staff(_) | Actor::System | Actor::Platform | Actor::Person(_) | Actor::App => {
            Err(Refusal::NotStaff)
        }
    }
}

pub(crate) fn name(field: &'static str, text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 200 || text.chars().any(char::is_control) {
        return Err(Refusal::Invalid {
            field,
            problem: "must be 1 to 200 characters on one line".to_owned(),
        });
    }
    Ok(text.to_owned())
}
