//! Reads of posts, comments and media.
//!
//! A page is one statement for the rows with their authors and one each for mentions, media,
//! tags and reactions, and only for the rows whose counters say that there is something.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::{
    StoreError,
    rows::{ForumKind, MediaKind, ObjectKind, PostState},
};
use crate::{
    CommentId, GroupId, MediaId, PostId,
    api::{
        Paging, Problem,
        shapes::{
            Comment, MediaFacts, Medium, Mention, PersonCard, PersonRef, Post, Reaction, Ref, Tag,
        },
    },
    clock::Moment,
    media,
};

/// Selects posts with forum and author; the tail narrows and orders.
macro_rules! post_sql {
    ($tail:literal) => {
        concat!(
            "SELECT p.id, p.forum_id, f.kind, p.text, p.created_at, p.state, p.comment_count, \
             p.reaction_count, p.mention_count, p.media_count, p.location_ip, p.browser_used, \
             a.id, a.name, a.picture, a.location_ip, a.browser_used \
             FROM post p CROSS JOIN forum f ON f.id = p.forum_id \
             CROSS JOIN person a ON a.id = p.author_id WHERE p.state <> 'deleted' AND ",
            $tail
        )
    };
}

/// Selects comments with author; the tail narrows and orders.
macro_rules! comment_sql {
    ($tail:literal) => {
        concat!(
            "SELECT c.id, c.post_id, c.parent_id, c.text, c.created_at, c.state, \
             c.reaction_count, c.mention_count, c.location_ip, c.browser_used, \
             a.id, a.name, a.picture, a.location_ip, a.browser_used \
             FROM comment c CROSS JOIN person a ON a.id = c.author_id \
             WHERE c.state <> 'deleted' AND ",
            $tail
        )
    };
}

/// Reads one post that is not deleted.
pub(crate) fn post(view: &Connection, id: PostId) -> Result<Post, Problem> {
    post_rows(view, post_sql!("p.id = ?1"), params![id])?.pop().ok_or(Problem::NotFound("post"))
}

/// Reads a page of a group's posts, newest first, and one row more if there is one.
pub(crate) fn page(
    view: &Connection,
    group: GroupId,
    paging: Paging,
) -> Result<Vec<Post>, Problem> {
    super::people::require_group(view, group)?;
    let (at, id) = paging.after.map_or((i64::MAX, i64::MAX), |cursor| (cursor.at, cursor.id));
    let sql = post_sql!(
        "p.forum_id = ?1 AND (p.created_at, p.id) < (?2, ?3) \
         ORDER BY p.created_at DESC, p.id DESC LIMIT ?4"
    );
    post_rows(view, sql, params![group, at, id, paging.limit + 1])
}

/// Reads a page of a post's comments, oldest first, and one row more if there is one.
pub(crate) fn comments(
    view: &Connection,
    post: PostId,
    paging: Paging,
) -> Result<Vec<Comment>, Problem> {
    let group = group_of(view, post)?;
    let (at, id) = paging.after.map_or((i64::MIN, i64::MIN), |cursor| (cursor.at, cursor.id));
    let sql = comment_sql!(
        "c.post_id = ?1 AND (c.created_at, c.id) > (?2, ?3) \
         ORDER BY c.created_at, c.id LIMIT ?4"
    );
    comment_rows(view, group, sql, params![post, at, id, paging.limit + 1])
}

/// Reads one comment that is not deleted, on a post that is not deleted.
pub(crate) fn comment(view: &Connection, id: CommentId) -> Result<Comment, Problem> {
    let post = view
        .prepare_cached("SELECT post_id FROM comment WHERE id = ?1 AND state <> 'deleted'")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .ok_or(Problem::NotFound("comment"))?;
    let group = group_of(view, post)?;
    let mut rows = comment_rows(view, group, comment_sql!("c.id = ?1"), params![id])?;
    rows.pop().ok_or(Problem::NotFound("comment"))
}

