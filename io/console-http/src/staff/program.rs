//! One program: how it stands, the exceptions of a closed one, and the forms that move it on.

use super::act::{Affected, affected_by_closing, choices_of_severity, reason_choices, said};
use super::agreements::program_title;
use super::cut_off::actor;
use super::forms::{blank, field, hinted, maybe_date, run, short, shown};
use super::programs::{meaning, tone};
use super::view::{ActLink, Cell, Choice, DetailPage, FormPage, Input, Row, Section};
use crate::dates;
use crate::form::Fields;
use crate::names;
use crate::page::{Answer, Halt, page, page_with, redirect};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Query, Staff, StaffForm};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use consent::Program;
use flows::Said;
use flows::staff::{EXCEPTIONS_MAX, NewException, Stage, move_program};
use http::StatusCode;
use model::{AppNo, ProgramNo, ProgramStatus, Timestamp};
use sequence::StoreError;
use std::sync::Arc;
use store::{Store, Urgency};

/// Empty rows that are shown beyond those filled in.
const MORE: usize = 2;

/// An exception as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ExceptionRow {
    pub(crate) app: String,
    pub(crate) until: String,
    pub(crate) reason: String,
}

#[derive(Template)]
#[template(path = "staff_close.html")]
pub(crate) struct ClosePage {
    pub(crate) shell: Shell,
    pub(crate) wrong: String,
    pub(crate) program: String,
    pub(crate) name: String,
    pub(crate) affected: Vec<Affected>,
    pub(crate) exceptions: Vec<ExceptionRow>,
    pub(crate) reasons: Vec<Choice>,
    pub(crate) severities: Vec<Choice>,
    pub(crate) note: String,
}

fn found(console: &Console, program: &str) -> Result<(ProgramNo, Program), Halt> {
    let no: ProgramNo = program.parse().map_err(|_| Halt::NotFound)?;
    let found = console.store().state().program(no).cloned().ok_or(Halt::NotFound)?;
    Ok((no, found))
}

/// It was an experiment, and its end has come.
fn is_over(store: &Store, program: &Program) -> bool {
    program.until.is_some_and(|until| until <= store.now())
}

fn exception_rows(store: &Store, no: ProgramNo, program: &Program) -> Result<Vec<Row>, StoreError> {
    let row = |(app, until): (&AppNo, &model::Timestamp)| {
        let made = store.exception(no, *app)?;
        let by = made.as_ref().map(|made| actor(store, made.why.by)).unwrap_or_default();
        let note = made.and_then(|made| made.why.note);
        let note = note.map(|digest| store.note(&digest)).transpose()?.flatten();
        let is_over = *until <= store.now();
        Ok(Row {
            href: if is_over {
                String::new()
            } else {
                // A plus would be read as a space.
                format!("/staff/act?do=end-exception&on={no}%2B{app}")
            },
            title: names::app(store, *app),
            cells: vec![
                if is_over { Cell::status("over", "off") } else { Cell::status("goes on", "warn") },
                Cell::plain("Until", dates::minute(*until)),
                Cell::plain("Approved by", by),
                Cell::plain("Because", note.unwrap_or_default()),
            ],
        })
    };
    program.exceptions.iter().map(row).collect()
}

fn acts(no: ProgramNo, program: &Program, is_over: bool) -> Vec<ActLink> {
    let to = |status: ProgramStatus| format!("/staff/act?do=program-status&on={no}&to={status}");
    let begin = ActLink {
        href: format!("/staff/programs/{no}/experiment"),
        label: "Open as an experiment…",
        text: "It ends by itself at an instant, and can be limited to so many people.",
    };
    let change = ActLink {
        href: format!("/staff/programs/{no}/experiment"),
        label: "Change the experiment…",
        text: "Another end, or another number of people.",
    };
    let open = ActLink {
        href: to(ProgramStatus::Live),
        label: "Open…",
        text: "For every app with an agreement, without an end.",
    };
    let restrict = ActLink {
        href: to(ProgramStatus::Restricted),
        label: "Restrict…",
        text: "What exists goes on; nothing new begins.",
    };
    let close = ActLink {
        href: format!("/staff/programs/{no}/close"),
        label: "Close…",
        text: "Every access through it ends, for good, except for apps that you name with it.",
    };
    let watch = ActLink {
        href: format!("/staff/watched/program/{no}"),
        label: "Only watch another stage…",
        text: "It decides nothing: you see what it would have withheld from then on.",
    };
    match program.status {
        ProgramStatus::Draft => vec![begin, open, close],
        // What ended with it stays so: nothing else can come next.
        ProgramStatus::Experimental if is_over => vec![close],
        ProgramStatus::Experimental => vec![change, open, restrict, close, watch],
        ProgramStatus::Live => vec![restrict, close, watch],
        ProgramStatus::Restricted => vec![open, close, watch],
        ProgramStatus::Closed => Vec::new(),
    }
}

