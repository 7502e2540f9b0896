//! The platform as its own front end sees it: people join, leave, befriend, delete.

use std::{future::Future, path::Path, sync::Arc, time::Duration};

use rusqlite::Connection;
use serde::Deserialize;

use crate::{
    CommentId, GroupId, InProcess, MediaId, PersonId, PostId,
    clock::now_ms,
    facts::FactSink,
    pump::Pump,
    store::{
        BulkPerson, PostState, Store, StoreError,
        change::{self, Recorded},
    },
};

/// How long a change waits for its facts to be accepted.
const FACTS_WAIT_MAX: Duration = Duration::from_secs(5);

/// A person to create.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NewPerson {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Gender, as the person says it.
    pub gender: String,
    /// `YYYY-MM-DD`, or empty.
    pub birthday: String,
    /// Where they live.
    pub city: String,
    /// Network address of the sign-up.
    pub location_ip: String,
    /// Browser of the sign-up.
    pub browser_used: String,
}

impl NewPerson {
    pub(crate) fn as_row(&self, id: PersonId, picture: MediaId, now: i64) -> BulkPerson<'_> {
        BulkPerson {
            id,
            picture,
            first_name: &self.first_name,
            last_name: &self.last_name,
            gender: &self.gender,
            birthday: &self.birthday,
            created_at: now,
            city: &self.city,
            emails: "[]",
            languages: "[]",
            studies: "[]",
            work: "[]",
            interests: "[]",
            location_ip: &self.location_ip,
            browser_used: &self.browser_used,
        }
    }
}

