//! One schema object as it is written, without what it refers to.

use super::marks::{self, Marks};
use super::narrow::{Kinds, Narrow, Range};
use crate::mistake::{Findings, child, did_you_mean};
use crate::vocabulary::Names;
use serde_json::{Map, Value};

/// A sub-schema by its value and pointer.
pub(crate) type Part<'d> = (String, &'d Value);

/// A list of alternatives in one schema.
#[derive(Debug, Clone)]
pub(crate) struct Group<'d> {
    pub(crate) branches: Vec<Part<'d>>,
    /// `discriminator`, where it stands beside them.
    pub(crate) discriminator: Option<&'d Value>,
}

/// What `additionalProperties` says.
#[derive(Debug, Clone, Default)]
pub(crate) enum Additional<'d> {
    #[default]
    Unsaid,
    Closed,
    Open,
    Schema(Part<'d>),
}

/// A schema object.
#[derive(Debug, Clone)]
pub(crate) struct Leaf<'d> {
    pub(crate) narrow: Narrow,
    /// Whether `type`, `enum` or `const` say what kind of value it is.
    pub(crate) typed: bool,
    pub(crate) properties: Vec<(&'d str, Part<'d>)>,
    pub(crate) required: Vec<&'d str>,
    pub(crate) items: Option<Part<'d>>,
    pub(crate) additional: Additional<'d>,
    pub(crate) all_of: Vec<Part<'d>>,
    pub(crate) reference: Option<&'d str>,
    pub(crate) groups: Vec<Group<'d>>,
    pub(crate) marks: Marks,
    /// Keywords that cannot be enforced, by pointer: mistakes where anything beneath may leave.
    pub(crate) hard: Vec<(String, &'static str)>,
}

const HARD: &[&str] = &[
    "not",
    "if",
    "then",
    "else",
    "patternProperties",
    "prefixItems",
    "dependentSchemas",
    "$dynamicRef",
    "$recursiveRef",
    "$id",
];

/// Reads a schema.
pub(crate) fn read<'d>(
    value: &'d Value,
    pointer: &str,
    names: &Names<'_>,
    findings: &mut Findings,
) -> Leaf<'d> {
    let mut leaf = Leaf {
        narrow: Narrow::ANY,
        typed: false,
        properties: Vec::new(),
        required: Vec::new(),
        items: None,
        additional: Additional::Unsaid,
        all_of: Vec::new(),
        reference: None,
        groups: Vec::new(),
        marks: Marks::default(),
        hard: Vec::new(),
    };
    match value {
        Value::Object(schema) => fill(&mut leaf, schema, pointer, names, findings),
        Value::Bool(true) => (),
        Value::Bool(false) => leaf.narrow = Narrow::NOTHING,
        _ => {
            findings.mistake(pointer, "is not a schema", "write an object, true or false");
            leaf.narrow = Narrow::NOTHING;
        }
    }
    leaf
}

fn fill<'d>(
    leaf: &mut Leaf<'d>,
    schema: &'d Map<String, Value>,
    pointer: &str,
    names: &Names<'_>,
    findings: &mut Findings,
) {
    leaf.marks = marks::read(schema, pointer, names, findings);
    let part = |key: &'static str| schema.get(key).map(|value| (child(pointer, key), value));
    kinds(leaf, schema, pointer, findings);
    listed(leaf, schema, pointer);
    bounds(leaf, schema, pointer);
    if let Some(Value::Object(properties)) = schema.get("properties") {
        let at = child(pointer, "properties");
        leaf.properties.extend(
            properties.iter().map(|(name, value)| (name.as_str(), (child(&at, name), value))),
        );
    }
    if let Some(Value::Array(required)) = schema.get("required") {
        leaf.required.extend(required.iter().filter_map(Value::as_str));
    }
    leaf.items = part("items");
    leaf.additional = match part("additionalProperties") {
        None => Additional::Unsaid,
        Some((_, Value::Bool(false))) => Additional::Closed,
        Some((_, Value::Bool(true))) => Additional::Open,
        Some((_, Value::Object(map))) if map.is_empty() => Additional::Open,
        Some(schema) => Additional::Schema(schema),
    };
    leaf.all_of = list(part("allOf"), findings);
    leaf.reference = match schema.get("$ref") {
        None => None,
        Some(Value::String(reference)) => Some(reference),
        Some(_) => {
            findings.mistake(child(pointer, "$ref"), "is not a reference", "write a string");
            None
        }
    };
    for key in ["oneOf", "anyOf"] {
        let branches = list(part(key), findings);
        if !branches.is_empty() {
            leaf.groups.push(Group { branches, discriminator: schema.get("discriminator") });
        }
    }
    for key in HARD {
        if schema.contains_key(*key) {
            leaf.hard.push((child(pointer, key), key));
        }
    }
    if schema.get("unevaluatedProperties").is_some_and(Value::is_object) {
        leaf.hard.push((child(pointer, "unevaluatedProperties"), "unevaluatedProperties"));
    }
}

