//! `bailment policy|catalog|program|agreement preview|audit`: what a change would give and take, before it is made; and
//! `bailment audit`: what the watched one would have done so far.

use super::Result;
use super::registry::{self, Because, Wish};
use crate::control::{Answer, Staff};
use crate::output::Output;
use anyhow::{Context, bail};
use clap::Args;
use http::Method;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// How often a preview is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// The next stage of a program.
#[derive(Debug, Args)]
pub(crate) struct OfProgram {
    /// Name in the catalog.
    program: String,
    /// live, restricted, closed or experimental.
    status: String,
    /// End of an experiment, RFC 3339.
    #[arg(long)]
    until: Option<String>,
    /// How many people an experiment may reach.
    #[arg(long)]
    cap: Option<u32>,
    /// An app that goes on in a closed program, and until when: `app_3=2027-01-31T00:00:00Z`; once for each.
    #[arg(long = "except", value_name = "APP=UNTIL")]
    exceptions: Vec<String>,
}

impl OfProgram {
    pub(super) fn wish(&self) -> Wish {
        begin(self.change())
    }

    /// The same, to be watched.
    pub(super) fn audit(&self, because: &Because) -> Wish {
        audit(&self.change(), because)
    }

    fn change(&self) -> Value {
        let exceptions = self.exceptions.iter().map(|text| {
            let (app, until) = text.split_once('=').unwrap_or((text, ""));
            json!({ "app": app, "until": until, "reason": "preview" })
        });
        let mut stage = json!({
            "status": self.status, "until": self.until, "cap": self.cap,
            "exceptions": exceptions.collect::<Vec<_>>(),
        });
        if let Some(stage) = stage.as_object_mut() {
            stage.retain(|_, value| !value.is_null());
        }
        json!({ "kind": "program", "program": self.program, "stage": stage })
    }
}

/// A new agreement, or the end of one.
#[derive(Debug, Args)]
pub(crate) struct OfAgreement {
    /// The early end of this one, such as `agr_3`.
    #[arg(long, conflicts_with_all = ["app", "program", "classes", "purposes", "until", "replaces"])]
    end: Option<String>,
    /// The withdrawal of this certification, such as `crt_3`; it cannot be watched.
    #[arg(long, conflicts_with_all = ["end", "app", "program", "classes", "purposes", "until", "replaces"])]
    end_certification: Option<String>,
    /// Of a new one: such as `app_3`.
    #[arg(long, required_unless_present_any = ["end", "end_certification"])]
    app: Option<String>,
    /// Name in the catalog.
    #[arg(long, required_unless_present_any = ["end", "end_certification"])]
    program: Option<String>,
    /// Data class; once for each.
    #[arg(long = "class", required_unless_present_any = ["end", "end_certification"])]
    classes: Vec<String>,
    /// Purpose; once for each.
    #[arg(long = "purpose", required_unless_present_any = ["end", "end_certification"])]
    purposes: Vec<String>,
    /// End, RFC 3339.
    #[arg(long, required_unless_present_any = ["end", "end_certification"])]
    until: Option<String>,
    /// The agreement in whose place it would stand, such as `agr_3`; beside all that there are unless said.
    #[arg(long)]
    replaces: Option<String>,
}

impl OfAgreement {
    pub(super) fn wish(&self) -> Wish {
        begin(self.change())
    }

    /// The same, to be watched.
    pub(super) fn audit(&self, because: &Because) -> Wish {
        audit(&self.change(), because)
    }

    fn change(&self) -> Value {
        if let Some(agreement) = &self.end {
            return json!({ "kind": "agreement-end", "agreement": agreement });
        }
        if let Some(certification) = &self.end_certification {
            return json!({ "kind": "certification-end", "certification": certification });
        }
        let agreement = json!({
            "app": self.app, "program": self.program, "classes": self.classes,
            "purposes": self.purposes, "until": self.until,
        });
        match &self.replaces {
            Some(replaced) => {
                json!({ "kind": "agreement", "agreement": agreement, "replaces": replaced })
            }
            None => json!({ "kind": "agreement", "agreement": agreement }),
        }
    }
}

