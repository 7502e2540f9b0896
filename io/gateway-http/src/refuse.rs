//! Refusals: what a partner hears when a whole request is turned away.

use edge::Problem;
use http::header;
use model::{AppNo, OperationNo, Reason};
use oauth::bearer::BearerError;
use oauth::resource::ResourceUri;

/// A request that was turned away, and whose it was.
pub(crate) struct Refused {
    pub(crate) problem: Problem,
    pub(crate) app: Option<AppNo>,
    pub(crate) operation: Option<OperationNo>,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self { problem, app: None, operation: None }
    }
}

impl Refused {
    pub(crate) fn of(self, app: AppNo, operation: Option<OperationNo>) -> Self {
        Self { problem: self.problem, app: Some(app), operation }
    }
}

/// A missing or unusable token (RFC 6750 §3, RFC 9728 §5.1).
pub(crate) fn bearer(error: &BearerError, resource: &ResourceUri) -> Problem {
    let slug = match error {
        BearerError::Missing => "token-missing",
        BearerError::InvalidRequest => "token-malformed",
        BearerError::InvalidToken => "token-invalid",
        BearerError::InsufficientScope(_) => "token-insufficient",
    };
    Problem::new(error.status(), slug, error.to_string())
        .header(header::WWW_AUTHENTICATE, &error.challenge(resource))
}

/// Nothing that this app may know of.
pub(crate) fn not_found() -> Problem {
    Problem::new(404, "not-found", "there is nothing of this id for this app")
}

/// Whether a reason concerns the token, the upstream or the request: none of these says anything about a person.
pub(crate) fn reason(reason: Reason, resource: &ResourceUri) -> Problem {
    let told = |status, detail: &str| Problem::new(status, slug(reason), detail.to_owned());
    match reason {
        // An idle grant is over like an expired one: the person must come back.
        Reason::CutOff | Reason::Grant | Reason::Idle => {
            bearer(&BearerError::InvalidToken, resource)
        }
        Reason::Partner => told(403, "the partner is not active"),
        Reason::App => told(403, "the app is not active"),
        Reason::Program => told(403, "the program is not open to this app"),
        Reason::Version => told(400, "this API version is not served"),
        Reason::Agreement => told(403, "no agreement covers this data for this purpose now"),
        Reason::Certification => {
            told(403, "no certification covers this data for this purpose now")
        }
        Reason::Installation => told(403, "the app is not enabled in this group"),
        Reason::InstallationClass => told(403, "the group's admin did not allow this to the app"),
        Reason::GrantClass => told(403, "the person did not allow this to the app"),
        Reason::GrantContext => told(403, "the person did not allow this group to the app"),
        Reason::GrantPurpose => told(403, "the person allowed the app another purpose"),
        Reason::GrantClassEnded => told(403, "what the person allowed the app has ended"),
        Reason::Unused => told(403, "the app left this unused for too long"),
        Reason::Review => told(403, "this data of the app is not reviewed"),
        Reason::FactsStale => told(503, "the platform's facts are too old to be believed")
            .header(header::RETRY_AFTER, "10"),
        Reason::UnknownClass
        | Reason::Unpublished
        | Reason::NoContext
        | Reason::TooFew
        | Reason::NotSelf
        | Reason::NotParticipant => told(403, "this is not released"),
        // A reason that stems from a person looks like absence.
        Reason::Unresolvable
        | Reason::UnknownPerson
        | Reason::Erased
        | Reason::SettingAllApps
        | Reason::SettingContext
        | Reason::SettingApp
        | Reason::SettingFriends
        | Reason::SettingBeyond
        | Reason::NoOptIn
        | Reason::NotInExperiment
        | Reason::NotTester
        | Reason::NotFriend => not_found(),
    }
}

const fn slug(reason: Reason) -> &'static str {
    match reason {
        Reason::Partner => "partner-not-active",
        Reason::App => "app-not-active",
        Reason::Program => "program-not-open",
        Reason::Version => "version-not-served",
        Reason::Agreement => "no-agreement",
        Reason::Certification => "no-certification",
        Reason::Installation => "not-installed",
        Reason::InstallationClass => "not-allowed-by-admin",
        Reason::GrantClass => "not-allowed-by-person",
        Reason::GrantContext => "group-not-allowed",
        Reason::GrantPurpose => "purpose-not-allowed",
        Reason::GrantClassEnded => "not-allowed-any-more",
        Reason::Unused => "unused-ended",
        Reason::Review => "not-reviewed",
        Reason::FactsStale => "facts-stale",
        Reason::CutOff
        | Reason::Grant
        | Reason::Idle
        | Reason::UnknownClass
        | Reason::Unpublished
        | Reason::NoContext
        | Reason::TooFew
        | Reason::NotSelf
        | Reason::NotParticipant
        | Reason::Unresolvable
        | Reason::UnknownPerson
        | Reason::Erased
        | Reason::SettingAllApps
        | Reason::SettingContext
        | Reason::SettingApp
        | Reason::SettingFriends
        | Reason::SettingBeyond
        | Reason::NoOptIn
        | Reason::NotInExperiment
        | Reason::NotTester
        | Reason::NotFriend => "not-released",
    }
}

/// The upstream gave nothing that could be used.
pub(crate) fn upstream(status: u16) -> Problem {
    Problem::new(status, "upstream-unavailable", "the platform does not answer at present")
        .header(header::RETRY_AFTER, "5")
}
