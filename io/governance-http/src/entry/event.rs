//! Control events as JSON.

mod around;

use super::actor;
use crate::view;
use catalog::Numbering;
use ledger::{Assigned, CutOffSubject, Event, Fact, SettingScope, Why, digest};
use serde_json::{Map, Value, json};

/// Who and why, as it stands in the log; a note is named by its digest.
fn why(why: &Why) -> Value {
    let mut out = Map::new();
    out.insert("by".to_owned(), actor(why.by).into());
    if let Some(reason) = why.reason {
        out.insert("reason".to_owned(), reason.word().into());
    }
    if let Some(severity) = why.severity {
        out.insert("severity".to_owned(), severity.word().into());
    }
    if let Some(note) = &why.note {
        out.insert("note".to_owned(), view::hex(note).into());
    }
    if let Some(second) = why.confirmed_by {
        out.insert("confirmed_by".to_owned(), actor(second).into());
    }
    if let Some(alone) = why.broke_glass {
        out.insert("broke_glass".to_owned(), alone.into());
    }
    Value::Object(out)
}

/// The event.
pub(crate) fn json(event: &Event, names: &Numbering) -> Value {
    let body = registry(event, names)
        .or_else(|| document(event))
        .or_else(|| choice(event, names))
        .or_else(|| around::json(event, names))
        .unwrap_or_default();
    let mut body = match body {
        Value::Object(body) => body,
        _ => Map::new(),
    };
    if let Some(reason) = event.why() {
        body.insert("why".to_owned(), why(reason));
    }
    Value::Object(body)
}

fn assigned(list: &[Assigned]) -> Value {
    list.iter().map(|one| json!({"name": one.name, "number": one.number})).collect()
}

/// Documents that staff adopts, by their digests.
fn document(event: &Event) -> Option<Value> {
    Some(match event {
        Event::CatalogActivated(event) => json!({
            "document_sha256": view::hex(&digest(&event.document)),
            "bytes": event.document.len(),
            "classes": assigned(&event.classes),
            "operations": assigned(&event.operations),
            "purposes": assigned(&event.purposes),
            "programs": assigned(&event.programs),
        }),
        Event::PolicyActivated(event) => json!({
            "document_sha256": view::hex(&digest(&event.document)),
            "policy": consent::Policy::parse(&event.document).ok().map(|p| p.name().to_owned()),
        }),
        _ => return None,
    })
}

/// What staff decides beside documents. Names every event, so that a new one must find its place.
fn registry(event: &Event, names: &Numbering) -> Option<Value> {
    Some(match event {
        Event::PartnerMade(_)
        | Event::PartnerStatusChanged(_)
        | Event::AppMade(_)
        | Event::AppChanged(_)
        | Event::AppStatusChanged(_)
        | Event::CredentialMade(_)
        | Event::CredentialEnded(_) => return party(event),
        Event::ProgramStatusChanged(event) => {
            json!({
                "program": view::program(names, event.program), "status": event.status.word(),
                "until": event.until.and_then(view::instant), "cap": event.cap,
            })
        }
        Event::AgreementMade(_)
        | Event::AgreementEnded(_)
        | Event::CertificationMade(_)
        | Event::CertificationEnded(_) => return terms(event, names),
        Event::CutOff(event) => json!({"subject": subject(event.subject)}),
        Event::StaffMade(event) => json!({
            "staff": event.staff.to_string(), "role": event.role.map(model::StaffRole::word),
        }),
        Event::StaffEnded(event) => json!({"staff": event.staff.to_string()}),
        // The rules around the gate.
        Event::VersionChanged(_)
        | Event::ChangeAudited(_)
        | Event::PartnerChanged(_)
        | Event::AppsSuspended(_)
        | Event::SuspensionLifted(_)
        | Event::ExceptionMade(_)
        | Event::ExceptionEnded(_)
        | Event::ClassesUsed(_)
        | Event::GrantSpent(_)
        | Event::StaffRoleChanged(_)
        | Event::IdentityLookedUp(_)
        | Event::TesterAdded(_)
        | Event::TesterRemoved(_)
        | Event::SandboxChanged(_)
        | Event::ReviewPassed(_)
        | Event::ReviewWithdrawn(_)
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
        | Event::CatalogActivated(_)
        | Event::PolicyActivated(_)
        | Event::InstallationMade(_)
        | Event::InstallationBacked(_)
        | Event::InstallationNarrowed(_)
        | Event::InstallationEnded(_)
        | Event::GrantMade(_)
        | Event::CodeRedeemed(_)
        | Event::RefreshRotated(_)
        | Event::FamilyEnded(_)
        | Event::GrantEnded(_)
        | Event::OptIn(_)
        | Event::OptOut(_)
        | Event::SettingChanged(_)
        | Event::Facts(_) => return None,
    })
}

