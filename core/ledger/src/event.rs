//! Control events: the only things that change state.

mod reach;
mod registry;
mod why;

pub use reach::{
    CodeRedeemed, CutOff, FamilyEnded, GrantEnded, GrantMade, InstallationBacked,
    InstallationEnded, InstallationMade, InstallationNarrowed, OptIn, OptOut, RefreshRotated,
    SettingChanged,
};
pub use registry::{
    AgreementEnded, AgreementMade, AppChanged, AppMade, AppStatusChanged, Assigned,
    CatalogActivated, CertificationEnded, CertificationMade, CredentialEnded, CredentialMade,
    PartnerMade, PartnerStatusChanged, PolicyActivated, ProgramStatusChanged, StaffEnded,
    StaffMade,
};
pub use why::{CutOffSubject, SettingScope, Why};

use crate::{Facts, Leaf};
use minicbor::{Decode, Encode};
use model::EndingReason;

/// What of an event stands in its leaf: apps, classes, counts; never people or contexts.
trait Named {
    fn name(&self, leaf: &mut Leaf);
}

/// Fields of the leaf that are fields of the event.
macro_rules! names {
    ($event:ident { $($field:ident: $from:ident),* }) => {
        impl Named for $event {
            fn name(&self, leaf: &mut Leaf) {
                $(leaf.$field = Some(self.$from);)*
                let _ = leaf;
            }
        }
    };
}
use names;

