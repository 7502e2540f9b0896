//! State: everything that decides, and nothing that does not follow from the log.

use crate::context::ContextState;
use crate::disuse::Lines;
use crate::masks::Masks;
use crate::people::{People, PersonState};
use crate::policy::Policy;
use crate::registry::{
    Agreement, App, Case, Certification, Credential, Grant, Installation, Partner, Program,
    Registry, Suspension,
};
use crate::rules::Rules;
use catalog::{Catalog, Numbering};
use ledger::AuditedChange;
use model::{
    AgreementNo, ApiVersion, AppNo, AppStatus, CaseNo, CertificationNo, ClassMask, Condition,
    ContextNo, CredentialNo, GrantNo, InstallationNo, PartnerNo, PartnerStatus, PersonNo, Position,
    ProgramNo, SourceNo, StaffNo, StaffRole, Timestamp,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// An older API version that is still served.
#[derive(Debug, Clone)]
pub(crate) struct OlderVersion {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) document: Arc<Vec<u8>>,
    pub(crate) rules: Arc<Rules>,
}

/// What was announced of an API version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VersionTerms {
    /// Since when it is deprecated.
    pub deprecated_at: Option<Timestamp>,
    /// When it ends, exclusive.
    pub sunset: Option<Timestamp>,
}

/// The fold of the log up to [`State::next`].
#[derive(Debug, Clone, Default)]
pub struct State {
    pub(crate) next: u64,
    pub(crate) revision: u64,
    pub(crate) time: u64,
    pub(crate) numbering: Numbering,
    pub(crate) catalog: Option<Arc<Catalog>>,
    pub(crate) catalog_document: Arc<Vec<u8>>,
    pub(crate) catalog_at: Option<Position>,
    pub(crate) policy: Option<Arc<Policy>>,
    pub(crate) policy_document: Arc<Vec<u8>>,
    pub(crate) policy_at: Option<Position>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) registry: Registry,
    pub(crate) masks: Masks,
    pub(crate) people: People,
    pub(crate) contexts: Vec<Option<Box<ContextState>>>,
    pub(crate) sources: BTreeMap<SourceNo, u64>,
    /// Everybody who ever was staff; the role of those who are.
    pub(crate) staff: BTreeMap<StaffNo, Option<StaffRole>>,
    pub(crate) older: BTreeMap<ApiVersion, OlderVersion>,
    pub(crate) version_terms: BTreeMap<ApiVersion, VersionTerms>,
    pub(crate) audited: Option<(Position, Arc<AuditedChange>)>,
    pub(crate) lines: Lines,
    #[cfg(feature = "holes")]
    pub(crate) holes: std::collections::BTreeSet<model::Condition>,
}

impl State {
    /// The position that the next entry will get: how many entries were folded.
    #[must_use]
    pub const fn next(&self) -> Position {
        Position(self.next)
    }

    /// One more than the position of the last control event; decisions at equal revisions are equal but for time.
    #[must_use]
    pub const fn revision(&self) -> Position {
        Position(self.revision)
    }

