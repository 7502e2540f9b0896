//! Finding one's way in compiled shapes.

use crate::json::{Tag, Tape};
use catalog::{Catalog, ObjectShape, Path, Property, PropertyRole, Shape, ShapeId, Step};
use model::IdentifierKind;

/// Choices within choices that are followed; the compiler makes one or two.
const CHOICES_MAX: usize = 16;

/// The shape that a value has among those that it may have.
pub(crate) fn choose<'c>(
    catalog: &'c Catalog,
    mut id: ShapeId,
    tape: &Tape<'_>,
    at: u32,
) -> Option<(ShapeId, &'c Shape)> {
    let tag = tape.slot(at)?.tag;
    for _ in 0..CHOICES_MAX {
        let shape = catalog.shape(id)?;
        let Shape::OneOf { discriminator, variants } = shape else { return Some((id, shape)) };
        let chosen = match discriminator {
            Some(name) => {
                let named = tape.slot(tape.member(at, name).filter(|_| tag == Tag::Object)?)?;
                let word = tape.string(named)?;
                variants.iter().find(|variant| variant.tags.iter().any(|tag| *tag == word))
            }
            None => variants.iter().find(|variant| match (catalog.shape(variant.shape), tag) {
                (Some(Shape::OneOf { .. }), _) => true,
                (Some(Shape::Object(_) | Shape::Map { .. }), tag) => tag == Tag::Object,
                (Some(Shape::Array(_)), tag) => tag == Tag::Array,
                (Some(Shape::Scalar(_)), tag) => !matches!(tag, Tag::Object | Tag::Array),
                (None, _) => false,
            }),
        };
        id = chosen?.shape;
    }
    None
}

/// Whether values of this shape are scalars, or lists of them: nothing in them is decided for itself.
pub(crate) fn is_flat(catalog: &Catalog, mut id: ShapeId) -> bool {
    for _ in 0..CHOICES_MAX {
        match catalog.shape(id) {
            Some(Shape::Scalar(_)) => return true,
            Some(Shape::Array(items)) => id = *items,
            Some(Shape::Object(_) | Shape::Map { .. } | Shape::OneOf { .. }) | None => {
                return false;
            }
        }
    }
    false
}

/// The list of an answer that is one page of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageShape<'c> {
    /// Name of the property with the items.
    pub(crate) list: &'c str,
    /// Shape of the list.
    pub(crate) shape: ShapeId,
    /// Name of the property with the cursor.
    pub(crate) cursor: &'c str,
}

/// What makes an answer a page: an object with a cursor and one list of things that are decided for themselves.
pub(crate) fn page(catalog: &Catalog, root: ShapeId) -> Option<PageShape<'_>> {
    let Some(Shape::Object(object)) = catalog.shape(root) else { return None };
    let cursor = object.properties.iter().find(|p| p.role == PropertyRole::Cursor)?;
    let mut lists = object.properties.iter().filter(|property| {
        matches!(catalog.shape(property.shape), Some(Shape::Array(items)) if !is_flat(catalog, *items))
    });
    let list = lists.next().filter(|_| lists.next().is_none())?;
    Some(PageShape { list: &list.name, shape: list.shape, cursor: &cursor.name })
}

/// The property with this name, looked for from `hint` on: answers mostly keep the document's order.
pub(crate) fn property(
    object: &ObjectShape,
    hint: usize,
    is_named: impl Fn(&str) -> bool,
) -> Option<(usize, &Property)> {
    let (before, after) =
        object.properties.split_at_checked(hint).unwrap_or((&object.properties, &[]));
    let after = after.iter().enumerate().map(|(index, property)| (index + before.len(), property));
    after.chain(before.iter().enumerate()).find(|(_, property)| is_named(&property.name))
}

/// What kind of thing the id at the end of a path names.
pub(crate) fn identifier(catalog: &Catalog, from: ShapeId, path: &Path) -> Option<IdentifierKind> {
    let (mut id, mut role) = (from, PropertyRole::Plain);
    for step in &path.steps {
        let Step::Name(name) = step else { return None };
        let Some(Shape::Object(object)) = catalog.shape(id) else { return None };
        let property = object.properties.iter().find(|property| property.name == *name)?;
        (id, role) = (property.shape, property.role);
    }
    match role {
        PropertyRole::Identifier(kind) => Some(kind),
        PropertyRole::Plain
        | PropertyRole::Media
        | PropertyRole::Count { .. }
        | PropertyRole::Cursor => None,
    }
}
