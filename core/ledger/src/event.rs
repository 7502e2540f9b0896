//! Control events: the only things that change state.

use crate::{Facts, Leaf};
use minicbor::{Decode, Encode};
use model::{
    Actor, AgreementNo, AppNo, AppStatus, CertificationNo, ClassMask, ContextNo, CredentialNo,
    EndingReason, GrantNo, InstallationNo, PartnerNo, PartnerStatus, PersonNo, Position, ProgramNo,
    ProgramStatus, PurposeNo, Severity, StaffNo, Timestamp,
};

/// Who did it and why: part of every control event that somebody decides.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Why {
    /// Who.
    #[n(0)]
    pub by: Actor,
    /// Reason code.
    #[n(1)]
    pub reason: Option<EndingReason>,
    /// How grave.
    #[n(2)]
    pub severity: Option<Severity>,
    /// Salted digest of a note whose text is in the vault.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub note: Option<[u8; 32]>,
}

impl Why {
    /// Somebody did it and gave no reason.
    #[must_use]
    pub const fn by(by: Actor) -> Self {
        Self { by, reason: None, severity: None, note: None }
    }
}

/// A name and the permanent number that it got.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Assigned {
    /// Name in the catalog.
    #[n(0)]
    pub name: String,
    /// Its number.
    #[n(1)]
    pub number: u32,
}

