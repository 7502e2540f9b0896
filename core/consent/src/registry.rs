//! Partners, apps, credentials, programs, agreements, installations, grants as state knows them.

use crate::disuse::Streak;
use ledger::{ClassEnd, CutOffSubject, Retention};
use model::{
    AgreementNo, AppNo, AppStatus, CaseKind, CaseNo, CaseOutcome, CertificationNo, ClassMask,
    ClassNo, ContextNo, CredentialNo, GrantNo, InstallationNo, PartnerNo, PartnerStatus, PersonNo,
    Position, ProgramNo, ProgramStatus, PurposeNo, Timestamp,
};
use smallvec::SmallVec;
use std::collections::{BTreeMap, BTreeSet};

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
    /// Category, a word of the platform's own; empty: none.
    pub category: String,
    /// What of it is reviewed; none: everything.
    pub review: Option<Box<Review>>,
    /// The report that the partner must acknowledge, and by when; none: nothing is open.
    pub report: Option<(Position, Timestamp)>,
    /// Suspensions of many apps that name it, lifted or not.
    pub(crate) suspensions: SmallVec<[Position; 1]>,
    /// How long and until when each class was used.
    pub(crate) used: BTreeMap<ClassNo, Streak>,
    pub(crate) cut_off: Option<Position>,
}

impl App {
    /// The last day (whole days since 1970-01-01, UTC) on which it used a class, as far as the log counted.
    #[must_use]
    pub fn used(&self, class: ClassNo) -> Option<u32> {
        self.used.get(&class).map(|streak| streak.last_day)
    }

    /// Whether the suspension of many apps at this position names it, lifted or not.
    #[must_use]
    pub fn is_named_by(&self, suspension: Position) -> bool {
        self.suspensions.contains(&suspension)
    }

    /// What of it may be seen beyond its testers.
    #[must_use]
    pub fn reviewed(&self) -> ClassMask {
        self.review.as_ref().map_or(ClassMask::ALL, |review| review.classes)
    }
}

/// How far an app is reviewed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Review {
    /// Reviewed.
    pub classes: ClassMask,
    /// Who tests the rest, ascending.
    pub testers: Vec<PersonNo>,
}

impl Review {
    /// Whether this person tests the app.
    #[must_use]
    pub fn has_tester(&self, person: PersonNo) -> bool {
        self.testers.binary_search(&person).is_ok()
    }
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
    /// Public key (JWK) of a client that signs assertions; none: `digest` is of a secret.
    pub key: Option<Vec<u8>>,
    pub(crate) cut_off: Option<Position>,
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Name in the catalog.
    pub name: String,
    /// Its status.
    pub status: ProgramStatus,
    /// End of an experiment, exclusive.
    pub until: Option<Timestamp>,
    /// How many people an experiment may reach.
    pub cap: Option<u32>,
    /// Everybody who authorized or opted in while it was an experiment, by how many came before them.
    pub(crate) participants: BTreeMap<PersonNo, u32>,
    /// Apps that go on although it is closed, and until when.
    pub exceptions: BTreeMap<AppNo, Timestamp>,
}

impl Program {
    /// Whether the person is in it: it is no experiment with a cap, or they were among the first so many who came.
    #[must_use]
    pub fn reaches(&self, person: PersonNo) -> bool {
        match (self.status, self.cap) {
            (ProgramStatus::Experimental, Some(cap)) => {
                self.participants.get(&person).is_some_and(|before| *before < cap)
            }
            _ => true,
        }
    }

    pub(crate) fn join(&mut self, person: PersonNo) {
        let before = u32::try_from(self.participants.len()).unwrap_or(u32::MAX);
        self.participants.entry(person).or_insert(before);
    }

    /// How many came to the experiment; its cap says how many of them are in it.
    #[must_use]
    pub fn people(&self) -> usize {
        self.participants.len()
    }

    /// Whether an experiment has no room for one more.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.cap.is_some_and(|cap| self.participants.len() >= cap as usize)
    }
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
    /// When somebody ended it.
    pub ended_at: Option<Timestamp>,
    /// When it was made.
    pub made_at: Timestamp,
    /// How long what was received may be kept, by class.
    pub retention: Vec<Retention>,
    /// By when what was received must be anonymised.
    pub anonymise_by: Option<Timestamp>,
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
    /// When it was withdrawn, the number of the next certification: those below were entered before.
    pub ended_before: Option<CertificationNo>,
    /// SHA-256 of the partner's signed statement, if it signed one.
    pub statement: Option<[u8; 32]>,
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
    /// When the person last did something with it: made it, or signed in to the app through it.
    pub active_at: Timestamp,
    /// What it says beyond the usual; few do.
    pub terms: Option<Box<GrantTerms>>,
    /// Issue numbers of codes redeemed, the latest ones; a code not above the highest of an ended list is refused.
    pub redeemed: Vec<Position>,
    /// Living refresh families, oldest first.
    pub families: Vec<Family>,
    pub(crate) cut_off: Option<Position>,
}

/// What a grant can say beyond the usual.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GrantTerms {
    /// Classes that end before the grant.
    pub ends: Vec<ClassEnd>,
    /// Classes that one answer may use.
    pub once: ClassMask,
    /// Those of them that were used.
    pub spent: ClassMask,
    /// For what; none: for what the agreement names.
    pub purposes: Option<Vec<PurposeNo>>,
}

/// A suspension of many apps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspension {
    /// How many apps it named.
    pub apps: u32,
    /// Over.
    pub lifted: bool,
}

/// A case about an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// About which app.
    pub app: AppNo,
    /// What it began with.
    pub kind: CaseKind,
    /// When.
    pub opened_at: Timestamp,
    /// How it was decided; none: it is open.
    pub outcome: Option<CaseOutcome>,
    /// Whether the partner appealed, and what came of it.
    pub appeal: Appeal,
}

/// How far an appeal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Appeal {
    /// Nobody appealed.
    #[default]
    None,
    /// To be decided.
    Open,
    /// The partner was right.
    Upheld,
    /// It stays as it was decided.
    Rejected,
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
    /// By position of the event.
    pub(crate) suspensions: BTreeMap<Position, Suspension>,
    pub(crate) sandboxes: BTreeSet<ContextNo>,
    pub(crate) cases: BTreeMap<CaseNo, Case>,
}

impl Registry {
    /// Whether a suspension of many apps that names this one stands.
    pub(crate) fn is_suspended(&self, app: &App) -> bool {
        let stands = |at| self.suspensions.get(at).is_some_and(|one| !one.lifted);
        app.suspensions.iter().any(stands)
    }

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

    pub(crate) fn next_certification(&self) -> CertificationNo {
        CertificationNo(self.certifications.last_key_value().map_or(1, |(no, _)| no.0 + 1))
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
