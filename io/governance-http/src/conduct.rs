//! Cases, reports by people and reports on what apps hold, read from the log with their notes from the vault.

use crate::api::{Api, unreadable};
use crate::view;
use consent::{Appeal, Case};
use edge::Problem;
use ledger::{Event, Payload, Why};
use model::{AppNo, CaseNo, Position, Timestamp};
use serde::Serialize;
use store::{Placed, Store, StoredEntry};
use utoipa::ToSchema;

/// Kinds of events in the log.
pub(crate) const APP_REPORTED: u16 = 105;
pub(crate) const REPORT_ISSUED: u16 = 120;
const REPORT_ACKNOWLEDGED: u16 = 121;
/// Entries looked at in one go.
const AT_ONCE: usize = 64;

/// Who reads a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    Staff,
    Partner,
}

/// A case about an app.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseView {
    case: String,
    app: String,
    /// What it began with: `report`, `finding` or `inquiry`.
    kind: &'static str,
    opened_at: Option<String>,
    /// `unfounded`, `warned`, `suspended` or `removed`; none while it is open.
    outcome: Option<&'static str>,
    /// `none`, `open`, `upheld` or `dismissed`.
    appeal: &'static str,
    /// What happened, oldest first, as far as the reader may know it; left out in lists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    history: Vec<StepView>,
}

/// What happened to a case.
#[derive(Serialize, ToSchema)]
pub(crate) struct StepView {
    position: u64,
    at: Option<String>,
    /// `case-opened`, `case-noted`, `case-closed`, `case-appealed` or `appeal-decided`.
    what: &'static str,
    /// Whether the partner reads the note.
    shown: bool,
    /// Reason code, where one was given.
    reason: Option<String>,
    /// `low`, `medium` or `high`.
    severity: Option<String>,
    note: Option<String>,
    /// Position in the log of the report or finding that the step attaches or begins with; staff alone read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    attached: Option<u64>,
}

/// A report on what an app holds beside what it used.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportView {
    /// Its number: its position in the log.
    report: u64,
    app: String,
    issued_at: Option<String>,
    /// Unless it is acknowledged by then, nothing new can be allowed to the app.
    due: Option<String>,
    /// It waits, or a later one does.
    open: bool,
    acknowledged_at: Option<String>,
    sha256: String,
    /// What is acknowledged, as it was counted then.
    #[schema(value_type = Object)]
    document: Option<serde_json::Value>,
}

impl ReportView {
    /// Its number as text.
    pub(crate) fn number(&self) -> String {
        Position(self.report).to_string()
    }
}

pub(crate) fn corrupt(error: ledger::DecodeError) -> Problem {
    unreadable(sequence::StoreError::Corrupt(error.to_string()))
}

/// Walks entries of a kind, newest first, from below a position, until told to stop.
pub(crate) fn walk(
    store: &Store,
    kind: u16,
    below: Position,
    mut each: impl FnMut(&StoredEntry, &Event) -> bool,
) -> Result<(), Problem> {
    let mut below = below;
    loop {
        let some = store.latest_of_kind(kind, below, AT_ONCE).map_err(unreadable)?;
        for stored in &some {
            let payload = stored.read_payload().map_err(corrupt)?;
            if let Some(Payload::Control(event)) = payload
                && !each(stored, &event)
            {
                return Ok(());
            }
        }
        match some.last() {
            Some(last) if some.len() == AT_ONCE => below = last.position,
            Some(_) | None => return Ok(()),
        }
    }
}

pub(crate) fn note(api: &Api, why: &Why) -> Result<Option<String>, Problem> {
    why.note.map_or(Ok(None), |digest| api.store().note(&digest).map_err(unreadable))
}