/// A group to create.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// Its title.
    pub name: String,
    /// What it is about.
    #[serde(default)]
    pub description: String,
    /// Who founds it.
    pub admin: PersonId,
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// What the change names does not exist.
    #[error("`{0}` was not found")]
    NotFound(&'static str),
    /// The change makes no sense.
    #[error("{0}")]
    Invalid(&'static str),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for ChangeError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What became of a change's facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactsOutcome {
    /// There was nothing to tell: things were as wanted.
    None,
    /// The sink has them: they hold for every later decision.
    Accepted {
        /// Number of the last fact.
        up_to: u64,
    },
    /// The change is committed, its facts wait in the outbox.
    Pending {
        /// Number of the last fact.
        up_to: u64,
    },
}

/// A change that is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome<T> {
    /// What the change made.
    pub value: T,
    /// What became of its facts.
    pub facts: FactsOutcome,
}

/// The platform: its store, its upstream, and the pump that tells its facts.
pub struct Platform {
    store: Arc<Store>,
    pump: Arc<Pump>,
}

impl Platform {
    /// Opens the platform in a directory, creating it if it is new.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be opened.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let store = Arc::new(Store::open(dir)?);
        Ok(Self { pump: Arc::new(Pump::new(Arc::clone(&store))), store })
    }

    /// The store, for imports, generated communities and snapshots.
    #[must_use]
    pub const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// The upstream over this store.
    #[must_use]
    pub fn upstream(&self) -> InProcess {
        InProcess::new(Arc::clone(&self.store))
    }

    /// Names the sink that is told the facts from now on.
    pub fn connect(&self, sink: Arc<dyn FactSink>) {
        self.pump.connect(sink);
    }

    /// Tells facts, and a mark every 10 seconds, until `stop` is ready.
    pub async fn run_pump(&self, stop: impl Future<Output = ()> + Send) {
        self.pump.run(stop).await;
    }

    /// Tells all outstanding facts and a mark, once, after an import as a snapshot.
    ///
    /// Returns the number up to which the sink has the facts, or why it does not.
    ///
    /// # Errors
    /// [`StoreError`] with what went wrong, the sink's refusals included.
    pub async fn pump_once(&self) -> Result<u64, StoreError> {
        self.pump.once().await.map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    /// Creates a person.
    ///
    /// # Errors
    /// [`ChangeError`], as for every change below: nothing was changed then.
    pub async fn create_person(&self, new: NewPerson) -> Result<Outcome<PersonId>, ChangeError> {
        self.change(move |tx, now| change::create_person(tx, now, &new)).await
    }

    /// Creates a group with its first admin.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn create_group(&self, new: NewGroup) -> Result<Outcome<GroupId>, ChangeError> {
        self.change(move |tx, now| change::create_group(tx, now, &new)).await
    }

    /// Lets a person join a group.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn join(&self, group: GroupId, who: PersonId) -> Result<Outcome<()>, ChangeError> {
        self.plain(move |tx, now| change::join(tx, now, group, who)).await
    }

    /// Takes a person out of a group, admin or not.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn leave(&self, group: GroupId, who: PersonId) -> Result<Outcome<()>, ChangeError> {
        self.plain(move |tx, now| change::leave(tx, now, group, who)).await
    }

    /// Makes a person an admin of a group, joining them if needed.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn promote(&self, group: GroupId, who: PersonId) -> Result<Outcome<()>, ChangeError> {
        self.plain(move |tx, now| change::promote(tx, now, group, who)).await
    }

    /// Makes an admin a plain member.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn demote(&self, group: GroupId, who: PersonId) -> Result<Outcome<()>, ChangeError> {
        self.plain(move |tx, now| change::demote(tx, now, group, who)).await
    }

    /// Makes two people friends.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn befriend(&self, one: PersonId, two: PersonId) -> Result<Outcome<()>, ChangeError> {
        self.plain(move |tx, now| change::befriend(tx, now, one, two)).await
    }

    /// Ends a friendship.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn unfriend(&self, one: PersonId, two: PersonId) -> Result<Outcome<()>, ChangeError> {
        self.plain(move |tx, now| change::unfriend(tx, now, one, two)).await
    }

    /// Deletes a post with its comments and media.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn delete_post(&self, post: PostId) -> Result<Outcome<()>, ChangeError> {
        self.set_post_state(post, PostState::Deleted).await
    }

    /// Moves a post to another state.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn set_post_state(
        &self,
        post: PostId,
        state: PostState,
    ) -> Result<Outcome<()>, ChangeError> {
        self.plain(move |tx, now| change::set_post_state(tx, now, post, state)).await
    }

    /// Deletes a comment.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn delete_comment(&self, comment: CommentId) -> Result<Outcome<()>, ChangeError> {
        self.plain(move |tx, now| change::delete_comment(tx, now, comment)).await
    }

    /// Deletes a group with everything in it.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn delete_group(&self, group: GroupId) -> Result<Outcome<()>, ChangeError> {
        self.plain(move |tx, now| change::delete_group(tx, now, group)).await
    }

    /// Erases a person with everything they wrote.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn delete_person(&self, person: PersonId) -> Result<Outcome<()>, ChangeError> {
        self.plain(move |tx, now| change::delete_person(tx, now, person)).await
    }

    async fn plain(
        &self,
        change: impl FnOnce(&Connection, i64) -> Result<Recorded, ChangeError> + Send + 'static,
    ) -> Result<Outcome<()>, ChangeError> {
        self.change(move |tx, now| change(tx, now).map(|recorded| ((), recorded))).await
    }

    /// Commits a change with its facts, then tells them.
    async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection, i64) -> Result<(T, Recorded), ChangeError> + Send + 'static,
    ) -> Result<Outcome<T>, ChangeError> {
        let store = Arc::clone(&self.store);
        let commit = move || store.write(|tx| change(tx, now_ms()));
        let (value, recorded) = tokio::task::spawn_blocking(commit)
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))??;
        let facts = match recorded {
            None => FactsOutcome::None,
            Some(up_to) => self.tell(up_to).await,
        };
        Ok(Outcome { value, facts })
    }

    async fn tell(&self, up_to: u64) -> FactsOutcome {
        let pump = Arc::clone(&self.pump);
        // A task of its own: a caller that waits no longer must not cut a push in half.
        let told = tokio::spawn(async move { pump.tell(up_to).await });
        match tokio::time::timeout(FACTS_WAIT_MAX, told).await {
            Ok(Ok(Ok(told))) if told >= up_to => FactsOutcome::Accepted { up_to },
            Ok(Ok(Ok(_) | Err(_)) | Err(_)) | Err(_) => FactsOutcome::Pending { up_to },
        }
    }
}
