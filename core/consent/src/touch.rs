//! Which later events a decision must be made again for.

use crate::decide::Request;
use crate::state::State;
use ledger::{About, CutOffSubject, Event, Fact, Node};
use model::{Chain, ContextNo, PersonNo};

/// What a later event means for a decision already made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touch {
    /// Nothing.
    No,
    /// The decision must be made again.
    Decide,
    /// What the upstream said may no longer be so: it must be asked again.
    Reread,
}

/// Whether an event could change this decision. Errs on the side of deciding again.
#[must_use]
pub fn touches(state: &State, request: &Request, nodes: &[Node], event: &Event) -> Touch {
    let on = |yes: bool| if yes { Touch::Decide } else { Touch::No };
    let app = request.app;
    match event {
        Event::CatalogActivated(_) => Touch::Reread,
        Event::PolicyActivated(_) => Touch::Decide,
        Event::ProgramStatusChanged(event) => on(event.program == request.program),
        Event::PartnerStatusChanged(event) => {
            on(state.app(app).is_some_and(|a| a.partner == event.partner))
        }
        Event::AppStatusChanged(event) => on(event.app == app),
        Event::CredentialEnded(event) => on(request.credential == Some(event.credential)),
        Event::AgreementMade(event) => on(event.app == app),
        Event::AgreementEnded(event) => on(event.app == app),
        Event::CertificationMade(event) => on(event.app == app),
        Event::CertificationEnded(event) => on(event.app == app),
        Event::CutOff(event) => cut_off_touches(state, request, event.subject),
        Event::InstallationMade(event) => on(event.app == app),
        Event::InstallationBacked(event) => on(event.app == app),
        Event::InstallationNarrowed(event) => on(event.app == app),
        Event::InstallationEnded(event) => on(event.app == app),
        Event::ClassesUsed(event) => on(event.app == app),
        Event::GrantMade(_)
        | Event::GrantSpent(_)
        | Event::GrantEnded(_)
        | Event::FamilyEnded(_)
        | Event::CodeRedeemed(_) => on(grant_touches(request, nodes, event)),
        Event::OptIn(event) => on(concerns(nodes, event.person)),
        Event::OptOut(event) => on(event.app == app && concerns(nodes, event.person)),
        Event::SettingChanged(event) => on(concerns(nodes, event.person)),
        Event::Facts(facts) => facts
            .facts
            .iter()
            .map(|fact| fact_touches(state, request, nodes, fact))
            .max()
            .unwrap_or(Touch::No),
        Event::VersionChanged(event) => on(event.version == request.version),
        Event::AppsSuspended(event) => on(event.apps.contains(app)),
        Event::SuspensionLifted(_) => Touch::Decide,
        Event::ExceptionMade(event) => on(event.app == app),
        Event::ExceptionEnded(event) => on(event.app == app),
        Event::TesterAdded(event) => on(event.app == app),
        Event::TesterRemoved(event) => on(event.app == app),
        Event::ReviewPassed(event) => on(event.app == app),
        Event::ReviewWithdrawn(event) => on(event.app == app),
        // Few apps are not reviewed.
        Event::SandboxChanged(_) => on(state.app(app).is_some_and(|app| app.review.is_some())),
        Event::PartnerMade(_)
        | Event::PartnerChanged(_)
        | Event::ChangeAudited(_)
        | Event::StaffRoleChanged(_)
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
        | Event::AppMade(_)
        | Event::AppChanged(_)
        | Event::CredentialMade(_)
        | Event::RefreshRotated(_)
        | Event::StaffMade(_)
        | Event::StaffEnded(_) => Touch::No,
    }
}