/// Partners, apps and what apps prove themselves with.
fn party(event: &Event) -> Option<Value> {
    Some(match event {
        Event::PartnerMade(event) => json!({"partner": event.partner.to_string()}),
        Event::PartnerStatusChanged(event) => {
            json!({"partner": event.partner.to_string(), "status": event.status.word()})
        }
        Event::AppMade(event) => json!({
            "app": event.app.to_string(), "partner": event.partner.to_string(),
            "public": event.public, "redirects": event.redirects,
        }),
        Event::AppChanged(event) => {
            json!({"app": event.app.to_string(), "redirects": event.redirects})
        }
        Event::AppStatusChanged(event) => {
            json!({"app": event.app.to_string(), "status": event.status.word()})
        }
        // The digest of a secret of 256 random bits tells nothing, and helps nobody either.
        Event::CredentialMade(event) => json!({
            "credential": event.credential.to_string(), "app": event.app.to_string(),
            "expires_at": view::instant(event.expires_at),
        }),
        Event::CredentialEnded(event) => {
            json!({"credential": event.credential.to_string(), "app": event.app.to_string()})
        }
        _ => return None,
    })
}

/// What an app may have, and what its partner stated.
fn terms(event: &Event, names: &Numbering) -> Option<Value> {
    let classes = |mask| view::classes(names, mask);
    Some(match event {
        Event::AgreementMade(event) => json!({
            "agreement": event.agreement.to_string(), "app": event.app.to_string(),
            "program": view::program(names, event.program),
            "classes": classes(event.classes), "required": classes(event.required),
            "purposes": event.purposes.iter().map(|no| view::purpose(names, *no)).collect::<Vec<_>>(),
            "from": view::instant(event.from), "until": view::instant(event.until),
        }),
        Event::AgreementEnded(event) => {
            json!({"agreement": event.agreement.to_string(), "app": event.app.to_string()})
        }
        Event::CertificationMade(event) => json!({
            "certification": event.certification.to_string(), "app": event.app.to_string(),
            "classes": classes(event.classes), "purpose": view::purpose(names, event.purpose),
            "from": view::instant(event.from), "until": view::instant(event.until),
            "signed": event.statement.is_some(),
            "statement": event.statement.map(|digest| view::hex(&digest)),
        }),
        Event::CertificationEnded(event) => {
            json!({"certification": event.certification.to_string(), "app": event.app.to_string()})
        }
        _ => return None,
    })
}

