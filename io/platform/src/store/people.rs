//! Reads of people, groups and memberships.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{StoreError, rows::ForumKind};
use crate::{
    GroupId, PersonId,
    api::{
        Paging, Problem,
        shapes::{Group, GroupCard, Member, OwnGroup, PersonCard, Profile, Ref},
    },
    clock::Moment,
};

/// Refuses walls, albums and what does not exist alike.
pub(super) fn require_group(view: &Connection, id: GroupId) -> Result<(), Problem> {
    let kind: Option<ForumKind> = view
        .prepare_cached("SELECT kind FROM forum WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    match kind {
        Some(ForumKind::Group) => Ok(()),
        Some(ForumKind::Wall | ForumKind::Album) | None => Err(Problem::NotFound("group")),
    }
}

/// How large a community is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Census {
    /// People.
    pub people: u64,
    /// Groups.
    pub groups: u64,
    /// Posts of groups that are to be seen.
    pub posts: u64,
    /// The group with the most members, if there is one.
    pub largest_group: Option<GroupId>,
}

impl super::Store {
    /// Counts people, groups and posts.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be read.
    pub fn census(&self) -> Result<Census, StoreError> {
        self.read(|view| {
            let count = |sql: &str| -> Result<u64, StoreError> {
                let counted: i64 = view.query_row(sql, [], |row| row.get(0))?;
                Ok(u64::try_from(counted).unwrap_or(0))
            };
            let largest =
                "SELECT id FROM forum WHERE kind = 'group' ORDER BY member_count DESC, id LIMIT 1";
            Ok(Census {
                people: count("SELECT count(*) FROM person")?,
                groups: count("SELECT count(*) FROM forum WHERE kind = 'group'")?,
                posts: count(
                    "SELECT count(*) FROM post p JOIN forum f ON f.id = p.forum_id \
                     WHERE p.state = 'published' AND f.kind = 'group'",
                )?,
                largest_group: view.query_row(largest, [], |row| row.get(0)).optional()?,
            })
        })
    }
}

/// Reads one group with its admins.
pub(crate) fn group(view: &Connection, id: GroupId) -> Result<Group, Problem> {
    require_group(view, id)?;
    let sql = "SELECT name, description, created_at, member_count FROM forum WHERE id = ?1";
    let mut group = view.prepare_cached(sql)?.query_row([id], |row| {
        Ok(Group {
            id,
            name: row.get(0)?,
            description: row.get(1)?,
            created_at: Moment(row.get(2)?),
            member_count: row.get(3)?,
            admins: Vec::new(),
        })
    })?;
    let sql = "SELECT a.id, a.name, a.picture, a.location_ip, a.browser_used FROM membership m \
               JOIN person a ON a.id = m.person_id WHERE m.forum_id = ?1 AND m.role = 'admin' \
               ORDER BY m.joined_at, m.person_id";
    group.admins =
        view.prepare_cached(sql)?.query_map([id], card)?.collect::<Result<Vec<_>, _>>()?;
    Ok(group)
}

/// Reads a page of a group's members in the order of joining, and one more if there is one.
pub(crate) fn members(
    view: &Connection,
    group: GroupId,
    paging: Paging,
) -> Result<Vec<Member>, Problem> {
    require_group(view, group)?;
    let (at, id) = paging.after.map_or((i64::MIN, i64::MIN), |cursor| (cursor.at, cursor.id));
    let sql = "SELECT a.id, a.name, a.picture, a.location_ip, a.browser_used, m.role, m.joined_at \
               FROM membership m CROSS JOIN person a ON a.id = m.person_id \
               WHERE m.forum_id = ?1 AND (m.joined_at, m.person_id) > (?2, ?3) \
               ORDER BY m.joined_at, m.person_id LIMIT ?4";
    let mut statement = view.prepare_cached(sql)?;
    let rows = statement.query_map(params![group, at, id, paging.limit + 1], |row| {
        Ok(Member { person: card(row)?, role: row.get(5)?, joined_at: Moment(row.get(6)?) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Reads a page of the groups that a person is in, and one more if there is one.
pub(crate) fn groups_of(
    view: &Connection,
    person: PersonId,
    paging: Paging,
) -> Result<Vec<OwnGroup>, Problem> {
    let known = view.prepare_cached("SELECT 1 FROM person WHERE id = ?1")?.exists([person])?;
    if !known {
        return Err(Problem::NotFound("person"));
    }
    let (at, id) = paging.after.map_or((i64::MIN, i64::MIN), |cursor| (cursor.at, cursor.id));
    let sql = "SELECT f.id, f.name, f.description, f.created_at, f.member_count, m.role, \
               m.joined_at FROM membership m CROSS JOIN forum f ON f.id = m.forum_id \
               WHERE m.person_id = ?1 AND (m.joined_at, m.forum_id) > (?2, ?3) \
               AND f.kind = 'group' ORDER BY m.joined_at, m.forum_id LIMIT ?4";
    let mut statement = view.prepare_cached(sql)?;
    let rows = statement.query_map(params![person, at, id, paging.limit + 1], |row| {
        Ok(OwnGroup {
            person: Ref { id: person },
            group: GroupCard {
                id: row.get(0)?,
                name: row.get(1)?,
                description: row.get(2)?,
                created_at: Moment(row.get(3)?),
                member_count: row.get(4)?,
            },
            role: row.get(5)?,
            joined_at: Moment(row.get(6)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Reads a person's whole profile.
pub(crate) fn profile(view: &Connection, id: PersonId) -> Result<Profile, Problem> {
    let sql = "SELECT a.name, a.picture, a.location_ip, a.browser_used, p.first_name, \
               p.last_name, p.gender, p.birthday, p.created_at, p.city, p.emails, p.languages, \
               p.studies, p.work, p.interests FROM person a \
               JOIN profile p ON p.person_id = a.id WHERE a.id = ?1";
    view.prepare_cached(sql)?
        .query_row([id], |row| {
            Ok(Profile {
                id,
                name: row.get(0)?,
                picture: row.get(1)?,
                location_ip: row.get(2)?,
                browser_used: row.get(3)?,
                first_name: row.get(4)?,
                last_name: row.get(5)?,
                gender: row.get(6)?,
                birthday: row.get(7)?,
                created_at: Moment(row.get(8)?),
                city: row.get(9)?,
                emails: raw(row, 10)?,
                languages: raw(row, 11)?,
                studies: raw(row, 12)?,
                work: raw(row, 13)?,
                interests: raw(row, 14)?,
            })
        })
        .optional()?
        .ok_or(Problem::NotFound("person"))
}

/// Reads a column of JSON text.
fn raw(row: &Row<'_>, column: usize) -> rusqlite::Result<Box<serde_json::value::RawValue>> {
    let text: String = row.get(column)?;
    serde_json::value::RawValue::from_string(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            Box::new(error),
        )
    })
}

fn card(row: &Row<'_>) -> rusqlite::Result<PersonCard> {
    Ok(PersonCard {
        id: row.get(0)?,
        name: row.get(1)?,
        picture: row.get(2)?,
        location_ip: row.get(3)?,
        browser_used: row.get(4)?,
    })
}
