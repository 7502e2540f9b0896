//! Staff, and what each may do.

use super::list::paged;
use super::view::{Cell, ListPage, Row};
use crate::names;
use crate::page::{Answer, page};
use crate::parts::Console;
use crate::visitor::{Query, Staff};
use axum::extract::State;
use model::{StaffNo, StaffRole};
use sequence::AccountOf;
use std::sync::Arc;

/// A role in words.
pub(super) const fn meaning(role: StaffRole) -> &'static str {
    match role {
        StaffRole::Viewer => "reads the register and use",
        StaffRole::Reviewer => "also reviews apps and works on cases",
        StaffRole::Responder => {
            "also reads the log, suspends, cuts off, ends, and looks up who somebody is"
        }
        StaffRole::Admin => "everything",
        StaffRole::Auditor => "reads everything, changes nothing",
    }
}

/// `GET /staff/members`
pub(crate) async fn members(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let store = console.store();
    let all: Vec<(StaffNo, Option<StaffRole>)> = store.state().staff().collect();
    let row = |(no, role): (StaffNo, Option<StaffRole>)| Row {
        href: role.map_or_else(String::new, |_| format!("/staff/act?do=staff-role&on={no}")),
        title: names::staff(store, no),
        cells: vec![
            Cell::plain("Id", no.to_string()),
            match role {
                Some(role) => Cell::status(role.word(), "good"),
                None => Cell::status("ended", "off"),
            },
            Cell::plain("May", role.map_or("", meaning)),
            Cell::plain(
                "Login",
                store.login(AccountOf::Staff(no)).ok().flatten().unwrap_or_default(),
            ),
        ],
    };
    let paged = paged("/staff/members", &query, all.into_iter().map(row).collect());
    Ok(page(&ListPage {
        shell: staff.shell(&console, "Staff", "/staff/members").noticing(Some(query.text("done"))),
        intro: "Those who run the platform. A role holds from the next request on.",
        path: "/staff/members",
        make: ("/staff/members/new", "Make somebody staff"),
        searches: true,
        q: paged.q,
        columns: vec!["Name", "Id", "Status", "May", "Login"],
        rows: paged.rows,
        total: paged.total,
        previous: paged.previous,
        next: paged.next,
    }))
}
