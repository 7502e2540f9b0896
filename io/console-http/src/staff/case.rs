//! One case: what happened to it, what people reported about its app, and the forms that go on with it.

use super::act::{choices_of_severity, reason_choices, reason_text, said};
use super::cases::standing;
use super::cut_off::actor;
use super::forms::{blank, checks, choice, field, hinted, run, select, shown};
use super::log::at_entry;
use super::view::{ActLink, Cell, DetailPage, FormPage, Input, Row, Section};
use crate::dates;
use crate::form::Fields;
use crate::names;
use crate::page::{Answer, Halt, page, redirect};
use crate::parts::Console;
use crate::visitor::{Query, Staff, StaffForm};
use axum::extract::{Path, State};
use axum::response::Response;
use consent::{Appeal, Case};
use flows::Said;
use flows::staff::{self as flow, Act, Attached, NewCase, NewNote, Readers, Verdict};
use ledger::{Event, Why};
use model::{AppNo, CaseKind, CaseNo, CaseOutcome, Position};
use sequence::StoreError;
use std::sync::Arc;
use store::{Placed, Store, Urgency};

/// Reports on the page, of so many that are looked through.
const REPORTS: usize = 20;
const LOOKED_THROUGH: usize = 1_000;

/// What a case begins with, in words.
pub(super) const fn kind_text(kind: CaseKind) -> &'static str {
    match kind {
        CaseKind::Report => "a person's report",
        CaseKind::Finding => "a finding",
        CaseKind::Inquiry => "staff's own inquiry",
    }
}

fn note_of(store: &Store, why: &Why) -> Result<String, StoreError> {
    let note = why.note.map(|digest| store.note(&digest)).transpose()?.flatten();
    Ok(note.unwrap_or_default())
}

/// What happened in one step, and who reads its note.
fn step(event: &Event) -> (String, &'static str) {
    const BOTH: &str = "staff and partner";
    match event {
        Event::CaseOpened(_) => ("Opened".to_owned(), "staff"),
        Event::CaseNoted(event) => ("Note".to_owned(), if event.shown { BOTH } else { "staff" }),
        Event::CaseClosed(event) => (format!("Decided: {}", event.outcome), BOTH),
        Event::CaseAppealed(_) => ("The partner appealed".to_owned(), BOTH),
        Event::AppealDecided(event) if event.upheld => ("Appeal upheld".to_owned(), BOTH),
        Event::AppealDecided(_) => ("Appeal dismissed".to_owned(), BOTH),
        other => (other.word().replace('-', " "), "staff"),
    }
}

fn step_row(console: &Console, staff: &Staff, placed: &Placed) -> Result<Row, StoreError> {
    let store = console.store();
    let (what, readers) = step(&placed.event);
    let mut cells = vec![Cell::plain("When", dates::minute(placed.at))];
    if let Some(why) = placed.event.why() {
        let reason = why.reason.map(reason_text).unwrap_or_default();
        cells.push(Cell::plain("By", actor(store, why.by)));
        cells.push(Cell::plain("Reason", reason));
        cells.push(Cell::plain("Note", note_of(store, why)?));
    }
    cells.push(Cell::plain("Read by", readers));
    let attached = match &placed.event {
        Event::CaseNoted(noted) => noted.attached,
        _ => None,
    };
    let Some(at) = attached else { return Ok(Row { href: String::new(), title: what, cells }) };
    let title = format!("{what}, with entry {} of the log", at.0);
    Ok(Row { href: at_entry(console, staff, at), title, cells })
}

/// What people said about an app; the partner never learns who.
fn report_rows(console: &Console, staff: &Staff, app: AppNo) -> Result<Vec<Row>, StoreError> {
    let store = console.store();
    let found = store.reports_about(app, REPORTS, LOOKED_THROUGH)?;
    let row = |placed: &Placed| {
        let why = placed.event.why();
        let reason = why.and_then(|why| why.reason).map(reason_text).unwrap_or_default();
        Ok(Row {
            href: at_entry(console, staff, placed.position),
            title: format!("Report {}", placed.position.0),
            cells: vec![
                Cell::plain("When", dates::minute(placed.at)),
                Cell::plain("Reason", reason),
                Cell::plain(
                    "What they wrote",
                    why.map(|why| note_of(store, why)).transpose()?.unwrap_or_default(),
                ),
            ],
        })
    };
    found.iter().map(row).collect()
}

