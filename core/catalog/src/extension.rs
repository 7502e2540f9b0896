//! Every extension key of the document: known, in its place, spelt right.

use crate::mistake::{Findings, child, nearest};
use crate::schema::marks;
use crate::vocabulary::Names;
use serde_json::{Map, Value};

/// What kind of object a part of the document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    PathItem,
    Operation,
    Parameter,
    Schema,
    Other,
}

const ROOT: &[&str] = &["x-bailment", "x-programs", "x-purposes", "x-data-classes"];
const OPERATION: &[&str] =
    &["x-program", "x-purpose", "x-upstream", "x-context", "x-requires", "x-token"];
const PARAMETER: &[&str] = &["x-identifier", "x-cursor", "x-filter"];
const SCHEMA: &[&str] = &[
    "x-data-class",
    "x-map-key-class",
    "x-about",
    "x-context",
    "x-record",
    "x-identifier",
    "x-media",
    "x-count",
    "x-cursor",
    "x-text",
];

impl Place {
    const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Root => ROOT,
            Self::Operation => OPERATION,
            Self::Parameter => PARAMETER,
            Self::Schema => SCHEMA,
            Self::PathItem | Self::Other => &[],
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Root => "at the root",
            Self::PathItem => "on a path",
            Self::Operation => "on an operation",
            Self::Parameter => "on a parameter",
            Self::Schema => "on a schema",
            Self::Other => "here",
        }
    }
}

/// Whether an operation speaks of Bailment at all.
pub(crate) fn mentions_us(operation: &Map<String, Value>) -> bool {
    operation.keys().any(|key| OPERATION.contains(&key.as_str()))
}

/// How much the document holds.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) properties: usize,
    pub(crate) classified: usize,
}

/// Walks the whole document; schemas that no operation reaches too.
pub(crate) fn check(root: &Map<String, Value>, names: &Names<'_>, findings: &mut Findings) -> Seen {
    let mut walk = Walk { names, findings, seen: Seen::default() };
    walk.object(root, "", Place::Root);
    walk.seen
}

struct Walk<'a, 'f> {
    names: &'a Names<'a>,
    findings: &'f mut Findings,
    seen: Seen,
}

// The recursion is bounded: the reader refuses JSON nested more than 128 deep.
impl Walk<'_, '_> {
    fn object(&mut self, map: &Map<String, Value>, pointer: &str, place: Place) {
        for (key, value) in map {
            if key.starts_with("x-") {
                self.key(key, pointer, place);
            } else {
                self.field(key, value, &child(pointer, key), place);
            }
        }
        if place == Place::Schema {
            marks::read(map, pointer, self.names, self.findings);
        }
    }

    fn key(&mut self, key: &str, pointer: &str, place: Place) {
        if place.keys().contains(&key) {
            return;
        }
        let ours = [ROOT, OPERATION, PARAMETER, SCHEMA].concat();
        let at = child(pointer, key);
        if ours.contains(&key) {
            let suggestion = nearest(key, place.keys().iter().copied()).map_or_else(
                || "move it where it belongs".to_owned(),
                |n| format!("did you mean `{n}`?"),
            );
            self.findings.mistake(
                at,
                format!("`{key}` means nothing {}", place.word()),
                suggestion,
            );
        } else if let Some(near) =
            nearest(key, place.keys().iter().copied()).or_else(|| nearest(key, ours))
        {
            self.findings.mistake(
                at,
                format!("`{key}` is not an extension that is known here"),
                format!("did you mean `{near}`?"),
            );
        }
    }

    fn field(&mut self, key: &str, value: &Value, pointer: &str, place: Place) {
        match (place, key) {
            // Data, not description: whatever stands in them is no extension.
            (_, "example" | "examples" | "default" | "enum" | "const" | "mapping") => (),
            (Place::Schema, "properties" | "patternProperties" | "$defs" | "dependentSchemas") => {
                if key == "properties" {
                    self.count(value);
                }
                self.each(value, pointer, Place::Schema);
            }
            (Place::Schema, "allOf" | "anyOf" | "oneOf" | "prefixItems") => {
                self.each(value, pointer, Place::Schema);
            }
            (
                Place::Schema,
                "items"
                | "additionalProperties"
                | "unevaluatedProperties"
                | "unevaluatedItems"
                | "not"
                | "if"
                | "then"
                | "else"
                | "contains"
                | "propertyNames",
            )
            | (_, "schema") => self.value(value, pointer, Place::Schema),
            (Place::Schema, _) => (),
            (Place::Other, "schemas") => self.each(value, pointer, Place::Schema),
            (_, "parameters") => self.each(value, pointer, Place::Parameter),
            (Place::Root, "paths" | "webhooks") | (Place::Other, "pathItems" | "callbacks") => {
                self.each(value, pointer, Place::PathItem);
            }
            (Place::Operation, "callbacks") => (),
            (
                Place::PathItem,
                "get" | "post" | "put" | "patch" | "delete" | "head" | "options" | "trace",
            ) => self.value(value, pointer, Place::Operation),
            (
                _,
                "responses" | "requestBodies" | "content" | "headers" | "links" | "securitySchemes"
                | "encoding",
            ) => self.each(value, pointer, Place::Other),
            _ => self.value(value, pointer, Place::Other),
        }
    }

    fn value(&mut self, value: &Value, pointer: &str, place: Place) {
        match value {
            Value::Object(map) => self.object(map, pointer, place),
            Value::Array(_) if place != Place::Schema => self.each(value, pointer, place),
            _ => (),
        }
    }

    fn each(&mut self, value: &Value, pointer: &str, place: Place) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    self.value(value, &child(pointer, key), place);
                }
            }
            Value::Array(list) => {
                for (index, value) in list.iter().enumerate() {
                    self.value(value, &child(pointer, &index.to_string()), place);
                }
            }
            _ => (),
        }
    }

    fn count(&mut self, properties: &Value) {
        let Value::Object(map) = properties else { return };
        self.seen.properties += map.len();
        self.seen.classified += map
            .values()
            .filter(|schema| schema.get("x-data-class").is_some_and(|class| !class.is_null()))
            .count();
    }
}
