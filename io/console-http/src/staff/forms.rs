//! What forms of staff have in common: their fields, what of them is read, and a flow whose refusal shows the form again.

use super::view::{Choice, FieldLine, FormPage, Input};
use crate::dates;
use crate::form::Fields;
use crate::page::{Halt, page_with, sentence};
use crate::parts::Console;
use crate::visitor::{Staff, StaffForm};
use axum::response::Response;
use flows::Said;
use flows::staff::Refusal;
use http::StatusCode;
use model::{Env, Timestamp};
use sequence::{Commit, Lookup};
use store::Urgency;

pub(super) fn field(
    name: &'static str,
    label: &'static str,
    input: Input,
    value: &str,
) -> FieldLine {
    FieldLine {
        name,
        id: name.to_owned(),
        label,
        hint: "",
        input,
        value: value.to_owned(),
        choices: Vec::new(),
        wrong: String::new(),
        another: "",
    }
}

/// The same with a word of help.
pub(super) fn hinted(hint: &'static str, field: FieldLine) -> FieldLine {
    FieldLine { hint, ..field }
}

pub(super) fn select(name: &'static str, label: &'static str, choices: Vec<Choice>) -> FieldLine {
    FieldLine { choices, ..field(name, label, Input::Select, "") }
}

pub(super) fn checks(name: &'static str, label: &'static str, choices: Vec<Choice>) -> FieldLine {
    FieldLine { choices, ..field(name, label, Input::Checks, "") }
}

pub(super) fn choice(value: &str, label: impl Into<String>, chosen: &str) -> Choice {
    Choice { value: value.to_owned(), label: label.into(), chosen: value == chosen }
}

pub(super) fn or<'a>(value: &'a str, usual: &'a str) -> &'a str {
    if value.is_empty() { usual } else { value }
}

/// The lines of a field, without space around them.
pub(super) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// A date, if one was given.
///
/// # Errors
/// What was typed is none; the text says what to do.
pub(super) fn maybe_date(fields: &Fields, name: &str) -> Result<Option<Timestamp>, String> {
    match fields.text(name) {
        "" => Ok(None),
        text => match dates::parse(text) {
            Some(at) => Ok(Some(at)),
            None => Err(format!("“{}” is no date: write it like 2026-11-21.", short(text))),
        },
    }
}

/// What was typed, as far as it fits into a sentence.
pub(super) fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A refusal in words of the form.
pub(super) fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Invalid { field: "because.reason", .. } => "Choose a reason.".to_owned(),
        Refusal::Invalid { field: "because.severity", .. } => "Choose how grave it is.".to_owned(),
        Refusal::Invalid { field: "because.note", .. } => "Say why in the note.".to_owned(),
        other => sentence(&other.to_string().replace('`', "").replace('_', " ")),
    }
}

/// Shows a form; `wrong` says why it is shown again.
pub(super) fn shown(page: &FormPage) -> Response {
    let status =
        if page.wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page_with(status, page, None)
}

/// An empty form of this member of staff; the fields come with it.
pub(super) fn blank(
    console: &Console,
    staff: &Staff,
    (title, here): (&str, &str),
    (back, back_to): (String, &'static str),
    action: String,
) -> FormPage {
    FormPage {
        shell: staff.shell(console, title, here).narrow(),
        back: (back, back_to),
        wrong: String::new(),
        intro: String::new(),
        action,
        fields: Vec::new(),
        rows: None,
        reasons: Vec::new(),
        severities: Vec::new(),
        note: None,
        submit: "Save",
        is_ending: false,
    }
}

/// Runs a flow with what staff said; a refusal comes back in words, for the form that is shown again.
pub(super) async fn run<R: Send + 'static>(
    console: &Console,
    form: &StaffForm,
    wish: (Urgency, Said),
    flow: impl Fn(&consent::State, &Env, &Said) -> Result<Commit<R>, Refusal> + Send + 'static,
) -> Result<Result<R, String>, Halt> {
    let done = attempt(console, form, wish, flow).await?;
    Ok(done.map_err(|refusal| refused(&refusal)))
}

/// The same; the refusal itself comes back, for it may name the field that it is about.
pub(super) async fn attempt<R: Send + 'static>(
    console: &Console,
    form: &StaffForm,
    (urgency, said): (Urgency, Said),
    flow: impl Fn(&consent::State, &Env, &Said) -> Result<Commit<R>, Refusal> + Send + 'static,
) -> Result<Result<R, Refusal>, Halt> {
    let flow = move |state: &consent::State, _: &dyn Lookup, env: &Env, said: &Said| {
        flow(state, env, said)
    };
    attempt_with(console, form, (urgency, said), flow).await
}

/// The same for a flow that looks up what the state does not hold.
pub(super) async fn attempt_with<R: Send + 'static>(
    console: &Console,
    form: &StaffForm,
    (urgency, said): (Urgency, Said),
    flow: impl Fn(&consent::State, &dyn Lookup, &Env, &Said) -> Result<Commit<R>, Refusal>
    + Send
    + 'static,
) -> Result<Result<R, Refusal>, Halt> {
    let done = console
        .store()
        .commit(urgency, form.staff.own, move |state, lookup, env| flow(state, lookup, env, &said))
        .await?;
    Ok(done.map(|done| done.reply))
}

/// What a refusal says of one field, to stand beside it.
pub(super) fn problem(problem: &str) -> String {
    sentence(&problem.replace('`', ""))
}

/// Says in a form why a flow refused: beside the field that it names, by the id of that field here, or on top.
pub(super) fn blame(page: &mut FormPage, refusal: &Refusal, id: impl Fn(&'static str) -> String) {
    match refusal {
        Refusal::Invalid { field, problem: text } => {
            let id = id(field);
            if page.all_fields().any(|one| one.id == id) {
                page.blame(&id, problem(text));
            } else {
                page.wrong = refused(refusal);
            }
        }
        other => page.wrong = refused(other),
    }
}
