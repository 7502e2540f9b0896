//! What each `Idempotency-Key` made, kept in the transaction of the write.

use rusqlite::{Connection, OptionalExtension, params};

use super::StoreError;
use crate::{CommentId, MediaId, PersonId, PostId, facts::FactObjectKind};

/// How long a key is remembered, in milliseconds: a day.
const KEPT_MS: i64 = 86_400_000;

/// What a key stands for: the same key of another person or path is another key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) key: &'a str,
    pub(crate) actor: PersonId,
    pub(crate) path: &'a str,
}

/// What a write with a key made.
///
/// The answer itself is not kept: it would hold texts and names that were deleted since. The
/// object is read again, so a deleted one is not found.
pub(crate) struct Kept {
    /// SHA-256 of the request's body.
    pub(crate) digest: Vec<u8>,
    pub(crate) made: Made,
}

/// An object that a write made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    Post(PostId),
    Comment(CommentId),
    Media(MediaId),
}

impl Made {
    const fn columns(self) -> (FactObjectKind, i64) {
        match self {
            Self::Post(id) => (FactObjectKind::Post, id.number()),
            Self::Comment(id) => (FactObjectKind::Comment, id.number()),
            Self::Media(id) => (FactObjectKind::Media, id.number()),
        }
    }

    const fn from_columns(kind: FactObjectKind, id: i64) -> Self {
        match kind {
            FactObjectKind::Post => Self::Post(PostId::new(id)),
            FactObjectKind::Comment => Self::Comment(CommentId::new(id)),
            FactObjectKind::Media => Self::Media(MediaId::new(id)),
        }
    }
}

/// Looks up what a key made.
pub(crate) fn find(view: &Connection, key: Key<'_>, now: i64) -> Result<Option<Kept>, StoreError> {
    let sql = "SELECT digest, made_kind, made_id FROM idempotency \
               WHERE key = ?1 AND actor = ?2 AND path = ?3 AND at > ?4";
    Ok(view
        .prepare_cached(sql)?
        .query_row(params![key.key, key.actor, key.path, now - KEPT_MS], |row| {
            let made = Made::from_columns(row.get(1)?, row.get(2)?);
            Ok(Kept { digest: row.get(0)?, made })
        })
        .optional()?)
}

/// Keeps what a key made, and drops what is too old.
pub(crate) fn keep(
    view: &Connection,
    key: Key<'_>,
    kept: &Kept,
    now: i64,
) -> Result<(), StoreError> {
    view.prepare_cached("DELETE FROM idempotency WHERE at <= ?1")?.execute([now - KEPT_MS])?;
    let sql = "INSERT INTO idempotency (key, actor, path, digest, made_kind, made_id, at) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (kind, id) = kept.made.columns();
    let values = params![key.key, key.actor, key.path, kept.digest, kind, id, now];
    view.prepare_cached(sql)?.execute(values)?;
    Ok(())
}
