//! The change that is watched before it is made: what it would have done so far, and the forms that begin to watch one.

use super::act::said;
use super::agreements::program_title;
use super::foreseen::{self, WatchedChange};
use super::forms::{
    blank, checks, choice, field, hinted, lines, maybe_date, or, run, select, shown,
};
use super::view::{Choice, FormPage, Input};
use crate::classes;
use crate::dates;
use crate::form::Fields;
use crate::page::{Answer, Halt, page, redirect};
use crate::parts::Console;
use crate::shell::Shell;
use crate::visitor::{Query, Staff, StaffForm};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use consent::Agreement;
use flows::Said;
use flows::staff::{NewAgreement, NewAudit, Refusal, Stage, Terms, audit_change, end_audit};
use model::{AgreementNo, ApiVersion, ClassMask, Env, Position, ProgramNo, ProgramStatus};
use std::sync::Arc;
use store::{Store, Urgency};

const HERE: &str = "/staff/policies";

#[derive(Template)]
#[template(path = "staff_watched.html")]
pub(crate) struct WatchedPage {
    pub(crate) shell: Shell,
    pub(crate) watched: Option<WatchedChange>,
}

/// `GET /staff/watched`
pub(crate) async fn watched(
    State(console): State<Arc<Console>>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let watched = foreseen::of_watched(&console).await;
    let shell = staff.shell(&console, "What is watched", HERE).noticing(Some(query.text("done")));
    Ok(page(&WatchedPage { shell, watched }))
}

/// `POST /staff/watched/end`
pub(crate) async fn end(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    let said = Said::by(form.staff.actor());
    let since = Position(form.fields.one("since")?);
    let flow =
        move |state: &consent::State, env: &Env, said: &Said| end_audit(state, env, said, since);
    let done = run(&console, &form, (Urgency::Ordinary, said), flow).await?;
    done.map_err(Halt::Refused)?;
    Ok(redirect("/staff/watched?done=unwatched"))
}

/// What a form is about.
#[derive(Clone)]
enum About {
    Catalog,
    Program(ProgramNo),
    Agreement(AgreementNo, Agreement),
}

impl About {
    /// The part of a path that says it, and what belongs to that.
    fn parse(store: &Store, kind: &str, number: &str) -> Result<Self, Halt> {
        match kind {
            "program" => {
                let no: ProgramNo = number.parse().map_err(|_| Halt::NotFound)?;
                store.state().program(no).ok_or(Halt::NotFound)?;
                Ok(Self::Program(no))
            }
            "agreement" => {
                let no: AgreementNo = number.parse().map_err(|_| Halt::NotFound)?;
                let found = store.state().agreement(no).cloned().ok_or(Halt::NotFound)?;
                Ok(Self::Agreement(no, found))
            }
            _ => Err(Halt::NotFound),
        }
    }

    fn action(&self) -> String {
        match self {
            Self::Catalog => "/staff/watched/catalog".to_owned(),
            Self::Program(no) => format!("/staff/watched/program/{no}"),
            Self::Agreement(no, _) => format!("/staff/watched/agreement/{no}"),
        }
    }

    fn form(&self, console: &Console, staff: &Staff, given: &Fields, wrong: String) -> Response {
        let store = console.store();
        let (title, back, fields) = match self {
            Self::Catalog => {
                let back = ("/staff/watched".to_owned(), "What is watched");
                ("Watch another catalog".to_owned(), back, catalog_fields(given))
            }
            Self::Program(no) => {
                let title = format!("Watch {} in another stage", program_title(store, *no));
                (title, (format!("/staff/programs/{no}"), "Program"), program_fields(given))
            }
            Self::Agreement(no, found) => {
                let title = format!("Watch a change of agreement {no}");
                let fields = agreement_fields(store, found, given);
                (title, (format!("/staff/agreements/{no}"), "Agreement"), fields)
            }
        };
        shown(&FormPage {
            wrong,
            intro: "It decides nothing. Every answer from now on is held against it, until what it is about is really changed."
                .to_owned(),
            fields,
            note: Some(given.text("note").to_owned()),
            submit: "Watch it",
            ..blank(console, staff, (&title, HERE), back, self.action())
        })
    }

    fn read(&self, console: &Console, fields: &Fields) -> Result<NewAudit, String> {
        match self {
            Self::Catalog => catalog(fields),
            Self::Program(no) => Ok(NewAudit::Program(*no, stage(fields)?)),
            Self::Agreement(no, found) => agreement(console.store(), (*no, found), fields),
        }
    }
}

/// `GET /staff/watched/catalog`
pub(crate) async fn ask_catalog(State(console): State<Arc<Console>>, staff: Staff) -> Answer {
    Ok(About::Catalog.form(&console, &staff, &Fields::default(), String::new()))
}

/// `POST /staff/watched/catalog`
pub(crate) async fn watch_catalog(State(console): State<Arc<Console>>, form: StaffForm) -> Answer {
    begin(&console, &form, &About::Catalog).await
}

/// `GET /staff/watched/{kind}/{number}`
pub(crate) async fn ask(
    State(console): State<Arc<Console>>,
    Path((kind, number)): Path<(String, String)>,
    staff: Staff,
) -> Answer {
    let about = About::parse(console.store(), &kind, &number)?;
    Ok(about.form(&console, &staff, &Fields::default(), String::new()))
}