/// `GET /staff/programs/{program}`
pub(crate) async fn program(
    State(console): State<Arc<Console>>,
    Path(program): Path<String>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let (no, found) = found(&console, &program)?;
    let store = console.store();
    let title = program_title(store, no);
    let mut facts = vec![("Name", found.name.clone()), ("Means", meaning(found.status).to_owned())];
    if let Some(until) = found.until {
        facts.push(("Ends", dates::minute(until)));
    }
    if let Some(cap) = found.cap {
        facts.push(("People", format!("{} of {cap}", found.people().min(cap as usize))));
    }
    let exceptions = Section {
        id: "exceptions",
        title: "Exceptions",
        columns: vec!["App", "Status", "Until", "Approved by", "Because"],
        rows: exception_rows(store, no, &found)?,
        make: (String::new(), ""),
    };
    Ok(page(&DetailPage {
        shell: staff.shell(&console, &title, "/staff/programs").noticing(Some(query.text("done"))),
        back: ("/staff/programs", "Programs"),
        status: found.status.word().to_owned(),
        tone: tone(found.status),
        facts,
        acts: acts(no, &found, is_over(store, &found)),
        sections: if found.status == ProgramStatus::Closed { vec![exceptions] } else { Vec::new() },
    }))
}

fn experiment_form(
    console: &Console,
    staff: &Staff,
    (no, standing): (ProgramNo, Option<Timestamp>),
    given: &Fields,
    wrong: String,
) -> Response {
    let unchanged = standing.map(|until| {
        let until = dates::minute(until);
        format!(" It ends on {until}, and keeps that instant while you leave its day as it is.")
    });
    let title = format!("Open {} as an experiment", program_title(console.store(), no));
    let back = (format!("/staff/programs/{no}"), "Program");
    let action = format!("/staff/programs/{no}/experiment");
    shown(&FormPage {
        wrong,
        intro: format!(
            "It holds on the next request. At its end every access through it ends by itself.{}",
            unchanged.unwrap_or_default()
        ),
        fields: vec![
            field("until", "Ends at the beginning of", Input::Date, given.text("until")),
            hinted(
                "How many people it may reach at most: the first who come. Empty: as many as come.",
                field("cap", "People at most", Input::MaybeText, given.text("cap")),
            ),
        ],
        note: Some(given.text("note").to_owned()),
        submit: "Open the experiment",
        ..blank(console, staff, (&title, "/staff/programs"), back, action)
    })
}

/// What the form begins with: the experiment as it is.
fn as_it_is(program: &Program) -> Fields {
    let until = program.until.map(dates::iso).unwrap_or_default();
    let cap = program.cap.map(|cap| cap.to_string()).unwrap_or_default();
    Fields::of_pairs([("until", until), ("cap", cap)])
}

/// `GET /staff/programs/{program}/experiment`
pub(crate) async fn ask_experiment(
    State(console): State<Arc<Console>>,
    Path(program): Path<String>,
    staff: Staff,
) -> Answer {
    let (no, found) = found(&console, &program)?;
    let fields = as_it_is(&found);
    Ok(experiment_form(&console, &staff, (no, found.until), &fields, String::new()))
}

/// What was asked for. The form knows days; an end that stands on the day it names is left at its instant, for what ends
/// with an experiment stays ended.
fn experiment(fields: &Fields, standing: Option<Timestamp>) -> Result<Stage, String> {
    let until = maybe_date(fields, "until")?;
    let until = until.ok_or_else(|| "Say when the experiment ends.".to_owned())?;
    let same_day = standing.filter(|standing| dates::iso(*standing) == dates::iso(until));
    let until = same_day.unwrap_or(until);
    let cap = match fields.text("cap") {
        "" => None,
        text => Some(text.parse().map_err(|_| {
            format!("“{}” is no number of people: write digits, or nothing.", short(text))
        })?),
    };
    Ok(Stage::Experiment { until, cap })
}

