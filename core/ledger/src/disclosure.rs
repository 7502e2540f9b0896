//! A disclosure's payload: input and output of the decision, node by node.

use crate::columns::Column;
use crate::{ClassCount, DecodeError, Leaf, entry};
use minicbor::{Decode, Encode};
use model::{
    ClassMask, ContextNo, ObjectKind, ObjectNo, PersonNo, Publication, Relation, Timestamp,
};
use smallvec::SmallVec;
use std::collections::{BTreeMap, BTreeSet};

/// Whom a node is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// Nobody: a group's name.
    Nobody,
    /// It should be about somebody, and nobody can tell whom: withheld.
    Unresolvable,
    /// All of these people; ascending, without repetition, never empty.
    People(SmallVec<[PersonNo; 1]>),
}

/// What the upstream said of a record and what decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFacts {
    /// What kind of thing.
    pub kind: ObjectKind,
    /// Its number.
    pub object: ObjectNo,
    /// Where it stands; `None` where the catalog names no context.
    pub context: Option<ContextNo>,
    /// Publication state.
    pub publication: Publication,
    /// Its time, if it has one.
    pub time: Option<Timestamp>,
    /// Relation of the acting person.
    pub relation: Relation,
}

/// A node of an answer: the part of a record that is about the same people. Parents stand before children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Index of the node that it stands within; a node within one that is withheld is withheld.
    pub within: Option<u32>,
    /// Set where a record begins; other nodes belong to the record of the node they stand within.
    pub record: Option<RecordFacts>,
    /// Whom it is about.
    pub about: About,
    /// Classes without all of which the node does not appear.
    pub presence: ClassMask,
    /// Classes that the answer would carry.
    pub asked: ClassMask,
}

/// Everything that decided a disclosure, and what it let out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosurePayload {
    /// The acting person; none for installation tokens.
    pub acting: Option<PersonNo>,
    /// Source network, truncated to /24 or /48, so that a stolen token shows.
    pub network: Option<Vec<u8>>,
    /// Up to when the platform's facts were complete.
    pub facts_up_to: Option<Timestamp>,
    /// The nodes in order.
    pub nodes: Vec<Node>,
    /// What was released of each node.
    pub released: Vec<ClassMask>,
}

/// What repeats from node to node, once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
struct Template {
    #[n(0)]
    presence: ClassMask,
    #[n(1)]
    asked: ClassMask,
    /// 0: about nobody, 1: unresolvable, 2: people.
    #[n(2)]
    about: u8,
    /// Kind of the record that begins here; 0: none.
    #[n(3)]
    record: u8,
}

/// The columns as they are spelt. See `entry.cddl`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
struct Wire {
    #[n(0)]
    acting: Option<PersonNo>,
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    network: Option<Vec<u8>>,
    #[n(2)]
    facts_up_to: Option<Timestamp>,
    /// Number of nodes.
    #[n(3)]
    rows: u32,
    #[n(4)]
    templates: Vec<Template>,
    /// Distinct masks released, ascending.
    #[n(5)]
    masks: Vec<ClassMask>,
    /// Distinct people, ascending, as differences.
    #[n(6)]
    people: Column,
    #[n(7)]
    people_rows: u32,
    /// Distinct contexts, ascending.
    #[n(8)]
    contexts: Vec<u32>,
    // -- a row a node --
    #[n(9)]
    template: Column,
    #[n(10)]
    released: Column,
    /// 0: outermost, else how many rows back the node stands that it is within.
    #[n(11)]
    within: Column,
    /// How many people.
    #[n(12)]
    about_count: Column,
    // -- a row a person of a node --
    #[n(13)]
    about: Column,
    // -- a row a record --
    #[n(14)]
    object: Column,
    /// 0: none, else index into `contexts` plus one.
    #[n(15)]
    context: Column,
    #[n(16)]
    publication: Column,
    /// Differences; 0 time with `timed` 0 means none.
    #[n(17)]
    time: Column,
    #[n(18)]
    timed: Column,
    #[n(19)]
    relation: Column,
}

fn index_of<T: Ord>(sorted: &[T], value: &T) -> u64 {
    sorted.binary_search(value).unwrap_or(usize::MAX) as u64
}

impl DisclosurePayload {
    fn templates(&self) -> Vec<Template> {
        self.nodes
            .iter()
            .map(|node| Template {
                presence: node.presence,
                asked: node.asked,
                about: match node.about {
                    About::Nobody => 0,
                    About::Unresolvable => 1,
                    About::People(_) => 2,
                },
                record: node.record.as_ref().map_or(0, |record| record.kind.code()),
            })
            .collect()
    }