/// Whose tokens a cut-off kills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum CutOffSubject {
    /// Everybody's.
    #[n(0)]
    Platform,
    /// Those under a signing key.
    #[n(1)]
    Key(#[n(0)] u8),
    /// A partner's.
    #[n(2)]
    Partner(#[n(0)] PartnerNo),
    /// An app's.
    #[n(3)]
    App(#[n(0)] AppNo),
    /// An installation's.
    #[n(4)]
    Installation(#[n(0)] InstallationNo),
    /// Installation tokens of a context.
    #[n(5)]
    Context(#[n(0)] ContextNo),
    /// A person's.
    #[n(6)]
    Person(#[n(0)] PersonNo),
    /// A person's in one app.
    #[n(7)]
    PersonApp(#[n(0)] PersonNo, #[n(1)] AppNo),
    /// A grant's.
    #[n(8)]
    Grant(#[n(0)] GrantNo),
    /// Those that a credential asked for.
    #[n(9)]
    Credential(#[n(0)] CredentialNo),
}

/// What a standing choice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum SettingScope {
    /// All apps.
    #[n(0)]
    AllApps,
    /// All apps, in one context.
    #[n(1)]
    Context(#[n(0)] ContextNo),
    /// One app, everywhere.
    #[n(2)]
    App(#[n(0)] AppNo),
    /// All apps, in every group.
    #[n(3)]
    AllGroups,
    /// All apps, through friends.
    #[n(4)]
    Friends,
}

/// A catalog was adopted.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CatalogActivated {
    /// Canonical bytes.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub document: Vec<u8>,
    /// Class numbers given by this event.
    #[n(1)]
    pub classes: Vec<Assigned>,
    /// Operation numbers given.
    #[n(2)]
    pub operations: Vec<Assigned>,
    /// Purpose numbers given.
    #[n(3)]
    pub purposes: Vec<Assigned>,
    /// Program numbers given.
    #[n(4)]
    pub programs: Vec<Assigned>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// A policy revision was adopted.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PolicyActivated {
    /// Canonical bytes.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub document: Vec<u8>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// A partner was registered.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PartnerMade {
    /// Its number.
    #[n(0)]
    pub partner: PartnerNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// A partner's status changed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PartnerStatusChanged {
    /// Which.
    #[n(0)]
    pub partner: PartnerNo,
    /// From now on.
    #[n(1)]
    pub status: PartnerStatus,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// An app was registered.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AppMade {
    /// Its number.
    #[n(0)]
    pub app: AppNo,
    /// Whose.
    #[n(1)]
    pub partner: PartnerNo,
    /// A public client: no secret, refresh tokens rotate.
    #[n(2)]
    pub public: bool,
    /// Redirect URIs, exact.
    #[n(3)]
    pub redirects: Vec<String>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// An app's redirect URIs changed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AppChanged {
    /// Which.
    #[n(0)]
    pub app: AppNo,
    /// From now on.
    #[n(1)]
    pub redirects: Vec<String>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// An app's status changed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AppStatusChanged {
    /// Which.
    #[n(0)]
    pub app: AppNo,
    /// From now on.
    #[n(1)]
    pub status: AppStatus,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// An app got a credential.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CredentialMade {
    /// Its number.
    #[n(0)]
    pub credential: CredentialNo,
    /// Whose.
    #[n(1)]
    pub app: AppNo,
    /// SHA-256 of the random 256-bit secret.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub digest: [u8; 32],
    /// When it ends by itself.
    #[n(3)]
    pub expires_at: Timestamp,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// A credential ended.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CredentialEnded {
    /// Which.
    #[n(0)]
    pub credential: CredentialNo,
    /// Whose.
    #[n(1)]
    pub app: AppNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// A program's status changed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ProgramStatusChanged {
    /// Which.
    #[n(0)]
    pub program: ProgramNo,
    /// From now on.
    #[n(1)]
    pub status: ProgramStatus,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// An agreement began.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AgreementMade {
    /// Its number.
    #[n(0)]
    pub agreement: AgreementNo,
    /// Whose.
    #[n(1)]
    pub app: AppNo,
    /// For which program.
    #[n(2)]
    pub program: ProgramNo,
    /// Classes it covers.
    #[n(3)]
    pub classes: ClassMask,
    /// Those without which the feature does not work.
    #[n(4)]
    pub required: ClassMask,
    /// For what.
    #[n(5)]
    pub purposes: Vec<PurposeNo>,
    /// First instant.
    #[n(6)]
    pub from: Timestamp,
    /// End, exclusive.
    #[n(7)]
    pub until: Timestamp,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// An agreement ended early.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AgreementEnded {
    /// Which.
    #[n(0)]
    pub agreement: AgreementNo,
    /// Whose.
    #[n(1)]
    pub app: AppNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// A partner certified its purpose for classes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CertificationMade {
    /// Its number.
    #[n(0)]
    pub certification: CertificationNo,
    /// Whose.
    #[n(1)]
    pub app: AppNo,
    /// Which classes.
    #[n(2)]
    pub classes: ClassMask,
    /// For what.
    #[n(3)]
    pub purpose: PurposeNo,
    /// First instant.
    #[n(4)]
    pub from: Timestamp,
    /// End, exclusive.
    #[n(5)]
    pub until: Timestamp,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// A certification was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CertificationEnded {
    /// Which.
    #[n(0)]
    pub certification: CertificationNo,
    /// Whose.
    #[n(1)]
    pub app: AppNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// Every token of a subject issued so far is dead.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CutOff {
    /// Whose tokens.
    #[n(0)]
    pub subject: CutOffSubject,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// An admin enabled an app in a context.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InstallationMade {
    /// Its number.
    #[n(0)]
    pub installation: InstallationNo,
    /// Which app.
    #[n(1)]
    pub app: AppNo,
    /// Where.
    #[n(2)]
    pub context: ContextNo,
    /// What the admin allowed.
    #[n(3)]
    pub classes: ClassMask,
    /// The admin who stands behind it.
    #[n(4)]
    pub backer: PersonNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// An admin stands behind an installation from now on; a lapsed one stands again.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InstallationBacked {
    /// Which.
    #[n(0)]
    pub installation: InstallationNo,
    /// Which app.
    #[n(1)]
    pub app: AppNo,
    /// The admin.
    #[n(2)]
    pub backer: PersonNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// An admin took classes away from an installation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InstallationNarrowed {
    /// Which.
    #[n(0)]
    pub installation: InstallationNo,
    /// Which app.
    #[n(1)]
    pub app: AppNo,
    /// What stays allowed.
    #[n(2)]
    pub classes: ClassMask,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// An app was disabled in a context.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InstallationEnded {
    /// Which.
    #[n(0)]
    pub installation: InstallationNo,
    /// Which app.
    #[n(1)]
    pub app: AppNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// A person authorized an app, or changed an authorization.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GrantMade {
    /// Its number; that of the standing grant of this person and app, if there is one.
    #[n(0)]
    pub grant: GrantNo,
    /// Which app.
    #[n(1)]
    pub app: AppNo,
    /// Who.
    #[n(2)]
    pub person: PersonNo,
    /// What.
    #[n(3)]
    pub classes: ClassMask,
    /// In which groups, ascending.
    #[n(4)]
    pub contexts: Vec<ContextNo>,
    /// Until when, exclusive.
    #[n(5)]
    pub expires_at: Timestamp,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// An authorization code was redeemed; a refresh family begins.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CodeRedeemed {
    /// Of which grant.
    #[n(0)]
    pub grant: GrantNo,
    /// By which app.
    #[n(1)]
    pub app: AppNo,
    /// Issue number of the code, which names the family.
    #[n(2)]
    pub code: Position,
}

/// A refresh token was rotated.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RefreshRotated {
    /// Of which grant.
    #[n(0)]
    pub grant: GrantNo,
    /// By which app.
    #[n(1)]
    pub app: AppNo,
    /// Which family.
    #[n(2)]
    pub family: Position,
    /// Number of the successor.
    #[n(3)]
    pub counter: u32,
}

/// A refresh family ended.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FamilyEnded {
    /// Of which grant.
    #[n(0)]
    pub grant: GrantNo,
    /// Whose.
    #[n(1)]
    pub app: AppNo,
    /// Which family.
    #[n(2)]
    pub family: Position,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// A grant ended.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct GrantEnded {
    /// Which.
    #[n(0)]
    pub grant: GrantNo,
    /// Whose.
    #[n(1)]
    pub app: AppNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// A person allowed an app, in a context, classes about them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OptIn {
    /// Who.
    #[n(0)]
    pub person: PersonNo,
    /// The app in the context.
    #[n(1)]
    pub installation: InstallationNo,
    /// Which app.
    #[n(2)]
    pub app: AppNo,
    /// Added to what stands.
    #[n(3)]
    pub classes: ClassMask,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// A person took that back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OptOut {
    /// Who.
    #[n(0)]
    pub person: PersonNo,
    /// The app in the context.
    #[n(1)]
    pub installation: InstallationNo,
    /// Which app.
    #[n(2)]
    pub app: AppNo,
    /// Taken from what stands.
    #[n(3)]
    pub classes: ClassMask,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// A person set or lifted a standing choice.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SettingChanged {
    /// Who.
    #[n(0)]
    pub person: PersonNo,
    /// For what.
    #[n(1)]
    pub scope: SettingScope,
    /// Classes blocked in this scope from now on; none lifts it.
    #[n(2)]
    pub blocked: ClassMask,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// Somebody became staff.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StaffMade {
    /// Their number.
    #[n(0)]
    pub staff: StaffNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

/// Somebody is staff no more.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StaffEnded {
    /// Who.
    #[n(0)]
    pub staff: StaffNo,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

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
            Self::CatalogActivated(event) => leaf.document = Some(digest(&event.document)),
            Self::PolicyActivated(event) => leaf.document = Some(digest(&event.document)),
            Self::PartnerMade(event) => {
                leaf.partner = Some(event.partner);
            }
            Self::PartnerStatusChanged(event) => {
                leaf.partner = Some(event.partner);
            }
            Self::AppMade(event) => {
                leaf.app = Some(event.app);
                leaf.partner = Some(event.partner);
            }
            Self::AppChanged(event) => {
                leaf.app = Some(event.app);
            }
            Self::AppStatusChanged(event) => {
                leaf.app = Some(event.app);
            }
            Self::CredentialMade(event) => {
                leaf.credential = Some(event.credential);
                leaf.app = Some(event.app);
            }
            Self::CredentialEnded(event) => {
                leaf.credential = Some(event.credential);
                leaf.app = Some(event.app);
            }
            Self::ProgramStatusChanged(event) => {
                leaf.program = Some(event.program);
            }
            Self::AgreementMade(event) => {
                leaf.app = Some(event.app);
                leaf.program = Some(event.program);
                leaf.classes = Some(event.classes);
            }
            Self::AgreementEnded(event) => {
                leaf.app = Some(event.app);
            }
            Self::CertificationMade(event) => {
                leaf.app = Some(event.app);
                leaf.classes = Some(event.classes);
                leaf.purpose = Some(event.purpose);
            }
            Self::CertificationEnded(event) => {
                leaf.app = Some(event.app);
            }
            Self::CutOff(event) => event.subject.fill(leaf),
            Self::InstallationMade(event) => {
                leaf.installation = Some(event.installation);
                leaf.app = Some(event.app);
                leaf.classes = Some(event.classes);
            }
            Self::InstallationBacked(event) => {
                leaf.installation = Some(event.installation);
                leaf.app = Some(event.app);
            }
            Self::InstallationNarrowed(event) => {
                leaf.installation = Some(event.installation);
                leaf.app = Some(event.app);
                leaf.classes = Some(event.classes);
            }
            Self::InstallationEnded(event) => {
                leaf.installation = Some(event.installation);
                leaf.app = Some(event.app);
            }
            Self::GrantMade(event) => {
                leaf.grant = Some(event.grant);
                leaf.app = Some(event.app);
                leaf.classes = Some(event.classes);
            }
            Self::CodeRedeemed(event) => {
                leaf.grant = Some(event.grant);
                leaf.app = Some(event.app);
                leaf.issue = Some(event.code);
            }
            Self::RefreshRotated(event) => {
                leaf.grant = Some(event.grant);
                leaf.app = Some(event.app);
                leaf.issue = Some(event.family);
            }
            Self::FamilyEnded(event) => {
                leaf.grant = Some(event.grant);
                leaf.app = Some(event.app);
                leaf.issue = Some(event.family);
            }
            Self::GrantEnded(event) => {
                leaf.grant = Some(event.grant);
                leaf.app = Some(event.app);
            }
            // No installation: beside its group's number, a handful of choices are somebody's.
            Self::OptIn(event) => {
                leaf.app = Some(event.app);
                leaf.classes = Some(event.classes);
            }
            // No installation: beside its group's number, a handful of choices are somebody's.
            Self::OptOut(event) => {
                leaf.app = Some(event.app);
                leaf.classes = Some(event.classes);
            }
            Self::SettingChanged(event) => {
                leaf.classes = Some(event.blocked);
                if let SettingScope::App(app) = event.scope {
                    leaf.app = Some(app);
                }
            }
            Self::Facts(event) => leaf.count = u32::try_from(event.facts.len()).ok(),
            Self::StaffMade(_) => {}
            Self::StaffEnded(_) => {}
        }
    }
}

impl CutOffSubject {
    const fn fill(self, leaf: &mut Leaf) {
        match self {
            Self::Partner(partner) => leaf.partner = Some(partner),
            Self::App(app) | Self::PersonApp(_, app) => leaf.app = Some(app),
            Self::Installation(installation) => leaf.installation = Some(installation),
            Self::Grant(grant) => leaf.grant = Some(grant),
            Self::Credential(credential) => leaf.credential = Some(credential),
            Self::Platform | Self::Key(_) | Self::Context(_) | Self::Person(_) => {}
        }
    }
}

/// SHA-256 of a document's canonical bytes.
#[must_use]
pub fn digest(document: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(document).into()
}
