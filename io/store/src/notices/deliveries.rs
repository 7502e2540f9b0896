//! Notices on their way out: attempts, the next one, and how it ended.

use super::inbox::{COLUMNS, PERSON, QueuedNotice, key_of, notice, raw};
use crate::open::Store;
use crate::sqlite_log::unwritten;
use model::{PersonNo, Timestamp};
use notices::{Channel, Recipient};
use rusqlite::{OptionalExtension, params};
use sequence::StoreError;

/// Where e-mail goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The mailbox.
    pub email: String,
    /// The language to write in.
    pub language: String,
}

/// A notice that waits to be delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its number.
    pub id: u64,
    /// What.
    pub notice: QueuedNotice,
    /// How.
    pub channel: Channel,
    /// Of what members are told: the member that this one is for.
    pub reader: Option<PersonNo>,
    /// Attempts that failed.
    pub attempts: u32,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Taken by whoever was to take it.
    Done,
    /// There is nobody to send it to.
    Nobody,
    /// To be tried again.
    Later {
        /// When.
        at: Timestamp,
        /// What went wrong: a word or a code, never what the other side said.
        trouble: String,
    },
    /// Not tried any more.
    Dead {
        /// What went wrong last.
        trouble: String,
    },
    /// One delivery for each of these, in its place.
    Instead(Vec<PersonNo>),
}

/// An instant as the database keeps it; the end of time is beyond its integers.
pub(super) fn bounded(at: Timestamp) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

impl Store {
    /// Deliveries whose time has come, oldest first, at most so many.
    ///
    /// # Errors
    /// The queue cannot be read.
    pub fn due_deliveries(
        &self,
        channel: Channel,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        let connection = self.shared.notices.lock();
        let sql = format!(
            "SELECT {COLUMNS}, d.id, d.reader, d.attempts FROM delivery d JOIN notice n ON n.id = d.notice
             WHERE d.state = 0 AND d.next_at <= ?1 AND d.channel = ?2 ORDER BY d.next_at, d.id LIMIT ?3"
        );
        let rows = connection.prepare_cached(&sql).and_then(|mut statement| {
            let rows = statement
                .query_map(params![bounded(now), channel.code(), most as u64], |row| {
                    Ok((raw(row)?, row.get(8)?, row.get::<_, i64>(9)?, row.get(10)?))
                })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        let mut due = Vec::new();
        for (row, id, reader, attempts) in rows.map_err(unwritten)? {
            let reader = u32::try_from(reader).ok().map(PersonNo);
            if let Some(notice) = notice(row, false)? {
                due.push(Delivery { id, notice, channel, reader, attempts });
            }
        }
        Ok(due)
    }

    /// Notes how an attempt ended. Only what still waits is changed; whether it did.
    ///
    /// # Errors
    /// Nothing was written: the attempt will be made again.
    pub fn attempted(
        &self,
        delivery: &Delivery,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (state, next_at, trouble) = match outcome {
            Outcome::Done | Outcome::Instead(_) => (1, now, None),
            Outcome::Nobody => (3, now, None),
            Outcome::Later { at, trouble } => (0, *at, Some(trouble)),
            Outcome::Dead { trouble } => (2, now, Some(trouble)),
        };
        let connection = self.shared.notices.lock();
        let run = || -> rusqlite::Result<bool> {
            let transaction = connection.unchecked_transaction()?;
            let sql = "UPDATE delivery SET state = ?1, attempts = attempts + 1, next_at = ?2, trouble = ?3
                       WHERE id = ?4 AND state = 0 AND attempts = ?5";
            let given = params![state, next_at.0, trouble, delivery.id, delivery.attempts];
            let changed = transaction.prepare_cached(sql)?.execute(given)? == 1;
            if let (true, Outcome::Instead(people)) = (changed, outcome) {
                let sql = "INSERT INTO delivery (notice, channel, reader, state, attempts, next_at)
                           VALUES (?1, ?2, ?3, 0, 0, ?4) ON CONFLICT DO NOTHING";
                let mut insert = transaction.prepare_cached(sql)?;
                let (notice, channel) = (delivery.notice.id, delivery.channel.code());
                for person in people {
                    insert.execute(params![notice, channel, person.0, now.0])?;
                }
            }
            transaction.commit()?;
            Ok(changed)
        };
        run().map_err(unwritten)
    }

    /// Deliveries by channel and state: waiting, done, dead, nobody.
    ///
    /// # Errors
    /// The queue cannot be read.
    pub fn delivery_counts(&self, channel: Channel) -> Result<[u64; 4], StoreError> {
        let connection = self.shared.notices.lock();
        let mut counts = [0; 4];
        let sql = "SELECT state, count(*) FROM delivery WHERE channel = ?1 GROUP BY state";
        let rows = connection.prepare_cached(sql).and_then(|mut statement| {
            let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, usize>(0)?, row.get(1)?));
            statement.query_map([channel.code()], row)?.collect::<rusqlite::Result<Vec<_>>>()
        });
        for (state, count) in rows.map_err(unwritten)? {
            if let Some(place) = counts.get_mut(state) {
                *place = count;
            }
        }
        Ok(counts)
    }

    /// Where e-mail to somebody goes.
    ///
    /// # Errors
    /// The queue cannot be read.
    pub fn address(&self, recipient: Recipient) -> Result<Option<Address>, StoreError> {
        let (kind, number) = key_of(recipient);
        let connection = self.shared.notices.lock();
        connection
            .prepare_cached(
                "SELECT email, language FROM address WHERE recipient_kind = ?1 AND recipient = ?2",
            )
            .and_then(|mut statement| {
                let address = |row: &rusqlite::Row<'_>| {
                    Ok(Address { email: row.get(0)?, language: row.get(1)? })
                };
                statement.query_row(params![kind, number], address).optional()
            })
            .map_err(unwritten)
    }

    /// Sets where e-mail to somebody goes; nothing: nowhere any more.
    ///
    /// # Errors
    /// Nothing was written.
    pub fn set_address(
        &self,
        recipient: Recipient,
        address: Option<&Address>,
    ) -> Result<(), StoreError> {
        let (kind, number) = key_of(recipient);
        let connection = self.shared.notices.lock();
        let done = match address {
            Some(Address { email, language }) => connection.execute(
                "INSERT INTO address (recipient_kind, recipient, email, language) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (recipient_kind, recipient) DO UPDATE
                 SET email = excluded.email, language = excluded.language",
                params![kind, number, email, language],
            ),
            None => connection.execute(
                "DELETE FROM address WHERE recipient_kind = ?1 AND recipient = ?2",
                params![kind, number],
            ),
        };
        done.map(drop).map_err(unwritten)
    }

    /// Of these people, those whom e-mail can reach.
    ///
    /// # Errors
    /// The queue cannot be read.
    pub fn with_address(&self, people: &[PersonNo]) -> Result<Vec<PersonNo>, StoreError> {
        let connection = self.shared.notices.lock();
        let run = || -> rusqlite::Result<Vec<PersonNo>> {
            let sql = "SELECT 1 FROM address WHERE recipient_kind = ?1 AND recipient = ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let mut found = Vec::new();
            for person in people {
                if statement.exists(params![PERSON, person.0])? {
                    found.push(*person);
                }
            }
            Ok(found)
        };
        run().map_err(unwritten)
    }
}
