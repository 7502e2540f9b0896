//! Who, why, whose tokens, which scope: what several events are made of.

use crate::Leaf;
use minicbor::{Decode, Encode};
use model::{
    Actor, AppNo, ContextNo, CredentialNo, EndingReason, GrantNo, InstallationNo, PartnerNo,
    PersonNo, Severity,
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
    /// The second person who confirmed it, where two are asked for.
    #[n(4)]
    pub confirmed_by: Option<Actor>,
    /// Set where two were asked for and one did it alone, to be looked at afterwards.
    #[n(5)]
    pub broke_glass: Option<bool>,
}

impl Why {
    /// Somebody did it and gave no reason.
    #[must_use]
    pub const fn by(by: Actor) -> Self {
        Self { by, reason: None, severity: None, note: None, confirmed_by: None, broke_glass: None }
    }
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
    /// All apps, for what goes beyond the feature that is used (Global Privacy Control).
    #[n(5)]
    Beyond,
}

impl CutOffSubject {
    pub(super) const fn name(self, leaf: &mut Leaf) {
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