/// A document of a kind, from a file.
///
/// # Errors
/// It cannot be read, or is not JSON.
pub(super) fn of_document(kind: &str, file: &Path, keep: &[String]) -> Result<Wish> {
    Ok(begin(document(kind, file, keep)?))
}

/// The same, to be watched.
///
/// # Errors
/// It cannot be read, or is not JSON.
pub(super) fn audit_document(
    kind: &str,
    file: &Path,
    keep: &[String],
    because: &Because,
) -> Result<Wish> {
    Ok(audit(&document(kind, file, keep)?, because))
}

/// The change that is watched.
#[derive(Debug, Args)]
pub(crate) struct Watched {
    /// Watch it no more: the one that is watched since this entry.
    #[arg(long, value_name = "ENTRY")]
    off: Option<u64>,
    #[command(flatten)]
    because: Because,
}

impl Watched {
    pub(super) fn wish(&self) -> Wish {
        match self.off {
            Some(since) => registry::send("/audit/end", json!({"since": since}), &self.because),
            None => registry::report("/audit".to_owned(), tell_audit),
        }
    }
}

fn audit(change: &Value, because: &Because) -> Wish {
    registry::send("/audit", json!({ "change": change }), because)
}

fn document(kind: &str, file: &Path, keep: &[String]) -> Result<Value> {
    let bytes =
        std::fs::read(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let document: Value = serde_json::from_slice(&bytes)
        .with_context(|| format!("`{}` is not JSON", file.display()))?;
    let mut body = json!({ "kind": kind, "document": document });
    if let (false, Some(body)) = (keep.is_empty(), body.as_object_mut()) {
        body.insert("keep".to_owned(), json!(keep));
    }
    Ok(body)
}

fn begin(body: Value) -> Wish {
    Wish {
        method: Method::POST,
        path: "/previews".to_owned(),
        body: Some(body),
        columns: &[],
        told: Some(tell),
    }
}

/// Waits for a preview that was begun.
///
/// # Errors
/// It failed, or nobody answers any more.
pub(super) async fn follow(staff: &Staff, begun: Answer, output: Output) -> Result<Answer> {
    let hidden = output.is_json();
    let bar = if hidden { ProgressBar::hidden() } else { ProgressBar::new(0) };
    bar.set_style(ProgressStyle::with_template("{bar:40} {percent} %  {elapsed}, {eta} left")?);
    let mut answer = begun;
    loop {
        let text = |name: &str| answer.body.get(name).and_then(Value::as_str).unwrap_or_default();
        let number = |name: &str| answer.body.get(name).and_then(Value::as_u64).unwrap_or(0);
        match text("status") {
            "running" => {
                bar.set_length(number("of"));
                bar.set_position(number("done"));
                let path = format!("/previews/{}", text("preview"));
                tokio::time::sleep(ASK_EVERY).await;
                answer = staff.ask(Method::GET, &path, None).await?;
            }
            "done" => {
                bar.finish_and_clear();
                let report = answer.body.get("report").cloned().unwrap_or_default();
                return Ok(Answer { body: report, position: None, ..answer });
            }
            _ => bail!("{}", text("problem")),
        }
    }
}

fn number(value: &Value, path: &str) -> u64 {
    value.pointer(path).and_then(Value::as_u64).unwrap_or(0)
}

fn word(value: &Value, path: &str) -> String {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn items<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn list(value: &Value, path: &str) -> String {
    let names = items(value, path).iter().filter_map(Value::as_str);
    names.collect::<Vec<_>>().join(" ")
}

/// A report for people.
fn tell(report: &Value, output: Output) -> Result<()> {
    let of = |name: &str| number(report, &format!("/disclosures/{name}"));
    output.line(format_args!(
        "{} disclosures since {}; {} would be answered now, with the change or without it",
        of("all"),
        word(report, "/since"),
        of("compared")
    ))?;
    for (count, text) in [
        (of("ended"), "came through a grant or installation that has ended since"),
        (of("refused"), "would be refused now for another reason, changed or not"),
        (of("unreadable"), "have no content in the log any more"),
        (of("cut"), "would not be answered at all any more"),
        (of("opened"), "would be answered again"),
    ] {
        if count > 0 {
            output.line(format_args!("  {count} {text}"))?;
        }
    }
    output.line(format_args!("would lose something: {}", of("losing")))?;
    output.line(format_args!("would gain something: {}", of("gaining")))?;
    effects(report, output)?;
    for (name, text) in [("installations", "installations"), ("grants", "grants")] {
        let of = |end: &str| number(report, &format!("/reach/{name}/{end}"));
        if of("losing") + of("gaining") > 0 {
            output.line(format_args!(
                "{text} that could read less: {} ({} of them unused), more: {} ({} of them unused)",
                of("losing"),
                of("losing_unused"),
                of("gaining"),
                of("gaining_unused")
            ))?;
        }
    }
    Ok(())
}

/// Classes, apps, groups and people that lose or gain.
///
/// # Errors
/// Standard output is closed.
pub(super) fn effects(report: &Value, output: Output) -> Result<()> {
    let amounts = |one: &Value| {
        ["/lost/disclosures", "/lost/nodes", "/gained/disclosures", "/gained/nodes"]
            .map(|path| number(one, path).to_string())
    };
    let classes = items(report, "/classes").iter().map(|one| {
        let mut row = vec![word(one, "/class")];
        row.extend(amounts(one));
        row.extend(["/people_losing", "/people_gaining"].map(|path| number(one, path).to_string()));
        row
    });
    let classes: Vec<Vec<String>> = classes.collect();
    if !classes.is_empty() {
        let header =
            ["class", "lost in", "nodes", "gained in", "nodes", "people losing", "people gaining"];
        output.table(&header, classes)?;
    }
    for (of, key) in [("apps", "app"), ("groups", "group"), ("people", "person")] {
        let all = number(report, &format!("/{of}/all"));
        if all == 0 {
            continue;
        }
        output.line(format_args!(
            "{of}: {all}; losing {}, gaining {}",
            number(report, &format!("/{of}/losing")),
            number(report, &format!("/{of}/gaining"))
        ))?;
        let rows = items(report, &format!("/{of}/most")).iter().map(|one| {
            let mut row = vec![word(one, &format!("/{key}")), word(one, "/name")];
            row.extend(amounts(one));
            row.push(list(one, "/lost_classes"));
            row.push(list(one, "/gained_classes"));
            row
        });
        let header = ["", "name", "lost in", "nodes", "gained in", "nodes", "lost", "gained"];
        output.table(&header, rows.collect())?;
    }
    Ok(())
}

/// What a watched change is called.
fn called(change: &Value) -> String {
    let of = |name: &str| word(change, &format!("/{name}"));
    match of("kind").as_str() {
        "policy" => of("policy"),
        "catalog" => format!("catalog {}", of("version")),
        "agreement" if change.get("replaces").is_some() => {
            format!("other terms for {} in place of {}", of("app"), of("replaces"))
        }
        "agreement" => format!("another agreement for {}", of("app")),
        "agreement-end" => format!("the end of {}", of("agreement")),
        _ => format!("program {} {}", of("program"), of("status")),
    }
}

/// What a watched change would have done, for people.
fn tell_audit(audit: &Value, output: Output) -> Result<()> {
    let of = |name: &str| number(audit, &format!("/{name}"));
    output.line(format_args!(
        "{} watched since {} (entry {}): would have withheld something from {} of {} disclosures",
        audit.get("change").map(called).unwrap_or_default(),
        word(audit, "/since_at"),
        of("since"),
        of("withholding"),
        of("disclosures")
    ))?;
    for (count, text) in [
        (of("cut"), "of them would not have been answered at all"),
        (of("widening"), "would have carried more"),
        (of("unreadable"), "have no content in the log any more"),
    ] {
        if count > 0 {
            output.line(format_args!("  {count} {text}"))?;
        }
    }
    if audit.get("over").is_some() {
        output.line(format_args!(
            "over since {}: entry {} really changed what it is about, and nothing after that is counted",
            word(audit, "/over_at"),
            of("over")
        ))?;
    }
    effects(audit, output)
}
