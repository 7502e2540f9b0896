//! What a flow wants to happen, all of it or nothing.

use ledger::{Entry, Event};
use model::{
    AppNo, AppStatus, ContextNo, CredentialNo, ObjectKind, ObjectNo, PartnerNo, PartnerStatus,
    PersonNo, ProgramStatus, StaffNo, Timestamp,
};

/// Events and vault rows to be written together, and what to answer then.
#[derive(Debug)]
pub struct Commit<R> {
    /// Control events in order.
    pub events: Vec<Event>,
    /// Entries that change no state, after the events.
    pub entries: Vec<Entry>,
    /// Marks of use: control events behind the entries that used something ([`consent::marks_of_use`]).
    pub marks: Vec<Event>,
    /// Rows of the vault.
    pub writes: Vec<VaultWrite>,
    /// The answer, once it is durable.
    pub reply: R,
}

impl<R> Commit<R> {
    /// Nothing to write.
    pub fn nothing(reply: R) -> Self {
        Self::events(Vec::new(), reply)
    }

    /// One event.
    pub fn event(event: Event, reply: R) -> Self {
        Self::events(vec![event], reply)
    }

    /// Several events.
    pub const fn events(events: Vec<Event>, reply: R) -> Self {
        Self { events, entries: Vec::new(), marks: Vec::new(), writes: Vec::new(), reply }
    }

    /// One entry that changes no state.
    pub fn entry(entry: Entry, reply: R) -> Self {
        Self { entries: vec![entry], ..Self::nothing(reply) }
    }

    /// The same with another row of the vault.
    #[must_use]
    pub fn with(mut self, write: VaultWrite) -> Self {
        self.writes.push(write);
        self
    }
}

/// What a name in the vault belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameOf {
    /// A partner's legal name.
    Partner(PartnerNo),
    /// An app's name.
    App(AppNo),
    /// A staff member's name.
    Staff(StaffNo),
    /// A credential's label.
    Credential(CredentialNo),
    /// A person's display name, as the platform told it.
    Person(PersonNo),
    /// A context's title, as the platform told it.
    Context(ContextNo),
}

/// Who signs in with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountOf {
    /// A person of the platform.
    Person(PersonNo),
    /// A staff member.
    Staff(StaffNo),
}

/// Whether somebody belongs to a context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// Does.
    Member,
    /// Does not.
    None,
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the token in the cookie.
    pub digest: [u8; 32],
    /// Who signed in.
    pub of: AccountOf,
    /// When.
    pub since: Timestamp,
    /// End, exclusive.
    pub until: Timestamp,
}

/// A row of the vault: everything that has a name or free text in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultWrite {
    /// A name.
    Name {
        /// Of what.
        of: NameOf,
        /// The name.
        text: String,
    },
    /// A note behind a digest in an event.
    Note {
        /// The salted digest that stands in the event.
        digest: [u8; 32],
        /// The text.
        text: String,
    },
    /// What a partner or app says about itself, behind a digest in an event.
    Details {
        /// Of what.
        of: NameOf,
        /// The salted digest that stands in the event.
        digest: [u8; 32],
        /// The details, as JSON.
        text: String,
    },
    /// An object that gets its number with the disclosure that first names it.
    Object(NewObject),
    /// Whether somebody is a member of a context, looked up when they act there.
    Member {
        /// Who.
        person: PersonNo,
        /// Where.
        context: ContextNo,
        /// From now on.
        membership: Membership,
    },
    /// A signed-in browser.
    Session(Session),
    /// The end of a session.
    SessionEnded {
        /// SHA-256 of its token.
        digest: [u8; 32],
    },
    /// An account's password hash (PHC string). Whoever signed in with an earlier one is signed out.
    Account {
        /// Whose.
        of: AccountOf,
        /// What is typed to sign in.
        login: String,
        /// Argon2id in PHC string form.
        password: String,
        /// When it was set.
        set_at: Timestamp,
    },
}

/// An object that gets its number with the disclosure that first names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewObject {
    /// Its number.
    pub object: ObjectNo,
    /// What kind of thing.
    pub kind: ObjectKind,
    /// The upstream's id.
    pub external: String,
}

/// Whether an event takes something away from somebody: such events go first in a batch, may use the disk reserve,
/// and wait for earlier answers that they change. Whatever may only widen is none.
#[must_use]
pub fn is_ending(event: &Event) -> bool {
    match event {
        Event::CatalogActivated(_)
        | Event::PolicyActivated(_)
        | Event::CredentialEnded(_)
        | Event::AgreementEnded(_)
        | Event::CertificationEnded(_)
        | Event::CutOff(_)
        | Event::InstallationNarrowed(_)
        | Event::InstallationEnded(_)
        | Event::FamilyEnded(_)
        | Event::GrantEnded(_)
        | Event::OptOut(_)
        | Event::SettingChanged(_)
        | Event::StaffEnded(_)
        | Event::StaffRoleChanged(_)
        // May bring an end nearer.
        | Event::VersionChanged(_)
        | Event::ExceptionMade(_)
        | Event::ExceptionEnded(_)
        | Event::AppsSuspended(_)
        | Event::TesterRemoved(_)
        | Event::ReviewWithdrawn(_)
        // May add groups and take away others.
        | Event::GrantMade(_)
        // May hold the end of a membership among ten thousand beginnings.
        | Event::Facts(_) => true,
        Event::PartnerStatusChanged(event) => event.status != PartnerStatus::Active,
        Event::AppStatusChanged(event) => event.status != AppStatus::Active,
        Event::ProgramStatusChanged(event) => event.status != ProgramStatus::Live,
        Event::SandboxChanged(event) => !event.sandbox,
        Event::SuspensionLifted(_)
        | Event::ChangeAudited(_)
        | Event::PartnerChanged(_)
        | Event::TesterAdded(_)
        | Event::ReviewPassed(_)
        | Event::ClassesUsed(_)
        | Event::GrantSpent(_)
        | Event::IdentityLookedUp(_)
        | Event::CaseOpened(_)
        | Event::CaseNoted(_)
        | Event::CaseClosed(_)
        | Event::CaseAppealed(_)
        | Event::AppealDecided(_)
        | Event::AppReported(_)
        | Event::FindingRaised(_)
        | Event::ProbesRun(_)
        | Event::ReportIssued(_)
        | Event::ReportAcknowledged(_)
        | Event::PartnerMade(_)
        | Event::AppMade(_)
        | Event::AppChanged(_)
        | Event::CredentialMade(_)
        | Event::AgreementMade(_)
        | Event::CertificationMade(_)
        | Event::InstallationMade(_)
        | Event::InstallationBacked(_)
        | Event::CodeRedeemed(_)
        | Event::RefreshRotated(_)
        | Event::OptIn(_)
        | Event::StaffMade(_) => false,
    }
}

/// Whether an event may take something away as a side effect: it waits for earlier answers like an ending, and has none
/// of an ending's privileges. A family too many makes the oldest end.
#[must_use]
pub fn may_end(event: &Event) -> bool {
    is_ending(event) || matches!(event, Event::CodeRedeemed(_))
}
