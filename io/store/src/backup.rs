//! Backup of a running directory, and its return.

use crate::schema::{self, SchemaError};
use rusqlite::Connection;
use rusqlite::backup::Backup;
use std::path::Path;
use std::time::Duration;

/// Pages copied between two words on how far it is; the log goes on meanwhile.
const PAGES: i32 = 1_024;

/// Copies a database file of a running process, consistent as of one moment. `progress` hears pages left and in all.
///
/// What is written meanwhile stays in the write-ahead log of the source until the copy is whole: that needs room.
///
/// # Errors
/// Either file cannot be read or written.
pub fn backup(from: &Path, to: &Path, mut progress: impl FnMut(i32, i32)) -> rusqlite::Result<()> {
    let source = Connection::open(from)?;
    schema::prepare_reader(&source)?;
    // One moment for the whole copy: without a transaction that is held open, each commit of the running process makes
    // SQLite begin the copy anew, and that of a busy gate never ends.
    let moment = source.unchecked_transaction()?;
    moment.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let mut target = Connection::open(to)?;
    {
        let backup = Backup::new(&source, &mut target)?;
        loop {
            let step = backup.step(PAGES)?;
            let state = backup.progress();
            progress(state.remaining, state.pagecount);
            match step {
                rusqlite::backup::StepResult::Done => break,
                rusqlite::backup::StepResult::Busy | rusqlite::backup::StepResult::Locked => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                _ => {}
            }
        }
    }
    moment.commit()?;
    target.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;")
}

/// Marks a database that was brought back: replicas that knew a later log must not take it for the same.
///
/// # Errors
/// The file is no store, or a newer program's, or cannot be written.
pub fn restore(database: &Path) -> Result<(), SchemaError> {
    let mut connection = Connection::open(database)?;
    schema::prepare(&mut connection)?;
    connection.execute("UPDATE head SET epoch = epoch + 1 WHERE id = 1", [])?;
    Ok(())
}
