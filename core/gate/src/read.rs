//! The first walk: from an upstream's answer to a draft.

use crate::draft::{Draft, DraftAbout, DraftNode, Item, PageDraft, Piece, What};
use crate::fields::{Field, FieldSelection};
use crate::json::{JsonError, Slot, Span, Tag, Tape, write_string};
use crate::limits::{CURSOR_BYTES_MAX, NODES_MAX, VISITS_MAX};
use crate::mismatch::{MismatchKind, Mismatches};
use crate::references::References;
use crate::resume::Resume;
use crate::scalar;
use crate::shapes::{self, PageShape};
use catalog::{Catalog, ObjectShape, Operation, Property, PropertyRole, Shape, ShapeId};
use model::limits::{RECORDS_MAX, UPSTREAM_BYTES_MAX};
use model::{ClassMask, IdentifierKind};

/// What the request says beside the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The upstream's id of the group that the operation's `x-context` names.
    pub context: Option<String>,
    /// Where in the upstream's list this answer begins.
    pub from: Resume,
}

/// Why an answer of the upstream is not taken at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No JSON, or too much of it.
    #[error("upstream answer {0}")]
    Json(#[from] JsonError),
    /// The operation's answers have no body.
    #[error("operation has no answer body in the catalog")]
    NoBody,
    /// Its root is not what the catalog says.
    #[error("upstream answer is of another type than the catalog says")]
    WrongRoot,
    /// More records than a disclosure lists.
    #[error("upstream answer has more than {RECORDS_MAX} records")]
    TooManyRecords,
    /// More parts about different people than are decided.
    #[error("upstream answer has more than {NODES_MAX} nodes")]
    TooManyNodes,
    /// Paths led to more places than are visited.
    #[error("paths lead to more than {VISITS_MAX} places of the upstream answer")]
    TooManyPlaces,
}

/// Reads an answer along the operation's shape.
///
/// # Errors
/// What is not JSON, too large, or of another type at its root; anything else that does not fit is left out and
/// becomes a mismatch.
pub fn read(
    catalog: &Catalog,
    operation: &Operation,
    answer: Vec<u8>,
    fields: &FieldSelection,
    surroundings: &Surroundings,
) -> Result<Draft, ReadError> {
    if answer.len() > UPSTREAM_BYTES_MAX {
        return Err(JsonError::TooLarge(UPSTREAM_BYTES_MAX).into());
    }
    let text = String::from_utf8(answer).map_err(|_| JsonError::NotUtf8)?;
    let root = operation.response.ok_or(ReadError::NoBody)?;
    let tape = Tape::parse(&text)?;
    let mut walk = Walk::new(catalog, &tape, surroundings.from.skip);
    walk.answer(root, fields.fields.as_deref(), surroundings)?;
    let Walk { nodes, pieces, references, cursors, too_few, mismatches, page, .. } = walk;
    let (references, mismatches) = (references.finish(), mismatches.finish());
    let mut draft = Draft { text, nodes, pieces, references, cursors, too_few, mismatches, page };
    draft.drop_empty_nodes();
    Ok(draft)
}

/// Where a value stands.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    /// The key before it.
    pub(crate) name: Span,
    pub(crate) node: u32,
    pub(crate) context: Option<u32>,
    /// Classes and role of the property around it.
    pub(crate) classes: ClassMask,
    pub(crate) role: PropertyRole,
    /// What is wanted of it; none: all.
    pub(crate) select: Option<&'a [Field]>,
}

/// The walk and what it has collected.
pub(crate) struct Walk<'a, 't> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) tape: &'a Tape<'t>,
    pub(crate) nodes: Vec<DraftNode>,
    pub(crate) references: References<'t>,
    pub(crate) mismatches: Mismatches<'a>,
    /// Names on the way here.
    pub(crate) trail: Vec<&'a str>,
    /// Places that paths may still visit.
    pub(crate) visits: usize,
    pub(crate) records: usize,
    /// First node that another part may share: parts of an item never share those of another.
    pub(crate) floor: u32,
    pieces: Vec<Piece>,
    cursors: Vec<String>,
    too_few: Vec<(u32, ClassMask)>,
    page: Option<PageDraft>,
    page_shape: Option<PageShape<'a>>,
    skip: u32,
}

