//! Programs, and cut-offs.

use super::said::{Because, NewStatus, status};
use crate::api::Api;
use crate::input::{Asked, id, invalid};
use crate::reply::{self, Answer};
use crate::view::Page;
use consent::State;
use edge::Problem;
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
    /// `draft`, `live`, `restricted` or `closed`.
    status: &'static str,
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

pub(super) async fn list(api: Api, _: Asked) -> Answer {
    let state = api.store().state();
    let items = state.programs().map(|(no, found)| ProgramView {
        program: no.to_string(),
        name: found.name.clone(),
        status: found.status.word(),
    });
    reply::ok(&Page { items: items.collect(), next: None })
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
    let state = api.store().state();
    let found = state
        .program(no)
        .ok_or_else(|| Problem::new(404, "not-found", "there is no program of this number"))?;
    reply::ok(&ProgramView {
        program: no.to_string(),
        name: found.name.clone(),
        status: found.status.word(),
    })
}

pub(super) async fn set_status(api: Api, asked: Asked) -> Answer {
    let no = number(&api, &asked)?;
    let wish: NewStatus = asked.json()?;
    let said = wish.because.said(asked.staff()?)?;
    let to = status(&wish.status, ProgramStatus::from_word)?;
    let urgency = if to == ProgramStatus::Live { Urgency::Ordinary } else { Urgency::Ending };
    let flow = move |state: &State, _: &dyn Lookup, env: &Env| {
        flows::staff::set_program_status(state, env, &said, no, to)
    };
    let done = api.commit(&asked, urgency, flow).await?;
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
