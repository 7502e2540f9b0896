//! Cases about apps, and what people reported.

use super::said::Because;
use super::table::{get, post};
use crate::api::Api;
use crate::conduct::{self, APP_REPORTED, CaseView, Reader};
use crate::input::{Asked, id, invalid};
use crate::reply::{self, Answer};
use crate::table::Operation;
use crate::view::{self, Page};
use consent::State;
use edge::Problem;
use flows::staff::{Act, Attached, NewCase, Readers, Verdict};
use ledger::Event;
use model::{AppNo, CaseKind, CaseNo, CaseOutcome, Env, Position};
use sequence::Lookup;
use serde::{Deserialize, Serialize};
use store::Urgency;
use utoipa::ToSchema;

/// The table of what is here.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        get("/cases", ("list-cases", "Lists cases, newest first."), list)
            .paged()
            .query("app", "Only about this app.")
            .query("open", "`true`: only those that wait for a decision.")
            .gives::<Page<CaseView>>(200),
        post("/cases", ("open-case", "Opens a case about an app."), open)
            .asks(Act::Review)
            .takes::<CaseWish>()
            .gives::<CaseView>(201)
            .refuses(&[404]),
        get("/cases/{case}", ("show-case", "Shows a case and what happened to it."), show)
            .asks(Act::Review)
            .gives::<CaseView>(200),
        post(
            "/cases/{case}/notes",
            ("note-case", "Adds evidence or a remark, or attaches a further report or finding."),
            note,
        )
        .asks(Act::Review)
        .takes::<NewNote>()
        .gives::<CaseView>(200),
        post(
            "/cases/{case}/close",
            ("close-case", "Decides a case; suspends or removes the app if that is the outcome."),
            close,
        )
        .asks(Act::Review)
        .takes::<Decision>()
        .gives::<CaseView>(200)
        .refuses(&[409]),
        post("/cases/{case}/appeal", ("decide-appeal", "Decides the partner's appeal."), decide)
            .asks(Act::Review)
            .takes::<AppealDecision>()
            .gives::<CaseView>(200)
            .refuses(&[409]),
        get("/reports", ("list-app-reports", "Lists what people reported, newest first."), reports)
            .asks(Act::Review)
            .paged()
            .gives::<Page<AppReportView>>(200),
    ]
}

/// A case to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CaseWish {
    app: String,
    /// `report`, `finding` or `inquiry`.
    kind: String,
    /// Position in the log of the report or finding that it begins with.
    begins_with: Option<u64>,
    /// The note is staff's own; the partner reads reason and severity.
    #[serde(default)]
    because: Because,
}

/// Evidence or a remark.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewNote {
    /// May be empty where something is attached and the partner does not read it.
    #[serde(default)]
    note: String,
    /// Whether the partner reads it.
    #[serde(default)]
    shown: bool,
    /// Position in the log of a further report or finding about the app.
    attached: Option<u64>,
}

/// How a case is decided.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Decision {
    /// `unfounded`, `warned`, `suspended` or `removed`.
    outcome: String,
    /// The partner reads all of it.
    #[serde(default)]
    because: Because,
}

/// How an appeal is decided.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AppealDecision {
    /// Whether the partner was right.
    upheld: bool,
    /// With `upheld`: the app is active again. It stays as it is, unless said.
    #[serde(default)]
    reinstate: bool,
    /// The partner reads all of it.
    #[serde(default)]
    because: Because,
}

/// What a person reported.
#[derive(Serialize, ToSchema)]
struct AppReportView {
    /// Its number: its position in the log.
    report: u64,
    at: Option<String>,
    app: String,
    /// Number of who reported; the partner never learns it.
    person: String,
    reason: Option<String>,
    text: Option<String>,
    /// Cases about the app that are open.
    open_cases: Vec<String>,
}

fn unknown() -> Problem {
    Problem::new(404, "not-found", "there is no case of this number")
}

fn full(api: &Api, no: CaseNo) -> Result<CaseView, Problem> {
    conduct::case(api, no, Reader::Staff)?.ok_or_else(unknown)
}

async fn list(api: Api, asked: Asked) -> Answer {
    let (limit, after) = (asked.limit()?, asked.query::<CaseNo>("after")?);
    let of = asked.query::<AppNo>("app")?;
    let open = asked.query::<bool>("open")?.unwrap_or(false);
    let state = api.store().state();
    let mut all: Vec<CaseView> = Vec::new();
    let mut cases: Vec<_> = state.cases().collect();
    cases.reverse();
    let wanted = cases.into_iter().filter(|(no, case)| {
        after.is_none_or(|at| *no < at)
            && of.is_none_or(|of| case.app == of)
            && (!open || case.outcome.is_none() || case.appeal == consent::Appeal::Open)
    });
    let mut last = None;
    let mut more = false;
    for (no, case) in wanted {
        if all.len() == limit {
            more = true;
            break;
        }
        last = Some(no.to_string());
        all.push(conduct::case_line(no, case));
    }
    reply::ok(&Page { items: all, next: last.filter(|_| more) })
}

