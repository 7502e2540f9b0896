//! `bailment program` and `bailment version`.

use super::{Because, Wish, list, read, send, status};
use crate::cli::preview::OfProgram;
use clap::Subcommand;
use serde_json::{Value, json};

/// Programs: families of operations offered under terms.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  bailment program experiment messaging --until 2027-01-31T00:00:00Z --cap 500
  bailment program close personalization --reason terms \\
    --except 'app_3 2027-03-01T00:00:00Z moves its people to the new program'
  bailment program end-exception personalization app_3 --reason own-wish")]
pub(crate) enum Program {
    /// List all.
    List,
    /// Show one, with its exceptions.
    Show {
        /// Name in the catalog.
        program: String,
    },
    /// Open it until an instant, perhaps for so many people only.
    Experiment {
        /// Name in the catalog.
        program: String,
        /// End, exclusive, such as `2027-01-31T00:00:00Z`.
        #[arg(long)]
        until: String,
        /// How many people it may reach; as many as come unless said.
        #[arg(long)]
        cap: Option<u32>,
        #[command(flatten)]
        because: Because,
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
    /// What its next stage would give and take; nothing is changed.
    Preview(OfProgram),
    /// Only watch its next stage: it decides nothing. See `bailment audit`.
    Audit {
        #[command(flatten)]
        of: OfProgram,
        #[command(flatten)]
        because: Because,
    },
    /// Every access through it ends, for good, but for the apps named here.
    Close {
        /// Name in the catalog.
        program: String,
        /// An app that goes on: its number, its end, and a reason that every person concerned reads. Can be repeated.
        #[arg(long, value_name = "APP UNTIL REASON", value_parser = exception)]
        except: Vec<Value>,
        #[command(flatten)]
        because: Because,
    },
    /// End early that an app goes on in a closed program.
    EndException {
        /// Name in the catalog.
        program: String,
        /// Such as `app_3`.
        app: String,
        #[command(flatten)]
        because: Because,
    },
}

fn exception(text: &str) -> Result<Value, String> {
    let mut parts = text.splitn(3, ' ');
    match (parts.next(), parts.next(), parts.next().map(str::trim)) {
        (Some(app), Some(until), Some(reason)) if !reason.is_empty() => {
            Ok(json!({ "app": app, "until": until, "reason": reason }))
        }
        _ => Err("is `APP UNTIL REASON`: `app_3 2027-03-01T00:00:00Z moves to the new API`".into()),
    }
}

impl From<&Program> for Wish {
    fn from(asked: &Program) -> Self {
        match asked {
            Program::List => list("/programs", &["program", "name", "status", "until", "cap"]),
            Program::Show { program } => read(format!("/programs/{program}")),
            Program::Experiment { program, until, cap, because } => send(
                format!("/programs/{program}/status"),
                json!({ "status": "experimental", "until": until, "cap": cap }),
                because,
            ),
            Program::Open { program, because } => status("programs", program, "live", because),
            Program::Restrict { program, because } => {
                status("programs", program, "restricted", because)
            }
            Program::Preview(of) => of.wish(),
            Program::Audit { of, because } => of.audit(because),
            Program::Close { program, except, because } => send(
                format!("/programs/{program}/status"),
                json!({ "status": "closed", "exceptions": except }),
                because,
            ),
            Program::EndException { program, app, because } => {
                send(format!("/programs/{program}/exceptions/{app}/end"), json!({}), because)
            }
        }
    }
}

/// API versions: the one in force, and older ones that are served beside it.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  bailment catalog activate api.json --keep 2026-11-01
  bailment version deprecate 2026-11-01
  bailment version sunset 2026-11-01 --at 2027-05-01T00:00:00Z")]
pub(crate) enum Version {
    /// List those that are served.
    List,
    /// Announce that one is deprecated: its answers carry `Deprecation` (RFC 9745).
    Deprecate {
        /// Such as `2026-11-01`.
        version: String,
        /// Since when; now unless said.
        #[arg(long)]
        at: Option<String>,
        #[command(flatten)]
        because: Because,
    },
    /// Announce when one ends: its answers carry `Sunset` (RFC 8594), and from then on there are none.
    Sunset {
        /// Such as `2026-11-01`.
        version: String,
        /// When, such as `2027-05-01T00:00:00Z`.
        #[arg(long)]
        at: String,
        #[command(flatten)]
        because: Because,
    },
    /// Take back what was announced of one that has not ended.
    Keep {
        /// Such as `2026-11-01`.
        version: String,
        #[command(flatten)]
        because: Because,
    },
}

impl From<&Version> for Wish {
    fn from(asked: &Version) -> Self {
        let announce = |version: &str, what: &str, at: Option<&String>, because: &Because| {
            let body = json!({ "announcement": what, "at": at });
            send(format!("/versions/{version}"), body, because)
        };
        match asked {
            Version::List => list("/versions", &["version", "status", "deprecated_at", "sunset"]),
            Version::Deprecate { version, at, because } => {
                announce(version, "deprecated", at.as_ref(), because)
            }
            Version::Sunset { version, at, because } => {
                announce(version, "ends", Some(at), because)
            }
            Version::Keep { version, because } => announce(version, "nothing", None, because),
        }
    }
}