/// `POST /staff/watched/{kind}/{number}`
pub(crate) async fn watch(
    State(console): State<Arc<Console>>,
    Path((kind, number)): Path<(String, String)>,
    form: StaffForm,
) -> Answer {
    let about = About::parse(console.store(), &kind, &number)?;
    begin(&console, &form, &about).await
}

async fn begin(console: &Console, form: &StaffForm, about: &About) -> Answer {
    let again = |wrong: String| Ok(about.form(console, &form.staff, &form.fields, wrong));
    let said = match said(&form.staff, &form.fields, false) {
        Ok(said) => said,
        Err(missing) => return again(missing.to_owned()),
    };
    let new = match about.read(console, &form.fields) {
        Ok(new) => new,
        Err(wrong) => return again(wrong),
    };
    let done = super::forms::attempt(console, form, (Urgency::Ordinary, said), {
        move |state, env, said| audit_change(state, env, said, &new)
    });
    match done.await? {
        Ok(()) => Ok(redirect("/staff/watched?done=watched")),
        Err(Refusal::Document(mistakes)) => {
            let first =
                mistakes.first().map(|(at, problem)| format!(" The first: {at}: {problem}."));
            again(format!(
                "The document has {} mistakes.{}",
                mistakes.len(),
                first.unwrap_or_default()
            ))
        }
        Err(refusal) => again(super::forms::refused(&refusal)),
    }
}

fn catalog_fields(given: &Fields) -> Vec<super::view::FieldLine> {
    vec![
        field("document", "Catalog (OpenAPI, JSON)", Input::Lines, given.text("document")),
        hinted(
            "One a line, such as 2026-11-01. What is not named would not be served any more.",
            field("keep", "Versions that would be served on", Input::Lines, given.text("keep")),
        ),
    ]
}

fn catalog(fields: &Fields) -> Result<NewAudit, String> {
    let keeps: Result<Vec<ApiVersion>, _> =
        lines(fields.text("keep")).iter().map(|line| line.parse()).collect();
    let keeps = keeps.map_err(|_| "Write versions like 2026-11-01, one a line.".to_owned())?;
    Ok(NewAudit::Catalog(fields.text("document").as_bytes().to_vec(), keeps))
}

fn program_fields(given: &Fields) -> Vec<super::view::FieldLine> {
    let status = or(given.text("status"), "restricted");
    let stages = [
        choice("restricted", "Restricted: what exists goes on", status),
        choice("closed", "Closed, without exceptions", status),
        choice("live", "Live", status),
        choice("experimental", "An experiment", status),
    ];
    vec![
        select("status", "Stage", stages.into()),
        hinted(
            "Of an experiment only.",
            field("until", "Ends at the beginning of", Input::MaybeDate, given.text("until")),
        ),
        hinted(
            "Of an experiment only. Empty: as many as come.",
            field("cap", "People at most", Input::MaybeText, given.text("cap")),
        ),
    ]
}

fn stage(fields: &Fields) -> Result<Stage, String> {
    let status = ProgramStatus::from_word(fields.text("status"));
    let status = status.ok_or_else(|| "Choose a stage.".to_owned())?;
    if status != ProgramStatus::Experimental {
        return Stage::plain(status).map_err(|refusal| super::forms::refused(&refusal));
    }
    let until = maybe_date(fields, "until")?;
    let until = until.ok_or_else(|| "Say when the experiment ends.".to_owned())?;
    let cap = match fields.text("cap") {
        "" => None,
        text => Some(text.parse().map_err(|_| "Write the number of people in digits.".to_owned())?),
    };
    Ok(Stage::Experiment { until, cap })
}

fn agreement_fields(
    store: &Store,
    found: &Agreement,
    given: &Fields,
) -> Vec<super::view::FieldLine> {
    let what = or(given.text("what"), "end");
    let whats = [
        choice("end", "Its early end", what),
        choice("terms", "Other terms in its place, as below", what),
    ];
    let state = store.state();
    let catalog = state.catalog().into_iter().flat_map(|catalog| &catalog.classes);
    let is_first = given.text("what").is_empty();
    let covered = catalog.map(|class| Choice {
        value: class.name.clone(),
        label: class.title.clone(),
        chosen: if is_first {
            found.classes.has(class.number)
        } else {
            given.all("class").any(|name| name == class.name)
        },
    });
    let covered = covered.collect();
    let until = dates::iso(found.until);
    vec![
        select("what", "What to watch", whats.into()),
        checks("class", "What it would cover", covered),
        field("until", "Until, exclusive", Input::Date, or(given.text("until"), &until)),
    ]
}

fn agreement(
    store: &Store,
    (no, found): (AgreementNo, &Agreement),
    fields: &Fields,
) -> Result<NewAudit, String> {
    if fields.text("what") != "terms" {
        return Ok(NewAudit::AgreementEnd(no));
    }
    let until = maybe_date(fields, "until")?;
    let classes = classes::chosen(&store.state(), fields);
    let new = NewAgreement {
        app: found.app,
        program: found.program,
        classes,
        required: ClassMask::NONE,
        purposes: found.purposes.clone(),
        from: found.from,
        // The form knows days: an end on the day that it has stays at its instant.
        until: until
            .filter(|until| dates::iso(*until) != dates::iso(found.until))
            .unwrap_or(found.until),
        terms: Terms::default(),
    };
    Ok(NewAudit::Agreement { wanted: new, replaces: Some(no), from_said: true })
}
