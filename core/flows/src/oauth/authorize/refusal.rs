//! Why an authorization request goes no further, and who is told.

use model::AppNo;
use oauth::authorize::{AuthorizeErrorCode, Mistake, State, Untrusted, error_redirect};
use oauth::redirect::RedirectUri;
use oauth::resource::Issuer;

/// A request that goes no further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The person is told on a page and sent nowhere.
    #[error(transparent)]
    Shown(#[from] Shown),
    /// The client is told.
    #[error("{problem}")]
    Redirected {
        /// Where it is told.
        redirect: Box<RedirectUri>,
        /// To be sent back.
        state: Option<State>,
        /// What is wrong.
        problem: Problem,
    },
}

/// Why nobody can be trusted with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Shown {
    /// Not even a client can be read from it.
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    /// No such app.
    #[error("there is no such app")]
    UnknownClient,
    /// Suspended or gone: people are not sent there either.
    #[error("this app is not active at present")]
    NotActive(AppNo),
    /// Not the redirect URI that it registered.
    #[error("app asked to be answered at an address that it has not registered")]
    RedirectUnknown(AppNo),
    /// Registered, but not encrypted, and the app neither on the person's own device nor one that they try out.
    #[error(
        "app asked to be answered without encryption, which is for apps on your own device and for those who test one"
    )]
    RedirectUnencrypted(AppNo),
    /// None sent, and not exactly one registered.
    #[error("app must say where it wants to be answered")]
    RedirectMissing(AppNo),
}

/// What is wrong with a request whose client may be told, or what the person said to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A malformed parameter.
    #[error(transparent)]
    Mistake(#[from] Mistake),
    /// A class that there is not.
    #[error("scope names an unknown class")]
    ScopeUnknown,
    /// A class that no agreement covers for new grants now.
    #[error("scope is not covered by an agreement of the client")]
    NotCovered,
    /// A resource that is none of this API.
    #[error("resource is unknown")]
    Target,
    /// A class, group or purpose in the details that there is not, or that is not covered.
    #[error("authorization_details name an unknown or uncovered class, group or purpose")]
    Details,
    /// Only an experiment covers it, and that is full.
    #[error("the experiment that covers this has no room for more people")]
    ExperimentFull,
    /// `prompt=none`: consent is always asked for on a page.
    #[error("consent must be asked for on a page")]
    PageNeeded,
    /// The person said no.
    #[error("person denied the request")]
    Denied,
}

impl Problem {
    /// The standard's code.
    #[must_use]
    pub const fn code(self) -> AuthorizeErrorCode {
        match self {
            Self::Mistake(mistake) => mistake.code(),
            Self::ScopeUnknown | Self::NotCovered => AuthorizeErrorCode::InvalidScope,
            Self::Target => AuthorizeErrorCode::InvalidTarget,
            Self::Details => AuthorizeErrorCode::InvalidAuthorizationDetails,
            Self::PageNeeded => AuthorizeErrorCode::ConsentRequired,
            Self::Denied | Self::ExperimentFull => AuthorizeErrorCode::AccessDenied,
        }
    }
}

/// What the browser gets of a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// A page with this text, status 400.
    Page(String),
    /// A redirect to this URL.
    Redirect(String),
}

impl Refusal {
    /// What the browser gets.
    #[must_use]
    pub fn answer(&self, issuer: &Issuer) -> Refused {
        match self {
            Self::Shown(shown) => Refused::Page(shown.to_string()),
            Self::Redirected { redirect, state, problem } => {
                let text = problem.to_string();
                let url = error_redirect(redirect, problem.code(), &text, state.as_ref(), issuer);
                Refused::Redirect(url)
            }
        }
    }
}
