//! The facts that a platform tells its gate.
//!
//! Facts come in one order, numbered without gaps. A sink takes a batch as a whole or not at all,
//! ignores what it already has, and names the number that it expects if one is missing.
//! Where numbers alone do not suffice (after an import, or after either side lost its state), a
//! snapshot of all standing facts replaces what the sink knew from this source.

use std::{future::Future, pin::Pin};

use serde::{Deserialize, Serialize};

use crate::{GroupId, PersonId, store::text_enum};

/// Name of this platform as a source of facts.
pub const SOURCE: &str = "platform";
/// Most facts in one batch of changes.
pub const BATCH_FACTS_MAX: usize = 1_000;
/// Most facts in one part of a snapshot.
pub const SNAPSHOT_FACTS_MAX: usize = 10_000;

text_enum!(
    /// What a fact says.
    FactKind {
        /// A person exists.
        Person = "person",
        /// A person is gone, with everything that is about them.
        PersonGone = "person-gone",
        /// A group exists.
        Group = "group",
        /// A group is gone, with its memberships and what stood in it.
        GroupGone = "group-gone",
        /// `person` is a plain member of `group`.
        Member = "member",
        /// `person` left `group`, whatever the role was.
        MemberGone = "member-gone",
        /// `person` is an admin, and so a member, of `group`.
        Admin = "admin",
        /// `person` is no admin of `group` any more, but still a member.
        AdminGone = "admin-gone",
        /// `person` and `other` are friends, both ways.
        Friend = "friend",
        /// `person` and `other` are no friends any more, both ways.
        FriendGone = "friend-gone",
        /// The object is deleted.
        ObjectGone = "object-gone",
    }
);

text_enum!(
    /// Kind of an object that facts name.
    FactObjectKind {
        /// A post.
        Post = "post",
        /// A comment.
        Comment = "comment",
        /// A photo, video or picture.
        Media = "media",
    }
);

/// An object that a fact names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactObject {
    /// Its kind.
    pub kind: FactObjectKind,
    /// Its id among its kind.
    #[serde(with = "decimal")]
    pub id: i64,
}

/// One fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its number among this source's facts; in a snapshot, the snapshot's.
    pub sequence: u64,
    /// When it became true, in milliseconds since 1970; in a snapshot, when that was taken.
    pub at: i64,
    /// What it says.
    pub kind: FactKind,
    /// The person it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The group it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// The other person of a friendship.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<PersonId>,
    /// The object it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<FactObject>,
}

impl Fact {
    /// Makes a fact that names nothing yet; the outbox gives it number and time.
    pub(crate) const fn of(kind: FactKind) -> Self {
        Self { sequence: 0, at: 0, kind, person: None, group: None, other: None, object: None }
    }

    /// Names the person.
    pub(crate) const fn person(mut self, person: PersonId) -> Self {
        self.person = Some(person);
        self
    }

    /// Names the group.
    pub(crate) const fn group(mut self, group: GroupId) -> Self {
        self.group = Some(group);
        self
    }

    /// Names the other person.
    pub(crate) const fn other(mut self, other: PersonId) -> Self {
        self.other = Some(other);
        self
    }

    /// Makes the fact that an object is gone.
    pub(crate) const fn gone(kind: FactObjectKind, id: i64) -> Self {
        let mut fact = Self::of(FactKind::ObjectGone);
        fact.object = Some(FactObject { kind, id });
        fact
    }
}

/// "Every fact up to `sequence` has been told; there was none further at `at`."
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complete {
    /// Number of the last fact, 0 if there never was one.
    pub sequence: u64,
    /// When that was so, in milliseconds since 1970.
    pub at: i64,
}

/// How a batch's facts are to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum BatchMode {
    /// Facts numbered `after + 1` and on, without gaps.
    Changes {
        /// Number of the fact before the first one.
        after: u64,
    },
    /// One part of all standing facts. When the last part is taken, whatever the sink knew from
    /// this source and did not see again is gone, and `sequence + 1` is expected next.
    Snapshot {
        /// The facts are those that stand after this number.
        sequence: u64,
        /// Parts are numbered from 0; part 0 begins a snapshot anew.
        part: u32,
        /// Whether this is the last part.
        last: bool,
    },
}

/// Facts that are taken together or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactBatch {
    /// Who tells them.
    pub source: String,
    /// How they are to be taken.
    #[serde(flatten)]
    pub mode: BatchMode,
    /// The facts in order; may be empty if the batch only carries a mark.
    pub facts: Vec<Fact>,
    /// Mark that holds after the facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_up_to: Option<Complete>,
}

/// A sink has everything up to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Number of the last fact that the sink has.
    pub up_to: u64,
}

/// Why a sink took nothing of a batch.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FactError {
    /// The sink misses facts before the batch, or a snapshot.
    #[error("facts are missing: expected number {expected}")]
    Gap {
        /// Number that the sink expects next.
        expected: u64,
    },
    /// The sink cannot take anything now.
    #[error("fact sink is unavailable: {0}")]
    Unavailable(String),
}

/// Answer of a sink, some time later.
pub type PushFuture<'a> = Pin<Box<dyn Future<Output = Result<Accepted, FactError>> + Send + 'a>>;

/// Whoever is told the facts: the gate, in process or over HTTP.
pub trait FactSink: Send + Sync {
    /// Takes a batch; when it returns `Ok`, the facts hold for every later decision.
    fn push(&self, batch: FactBatch) -> PushFuture<'_>;
}

/// Ids in JSON are decimal strings.
mod decimal {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(id: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}
