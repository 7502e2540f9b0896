//! The fold: how each control event changes state, in time proportional to the event itself.

mod around;

use crate::context::ContextState;
use crate::policy::Policy;
use crate::registry::{
    Agreement, App, Certification, Credential, Family, Grant, GrantTerms, Installation, Partner,
    Program, Review,
};
use crate::rules::Rules;
use crate::state::{OlderVersion, State};
use catalog::{Document, Numbering};
use ledger::{
    AgreementMade, AppMade, Assigned, CatalogActivated, CertificationMade, CredentialMade,
    CutOffSubject, Event, Fact, Facts, GrantMade, InstallationMade, Payload, PolicyActivated,
};
use model::{
    ApiVersion, AppNo, AppStatus, ClassMask, ClassNo, ContextKind, ContextNo, GrantNo,
    InstallationNo, OperationNo, PartnerStatus, PersonNo, Position, ProgramNo, ProgramStatus,
    PurposeNo, StaffRole, Timestamp, limits,
};
use std::sync::Arc;

/// Codes remembered as redeemed for each grant; older ones have expired long before.
const REDEEMED_MAX: usize = 64;

/// An event that cannot follow this state. Flows make none; a log that holds one is corrupt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// The entry does not stand at the next position.
    #[error("entry {0} was applied to a state that expects {1}")]
    OutOfOrder(u64, u64),
    /// Entry time went back.
    #[error("entry time went back")]
    TimeWentBack,
    /// A number is unknown, or given twice.
    #[error("`{0}` is unknown, or was given already")]
    Number(&'static str),
    /// A document does not compile.
    #[error("document cannot be adopted: {0}")]
    Document(String),
}

impl State {
    /// Takes the next entry in. Entries that are no control events only move position and time.
    ///
    /// # Errors
    /// [`FoldError`] leaves the state unchanged but for events that the log must not hold.
    pub fn apply(
        &mut self,
        position: Position,
        time: Timestamp,
        payload: &Payload,
    ) -> Result<(), FoldError> {
        if position.0 != self.next {
            return Err(FoldError::OutOfOrder(position.0, self.next));
        }
        if time.0 < self.time {
            return Err(FoldError::TimeWentBack);
        }
        match payload {
            Payload::Control(event) => {
                self.fold(position, time, event)?;
                self.revision = position.0 + 1;
            }
            Payload::Disclosure(_)
            | Payload::Refusals(_)
            | Payload::WritePermitted(_)
            | Payload::WriteOutcome(_) => {}
        }
        self.next = position.0 + 1;
        self.time = time.0;
        Ok(())
    }

    /// Moves past entries that change nothing, without reading them.
    ///
    /// # Errors
    /// Position or time that goes back.
    pub fn skip_to(&mut self, next: Position, time: Timestamp) -> Result<(), FoldError> {
        if next.0 < self.next {
            return Err(FoldError::OutOfOrder(next.0, self.next));
        }
        if time.0 < self.time {
            return Err(FoldError::TimeWentBack);
        }
        self.next = next.0;
        self.time = time.0;
        Ok(())
    }