/// What admins, people, apps and the platform do.
fn choice(event: &Event, names: &Numbering) -> Option<Value> {
    let classes = |mask| view::classes(names, mask);
    Some(match event {
        Event::InstallationMade(event) => json!({
            "installation": event.installation.to_string(), "app": event.app.to_string(),
            "context": event.context.to_string(), "classes": classes(event.classes),
            "backer": event.backer.to_string(),
        }),
        Event::InstallationBacked(event) => json!({
            "installation": event.installation.to_string(), "app": event.app.to_string(),
            "backer": event.backer.to_string(),
        }),
        Event::InstallationNarrowed(event) => json!({
            "installation": event.installation.to_string(), "app": event.app.to_string(),
            "classes": classes(event.classes),
        }),
        Event::InstallationEnded(event) => {
            json!({"installation": event.installation.to_string(), "app": event.app.to_string()})
        }
        Event::GrantMade(event) => json!({
            "grant": event.grant.to_string(), "app": event.app.to_string(),
            "person": event.person.to_string(), "classes": classes(event.classes),
            "contexts": event.contexts.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "expires_at": view::instant(event.expires_at),
        }),
        Event::CodeRedeemed(event) => json!({
            "grant": event.grant.to_string(), "app": event.app.to_string(), "code": event.code.0,
        }),
        Event::RefreshRotated(event) => json!({
            "grant": event.grant.to_string(), "app": event.app.to_string(),
            "family": event.family.0, "counter": event.counter,
        }),
        Event::FamilyEnded(event) => json!({
            "grant": event.grant.to_string(), "app": event.app.to_string(),
            "family": event.family.0,
        }),
        Event::GrantEnded(event) => {
            json!({"grant": event.grant.to_string(), "app": event.app.to_string()})
        }
        Event::OptIn(event) => json!({
            "person": event.person.to_string(), "installation": event.installation.to_string(),
            "app": event.app.to_string(), "classes": classes(event.classes),
        }),
        Event::OptOut(event) => json!({
            "person": event.person.to_string(), "installation": event.installation.to_string(),
            "app": event.app.to_string(), "classes": classes(event.classes),
        }),
        Event::SettingChanged(event) => json!({
            "person": event.person.to_string(), "scope": scope(event.scope),
            "blocked": classes(event.blocked),
        }),
        Event::Facts(event) => json!({
            "source": event.source.to_string(), "up_to": event.up_to,
            "facts": event.facts.iter().map(fact).collect::<Vec<_>>(),
        }),
        _ => return None,
    })
}

/// A setting's scope.
pub(crate) fn scope(scope: SettingScope) -> Value {
    match scope {
        SettingScope::AllApps => json!({"kind": "all-apps"}),
        SettingScope::Context(no) => json!({"kind": "group", "group": no.to_string()}),
        SettingScope::App(no) => json!({"kind": "app", "app": no.to_string()}),
        SettingScope::AllGroups => json!({"kind": "all-groups"}),
        SettingScope::Friends => json!({"kind": "friends"}),
        SettingScope::Beyond => json!({"kind": "beyond"}),
    }
}

fn subject(subject: CutOffSubject) -> Value {
    match subject {
        CutOffSubject::Platform => json!({"kind": "platform"}),
        CutOffSubject::Key(key) => json!({"kind": "key", "key": key}),
        CutOffSubject::Partner(no) => json!({"kind": "partner", "partner": no.to_string()}),
        CutOffSubject::App(no) => json!({"kind": "app", "app": no.to_string()}),
        CutOffSubject::Installation(no) => {
            json!({"kind": "installation", "installation": no.to_string()})
        }
        CutOffSubject::Context(no) => json!({"kind": "group", "group": no.to_string()}),
        CutOffSubject::Person(no) => json!({"kind": "person", "person": no.to_string()}),
        CutOffSubject::PersonApp(person, app) => {
            json!({"kind": "person-app", "person": person.to_string(), "app": app.to_string()})
        }
        CutOffSubject::Grant(no) => json!({"kind": "grant", "grant": no.to_string()}),
        CutOffSubject::Credential(no) => {
            json!({"kind": "credential", "credential": no.to_string()})
        }
    }
}

fn fact(fact: &Fact) -> Value {
    let about = |kind: &str, person: model::PersonNo, context: model::ContextNo| json!({"kind": kind, "person": person.to_string(), "context": context.to_string()});
    match *fact {
        Fact::Person(no) => json!({"kind": "person", "person": no.to_string()}),
        Fact::PersonGone(no) => json!({"kind": "person-gone", "person": no.to_string()}),
        Fact::Context(no, kind) => json!({"kind": kind.word(), "context": no.to_string()}),
        Fact::ContextGone(no) => json!({"kind": "context-gone", "context": no.to_string()}),
        Fact::Member(person, context) => about("member", person, context),
        Fact::MemberGone(person, context) => about("member-gone", person, context),
        Fact::Admin(person, context) => about("admin", person, context),
        Fact::AdminGone(person, context) => about("admin-gone", person, context),
        Fact::Friend(one, other) => {
            json!({"kind": "friend", "person": one.to_string(), "other": other.to_string()})
        }
        Fact::FriendGone(one, other) => {
            json!({"kind": "friend-gone", "person": one.to_string(), "other": other.to_string()})
        }
        Fact::ObjectGone(no) => json!({"kind": "object-gone", "object": no.to_string()}),
    }
}
