//! What somebody is told, and what of it they have read.

use crate::open::Store;
use crate::sqlite_log::unwritten;
use model::{ContextNo, PartnerNo, PersonNo, Severity, Timestamp};
use notices::{Audience, Details, Kind, Recipient};
use rusqlite::{Connection, Row, params};
use sequence::StoreError;

pub(super) const PERSON: u8 = 1;
const PARTNER: u8 = 2;
const STAFF: u8 = 3;
pub(super) const MEMBERS: u8 = 4;

/// A notice in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedNotice {
    /// Its number; never reused.
    pub id: u64,
    /// For whom.
    pub audience: Audience,
    /// What about.
    pub kind: Kind,
    /// The facts.
    pub details: Details,
    /// How urgent.
    pub severity: Severity,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether whoever asks has read it.
    pub is_read: bool,
}

pub(super) const fn key_of(recipient: Recipient) -> (u8, u32) {
    match recipient {
        Recipient::Person(person) => (PERSON, person.0),
        Recipient::Partner(partner) => (PARTNER, partner.0),
        Recipient::Staff => (STAFF, 0),
    }
}

/// What a query gives of a notice, in this order.
pub(super) const COLUMNS: &str =
    "n.id, n.recipient_kind, n.recipient, n.but, n.kind, n.severity, n.details, n.created_at";

type Raw = (u64, u8, u32, Option<u32>, u16, u8, Vec<u8>, u64);

pub(super) fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    let (id, to, number, but) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
    Ok((id, to, number, but, row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?))
}

/// A row as a notice; `None` for a kind of a later version.
pub(super) fn notice(
    (id, to, number, but, kind, severity, details, created_at): Raw,
    is_read: bool,
) -> Result<Option<QueuedNotice>, StoreError> {
    let Some(kind) = Kind::from_code(kind) else { return Ok(None) };
    let wrong = |what: &str| StoreError::Corrupt(format!("notice {id} has a wrong {what}"));
    let audience = match to {
        PERSON => Audience::One(Recipient::Person(PersonNo(number))),
        PARTNER => Audience::One(Recipient::Partner(PartnerNo(number))),
        STAFF => Audience::One(Recipient::Staff),
        MEMBERS => Audience::Members { context: ContextNo(number), but: but.map(PersonNo) },
        _ => return Err(wrong("recipient")),
    };
    Ok(Some(QueuedNotice {
        id,
        audience,
        kind,
        details: Details::decode(&details).map_err(|_| wrong("detail"))?,
        severity: Severity::from_code(severity).ok_or_else(|| wrong("severity"))?,
        created_at: Timestamp(created_at),
        is_read,
    }))
}

/// Erases what was told to one person, and where.
pub(super) fn forget(connection: &Connection, person: PersonNo) -> rusqlite::Result<()> {
    for sql in [
        "DELETE FROM notice WHERE recipient_kind = 1 AND recipient = ?1",
        "DELETE FROM mark WHERE person = ?1",
        "DELETE FROM delivery WHERE reader = ?1",
        "DELETE FROM address WHERE recipient_kind = 1 AND recipient = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([person.0])?;
    }
    Ok(())
}

/// Numbers as a JSON array, for `json_each`: a list of any length as one value.
fn list(contexts: &[ContextNo]) -> String {
    let numbers: Vec<String> = contexts.iter().map(|context| context.0.to_string()).collect();
    format!("[{}]", numbers.join(","))
}

impl Store {
    /// The contexts whose news somebody shares.
    fn shared_with(&self, recipient: Recipient) -> Result<(Vec<ContextNo>, u32), StoreError> {
        match recipient {
            Recipient::Person(person) => Ok((self.memberships(person)?, person.0)),
            Recipient::Partner(_) | Recipient::Staff => Ok((Vec::new(), u32::MAX)),
        }
    }

