//! Numbers behind the platform's ids, and back.

use crate::jobs::Urgency;
use crate::open::Store;
use crate::sqlite_log::unwritten;
use model::{ContextNo, ObjectKind, ObjectNo, PersonNo};
use rusqlite::{Connection, OptionalExtension, params};
use sequence::{NewObject, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Ids kept in memory in each direction.
const CACHE_ITEMS: usize = 200_000;

/// What an external id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExternalKind {
    /// A person.
    Person,
    /// A group or conversation.
    Context,
    /// An object.
    Object(ObjectKind),
}

impl ExternalKind {
    /// The column's value.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Person => 1,
            Self::Context => 2,
            Self::Object(kind) => 10 + kind.code(),
        }
    }
}

/// A key of the cache that is only looked up: hashes as the pair does, and owns nothing.
#[derive(Hash)]
struct Known<'e>(u8, &'e str);

impl quick_cache::Equivalent<(u8, Arc<str>)> for Known<'_> {
    fn equivalent(&self, key: &(u8, Arc<str>)) -> bool {
        self.0 == key.0 && *self.1 == *key.1
    }
}

/// Both directions, bounded.
pub(crate) struct Numbers {
    by_external: quick_cache::sync::Cache<(u8, Arc<str>), u64>,
    by_number: quick_cache::sync::Cache<(u8, u64), Arc<str>>,
    next_object: AtomicU64,
    /// Numbers given to objects whose rows are not written yet would be given twice to one object without this.
    giving: parking_lot::Mutex<()>,
}

impl Numbers {
    pub(crate) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        // Kind by kind: each is one step into the primary key, where all of them at once would be a walk over every object.
        let mut of_kind = connection.prepare("SELECT max(number) FROM external WHERE kind = ?1")?;
        let mut highest: Option<u64> = None;
        for kind in ObjectKind::ALL {
            let kind = ExternalKind::Object(*kind).code();
            highest = highest.max(of_kind.query_row([kind], |row| row.get(0))?);
        }
        Ok(Self {
            by_external: quick_cache::sync::Cache::new(CACHE_ITEMS),
            by_number: quick_cache::sync::Cache::new(CACHE_ITEMS),
            next_object: AtomicU64::new(highest.map_or(1, |highest| highest + 1)),
            giving: parking_lot::Mutex::new(()),
        })
    }

    fn remember(&self, kind: u8, external: &Arc<str>, number: u64) {
        self.by_external.insert((kind, Arc::clone(external)), number);
        self.by_number.insert((kind, number), Arc::clone(external));
    }
}

impl Store {
    fn lookup(&self, kind: ExternalKind, external: &str) -> Result<Option<u64>, StoreError> {
        let numbers = &self.shared.numbers;
        let kind = kind.code();
        if let Some(number) = numbers.by_external.get(&Known(kind, external)) {
            return Ok(Some(number));
        }
        let found: Option<u64> = self.read(|connection| {
            connection
                .prepare_cached("SELECT number FROM external WHERE kind = ?1 AND external = ?2")?
                .query_row(params![kind, external], |row| row.get(0))
                .optional()
        })?;
        if let Some(number) = found {
            numbers.remember(kind, &Arc::from(external), number);
        }
        Ok(found)
    }

