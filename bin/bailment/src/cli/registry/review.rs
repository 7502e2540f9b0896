//! `bailment review` and `bailment report`.

use super::{Because, Wish, list, read, send};
use clap::Subcommand;
use serde_json::json;

/// Reviews: who sees an app before it is reviewed, what of it was, and where it can be tried.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  bailment review add-tester app_3 --login ada --reason other
  bailment review pass app_3 --class member.name
  bailment review sandbox ctx_12")]
pub(crate) enum Review {
    /// Show what of an app is reviewed, what waits, and who tests it.
    Show {
        /// Such as `app_3`.
        app: String,
    },
    /// Review classes: the app may see them beyond its testers.
    Pass {
        /// Such as `app_3`.
        app: String,
        /// Data class; once for each.
        #[arg(long = "class", required = true)]
        classes: Vec<String>,
        #[command(flatten)]
        because: Because,
    },
    /// Take a review back, for some classes or all.
    Withdraw {
        /// Such as `app_3`.
        app: String,
        /// Data class; once for each; all unless said.
        #[arg(long = "class")]
        classes: Vec<String>,
        #[command(flatten)]
        because: Because,
    },
    /// Let a person test what is not reviewed.
    AddTester {
        /// Such as `app_3`.
        app: String,
        /// Number, such as `per_3`.
        #[arg(long, required_unless_present = "login", conflicts_with = "login")]
        person: Option<String>,
        /// What the person signs in with.
        #[arg(long)]
        login: Option<String>,
        #[command(flatten)]
        because: Because,
    },
    /// End that a person tests an app.
    RemoveTester {
        /// Such as `app_3`.
        app: String,
        /// Such as `per_3`.
        person: String,
        #[command(flatten)]
        because: Because,
    },
    /// List groups in which nothing needs a review.
    Sandboxes,
    /// Make a group a sandbox, or an ordinary one again.
    Sandbox {
        /// Such as `ctx_3`.
        group: String,
        /// An ordinary one again.
        #[arg(long)]
        end: bool,
        #[command(flatten)]
        because: Because,
    },
}

impl From<&Review> for Wish {
    fn from(asked: &Review) -> Self {
        match asked {
            Review::Show { app } => read(format!("/apps/{app}/review")),
            Review::Pass { app, classes, because } => {
                send(format!("/apps/{app}/review"), json!({ "classes": classes }), because)
            }
            Review::Withdraw { app, classes, because } => {
                let classes = (!classes.is_empty()).then_some(classes);
                send(format!("/apps/{app}/review/withdraw"), json!({ "classes": classes }), because)
            }
            Review::AddTester { app, person, login, because } => send(
                format!("/apps/{app}/testers"),
                json!({ "person": person, "login": login }),
                because,
            ),
            Review::RemoveTester { app, person, because } => {
                send(format!("/apps/{app}/testers/{person}/end"), json!({}), because)
            }
            Review::Sandboxes => read("/sandboxes"),
            Review::Sandbox { group, end, because } => Wish {
                method: http::Method::PUT,
                ..send(format!("/sandboxes/{group}"), json!({ "sandbox": !end }), because)
            },
        }
    }
}

/// Reports on what apps hold beside what they used, to be acknowledged by their partners.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  bailment report acknowledge app_3 4711 --note 'By telephone.'")]
pub(crate) enum Report {
    /// List those on an app.
    List {
        /// Such as `app_3`.
        app: String,
    },
    /// Issue one now.
    Issue {
        /// Such as `app_3`.
        app: String,
        #[command(flatten)]
        because: Because,
    },
    /// Note that the partner acknowledged one, on its word.
    Acknowledge {
        /// Such as `app_3`.
        app: String,
        /// Its number.
        report: u64,
        #[command(flatten)]
        because: Because,
    },
}

impl From<&Report> for Wish {
    fn from(asked: &Report) -> Self {
        match asked {
            Report::List { app } => list(
                &format!("/apps/{app}/reports"),
                &["report", "issued_at", "due", "open", "acknowledged_at"],
            ),
            Report::Issue { app, because } => {
                send(format!("/apps/{app}/reports"), json!({}), because)
            }
            Report::Acknowledge { app, report, because } => {
                send(format!("/apps/{app}/reports/{report}/acknowledge"), json!({}), because)
            }
        }
    }
}
