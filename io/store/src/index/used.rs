//! The index's counts of use: gathered in memory from a run of entries, written with one upsert a row and day.

use crate::open::Store;
use ledger::{Event, Leaf, Payload, kind};
use model::{
    AppNo, Chain, ClassMask, ClassNo, ContextNo, PartnerNo, Position, ProgramNo, PurposeNo,
    Timestamp,
};
use rusqlite::{Row, Transaction, params};
use sequence::StoreError;
use std::collections::{BTreeMap, BTreeSet};
use usage::{DAY_MS, Feature, Happened, ShownDay, UsedDay, UsedPlace};

/// Kinds of control events below this belong to the register: documents, partners, apps, programs, agreements. Of the
/// others, marks of use and reviews do: they keep classes available to an app, or take them away.
const REGISTER_KINDS_END: u16 = 40;

/// App, program, purpose, class, day.
type UsedKey = (u32, u16, u16, u8, u64);

struct Count {
    disclosures: u64,
    records: u64,
    first_at: Timestamp,
    last_at: Timestamp,
}

struct Life {
    position: Position,
    at: Timestamp,
    is_end: bool,
}

/// What a run of entries adds.
#[derive(Default)]
pub(super) struct UsedChunk {
    used: BTreeMap<UsedKey, Count>,
    /// App, class, day: people seen for the first time that day.
    shown: BTreeMap<(u32, u8, u64), u64>,
    places: BTreeMap<(u32, u32), (u64, Timestamp)>,
    lives: Vec<(Chain, Life)>,
    register: Vec<(Position, Option<u32>, Option<u32>)>,
}

impl UsedChunk {
    /// Counts a disclosure or a permitted write by its leaf alone: payloads may be gone.
    pub(super) fn leaf(&mut self, leaf: &Leaf, is_answer_to_write: bool) {
        let (Some(app), Some(program), Some(purpose)) = (leaf.app, leaf.program, leaf.purpose)
        else {
            return;
        };
        let day = leaf.time.0 / DAY_MS;
        let histogram = leaf.histogram.as_deref().unwrap_or_default();
        let released = histogram.iter().fold(ClassMask::NONE, |mask, one| mask | one.classes);
        // The permit of a write counts its actions; the answer would count them again.
        let actions =
            leaf.classes.filter(|_| !is_answer_to_write).unwrap_or_default().without(released);
        for class in (released | actions).iter() {
            let with = histogram.iter().filter(|one| one.classes.has(class));
            let records = with.map(|one| u64::from(one.nodes)).sum::<u64>();
            let key = (app.0, program.0, purpose.0, class.number(), day);
            let count = self.used.entry(key).or_insert(Count {
                disclosures: 0,
                records: 0,
                first_at: leaf.time,
                last_at: leaf.time,
            });
            count.disclosures += 1;
            count.records += records;
            count.last_at = leaf.time;
        }
    }

    /// An answer carried something of a context.
    pub(super) fn place(&mut self, app: AppNo, context: ContextNo, at: Timestamp) {
        let place = self.places.entry((app.0, context.0)).or_insert((0, at));
        place.0 += 1;
        place.1 = at;
    }

    /// These classes were about somebody for the first time on that day.
    pub(super) fn person(&mut self, app: u32, day: u64, classes: ClassMask) {
        for class in classes.iter() {
            *self.shown.entry((app, class.number(), day)).or_default() += 1;
        }
    }

    /// A control event, of which `leaf` says what kind.
    pub(super) fn control(&mut self, position: Position, leaf: &Leaf, event: &Event) {
        let of_register = (kind::CONTROL_FIRST..REGISTER_KINDS_END).contains(&leaf.kind);
        let opens = matches!(
            event,
            Event::ClassesUsed(_) | Event::ReviewPassed(_) | Event::ReviewWithdrawn(_)
        );
        if of_register || opens {
            let (partner, app) = (leaf.partner.map(|no| no.0), leaf.app.map(|no| no.0));
            self.register.push((position, partner, app));
        }
        let at = leaf.time;
        let (chain, is_end) = match event {
            Event::InstallationMade(event) => (Chain::Installation(event.installation), false),
            Event::InstallationEnded(event) => (Chain::Installation(event.installation), true),
            Event::GrantMade(event) => (Chain::Grant(event.grant), false),
            Event::GrantEnded(event) => (Chain::Grant(event.grant), true),
            _ => return,
        };
        self.lives.push((chain, Life { position, at, is_end }));
    }

