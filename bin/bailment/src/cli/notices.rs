//! `bailment notices`.

use super::serve::runtime;
use super::{Globals, Outcome, Result};
use crate::control::Staff;
use crate::output::Output;
use clap::Subcommand;
use http::Method;
use serde_json::{Value, json};
use std::io;

/// What staff and partners are told, where e-mail goes, how deliveries go.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  bailment notices list
  bailment notices list --partner ptn_3
  bailment notices address ptn_3 privacy@plotwise.example --language de
  bailment notices status")]
pub(crate) enum Asked {
    /// The newest notices to staff, or to a partner.
    List {
        /// Of this partner, such as `ptn_3`.
        #[arg(long)]
        partner: Option<String>,
    },
    /// Set where e-mail to a partner, a person or staff goes; without an address, show it (a person's is shown to nobody).
    Address {
        /// `staff`, or a number such as `ptn_3` or `per_7`.
        recipient: String,
        /// The address.
        email: Option<String>,
        /// `en` or `de`.
        #[arg(long, default_value = "en")]
        language: String,
        /// Send nothing there any more.
        #[arg(long, conflicts_with = "email")]
        remove: bool,
    },
    /// How far telling is, and how deliveries go.
    Status,
}

pub(crate) fn run(asked: &Asked, globals: &Globals, output: Output) -> Result {
    let config = globals.load(Vec::new())?;
    runtime()?.block_on(async {
        let staff = Staff::open(&config)?;
        match asked {
            Asked::List { partner } => {
                let of = partner.as_ref().map(|no| format!("?partner={no}")).unwrap_or_default();
                let path = format!("/notices{of}");
                let inbox = staff.ask(Method::GET, &path, None).await?.body;
                list(&inbox, output)?;
            }
            Asked::Address { recipient, email, language, remove } => {
                let path = format!("/notices/addresses/{recipient}");
                let body =
                    email.as_ref().map(|email| json!({ "email": email, "language": language }));
                let method = match (&body, remove) {
                    (Some(_), _) => Method::PUT,
                    (None, true) => Method::DELETE,
                    (None, false) => Method::GET,
                };
                let answer = staff.ask(method, &path, body.as_ref()).await?.body;
                if output.is_json() {
                    output.document(&answer)?;
                } else {
                    address(&answer, output)?;
                }
            }
            Asked::Status => {
                let status = staff.ask(Method::GET, "/notices/status", None).await?.body;
                if output.is_json() {
                    output.document(&status)?;
                } else {
                    telling(&status, output)?;
                }
            }
        }
        Ok(Outcome::Done)
    })
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

fn list(inbox: &Value, output: Output) -> io::Result<()> {
    if output.is_json() {
        return output.document(inbox);
    }
    for one in inbox.get("items").and_then(Value::as_array).into_iter().flatten() {
        let is_new = one.get("read").and_then(Value::as_bool) == Some(false);
        let new = if is_new { " (new)" } else { "" };
        let (notice, at, subject) = (text(one, "notice"), text(one, "at"), text(one, "subject"));
        output.line(format_args!("{notice}  {at}  {subject}{new}"))?;
    }
    output.line(format_args!("{} not read", number(inbox, "unread")))
}

fn address(answer: &Value, output: Output) -> io::Result<()> {
    match answer {
        Value::Null => output.line("done"),
        shown => {
            output.line(format_args!("{} ({})", text(shown, "email"), text(shown, "language")))
        }
    }
}

fn telling(status: &Value, output: Output) -> io::Result<()> {
    let (told, entries) = (number(status, "told"), number(status, "entries"));
    output.line(format_args!("{told} of {entries} entries are told"))?;
    for one in status.get("channels").and_then(Value::as_array).into_iter().flatten() {
        output.line(format_args!(
            "{}: {} waiting, {} done, {} given up, {} with nobody to send to",
            text(one, "channel"),
            number(one, "waiting"),
            number(one, "done"),
            number(one, "dead"),
            number(one, "nobody"),
        ))?;
    }
    Ok(())
}
