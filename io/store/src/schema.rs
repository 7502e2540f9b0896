//! Tables and their migrations: forward only, each in one transaction, version in `user_version`.

use rusqlite::Connection;

/// Migrations in order; the index plus one is the version that it leads to.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/1-log-and-vault.sql"),
    include_str!("schema/2-details.sql"),
    include_str!("schema/3-indexes.sql"),
];
/// Migrations of the index file, which can be thrown away and made again.
const INDEX_MIGRATIONS: &[&str] =
    &[include_str!("schema/1-index.sql"), include_str!("schema/2-index.sql")];

/// Migrations of the queue of notices.
const NOTICES_MIGRATIONS: &[&str] = &[include_str!("schema/1-notices.sql")];

/// Migrations of what is kept for a short while.
const SHORT_LIVED_MIGRATIONS: &[&str] = &[include_str!("schema/1-short-lived.sql")];

/// Durability: WAL with one fsync a commit, and no checkpoint in the middle of a burst. What is deleted is overwritten: an
/// identity that was erased must not be readable in a free page.
const PRAGMAS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA busy_timeout = 5000;
    PRAGMA wal_autocheckpoint = 8192;
    PRAGMA cache_size = -65536;
    PRAGMA trusted_schema = OFF;
    PRAGMA secure_delete = ON;
";

/// Why a file cannot be brought to the current version.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A later version of the program made it: what this one does not know of it, it would break.
    #[error(
        "its tables are of version {found}, this program knows up to {known}: a newer one made it"
    )]
    Newer {
        /// The file's version.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// It cannot be read or written.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
}

/// Sets a connection up and brings the file to the current version.
pub(crate) fn prepare(connection: &mut Connection) -> Result<(), SchemaError> {
    connection.execute_batch(PRAGMAS)?;
    migrate(connection, MIGRATIONS)
}

/// Sets up a connection to the index. What a loss of power takes back is taken in again; the file itself must stay whole, so
/// that what was not yet on disk is never overtaken by what was.
pub(crate) fn prepare_index(connection: &mut Connection) -> Result<(), SchemaError> {
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;",
    )?;
    migrate(connection, INDEX_MIGRATIONS)
}

/// Sets up the connection to the queue of notices. What a loss of power takes back is told again: the cursor goes with it.
pub(crate) fn prepare_notices(connection: &mut Connection) -> Result<(), SchemaError> {
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
         PRAGMA busy_timeout = 5000; PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON;",
    )?;
    migrate(connection, NOTICES_MIGRATIONS)
}

/// Sets up the connection to what is kept for a short while: durable, for a proof that was used stays used.
pub(crate) fn prepare_short_lived(connection: &mut Connection) -> Result<(), SchemaError> {
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000;
         PRAGMA trusted_schema = OFF; PRAGMA secure_delete = ON;",
    )?;
    migrate(connection, SHORT_LIVED_MIGRATIONS)
}

/// Sets up a connection that only reads.
pub(crate) fn prepare_reader(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA cache_size = -16384; PRAGMA mmap_size = 268435456;",
    )
}

fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<(), SchemaError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if version > known {
        return Err(SchemaError::Newer { found: version, known });
    }
    for (sql, target) in migrations.iter().zip(1i64..).filter(|(_, target)| *target > version) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", target)?;
        transaction.commit()?;
    }
    Ok(())
}
