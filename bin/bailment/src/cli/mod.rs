//! The command line.

mod account;
mod backup;
mod catalog;
mod config;
mod demo;
pub(crate) mod explain;
mod import;
mod key;
pub(crate) mod log;
mod notices;
mod policy;
mod preview;
mod probe;
mod registry;
pub(crate) mod serve;

use crate::config::{Config, Flags};
use crate::output::{Audience, Output};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// How a command ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0.
    Done,
    /// A check found mistakes: exit code 3.
    Mistakes,
}

/// Every reason that a command can fail for.
pub(crate) type Result<T = Outcome> = anyhow::Result<T>;

const AFTER_HELP: &str = "\
Examples:
  bailment demo                         everything at once, with a seeded community
  bailment demo --tour m1               the Groups story over real HTTP, step by step
  bailment serve                        run with the data in ./bailment-data
  bailment catalog check api.json       what the gate could not enforce
  bailment explain --position 4711      why each property left or did not
  bailment log verify                   recompute every decision from the log

Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 a check found mistakes.";

/// A gate for people's data: who may read, who did read, and why, in one log.
#[derive(Debug, Parser)]
#[command(name = "bailment", version, after_help = AFTER_HELP, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Globals {
    /// Configuration file (TOML); `bailment config` prints a documented one.
    #[arg(long, global = true, env = "BAILMENT_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data directory, instead of the configuration's.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print JSON for programs.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything at once, with a seeded community; or a story, step by step.
    Demo(demo::Demo),
    /// Run the gate.
    Serve(serve::Serve),
    /// Run the built-in platform as a process of its own.
    #[command(subcommand)]
    Platform(serve::PlatformCommand),
    /// Print a documented configuration file, or check one.
    Config(config::Asked),
    /// Fill the built-in platform from files.
    #[command(subcommand)]
    Import(import::Import),
    /// Fill the built-in platform with a believable community.
    Generate(import::Generate),
    /// Check an API description, or show the one in force.
    #[command(subcommand)]
    Catalog(catalog::Asked),
    /// Check a rule, or show the one in force.
    #[command(subcommand)]
    Policy(policy::Asked),
    /// What the change that is watched would have done so far.
    #[command(after_help = "\
A change is watched between trying it out and making it; it decides nothing. One at a time:
  bailment policy audit stricter.json
  bailment catalog audit next.json --keep 2026-11-01
  bailment program audit messaging closed
  bailment agreement audit --end agr_3
  bailment audit
  bailment audit --off 117")]
    Audit(preview::Watched),
    /// Partners: create, list, show, suspend, reinstate, revoke, surrender.
    #[command(subcommand)]
    Partner(registry::Partner),
    /// Apps: create, list, show, credential, suspend, reinstate, remove.
    #[command(subcommand)]
    App(registry::App),
    /// Reviews of apps, testers, sandboxes.
    #[command(subcommand)]
    Review(registry::Review),
    /// Cases about apps, what people reported, appeals.
    #[command(subcommand)]
    Case(registry::Case),
    /// What apps hold beside what they used, to be acknowledged.
    #[command(subcommand)]
    Report(registry::Report),
    /// Agreements and certifications.
    #[command(subcommand)]
    Agreement(registry::Agreement),
    /// Programs: list, show, experiment, open, restrict, close.
    #[command(subcommand)]
    Program(registry::Program),
    /// API versions: list, deprecate, sunset.
    #[command(subcommand)]
    Version(registry::Version),
    /// Suspend many apps at once: preview, propose, lift.
    #[command(subcommand)]
    Suspension(registry::Suspension),
    /// Say who a person is; that you asked is in the log.
    WhoIs(registry::WhoIs),
    /// Try credentials that must fail.
    #[command(subcommand)]
    Probe(probe::Asked),
    /// Kill every token of a subject.
    CutOff(registry::CutOff),
    /// Staff: add, list, role, end.
    #[command(subcommand)]
    Staff(registry::Member),
    /// Accounts of people and staff.
    #[command(subcommand)]
    Account(account::Asked),
    /// Keys that seal tokens: list, rotate, retire.
    #[command(subcommand)]
    Key(key::Asked),
    /// Notices: list, where e-mail goes, how deliveries go.
    #[command(subcommand)]
    Notices(notices::Asked),
    /// Read and verify the log.
    #[command(subcommand)]
    Log(log::Asked),
    /// Say why each property of an answer left or did not.
    Explain(explain::Explain),
    /// Copy a data directory, running or not.
    Backup(backup::Backup),
    /// Bring a backup back into an empty directory.
    Restore(backup::Restore),
}

impl Cli {
    /// Where the command prints.
    pub(crate) fn output(&self) -> Output {
        Output::new(if self.globals.json { Audience::Programs } else { Audience::People })
    }
}

impl Globals {
    /// The configuration in force, with what a command's own flags set.
    ///
    /// # Errors
    /// Every mistake of it.
    pub(crate) fn load(&self, mut flags: Flags) -> Result<Config> {
        if let Some(data) = &self.data {
            flags.push(("data", "--data", data.to_string_lossy().into_owned()));
        }
        Ok(crate::config::load(self.config.as_deref(), std::env::vars(), flags)?)
    }
}

/// Runs a command.
///
/// # Errors
/// Whatever made it fail.
pub(crate) fn run(cli: Cli, output: &Output) -> Result {
    let Cli { globals, command } = cli;
    match command {
        Command::Partner(asked) => registry::run(&asked, &globals, *output),
        Command::App(asked) => registry::run(&asked, &globals, *output),
        Command::Review(asked) => registry::run(&asked, &globals, *output),
        Command::Case(asked) => registry::run(&asked, &globals, *output),
        Command::Report(asked) => registry::run(&asked, &globals, *output),
        Command::Agreement(asked) => registry::run(&asked, &globals, *output),
        Command::Program(asked) => registry::run(&asked, &globals, *output),
        Command::Version(asked) => registry::run(&asked, &globals, *output),
        Command::Suspension(asked) => registry::run(asked.wish()?, &globals, *output),
        Command::WhoIs(asked) => registry::run(&asked, &globals, *output),
        Command::CutOff(asked) => registry::run(&asked, &globals, *output),
        Command::Staff(asked) => registry::run(&asked, &globals, *output),
        Command::Account(asked) => account::run(&asked, &globals, *output),
        Command::Key(asked) => key::run(&asked, &globals, *output),
        Command::Demo(asked) => demo::run(&asked, *output),
        Command::Serve(asked) => serve::run(&asked, &globals, *output),
        Command::Platform(asked) => serve::platform(&asked, &globals),
        Command::Config(asked) => config::run(&asked, &globals, *output),
        Command::Import(asked) => import::run(&asked, &globals, *output),
        Command::Generate(asked) => import::generate(&asked, &globals, *output),
        Command::Catalog(asked) => catalog::run(&asked, &globals, *output),
        Command::Policy(asked) => policy::run(&asked, &globals, *output),
        Command::Audit(asked) => registry::run(asked.wish(), &globals, *output),
        Command::Probe(asked) => probe::run(&asked, &globals, *output),
        Command::Notices(asked) => notices::run(&asked, &globals, *output),
        Command::Log(asked) => log::run(&asked, &globals, *output),
        Command::Explain(asked) => explain::run(&asked, &globals, *output),
        Command::Backup(asked) => backup::run(&asked, &globals, *output),
        Command::Restore(asked) => backup::restore(&asked, *output),
    }
}
