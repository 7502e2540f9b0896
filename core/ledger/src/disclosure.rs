//! A disclosure's payload: input and output of the decision, node by node.

use crate::columns::{Column, Rows, step};
use crate::{ClassCount, DecodeError, Leaf, entry};
use minicbor::{Decode, Encode};
use model::{
    ClassMask, ContextNo, ObjectKind, ObjectNo, PersonNo, Position, Publication, Relation,
    Timestamp, limits,
};
use smallvec::SmallVec;

/// Bytes for which room is made before a payload is spelt: most columns take one a node, objects and times some more.
const BYTES_BASE: usize = 256;
const BYTES_NODE: usize = 12;
/// Distinct masks in one disclosure: each is up to 25 bytes of the leaf, which has room for 65,535.
const HISTOGRAM_MAX: usize = 2_048;
const _: () =
    assert!(HISTOGRAM_MAX * 25 + 1_024 < limits::LEAF_BYTES_MAX, "a leaf must fit a tile");

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
    /// Source network, truncated to /24 (three bytes) or /48 (six), so that a stolen token shows.
    pub network: Option<Vec<u8>>,
    /// Up to when the platform's facts were complete.
    pub facts_up_to: Timestamp,
    /// The context that the request itself named: where the actions that it needs were decided.
    pub context: Option<ContextNo>,
    /// Position of the permit of the write that this answers.
    pub permit: Option<Position>,
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
    facts_up_to: Timestamp,
    #[n(3)]
    context: Option<ContextNo>,
    #[n(4)]
    permit: Option<Position>,
    // -- tables --
    /// Distinct templates, ascending.
    #[n(5)]
    templates: Vec<Template>,
    /// Distinct masks released, ascending.
    #[n(6)]
    masks: Vec<ClassMask>,
    /// Distinct people, ascending, as differences.
    #[n(7)]
    people: Rows,
    /// Distinct contexts, ascending, as differences.
    #[n(8)]
    contexts: Rows,
    // -- a row a node --
    /// Spelt row by row even where all are equal: so that a payload has a byte for each node that it claims.
    #[n(9)]
    template: Rows,
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
    /// Differences.
    #[n(14)]
    object: Column,
    /// 0: none, else index into `contexts` plus one.
    #[n(15)]
    record_context: Column,
    #[n(16)]
    publication: Column,
    /// Differences of milliseconds; a record without a time repeats the one before it.
    #[n(17)]
    time: Column,
    /// 1: has a time.
    #[n(18)]
    timed: Column,
    #[n(19)]
    relation: Column,
}

