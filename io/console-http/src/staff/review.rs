//! Reviews of apps: what may be seen of whom beyond testers, and who tests the rest.

use super::act::said;
use super::forms::{blank, checks, field, hinted, run, shown};
use super::view::{FormPage, Input, Row, Section};
use crate::classes;
use crate::form::Fields;
use crate::names;
use crate::page::{Answer, Halt, redirect};
use crate::parts::Console;
use crate::visitor::{Query, Staff, StaffForm};
use axum::extract::{Path, State};
use axum::response::Response;
use consent::App;
use flows::Said;
use flows::staff::{self as flow, TESTERS_MAX};
use model::{AppNo, ClassMask, PersonNo};
use std::sync::Arc;
use store::{Store, Urgency};

/// A form about an app's review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Pass,
    Withdraw,
    Tester,
}

impl Step {
    fn parse(word: &str) -> Result<Self, Halt> {
        match word {
            "pass" => Ok(Self::Pass),
            "withdraw" => Ok(Self::Withdraw),
            "tester" => Ok(Self::Tester),
            _ => Err(Halt::NotFound),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Withdraw => "withdraw",
            Self::Tester => "tester",
        }
    }
}

/// What agreements of now give an app that is not reviewed: it sees that of testers and in sandboxes alone.
fn waiting(store: &Store, app: &App) -> ClassMask {
    let (state, now) = (store.state(), store.now());
    let agreements = app.agreements.iter().filter_map(|no| state.agreement(*no));
    let agreed = agreements
        .filter(|agreement| agreement.is_standing(now))
        .fold(ClassMask::NONE, |all, agreement| all | agreement.classes);
    agreed.without(app.reviewed())
}

