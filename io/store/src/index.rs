//! An index of people over the log: who was seen by which app, and which control events concern whom. Off the
//! path of requests, in a file of its own that can be thrown away.

mod census;
mod file;
mod report;
mod used;

pub(crate) use census::Counted;
pub(crate) use file::IndexFile;
pub use used::{ChainLife, General};

use crate::open::Store;
use crate::query::StoredEntry;
use ledger::{About, DisclosurePayload, Event, Fact, Leaf, Payload, kind};
use model::{Actor, AppNo, ClassMask, ContextNo, PersonNo, Position, Timestamp};
use parking_lot::MutexGuard;
use rusqlite::{Connection, params};
use sequence::StoreError;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;
use usage::{DAY_MS, Seen, Through};
use used::UsedChunk;

/// Entries taken in at a time, and bytes of their payloads as they are stored.
const CHUNK: usize = 2_000;
const CHUNK_BYTES: usize = 4 * 1024 * 1024;
/// Chunks that a page takes in before it reads, and how long it waits for its turn to.
const PAGE_CHUNKS: usize = 2;
const PAGE_ENTRIES: u64 = (PAGE_CHUNKS * CHUNK) as u64;
const PAGE_WAIT: Duration = Duration::from_millis(250);
const NO_CONTEXT: i64 = -1;

/// A control event that concerns a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonEvent {
    /// Where.
    pub position: Position,
    /// When.
    pub time: Timestamp,
    /// What.
    pub event: Event,
}

#[derive(Default)]
struct Chunk {
    seen: BTreeMap<(u32, u64, u32, i64), Seen>,
    concerns: BTreeSet<(u32, u64)>,
    used: UsedChunk,
}

impl Chunk {
    fn disclosure(
        &mut self,
        position: Position,
        time: Timestamp,
        app: AppNo,
        payload: &DisclosurePayload,
    ) {
        // One answer counts once for a person and context, however many nodes are about them.
        let mut people: BTreeMap<(PersonNo, i64), ClassMask> = BTreeMap::new();
        let mut contexts: Vec<i64> = Vec::with_capacity(payload.nodes.len());
        let mut places: BTreeSet<ContextNo> = BTreeSet::new();
        for (node, released) in payload.nodes.iter().zip(&payload.released) {
            let inherited = node.within.and_then(|within| contexts.get(within as usize)).copied();
            let context = match &node.record {
                Some(record) => record.context.map_or(NO_CONTEXT, |context| context.0.into()),
                None => inherited.unwrap_or(NO_CONTEXT),
            };
            contexts.push(context);
            if !released.is_empty() {
                places.extend(u32::try_from(context).ok().map(ContextNo));
            }
            if let (About::People(about), false) = (&node.about, released.is_empty()) {
                for person in about {
                    let mask = people.entry((*person, context)).or_default();
                    *mask = *mask | *released;
                }
            }
        }
        for context in places {
            self.used.place(app, context, time);
        }
        let day = time.0 / DAY_MS;
        for ((person, context), classes) in people {
            let through = Through::of(payload.acting, person);
            let seen = self.seen.entry((person.0, day, app.0, context)).or_insert_with(|| Seen {
                app,
                context: u32::try_from(context).ok().map(ContextNo),
                day,
                classes: ClassMask::NONE,
                through,
                times: 0,
                first: position,
                last: position,
                last_at: time,
            });
            seen.classes = seen.classes | classes;
            seen.through = seen.through.and(through);
            seen.times += 1;
            seen.last = position;
            seen.last_at = time;
        }
    }

    fn entry(&mut self, stored: &StoredEntry) -> Result<(), ledger::DecodeError> {
        let Some(entry) = stored.open()? else {
            // What was used stands in the leaf, which stays.
            self.count(&stored.read_leaf()?, None);
            return Ok(());
        };
        match (&entry.payload, entry.leaf.app) {
            (Payload::Disclosure(payload), Some(app)) => {
                self.count(&entry.leaf, payload.permit);
                self.disclosure(stored.position, stored.time, app, payload);
            }
            (Payload::Control(event), _) => {
                let people = people_of(event);
                self.concerns.extend(people.into_iter().map(|one| (one.0, stored.position.0)));
                self.used.control(stored.position, &entry.leaf, event);
            }
            _ => self.count(&entry.leaf, None),
        }
        Ok(())
    }