    pub(super) fn write(self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        let mut used = transaction.prepare_cached(
            "INSERT INTO used (app, program, purpose, class, day, disclosures, records, first_at, last_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (app, program, purpose, class, day) DO UPDATE SET
             disclosures = disclosures + excluded.disclosures, records = records + excluded.records,
             last_at = excluded.last_at",
        )?;
        for ((app, program, purpose, class, day), count) in self.used {
            let Count { disclosures, records, first_at, last_at } = count;
            let (first, last) = (first_at.0, last_at.0);
            used.execute(params![
                app,
                program,
                purpose,
                class,
                day,
                disclosures,
                records,
                first,
                last
            ])?;
        }
        let mut shown = transaction.prepare_cached(
            "INSERT INTO shown (app, class, day, people) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (app, class, day) DO UPDATE SET people = people + excluded.people",
        )?;
        for ((app, class, day), people) in self.shown {
            shown.execute(params![app, class, day, people])?;
        }
        let mut place = transaction.prepare_cached(
            "INSERT INTO place (app, context, disclosures, last_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (app, context) DO UPDATE SET
             disclosures = disclosures + excluded.disclosures, last_at = excluded.last_at",
        )?;
        for ((app, context), (disclosures, last_at)) in self.places {
            place.execute(params![app, context, disclosures, last_at.0])?;
        }
        write_lives(transaction, self.lives)?;
        let mut register = transaction.prepare_cached(
            "INSERT OR IGNORE INTO register (position, partner, app) VALUES (?1, ?2, ?3)",
        )?;
        for (position, partner, app) in self.register {
            register.execute(params![position.0, partner, app])?;
        }
        Ok(())
    }
}

const fn key(chain: Chain) -> (u8, u32) {
    match chain {
        Chain::Installation(no) => (1, no.0),
        Chain::Grant(no) => (2, no.0),
    }
}

fn write_lives(transaction: &Transaction<'_>, lives: Vec<(Chain, Life)>) -> rusqlite::Result<()> {
    // A grant that is made again, with another choice, goes on.
    let mut made = transaction.prepare_cached(
        "INSERT OR IGNORE INTO life (kind, number, made, made_at) VALUES (?1, ?2, ?3, ?4)",
    )?;
    let mut ended = transaction.prepare_cached(
        "UPDATE life SET ended = ?3, ended_at = ?4 WHERE kind = ?1 AND number = ?2",
    )?;
    for (chain, Life { position, at, is_end }) in lives {
        let (kind, number) = key(chain);
        let statement = if is_end { &mut ended } else { &mut made };
        statement.execute(params![kind, number, position.0, at.0])?;
    }
    Ok(())
}

/// The life of an installation or grant, as its events tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainLife {
    /// Where it was made.
    pub made: Position,
    /// When.
    pub made_at: Timestamp,
    /// Where and when it was ended, if it was.
    pub ended: Option<(Position, Timestamp)>,
}

fn used_day(row: &Row<'_>) -> rusqlite::Result<Option<UsedDay>> {
    let Some(class) = ClassNo::new(row.get(3)?) else { return Ok(None) };
    Ok(Some(UsedDay {
        app: AppNo(row.get(0)?),
        feature: Feature { program: ProgramNo(row.get(1)?), purpose: PurposeNo(row.get(2)?) },
        class,
        day: row.get(4)?,
        disclosures: row.get(5)?,
        records: row.get(6)?,
        first_at: Timestamp(row.get(7)?),
        last_at: Timestamp(row.get(8)?),
    }))
}

