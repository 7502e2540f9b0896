//! A store: one directory, opened by one process.

use crate::clock::SystemClock;
use crate::index::{self, IndexFile};
use crate::inflight::{InFlight, Ticket};
use crate::jobs::{Asked, DiscloseJob, Disclosed, Done, Failure, FlowJob, Urgency};
use crate::lock::DirectoryLock;
use crate::numbers::Numbers;
use crate::previews::Previews;
use crate::reserve::Reserve;
use crate::schema::SchemaError;
use crate::sqlite_log;
use crate::writer::{self, Queue};
use crate::{private, schema, snapshot};
use consent::State;
use model::{Env, Position, Timestamp};
use parking_lot::{Mutex, RwLock, RwLockReadGuard};
use rusqlite::Connection;
use sequence::{
    Answer, Basis, Clock, Commit, Head, Lookup, NewObject, Permit, PermitJob, Replica, StoreError,
    changed_by,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Databases of a directory.
const LOG: &str = "bailment.db";
const INDEX: &str = "index.db";
const NOTICES: &str = "notices.db";
const SHORT_LIVED: &str = "short-lived.db";
/// Reading connections.
const READERS: usize = 4;
/// Space kept back for endings, unless said otherwise.
const RESERVE_BYTES: u64 = 32 * 1024 * 1024;

/// How to open a store.
pub struct Options {
    /// Where time and randomness come from.
    pub clock: Arc<dyn Clock + Send + Sync>,
    /// Space kept back for endings, in bytes.
    pub reserve_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock::default()), reserve_bytes: RESERVE_BYTES }
    }
}

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory cannot be made or used.
    #[error("data directory `{path}` cannot be used")]
    Directory {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another process has it open.
    #[error("data directory `{0}` is in use by another process")]
    InUse(PathBuf),
    /// One of its databases cannot be opened.
    #[error("database `{file}` cannot be opened")]
    Database {
        /// Its name in the directory.
        file: &'static str,
        /// Why.
        #[source]
        source: SchemaError,
    },
    /// The log cannot be folded.
    #[error(transparent)]
    Log(#[from] StoreError),
}

impl OpenError {
    const fn database(file: &'static str) -> impl Fn(SchemaError) -> Self {
        move |source| Self::Database { file, source }
    }
}

/// The databases of a directory.
struct Databases {
    log: Connection,
    head: Head,
    index: IndexFile,
    notices: Connection,
    short_lived: Connection,
}

impl Databases {
    /// Opens each, creating it on first start, and brings it to the current version.
    fn open(directory: &Path, now: Timestamp) -> Result<Self, OpenError> {
        for name in [LOG, INDEX, NOTICES, SHORT_LIVED] {
            let made = private::file(&directory.join(name));
            made.map_err(|source| OpenError::Directory { path: directory.to_owned(), source })?;
        }
        let connect = |file| {
            let opened = Connection::open(directory.join(file));
            opened.map_err(|error| OpenError::database(file)(error.into()))
        };
        let mut log = connect(LOG)?;
        schema::prepare(&mut log).map_err(OpenError::database(LOG))?;
        log.set_prepared_statement_cache_capacity(64);
        let head = sqlite_log::head(&log)?;
        let index = IndexFile::open(directory.join(INDEX), head.next())
            .map_err(OpenError::database(INDEX))?;
        let mut short_lived = connect(SHORT_LIVED)?;
        schema::prepare_short_lived(&mut short_lived).map_err(OpenError::database(SHORT_LIVED))?;
        let notices = crate::notices::open(&directory.join(NOTICES), head.next(), now)
            .map_err(OpenError::database(NOTICES))?;
        Ok(Self { log, head, index, notices, short_lived })
    }
}

/// Whether any event since the answer was last held against them changes it.
fn is_changed(
    state: &State,
    recent: &RecentEvents,
    answer: &Answer,
    held_to: Position,
    now: Timestamp,
) -> bool {
    let from = recent.events.partition_point(|(position, _)| *position <= held_to);
    let since = recent.events.get(from..).unwrap_or_default().iter().map(|(_, event)| event);
    // Events that were dropped from the list may have been among them.
    let reached = recent.events.last().map_or(Position(0), |(last, _)| Position(last.0 + 1));
    held_to.0.saturating_add(1) < recent.dropped_below.0
        || changed_by(state, answer, since, reached, now)
}

/// Control events of late, oldest first.
pub(crate) struct RecentEvents {
    pub(crate) events: Vec<(Position, ledger::Event)>,
    /// Some events below this position are not listed any more.
    pub(crate) dropped_below: Position,
}

/// What threads and handles share.
pub(crate) struct SharedParts {
    pub(crate) directory: PathBuf,
    pub(crate) clock: Arc<dyn Clock + Send + Sync>,
    pub(crate) state: RwLock<State>,
    pub(crate) writer: Mutex<Connection>,
    pub(crate) readers: Readers,
    pub(crate) queue: Queue,
    pub(crate) reserve: Reserve,
    pub(crate) poisoned: AtomicBool,
    /// [`sequence::Replica::load`], exchanged under the state's lock.
    pub(crate) load: AtomicU64,
    pub(crate) recent: RwLock<RecentEvents>,
    pub(crate) numbers: Numbers,
    pub(crate) pending_objects: Mutex<BTreeMap<(u8, Arc<str>), u64>>,
    pub(crate) in_flight: Arc<InFlight>,
    pub(crate) facts_up_to: AtomicU64,
    pub(crate) index: Mutex<IndexFile>,
    /// Held by whoever takes entries in to the index: one at a time.
    pub(crate) indexing: Mutex<()>,
    /// Whether a thread keeps the index up; nobody else has to then.
    pub(crate) has_upkeep: AtomicBool,
    /// Whether what was erased may still stand in a write-ahead log.
    pub(crate) erased: AtomicBool,
    pub(crate) notices: Mutex<Connection>,
    pub(crate) short_lived: Mutex<Connection>,
    pub(crate) previews: Previews,
    pub(crate) counted: index::Counted,
}

/// A few connections that only read.
pub(crate) struct Readers {
    idle: Mutex<Vec<Connection>>,
    path: PathBuf,
}

impl Readers {
    fn open(path: &Path) -> rusqlite::Result<Self> {
        let readers = Self { idle: Mutex::new(Vec::new()), path: path.to_owned() };
        for _ in 0..READERS {
            let connection = readers.connect()?;
            readers.idle.lock().push(connection);
        }
        Ok(readers)
    }

    fn connect(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open(&self.path)?;
        schema::prepare_reader(&connection)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    }

    /// Runs with a connection; opens one more when all are in use.
    pub(crate) fn with<R>(
        &self,
        run: impl FnOnce(&Connection) -> rusqlite::Result<R>,
    ) -> rusqlite::Result<R> {
        let idle = self.idle.lock().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.connect()?,
        };
        let result = run(&connection);
        let mut idle = self.idle.lock();
        if idle.len() < 2 * READERS {
            idle.push(connection);
        }
        result
    }
}

