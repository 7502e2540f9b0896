//! Reading the log.

use crate::open::Store;
use crate::sqlite_log::unpack;
use consent::State;
use ledger::{DecodeError, Entry, Frontier, Leaf, Payload, SealedEntry};
use model::{Position, Timestamp};
use rusqlite::{OptionalExtension, Row};
use sequence::{Head, StoreError};

/// An entry as the store keeps it; the payload may be gone under a retention rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Where.
    pub position: Position,
    /// Entry time.
    pub time: Timestamp,
    /// Leaf bytes.
    pub leaf: Vec<u8>,
    /// Salt and payload bytes.
    pub payload: Option<(ledger::Salt, Vec<u8>)>,
}

impl StoredEntry {
    /// The leaf.
    ///
    /// # Errors
    /// It is not in its canonical form.
    pub fn read_leaf(&self) -> Result<Leaf, DecodeError> {
        Leaf::decode(&self.leaf)
    }

    /// Leaf and payload, held against each other; `None` where the payload is gone: *not recomputable*.
    ///
    /// # Errors
    /// They do not match.
    pub fn open(&self) -> Result<Option<Entry>, DecodeError> {
        let leaf = self.read_leaf()?;
        let Some((salt, payload)) = &self.payload else { return Ok(None) };
        let sealed = SealedEntry {
            kind: leaf.kind,
            time: leaf.time,
            leaf: self.leaf.clone(),
            payload: payload.clone(),
            salt: *salt,
            hash: ledger::leaf_hash(&self.leaf),
        };
        sealed.open().map(Some)
    }

    /// The payload, whatever the leaf says.
    ///
    /// # Errors
    /// It is not in its canonical form.
    pub fn read_payload(&self) -> Result<Option<Payload>, DecodeError> {
        self.open().map(|entry| entry.map(|entry| entry.payload))
    }
}

type Raw = (u64, u64, Vec<u8>, Option<ledger::Salt>, Option<i64>, Option<Vec<u8>>);

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
}

fn stored((position, time, leaf, salt, codec, bytes): Raw) -> Result<StoredEntry, StoreError> {
    let payload = match (salt, codec, bytes) {
        (Some(salt), Some(codec), Some(bytes)) => Some((salt, unpack(codec, bytes)?)),
        _ => None,
    };
    Ok(StoredEntry { position: Position(position), time: Timestamp(time), leaf, payload })
}

impl Store {
    /// The head of the log.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn head(&self) -> Result<Head, StoreError> {
        let mut found = Err(StoreError::Unavailable(String::new()));
        self.read(|connection| {
            found = crate::sqlite_log::head(connection);
            Ok(())
        })?;
        found
    }

    /// Entries from a position on, at most so many.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn entries(&self, from: Position, most: usize) -> Result<Vec<StoredEntry>, StoreError> {
        let rows: Vec<Raw> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT e.position, e.time, e.leaf, p.salt, p.codec, p.bytes
                     FROM entry e LEFT JOIN payload p USING (position)
                     WHERE e.position >= ?1 ORDER BY e.position LIMIT ?2",
                )?
                .query_map([from.0, most as u64], raw)?
                .collect()
        })?;
        rows.into_iter().map(stored).collect()
    }

    /// One entry.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn entry(&self, position: Position) -> Result<Option<StoredEntry>, StoreError> {
        let row: Option<Raw> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT e.position, e.time, e.leaf, p.salt, p.codec, p.bytes
                     FROM entry e LEFT JOIN payload p USING (position) WHERE e.position = ?1",
                )?
                .query_row([position.0], raw)
                .optional()
        })?;
        row.map(stored).transpose()
    }

    /// The latest entries of one kind of control event below a position, newest first, at most so many.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn latest_of_kind(
        &self,
        kind: u16,
        below: Position,
        most: usize,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        // The partial index holds every control event, so disclosures are never walked over.
        let rows: Vec<Raw> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT e.position, e.time, e.leaf, p.salt, p.codec, p.bytes
                     FROM entry e INDEXED BY entry_control LEFT JOIN payload p USING (position)
                     WHERE e.kind >= 16 AND e.kind = ?1 AND e.position < ?2
                     ORDER BY e.position DESC LIMIT ?3",
                )?
                .query_map((kind, i64::try_from(below.0).unwrap_or(i64::MAX), most as u64), raw)?
                .collect()
        })?;
        rows.into_iter().map(stored).collect()
    }

    /// The state before the entry at a position: what that entry was decided against. Long on a long log: call it
    /// from a blocking thread.
    ///
    /// # Errors
    /// The log does not reach so far, or cannot be read or folded.
    pub fn state_at(&self, position: Position) -> Result<State, StoreError> {
        let directory = self.directory().to_owned();
        let mut found = Err(StoreError::Unavailable(String::new()));
        self.read(|connection| {
            found = crate::snapshot::fold_to(&directory, connection, position);
            Ok(())
        })?;
        found
    }

    /// The root of the whole log, made anew from every leaf. Long.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn recompute_tree(&self) -> Result<Frontier, StoreError> {
        self.read(|connection| {
            let mut frontier = Frontier::default();
            let mut statement = connection.prepare("SELECT leaf FROM entry ORDER BY position")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                frontier.push(ledger::leaf_hash(row.get_ref(0)?.as_blob()?));
            }
            Ok(frontier)
        })
    }
}