/// What an app's page says of its review.
pub(super) fn facts(store: &Store, app: &App) -> [(&'static str, String); 2] {
    let reviewed = app.reviewed();
    let text = if reviewed == ClassMask::ALL {
        "everything, also what later catalogs add".to_owned()
    } else {
        classes::titles(&store.state(), reviewed)
    };
    let waiting = waiting(store, app);
    [("Reviewed", text), ("Waits for review", classes::titles(&store.state(), waiting))]
}

/// The testers on an app's page.
pub(super) fn testers(no: AppNo, app: &App) -> Section {
    let all = app.review.iter().flat_map(|review| &review.testers);
    let row = |person: &PersonNo| Row {
        // A plus would be read as a space.
        href: format!("/staff/act?do=remove-tester&on={no}%2B{person}"),
        title: person.to_string(),
        cells: Vec::new(),
    };
    Section {
        id: "testers",
        title: "Testers",
        columns: vec!["Person"],
        rows: all.map(row).collect(),
        make: (format!("/staff/apps/{no}/review/tester"), "Add a tester"),
    }
}

fn form(
    console: &Console,
    staff: &Staff,
    (no, step): (AppNo, Step),
    given: &Fields,
    wrong: String,
) -> Result<Response, Halt> {
    let store = console.store();
    let app = store.state().app(no).cloned().ok_or(Halt::NotFound)?;
    let name = names::app(store, no);
    let base = |title: &str| {
        let action = format!("/staff/apps/{no}/review/{}", step.word());
        let back = (format!("/staff/apps/{no}"), "App");
        FormPage {
            note: Some(given.text("note").to_owned()),
            ..blank(console, staff, (title, "/staff/apps"), back, action)
        }
    };
    let class_choices = |of: ClassMask| {
        let state = store.state();
        let lines = classes::lines(&state, of, classes::chosen(&state, given));
        super::make::as_choices(lines)
    };
    let page = match step {
        Step::Pass => FormPage {
            intro: "The app may see these beyond its testers, from the next request on, as far as agreements, admins and people allow it.".to_owned(),
            fields: vec![checks(
                "class",
                "What you reviewed",
                class_choices(ClassMask::ALL.without(app.reviewed())),
            )],
            submit: "Enter the review",
            ..base(&format!("Review {name}"))
        },
        Step::Withdraw => FormPage {
            intro: "The app sees these of testers and in sandboxes alone, from the next request on.".to_owned(),
            fields: vec![checks(
                "class",
                "What is reviewed no more",
                class_choices(app.reviewed()),
            )],
            submit: "Withdraw the review",
            ..base(&format!("Withdraw the review of {name}"))
        },
        Step::Tester => FormPage {
            intro: format!("The app sees of them what is not reviewed yet, as far as they allow it. An app has at most {TESTERS_MAX} testers."),
            fields: vec![hinted(
                "Their number, such as per_7: it stands in the log, and is told by who looks somebody up.",
                field("person", "Who", Input::Text, given.text("person")),
            )],
            submit: "Add the tester",
            ..base(&format!("Add a tester of {name}"))
        },
    };
    Ok(shown(&FormPage { wrong, ..page }))
}

/// `GET /staff/apps/{app}/review/{step}`
pub(crate) async fn ask(
    State(console): State<Arc<Console>>,
    Path((app, step)): Path<(String, String)>,
    Query(query): Query,
    staff: Staff,
) -> Answer {
    let no: AppNo = app.parse().map_err(|_| Halt::NotFound)?;
    form(&console, &staff, (no, Step::parse(&step)?), &query, String::new())
}

/// `POST /staff/apps/{app}/review/{step}`
pub(crate) async fn change(
    State(console): State<Arc<Console>>,
    Path((app, step)): Path<(String, String)>,
    sent: StaffForm,
) -> Answer {
    let no: AppNo = app.parse().map_err(|_| Halt::NotFound)?;
    let step = Step::parse(&step)?;
    let done = match step {
        Step::Pass | Step::Withdraw => reviewed(&console, &sent, (no, step)).await?,
        Step::Tester => tester(&console, &sent, no).await?,
    };
    match done {
        Ok(()) => Ok(redirect(&format!("/staff/apps/{no}?done=done"))),
        Err(wrong) => form(&console, &sent.staff, (no, step), &sent.fields, wrong),
    }
}

fn words(form: &StaffForm) -> Said {
    said(&form.staff, &form.fields, false).unwrap_or_else(|_| Said::by(form.staff.actor()))
}

async fn reviewed(
    console: &Console,
    form: &StaffForm,
    (no, step): (AppNo, Step),
) -> Result<Result<(), String>, Halt> {
    let (ticked, everything) = {
        let state = console.store().state();
        let known = classes::lines(&state, ClassMask::ALL, ClassMask::NONE);
        let ticked = classes::chosen(&state, &form.fields);
        let names = known.iter().map(|line| line.name.as_str());
        (ticked, classes::of_names(&state, names))
    };
    if ticked.is_empty() {
        return Ok(Err("Tick at least one class.".to_owned()));
    }
    if step == Step::Pass {
        let said = words(form);
        return run(console, form, (Urgency::Ordinary, said), move |state, env, said| {
            flow::pass_review(state, env, said, no, ticked)
        })
        .await;
    }
    // Nothing that later catalogs add stays reviewed where nothing of now does.
    let ticked = if ticked.covers(everything) { ClassMask::ALL } else { ticked };
    run(console, form, (Urgency::Ending, words(form)), move |state, env, said| {
        flow::withdraw_review(state, env, said, no, ticked)
    })
    .await
}

async fn tester(
    console: &Console,
    form: &StaffForm,
    no: AppNo,
) -> Result<Result<(), String>, Halt> {
    let Ok(person) = form.fields.text("person").parse::<PersonNo>() else {
        return Ok(Err("That is no person's number; it is like per_7.".to_owned()));
    };
    run(console, form, (Urgency::Ordinary, words(form)), move |state, env, said| {
        flow::add_tester(state, env, said, no, person)
    })
    .await
}