    /// The person behind the platform's id; none that its facts never named.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn person_number(&self, external: &str) -> Result<Option<PersonNo>, StoreError> {
        let found = self.lookup(ExternalKind::Person, external)?;
        Ok(found.and_then(|number| u32::try_from(number).ok()).map(PersonNo))
    }

    /// The context behind the platform's id.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn context_number(&self, external: &str) -> Result<Option<ContextNo>, StoreError> {
        let found = self.lookup(ExternalKind::Context, external)?;
        Ok(found.and_then(|number| u32::try_from(number).ok()).map(ContextNo))
    }

    /// The object's number. An object seen for the first time gets the next one; its row must go with the entry that first
    /// names it, so it is also pushed to `new`. Until then every caller gets the same number, and each hands the row in.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn object_number(
        &self,
        kind: ObjectKind,
        external: &str,
        new: &mut Vec<NewObject>,
    ) -> Result<ObjectNo, StoreError> {
        let numbers = &self.shared.numbers;
        if let Some(number) = self.lookup(ExternalKind::Object(kind), external)? {
            return Ok(ObjectNo(number));
        }
        let code = ExternalKind::Object(kind).code();
        let external = Arc::<str>::from(external);
        let giving = numbers.giving.lock();
        let pending =
            self.shared.pending_objects.lock().get(&(code, Arc::clone(&external))).copied();
        let number = pending.unwrap_or_else(|| {
            let number = numbers.next_object.fetch_add(1, Ordering::Relaxed);
            self.shared.pending_objects.lock().insert((code, Arc::clone(&external)), number);
            number
        });
        drop(giving);
        new.push(NewObject {
            object: ObjectNo(number),
            kind,
            external: external.as_ref().to_owned(),
        });
        Ok(ObjectNo(number))
    }

    /// Forgets that these objects' rows are yet to be written: the flow that carried them is durable.
    pub fn objects_kept(&self, objects: &[NewObject]) {
        Self::objects_written(&self.shared, objects);
    }

    /// Rows that a commit has made durable need no second copy.
    pub(crate) fn objects_written(shared: &crate::open::SharedParts, objects: &[NewObject]) {
        if objects.is_empty() {
            return;
        }
        let mut pending = shared.pending_objects.lock();
        for object in objects {
            let kind = ExternalKind::Object(object.kind).code();
            let external = Arc::<str>::from(object.external.as_str());
            shared.numbers.remember(kind, &external, object.object.0);
            pending.remove(&(kind, external));
        }
    }

    /// The platform's id of something.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn external(
        &self,
        kind: ExternalKind,
        number: u64,
    ) -> Result<Option<Arc<str>>, StoreError> {
        let key = (kind.code(), number);
        if let Some(external) = self.shared.numbers.by_number.get(&key) {
            return Ok(Some(external));
        }
        let found: Option<String> = self.read(|connection| {
            connection
                .prepare_cached("SELECT external FROM external WHERE kind = ?1 AND number = ?2")?
                .query_row(params![key.0, number], |row| row.get(0))
                .optional()
        })?;
        Ok(found.map(|external| {
            let external = Arc::<str>::from(external);
            self.shared.numbers.remember(key.0, &external, number);
            external
        }))
    }

    /// Gives numbers to people or contexts that facts name, where they have none yet. In random order, so that numbers given
    /// in bulk tell nothing about the order in which people joined. Durable when it returns.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn assign(&self, kind: ExternalKind, externals: &[&str]) -> Result<Vec<u32>, StoreError> {
        self.assign_for(Urgency::Ordinary, kind, externals)
    }

    /// The same on behalf of facts that may end something: somebody new among them must not keep that from happening for want
    /// of room.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn assign_for(
        &self,
        urgency: Urgency,
        kind: ExternalKind,
        externals: &[&str],
    ) -> Result<Vec<u32>, StoreError> {
        let mut known = Vec::with_capacity(externals.len());
        let mut missing: Vec<&str> = Vec::new();
        for external in externals {
            let number = self.lookup(kind, external)?;
            if number.is_none() {
                missing.push(external);
            }
            known.push(number);
        }
        if !missing.is_empty() {
            missing.sort_unstable();
            missing.dedup();
            self.shared.with_room(urgency, || self.give(kind, &missing))?;
        }
        externals
            .iter()
            .zip(known)
            .map(|(external, number)| {
                let number = match number {
                    Some(number) => number,
                    None => self.lookup(kind, external)?.unwrap_or(u64::MAX),
                };
                u32::try_from(number).map_err(|_| {
                    StoreError::Corrupt(format!("no number for an id of kind {kind:?}"))
                })
            })
            .collect()
    }

    fn give(&self, kind: ExternalKind, missing: &[&str]) -> Result<(), StoreError> {
        let seed = self.shared.clock.seed();
        let mut order: Vec<(u64, &str)> =
            missing.iter().zip(0u64..).map(|(id, n)| (scramble(&seed, n), *id)).collect();
        order.sort_unstable();
        // An erased person's row is gone, and with it their number from the table: state still has it, so that it
        // is never given to somebody else.
        let used = match kind {
            ExternalKind::Person => self.state().people_len(),
            ExternalKind::Context => self.state().contexts_len(),
            ExternalKind::Object(_) => 0,
        } as u64;
        let connection = self.shared.writer.lock();
        let transaction = connection.unchecked_transaction().map_err(unwritten)?;
        let first: u64 = transaction
            .query_row(
                "SELECT coalesce(max(number) + 1, 0) FROM external WHERE kind = ?1",
                [kind.code()],
                |r| r.get(0),
            )
            .map_err(unwritten)?;
        let first = first.max(used);
        {
            let sql = "INSERT INTO external (kind, number, external) VALUES (?1, ?2, ?3)
                       ON CONFLICT (kind, external) DO NOTHING";
            let mut insert = transaction.prepare_cached(sql).map_err(unwritten)?;
            for ((_, external), number) in order.iter().zip(first..) {
                insert.execute(params![kind.code(), number, external]).map_err(unwritten)?;
            }
        }
        transaction.commit().map_err(unwritten)
    }

    /// Erases the identity behind a number: the log keeps the number, nobody can tell any more who it was.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn erase_person(&self, person: PersonNo) -> Result<(), StoreError> {
        let external = self.external(ExternalKind::Person, person.0.into())?;
        self.shared.with_room(Urgency::Ending, || self.erase_rows(person).map_err(unwritten))?;
        self.shared.erased.store(true, Ordering::SeqCst);
        let code = ExternalKind::Person.code();
        self.shared.numbers.by_number.remove(&(code, person.0.into()));
        if let Some(external) = external {
            self.shared.numbers.by_external.remove(&(code, external));
        }
        Ok(())
    }

    fn erase_rows(&self, person: PersonNo) -> rusqlite::Result<()> {
        let connection = self.shared.writer.lock();
        let transaction = connection.unchecked_transaction()?;
        for sql in [
            "DELETE FROM external WHERE kind = 1 AND number = ?1",
            "DELETE FROM account WHERE kind = 1 AND number = ?1",
            "DELETE FROM session WHERE kind = 1 AND number = ?1",
            "DELETE FROM name WHERE kind = 5 AND number = ?1",
            "DELETE FROM member WHERE person = ?1",
        ] {
            transaction.execute(sql, [person.0])?;
        }
        transaction.commit()
    }
}

/// A number that nobody can foretell without the seed: order of giving, not a secret.
fn scramble(seed: &[u8; 32], n: u64) -> u64 {
    let key = seed.first_chunk::<8>().copied().map_or(0, u64::from_le_bytes);
    let other = seed.last_chunk::<8>().copied().map_or(0, u64::from_le_bytes);
    let mut x = n ^ key;
    for _ in 0..3 {
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ other;
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^= x >> 31;
    }
    x
}
