//! `bailment import` and `bailment generate`: fill the built-in platform.

use super::{Globals, Outcome, Result};
use crate::output::Output;
use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use platform::Platform;
use platform::generate::{Seed, Size, generate as grow};
use platform::import::{Summary, Updates, import_ldbc};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;

/// What to import.
#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Data of the LDBC Social Network Benchmark, both layouts of its files.
    #[command(after_help = "\
Example:
  bailment import ldbc ../shared/data/ldbc-snb-sf0.1 --updates

Rows that cannot be taken are rejected by file and line; they never end the import.")]
    Ldbc {
        /// Directory that holds `dynamic/`, or a directory some levels above.
        directory: PathBuf,
        /// Play the update streams too.
        #[arg(long)]
        updates: bool,
    },
}

/// Grow a community: the same seed and size make the same people everywhere.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bailment generate --people 10000 --seed 7")]
pub(crate) struct Generate {
    /// How many people.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u64).range(10..=5_000_000))]
    people: u64,
    /// What it grows from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn open(globals: &Globals) -> Result<Platform> {
    let config = globals.load(Vec::new())?;
    let directory = config.data.join("platform");
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&directory)
        .with_context(|| format!("`{}` cannot be made", directory.display()))?;
    Platform::open(&directory).with_context(|| format!("platform in `{}`", directory.display()))
}

pub(crate) fn run(asked: &Import, globals: &Globals, output: Output) -> Result {
    let Import::Ldbc { directory, updates } = asked;
    if !directory.is_dir() {
        bail!("`{}` is no directory", directory.display());
    }
    let updates = if *updates { Updates::Play } else { Updates::Skip };
    let platform = open(globals)?;
    // Drawn on standard error, and only where that is a terminal.
    let bar = if output.is_json() { ProgressBar::hidden() } else { ProgressBar::new(0) };
    let style = "{bar:30} {percent:>3}% {bytes}/{total_bytes} {elapsed} {msg}";
    bar.set_style(ProgressStyle::with_template(style)?);
    let summary = import_ldbc(platform.store(), directory, updates, |progress| {
        bar.set_length(progress.bytes_total);
        bar.set_position(progress.bytes);
        bar.set_message(progress.file.to_owned());
    })?;
    bar.finish_and_clear();
    if output.is_json() {
        output.document(&summary)?;
    } else {
        show(&summary, output)?;
    }
    Ok(Outcome::Done)
}

fn show(summary: &Summary, output: Output) -> Result<()> {
    let Summary { people, forums, groups, memberships, moderators, posts, photos, .. } = summary;
    let Summary { comments, friendships, reactions, updates, rejected, .. } = summary;
    let row = |what: &str, count: u64| vec![what.to_owned(), count.to_string()];
    output.table(
        &["imported", "rows"],
        vec![
            row("people", *people),
            row("friendships", *friendships),
            row("forums", *forums),
            row("of these groups", *groups),
            row("memberships", *memberships),
            row("moderators", *moderators),
            row("posts", *posts),
            row("of these photos", *photos),
            row("comments", *comments),
            row("reactions", *reactions),
            row("updates played", *updates),
            row("rejected", *rejected),
        ],
    )?;
    if *rejected > 0 {
        let rows = summary.rejected_by_file.iter();
        let rows = rows.map(|(file, count)| vec![file.clone(), count.to_string()]).collect();
        output.table(&["file", "rejected rows"], rows)?;
        for rejection in summary.rejections.iter().take(10) {
            output.line(serde_json::to_string(rejection)?)?;
        }
        output.line("--json lists the first hundred.")?;
    }
    Ok(())
}

pub(crate) fn generate(asked: &Generate, globals: &Globals, output: Output) -> Result {
    let platform = open(globals)?;
    let size = Size::of(usize::try_from(asked.people)?);
    let made = grow(platform.store(), Seed(asked.seed), size)?;
    if output.is_json() {
        output.document(&made)?;
    } else {
        output.line(format_args!(
            "{} people in {} groups, {} memberships, {} friendships, {} posts, {} comments, {} media",
            made.people, made.groups, made.memberships, made.friendships, made.posts, made.comments, made.media
        ))?;
    }
    Ok(Outcome::Done)
}
