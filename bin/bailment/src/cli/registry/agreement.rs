//! `bailment agreement`.

use super::{Because, Wish, list, read, send};
use crate::cli::preview::OfAgreement;
use clap::Subcommand;
use serde_json::json;

/// Agreements and certifications: what an app may have, for what, until when.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  bailment agreement create --app app_3 --program groups --class group.name --class post.content \\
    --required group.name --purpose group-management --until 2027-11-01T00:00:00Z")]
pub(crate) enum Agreement {
    /// Make one.
    Create {
        /// Such as `app_3`.
        #[arg(long)]
        app: String,
        /// Name in the catalog.
        #[arg(long)]
        program: String,
        /// Data class; once for each.
        #[arg(long = "class", required = true)]
        classes: Vec<String>,
        /// Data class without which the app does not work.
        #[arg(long = "required")]
        required: Vec<String>,
        /// Purpose; once for each.
        #[arg(long = "purpose", required = true)]
        purposes: Vec<String>,
        /// First instant, RFC 3339; now unless said.
        #[arg(long)]
        from: Option<String>,
        /// End, RFC 3339.
        #[arg(long)]
        until: String,
        #[command(flatten)]
        because: Because,
    },
    /// What a new one, or the end of one, would give and take; nothing is changed.
    Preview(OfAgreement),
    /// List all.
    List,
    /// Show one.
    Show {
        /// Such as `agr_3`.
        agreement: String,
    },
    /// End one early.
    End {
        /// Such as `agr_3`.
        agreement: String,
        #[command(flatten)]
        because: Because,
    },
    /// Enter a certification of purpose.
    Certify {
        /// Such as `app_3`.
        #[arg(long)]
        app: String,
        /// Data class; once for each.
        #[arg(long = "class", required = true)]
        classes: Vec<String>,
        /// Purpose.
        #[arg(long)]
        purpose: String,
        /// End, RFC 3339.
        #[arg(long)]
        until: String,
        #[command(flatten)]
        because: Because,
    },
    /// List certifications.
    Certifications,
    /// Withdraw a certification.
    EndCertification {
        /// Such as `crt_3`.
        certification: String,
        #[command(flatten)]
        because: Because,
    },
}

impl From<&Agreement> for Wish {
    fn from(asked: &Agreement) -> Self {
        match asked {
            Agreement::Create {
                app,
                program,
                classes,
                required,
                purposes,
                from,
                until,
                because,
            } => send(
                "/agreements",
                json!({
                    "app": app, "program": program, "classes": classes, "required": required,
                    "purposes": purposes, "from": from, "until": until,
                }),
                because,
            ),
            Agreement::Preview(of) => of.wish(),
            Agreement::List => list(
                "/agreements",
                &["agreement", "app", "program", "classes", "purposes", "from", "until", "ended"],
            ),
            Agreement::Show { agreement } => read(format!("/agreements/{agreement}")),
            Agreement::End { agreement, because } => {
                send(format!("/agreements/{agreement}/end"), json!({}), because)
            }
            Agreement::Certify { app, classes, purpose, until, because } => send(
                "/certifications",
                json!({ "app": app, "classes": classes, "purpose": purpose, "until": until }),
                because,
            ),
            Agreement::Certifications => list(
                "/certifications",
                &["certification", "app", "classes", "purpose", "from", "until", "ended"],
            ),
            Agreement::EndCertification { certification, because } => {
                send(format!("/certifications/{certification}/end"), json!({}), because)
            }
        }
    }
}