    fn count(&mut self, leaf: &Leaf, permit: Option<Position>) {
        if leaf.kind == kind::DISCLOSURE || leaf.kind == kind::WRITE_PERMITTED {
            self.used.leaf(leaf, permit.is_some());
        }
    }

    /// Writes what entries from `from` on and before `next` add; nothing where somebody else did, or the file was begun anew.
    fn write(
        mut self,
        connection: &mut Connection,
        from: Position,
        next: Position,
    ) -> rusqlite::Result<()> {
        let transaction = connection.transaction()?;
        {
            let moved = transaction.execute(
                "UPDATE done SET next = ?1 WHERE id = 1 AND next = ?2",
                [next.0, from.0],
            )?;
            if moved != 1 {
                return Ok(());
            }
            let mut read = transaction.prepare_cached(
                "SELECT context, classes FROM seen WHERE person = ?1 AND day = ?2 AND app = ?3",
            )?;
            let mut seen = transaction.prepare_cached(
                "INSERT INTO seen (person, day, app, context, classes, through, times, first, last, last_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT (person, day, app, context) DO UPDATE SET classes = excluded.classes,
                 through = through | excluded.through, times = times + excluded.times,
                 last = excluded.last, last_at = excluded.last_at",
            )?;
            for ((person, day, app, context), row) in self.seen {
                let (mut here, mut anywhere) = (ClassMask::NONE, ClassMask::NONE);
                let mut known = read.query(params![person, day, app])?;
                while let Some(known) = known.next()? {
                    let classes = ClassMask(u128::from_be_bytes(known.get(1)?));
                    anywhere = anywhere | classes;
                    if known.get::<_, i64>(0)? == context {
                        here = classes;
                    }
                }
                self.used.person(app, day, row.classes.without(anywhere));
                seen.execute(params![
                    person,
                    day,
                    app,
                    context,
                    (row.classes | here).0.to_be_bytes(),
                    row.through.bits(),
                    row.times,
                    row.first.0,
                    row.last.0,
                    row.last_at.0
                ])?;
            }
            let mut concerns = transaction.prepare_cached(
                "INSERT OR IGNORE INTO concerns (person, position) VALUES (?1, ?2)",
            )?;
            for (person, position) in self.concerns {
                concerns.execute(params![person, position])?;
            }
            self.used.write(&transaction)?;
        }
        transaction.commit()
    }
}

/// Whom an event is about, and who did it: a grant's end names nobody but its owner, who ended it.
fn people_of(event: &Event) -> Vec<PersonNo> {
    let mut people = subjects_of(event);
    if let Some(Actor::Person(actor)) = event.why().map(|why| why.by) {
        people.push(actor);
    }
    people
}

fn subjects_of(event: &Event) -> Vec<PersonNo> {
    match event {
        Event::InstallationMade(event) => vec![event.backer],
        Event::InstallationBacked(event) => vec![event.backer],
        Event::GrantMade(event) => vec![event.person],
        Event::OptIn(event) => vec![event.person],
        Event::OptOut(event) => vec![event.person],
        Event::SettingChanged(event) => vec![event.person],
        Event::CutOff(event) => match event.subject {
            ledger::CutOffSubject::Person(person) | ledger::CutOffSubject::PersonApp(person, _) => {
                vec![person]
            }
            _ => Vec::new(),
        },
        Event::Facts(event) => event.facts.iter().flat_map(|fact| people_of_fact(*fact)).collect(),
        _ => Vec::new(),
    }
}

fn people_of_fact(fact: Fact) -> Vec<PersonNo> {
    match fact {
        // Beginnings come by the million on import and explain nothing about an app.
        Fact::Person(_)
        | Fact::Member(..)
        | Fact::Context(..)
        | Fact::ContextGone(_)
        | Fact::ObjectGone(_) => Vec::new(),
        Fact::PersonGone(person)
        | Fact::MemberGone(person, _)
        | Fact::Admin(person, _)
        | Fact::AdminGone(person, _) => {
            vec![person]
        }
        Fact::Friend(..) | Fact::FriendGone(..) => Vec::new(),
    }
}

/// How far the index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// It has all of the log.
    Head,
    /// The log has more.
    Further,
}

