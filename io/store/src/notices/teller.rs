//! What is told, and how far.

use super::deliveries::bounded;
use super::inbox::{self, MEMBERS, key_of};
use crate::open::Store;
use crate::schema::{self, SchemaError};
use crate::sqlite_log::{self, unwritten};
use ledger::{Event, Fact};
use model::{PersonNo, Position, Timestamp};
use notices::{Audience, Channel, Notice};
use rusqlite::{Connection, OptionalExtension, params};
use sequence::StoreError;
use std::path::Path;
use std::sync::atomic::Ordering;

/// How far the log and the clock are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TellerCursor {
    /// The first entry that was not looked at.
    pub next: Position,
    /// The last instant that was.
    pub checked_at: Timestamp,
}

/// Opens the queue. One that is new begins at the head of the log: nobody is told of what was long ago.
pub(crate) fn open(path: &Path, next: Position, now: Timestamp) -> Result<Connection, SchemaError> {
    let mut connection = Connection::open(path)?;
    schema::prepare_notices(&mut connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.execute(
        "INSERT INTO teller (id, next, checked_at) VALUES (1, ?1, ?2) ON CONFLICT DO NOTHING",
        [next.0, now.0],
    )?;
    // A log that was brought back from a backup can be shorter than what was told of the one before.
    let shortened =
        connection.execute("UPDATE teller SET next = ?1 WHERE id = 1 AND next > ?1", [next.0])?;
    if shortened > 0 {
        tracing::warn!(%next, "the log is shorter than what was told of it; telling goes on from its head");
    }
    Ok(connection)
}

/// Whom these events erase.
fn erased(events: &[Event]) -> impl Iterator<Item = PersonNo> {
    let facts = events.iter().filter_map(|event| match event {
        Event::Facts(event) => Some(&event.facts),
        _ => None,
    });
    facts.flatten().filter_map(|fact| match fact {
        Fact::PersonGone(person) => Some(*person),
        _ => None,
    })
}

fn insert(
    connection: &Connection,
    notice: &Notice,
    now: Timestamp,
    channels: &[Channel],
) -> rusqlite::Result<Option<u64>> {
    let (kind, recipient, but) = match notice.audience {
        Audience::One(recipient) => {
            let (kind, number) = key_of(recipient);
            (kind, number, None)
        }
        Audience::Members { context, but } => (MEMBERS, context.0, but.map(|person| person.0)),
    };
    let sql = "INSERT INTO notice (recipient_kind, recipient, but, kind, key, severity, details, created_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (recipient_kind, recipient, key) DO NOTHING
               RETURNING id";
    let row = params![
        kind,
        recipient,
        but,
        notice.kind.code(),
        notice.key(),
        notice.severity.code(),
        notice.details.encode(),
        now.0
    ];
    let id: Option<u64> =
        connection.prepare_cached(sql)?.query_row(row, |row| row.get(0)).optional()?;
    let Some(id) = id else { return Ok(None) };
    for channel in channels {
        let sql = "INSERT INTO delivery (notice, channel, reader, state, attempts, next_at)
                   VALUES (?1, ?2, -1, 0, 0, ?3)";
        connection.prepare_cached(sql)?.execute(params![id, channel.code(), now.0])?;
    }
    Ok(Some(id))
}

impl Store {
    /// How far the log and the clock are told.
    ///
    /// # Errors
    /// The queue cannot be read.
    pub fn teller_cursor(&self) -> Result<TellerCursor, StoreError> {
        let connection = self.shared.notices.lock();
        connection
            .query_row("SELECT next, checked_at FROM teller WHERE id = 1", [], |row| {
                Ok(TellerCursor { next: Position(row.get(0)?), checked_at: Timestamp(row.get(1)?) })
            })
            .map_err(unwritten)
    }

    /// Control events from a position on, below another, at most so many; disclosures are passed over unread.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn control_events(
        &self,
        from: Position,
        below: Position,
        most: usize,
    ) -> Result<Vec<(Position, Timestamp, Event)>, StoreError> {
        let last: Option<u64> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT max(position) FROM (SELECT position FROM entry INDEXED BY entry_control
                     WHERE kind >= 16 AND position >= ?1 AND position < ?2 ORDER BY position LIMIT ?3)",
                )?
                .query_row([from.0, below.0, most as u64], |row| row.get(0))
        })?;
        let Some(last) = last else { return Ok(Vec::new()) };
        let mut found = Ok(Vec::new());
        self.read(|connection| {
            found = sqlite_log::control_events(connection, from, Position(last + 1));
            Ok(())
        })?;
        found
    }

    /// Puts notices into the queue and moves the cursor, in one transaction; those that the queue has are passed over. Whom the
    /// events erased loses inbox and address with it. Gives how many were new; `None` if the cursor had been moved by
    /// somebody else, and nothing was done.
    ///
    /// # Errors
    /// Nothing was written.
    pub fn tell(
        &self,
        (from, to): (TellerCursor, TellerCursor),
        due: &[Notice],
        events: &[Event],
        channels: &[Channel],
    ) -> Result<Option<usize>, StoreError> {
        let now = self.now();
        let connection = self.shared.notices.lock();
        let run = || -> rusqlite::Result<Option<usize>> {
            let transaction = connection.unchecked_transaction()?;
            let moved = transaction
                .prepare_cached(
                    "UPDATE teller SET next = ?1, checked_at = ?2
                     WHERE id = 1 AND next = ?3 AND checked_at = ?4",
                )?
                .execute([to.next.0, to.checked_at.0, from.next.0, from.checked_at.0])?;
            if moved != 1 {
                return Ok(None);
            }
            let mut new = 0;
            for notice in due {
                new += usize::from(insert(&transaction, notice, now, channels)?.is_some());
            }
            for person in erased(events) {
                inbox::forget(&transaction, person)?;
            }
            transaction.commit()?;
            Ok(Some(new))
        };
        let told = run().map_err(unwritten)?;
        if told.is_some() && erased(events).next().is_some() {
            self.shared.erased.store(true, Ordering::SeqCst);
        }
        Ok(told)
    }

    /// Puts one notice into the queue that follows from no entry; whether it was new.
    ///
    /// # Errors
    /// Nothing was written.
    pub fn tell_of(&self, notice: &Notice, now: Timestamp) -> Result<bool, StoreError> {
        let connection = self.shared.notices.lock();
        insert(&connection, notice, now, &[]).map(|id| id.is_some()).map_err(unwritten)
    }

    /// Throws away what was made before an instant and does not wait to be delivered.
    ///
    /// # Errors
    /// Nothing was thrown away.
    pub fn prune_notices(&self, before: Timestamp) -> Result<usize, StoreError> {
        let connection = self.shared.notices.lock();
        connection
            .execute(
                "DELETE FROM notice WHERE created_at < ?1 AND NOT EXISTS
                 (SELECT 1 FROM delivery WHERE delivery.notice = notice.id AND delivery.state = 0)",
                [bounded(before)],
            )
            .map_err(unwritten)
    }
}
