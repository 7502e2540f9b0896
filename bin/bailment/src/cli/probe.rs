//! `bailment probe`.

use super::serve::runtime;
use super::{Globals, Outcome, Result};
use crate::control::Staff;
use crate::output::{Output, Shade};
use clap::Subcommand;
use http::Method;
use serde_json::Value;

/// Credentials of the prober's own that must fail, tried over HTTP against the running process.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  bailment probe run
  bailment probe list --json | jq '.[0].payload.passed'

Exit code 3 where a probe got what it must not get, or where nothing was tried.")]
pub(crate) enum Asked {
    /// Try every probe once, now.
    Run,
    /// List the last rounds.
    List,
}

pub(crate) fn run(asked: &Asked, globals: &Globals, output: Output) -> Result {
    let config = globals.load(Vec::new())?;
    runtime()?.block_on(async {
        let staff = Staff::open(&config)?;
        match asked {
            Asked::Run => {
                let round = staff.ask(Method::POST, "/probes", None).await?.body;
                if output.is_json() {
                    output.document(&round)?;
                } else {
                    told(&round, output)?;
                }
                // A round that tried nothing shows nothing.
                let clean =
                    words(&round, "passed").is_empty() && !words(&round, "tried").is_empty();
                Ok(if clean { Outcome::Done } else { Outcome::Mistakes })
            }
            Asked::List => {
                let rounds = staff.ask(Method::GET, "/probes", None).await?.body;
                list(&rounds, output)?;
                Ok(Outcome::Done)
            }
        }
    })
}

fn words<'v>(value: &'v Value, name: &str) -> Vec<&'v str> {
    let list = value.get(name).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).collect()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn told(round: &Value, output: Output) -> Result<()> {
    let passed = words(round, "passed");
    for condition in words(round, "tried") {
        let (shade, outcome) = match passed.contains(&condition) {
            true => (Shade::Bad, "GOT WHAT IT MUST NOT GET"),
            false => (Shade::Faint, "failed, as it must"),
        };
        output.line(format_args!("{condition:15} {}", output.shade(shade, outcome)))?;
    }
    for one in round.get("untried").and_then(Value::as_array).into_iter().flatten() {
        let (condition, why) = (text(one, "condition"), text(one, "why"));
        output.line(format_args!("{condition:15} not tried: {why}"))?;
    }
    Ok(())
}

fn list(rounds: &Value, output: Output) -> Result<()> {
    let items = rounds.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    if output.is_json() {
        return Ok(output.document(&Value::from(items))?);
    }
    let row = |one: &Value| {
        let payload = one.get("payload").unwrap_or(&Value::Null);
        let tried = payload.get("tried").map(ToString::to_string).unwrap_or_default();
        let position = one.get("position").map(ToString::to_string).unwrap_or_default();
        let (passed, untried) = (words(payload, "passed"), words(payload, "untried"));
        vec![position, text(one, "time").to_owned(), tried, passed.join(" "), untried.join(" ")]
    };
    let columns = ["position", "time", "tried", "passed", "untried"];
    Ok(output.table(&columns, items.iter().map(row).collect())?)
}
