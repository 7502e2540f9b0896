//! Partners: the register, and one of them.

use super::list::paged;
use super::view::{ActLink, Cell, DetailPage, ListPage, Row, Section};
use crate::names;
use crate::page::{Answer, Halt, page};
use crate::parts::Console;
use crate::visitor::{Query, Staff};
use axum::extract::{Path, State};
use consent::App;
use flows::staff::{Contact, PartnerDetails};
use model::{AppNo, AppStatus, PartnerNo, PartnerStatus};
use sequence::NameOf;
use std::sync::Arc;
use store::Store;

/// A partner's status in a word and its colour.
pub(super) const fn tone(status: PartnerStatus) -> &'static str {
    match status {
        PartnerStatus::Active => "good",
        PartnerStatus::Suspended => "warn",
        PartnerStatus::Revoked | PartnerStatus::Surrendered => "bad",
    }
}

/// The same of an app.
const fn app_tone(status: AppStatus) -> &'static str {
    match status {
        AppStatus::Active => "good",
        AppStatus::Suspended => "warn",
        AppStatus::Removed => "bad",
    }
}

/// An app's status as it holds, in words that say what it comes from, and its colour.
pub(super) fn app_standing(state: &consent::State, app: &App) -> (String, &'static str) {
    let holds = state.status_of(app);
    let partner = state.partner(app.partner).map(|partner| partner.status);
    let word = match (app.status, partner) {
        (AppStatus::Removed, _) => holds.word().to_owned(),
        (AppStatus::Active, Some(PartnerStatus::Active)) if holds == AppStatus::Suspended => {
            "suspended with others".to_owned()
        }
        (AppStatus::Active | AppStatus::Suspended, Some(PartnerStatus::Active)) => {
            holds.word().to_owned()
        }
        (AppStatus::Active | AppStatus::Suspended, Some(other)) => format!("partner {other}"),
        (AppStatus::Active | AppStatus::Suspended, None) => "without partner".to_owned(),
    };
    (word, app_tone(holds))
}

/// `GET /staff/partners`
pub(crate) async fn partners(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let store = console.store();
    let found: Vec<_> = {
        let state = store.state();
        state.partners().map(|(no, one)| (no, one.status, one.apps.len())).collect()
    };
    let row = |(no, status, apps): (PartnerNo, PartnerStatus, usize)| Row {
        href: format!("/staff/partners/{no}"),
        title: names::partner(store, no),
        cells: vec![
            Cell::plain("Id", no.to_string()),
            Cell::status(status.word(), tone(status)),
            Cell::plain("Apps", apps.to_string()),
        ],
    };
    let paged = paged("/staff/partners", &query, found.into_iter().map(row).collect());
    Ok(page(&ListPage {
        shell: staff
            .shell(&console, "Partners", "/staff/partners")
            .noticing(Some(query.text("done"))),
        intro: "Legal entities that receive data. A partner's status holds for all its apps.",
        path: "/staff/partners",
        make: ("/staff/partners/new", "Register a partner"),
        searches: true,
        q: paged.q,
        columns: vec!["Partner", "Id", "Status", "Apps"],
        rows: paged.rows,
        total: paged.total,
        previous: paged.previous,
        next: paged.next,
    }))
}

/// Rows of these apps.
pub(super) fn app_rows(store: &Store, apps: &[AppNo]) -> Vec<Row> {
    let row = |no: &AppNo| {
        let (partner, public, (word, tone)) = {
            let state = store.state();
            let app = state.app(*no)?;
            (app.partner, app.public, app_standing(&state, app))
        };
        Some(Row {
            href: format!("/staff/apps/{no}"),
            title: names::app(store, *no),
            cells: vec![
                Cell::plain("Id", no.to_string()),
                Cell::plain("Partner", names::partner(store, partner)),
                Cell::status(word, tone),
                Cell::plain("Client", if public { "public" } else { "confidential" }),
            ],
        })
    };
    apps.iter().filter_map(row).collect()
}