fn list<'d>(part: Option<Part<'d>>, findings: &mut Findings) -> Vec<Part<'d>> {
    match part {
        None => Vec::new(),
        Some((at, Value::Array(items))) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (child(&at, &index.to_string()), value))
            .collect(),
        Some((at, _)) => {
            findings.mistake(at, "is not a list", "write a list of schemas");
            Vec::new()
        }
    }
}

const KINDS: [&str; 7] = ["object", "array", "string", "integer", "number", "boolean", "null"];

fn kinds(leaf: &mut Leaf<'_>, schema: &Map<String, Value>, pointer: &str, findings: &mut Findings) {
    let at = child(pointer, "type");
    let words = match schema.get("type") {
        None => return,
        Some(Value::Array(words)) => words.iter().collect(),
        Some(word) => vec![word],
    };
    leaf.typed = true;
    let mut kinds = Kinds::NONE;
    for word in words {
        let word = word.as_str().unwrap_or_default();
        match Kinds::from_word(word) {
            Some(kind) => kinds = kinds.or(kind),
            None => findings.mistake(
                &at,
                format!("`{}` is not a type", word.chars().take(40).collect::<String>()),
                did_you_mean(word, KINDS, ""),
            ),
        }
    }
    leaf.narrow.kinds = kinds;
    if schema.get("nullable").is_some() {
        findings.warning(
            child(pointer, "nullable"),
            "`nullable` means nothing in OpenAPI 3.1: null is dropped",
            "write `\"type\": [\"string\", \"null\"]`",
        );
    }
}

/// `enum` and `const`.
fn listed(leaf: &mut Leaf<'_>, schema: &Map<String, Value>, pointer: &str) {
    let (key, values) = match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => ("const", std::slice::from_ref(value)),
        (None, Some(Value::Array(values))) => ("enum", values.as_slice()),
        _ => return,
    };
    leaf.typed = true;
    let mut narrow = Narrow::of(Kinds::NONE);
    let mut choices = Vec::new();
    let mut integers = Vec::new();
    let mut exact = true;
    let (mut has_true, mut has_false) = (false, false);
    for value in values {
        narrow.kinds = narrow.kinds.or(match value {
            Value::String(text) => {
                choices.push(text.clone());
                Kinds::STRING
            }
            Value::Number(number) => match number.as_i64() {
                Some(integer) => {
                    integers.push(integer);
                    Kinds::INTEGER
                }
                None => {
                    exact = false;
                    Kinds::FRACTION.or(Kinds::INTEGER)
                }
            },
            Value::Bool(truth) => {
                has_true |= *truth;
                has_false |= !*truth;
                Kinds::BOOLEAN
            }
            Value::Null => Kinds::NULL,
            Value::Array(_) => {
                exact = false;
                Kinds::ARRAY
            }
            Value::Object(_) => {
                exact = false;
                Kinds::OBJECT
            }
        });
    }
    integers.sort_unstable();
    integers.dedup();
    if let (Some(first), Some(last)) = (integers.first(), integers.last()) {
        // A range says the same only where the list has no gaps.
        exact &= last.checked_sub(*first).and_then(|span| usize::try_from(span).ok())
            == Some(integers.len() - 1);
        narrow.integer = Range { from: Some(*first), to: Some(*last) };
    }
    exact &= has_true == has_false;
    if !exact {
        leaf.hard.push((child(pointer, key), if key == "const" { "const" } else { "enum" }));
    }
    narrow.choices = Some(choices).filter(|choices| !choices.is_empty());
    leaf.narrow = std::mem::replace(&mut leaf.narrow, Narrow::NOTHING).and(narrow);
}

fn bounds(leaf: &mut Leaf<'_>, schema: &Map<String, Value>, pointer: &str) {
    let mut hard = Vec::new();
    let mut integer = |key: &'static str| {
        let bound = schema.get(key)?.as_i64();
        if bound.is_none() {
            hard.push((child(pointer, key), key));
        }
        bound
    };
    let length = |key: &str| schema.get(key)?.as_u64().and_then(|n| usize::try_from(n).ok());
    let mut narrow = Narrow::ANY;
    narrow.integer = Range { from: integer("minimum"), to: integer("maximum") };
    narrow.length = Range { from: length("minLength"), to: length("maxLength") };
    let mut strict = Narrow::ANY;
    strict.integer = Range {
        from: integer("exclusiveMinimum").map(|n| n.saturating_add(1)),
        to: integer("exclusiveMaximum").map(|n| n.saturating_sub(1)),
    };
    leaf.narrow = std::mem::replace(&mut leaf.narrow, Narrow::NOTHING).and(narrow).and(strict);
    leaf.hard.extend(hard);
}