/// `POST /staff/programs/{program}/experiment`
pub(crate) async fn begin_experiment(
    State(console): State<Arc<Console>>,
    Path(program): Path<String>,
    form: StaffForm,
) -> Answer {
    let (no, Program { until: standing, .. }) = found(&console, &program)?;
    let at = (no, standing);
    let again = |wrong| Ok(experiment_form(&console, &form.staff, at, &form.fields, wrong));
    let stage = match experiment(&form.fields, standing) {
        Ok(stage) => stage,
        Err(wrong) => return again(wrong),
    };
    let said =
        said(&form.staff, &form.fields, false).unwrap_or_else(|_| Said::by(form.staff.actor()));
    let done = run(&console, &form, (Urgency::Ending, said), move |state, env, said| {
        move_program(state, env, said, no, &stage)
    });
    match done.await? {
        Ok(()) => Ok(redirect(&format!("/staff/programs/{no}?done=done"))),
        Err(wrong) => again(wrong),
    }
}

/// The exceptions that were typed, rows that are empty left out.
fn typed(fields: &Fields) -> Vec<ExceptionRow> {
    let all = |name: &'static str| fields.all(name).map(str::trim).map(str::to_owned);
    let rows = all("except-app").zip(all("except-until")).zip(all("except-reason"));
    let rows = rows.map(|((app, until), reason)| ExceptionRow { app, until, reason });
    rows.filter(|row| *row != ExceptionRow::default()).take(EXCEPTIONS_MAX).collect()
}

fn exceptions(console: &Console, rows: &[ExceptionRow]) -> Result<Vec<NewException>, String> {
    let read = |(index, row): (usize, &ExceptionRow)| {
        let nth = index + 1;
        let app: Option<AppNo> = row.app.parse().ok();
        let app = app.filter(|app| console.store().state().app(*app).is_some());
        let app = app.ok_or_else(|| {
            format!("Exception {nth}: there is no app “{}”; an id is like app_3.", short(&row.app))
        })?;
        let until = dates::parse(&row.until).filter(|until| *until > console.store().now());
        let until =
            until.ok_or_else(|| format!("Exception {nth}: choose an end in the future."))?;
        if row.reason.is_empty() {
            return Err(format!(
                "Exception {nth}: say why; every person concerned reads the reason."
            ));
        }
        Ok(NewException { app, until, reason: row.reason.clone() })
    };
    rows.iter().enumerate().map(read).collect()
}

async fn close_form(
    console: &Console,
    staff: &Staff,
    (no, program): (ProgramNo, &Program),
    fields: &Fields,
    wrong: String,
) -> Answer {
    let name = program_title(console.store(), no);
    let exceptions = if is_over(console.store(), program) {
        // It ended for every app: none can be excepted.
        Vec::new()
    } else {
        let mut exceptions = typed(fields);
        let shown = (exceptions.len() + MORE).min(EXCEPTIONS_MAX);
        exceptions.resize(shown, ExceptionRow::default());
        exceptions
    };
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = ClosePage {
        shell: staff.shell(console, &format!("Close {name}?"), "/staff/programs").narrow(),
        wrong,
        program: no.to_string(),
        name,
        affected: affected_by_closing(console, no).await?,
        exceptions,
        reasons: reason_choices(fields),
        severities: choices_of_severity(fields),
        note: fields.text("note").to_owned(),
    };
    Ok(page_with(status, &page, None))
}

/// `GET /staff/programs/{program}/close`
pub(crate) async fn ask_close(
    State(console): State<Arc<Console>>,
    Path(program): Path<String>,
    staff: Staff,
) -> Answer {
    let (no, found) = found(&console, &program)?;
    close_form(&console, &staff, (no, &found), &Fields::default(), String::new()).await
}

/// `POST /staff/programs/{program}/close`
pub(crate) async fn close(
    State(console): State<Arc<Console>>,
    Path(program): Path<String>,
    form: StaffForm,
) -> Answer {
    let (no, found) = found(&console, &program)?;
    let at = (no, &found);
    let again = |wrong| close_form(&console, &form.staff, at, &form.fields, wrong);
    if form.fields.text("step") == "more" {
        return again(String::new()).await;
    }
    let exceptions = match exceptions(&console, &typed(&form.fields)) {
        Ok(exceptions) => exceptions,
        Err(wrong) => return again(wrong).await,
    };
    let said = match said(&form.staff, &form.fields, true) {
        Ok(said) => said,
        Err(missing) => return again(missing.to_owned()).await,
    };
    let stage = Stage::Closed { exceptions };
    let done = run(&console, &form, (Urgency::Ending, said), move |state, env, said| {
        move_program(state, env, said, no, &stage)
    });
    match done.await? {
        Ok(()) => Ok(redirect(&format!("/staff/programs/{no}?done=done"))),
        Err(wrong) => again(wrong).await,
    }
}
