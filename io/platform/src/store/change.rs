//! Changes of people, groups, roles and friendships, each with its facts in one transaction.
//!
//! A change that finds things as it wants them records no fact, so repeating one is harmless.

use rusqlite::{Connection, OptionalExtension, params};

use super::{
    StoreError,
    content::next_id,
    outbox::record,
    rows::{Membership, PostState, Role},
};
use crate::{
    CommentId, GroupId, MediaId, PersonId, PostId,
    facts::{Fact, FactKind, FactObjectKind},
    platform::{ChangeError, NewGroup, NewPerson},
};

/// Outcome of a change: the number of its last fact, if it made any.
pub(crate) type Recorded = Option<u64>;

/// Adds a person with a generated picture.
pub(crate) fn create_person(
    tx: &Connection,
    now: i64,
    new: &NewPerson,
) -> Result<(PersonId, Recorded), ChangeError> {
    let id = PersonId::new(next_id(tx, "person")?);
    let picture = MediaId::new(next_id(tx, "media")?);
    let bulk = new.as_row(id, picture, now);
    if !super::bulk::insert_person(tx, &bulk)? {
        return Err(StoreError::Corrupt(format!("person number `{id}` was given twice")).into());
    }
    let sequence = record(tx, now, Fact::of(FactKind::Person).person(id))?;
    Ok((id, Some(sequence)))
}

/// Adds a group with its first admin.
pub(crate) fn create_group(
    tx: &Connection,
    now: i64,
    new: &NewGroup,
) -> Result<(GroupId, Recorded), ChangeError> {
    require_person(tx, new.admin)?;
    let id = GroupId::new(next_id(tx, "forum")?);
    let sql = "INSERT INTO forum (id, kind, name, description, created_at) \
               VALUES (?1, 'group', ?2, ?3, ?4)";
    tx.prepare_cached(sql)?.execute(params![id, new.name, new.description, now])?;
    record(tx, now, Fact::of(FactKind::Group).group(id))?;
    set_role(tx, id, new.admin, Membership { role: Role::Admin, joined_at: now })?;
    let sequence = record(tx, now, Fact::of(FactKind::Admin).group(id).person(new.admin))?;
    Ok((id, Some(sequence)))
}

/// Makes a person a plain member; an admin stays one.
pub(crate) fn join(
    tx: &Connection,
    now: i64,
    group: GroupId,
    person: PersonId,
) -> Result<Recorded, ChangeError> {
    require_group(tx, group)?;
    require_person(tx, person)?;
    if membership(tx, group, person)?.is_some() {
        return Ok(None);
    }
    set_role(tx, group, person, Membership { role: Role::Member, joined_at: now })?;
    Ok(Some(record(tx, now, Fact::of(FactKind::Member).group(group).person(person))?))
}

/// Makes a person an admin, and a member if they were none.
pub(crate) fn promote(
    tx: &Connection,
    now: i64,
    group: GroupId,
    person: PersonId,
) -> Result<Recorded, ChangeError> {
    require_group(tx, group)?;
    require_person(tx, person)?;
    let joined_at = match membership(tx, group, person)? {
        Some(Membership { role: Role::Admin, .. }) => return Ok(None),
        Some(Membership { role: Role::Member, joined_at }) => joined_at,
        None => now,
    };
    set_role(tx, group, person, Membership { role: Role::Admin, joined_at })?;
    Ok(Some(record(tx, now, Fact::of(FactKind::Admin).group(group).person(person))?))
}

/// Makes an admin a plain member.
pub(crate) fn demote(
    tx: &Connection,
    now: i64,
    group: GroupId,
    person: PersonId,
) -> Result<Recorded, ChangeError> {
    require_group(tx, group)?;
    let Some(Membership { role: Role::Admin, joined_at }) = membership(tx, group, person)? else {
        return Ok(None);
    };
    set_role(tx, group, person, Membership { role: Role::Member, joined_at })?;
    Ok(Some(record(tx, now, Fact::of(FactKind::AdminGone).group(group).person(person))?))
}

/// Takes a person out of a group, whatever their role.
pub(crate) fn leave(
    tx: &Connection,
    now: i64,
    group: GroupId,
    person: PersonId,
) -> Result<Recorded, ChangeError> {
    require_group(tx, group)?;
    let sql = "DELETE FROM membership WHERE forum_id = ?1 AND person_id = ?2";
    if tx.prepare_cached(sql)?.execute(params![group, person])? == 0 {
        return Ok(None);
    }
    count_members(tx, group)?;
    Ok(Some(record(tx, now, Fact::of(FactKind::MemberGone).group(group).person(person))?))
}

