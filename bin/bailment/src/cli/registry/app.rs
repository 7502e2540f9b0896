//! `bailment app`.

use super::{Because, Wish, list, read, report, send, status, usage};
use clap::Subcommand;
use serde_json::json;

/// Apps: a partner's software products, each an OAuth client.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  bailment app create Plotwise --partner ptn_3 --redirect https://plotwise.example/callback
  bailment app credential app_3
  bailment app usage app_3
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
    /// Show what it holds beside what it used in 7, 28 and 90 days.
    Usage {
        /// Such as `app_3`.
        app: String,
    },
    /// Show the smallest agreement that covers what it really used.
    Advice {
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
            App::Usage { app } => report(format!("/apps/{app}/usage"), usage::usage),
            App::Advice { app } => report(format!("/apps/{app}/advice"), usage::advice),
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
