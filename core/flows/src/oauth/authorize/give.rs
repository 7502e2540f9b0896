//! A person says yes.

use super::check::{Asked, check};
use super::refusal::Refusal;
use super::show::{durations, installed_classes, may_install, shorter, standing};
use crate::admin;
use crate::oauth::server::Server;
use consent::{ClassExpiry, State};
use ledger::{ClassEnd, Event, GrantMade, Why};
use model::{Actor, ClassMask, ContextNo, Env, Millis, PersonNo, Secret, Timestamp, limits};
use oauth::authorize::{AuthorizeRequest, success_redirect};
use oauth::sealed::{Code, CodeBinding};
use sequence::{Commit, Lookup};

/// What a person decided on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Who.
    pub person: PersonNo,
    /// Classes granted.
    pub classes: ClassMask,
    /// Groups that the grant covers.
    pub contexts: Vec<ContextNo>,
    /// Groups in which the app is to be enabled, by the person as their admin.
    pub install: Vec<ContextNo>,
    /// How long, if not the default.
    pub duration: Option<Millis>,
    /// Of the classes, those that one answer may use and none after it.
    pub once: ClassMask,
}

/// Why a yes comes to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GiveRefusal {
    /// The request does not hold (any more).
    #[error(transparent)]
    Request(#[from] Refusal),
    /// The choice cannot be; the person is shown the page again.
    #[error(transparent)]
    Choice(#[from] Wrong),
}

/// What is wrong with a choice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Nobody of the platform.
    #[error("there is no such person")]
    Person,
    /// A class without which the feature does not work was left out.
    #[error("the app does not work without the required kinds of data")]
    RequiredMissing,
    /// A class that was not asked for.
    #[error("the app did not ask for this kind of data")]
    ClassNotAsked,
    /// A group that was not asked for.
    #[error("the app did not ask for this group")]
    ContextNotAsked(ContextNo),
    /// A group that the person does not belong to.
    #[error("you are not a member of this group")]
    NotMember(ContextNo),
    /// More groups than one page can hold.
    #[error("too many groups at once")]
    TooMany,
    /// Longer than can be, or no time at all.
    #[error("this length of time is not possible")]
    Duration,
    /// For one time is not offered for this class.
    #[error("this kind of data cannot be allowed for one time")]
    Once,
    /// The app cannot be enabled there.
    #[error(transparent)]
    Install(#[from] admin::Refusal),
}

/// Grants what the person chose: a new grant, or the standing one of this person and app with this choice in place of the
/// former; and enables the app where the person is an admin and wants it. The answer is the URL that takes the code to the
/// client.
///
/// # Errors
/// [`GiveRefusal`]: nothing changes.
pub fn give(
    request: &AuthorizeRequest,
    choice: &Choice,
    server: &Server<'_>,
    state: &State,
    lookup: &dyn Lookup,
    env: &Env,
) -> Result<Commit<Secret<String>>, GiveRefusal> {
    let asked = check(request, Some(choice.person), server, state, env.now)?;
    let contexts = chosen_contexts(&asked, choice, state, lookup, env)?;
    check_classes(&asked, choice)?;
    let (default, longest) = durations(&asked, state);
    let duration = choice.duration.unwrap_or(default);
    if duration > longest || duration == Millis(0) {
        return Err(Wrong::Duration.into());
    }
    let mut events = installations(&asked, choice, state, env)?;
    let known = standing(state, choice.person, asked.app, env.now);
    let grant = known.map_or_else(|| state.next_grant(), |(grant, _)| grant);
    // There is always this event: it makes the issue number of the code the only one of its kind.
    events.push(Event::GrantMade(GrantMade {
        grant,
        app: asked.app,
        person: choice.person,
        classes: choice.classes,
        contexts,
        expires_at: env.now.plus(duration),
        why: Why::by(Actor::Person(choice.person)),
        ends: class_ends(state, choice, duration, env.now),
        once: Some(choice.once).filter(|once| !once.is_empty()),
        purposes: Some(asked.purposes.clone()),
    }));
    let sent = request.redirect_uri.as_ref().map(|uri| uri.as_str());
    let code = Code {
        grant,
        app: asked.app,
        issue: state.issue_number(),
        //= rfc6749#4.1.2
        //# The authorization code MUST expire shortly after it is issued to mitigate the risk
        //# of leaks.
        expires_at: env.now.plus(limits::CODE_LIFETIME),
        //= rfc6749#4.1.2
        //# The authorization code is bound to the client identifier and redirection URI.
        //= rfc7636#4.4
        //# When the server issues the authorization code in the authorization response, it MUST
        //# associate the "code_challenge" and "code_challenge_method" values with the
        //# authorization code so it can be verified later.
        binding: CodeBinding::new(request.challenge, sent, &request.resources),
    };
    let code = server.keys.seal(&code);
    let url = success_redirect(&asked.redirect, code.expose(), asked.state.as_ref(), server.issuer);
    Ok(Commit::events(events, Secret::new(url)))
}

fn check_classes(asked: &Asked, choice: &Choice) -> Result<(), Wrong> {
    if !asked.classes().covers(choice.classes) {
        return Err(Wrong::ClassNotAsked);
    }
    if !(choice.classes & asked.once).covers(choice.once) {
        return Err(Wrong::Once);
    }
    if choice.classes.is_empty() || !choice.classes.covers(asked.required) {
        return Err(Wrong::RequiredMissing);
    }
    Ok(())
}

/// Ends of the classes that the policy gives less time than the grant has, the nearest first.
fn class_ends(
    state: &State,
    choice: &Choice,
    duration: Millis,
    now: Timestamp,
) -> Option<Vec<ClassEnd>> {
    // Who chose how long chose it for every class, as far as a class can go.
    let length = |said: &ClassExpiry| {
        let usual = said.days.filter(|_| choice.duration.is_none());
        [usual, said.max_days].into_iter().flatten().min()
    };
    let ends = shorter(state, choice.classes, duration, length);
    let end = |(length, classes)| ClassEnd { classes, until: now.plus(length) };
    let ends: Vec<ClassEnd> = ends.into_iter().map(end).collect();
    (!ends.is_empty()).then_some(ends)
}

fn chosen_contexts(
    asked: &Asked,
    choice: &Choice,
    state: &State,
    lookup: &dyn Lookup,
    env: &Env,
) -> Result<Vec<ContextNo>, Wrong> {
    if !state.is_person(choice.person) {
        return Err(Wrong::Person);
    }
    if choice.contexts.len().max(choice.install.len()) > limits::CONSENT_CONTEXTS_MAX {
        return Err(Wrong::TooMany);
    }
    let known = standing(state, choice.person, asked.app, env.now);
    let granted = |context: &ContextNo| {
        known.is_some_and(|(_, grant)| grant.contexts.binary_search(context).is_ok())
    };
    let mut contexts = choice.contexts.clone();
    contexts.sort_unstable();
    contexts.dedup();
    for context in &contexts {
        let named = asked.contexts.binary_search(context).is_ok();
        if !(asked.contexts.is_empty() || named || granted(context)) {
            return Err(Wrong::ContextNotAsked(*context));
        }
        let is_live = state.context(*context).is_some_and(|one| one.is_live());
        if !is_live || !lookup.is_member(choice.person, *context) {
            return Err(Wrong::NotMember(*context));
        }
    }
    Ok(contexts)
}

fn installations(
    asked: &Asked,
    choice: &Choice,
    state: &State,
    env: &Env,
) -> Result<Vec<Event>, Wrong> {
    let asked_for = |context: &&ContextNo| {
        asked.contexts.is_empty() || asked.contexts.binary_search(context).is_ok()
    };
    if let Some(other) = choice.install.iter().find(|context| !asked_for(context)) {
        return Err(Wrong::ContextNotAsked(*other));
    }
    // Where another admin was quicker there is nothing left to do.
    let due = |context: &&ContextNo| {
        let stands = |(_, one)| state.is_standing(one);
        !state.installed(asked.app, **context).is_some_and(stands)
    };
    let wanted: Vec<ContextNo> = choice.install.iter().filter(due).copied().collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    if !wanted.iter().all(|context| may_install(asked, choice.person, *context, state)) {
        return Err(Wrong::Install(admin::Refusal::NotAdmin));
    }
    let allowed = installed_classes(asked, state, env.now)
        .ok_or(Wrong::Install(admin::Refusal::NoAgreement))?;
    let classes = choice.classes & allowed;
    let commit = admin::enable(state, env.now, choice.person, asked.app, &wanted, classes)?;
    Ok(commit.events)
}
