//! A draft in numbers, ready to be decided; several upstream pages as one.
//!
//! A page of the gate is full of items that show, whatever was withheld between them, and has a cursor if and only if
//! one more item shows behind it: neither its length nor its end tells of anything withheld (invariant 9).

use crate::draft::{Draft, Resolve};
use crate::release::{Sketch, effective};
use crate::resume::Resume;
use ledger::{About, Node, RecordFacts};
use model::{ClassMask, Publication, Reason, Relation};
use std::sync::Arc;

/// One upstream answer within an [`Answer`].
#[derive(Clone)]
pub(crate) struct Segment {
    pub(crate) draft: Draft,
    pub(crate) numbers: Vec<Option<u64>>,
    /// Items that the answer takes of it.
    pub(crate) taken: usize,
    /// Index of its first node among the answer's.
    base: u32,
    /// Nodes of items that were cut off, from and up to.
    cut: (u32, u32),
}

impl Segment {
    /// Index among the answer's nodes.
    pub(crate) fn place(&self, node: u32) -> Option<usize> {
        Some(self.base as usize + kept(self.cut, node)? as usize)
    }
}

/// A node's number without those that were cut off before it.
const fn kept(cut: (u32, u32), node: u32) -> Option<u32> {
    if node < cut.0 {
        Some(node)
    } else if node < cut.1 {
        None
    } else {
        Some(node - (cut.1 - cut.0))
    }
}

/// What a page needs to be whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paging {
    /// Nothing: it is full, or the list has ended, or the answer is no page.
    Complete,
    /// Items behind the last that shows were cut off: decide the fewer nodes.
    Cut,
    /// More items: ask the upstream for those from here on, read them, append them, decide all nodes. A caller that
    /// has asked often enough may stop: the answer then goes on where the last upstream page ended.
    Fetch(Resume),
}

/// An answer whose nodes can be decided. It has no `Debug`, because it holds what people wrote.
#[derive(Clone)]
pub struct Answer {
    pub(crate) segments: Vec<Segment>,
    pub(crate) nodes: Arc<Vec<Node>>,
    pub(crate) next: Option<Resume>,
    /// What its parts belong to that name no record, where it stands below something.
    below: Option<RecordFacts>,
}

/// The thing that an answer stands below (a post above its comments), read from its own answer: decided and recorded with
/// what is below it, and shown by none of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Above {
    record: RecordFacts,
    about: About,
    presence: ClassMask,
}

impl Above {
    /// The thing of an answer, if it shows under these masks of it.
    #[must_use]
    pub fn shown(answer: &Answer, released: &[ClassMask]) -> Option<Self> {
        let node = answer.nodes.first()?;
        let mask = effective(answer, released).first().copied().filter(|mask| !mask.is_empty())?;
        // Without a presence class it shows by any of its parts. All that it shows by now are asked for then: what is below
        // it is decided again when one of them ends.
        let presence = if node.presence.is_empty() { mask } else { node.presence };
        Some(Self { record: node.record.clone()?, about: node.about.clone(), presence })
    }

    /// Its record.
    #[must_use]
    pub const fn record(&self) -> &RecordFacts {
        &self.record
    }

    /// The node to decide: it asks for nothing, so that nothing of it is recorded as released.
    #[must_use]
    pub fn node(&self) -> Node {
        Node {
            within: None,
            record: Some(self.record.clone()),
            about: self.about.clone(),
            presence: self.presence,
            asked: ClassMask::NONE,
        }
    }

    /// The same, asking for what it shows by: to see whether it does.
    #[must_use]
    pub fn probe(&self) -> Node {
        Node { asked: self.presence, ..self.node() }
    }

    /// A record for parts that have none, so that they do not take over what this one says of itself.
    fn apart(&self) -> RecordFacts {
        RecordFacts {
            context: None,
            publication: Publication::Unknown,
            time: None,
            relation: Relation::NONE,
            ..self.record.clone()
        }
    }
}

