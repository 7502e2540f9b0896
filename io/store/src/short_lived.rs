//! What is kept for minutes or a day: proofs that were used once, and proposals that wait for a second person.
//!
//! A file of its own. Nothing in it allows anything: a row of `once` refuses a proof that is shown twice, and a proposal is
//! judged anew, under the append lock, by whoever confirms it. Rows are durable before the answer: a proof that was used
//! stays used over a crash.

use crate::jobs::Urgency;
use crate::open::Store;
use crate::sqlite_log::unwritten;
use model::{StaffNo, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use sequence::StoreError;

/// Something big that one of the staff proposed and another must confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its number; never reused.
    pub number: u64,
    /// Who proposed it; none: the operator.
    pub by: Option<StaffNo>,
    /// When.
    pub at: Timestamp,
    /// End, exclusive.
    pub until: Timestamp,
    /// What, as the one who confirms reads it.
    pub text: String,
}

const COLUMNS: &str = "number, by, at, until, text";

fn proposal(row: &Row<'_>) -> rusqlite::Result<Proposal> {
    let by: u32 = row.get(1)?;
    Ok(Proposal {
        number: row.get(0)?,
        by: (by > 0).then_some(StaffNo(by)),
        at: Timestamp(row.get(2)?),
        until: Timestamp(row.get(3)?),
        text: row.get(4)?,
    })
}

/// Rows whose time is over are gone with the next one that is written.
fn sweep(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM once WHERE until <= ?1")?.execute([now.0])?;
    connection.prepare_cached("DELETE FROM proposal WHERE until <= ?1")?.execute([now.0])?;
    Ok(())
}

impl Store {
    /// Writes in one transaction, and says whether it was durable.
    fn write_short_lived<R>(
        &self,
        urgency: Urgency,
        write: impl Fn(&Connection) -> rusqlite::Result<R>,
    ) -> Result<R, StoreError> {
        self.shared.with_room(urgency, || {
            let connection = self.shared.short_lived.lock();
            let run = || {
                let transaction = connection.unchecked_transaction()?;
                let written = write(&transaction)?;
                transaction.commit()?;
                Ok(written)
            };
            run().map_err(unwritten)
        })
    }

    /// Takes note that a proof was used, until it would have expired anyway. `false`: it was used before. `urgency` is that of
    /// what the proof is for: whoever ends something must not fail for want of a row here.
    ///
    /// # Errors
    /// The store cannot be written: the proof must not be believed then.
    pub fn use_once(
        &self,
        urgency: Urgency,
        key: &[u8; 32],
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let now = self.now();
        self.write_short_lived(urgency, |connection| {
            sweep(connection, now)?;
            let new = connection
                .prepare_cached(
                    "INSERT INTO once (key, until) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                )?
                .execute(params![key, until.0])?;
            Ok(new == 1)
        })
    }

    /// Keeps a proposal until its end, as an ending: it is the first half of one. Returns its number.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn propose(
        &self,
        by: Option<StaffNo>,
        (at, until): (Timestamp, Timestamp),
        text: &str,
    ) -> Result<u64, StoreError> {
        let now = self.now();
        self.write_short_lived(Urgency::Ending, |connection| {
            sweep(connection, now)?;
            let row = params![by.map_or(0, |no| no.0), at.0, until.0, text];
            connection
                .prepare_cached(
                    "INSERT INTO proposal (by, at, until, text) VALUES (?1, ?2, ?3, ?4) RETURNING number",
                )?
                .query_row(row, |row| row.get(0))
        })
    }

    /// Proposals that still wait, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn proposals(&self) -> Result<Vec<Proposal>, StoreError> {
        let now = self.now();
        let connection = self.shared.short_lived.lock();
        let sql = format!("SELECT {COLUMNS} FROM proposal WHERE until > ?1 ORDER BY number");
        connection
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.query_map([now.0], proposal)?.collect())
            .map_err(unwritten)
    }

    /// One that still waits.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn proposal(&self, number: u64) -> Result<Option<Proposal>, StoreError> {
        let Ok(number) = i64::try_from(number) else { return Ok(None) };
        let now = self.now();
        let connection = self.shared.short_lived.lock();
        let sql = format!("SELECT {COLUMNS} FROM proposal WHERE number = ?1 AND until > ?2");
        connection
            .prepare_cached(&sql)
            .and_then(|mut statement| {
                statement.query_row(params![number, now.0], proposal).optional()
            })
            .map_err(unwritten)
    }

    /// Takes a proposal away. `false`: somebody else did before, and does with it what is to be done.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn take_proposal(&self, number: u64) -> Result<bool, StoreError> {
        let Ok(number) = i64::try_from(number) else { return Ok(false) };
        let now = self.now();
        self.write_short_lived(Urgency::Ending, |connection| {
            let gone = connection
                .prepare_cached("DELETE FROM proposal WHERE number = ?1 AND until > ?2")?
                .execute(params![number, now.0])?;
            Ok(gone == 1)
        })
    }

    /// Puts a proposal back that was taken for nothing. What fails here is logged and not told: whoever asked is told why
    /// the suspension did not come about, and proposes it anew.
    pub fn put_back(&self, proposal: &Proposal) {
        let Proposal { number, by, at, until, text } = proposal;
        let number = i64::try_from(*number).unwrap_or(i64::MAX);
        let put = self.write_short_lived(Urgency::Ending, |connection| {
            let row = params![number, by.map_or(0, |no| no.0), at.0, until.0, text];
            connection
                .prepare_cached(
                    "INSERT INTO proposal (number, by, at, until, text) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT DO NOTHING",
                )?
                .execute(row)
        });
        if let Err(error) = put {
            tracing::warn!(%error, proposal = number, "a proposal that came to nothing is lost");
        }
    }
}
