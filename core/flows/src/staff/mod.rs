//! What staff decides: the registry, programs, policies, cut-offs. Every flow asks first whether the actor's role
//! allows it ([`may`]).

mod agreement;
mod app;
mod cut_off;
mod documents;
mod member;
mod partner;
mod program;
mod role;
mod version;

pub use agreement::{
    NewAgreement, NewCertification, certify, end_agreement, end_certification, make_agreement,
};
pub use app::{
    NewApp, change_redirects, end_credential, make_app, make_credential, set_app_status,
};
pub use cut_off::cut_off;
pub use documents::{Activated, activate_catalog, activate_catalog_beside, activate_policy};
pub use member::{change_role, end_staff, make_staff};
pub use partner::{make_partner, set_partner_status};
pub use program::{
    EXCEPTIONS_MAX, NewException, Stage, end_exception, move_program, set_program_status,
};
pub use role::{Act, allows, may};
pub use version::{Announcement, announce_version};

use model::StaffRole;

/// Why staff's wish cannot be met.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The actor is no staff, or no more.
    #[error("only staff may do this")]
    NotStaff,
    /// The actor is staff, in a role that may not.
    #[error("the role `{role}` may not do this (`{}`)", .act.word())]
    RoleNotAllowed {
        /// The role that they have.
        role: StaffRole,
        /// What they were about to do.
        act: Act,
    },
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
