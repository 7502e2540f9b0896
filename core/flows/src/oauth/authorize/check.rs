//! An authorization request held against the registry.

use super::refusal::{Problem, Refusal, Shown};
use crate::oauth::chain::active;
use crate::oauth::client::may_be_answered_unencrypted;
use crate::oauth::server::{Server, Target, open_group};
use crate::oauth::terms::{self, Openness};
use consent::{App, State};
use model::{AppNo, ClassMask, ContextNo, Millis, PersonNo, PurposeNo, Timestamp};
use oauth::authorize::{AuthorizeError, AuthorizeRequest, Prompt};
use oauth::client_auth::ClientId;
use oauth::redirect::RedirectUri;
use oauth::resource::Issuer;
use std::collections::BTreeSet;

/// What an app asks for, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which app.
    pub app: AppNo,
    /// Where the answer goes.
    pub redirect: RedirectUri,
    /// To be sent back.
    pub state: Option<oauth::authorize::State>,
    /// What to show.
    pub prompt: Prompt,
    /// Classes asked for without which the feature does not work.
    pub required: ClassMask,
    /// Classes asked for that the person may leave out.
    pub optional: ClassMask,
    /// Classes asked for that can be allowed for one time.
    pub once: ClassMask,
    /// The groups asked for, ascending; none: the person picks.
    pub contexts: Vec<ContextNo>,
    /// What it is for: purposes of the agreements that cover it, ascending.
    pub purposes: Vec<PurposeNo>,
    /// How long the app asks for, if it does.
    pub duration: Option<Millis>,
}

impl Asked {
    /// Everything asked for.
    #[must_use]
    pub fn classes(&self) -> ClassMask {
        self.required | self.optional
    }

    fn refuse(&self, problem: Problem) -> Refusal {
        Refusal::Redirected {
            redirect: Box::new(self.redirect.clone()),
            state: self.state.clone(),
            problem,
        }
    }
}

/// Reads the query of an authorization request.
///
/// # Errors
/// [`Refusal`]; the client hears of a mistake only where client and redirect URI are registered.
pub fn read(query: &str, state: &State) -> Result<AuthorizeRequest, Refusal> {
    let rejected = match AuthorizeRequest::parse(query) {
        Ok(request) => return Ok(request),
        Err(AuthorizeError::Shown(untrusted)) => return Err(Shown::Untrusted(untrusted).into()),
        Err(AuthorizeError::Redirectable(rejected)) => rejected,
    };
    let (no, app) = client(&rejected.client, state)?;
    let redirect = redirect(no, app, rejected.redirect_uri.as_ref(), None)?;
    let refusal = Refusal::Redirected {
        redirect: Box::new(redirect),
        state: rejected.state,
        problem: Problem::Mistake(rejected.mistake),
    };
    Err(unless_unencrypted(refusal, (no, app), None))
}

/// Holds a request against client, agreements and catalog, and against what is open to the person who is to decide. Before
/// they have signed in there is none, and whether an experiment has room for them is not asked.
///
/// # Errors
/// [`Refusal`].
pub fn check(
    request: &AuthorizeRequest,
    person: Option<PersonNo>,
    server: &Server<'_>,
    state: &State,
    now: Timestamp,
) -> Result<Asked, Refusal> {
    let (no, app) = client(&request.client, state)?;
    let redirect = redirect(no, app, request.redirect_uri.as_ref(), person)?;
    let mut asked = Asked {
        app: no,
        redirect,
        state: request.state.clone(),
        prompt: request.prompt,
        required: ClassMask::NONE,
        optional: ClassMask::NONE,
        once: ClassMask::NONE,
        contexts: Vec::new(),
        purposes: Vec::new(),
        duration: None,
    };
    let open = person.map_or(Openness::IfRoom, Openness::To);
    let told =
        |asked: &Asked, problem| unless_unencrypted(asked.refuse(problem), (no, app), person);
    match fill(&mut asked, request, server, (state, open), now) {
        //= rfc8252#8.6
        //# the authorization server SHOULD NOT process authorization requests automatically
        //# without user consent or interaction, except when the identity of the client can be
        //# assured.
        Ok(()) if request.prompt == Prompt::Nothing => Err(told(&asked, Problem::PageNeeded)),
        Ok(()) => Ok(asked),
        Err(problem) => Err(told(&asked, problem)),
    }
}

/// The redirect that tells the client that the person said no.
#[must_use]
pub fn deny(asked: &Asked, issuer: &Issuer) -> super::Refused {
    //= rfc6749#4.1.2.1
    //# The resource owner or authorization server denied the
    //# request.
    asked.refuse(Problem::Denied).answer(issuer)
}

fn client<'s>(client: &ClientId, state: &'s State) -> Result<(AppNo, &'s App), Refusal> {
    let no = client.app().ok_or(Shown::UnknownClient)?;
    if state.app(no).is_none() {
        return Err(Shown::UnknownClient.into());
    }
    let app = active(state, no).map_err(|_| Shown::NotActive(no))?;
    Ok((no, app))
}

fn redirect(
    no: AppNo,
    app: &App,
    sent: Option<&RedirectUri>,
    person: Option<PersonNo>,
) -> Result<RedirectUri, Refusal> {
    let redirect = registered(no, app, sent)?;
    if redirect.is_unencrypted() && !may_go_unencrypted(app, person) {
        return Err(Shown::RedirectUnencrypted(no).into());
    }
    Ok(redirect)
}

/// Who has not signed in yet is not led anywhere yet either.
fn may_go_unencrypted(app: &App, person: Option<PersonNo>) -> bool {
    let tests = |person| app.review.as_ref().is_some_and(|review| review.has_tester(person));
    may_be_answered_unencrypted(app.public, app.reviewed())
        && (app.public || person.is_none_or(tests))
}