fn acts(no: CaseNo, case: &Case) -> Vec<ActLink> {
    let to = |step: &str| format!("/staff/cases/{no}/{step}");
    let note = ActLink {
        href: to("note"),
        label: "Add a note",
        text: "Evidence, a remark, a further report or finding: for staff alone or for the partner too.",
    };
    let decide = ActLink {
        href: to("decide"),
        label: "Decide…",
        text: "Unfounded, a warning, or the app is suspended or removed with it.",
    };
    let appeal = ActLink {
        href: to("appeal"),
        label: "Decide the appeal…",
        text: "The partner says that the decision is wrong.",
    };
    let app = ActLink {
        href: format!("/staff/apps/{}", case.app),
        label: "Look at the app",
        text: "What it may have, and what can be done with it.",
    };
    let due = match (case.outcome, case.appeal) {
        (None, _) => Some(decide),
        (Some(_), Appeal::Open) => Some(appeal),
        (Some(_), Appeal::None | Appeal::Upheld | Appeal::Rejected) => None,
    };
    due.into_iter().chain([note, app]).collect()
}

fn found(console: &Console, staff: &Staff, case: &str) -> Result<(CaseNo, Case), Halt> {
    staff.may(console, Act::Review)?;
    let no: CaseNo = case.parse().map_err(|_| Halt::NotFound)?;
    let case = console.store().state().case(no).cloned().ok_or(Halt::NotFound)?;
    Ok((no, case))
}

/// `GET /staff/cases/{case}`
pub(crate) async fn case(
    State(console): State<Arc<Console>>,
    Path(case): Path<String>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let (no, case) = found(&console, &staff, &case)?;
    let store = console.store();
    let events = store.case_events(no, case.opened_at)?;
    let began = events.iter().find_map(|placed| match &placed.event {
        Event::CaseOpened(opened) => opened.finding,
        _ => None,
    });
    let began = began.map(|at| format!(", entry {} of the log", at.0)).unwrap_or_default();
    let (word, tone) = standing(&case);
    let steps = events.iter().map(|placed| step_row(&console, &staff, placed));
    let title = format!("Case {no}");
    Ok(page(&DetailPage {
        shell: staff.shell(&console, &title, "/staff/cases").noticing(Some(query.text("done"))),
        back: ("/staff/cases", "Cases"),
        status: word.to_owned(),
        tone,
        facts: vec![
            ("App", names::app(store, case.app)),
            ("Partner", names::partner_of(store, case.app)),
            ("Began with", format!("{}{began}", kind_text(case.kind))),
            ("Opened", dates::minute(case.opened_at)),
        ],
        acts: acts(no, &case),
        sections: vec![
            Section {
                id: "steps",
                title: "What happened",
                columns: vec!["What", "When", "By", "Reason", "Note", "Read by"],
                rows: steps.collect::<Result<_, _>>()?,
                make: (String::new(), ""),
            },
            Section {
                id: "reports",
                title: "What people reported about the app",
                columns: vec!["Report", "When", "Reason", "What they wrote"],
                rows: report_rows(&console, &staff, case.app)?,
                make: (String::new(), ""),
            },
        ],
    }))
}

/// A form that goes on with a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Note,
    Decide,
    Appeal,
}

impl Step {
    fn parse(word: &str) -> Result<Self, Halt> {
        match word {
            "note" => Ok(Self::Note),
            "decide" => Ok(Self::Decide),
            "appeal" => Ok(Self::Appeal),
            _ => Err(Halt::NotFound),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Decide => "decide",
            Self::Appeal => "appeal",
        }
    }
}

fn note_field(label: &'static str, hint: &'static str, given: &Fields) -> super::view::FieldLine {
    hinted(hint, field("note", label, Input::Prose, given.text("note")))
}

fn outcomes(chosen: &str) -> Vec<super::view::Choice> {
    let label = |outcome: CaseOutcome| match outcome {
        CaseOutcome::Unfounded => "Unfounded: nothing was wrong",
        CaseOutcome::Warned => "Warned: it was wrong, and the app goes on",
        CaseOutcome::Suspended => "Suspended: the app receives nothing from the next request on",
        CaseOutcome::Removed => "Removed: the app is over from the next request on, for good",
    };
    let all = CaseOutcome::ALL.iter();
    let first = std::iter::once(choice("", "Choose", chosen));
    first.chain(all.map(|one| choice(one.word(), label(*one), chosen))).collect()
}

fn verdicts(chosen: &str) -> Vec<super::view::Choice> {
    vec![
        choice("", "Choose", chosen),
        choice("dismissed", "Dismissed: it stays as it was decided", chosen),
        choice("upheld", "Upheld: the partner was right; the app's status stays as it is", chosen),
        choice("reinstated", "Upheld, and the app is active again", chosen),
    ]
}

