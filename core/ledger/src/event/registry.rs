//! Events of the registry: documents, partners, apps, programs, agreements, staff.

use super::{Named, Why, names};
use crate::Leaf;
use minicbor::{Decode, Encode};
use model::{
    AgreementNo, ApiVersion, AppNo, AppStatus, CertificationNo, ClassMask, CredentialNo, PartnerNo,
    PartnerStatus, ProgramNo, ProgramStatus, PurposeNo, StaffNo, StaffRole, Timestamp,
};

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
    /// Versions before it that stay served beside it; none: this version alone is served from now on.
    #[n(5)]
    pub keeps: Option<Vec<ApiVersion>>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

impl Named for CatalogActivated {
    fn name(&self, leaf: &mut Leaf) {
        leaf.document = Some(super::digest(&self.document));
    }

    fn why(&self) -> Option<&Why> {
        Some(&self.why)
    }
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

impl Named for PolicyActivated {
    fn name(&self, leaf: &mut Leaf) {
        leaf.document = Some(super::digest(&self.document));
    }

    fn why(&self) -> Option<&Why> {
        Some(&self.why)
    }
}

/// A partner was registered.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PartnerMade {
    /// Its number.
    #[n(0)]
    pub partner: PartnerNo,
    /// Salted digest of the details that the vault keeps: legal entity, contacts, country, role.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub details: Option<[u8; 32]>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(PartnerMade { partner: partner });

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

names!(PartnerStatusChanged { partner: partner });

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
    /// Salted digest of the details that the vault keeps: purpose, privacy policy, sub-processors.
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    pub details: Option<[u8; 32]>,
    /// Category, a word of the platform's own.
    #[n(5)]
    pub category: Option<String>,
    /// What of it is reviewed from the start; absent: everything.
    #[n(6)]
    pub reviewed: Option<ClassMask>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(AppMade { app: app, partner: partner });

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
    /// See [`AppMade::details`]; absent: as before.
    #[n(2)]
    #[cbor(with = "minicbor::bytes")]
    pub details: Option<[u8; 32]>,
    /// See [`AppMade::category`]; absent: as before.
    #[n(3)]
    pub category: Option<String>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(AppChanged { app: app });

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

names!(AppStatusChanged { app: app });

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
    /// Public key (JWK, canonical JSON) of a client that signs its assertions (RFC 7523); `digest` is its thumbprint
    /// (RFC 7638) then. Absent: a secret.
    #[n(4)]
    #[cbor(with = "minicbor::bytes")]
    pub key: Option<Vec<u8>>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(CredentialMade { credential: credential, app: app });

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

names!(CredentialEnded { credential: credential, app: app });

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
    /// End of an experiment, exclusive.
    #[n(2)]
    pub until: Option<Timestamp>,
    /// How many people an experiment may reach.
    #[n(3)]
    pub cap: Option<u32>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(ProgramStatusChanged { program: program });

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
    /// How long the partner may keep what it received, by class.
    #[n(8)]
    pub retention: Option<Vec<Retention>>,
    /// By when the partner must have anonymised what it received.
    #[n(9)]
    pub anonymise_by: Option<Timestamp>,
    /// Salted digest of the terms that the vault keeps: text, sub-processors.
    #[n(10)]
    #[cbor(with = "minicbor::bytes")]
    pub terms: Option<[u8; 32]>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(AgreementMade { app: app, program: program, classes: classes });

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

names!(AgreementEnded { app: app });

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
    /// SHA-256 of what the partner signed (the signing input of a JWS, RFC 7515 §5.1); the vault keeps the whole.
    #[n(6)]
    #[cbor(with = "minicbor::bytes")]
    pub statement: Option<[u8; 32]>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(CertificationMade { app: app, classes: classes, purpose: purpose });

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

names!(CertificationEnded { app: app });

/// Somebody became staff.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StaffMade {
    /// Their number.
    #[n(0)]
    pub staff: StaffNo,
    /// What they may do; absent: everything.
    #[n(1)]
    pub role: Option<StaffRole>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(StaffMade {});

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

names!(StaffEnded {});

/// How long classes may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Retention {
    /// Which classes.
    #[n(0)]
    pub classes: ClassMask,
    /// Days from the disclosure on.
    #[n(1)]
    pub days: u32,
}

/// A partner's details changed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PartnerChanged {
    /// Which.
    #[n(0)]
    pub partner: PartnerNo,
    /// See [`PartnerMade::details`].
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub details: [u8; 32],
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(PartnerChanged { partner: partner });

/// Somebody's role among the staff changed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct StaffRoleChanged {
    /// Who.
    #[n(0)]
    pub staff: StaffNo,
    /// From now on.
    #[n(1)]
    pub role: StaffRole,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

names!(StaffRoleChanged {});
