//! `bailment staff`.

use super::{Because, Wish, list, send};
use clap::{Args, Subcommand};
use http::Method;
use serde_json::json;

/// What the words for roles mean.
const ROLES: &str = "viewer (read), reviewer (also review apps and work on cases), responder (also read the log, \
suspend, cut off, end, look up who somebody is), admin (everything) or auditor (read everything, change nothing)";

/// Staff: who may do all this.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  bailment staff add \"Ada Okoro\" --role responder
  bailment staff role stf_2 auditor")]
pub(crate) enum Member {
    /// Make somebody staff.
    #[command(alias = "create")]
    Add {
        /// Their name.
        name: String,
        #[arg(long, default_value = "admin", help = format!("What they may do: {ROLES}"))]
        role: String,
        #[command(flatten)]
        because: Because,
    },
    /// List all.
    List,
    /// Say what somebody may do from now on.
    Role {
        /// Such as `stf_2`.
        staff: String,
        #[arg(help = format!("From now on: {ROLES}"))]
        role: String,
        #[command(flatten)]
        because: Because,
    },
    /// End somebody's being staff.
    End {
        /// Such as `stf_2`.
        staff: String,
        #[command(flatten)]
        because: Because,
    },
}

impl From<&Member> for Wish {
    fn from(asked: &Member) -> Self {
        match asked {
            Member::Add { name, role, because } => {
                send("/staff", json!({ "name": name, "role": role }), because)
            }
            Member::List => list("/staff", &["staff", "name", "login", "role", "current"]),
            Member::Role { staff, role, because } => Self {
                method: Method::PUT,
                ..send(format!("/staff/{staff}/role"), json!({ "role": role }), because)
            },
            Member::End { staff, because } => {
                send(format!("/staff/{staff}/end"), json!({}), because)
            }
        }
    }
}

/// Say who a person is. The entry that you asked is in the log before the answer.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  bailment who-is per_812 --reason incident --note \"called us\""
)]
pub(crate) struct WhoIs {
    /// Such as `per_812`.
    person: String,
    #[command(flatten)]
    because: Because,
}

impl From<&WhoIs> for Wish {
    fn from(asked: &WhoIs) -> Self {
        send("/identities", json!({ "person": asked.person }), &asked.because)
    }
}