/// Takes in the next entries that the index has not. Whoever calls holds the turn; the index itself is locked only to be
/// written, so that whoever reads from it waits for one chunk at most.
fn take_in_chunk(store: &Store) -> Result<Reached, StoreError> {
    let next = store.shared.index.lock().next()?;
    let entries = store.entries_within(next, CHUNK, CHUNK_BYTES)?;
    let Some(last) = entries.last().map(|entry| entry.position) else { return Ok(Reached::Head) };
    let mut chunk = Chunk::default();
    for stored in &entries {
        let corrupt = |error| StoreError::Corrupt(format!("entry {}: {error}", stored.position.0));
        chunk.entry(stored).map_err(corrupt)?;
    }
    let after = Position(last.0 + 1);
    let mut index = store.shared.index.lock();
    index.with(|connection| chunk.write(connection, next, after))?;
    MutexGuard::unlock_fair(index);
    Ok(if after < store.head()?.next() { Reached::Further } else { Reached::Head })
}

/// Takes in at most so many chunks of what the log has and the index has not.
pub(crate) fn take_in(store: &Store, chunks_max: usize) -> Result<Reached, StoreError> {
    for _ in 0..chunks_max {
        let turn = store.shared.indexing.lock();
        let reached = take_in_chunk(store)?;
        MutexGuard::unlock_fair(turn);
        if reached == Reached::Head {
            return Ok(reached);
        }
    }
    Ok(Reached::Further)
}

/// Entries from `next` on.
fn missing_from(store: &Store, next: Position) -> Result<u64, StoreError> {
    Ok(store.head()?.next().0.saturating_sub(next.0))
}

/// An index that ends here lacks more than the last moments.
fn refuse_far(store: &Store, next: Position) -> Result<(), StoreError> {
    if missing_from(store, next)? <= PAGE_ENTRIES {
        return Ok(());
    }
    Err(StoreError::Unavailable("the index of what was used is being made again".to_owned()))
}

/// What a page does before it reads: takes in the last moments, so that what somebody has just done is there. Where more is
/// missing, or the disk is full, the page tells what there is: making the index again is not its business.
fn keep_up(store: &Store) {
    if store.shared.reserve.is_full() {
        return;
    }
    let missing = || {
        let next = store.shared.index.lock().next()?;
        missing_from(store, next)
    };
    let kept_up = missing().and_then(|missing| {
        let far = missing > PAGE_ENTRIES;
        if missing == 0 || (far && store.shared.has_upkeep.load(Ordering::Relaxed)) {
            return Ok(());
        }
        for _ in 0..PAGE_CHUNKS {
            let Some(_turn) = store.shared.indexing.try_lock_for(PAGE_WAIT) else { break };
            if take_in_chunk(store)? == Reached::Head {
                break;
            }
        }
        Ok(())
    });
    if let Err(error) = kept_up {
        tracing::warn!(%error, "a page tells what the index of people had before");
    }
}

