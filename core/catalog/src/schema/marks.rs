//! The extensions on one schema.

use crate::compiled::{AboutSource, Path, PropertyRole, RecordPaths};
use crate::mistake::{Findings, child, did_you_mean};
use crate::path;
use crate::vocabulary::{Names, known_keys};
use model::{ClassMask, IdentifierKind, ObjectKind};
use serde_json::{Map, Value};

/// What a schema says beyond its type.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Marks {
    pub(crate) classes: ClassMask,
    pub(crate) key_classes: ClassMask,
    /// `None`: as the surrounding node. Never [`AboutSource::Inherit`].
    pub(crate) about: Option<AboutSource>,
    pub(crate) context: Option<Path>,
    pub(crate) record: Option<RecordPaths>,
    pub(crate) role: Option<PropertyRole>,
}

/// Reads the extensions of a schema object.
pub(crate) fn read(
    schema: &Map<String, Value>,
    pointer: &str,
    names: &Names<'_>,
    findings: &mut Findings,
) -> Marks {
    let classes = |key: &str, findings: &mut Findings| match schema.get(key) {
        Some(value) => names.classes(value, &child(pointer, key), findings),
        None => ClassMask::NONE,
    };
    Marks {
        classes: classes("x-data-class", findings),
        key_classes: classes("x-map-key-class", findings),
        about: schema.get("x-about").and_then(|v| about(v, &child(pointer, "x-about"), findings)),
        context: schema
            .get("x-context")
            .and_then(|v| one_path(v, &child(pointer, "x-context"), findings)),
        record: schema
            .get("x-record")
            .and_then(|v| record(v, &child(pointer, "x-record"), findings)),
        role: role(schema, pointer, names, findings),
    }
}

fn one_path(value: &Value, pointer: &str, findings: &mut Findings) -> Option<Path> {
    match value.as_str().map(path::parse) {
        Some(Ok(path)) => Some(path),
        Some(Err(why)) => {
            findings.mistake(pointer, format!("the path {why}"), "write it as `author.id`");
            None
        }
        None => {
            findings.mistake(pointer, "is not a path", "write a string as `author.id`");
            None
        }
    }
}

fn about(value: &Value, pointer: &str, findings: &mut Findings) -> Option<AboutSource> {
    match value {
        Value::String(word) if word == "nobody" => Some(AboutSource::Nobody),
        Value::Array(list) if list.is_empty() => {
            findings.mistake(pointer, "is an empty list", "write `nobody` where it is meant");
            None
        }
        Value::Array(list) => {
            let mut paths = Vec::new();
            for (index, item) in list.iter().enumerate() {
                let path = one_path(item, &child(pointer, &index.to_string()), findings)?;
                if !paths.contains(&path) {
                    paths.push(path);
                }
            }
            Some(AboutSource::Paths(paths))
        }
        single => one_path(single, pointer, findings).map(|path| AboutSource::Paths(vec![path])),
    }
}

const RECORD_KEYS: &[&str] = &["kind", "id", "time", "state", "friend", "participant"];

fn record(value: &Value, pointer: &str, findings: &mut Findings) -> Option<RecordPaths> {
    let Value::Object(map) = value else {
        findings.mistake(
            pointer,
            "is not an object",
            "write `{ \"kind\": \"post\", \"id\": \"id\" }`",
        );
        return None;
    };
    known_keys(map, pointer, RECORD_KEYS, findings);
    let word = map.get("kind").and_then(Value::as_str).unwrap_or_default();
    let kind = ObjectKind::from_word(word);
    if kind.is_none() {
        findings.mistake(
            child(pointer, "kind"),
            format!("`{}` is not a kind of record", word.chars().take(40).collect::<String>()),
            did_you_mean(word, ObjectKind::ALL.iter().map(|kind| kind.word()), ""),
        );
    }
    let mut path =
        |key: &str| map.get(key).and_then(|v| one_path(v, &child(pointer, key), findings));
    let (id, time, state) = (path("id"), path("time"), path("state"));
    let (friend, participant) = (path("friend"), path("participant"));
    if !map.contains_key("id") {
        findings.mistake(pointer, "`id` is missing", "a record is known by the path to its id");
    }
    Some(RecordPaths { kind: kind?, id: id?, time, state, friend, participant })
}

fn role(
    schema: &Map<String, Value>,
    pointer: &str,
    names: &Names<'_>,
    findings: &mut Findings,
) -> Option<PropertyRole> {
    let mut roles = Vec::new();
    if let Some(value) = schema.get("x-identifier") {
        roles.push(PropertyRole::Identifier(identifier(
            value,
            &child(pointer, "x-identifier"),
            findings,
        )?));
    }
    for (key, role) in [("x-media", PropertyRole::Media), ("x-cursor", PropertyRole::Cursor)] {
        match schema.get(key) {
            None | Some(Value::Bool(false)) => (),
            Some(Value::Bool(true)) => roles.push(role),
            Some(_) => findings.mistake(child(pointer, key), "is not a boolean", "write true"),
        }
    }
    if let Some(value) = schema.get("x-count") {
        roles.push(count(value, &child(pointer, "x-count"), names, findings)?);
    }
    if roles.len() > 1 {
        findings.mistake(
            pointer,
            "is more than one of identifier, media, count and cursor",
            "keep the one that it is",
        );
    }
    roles.first().copied()
}

/// The kind of thing that an `x-identifier` names, on a schema or a parameter.
pub(crate) fn identifier(
    value: &Value,
    pointer: &str,
    findings: &mut Findings,
) -> Option<IdentifierKind> {
    let word = value.as_str().unwrap_or_default();
    let kind = IdentifierKind::from_word(word);
    if kind.is_none() {
        findings.mistake(
            pointer,
            format!("`{}` is not a kind of identifier", word.chars().take(40).collect::<String>()),
            did_you_mean(word, IdentifierKind::ALL.iter().map(|kind| kind.word()), ""),
        );
    }
    kind
}

fn count(
    value: &Value,
    pointer: &str,
    names: &Names<'_>,
    findings: &mut Findings,
) -> Option<PropertyRole> {
    let Value::Object(map) = value else {
        findings.mistake(pointer, "is not an object", "write `{ \"of\": CLASS, \"minimum\": 5 }`");
        return None;
    };
    known_keys(map, pointer, &["of", "minimum"], findings);
    match map.get("of").and_then(Value::as_str) {
        Some(name) => {
            names.class(name, &child(pointer, "of"), findings);
        }
        None => findings.mistake(pointer, "`of` is missing", "name the class that is counted"),
    }
    let minimum = map.get("minimum").and_then(Value::as_u64).filter(|minimum| *minimum > 0);
    if minimum.is_none() {
        findings.mistake(
            pointer,
            "`minimum` is missing or no positive integer",
            "write the smallest number that may leave, such as 5",
        );
    }
    Some(PropertyRole::Count { minimum: minimum? })
}