/// Makes two people friends.
pub(crate) fn befriend(
    tx: &Connection,
    now: i64,
    one: PersonId,
    two: PersonId,
) -> Result<Recorded, ChangeError> {
    require_person(tx, one)?;
    require_person(tx, two)?;
    if one == two {
        return Err(ChangeError::Invalid("a person is no friend of their own"));
    }
    let (person, other) = (one.min(two), one.max(two));
    let sql = "INSERT OR IGNORE INTO friendship (person_id, other_id, since) VALUES (?1, ?2, ?3)";
    if tx.prepare_cached(sql)?.execute(params![person, other, now])? == 0 {
        return Ok(None);
    }
    Ok(Some(record(tx, now, Fact::of(FactKind::Friend).person(person).other(other))?))
}

/// Ends a friendship.
pub(crate) fn unfriend(
    tx: &Connection,
    now: i64,
    one: PersonId,
    two: PersonId,
) -> Result<Recorded, ChangeError> {
    let (person, other) = (one.min(two), one.max(two));
    let sql = "DELETE FROM friendship WHERE person_id = ?1 AND other_id = ?2";
    if tx.prepare_cached(sql)?.execute(params![person, other])? == 0 {
        return Ok(None);
    }
    Ok(Some(record(tx, now, Fact::of(FactKind::FriendGone).person(person).other(other))?))
}

/// Moves a post to another state. Deleting takes its comments and whatever
/// else hangs on it away.
pub(crate) fn set_post_state(
    tx: &Connection,
    now: i64,
    post: PostId,
    state: PostState,
) -> Result<Recorded, ChangeError> {
    if state == PostState::Deleted {
        return delete_post(tx, now, post);
    }
    let sql = "UPDATE post SET state = ?2 WHERE id = ?1 AND state <> 'deleted'";
    if tx.prepare_cached(sql)?.execute(params![post, state])? == 0 {
        return Err(ChangeError::NotFound("post"));
    }
    Ok(None)
}

fn delete_post(tx: &Connection, now: i64, post: PostId) -> Result<Recorded, ChangeError> {
    let sql = "UPDATE post SET state = 'deleted', text = '', location_ip = '', \
               browser_used = '' WHERE id = ?1 AND state <> 'deleted'";
    if tx.prepare_cached(sql)?.execute([post])? == 0 {
        return match exists(tx, "SELECT 1 FROM post WHERE id = ?1", post.number())? {
            true => Ok(None),
            false => Err(ChangeError::NotFound("post")),
        };
    }
    let sql = "SELECT id FROM comment WHERE post_id = ?1 AND state <> 'deleted'";
    for comment in numbers(tx, sql, post.number())? {
        delete_comment(tx, now, CommentId::new(comment))?;
    }
    for id in numbers(tx, "SELECT id FROM media WHERE post_id = ?1", post.number())? {
        tx.prepare_cached("DELETE FROM media_bytes WHERE media_id = ?1")?.execute([id])?;
        tx.prepare_cached("DELETE FROM tag WHERE media_id = ?1")?.execute([id])?;
        record(tx, now, Fact::gone(FactObjectKind::Media, id))?;
    }
    forget_object(tx, "post", post.number())?;
    Ok(Some(record(tx, now, Fact::gone(FactObjectKind::Post, post.number()))?))
}

/// Deletes a comment; replies to it stay.
pub(crate) fn delete_comment(
    tx: &Connection,
    now: i64,
    comment: CommentId,
) -> Result<Recorded, ChangeError> {
    let sql = "UPDATE comment SET state = 'deleted', text = '', location_ip = '', \
               browser_used = '' WHERE id = ?1 AND state <> 'deleted' RETURNING post_id";
    let post: Option<PostId> =
        tx.prepare_cached(sql)?.query_row([comment], |row| row.get(0)).optional()?;
    let Some(post) = post else {
        return match exists(tx, "SELECT 1 FROM comment WHERE id = ?1", comment.number())? {
            true => Ok(None),
            false => Err(ChangeError::NotFound("comment")),
        };
    };
    let sql = "UPDATE post SET comment_count = comment_count - 1 WHERE id = ?1";
    tx.prepare_cached(sql)?.execute([post])?;
    forget_object(tx, "comment", comment.number())?;
    Ok(Some(record(tx, now, Fact::gone(FactObjectKind::Comment, comment.number()))?))
}

fn forget_object(tx: &Connection, kind: &str, id: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM mention WHERE object_kind = ?1 AND object_id = ?2";
    tx.prepare_cached(sql)?.execute(params![kind, id])?;
    let sql = "DELETE FROM reaction WHERE object_kind = ?1 AND object_id = ?2";
    tx.prepare_cached(sql)?.execute(params![kind, id])?;
    Ok(())
}

/// Deletes a group with everything in it. The one fact says it all.
pub(crate) fn delete_group(
    tx: &Connection,
    now: i64,
    group: GroupId,
) -> Result<Recorded, ChangeError> {
    require_group(tx, group)?;
    let sql = "SELECT id FROM post WHERE forum_id = ?1 AND state <> 'deleted'";
    for post in numbers(tx, sql, group.number())? {
        delete_post(tx, now, PostId::new(post))?;
    }
    tx.prepare_cached("DELETE FROM membership WHERE forum_id = ?1")?.execute([group])?;
    tx.prepare_cached("DELETE FROM forum WHERE id = ?1")?.execute([group])?;
    Ok(Some(record(tx, now, Fact::of(FactKind::GroupGone).group(group))?))
}