/// Three bytes of an IPv4 network or six of an IPv6 one, so that no full address gets into the log by mistake.
pub(crate) const fn check_network(network: Option<&[u8]>) -> Result<(), DecodeError> {
    match network {
        None | Some([_, _, _] | [_, _, _, _, _, _]) => Ok(()),
        Some(_) => Err(DecodeError::Column("network")),
    }
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

    /// Whether this can be recorded: every entry that is written must be one that can be read.
    ///
    /// # Errors
    /// [`DecodeError::Column`] names what has no spelling. Such an answer must not be released.
    pub fn check(&self) -> Result<(), DecodeError> {
        let wrong = |yes: bool, name| if yes { Err(DecodeError::Column(name)) } else { Ok(()) };
        wrong(self.nodes.len() > limits::DISCLOSURE_NODES_MAX, "template")?;
        wrong(self.nodes.len() != self.released.len(), "released")?;
        check_network(self.network.as_deref())?;
        for ((node, mask), row) in self.nodes.iter().zip(&self.released).zip(0u32..) {
            wrong(node.within.is_some_and(|within| within >= row), "within")?;
            wrong(!node.asked.covers(*mask), "released")?;
            if let About::People(people) = &node.about {
                wrong(people.is_empty(), "about-count")?;
                wrong(!people.is_sorted_by(|a, b| a < b), "about")?;
            }
        }
        wrong(distinct(self.released.iter()).len() > HISTOGRAM_MAX, "masks")
    }

    /// The one spelling in bytes. What [`DisclosurePayload::check`] refuses has none, and is not read back.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let rows: Vec<Template> = self.templates();
        let templates = distinct(rows.iter().cloned());
        let masks = distinct(self.released.iter().copied());
        let people = distinct(self.people().map(|person| u64::from(person.0)));
        let records: Vec<&RecordFacts> =
            self.nodes.iter().filter_map(|node| node.record.as_ref()).collect();
        let contexts =
            distinct(records.iter().filter_map(|r| r.context).map(|context| u64::from(context.0)));
        let per_record =
            |f: &dyn Fn(&RecordFacts) -> u64| records.iter().map(|r| f(r)).collect::<Vec<u64>>();
        let within = |(node, row): (&Node, u64)| {
            node.within.map_or(0, |within| row.saturating_sub(within.into()))
        };
        let about_count = |node: &Node| match &node.about {
            About::People(people) => people.len() as u64,
            About::Nobody | About::Unresolvable => 0,
        };
        let room = BYTES_BASE + BYTES_NODE * rows.len();
        entry::to_vec_in(
            Vec::with_capacity(room),
            &Wire {
                acting: self.acting,
                network: self.network.clone(),
                facts_up_to: self.facts_up_to,
                context: self.context,
                permit: self.permit,
                template: Rows(rows.iter().map(|row| index_of(&templates, row)).collect()),
                templates,
                released: Column::of(
                    self.released.iter().map(|mask| index_of(&masks, mask)).collect(),
                ),
                masks,
                within: Column::of(self.nodes.iter().zip(0u64..).map(within).collect()),
                about_count: Column::of(self.nodes.iter().map(about_count).collect()),
                about: Column::of(self.people().map(|p| index_of(&people, &p.0.into())).collect()),
                people: Rows::deltas(&people),
                object: Column::deltas(&per_record(&|r| r.object.0)),
                record_context: Column::of(per_record(&|r| {
                    r.context.map_or(0, |c| index_of(&contexts, &c.0.into()) + 1)
                })),
                contexts: Rows::deltas(&contexts),
                publication: Column::of(per_record(&|r| r.publication.code().into())),
                time: Column::deltas(&times(&records)),
                timed: Column::of(per_record(&|r| r.time.is_some().into())),
                relation: Column::of(per_record(&|r| r.relation.0.into())),
            },
        )
    }

    /// Reads a payload. Whether the spelling is canonical is the caller's check.
    ///
    /// Takes memory in proportion to the bytes given: a node and a person of a node cost a byte each.
    ///
    /// # Errors
    /// Bytes that are not of this shape, or columns that point outside their tables.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let wire: Wire = minicbor::decode(bytes)?;
        let rows = wire.template.0.len();
        if rows > limits::DISCLOSURE_NODES_MAX {
            return Err(DecodeError::Column("template"));
        }
        let people = wire.people.undelta().ok_or(DecodeError::Column("people"))?;
        let contexts = wire.contexts.undelta().ok_or(DecodeError::Column("contexts"))?;
        let mut cursor = Cursor {
            wire: &wire,
            people: &people,
            contexts: &contexts,
            about: 0,
            record: 0,
            object: 0,
            time: 0,
        };
        let mut nodes = Vec::with_capacity(rows);
        let mut released = Vec::with_capacity(rows);
        for row in 0..rows {
            nodes.push(cursor.node(row)?);
            let mask = wire.released.at(row).and_then(|i| wire.masks.get(usize::try_from(i).ok()?));
            released.push(*mask.ok_or(DecodeError::Column("released"))?);
        }
        let payload = Self {
            acting: wire.acting,
            network: wire.network,
            facts_up_to: wire.facts_up_to,
            context: wire.context,
            permit: wire.permit,
            nodes,
            released,
        };
        payload.check()?;
        Ok(payload)
    }

    /// Records of which nothing at all was released.
    fn withheld_records(&self) -> u32 {
        // Index of the node at which the record of each node begins.
        let mut begins: Vec<Option<usize>> = Vec::with_capacity(self.nodes.len());
        let mut is_empty: Vec<bool> = Vec::with_capacity(self.nodes.len());
        for (row, node) in self.nodes.iter().enumerate() {
            is_empty.push(node.record.is_some());
            if node.record.is_some() {
                begins.push(Some(row));
            } else {
                let around = node.within.and_then(|within| begins.get(within as usize)).copied();
                begins.push(around.flatten());
            }
        }
        for (begin, mask) in begins.iter().zip(&self.released) {
            let begin = begin.filter(|_| !mask.is_empty()).and_then(|row| is_empty.get_mut(row));
            if let Some(is_empty) = begin {
                *is_empty = false;
            }
        }
        u32::try_from(is_empty.iter().filter(|is_empty| **is_empty).count()).unwrap_or(u32::MAX)
    }

    /// Starts the leaf of this disclosure: counts and histogram. The caller adds app, chain, operation and so on.
    #[must_use]
    pub fn leaf(&self) -> Leaf {
        let mut masks: Vec<ClassMask> =
            self.released.iter().copied().filter(|mask| !mask.is_empty()).collect();
        masks.sort_unstable();
        let histogram = masks.chunk_by(|one, other| one == other).filter_map(|same| {
            let nodes = u32::try_from(same.len()).unwrap_or(u32::MAX);
            same.first().map(|classes| ClassCount { classes: *classes, nodes })
        });
        let shown = self
            .nodes
            .iter()
            .zip(&self.released)
            .filter(|(_, mask)| !mask.is_empty())
            .filter_map(|(node, _)| match &node.about {
                About::People(people) => Some(people.iter().copied()),
                About::Nobody | About::Unresolvable => None,
            })
            .flatten();
        let shown = distinct(shown);
        let withheld = self.withheld_records();
        let records = self.nodes.iter().filter(|node| node.record.is_some()).count();
        Leaf {
            kind: crate::leaf::kind::DISCLOSURE,
            count: u32::try_from(records).ok(),
            people: u32::try_from(shown.len()).ok(),
            withheld: Some(withheld),
            histogram: Some(histogram.collect()),
            ..Leaf::blank()
        }
    }
}

