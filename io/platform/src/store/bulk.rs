//! Many rows at once: imports and generated communities.
//!
//! Facts are not recorded one by one. The first and the last transaction ask for a snapshot, so a
//! crash in between leaves a store that tells its gate what it holds.

use std::sync::MutexGuard;

use rusqlite::{Connection, OptionalExtension, params};

use super::{
    Store, StoreError, outbox,
    rows::{ForumKind, MediaKind, ObjectKind, PostState, Role},
};
use crate::{CommentId, GroupId, MediaId, PersonId, PostId};

/// Rows in one transaction.
const ROWS_PER_COMMIT: u32 = 20_000;

/// A person as stored. Lists are JSON.
#[derive(Debug)]
pub(crate) struct BulkPerson<'a> {
    pub(crate) id: PersonId,
    pub(crate) picture: MediaId,
    pub(crate) first_name: &'a str,
    pub(crate) last_name: &'a str,
    pub(crate) gender: &'a str,
    /// `YYYY-MM-DD`.
    pub(crate) birthday: &'a str,
    pub(crate) created_at: i64,
    pub(crate) city: &'a str,
    pub(crate) emails: &'a str,
    pub(crate) languages: &'a str,
    pub(crate) studies: &'a str,
    pub(crate) work: &'a str,
    pub(crate) interests: &'a str,
    pub(crate) location_ip: &'a str,
    pub(crate) browser_used: &'a str,
}

/// A group, wall or album as stored.
#[derive(Debug)]
pub(crate) struct BulkForum<'a> {
    pub(crate) id: GroupId,
    pub(crate) kind: ForumKind,
    pub(crate) name: &'a str,
    pub(crate) description: &'a str,
    pub(crate) created_at: i64,
}

/// A post as stored.
#[derive(Debug)]
pub(crate) struct BulkPost<'a> {
    pub(crate) id: PostId,
    pub(crate) forum: GroupId,
    pub(crate) author: PersonId,
    pub(crate) created_at: i64,
    pub(crate) state: PostState,
    pub(crate) text: &'a str,
    pub(crate) location_ip: &'a str,
    pub(crate) browser_used: &'a str,
}

/// A comment as stored.
#[derive(Debug)]
pub(crate) struct BulkComment<'a> {
    pub(crate) id: CommentId,
    pub(crate) post: PostId,
    pub(crate) reply_to: Option<CommentId>,
    pub(crate) author: PersonId,
    pub(crate) created_at: i64,
    pub(crate) text: &'a str,
    pub(crate) location_ip: &'a str,
    pub(crate) browser_used: &'a str,
}

/// A reaction as stored.
#[derive(Debug)]
pub(crate) struct BulkReaction<'a> {
    pub(crate) on: ObjectKind,
    pub(crate) object: i64,
    pub(crate) person: PersonId,
    pub(crate) kind: &'a str,
    pub(crate) created_at: i64,
}

/// A mention as stored; place and length count Unicode scalar values.
#[derive(Debug)]
pub(crate) struct BulkMention {
    pub(crate) on: ObjectKind,
    pub(crate) object: i64,
    pub(crate) start: usize,
    pub(crate) length: usize,
    pub(crate) person: PersonId,
}

/// A generated photo or video as stored.
#[derive(Debug)]
pub(crate) struct BulkMedia<'a> {
    pub(crate) id: MediaId,
    pub(crate) kind: MediaKind,
    pub(crate) owner: PersonId,
    pub(crate) post: Option<PostId>,
    pub(crate) created_at: i64,
    pub(crate) content_type: &'a str,
}

/// Writes many rows, in transactions of its own. It holds the writer until it is finished.
#[derive(Debug)]
pub struct Bulk<'a> {
    writer: MutexGuard<'a, Connection>,
    pending: u32,
    finished: bool,
}

impl Store {
    /// Begins bulk work.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be written.
    pub fn bulk(&self) -> Result<Bulk<'_>, StoreError> {
        let writer = self.writer();
        // Bulk work can be repeated, so its commits need not wait for the disk one by one.
        writer.pragma_update(None, "synchronous", "NORMAL")?;
        writer.execute_batch("BEGIN IMMEDIATE")?;
        let bulk = Bulk { writer, pending: 0, finished: false };
        outbox::want_resync(&bulk.writer)?;
        bulk.writer.execute("UPDATE mark SET bulk_open = 1 WHERE id = 1", [])?;
        Ok(bulk)
    }
}