/// The group in which a live post stands; `None` on a wall or in an album.
pub(super) fn group_of(view: &Connection, post: PostId) -> Result<Option<GroupId>, Problem> {
    let sql = "SELECT p.forum_id, f.kind FROM post p JOIN forum f ON f.id = p.forum_id \
               WHERE p.id = ?1 AND p.state <> 'deleted'";
    let found = view
        .prepare_cached(sql)?
        .query_row([post], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (forum, kind) = found.ok_or(Problem::NotFound("post"))?;
    Ok(in_group(forum, kind))
}

const fn in_group(forum: GroupId, kind: ForumKind) -> Option<GroupId> {
    match kind {
        ForumKind::Group => Some(forum),
        ForumKind::Wall | ForumKind::Album => None,
    }
}

fn card(row: &Row<'_>, first: usize) -> rusqlite::Result<PersonCard> {
    Ok(PersonCard {
        id: row.get(first)?,
        name: row.get(first + 1)?,
        picture: row.get(first + 2)?,
        location_ip: row.get(first + 3)?,
        browser_used: row.get(first + 4)?,
    })
}

/// Ids of the rows that have something attached, as the JSON array that `json_each` reads.
#[derive(Default)]
struct Attached(Vec<i64>);

impl Attached {
    fn note(&mut self, id: i64, count: i64) {
        if count > 0 {
            self.0.push(id);
        }
    }

    fn sql_list(&self) -> Option<String> {
        let (first, rest) = self.0.split_first()?;
        let mut list = format!("[{first}");
        for id in rest {
            list.push(',');
            list.push_str(&id.to_string());
        }
        list.push(']');
        Some(list)
    }
}

fn post_rows(view: &Connection, sql: &str, params: impl Params) -> Result<Vec<Post>, Problem> {
    let (mut mentioned, mut reacted, mut illustrated) =
        (Attached::default(), Attached::default(), Attached::default());
    let mut posts = view
        .prepare_cached(sql)?
        .query_map(params, |row| {
            let id: PostId = row.get(0)?;
            reacted.note(id.number(), row.get(7)?);
            mentioned.note(id.number(), row.get(8)?);
            illustrated.note(id.number(), row.get(9)?);
            Ok(Post {
                id,
                group: in_group(row.get(1)?, row.get(2)?).map(|id| Ref { id }),
                text: row.get(3)?,
                created_at: Moment(row.get(4)?),
                state: row.get(5)?,
                comment_count: row.get(6)?,
                reaction_count: row.get(7)?,
                location_ip: row.get(10)?,
                browser_used: row.get(11)?,
                author: card(row, 12)?,
                mentions: Vec::new(),
                media: Vec::new(),
                reactions: Vec::new(),
            })
        })?
        .collect::<Result<Vec<_>, _>>()?;
    mentions(view, ObjectKind::Post, &mentioned, |id, mention| {
        if let Some(post) = posts.iter_mut().find(|post| post.id.number() == id) {
            post.mentions.push(mention);
        }
    })?;
    reactions(view, ObjectKind::Post, &reacted, |id, reaction| {
        if let Some(post) = posts.iter_mut().find(|post| post.id.number() == id) {
            post.reactions.push(reaction);
        }
    })?;
    media_of(view, &illustrated, &mut posts)?;
    Ok(posts)
}

fn comment_rows(
    view: &Connection,
    group: Option<GroupId>,
    sql: &str,
    params: impl Params,
) -> Result<Vec<Comment>, Problem> {
    let (mut mentioned, mut reacted) = (Attached::default(), Attached::default());
    let mut comments = view
        .prepare_cached(sql)?
        .query_map(params, |row| {
            let id: CommentId = row.get(0)?;
            reacted.note(id.number(), row.get(6)?);
            mentioned.note(id.number(), row.get(7)?);
            Ok(Comment {
                id,
                group: group.map(|id| Ref { id }),
                post: Ref { id: row.get(1)? },
                reply_to: row.get::<_, Option<_>>(2)?.map(|id| Ref { id }),
                text: row.get(3)?,
                created_at: Moment(row.get(4)?),
                state: row.get(5)?,
                reaction_count: row.get(6)?,
                location_ip: row.get(8)?,
                browser_used: row.get(9)?,
                author: card(row, 10)?,
                mentions: Vec::new(),
                reactions: Vec::new(),
            })
        })?
        .collect::<Result<Vec<_>, _>>()?;
    mentions(view, ObjectKind::Comment, &mentioned, |id, mention| {
        if let Some(comment) = comments.iter_mut().find(|comment| comment.id.number() == id) {
            comment.mentions.push(mention);
        }
    })?;
    reactions(view, ObjectKind::Comment, &reacted, |id, reaction| {
        if let Some(comment) = comments.iter_mut().find(|comment| comment.id.number() == id) {
            comment.reactions.push(reaction);
        }
    })?;
    Ok(comments)
}

fn mentions(
    view: &Connection,
    kind: ObjectKind,
    on: &Attached,
    mut place: impl FnMut(i64, Mention),
) -> Result<(), StoreError> {
    let Some(list) = on.sql_list() else { return Ok(()) };
    // CROSS JOIN keeps the order: from the few ids to their rows by primary key.
    let sql = "SELECT m.object_id, m.start, m.length, a.id, a.name FROM json_each(?2) j \
               CROSS JOIN mention m ON m.object_kind = ?1 AND m.object_id = j.value \
               CROSS JOIN person a ON a.id = m.person_id";
    let mut statement = view.prepare_cached(sql)?;
    let mut rows = statement.query(params![kind, list])?;
    while let Some(row) = rows.next()? {
        let person = PersonRef { id: row.get(3)?, name: row.get(4)? };
        place(row.get(0)?, Mention { person, offset: row.get(1)?, length: row.get(2)? });
    }
    Ok(())
}

fn reactions(
    view: &Connection,
    kind: ObjectKind,
    on: &Attached,
    mut place: impl FnMut(i64, Reaction),
) -> Result<(), StoreError> {
    let Some(list) = on.sql_list() else { return Ok(()) };
    // At most ten by name: the count beside them says how many there are.
    let sql = "SELECT r.object_id, r.kind, a.id, a.name FROM json_each(?2) j \
               CROSS JOIN reaction r ON r.object_kind = ?1 AND r.object_id = j.value \
               AND r.person_id IN (SELECT s.person_id FROM reaction s WHERE s.object_kind = ?1 \
               AND s.object_id = j.value ORDER BY s.person_id LIMIT 10) \
               CROSS JOIN person a ON a.id = r.person_id";
    let mut statement = view.prepare_cached(sql)?;
    let mut rows = statement.query(params![kind, list])?;
    while let Some(row) = rows.next()? {
        let person = PersonRef { id: row.get(2)?, name: row.get(3)? };
        place(row.get(0)?, Reaction { person, kind: row.get(1)? });
    }
    Ok(())
}

/// Adds media with their tags to the posts that have any.
fn media_of(view: &Connection, on: &Attached, posts: &mut [Post]) -> Result<(), StoreError> {
    let Some(list) = on.sql_list() else { return Ok(()) };
    let sql = "SELECT m.post_id, m.id, m.kind, m.owner_id, t.person_id, a.name \
               FROM json_each(?1) j CROSS JOIN media m ON m.post_id = j.value \
               LEFT JOIN tag t ON t.media_id = m.id LEFT JOIN person a ON a.id = t.person_id \
               ORDER BY m.id, t.person_id";
    let mut statement = view.prepare_cached(sql)?;
    let mut rows = statement.query([list])?;
    while let Some(row) = rows.next()? {
        let (post, id): (PostId, MediaId) = (row.get(0)?, row.get(1)?);
        let Some(post) = posts.iter_mut().find(|candidate| candidate.id == post) else { continue };
        if post.media.last().is_none_or(|last| last.id != id) {
            let owner = Ref { id: row.get(3)? };
            post.media.push(Medium { id, kind: row.get(2)?, url: id, owner, tags: Vec::new() });
        }
        if let (Some(id), Some(name)) = (row.get(4)?, row.get(5)?) {
            let tag = Tag { person: PersonRef { id, name } };
            if let Some(last) = post.media.last_mut() {
                last.tags.push(tag);
            }
        }
    }
    Ok(())
}

/// A media row and where it stands.
struct MediaRow {
    facts: MediaFacts,
    bytes: Option<Vec<u8>>,
}

/// Reads what is known of a media object that is not deleted.
pub(crate) fn media_facts(view: &Connection, id: MediaId) -> Result<MediaFacts, Problem> {
    let MediaRow { mut facts, bytes } = media_row(view, id)?;
    facts.length = bytes.map_or_else(|| generated(facts.kind, id).1.len(), |bytes| bytes.len());
    let sql = "SELECT a.id, a.name FROM tag t JOIN person a ON a.id = t.person_id \
               WHERE t.media_id = ?1 ORDER BY a.id";
    facts.tags = view
        .prepare_cached(sql)?
        .query_map([id], |row| {
            Ok(Tag { person: PersonRef { id: row.get(0)?, name: row.get(1)? } })
        })?
        .collect::<Result<_, _>>()?;
    Ok(facts)
}

/// Reads the content type and bytes of a media object that is not deleted.
pub(crate) fn media_content(
    view: &Connection,
    id: MediaId,
) -> Result<(&'static str, Vec<u8>), Problem> {
    let MediaRow { facts, bytes } = media_row(view, id)?;
    Ok(bytes.map_or_else(|| generated(facts.kind, id), |bytes| (facts.content_type, bytes)))
}

fn media_row(view: &Connection, id: MediaId) -> Result<MediaRow, Problem> {
    let sql = "SELECT m.kind, m.owner_id, a.name, m.post_id, m.created_at, m.content_type, \
               p.state, p.forum_id, f.kind, b.bytes FROM media m \
               JOIN person a ON a.id = m.owner_id LEFT JOIN post p ON p.id = m.post_id \
               LEFT JOIN forum f ON f.id = p.forum_id \
               LEFT JOIN media_bytes b ON b.media_id = m.id WHERE m.id = ?1";
    let mut statement = view.prepare_cached(sql)?;
    let found = statement.query_row([id], |row| {
        let kind: MediaKind = row.get(0)?;
        // A photo or video without a post is one that nobody shared yet.
        let alone = match kind {
            MediaKind::Picture => PostState::Published,
            MediaKind::Photo | MediaKind::Video => PostState::Unposted,
        };
        let stored: String = row.get(5)?;
        let group = row.get::<_, Option<_>>(7)?.zip(row.get::<_, Option<_>>(8)?);
        let facts = MediaFacts {
            id,
            kind,
            owner: PersonRef { id: row.get(1)?, name: row.get(2)? },
            post: row.get::<_, Option<_>>(3)?.map(|id| Ref { id }),
            created_at: Moment(row.get(4)?),
            content_type: media::content_type(&stored).unwrap_or(generated_type(kind)),
            state: row.get::<_, Option<_>>(6)?.unwrap_or(alone),
            group: group.and_then(|(id, kind)| in_group(id, kind)).map(|id| Ref { id }),
            tags: Vec::new(),
            length: 0,
        };
        Ok(MediaRow { facts, bytes: row.get(9)? })
    });
    let row = found.optional()?.ok_or(Problem::NotFound("media"))?;
    if row.facts.state == PostState::Deleted {
        return Err(Problem::NotFound("media"));
    }
    Ok(row)
}

const fn generated_type(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Photo | MediaKind::Picture => media::PICTURE_TYPE,
        MediaKind::Video => media::VIDEO_TYPE,
    }
}

fn generated(kind: MediaKind, id: MediaId) -> (&'static str, Vec<u8>) {
    let bytes = match kind {
        MediaKind::Photo | MediaKind::Picture => media::picture(id.number()),
        MediaKind::Video => media::video(id.number()),
    };
    (generated_type(kind), bytes)
}