/// A case without what happened to it.
pub(crate) fn case_line(no: CaseNo, case: &Case) -> CaseView {
    CaseView {
        case: no.to_string(),
        app: case.app.to_string(),
        kind: case.kind.word(),
        opened_at: view::instant(case.opened_at),
        outcome: case.outcome.map(|outcome| outcome.word()),
        appeal: match case.appeal {
            Appeal::None => "none",
            Appeal::Open => "open",
            Appeal::Upheld => "upheld",
            Appeal::Rejected => "dismissed",
        },
        history: Vec::new(),
    }
}

/// What of an event of a case the reader may know: whether it is shown at all, and whether with its note.
fn told(event: &Event, reader: Reader) -> Option<bool> {
    let shown = match event {
        Event::CaseOpened(_) => false,
        Event::CaseNoted(event) => event.shown,
        Event::CaseClosed(_) | Event::CaseAppealed(_) | Event::AppealDecided(_) => true,
        _ => return None,
    };
    let hidden = matches!(event, Event::CaseNoted(_)) && !shown && reader == Reader::Partner;
    (!hidden).then_some(shown)
}

/// The report or finding that a step brings to its case.
const fn attached(event: &Event) -> Option<Position> {
    match event {
        Event::CaseOpened(event) => event.finding,
        Event::CaseNoted(event) => event.attached,
        _ => None,
    }
}

/// A case with what happened to it.
pub(crate) fn case(api: &Api, no: CaseNo, reader: Reader) -> Result<Option<CaseView>, Problem> {
    let Some(found) = api.store().state().case(no).cloned() else { return Ok(None) };
    let mut view = case_line(no, &found);
    for placed in api.store().case_events(no, found.opened_at).map_err(unreadable)? {
        let Placed { position, at, event } = placed;
        let Some(shown) = told(&event, reader) else { continue };
        let Some(why) = event.why() else { continue };
        let is_told = shown || reader == Reader::Staff;
        view.history.push(StepView {
            position: position.0,
            at: view::instant(at),
            what: event.word(),
            shown,
            reason: why.reason.map(|reason| reason.to_string()),
            severity: why.severity.map(|severity| severity.to_string()),
            note: if is_told { note(api, why)? } else { None },
            attached: attached(&event).filter(|_| reader == Reader::Staff).map(|at| at.0),
        });
    }
    Ok(Some(view))
}

/// Reports on an app below a position, newest first, at most so many.
pub(crate) fn reports(
    api: &Api,
    app: AppNo,
    below: Position,
    most: usize,
) -> Result<Vec<ReportView>, Problem> {
    let mut issued = Vec::new();
    walk(api.store(), REPORT_ISSUED, below, |stored, event| {
        if let Event::ReportIssued(event) = event
            && event.app == app
        {
            issued.push((stored.position, stored.time, event.clone()));
        }
        issued.len() < most
    })?;
    let oldest = issued.last().map_or(Position(0), |(position, ..)| *position);
    let mut acknowledged: Vec<(Position, Timestamp)> = Vec::new();
    walk(api.store(), REPORT_ACKNOWLEDGED, Position(u64::MAX), |stored, event| {
        if let Event::ReportAcknowledged(event) = event
            && event.app == app
        {
            acknowledged.push((event.report, stored.time));
        }
        stored.position > oldest
    })?;
    let waits = api.store().state().app(app).and_then(|app| app.report);
    let mut views = Vec::new();
    for (position, at, event) in issued {
        // Acknowledging one acknowledges all before it; the earliest that does counts.
        let by = acknowledged.iter().filter(|(report, _)| *report >= position);
        let by = by.map(|(_, time)| *time).min();
        let document = api.store().note(&event.report).map_err(unreadable)?;
        views.push(ReportView {
            report: position.0,
            app: app.to_string(),
            issued_at: view::instant(at),
            due: view::instant(event.due),
            open: by.is_none() && waits.is_some(),
            acknowledged_at: by.and_then(view::instant),
            sha256: view::hex(&event.report),
            document: document.and_then(|text| serde_json::from_str(&text).ok()),
        });
    }
    Ok(views)
}