pub(super) const APP_COLUMNS: [&str; 5] = ["App", "Id", "Partner", "Status", "Client"];

/// What is known of a partner.
fn facts(store: &Store, no: PartnerNo, apps: usize) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Id", no.to_string()), ("Apps", apps.to_string())];
    let text = store.details(NameOf::Partner(no)).ok().flatten();
    let Some(details) = text.and_then(|text| PartnerDetails::read(&text)) else {
        facts.push(("Legal entity", "not told yet".to_owned()));
        return facts;
    };
    facts.push(("Legal entity", details.legal_entity));
    facts.push(("Country", details.country));
    facts.push(("Acts as", details.role.word().to_owned()));
    let contact = |one: Contact| ("Contact", format!("{}: {}, {}", one.about, one.name, one.email));
    facts.extend(details.contacts.into_iter().map(contact));
    facts
}

/// What can be done with a partner.
fn acts(no: PartnerNo, status: PartnerStatus) -> Vec<ActLink> {
    let to = |status: PartnerStatus| format!("/staff/act?do=partner-status&on={no}&to={status}");
    let suspend = ActLink {
        href: to(PartnerStatus::Suspended),
        label: "Suspend…",
        text: "No app of it receives anything; people and admins can still end what they gave.",
    };
    let reinstate = ActLink {
        href: to(PartnerStatus::Active),
        label: "Reinstate…",
        text: "Its apps that are active themselves may receive again.",
    };
    let revoke = ActLink {
        href: to(PartnerStatus::Revoked),
        label: "Revoke…",
        text: "For good. It would have to register anew.",
    };
    let surrender = ActLink {
        href: to(PartnerStatus::Surrendered),
        label: "Enter a surrender…",
        text: "The partner gave up its registration itself. For good.",
    };
    let cut = ActLink {
        href: format!("/staff/act?do=cut-off&on={no}"),
        label: "Cut off tokens…",
        text: "Every token of its apps is dead; they have to ask for new ones.",
    };
    let details = ActLink {
        href: format!("/staff/partners/{no}/details"),
        label: "Change its details",
        text: "Legal entity, country, role and contacts: what it says about itself.",
    };
    let timeline = ActLink {
        href: format!("/staff/partners/{no}/timeline"),
        label: "Look at its timeline",
        text: "When each class was available to it, whether it was used, and what ended it.",
    };
    let all = ActLink {
        href: "/staff/timelines".to_owned(),
        label: "Compare partners",
        text: "The same for every partner, a row each.",
    };
    let mut acts = match status {
        PartnerStatus::Active => vec![suspend, cut, revoke, surrender],
        PartnerStatus::Suspended => vec![reinstate, cut, revoke, surrender],
        PartnerStatus::Revoked | PartnerStatus::Surrendered => Vec::new(),
    };
    acts.splice(0..0, [details, timeline, all]);
    acts
}

/// `GET /staff/partners/{partner}`
pub(crate) async fn partner(
    State(console): State<Arc<Console>>,
    Path(partner): Path<String>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let no: PartnerNo = partner.parse().map_err(|_| Halt::NotFound)?;
    let store = console.store();
    let found = store.state().partner(no).cloned().ok_or(Halt::NotFound)?;
    let name = names::partner(store, no);
    Ok(page(&DetailPage {
        shell: staff.shell(&console, &name, "/staff/partners").noticing(Some(query.text("done"))),
        back: ("/staff/partners", "Partners"),
        status: found.status.word().to_owned(),
        tone: tone(found.status),
        facts: facts(store, no, found.apps.len()),
        acts: acts(no, found.status),
        sections: vec![Section {
            id: "apps",
            title: "Apps",
            columns: APP_COLUMNS.to_vec(),
            rows: app_rows(store, &found.apps),
            make: match found.status {
                PartnerStatus::Active => {
                    (format!("/staff/apps/new?partner={no}"), "Register an app")
                }
                _ => (String::new(), ""),
            },
        }],
    }))
}
