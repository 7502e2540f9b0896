//! All facts that stand at one moment, in parts.

use rusqlite::{Connection, Params, Row, params};

use super::{Store, StoreError, outbox, outbox::Marks};
use crate::{
    clock::now_ms,
    facts::{Fact, FactKind, FactObjectKind},
    store::Role,
};

/// Where reading has come: tables in this order, each by its key.
#[derive(Debug, Clone, Copy)]
enum Stage {
    People(i64),
    Groups(i64),
    Members(i64, i64),
    Friends(i64, i64),
    DeletedPosts(i64),
    DeletedComments(i64),
    Done,
}

/// One consistent view of all standing facts.
///
/// It holds a connection of its own with an open read transaction, so a long snapshot sees one
/// moment and holds up nobody.
#[derive(Debug)]
pub struct Snapshot {
    view: Connection,
    marks: Marks,
    at: i64,
    stage: Stage,
}

impl Store {
    /// Opens a snapshot of all standing facts.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be read.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let view = self.open_reader()?;
        view.execute_batch("BEGIN")?;
        // The first read fixes the view, so the number belongs to exactly these facts.
        let marks = outbox::marks(&view)?;
        Ok(Snapshot { view, marks, at: now_ms(), stage: Stage::People(i64::MIN) })
    }
}

impl Snapshot {
    /// Number of the last fact that this snapshot includes.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.marks.last
    }

    /// Which asks for a snapshot this one answers.
    pub(crate) const fn answers(&self) -> u64 {
        self.marks.resync_wanted
    }

    /// Reads up to `limit` further facts; none means that all were read.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be read.
    pub fn next_facts(&mut self, limit: usize) -> Result<Vec<Fact>, StoreError> {
        let mut facts = Vec::with_capacity(limit);
        while facts.len() < limit && !matches!(self.stage, Stage::Done) {
            let wanted = limit - facts.len();
            let (next, mut found) = self.step(wanted)?;
            let full = found.len() == wanted;
            facts.append(&mut found);
            self.stage = if full { next } else { following(self.stage) };
        }
        for fact in &mut facts {
            fact.sequence = self.marks.last;
            fact.at = self.at;
        }
        Ok(facts)
    }

    /// Reads some rows of the present stage and says where the next would begin.
    fn step(&self, limit: usize) -> Result<(Stage, Vec<Fact>), StoreError> {
        match self.stage {
            Stage::People(after) => {
                let sql = "SELECT id FROM person WHERE id > ?1 ORDER BY id LIMIT ?2";
                let facts = self.facts(sql, params![after, limit], |row| {
                    Ok(Fact::of(FactKind::Person).person(row.get(0)?))
                })?;
                let last = facts.last().and_then(|fact| fact.person);
                Ok((Stage::People(last.map_or(after, |person| person.number())), facts))
            }
            Stage::Groups(after) => {
                let sql = "SELECT id FROM forum WHERE kind = 'group' AND id > ?1 \
                           ORDER BY id LIMIT ?2";
                let facts = self.facts(sql, params![after, limit], |row| {
                    Ok(Fact::of(FactKind::Group).group(row.get(0)?))
                })?;
                let last = facts.last().and_then(|fact| fact.group);
                Ok((Stage::Groups(last.map_or(after, |group| group.number())), facts))
            }
            Stage::Members(group, person) => self.members((group, person), limit),
            Stage::Friends(person, other) => self.friends((person, other), limit),
            Stage::DeletedPosts(after) => {
                let sql = "SELECT id FROM post WHERE state = 'deleted' AND id > ?1 \
                           ORDER BY id LIMIT ?2";
                let facts = self.gone(FactObjectKind::Post, sql, after, limit)?;
                Ok((Stage::DeletedPosts(last_object(&facts, after)), facts))
            }
            Stage::DeletedComments(after) => {
                let sql = "SELECT id FROM comment WHERE state = 'deleted' AND id > ?1 \
                           ORDER BY id LIMIT ?2";
                let facts = self.gone(FactObjectKind::Comment, sql, after, limit)?;
                Ok((Stage::DeletedComments(last_object(&facts, after)), facts))
            }
            Stage::Done => Ok((Stage::Done, Vec::new())),
        }
    }

    fn members(&self, after: (i64, i64), limit: usize) -> Result<(Stage, Vec<Fact>), StoreError> {
        let sql = "SELECT m.forum_id, m.person_id, m.role FROM membership m \
                   CROSS JOIN forum f ON f.id = m.forum_id AND f.kind = 'group' \
                   WHERE (m.forum_id, m.person_id) > (?1, ?2) \
                   ORDER BY m.forum_id, m.person_id LIMIT ?3";
        let facts = self.facts(sql, params![after.0, after.1, limit], |row| {
            let kind = match row.get(2)? {
                Role::Admin => FactKind::Admin,
                Role::Member => FactKind::Member,
            };
            Ok(Fact::of(kind).group(row.get(0)?).person(row.get(1)?))
        })?;
        let last = facts.last().and_then(|fact| fact.group.zip(fact.person));
        let (group, person) = last.map_or(after, |(g, p)| (g.number(), p.number()));
        Ok((Stage::Members(group, person), facts))
    }

    fn friends(&self, after: (i64, i64), limit: usize) -> Result<(Stage, Vec<Fact>), StoreError> {
        let sql = "SELECT person_id, other_id FROM friendship \
                   WHERE (person_id, other_id) > (?1, ?2) ORDER BY person_id, other_id LIMIT ?3";
        let facts = self.facts(sql, params![after.0, after.1, limit], |row| {
            Ok(Fact::of(FactKind::Friend).person(row.get(0)?).other(row.get(1)?))
        })?;
        let last = facts.last().and_then(|fact| fact.person.zip(fact.other));
        let (person, other) = last.map_or(after, |(p, o)| (p.number(), o.number()));
        Ok((Stage::Friends(person, other), facts))
    }

    fn gone(
        &self,
        kind: FactObjectKind,
        sql: &str,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Fact>, StoreError> {
        self.facts(sql, params![after, limit], |row| Ok(Fact::gone(kind, row.get(0)?)))
    }

    fn facts(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<Fact>,
    ) -> Result<Vec<Fact>, StoreError> {
        let mut statement = self.view.prepare_cached(sql)?;
        Ok(statement.query_map(params, read)?.collect::<Result<_, _>>()?)
    }
}

fn last_object(facts: &[Fact], after: i64) -> i64 {
    facts.last().and_then(|fact| fact.object).map_or(after, |object| object.id)
}

/// The stage after one that is read to its end.
const fn following(stage: Stage) -> Stage {
    match stage {
        Stage::People(_) => Stage::Groups(i64::MIN),
        Stage::Groups(_) => Stage::Members(i64::MIN, i64::MIN),
        Stage::Members(..) => Stage::Friends(i64::MIN, i64::MIN),
        Stage::Friends(..) => Stage::DeletedPosts(i64::MIN),
        Stage::DeletedPosts(_) => Stage::DeletedComments(i64::MIN),
        Stage::DeletedComments(_) | Stage::Done => Stage::Done,
    }
}