impl Drop for Bulk<'_> {
    fn drop(&mut self) {
        if !self.finished {
            // What was committed stays and is made consistent. If even that fails, the mark is
            // still there and the next opening does it.
            let _ = self.writer.execute_batch("ROLLBACK");
            let _ = close(&self.writer);
        }
        let _ = self.writer.pragma_update(None, "synchronous", "FULL");
    }
}

impl Bulk<'_> {
    /// Adds a person and their generated picture.
    pub(crate) fn person(&mut self, person: &BulkPerson<'_>) -> Result<bool, StoreError> {
        let added = insert_person(&self.writer, person)?;
        self.count(added)
    }

    /// Adds a forum.
    pub(crate) fn forum(&mut self, forum: &BulkForum<'_>) -> Result<bool, StoreError> {
        let sql = "INSERT OR IGNORE INTO forum (id, kind, name, description, created_at) \
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let added = self.writer.prepare_cached(sql)?.execute(params![
            forum.id,
            forum.kind,
            forum.name,
            forum.description,
            forum.created_at
        ])?;
        self.count(added > 0)
    }

    /// Adds a membership; says `false` if there was one. A further row never lowers a role.
    pub(crate) fn member(
        &mut self,
        forum: GroupId,
        person: PersonId,
        role: Role,
        joined_at: i64,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT INTO membership (forum_id, person_id, role, joined_at) \
                   VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT DO UPDATE SET role = 'admin', \
                   joined_at = min(joined_at, excluded.joined_at) \
                   WHERE excluded.role = 'admin' AND role <> 'admin'";
        let values = params![forum, person, role, joined_at];
        let added = self.writer.prepare_cached(sql)?.execute(values)?;
        self.count(added > 0)
    }

    /// The role of a person in a forum, if they have one.
    pub(crate) fn role(
        &self,
        forum: GroupId,
        person: PersonId,
    ) -> Result<Option<Role>, StoreError> {
        let sql = "SELECT role FROM membership WHERE forum_id = ?1 AND person_id = ?2";
        let mut statement = self.writer.prepare_cached(sql)?;
        Ok(statement.query_row(params![forum, person], |row| row.get(0)).optional()?)
    }

    /// Adds a friendship; says `false` if there was one.
    pub(crate) fn friends(
        &mut self,
        one: PersonId,
        two: PersonId,
        since: i64,
    ) -> Result<bool, StoreError> {
        let sql = "INSERT OR IGNORE INTO friendship (person_id, other_id, since) \
                   VALUES (?1, ?2, ?3)";
        let values = params![one.min(two), one.max(two), since];
        let added = self.writer.prepare_cached(sql)?.execute(values)?;
        self.count(added > 0)
    }

    /// Adds a post.
    pub(crate) fn post(&mut self, post: &BulkPost<'_>) -> Result<bool, StoreError> {
        let sql = "INSERT OR IGNORE INTO post (id, forum_id, author_id, created_at, state, text, \
                   location_ip, browser_used) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let added = self.writer.prepare_cached(sql)?.execute(params![
            post.id,
            post.forum,
            post.author,
            post.created_at,
            post.state,
            post.text,
            post.location_ip,
            post.browser_used
        ])?;
        self.count(added > 0)
    }

    /// Adds a comment.
    pub(crate) fn comment(&mut self, comment: &BulkComment<'_>) -> Result<bool, StoreError> {
        let sql = "INSERT OR IGNORE INTO comment (id, post_id, parent_id, author_id, created_at, \
                   state, text, location_ip, browser_used) \
                   VALUES (?1, ?2, ?3, ?4, ?5, 'published', ?6, ?7, ?8)";
        let added = self.writer.prepare_cached(sql)?.execute(params![
            comment.id,
            comment.post,
            comment.reply_to,
            comment.author,
            comment.created_at,
            comment.text,
            comment.location_ip,
            comment.browser_used
        ])?;
        self.count(added > 0)
    }

    /// Adds a reaction; says `false` if the person had reacted before.
    pub(crate) fn reaction(&mut self, reaction: &BulkReaction<'_>) -> Result<bool, StoreError> {
        let sql = "INSERT OR IGNORE INTO reaction (object_kind, object_id, person_id, kind, \
                   created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
        let added = self.writer.prepare_cached(sql)?.execute(params![
            reaction.on,
            reaction.object,
            reaction.person,
            reaction.kind,
            reaction.created_at
        ])?;
        self.count(added > 0)
    }

    /// Adds a mention.
    pub(crate) fn mention(&mut self, mention: &BulkMention) -> Result<bool, StoreError> {
        let sql = "INSERT OR IGNORE INTO mention (object_kind, object_id, start, length, \
                   person_id) VALUES (?1, ?2, ?3, ?4, ?5)";
        let added = self.writer.prepare_cached(sql)?.execute(params![
            mention.on,
            mention.object,
            mention.start,
            mention.length,
            mention.person
        ])?;
        self.count(added > 0)
    }

    /// Adds a generated photo or video.
    pub(crate) fn media(&mut self, media: &BulkMedia<'_>) -> Result<bool, StoreError> {
        let added = insert_media(&self.writer, media)?;
        self.count(added)
    }

    /// Tags a person in a photo or video.
    pub(crate) fn tag(&mut self, media: MediaId, person: PersonId) -> Result<bool, StoreError> {
        let sql = "INSERT OR IGNORE INTO tag (media_id, person_id) VALUES (?1, ?2)";
        let added = self.writer.prepare_cached(sql)?.execute(params![media, person])?;
        self.count(added > 0)
    }

    /// The first free number of a kind: `person`, `forum`, `post`, `comment` or `media`.
    pub(crate) fn first_free(&self, kind: &str) -> Result<i64, StoreError> {
        let sql = "SELECT next FROM counter WHERE kind = ?1";
        Ok(self.writer.prepare_cached(sql)?.query_row([kind], |row| row.get(0))?)
    }

    /// Ids that a table already holds, for checking references.
    pub(crate) fn ids(&self, sql: &'static str) -> Result<Vec<i64>, StoreError> {
        let mut statement = self.writer.prepare(sql)?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Brings counters up to date, asks for a snapshot and commits.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be written.
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.writer.execute_batch("COMMIT")?;
        close(&self.writer)?;
        self.finished = true;
        // Without statistics SQLite guesses; with them the plans of large files stay the same.
        self.writer.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);")?;
        Ok(())
    }

    fn count(&mut self, added: bool) -> Result<bool, StoreError> {
        self.pending += 1;
        if self.pending >= ROWS_PER_COMMIT {
            self.writer.execute_batch("COMMIT; BEGIN IMMEDIATE")?;
            self.pending = 0;
        }
        Ok(added)
    }
}

