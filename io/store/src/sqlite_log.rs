//! [`sequence::LogStore`] over one SQLite file.

use crate::vault;
use ledger::{Event, Frontier, Payload, SealedEntry};
use model::{ContextNo, PersonNo, Position, Timestamp};
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use sequence::{Head, LogStore, Lookup, NameOf, StoreError, Tail, VaultWrite};

/// Payloads above this are compressed; below it nothing is won.
const COMPRESS_ABOVE: usize = 4_096;
const CODEC_PLAIN: i64 = 0;
const CODEC_ZSTD: i64 = 1;

/// The connection that appends.
pub(crate) struct SqliteLog<'c> {
    connection: &'c Connection,
}

impl<'c> SqliteLog<'c> {
    pub(crate) const fn new(connection: &'c Connection) -> Self {
        Self { connection }
    }
}

/// What an SQLite error means before a commit was tried: nothing was written.
pub(crate) fn unwritten(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Corrupt(error.to_string())
        }
        _ => StoreError::Unavailable(error.to_string()),
    }
}

/// Reads the head.
pub(crate) fn head(connection: &Connection) -> Result<Head, StoreError> {
    let (next, time, peaks, epoch): (u64, u64, Vec<u8>, u64) = connection
        .prepare_cached("SELECT next, time, peaks, epoch FROM head WHERE id = 1")
        .and_then(|mut statement| {
            statement.query_row([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
        })
        .map_err(unwritten)?;
    let peaks = peaks.as_chunks::<32>().0.to_vec();
    let frontier = Frontier::restore(next, peaks)
        .ok_or_else(|| StoreError::Corrupt("head and tree differ".into()))?;
    Ok(Head { time, frontier, epoch })
}

impl Lookup for SqliteLog<'_> {
    fn is_member(&self, person: PersonNo, context: ContextNo) -> bool {
        self.connection
            .prepare_cached("SELECT 1 FROM member WHERE person = ?1 AND context = ?2")
            .and_then(|mut statement| {
                statement.query_row([person.0, context.0], |_| Ok(())).optional()
            })
            // Deny on doubt: who cannot be looked up is no member.
            .is_ok_and(|found| found.is_some())
    }

    fn details(&self, of: NameOf) -> Option<[u8; 32]> {
        // A store that cannot be read commits nothing either.
        vault::latest_details(self.connection, of).ok().flatten()
    }
}

impl LogStore for SqliteLog<'_> {
    type Write = VaultWrite;

    fn lock(&mut self) -> Result<Head, StoreError> {
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(unwritten)?;
        head(self.connection).inspect_err(|_| self.unlock())
    }

    fn tail(&mut self, from: Position) -> Result<Vec<Tail>, StoreError> {
        let head = head(self.connection)?;
        let mut tail = Vec::new();
        for (position, time, event) in control_events(self.connection, from, head.next())? {
            tail.push(Tail::Passed(position, time));
            tail.push(Tail::Control(position, time, Box::new(event)));
        }
        tail.push(Tail::Passed(head.next(), Timestamp(head.time)));
        Ok(tail)
    }

    fn append(
        &mut self,
        entries: &[SealedEntry],
        writes: Vec<VaultWrite>,
        head: &Head,
    ) -> Result<(), StoreError> {
        let first = head.next().0 - entries.len() as u64;
        let written = insert(self.connection, first, entries, head).and_then(|()| {
            writes.iter().try_for_each(|write| vault::write(self.connection, write))
        });
        if let Err(error) = written {
            self.unlock();
            return Err(unwritten(error));
        }
        self.connection.execute_batch("COMMIT").map_err(|error| {
            let full = error.sqlite_error_code() == Some(ErrorCode::DiskFull);
            // A commit that failed for lack of space was rolled back; of any other failure only the file knows.
            if full && self.connection.execute_batch("ROLLBACK").is_ok() {
                return StoreError::Full;
            }
            self.unlock();
            if full { StoreError::Full } else { StoreError::Unknown(error.to_string()) }
        })
    }

    fn unlock(&mut self) {
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}

fn insert(
    connection: &Connection,
    first: u64,
    entries: &[SealedEntry],
    head: &Head,
) -> rusqlite::Result<()> {
    let mut leaf = connection
        .prepare_cached("INSERT INTO entry (position, time, kind, leaf) VALUES (?1, ?2, ?3, ?4)")?;
    let mut payload = connection.prepare_cached(
        "INSERT INTO payload (position, salt, codec, bytes) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (entry, position) in entries.iter().zip(first..) {
        leaf.execute(params![position, entry.time.0, entry.kind, entry.leaf])?;
        let compressed = if entry.payload.len() > COMPRESS_ABOVE {
            zstd::bulk::compress(&entry.payload, 1).ok()
        } else {
            None
        };
        match compressed {
            Some(bytes) => payload.execute(params![position, entry.salt, CODEC_ZSTD, bytes])?,
            None => payload.execute(params![position, entry.salt, CODEC_PLAIN, entry.payload])?,
        };
    }
    connection
        .prepare_cached(
            "UPDATE head SET next = ?1, time = ?2, peaks = ?3 WHERE id = 1 AND next = ?4",
        )?
        .execute(params![head.next().0, head.time, head.frontier.peaks().concat(), first])
        .and_then(
            |rows| {
                if rows == 1 { Ok(()) } else { Err(rusqlite::Error::StatementChangedRows(rows)) }
            },
        )
}

/// Undoes the codec of a payload column.
pub(crate) fn unpack(codec: i64, bytes: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    match codec {
        CODEC_PLAIN => Ok(bytes),
        CODEC_ZSTD => zstd::bulk::decompress(&bytes, model::limits::PAYLOAD_BYTES_MAX)
            .map_err(|error| StoreError::Corrupt(format!("payload cannot be unpacked: {error}"))),
        other => Err(StoreError::Corrupt(format!("payload codec {other} is unknown"))),
    }
}

type ControlRow = (u64, u64, u16, Option<i64>, Option<Vec<u8>>);

/// Control events read at a time, and bytes of their payloads as they are stored: a log can have begun with the facts of
/// millions of people.
const PAGE_EVENTS: usize = 4_096;
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Control events from a position up to another, exclusive. For ranges that are short.
pub(crate) fn control_events(
    connection: &Connection,
    from: Position,
    to: Position,
) -> Result<Vec<(Position, Timestamp, Event)>, StoreError> {
    read_control(connection, (from, to), (usize::MAX, usize::MAX))
}

/// The first of them, as many as memory should hold; none only where there is none.
pub(crate) fn control_page(
    connection: &Connection,
    from: Position,
    to: Position,
) -> Result<Vec<(Position, Timestamp, Event)>, StoreError> {
    read_control(connection, (from, to), (PAGE_EVENTS, PAGE_BYTES))
}

fn read_control(
    connection: &Connection,
    (from, to): (Position, Position),
    (events_max, bytes_max): (usize, usize),
) -> Result<Vec<(Position, Timestamp, Event)>, StoreError> {
    let sql = "SELECT e.position, e.time, e.kind, p.codec, p.bytes FROM entry e INDEXED BY entry_control
               LEFT JOIN payload p USING (position) WHERE e.kind >= 16 AND e.position >= ?1 AND e.position < ?2 ORDER BY e.position";
    let mut statement = connection.prepare_cached(sql).map_err(unwritten)?;
    let mut rows = statement.query([from.0, to.0]).map_err(unwritten)?;
    let (mut events, mut read_bytes) = (Vec::new(), 0usize);
    while events.len() < events_max
        && read_bytes < bytes_max
        && let Some(row) = rows.next().map_err(unwritten)?
    {
        let read = || -> rusqlite::Result<ControlRow> {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        };
        let (position, time, kind, codec, bytes) = read().map_err(unwritten)?;
        let (Some(codec), Some(bytes)) = (codec, bytes) else {
            return Err(StoreError::Corrupt(format!("control event {position} has no payload")));
        };
        read_bytes = read_bytes.saturating_add(bytes.len());
        let payload = Payload::decode(kind, &unpack(codec, bytes)?)
            .map_err(|error| StoreError::Corrupt(format!("entry {position}: {error}")))?;
        if let Payload::Control(event) = payload {
            events.push((Position(position), Timestamp(time), event));
        }
    }
    Ok(events)
}