impl Draft {
    /// Puts numbers in place of the upstream's ids. Who has no number cannot be asked: what is about them is
    /// unresolvable.
    #[must_use]
    pub fn resolve(self, resolver: &dyn Resolve) -> Answer {
        let numbers = self.numbers(resolver);
        let nodes = Arc::new(self.ledger_nodes(&numbers, Some));
        let next = upstream_next(&self);
        let taken = self.page.as_ref().map_or(0, |page| page.items.len());
        let segment = Segment { draft: self, numbers, taken, base: 0, cut: (u32::MAX, u32::MAX) };
        Answer { segments: vec![segment], nodes, next, below: None }
    }
}

fn upstream_next(draft: &Draft) -> Option<Resume> {
    let page = draft.page.as_ref()?;
    let cursor = Some(page.next.clone()?);
    // A page can be shorter than what was done with of the one that it was when the cursor was made.
    Some(Resume { cursor, skip: page.from.skip - page.skipped.min(page.from.skip) })
}

impl Answer {
    /// The nodes to decide.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The same, to be kept beside the answer without a copy.
    #[must_use]
    pub fn shared_nodes(&self) -> Arc<Vec<Node>> {
        Arc::clone(&self.nodes)
    }

    /// Where the list goes on after this answer.
    #[must_use]
    pub const fn next(&self) -> Option<&Resume> {
        self.next.as_ref()
    }

    /// Puts the answer below what it belongs to: all of it is withheld if that is. Once, and before pages are added.
    #[must_use]
    pub fn below(mut self, above: &Above) -> Self {
        self.below = Some(above.apart());
        let nodes = Arc::unwrap_or_clone(std::mem::take(&mut self.nodes)).into_iter();
        let nodes = nodes.map(|node| placed(node, 1, self.below.as_ref()));
        self.nodes = Arc::new(std::iter::once(above.node()).chain(nodes).collect());
        for segment in &mut self.segments {
            segment.base += 1;
        }
        self
    }

    /// Adds the page that comes after. What is no page adds nothing.
    pub fn append(&mut self, after: Self) {
        let nodes = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if !after.segments.iter().all(|segment| segment.draft.page.is_some()) {
            return;
        }
        self.next = after.next;
        let below = self.below.as_ref();
        let more = Arc::unwrap_or_clone(after.nodes).into_iter();
        Arc::make_mut(&mut self.nodes).extend(more.map(|node| placed(node, nodes, below)));
        self.segments.extend(after.segments.into_iter().map(|mut segment| {
            segment.base += nodes;
            segment
        }));
    }

