//! Answers kept by `Idempotency-Key`, in the transaction of the write they answer.

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use crate::PersonId;

/// How long an answer is kept, in milliseconds: a day.
const KEPT_MS: i64 = 86_400_000;

/// What a key stands for: the same key of another person or path is another key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) key: &'a str,
    pub(crate) actor: PersonId,
    pub(crate) path: &'a str,
}

/// An answer given earlier.
pub(crate) struct Kept {
    /// SHA-256 of the request's body.
    pub(crate) digest: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

/// Looks up the answer given to a key.
pub(crate) fn find(view: &Connection, key: Key<'_>, now: i64) -> Result<Option<Kept>, StoreError> {
    let sql = "SELECT digest, status, body FROM idempotency \
               WHERE key = ?1 AND actor = ?2 AND path = ?3 AND at > ?4";
    Ok(view
        .prepare_cached(sql)?
        .query_row(params![key.key, key.actor, key.path, now - KEPT_MS], |row| {
            Ok(Kept { digest: row.get(0)?, status: row.get(1)?, body: row.get(2)? })
        })
        .optional()?)
}

/// Keeps an answer, and drops those that are too old.
pub(crate) fn keep(
    view: &Connection,
    key: Key<'_>,
    kept: &Kept,
    now: i64,
) -> Result<(), StoreError> {
    view.prepare_cached("DELETE FROM idempotency WHERE at <= ?1")?.execute([now - KEPT_MS])?;
    let sql = "INSERT INTO idempotency (key, actor, path, digest, status, body, at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    view.prepare_cached(sql)?.execute(params![
        key.key,
        key.actor,
        key.path,
        kept.digest,
        kept.status,
        kept.body,
        now
    ])?;
    Ok(())
}
