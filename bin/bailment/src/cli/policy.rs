//! `bailment policy`.

use super::registry::{self, Because};
use super::{Globals, Outcome, Result, preview};
use crate::output::{Output, moment};
use crate::reading::{Reading, each};
use ::consent::{Policy, PolicyMistake};
use anyhow::{Context, bail};
use clap::Subcommand;
use ledger::{Event, Payload};
use model::Position;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What to do with a rule.
#[derive(Debug, Subcommand)]
pub(crate) enum Asked {
    /// Check a policy document, against a catalog where one is known.
    #[command(after_help = "Exit code 3 where there are mistakes.")]
    Check {
        /// The document, JSON.
        file: PathBuf,
        /// The catalog that it is for; default: the built-in one.
        #[arg(long, value_name = "FILE")]
        catalog: Option<PathBuf>,
    },
    /// Bring a document into force, for every app and token at once. Exit code 3 where it has mistakes.
    Activate {
        /// The document, JSON.
        file: PathBuf,
        #[command(flatten)]
        because: Because,
    },
    /// What it would give and take: the disclosures of the last 30 days, decided again with it and without it.
    Preview {
        /// The document, JSON.
        file: PathBuf,
    },
    /// Only watch it beside the policy in force: it decides nothing. `bailment audit` says what it would have done.
    Audit {
        /// The document, JSON.
        file: PathBuf,
        #[command(flatten)]
        because: Because,
    },
    /// Print the policy in force.
    Show,
    /// List every policy that was ever in force, from the log.
    List,
}

pub(crate) fn run(asked: &Asked, globals: &Globals, output: Output) -> Result {
    match asked {
        Asked::Check { file, catalog } => check(file, catalog.as_deref(), output),
        Asked::Activate { file, because } => {
            registry::run(registry::activation("/policies", file, because)?, globals, output)
        }
        Asked::Preview { file } => {
            registry::run(preview::of_document("policy", file, &[])?, globals, output)
        }
        Asked::Audit { file, because } => {
            let wish = preview::audit_document("policy", file, &[], because)?;
            registry::run(wish, globals, output)
        }
        Asked::Show => show(globals, output),
        Asked::List => list(globals, output),
    }
}

/// Every mistake of a policy document.
pub(crate) fn mistakes(policy: &[u8], catalog: &[u8]) -> Result<Vec<PolicyMistake>> {
    let wrong = |list: Vec<catalog::Mistake>| {
        anyhow::anyhow!("the catalog has {} mistakes; see `bailment catalog check`", list.len())
    };
    let document = catalog::Document::parse(catalog).map_err(wrong)?;
    let numbering = document.new_names(&catalog::Numbering::default()).map_err(wrong)?;
    let catalog = document.compile(&numbering).map_err(wrong)?;
    Ok(match Policy::parse(policy) {
        Ok(policy) => policy.mistakes_against(&catalog),
        Err(mistakes) => mistakes,
    })
}

fn check(file: &Path, catalog: Option<&Path>, output: Output) -> Result {
    let read = |path: &Path| {
        std::fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))
    };
    let catalog = match catalog {
        Some(path) => read(path)?,
        None => platform::CATALOG_JSON.as_bytes().to_vec(),
    };
    let found = mistakes(&read(file)?, &catalog)?;
    if output.is_json() {
        let listed: Vec<Value> =
            found.iter().map(|m| json!({ "pointer": m.pointer, "problem": m.problem })).collect();
        output.document(&json!({ "mistakes": listed }))?;
    } else {
        for mistake in &found {
            output.line(mistake)?;
        }
        output.line(format_args!("{} mistakes", found.len()))?;
    }
    Ok(if found.is_empty() { Outcome::Done } else { Outcome::Mistakes })
}

fn show(globals: &Globals, output: Output) -> Result {
    let reading = Reading::open(&globals.load(Vec::new())?.data)?;
    let state = reading.store().state();
    let Some(at) = state.policy_at() else { bail!("no policy is in force") };
    let document: Value = serde_json::from_slice(state.policy_document())?;
    if output.is_json() {
        output.document(&json!({ "position": at.0, "policy": document }))?;
    } else {
        output.line(serde_json::to_string_pretty(&document)?)?;
    }
    Ok(Outcome::Done)
}

fn list(globals: &Globals, output: Output) -> Result {
    let reading = Reading::open(&globals.load(Vec::new())?.data)?;
    let mut rows = Vec::new();
    each(reading.store(), Position(0), |stored| {
        if stored.read_leaf()?.kind != 17 {
            return Ok(());
        }
        if let Some(Payload::Control(Event::PolicyActivated(event))) = stored.read_payload()? {
            let policy = Policy::parse(&event.document).ok();
            let text = |pick: fn(&Policy) -> &str| policy.as_ref().map_or("", pick).to_owned();
            rows.push((stored.position, stored.time, text(Policy::name), text(Policy::title)));
        }
        Ok(())
    })?;
    if output.is_json() {
        let rows: Vec<Value> = rows
            .iter()
            .map(|(position, time, name, title)| {
                json!({ "position": position.0, "time": moment(*time), "policy": name, "title": title })
            })
            .collect();
        output.document(&rows)?;
    } else {
        let rows = rows
            .into_iter()
            .map(|(position, time, name, title)| {
                vec![position.0.to_string(), moment(time), name, title]
            })
            .collect();
        output.table(&["position", "since", "policy", "title"], rows)?;
    }
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_rules_of_the_story_fit_the_built_in_catalog() {
        for policy in [crate::policies::BEFORE, crate::policies::AFTER] {
            assert_eq!(mistakes(policy.as_bytes(), platform::CATALOG_JSON.as_bytes()).unwrap(), []);
        }
    }

    #[test]
    fn one_time_is_not_for_media() {
        let (picture, once) = (r#""member.picture": { "#, r#""member.picture": { "once": true, "#);
        let policy = crate::policies::AFTER.replace(picture, once);
        let found = mistakes(policy.as_bytes(), platform::CATALOG_JSON.as_bytes()).unwrap();
        let at: Vec<&str> = found.iter().map(|one| one.pointer.as_str()).collect();
        assert_eq!(at, ["/expiry/classes/member.picture"]);
    }

    #[test]
    fn a_class_that_the_catalog_has_not_is_a_mistake() {
        let policy = crate::policies::AFTER.replace("member.name", "member.nmae");
        let found = mistakes(policy.as_bytes(), platform::CATALOG_JSON.as_bytes()).unwrap();
        let at: Vec<&str> = found.iter().map(|one| one.pointer.as_str()).collect();
        assert_eq!(at, ["/expiry/classes/member.nmae", "/programs/groups/classes/member.nmae"]);
    }
}
