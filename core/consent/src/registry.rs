//! Partners, apps, credentials, programs, agreements, installations, grants as state knows them.

use ledger::CutOffSubject;
use model::{
    AgreementNo, AppNo, AppStatus, CertificationNo, ClassMask, ContextNo, CredentialNo, GrantNo,
    InstallationNo, PartnerNo, PartnerStatus, PersonNo, Position, ProgramNo, ProgramStatus,
    PurposeNo, Timestamp,
};
use smallvec::SmallVec;
use std::collections::BTreeMap;

/// A partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Its status.
    pub status: PartnerStatus,
    /// Its apps, oldest first.
    pub apps: Vec<AppNo>,
    pub(crate) cut_off: Option<Position>,
}

/// An app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Whose.
    pub partner: PartnerNo,
    /// Its own status; the partner's counts too.
    pub status: AppStatus,
    /// A public client has no secret.
    pub public: bool,
    /// Redirect URIs.
    pub redirects: Vec<String>,
    /// Its credentials, oldest first.
    pub credentials: Vec<CredentialNo>,
    /// Its agreements, oldest first.
    pub agreements: Vec<AgreementNo>,
    /// Its certifications, oldest first.
    pub certifications: Vec<CertificationNo>,
    pub(crate) cut_off: Option<Position>,
}

/// A credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Whose.
    pub app: AppNo,
    /// SHA-256 of the secret.
    pub digest: [u8; 32],
    /// End, exclusive.
    pub expires_at: Timestamp,
    /// Ended early.
    pub ended: bool,
    pub(crate) cut_off: Option<Position>,
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Name in the catalog.
    pub name: String,
    /// Its status.
    pub status: ProgramStatus,
}

/// An agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Whose.
    pub app: AppNo,
    /// For which program.
    pub program: ProgramNo,
    /// What it covers.
    pub classes: ClassMask,
    /// Without these the feature does not work.
    pub required: ClassMask,
    /// For what.
    pub purposes: Vec<PurposeNo>,
    /// First instant.
    pub from: Timestamp,
    /// End, exclusive.
    pub until: Timestamp,
    /// Ended early.
    pub ended: bool,
}

impl Agreement {
    /// Whether it stands at this instant.
    #[must_use]
    pub fn is_standing(&self, now: Timestamp) -> bool {
        !self.ended && self.from <= now && now < self.until
    }
}

/// A certification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certification {
    /// Whose.
    pub app: AppNo,
    /// Which classes.
    pub classes: ClassMask,
    /// For what.
    pub purpose: PurposeNo,
    /// First instant.
    pub from: Timestamp,
    /// End, exclusive.
    pub until: Timestamp,
    /// Withdrawn.
    pub ended: bool,
}

/// An installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Which app.
    pub app: AppNo,
    /// Where.
    pub context: ContextNo,
    /// What the admin allowed.
    pub classes: ClassMask,
    /// Place among the installations of its context.
    pub ordinal: u16,
    /// Disabled for good.
    pub ended: bool,
    pub(crate) backers: SmallVec<[PersonNo; 2]>,
    pub(crate) cut_off: Option<Position>,
}

impl Installation {
    /// Admins who stand behind it, ascending. None: it has lapsed.
    #[must_use]
    pub fn backers(&self) -> &[PersonNo] {
        &self.backers
    }

    /// Where its tokens were last cut off: by a cut-off, or by losing its last backer.
    #[must_use]
    pub const fn cut_off(&self) -> Option<Position> {
        self.cut_off
    }
}

/// A refresh family: the tokens that descend from one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Family {
    /// Issue number of the code.
    pub id: Position,
    /// Number of the refresh token that is current.
    pub counter: u32,
    /// When it became current.
    pub rotated_at: Timestamp,
}

/// A person's authorization of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Which app.
    pub app: AppNo,
    /// Who.
    pub person: PersonNo,
    /// What.
    pub classes: ClassMask,
    /// In which groups, ascending; a group that the person left is taken out for good.
    pub contexts: Vec<ContextNo>,
    /// End, exclusive.
    pub expires_at: Timestamp,
    /// Ended early.
    pub ended: bool,
    /// When it was made or last changed by the person.
    pub made_at: Timestamp,
    /// Issue numbers of codes redeemed, the latest ones; a code not above the highest of an ended list is refused.
    pub redeemed: Vec<Position>,
    /// Living refresh families, oldest first.
    pub families: Vec<Family>,
    pub(crate) cut_off: Option<Position>,
}

/// Cut-offs that belong to no single record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CutOffs {
    pub(crate) platform: Option<Position>,
    pub(crate) keys: BTreeMap<u8, Position>,
    pub(crate) contexts: BTreeMap<ContextNo, Position>,
}

/// Records by number: dense, never removed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry {
    pub(crate) partners: BTreeMap<PartnerNo, Partner>,
    pub(crate) apps: BTreeMap<AppNo, App>,
    pub(crate) credentials: BTreeMap<CredentialNo, Credential>,
    pub(crate) programs: BTreeMap<ProgramNo, Program>,
    pub(crate) agreements: BTreeMap<AgreementNo, Agreement>,
    pub(crate) certifications: BTreeMap<CertificationNo, Certification>,
    pub(crate) installations: Vec<Installation>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) cut_offs: CutOffs,
}

impl Registry {
    /// Lifts the cut-off of a subject that is kept here; people's are kept with the people.
    pub(crate) fn cut_off(&mut self, subject: CutOffSubject, at: Position) {
        match subject {
            CutOffSubject::Platform => self.cut_offs.platform = Some(at),
            CutOffSubject::Key(key) => {
                self.cut_offs.keys.insert(key, at);
            }
            CutOffSubject::Context(context) => {
                self.cut_offs.contexts.insert(context, at);
            }
            CutOffSubject::Partner(no) => {
                set(self.partners.get_mut(&no).map(|p| &mut p.cut_off), at)
            }
            CutOffSubject::App(no) => set(self.apps.get_mut(&no).map(|a| &mut a.cut_off), at),
            CutOffSubject::Credential(no) => {
                set(self.credentials.get_mut(&no).map(|c| &mut c.cut_off), at)
            }
            CutOffSubject::Installation(no) => {
                set(self.installations.get_mut(no.index()).map(|i| &mut i.cut_off), at);
            }
            CutOffSubject::Grant(no) => {
                set(self.grants.get_mut(no.index()).map(|g| &mut g.cut_off), at)
            }
            CutOffSubject::Person(_) | CutOffSubject::PersonApp(..) => {}
        }
    }

    pub(crate) fn installation(&self, no: InstallationNo) -> Option<&Installation> {
        self.installations.get(no.index())
    }

    pub(crate) fn grant(&self, no: GrantNo) -> Option<&Grant> {
        self.grants.get(no.index())
    }
}

fn set(place: Option<&mut Option<Position>>, at: Position) {
    if let Some(place) = place {
        *place = Some(at);
    }
}
