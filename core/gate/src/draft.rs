//! An answer that was read and of which nothing was decided yet.

use crate::json::Span;
use crate::mismatch::Mismatch;
use crate::resume::Resume;
use ledger::{About, Node, RecordFacts};
use model::{
    ClassMask, ContextNo, IdentifierKind, ObjectKind, ObjectNo, PersonNo, Publication, Relation,
    Timestamp,
};
use smallvec::SmallVec;

/// Whom a node is about, by indices of references; ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DraftAbout {
    Nobody,
    Unresolvable,
    People(SmallVec<[u32; 2]>),
}

/// A record by references.
#[derive(Debug, Clone)]
pub(crate) struct DraftRecord {
    pub(crate) kind: ObjectKind,
    pub(crate) id: Option<u32>,
    pub(crate) context: Option<u32>,
    pub(crate) publication: Publication,
    pub(crate) time: Option<Timestamp>,
    pub(crate) relation: Relation,
}

/// A node by references.
#[derive(Debug, Clone)]
pub(crate) struct DraftNode {
    pub(crate) within: Option<u32>,
    pub(crate) record: Option<DraftRecord>,
    pub(crate) about: DraftAbout,
    pub(crate) presence: ClassMask,
    pub(crate) asked: ClassMask,
}

/// What a piece of the answer becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// Appears if its presence classes may leave, or, without such, if anything in it appears.
    Object,
    /// Appears if anything in it appears.
    List,
    /// Appears even if nothing is in it.
    KeptList,
    /// Copied as it is.
    Copy(Span),
    /// The pairwise id of a reference.
    Id(u32),
    /// A gate URL for a reference.
    Media(u32),
    /// A sealed cursor.
    Cursor(u32),
}

/// A property or element that may appear. What the catalog does not let leave has no piece.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    /// Node that it belongs to.
    pub(crate) node: u32,
    /// All of these must be released of the node.
    pub(crate) classes: ClassMask,
    /// The key with its quotes; none for elements.
    pub(crate) name: Span,
    /// Index of the piece after it and everything in it.
    pub(crate) end: u32,
    pub(crate) what: What,
}

/// Text of a reference.
#[derive(Clone)]
pub(crate) enum IdText {
    Raw(Span),
    Owned(Box<str>),
}

/// An item of the page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    /// Its piece, if it has anything that could leave.
    pub(crate) piece: Option<u32>,
    /// Number of nodes before it.
    pub(crate) node: u32,
}

/// The list of an answer that is a page.
#[derive(Clone)]
pub(crate) struct PageDraft {
    /// Piece of the list.
    pub(crate) list: Option<u32>,
    /// Where the page begins by its request.
    pub(crate) from: Resume,
    /// Index of the list's first item that was read: those before it had been shown.
    pub(crate) skipped: u32,
    pub(crate) items: Vec<Item>,
    /// Number of nodes before whatever comes after the list.
    pub(crate) nodes_end: u32,
    /// Where the upstream goes on.
    pub(crate) next: Option<String>,
    /// Name of the property that says so, as JSON.
    pub(crate) cursor_name: Vec<u8>,
    /// Name of the list, as JSON.
    pub(crate) list_name: Vec<u8>,
}

/// A page of an upstream in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageInfo<'d> {
    /// Items in its list, without those that were skipped.
    pub items: usize,
    /// Items that were skipped.
    pub skipped: usize,
    /// The upstream's cursor for what comes after it.
    pub next: Option<&'d str>,
}

/// An upstream's id and what kind of thing it names.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference<'d> {
    /// Kind.
    pub kind: IdentifierKind,
    /// The upstream's id.
    pub id: &'d str,
}

/// Tells the number of what an upstream's id names.
pub trait Resolve {
    /// The number: a person's, a context's for groups, else an object's; `None` if there is none.
    fn number(&self, kind: IdentifierKind, id: &str) -> Option<u64>;
}

/// An answer, walked along its shape: which parts could leave, whom they are about, and what they are called outside.
/// It has no `Debug`, because it holds what people wrote.
#[derive(Clone)]
pub struct Draft {
    pub(crate) text: String,
    pub(crate) nodes: Vec<DraftNode>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) references: Vec<(IdentifierKind, IdText)>,
    pub(crate) cursors: Vec<String>,
    /// Classes of numbers below their minimum, by node.
    pub(crate) too_few: Vec<(u32, ClassMask)>,
    pub(crate) mismatches: Vec<Mismatch>,
    pub(crate) page: Option<PageDraft>,
}

impl Draft {
    /// What must be resolved to numbers, each once: people, groups, objects and media.
    pub fn references(&self) -> impl Iterator<Item = Reference<'_>> {
        self.references.iter().map(|(kind, id)| Reference {
            kind: *kind,
            id: match id {
                IdText::Raw(span) => span.of(&self.text),
                IdText::Owned(text) => text,
            },
        })
    }

    /// What the answer held that the catalog does not describe.
    #[must_use]
    pub fn mismatches(&self) -> &[Mismatch] {
        &self.mismatches
    }

    /// Its page in numbers; `None` where the answer is no page.
    #[must_use]
    pub fn page_info(&self) -> Option<PageInfo<'_>> {
        self.page.as_ref().map(|page| PageInfo {
            items: page.items.len(),
            skipped: page.skipped as usize,
            next: page.next.as_deref(),
        })
    }

    /// Numbers of the references, in their order.
    pub(crate) fn numbers(&self, resolver: &dyn Resolve) -> Vec<Option<u64>> {
        self.references().map(|one| resolver.number(one.kind, one.id)).collect()
    }

    /// The nodes with numbers, from `base` on; `cut` are left out.
    pub(crate) fn ledger_nodes(
        &self,
        numbers: &[Option<u64>],
        keep: impl Fn(u32) -> Option<u32>,
    ) -> Vec<Node> {
        let number = |index: u32| numbers.get(index as usize).copied().flatten();
        let small = |index: u32| number(index).and_then(|number| u32::try_from(number).ok());
        let people = |people: &SmallVec<[u32; 2]>| {
            let mut found = people
                .iter()
                .map(|person| small(*person).map(PersonNo))
                .collect::<Option<SmallVec<[PersonNo; 1]>>>()?;
            found.sort_unstable();
            found.dedup();
            Some(found).filter(|found| !found.is_empty())
        };
        let mut nodes = Vec::with_capacity(self.nodes.len());
        for (node, index) in self.nodes.iter().zip(0u32..) {
            if keep(index).is_none() {
                continue;
            }
            let record = node.record.as_ref().map(|record| {
                let object = record.id.and_then(number);
                RecordFacts {
                    kind: record.kind,
                    object: ObjectNo(object.unwrap_or(0)),
                    context: record.context.and_then(small).map(ContextNo),
                    // A record that cannot be named could not be found again when somebody asks who saw it.
                    publication: if object.is_some() {
                        record.publication
                    } else {
                        Publication::Unknown
                    },
                    time: record.time,
                    relation: record.relation,
                }
            });
            let nameless =
                node.record.as_ref().is_some_and(|record| record.id.and_then(number).is_none());
            let about = match &node.about {
                DraftAbout::Nobody => About::Nobody,
                DraftAbout::Unresolvable => About::Unresolvable,
                DraftAbout::People(_) if nameless => About::Unresolvable,
                DraftAbout::People(list) => people(list).map_or(About::Unresolvable, About::People),
            };
            nodes.push(Node {
                within: node.within.and_then(&keep),
                record,
                about,
                presence: node.presence,
                asked: node.asked,
            });
        }
        nodes
    }
}
