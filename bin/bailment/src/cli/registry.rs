//! Staff commands: the register of partners and apps, agreements, programs, rules, cut-offs, staff.
//!
//! All of them go through `/staff/v1`: of the running process, or of the same router over the directory opened here.

use super::serve::runtime;
use super::{Globals, Outcome, Result};
use crate::control::{Answer, Staff};
use crate::output::Output;
use anyhow::Context;
use clap::{Args, Subcommand};
use http::Method;
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
    fn json(&self) -> Value {
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

/// Partners: legal entities that receive data.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  bailment partner create \"Plotwise Ltd\"
  bailment partner suspend ptn_3 --reason data-taken-improperly --severity high --note \"see case 17\"")]
pub(crate) enum Partner {
    /// Register one.
    Create {
        /// Its legal name.
        name: String,
        #[command(flatten)]
        because: Because,
    },
    /// List all.
    List,
    /// Show one.
    Show {
        /// Such as `ptn_3`.
        partner: String,
    },
    /// Nothing leaves to it from the next request on; withdrawing and deleting still work.
    Suspend {
        /// Such as `ptn_3`.
        partner: String,
        #[command(flatten)]
        because: Because,
    },
    /// Lift a suspension.
    Reinstate {
        /// Such as `ptn_3`.
        partner: String,
        #[command(flatten)]
        because: Because,
    },
    /// End it for good.
    Revoke {
        /// Such as `ptn_3`.
        partner: String,
        #[command(flatten)]
        because: Because,
    },
    /// Note that the partner gave up its access, for good.
    Surrender {
        /// Such as `ptn_3`.
        partner: String,
        #[command(flatten)]
        because: Because,
    },
}

/// Apps: a partner's software products, each an OAuth client.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  bailment app create Plotwise --partner ptn_3 --redirect https://plotwise.example/callback
  bailment app credential app_3
  bailment app suspend app_3 --reason malware")]
pub(crate) enum App {
    /// Register one.
    Create {
        /// What people see.
        name: String,
        /// Whose, such as `ptn_3`.
        #[arg(long)]
        partner: String,
        /// Redirect URI, matched exactly; once for each.
        #[arg(long = "redirect", required = true)]
        redirects: Vec<String>,
        /// It cannot keep a secret.
        #[arg(long)]
        public: bool,
        #[command(flatten)]
        because: Because,
    },
    /// List all.
    List,
    /// Show one.
    Show {
        /// Such as `app_3`.
        app: String,
    },
    /// Make a client secret, shown this once.
    Credential {
        /// Such as `app_3`.
        app: String,
        /// End, RFC 3339; a year from now unless said.
        #[arg(long)]
        until: Option<String>,
        #[command(flatten)]
        because: Because,
    },
    /// End a credential and every token that it asked for.
    EndCredential {
        /// Such as `crd_3`.
        credential: String,
        #[command(flatten)]
        because: Because,
    },
    /// Nothing leaves to it from the next request on.
    Suspend {
        /// Such as `app_3`.
        app: String,
        #[command(flatten)]
        because: Because,
    },
    /// Lift a suspension.
    Reinstate {
        /// Such as `app_3`.
        app: String,
        #[command(flatten)]
        because: Because,
    },
    /// End it for good.
    Remove {
        /// Such as `app_3`.
        app: String,
        #[command(flatten)]
        because: Because,
    },
}

/// Agreements and certifications: what an app may have, for what, until when.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  bailment agreement create --app app_3 --program groups --class group.name --class post.content \\
    --required group.name --purpose group-management --until 2027-11-01T00:00:00Z")]
