//! Refusals: what a partner hears when a whole request is turned away.

use edge::Problem;
use http::header;
use model::{AppNo, OperationNo, Reason};
use oauth::bearer::BearerError;
use oauth::resource::ResourceUri;
use oauth::scope::Scope;

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
    challenged(Problem::new(error.status(), slug, error.to_string()), error, resource)
}

/// The same problem with a challenge.
fn challenged(problem: Problem, error: &BearerError, resource: &ResourceUri) -> Problem {
    //= rfc6750#3
    //# If the protected resource request does not include authentication credentials or does
    //# not contain an access token that enables access to the protected resource, the resource
    //# server MUST include the HTTP "WWW-Authenticate" response header field
    problem.header(header::WWW_AUTHENTICATE, &error.challenge(resource))
}

/// Nothing that this app may know of.
pub(crate) fn not_found() -> Problem {
    Problem::new(404, "not-found", "there is nothing of this id for this app")
}

/// Whether a reason concerns the token, the upstream or the request: none of these says anything about a person.
pub(crate) fn reason(reason: Reason, resource: &ResourceUri) -> Problem {
    let told = |status, detail: &str| Problem::new(status, slug(reason), detail.to_owned());
    // No token of this app opens it, whatever the person allows: there is nothing to come back with.
    let closed = |detail| challenged(told(403, detail), &BearerError::Missing, resource);
    // Another grant would.
    let narrow = |detail| {
        challenged(told(403, detail), &BearerError::InsufficientScope(Scope::default()), resource)
    };
    match reason {
        // An idle grant is over like an expired one: the person must come back.
        Reason::CutOff | Reason::Grant | Reason::Idle => {
            bearer(&BearerError::InvalidToken, resource)
        }
        Reason::Partner => closed("the partner is not active"),
        Reason::App => closed("the app is not active"),
        Reason::Program => closed("the program is not open to this app"),
        Reason::Version => told(400, "this API version is not served"),
        Reason::Agreement => closed("no agreement covers this data for this purpose now"),
        Reason::Certification => closed("no certification covers this data for this purpose now"),
        Reason::Installation => closed("the app is not enabled in this group"),
        Reason::InstallationClass => closed("the group's admin did not allow this to the app"),
        Reason::GrantClass => narrow("the person did not allow this to the app"),
        Reason::GrantContext => narrow("the person did not allow this group to the app"),
        Reason::GrantPurpose => narrow("the person allowed the app another purpose"),
        Reason::GrantClassEnded => narrow("what the person allowed the app has ended"),
        Reason::Unused => closed("the app left this unused for too long"),
        Reason::Review => closed("this data of the app is not reviewed"),
        Reason::FactsStale => told(503, "the platform's facts are too old to be believed")
            .header(header::RETRY_AFTER, "10"),
        Reason::UnknownClass
        | Reason::Unpublished
        | Reason::NoContext
        | Reason::TooFew
        | Reason::NotSelf
        | Reason::NotParticipant => closed("this is not released"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;

    fn api() -> ResourceUri {
        ResourceUri::parse("https://api.example/v1").unwrap()
    }

    fn check(problem: Problem, status: u16, error: Option<&str>) {
        let response = problem.into_response();
        assert_eq!(response.status(), status);
        let all: Vec<_> = response.headers().get_all(header::WWW_AUTHENTICATE).iter().collect();
        assert_eq!(all.len(), 1);
        let challenge = all[0].to_str().unwrap();
        assert!(challenge.starts_with("Bearer "), "{challenge}");
        assert!(challenge.contains("/.well-known/oauth-protected-resource/v1"), "{challenge}");
        let said = challenge.split("error=\"").nth(1).and_then(|rest| rest.split('"').next());
        assert_eq!(said, error, "{challenge}");
    }

    //= rfc6750#3
    //= type=test
    //# If the protected resource request does not include authentication credentials or does
    //# not contain an access token that enables access to the protected resource, the resource
    //# server MUST include the HTTP "WWW-Authenticate" response header field
    //= rfc6750#3.1
    //= type=test
    //# The resource server SHOULD respond with the HTTP 400 (Bad Request) status code.
    //= rfc6750#3.1
    //= type=test
    //# The resource SHOULD respond with the HTTP 401 (Unauthorized) status code.
    //= rfc6750#3.1
    //= type=test
    //# The resource server SHOULD respond with the HTTP 403 (Forbidden) status code
    #[test]
    fn who_has_no_token_that_opens_this_is_challenged() {
        check(bearer(&BearerError::Missing, &api()), 401, None);
        check(bearer(&BearerError::InvalidRequest, &api()), 400, Some("invalid_request"));
        check(bearer(&BearerError::InvalidToken, &api()), 401, Some("invalid_token"));
        for over in [Reason::CutOff, Reason::Grant, Reason::Idle] {
            check(reason(over, &api()), 401, Some("invalid_token"));
        }
        for narrow in [Reason::GrantClass, Reason::GrantContext, Reason::GrantPurpose] {
            check(reason(narrow, &api()), 403, Some("insufficient_scope"));
        }
        for closed in [Reason::Partner, Reason::App, Reason::Agreement, Reason::Installation] {
            check(reason(closed, &api()), 403, None);
        }
    }

    /// A reason of the request itself has words of its own; everything else says as little as the partner may hear.
    #[test]
    fn only_reasons_of_the_request_itself_have_words_of_their_own() {
        for one in Reason::ALL {
            // An unknown class is one that there is nothing to say about; who must come back is told so by the challenge.
            let plain = [Reason::UnknownClass, Reason::CutOff, Reason::Grant, Reason::Idle];
            let has_words = one.is_requests_own() && !plain.contains(one);
            assert_eq!(slug(*one) != "not-released", has_words, "{one}");
            assert_eq!(reason(*one, &api()).slug() == "not-found", one.is_personal(), "{one}");
        }
    }

    #[test]
    fn what_is_not_there_and_what_comes_later_asks_for_no_other_token() {
        for other in [Reason::NoOptIn, Reason::SettingAllApps, Reason::FactsStale, Reason::Version]
        {
            let response = reason(other, &api()).into_response();
            assert_eq!(response.headers().get(header::WWW_AUTHENTICATE), None);
        }
    }
}
