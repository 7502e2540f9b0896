//! Writes of posts, comments and uploads.

use rusqlite::{Connection, OptionalExtension, params};

use super::{
    StoreError,
    posts::group_of,
    rows::{MediaKind, ObjectKind, PostState},
};
use crate::{CommentId, GroupId, MediaId, PersonId, PostId, api::Problem};

/// Who writes, when and from where.
pub(crate) struct Author {
    pub(crate) person: PersonId,
    pub(crate) now: i64,
    location_ip: String,
    browser_used: String,
}

/// A mention whose place in the text was checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CheckedMention {
    pub(crate) person: PersonId,
    pub(crate) start: u32,
    pub(crate) length: u32,
}

/// An upload whose type and size were checked.
pub(crate) struct CheckedUpload {
    pub(crate) kind: MediaKind,
    pub(crate) content_type: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) tags: Vec<PersonId>,
}

/// Media of a new post.
pub(crate) enum CheckedMedia {
    Uploaded(MediaId),
    Inline(CheckedUpload),
}

/// Takes the next id of a kind.
pub(super) fn next_id(tx: &Connection, kind: &str) -> Result<i64, StoreError> {
    let sql = "UPDATE counter SET next = next + 1 WHERE kind = ?1 RETURNING next - 1";
    Ok(tx.prepare_cached(sql)?.query_row([kind], |row| row.get(0))?)
}

/// Finds the acting person. Where they write from is taken from their profile, as a platform that
/// sees its own front end would know it and the gate does not say.
pub(crate) fn author(tx: &Connection, person: PersonId, now: i64) -> Result<Author, Problem> {
    tx.prepare_cached("SELECT location_ip, browser_used FROM person WHERE id = ?1")?
        .query_row([person], |row| {
            Ok(Author { person, now, location_ip: row.get(0)?, browser_used: row.get(1)? })
        })
        .optional()?
        .ok_or(Problem::ActorRequired)
}

/// Refuses people who are not in a group.
pub(crate) fn require_member(
    tx: &Connection,
    group: GroupId,
    person: PersonId,
) -> Result<(), Problem> {
    super::people::require_group(tx, group)?;
    let sql = "SELECT 1 FROM membership WHERE forum_id = ?1 AND person_id = ?2";
    let member = tx.prepare_cached(sql)?.exists(params![group, person])?;
    if member { Ok(()) } else { Err(Problem::NotAMember) }
}

/// Adds a post by a member of a group.
pub(crate) fn add_post(
    tx: &Connection,
    author: &Author,
    group: GroupId,
    state: PostState,
    text: &str,
) -> Result<PostId, Problem> {
    require_member(tx, group, author.person)?;
    let id = PostId::new(next_id(tx, "post")?);
    let sql = "INSERT INTO post (id, forum_id, author_id, created_at, state, text, location_ip, \
               browser_used) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    tx.prepare_cached(sql)?.execute(params![
        id,
        group,
        author.person,
        author.now,
        state,
        text,
        author.location_ip,
        author.browser_used
    ])?;
    Ok(id)
}

/// Adds a comment to a post that stands in a group of the author's.
pub(crate) fn add_comment(
    tx: &Connection,
    author: &Author,
    post: PostId,
    reply_to: Option<CommentId>,
    text: &str,
) -> Result<CommentId, Problem> {
    // Walls and albums are not offered for writing: nobody is a member of them.
    let group = group_of(tx, post)?.ok_or(Problem::NotFound("post"))?;
    require_member(tx, group, author.person)?;
    if let Some(parent) = reply_to {
        let sql = "SELECT 1 FROM comment WHERE id = ?1 AND post_id = ?2 AND state <> 'deleted'";
        if !tx.prepare_cached(sql)?.exists(params![parent, post])? {
            return Err(Problem::Invalid("`reply_to` is not a comment of this post".to_owned()));
        }
    }
    let id = CommentId::new(next_id(tx, "comment")?);
    let sql = "INSERT INTO comment (id, post_id, parent_id, author_id, created_at, state, text, \
               location_ip, browser_used) VALUES (?1, ?2, ?3, ?4, ?5, 'published', ?6, ?7, ?8)";
    tx.prepare_cached(sql)?.execute(params![
        id,
        post,
        reply_to,
        author.person,
        author.now,
        text,
        author.location_ip,
        author.browser_used
    ])?;
    let sql = "UPDATE post SET comment_count = comment_count + 1 WHERE id = ?1";
    tx.prepare_cached(sql)?.execute([post])?;
    Ok(id)
}

