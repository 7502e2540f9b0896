//! `bailment key`.

use super::{Globals, Outcome, Result};
use crate::output::Output;
use clap::Subcommand;
use keyring::{Keyring, TokenKeyNumbers};
use oauth::sealed::KeyId;
use serde_json::json;

/// Keys that seal tokens, codes, links to media and cursors.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
A process that runs keeps the keys that it began with: restart it after a change. To kill what a key has sealed at once, without
a restart and with an entry in the log: `bailment cut-off key_1`.

  bailment key rotate                   seal under a new key from the next start on; what was sealed before still opens
  bailment key retire 1                 what key 1 has sealed opens no more: apps ask people again, or refresh before")]
pub(crate) enum Asked {
    /// The numbers of the keys; the keys themselves are never printed.
    List,
    /// Make a new key the one that seals; what the former ones sealed still opens.
    Rotate,
    /// Take a former key away; what it sealed opens no more. It cannot be undone.
    Retire {
        /// Its number, as `bailment key list` says.
        key: u8,
    },
}

pub(crate) fn run(asked: &Asked, globals: &Globals, output: Output) -> Result {
    let data = globals.load(Vec::new())?.data;
    match asked {
        Asked::List => {}
        Asked::Rotate => drop(Keyring::rotate(&data)?),
        Asked::Retire { key } => drop(Keyring::retire(&data, KeyId(*key))?),
    }
    let TokenKeyNumbers { current, all } = Keyring::numbers(&data)?;
    let former: Vec<u8> = all.iter().map(|key| key.0).filter(|key| *key != current.0).collect();
    if output.is_json() {
        output.document(&json!({ "current": current.0, "former": former }))?;
        return Ok(Outcome::Done);
    }
    output.line(format_args!("key {} seals", current.0))?;
    for key in former {
        output.line(format_args!("key {key} still opens what it sealed"))?;
    }
    if !matches!(asked, Asked::List) {
        output
            .line("Restart `bailment serve` if it runs: it keeps the keys that it began with.")?;
    }
    Ok(Outcome::Done)
}