pub(crate) enum Agreement {
    /// Make one.
    Create {
        /// Such as `app_3`.
        #[arg(long)]
        app: String,
        /// Name in the catalog.
        #[arg(long)]
        program: String,
        /// Data class; once for each.
        #[arg(long = "class", required = true)]
        classes: Vec<String>,
        /// Data class without which the app does not work.
        #[arg(long = "required")]
        required: Vec<String>,
        /// Purpose; once for each.
        #[arg(long = "purpose", required = true)]
        purposes: Vec<String>,
        /// First instant, RFC 3339; now unless said.
        #[arg(long)]
        from: Option<String>,
        /// End, RFC 3339.
        #[arg(long)]
        until: String,
        #[command(flatten)]
        because: Because,
    },
    /// List all.
    List,
    /// Show one.
    Show {
        /// Such as `agr_3`.
        agreement: String,
    },
    /// End one early.
    End {
        /// Such as `agr_3`.
        agreement: String,
        #[command(flatten)]
        because: Because,
    },
    /// Enter a certification of purpose.
    Certify {
        /// Such as `app_3`.
        #[arg(long)]
        app: String,
        /// Data class; once for each.
        #[arg(long = "class", required = true)]
        classes: Vec<String>,
        /// Purpose.
        #[arg(long)]
        purpose: String,
        /// End, RFC 3339.
        #[arg(long)]
        until: String,
        #[command(flatten)]
        because: Because,
    },
    /// List certifications.
    Certifications,
    /// Withdraw a certification.
    EndCertification {
        /// Such as `crt_3`.
        certification: String,
        #[command(flatten)]
        because: Because,
    },
}

/// Programs: families of operations offered under terms.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  bailment program close groups --reason terms")]
pub(crate) enum Program {
    /// List all.
    List,
    /// Show one.
    Show {
        /// Name in the catalog.
        program: String,
    },
    /// Open it.
    Open {
        /// Name in the catalog.
        program: String,
        #[command(flatten)]
        because: Because,
    },
    /// Only what exists goes on.
    Restrict {
        /// Name in the catalog.
        program: String,
        #[command(flatten)]
        because: Because,
    },
    /// Every access through it ends, for good.
    Close {
        /// Name in the catalog.
        program: String,
        #[command(flatten)]
        because: Because,
    },
}

/// Kill every token of a subject, with one entry in the log.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bailment cut-off platform --reason incident --severity high
  bailment cut-off app_3
  bailment cut-off per_812 --app app_3")]
pub(crate) struct CutOff {
    /// `platform`, `key_1`, or the number of a partner, app, installation, group, person, grant or credential.
    subject: String,
    /// With a person: only in this app.
    #[arg(long)]
    app: Option<String>,
    #[command(flatten)]
    because: Because,
}

/// Staff: who may do all this.
#[derive(Debug, Subcommand)]
pub(crate) enum Member {
    /// Make somebody staff.
    Create {
        /// Their name.
        name: String,
        #[command(flatten)]
        because: Because,
    },
    /// List all.
    List,
    /// End somebody's being staff.
    End {
        /// Such as `stf_2`.
        staff: String,
        #[command(flatten)]
        because: Because,
    },
}

/// What is asked of the staff API.
pub(crate) struct Wish {
    method: Method,
    path: String,
    body: Option<Value>,
    /// Columns of a list.
    columns: &'static [&'static str],
}

fn read(path: impl Into<String>) -> Wish {
    Wish { method: Method::GET, path: path.into(), body: None, columns: &[] }
}

fn list(path: &str, columns: &'static [&'static str]) -> Wish {
    Wish { columns, ..read(path) }
}

fn send(path: impl Into<String>, body: Value, because: &Because) -> Wish {
    let mut body = body;
    if let Some(body) = body.as_object_mut() {
        body.retain(|_, value| !value.is_null());
        body.insert("because".to_owned(), because.json());
    }
    Wish { method: Method::POST, path: path.into(), body: Some(body), columns: &[] }
}

fn status(kind: &str, of: &str, status: &str, because: &Because) -> Wish {
    send(format!("/{kind}/{of}/status"), json!({ "status": status }), because)
}

