//! Suspending many apps: counting, proposing, and a second person who confirms what they see.

use super::act::{Affected, choices_of_severity, reason_choices, reason_text, said};
use super::cut_off::actor;
use super::forms::refused;
use super::view::{Cell, Choice, Row, grouped};
use crate::dates;
use crate::form::Fields;
use crate::names;
use crate::page::{Answer, Halt, page, page_with, redirect};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Query, Staff, StaffForm};
use askama::Template;
use axum::extract::{Path, State};
use edge::suspension::{self, Confirmed, selection};
use flows::Said;
use flows::hex::{hex, unhex};
use flows::staff::{
    self as flow, Act, Counting, PROPOSAL_LIFETIME, Preview, Proposed, Refusal, SuspensionWish,
    result_of,
};
use http::StatusCode;
use ledger::{AppList, Event, Payload};
use model::{Actor, PartnerNo, Position};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{Proposal, Store};

/// Partners that a preview names.
const PARTNERS_MAX: usize = 20;

#[derive(Template)]
#[template(path = "staff_suspensions.html")]
pub(crate) struct SuspensionsPage {
    pub(crate) shell: Shell,
    pub(crate) wrong: String,
    pub(crate) select: String,
    pub(crate) proposals: Vec<Row>,
    pub(crate) suspensions: Vec<Row>,
}

#[derive(Template)]
#[template(path = "staff_suspension.html")]
pub(crate) struct SuspensionPage {
    pub(crate) shell: Shell,
    pub(crate) wrong: String,
    pub(crate) selection: String,
    pub(crate) story: String,
    pub(crate) affected: Vec<Affected>,
    pub(crate) partners: Vec<Row>,
    pub(crate) select: String,
    pub(crate) reasons: Vec<Choice>,
    pub(crate) severities: Vec<Choice>,
    pub(crate) note: String,
    /// Number of the proposal; empty for a preview of one's own.
    pub(crate) proposal: String,
    pub(crate) result: String,
    pub(crate) can_confirm: bool,
}