/// Nobody but a tester is led with a mistake, either, to where an app with a secret listens without encryption. Who it is
/// that has not signed in nobody knows: they are told on a page.
fn unless_unencrypted(
    refusal: Refusal,
    (no, app): (AppNo, &App),
    person: Option<PersonNo>,
) -> Refusal {
    match &refusal {
        Refusal::Redirected { redirect, .. }
            if redirect.is_unencrypted() && !app.public && person.is_none() =>
        {
            Shown::RedirectUnencrypted(no).into()
        }
        Refusal::Redirected { .. } | Refusal::Shown(_) => refusal,
    }
}

fn registered(no: AppNo, app: &App, sent: Option<&RedirectUri>) -> Result<RedirectUri, Refusal> {
    //= rfc6749#3.1.2.4
    //# If an authorization request fails validation due to a missing,
    //# invalid, or mismatching redirection URI, the authorization server
    //# SHOULD inform the resource owner of the error and MUST NOT
    //# automatically redirect the user-agent to the invalid redirection URI.
    //= rfc6749#3.1.2.2
    //# The authorization server MUST require the following clients to register their
    //# redirection endpoint
    //= rfc6749#10.2
    //# If the authorization server cannot authenticate the client due to the client's nature,
    //# the authorization server MUST require the registration of any redirection URI used for
    //# receiving authorization responses
    //= rfc6749#10.6
    //# The authorization server MUST require public clients and SHOULD require confidential
    //# clients to register their redirection URIs.
    let registered = || app.redirects.iter().filter_map(|text| RedirectUri::parse(text).ok());
    let Some(sent) = sent else {
        let mut all = registered();
        return match (all.next(), all.next()) {
            (Some(only), None) => Ok(only),
            (None | Some(_), _) => Err(Shown::RedirectMissing(no).into()),
        };
    };
    //= rfc6749#3.1.2.3
    //# When a redirection URI is included in an authorization request, the authorization server
    //# MUST compare and match the value received against at least one of the registered
    //# redirection URIs (or URI components) as defined in [RFC3986] Section 6, if any
    //# redirection URIs were registered.
    //= rfc6749#10.6
    //# If a redirection URI is provided in the request, the authorization server MUST validate
    //# it against the registered value.
    if registered().any(|one| one.matches(sent)) {
        Ok(sent.clone())
    } else {
        Err(Shown::RedirectUnknown(no).into())
    }
}

fn fill(
    asked: &mut Asked,
    request: &AuthorizeRequest,
    server: &Server<'_>,
    (state, open): (&State, Openness),
    now: Timestamp,
) -> Result<(), Problem> {
    let mut classes = terms::classes(state, &request.scope).ok_or(Problem::ScopeUnknown)?;
    let mut contexts = BTreeSet::new();
    let mut wanted = Vec::new();
    for resource in &request.resources {
        match server.target(asked.app, resource).ok_or(Problem::Target)? {
            Target::Api => {}
            Target::Context(context) => {
                contexts.insert(context);
            }
        }
    }
    let ids = server.ids(asked.app);
    for detail in &request.details {
        //= rfc9396#3.1
        //# The AS MUST process both sets of requirements in combination with each other for the
        //# given authorization request.
        classes = classes | terms::classes(state, &detail.classes).ok_or(Problem::Details)?;
        for group in &detail.groups {
            contexts.insert(open_group(&ids, *group).ok_or(Problem::Details)?);
        }
        if let Some(purpose) = &detail.purpose {
            let number = state.numbering().purposes.get(purpose);
            wanted.push(*number.ok_or(Problem::Details)?);
        }
        let days = detail.duration_days.map(|days| Millis::days(days.into()));
        asked.duration = [asked.duration, days].into_iter().flatten().min();
    }
    let app = state.app(asked.app).ok_or(Problem::NotCovered)?;
    let (mut covered, mut required) = (ClassMask::NONE, ClassMask::NONE);
    let mut purposes = BTreeSet::new();
    for agreement in terms::agreements(state, app, open, now) {
        let serves = |purpose: &PurposeNo| wanted.is_empty() || wanted.contains(purpose);
        // Without a scope the app asks for whatever it may.
        let asks = classes.is_empty() || !(agreement.classes & classes).is_empty();
        if !asks || !agreement.purposes.iter().any(serves) {
            continue;
        }
        covered = covered | agreement.classes;
        required = required | agreement.required;
        purposes.extend(agreement.purposes.iter().copied().filter(serves));
    }
    //= rfc6749#3.3
    //# If the client omits the scope parameter when requesting authorization, the authorization
    //# server MUST either process the request using a pre-defined default value or fail the
    //# request indicating an invalid scope.
    if classes.is_empty() {
        classes = covered;
    }
    if classes.is_empty() || !covered.covers(classes) {
        let some_day = terms::agreements(state, app, Openness::IfRoom, now)
            .fold(ClassMask::NONE, |mask, one| mask | one.classes);
        return Err(match (wanted.is_empty(), some_day != covered && some_day.covers(classes)) {
            (_, true) => Problem::ExperimentFull,
            (true, false) => Problem::NotCovered,
            (false, false) => Problem::Details,
        });
    }
    //= rfc9396#3.1
    //# When gathering user consent, the AS MUST present the merged set of requirements
    //# represented by the authorization request.
    asked.required = classes & required;
    asked.optional = classes.without(required);
    asked.once = classes & terms::once(state);
    asked.contexts = contexts.into_iter().collect();
    asked.purposes = purposes.into_iter().collect();
    Ok(())
}
