//! `bailment suspension`: many apps at once.

use super::{Because, Wish, list, read, send};
use crate::cli::Result;
use anyhow::Context;
use clap::{Args, Subcommand};
use http::Method;
use serde_json::json;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Which apps: every part must hold.
#[derive(Debug, Args)]
pub(crate) struct Select {
    /// partner:ptn_3, category:quiz, program:groups, class:member.name, status:active, finding:POSITION or
    /// apps:app_1,app_2; once for each part that must hold.
    #[arg(long = "select", value_name = "PART", required_unless_present = "apps_from")]
    select: Vec<String>,
    /// App numbers from a file, or from standard input with `-`.
    #[arg(long, value_name = "FILE")]
    apps_from: Option<PathBuf>,
}

impl Select {
    fn parts(&self) -> Result<Vec<String>> {
        let mut parts = self.select.clone();
        if let Some(path) = &self.apps_from {
            let words: Vec<String> = text(path)?
                .split_whitespace()
                .map(|word| word.trim_matches(',').to_owned())
                .collect();
            parts.push(format!("apps:{}", words.join(",")));
        }
        Ok(parts)
    }
}

fn text(path: &Path) -> Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(path)
            .with_context(|| format!("`{}` cannot be read", path.display()))?;
    }
    Ok(text)
}

/// Suspend many apps with one entry, and reinstate exactly those.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  bailment suspension preview --select category:quiz --select status:active
  bailment suspension propose --select category:quiz --reason data-taken-improperly --severity high
  bailment suspension propose --apps-from apps.txt --break-glass --reason incident --severity high
  bailment suspension lift 4711")]
pub(crate) enum Suspension {
    /// Count apps, installations, grants and people that it would reach; change nothing.
    Preview {
        #[command(flatten)]
        select: Select,
    },
    /// Propose it: it holds once somebody of the staff confirms it.
    Propose {
        #[command(flatten)]
        select: Select,
        /// Do it at once and alone. The entry says so for all time.
        #[arg(long)]
        break_glass: bool,
        #[command(flatten)]
        because: Because,
    },
    /// List what waits for a second person.
    Proposals,
    /// Show a proposal, and what it would reach now.
    Proposal {
        /// Its number.
        number: u64,
    },
    /// Take a proposal back.
    Withdraw {
        /// Its number.
        number: u64,
    },
    /// List suspensions of many apps.
    List,
    /// Reinstate exactly the apps of a suspension.
    #[command(alias = "reinstate")]
    Lift {
        /// Its position in the log.
        position: u64,
        #[command(flatten)]
        because: Because,
    },
}

impl Suspension {
    /// What is asked of the staff API.
    ///
    /// # Errors
    /// A list of apps cannot be read.
    pub(crate) fn wish(&self) -> Result<Wish> {
        let base = "/suspensions";
        Ok(match self {
            Self::Preview { select } => Wish {
                method: Method::POST,
                body: Some(json!({ "select": select.parts()? })),
                ..read(format!("{base}/preview"))
            },
            Self::Propose { select, break_glass, because } => {
                let body = json!({ "select": select.parts()?, "break_glass": break_glass });
                send(base, body, because)
            }
            Self::Proposals => list(
                "/suspensions/proposals",
                &["proposal", "by", "until", "select", "apps", "installations", "grants", "people"],
            ),
            Self::Proposal { number } => read(format!("{base}/proposals/{number}")),
            Self::Withdraw { number } => {
                Wish { method: Method::DELETE, ..read(format!("{base}/proposals/{number}")) }
            }
            Self::List => list(
                "/suspensions",
                &["suspension", "apps", "lifted", "selection", "by", "confirmed_by", "broke_glass"],
            ),
            Self::Lift { position, because } => {
                send(format!("{base}/{position}/lift"), json!({}), because)
            }
        })
    }
}
