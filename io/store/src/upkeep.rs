//! What is done in the background: snapshots, the index, the watched change, and forgetting who was erased.

use crate::index::{self, Reached};
use crate::open::Store;
use crate::previews::WATCH_MAX;
use crate::sqlite_log::unwritten;
use crate::{schema, snapshot};
use parking_lot::Mutex;
use rusqlite::Connection;
use sequence::StoreError;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Between two turns that find nothing to do.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two turns while the index is being made again: appending and reading go first.
const PAUSE_BEHIND: Duration = Duration::from_millis(10);
/// Between two tries to empty write-ahead logs: a backup can read from them for an hour.
const FORGET_EVERY: Duration = Duration::from_secs(10);
/// Chunks of the index in one turn: snapshots and the watched change wait meanwhile, and so does the end of the process.
const CHUNKS: usize = 8;

impl Store {
    /// Writes a snapshot of the fold, off the live state. Long: call it from a blocking thread.
    ///
    /// # Errors
    /// The older snapshot stays.
    pub fn write_snapshot(&self) -> Result<(), StoreError> {
        let connection =
            Connection::open(self.shared.directory.join("bailment.db")).map_err(unwritten)?;
        schema::prepare_reader(&connection).map_err(unwritten)?;
        snapshot::write(&self.shared.directory, &connection, &self.shared.reserve)
    }

    /// Brings the index of people up to the head. Short when called often, long where it is made again.
    ///
    /// # Errors
    /// The index cannot be written; it can be deleted and is made again.
    pub fn update_index(&self) -> Result<(), StoreError> {
        while index::take_in(self, CHUNKS)? == Reached::Further {}
        Ok(())
    }

    /// Empties the write-ahead logs of what erased identities left there: deleting overwrites the pages of a database, but what
    /// they were before stands in its log until that is written over. `false` where somebody reads from one at this moment:
    /// nobody is waited for, and upkeep tries again.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn forget_erased(&self) -> Result<bool, StoreError> {
        if !self.shared.erased.swap(false, Ordering::SeqCst) {
            return Ok(true);
        }
        let logs = [("bailment.db", &self.shared.writer), ("notices.db", &self.shared.notices)];
        let all = logs.into_iter().try_fold(true, |all, (name, writer)| {
            let connection = Connection::open(self.shared.directory.join(name))?;
            Ok(truncate_log(&connection, writer)? && all)
        });
        if !matches!(all, Ok(true)) {
            self.shared.erased.store(true, Ordering::SeqCst);
        }
        all.map_err(unwritten)
    }

    /// Snapshots and index in the background, until the last clone is gone.
    pub fn spawn_upkeep(&self, snapshot_every: Duration) {
        let weak = Arc::downgrade(&self.thread);
        let shared = Arc::downgrade(&self.shared);
        self.shared.has_upkeep.store(true, Ordering::Relaxed);
        let upkeep = move || {
            let (mut snapshot_at, mut pause) = (Instant::now(), PAUSE);
            let mut forget_at: Option<Instant> = None;
            loop {
                std::thread::sleep(pause);
                let (Some(thread), Some(shared)) = (weak.upgrade(), shared.upgrade()) else {
                    return;
                };
                let store = Self { shared, thread };
                pause = PAUSE;
                if store.shared.reserve.is_full() {
                    // What room is left is for endings.
                    continue;
                }
                if store.keep_up() == Reached::Further {
                    pause = PAUSE_BEHIND;
                }
                if forget_at.is_none_or(|at| at.elapsed() >= FORGET_EVERY) {
                    forget_at = Some(Instant::now());
                    if let Err(error) = store.forget_erased() {
                        tracing::warn!(%error, "write-ahead logs may still tell who was erased");
                    }
                }
                if snapshot_at.elapsed() >= snapshot_every {
                    snapshot_at = Instant::now();
                    if let Err(error) = store.write_snapshot() {
                        tracing::warn!(%error, "no snapshot could be written; the next start takes longer");
                    }
                }
            }
        };
        if let Err(error) = std::thread::Builder::new().name("upkeep".to_owned()).spawn(upkeep) {
            self.shared.has_upkeep.store(false, Ordering::Relaxed);
            tracing::error!(%error, "no thread for snapshots and the index");
        }
    }

    /// One turn; says whether the index is behind.
    fn keep_up(&self) -> Reached {
        let reached = index::take_in(self, CHUNKS).unwrap_or_else(|error| {
            tracing::warn!(%error, "the index of people falls behind");
            // Not at once again: what failed now is likely to fail in a moment.
            Reached::Head
        });
        if let Err(error) = self.follow_watched(WATCH_MAX) {
            tracing::warn!(%error, "the watched change falls behind");
        }
        reached
    }
}

/// Writes back what a write-ahead log holds, and empties it; `false` where somebody reads from it.
fn truncate_log(connection: &Connection, writer: &Mutex<Connection>) -> rusqlite::Result<bool> {
    connection.execute_batch("PRAGMA busy_timeout = 0")?;
    // First without being in anybody's way, so that the second, which is, has little left to write.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    // A transaction that has read and then writes would find the log emptied below it, and fail: SQLite does not wait there.
    let _nobody_writes = writer.lock();
    let busy: i64 =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(busy == 0)
}
