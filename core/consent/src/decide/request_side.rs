//! The request's side: what an app may have in a context, whoever the data is about.

use super::authority::{Authority, stands};
use super::{Request, Sieve, Trace};
use crate::registry::{Agreement, App, Certification, GrantTerms, Installation};
use crate::rules::ProgramRules;
use crate::state::State;
use model::{
    Chain, ClassMask, Condition, ContextNo, InstallationNo, PersonNo, Reason, Timestamp, limits,
};
use smallvec::SmallVec;

/// The request's side for one context.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestMask {
    pub(super) classes: ClassMask,
    pub(super) ends: Timestamp,
}

pub(super) fn request_mask<T: Trace>(
    state: &State,
    request: &Request,
    authority: &Authority,
    context: Option<ContextNo>,
    now: Timestamp,
    trace: &mut T,
) -> RequestMask {
    let rules = &authority.rules;
    let mut sieve = Sieve { left: ClassMask::ALL, trace };
    let mut ends = authority.ends;
    sieve.demand(Reason::UnknownClass, rules.known);
    let app = state.app(request.app);
    if let Some(app) = app
        && state.asks(Condition::Agreement)
    {
        let standing = standing_agreements(state, app, request, now, &mut ends);
        let agreed = standing.iter().fold(ClassMask::NONE, |mask, one| mask | one.classes);
        sieve.demand(Reason::Agreement, agreed);
    }
    let certifications = app.map(|app| app.certifications.as_slice()).unwrap_or_default();
    let certified = certifications
        .iter()
        .filter_map(|no| state.certification(*no))
        .fold(ClassMask::NONE, |mask, one| mask | certified_classes(one, request, now, &mut ends));
    if state.asks(Condition::Certification) {
        sieve.demand(Reason::Certification, !rules.certification | certified);
    }
    if let Some(app) = app {
        sieve.demand(Reason::Unused, in_use(state, app, request, now, &mut ends));
    }
    if !authority.tester && !context.is_some_and(|context| state.is_sandbox(context)) {
        sieve.demand(Reason::Review, authority.reviewed);
    }
    installation_link(state, request, rules, context, &mut sieve);
    if let Chain::Grant(no) = request.chain {
        match state.grant(no).filter(|grant| stands(state, grant, now)) {
            None => sieve.demand(Reason::Grant, ClassMask::NONE),
            Some(grant) => {
                ends = ends.min(grant.expires_at);
                sieve.demand(Reason::GrantClass, grant.classes);
                if let Some(terms) = &grant.terms {
                    let left = left_of(state, terms, now, &mut ends);
                    sieve.demand(Reason::GrantClassEnded, left);
                }
                if context.is_some_and(|context| grant.contexts.binary_search(&context).is_err()) {
                    sieve.demand(Reason::GrantContext, rules.own_data);
                }
            }
        }
    }
    let stale_at = request.facts_up_to.plus(limits::FACT_AGE_MAX);
    if now > stale_at {
        sieve.demand(
            Reason::FactsStale,
            !(rules.installation | rules.opt_in | rules.participant | rules.friend),
        );
    } else {
        ends = ends.min(Timestamp(stale_at.0.saturating_add(1)));
    }
    RequestMask { classes: sieve.left, ends }
}

/// Classes that a request could be answered with in the context that it names, before records and people are asked.
///
/// Whatever [`super::decide`] releases of a record there is among them.
#[must_use]
pub fn reach(state: &State, request: &Request, now: Timestamp) -> ClassMask {
    let Ok(authority) = super::authorize(state, request, now) else { return ClassMask::NONE };
    request_mask(state, request, &authority, request.context, now, &mut super::Silent).classes
}

fn installation_link<T: Trace>(
    state: &State,
    request: &Request,
    rules: &ProgramRules,
    context: Option<ContextNo>,
    sieve: &mut Sieve<'_, T>,
) {
    // An installation token is never wider than its installation: every class needs it then.
    let needing = match request.chain {
        Chain::Grant(_) => rules.installation | rules.opt_in,
        Chain::Installation(_) => ClassMask::ALL,
    };
    let Some(context) = context else {
        sieve.demand(Reason::NoContext, !needing);
        return;
    };
    let standing = standing_installation(state, request, context);
    match standing {
        None => sieve.demand(Reason::Installation, !needing),
        Some((_, installation)) => {
            sieve.demand(Reason::InstallationClass, !needing | installation.classes)
        }
    }
}