/// Ends bulk work that a crash left open, if there is any.
pub(super) fn close_if_open(writer: &Connection) -> Result<(), StoreError> {
    let open: i64 = writer.query_row("SELECT bulk_open FROM mark", [], |row| row.get(0))?;
    if open == 0 { Ok(()) } else { close(writer) }
}

/// Brings counters and free numbers up to date and asks for a snapshot, in one transaction.
fn close(writer: &Connection) -> Result<(), StoreError> {
    let transaction = writer.unchecked_transaction()?;
    transaction.execute_batch(COUNTERS)?;
    transaction.execute("UPDATE mark SET bulk_open = 0 WHERE id = 1", [])?;
    outbox::want_resync(&transaction)?;
    Ok(transaction.commit()?)
}

const COUNTERS: &str = "
UPDATE forum SET member_count =
  (SELECT count(*) FROM membership m WHERE m.forum_id = forum.id);
UPDATE post SET comment_count = n.c FROM
  (SELECT post_id, count(*) AS c FROM comment WHERE state <> 'deleted' GROUP BY post_id) n
  WHERE n.post_id = post.id AND post.comment_count <> n.c;
UPDATE post SET reaction_count = n.c FROM
  (SELECT object_id, count(*) AS c FROM reaction WHERE object_kind = 'post' GROUP BY object_id) n
  WHERE n.object_id = post.id AND post.reaction_count <> n.c;
UPDATE comment SET reaction_count = n.c FROM
  (SELECT object_id, count(*) AS c FROM reaction WHERE object_kind = 'comment'
   GROUP BY object_id) n
  WHERE n.object_id = comment.id AND comment.reaction_count <> n.c;
UPDATE post SET mention_count = n.c FROM
  (SELECT object_id, count(*) AS c FROM mention WHERE object_kind = 'post' GROUP BY object_id) n
  WHERE n.object_id = post.id AND post.mention_count <> n.c;
