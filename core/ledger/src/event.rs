//! Control events: the only things that change state.

mod audit;
mod conduct;
mod reach;
mod registry;
mod review;
mod rules;
mod why;

pub use audit::{
    AuditedAgreement, AuditedCatalog, AuditedChange, AuditedException, AuditedPolicy,
    AuditedProgram, ChangeAudited,
};
pub use conduct::{
    AppReported, AppealDecided, CaseAppealed, CaseClosed, CaseNoted, CaseOpened, FindingRaised,
    IdentityLookedUp, ProbesRun, ReportAcknowledged, ReportIssued,
};
pub use reach::{
    ClassEnd, ClassesUsed, CodeRedeemed, CutOff, FamilyEnded, GrantEnded, GrantMade, GrantSpent,
    InstallationBacked, InstallationEnded, InstallationMade, InstallationNarrowed, OptIn, OptOut,
    RefreshRotated, SettingChanged,
};
pub use registry::{
    AgreementEnded, AgreementMade, AppChanged, AppMade, AppStatusChanged, Assigned,
    CatalogActivated, CertificationEnded, CertificationMade, CredentialEnded, CredentialMade,
    PartnerChanged, PartnerMade, PartnerStatusChanged, PolicyActivated, ProgramStatusChanged,
    Retention, StaffEnded, StaffMade, StaffRoleChanged,
};
pub use review::{ReviewPassed, ReviewWithdrawn, SandboxChanged, TesterAdded, TesterRemoved};
pub use rules::{
    AppList, AppsSuspended, ExceptionEnded, ExceptionMade, SuspensionLifted, VersionChanged,
};
pub use why::{CutOffSubject, SettingScope, Why};

use crate::{Facts, Leaf};
use minicbor::{Decode, Encode};
use model::EndingReason;

/// What of an event stands in its leaf (apps, classes, counts; never people or contexts), and who decided it.
trait Named {
    fn name(&self, leaf: &mut Leaf);
    fn why(&self) -> Option<&Why>;
}

/// Fields of the leaf that are fields of the event, and where the event says who and why.
macro_rules! names {
    ($event:ident { $($field:ident: $from:ident),* }) => {
        impl Named for $event {
            fn name(&self, leaf: &mut Leaf) {
                $(leaf.$field = Some(self.$from);)*
                let _ = leaf;
            }

            fn why(&self) -> Option<&Why> {
                Some(&self.why)
            }
        }
    };
    ($event:ident { $($field:ident: $from:ident),* } by nobody) => {
        impl Named for $event {
            fn name(&self, leaf: &mut Leaf) {
                $(leaf.$field = Some(self.$from);)*
            }

            fn why(&self) -> Option<&Why> {
                None
            }
        }
    };
}
use names;

/// The enum, and everything that only says the same of every kind.
macro_rules! events {
    ($(#[doc = $doc:literal] $code:tt $event:ident $word:literal,)+) => {
        /// A control event. Encoded `[kind, [body]]`.
        #[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
        pub enum Event {
            $(#[doc = $doc] #[n($code)] $event(#[n(0)] $event),)+
        }

        impl Event {
            /// The leaf's `kind`.
            #[must_use]
            pub const fn kind(&self) -> u16 {
                match self { $(Self::$event(_) => $code,)+ }
            }

            /// The word for this kind in JSON and on the command line.
            #[must_use]
            pub const fn word(&self) -> &'static str {
                match self { $(Self::$event(_) => $word,)+ }
            }

            /// Every word with its kind.
            pub const WORDS: &'static [(&'static str, u16)] = &[$(($word, $code)),+];

            fn named(&self) -> &dyn Named {
                match self { $(Self::$event(event) => event,)+ }
            }
        }
    };
}