    pub(crate) fn fold(
        &mut self,
        at: Position,
        time: Timestamp,
        event: &Event,
    ) -> Result<(), FoldError> {
        match event {
            Event::CatalogActivated(event) => self.adopt_catalog(at, event),
            Event::PolicyActivated(event) => self.adopt_policy(at, time, event),
            Event::PartnerMade(_)
            | Event::PartnerStatusChanged(_)
            | Event::AppMade(_)
            | Event::AppChanged(_)
            | Event::AppStatusChanged(_)
            | Event::CredentialMade(_)
            | Event::CredentialEnded(_)
            | Event::ProgramStatusChanged(_)
            | Event::AgreementMade(_)
            | Event::AgreementEnded(_)
            | Event::CertificationMade(_)
            | Event::CertificationEnded(_) => self.fold_registry(time, event),
            Event::StaffMade(_) | Event::StaffRoleChanged(_) | Event::StaffEnded(_) => {
                self.fold_staff(event)
            }
            Event::VersionChanged(_)
            | Event::ChangeAudited(_)
            | Event::AppsSuspended(_)
            | Event::SuspensionLifted(_)
            | Event::ExceptionMade(_)
            | Event::ExceptionEnded(_)
            | Event::ClassesUsed(_)
            | Event::GrantSpent(_) => self.fold_rules(at, time, event),
            Event::TesterAdded(_)
            | Event::TesterRemoved(_)
            | Event::SandboxChanged(_)
            | Event::ReviewPassed(_)
            | Event::ReviewWithdrawn(_) => self.fold_review(event),
            Event::CaseOpened(_)
            | Event::CaseNoted(_)
            | Event::CaseClosed(_)
            | Event::CaseAppealed(_)
            | Event::AppealDecided(_)
            | Event::ReportIssued(_)
            | Event::ReportAcknowledged(_) => self.fold_conduct(at, time, event),
            // Told for the record.
            Event::PartnerChanged(_)
            | Event::IdentityLookedUp(_)
            | Event::AppReported(_)
            | Event::FindingRaised(_)
            | Event::ProbesRun(_) => Ok(()),
            Event::CutOff(event) => self.cut_off(at, event.subject),
            Event::InstallationMade(_)
            | Event::InstallationBacked(_)
            | Event::InstallationNarrowed(_)
            | Event::InstallationEnded(_) => self.fold_installation(at, event),
            Event::GrantMade(event) => self.grant_made(time, event),
            Event::CodeRedeemed(_)
            | Event::RefreshRotated(_)
            | Event::FamilyEnded(_)
            | Event::GrantEnded(_) => self.fold_grant(time, event),
            Event::OptIn(event) => {
                self.opt(event.person, event.installation, |mask| mask | event.classes)?;
                self.join_experiments(event.person, event.app);
                Ok(())
            }
            Event::OptOut(event) => {
                self.opt(event.person, event.installation, |mask| mask.without(event.classes))
            }
            Event::SettingChanged(event) => {
                let person =
                    self.people.state_mut(event.person).ok_or(FoldError::Number("person"))?;
                person.set(event.scope, event.blocked);
                Ok(())
            }
            Event::Facts(event) => self.facts(at, event),
        }
    }

    fn fold_staff(&mut self, event: &Event) -> Result<(), FoldError> {
        match event {
            Event::StaffMade(event) => {
                self.staff.insert(event.staff, Some(event.role.unwrap_or(StaffRole::Admin)));
            }
            Event::StaffRoleChanged(event) => match self.staff.get_mut(&event.staff) {
                Some(Some(role)) => *role = event.role,
                Some(None) | None => return Err(FoldError::Number("staff")),
            },
            Event::StaffEnded(event) => {
                self.staff.insert(event.staff, None);
            }
            _ => {}
        }
        Ok(())
    }