    /// What somebody is told, newest first, below a number, at most so many. What members of a group are told, whoever is a
    /// member now sees.
    ///
    /// # Errors
    /// The queue cannot be read.
    pub fn inbox(
        &self,
        recipient: Recipient,
        below: Option<u64>,
        most: usize,
    ) -> Result<Vec<QueuedNotice>, StoreError> {
        let (contexts, reader) = self.shared_with(recipient)?;
        let (kind, number) = key_of(recipient);
        let connection = self.shared.notices.lock();
        // Each half walks an index backwards and stops.
        let sql = format!(
            "SELECT * FROM (SELECT {COLUMNS}, n.read_at IS NOT NULL AS is_read FROM notice n
                 WHERE n.recipient_kind = ?1 AND n.recipient = ?2 AND n.id < ?3 ORDER BY n.id DESC LIMIT ?4)
             UNION ALL
             SELECT * FROM (SELECT {COLUMNS}, EXISTS (SELECT 1 FROM mark WHERE person = ?6 AND notice = n.id)
                 FROM notice n WHERE n.recipient_kind = 4 AND n.recipient IN (SELECT value FROM json_each(?5))
                 AND n.but IS NOT ?6 AND n.id < ?3 ORDER BY n.id DESC LIMIT ?4)
             ORDER BY 1 DESC LIMIT ?4"
        );
        let below = i64::try_from(below.unwrap_or(u64::MAX)).unwrap_or(i64::MAX);
        let rows = connection.prepare_cached(&sql).and_then(|mut statement| {
            let given = params![kind, number, below, most as u64, list(&contexts), reader];
            let rows = statement.query_map(given, |row| Ok((raw(row)?, row.get(8)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        });
        let rows = rows.map_err(unwritten)?.into_iter();
        rows.filter_map(|(raw, is_read)| notice(raw, is_read).transpose()).collect()
    }

    /// How much of it they have not read.
    ///
    /// # Errors
    /// The queue cannot be read.
    pub fn unread(&self, recipient: Recipient) -> Result<u64, StoreError> {
        let (contexts, reader) = self.shared_with(recipient)?;
        let (kind, number) = key_of(recipient);
        let connection = self.shared.notices.lock();
        let sql = "SELECT (SELECT count(*) FROM notice
                 WHERE recipient_kind = ?1 AND recipient = ?2 AND read_at IS NULL)
             + (SELECT count(*) FROM notice n WHERE n.recipient_kind = 4
                 AND n.recipient IN (SELECT value FROM json_each(?3)) AND n.but IS NOT ?4
                 AND NOT EXISTS (SELECT 1 FROM mark WHERE person = ?4 AND notice = n.id))";
        connection
            .prepare_cached(sql)
            .and_then(|mut statement| {
                let given = params![kind, number, list(&contexts), reader];
                statement.query_row(given, |row| row.get(0))
            })
            .map_err(unwritten)
    }

    /// Marks as read: one notice, or all up to a number. Gives how many were not before; what is not theirs is not touched.
    ///
    /// # Errors
    /// Nothing was marked.
    pub fn mark_read(
        &self,
        recipient: Recipient,
        notices: std::ops::RangeInclusive<u64>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let (contexts, reader) = self.shared_with(recipient)?;
        let (kind, number) = key_of(recipient);
        let bound = |id: u64| i64::try_from(id).unwrap_or(i64::MAX);
        let (first, last) = (bound(*notices.start()), bound(*notices.end()));
        let connection = self.shared.notices.lock();
        let run = || -> rusqlite::Result<usize> {
            let transaction = connection.unchecked_transaction()?;
            let own = transaction
                .prepare_cached(
                    "UPDATE notice SET read_at = ?5 WHERE recipient_kind = ?1 AND recipient = ?2
                     AND id BETWEEN ?3 AND ?4 AND read_at IS NULL",
                )?
                .execute(params![kind, number, first, last, now.0])?;
            let shared = transaction
                .prepare_cached(
                    "INSERT INTO mark (person, notice) SELECT ?1, n.id FROM notice n
                     WHERE n.recipient_kind = 4 AND n.recipient IN (SELECT value FROM json_each(?2))
                     AND n.but IS NOT ?1 AND n.id BETWEEN ?3 AND ?4 ON CONFLICT DO NOTHING",
                )?
                .execute(params![reader, list(&contexts), first, last])?;
            transaction.commit()?;
            Ok(own + shared)
        };
        run().map_err(unwritten)
    }

    /// Whether a notice is somebody's.
    ///
    /// # Errors
    /// The queue cannot be read.
    pub fn is_told(&self, recipient: Recipient, id: u64) -> Result<bool, StoreError> {
        let found = self.inbox(recipient, Some(id.saturating_add(1)), 1)?;
        Ok(found.first().is_some_and(|notice| notice.id == id))
    }
}
