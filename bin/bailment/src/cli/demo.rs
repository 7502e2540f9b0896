//! `bailment demo`.

use super::serve::runtime;
use super::{Outcome, Result};
use crate::demo::{self, Wanted};
use crate::output::Output;
use crate::tour::{self, Play};
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
  bailment demo --tour m6 --people 5000 --seed 7
  bailment --data snb import ldbc ../shared/data/ldbc-snb-sf0.1 && bailment demo --tour m1 --dir snb
  bailment demo --tour m1 --json | jq '.steps[] | {title, expectations}'")]
pub(crate) struct Demo {
    /// Play a story step by step instead; exit code 1 where an expectation is not met.
    #[arg(long)]
    tour: Option<Tour>,
    /// Where to keep it; a temporary directory otherwise. A tour plays among the people who are there already, where
    /// somebody imported or generated some.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// People of the community [default: 400].
    #[arg(long, value_parser = clap::value_parser!(u32).range(60..=1_000_000))]
    people: Option<u32>,
    /// What the community grows from [default: 1].
    #[arg(long)]
    seed: Option<u64>,
    /// Address to listen on; any free port where it is taken [default: 127.0.0.1:8080, any free port for a tour].
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<SocketAddr>,
}

const PEOPLE_DEFAULT: u32 = 400;
const SEED_DEFAULT: u64 = 1;
const PORT_DEFAULT: u16 = 8080;

pub(crate) fn run(asked: &Demo, output: Output) -> Result {
    match asked.tour {
        Some(tour) => {
            let play = Play {
                directory: asked.dir.clone(),
                grown: asked.people.is_some() || asked.seed.is_some(),
                people: usize::try_from(asked.people.unwrap_or(PEOPLE_DEFAULT))?,
                seed: asked.seed.unwrap_or(SEED_DEFAULT),
                listen: asked.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0))),
                output,
            };
            let runtime = runtime()?;
            let passed = match tour {
                Tour::M1 => runtime.block_on(tour::m1(&play)),
                Tour::M2 => runtime.block_on(tour::m2(&play)),
                Tour::M6 => runtime.block_on(tour::m6(&play)),
                Tour::M12 => runtime.block_on(tour::m12(&play)),
                Tour::M7 => runtime.block_on(tour::m7(&play)),
                Tour::M8 => runtime.block_on(tour::m8(&play)),
            }?;
            anyhow::ensure!(passed, "the tour's expectations were not all met");
            Ok(Outcome::Done)
        }
        None => {
            let wanted = Wanted {
                directory: asked.dir.clone(),
                people: usize::try_from(asked.people.unwrap_or(PEOPLE_DEFAULT))?,
                seed: asked.seed.unwrap_or(SEED_DEFAULT),
                listen: asked
                    .listen
                    .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], PORT_DEFAULT))),
            };
            runtime()?.block_on(demo::run(wanted, output))?;
            Ok(Outcome::Done)
        }
    }
}
