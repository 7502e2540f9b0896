//! Staff commands: the register of partners and apps, agreements, programs, rules, cut-offs, staff.
//!
//! All of them go through `/staff/v1`: of the running process, or of the same router over the directory opened here.

mod agreement;
mod app;
mod case;
mod cut_off;
mod member;
mod partner;
mod program;
mod review;
mod suspension;
mod usage;

pub(crate) use agreement::Agreement;
pub(crate) use app::App;
pub(crate) use case::Case;
pub(crate) use cut_off::CutOff;
pub(crate) use member::{Member, WhoIs};
pub(crate) use partner::Partner;
pub(crate) use program::{Program, Version};
pub(crate) use review::{Report, Review};
pub(crate) use suspension::Suspension;

use super::serve::runtime;
use super::{Globals, Outcome, Result};
use crate::control::{Answer, Staff};
use crate::output::Output;
use anyhow::Context;
use clap::Args;
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

/// Why: written to the log with the change.
#[derive(Debug, Args)]
pub(crate) struct Because {
    /// data-taken-improperly, not-anonymised, malware, terms, own-wish, incident or other.
    #[arg(long)]
    reason: Option<String>,
    /// low, medium or high.
    #[arg(long)]
    severity: Option<String>,
    /// Free text, kept apart from the log.
    #[arg(long)]
    note: Option<String>,
}

impl Because {
    /// Whether a reason is named.
    pub(crate) const fn has_reason(&self) -> bool {
        self.reason.is_some()
    }

    pub(crate) fn json(&self) -> Value {
        let mut out = Map::new();
        for (name, value) in
            [("reason", &self.reason), ("severity", &self.severity), ("note", &self.note)]
        {
            if let Some(value) = value {
                out.insert(name.to_owned(), value.as_str().into());
            }
        }
        Value::Object(out)
    }
}

/// What is asked of the staff API.
pub(crate) struct Wish {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Value>,
    /// Columns of a list.
    pub(super) columns: &'static [&'static str],
    /// How people read the answer, where not field by field.
    pub(super) told: Option<fn(&Value, Output) -> Result<()>>,
}

impl Wish {
    /// The same with one more thing said.
    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        if let Some(body) = self.body.as_mut().and_then(Value::as_object_mut) {
            body.insert(name.to_owned(), value);
        }
        self
    }
}

fn read(path: impl Into<String>) -> Wish {
    Wish { method: Method::GET, path: path.into(), body: None, columns: &[], told: None }
}

fn list(path: &str, columns: &'static [&'static str]) -> Wish {
    Wish { columns, ..read(path) }
}

/// A report, told to people in its own way.
pub(super) fn report(path: String, told: fn(&Value, Output) -> Result<()>) -> Wish {
    Wish { told: Some(told), ..read(path) }
}

pub(super) fn send(path: impl Into<String>, body: Value, because: &Because) -> Wish {
    let mut body = body;
    if let Some(body) = body.as_object_mut() {
        body.retain(|_, value| !value.is_null());
        body.insert("because".to_owned(), because.json());
    }
    Wish { method: Method::POST, path: path.into(), body: Some(body), columns: &[], told: None }
}

/// What is sent without a reason: it is one itself.
fn plain(path: impl Into<String>, body: Value) -> Wish {
    Wish { method: Method::POST, path: path.into(), body: Some(body), columns: &[], told: None }
}

fn status(kind: &str, of: &str, status: &str, because: &Because) -> Wish {
    send(format!("/{kind}/{of}/status"), json!({ "status": status }), because)
}

/// Activates a document of `/catalogs` or `/policies`.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn activation(path: &str, file: &PathBuf, because: &Because) -> Result<Wish> {
    let bytes =
        std::fs::read(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let document: Value = serde_json::from_slice(&bytes)
        .with_context(|| format!("`{}` is not JSON", file.display()))?;
    Ok(send(path, json!({ "document": document }), because))
}

/// Asks the staff API and shows the answer.
pub(crate) fn run(wish: impl Into<Wish>, globals: &Globals, output: Output) -> Result {
    let config = globals.load(Vec::new())?;
    let wish = wish.into();
    let answer = runtime()?.block_on(async {
        let staff = Staff::open(&config)?;
        let answer = staff.call(wish.method.clone(), &wish.path, wish.body.as_ref()).await?;
        if answer.status == StatusCode::ACCEPTED {
            return super::preview::follow(&staff, answer, output).await;
        }
        if wish.columns.is_empty() || !answer.status.is_success() {
            return Ok::<_, anyhow::Error>(answer);
        }
        all_pages(&staff, &wish, answer).await
    })?;
    show(&wish, &answer, output)
}

/// A list is shown whole.
async fn all_pages(staff: &Staff, wish: &Wish, first: Answer) -> Result<Answer> {
    let next = |answer: &Answer| answer.body.get("next").and_then(Value::as_str).map(str::to_owned);
    let items = |answer: &Answer| {
        answer.body.get("items").and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let (mut all, mut after, status) = (items(&first), next(&first), first.status);
    while let Some(from) = after {
        let path = format!("{}?limit=100&after={from}", wish.path);
        let page = staff.ask(Method::GET, &path, None).await?;
        all.extend(items(&page));
        after = next(&page);
    }
    Ok(Answer { status, position: None, body: json!({ "items": all }) })
}

fn show(wish: &Wish, answer: &Answer, output: Output) -> Result {
    if !answer.status.is_success() {
        return refused(answer, output);
    }
    if output.is_json() {
        let body = answer.body.get("items").unwrap_or(&answer.body);
        match answer.position {
            Some(position) => output.document(&json!({ "position": position, "result": body }))?,
            None => output.document(body)?,
        }
        return Ok(Outcome::Done);
    }
    if let Some(tell) = wish.told {
        tell(&answer.body, output)?;
        return Ok(Outcome::Done);
    }
    match (&answer.body, answer.body.get("items").and_then(Value::as_array)) {
        (_, Some(items)) => {
            let cells =
                |item: &Value| wish.columns.iter().map(|name| cell(item.get(name))).collect();
            output.table(wish.columns, items.iter().map(cells).collect())?;
        }
        (Value::Object(fields), None) => {
            let rows = fields.iter().map(|(name, value)| vec![name.clone(), cell(Some(value))]);
            output.table(&["", ""], rows.collect())?;
        }
        _ => {}
    }
    if let Some(position) = answer.position {
        output.line(format_args!("done; position {position} of the log"))?;
    }
    Ok(Outcome::Done)
}

/// Mistakes of a document are listed; every other refusal is a failure.
fn refused(answer: &Answer, output: Output) -> Result {
    let mistakes = answer.body.get("mistakes").and_then(Value::as_array);
    let Some(mistakes) = mistakes else {
        let detail = answer.body.get("detail").and_then(Value::as_str);
        anyhow::bail!("{}", detail.unwrap_or("the staff API refused"));
    };
    if output.is_json() {
        output.document(&json!({ "mistakes": mistakes }))?;
    } else {
        for one in mistakes {
            output.line(format_args!(
                "{}: {}",
                cell(one.get("pointer")),
                cell(one.get("problem"))
            ))?;
        }
        output.line(format_args!("{} mistakes; nothing changed", mistakes.len()))?;
    }
    Ok(Outcome::Mistakes)
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) if list.iter().all(Value::is_string) => {
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        }
        Some(other) => other.to_string(),
    }
}