/// The installation that stands in this context for this request.
pub(super) fn standing_installation<'s>(
    state: &'s State,
    request: &Request,
    context: ContextNo,
) -> Option<(InstallationNo, &'s Installation)> {
    let found = match request.chain {
        Chain::Grant(_) => state.installed(request.app, context),
        Chain::Installation(no) => state
            .installation(no)
            .filter(|one| one.context == context && one.app == request.app)
            .map(|one| (no, one)),
    };
    found.filter(|(_, installation)| state.is_standing(installation))
}

/// Agreements of the app that give something to this request now.
fn standing_agreements<'s>(
    state: &'s State,
    app: &App,
    request: &Request,
    now: Timestamp,
    ends: &mut Timestamp,
) -> SmallVec<[&'s Agreement; 4]> {
    let of_app = app.agreements.iter().filter_map(|no| state.agreement(*no));
    of_app
        .filter(|one| {
            let concerns =
                one.program == request.program && one.purposes.contains(&request.purpose);
            concerns
                && !one.ended
                && !window(one.from, one.until, now, ends, one.classes).is_empty()
        })
        .collect()
}

/// Classes that the app has not left unused for too long.
fn in_use(
    state: &State,
    app: &App,
    request: &Request,
    now: Timestamp,
    ends: &mut Timestamp,
) -> ClassMask {
    let Some(rules) = state.rules_of(request.version) else { return ClassMask::ALL };
    let endable = state.endable(rules);
    if endable.is_empty() || !state.asks(Condition::Unused) {
        return ClassMask::ALL;
    }
    let standing = standing_agreements(state, app, request, now, ends);
    let mut left = ClassMask::ALL;
    for class in endable.iter() {
        let giving = standing.iter().filter(|agreement| agreement.classes.has(class));
        // Of several agreements the youngest ends last.
        let Some(began) = giving.map(|one| one.from.max(one.made_at)).max() else { continue };
        let dark_at = state.unused_at(rules, app, class, began);
        if now < dark_at {
            *ends = (*ends).min(dark_at);
        } else {
            left = left.without(ClassMask::of(class));
        }
    }
    left
}

/// Classes of a grant that did not end before it and were not used up.
fn left_of(state: &State, terms: &GrantTerms, now: Timestamp, ends: &mut Timestamp) -> ClassMask {
    let mut left = ClassMask::ALL.without(terms.once & terms.spent);
    if !state.asks(Condition::GrantExpiry) {
        return left;
    }
    for end in &terms.ends {
        if now < end.until {
            *ends = (*ends).min(end.until);
        } else {
            left = left.without(end.classes);
        }
    }
    left
}

/// Whether the request is a tester's: theirs who acts, or of the admins behind an installation that acts for itself.
pub(super) fn as_tester(state: &State, request: &Request, app: &App) -> bool {
    let Some(review) = &app.review else { return false };
    // Erasure reaches no installation: who was erased is still listed there, and stands behind nothing.
    let tests = |person: PersonNo| review.has_tester(person) && state.is_person(person);
    match request.chain {
        Chain::Grant(_) => request.acting.is_some_and(tests),
        Chain::Installation(no) => state
            .installation(no)
            .is_some_and(|one| one.backers.iter().any(|backer| tests(*backer))),
    }
}

fn certified_classes(
    one: &Certification,
    request: &Request,
    now: Timestamp,
    ends: &mut Timestamp,
) -> ClassMask {
    if one.ended || one.purpose != request.purpose {
        return ClassMask::NONE;
    }
    window(one.from, one.until, now, ends, one.classes)
}

fn window(
    from: Timestamp,
    until: Timestamp,
    now: Timestamp,
    ends: &mut Timestamp,
    classes: ClassMask,
) -> ClassMask {
    if now < from {
        *ends = (*ends).min(from);
        ClassMask::NONE
    } else if now < until {
        *ends = (*ends).min(until);
        classes
    } else {
        ClassMask::NONE
    }
}
