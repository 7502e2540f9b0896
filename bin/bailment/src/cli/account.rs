//! `bailment account`.

use super::serve::runtime;
use super::{Globals, Outcome, Result};
use crate::control::Staff;
use crate::first_start;
use crate::output::Output;
use crate::wire::unguessable;
use anyhow::{Context, bail};
use clap::Subcommand;
use http::Method;
use sequence::AccountOf;
use serde_json::json;
use store::{OpenError, Options, Store};

/// Accounts of people and staff.
#[derive(Debug, Subcommand)]
pub(crate) enum Asked {
    /// Set login and password; a password is made and printed once unless --stdin gives one.
    #[command(after_help = "\
Examples:
  bailment account set-password --staff stf_1 --login ada
  bailment account set-password --person 24189255811707 --login ada     (while no process runs)
  bailment account set-password --staff stf_1 --login ada --stdin < password")]
    SetPassword {
        /// A staff member, such as `stf_1`.
        #[arg(long, conflicts_with = "person", required_unless_present = "person")]
        staff: Option<String>,
        /// A person: the platform's id, or a number such as `per_7`.
        #[arg(long)]
        person: Option<String>,
        /// What to sign in with.
        #[arg(long)]
        login: String,
        /// Read the password from standard input.
        #[arg(long)]
        stdin: bool,
    },
}

pub(crate) fn run(asked: &Asked, globals: &Globals, output: Output) -> Result {
    let Asked::SetPassword { staff, person, login, stdin } = asked;
    let config = globals.load(Vec::new())?;
    let password: String = if *stdin {
        std::io::read_to_string(std::io::stdin())?.trim_end_matches(['\r', '\n']).to_owned()
    } else {
        unguessable()?.chars().take(20).collect()
    };
    let (login, told) = (login.clone(), password.clone());
    runtime()?.block_on(async {
        match (staff, person) {
            (Some(staff), _) => {
                let body = json!({ "login": login, "password": password });
                let path = format!("/staff/{staff}/account");
                Staff::open(&config)?.ask(Method::PUT, &path, Some(&body)).await?;
            }
            (None, Some(person)) => {
                let store = match Store::open(&config.data, Options::default()) {
                    Err(OpenError::InUse(_)) => {
                        bail!("passwords of people are set while no process runs: stop it first")
                    }
                    opened => opened?,
                };
                let number = match person.parse() {
                    Ok(number) => Some(number),
                    Err(_) => store.person_number(person)?,
                };
                let number =
                    number.with_context(|| format!("nobody is known by the id `{person}`"))?;
                first_start::set_password(
                    &store,
                    AccountOf::Person(number),
                    login.clone(),
                    password,
                )
                .await?;
            }
            (None, None) => bail!("name a person or a staff member"),
        }
        Ok::<_, anyhow::Error>(())
    })?;
    let shown = (!*stdin).then_some(told);
    if output.is_json() {
        output.document(&json!({ "login": login, "password": shown }))?;
    } else if let Some(password) = shown {
        output.line(format_args!("login {login}, password {password} (shown once)"))?;
    } else {
        output.line(format_args!("login {login}, password set"))?;
    }
    Ok(Outcome::Done)
}
