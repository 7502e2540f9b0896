//! The facts not yet told, and how far telling has come.

use rusqlite::{Connection, Row, params};

use super::StoreError;
use crate::facts::{Fact, FactObject};

/// Facts kept after they were accepted, for a sink that went back to a backup.
const ACCEPTED_KEPT: u64 = 100_000;

/// How far facts have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks {
    /// Number of the last fact recorded.
    pub(crate) last: u64,
    /// Number of the last fact accepted by the sink.
    pub(crate) pushed: u64,
    /// How often a snapshot was asked for.
    pub(crate) resync_wanted: u64,
    /// Up to which of these asks one was delivered.
    pub(crate) resync_done: u64,
}

impl Marks {
    /// Whether numbers alone do not tell what changed.
    pub(crate) const fn needs_resync(&self) -> bool {
        self.resync_wanted > self.resync_done
    }
}

/// Reads how far facts have come.
pub(crate) fn marks(view: &Connection) -> Result<Marks, StoreError> {
    let sql = "SELECT fact_last, fact_pushed, resync_wanted, resync_done FROM mark WHERE id = 1";
    Ok(view.prepare_cached(sql)?.query_row([], |row| {
        Ok(Marks {
            last: row.get(0)?,
            pushed: row.get(1)?,
            resync_wanted: row.get(2)?,
            resync_done: row.get(3)?,
        })
    })?)
}

/// Records a fact in the transaction of its change.
pub(super) fn record(tx: &Connection, now: i64, fact: Fact) -> Result<u64, StoreError> {
    let sql = "UPDATE mark SET fact_last = fact_last + 1 WHERE id = 1 RETURNING fact_last";
    let sequence: u64 = tx.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    let sql = "INSERT INTO fact (sequence, at, kind, person, group_id, other, object_kind, \
               object_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    tx.prepare_cached(sql)?.execute(params![
        sequence,
        now,
        fact.kind,
        fact.person,
        fact.group,
        fact.other,
        fact.object.map(|object| object.kind),
        fact.object.map(|object| object.id)
    ])?;
    Ok(sequence)
}

/// Asks for a snapshot instead of single facts. The number it takes is the boundary: a sink that
/// has an earlier one cannot go on without the snapshot.
pub(crate) fn want_resync(tx: &Connection) -> Result<(), StoreError> {
    let sql = "UPDATE mark SET fact_last = fact_last + 1, resync_wanted = resync_wanted + 1 \
               WHERE id = 1";
    tx.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// Takes a sink's word that it is ahead: this store went back to a backup. Later facts are
/// numbered after what the sink has seen, and a snapshot says what stands.
pub(crate) fn skip_to(tx: &Connection, sequence: u64) -> Result<(), StoreError> {
    let sql = "UPDATE mark SET fact_last = max(fact_last, ?1), \
               resync_wanted = resync_wanted + 1 WHERE id = 1";
    tx.prepare_cached(sql)?.execute([sequence])?;
    Ok(())
}

/// Goes back to what a sink says it has, because it went back to a backup.
pub(crate) fn go_back(tx: &Connection, up_to: u64) -> Result<(), StoreError> {
    let sql = "UPDATE mark SET fact_pushed = ?1 WHERE id = 1 AND fact_pushed > ?1";
    tx.prepare_cached(sql)?.execute([up_to])?;
    Ok(())
}

/// Reads facts after a number, in order.
pub(crate) fn after(view: &Connection, after: u64, limit: usize) -> Result<Vec<Fact>, StoreError> {
    let sql = "SELECT sequence, at, kind, person, group_id, other, object_kind, object_id \
               FROM fact WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";
    let mut statement = view.prepare_cached(sql)?;
    let facts = statement.query_map(params![after, limit], fact)?;
    Ok(facts.collect::<Result<_, _>>()?)
}

fn fact(row: &Row<'_>) -> rusqlite::Result<Fact> {
    let object = row.get::<_, Option<_>>(6)?.zip(row.get::<_, Option<_>>(7)?);
    Ok(Fact {
        sequence: row.get(0)?,
        at: row.get(1)?,
        kind: row.get(2)?,
        person: row.get(3)?,
        group: row.get(4)?,
        other: row.get(5)?,
        object: object.map(|(kind, id)| FactObject { kind, id }),
    })
}

/// Notes what the sink accepted, and drops facts that are long accepted.
pub(crate) fn note_pushed(tx: &Connection, up_to: u64) -> Result<(), StoreError> {
    let sql = "UPDATE mark SET fact_pushed = ?1 WHERE id = 1 AND fact_pushed < ?1";
    tx.prepare_cached(sql)?.execute([up_to])?;
    let sql = "DELETE FROM fact WHERE sequence <= ?1";
    tx.prepare_cached(sql)?.execute([up_to.saturating_sub(ACCEPTED_KEPT)])?;
    Ok(())
}

/// Notes that a snapshot was accepted which answers the asks up to `wanted`.
pub(crate) fn note_resync(tx: &Connection, sequence: u64, wanted: u64) -> Result<(), StoreError> {
    let sql = "UPDATE mark SET resync_done = max(resync_done, ?1) WHERE id = 1";
    tx.prepare_cached(sql)?.execute([wanted])?;
    note_pushed(tx, sequence)
}