fn grant_touches(request: &Request, nodes: &[Node], event: &Event) -> bool {
    let is = |grant| request.chain == Chain::Grant(grant);
    match event {
        // Whoever authorizes or opts in may thereby enter an experiment, which other apps are in too.
        Event::GrantMade(event) => is(event.grant) || concerns(nodes, event.person),
        Event::GrantSpent(event) => is(event.grant),
        Event::GrantEnded(event) => is(event.grant),
        Event::FamilyEnded(event) => is(event.grant) && request.family == Some(event.family),
        // A family too many makes the oldest end.
        Event::CodeRedeemed(event) => is(event.grant) && request.family.is_some(),
        _ => false,
    }
}

fn cut_off_touches(state: &State, request: &Request, subject: CutOffSubject) -> Touch {
    let yes = match subject {
        CutOffSubject::Platform => true,
        CutOffSubject::Key(key) => request.key == key,
        CutOffSubject::Partner(partner) => {
            state.app(request.app).is_some_and(|app| app.partner == partner)
        }
        CutOffSubject::App(app) => request.app == app,
        CutOffSubject::Installation(no) => request.chain == Chain::Installation(no),
        CutOffSubject::Context(context) => match request.chain {
            Chain::Installation(no) => {
                state.installation(no).is_some_and(|one| one.context == context)
            }
            Chain::Grant(_) => false,
        },
        CutOffSubject::Person(person) => request.acting == Some(person),
        CutOffSubject::PersonApp(person, app) => {
            request.acting == Some(person) && request.app == app
        }
        CutOffSubject::Grant(no) => request.chain == Chain::Grant(no),
        CutOffSubject::Credential(no) => request.credential == Some(no),
    };
    if yes { Touch::Decide } else { Touch::No }
}

fn concerns(nodes: &[Node], person: PersonNo) -> bool {
    nodes.iter().any(|node| match &node.about {
        About::People(people) => people.contains(&person),
        About::Nobody | About::Unresolvable => false,
    })
}

fn fact_touches(state: &State, request: &Request, nodes: &[Node], fact: &Fact) -> Touch {
    let in_context = |context: ContextNo| {
        let named = nodes
            .iter()
            .filter_map(|node| node.record.as_ref())
            .any(|record| record.context == Some(context));
        named
            || request.context == Some(context)
            || match request.chain {
                Chain::Installation(no) => {
                    state.installation(no).is_some_and(|one| one.context == context)
                }
                Chain::Grant(_) => false,
            }
    };
    let is_here = |person: PersonNo| request.acting == Some(person) || concerns(nodes, person);
    match *fact {
        // Backers may be in no node: an erased admin can end an installation anywhere.
        Fact::PersonGone(_) => Touch::Decide,
        Fact::Person(person) => {
            if is_here(person) {
                Touch::Decide
            } else {
                Touch::No
            }
        }
        Fact::ContextGone(context) => {
            if in_context(context) {
                Touch::Reread
            } else {
                Touch::No
            }
        }
        Fact::Context(context, _) | Fact::Admin(_, context) | Fact::AdminGone(_, context) => {
            if in_context(context) {
                Touch::Decide
            } else {
                Touch::No
            }
        }
        Fact::Member(person, context) => {
            if in_context(context) && is_here(person) {
                Touch::Decide
            } else {
                Touch::No
            }
        }
        // What the person wrote may leave with them: the platform decides that.
        Fact::MemberGone(person, context) => match (in_context(context), is_here(person)) {
            (true, true) => Touch::Reread,
            (true, false) => Touch::Decide,
            (false, _) => Touch::No,
        },
        Fact::Friend(a, b) | Fact::FriendGone(a, b) => {
            if request.acting.is_some_and(|acting| acting == a || acting == b)
                && (concerns(nodes, a) || concerns(nodes, b))
            {
                Touch::Reread
            } else {
                Touch::No
            }
        }
        Fact::ObjectGone(object) => {
            let there = nodes
                .iter()
                .filter_map(|node| node.record.as_ref())
                .any(|record| record.object == object);
            if there { Touch::Reread } else { Touch::No }
        }
    }
}
