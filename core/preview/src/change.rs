//! Which events are a change of rules.

use consent::FoldError;
use ledger::Event;

/// Why a change cannot be previewed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPreviewable {
    /// It is no change of the rules or the register.
    #[error("`{0}` changes no rule")]
    Kind(&'static str),
    /// It cannot follow the state.
    #[error("the change cannot be made: {0}")]
    Fold(#[from] FoldError),
}

/// Whether an event changes rules or the register: what staff decides for many. What people and admins decide for
/// themselves is not tried out on them.
#[must_use]
pub const fn is_previewable(event: &Event) -> bool {
    match event {
        Event::CatalogActivated(_)
        | Event::PolicyActivated(_)
        | Event::VersionChanged(_)
        | Event::PartnerStatusChanged(_)
        | Event::AppStatusChanged(_)
        | Event::AppsSuspended(_)
        | Event::SuspensionLifted(_)
        | Event::ProgramStatusChanged(_)
        | Event::ExceptionMade(_)
        | Event::ExceptionEnded(_)
        | Event::AgreementMade(_)
        | Event::AgreementEnded(_)
        | Event::CertificationMade(_)
        | Event::CertificationEnded(_)
        | Event::ReviewPassed(_)
        | Event::ReviewWithdrawn(_)
        | Event::SandboxChanged(_) => true,
        Event::ChangeAudited(_)
        | Event::PartnerMade(_)
        | Event::PartnerChanged(_)
        | Event::AppMade(_)
        | Event::AppChanged(_)
        | Event::CredentialMade(_)
        | Event::CredentialEnded(_)
        | Event::CutOff(_)
        | Event::InstallationMade(_)
        | Event::InstallationBacked(_)
        | Event::InstallationNarrowed(_)
        | Event::InstallationEnded(_)
        | Event::GrantMade(_)
        | Event::CodeRedeemed(_)
        | Event::RefreshRotated(_)
        | Event::FamilyEnded(_)
        | Event::GrantEnded(_)
        | Event::ClassesUsed(_)
        | Event::GrantSpent(_)
        | Event::OptIn(_)
        | Event::OptOut(_)
        | Event::SettingChanged(_)
        | Event::Facts(_)
        | Event::StaffMade(_)
        | Event::StaffEnded(_)
        | Event::StaffRoleChanged(_)
        | Event::IdentityLookedUp(_)
        | Event::TesterAdded(_)
        | Event::TesterRemoved(_)
        | Event::CaseOpened(_)
        | Event::CaseNoted(_)
        | Event::CaseClosed(_)
        | Event::CaseAppealed(_)
        | Event::AppealDecided(_)
        | Event::AppReported(_)
        | Event::FindingRaised(_)
        | Event::ProbesRun(_)
        | Event::ReportIssued(_)
        | Event::ReportAcknowledged(_) => false,
    }
}
