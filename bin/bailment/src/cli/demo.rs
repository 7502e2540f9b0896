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
}

/// Everything at once, with a seeded community, partner apps in different states and their traffic.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bailment demo
  bailment demo --dir /tmp/demo --people 5000 --seed 7
  bailment demo --tour m1
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
        Some(Tour::M1) => {
            let passed = runtime()?.block_on(tour::m1(asked.dir.clone(), output))?;
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
