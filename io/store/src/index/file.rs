//! The index's file, which is begun anew where it cannot be used: everything in it is made again from the log.

use crate::schema::{self, SchemaError};
use crate::sqlite_log::unwritten;
use model::Position;
use rusqlite::{Connection, ErrorCode};
use sequence::StoreError;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What SQLite puts beside a database.
const BESIDE: [&str; 3] = ["", "-wal", "-shm"];

/// Why it cannot be used.
#[derive(Debug, thiserror::Error)]
enum Useless {
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error("it reaches to {0}, beyond the log")]
    Ahead(Position),
}

impl From<rusqlite::Error> for Useless {
    fn from(error: rusqlite::Error) -> Self {
        Self::Schema(SchemaError::Database(error))
    }
}

/// The connection to the index.
pub(crate) struct IndexFile {
    path: PathBuf,
    connection: Connection,
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn next(connection: &Connection) -> rusqlite::Result<Position> {
    connection
        .prepare_cached("SELECT next FROM done WHERE id = 1")?
        .query_row([], |row| row.get(0).map(Position))
}

fn connect(path: &Path, head: Position) -> Result<Connection, Useless> {
    let mut connection = Connection::open(path)?;
    schema::prepare_index(&mut connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    let next = next(&connection)?;
    // Of another log, or of this one before it was brought back from a backup.
    if next > head { Err(Useless::Ahead(next)) } else { Ok(connection) }
}

/// Throws the file away and begins it anew.
fn anew(path: &Path) -> Result<Connection, SchemaError> {
    for beside in BESIDE {
        let mut name = path.as_os_str().to_owned();
        name.push(beside);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(%error, "`{}` cannot be removed", path.display());
            }
            Ok(()) | Err(_) => {}
        }
    }
    let made = crate::private::file(path);
    if let Err(error) = made {
        tracing::warn!(%error, "`{}` cannot be made", path.display());
    }
    let mut connection = Connection::open(path)?;
    schema::prepare_index(&mut connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

impl IndexFile {
    /// Opens it beside a log of this length. One that is damaged, of a newer program or of another log is begun anew: a gate
    /// must not stay shut for something that can be made again.
    ///
    /// # Errors
    /// Not even a new one can be made.
    pub(crate) fn open(path: PathBuf, head: Position) -> Result<Self, SchemaError> {
        let connection = match connect(&path, head) {
            Ok(connection) => connection,
            Err(error) => {
                tracing::warn!(%error, "the index of people cannot be used and is made again");
                anew(&path)?
            }
        };
        Ok(Self { path, connection })
    }

    /// The first entry that is not taken in.
    pub(crate) fn next(&mut self) -> Result<Position, StoreError> {
        self.with(|connection| next(connection))
    }

    /// Runs with the connection. Where the file turns out to be damaged it is begun anew, and the run has failed.
    pub(crate) fn with<R>(
        &mut self,
        run: impl FnOnce(&mut Connection) -> rusqlite::Result<R>,
    ) -> Result<R, StoreError> {
        let result = run(&mut self.connection);
        if result.as_ref().is_err_and(is_damage) {
            self.begin_anew();
            let text = "the index of people was damaged and is made again";
            return result.map_err(|_| StoreError::Unavailable(text.to_owned()));
        }
        result.map_err(unwritten)
    }

    fn begin_anew(&mut self) {
        tracing::error!("the index of people is damaged and is made again");
        // The old one is closed before its files go: what it wrote at the end would be the new one's.
        let made = Connection::open_in_memory()
            .map(|empty| drop(std::mem::replace(&mut self.connection, empty)))
            .map_err(SchemaError::from)
            .and_then(|()| anew(&self.path));
        match made {
            Ok(connection) => self.connection = connection,
            Err(error) => tracing::error!(%error, "the index of people cannot be made again"),
        }
    }
}
