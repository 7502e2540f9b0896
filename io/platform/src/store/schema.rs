//! The tables, and how a file of an earlier version is brought forward.

use rusqlite::Connection;

use super::StoreError;

/// Each entry brings the file from version `index` to `index + 1`. Forward only.
const MIGRATIONS: [&str; 1] = [TABLES];

// Counters on posts, comments and forums are kept with each change, so that a page needs no
// aggregate. Deleted posts and comments stay as rows without text: their ids are never reused and
// a resync can name them. `person` is narrow because every page joins it; the rest is `profile`.
const TABLES: &str = "
CREATE TABLE person (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, picture INTEGER,
  location_ip TEXT NOT NULL, browser_used TEXT NOT NULL) STRICT;
CREATE TABLE profile (
  person_id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL,
  gender TEXT NOT NULL, birthday TEXT NOT NULL, created_at INTEGER NOT NULL, city TEXT NOT NULL,
  emails TEXT NOT NULL, languages TEXT NOT NULL, studies TEXT NOT NULL, work TEXT NOT NULL,
  interests TEXT NOT NULL) STRICT;
CREATE TABLE friendship (
  person_id INTEGER NOT NULL, other_id INTEGER NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY (person_id, other_id), CHECK (person_id < other_id)) STRICT, WITHOUT ROWID;
CREATE INDEX friendship_other ON friendship (other_id);
CREATE TABLE forum (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('group', 'wall', 'album')),
  name TEXT NOT NULL, description TEXT NOT NULL, created_at INTEGER NOT NULL,
  member_count INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE membership (
  forum_id INTEGER NOT NULL, person_id INTEGER NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('member', 'admin')), joined_at INTEGER NOT NULL,
  PRIMARY KEY (forum_id, person_id)) STRICT, WITHOUT ROWID;
CREATE INDEX membership_page ON membership (forum_id, joined_at, person_id);
CREATE INDEX membership_person ON membership (person_id, joined_at, forum_id);
CREATE TABLE post (
  id INTEGER PRIMARY KEY, forum_id INTEGER NOT NULL, author_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('published', 'draft', 'unposted', 'deleted')),
  text TEXT NOT NULL, location_ip TEXT NOT NULL, browser_used TEXT NOT NULL,
  comment_count INTEGER NOT NULL DEFAULT 0, reaction_count INTEGER NOT NULL DEFAULT 0,
  mention_count INTEGER NOT NULL DEFAULT 0, media_count INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX post_page ON post (forum_id, created_at, id) WHERE state <> 'deleted';
CREATE INDEX post_author ON post (author_id);
CREATE INDEX post_deleted ON post (id) WHERE state = 'deleted';
CREATE TABLE comment (
  id INTEGER PRIMARY KEY, post_id INTEGER NOT NULL, parent_id INTEGER, author_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL, state TEXT NOT NULL CHECK (state IN ('published', 'deleted')),
  text TEXT NOT NULL, location_ip TEXT NOT NULL, browser_used TEXT NOT NULL,
  reaction_count INTEGER NOT NULL DEFAULT 0, mention_count INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX comment_page ON comment (post_id, created_at, id) WHERE state <> 'deleted';
CREATE INDEX comment_author ON comment (author_id);
CREATE INDEX comment_deleted ON comment (id) WHERE state = 'deleted';
CREATE TABLE reaction (
  object_kind TEXT NOT NULL CHECK (object_kind IN ('post', 'comment')), object_id INTEGER NOT NULL,
  person_id INTEGER NOT NULL, kind TEXT NOT NULL, created_at INTEGER NOT NULL,
  PRIMARY KEY (object_kind, object_id, person_id)) STRICT, WITHOUT ROWID;
CREATE INDEX reaction_person ON reaction (person_id);
CREATE TABLE mention (
  object_kind TEXT NOT NULL CHECK (object_kind IN ('post', 'comment')), object_id INTEGER NOT NULL,
  start INTEGER NOT NULL, length INTEGER NOT NULL, person_id INTEGER NOT NULL,
  PRIMARY KEY (object_kind, object_id, start)) STRICT, WITHOUT ROWID;
CREATE INDEX mention_person ON mention (person_id);
CREATE TABLE media (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('photo', 'video', 'picture')),
  owner_id INTEGER NOT NULL, post_id INTEGER, created_at INTEGER NOT NULL,
  content_type TEXT NOT NULL) STRICT;
CREATE INDEX media_post ON media (post_id);
CREATE INDEX media_owner ON media (owner_id);
CREATE TABLE media_bytes (media_id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE tag (
  media_id INTEGER NOT NULL, person_id INTEGER NOT NULL,
  PRIMARY KEY (media_id, person_id)) STRICT, WITHOUT ROWID;
CREATE INDEX tag_person ON tag (person_id);
CREATE TABLE fact (
  sequence INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, person INTEGER,
  group_id INTEGER, other INTEGER, object_kind TEXT, object_id INTEGER) STRICT;
CREATE TABLE mark (
  id INTEGER PRIMARY KEY CHECK (id = 1), fact_last INTEGER NOT NULL, fact_pushed INTEGER NOT NULL,
  resync_wanted INTEGER NOT NULL, resync_done INTEGER NOT NULL,
  bulk_open INTEGER NOT NULL) STRICT;
INSERT INTO mark VALUES (1, 0, 0, 0, 0, 0);
CREATE TABLE counter (kind TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES ('person', 1), ('forum', 1), ('post', 1), ('comment', 1), ('media', 1);
CREATE TABLE idempotency (
  key TEXT NOT NULL, actor INTEGER NOT NULL, path TEXT NOT NULL, digest BLOB NOT NULL,
  made_kind TEXT NOT NULL CHECK (made_kind IN ('post', 'comment', 'media')),
  made_id INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (key, actor, path)) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (at);
";

/// Brings an empty or older file to the newest version.
///
/// # Errors
/// [`StoreError::Corrupt`] for a file of a newer version than this program knows.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let version: usize = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let Some(missing) = MIGRATIONS.get(version..) else {
        return Err(StoreError::Corrupt(format!("platform file has unknown version `{version}`")));
    };
    for (step, sql) in missing.iter().enumerate() {
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", version + step + 1)?;
        transaction.commit()?;
    }
    Ok(())
}