    fn people(&self) -> impl Iterator<Item = PersonNo> {
        self.nodes
            .iter()
            .flat_map(|node| match &node.about {
                About::People(people) => people.as_slice(),
                About::Nobody | About::Unresolvable => &[],
            })
            .copied()
    }

    /// The one spelling in bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let rows: Vec<Template> = self.templates();
        let templates: Vec<Template> =
            rows.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect();
        let masks: Vec<ClassMask> =
            self.released.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        let people: Vec<u64> =
            self.people().map(|p| u64::from(p.0)).collect::<BTreeSet<_>>().into_iter().collect();
        let records: Vec<&RecordFacts> =
            self.nodes.iter().filter_map(|node| node.record.as_ref()).collect();
        let contexts: Vec<u32> = records
            .iter()
            .filter_map(|r| r.context)
            .map(|c| c.0)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let per_record =
            |f: &dyn Fn(&RecordFacts) -> u64| records.iter().map(|r| f(r)).collect::<Vec<u64>>();
        entry::to_vec(&Wire {
            acting: self.acting,
            network: self.network.clone(),
            facts_up_to: self.facts_up_to,
            rows: u32::try_from(self.nodes.len()).unwrap_or(u32::MAX),
            template: Column::of(rows.iter().map(|row| index_of(&templates, row)).collect()),
            templates,
            released: Column::of(self.released.iter().map(|mask| index_of(&masks, mask)).collect()),
            masks,
            within: Column::of(
                self.nodes
                    .iter()
                    .zip(0u64..)
                    .map(|(node, row)| node.within.map_or(0, |w| row.saturating_sub(w.into())))
                    .collect(),
            ),
            about_count: Column::of(
                self.nodes
                    .iter()
                    .map(|node| match &node.about {
                        About::People(people) => people.len() as u64,
                        About::Nobody | About::Unresolvable => 0,
                    })
                    .collect(),
            ),
            about: Column::of(self.people().map(|p| index_of(&people, &p.0.into())).collect()),
            people_rows: u32::try_from(people.len()).unwrap_or(u32::MAX),
            people: Column::deltas(&people),
            object: Column::deltas(&per_record(&|r| r.object.0)),
            context: Column::of(per_record(&|r| {
                r.context.map_or(0, |c| index_of(&contexts, &c.0) + 1)
            })),
            contexts,
            publication: Column::of(per_record(&|r| r.publication.code().into())),
            time: Column::deltas(&per_record(&|r| r.time.map_or(0, |t| t.0))),
            timed: Column::of(per_record(&|r| r.time.is_some().into())),
            relation: Column::of(per_record(&|r| r.relation.0.into())),
        })
    }

    /// Reads a payload. Whether the spelling is canonical is the caller's check.
    ///
    /// # Errors
    /// Bytes that are not of this shape, or columns that point outside their tables.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let wire: Wire = minicbor::decode(bytes)?;
        let people = wire
            .people
            .undelta(bounded(wire.people_rows, bytes)?)
            .ok_or(DecodeError::Column("people"))?;
        let mut cursor =
            Cursor { wire: &wire, people: &people, about: 0, record: 0, object: 0, time: 0 };
        let rows = bounded(wire.rows, bytes)?;
        let mut nodes = Vec::with_capacity(rows);
        let mut released = Vec::with_capacity(rows);
        for row in 0..rows {
            nodes.push(cursor.node(row)?);
            let mask = wire.released.at(row).and_then(|i| wire.masks.get(usize::try_from(i).ok()?));
            released.push(*mask.ok_or(DecodeError::Column("released"))?);
        }
        Ok(Self {
            acting: wire.acting,
            network: wire.network,
            facts_up_to: wire.facts_up_to,
            nodes,
            released,
        })
    }

    /// Starts the leaf of this disclosure: counts and histogram. The caller adds app, chain, operation and so on.
    #[must_use]
    pub fn leaf(&self) -> Leaf {
        let mut histogram: BTreeMap<ClassMask, u32> = BTreeMap::new();
        for mask in self.released.iter().filter(|mask| !mask.is_empty()) {
            *histogram.entry(*mask).or_default() += 1;
        }
        let shown: BTreeSet<PersonNo> = self
            .nodes
            .iter()
            .zip(&self.released)
            .filter(|(_, mask)| !mask.is_empty())
            .filter_map(|(node, _)| match &node.about {
                About::People(people) => Some(people.iter().copied()),
                About::Nobody | About::Unresolvable => None,
            })
            .flatten()
            .collect();
        let withheld = self
            .nodes
            .iter()
            .zip(&self.released)
            .filter(|(n, m)| n.record.is_some() && m.is_empty())
            .count();
        let records = self.nodes.iter().filter(|node| node.record.is_some()).count();
        Leaf {
            kind: crate::leaf::kind::DISCLOSURE,
            count: u32::try_from(records).ok(),
            people: u32::try_from(shown.len()).ok(),
            withheld: u32::try_from(withheld).ok(),
            histogram: Some(
                histogram
                    .into_iter()
                    .map(|(classes, nodes)| ClassCount { classes, nodes })
                    .collect(),
            ),
            ..Leaf::blank()
        }
    }
}

