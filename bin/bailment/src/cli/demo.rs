//! `bailment demo`.

use super::serve::runtime;
use super::{Outcome, Result};
use crate::demo::{self, Wanted};
use crate::output::Output;
use crate::tour;
use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// A story to be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Tour {
    /// Groups, before and after April 2018.
    M1,
    /// The app registry: many apps suspended at once.
    M2,
    /// Programs and versions, and how they end.
    M6,
    /// A person's own settings.
    M7,
    /// Purposes and certifications.
    M8,
    /// Who may read, did read, holds and uses.
    M12,
}

/// Everything at once, with a seeded community, partner apps in different states and their traffic.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bailment demo
  bailment demo --dir /tmp/demo --people 5000 --seed 7
  bailment demo --tour m2
  bailment demo --tour m1 --json | jq '.steps[] | {title, expectations}'")]
pub(crate) struct Demo {
    /// Play a story step by step instead; exit code 1 where an expectation is not met.
    #[arg(long)]
    tour: Option<Tour>,
    /// Where to keep it; a temporary directory otherwise.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// People of the community.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(60..=1_000_000))]
    people: u32,
    /// What the community grows from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Address to listen on; any free port where it is taken.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "HOST:PORT")]
    listen: SocketAddr,
}

pub(crate) fn run(asked: &Demo, output: Output) -> Result {
    match asked.tour {
        Some(tour) => {
            let directory = asked.dir.clone();
            let runtime = runtime()?;
            let passed = match tour {
                Tour::M1 => runtime.block_on(tour::m1(directory, output)),
                Tour::M2 => runtime.block_on(tour::m2(directory, output)),
                Tour::M6 => runtime.block_on(tour::m6(directory, output)),
                Tour::M12 => runtime.block_on(tour::m12(directory, output)),
                Tour::M7 => runtime.block_on(tour::m7(directory, output)),
                Tour::M8 => runtime.block_on(tour::m8(directory, output)),
            }?;
            anyhow::ensure!(passed, "the tour's expectations were not all met");
            Ok(Outcome::Done)
        }
        None => {
            let wanted = Wanted {
                directory: asked.dir.clone(),
                people: usize::try_from(asked.people)?,
                seed: asked.seed,
                listen: asked.listen,
            };
            runtime()?.block_on(demo::run(wanted, output))?;
            Ok(Outcome::Done)
        }
    }
}
