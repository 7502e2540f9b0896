//! `bailment cut-off`.

use super::{Because, Wish, send};
use clap::Args;
use serde_json::json;

/// Kill every token of a subject, with one entry in the log.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bailment cut-off platform --reason incident --severity high
  bailment cut-off app_3
  bailment cut-off per_812 --app app_3")]
pub(crate) struct CutOff {
    /// `platform`, `key_1`, or the number of a partner, app, installation, group, person, grant or credential.
    subject: String,
    /// With a person: only in this app.
    #[arg(long)]
    app: Option<String>,
    #[command(flatten)]
    because: Because,
}

impl From<&CutOff> for Wish {
    fn from(asked: &CutOff) -> Self {
        let CutOff { subject, app, because } = asked;
        send("/cut-offs", json!({ "subject": subject, "app": app }), because)
    }
}
