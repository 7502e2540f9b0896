//! `bailment agreement`.

use super::{Because, Wish, list, read, send};
use crate::cli::preview::OfAgreement;
use clap::Subcommand;
use serde_json::{Value, json};

/// `class=days`.
fn kept(text: &str) -> Result<Value, String> {
    let parts =
        text.split_once('=').and_then(|(class, days)| Some((class, days.parse::<u32>().ok()?)));
    let (class, days) = parts.ok_or("must be a class and days, such as `member.name=30`")?;
    Ok(json!({ "classes": [class], "days": days }))
}

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
        /// How many days a class may be kept, such as `member.name=30`; once for each.
        #[arg(long = "keep", value_parser = kept)]
        keep: Vec<Value>,
        /// By when what was received must be anonymised, RFC 3339.
        #[arg(long)]
        anonymise_by: Option<String>,
        /// Who else gets what the partner receives, by name; once for each.
        #[arg(long = "sub-processor")]
        sub_processors: Vec<String>,
        /// What else was agreed, in plain words.
        #[arg(long)]
        terms: Option<String>,
        #[command(flatten)]
        because: Because,
    },
    /// What a new one, or the end of one, would give and take; nothing is changed.
    Preview(OfAgreement),
    /// Only watch a new one, other terms in the place of one, or its end: it decides nothing. See `bailment audit`.
    Audit {
        #[command(flatten)]
        of: OfAgreement,
        #[command(flatten)]
        because: Because,
    },
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
        /// End, RFC 3339; as the policy says unless said.
        #[arg(long)]
        until: Option<String>,
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
                keep,
                anonymise_by,
                sub_processors,
                terms,
                because,
            } => {
                let said = terms.is_some() || !sub_processors.is_empty();
                let terms =
                    said.then(|| json!({ "text": terms, "sub_processors": sub_processors }));
                let body = json!({
                    "app": app, "program": program, "classes": classes, "required": required,
                    "purposes": purposes, "from": from, "until": until, "retention": keep,
                    "anonymise_by": anonymise_by, "terms": terms,
                });
                send("/agreements", body, because)
            }
            Agreement::Preview(of) => of.wish(),
            Agreement::Audit { of, because } => of.audit(because),
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
