//! The log's entries: bytes of leaves and payloads, leaf hashes, the running tree.
//!
//! In scope: what an entry says and its one spelling in bytes (`entry.cddl`). Out of scope: what entries mean for state
//! (`consent`), where they are kept (`store`), tiles, checkpoints and proofs.

mod columns;
mod disclosure;
mod entry;
mod event;
mod fact;
mod leaf;
mod tree;
mod write;

pub use disclosure::{About, DisclosurePayload, Node, RecordFacts};
pub use entry::{
    Commitment, DecodeError, Entry, Payload, PreparedEntry, RULES_VERSION, Salt, SealedEntry,
};
pub use event::{
    AgreementEnded, AgreementMade, AppChanged, AppList, AppMade, AppReported, AppStatusChanged,
    AppealDecided, AppsSuspended, Assigned, AuditedAgreement, AuditedCatalog, AuditedChange,
    AuditedException, AuditedPolicy, AuditedProgram, CaseAppealed, CaseClosed, CaseNoted,
    CaseOpened, CatalogActivated, CertificationEnded, CertificationMade, ChangeAudited, ClassEnd,
    ClassesUsed, CodeRedeemed, CredentialEnded, CredentialMade, CutOff, CutOffSubject, Event,
    ExceptionEnded, ExceptionMade, FamilyEnded, FindingRaised, GrantEnded, GrantMade, GrantSpent,
    IdentityLookedUp, InstallationBacked, InstallationEnded, InstallationMade,
    InstallationNarrowed, OptIn, OptOut, PartnerChanged, PartnerMade, PartnerStatusChanged,
    PolicyActivated, ProbesRun, ProgramStatusChanged, RefreshRotated, ReportAcknowledged,
    ReportIssued, Retention, ReviewPassed, ReviewWithdrawn, SandboxChanged, SettingChanged,
    SettingScope, StaffEnded, StaffMade, StaffRoleChanged, SuspensionLifted, TesterAdded,
    TesterRemoved, VersionChanged, Why, digest,
};
pub use fact::{Fact, Facts};
pub use leaf::{ClassCount, Leaf, kind};
pub use tree::{Frontier, Hash, leaf_hash};
pub use write::{RefusalCount, Refusals, WriteOutcome, WriteOutcomeKind, WritePermitted};
