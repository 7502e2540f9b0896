//! A change of the rules that is watched before it is made.

use super::{Named, Why, digest};
use crate::{DecodeError, Leaf};
use minicbor::{Decode, Encode};
use model::{
    AgreementNo, ApiVersion, AppNo, ClassMask, ProgramNo, ProgramStatus, PurposeNo, Timestamp,
};

/// A change is watched beside what is in force, in place of whichever was watched, or none is any more. It decides nothing.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ChangeAudited {
    /// Which; absent: none is watched any more.
    #[n(0)]
    pub change: Option<AuditedChange>,
    /// Who and why.
    #[n(15)]
    pub why: Why,
}

impl Named for ChangeAudited {
    // What is only weighed for an app or a program is nobody's business who checks the log.
    fn name(&self, leaf: &mut Leaf) {
        leaf.document = self.change.as_ref().and_then(AuditedChange::document).map(digest);
    }

    fn why(&self) -> Option<&Why> {
        Some(&self.why)
    }
}

/// A change that somebody weighs. It says what decides, and gives no numbers: those it would get are given when it is made.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum AuditedChange {
    /// Another policy in force.
    #[n(0)]
    Policy(#[n(0)] AuditedPolicy),
    /// Another catalog in force.
    #[n(1)]
    Catalog(#[n(0)] AuditedCatalog),
    /// Another agreement, beside those that there are or in place of one.
    #[n(2)]
    Agreement(#[n(0)] AuditedAgreement),
    /// The early end of an agreement.
    #[n(3)]
    AgreementEnd(#[n(0)] AgreementNo),
    /// Another stage of a program.
    #[n(4)]
    Program(#[n(0)] AuditedProgram),
}

/// A policy that somebody weighs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuditedPolicy {
    /// Canonical bytes.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub document: Vec<u8>,
}

/// A catalog that somebody weighs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuditedCatalog {
    /// Canonical bytes.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub document: Vec<u8>,
    /// Versions served until now that would be served on beside it; none: it alone.
    #[n(1)]
    pub keeps: Option<Vec<ApiVersion>>,
}

/// An agreement that somebody weighs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuditedAgreement {
    /// Whose.
    #[n(0)]
    pub app: AppNo,
    /// For which program.
    #[n(1)]
    pub program: ProgramNo,
    /// Classes it would cover.
    #[n(2)]
    pub classes: ClassMask,
    /// For what.
    #[n(3)]
    pub purposes: Vec<PurposeNo>,
    /// First instant.
    #[n(4)]
    pub from: Timestamp,
    /// End, exclusive.
    #[n(5)]
    pub until: Timestamp,
    /// The agreement in whose place it would stand; absent: beside all that there are.
    #[n(6)]
    pub replaces: Option<AgreementNo>,
}

/// A stage of a program that somebody weighs.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AuditedProgram {
    /// Which program.
    #[n(0)]
    pub program: ProgramNo,
    /// The status that it would have.
    #[n(1)]
    pub status: ProgramStatus,
    /// End of an experiment, exclusive.
    #[n(2)]
    pub until: Option<Timestamp>,
    /// How many people an experiment may reach.
    #[n(3)]
    pub cap: Option<u32>,
    /// Apps that would go on in a closed program; absent: none.
    #[n(4)]
    pub exceptions: Option<Vec<AuditedException>>,
}

/// An app that would go on in a closed program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct AuditedException {
    /// Which app.
    #[n(0)]
    pub app: AppNo,
    /// End, exclusive.
    #[n(1)]
    pub until: Timestamp,
}

impl AuditedChange {
    /// Canonical bytes of the document that it is, if it is one.
    #[must_use]
    pub fn document(&self) -> Option<&[u8]> {
        match self {
            Self::Policy(policy) => Some(&policy.document),
            Self::Catalog(catalog) => Some(&catalog.document),
            Self::Agreement(_) | Self::AgreementEnd(_) | Self::Program(_) => None,
        }
    }

    /// The kind as a word of the interface.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Policy(_) => "policy",
            Self::Catalog(_) => "catalog",
            Self::Agreement(_) => "agreement",
            Self::AgreementEnd(_) => "agreement-end",
            Self::Program(_) => "program",
        }
    }

    /// The bytes that it has within its event.
    #[must_use]
    pub fn encode_bytes(&self) -> Vec<u8> {
        crate::entry::to_vec(self)
    }

    /// Reads those bytes.
    ///
    /// # Errors
    /// They are none, or go on behind it.
    pub fn decode_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let change: Self = minicbor::decode(bytes)?;
        if change.encode_bytes() == bytes { Ok(change) } else { Err(DecodeError::NotCanonical) }
    }
}
