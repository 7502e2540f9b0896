//! The vault's rows: names, notes, accounts, sessions, memberships. Erasing a row is erasure.

use crate::open::Store;
use crate::sqlite_log::unwritten;
use model::{AppNo, PersonNo, StaffNo, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use sequence::{AccountOf, Membership, NameOf, StoreError, VaultWrite};

const PERSON: u8 = 1;
const STAFF: u8 = 2;

const MEMBERS_FROM: &str =
    "SELECT person FROM member WHERE context = ?1 AND person > ?2 ORDER BY person LIMIT ?3";
const MEMBERSHIPS_FROM: &str = "SELECT person, context FROM member
     WHERE (person, context) > (?1, ?2) ORDER BY person, context LIMIT ?3";

/// An account as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Whose.
    pub of: AccountOf,
    /// PHC string of the password.
    pub password: String,
}

/// Which kind of account is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionOf {
    /// People of the platform.
    People,
    /// Staff.
    Staff,
}

fn account_key(of: AccountOf) -> (u8, u32) {
    match of {
        AccountOf::Person(person) => (PERSON, person.0),
        AccountOf::Staff(staff) => (STAFF, staff.0),
    }
}

fn account_of(kind: u8, number: u32) -> Option<AccountOf> {
    match kind {
        PERSON => Some(AccountOf::Person(PersonNo(number))),
        STAFF => Some(AccountOf::Staff(StaffNo(number))),
        _ => None,
    }
}

/// Digest of what a partner or app said about itself last.
pub(crate) fn latest_details(
    connection: &Connection,
    of: NameOf,
) -> rusqlite::Result<Option<[u8; 32]>> {
    let (kind, number) = name_key(of);
    let sql = "SELECT digest FROM details WHERE kind = ?1 AND number = ?2 ORDER BY id DESC LIMIT 1";
    connection.prepare_cached(sql)?.query_row(params![kind, number], |row| row.get(0)).optional()
}

fn name_key(of: NameOf) -> (u8, u32) {
    match of {
        NameOf::Partner(no) => (1, no.0),
        NameOf::App(no) => (2, no.0),
        NameOf::Staff(no) => (3, no.0),
        NameOf::Credential(no) => (4, no.0),
        NameOf::Person(no) => (5, no.0),
        NameOf::Context(no) => (6, no.0),
    }
}

/// Writes a row within the transaction of a batch.
pub(crate) fn write(connection: &Connection, write: &VaultWrite) -> rusqlite::Result<()> {
    match write {
        VaultWrite::Name { of, text } => {
            let (kind, number) = name_key(*of);
            let sql = "INSERT INTO name (kind, number, text) VALUES (?1, ?2, ?3)
                       ON CONFLICT (kind, number) DO UPDATE SET text = excluded.text";
            connection.prepare_cached(sql)?.execute(params![kind, number, text])?;
        }
        VaultWrite::Note { digest, text } => {
            let sql =
                "INSERT INTO note (digest, text) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING";
            connection.prepare_cached(sql)?.execute(params![digest, text])?;
        }
        VaultWrite::Details { of, digest, text } => {
            let (kind, number) = name_key(*of);
            let sql = "INSERT INTO details (kind, number, digest, text) VALUES (?1, ?2, ?3, ?4)";
            connection.prepare_cached(sql)?.execute(params![kind, number, digest, text])?;
        }
        VaultWrite::Account { of, login, password, set_at } => {
            let (kind, number) = account_key(*of);
            let sql = "INSERT INTO account (kind, number, login, password, set_at) VALUES (?1, ?2, ?3, ?4, ?5)
                       ON CONFLICT (kind, number) DO UPDATE
                       SET login = excluded.login, password = excluded.password, set_at = excluded.set_at";
            connection
                .prepare_cached(sql)?
                .execute(params![kind, number, login, password, set_at.0])?;
            // Who knew the old password may have been the reason for a new one.
            connection
                .prepare_cached("DELETE FROM session WHERE kind = ?1 AND number = ?2")?
                .execute([u32::from(kind), number])?;
        }
        VaultWrite::Object(object) => {
            let sql = "INSERT INTO external (kind, number, external) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            let kind = crate::numbers::ExternalKind::Object(object.kind).code();
            connection.prepare_cached(sql)?.execute(params![
                kind,
                object.object.0,
                object.external
            ])?;
        }
        VaultWrite::Member { person, context, membership } => {
            let sql = match membership {
                Membership::Member => {
                    "INSERT INTO member (person, context) VALUES (?1, ?2) ON CONFLICT DO NOTHING"
                }
                Membership::None => "DELETE FROM member WHERE person = ?1 AND context = ?2",
            };
            connection.prepare_cached(sql)?.execute([person.0, context.0])?;
        }
        VaultWrite::Session(session) => {
            let (kind, number) = account_key(session.of);
            connection
                .prepare_cached("DELETE FROM session WHERE until <= ?1")?
                .execute([session.since.0])?;
            let sql = "INSERT INTO session (digest, kind, number, since, until) VALUES (?1, ?2, ?3, ?4, ?5)";
            let row = params![session.digest, kind, number, session.since.0, session.until.0];
            connection.prepare_cached(sql)?.execute(row)?;
        }
        VaultWrite::SessionEnded { digest } => {
            connection
                .prepare_cached("DELETE FROM session WHERE digest = ?1")?
                .execute([digest])?;
        }
    }
    Ok(())
}

