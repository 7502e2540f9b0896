//! Data directories are their owner's alone: names and password hashes are in them.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

const OTHERS: u32 = 0o077;
const STICKY: u32 = 0o1000;
/// What a store has in its directory, with whatever SQLite puts beside a database.
const OURS: &[&str] =
    &["bailment.db", "index.db", "notices.db", "short-lived.db", "snapshots", "reserve", "lock"];

/// Makes the directory, or takes from others what they may do in one that is there, and with each file of ours in it.
///
/// # Errors
/// It cannot be made, or is one that everybody shares, or a file of ours cannot be tightened.
pub(crate) fn directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & STICKY != 0 {
        let text = "everybody shares it; give the data a directory of its own";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, text));
    }
    if mode & OTHERS != 0 {
        // A mounted volume can belong to somebody else; the files are ours in any case.
        if let Err(error) = fs::set_permissions(path, Permissions::from_mode(mode & 0o700)) {
            tracing::warn!(%error, "others can look into the data directory `{}`", path.display());
        }
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        if OURS.iter().any(|ours| name == *ours || name.starts_with(&format!("{ours}-"))) {
            tighten(&entry.path())?;
        }
    }
    Ok(())
}

fn tighten(path: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    let mode = metadata.permissions().mode();
    if metadata.is_symlink() || mode & OTHERS == 0 {
        return Ok(());
    }
    let tightened = fs::set_permissions(path, Permissions::from_mode(mode & 0o700));
    tightened.map_err(|error| {
        let text =
            format!("others may read `{}`, and that cannot be changed: {error}", path.display());
        io::Error::new(error.kind(), text)
    })
}

/// Makes a database's file before SQLite does. What SQLite puts beside it (the write-ahead log) gets the same permissions.
pub(crate) fn file(path: &Path) -> io::Result<()> {
    File::options().append(true).create(true).mode(0o600).open(path).map(drop)
}
