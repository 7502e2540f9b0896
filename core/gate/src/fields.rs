//! The `fields` parameter: which properties the client wants.

use crate::limits::{FIELD_STEPS_MAX, FIELDS_BYTES_MAX, FIELDS_MAX};
use crate::shapes;
use catalog::{Catalog, Operation, Shape, ShapeId};

/// One name and what is wanted below it; nothing named means all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) below: Vec<Field>,
}

/// Which properties of each item, or of the one thing, the client wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldSelection {
    /// None: all.
    pub(crate) fields: Option<Vec<Field>>,
}

/// Why a `fields` parameter is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldMistake {
    /// Longer than the limit.
    #[error(
        "`fields` has more than {FIELDS_BYTES_MAX} bytes, {FIELDS_MAX} names or {FIELD_STEPS_MAX} steps in a name"
    )]
    TooLong,
    /// An empty name.
    #[error("`fields` has an empty name")]
    Empty,
    /// The answer has no such property.
    #[error("`fields` names `{0}`, which the answer does not have")]
    Unknown(String),
}

impl FieldSelection {
    /// Everything.
    pub const ALL: Self = Self { fields: None };

    /// Reads `id,author.name,text`: names are those of one item where the answer is a page, else of the answer.
    /// A name selects everything below it.
    ///
    /// # Errors
    /// Empty, unknown and too many names.
    pub fn parse(
        catalog: &Catalog,
        operation: &Operation,
        text: &str,
    ) -> Result<Self, FieldMistake> {
        if text.len() > FIELDS_BYTES_MAX || text.split(',').count() > FIELDS_MAX {
            return Err(FieldMistake::TooLong);
        }
        let root = operation.response.map(|root| match shapes::page(catalog, root) {
            Some(page) => page.shape,
            None => root,
        });
        let mut fields = Vec::new();
        for name in text.split(',') {
            let steps: Vec<&str> = name.split('.').collect();
            if steps.len() > FIELD_STEPS_MAX {
                return Err(FieldMistake::TooLong);
            }
            if steps.contains(&"") {
                return Err(FieldMistake::Empty);
            }
            if !root.is_some_and(|root| leads_somewhere(catalog, vec![root], &steps)) {
                return Err(FieldMistake::Unknown(name.to_owned()));
            }
            add(&mut fields, &steps);
        }
        Ok(Self { fields: Some(fields) })
    }
}

fn add(fields: &mut Vec<Field>, steps: &[&str]) {
    let Some((first, rest)) = steps.split_first() else { return };
    match fields.iter_mut().find(|field| field.name == *first) {
        // It is wanted whole already.
        Some(known) if known.below.is_empty() => (),
        Some(known) if rest.is_empty() => known.below.clear(),
        Some(known) => add(&mut known.below, rest),
        None => {
            let mut field = Field { name: (*first).to_owned(), below: Vec::new() };
            add(&mut field.below, rest);
            fields.push(field);
        }
    }
}

fn leads_somewhere(catalog: &Catalog, start: Vec<ShapeId>, steps: &[&str]) -> bool {
    let mut places = start;
    for step in steps {
        let mut next = Vec::new();
        for object in objects(catalog, places) {
            let Some(Shape::Object(object)) = catalog.shape(object) else { continue };
            let known = object.properties.iter().find(|property| property.name == *step);
            next.extend(known.map(|property| property.shape));
        }
        places = next;
    }
    !places.is_empty()
}

/// The objects behind lists and choices.
fn objects(catalog: &Catalog, mut open: Vec<ShapeId>) -> Vec<ShapeId> {
    let (mut seen, mut found) = (Vec::new(), Vec::new());
    while let Some(id) = open.pop() {
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        match catalog.shape(id) {
            Some(Shape::Object(_)) => found.push(id),
            Some(Shape::Array(items)) => open.push(*items),
            Some(Shape::OneOf { variants, .. }) => {
                open.extend(variants.iter().map(|variant| variant.shape));
            }
            Some(Shape::Map { .. } | Shape::Scalar(_)) | None => (),
        }
    }
    found
}