impl Store {
    /// The account that this login belongs to.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn account(&self, of: SessionOf, login: &str) -> Result<Option<Account>, StoreError> {
        let kind = match of {
            SessionOf::People => PERSON,
            SessionOf::Staff => STAFF,
        };
        let row = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT number, password FROM account WHERE kind = ?1 AND login = ?2",
                )?
                .query_row(params![kind, login], |row| {
                    Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?))
                })
                .optional()
        })?;
        Ok(row.and_then(|(number, password)| {
            account_of(kind, number).map(|of| Account { of, password })
        }))
    }

    /// The login of an account, if there is one.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn login(&self, of: AccountOf) -> Result<Option<String>, StoreError> {
        let (kind, number) = account_key(of);
        self.read(|connection| {
            connection
                .prepare_cached("SELECT login FROM account WHERE kind = ?1 AND number = ?2")?
                .query_row(params![kind, number], |row| row.get(0))
                .optional()
        })
    }

    /// Who is signed in with the session token of this digest.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn session(
        &self,
        digest: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<AccountOf>, StoreError> {
        let row = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT kind, number FROM session WHERE digest = ?1 AND until > ?2",
                )?
                .query_row(params![digest, now.0], |row| {
                    Ok((row.get::<_, u8>(0)?, row.get::<_, u32>(1)?))
                })
                .optional()
        })?;
        Ok(row.and_then(|(kind, number)| account_of(kind, number)))
    }

    /// A name.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn name(&self, of: NameOf) -> Result<Option<String>, StoreError> {
        let (kind, number) = name_key(of);
        self.read(|connection| {
            connection
                .prepare_cached("SELECT text FROM name WHERE kind = ?1 AND number = ?2")?
                .query_row(params![kind, number], |row| row.get(0))
                .optional()
        })
    }

    /// Apps beyond one of them whose names have all of these words in them, given in small letters, ascending. Looks at the
    /// name of every app: call it from a blocking thread.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn apps_named(
        &self,
        words: &[String],
        after: Option<AppNo>,
    ) -> Result<Vec<AppNo>, StoreError> {
        let (kind, after) = (name_key(NameOf::App(AppNo(0))).0, after.map_or(0, |no| no.0));
        self.read(|connection| {
            let sql =
                "SELECT number, text FROM name WHERE kind = ?1 AND number > ?2 ORDER BY number";
            let mut statement = connection.prepare_cached(sql)?;
            let (mut rows, mut found) = (statement.query(params![kind, after])?, Vec::new());
            while let Some(row) = rows.next()? {
                let name = row.get::<_, String>(1)?.to_lowercase();
                if words.iter().all(|word| name.contains(word.as_str())) {
                    found.push(AppNo(row.get(0)?));
                }
            }
            Ok(found)
        })
    }

    /// Digest of what a partner or app says about itself, as it was said last.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn details_digest(&self, of: NameOf) -> Result<Option<[u8; 32]>, StoreError> {
        self.read(|connection| latest_details(connection, of))
    }

    /// What a partner or app says about itself, as it was said last.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn details(&self, of: NameOf) -> Result<Option<String>, StoreError> {
        let (kind, number) = name_key(of);
        let sql =
            "SELECT text FROM details WHERE kind = ?1 AND number = ?2 ORDER BY id DESC LIMIT 1";
        self.read(|connection| {
            connection
                .prepare_cached(sql)?
                .query_row(params![kind, number], |row| row.get(0))
                .optional()
        })
    }

    /// What a partner or app said about itself, by the digest that stands in the log, whatever it said since.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn details_of(&self, digest: &[u8; 32]) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT text FROM details WHERE digest = ?1")?
                .query_row([digest], |row| row.get(0))
                .optional()
        })
    }

    /// The text behind a note's digest.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn note(&self, digest: &[u8; 32]) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT text FROM note WHERE digest = ?1")?
                .query_row([digest], |row| row.get(0))
                .optional()
        })
    }

    /// Whether the platform's facts say that a person is a member of a context.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn is_member(
        &self,
        person: PersonNo,
        context: model::ContextNo,
    ) -> Result<bool, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT 1 FROM member WHERE person = ?1 AND context = ?2")?
                .query_row([person.0, context.0], |_| Ok(()))
                .optional()
        })
        .map(|found| found.is_some())
    }

    /// Contexts that a person is a member of, ascending.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn memberships(&self, person: PersonNo) -> Result<Vec<model::ContextNo>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT context FROM member WHERE person = ?1 ORDER BY context")?
                .query_map([person.0], |row| row.get(0).map(model::ContextNo))?
                .collect()
        })
    }

    /// Members of a context, ascending. Long for a large one: call it from a blocking thread.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn members(&self, context: model::ContextNo) -> Result<Vec<PersonNo>, StoreError> {
        self.members_from(context, None, usize::MAX)
    }

    /// Members of a context beyond one of them, ascending, at most so many.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn members_from(
        &self,
        context: model::ContextNo,
        after: Option<PersonNo>,
        most: usize,
    ) -> Result<Vec<PersonNo>, StoreError> {
        let after = after.map_or(-1, |person| i64::from(person.0));
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.read(|connection| {
            connection
                .prepare_cached(MEMBERS_FROM)?
                .query_map(params![context.0, after, most], |row| row.get(0).map(PersonNo))?
                .collect()
        })
    }

    /// Memberships that the platform's facts left standing beyond one of them, by person, at most so many.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn memberships_from(
        &self,
        after: Option<(PersonNo, model::ContextNo)>,
        most: usize,
    ) -> Result<Vec<(PersonNo, model::ContextNo)>, StoreError> {
        let (person, context) =
            after.map_or((-1, 0), |(person, context)| (i64::from(person.0), context.0));
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.read(|connection| {
            connection
                .prepare_cached(MEMBERSHIPS_FROM)?
                .query_map(params![person, context, most], |row| {
                    Ok((PersonNo(row.get(0)?), model::ContextNo(row.get(1)?)))
                })?
                .collect()
        })
    }

    /// Runs a query on a reading connection.
    pub(crate) fn read<R>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<R>,
    ) -> Result<R, StoreError> {
        self.shared.readers.with(query).map_err(unwritten)
    }
}

#[cfg(test)]
mod tests {
    use super::{MEMBERS_FROM, MEMBERSHIPS_FROM};
    use crate::{Options, Store};
    use rusqlite::Connection;

    #[test]
    fn a_group_is_read_without_everybody_elses() {
        let directory = tempfile::tempdir().unwrap();
        let options = Options { reserve_bytes: 0, ..Options::default() };
        drop(Store::open(directory.path(), options).unwrap());
        let raw = Connection::open(directory.path().join("bailment.db")).unwrap();
        let plan = |sql: &str| -> Vec<String> {
            let mut explained = raw.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let steps = explained.query_map((1, 1, 1), |row| row.get(3)).unwrap();
            steps.map(Result::unwrap).collect()
        };
        assert_eq!(
            plan(MEMBERS_FROM),
            ["SEARCH member USING COVERING INDEX member_of (context=? AND person>?)"]
        );
        assert_eq!(
            plan(MEMBERSHIPS_FROM),
            ["SEARCH member USING PRIMARY KEY ((person,context)>(?,?))"]
        );
    }
}