    fn fold_grant(&mut self, time: Timestamp, event: &Event) -> Result<(), FoldError> {
        match event {
            Event::CodeRedeemed(event) => {
                let grant = self.grant_mut(event.grant)?;
                grant.redeemed.push(event.code);
                if grant.redeemed.len() > REDEEMED_MAX {
                    grant.redeemed.remove(0);
                }
                if grant.families.len() >= limits::REFRESH_FAMILIES_MAX {
                    grant.families.remove(0);
                }
                grant.active_at = time;
                grant.families.push(Family { id: event.code, counter: 0, rotated_at: time });
                Ok(())
            }
            Event::RefreshRotated(event) => {
                let grant = self.grant_mut(event.grant)?;
                let family = grant.families.iter_mut().find(|family| family.id == event.family);
                let family = family.ok_or(FoldError::Number("family"))?;
                family.counter = event.counter;
                family.rotated_at = time;
                Ok(())
            }
            Event::FamilyEnded(event) => {
                self.grant_mut(event.grant)?.families.retain(|family| family.id != event.family);
                Ok(())
            }
            Event::GrantEnded(event) => {
                let grant = self.grant_mut(event.grant)?;
                grant.ended = true;
                grant.families.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn fold_registry(&mut self, time: Timestamp, event: &Event) -> Result<(), FoldError> {
        let registry = &mut self.registry;
        match event {
            Event::PartnerMade(event) => {
                let partner =
                    Partner { status: PartnerStatus::Active, apps: Vec::new(), cut_off: None };
                fresh(registry.partners.insert(event.partner, partner), "partner")
            }
            Event::PartnerStatusChanged(event) => {
                let partner = registry
                    .partners
                    .get_mut(&event.partner)
                    .ok_or(FoldError::Number("partner"))?;
                partner.status = event.status;
                Ok(())
            }
            Event::AppMade(event) => self.app_made(event),
            Event::AppChanged(event) => {
                let app = self.app_mut(event.app)?;
                app.redirects.clone_from(&event.redirects);
                if let Some(category) = &event.category {
                    app.category.clone_from(category);
                }
                Ok(())
            }
            Event::AppStatusChanged(event) => {
                self.app_mut(event.app)?.status = event.status;
                Ok(())
            }
            Event::CredentialMade(event) => self.credential_made(event),
            Event::CredentialEnded(event) => {
                let credential = registry.credentials.get_mut(&event.credential);
                credential.ok_or(FoldError::Number("credential"))?.ended = true;
                Ok(())
            }
            Event::ProgramStatusChanged(event) => {
                let program = registry
                    .programs
                    .get_mut(&event.program)
                    .ok_or(FoldError::Number("program"))?;
                program.status = event.status;
                program.until = event.until;
                program.cap = event.cap;
                Ok(())
            }
            Event::AgreementMade(event) => self.agreement_made(time, event),
            Event::AgreementEnded(event) => {
                let agreement = registry.agreements.get_mut(&event.agreement);
                let agreement = agreement.ok_or(FoldError::Number("agreement"))?;
                agreement.ended = true;
                agreement.ended_at.get_or_insert(time);
                Ok(())
            }
            Event::CertificationMade(event) => self.certification_made(event),
            Event::CertificationEnded(event) => {
                let next = registry.next_certification();
                let certification = registry.certifications.get_mut(&event.certification);
                let certification = certification.ok_or(FoldError::Number("certification"))?;
                certification.ended = true;
                certification.ended_before = Some(next);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn app_mut(&mut self, app: AppNo) -> Result<&mut App, FoldError> {
        self.registry.apps.get_mut(&app).ok_or(FoldError::Number("app"))
    }

    fn grant_mut(&mut self, grant: GrantNo) -> Result<&mut Grant, FoldError> {
        self.registry.grants.get_mut(grant.index()).ok_or(FoldError::Number("grant"))
    }

    fn app_made(&mut self, event: &AppMade) -> Result<(), FoldError> {
        let partner =
            self.registry.partners.get_mut(&event.partner).ok_or(FoldError::Number("partner"))?;
        partner.apps.push(event.app);
        let app = App {
            partner: event.partner,
            status: AppStatus::Active,
            public: event.public,
            redirects: event.redirects.clone(),
            credentials: Vec::new(),
            agreements: Vec::new(),
            certifications: Vec::new(),
            category: event.category.clone().unwrap_or_default(),
            review: event.reviewed.map(|classes| Box::new(Review { classes, testers: Vec::new() })),
            report: None,
            suspensions: Default::default(),
            used: Default::default(),
            cut_off: None,
        };
        fresh(self.registry.apps.insert(event.app, app), "app")
    }

    fn credential_made(&mut self, event: &CredentialMade) -> Result<(), FoldError> {
        self.app_mut(event.app)?.credentials.push(event.credential);
        let credential = Credential {
            app: event.app,
            digest: event.digest,
            expires_at: event.expires_at,
            ended: false,
            key: event.key.clone(),
            cut_off: None,
        };
        fresh(self.registry.credentials.insert(event.credential, credential), "credential")
    }

    fn agreement_made(&mut self, time: Timestamp, event: &AgreementMade) -> Result<(), FoldError> {
        self.app_mut(event.app)?.agreements.push(event.agreement);
        let agreement = Agreement {
            app: event.app,
            program: event.program,
            classes: event.classes,
            required: event.required & event.classes,
            purposes: event.purposes.clone(),
            from: event.from,
            until: event.until,
            ended: false,
            ended_at: None,
            made_at: time,
            retention: event.retention.clone().unwrap_or_default(),
            anonymise_by: event.anonymise_by,
        };
        fresh(self.registry.agreements.insert(event.agreement, agreement), "agreement")
    }

    fn certification_made(&mut self, event: &CertificationMade) -> Result<(), FoldError> {
        self.app_mut(event.app)?.certifications.push(event.certification);
        let certification = Certification {
            app: event.app,
            classes: event.classes,
            purpose: event.purpose,
            from: event.from,
            until: event.until,
            ended: false,
            ended_before: None,
            statement: event.statement,
        };
        fresh(
            self.registry.certifications.insert(event.certification, certification),
            "certification",
        )
    }

    fn cut_off(&mut self, at: Position, subject: CutOffSubject) -> Result<(), FoldError> {
        match subject {
            CutOffSubject::Person(person) => {
                self.people.state_mut(person).ok_or(FoldError::Number("person"))?.cut_off =
                    Some(at);
            }
            CutOffSubject::PersonApp(person, app) => {
                let person = self.people.state_mut(person).ok_or(FoldError::Number("person"))?;
                person.cut_off_apps.retain(|(one, _)| *one != app);
                person.cut_off_apps.push((app, at));
            }
            other => self.registry.cut_off(other, at),
        }
        Ok(())
    }

    fn fold_installation(&mut self, at: Position, event: &Event) -> Result<(), FoldError> {
        let unknown = FoldError::Number("installation");
        match event {
            Event::InstallationMade(event) => self.installation_made(event),
            Event::InstallationBacked(event) => {
                let installation = self
                    .registry
                    .installations
                    .get_mut(event.installation.index())
                    .ok_or(unknown)?;
                // Erasure reaches no installation, so a lapse through it is only seen here. Its tokens stay dead.
                let people = &self.people;
                installation.backers.retain(|backer| !people.word(*backer).is_erased());
                if installation.backers.is_empty() {
                    installation.cut_off = Some(at);
                }
                if !installation.backers.contains(&event.backer) {
                    installation.backers.push(event.backer);
                    installation.backers.sort_unstable();
                }
                Ok(())
            }
            Event::InstallationNarrowed(event) => {
                let installation = self
                    .registry
                    .installations
                    .get_mut(event.installation.index())
                    .ok_or(unknown)?;
                installation.classes = installation.classes & event.classes;
                Ok(())
            }
            Event::InstallationEnded(event) => {
                let installation = self
                    .registry
                    .installations
                    .get_mut(event.installation.index())
                    .ok_or(unknown)?;
                installation.ended = true;
                installation.backers.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn installation_made(&mut self, event: &InstallationMade) -> Result<(), FoldError> {
        if event.installation.index() != self.registry.installations.len() {
            return Err(FoldError::Number("installation"));
        }
        let context = self.context_mut(event.context).ok_or(FoldError::Number("context"))?;
        let ordinal =
            u16::try_from(context.installations.len()).map_err(|_| FoldError::Number("ordinal"))?;
        context.installations.push(event.installation);
        self.registry.installations.push(Installation {
            app: event.app,
            context: event.context,
            classes: event.classes,
            ordinal,
            ended: false,
            backers: std::iter::once(event.backer).collect(),
            cut_off: None,
        });
        Ok(())
    }

    /// A new grant, or the standing one of this person and app with another choice: tokens of other devices live on
    /// and carry what the person chose last.
    fn grant_made(&mut self, time: Timestamp, event: &GrantMade) -> Result<(), FoldError> {
        // Deciding searches them: an event that lists them in another order must not grant less than it says.
        let mut contexts = event.contexts.clone();
        contexts.sort_unstable();
        contexts.dedup();
        if let Some(grant) = self.registry.grants.get_mut(event.grant.index()) {
            if grant.ended || grant.person != event.person || grant.app != event.app {
                return Err(FoldError::Number("grant"));
            }
            grant.classes = event.classes;
            grant.contexts = contexts;
            grant.expires_at = event.expires_at;
            grant.made_at = time;
            grant.active_at = time;
            grant.terms = grant_terms(event);
            self.join_experiments(event.person, event.app);
            return Ok(());
        }
        if event.grant.index() != self.registry.grants.len() {
            return Err(FoldError::Number("grant"));
        }
        let person = self.people.state_mut(event.person).ok_or(FoldError::Number("person"))?;
        person.grants.push(event.grant);
        self.registry.grants.push(Grant {
            app: event.app,
            person: event.person,
            classes: event.classes,
            contexts,
            expires_at: event.expires_at,
            ended: false,
            made_at: time,
            active_at: time,
            terms: grant_terms(event),
            redeemed: Vec::new(),
            families: Vec::new(),
            cut_off: None,
        });
        self.join_experiments(event.person, event.app);
        Ok(())
    }

    fn opt(
        &mut self,
        person: PersonNo,
        installation: InstallationNo,
        change: impl Fn(ClassMask) -> ClassMask,
    ) -> Result<(), FoldError> {
        let installation =
            self.registry.installation(installation).ok_or(FoldError::Number("installation"))?;
        let (ordinal, no) = (installation.ordinal, installation.context);
        let context = self.contexts.get_mut(no.index()).and_then(Option::as_deref_mut);
        let context = context.ok_or(FoldError::Number("context"))?;
        let mask = change(context.opt_ins.mask(ordinal, person, &self.masks));
        context.opt_ins.set(ordinal, person, mask, &mut self.masks);
        Ok(())
    }

    fn context_mut(&mut self, no: ContextNo) -> Option<&mut ContextState> {
        self.contexts.get_mut(no.index())?.as_deref_mut()
    }

    fn facts(&mut self, at: Position, event: &Facts) -> Result<(), FoldError> {
        for fact in &event.facts {
            match *fact {
                Fact::Person(person) => self.people.know(person),
                Fact::PersonGone(person) => self.people.erase(person),
                Fact::Context(context, kind) => self.context_known(context, kind),
                Fact::ContextGone(context) => {
                    if let Some(context) = self.context_mut(context) {
                        context.gone = true;
                    }
                }
                Fact::Admin(person, context) => {
                    if let Some(context) = self.context_mut(context) {
                        context.add_admin(person);
                    }
                }
                Fact::AdminGone(person, context) => self.admin_gone(at, person, context),
                Fact::MemberGone(person, context) => self.member_gone(at, person, context),
                Fact::Member(..)
                | Fact::Friend(..)
                | Fact::FriendGone(..)
                | Fact::ObjectGone(_) => {}
            }
        }
        self.sources.insert(event.source, event.up_to);
        Ok(())
    }

    fn context_known(&mut self, no: ContextNo, kind: ContextKind) {
        if no.index() >= self.contexts.len() {
            self.contexts.resize_with(no.index() + 1, || None);
        }
        if let Some(place) = self.contexts.get_mut(no.index()) {
            place.get_or_insert_default().kind = Some(kind);
        }
    }

    /// The admin stands behind nothing here any more. What thereby loses its last backer lapses, and its tokens are
    /// dead also if another admin confirms it later.
    fn admin_gone(&mut self, at: Position, person: PersonNo, no: ContextNo) {
        let Some(context) = self.contexts.get_mut(no.index()).and_then(Option::as_deref_mut) else {
            return;
        };
        context.drop_admin(person);
        // Whom erasure took stands behind nothing already, whatever is told of them afterwards.
        if self.people.word(person).is_erased() {
            return;
        }
        for installation in &context.installations {
            let Some(installation) = self.registry.installations.get_mut(installation.index())
            else {
                continue;
            };
            if installation.ended || !installation.backers.contains(&person) {
                continue;
            }
            let people = &self.people;
            let stays = |backer: PersonNo| backer != person && !people.word(backer).is_erased();
            installation.backers.retain(|backer| stays(*backer));
            if installation.backers.is_empty() {
                installation.cut_off = Some(at);
            }
        }
    }

    /// Who leaves takes their opt-ins and the reach of their grants with them; coming back revives neither.
    fn member_gone(&mut self, at: Position, person: PersonNo, no: ContextNo) {
        self.admin_gone(at, person, no);
        if let Some(context) = self.contexts.get_mut(no.index()).and_then(Option::as_deref_mut) {
            for ordinal in 0..context.installations.len() {
                let ordinal = u16::try_from(ordinal).unwrap_or(u16::MAX);
                context.opt_ins.set(ordinal, person, ClassMask::NONE, &mut self.masks);
            }
        }
        for grant in
            self.people.state(person).map(|state| state.grants.as_slice()).unwrap_or_default()
        {
            if let Some(grant) = self.registry.grants.get_mut(grant.index()) {
                grant.contexts.retain(|context| *context != no);
            }
        }
    }

    fn adopt_catalog(&mut self, at: Position, event: &CatalogActivated) -> Result<(), FoldError> {
        let mut numbering = self.numbering.clone();
        number(&mut numbering, event)?;
        let wrong = |problem: String| FoldError::Document(problem);
        let document =
            Document::parse(&event.document).map_err(|mistakes| wrong(format!("{mistakes:?}")))?;
        let catalog =
            document.compile(&numbering).map_err(|mistakes| wrong(format!("{mistakes:?}")))?;
        for program in &catalog.programs {
            self.registry.programs.entry(program.number).or_insert_with(|| Program {
                name: program.name.clone(),
                status: ProgramStatus::Draft,
                until: None,
                cap: None,
                participants: Default::default(),
                exceptions: Default::default(),
            });
        }
        self.numbering = numbering;
        self.keep_versions(catalog.version, event.keeps.as_deref().unwrap_or_default());
        self.catalog = Some(Arc::new(catalog));
        self.catalog_document = Arc::new(event.document.clone());
        self.catalog_at = Some(at);
        self.join_rules();
        Ok(())
    }

    /// Of what was served until now, what the new catalog keeps; its own version is its own.
    fn keep_versions(&mut self, new: ApiVersion, keeps: &[ApiVersion]) {
        if let Some(current) = &self.catalog {
            let older = OlderVersion {
                catalog: Arc::clone(current),
                document: Arc::clone(&self.catalog_document),
                rules: Arc::default(),
            };
            self.older.insert(current.version, older);
        }
        self.older.retain(|version, _| *version != new && keeps.contains(version));
    }

    fn adopt_policy(
        &mut self,
        at: Position,
        time: Timestamp,
        event: &PolicyActivated,
    ) -> Result<(), FoldError> {
        let policy = Policy::parse(&event.document)
            .map_err(|mistakes| FoldError::Document(format!("{mistakes:?}")))?;
        self.draw_lines(time);
        self.policy = Some(Arc::new(policy));
        self.policy_document = Arc::new(event.document.clone());
        self.policy_at = Some(at);
        self.join_rules();
        Ok(())
    }

    pub(crate) fn join_rules(&mut self) {
        let (Some(catalog), Some(policy)) = (&self.catalog, &self.policy) else {
            self.rules = Arc::default();
            return;
        };
        let rules = Rules::compile(catalog, policy);
        for older in self.older.values_mut() {
            older.rules = Arc::new(Rules::compile(&older.catalog, policy).within(&rules));
        }
        self.rules = Arc::new(rules);
    }
}

fn grant_terms(event: &GrantMade) -> Option<Box<GrantTerms>> {
    let terms = GrantTerms {
        ends: event.ends.clone().unwrap_or_default(),
        once: event.once.unwrap_or(ClassMask::NONE),
        spent: ClassMask::NONE,
        purposes: event.purposes.clone(),
    };
    (terms != GrantTerms::default()).then(|| Box::new(terms))
}

fn fresh<T>(previous: Option<T>, name: &'static str) -> Result<(), FoldError> {
    if previous.is_none() { Ok(()) } else { Err(FoldError::Number(name)) }
}

fn number(numbering: &mut Numbering, event: &CatalogActivated) -> Result<(), FoldError> {
    let short = |assigned: &Assigned, name| {
        u16::try_from(assigned.number).map_err(|_| FoldError::Number(name))
    };
    for class in &event.classes {
        let no = u8::try_from(class.number)
            .ok()
            .and_then(ClassNo::new)
            .ok_or(FoldError::Number("class"))?;
        fresh(numbering.classes.insert(class.name.clone(), no), "class")?;
    }
    for operation in &event.operations {
        let no = OperationNo(short(operation, "operation")?);
        fresh(numbering.operations.insert(operation.name.clone(), no), "operation")?;
    }
    for purpose in &event.purposes {
        let no = PurposeNo(short(purpose, "purpose")?);
        fresh(numbering.purposes.insert(purpose.name.clone(), no), "purpose")?;
    }
    for program in &event.programs {
        let no = ProgramNo(short(program, "program")?);
        fresh(numbering.programs.insert(program.name.clone(), no), "program")?;
    }
    Ok(())
}
