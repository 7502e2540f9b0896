//! Programs, and cut-offs.

use super::said::{Because, Ending, status};
use crate::api::{Api, unreadable};
use crate::entry;
use crate::input::{Asked, id, instant, invalid};
use crate::refusal::Refused;
use crate::reply::{self, Answer};
use crate::view::{self, Page};
use consent::State;
use edge::Problem;
use flows::staff::{NewException, Stage};
use ledger::CutOffSubject;
use model::{Env, ProgramNo, ProgramStatus};
use sequence::Lookup;
use serde::{Deserialize, Serialize};
use store::Urgency;
use utoipa::ToSchema;

/// A program.
#[derive(Serialize, ToSchema)]
pub(super) struct ProgramView {
    program: String,
    /// Name in the catalog.
    name: String,
    /// `draft`, `experimental`, `live`, `restricted` or `closed`.
    status: &'static str,
    /// End of an experiment, exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// How many people an experiment may reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<u32>,
    /// How many people are in the experiment, where their number is limited.
    #[serde(skip_serializing_if = "Option::is_none")]
    people: Option<usize>,
    /// Apps that go on although it is closed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exceptions: Vec<ExceptionView>,
}

/// An app that goes on in a closed program.
#[derive(Serialize, ToSchema)]
struct ExceptionView {
    app: String,
    /// End, exclusive.
    until: Option<String>,
    /// What the people concerned read.
    reason: Option<String>,
    /// Who approved it.
    approved_by: Option<String>,
}

/// Where a program goes next.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewStage {
    /// `experimental`, `live`, `restricted` or `closed`.
    status: String,
    /// When an experiment ends, exclusive, such as `2027-01-31T00:00:00Z`.
    until: Option<String>,
    /// How many people an experiment may reach; as many as come unless said.
    cap: Option<u32>,
    /// Apps that go on in a program that is closed. Only now: none can be named once it is closed.
    #[serde(default)]
    exceptions: Vec<ExceptionWish>,
    #[serde(default)]
    because: Because,
}

/// An app that is to go on in a closed program.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExceptionWish {
    app: String,
    /// End, exclusive.
    until: String,
    /// Why; every person concerned reads it.
    reason: String,
}

/// Whose tokens are to die.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCutOff {
    /// `platform`, or the number of a partner, app, installation, group, person, grant or credential.
    subject: String,
    /// With a person: only in this app.
    app: Option<String>,
    #[serde(default)]
    because: Because,
}

/// A program with what staff said of its exceptions.
fn view(api: &Api, no: ProgramNo) -> Result<Option<ProgramView>, Problem> {
    let found = api.store().state().program(no).cloned();
    let Some(found) = found else { return Ok(None) };
    let mut exceptions = Vec::new();
    for (app, until) in &found.exceptions {
        let made = api.store().exception(no, *app).map_err(unreadable)?;
        let note = made.as_ref().and_then(|made| made.why.note);
        let note = note.map(|digest| api.store().note(&digest)).transpose().map_err(unreadable)?;
        exceptions.push(ExceptionView {
            app: app.to_string(),
            until: view::instant(*until),
            reason: note.flatten(),
            approved_by: made.map(|made| entry::actor(made.why.by)),
        });
    }
    Ok(Some(ProgramView {
        program: no.to_string(),
        name: found.name.clone(),
        status: found.status.word(),
        until: found.until.and_then(view::instant),
        cap: found.cap,
        people: found.cap.map(|cap| found.people().min(cap as usize)),
        exceptions,
    }))
}

pub(super) async fn list(api: Api, _: Asked) -> Answer {
    let numbers: Vec<_> = api.store().state().programs().map(|(no, _)| no).collect();
    let items: Result<Vec<_>, Problem> =
        numbers.into_iter().filter_map(|no| view(&api, no).transpose()).collect();
    reply::ok(&Page { items: items?, next: None })
}

/// By number or by name.
fn number(api: &Api, asked: &Asked) -> Result<ProgramNo, Problem> {
    if let Ok(no) = asked.number::<ProgramNo>("program") {
        return Ok(no);
    }
    let name: String = asked.number("program")?;
    let found = api.store().state().program_named(&name);
    found.ok_or_else(|| Problem::new(404, "not-found", "there is no program of this name"))
}