/// A control event. Encoded `[kind, [body]]`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Event {
    /// A catalog was adopted.
    #[n(16)]
    CatalogActivated(#[n(0)] CatalogActivated),
    /// A policy revision was adopted.
    #[n(17)]
    PolicyActivated(#[n(0)] PolicyActivated),
    /// A partner was registered.
    #[n(20)]
    PartnerMade(#[n(0)] PartnerMade),
    /// A partner's status changed.
    #[n(21)]
    PartnerStatusChanged(#[n(0)] PartnerStatusChanged),
    /// An app was registered.
    #[n(22)]
    AppMade(#[n(0)] AppMade),
    /// An app's redirect URIs changed.
    #[n(23)]
    AppChanged(#[n(0)] AppChanged),
    /// An app's status changed.
    #[n(24)]
    AppStatusChanged(#[n(0)] AppStatusChanged),
    /// An app got a credential.
    #[n(25)]
    CredentialMade(#[n(0)] CredentialMade),
    /// A credential ended.
    #[n(26)]
    CredentialEnded(#[n(0)] CredentialEnded),
    /// A program's status changed.
    #[n(30)]
    ProgramStatusChanged(#[n(0)] ProgramStatusChanged),
    /// An agreement began.
    #[n(32)]
    AgreementMade(#[n(0)] AgreementMade),
    /// An agreement ended early.
    #[n(33)]
    AgreementEnded(#[n(0)] AgreementEnded),
    /// A partner certified its purpose for classes.
    #[n(34)]
    CertificationMade(#[n(0)] CertificationMade),
    /// A certification was withdrawn.
    #[n(35)]
    CertificationEnded(#[n(0)] CertificationEnded),
    /// Every token of a subject issued so far is dead.
    #[n(40)]
    CutOff(#[n(0)] CutOff),
    /// An admin enabled an app in a context.
    #[n(50)]
    InstallationMade(#[n(0)] InstallationMade),
    /// An admin stands behind an installation from now on; a lapsed one stands again.
    #[n(51)]
    InstallationBacked(#[n(0)] InstallationBacked),
    /// An admin took classes away from an installation.
    #[n(52)]
    InstallationNarrowed(#[n(0)] InstallationNarrowed),
    /// An app was disabled in a context.
    #[n(53)]
    InstallationEnded(#[n(0)] InstallationEnded),
    /// A person authorized an app, or changed an authorization.
    #[n(60)]
    GrantMade(#[n(0)] GrantMade),
    /// An authorization code was redeemed; a refresh family begins.
    #[n(61)]
    CodeRedeemed(#[n(0)] CodeRedeemed),
    /// A refresh token was rotated.
    #[n(62)]
    RefreshRotated(#[n(0)] RefreshRotated),
    /// A refresh family ended.
    #[n(63)]
    FamilyEnded(#[n(0)] FamilyEnded),
    /// A grant ended.
    #[n(64)]
    GrantEnded(#[n(0)] GrantEnded),
    /// A person allowed an app, in a context, classes about them.
    #[n(70)]
    OptIn(#[n(0)] OptIn),
    /// A person took that back.
    #[n(71)]
    OptOut(#[n(0)] OptOut),
    /// A person set or lifted a standing choice.
    #[n(72)]
    SettingChanged(#[n(0)] SettingChanged),
    /// What the platform told.
    #[n(80)]
    Facts(#[n(0)] Facts),
    /// Somebody became staff.
    #[n(90)]
    StaffMade(#[n(0)] StaffMade),
    /// Somebody is staff no more.
    #[n(91)]
    StaffEnded(#[n(0)] StaffEnded),
}

impl Event {
    /// The leaf's `kind`.
    #[must_use]
    pub const fn kind(&self) -> u16 {
        match self {
            Self::CatalogActivated(_) => 16,
            Self::PolicyActivated(_) => 17,
            Self::PartnerMade(_) => 20,
            Self::PartnerStatusChanged(_) => 21,
            Self::AppMade(_) => 22,
            Self::AppChanged(_) => 23,
            Self::AppStatusChanged(_) => 24,
            Self::CredentialMade(_) => 25,
            Self::CredentialEnded(_) => 26,
            Self::ProgramStatusChanged(_) => 30,
            Self::AgreementMade(_) => 32,
            Self::AgreementEnded(_) => 33,
            Self::CertificationMade(_) => 34,
            Self::CertificationEnded(_) => 35,
            Self::CutOff(_) => 40,
            Self::InstallationMade(_) => 50,
            Self::InstallationBacked(_) => 51,
            Self::InstallationNarrowed(_) => 52,
            Self::InstallationEnded(_) => 53,
            Self::GrantMade(_) => 60,
            Self::CodeRedeemed(_) => 61,
            Self::RefreshRotated(_) => 62,
            Self::FamilyEnded(_) => 63,
            Self::GrantEnded(_) => 64,
            Self::OptIn(_) => 70,
            Self::OptOut(_) => 71,
            Self::SettingChanged(_) => 72,
            Self::Facts(_) => 80,
            Self::StaffMade(_) => 90,
            Self::StaffEnded(_) => 91,
        }
    }

    /// The word for this kind in JSON and on the command line.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::CatalogActivated(_) => "catalog-activated",
            Self::PolicyActivated(_) => "policy-activated",
            Self::PartnerMade(_) => "partner-made",
            Self::PartnerStatusChanged(_) => "partner-status-changed",
            Self::AppMade(_) => "app-made",
            Self::AppChanged(_) => "app-changed",
            Self::AppStatusChanged(_) => "app-status-changed",
            Self::CredentialMade(_) => "credential-made",
            Self::CredentialEnded(_) => "credential-ended",
            Self::ProgramStatusChanged(_) => "program-status-changed",
            Self::AgreementMade(_) => "agreement-made",
            Self::AgreementEnded(_) => "agreement-ended",
            Self::CertificationMade(_) => "certification-made",
            Self::CertificationEnded(_) => "certification-ended",
            Self::CutOff(_) => "cut-off",
            Self::InstallationMade(_) => "installation-made",
            Self::InstallationBacked(_) => "installation-backed",
            Self::InstallationNarrowed(_) => "installation-narrowed",
            Self::InstallationEnded(_) => "installation-ended",
            Self::GrantMade(_) => "grant-made",
            Self::CodeRedeemed(_) => "code-redeemed",
            Self::RefreshRotated(_) => "refresh-rotated",
            Self::FamilyEnded(_) => "family-ended",
            Self::GrantEnded(_) => "grant-ended",
            Self::OptIn(_) => "opt-in",
            Self::OptOut(_) => "opt-out",
            Self::SettingChanged(_) => "setting-changed",
            Self::Facts(_) => "facts",
            Self::StaffMade(_) => "staff-made",
            Self::StaffEnded(_) => "staff-ended",
        }
    }

    /// Who did it and why, where somebody decided it.
    #[must_use]
    pub const fn why(&self) -> Option<&Why> {
        match self {
            Self::CatalogActivated(event) => Some(&event.why),
            Self::PolicyActivated(event) => Some(&event.why),
            Self::PartnerMade(event) => Some(&event.why),
            Self::PartnerStatusChanged(event) => Some(&event.why),
            Self::AppMade(event) => Some(&event.why),
            Self::AppChanged(event) => Some(&event.why),
            Self::AppStatusChanged(event) => Some(&event.why),
            Self::CredentialMade(event) => Some(&event.why),
            Self::CredentialEnded(event) => Some(&event.why),
            Self::ProgramStatusChanged(event) => Some(&event.why),
            Self::AgreementMade(event) => Some(&event.why),
            Self::AgreementEnded(event) => Some(&event.why),
            Self::CertificationMade(event) => Some(&event.why),
            Self::CertificationEnded(event) => Some(&event.why),
            Self::CutOff(event) => Some(&event.why),
            Self::InstallationMade(event) => Some(&event.why),
            Self::InstallationBacked(event) => Some(&event.why),
            Self::InstallationNarrowed(event) => Some(&event.why),
            Self::InstallationEnded(event) => Some(&event.why),
            Self::GrantMade(event) => Some(&event.why),
            Self::CodeRedeemed(_) => None,
            Self::RefreshRotated(_) => None,
            Self::FamilyEnded(event) => Some(&event.why),
            Self::GrantEnded(event) => Some(&event.why),
            Self::OptIn(event) => Some(&event.why),
            Self::OptOut(event) => Some(&event.why),
            Self::SettingChanged(event) => Some(&event.why),
            Self::Facts(_) => None,
            Self::StaffMade(event) => Some(&event.why),
            Self::StaffEnded(event) => Some(&event.why),
        }
    }

    /// What of it stands in the leaf: apps, classes, counts; never people or contexts.
    #[must_use]
    pub fn leaf(&self) -> Leaf {
        let mut leaf = Leaf::blank();
        leaf.kind = self.kind();
        leaf.reason = self.why().and_then(|why| why.reason).map(EndingReason::code);
        self.fill(&mut leaf);
        leaf
    }

    fn fill(&self, leaf: &mut Leaf) {
        match self {
            Self::CatalogActivated(event) => event.name(leaf),
            Self::PolicyActivated(event) => event.name(leaf),
            Self::PartnerMade(event) => event.name(leaf),
            Self::PartnerStatusChanged(event) => event.name(leaf),
            Self::AppMade(event) => event.name(leaf),
            Self::AppChanged(event) => event.name(leaf),
            Self::AppStatusChanged(event) => event.name(leaf),
            Self::CredentialMade(event) => event.name(leaf),
            Self::CredentialEnded(event) => event.name(leaf),
            Self::ProgramStatusChanged(event) => event.name(leaf),
            Self::AgreementMade(event) => event.name(leaf),
            Self::AgreementEnded(event) => event.name(leaf),
            Self::CertificationMade(event) => event.name(leaf),
            Self::CertificationEnded(event) => event.name(leaf),
            Self::CutOff(event) => event.name(leaf),
            Self::InstallationMade(event) => event.name(leaf),
            Self::InstallationBacked(event) => event.name(leaf),
            Self::InstallationNarrowed(event) => event.name(leaf),
            Self::InstallationEnded(event) => event.name(leaf),
            Self::GrantMade(event) => event.name(leaf),
            Self::CodeRedeemed(event) => event.name(leaf),
            Self::RefreshRotated(event) => event.name(leaf),
            Self::FamilyEnded(event) => event.name(leaf),
            Self::GrantEnded(event) => event.name(leaf),
            Self::OptIn(event) => event.name(leaf),
            Self::OptOut(event) => event.name(leaf),
            Self::SettingChanged(event) => event.name(leaf),
            Self::Facts(event) => leaf.count = u32::try_from(event.facts.len()).ok(),
            Self::StaffMade(event) => event.name(leaf),
            Self::StaffEnded(event) => event.name(leaf),
        }
    }
}

/// SHA-256 of a document's canonical bytes.
#[must_use]
pub fn digest(document: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(document).into()
}