/// A row count from outside: rows can be shared (`Same`), so the payload's length does not bound it; the limit does.
fn bounded(rows: u32, bytes: &[u8]) -> Result<usize, DecodeError> {
    let rows = rows as usize;
    let most = model::limits::RECORDS_MAX.saturating_mul(64).max(bytes.len());
    if rows > most { Err(DecodeError::Column("rows")) } else { Ok(rows) }
}

/// Where reading stands in the columns that have a row a person or a record.
struct Cursor<'a> {
    wire: &'a Wire,
    people: &'a [u64],
    about: usize,
    record: usize,
    object: u64,
    time: u64,
}

impl Cursor<'_> {
    fn node(&mut self, row: usize) -> Result<Node, DecodeError> {
        let template = self
            .wire
            .template
            .at(row)
            .and_then(|i| self.wire.templates.get(usize::try_from(i).ok()?));
        let template = template.ok_or(DecodeError::Column("template"))?.clone();
        let within = match self.wire.within.at(row).ok_or(DecodeError::Column("within"))? {
            0 => None,
            back => {
                let parent =
                    (row as u64).checked_sub(back).and_then(|parent| u32::try_from(parent).ok());
                Some(parent.ok_or(DecodeError::Column("within"))?)
            }
        };
        let count = self.wire.about_count.at(row).ok_or(DecodeError::Column("about-count"))?;
        let about = match (template.about, count) {
            (0, 0) => About::Nobody,
            (1, 0) => About::Unresolvable,
            (2, 1..) => self.people_of(count)?,
            _ => return Err(DecodeError::Column("about-count")),
        };
        let record =
            if template.record == 0 { None } else { Some(self.record_of(template.record)?) };
        Ok(Node { within, record, about, presence: template.presence, asked: template.asked })
    }

    fn people_of(&mut self, count: u64) -> Result<About, DecodeError> {
        let wrong = DecodeError::Column("about");
        if count > self.people.len() as u64 {
            return Err(wrong);
        }
        let mut people = SmallVec::new();
        for _ in 0..count {
            let index = self.wire.about.at(self.about).and_then(|i| usize::try_from(i).ok());
            let number =
                index.and_then(|i| self.people.get(i)).and_then(|n| u32::try_from(*n).ok());
            people.push(PersonNo(number.ok_or_else(|| wrong.clone())?));
            self.about += 1;
        }
        if people.windows(2).all(|pair| pair.first() < pair.last()) {
            Ok(About::People(people))
        } else {
            Err(wrong)
        }
    }

    fn record_of(&mut self, kind: u8) -> Result<RecordFacts, DecodeError> {
        let row = self.record;
        self.record += 1;
        let read = |column: &Column, name| column.at(row).ok_or(DecodeError::Column(name));
        let small = |column: &Column, name| {
            read(column, name)
                .and_then(|value| u8::try_from(value).map_err(|_| DecodeError::Column(name)))
        };
        self.object = step(self.object, read(&self.wire.object, "object")?);
        self.time = step(self.time, read(&self.wire.time, "time")?);
        let context = match read(&self.wire.context, "context")? {
            0 => None,
            one_more => {
                let index = usize::try_from(one_more - 1).ok();
                let number = index
                    .and_then(|i| self.wire.contexts.get(i))
                    .ok_or(DecodeError::Column("context"))?;
                Some(ContextNo(*number))
            }
        };
        Ok(RecordFacts {
            kind: ObjectKind::from_code(kind).ok_or(DecodeError::Column("kind"))?,
            object: ObjectNo(self.object),
            context,
            publication: Publication::from_code(small(&self.wire.publication, "publication")?)
                .ok_or(DecodeError::Column("publication"))?,
            time: (read(&self.wire.timed, "timed")? == 1).then_some(Timestamp(self.time)),
            relation: Relation(small(&self.wire.relation, "relation")?),
        })
    }
}

fn step(previous: u64, zigzag: u64) -> u64 {
    previous
        .wrapping_add(((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed()).cast_unsigned())
}
