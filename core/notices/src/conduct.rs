//! What events of conduct make due: cases, appeals, findings, reports by people.

use crate::event::{because, partner_notice, to_partner_of};
use crate::kind::Kind;
use crate::notice::{Audience, Details, Notice, Recipient, Subject};
use consent::State;
use ledger::{Event, Why};
use model::{AppNo, CaseNo, Position, Severity};

/// The notices that an event of conduct makes due. Kinds of events without a notice are the norm.
pub(crate) fn of_conduct(at: Position, event: &Event, state: &State) -> Vec<Notice> {
    let of_case = |app: AppNo, case: CaseNo, why: &Why| Details {
        app: Some(app),
        case: Some(case),
        ..because(at, why)
    };
    match event {
        Event::CaseOpened(event) => {
            let details = of_case(event.app, event.case, &event.why);
            to_partner_of(state, event.app, Kind::CaseOpened, at, details)
        }
        Event::CaseClosed(event) => {
            let status = Some(event.outcome.code());
            let details = Details { status, ..of_case(event.app, event.case, &event.why) };
            to_partner_of(state, event.app, Kind::CaseDecided, at, details)
        }
        Event::CaseAppealed(event) => {
            let details = of_case(event.app, event.case, &event.why);
            vec![to_staff(Kind::CaseAppealed, at, details)]
        }
        Event::AppealDecided(event) => {
            let status = Some(u8::from(event.upheld));
            let details = Details { status, ..of_case(event.app, event.case, &event.why) };
            to_partner_of(state, event.app, Kind::AppealDecided, at, details)
        }
        Event::FindingRaised(event) => {
            let finding = Some(event.finding.clone());
            let details = Details { app: event.app, finding, ..because(at, &event.why) };
            vec![to_staff(Kind::FindingRaised, at, details)]
        }
        // Who reported stands in the entry, not in the notice.
        Event::AppReported(event) => {
            let details = Details { app: Some(event.app), ..because(at, &event.why) };
            vec![to_staff(Kind::AppReported, at, details)]
        }
        Event::PartnerStatusChanged(event) => {
            let details = Details {
                partner: Some(event.partner),
                status: Some(event.status.code()),
                ..because(at, &event.why)
            };
            vec![partner_notice(event.partner, Kind::PartnerStatusChanged, at, details)]
        }
        _ => Vec::new(),
    }
}

fn to_staff(kind: Kind, at: Position, details: Details) -> Notice {
    Notice {
        audience: Audience::One(Recipient::Staff),
        kind,
        subject: Subject::Entry(at),
        details,
        severity: Severity::High,
    }
}