impl From<&Partner> for Wish {
    fn from(asked: &Partner) -> Self {
        match asked {
            Partner::Create { name, because } => {
                send("/partners", json!({ "name": name }), because)
            }
            Partner::List => list("/partners", &["partner", "name", "status", "apps"]),
            Partner::Show { partner } => read(format!("/partners/{partner}")),
            Partner::Suspend { partner, because } => {
                status("partners", partner, "suspended", because)
            }
            Partner::Reinstate { partner, because } => {
                status("partners", partner, "active", because)
            }
            Partner::Revoke { partner, because } => status("partners", partner, "revoked", because),
            Partner::Surrender { partner, because } => {
                status("partners", partner, "surrendered", because)
            }
        }
    }
}

impl From<&App> for Wish {
    fn from(asked: &App) -> Self {
        match asked {
            App::Create { name, partner, redirects, public, because } => send(
                "/apps",
                json!({ "name": name, "partner": partner, "redirect_uris": redirects, "public": public }),
                because,
            ),
            App::List => {
                list("/apps", &["app", "name", "partner", "status", "public", "agreements"])
            }
            App::Show { app } => read(format!("/apps/{app}")),
            App::Credential { app, until, because } => {
                send(format!("/apps/{app}/credentials"), json!({ "expires_at": until }), because)
            }
            App::EndCredential { credential, because } => {
                send(format!("/credentials/{credential}/end"), json!({}), because)
            }
            App::Suspend { app, because } => status("apps", app, "suspended", because),
            App::Reinstate { app, because } => status("apps", app, "active", because),
            App::Remove { app, because } => status("apps", app, "removed", because),
        }
    }
}

impl From<&Agreement> for Wish {
    fn from(asked: &Agreement) -> Self {
        match asked {
            Agreement::Create {
                app,
                program,
                classes,
                required,
                purposes,
                from,
                until,
                because,
            } => send(
                "/agreements",
                json!({
                    "app": app, "program": program, "classes": classes, "required": required,
                    "purposes": purposes, "from": from, "until": until,
                }),
                because,
            ),
            Agreement::List => list(
                "/agreements",
                &["agreement", "app", "program", "classes", "purposes", "from", "until", "ended"],
            ),
            Agreement::Show { agreement } => read(format!("/agreements/{agreement}")),
            Agreement::End { agreement, because } => {
                send(format!("/agreements/{agreement}/end"), json!({}), because)
            }
            Agreement::Certify { app, classes, purpose, until, because } => send(
                "/certifications",
                json!({ "app": app, "classes": classes, "purpose": purpose, "until": until }),
                because,
            ),
            Agreement::Certifications => list(
                "/certifications",
                &["certification", "app", "classes", "purpose", "from", "until", "ended"],
            ),
            Agreement::EndCertification { certification, because } => {
                send(format!("/certifications/{certification}/end"), json!({}), because)
            }
        }
    }
}

impl From<&Program> for Wish {
    fn from(asked: &Program) -> Self {
        match asked {
            Program::List => list("/programs", &["program", "name", "status"]),
            Program::Show { program } => read(format!("/programs/{program}")),
            Program::Open { program, because } => status("programs", program, "live", because),
            Program::Restrict { program, because } => {
                status("programs", program, "restricted", because)
            }
            Program::Close { program, because } => status("programs", program, "closed", because),
        }
    }
}

impl From<&CutOff> for Wish {
    fn from(asked: &CutOff) -> Self {
        let CutOff { subject, app, because } = asked;
        send("/cut-offs", json!({ "subject": subject, "app": app }), because)
    }
}

impl From<&Member> for Wish {
    fn from(asked: &Member) -> Self {
        match asked {
            Member::Create { name, because } => send("/staff", json!({ "name": name }), because),
            Member::List => list("/staff", &["staff", "name", "login", "current"]),
            Member::End { staff, because } => {
                send(format!("/staff/{staff}/end"), json!({}), because)
            }
        }
    }
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