    /// What is still to be done for a page of `limit` items under these masks.
    #[must_use]
    pub fn paging(&mut self, released: &[ClassMask], limit: usize) -> Paging {
        let released = &effective(self, released);
        let mut shown = 0;
        let mut end = None;
        'items: for (index, segment) in self.segments.iter().enumerate() {
            let mut sketch = Sketch::new(self, segment, released);
            for item in 0..segment.taken {
                if sketch.shows_item(item) {
                    if shown == limit {
                        end = Some((index, item));
                        break 'items;
                    }
                    shown += 1;
                }
            }
        }
        match (end, &self.next) {
            (Some((index, item)), _) => {
                self.cut(index, item);
                Paging::Cut
            }
            (None, Some(next)) if shown <= limit && !self.is_cut() => Paging::Fetch(next.clone()),
            (None, _) => Paging::Complete,
        }
    }

    fn is_cut(&self) -> bool {
        self.segments.iter().any(|segment| segment.cut.0 != u32::MAX)
    }

    /// Ends the page before an item.
    fn cut(&mut self, index: usize, item: usize) {
        self.segments.truncate(index + 1);
        let Some(segment) = self.segments.last_mut() else { return };
        let Some(page) = &segment.draft.page else { return };
        let from = page.items.get(item).map_or(page.nodes_end, |item| item.node);
        let skip = page.skipped + u32::try_from(item).unwrap_or(u32::MAX);
        self.next = Some(Resume { cursor: page.from.cursor.clone(), skip });
        segment.taken = item;
        segment.cut = (from, page.nodes_end);
        let (base, cut) = (segment.base, segment.cut);
        let nodes = segment.draft.ledger_nodes(&segment.numbers, |node| kept(cut, node));
        let below = self.below.as_ref();
        let all = Arc::make_mut(&mut self.nodes);
        all.truncate(base as usize);
        all.extend(nodes.into_iter().map(|node| placed(node, base, below)));
    }

    /// What a partner may be told of what was withheld: of a decision's reasons those for classes that are missing
    /// where something shows. What was passed over whole has left no trace, here neither.
    #[must_use]
    pub fn withheld(
        &self,
        reasons: &[(Reason, ClassMask)],
        released: &[ClassMask],
    ) -> Vec<(Reason, ClassMask)> {
        let released = &effective(self, released);
        let mut shown = Vec::new();
        for segment in &self.segments {
            let mut sketch = Sketch::new(self, segment, released);
            shown.extend((0..segment.taken).map(|item| sketch.shows_item(item)));
        }
        self.told(reasons, released, &shown)
    }

    /// The same, from effective masks and whether each item shows.
    pub(crate) fn told(
        &self,
        reasons: &[(Reason, ClassMask)],
        released: &[ClassMask],
        shown: &[bool],
    ) -> Vec<(Reason, ClassMask)> {
        let mut shown = shown;
        let mut missing = ClassMask::NONE;
        let mut too_few = ClassMask::NONE;
        let released_of = |place: usize| released.get(place).copied().unwrap_or(ClassMask::NONE);
        for segment in &self.segments {
            let (own, rest) = shown.split_at_checked(segment.taken).unwrap_or((shown, &[]));
            shown = rest;
            let mut hidden = hidden_items(segment, own).into_iter().peekable();
            let mut shows: Vec<bool> = Vec::with_capacity(segment.draft.nodes.len());
            for (node, number) in segment.draft.nodes.iter().zip(0u32..) {
                while hidden.next_if(|(_, end)| *end <= number).is_some() {}
                let passed_over = hidden.peek().is_some_and(|(start, _)| *start <= number);
                let inside =
                    node.within.is_none_or(|w| shows.get(w as usize).copied().unwrap_or(false));
                let place = segment.place(number).filter(|_| inside && !passed_over);
                let mask = place.map(released_of);
                let here = mask.is_some_and(|mask| mask.covers(node.presence));
                shows.push(here);
                if let Some(mask) = mask.filter(|_| here) {
                    missing = missing | node.asked.without(mask);
                }
            }
            for (node, classes) in &segment.draft.too_few {
                // Outside of every node there is nothing that could hide it.
                if shows.get(*node as usize).copied().unwrap_or(true) {
                    too_few = too_few | *classes;
                }
            }
        }
        let mut told: Vec<(Reason, ClassMask)> = reasons
            .iter()
            .map(|(reason, classes)| (*reason, *classes & missing))
            .chain([(Reason::TooFew, too_few)])
            .filter(|(_, classes)| !classes.is_empty())
            .collect();
        told.sort_unstable();
        told
    }
}

/// A node among those of all segments, of which `base` stand before its own; `below` something, if that has a record for it.
fn placed(node: Node, base: u32, below: Option<&RecordFacts>) -> Node {
    match (node.within, below) {
        (Some(within), _) => Node { within: Some(within + base), ..node },
        (None, None) => node,
        (None, Some(apart)) => {
            Node { within: Some(0), record: node.record.or_else(|| Some(apart.clone())), ..node }
        }
    }
}

/// Nodes of items that do not show, from and up to, ascending.
fn hidden_items(segment: &Segment, shown: &[bool]) -> Vec<(u32, u32)> {
    let Some(page) = &segment.draft.page else { return Vec::new() };
    let ends = page.items.iter().skip(1).map(|item| item.node).chain([page.nodes_end]);
    let shown = shown.iter().copied().chain(std::iter::repeat(false));
    let items = page.items.iter().zip(ends).zip(shown);
    items
        .filter(|(_, shows)| !shows)
        .map(|((item, end), _)| (item.node, end))
        .filter(|(start, end)| start < end)
        .collect()
}