async fn show(api: Api, asked: Asked) -> Answer {
    reply::ok(&full(&api, asked.number("case")?)?)
}

/// What a case begins with must be there, of that kind, and about that app.
fn begins_with(
    api: &Api,
    kind: CaseKind,
    app: AppNo,
    at: Option<u64>,
) -> Result<Option<Position>, Problem> {
    let Some(at) = at.map(Position) else { return Ok(None) };
    // That an inquiry begins with nothing is the flow's to say.
    let begins = kind == CaseKind::Inquiry
        || api.store().begins_case(kind, app, at).map_err(crate::api::unreadable)?;
    if !begins {
        return Err(invalid("begins_with", "is no such entry about this app"));
    }
    Ok(Some(at))
}

async fn open(api: Api, asked: Asked) -> Answer {
    let wish: CaseWish = asked.json()?;
    let app = id("app", &wish.app)?;
    let kind = CaseKind::from_word(&wish.kind)
        .ok_or_else(|| invalid("kind", "is none of the known words"))?;
    let new = NewCase { app, kind, begins_with: begins_with(&api, kind, app, wish.begins_with)? };
    let said = wish.because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::open_case(state, env, &said, new)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::made(done.position, &full(&api, done.reply)?)
}

/// What a note attaches, as it stands in the log. Whether it may is the flow's to say.
fn attached(api: &Api, at: u64) -> Result<Attached, Problem> {
    let at = Position(at);
    let stored = api.store().entry(at).map_err(crate::api::unreadable)?;
    let stored = stored.ok_or_else(|| invalid("attached", "is no entry of the log"))?;
    Ok(Attached::of(at, &stored.read_leaf().map_err(conduct::corrupt)?))
}

async fn note(api: Api, asked: Asked) -> Answer {
    let no: CaseNo = asked.number("case")?;
    let wish: NewNote = asked.json()?;
    let because = Because { note: Some(wish.note), ..Because::default() };
    let said = because.said(asked.staff()?)?;
    let readers = if wish.shown { Readers::PartnerToo } else { Readers::Staff };
    let attached = wish.attached.map(|at| attached(&api, at)).transpose()?;
    let new = flows::staff::NewNote { case: no, readers, attached };
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::note_case(state, env, &said, new)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::changed(done.position, &full(&api, no)?)
}

async fn close(api: Api, asked: Asked) -> Answer {
    let no: CaseNo = asked.number("case")?;
    let wish: Decision = asked.json()?;
    let outcome = CaseOutcome::from_word(&wish.outcome)
        .ok_or_else(|| invalid("outcome", "is none of the known words"))?;
    let said = wish.because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::close_case(state, env, &said, no, outcome)
    };
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    reply::changed(done.position, &full(&api, no)?)
}

async fn decide(api: Api, asked: Asked) -> Answer {
    let no: CaseNo = asked.number("case")?;
    let wish: AppealDecision = asked.json()?;
    let verdict = match (wish.upheld, wish.reinstate) {
        (false, false) => Verdict::Rejected,
        (true, false) => Verdict::Upheld,
        (true, true) => Verdict::UpheldAndReinstated,
        (false, true) => return Err(invalid("reinstate", "goes with `upheld`")),
    };
    let said = wish.because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::decide_appeal(state, env, &said, no, verdict)
    };
    let done = api.commit(&asked, Urgency::Ordinary, flow).await?;
    reply::changed(done.position, &full(&api, no)?)
}

async fn reports(api: Api, asked: Asked) -> Answer {
    let (limit, below) = (asked.limit()?, asked.query::<Position>("after")?);
    let mut found = Vec::new();
    conduct::walk(
        api.store(),
        APP_REPORTED,
        below.unwrap_or(Position(u64::MAX)),
        |stored, event| {
            if let Event::AppReported(event) = event {
                found.push((stored.position, stored.time, event.clone()));
            }
            found.len() <= limit
        },
    )?;
    let next = found.get(limit).and(found.get(limit.saturating_sub(1)));
    let next = next.map(|(position, ..)| position.to_string());
    let mut items = Vec::new();
    for (position, at, event) in found.iter().take(limit) {
        let text = conduct::note(&api, &event.why)?;
        let state = api.store().state();
        let open = state
            .cases()
            .filter(|(_, case)| case.app == event.app && case.outcome.is_none())
            .map(|(no, _)| no.to_string());
        items.push(AppReportView {
            report: position.0,
            at: view::instant(*at),
            app: event.app.to_string(),
            person: event.person.to_string(),
            reason: event.why.reason.map(|reason| reason.to_string()),
            text,
            open_cases: open.collect(),
        });
    }
    reply::ok(&Page { items, next })
}
