//! What a source sends, as JSON, and what it means.

use model::{ObjectKind, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest id of the platform.
const ID_BYTES_MAX: usize = 200;

/// What a fact says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// A person exists.
    Person,
    /// A person is gone, with everything that is about them.
    PersonGone,
    /// A group exists.
    Group,
    /// A group is gone.
    GroupGone,
    /// `person` is a member of `group`.
    Member,
    /// `person` left `group`, whatever the role was.
    MemberGone,
    /// `person` is an admin, and so a member, of `group`.
    Admin,
    /// `person` is no admin of `group` any more, but still a member.
    AdminGone,
    /// `person` and `other` are friends.
    Friend,
    /// `person` and `other` are no friends any more.
    FriendGone,
    /// The object is deleted or unpublished.
    ObjectGone,
}

/// Kind of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectWord {
    /// A post.
    Post,
    /// A comment.
    Comment,
    /// A photo or video.
    Media,
}

/// An object that a fact names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectJson {
    /// Its kind.
    pub kind: ObjectWord,
    /// The platform's id.
    pub id: String,
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FactJson {
    /// Its number among the source's facts; in a snapshot, the snapshot's.
    pub sequence: u64,
    /// When it became true, in milliseconds since 1970.
    pub at: i64,
    /// What it says.
    pub kind: FactKind,
    /// The platform's id of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The platform's id of the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The other person of a friendship.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// The object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectJson>,
}

/// "Every fact up to `sequence` has been told; there was none further at `at`."
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteJson {
    /// Number of the last fact.
    pub sequence: u64,
    /// When that was so, in milliseconds since 1970.
    pub at: i64,
}

/// How a batch is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModeWord {
    /// The facts that follow `after`, without gaps.
    Changes,
    /// One part of everything that stands after `sequence`.
    Snapshot,
}

/// Facts that are taken together or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FactBatchJson {
    /// Who tells them.
    pub source: String,
    /// How they are to be taken.
    pub mode: ModeWord,
    /// `changes`: number of the fact before the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// `snapshot`: the facts are those that stand after this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// `snapshot`: parts are numbered from 0; part 0 begins anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u32>,
    /// `snapshot`: whether this is the last part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<bool>,
    /// The facts in order.
    pub facts: Vec<FactJson>,
    /// Mark that holds after the facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_up_to: Option<CompleteJson>,
}

/// One fact by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SingleFactJson {
    /// Who tells it.
    pub source: String,
    /// The fact.
    pub fact: FactJson,
    /// Mark that holds after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete_up_to: Option<CompleteJson>,
}

/// Everything up to here is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Accepted {
    /// Number of the last fact taken in.
    pub up_to: u64,
}

/// What a fact means, the platform's ids still in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told<'a> {
    Person(&'a str),
    PersonGone(&'a str),
    Group(&'a str),
    GroupGone(&'a str),
    Member(&'a str, &'a str),
    MemberGone(&'a str, &'a str),
    Admin(&'a str, &'a str),
    AdminGone(&'a str, &'a str),
    Friend(&'a str, &'a str),
    FriendGone(&'a str, &'a str),
    ObjectGone(ObjectKind, &'a str),
}

/// How a batch is taken, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Changes { after: u64 },
    Snapshot { sequence: u64, part: u32, last: bool },
}

/// A batch, checked.
pub(super) struct Parsed<'a> {
    pub(super) mode: Mode,
    pub(super) told: Vec<Told<'a>>,
    pub(super) complete: Option<(u64, Timestamp)>,
}

/// Where something is wrong, and what.
pub(super) type Wrong = (String, String);

fn wrong<T>(pointer: impl Into<String>, problem: impl Into<String>) -> Result<T, Wrong> {
    Err((pointer.into(), problem.into()))
}

impl FactBatchJson {
    pub(super) fn parse(&self) -> Result<Parsed<'_>, Wrong> {
        let mode = self.mode()?;
        let mut told = Vec::with_capacity(self.facts.len());
        let mut next = match mode {
            Mode::Changes { after } => after,
            Mode::Snapshot { sequence, .. } => sequence,
        };
        for (index, fact) in self.facts.iter().enumerate() {
            if let Mode::Changes { .. } = mode {
                next = next.saturating_add(1);
            }
            if fact.sequence != next || next == u64::MAX {
                let problem = format!("should be {next}");
                return wrong(format!("/facts/{index}/sequence"), problem);
            }
            told.push(fact.told().map_err(|problem| (format!("/facts/{index}"), problem))?);
        }
        let complete = match self.complete_up_to {
            None => None,
            Some(complete) => match u64::try_from(complete.at) {
                Ok(at) => Some((complete.sequence, Timestamp(at))),
                Err(_) => return wrong("/complete_up_to/at", "is before 1970"),
            },
        };
        Ok(Parsed { mode, told, complete })
    }

    fn mode(&self) -> Result<Mode, Wrong> {
        match (self.mode, self.after, self.sequence, self.part, self.last) {
            (ModeWord::Changes, Some(after), None, None, None) => Ok(Mode::Changes { after }),
            (ModeWord::Changes, ..) => wrong("/mode", "`changes` needs `after` and nothing else"),
            (ModeWord::Snapshot, None, Some(sequence), Some(part), Some(last)) => {
                Ok(Mode::Snapshot { sequence, part, last })
            }
            (ModeWord::Snapshot, ..) => {
                wrong("/mode", "`snapshot` needs `sequence`, `part` and `last`, and nothing else")
            }
        }
    }
}

impl FactJson {
    fn told(&self) -> Result<Told<'_>, String> {
        let (person, group) = (self.person.as_deref(), self.group.as_deref());
        let (other, object) = (self.other.as_deref(), self.object.as_ref());
        for id in [person, group, other, object.map(|object| object.id.as_str())] {
            if id.is_some_and(|id| {
                id.is_empty() || id.len() > ID_BYTES_MAX || id.chars().any(char::is_control)
            }) {
                return Err(format!("an id is 1 to {ID_BYTES_MAX} bytes without controls"));
            }
        }
        use FactKind as Kind;
        Ok(match (self.kind, person, group, other, object) {
            (Kind::Person, Some(person), None, None, None) => Told::Person(person),
            (Kind::PersonGone, Some(person), None, None, None) => Told::PersonGone(person),
            (Kind::Group, None, Some(group), None, None) => Told::Group(group),
            (Kind::GroupGone, None, Some(group), None, None) => Told::GroupGone(group),
            (Kind::Member, Some(person), Some(group), None, None) => Told::Member(person, group),
            (Kind::MemberGone, Some(person), Some(group), None, None) => {
                Told::MemberGone(person, group)
            }
            (Kind::Admin, Some(person), Some(group), None, None) => Told::Admin(person, group),
            (Kind::AdminGone, Some(person), Some(group), None, None) => {
                Told::AdminGone(person, group)
            }
            (Kind::Friend, Some(person), None, Some(other), None) => Told::Friend(person, other),
            (Kind::FriendGone, Some(person), None, Some(other), None) => {
                Told::FriendGone(person, other)
            }
            (Kind::ObjectGone, None, None, None, Some(object)) => {
                let kind = match object.kind {
                    ObjectWord::Post => ObjectKind::Post,
                    ObjectWord::Comment => ObjectKind::Comment,
                    ObjectWord::Media => ObjectKind::Media,
                };
                Told::ObjectGone(kind, &object.id)
            }
            _ => return Err("names other things than a fact of its kind".to_owned()),
        })
    }
}