/// The store. Cheap to clone; the appending thread ends with the last clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) shared: Arc<SharedParts>,
    pub(crate) thread: Arc<Thread>,
}

/// The appending thread, stopped with the last handle.
pub(crate) struct Thread {
    shared: Arc<SharedParts>,
    handle: Option<JoinHandle<()>>,
    _lock: DirectoryLock,
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.shared.queue.stop();
        if let Some(handle) = self.handle.take() {
            let _ = handle.join();
        }
    }
}

impl Store {
    /// Opens a store, creating it on first start, and folds its log.
    ///
    /// # Errors
    /// The directory is in use, cannot be written, or holds a log that cannot be folded.
    pub fn open(directory: &Path, options: Options) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Directory { path: directory.to_owned(), source };
        private::directory(directory).map_err(failed)?;
        let lock = DirectoryLock::take(directory).map_err(failed)?;
        let lock = lock.ok_or_else(|| OpenError::InUse(directory.to_owned()))?;
        // Half a snapshot is worth nothing, and may be what fills the disk.
        snapshot::clear_drafts(directory);
        let reserve = Reserve::of(directory, options.reserve_bytes);
        let Databases { log: connection, head, index, notices, short_lived } =
            Databases::open(directory, options.clock.now())?;
        reserve.take();
        let state = snapshot::fold(directory, &connection)?;
        let path = directory.join(LOG);
        let of_log = |error: rusqlite::Error| OpenError::database(LOG)(error.into());
        let shared = Arc::new(SharedParts {
            directory: directory.to_owned(),
            clock: options.clock,
            state: RwLock::new(state),
            readers: Readers::open(&path).map_err(of_log)?,
            queue: Queue::default(),
            reserve,
            poisoned: AtomicBool::new(false),
            load: AtomicU64::new(0),
            recent: RwLock::new(RecentEvents { events: Vec::new(), dropped_below: Position(0) }),
            numbers: Numbers::load(&connection).map_err(of_log)?,
            pending_objects: Mutex::default(),
            in_flight: Arc::default(),
            facts_up_to: AtomicU64::new(0),
            index: Mutex::new(index),
            indexing: Mutex::default(),
            has_upkeep: AtomicBool::new(false),
            // An earlier process may have ended between the two.
            erased: AtomicBool::new(true),
            notices: Mutex::new(notices),
            short_lived: Mutex::new(short_lived),
            previews: Previews::default(),
            counted: index::Counted::default(),
            writer: Mutex::new(connection),
        });
        let parts = Arc::clone(&shared);
        let handle = std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || writer::run(&parts, Replica::at(head)))
            .map_err(failed)?;
        let thread = Thread { shared: Arc::clone(&shared), handle: Some(handle), _lock: lock };
        Ok(Self { shared, thread: Arc::new(thread) })
    }

    /// Where it is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.shared.directory
    }

    /// The state, locked for reading. Hold it for microseconds and never over an `.await`.
    pub fn state(&self) -> RwLockReadGuard<'_, State> {
        self.shared.state.read()
    }

    /// Makes the state forget a condition, so that a test can see the prober find that.
    #[cfg(feature = "holes")]
    pub fn plant_hole(&self, condition: model::Condition) {
        self.shared.state.write().plant_hole(condition);
    }

    /// Makes the state ask every condition again.
    #[cfg(feature = "holes")]
    pub fn fill_holes(&self) {
        self.shared.state.write().fill_holes();
    }

    /// What a request takes note of before it asks the upstream.
    #[must_use]
    pub fn basis(&self) -> Basis {
        let state = self.shared.state.read();
        Basis { load: self.shared.load.load(Ordering::SeqCst), revision: state.revision() }
    }

    /// Now, by the clock that entry times come from.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    /// An environment for work outside a commit.
    #[must_use]
    pub fn env(&self) -> Env {
        Env::new(self.shared.clock.now(), self.shared.clock.seed())
    }

    /// Answers on their way.
    #[must_use]
    pub fn in_flight(&self) -> &Arc<InFlight> {
        &self.shared.in_flight
    }

    /// Whether the store takes disclosures now: the readiness of the process.
    ///
    /// # Errors
    /// Why not.
    pub fn ready(&self) -> Result<(), Failure> {
        if self.shared.poisoned.load(Ordering::SeqCst) {
            return Err(Failure::Corrupt("the log could not be loaded".to_owned()));
        }
        if self.shared.reserve.is_full() {
            return Err(Failure::Full);
        }
        if !self.shared.clock.is_trusted() {
            return Err(Failure::Unavailable("the clock cannot be trusted".to_owned()));
        }
        Ok(())
    }

    /// Up to when the platform's facts are complete.
    #[must_use]
    pub fn facts_up_to(&self) -> Timestamp {
        Timestamp(self.shared.facts_up_to.load(Ordering::SeqCst))
    }

    /// A source said that its facts are complete up to here. Marks in the future count as now.
    pub fn mark_facts(&self, up_to: Timestamp) {
        let up_to = up_to.min(self.now());
        self.shared.facts_up_to.fetch_max(up_to.0, Ordering::SeqCst);
    }

    /// Runs a flow under the append lock and makes what it wants durable, all of it or nothing. If its events end something,
    /// returns only when no earlier answer that they change is on its way any more; `own` is the connection that asks.
    ///
    /// The flow may run again if the disk turns out to be full: it must not consume what it captured.
    ///
    /// # Errors
    /// The inner error is the flow's refusal; the outer one means that nothing is known to be written.
    pub async fn commit<F, R, E>(
        &self,
        urgency: Urgency,
        own: Option<u64>,
        flow: F,
    ) -> Result<Result<Done<R>, E>, Failure>
    where
        F: FnMut(&State, &dyn Lookup, &Env) -> Result<Commit<R>, E> + Send + 'static,
        R: Send + 'static,
        E: Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        self.push(Box::new(FlowJob::new(urgency, flow, tell)));
        let done =
            told.await.map_err(|_| Failure::Unavailable("the log is closing".to_owned()))??;
        // An ending that finds nothing left to end waits too: whoever ended it may be waiting yet.
        if let Ok(done) = &done
            && (urgency == Urgency::Ending || done.events.iter().any(sequence::may_end))
        {
            let reset = self.drain(done.position, own).await;
            if reset > 0 {
                tracing::info!(reset, "answers were broken off by an ending");
            }
        }
        Ok(done)
    }

    async fn drain(&self, ended_at: Position, own: Option<u64>) -> usize {
        let changed = |answers: &[(&Answer, Position)]| {
            let (state, recent, now) =
                (self.shared.state.read(), self.shared.recent.read(), self.now());
            let judge = |(answer, held_to): &(&Answer, Position)| {
                is_changed(&state, &recent, answer, *held_to, now)
            };
            let up_to = recent.events.last().map_or(Position(0), |(position, _)| *position);
            (answers.iter().map(judge).collect(), up_to)
        };
        self.shared.in_flight.drain(&changed, ended_at, own).await
    }

    /// Appends a disclosure if its permit still holds.
    ///
    /// # Errors
    /// Nothing may be released.
    pub async fn disclose(
        &self,
        permit: Permit,
        objects: Vec<NewObject>,
        ticket: Ticket,
    ) -> Result<Disclosed, Failure> {
        self.ready()?;
        let salt = self.env().random("disclosure salt").first_chunk().copied().unwrap_or_default();
        let permit = PermitJob::new(permit, objects.clone(), &self.state(), salt)
            .map_err(|error| Failure::Unrecordable(error.to_string()))?;
        let (tell, told) = oneshot::channel();
        self.push(Box::new(DiscloseJob { permit, objects, ticket, tell }));
        told.await.map_err(|_| Failure::Unavailable("the log is closing".to_owned()))?
    }

    fn push(&self, job: Box<dyn Asked>) {
        self.shared.queue.push(&self.shared, job);
    }
}