    /// Time of the last entry folded.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        Timestamp(self.time)
    }

    /// The issue number for a token that is made now.
    #[must_use]
    pub const fn issue_number(&self) -> Position {
        Position(self.next)
    }

    /// Numbers given so far.
    #[must_use]
    pub const fn numbering(&self) -> &Numbering {
        &self.numbering
    }

    /// The catalog in force.
    #[must_use]
    pub const fn catalog(&self) -> Option<&Arc<Catalog>> {
        self.catalog.as_ref()
    }

    /// Canonical bytes of the catalog in force; empty if there is none.
    #[must_use]
    pub fn catalog_document(&self) -> &[u8] {
        &self.catalog_document
    }

    /// Position at which the catalog in force was activated.
    #[must_use]
    pub const fn catalog_at(&self) -> Option<Position> {
        self.catalog_at
    }

    /// The policy in force.
    #[must_use]
    pub const fn policy(&self) -> Option<&Arc<Policy>> {
        self.policy.as_ref()
    }

    /// Canonical bytes of the policy in force; empty if there is none.
    #[must_use]
    pub fn policy_document(&self) -> &[u8] {
        &self.policy_document
    }

    /// Position at which the policy in force was activated.
    #[must_use]
    pub const fn policy_at(&self) -> Option<Position> {
        self.policy_at
    }

    /// Rules in force.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// A partner.
    #[must_use]
    pub fn partner(&self, no: PartnerNo) -> Option<&Partner> {
        self.registry.partners.get(&no)
    }

    /// All partners.
    pub fn partners(&self) -> impl Iterator<Item = (PartnerNo, &Partner)> {
        self.registry.partners.iter().map(|(no, partner)| (*no, partner))
    }

    /// An app.
    #[must_use]
    pub fn app(&self, no: AppNo) -> Option<&App> {
        self.registry.apps.get(&no)
    }

    /// All apps.
    pub fn apps(&self) -> impl Iterator<Item = (AppNo, &App)> {
        self.registry.apps.iter().map(|(no, app)| (*no, app))
    }

    /// A credential.
    #[must_use]
    pub fn credential(&self, no: CredentialNo) -> Option<&Credential> {
        self.registry.credentials.get(&no)
    }

    /// A program.
    #[must_use]
    pub fn program(&self, no: ProgramNo) -> Option<&Program> {
        self.registry.programs.get(&no)
    }

    /// All programs.
    pub fn programs(&self) -> impl Iterator<Item = (ProgramNo, &Program)> {
        self.registry.programs.iter().map(|(no, program)| (*no, program))
    }

    /// An agreement.
    #[must_use]
    pub fn agreement(&self, no: AgreementNo) -> Option<&Agreement> {
        self.registry.agreements.get(&no)
    }

    /// All agreements.
    pub fn agreements(&self) -> impl Iterator<Item = (AgreementNo, &Agreement)> {
        self.registry.agreements.iter().map(|(no, agreement)| (*no, agreement))
    }

    /// A certification.
    #[must_use]
    pub fn certification(&self, no: CertificationNo) -> Option<&Certification> {
        self.registry.certifications.get(&no)
    }

    /// An installation.
    #[must_use]
    pub fn installation(&self, no: InstallationNo) -> Option<&Installation> {
        self.registry.installation(no)
    }

    /// All installations, oldest first.
    pub fn installations(&self) -> impl Iterator<Item = (InstallationNo, &Installation)> {
        self.registry
            .installations
            .iter()
            .zip(0u32..)
            .map(|(installation, no)| (InstallationNo(no), installation))
    }

    /// A grant.
    #[must_use]
    pub fn grant(&self, no: GrantNo) -> Option<&Grant> {
        self.registry.grant(no)
    }

    /// All grants, oldest first.
    pub fn grants(&self) -> impl Iterator<Item = (GrantNo, &Grant)> {
        self.registry.grants.iter().zip(0u32..).map(|(grant, no)| (GrantNo(no), grant))
    }

    /// A context.
    #[must_use]
    pub fn context(&self, no: ContextNo) -> Option<&ContextState> {
        self.contexts.get(no.index())?.as_deref()
    }

    /// Whether the person is known and not erased.
    #[must_use]
    pub fn is_person(&self, person: PersonNo) -> bool {
        let word = self.people.word(person);
        word.is_known() && !word.is_erased()
    }

    /// What is kept of a person who chose or authorized something.
    #[must_use]
    pub fn person(&self, person: PersonNo) -> Option<&PersonState> {
        self.people.state(person)
    }

    /// Whether an installation stands: not ended, its context alive, and an admin behind it who still is one.
    #[must_use]
    pub fn is_standing(&self, installation: &Installation) -> bool {
        let backed = installation.backers.iter().any(|one| !self.people.word(*one).is_erased());
        !installation.ended
            && (backed || !self.asks(Condition::Lapsed))
            && self.context(installation.context).is_some_and(ContextState::is_live)
    }

    /// The installation of an app in a context that is not ended, lapsed or not, if there is one.
    #[must_use]
    pub fn installed(
        &self,
        app: AppNo,
        context: ContextNo,
    ) -> Option<(InstallationNo, &Installation)> {
        let numbers = self.context(context)?.installations.iter().rev();
        numbers
            .filter_map(|no| self.installation(*no).map(|installation| (*no, installation)))
            .find(|(_, installation)| installation.app == app && !installation.ended)
    }

    /// What a person opted in to at an installation.
    #[must_use]
    pub fn opted_in(&self, person: PersonNo, installation: InstallationNo) -> ClassMask {
        let Some(installation) = self.installation(installation) else { return ClassMask::NONE };
        let Some(context) = self.context(installation.context) else { return ClassMask::NONE };
        context.opt_ins.mask(installation.ordinal, person, &self.masks)
    }

    /// Every opt-in of a context: installation, person, classes.
    pub fn opt_ins(
        &self,
        context: ContextNo,
    ) -> impl Iterator<Item = (InstallationNo, PersonNo, ClassMask)> {
        self.context(context).into_iter().flat_map(|context| {
            context.opt_ins.iter(&self.masks).filter_map(|(ordinal, person, mask)| {
                context.installations.get(usize::from(ordinal)).map(|no| (*no, person, mask))
            })
        })
    }

    /// The source's last sequence number taken in.
    #[must_use]
    pub fn source_up_to(&self, source: SourceNo) -> u64 {
        self.sources.get(&source).copied().unwrap_or(0)
    }

    /// Whether a condition is asked at all. Always, but where a test has planted a hole to see whether a probe finds it.
    #[cfg(not(feature = "holes"))]
    #[inline]
    #[must_use]
    pub const fn asks(&self, _: Condition) -> bool {
        true
    }

    /// Whether a condition is asked: not where a test has planted a hole.
    #[cfg(feature = "holes")]
    #[inline]
    #[must_use]
    pub fn asks(&self, condition: Condition) -> bool {
        !self.holes.contains(&condition)
    }

    /// Makes `decide` forget a condition, so that a test can see the probe for it find that.
    #[cfg(feature = "holes")]
    pub fn plant_hole(&mut self, condition: Condition) {
        self.holes.insert(condition);
    }

    /// Makes `decide` ask every condition again.
    #[cfg(feature = "holes")]
    pub fn fill_holes(&mut self) {
        self.holes.clear();
    }

    /// Whether this number is current staff.
    #[must_use]
    pub fn is_staff(&self, staff: StaffNo) -> bool {
        self.staff_role(staff).is_some()
    }

    /// What a staff member may do; `None` for who is none.
    #[must_use]
    pub fn staff_role(&self, staff: StaffNo) -> Option<StaffRole> {
        self.staff.get(&staff).copied().flatten()
    }

    /// Everybody who ever was staff, and the role of those who still are.
    pub fn staff(&self) -> impl Iterator<Item = (StaffNo, Option<StaffRole>)> {
        self.staff.iter().map(|(staff, role)| (*staff, *role))
    }

    /// The catalog of an API version that is served: the one in force, or an older one that it keeps.
    #[must_use]
    pub fn catalog_of(&self, version: ApiVersion) -> Option<&Arc<Catalog>> {
        match &self.catalog {
            Some(catalog) if catalog.version == version => Some(catalog),
            _ => self.older.get(&version).map(|older| &older.catalog),
        }
    }

    /// Canonical bytes of the catalog of an API version that is served.
    #[must_use]
    pub fn catalog_document_of(&self, version: ApiVersion) -> Option<&[u8]> {
        match &self.catalog {
            Some(catalog) if catalog.version == version => Some(&self.catalog_document),
            _ => self.older.get(&version).map(|older| older.document.as_slice()),
        }
    }

    /// API versions that are served but for what was announced of them, the one in force last.
    pub fn versions(&self) -> impl Iterator<Item = ApiVersion> {
        let current = self.catalog.as_ref().map(|catalog| catalog.version);
        self.older.keys().copied().filter(move |older| Some(*older) != current).chain(current)
    }

    /// What was announced of an API version.
    #[must_use]
    pub fn version_terms(&self, version: ApiVersion) -> VersionTerms {
        self.version_terms.get(&version).copied().unwrap_or_default()
    }

    /// Rules of an API version; those of one that is not served release nothing.
    #[must_use]
    pub fn rules_of(&self, version: ApiVersion) -> Option<&Rules> {
        match &self.catalog {
            Some(catalog) if catalog.version == version => Some(&self.rules),
            _ => self.older.get(&version).map(|older| older.rules.as_ref()),
        }
    }

    /// The change that is watched before it is made: the entry that says so, and which. It decides nothing.
    #[must_use]
    pub fn audited(&self) -> Option<(Position, &Arc<AuditedChange>)> {
        self.audited.as_ref().map(|(at, change)| (*at, change))
    }

    /// Whether an app is suspended by a suspension of many apps; its own status is another matter.
    #[must_use]
    pub fn is_suspended(&self, app: &App) -> bool {
        self.registry.is_suspended(app)
    }

    /// An app's status as it holds: its own, its partner's, and suspensions of many; the gravest.
    #[must_use]
    pub fn status_of(&self, app: &App) -> AppStatus {
        match (app.status, self.partner(app.partner).map(|partner| partner.status)) {
            (AppStatus::Removed, _)
            | (_, None | Some(PartnerStatus::Revoked | PartnerStatus::Surrendered)) => {
                AppStatus::Removed
            }
            (AppStatus::Active, Some(PartnerStatus::Active)) if !self.is_suspended(app) => {
                AppStatus::Active
            }
            (
                AppStatus::Active | AppStatus::Suspended,
                Some(PartnerStatus::Active | PartnerStatus::Suspended),
            ) => AppStatus::Suspended,
        }
    }

    /// Whether everything that was allowed to an app has ended with it or with its partner: it was removed, or its partner
    /// revoked or surrendered. That is final; a suspension is not. An app that there is not was never allowed anything.
    #[must_use]
    pub fn is_over(&self, app: AppNo) -> bool {
        self.app(app).is_none_or(|app| self.status_of(app) == AppStatus::Removed)
    }

    /// Suspensions of many apps, oldest first.
    pub fn suspensions(&self) -> impl Iterator<Item = (Position, Suspension)> {
        self.registry.suspensions.iter().map(|(at, one)| (*at, *one))
    }

    /// Whether a context is open to apps that are not reviewed.
    #[must_use]
    pub fn is_sandbox(&self, context: ContextNo) -> bool {
        self.registry.sandboxes.contains(&context)
    }

    /// Sandboxes, ascending.
    pub fn sandboxes(&self) -> impl Iterator<Item = ContextNo> {
        self.registry.sandboxes.iter().copied()
    }

    /// Cases, oldest first.
    pub fn cases(&self) -> impl Iterator<Item = (CaseNo, &Case)> {
        self.registry.cases.iter().map(|(no, case)| (*no, case))
    }

    /// A case.
    #[must_use]
    pub fn case(&self, no: CaseNo) -> Option<&Case> {
        self.registry.cases.get(&no)
    }

    /// See [`State::next_partner`].
    #[must_use]
    pub fn next_case(&self) -> CaseNo {
        CaseNo(self.registry.cases.last_key_value().map_or(1, |(no, _)| no.0 + 1))
    }

    /// All certifications.
    pub fn certifications(&self) -> impl Iterator<Item = (CertificationNo, &Certification)> {
        self.registry.certifications.iter().map(|(no, one)| (*no, one))
    }

    /// All credentials.
    pub fn credentials(&self) -> impl Iterator<Item = (CredentialNo, &Credential)> {
        self.registry.credentials.iter().map(|(no, one)| (*no, one))
    }

    /// Whether new consent for an app is refused because a report was not acknowledged in time.
    #[must_use]
    pub fn is_restricted(&self, app: AppNo, now: Timestamp) -> bool {
        self.app(app).and_then(|app| app.report).is_some_and(|(_, due)| due <= now)
    }

    /// The number that the next one of each kind gets.
    #[must_use]
    pub fn next_partner(&self) -> PartnerNo {
        PartnerNo(self.registry.partners.last_key_value().map_or(1, |(no, _)| no.0 + 1))
    }

    /// See [`State::next_partner`].
    #[must_use]
    pub fn next_app(&self) -> AppNo {
        AppNo(self.registry.apps.last_key_value().map_or(1, |(no, _)| no.0 + 1))
    }

    /// See [`State::next_partner`].
    #[must_use]
    pub fn next_credential(&self) -> CredentialNo {
        CredentialNo(self.registry.credentials.last_key_value().map_or(1, |(no, _)| no.0 + 1))
    }

    /// See [`State::next_partner`].
    #[must_use]
    pub fn next_agreement(&self) -> AgreementNo {
        AgreementNo(self.registry.agreements.last_key_value().map_or(1, |(no, _)| no.0 + 1))
    }

    /// See [`State::next_partner`].
    #[must_use]
    pub fn next_certification(&self) -> CertificationNo {
        self.registry.next_certification()
    }

    /// See [`State::next_partner`].
    #[must_use]
    pub fn next_staff(&self) -> StaffNo {
        StaffNo(self.staff.last_key_value().map_or(1, |(no, _)| no.0 + 1))
    }

    /// See [`State::next_partner`].
    #[must_use]
    pub fn next_installation(&self) -> InstallationNo {
        InstallationNo(u32::try_from(self.registry.installations.len()).unwrap_or(u32::MAX))
    }

    /// See [`State::next_partner`].
    #[must_use]
    pub fn next_grant(&self) -> GrantNo {
        GrantNo(u32::try_from(self.registry.grants.len()).unwrap_or(u32::MAX))
    }

    /// The number of a program by its name in the catalog.
    #[must_use]
    pub fn program_named(&self, name: &str) -> Option<ProgramNo> {
        self.numbering.programs.get(name).copied()
    }

    /// One more than the highest context number that facts named.
    #[must_use]
    pub fn contexts_len(&self) -> usize {
        self.contexts.len()
    }

    /// How many people numbers were given.
    #[must_use]
    pub fn people_len(&self) -> usize {
        self.people.len()
    }
}
