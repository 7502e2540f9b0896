//! How much of a request's body is read before anything is decided about it.

use catalog::{Catalog, Operation, Shape, ShapeId};
use model::limits::{BODY_BYTES_MAX, UPLOAD_BYTES_MAX};

/// Bytes that are read for an operation: those of an upload only where the catalog says that a string of its body may be
/// longer than any ordinary body is.
pub(crate) fn bytes_max(catalog: &Catalog, operation: &Operation) -> usize {
    let mut found = Vec::new();
    let is_upload = operation.body.is_some_and(|shape| has_long_string(catalog, shape, &mut found));
    if is_upload { UPLOAD_BYTES_MAX } else { BODY_BYTES_MAX }
}

/// `found` holds the shapes that were looked at: they can lead back to themselves.
fn has_long_string(catalog: &Catalog, id: ShapeId, found: &mut Vec<ShapeId>) -> bool {
    if found.contains(&id) {
        return false;
    }
    found.push(id);
    let mut below = |id: ShapeId| has_long_string(catalog, id, found);
    match catalog.shape(id) {
        None => false,
        Some(Shape::Scalar(scalar)) => {
            scalar.string && scalar.length_max.is_some_and(|most| most > BODY_BYTES_MAX)
        }
        Some(Shape::Object(object)) => object.properties.iter().any(|one| below(one.shape)),
        Some(Shape::Map { value, .. }) => below(*value),
        Some(Shape::Array(items)) => below(*items),
        Some(Shape::OneOf { variants, .. }) => variants.iter().any(|one| below(one.shape)),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes_max;
    use catalog::{Document, Numbering};
    use model::limits::{BODY_BYTES_MAX, UPLOAD_BYTES_MAX};

    /// As the built-in platform's catalog says: a post can carry a photo, a comment cannot.
    #[test]
    fn only_an_upload_is_read_as_one() {
        let document = Document::parse(platform::CATALOG_JSON.as_bytes()).unwrap();
        let numbering = document.new_names(&Numbering::default()).unwrap();
        let catalog = document.compile(&numbering).unwrap();
        let mut uploads = Vec::new();
        for operation in &catalog.operations {
            match bytes_max(&catalog, operation) {
                UPLOAD_BYTES_MAX => uploads.push(operation.name.as_str()),
                most => assert_eq!(most, BODY_BYTES_MAX, "{}", operation.name),
            }
        }
        assert_eq!(uploads, ["createPost"]);
    }
}
