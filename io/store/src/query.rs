//! Reading the log.

use crate::open::Store;
use crate::sqlite_log::unpack;
use consent::State;
use ledger::{DecodeError, Entry, Event, ExceptionMade, Frontier, Leaf, Payload, SealedEntry};
use model::{AppNo, Position, ProgramNo, Timestamp};
use rusqlite::{OptionalExtension, Row};
use sequence::{Head, StoreError};

const ENTRIES: &str = "SELECT e.position, e.time, e.kind, e.leaf, p.salt, p.codec, p.bytes
     FROM entry e LEFT JOIN payload p USING (position)
     WHERE e.position >= ?1 ORDER BY e.position LIMIT ?2";
/// Kind of the event.
const EXCEPTION_MADE: u16 = 31;
/// The partial index holds every control event by kind: neither disclosures nor events of other kinds are walked over.
const LATEST_OF_KIND: &str = "SELECT e.position, e.time, e.kind, e.leaf, p.salt, p.codec, p.bytes
     FROM entry e INDEXED BY entry_kind LEFT JOIN payload p USING (position)
     WHERE e.kind >= 16 AND e.kind = ?1 AND e.position < ?2 ORDER BY e.position DESC LIMIT ?3";

/// An entry as the store keeps it; the payload may be gone under a retention rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Where.
    pub position: Position,
    /// Entry time, as the store keeps it beside the leaf.
    pub time: Timestamp,
    /// What kind of entry, as the store keeps it beside the leaf: by this the fold finds control events.
    pub kind: u16,
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
    /// They do not match, or what stands beside the leaf is not the leaf's.
    pub fn open(&self) -> Result<Option<Entry>, DecodeError> {
        let Some((salt, payload)) = &self.payload else {
            let leaf = self.read_leaf()?;
            let is_its_own = leaf.kind == self.kind && leaf.time == self.time;
            return if is_its_own { Ok(None) } else { Err(DecodeError::LeafMismatch) };
        };
        let sealed = SealedEntry {
            kind: self.kind,
            time: self.time,
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

type Raw = (u64, u64, u16, Vec<u8>, Option<ledger::Salt>, Option<i64>, Option<Vec<u8>>);

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    let (position, time, kind, leaf) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
    Ok((position, time, kind, leaf, row.get(4)?, row.get(5)?, row.get(6)?))
}

fn stored(
    (position, time, kind, leaf, salt, codec, bytes): Raw,
) -> Result<StoredEntry, StoreError> {
    let payload = match (salt, codec, bytes) {
        (Some(salt), Some(codec), Some(bytes)) => Some((salt, unpack(codec, bytes)?)),
        _ => None,
    };
    Ok(StoredEntry { position: Position(position), time: Timestamp(time), kind, leaf, payload })
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
            connection.prepare_cached(ENTRIES)?.query_map([from.0, most as u64], raw)?.collect()
        })?;
        rows.into_iter().map(stored).collect()
    }

    /// The same, and no more after so many bytes of payloads as they are stored.
    pub(crate) fn entries_within(
        &self,
        from: Position,
        most: usize,
        bytes_max: usize,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let found: Vec<Raw> = self.read(|connection| {
            let mut statement = connection.prepare_cached(ENTRIES)?;
            let mut rows = statement.query([from.0, most as u64])?;
            let (mut found, mut bytes) = (Vec::new(), 0usize);
            while bytes < bytes_max
                && let Some(row) = rows.next()?
            {
                let read = raw(row)?;
                bytes = bytes.saturating_add(read.6.as_ref().map_or(0, Vec::len));
                found.push(read);
            }
            Ok(found)
        })?;
        found.into_iter().map(stored).collect()
    }

    /// Entries of one kind from a position on and below another, at most so many.
    pub(crate) fn entries_of_kind(
        &self,
        kind: u16,
        from: Position,
        below: Position,
        most: usize,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        let rows: Vec<Raw> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT e.position, e.time, e.kind, e.leaf, p.salt, p.codec, p.bytes
                     FROM entry e LEFT JOIN payload p USING (position)
                     WHERE e.position >= ?1 AND e.position < ?2 AND e.kind = ?3
                     ORDER BY e.position LIMIT ?4",
                )?
                .query_map((from.0, below.0, kind, most as u64), raw)?
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
                    "SELECT e.position, e.time, e.kind, e.leaf, p.salt, p.codec, p.bytes
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
        let rows: Vec<Raw> = self.read(|connection| {
            connection
                .prepare_cached(LATEST_OF_KIND)?
                .query_map((kind, i64::try_from(below.0).unwrap_or(i64::MAX), most as u64), raw)?
                .collect()
        })?;
        rows.into_iter().map(stored).collect()
    }

    /// The exception that lets an app go on in a closed program: the last one made for the two, whether it stands or not.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn exception(
        &self,
        program: ProgramNo,
        app: AppNo,
    ) -> Result<Option<ExceptionMade>, StoreError> {
        // Exceptions are few: each is a deal that somebody approved by name.
        const AT_ONCE: usize = 64;
        let mut below = Position(u64::MAX);
        loop {
            let some = self.latest_of_kind(EXCEPTION_MADE, below, AT_ONCE)?;
            for one in &some {
                let payload = one.read_payload().map_err(|e| StoreError::Corrupt(e.to_string()))?;
                if let Some(Payload::Control(Event::ExceptionMade(made))) = payload
                    && (made.program, made.app) == (program, app)
                {
                    return Ok(Some(made));
                }
            }
            match some.last() {
                Some(last) if some.len() == AT_ONCE => below = last.position,
                Some(_) | None => return Ok(None),
            }
        }
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

#[cfg(test)]
mod tests {
    use super::LATEST_OF_KIND;
    use crate::{Options, Store, Urgency};
    use consent::State;
    use ledger::{Event, StaffMade, Why};
    use model::{Actor, Env, Position, StaffNo};
    use rusqlite::Connection;
    use sequence::{Commit, Lookup};
    use std::convert::Infallible;

    /// The fold finds control events by the column, so one that lies would hide an ending from every restart.
    #[tokio::test(flavor = "multi_thread")]
    async fn what_stands_beside_the_leaf_is_held_against_it() {
        let directory = tempfile::tempdir().unwrap();
        let options = Options { reserve_bytes: 0, ..Options::default() };
        let store = Store::open(directory.path(), options).unwrap();
        let event = Event::StaffMade(StaffMade {
            staff: StaffNo(1),
            why: Why::by(Actor::Operator),
            role: None,
        });
        let flow = move |_: &State, _: &dyn Lookup, _: &Env| -> Result<_, Infallible> {
            Ok(Commit::event(event.clone(), ()))
        };
        store.commit(Urgency::Ordinary, None, flow).await.unwrap().unwrap();
        let open = || store.entry(Position(0)).unwrap().unwrap().open();
        assert!(open().unwrap().is_some());
        for lie in ["kind = 1", "time = time + 1"] {
            let raw = Connection::open(directory.path().join("bailment.db")).unwrap();
            raw.execute_batch("DROP TRIGGER IF EXISTS entry_is_append_only_1").unwrap();
            let before: (u64, u64) = raw
                .query_row("SELECT kind, time FROM entry", [], |r| Ok((r.get(0)?, r.get(1)?)))
                .unwrap();
            raw.execute_batch(&format!("UPDATE entry SET {lie}")).unwrap();
            assert!(open().is_err(), "{lie}");
            raw.execute("UPDATE entry SET kind = ?1, time = ?2", [before.0, before.1]).unwrap();
        }
        assert!(open().unwrap().is_some());
    }

    /// A person's page must not become slower with every choice that anybody else ever made.
    #[test]
    fn the_latest_of_a_kind_are_found_without_a_walk() {
        let directory = tempfile::tempdir().unwrap();
        let options = Options { reserve_bytes: 0, ..Options::default() };
        drop(Store::open(directory.path(), options).unwrap());
        let raw = Connection::open(directory.path().join("bailment.db")).unwrap();
        let mut explained = raw.prepare(&format!("EXPLAIN QUERY PLAN {LATEST_OF_KIND}")).unwrap();
        let steps = explained.query_map((30, 9, 1), |row| row.get::<_, String>(3)).unwrap();
        let steps: Vec<String> = steps.map(Result::unwrap).collect();
        assert_eq!(
            steps,
            [
                "SEARCH e USING INDEX entry_kind (kind=? AND rowid<?)",
                "SEARCH p USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN"
            ]
        );
    }

    /// Control events pay for the indexes; disclosures, of which there are thousands for each of them, do not.
    #[test]
    fn a_disclosure_is_in_no_index() {
        let directory = tempfile::tempdir().unwrap();
        let options = Options { reserve_bytes: 0, ..Options::default() };
        drop(Store::open(directory.path(), options).unwrap());
        let raw = Connection::open(directory.path().join("bailment.db")).unwrap();
        let written = |kind: u16| -> u64 {
            let insert = "INSERT INTO entry (position, time, kind, leaf)
                          SELECT ifnull((SELECT max(position) + 1 FROM entry), 0) + value, 0, ?1, x''
                          FROM (WITH RECURSIVE n(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM n LIMIT 5000) SELECT value FROM n)";
            let pages = || raw.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
            let before: u64 = pages();
            raw.execute(insert, [kind]).unwrap();
            pages() - before
        };
        let (disclosures, controls) = (written(ledger::kind::DISCLOSURE), written(30));
        assert!(disclosures < controls, "{disclosures} pages, {controls} with two indexes");
        let bare: u64 = {
            raw.execute_batch("DROP INDEX entry_kind; DROP INDEX entry_control; VACUUM").unwrap();
            written(ledger::kind::DISCLOSURE)
        };
        assert!(disclosures.abs_diff(bare) <= 1, "{disclosures} pages, {bare} without an index");
    }
}
