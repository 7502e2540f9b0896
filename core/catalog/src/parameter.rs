//! Parameters of operations.

use crate::compiled::{AboutKind, Parameter, ParameterPlace, Scalar, Shape};
use crate::mistake::{Findings, child};
use crate::operation::{Offered, referred};
use crate::schema::{Shapes, marks};
use crate::vocabulary::Names;
use model::{ClassMask, IdentifierKind};
use serde_json::{Map, Value};

/// Parameters that page, select or repeat and by their meaning filter nothing.
const NEUTRAL: &[&str] = &["limit", "fields", "page", "per_page", "Idempotency-Key"];

/// Reads the parameters of an operation: its own and those of the path item that it does not override.
pub(crate) fn read<'d>(
    offered: &Offered<'d>,
    names: &Names<'_>,
    shapes: &mut Shapes<'d, '_>,
) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Vec::new();
    let (item_pointer, item) = &offered.item;
    for (pointer, holder) in [(&offered.pointer, offered.operation), (item_pointer, *item)] {
        let mut own: Vec<Parameter> = Vec::new();
        let list = match holder.get("parameters") {
            Some(Value::Array(list)) => list.as_slice(),
            _ => continue,
        };
        let at = child(pointer, "parameters");
        for (index, value) in list.iter().enumerate() {
            let pointer = child(&at, &index.to_string());
            let Some((pointer, map)) = referred(shapes.root, pointer, value, &mut shapes.findings)
            else {
                continue;
            };
            let Some(parameter) = parameter(map, &pointer, names, shapes) else { continue };
            let is_same =
                |other: &Parameter| other.name == parameter.name && other.place == parameter.place;
            if own.iter().any(is_same) {
                shapes.findings.mistake(
                    pointer,
                    format!("`{}` is declared twice", parameter.name),
                    "keep one",
                );
            } else if !parameters.iter().any(is_same) {
                own.push(parameter);
            }
        }
        parameters.extend(own);
    }
    parameters
}

fn parameter<'d>(
    map: &'d Map<String, Value>,
    pointer: &str,
    names: &Names<'_>,
    shapes: &mut Shapes<'d, '_>,
) -> Option<Parameter> {
    let name = map.get("name").and_then(Value::as_str).unwrap_or_default();
    let required = map.get("required").and_then(Value::as_bool).unwrap_or(false);
    let place = match map.get("in").and_then(Value::as_str) {
        Some("path") => ParameterPlace::Path,
        Some("query") => ParameterPlace::Query,
        Some("header") => ParameterPlace::Header,
        _ => {
            left_out(
                required,
                pointer,
                "is neither in path, query nor header",
                &mut shapes.findings,
            );
            return None;
        }
    };
    if name.is_empty() {
        shapes.findings.mistake(pointer, "`name` is missing", "name the parameter");
        return None;
    }
    let Some(schema) = map.get("schema") else {
        left_out(required, pointer, "has no `schema`", &mut shapes.findings);
        return None;
    };
    let shape = shapes.body(&child(pointer, "schema"), schema);
    let scalar = match shapes.shape_of(shape) {
        Some(Shape::Scalar(scalar)) => scalar.clone(),
        _ => {
            left_out(required, pointer, "is no single value", &mut shapes.findings);
            return None;
        }
    };
    let findings = &mut shapes.findings;
    let identifier = identifier(map, pointer, &scalar, findings);
    let cursor = map.get("x-cursor").is_some_and(|value| *value == Value::Bool(true));
    if cursor && !scalar.string {
        findings.mistake(pointer, "a cursor is a string", "give it `\"type\": \"string\"`");
    }
    let filter = filter(map, pointer, names, findings);
    let unsaid = filter.is_none() && identifier.is_none() && !cursor;
    if unsaid && place != ParameterPlace::Path && !NEUTRAL.contains(&name) {
        findings.mistake(
            pointer,
            format!("`{name}` may filter, search or sort, but does not say by which class"),
            "add `x-filter` with a class, or an empty list where it depends on no data",
        );
    }
    Some(Parameter {
        name: name.to_owned(),
        place,
        required: required || place == ParameterPlace::Path,
        identifier,
        cursor,
        filter: filter.unwrap_or(ClassMask::NONE),
        scalar,
    })
}

fn left_out(required: bool, pointer: &str, why: &str, findings: &mut Findings) {
    if required {
        findings.mistake(
            pointer,
            format!("{why} and is required"),
            "take a single value by path or query",
        );
    } else {
        findings.warning(
            pointer,
            format!("{why}: it is not accepted"),
            "take a single value by path or query",
        );
    }
}

fn identifier(
    map: &Map<String, Value>,
    pointer: &str,
    scalar: &Scalar,
    findings: &mut Findings,
) -> Option<IdentifierKind> {
    let kind =
        marks::identifier(map.get("x-identifier")?, &child(pointer, "x-identifier"), findings)?;
    let only_string = scalar.string && !scalar.integer && !scalar.number && !scalar.boolean;
    if !only_string {
        findings.mistake(pointer, "an identifier is a string", "give it `\"type\": \"string\"`");
    }
    Some(kind)
}

fn filter(
    map: &Map<String, Value>,
    pointer: &str,
    names: &Names<'_>,
    findings: &mut Findings,
) -> Option<ClassMask> {
    let pointer = child(pointer, "x-filter");
    let classes = names.classes(map.get("x-filter")?, &pointer, findings);
    for class in classes.iter().filter_map(|number| names.definition(number)) {
        if class.about == AboutKind::Action {
            findings.mistake(
                &pointer,
                format!("`{}` is a permission to act, not a class of data", class.name),
                "name the class that it filters by",
            );
        }
    }
    Some(classes)
}
