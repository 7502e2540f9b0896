//! `bailment partner`.

use super::{Because, Wish, list, read, report, send, status, usage};
use clap::Subcommand;
use serde_json::json;

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
    /// Show when each class was available to it, used or not, and what ended it.
    Timeline {
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

impl From<&Partner> for Wish {
    fn from(asked: &Partner) -> Self {
        match asked {
            Partner::Create { name, because } => {
                send("/partners", json!({ "name": name }), because)
            }
            Partner::List => list("/partners", &["partner", "name", "status", "apps"]),
            Partner::Show { partner } => read(format!("/partners/{partner}")),
            Partner::Timeline { partner } => {
                report(format!("/partners/{partner}/timeline"), usage::timeline)
            }
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
