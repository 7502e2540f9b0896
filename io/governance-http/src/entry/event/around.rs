//! The rules around the gate in JSON: suspensions of many, exceptions, reviews, cases, reports.

use crate::change::ChangeView;
use crate::view;
use catalog::Numbering;
use ledger::Event;
use serde_json::{Value, json};

pub(super) fn json(event: &Event, names: &Numbering) -> Option<Value> {
    rules(event, names).or_else(|| review(event, names)).or_else(|| conduct(event))
}

fn rules(event: &Event, names: &Numbering) -> Option<Value> {
    Some(match event {
        Event::VersionChanged(event) => json!({
            "version": event.version.to_string(),
            "deprecated_at": event.deprecated_at.and_then(view::instant),
            "sunset": event.sunset.and_then(view::instant),
        }),
        Event::ChangeAudited(event) => json!({
            "change": event.change.as_ref().map(|change| ChangeView::of(change, names)),
        }),
        Event::PartnerChanged(event) => json!({
            "partner": event.partner.to_string(), "details_sha256": view::hex(&event.details),
        }),
        Event::AppsSuspended(event) => json!({
            "apps": event.apps.as_slice().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "selection": event.selection,
        }),
        Event::SuspensionLifted(event) => json!({"suspension": event.suspension.0}),
        Event::ExceptionMade(event) => json!({
            "program": view::program(names, event.program), "app": event.app.to_string(),
            "until": view::instant(event.until),
        }),
        Event::ExceptionEnded(event) => json!({
            "program": view::program(names, event.program), "app": event.app.to_string(),
        }),
        Event::ClassesUsed(event) => json!({
            "app": event.app.to_string(), "classes": view::classes(names, event.classes),
            "day": event.day,
        }),
        Event::GrantSpent(event) => json!({
            "grant": event.grant.to_string(), "app": event.app.to_string(),
            "classes": view::classes(names, event.classes),
        }),
        _ => return None,
    })
}

fn review(event: &Event, names: &Numbering) -> Option<Value> {
    Some(match event {
        Event::TesterAdded(event) => {
            json!({"app": event.app.to_string(), "person": event.person.to_string()})
        }
        Event::TesterRemoved(event) => {
            json!({"app": event.app.to_string(), "person": event.person.to_string()})
        }
        Event::SandboxChanged(event) => {
            json!({"context": event.context.to_string(), "sandbox": event.sandbox})
        }
        Event::ReviewPassed(event) => json!({
            "app": event.app.to_string(), "classes": view::classes(names, event.classes),
        }),
        Event::ReviewWithdrawn(event) => json!({
            "app": event.app.to_string(), "classes": view::classes(names, event.classes),
        }),
        Event::StaffRoleChanged(event) => {
            json!({"staff": event.staff.to_string(), "role": event.role.word()})
        }
        Event::IdentityLookedUp(event) => json!({"person": event.person.to_string()}),
        _ => return None,
    })
}

fn conduct(event: &Event) -> Option<Value> {
    let words = |list: &[model::Condition]| list.iter().map(|one| one.word()).collect::<Vec<_>>();
    Some(match event {
        Event::CaseOpened(event) => json!({
            "case": event.case.to_string(), "app": event.app.to_string(),
            "kind": event.kind.word(), "finding": event.finding.map(|at| at.0),
        }),
        Event::CaseNoted(event) => json!({
            "case": event.case.to_string(), "app": event.app.to_string(), "shown": event.shown,
            "attached": event.attached.map(|at| at.0),
        }),
        Event::CaseClosed(event) => json!({
            "case": event.case.to_string(), "app": event.app.to_string(),
            "outcome": event.outcome.word(),
        }),
        Event::CaseAppealed(event) => {
            json!({"case": event.case.to_string(), "app": event.app.to_string()})
        }
        Event::AppealDecided(event) => json!({
            "case": event.case.to_string(), "app": event.app.to_string(), "upheld": event.upheld,
        }),
        Event::AppReported(event) => {
            json!({"person": event.person.to_string(), "app": event.app.to_string()})
        }
        Event::FindingRaised(event) => json!({
            "app": event.app.map(|app| app.to_string()), "finding": event.finding,
        }),
        Event::ProbesRun(event) => json!({
            "tried": event.tried, "passed": words(&event.passed), "untried": words(&event.untried),
        }),
        Event::ReportIssued(event) => json!({
            "app": event.app.to_string(), "due": view::instant(event.due),
            "report_sha256": view::hex(&event.report),
        }),
        Event::ReportAcknowledged(event) => {
            json!({"app": event.app.to_string(), "report": event.report.0})
        }
        _ => return None,
    })
}
