//! `bailment app`.

use super::{Because, Wish, list, read, report, send, status, usage};
use clap::Subcommand;
use http::Method;
use serde_json::{Value, json};

/// A file with a JSON Web Key.
fn jwk(path: &str) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("`{path}`: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("`{path}` is no JSON: {error}"))
}

/// `name:country:service`.
fn sub_processor(text: &str) -> Result<Value, String> {
    match text.splitn(3, ':').collect::<Vec<_>>().as_slice() {
        [name, country, service] => {
            Ok(json!({ "name": name, "country": country, "service": service }))
        }
        _ => Err("a sub-processor is `name:country:service`".to_owned()),
    }
}

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
        /// What of it needs no review: all, none, or data classes, once for each.
        #[arg(long, default_value = "none")]
        reviewed: Vec<String>,
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
    /// Say more about it: category, purpose, privacy policy, sub-processors. What is not said stays.
    Details {
        /// Such as `app_3`.
        app: String,
        /// A word of the platform's own, such as `quiz`.
        #[arg(long)]
        category: Option<String>,
        /// What it is for, in the partner's words.
        #[arg(long, requires = "privacy_policy")]
        purpose: Option<String>,
        /// Where its privacy policy stands, https.
        #[arg(long, requires = "purpose")]
        privacy_policy: Option<String>,
        /// `name:country:service`, such as `Host GmbH:DE:hosting`; once for each.
        #[arg(long = "sub-processor", value_parser = sub_processor, requires = "purpose")]
        sub_processors: Vec<Value>,
        #[command(flatten)]
        because: Because,
    },
    /// Make a client secret, shown this once, or take the public key of a client that signs. The old one goes on until it ends.
    Credential {
        /// Such as `app_3`.
        app: String,
        /// End, RFC 3339; a year from now unless said.
        #[arg(long)]
        until: Option<String>,
        /// File with the public key (JWK) of a client that signs assertions; no secret is made then.
        #[arg(long, value_parser = jwk)]
        key: Option<Value>,
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

/// `all` and `none` are words of their own; anything else is a list of classes.
fn reviewed_of(said: &[String]) -> Value {
    match said {
        [one] if one == "all" || one == "none" => json!(one),
        classes => json!(classes),
    }
}

impl From<&App> for Wish {
    fn from(asked: &App) -> Self {
        match asked {
            App::Create { name, partner, redirects, public, reviewed, because } => send(
                "/apps",
                json!({
                    "name": name, "partner": partner, "redirect_uris": redirects, "public": public,
                    "reviewed": reviewed_of(reviewed),
                }),
                because,
            ),
            App::Details { app, category, purpose, privacy_policy, sub_processors, because } => {
                let details = purpose.as_ref().map(|purpose| {
                    json!({
                        "purpose": purpose, "privacy_policy": privacy_policy,
                        "sub_processors": sub_processors,
                    })
                });
                let body = json!({ "category": category, "details": details });
                Self { method: Method::PUT, ..send(format!("/apps/{app}/details"), body, because) }
            }
            App::List => list(
                "/apps",
                &["app", "name", "partner", "status", "standing", "public", "agreements"],
            ),
            App::Show { app } => read(format!("/apps/{app}")),
            App::Usage { app } => report(format!("/apps/{app}/usage"), usage::usage),
            App::Advice { app } => report(format!("/apps/{app}/advice"), usage::advice),
            App::Credential { app, until, key, because } => send(
                format!("/apps/{app}/credentials"),
                json!({ "expires_at": until, "jwk": key }),
                because,
            ),
            App::EndCredential { credential, because } => {
                send(format!("/credentials/{credential}/end"), json!({}), because)
            }
            App::Suspend { app, because } => status("apps", app, "suspended", because),
            App::Reinstate { app, because } => status("apps", app, "active", because),
            App::Remove { app, because } => status("apps", app, "removed", because),
        }
    }
}
