//! Which node a part of an answer belongs to: the part of a record that is about the same people.

use crate::draft::{Draft, DraftAbout, DraftNode, DraftRecord};
use crate::json::{Slot, Tag, Tape};
use crate::limits::{NODES_COMPARED_MAX, NODES_MAX};
use crate::mismatch::MismatchKind;
use crate::paths::{End, Search, follow};
use crate::read::{At, ReadError, Walk};
use crate::{shapes, time};
use catalog::{AboutSource, ObjectShape, Path, Property, RecordPaths, ShapeId};
use model::limits::RECORDS_MAX;
use model::{ClassMask, IdentifierKind, ObjectKind, Publication, Relation};

impl<'a, 't: 'a> Walk<'a, 't> {
    /// The node around everything. An answer that is no record but stands in a group by the operation's word
    /// counts as that group's record, so that its context is decided.
    pub(crate) fn root_node(&mut self, context: Option<u32>) {
        self.nodes.push(DraftNode {
            within: None,
            record: context.map(|_| of_group(context)),
            about: DraftAbout::Nobody,
            presence: ClassMask::NONE,
            asked: ClassMask::NONE,
        });
    }

    /// Where the properties of an object stand: in the node around it if nothing differs, else in one of its own.
    pub(crate) fn object_place(
        &mut self,
        id: ShapeId,
        object: &'a ObjectShape,
        value: u32,
        at: At<'a>,
    ) -> Result<At<'a>, ReadError> {
        let about = self.about(&object.about, value, at.node)?;
        if about == DraftAbout::Unresolvable && object.about != AboutSource::Inherit {
            self.mismatches.note(MismatchKind::UnresolvableAbout, id, "", &self.trail);
        }
        let context = match &object.context {
            None => at.context,
            Some(path) => self.context(path, value, at.context),
        };
        let record = match &object.record {
            Some(paths) => Some(self.record(id, paths, value, context)?),
            None if context != at.context => Some(of_group(context)),
            None => None,
        };
        let node = if record.is_none() && object.presence.is_empty() {
            self.shared(at.node, about)?
        } else {
            self.add(DraftNode {
                within: Some(at.node),
                record,
                about,
                presence: object.presence,
                asked: object.presence,
            })?
        };
        Ok(At { node, context, ..at })
    }

    /// Where the value of a property stands.
    pub(crate) fn property_place(
        &mut self,
        property: &'a Property,
        key: Slot,
        value: u32,
        around: At<'a>,
    ) -> Result<At<'a>, ReadError> {
        let node = match &property.about {
            AboutSource::Inherit => around.node,
            source => {
                let about = self.about(source, value, around.node)?;
                self.shared(around.node, about)?
            }
        };
        let (name, classes, role) = (key.span, property.classes, property.role);
        let at = At { name, node, classes, role, ..around };
        if classes.is_empty() || shapes::is_flat(self.catalog, property.shape) {
            Ok(at)
        } else {
            self.gate(at)
        }
    }

    /// A node for parts that are decided for themselves but appear only if the property around them does.
    pub(crate) fn gate(&mut self, at: At<'a>) -> Result<At<'a>, ReadError> {
        if at.classes.is_empty() {
            return Ok(at);
        }
        let about = self.about_of(at.node);
        let node = DraftNode {
            within: Some(at.node),
            record: None,
            about,
            presence: at.classes,
            asked: at.classes,
        };
        Ok(At { node: self.add(node)?, ..at })
    }

    fn about_of(&self, node: u32) -> DraftAbout {
        self.nodes.get(node as usize).map_or(DraftAbout::Unresolvable, |node| node.about.clone())
    }

    fn about(
        &mut self,
        source: &AboutSource,
        value: u32,
        around: u32,
    ) -> Result<DraftAbout, ReadError> {
        Ok(match source {
            AboutSource::Inherit => self.about_of(around),
            AboutSource::Nobody => DraftAbout::Nobody,
            AboutSource::Paths(paths) => {
                let search = Search::new(self.tape, &mut self.references, &mut self.visits);
                let found = search.people(paths, value);
                if self.visits == 0 {
                    return Err(ReadError::TooManyPlaces);
                }
                found
            }
        })
    }

    fn context(&mut self, path: &Path, value: u32, around: Option<u32>) -> Option<u32> {
        match follow(self.tape, path, value) {
            // The record does not say: the operation does.
            End::Missing => around,
            End::Wrong => None,
            End::At(at) => {
                let slot = self.tape.slot(at)?;
                self.references.intern(self.tape, IdentifierKind::Group, slot)
            }
        }
    }

    fn record(
        &mut self,
        id: ShapeId,
        paths: &RecordPaths,
        value: u32,
        context: Option<u32>,
    ) -> Result<DraftRecord, ReadError> {
        self.records += 1;
        if self.records > RECORDS_MAX {
            return Err(ReadError::TooManyRecords);
        }
        let tape = self.tape;
        let kind = match paths.kind {
            ObjectKind::Person => Some(IdentifierKind::Person),
            ObjectKind::Group => Some(IdentifierKind::Group),
            ObjectKind::Post => Some(IdentifierKind::Post),
            ObjectKind::Comment => Some(IdentifierKind::Comment),
            ObjectKind::Media => Some(IdentifierKind::Media),
            // A membership is known by its member, or by its group among those of one person.
            ObjectKind::Member => shapes::identifier(self.catalog, id, &paths.id),
        };
        let number = match (kind, follow(tape, &paths.id, value)) {
            (Some(kind), End::At(at)) => {
                tape.slot(at).and_then(|slot| self.references.intern(tape, kind, slot))
            }
            _ => None,
        };
        let time = paths.time.as_ref().map(|path| text(tape, path, value, time::parse));
        let state = |path| text(tape, path, value, Publication::from_word);
        let publication = paths.state.as_ref().map(state);
        if number.is_none() || matches!(time, Some(None)) || matches!(publication, Some(None)) {
            self.mismatches.note(MismatchKind::RecordIncomplete, id, "", &self.trail);
        }
        let bit = |path: &Option<Path>, bit: Relation| match path {
            Some(path) if is_true(tape, path, value) => bit.0,
            Some(_) | None => 0,
        };
        let relation =
            bit(&paths.friend, Relation::FRIEND) | bit(&paths.participant, Relation::PARTICIPANT);
        Ok(DraftRecord {
            kind: paths.kind,
            id: number,
            context,
            publication: publication
                .map_or(Publication::Published, |state| state.unwrap_or(Publication::Unknown)),
            time: time.flatten(),
            relation: Relation(relation),
        })
    }

    /// The node itself if it is about the same people, or a part of it that is, or a new part.
    fn shared(&mut self, within: u32, about: DraftAbout) -> Result<u32, ReadError> {
        if self.nodes.get(within as usize).is_some_and(|node| node.about == about) {
            return Ok(within);
        }
        let first = self.floor.max(within) as usize;
        let parts = self.nodes.iter().enumerate().skip(first).rev().take(NODES_COMPARED_MAX);
        let known = parts.into_iter().find(|(_, node)| {
            node.within == Some(within)
                && node.record.is_none()
                && node.presence.is_empty()
                && node.about == about
        });
        if let Some((index, _)) = known {
            return Ok(u32::try_from(index).unwrap_or(u32::MAX));
        }
        let (presence, asked) = (ClassMask::NONE, ClassMask::NONE);
        self.add(DraftNode { within: Some(within), record: None, about, presence, asked })
    }

    fn add(&mut self, node: DraftNode) -> Result<u32, ReadError> {
        let index = self.next_node();
        if self.nodes.len() >= NODES_MAX {
            return Err(ReadError::TooManyNodes);
        }
        self.nodes.push(node);
        Ok(index)
    }
}