/// Records who is mentioned where.
pub(crate) fn add_mentions(
    tx: &Connection,
    kind: ObjectKind,
    object: i64,
    mentions: &[CheckedMention],
) -> Result<(), Problem> {
    let sql = "INSERT INTO mention (object_kind, object_id, start, length, person_id) \
               VALUES (?1, ?2, ?3, ?4, ?5)";
    for mention in mentions {
        require_person(tx, mention.person)?;
        tx.prepare_cached(sql)?.execute(params![
            kind,
            object,
            mention.start,
            mention.length,
            mention.person
        ])?;
    }
    let sql = match kind {
        ObjectKind::Post => "UPDATE post SET mention_count = ?2 WHERE id = ?1",
        ObjectKind::Comment => "UPDATE comment SET mention_count = ?2 WHERE id = ?1",
    };
    tx.prepare_cached(sql)?.execute(params![object, mentions.len()])?;
    Ok(())
}

/// Stores an upload that stands in no post yet.
pub(crate) fn add_upload(
    tx: &Connection,
    author: &Author,
    upload: &CheckedUpload,
) -> Result<MediaId, Problem> {
    let id = MediaId::new(next_id(tx, "media")?);
    let sql = "INSERT INTO media (id, kind, owner_id, post_id, created_at, content_type) \
               VALUES (?1, ?2, ?3, NULL, ?4, ?5)";
    tx.prepare_cached(sql)?.execute(params![
        id,
        upload.kind,
        author.person,
        author.now,
        upload.content_type
    ])?;
    let sql = "INSERT INTO media_bytes (media_id, bytes) VALUES (?1, ?2)";
    tx.prepare_cached(sql)?.execute(params![id, upload.bytes])?;
    for person in &upload.tags {
        require_person(tx, *person)?;
        let sql = "INSERT OR IGNORE INTO tag (media_id, person_id) VALUES (?1, ?2)";
        tx.prepare_cached(sql)?.execute(params![id, person])?;
    }
    Ok(id)
}

/// Puts media into a new post, in order.
pub(crate) fn attach_media(
    tx: &Connection,
    author: &Author,
    post: PostId,
    media: &[CheckedMedia],
) -> Result<(), Problem> {
    for item in media {
        let id = match item {
            CheckedMedia::Uploaded(id) => *id,
            CheckedMedia::Inline(upload) => add_upload(tx, author, upload)?,
        };
        // Only the uploader can post it, and only once.
        let sql = "UPDATE media SET post_id = ?2 \
                   WHERE id = ?1 AND owner_id = ?3 AND post_id IS NULL AND kind <> 'picture'";
        if tx.prepare_cached(sql)?.execute(params![id, post, author.person])? == 0 {
            return Err(Problem::Invalid("`media` names no unposted upload of yours".to_owned()));
        }
    }
    let sql = "UPDATE post SET media_count = ?2 WHERE id = ?1";
    tx.prepare_cached(sql)?.execute(params![post, media.len()])?;
    Ok(())
}

fn require_person(tx: &Connection, person: PersonId) -> Result<(), Problem> {
    if tx.prepare_cached("SELECT 1 FROM person WHERE id = ?1")?.exists([person])? {
        return Ok(());
    }
    Err(Problem::Invalid("a mention or tag names an unknown person".to_owned()))
}