impl Store {
    /// Where what the index tells ends: the first entry that it has not. The head of the log, or close to it, unless the
    /// index is being made again.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn indexed_to(&self) -> Result<Position, StoreError> {
        self.shared.index.lock().next()
    }

    /// The first entry that pages about people do not tell of yet, the last moments taken in; none where they tell of all.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn told_to(&self) -> Result<Option<Position>, StoreError> {
        keep_up(self);
        let next = self.indexed_to()?;
        Ok(Some(next).filter(|next| missing_from(self, *next).is_ok_and(|missing| missing > 0)))
    }

    /// The same for an answer that is asked for now, and when that entry was made: what comes while the answer is being made
    /// is not missing from it. Call it from a blocking thread, before the answer is read.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn missing_since(&self) -> Result<Option<(Position, Timestamp)>, StoreError> {
        let asked_at = self.head()?.next();
        self.missing_before(asked_at)
    }

    /// The same where the log ended at this position when the answer was asked for. Positions tell what was there, for the
    /// clock can be set back, and times of entries never go back with it.
    fn missing_before(
        &self,
        asked_at: Position,
    ) -> Result<Option<(Position, Timestamp)>, StoreError> {
        let Some(at) = self.told_to()?.filter(|at| *at < asked_at) else { return Ok(None) };
        Ok(self.entry(at)?.map(|entry| (at, entry.time)))
    }

    /// Whether more is missing in the index than a page takes in.
    #[must_use]
    pub fn is_index_half_made(&self) -> bool {
        self.indexed_to().and_then(|next| refuse_far(self, next)).is_err()
    }

    /// Refuses while the index is being made again: what is not in it yet would count as unused.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: more is missing than a page takes in. The store cannot be read.
    pub fn is_counted(&self) -> Result<(), StoreError> {
        keep_up(self);
        refuse_far(self, self.indexed_to()?)
    }

    /// Reads from the index what is wrong where a part is missing, the last moments included.
    fn counted<R>(
        &self,
        run: impl FnOnce(&Connection) -> rusqlite::Result<R>,
    ) -> Result<R, StoreError> {
        keep_up(self);
        let mut index = self.shared.index.lock();
        refuse_far(self, index.next()?)?;
        index.with(|connection| run(connection))
    }

    /// Reads from the index, the last moments included.
    fn indexed<R>(
        &self,
        run: impl FnOnce(&Connection) -> rusqlite::Result<R>,
    ) -> Result<R, StoreError> {
        keep_up(self);
        self.shared.index.lock().with(|connection| run(connection))
    }

    /// What apps saw of a person, newest day first, up to [`Store::indexed_to`].
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn seen_by(&self, person: PersonNo, most: usize) -> Result<Vec<Seen>, StoreError> {
        self.seen_from(person, 0, most)
    }

    /// The same without so many of the newest rows.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn seen_from(
        &self,
        person: PersonNo,
        passed: usize,
        most: usize,
    ) -> Result<Vec<Seen>, StoreError> {
        self.indexed(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT app, context, day, classes, through, times, first, last, last_at FROM seen
                 WHERE person = ?1 ORDER BY day DESC, last DESC, app, context LIMIT ?2 OFFSET ?3",
            )?;
            let rows =
                statement.query_map(params![person.0, most as u64, passed as u64], |row| {
                    Ok(Seen {
                        app: AppNo(row.get(0)?),
                        context: u32::try_from(row.get::<_, i64>(1)?).ok().map(ContextNo),
                        day: row.get(2)?,
                        classes: ClassMask(u128::from_be_bytes(row.get(3)?)),
                        through: Through::from_bits(row.get(4)?),
                        times: row.get(5)?,
                        first: Position(row.get(6)?),
                        last: Position(row.get(7)?),
                        last_at: Timestamp(row.get(8)?),
                    })
                })?;
            rows.collect()
        })
    }

    /// Control events that concern a person, oldest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn events_of(&self, person: PersonNo) -> Result<Vec<PersonEvent>, StoreError> {
        let positions: Vec<u64> = self.indexed(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT position FROM concerns WHERE person = ?1 ORDER BY position",
            )?;
            statement.query_map([person.0], |row| row.get(0))?.collect()
        })?;
        let mut events = Vec::with_capacity(positions.len());
        for position in positions {
            let Some(stored) = self.entry(Position(position))? else { continue };
            let payload =
                stored.read_payload().map_err(|error| StoreError::Corrupt(error.to_string()))?;
            if let Some(Payload::Control(event)) = payload {
                events.push(PersonEvent { position: stored.position, time: stored.time, event });
            }
        }
        Ok(events)
    }
}

