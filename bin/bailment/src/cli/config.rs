//! `bailment config`.

use super::{Globals, Outcome, Result};
use crate::output::Output;
use clap::Args;

/// Print a documented configuration file, or check the one in force.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bailment config > bailment.toml
  bailment --config bailment.toml config --check")]
pub(crate) struct Asked {
    /// Check file, environment and flags; all mistakes are reported at once (exit code 2).
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(asked: &Asked, globals: &Globals, output: Output) -> Result {
    if asked.check {
        let config = globals.load(Vec::new())?;
        let data = config.data.display().to_string();
        if output.is_json() {
            output.document(
                &serde_json::json!({ "mistakes": [], "data": data, "issuer": config.issuer }),
            )?;
        } else {
            output.line(format_args!("the configuration has no mistakes; data is in {data}"))?;
        }
    } else {
        output.line(crate::config::template().trim_end())?;
    }
    Ok(Outcome::Done)
}
