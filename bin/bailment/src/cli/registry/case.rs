//! `bailment case`.

use super::{Because, Wish, list, read, send};
use clap::Subcommand;
use serde_json::json;

/// Cases about apps: opened, documented, decided, appealed against.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  bailment case reports
  bailment case open app_3 --kind report --begins-with 4711 --reason malware --severity high
  bailment case note cas_1 'Seen on a device of ours.' --shown
  bailment case note cas_1 --attach 4805
  bailment case close cas_1 suspended --reason malware --note 'It mines coins.'
  bailment case appeal cas_1 --upheld --reinstate")]
pub(crate) enum Case {
    /// List what people reported.
    Reports,
    /// List cases.
    List,
    /// Show one, and what happened to it.
    Show {
        /// Such as `cas_3`.
        case: String,
    },
    /// Open one.
    Open {
        /// About which app, such as `app_3`.
        app: String,
        /// report, finding or inquiry.
        #[arg(long, default_value = "inquiry")]
        kind: String,
        /// Position in the log of the report or finding.
        #[arg(long)]
        begins_with: Option<u64>,
        #[command(flatten)]
        because: Because,
    },
    /// Add evidence or a remark, or attach a further report or finding.
    Note {
        /// Such as `cas_3`.
        case: String,
        /// What there is to say.
        #[arg(required_unless_present = "attach")]
        text: Option<String>,
        /// The partner reads the text.
        #[arg(long)]
        shown: bool,
        /// Position in the log of a further report or finding about the app; staff alone read it.
        #[arg(long)]
        attach: Option<u64>,
    },
    /// Decide one; the partner reads the note.
    Close {
        /// Such as `cas_3`.
        case: String,
        /// unfounded, warned, suspended or removed.
        outcome: String,
        #[command(flatten)]
        because: Because,
    },
    /// Decide the partner's appeal; the partner reads the note.
    Appeal {
        /// Such as `cas_3`.
        case: String,
        /// The partner was right.
        #[arg(long)]
        upheld: bool,
        /// The app is active again.
        #[arg(long, requires = "upheld")]
        reinstate: bool,
        #[command(flatten)]
        because: Because,
    },
}

impl From<&Case> for Wish {
    fn from(asked: &Case) -> Self {
        match asked {
            Case::Reports => list("/reports", &["report", "at", "app", "reason", "text"]),
            Case::List => {
                list("/cases", &["case", "app", "kind", "opened_at", "outcome", "appeal"])
            }
            Case::Show { case } => read(format!("/cases/{case}")),
            Case::Open { app, kind, begins_with, because } => send(
                "/cases",
                json!({ "app": app, "kind": kind, "begins_with": begins_with }),
                because,
            ),
            Case::Note { case, text, shown, attach } => super::plain(
                format!("/cases/{case}/notes"),
                json!({
                    "note": text.as_deref().unwrap_or_default(), "shown": shown, "attached": attach,
                }),
            ),
            Case::Close { case, outcome, because } => {
                send(format!("/cases/{case}/close"), json!({ "outcome": outcome }), because)
            }
            Case::Appeal { case, upheld, reinstate, because } => send(
                format!("/cases/{case}/appeal"),
                json!({ "upheld": upheld, "reinstate": reinstate }),
                because,
            ),
        }
    }
}
