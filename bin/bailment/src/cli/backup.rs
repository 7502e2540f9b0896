//! `bailment backup` and `bailment restore`.

use super::{Globals, Outcome, Result};
use crate::output::Output;
use anyhow::{Context, bail};
use clap::Args;
use indicatif::ProgressBar;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Databases of a data directory. The index is made again from the log; the platform is there only where it is built in. Notices
/// before the log: what the copy of the log holds beyond them is told again, and by its keys only once. Proofs that were used,
/// after it: none that the copy of the log rests on is believed a second time.
const DATABASES: [&str; 4] =
    ["notices.db", "bailment.db", "short-lived.db", "platform/platform.db"];
/// Files that are copied as they are: the private keys, and the people and the group that exist for the prober.
const FILES: [&str; 2] = ["keys", "prober.json"];

/// Copy a data directory, running or not, as of one moment for each database.
#[derive(Debug, Args)]
#[command(after_help = "\
The copy holds the private keys: keep it as safe as the original.
  bailment backup /backup/2026-11-21
  bailment restore /backup/2026-11-21 /srv/bailment")]
pub(crate) struct Backup {
    /// A new directory.
    to: PathBuf,
}

/// Bring a backup back into a new directory. Its log gets a new epoch: nobody takes it for the one that went on.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// Directory of the backup.
    from: PathBuf,
    /// A new directory.
    to: PathBuf,
}

/// Makes a directory that only its owner can enter.
fn fresh(directory: &Path) -> Result<()> {
    if directory.exists() && fs::read_dir(directory)?.next().is_some() {
        bail!("`{}` exists and is not empty", directory.display());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .with_context(|| format!("`{}` cannot be made", directory.display()))
}

pub(crate) fn run(asked: &Backup, globals: &Globals, output: Output) -> Result {
    let data = globals.load(Vec::new())?.data;
    if !data.join("bailment.db").is_file() {
        bail!("`{}` holds no log; name a data directory with --data", data.display());
    }
    fresh(&asked.to)?;
    let mut copied = Vec::new();
    for name in DATABASES {
        let from = data.join(name);
        if from.is_file() {
            let to = asked.to.join(name);
            to.parent().map(fs::create_dir_all).transpose()?;
            let bar = if output.is_json() { ProgressBar::hidden() } else { ProgressBar::new(0) };
            store::backup(&from, &to, |left, all| {
                bar.set_length(all.unsigned_abs().into());
                bar.set_position((all - left).unsigned_abs().into());
            })
            .with_context(|| format!("`{}` cannot be copied", from.display()))?;
            bar.finish_and_clear();
            copied.push(name.to_owned());
        }
    }
    copy_files(&data, &asked.to, &mut copied)?;
    report(&copied, &asked.to, output)
}

/// Copies what is no database, readable by its owner alone.
fn copy_files(data: &Path, to: &Path, copied: &mut Vec<String>) -> Result<()> {
    for name in FILES {
        let from = data.join(name);
        if from.is_file() {
            copy_private(&from, &to.join(name))?;
            copied.push(name.to_owned());
        }
    }
    Ok(())
}

/// Copies a file piece by piece: a database is larger than memory.
fn copy_private(from: &Path, to: &Path) -> Result<()> {
    let mut source =
        File::open(from).with_context(|| format!("`{}` cannot be read", from.display()))?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    io::copy(&mut source, &mut file)
        .with_context(|| format!("`{}` cannot be copied", from.display()))?;
    Ok(file.sync_all()?)
}

pub(crate) fn restore(asked: &Restore, output: Output) -> Result {
    if !asked.from.join("bailment.db").is_file() {
        bail!("`{}` holds no backup", asked.from.display());
    }
    fresh(&asked.to)?;
    let mut copied = Vec::new();
    for name in DATABASES {
        let from = asked.from.join(name);
        if from.is_file() {
            let to = asked.to.join(name);
            to.parent().map(fs::create_dir_all).transpose()?;
            copy_private(&from, &to)?;
            copied.push(name.to_owned());
        }
    }
    copy_files(&asked.from, &asked.to, &mut copied)?;
    store::restore(&asked.to.join("bailment.db"))
        .context("the log cannot be marked as restored")?;
    report(&copied, &asked.to, output)
}

fn report(copied: &[String], to: &Path, output: Output) -> Result {
    if output.is_json() {
        output.document(&serde_json::json!({ "directory": to, "copied": copied }))?;
    } else {
        output.line(format_args!("{} in {}", copied.join(", "), to.display()))?;
    }
    Ok(Outcome::Done)
}