events! {
    /// A catalog was adopted.
    16 CatalogActivated "catalog-activated",
    /// A policy revision was adopted.
    17 PolicyActivated "policy-activated",
    /// An API version was announced to end, or its end was moved.
    18 VersionChanged "version-changed",
    /// A change of the rules is watched before it is made, or none any more; it decides nothing.
    19 ChangeAudited "change-audited",
    /// A partner was registered.
    20 PartnerMade "partner-made",
    /// A partner's status changed.
    21 PartnerStatusChanged "partner-status-changed",
    /// An app was registered.
    22 AppMade "app-made",
    /// An app's redirect URIs changed.
    23 AppChanged "app-changed",
    /// An app's status changed.
    24 AppStatusChanged "app-status-changed",
    /// An app got a credential.
    25 CredentialMade "credential-made",
    /// A credential ended.
    26 CredentialEnded "credential-ended",
    /// A partner's details changed.
    27 PartnerChanged "partner-changed",
    /// Many apps were suspended at once.
    28 AppsSuspended "apps-suspended",
    /// A suspension of many apps was lifted, for exactly those.
    29 SuspensionLifted "suspension-lifted",
    /// A program's status changed.
    30 ProgramStatusChanged "program-status-changed",
    /// An app goes on in a program that is closed, until an instant.
    31 ExceptionMade "exception-made",
    /// An agreement began.
    32 AgreementMade "agreement-made",
    /// An agreement ended early.
    33 AgreementEnded "agreement-ended",
    /// A partner certified its purpose for classes.
    34 CertificationMade "certification-made",
    /// A certification was withdrawn.
    35 CertificationEnded "certification-ended",
    /// Such an exception ended early.
    36 ExceptionEnded "exception-ended",
    /// Every token of a subject issued so far is dead.
    40 CutOff "cut-off",
    /// An admin enabled an app in a context.
    50 InstallationMade "installation-made",
    /// An admin stands behind an installation from now on; a lapsed one stands again.
    51 InstallationBacked "installation-backed",
    /// An admin took classes away from an installation.
    52 InstallationNarrowed "installation-narrowed",
    /// An app was disabled in a context.
    53 InstallationEnded "installation-ended",
    /// A person authorized an app, or changed an authorization.
    60 GrantMade "grant-made",
    /// An authorization code was redeemed; a refresh family begins.
    61 CodeRedeemed "code-redeemed",
    /// A refresh token was rotated.
    62 RefreshRotated "refresh-rotated",
    /// A refresh family ended.
    63 FamilyEnded "family-ended",
    /// A grant ended.
    64 GrantEnded "grant-ended",
    /// A class was used by an app on a day, the first time on that day.
    65 ClassesUsed "classes-used",
    /// What a person allowed for one time was used.
    66 GrantSpent "grant-spent",
    /// A person allowed an app, in a context, classes about them.
    70 OptIn "opt-in",
    /// A person took that back.
    71 OptOut "opt-out",
    /// A person set or lifted a standing choice.
    72 SettingChanged "setting-changed",
    /// What the platform told.
    80 Facts "facts",
    /// Somebody became staff.
    90 StaffMade "staff-made",
    /// Somebody is staff no more.
    91 StaffEnded "staff-ended",
    /// Somebody's role among the staff changed.
    92 StaffRoleChanged "staff-role-changed",
    /// Staff looked up who somebody is.
    93 IdentityLookedUp "identity-looked-up",
    /// A person tests an app that is not reviewed.
    94 TesterAdded "tester-added",
    /// A person tests an app no more.
    95 TesterRemoved "tester-removed",
    /// A context became a sandbox, or is none any more.
    96 SandboxChanged "sandbox-changed",
    /// Classes of an app were reviewed: it may see them beyond its testers.
    97 ReviewPassed "review-passed",
    /// A review was taken back.
    98 ReviewWithdrawn "review-withdrawn",
    /// A case about an app was opened.
    100 CaseOpened "case-opened",
    /// Evidence or a remark was added to a case.
    101 CaseNoted "case-noted",
    /// A case was decided.
    102 CaseClosed "case-closed",
    /// The partner appealed.
    103 CaseAppealed "case-appealed",
    /// An appeal was decided.
    104 AppealDecided "appeal-decided",
    /// A person reported an app.
    105 AppReported "app-reported",
    /// Something that should not be was noticed.
    106 FindingRaised "finding-raised",
    /// Credentials that must fail were tried.
    110 ProbesRun "probes-run",
    /// A partner was told what an app of its holds and uses.
    120 ReportIssued "report-issued",
    /// The partner acknowledged it.
    121 ReportAcknowledged "report-acknowledged",
}

impl Event {
    /// Who did it and why, where somebody decided it.
    #[must_use]
    pub fn why(&self) -> Option<&Why> {
        self.named().why()
    }

    /// What of it stands in the leaf: apps, classes, counts; never people or contexts.
    #[must_use]
    pub fn leaf(&self) -> Leaf {
        let mut leaf = Leaf::blank();
        leaf.kind = self.kind();
        leaf.reason = self.why().and_then(|why| why.reason).map(EndingReason::code);
        self.named().name(&mut leaf);
        leaf
    }
}

impl Named for Facts {
    fn name(&self, leaf: &mut Leaf) {
        leaf.count = u32::try_from(self.facts.len()).ok();
    }

    fn why(&self) -> Option<&Why> {
        None
    }
}

/// SHA-256 of a document's canonical bytes.
#[must_use]
pub fn digest(document: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(document).into()
}