/// Erases a person: profile, memberships, friendships, everything they wrote, and every place
/// that names them.
pub(crate) fn delete_person(
    tx: &Connection,
    now: i64,
    person: PersonId,
) -> Result<Recorded, ChangeError> {
    require_person(tx, person)?;
    let id = person.number();
    for post in numbers(tx, "SELECT id FROM post WHERE author_id = ?1 AND state <> 'deleted'", id)?
    {
        delete_post(tx, now, PostId::new(post))?;
    }
    let sql = "SELECT id FROM comment WHERE author_id = ?1 AND state <> 'deleted'";
    for comment in numbers(tx, sql, id)? {
        delete_comment(tx, now, CommentId::new(comment))?;
    }
    let groups = numbers(tx, "SELECT forum_id FROM membership WHERE person_id = ?1", id)?;
    tx.prepare_cached("DELETE FROM membership WHERE person_id = ?1")?.execute([id])?;
    for group in groups {
        count_members(tx, GroupId::new(group))?;
    }
    uncount(tx, id)?;
    for sql in [
        "DELETE FROM friendship WHERE person_id = ?1 OR other_id = ?1",
        "DELETE FROM reaction WHERE person_id = ?1",
        "DELETE FROM mention WHERE person_id = ?1",
        "DELETE FROM tag WHERE person_id = ?1",
        "DELETE FROM media_bytes WHERE media_id IN (SELECT id FROM media WHERE owner_id = ?1)",
        "DELETE FROM tag WHERE media_id IN (SELECT id FROM media WHERE owner_id = ?1)",
        "DELETE FROM media WHERE owner_id = ?1",
        "DELETE FROM idempotency WHERE actor = ?1",
        "DELETE FROM profile WHERE person_id = ?1",
        "DELETE FROM person WHERE id = ?1",
    ] {
        tx.prepare_cached(sql)?.execute([id])?;
    }
    Ok(Some(record(tx, now, Fact::of(FactKind::PersonGone).person(person))?))
}

/// Takes a person's reactions out of the counters.
fn uncount(tx: &Connection, person: i64) -> Result<(), StoreError> {
    for sql in [
        "UPDATE post SET reaction_count = reaction_count - 1 WHERE id IN \
         (SELECT object_id FROM reaction WHERE person_id = ?1 AND object_kind = 'post')",
        "UPDATE comment SET reaction_count = reaction_count - 1 WHERE id IN \
         (SELECT object_id FROM reaction WHERE person_id = ?1 AND object_kind = 'comment')",
    ] {
        tx.prepare_cached(sql)?.execute([person])?;
    }
    Ok(())
}

fn numbers(tx: &Connection, sql: &str, id: i64) -> Result<Vec<i64>, StoreError> {
    let mut statement = tx.prepare_cached(sql)?;
    Ok(statement.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn exists(tx: &Connection, sql: &str, id: i64) -> Result<bool, StoreError> {
    Ok(tx.prepare_cached(sql)?.exists([id])?)
}

fn require_person(tx: &Connection, person: PersonId) -> Result<(), ChangeError> {
    match exists(tx, "SELECT 1 FROM person WHERE id = ?1", person.number())? {
        true => Ok(()),
        false => Err(ChangeError::NotFound("person")),
    }
}

fn require_group(tx: &Connection, group: GroupId) -> Result<(), ChangeError> {
    let sql = "SELECT 1 FROM forum WHERE id = ?1 AND kind = 'group'";
    match exists(tx, sql, group.number())? {
        true => Ok(()),
        false => Err(ChangeError::NotFound("group")),
    }
}

fn membership(
    tx: &Connection,
    group: GroupId,
    person: PersonId,
) -> Result<Option<Membership>, StoreError> {
    let sql = "SELECT role, joined_at FROM membership WHERE forum_id = ?1 AND person_id = ?2";
    Ok(tx
        .prepare_cached(sql)?
        .query_row(params![group, person], |row| {
            Ok(Membership { role: row.get(0)?, joined_at: row.get(1)? })
        })
        .optional()?)
}

fn set_role(
    tx: &Connection,
    group: GroupId,
    person: PersonId,
    membership: Membership,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO membership (forum_id, person_id, role, joined_at) \
               VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET role = excluded.role";
    tx.prepare_cached(sql)?.execute(params![
        group,
        person,
        membership.role,
        membership.joined_at
    ])?;
    count_members(tx, group)
}

fn count_members(tx: &Connection, group: GroupId) -> Result<(), StoreError> {
    let sql = "UPDATE forum SET member_count = \
               (SELECT count(*) FROM membership WHERE forum_id = ?1) WHERE id = ?1";
    tx.prepare_cached(sql)?.execute([group])?;
    Ok(())
}