fn step_form(
    console: &Console,
    staff: &Staff,
    (no, step): (CaseNo, Step),
    given: &Fields,
    wrong: String,
) -> Response {
    let form = |title: &str| {
        let at = format!("/staff/cases/{no}");
        let action = format!("{at}/{}", step.word());
        blank(console, staff, (title, "/staff/cases"), (at, "Case"), action)
    };
    let page = match step {
        Step::Note => FormPage {
            fields: vec![
                note_field("Note", "Kept apart from the log, which holds only its digest.", given),
                checks(
                    "shown",
                    "Who reads it beside staff",
                    vec![choice("yes", "The partner reads it, too", given.text("shown"))],
                ),
                hinted(
                    "Number of its entry in the log. Staff alone read it. Empty: none.",
                    field(
                        "attached",
                        "A further report or finding",
                        Input::MaybeText,
                        given.text("attached"),
                    ),
                ),
            ],
            submit: "Add the note",
            ..form(&format!("Add a note to case {no}"))
        },
        Step::Decide => FormPage {
            intro: "The partner is told, reads reason and note, and may appeal once unless the case was unfounded.".to_owned(),
            fields: vec![
                select("outcome", "How it is decided", outcomes(given.text("outcome"))),
                note_field("Why", "The partner reads it.", given),
            ],
            reasons: reason_choices(given),
            severities: choices_of_severity(given),
            submit: "Decide the case",
            ..form(&format!("Decide case {no}"))
        },
        Step::Appeal => FormPage {
            intro: "The partner is told, and reads the note.".to_owned(),
            fields: vec![
                select("verdict", "How it is decided", verdicts(given.text("verdict"))),
                note_field("Why", "The partner reads it.", given),
            ],
            reasons: reason_choices(given),
            severities: choices_of_severity(given),
            submit: "Decide the appeal",
            ..form(&format!("Decide the appeal in case {no}"))
        },
    };
    shown(&FormPage { wrong, ..page })
}

/// `GET /staff/cases/{case}/{step}`
pub(crate) async fn ask(
    State(console): State<Arc<Console>>,
    Path((case, step)): Path<(String, String)>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let step = Step::parse(&step)?;
    let (no, _) = found(&console, &staff, &case)?;
    Ok(step_form(&console, &staff, (no, step), &query, String::new()))
}

/// `POST /staff/cases/{case}/{step}`
pub(crate) async fn go_on(
    State(console): State<Arc<Console>>,
    Path((case, step)): Path<(String, String)>,
    form: StaffForm,
) -> Answer {
    let step = Step::parse(&step)?;
    let (no, _) = found(&console, &form.staff, &case)?;
    let done = match step {
        Step::Note => noted(&console, &form, no).await?,
        Step::Decide => decided(&console, &form, no).await?,
        Step::Appeal => appeal_decided(&console, &form, no).await?,
    };
    Ok(match done {
        Ok(()) => redirect(&format!("/staff/cases/{no}?done=done")),
        Err(wrong) => step_form(&console, &form.staff, (no, step), &form.fields, wrong),
    })
}

type Went = Result<Result<(), String>, Halt>;

fn words(form: &StaffForm) -> Said {
    said(&form.staff, &form.fields, false).unwrap_or_else(|_| Said::by(form.staff.actor()))
}

/// The entry that a note is to attach, or what is wrong with its number.
fn attached(console: &Console, text: &str) -> Result<Result<Option<Attached>, String>, Halt> {
    if text.is_empty() {
        return Ok(Ok(None));
    }
    let at = text.parse().map(Position).ok();
    let stored = at.map(|at| console.store().entry(at)).transpose()?.flatten();
    let leaf = stored.and_then(|stored| Some((stored.position, stored.read_leaf().ok()?)));
    let found = leaf.map(|(at, leaf)| Some(Attached::of(at, &leaf)));
    Ok(found.ok_or_else(|| "No entry of the log has this number.".to_owned()))
}

