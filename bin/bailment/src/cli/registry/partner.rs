//! `bailment partner`.

use super::{Because, Wish, list, read, report, send, status, usage};
use clap::Subcommand;
use http::Method;
use serde_json::{Value, json};

/// `about:name:e-mail`.
fn contact(text: &str) -> Result<Value, String> {
    match text.splitn(3, ':').collect::<Vec<_>>().as_slice() {
        [about, name, email] => Ok(json!({ "about": about, "name": name, "email": email })),
        _ => Err("a contact is `about:name:e-mail`".to_owned()),
    }
}

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
    /// Replace what it says about itself: legal entity, contacts, country, role.
    Details {
        /// Such as `ptn_3`.
        partner: String,
        /// The legal entity as it is registered: name, form, number, seat.
        #[arg(long)]
        legal_entity: String,
        /// Two capital letters (ISO 3166-1).
        #[arg(long)]
        country: String,
        /// controller or processor.
        #[arg(long)]
        role: String,
        /// `about:name:e-mail`, such as `privacy:Data office:privacy@acme.example`; once for each.
        #[arg(long = "contact", value_parser = contact)]
        contacts: Vec<Value>,
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
            Partner::Details { partner, legal_entity, country, role, contacts, because } => Self {
                method: Method::PUT,
                ..send(
                    format!("/partners/{partner}/details"),
                    json!({ "details": {
                        "legal_entity": legal_entity, "country": country, "role": role,
                        "contacts": contacts,
                    } }),
                    because,
                )
            },
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