#[cfg(test)]
mod tests {
    use super::{CHUNK, PAGE_CHUNKS, PAGE_WAIT, take_in};
    use crate::{Options, Store, Urgency};
    use consent::State;
    use ledger::{Event, SettingChanged, SettingScope, Why};
    use model::{Actor, AppNo, ClassMask, Env, PersonNo, Position, Timestamp};
    use sequence::{Clock, Commit, Lookup, StoreError};
    use std::collections::BTreeSet;
    use std::convert::Infallible;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, Instant};
    use tempfile::TempDir;

    const PERSON: PersonNo = PersonNo(3);

    /// A clock that can be set back.
    #[derive(Default)]
    struct Hand(AtomicU64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp(self.0.load(Ordering::SeqCst))
        }

        fn seed(&self) -> [u8; 32] {
            [7; 32]
        }

        fn is_trusted(&self) -> bool {
            true
        }
    }

    /// A store whose log holds so many choices of one person.
    async fn store(choices: usize) -> (TempDir, Store) {
        store_under(Options::default().clock, choices).await
    }

    async fn store_under(clock: Arc<dyn Clock + Send + Sync>, choices: usize) -> (TempDir, Store) {
        let directory = tempfile::tempdir().unwrap();
        let options = Options { reserve_bytes: 0, clock };
        let store = Store::open(directory.path(), options).unwrap();
        choose(&store, choices).await;
        (directory, store)
    }

    async fn choose(store: &Store, choices: usize) {
        let flow = move |_: &State, _: &dyn Lookup, _: &Env| -> Result<_, Infallible> {
            let event = Event::SettingChanged(SettingChanged {
                person: PERSON,
                scope: SettingScope::AllApps,
                blocked: ClassMask::ALL,
                why: Why::by(Actor::Person(PERSON)),
            });
            let mut commit = Commit::event(event.clone(), ());
            commit.events = vec![event; choices];
            Ok(commit)
        };
        store.commit(Urgency::Ordinary, None, flow).await.unwrap().unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_page_that_does_not_get_its_turn_tells_what_there_is() {
        let (_directory, store) = store(5).await;
        assert_eq!(store.events_of(PERSON).unwrap().len(), 5);
        choose(&store, 2).await;
        let turn = store.shared.indexing.lock();
        let begun = Instant::now();
        assert_eq!(store.events_of(PERSON).unwrap().len(), 5);
        assert!(begun.elapsed() < PAGE_WAIT + Duration::from_secs(1));
        assert_eq!(store.indexed_to().unwrap(), Position(5), "and says so");
        drop(turn);
        assert_eq!(store.events_of(PERSON).unwrap().len(), 7);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_page_takes_in_a_little_and_nothing_where_upkeep_makes_the_index_again() {
        let all = (PAGE_CHUNKS + 1) * CHUNK;
        let (_directory, store) = store(all).await;
        store.shared.has_upkeep.store(true, Ordering::Relaxed);
        assert!(store.events_of(PERSON).unwrap().is_empty());
        assert_eq!(store.indexed_to().unwrap(), Position(0));
        store.shared.has_upkeep.store(false, Ordering::Relaxed);
        assert_eq!(store.events_of(PERSON).unwrap().len(), PAGE_CHUNKS * CHUNK);
        // What is left is little: whoever asks next takes it in, upkeep or not.
        store.shared.has_upkeep.store(true, Ordering::Relaxed);
        assert_eq!(store.events_of(PERSON).unwrap().len(), all);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nothing_is_counted_from_an_index_that_is_half_made() {
        let (_directory, store) = store((PAGE_CHUNKS + 1) * CHUNK).await;
        store.shared.has_upkeep.store(true, Ordering::Relaxed);
        let app = AppNo(1);
        let refused = |told: Option<StoreError>| matches!(told, Some(StoreError::Unavailable(_)));
        assert!(refused(store.class_use(app).err()));
        assert!(refused(store.timelines(&BTreeSet::new()).err()));
        assert!(refused(store.is_counted().err()));
        assert!(store.events_of(PERSON).unwrap().is_empty(), "people can read what there is");
        assert_eq!(store.told_to().unwrap(), Some(Position(0)), "and are told how far that is");
        take_in(&store, PAGE_CHUNKS + 1).unwrap();
        store.is_counted().unwrap();
        assert_eq!(store.class_use(app).unwrap(), []);
        assert_eq!(store.told_to().unwrap(), None);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_missing_is_told_though_the_clock_was_set_back() {
        let clock = Arc::new(Hand::default());
        let made = Timestamp(5_000_000);
        clock.0.store(made.0, Ordering::SeqCst);
        let under: Arc<dyn Clock + Send + Sync> = clock.clone();
        let (_directory, store) = store_under(under, (PAGE_CHUNKS + 1) * CHUNK).await;
        store.shared.has_upkeep.store(true, Ordering::Relaxed);
        clock.0.store(made.0 / 2, Ordering::SeqCst);
        assert!(store.now() < made);
        assert_eq!(store.missing_since().unwrap(), Some((Position(0), made)));
        assert_eq!(store.missing_before(Position(1)).unwrap(), Some((Position(0), made)));
        let came_since = store.missing_before(Position(0)).unwrap();
        assert_eq!(came_since, None, "what came since it was asked is not missing");
        take_in(&store, PAGE_CHUNKS + 1).unwrap();
        assert_eq!(store.missing_since().unwrap(), None);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn upkeep_makes_the_index_again_while_pages_read() {
        let all = 12 * CHUNK;
        let (_directory, store) = store(all).await;
        store.spawn_upkeep(Duration::from_secs(3_600));
        let begun = Instant::now();
        let mut seen = 0;
        while seen < all {
            assert!(begun.elapsed() < Duration::from_secs(60), "{seen} of {all}");
            let now = store.shared.index.lock().with(|connection| {
                connection.query_row("SELECT count(*) FROM concerns", [], |row| row.get(0))
            });
            let now = now.unwrap();
            assert!(now >= seen, "it only grows");
            seen = now;
            std::thread::yield_now();
        }
        assert_eq!(store.indexed_to().unwrap(), Position(all as u64));
    }
}