async fn noted(console: &Console, form: &StaffForm, case: CaseNo) -> Went {
    if form.fields.text("note").is_empty() {
        return Ok(Err("Write the note.".to_owned()));
    }
    let attached = match attached(console, form.fields.text("attached"))? {
        Ok(attached) => attached,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let readers = match form.fields.text("shown") {
        "yes" => Readers::PartnerToo,
        _ => Readers::Staff,
    };
    run(console, form, (Urgency::Ordinary, words(form)), move |state, env, said| {
        flow::note_case(state, env, said, NewNote { case, readers, attached })
    })
    .await
}

async fn decided(console: &Console, form: &StaffForm, no: CaseNo) -> Went {
    let Some(outcome) = CaseOutcome::from_word(form.fields.text("outcome")) else {
        return Ok(Err("Choose how the case is decided.".to_owned()));
    };
    if form.fields.text("note").is_empty() {
        return Ok(Err("Say why: the partner reads it.".to_owned()));
    }
    let takes_away = matches!(outcome, CaseOutcome::Suspended | CaseOutcome::Removed);
    let said = match said(&form.staff, &form.fields, takes_away) {
        Ok(said) => said,
        Err(missing) => return Ok(Err(missing.to_owned())),
    };
    run(console, form, (Urgency::Ending, said), move |state, env, said| {
        flow::close_case(state, env, said, no, outcome)
    })
    .await
}

async fn appeal_decided(console: &Console, form: &StaffForm, no: CaseNo) -> Went {
    let verdict = match form.fields.text("verdict") {
        "dismissed" => Verdict::Rejected,
        "upheld" => Verdict::Upheld,
        "reinstated" => Verdict::UpheldAndReinstated,
        _ => return Ok(Err("Choose how the appeal is decided.".to_owned())),
    };
    if form.fields.text("note").is_empty() {
        return Ok(Err("Say why: the partner reads it.".to_owned()));
    }
    run(console, form, (Urgency::Ordinary, words(form)), move |state, env, said| {
        flow::decide_appeal(state, env, said, no, verdict)
    })
    .await
}

fn new_form(console: &Console, staff: &Staff, given: &Fields, wrong: String) -> Response {
    let kinds = CaseKind::ALL.iter();
    let kinds = kinds.map(|kind| choice(kind.word(), kind_text(*kind), given.text("kind")));
    let here = ("Open a case", "/staff/cases");
    let back = ("/staff/cases".to_owned(), "Cases");
    shown(&FormPage {
        wrong,
        intro: "The partner is told that there is a case, with its reason and how grave it is."
            .to_owned(),
        fields: vec![
            hinted(
                "Its id, such as app_3.",
                field("app", "About which app", Input::Text, given.text("app")),
            ),
            select("kind", "What it begins with", kinds.collect()),
            hinted(
                "Number of its entry in the log. Empty for an inquiry.",
                field(
                    "begins_with",
                    "Which report or finding",
                    Input::MaybeText,
                    given.text("begins_with"),
                ),
            ),
        ],
        reasons: reason_choices(given),
        severities: choices_of_severity(given),
        note: Some(given.text("note").to_owned()),
        submit: "Open the case",
        ..blank(console, staff, here, back, "/staff/cases/new".to_owned())
    })
}

/// `GET /staff/cases/new`
pub(crate) async fn new(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    staff.may(&console, Act::Review)?;
    Ok(new_form(&console, &staff, &query, String::new()))
}

/// The case that was asked for, or what is wrong with it.
fn wished(console: &Console, fields: &Fields) -> Result<Result<NewCase, String>, Halt> {
    let store = console.store();
    let app: Option<AppNo> = fields.text("app").parse().ok();
    let Some(app) = app.filter(|app| store.state().app(*app).is_some()) else {
        return Ok(Err("There is no app of this id; an id is like app_3.".to_owned()));
    };
    let Some(kind) = CaseKind::from_word(fields.text("kind")) else {
        return Ok(Err("Choose what the case begins with.".to_owned()));
    };
    let begins_with = match (kind, fields.text("begins_with")) {
        (CaseKind::Inquiry, "") => None,
        (CaseKind::Inquiry, _) => {
            return Ok(Err("An inquiry begins with no entry: leave the number empty.".to_owned()));
        }
        (CaseKind::Report | CaseKind::Finding, text) => {
            let at = text.parse().map(Position).ok();
            match at.map(|at| store.begins_case(kind, app, at).map(|is| is.then_some(at))) {
                Some(told) => match told? {
                    Some(at) => Some(at),
                    None => return Ok(Err(no_beginning(kind))),
                },
                None => return Ok(Err(no_beginning(kind))),
            }
        }
    };
    Ok(Ok(NewCase { app, kind, begins_with }))
}

fn no_beginning(kind: CaseKind) -> String {
    let what = match kind {
        CaseKind::Report => "report by a person",
        CaseKind::Finding | CaseKind::Inquiry => "finding",
    };
    format!("No {what} about this app stands at this entry of the log.")
}

/// `POST /staff/cases/new`
pub(crate) async fn open(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    form.staff.may(&console, Act::Review)?;
    let again = |wrong| Ok(new_form(&console, &form.staff, &form.fields, wrong));
    let new = match wished(&console, &form.fields)? {
        Ok(new) => new,
        Err(wrong) => return again(wrong),
    };
    let made = run(&console, &form, (Urgency::Ordinary, words(&form)), move |state, env, said| {
        flow::open_case(state, env, said, new)
    });
    match made.await? {
        Ok(no) => Ok(redirect(&format!("/staff/cases/{no}?done=made"))),
        Err(wrong) => again(wrong),
    }
}
