//! What answers look like in JSON.
//!
//! The field order is the order on the wire. `location_ip` and `browser_used` are here because a
//! real platform's API has such things; the gate's catalog does not name them.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    CommentId, GroupId, MediaId, PersonId, PostId,
    clock::Moment,
    store::{MediaKind, PostState, Role},
};

/// A list and where it goes on.
#[derive(Serialize)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// An object named by its id alone.
#[derive(Serialize)]
pub(crate) struct Ref<I> {
    pub(crate) id: I,
}

/// A person named in passing.
#[derive(Serialize)]
pub(crate) struct PersonRef {
    pub(crate) id: PersonId,
    pub(crate) name: String,
}

/// A person beside what they wrote or joined.
#[derive(Serialize)]
pub(crate) struct PersonCard {
    pub(crate) id: PersonId,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) picture: Option<MediaId>,
    pub(crate) location_ip: String,
    pub(crate) browser_used: String,
}

/// A person's whole profile. Lists are stored as JSON and pass through as they are.
#[derive(Serialize)]
pub(crate) struct Profile {
    pub(crate) id: PersonId,
    pub(crate) name: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) gender: String,
    pub(crate) birthday: String,
    pub(crate) created_at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) picture: Option<MediaId>,
    pub(crate) city: String,
    pub(crate) emails: Box<RawValue>,
    pub(crate) languages: Box<RawValue>,
    pub(crate) studies: Box<RawValue>,
    pub(crate) work: Box<RawValue>,
    pub(crate) interests: Box<RawValue>,
    pub(crate) location_ip: String,
    pub(crate) browser_used: String,
}

/// A group.
#[derive(Serialize)]
pub(crate) struct Group {
    pub(crate) id: GroupId,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created_at: Moment,
    pub(crate) member_count: i64,
    pub(crate) admins: Vec<PersonCard>,
}

/// One member of a group.
#[derive(Serialize)]
pub(crate) struct Member {
    pub(crate) person: PersonCard,
    pub(crate) role: Role,
    pub(crate) joined_at: Moment,
}

/// One group of a person.
#[derive(Serialize)]
pub(crate) struct OwnGroup {
    pub(crate) person: Ref<PersonId>,
    pub(crate) group: GroupCard,
    pub(crate) role: Role,
    pub(crate) joined_at: Moment,
}

/// A group in a person's list.
#[derive(Serialize)]
pub(crate) struct GroupCard {
    pub(crate) id: GroupId,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created_at: Moment,
    pub(crate) member_count: i64,
}

/// A person named at a place in a text; both numbers count Unicode scalar values.
#[derive(Serialize)]
pub(crate) struct Mention {
    pub(crate) person: PersonRef,
    pub(crate) offset: i64,
    pub(crate) length: i64,
}

/// A person seen in a photo or video.
#[derive(Serialize)]
pub(crate) struct Tag {
    pub(crate) person: PersonRef,
}

/// A photo or video in a post. `url` is the media id: the gate makes an address of it.
#[derive(Serialize)]
pub(crate) struct Medium {
    pub(crate) id: MediaId,
    pub(crate) kind: MediaKind,
    pub(crate) url: MediaId,
    pub(crate) owner: Ref<PersonId>,
    pub(crate) tags: Vec<Tag>,
}

/// A person's reaction.
#[derive(Serialize)]
pub(crate) struct Reaction {
    pub(crate) person: PersonRef,
    pub(crate) kind: String,
}

/// A post. One on a wall or in an album has no group.
#[derive(Serialize)]
pub(crate) struct Post {
    pub(crate) id: PostId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<Ref<GroupId>>,
    pub(crate) author: PersonCard,
    pub(crate) text: String,
    pub(crate) created_at: Moment,
    pub(crate) state: PostState,
    pub(crate) mentions: Vec<Mention>,
    pub(crate) media: Vec<Medium>,
    pub(crate) comment_count: i64,
    pub(crate) reaction_count: i64,
    pub(crate) reactions: Vec<Reaction>,
    pub(crate) location_ip: String,
    pub(crate) browser_used: String,
}

/// A comment on a post, or on another comment of it.
#[derive(Serialize)]
pub(crate) struct Comment {
    pub(crate) id: CommentId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<Ref<GroupId>>,
    pub(crate) post: Ref<PostId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<Ref<CommentId>>,
    pub(crate) author: PersonCard,
    pub(crate) text: String,
    pub(crate) created_at: Moment,
    pub(crate) state: PostState,
    pub(crate) mentions: Vec<Mention>,
    pub(crate) reaction_count: i64,
    pub(crate) reactions: Vec<Reaction>,
    pub(crate) location_ip: String,
    pub(crate) browser_used: String,
}

/// What is known of a media object without its bytes.
#[derive(Serialize)]
pub(crate) struct MediaFacts {
    pub(crate) id: MediaId,
    pub(crate) kind: MediaKind,
    pub(crate) owner: PersonRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<Ref<GroupId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) post: Option<Ref<PostId>>,
    pub(crate) state: PostState,
    pub(crate) created_at: Moment,
    pub(crate) tags: Vec<Tag>,
    pub(crate) content_type: &'static str,
    pub(crate) length: usize,
}

/// Body of a new post.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPost {
    #[serde(default)]
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) mentions: Vec<NewMention>,
    #[serde(default)]
    pub(crate) media: Vec<NewPostMedia>,
    #[serde(default)]
    pub(crate) state: NewState,
}

/// State in which a post begins.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NewState {
    #[default]
    Published,
    Draft,
}

/// Body of a new comment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewComment {
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) mentions: Vec<NewMention>,
    #[serde(default)]
    pub(crate) reply_to: Option<CommentId>,
}

/// A mention in a new post or comment.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMention {
    pub(crate) person: PersonId,
    pub(crate) offset: u32,
    pub(crate) length: u32,
}

/// Media of a new post: an upload of the same person, or bytes inline.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum NewPostMedia {
    Uploaded(Uploaded),
    Inline(NewMedia),
}

/// Names an earlier upload.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Uploaded {
    pub(crate) id: MediaId,
}

/// An upload.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMedia {
    pub(crate) kind: NewMediaKind,
    pub(crate) content_type: String,
    /// Standard base64 with padding.
    pub(crate) data: String,
    #[serde(default)]
    pub(crate) tags: Vec<PersonId>,
}

/// What may be uploaded.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NewMediaKind {
    Photo,
    Video,
}