UPDATE comment SET mention_count = n.c FROM
  (SELECT object_id, count(*) AS c FROM mention WHERE object_kind = 'comment'
   GROUP BY object_id) n
  WHERE n.object_id = comment.id AND comment.mention_count <> n.c;
UPDATE post SET media_count = n.c FROM
  (SELECT post_id, count(*) AS c FROM media WHERE post_id IS NOT NULL GROUP BY post_id) n
  WHERE n.post_id = post.id AND post.media_count <> n.c;
UPDATE counter SET next = max(next, (SELECT coalesce(max(id), 0) + 1 FROM person))
  WHERE kind = 'person';
UPDATE counter SET next = max(next, (SELECT coalesce(max(id), 0) + 1 FROM forum))
  WHERE kind = 'forum';
UPDATE counter SET next = max(next, (SELECT coalesce(max(id), 0) + 1 FROM post))
  WHERE kind = 'post';
UPDATE counter SET next = max(next, (SELECT coalesce(max(id), 0) + 1 FROM comment))
  WHERE kind = 'comment';
UPDATE counter SET next = max(next, (SELECT coalesce(max(id), 0) + 1 FROM media))
  WHERE kind = 'media';
";

/// Adds a person with profile and picture; says `false` if the id is taken.
pub(super) fn insert_person(tx: &Connection, new: &BulkPerson<'_>) -> Result<bool, StoreError> {
    let name = format!("{} {}", new.first_name, new.last_name);
    let sql = "INSERT OR IGNORE INTO person (id, name, picture, location_ip, browser_used) \
               VALUES (?1, ?2, ?3, ?4, ?5)";
    let values = params![new.id, name.trim(), new.picture, new.location_ip, new.browser_used];
    if tx.prepare_cached(sql)?.execute(values)? == 0 {
        return Ok(false);
    }
    let sql = "INSERT INTO profile (person_id, first_name, last_name, gender, birthday, \
               created_at, city, emails, languages, studies, work, interests) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    tx.prepare_cached(sql)?.execute(params![
        new.id,
        new.first_name,
        new.last_name,
        new.gender,
        new.birthday,
        new.created_at,
        new.city,
        new.emails,
        new.languages,
        new.studies,
        new.work,
        new.interests
    ])?;
    let picture = BulkMedia {
        id: new.picture,
        kind: MediaKind::Picture,
        owner: new.id,
        post: None,
        created_at: new.created_at,
        content_type: crate::media::PICTURE_TYPE,
    };
    insert_media(tx, &picture)?;
    Ok(true)
}

fn insert_media(tx: &Connection, media: &BulkMedia<'_>) -> Result<bool, StoreError> {
    let sql = "INSERT OR IGNORE INTO media (id, kind, owner_id, post_id, created_at, \
               content_type) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let added = tx.prepare_cached(sql)?.execute(params![
        media.id,
        media.kind,
        media.owner,
        media.post,
        media.created_at,
        media.content_type
    ])?;
    Ok(added > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulk_work_that_breaks_off_leaves_a_store_that_numbers_on() {
        let dir = std::env::temp_dir().join(format!("platform-bulk-{}", std::process::id()));
        let store = Store::open(&dir).unwrap();
        let forum = BulkForum {
            id: GroupId::new(40),
            kind: ForumKind::Group,
            name: "kept",
            description: "",
            created_at: 0,
        };
        let mut bulk = store.bulk().unwrap();
        bulk.pending = ROWS_PER_COMMIT - 1;
        bulk.forum(&forum).unwrap();
        bulk.forum(&BulkForum { id: GroupId::new(50), name: "lost", ..forum }).unwrap();
        drop(bulk);
        let bulk = store.bulk().unwrap();
        assert_eq!(bulk.ids("SELECT id FROM forum").unwrap(), [40]);
        assert_eq!(bulk.first_free("forum").unwrap(), 41);
        // A crash runs no destructor: the open mark stays in the file and opening it closes it.
        bulk.writer.execute("UPDATE counter SET next = 1", []).unwrap();
        bulk.writer.execute_batch("COMMIT; BEGIN").unwrap();
        let writer = Connection::open(dir.join("platform.db")).unwrap();
        close_if_open(&writer).unwrap();
        bulk.writer.execute_batch("COMMIT; BEGIN").unwrap();
        assert_eq!(bulk.first_free("forum").unwrap(), 41);
        drop(bulk);
        drop((store, writer));
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
