//! Which operation of the catalog a request asks for.

use catalog::{Catalog, Method, Operation, Segment};
use std::collections::BTreeMap;

/// Values of path parameters by name, percent-decoded.
pub(crate) type PathValues = BTreeMap<String, String>;

/// What a path leads to.
pub(crate) enum Found<'c> {
    /// An operation.
    Operation(&'c Operation, PathValues),
    /// The path exists, with these methods only.
    OtherMethods(Vec<&'static str>),
    /// Nothing.
    Nothing,
}

pub(crate) const fn word(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// Finds the operation for a method and a path below the API's base.
pub(crate) fn find<'c>(catalog: &'c Catalog, method: &str, path: &str) -> Found<'c> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let mut others = Vec::new();
    for operation in &catalog.operations {
        let Some(values) = matched(&operation.path, &parts) else { continue };
        if word(operation.method) == method {
            return Found::Operation(operation, values);
        }
        others.push(word(operation.method));
    }
    if others.is_empty() { Found::Nothing } else { Found::OtherMethods(others) }
}

fn matched(template: &[Segment], parts: &[&str]) -> Option<PathValues> {
    if template.len() != parts.len() {
        return None;
    }
    let mut values = PathValues::new();
    for (segment, part) in template.iter().zip(parts) {
        match segment {
            Segment::Literal(text) if text == part => {}
            Segment::Literal(_) => return None,
            Segment::Parameter(name) => {
                let decoded = percent_encoding::percent_decode_str(part).decode_utf8().ok()?;
                values.insert(name.clone(), decoded.into_owned());
            }
        }
    }
    Some(values)
}