fn of_group(context: Option<u32>) -> DraftRecord {
    DraftRecord {
        kind: ObjectKind::Group,
        id: context,
        context,
        publication: Publication::Published,
        time: None,
        relation: Relation::NONE,
    }
}

fn text<T>(
    tape: &Tape<'_>,
    path: &Path,
    value: u32,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let End::At(at) = follow(tape, path, value) else { return None };
    read(&tape.slot(at).and_then(|slot| tape.string(slot))?)
}

fn is_true(tape: &Tape<'_>, path: &Path, value: u32) -> bool {
    let End::At(at) = follow(tape, path, value) else { return false };
    tape.slot(at).is_some_and(|slot| slot.tag == Tag::Boolean && slot.span.of(tape.text) == "true")
}

impl Draft {
    /// Leaves out nodes of which nothing was asked: there is nothing to decide or record of them.
    pub(crate) fn drop_empty_nodes(&mut self) {
        let has_more = |node: &DraftNode| !node.asked.is_empty() || !node.presence.is_empty();
        let mut keeps: Vec<bool> =
            self.nodes.iter().map(|node| has_more(node) || node.record.is_some()).collect();
        let root_matters = |keeps: &[bool]| {
            // The root's record is only there for parts that have none of their own.
            let mut leans = vec![true];
            let mut found = false;
            for (node, keeps) in self.nodes.iter().zip(keeps).skip(1) {
                let inside = node.within.and_then(|within| leans.get(within as usize).copied());
                let on_root = node.record.is_none() && inside.unwrap_or(false);
                leans.push(on_root);
                found |= on_root && *keeps;
            }
            found
        };
        let root = self
            .nodes
            .first()
            .is_some_and(|root| has_more(root) || (root.record.is_some() && root_matters(&keeps)));
        if let Some(first) = keeps.first_mut() {
            *first = root;
        }
        // For each old node its new number, or that of the nearest one around it that stays.
        let mut places: Vec<Option<u32>> = Vec::with_capacity(keeps.len());
        let mut before = Vec::with_capacity(keeps.len() + 1);
        let mut count = 0;
        for (node, keeps) in self.nodes.iter().zip(&keeps) {
            before.push(count);
            let around =
                node.within.and_then(|within| places.get(within as usize).copied().flatten());
            places.push(if *keeps { Some(count) } else { around });
            count += u32::from(*keeps);
        }
        before.push(count);
        let place = |node: u32| places.get(node as usize).copied().flatten();
        let mut keeps = keeps.iter();
        self.nodes.retain(|_| keeps.next().copied().unwrap_or(false));
        for node in &mut self.nodes {
            node.within = node.within.and_then(place);
        }
        for piece in &mut self.pieces {
            // Whatever stood in a node that went asks for no class, so that any number will do.
            piece.node = place(piece.node).unwrap_or(0);
        }
        for (node, _) in &mut self.too_few {
            *node = place(*node).unwrap_or(u32::MAX);
        }
        if let Some(page) = &mut self.page {
            let before = |node: u32| before.get(node as usize).copied().unwrap_or(count);
            page.nodes_end = before(page.nodes_end);
            page.items.iter_mut().for_each(|item| item.node = before(item.node));
        }
    }
}
