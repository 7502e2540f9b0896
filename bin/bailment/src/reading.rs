//! Reading a data directory, whether or not a process has it open.

use crate::cli::Result;
use anyhow::{Context, bail};
use model::Position;
use std::path::Path;
use store::{OpenError, Options, Store, StoredEntry};
use tempfile::TempDir;

/// Entries read at a time.
const PAGE: usize = 500;

/// A store to read from: the directory itself, or a copy of what a running process has open.
pub(crate) struct Reading {
    store: Store,
    _copy: Option<TempDir>,
}

impl Reading {
    /// Opens a data directory for reading.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub(crate) fn open(data: &Path) -> Result<Self> {
        let database = data.join("bailment.db");
        if !database.is_file() {
            bail!("`{}` holds no log; name a data directory with --data", data.display());
        }
        match Store::open(data, Options::default()) {
            Ok(store) => Ok(Self { store, _copy: None }),
            Err(OpenError::InUse(_)) => {
                // One process appends. A copy, consistent as of one moment, is read instead.
                let copy = tempfile::Builder::new().prefix(".reading-").tempdir_in(data)?;
                store::backup(&database, &copy.path().join("bailment.db"), |_, _| {})
                    .context("the running directory cannot be copied")?;
                let options = Options { reserve_bytes: 0, ..Options::default() };
                let store = Store::open(copy.path(), options)?;
                Ok(Self { store, _copy: Some(copy) })
            }
            Err(error) => Err(error).with_context(|| format!("`{}`", data.display())),
        }
    }

    /// The store.
    pub(crate) const fn store(&self) -> &Store {
        &self.store
    }
}

/// Calls for every entry from a position on.
///
/// # Errors
/// The store's, and those of `each`.
pub(crate) fn each(
    store: &Store,
    from: Position,
    mut each: impl FnMut(&StoredEntry) -> Result<()>,
) -> Result<()> {
    let mut next = from;
    loop {
        let entries = store.entries(next, PAGE)?;
        let Some(last) = entries.last() else { return Ok(()) };
        next = Position(last.position.0 + 1);
        entries.iter().try_for_each(&mut each)?;
    }
}