fn parts(fields: &Fields) -> Vec<String> {
    let lines = fields.raw("select").lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

async fn counted(console: &Console, apps: AppList) -> Result<Preview, Halt> {
    let store = console.store();
    Ok(suspension::counted(store, Counting::new(apps, store.now())).await?)
}

fn affected(preview: Preview) -> Vec<Affected> {
    let line = |number: usize, text| Affected { number: grouped(number as u64), text };
    vec![
        line(preview.apps, "apps"),
        line(preview.installations, "installations in groups"),
        line(preview.grants, "grants of people"),
        line(preview.people, "different people"),
    ]
}

fn partner_rows(store: &Store, apps: &AppList) -> Vec<Row> {
    let mut counts: BTreeMap<PartnerNo, usize> = BTreeMap::new();
    {
        let state = store.state();
        for app in apps.as_slice().iter().filter_map(|no| state.app(*no)) {
            *counts.entry(app.partner).or_default() += 1;
        }
    }
    let mut most: Vec<_> = counts.into_iter().collect();
    most.sort_by_key(|(no, apps)| (std::cmp::Reverse(*apps), *no));
    let row = |(no, apps): (PartnerNo, usize)| Row {
        href: format!("/staff/partners/{no}"),
        title: names::partner(store, no),
        cells: vec![Cell::plain("Apps", grouped(apps as u64))],
    };
    most.into_iter().take(PARTNERS_MAX).map(row).collect()
}

fn proposal_row(store: &Store, one: &Proposal) -> Option<Row> {
    let said = Proposed::read(&one.text)?;
    let by = actor(store, one.by.map_or(Actor::Operator, Actor::Staff));
    Some(Row {
        href: format!("/staff/suspensions/{}", one.number),
        title: said.select.join(" & ").chars().take(200).collect(),
        cells: vec![
            Cell::plain("By", by),
            Cell::plain("Apps then", grouped(said.preview.apps as u64)),
            Cell::plain("People then", grouped(said.preview.people as u64)),
            Cell::plain("Until", dates::minute(one.until)),
        ],
    })
}

fn suspension_row(store: &Store, at: Position, one: consent::Suspension) -> Option<Row> {
    let entry = store.entry(at).ok().flatten()?;
    let Payload::Control(Event::AppsSuspended(event)) = entry.read_payload().ok()?? else {
        return None;
    };
    let alone = event.why.broke_glass == Some(true);
    let confirmed = event.why.confirmed_by.map(|by| actor(store, by)).unwrap_or_default();
    Some(Row {
        href: if one.lifted {
            String::new()
        } else {
            format!("/staff/act?do=lift-suspension&on={at}")
        },
        title: event.selection.unwrap_or_else(|| at.to_string()),
        cells: vec![
            if one.lifted {
                Cell::status("lifted", "off")
            } else {
                Cell::status("suspended", "warn")
            },
            Cell::plain("Apps", grouped(u64::from(one.apps))),
            Cell::plain("When", dates::minute(entry.time)),
            Cell::plain("By", actor(store, event.why.by)),
            if alone {
                Cell {
                    label: "Confirmed by",
                    text: "nobody: broke the glass".to_owned(),
                    tone: "bad",
                }
            } else {
                Cell::plain("Confirmed by", confirmed)
            },
        ],
    })
}

fn overview(
    console: &Console,
    staff: &Staff,
    done: &str,
    (select, wrong): (String, String),
) -> Answer {
    let store = console.store();
    let proposals = store.proposals()?;
    let mut found: Vec<_> = store.state().suspensions().collect();
    found.reverse();
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = SuspensionsPage {
        shell: staff.shell(console, "Suspensions", "/staff/suspensions").noticing(Some(done)),
        wrong,
        select,
        proposals: proposals.iter().filter_map(|one| proposal_row(store, one)).collect(),
        suspensions: found
            .into_iter()
            .filter_map(|(at, one)| suspension_row(store, at, one))
            .collect(),
    };
    Ok(page_with(status, &shown, None))
}

/// `GET /staff/suspensions`
pub(crate) async fn suspensions(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    overview(&console, &staff, query.text("done"), (String::new(), String::new()))
}

fn again(console: &Console, staff: &Staff, select: &[String], refusal: &Refusal) -> Answer {
    let wrong = refused(refusal);
    overview(console, staff, "", (select.join("\n"), wrong))
}

/// `POST /staff/suspensions/preview`
pub(crate) async fn preview(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    let StaffForm { staff, fields } = form;
    show_preview(&console, &staff, &fields, String::new()).await
}

async fn show_preview(console: &Console, staff: &Staff, fields: &Fields, wrong: String) -> Answer {
    let (store, select) = (console.store(), parts(fields));
    let meant = match selection(store, &select) {
        Ok(meant) => meant,
        Err(refusal) => return again(console, staff, &select, &refusal),
    };
    let apps = meant.apps(&store.state(), store.now());
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = SuspensionPage {
        shell: staff.shell(console, "Suspend many apps?", "/staff/suspensions").narrow(),
        wrong,
        selection: meant.to_string(),
        story: String::new(),
        partners: partner_rows(store, &apps),
        affected: affected(counted(console, apps).await?),
        select: select.join("\n"),
        reasons: reason_choices(fields),
        severities: choices_of_severity(fields),
        note: fields.text("note").to_owned(),
        proposal: String::new(),
        result: String::new(),
        can_confirm: false,
    };
    Ok(page_with(status, &shown, None))
}

/// `POST /staff/suspensions/propose`
pub(crate) async fn propose(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    let StaffForm { staff, fields } = form;
    let (store, select) = (console.store(), parts(&fields));
    let said = match said(&staff, &fields, true) {
        Ok(said) => said,
        Err(missing) => return show_preview(&console, &staff, &fields, missing.to_owned()).await,
    };
    let meant = match selection(store, &select) {
        Ok(meant) => meant,
        Err(refusal) => return again(&console, &staff, &select, &refusal),
    };
    let now = store.now();
    let wish = SuspensionWish { said, selection: meant };
    let judged = flow::may_propose(&store.state(), now, &wish);
    let apps = match judged {
        Ok(apps) => apps,
        Err(refusal) => {
            let wrong = refused(&refusal);
            return show_preview(&console, &staff, &fields, wrong).await;
        }
    };
    let result = result_of(&apps);
    let preview = counted(&console, apps).await?;
    let Said { reason, severity, note, .. } = wish.said;
    let proposed = Proposed { select, reason, severity, note, preview, result };
    let until = now.plus(PROPOSAL_LIFETIME);
    store.propose(Some(staff.no), (now, until), &proposed.text())?;
    Ok(redirect("/staff/suspensions?done=proposed"))
}

async fn show_proposal(
    console: &Console,
    staff: &Staff,
    proposal: &Proposal,
    wrong: String,
) -> Answer {
    let store = console.store();
    let proposed = Proposed::read(&proposal.text).ok_or(Halt::NotFound)?;
    let meant =
        selection(store, &proposed.select).map_err(|refusal| Halt::Refused(refused(&refusal)))?;
    let apps = meant.apps(&store.state(), store.now());
    let result = result_of(&apps);
    let by = actor(store, proposal.by.map_or(Actor::Operator, Actor::Staff));
    let reason = proposed.reason.map(reason_text).unwrap_or_default();
    let changed = if result == proposed.result {
        String::new()
    } else {
        format!(
            " It meant {} apps then, and means others now.",
            grouped(proposed.preview.apps as u64)
        )
    };
    let note = proposed.note.as_deref().unwrap_or_default();
    let shown = SuspensionPage {
        shell: staff.shell(console, "Confirm a suspension?", "/staff/suspensions").narrow(),
        wrong,
        selection: meant.to_string(),
        story: format!("Proposed by {by}: {reason}. {note}{changed}"),
        partners: partner_rows(store, &apps),
        affected: affected(counted(console, apps).await?),
        select: String::new(),
        reasons: Vec::new(),
        severities: Vec::new(),
        note: String::new(),
        proposal: proposal.number.to_string(),
        result: hex(&result),
        can_confirm: proposal.by != Some(staff.no),
    };
    Ok(page(&shown))
}

/// `GET /staff/suspensions/{proposal}`
pub(crate) async fn proposal(
    State(console): State<Arc<Console>>,
    Path(number): Path<String>,
    staff: Staff,
) -> Answer {
    let number = number.parse().map_err(|_| Halt::NotFound)?;
    let found = console.store().proposal(number)?.ok_or(Halt::NotFound)?;
    show_proposal(&console, &staff, &found, String::new()).await
}

/// `POST /staff/suspensions/confirm`
pub(crate) async fn confirm(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    let StaffForm { staff, fields } = form;
    staff.may(&console, Act::Respond)?;
    let store = console.store();
    let found = store.proposal(fields.one("proposal")?)?.ok_or(Halt::NotFound)?;
    let result = unhex(fields.text("result"));
    let result = result.ok_or_else(|| Halt::Bad("The form is not whole.".to_owned()))?;
    let confirmed = suspension::confirm(store, &found, (staff.no, staff.own), result).await?;
    match confirmed {
        Confirmed::Done(_) => Ok(redirect("/staff/suspensions?done=done")),
        Confirmed::Gone => Err(Halt::NotFound),
        Confirmed::Refused(refusal) => {
            show_proposal(&console, &staff, &found, refused(&refusal)).await
        }
    }
}