impl Store {
    /// What an app used since a day, by feature, class and day, up to [`Store::indexed_to`]. Call it from a blocking thread.
    ///
    /// # Errors
    /// The store cannot be read, or its index is being made again.
    pub fn used(&self, app: AppNo, since_day: u64) -> Result<Vec<UsedDay>, StoreError> {
        self.counted(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT app, program, purpose, class, day, disclosures, records, first_at, last_at
                 FROM used WHERE app = ?1 AND day >= ?2",
            )?;
            let rows = statement.query_map(params![app.0, since_day], used_day)?;
            rows.filter_map(Result::transpose).collect()
        })
    }

    /// How many people each class was about that an app used since a day, by day.
    ///
    /// # Errors
    /// The store cannot be read, or its index is being made again.
    pub fn shown(&self, app: AppNo, since_day: u64) -> Result<Vec<ShownDay>, StoreError> {
        self.counted(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT class, day, people FROM shown WHERE app = ?1 AND day >= ?2",
            )?;
            let rows = statement.query_map(params![app.0, since_day], |row| {
                Ok((ClassNo::new(row.get(0)?), row.get(1)?, row.get(2)?))
            })?;
            let row = |(class, day, people): (Option<ClassNo>, u64, u64)| {
                class.map(|class| ShownDay { app, class, day, people })
            };
            rows.filter_map(|found| found.map(row).transpose()).collect()
        })
    }

    /// Groups and conversations that an app took something of, ever.
    ///
    /// # Errors
    /// The store cannot be read, or its index is being made again.
    pub fn places(&self, app: AppNo) -> Result<Vec<UsedPlace>, StoreError> {
        self.counted(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT context, disclosures, last_at FROM place WHERE app = ?1 ORDER BY context",
            )?;
            let rows = statement.query_map([app.0], |row| {
                Ok(UsedPlace {
                    context: ContextNo(row.get(0)?),
                    disclosures: row.get(1)?,
                    last_at: Timestamp(row.get(2)?),
                })
            })?;
            rows.collect()
        })
    }

    /// When an installation or grant was made and ended.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn life(&self, chain: Chain) -> Result<Option<ChainLife>, StoreError> {
        let (kind, number) = key(chain);
        self.indexed(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT made, made_at, ended, ended_at FROM life WHERE kind = ?1 AND number = ?2",
            )?;
            let mut rows = statement.query(params![kind, number])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let (ended, at): (Option<u64>, Option<u64>) = (row.get(2)?, row.get(3)?);
            Ok(Some(ChainLife {
                made: Position(row.get(0)?),
                made_at: Timestamp(row.get(1)?),
                ended: ended.zip(at).map(|(ended, at)| (Position(ended), Timestamp(at))),
            }))
        })
    }

    /// Control events of the register that name one of these partners or apps, oldest first; with `general`, those too that
    /// name neither and so concern everybody.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn register_events(
        &self,
        partners: &BTreeSet<PartnerNo>,
        apps: &BTreeSet<AppNo>,
        general: General,
    ) -> Result<Vec<Happened>, StoreError> {
        let positions = self.indexed(|connection| {
            let mut positions: BTreeSet<u64> = BTreeSet::new();
            let mut of_partner =
                connection.prepare_cached("SELECT position FROM register WHERE partner = ?1")?;
            for no in partners {
                positions.extend(rows(&mut of_partner, params![no.0])?);
            }
            let mut of_app =
                connection.prepare_cached("SELECT position FROM register WHERE app = ?1")?;
            for no in apps {
                positions.extend(rows(&mut of_app, params![no.0])?);
            }
            if general == General::Too {
                let mut of_none = connection.prepare_cached(
                    "SELECT position FROM register WHERE partner IS NULL AND app IS NULL",
                )?;
                positions.extend(rows(&mut of_none, params![])?);
            }
            Ok(positions)
        })?;
        positions.into_iter().filter_map(|at| self.happened(Position(at)).transpose()).collect()
    }

    /// A control event.
    pub(crate) fn happened(&self, position: Position) -> Result<Option<Happened>, StoreError> {
        let Some(stored) = self.entry(position)? else { return Ok(None) };
        let payload =
            stored.read_payload().map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let Some(Payload::Control(event)) = payload else { return Ok(None) };
        Ok(Some(Happened { position: stored.position, time: stored.time, event }))
    }
}

/// Whether events are wanted that name no partner and no app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum General {
    /// They are.
    Too,
    /// They are not.
    Not,
}

fn rows(
    statement: &mut rusqlite::Statement<'_>,
    parameters: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<Vec<u64>> {
    statement.query_map(parameters, |row| row.get(0))?.collect()
}
