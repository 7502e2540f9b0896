//! The file, its writer and its readers.

use std::os::unix::fs::DirBuilderExt as _;
use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread::available_parallelism,
};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, config::DbConfig};

use super::{bulk, schema};

/// Readers beyond the number of processors, for callers on blocking threads.
const READERS_SPARE: usize = 2;
/// Prepared statements kept per connection; the platform has fewer distinct ones.
const STATEMENTS_MAX: usize = 64;

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file is busy, full or gone: try later.
    #[error("platform store is unavailable: {0}")]
    Unavailable(String),
    /// The file holds what this program cannot have written: wake someone.
    #[error("platform store is corrupt: {0}")]
    Corrupt(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{
            ConstraintViolation, DatabaseCorrupt, NotADatabase, TypeMismatch,
        };
        match error.sqlite_error_code() {
            Some(DatabaseCorrupt | NotADatabase | ConstraintViolation | TypeMismatch) | None => {
                Self::Corrupt(error.to_string())
            }
            Some(_) => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Corrupt(error.to_string())
    }
}

/// The platform's file: one writer, a few readers.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Vec<Mutex<Connection>>,
    turn: AtomicUsize,
}

impl Store {
    /// Opens `platform.db` in a directory, creating both if they are missing.
    ///
    /// # Errors
    /// [`StoreError`] if the directory cannot be made or the file cannot be opened.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        // People's data: for the owner alone.
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
        made.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let path = dir.join("platform.db");
        let mut writer = Connection::open(&path)?;
        writer.pragma_update(None, "journal_mode", "WAL")?;
        // A fact that the gate accepted must survive a power loss, or its sequence number would
        // be given to another fact: every commit is synced.
        writer.pragma_update(None, "synchronous", "FULL")?;
        prepare(&writer)?;
        schema::migrate(&mut writer)?;
        bulk::close_if_open(&writer)?;
        let count = available_parallelism().map_or(2, usize::from) + READERS_SPARE;
        let readers = (0..count)
            .map(|_| open_reader(&path).map(Mutex::new))
            .collect::<Result<Vec<_>, StoreError>>()?;
        Ok(Self { path, writer: Mutex::new(writer), readers, turn: AtomicUsize::new(0) })
    }

    /// Runs a read in one consistent view of the file.
    ///
    /// # Errors
    /// Whatever `read` returns, or [`StoreError`] if the view cannot be opened.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let reader = self.reader()?;
        // One transaction for a page of statements: one view, and one set of file locks.
        let view = reader.unchecked_transaction().map_err(StoreError::from)?;
        read(&view)
    }

    /// Runs a change in one transaction, which is rolled back if `change` fails.
    ///
    /// # Errors
    /// Whatever `change` returns, or [`StoreError`] if the transaction cannot be made durable.
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut writer = self.writer();
        let transaction = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let value = change(&transaction)?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(value)
    }

    /// The writer itself, for bulk work that manages its own transactions.
    pub(super) fn writer(&self) -> MutexGuard<'_, Connection> {
        // A panic in a change drops its transaction, which rolls it back: the connection is sound.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A further connection for a long read, so that it holds no reader of the pool.
    pub(super) fn open_reader(&self) -> Result<Connection, StoreError> {
        open_reader(&self.path)
    }

    fn reader(&self) -> Result<MutexGuard<'_, Connection>, StoreError> {
        if let Some(free) = self.readers.iter().find_map(|reader| reader.try_lock().ok()) {
            return Ok(free);
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.readers.len().max(1);
        let reader = self.readers.get(turn);
        let reader = reader.ok_or_else(|| StoreError::Unavailable("no reader".to_owned()))?;
        Ok(reader.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let reader = Connection::open_with_flags(path, flags)?;
    prepare(&reader)?;
    Ok(reader)
}

fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    connection.pragma_update(None, "mmap_size", 268_435_456)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // A plan that depends on the values bound would be made anew for every one of them; that took a third of a page.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}