impl<'a, 't: 'a> Walk<'a, 't> {
    fn new(catalog: &'a Catalog, tape: &'a Tape<'t>, skip: u32) -> Self {
        Self {
            catalog,
            tape,
            // A node every hundred bytes is what pages of posts have; more grows it.
            nodes: Vec::with_capacity(tape.text.len() / 100 + 8),
            references: References::new(),
            mismatches: Mismatches::default(),
            trail: Vec::new(),
            visits: VISITS_MAX,
            records: 0,
            floor: 0,
            pieces: Vec::with_capacity(tape.text.len() / 20),
            cursors: Vec::new(),
            too_few: Vec::new(),
            page: None,
            page_shape: None,
            skip,
        }
    }

    fn answer(
        &mut self,
        root: ShapeId,
        fields: Option<&'a [Field]>,
        surroundings: &Surroundings,
    ) -> Result<(), ReadError> {
        let (id, shape) =
            shapes::choose(self.catalog, root, self.tape, 0).ok_or(ReadError::WrongRoot)?;
        let is_object = match (shape, self.tape.slot(0).map(|slot| slot.tag)) {
            (Shape::Object(_) | Shape::Map { .. }, Some(Tag::Object)) => true,
            (Shape::Array(_), Some(Tag::Array)) => false,
            _ => return Err(ReadError::WrongRoot),
        };
        let context = surroundings.context.as_deref();
        let context = context.and_then(|id| self.references.outside(IdentifierKind::Group, id));
        self.root_node(context);
        let mut at = At {
            name: Span::NONE,
            node: 0,
            context,
            classes: ClassMask::NONE,
            role: PropertyRole::Plain,
            select: fields,
        };
        self.page_shape = shapes::page(self.catalog, id);
        if let (Some(page), Shape::Object(object)) = (self.page_shape, shape) {
            let mut written = [Vec::new(), Vec::new()];
            for (name, out) in [page.list, page.cursor].into_iter().zip(&mut written) {
                write_string(name, out);
            }
            let [list_name, cursor_name] = written;
            self.page = Some(PageDraft {
                list: None,
                from: surroundings.from.clone(),
                skipped: 0,
                items: Vec::new(),
                nodes_end: 0,
                next: None,
                cursor_name,
                list_name,
            });
            at.select = None;
            self.page_object(id, object, fields, at)
        } else if is_object {
            self.value(id, 0, at)
        } else {
            // The answer itself is a list: it is there even if nothing of it may be seen.
            let Shape::Array(items) = shape else { return Err(ReadError::WrongRoot) };
            let list = self.open(What::KeptList, at);
            let elements = self.tape.elements(0);
            elements.into_iter().try_for_each(|element| self.value(*items, element, at))?;
            self.close(list);
            Ok(())
        }
    }

    /// The object around a page: its list and its cursor are kept apart.
    fn page_object(
        &mut self,
        id: ShapeId,
        object: &'a ObjectShape,
        fields: Option<&'a [Field]>,
        at: At<'a>,
    ) -> Result<(), ReadError> {
        let here = self.object_place(id, object, 0, at)?;
        let piece = self.open(What::Object, At { classes: object.presence, ..here });
        let tape = self.tape;
        for (key, value) in tape.entries(0) {
            let Some((_, property)) = shapes::property(object, 0, |name| tape.is_named(key, name))
            else {
                self.mismatches.note(MismatchKind::UnknownProperty, id, tape.raw(key), &self.trail);
                continue;
            };
            if self.page_shape.is_some_and(|page| page.list == property.name) {
                self.items(id, property, key, value, At { select: fields, ..here })?;
            } else if self.page_shape.is_some_and(|page| page.cursor == property.name) {
                self.next(id, property, value);
            } else {
                self.property(id, property, key, value, At { select: None, ..here })?;
            }
        }
        self.close(piece);
        Ok(())
    }

    fn next(&mut self, id: ShapeId, property: &'a Property, value: u32) {
        let Some(slot) = self.tape.slot(value) else { return };
        let text = self.tape.string(slot).filter(|text| text.len() <= CURSOR_BYTES_MAX);
        match (text, &mut self.page) {
            (Some(text), Some(page)) => page.next = Some(text.into_owned()),
            _ if slot.tag == Tag::Null => (),
            _ => self.mismatches.note(MismatchKind::WrongType, id, &property.name, &self.trail),
        }
    }

    fn items(
        &mut self,
        id: ShapeId,
        property: &'a Property,
        key: Slot,
        value: u32,
        around: At<'a>,
    ) -> Result<(), ReadError> {
        let tape = self.tape;
        let shape = self.catalog.shape(property.shape);
        let (Some(Shape::Array(items)), Some(Tag::Array)) =
            (shape, tape.slot(value).map(|s| s.tag))
        else {
            self.mismatches.note(MismatchKind::WrongType, id, &property.name, &self.trail);
            return Ok(());
        };
        let at = self.property_place(property, key, value, around)?;
        self.trail.extend([property.name.as_str(), "*"]);
        let list = self.open(What::KeptList, at);
        let (mut found, mut skipped) = (Vec::new(), 0);
        for element in tape.elements(value) {
            if skipped < self.skip {
                skipped += 1;
                continue;
            }
            let (piece, node) = (self.next_piece(), self.next_node());
            self.floor = node;
            self.value(*items, element, At { name: Span::NONE, ..at })?;
            found.push(Item { piece: Some(piece).filter(|_| self.next_piece() > piece), node });
        }
        self.close(list);
        self.trail.truncate(self.trail.len().saturating_sub(2));
        let end = self.next_node();
        self.floor = end;
        if let Some(page) = &mut self.page {
            (page.list, page.items, page.nodes_end, page.skipped) =
                (Some(list), found, end, skipped);
        }
        Ok(())
    }

    /// A value of whatever shape.
    fn value(&mut self, id: ShapeId, value: u32, at: At<'a>) -> Result<(), ReadError> {
        let Some(slot) = self.tape.slot(value) else { return Ok(()) };
        match (shapes::choose(self.catalog, id, self.tape, value), slot.tag) {
            (Some((id, Shape::Object(object))), Tag::Object) => self.object(id, object, value, at),
            (Some((_, Shape::Map { key, value_class, value: values })), Tag::Object) => {
                let classes = at.classes | *key | *value_class;
                // Keys without a class are data that nobody has allowed.
                if key.is_empty() {
                    return Ok(());
                }
                self.map(*values, value, At { classes, role: PropertyRole::Plain, ..at })
            }
            (Some((_, Shape::Array(items))), Tag::Array) => self.array(*items, value, at),
            (Some((id, Shape::Scalar(scalar))), _) => {
                let fits = scalar::check(scalar, self.tape, slot).is_ok();
                self.scalar(id, slot, at, fits);
                Ok(())
            }
            _ => {
                self.mismatches.note(MismatchKind::WrongType, id, "", &self.trail);
                Ok(())
            }
        }
    }

    fn object(
        &mut self,
        id: ShapeId,
        object: &'a ObjectShape,
        value: u32,
        at: At<'a>,
    ) -> Result<(), ReadError> {
        let here = self.object_place(id, object, value, at)?;
        let piece = self.open(What::Object, At { classes: object.presence, ..here });
        let tape = self.tape;
        let mut hint = 0;
        for (key, value) in tape.entries(value) {
            let found = shapes::property(object, hint, |name| tape.is_named(key, name));
            let Some((index, property)) = found else {
                self.mismatches.note(MismatchKind::UnknownProperty, id, tape.raw(key), &self.trail);
                continue;
            };
            hint = index + 1;
            self.property(id, property, key, value, here)?;
        }
        if self.next_piece() == piece + 1 && object.presence.is_empty() {
            self.pieces.truncate(piece as usize);
        } else {
            self.close(piece);
        }
        Ok(())
    }

    fn property(
        &mut self,
        id: ShapeId,
        property: &'a Property,
        key: Slot,
        value: u32,
        around: At<'a>,
    ) -> Result<(), ReadError> {
        let select = match around.select {
            None => None,
            Some(fields) => match fields.iter().find(|field| field.name == property.name) {
                None => return Ok(()),
                Some(field) => Some(field.below.as_slice()).filter(|below| !below.is_empty()),
            },
        };
        self.trail.push(&property.name);
        let at = self.property_place(property, key, value, At { select, ..around })?;
        if at.node != around.node && self.is_unresolvable(at.node) {
            self.mismatches.note(MismatchKind::UnresolvableAbout, id, "", &self.trail);
        }
        let done = self.value(property.shape, value, at);
        self.trail.pop();
        done
    }

    fn map(&mut self, values: ShapeId, value: u32, at: At<'a>) -> Result<(), ReadError> {
        let at = if shapes::is_flat(self.catalog, values) { at } else { self.gate(at)? };
        let piece = self.open(What::Object, At { classes: ClassMask::NONE, ..at });
        self.trail.push("*");
        let tape = self.tape;
        for (key, value) in tape.entries(value) {
            self.value(values, value, At { name: key.span, ..at })?;
        }
        self.trail.pop();
        if self.next_piece() == piece + 1 {
            self.pieces.truncate(piece as usize);
        } else {
            self.close(piece);
        }
        Ok(())
    }

    fn array(&mut self, items: ShapeId, value: u32, at: At<'a>) -> Result<(), ReadError> {
        let is_flat = shapes::is_flat(self.catalog, items);
        if is_flat && at.classes.is_empty() && at.role != PropertyRole::Cursor {
            return Ok(());
        }
        let what = if is_flat { What::KeptList } else { What::List };
        let piece = self.open(what, at);
        self.trail.push("*");
        let elements = self.tape.elements(value);
        let inner = At { name: Span::NONE, ..at };
        elements.into_iter().try_for_each(|element| self.value(items, element, inner))?;
        self.trail.pop();
        self.close(piece);
        Ok(())
    }

    fn scalar(&mut self, id: ShapeId, slot: Slot, at: At<'a>, fits: bool) {
        // A property without a class is never released, whatever it holds.
        if at.classes.is_empty() && at.role != PropertyRole::Cursor {
            return;
        }
        let is_null = slot.tag == Tag::Null;
        let what = match at.role {
            _ if !fits => None,
            PropertyRole::Plain => Some(What::Copy(slot.span)),
            _ if is_null => Some(What::Copy(slot.span)),
            PropertyRole::Identifier(kind) => {
                self.references.intern(self.tape, kind, slot).map(What::Id)
            }
            PropertyRole::Media => {
                self.references.intern(self.tape, IdentifierKind::Media, slot).map(What::Media)
            }
            PropertyRole::Cursor => self.cursor(slot).map(What::Cursor),
            PropertyRole::Count { minimum } => match slot.span.of(self.tape.text).parse::<u64>() {
                Ok(number) if slot.tag == Tag::Integer && number >= minimum => {
                    Some(What::Copy(slot.span))
                }
                Ok(_) if slot.tag == Tag::Integer => {
                    self.too_few.push((at.node, at.classes));
                    return;
                }
                _ => None,
            },
        };
        match what {
            Some(what) => {
                let piece = self.open(what, at);
                self.close(piece);
            }
            // Null where nothing is said of null is how many upstreams write that there is nothing.
            None if is_null => (),
            None => self.mismatches.note(MismatchKind::WrongType, id, "", &self.trail),
        }
    }

    fn cursor(&mut self, slot: Slot) -> Option<u32> {
        let text = self.tape.string(slot).filter(|text| text.len() <= CURSOR_BYTES_MAX)?;
        self.cursors.push(text.into_owned());
        u32::try_from(self.cursors.len() - 1).ok()
    }

    /// Begins a piece and asks for its classes.
    fn open(&mut self, what: What, at: At<'a>) -> u32 {
        if let Some(node) = self.nodes.get_mut(at.node as usize) {
            node.asked = node.asked | at.classes;
        }
        let index = self.next_piece();
        let (node, classes, name) = (at.node, at.classes, at.name);
        self.pieces.push(Piece { node, classes, name, end: index + 1, what });
        index
    }

    fn close(&mut self, piece: u32) {
        let end = self.next_piece();
        if let Some(piece) = self.pieces.get_mut(piece as usize) {
            piece.end = end;
        }
    }

    fn next_piece(&self) -> u32 {
        // A piece a value at most, and values are limited far below what a u32 counts.
        u32::try_from(self.pieces.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn next_node(&self) -> u32 {
        u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    fn is_unresolvable(&self, node: u32) -> bool {
        let node = self.nodes.get(node as usize);
        node.is_some_and(|node| node.about == DraftAbout::Unresolvable)
    }
}