pub(super) async fn show(api: Api, asked: Asked) -> Answer {
    let no = number(&api, &asked)?;
    let found = view(&api, no)?;
    reply::ok(
        &found
            .ok_or_else(|| Problem::new(404, "not-found", "there is no program of this number"))?,
    )
}

pub(super) fn stage(wish: &NewStage) -> Result<Stage, Problem> {
    let to = status(&wish.status, ProgramStatus::from_word)?;
    let is_experiment = to == ProgramStatus::Experimental;
    if !is_experiment && (wish.until.is_some() || wish.cap.is_some()) {
        return Err(invalid("until", "and `cap` go with an experiment only"));
    }
    if to != ProgramStatus::Closed && !wish.exceptions.is_empty() {
        return Err(invalid("exceptions", "are named when a program is closed, and only then"));
    }
    let until = wish.until.as_deref().map(|text| instant("until", text)).transpose()?;
    match (to, until) {
        (ProgramStatus::Experimental, Some(until)) => {
            Ok(Stage::Experiment { until, cap: wish.cap })
        }
        (ProgramStatus::Closed, _) => {
            let exceptions = wish.exceptions.iter().map(|one| {
                Ok(NewException {
                    app: id("exceptions", &one.app)?,
                    until: instant("exceptions", &one.until)?,
                    reason: one.reason.clone(),
                })
            });
            Ok(Stage::Closed { exceptions: exceptions.collect::<Result<_, Problem>>()? })
        }
        (other, _) => Stage::plain(other).map_err(Refused::problem),
    }
}

pub(super) async fn set_status(api: Api, asked: Asked) -> Answer {
    let no = number(&api, &asked)?;
    let wish: NewStage = asked.json()?;
    let stage = stage(&wish)?;
    let said = wish.because.said(asked.staff()?)?;
    let urgency = match stage {
        Stage::Live => Urgency::Ordinary,
        // An experiment may be given an earlier end or fewer places than it had.
        Stage::Experiment { .. } | Stage::Restricted | Stage::Closed { .. } => Urgency::Ending,
    };
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::move_program(state, env, &said, no, &stage)
    };
    let done = api.commit(&asked, urgency, flow).await?;
    reply::done(done.position)
}

pub(super) async fn end_exception(api: Api, asked: Asked) -> Answer {
    let no = number(&api, &asked)?;
    let app = asked.number("app")?;
    let ending: Ending = asked.json()?;
    let said = ending.because.said(asked.staff()?)?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::end_exception(state, env, &said, no, app)
    };
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    reply::done(done.position)
}

fn subject(text: &str, app: Option<&str>) -> Result<CutOffSubject, Problem> {
    let prefix = text.split('_').next().unwrap_or_default();
    if let Some(app) = app {
        return match prefix {
            "per" => Ok(CutOffSubject::PersonApp(id("subject", text)?, id("app", app)?)),
            _ => Err(invalid("app", "goes with a person only")),
        };
    }
    match prefix {
        "platform" if text == "platform" => Ok(CutOffSubject::Platform),
        "ptn" => Ok(CutOffSubject::Partner(id("subject", text)?)),
        "app" => Ok(CutOffSubject::App(id("subject", text)?)),
        "ins" => Ok(CutOffSubject::Installation(id("subject", text)?)),
        "ctx" => Ok(CutOffSubject::Context(id("subject", text)?)),
        "per" => Ok(CutOffSubject::Person(id("subject", text)?)),
        "grt" => Ok(CutOffSubject::Grant(id("subject", text)?)),
        "crd" => Ok(CutOffSubject::Credential(id("subject", text)?)),
        "key" => {
            let digits = text.strip_prefix("key_").unwrap_or_default();
            digits.parse().map(CutOffSubject::Key).map_err(|_| invalid("subject", "is no key"))
        }
        _ => Err(invalid("subject", "is no number of anything that has tokens")),
    }
}

pub(super) async fn cut_off(api: Api, asked: Asked) -> Answer {
    let wish: NewCutOff = asked.json()?;
    let said = wish.because.said(asked.staff()?)?;
    let subject = subject(&wish.subject, wish.app.as_deref())?;
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::cut_off(state, env, &said, subject)
    };
    let done = api.commit(&asked, Urgency::Ending, flow).await?;
    reply::done(done.position)
}
