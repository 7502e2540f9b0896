//! Numbers, times, class masks, secrets and limits that every other crate speaks in.
//!
//! In scope: the closed vocabularies (needs, reasons, statuses) and the types that carry them.
//! Out of scope: any rule that combines them; those live in `consent` and `flows`.

mod class;
mod env;
pub mod limits;
mod number;
mod secret;
mod time;
mod vocabulary;
mod words;

pub use class::{ClassMask, ClassNo};
pub use env::Env;
pub use number::{
    AgreementNo, AppNo, CaseNo, CertificationNo, ContextNo, CredentialNo, GrantNo, InstallationNo,
    ObjectNo, OperationNo, ParseNumberError, PartnerNo, PersonNo, Position, ProgramNo, PurposeNo,
    SourceNo, StaffNo,
};
pub use secret::Secret;
pub use time::{ApiVersion, Millis, Timestamp};
pub use vocabulary::{
    Actor, AppStatus, CaseKind, CaseOutcome, Chain, Condition, ContextKind, EndingReason,
    IdentifierKind, Need, ObjectKind, PartnerStatus, ProgramStatus, Publication, Reason, Relation,
    Severity, StaffRole,
};