/// Each value once, ascending.
fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    // Neighbours mostly repeat each other: few are left to be sorted.
    values.dedup();
    values.sort_unstable();
    values.dedup();
    values
}

fn times(records: &[&RecordFacts]) -> Vec<u64> {
    let mut last = 0;
    records
        .iter()
        .map(|record| {
            last = record.time.map_or(last, |time| time.0);
            last
        })
        .collect()
}

/// Where reading stands in the columns that have a row a person or a record.
struct Cursor<'a> {
    wire: &'a Wire,
    people: &'a [u32],
    contexts: &'a [u32],
    about: usize,
    record: usize,
    object: u64,
    time: u64,
}

impl Cursor<'_> {
    fn node(&mut self, row: usize) -> Result<Node, DecodeError> {
        let template = self.wire.template.0.get(row);
        let template = template.and_then(|i| self.wire.templates.get(usize::try_from(*i).ok()?));
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
        let wrong = || DecodeError::Column("about");
        let mut people: SmallVec<[PersonNo; 1]> = SmallVec::new();
        for _ in 0..count {
            let index = self.wire.about.at(self.about).and_then(|i| usize::try_from(i).ok());
            let person = index.and_then(|i| self.people.get(i)).map(|number| PersonNo(*number));
            let person = person.ok_or_else(wrong)?;
            // Ascending as they come: a count that lies ends at the second of two equal people.
            if people.last().is_some_and(|last| *last >= person) {
                return Err(wrong());
            }
            people.push(person);
            self.about += 1;
        }
        Ok(About::People(people))
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
        let context = match read(&self.wire.record_context, "context")? {
            0 => None,
            one_more => {
                let index = usize::try_from(one_more - 1).ok();
                let number = index
                    .and_then(|i| self.contexts.get(i))
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
