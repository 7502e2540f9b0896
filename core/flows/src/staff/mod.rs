//! What staff decides: the registry, programs, policies, cut-offs. Every flow asks first whether the actor's role
//! allows it ([`may`]).

mod agreement;
mod app;
mod audit;
mod case;
mod cut_off;
mod details;
mod documents;
mod identity;
mod member;
mod partner;
mod program;
mod report;
mod review;
mod role;
mod selection;
mod suspend;
mod version;

pub use agreement::{
    NewAgreement, NewCertification, Terms, certified_until, certify, end_agreement,
    end_certification, make_agreement,
};
pub use app::{
    AppSays, NewApp, change_app, change_redirects, end_credential, make_app, make_credential,
    make_key, register_app, set_app_status,
};
pub use audit::{NewAudit, audit_change, end_audit, replaceable};
pub use case::{
    Attached, NewCase, NewNote, Readers, Verdict, close_case, decide_appeal, note_case, open_case,
};
pub use cut_off::cut_off;
pub use details::{
    AppDetails, Contact, Edit, PartnerDetails, PartnerRole, SubProcessor, details_in_edition,
    edition,
};
pub use documents::{Activated, activate_catalog, activate_catalog_beside, activate_policy};
pub use identity::look_up;
pub use member::{change_role, end_staff, make_staff};
pub use partner::{change_partner, make_partner, register_partner, set_partner_status};
pub use program::{
    EXCEPTIONS_MAX, NewException, Stage, end_exception, move_program, set_program_status,
};
pub use report::{acknowledge_report, is_report_due, issue_due_report, issue_report};
pub use review::{
    TESTERS_MAX, add_tester, add_tester_looked_up, pass_review, remove_tester, set_sandbox,
    withdraw_review,
};
pub use role::{Act, allows, may};
pub use selection::{Part, Selection};
pub use suspend::{
    Counting, PROPOSAL_LIFETIME, Preview, Proposed, SuspensionWish, confirm, lift, may_propose,
    result_of, suspend_alone,
};
pub use version::{Announcement, announce_version};

use crate::Said;
use model::{Actor, EndingReason, StaffRole};

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
    /// Only the operator's command line may do this alone.
    #[error("only the operator may do this alone")]
    NotOperator,
    /// It takes two, and this is the first again.
    #[error("it takes a second person: you proposed it yourself")]
    NotSecond,
    /// The selection means other apps by now.
    #[error("the selection means other apps than those that you saw: look at it again")]
    ResultChanged,
    /// Somebody else changed it meanwhile.
    #[error("it says something else by now than what you saw: look at it again")]
    Edited,
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

fn missing(field: &'static str) -> Result<(), Refusal> {
    Err(Refusal::Invalid { field, problem: "must be said".to_owned() })
}

/// What takes something away from many is explained by staff: a reason, how grave, and a note where the reason says no more.
/// The operator's command line is not stopped for the lack of words, but for what takes two otherwise ([`explained`]) and for
/// statuses ([`ending_because`]).
pub(crate) fn because(said: &Said) -> Result<(), Refusal> {
    if matches!(said.by, Actor::Staff(_)) { explained(said) } else { Ok(()) }
}

/// Whoever takes everything from an app or from all of a partner's says at least why, the operator too.
pub(crate) fn ending_because(said: &Said) -> Result<(), Refusal> {
    if said.by == Actor::Operator && said.reason.is_none() {
        return missing("because.reason");
    }
    because(said)
}

/// So is what gives it back, but for how grave that is.
pub(crate) fn reinstating_because(said: &Said) -> Result<(), Refusal> {
    if matches!(said.by, Actor::Staff(_)) { reasoned(said) } else { Ok(()) }
}

/// A reason, how grave, and a note where the reason says no more, whoever says it.
pub(crate) fn explained(said: &Said) -> Result<(), Refusal> {
    if said.reason.is_some() && said.severity.is_none() {
        return missing("because.severity");
    }
    reasoned(said)
}

fn reasoned(said: &Said) -> Result<(), Refusal> {
    if said.reason.is_none() {
        return missing("because.reason");
    }
    let has_note = said.note.as_deref().is_some_and(|note| !note.trim().is_empty());
    if said.reason == Some(EndingReason::Other) && !has_note {
        return missing("because.note");
    }
    Ok(())
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
