//! The `bailment` command: reads arguments and configuration, wires the parts, runs and stops them.
//!
//! In scope: arguments, files, environment, processes. Out of scope: every rule; this crate decides nothing.

mod cli;
mod client;
mod config;
mod control;
mod demo;
mod first_start;
mod observe;
mod output;
mod policies;
mod prober;
mod process;
mod reading;
mod tour;
mod upstream;
mod wire;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let output = cli.output();
    // Before anything speaks TLS: a second provider in the process would be refused here, not at the first connection.
    if let Err(error) = outbound::install_provider() {
        output.failure(&error.into());
        return ExitCode::FAILURE;
    }
    match cli::run(cli, &output) {
        Ok(cli::Outcome::Done) => ExitCode::SUCCESS,
        Ok(cli::Outcome::Mistakes) => ExitCode::from(3),
        // Whoever reads has read enough: `bailment log show | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output.failure(&error);
            if error.is::<config::Mistakes>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
