//! What the root of a document defines: programs, purposes, data classes.

use crate::compiled::{AboutKind, Numbering};
use crate::limits::NAME_CHARS_MAX;
use crate::mistake::{Findings, child, did_you_mean};
use model::{ClassMask, ClassNo, Need};
use serde_json::{Map, Value};

/// A program or purpose.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) dpv: Option<String>,
    /// Of a purpose: it goes beyond the feature that somebody uses.
    pub(crate) beyond: bool,
}

/// A data class as the document defines it.
pub(crate) struct ClassDefinition {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) sensitivity: u8,
    pub(crate) dpv: Option<String>,
    pub(crate) about: AboutKind,
    pub(crate) needs: Vec<Need>,
    /// Every property of it must be an `x-count`.
    pub(crate) derived: bool,
}

/// The definitions, in the document's order.
#[derive(Default)]
pub(crate) struct Vocabulary {
    pub(crate) programs: Vec<Named>,
    pub(crate) purposes: Vec<Named>,
    pub(crate) classes: Vec<ClassDefinition>,
}

impl Vocabulary {
    pub(crate) fn class(&self, name: &str) -> Option<&ClassDefinition> {
        self.classes.iter().find(|class| class.name == name)
    }

    fn class_names(&self) -> impl Iterator<Item = &str> + Clone {
        self.classes.iter().map(|class| class.name.as_str())
    }
}

/// Definitions together with their permanent numbers.
pub(crate) struct Names<'a> {
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) numbering: &'a Numbering,
}

impl<'a> Names<'a> {
    /// The classes that `value` (a name or a list of names) gives. Unknown names are mistakes and give nothing.
    pub(crate) fn classes(
        &self,
        value: &Value,
        pointer: &str,
        findings: &mut Findings,
    ) -> ClassMask {
        let mut mask = ClassMask::NONE;
        let mut add = |value: &Value, pointer: &str| match value.as_str() {
            Some(name) => {
                if let Some((number, _)) = self.class(name, pointer, findings) {
                    mask = mask | ClassMask::of(number);
                }
            }
            None => findings.mistake(pointer, "is not the name of a data class", "write a string"),
        };
        match value {
            Value::Array(list) => {
                for (index, item) in list.iter().enumerate() {
                    add(item, &child(pointer, &index.to_string()));
                }
            }
            single => add(single, pointer),
        }
        mask
    }

    /// The class of this name.
    pub(crate) fn class(
        &self,
        name: &str,
        pointer: &str,
        findings: &mut Findings,
    ) -> Option<(ClassNo, &'a ClassDefinition)> {
        let found = self
            .vocabulary
            .class(name)
            .and_then(|class| Some((*self.numbering.classes.get(name)?, class)));
        if found.is_none() {
            findings.mistake(
                pointer,
                format!("`{name}` is not a data class"),
                did_you_mean(
                    name,
                    self.vocabulary.class_names(),
                    "define it under /x-data-classes",
                ),
            );
        }
        found
    }

    /// The definition behind a number.
    pub(crate) fn definition(&self, number: ClassNo) -> Option<&'a ClassDefinition> {
        let class_has_number = |class: &&ClassDefinition| {
            self.numbering.classes.get(&class.name).is_some_and(|known| *known == number)
        };
        self.vocabulary.classes.iter().find(class_has_number)
    }
}

/// Reads the root extensions.
pub(crate) fn read(root: &Map<String, Value>, findings: &mut Findings) -> Vocabulary {
    match root.get("x-bailment") {
        None => findings.mistake(
            "",
            "`x-bailment` is missing",
            "add `\"x-bailment\": 1`, the version of the extensions",
        ),
        Some(version) if version.as_u64() != Some(1) => findings.mistake(
            "/x-bailment",
            "is not a version of the extensions that is known here",
            "write 1",
        ),
        Some(_) => (),
    }
    let mut vocabulary = Vocabulary {
        programs: named(root, "x-programs", findings),
        purposes: named(root, "x-purposes", findings),
        classes: Vec::new(),
    };
    for (name, pointer, definition) in definitions(root, "x-data-classes", findings) {
        vocabulary.classes.push(class(name, &pointer, definition, findings));
    }
    if vocabulary.classes.len() > model::limits::CLASSES_MAX {
        findings.mistake(
            "/x-data-classes",
            format!("has {} classes", vocabulary.classes.len()),
            format!("at most {} can be told apart", model::limits::CLASSES_MAX),
        );
    }
    vocabulary
}

fn named(root: &Map<String, Value>, key: &'static str, findings: &mut Findings) -> Vec<Named> {
    let mut list = Vec::new();
    for (name, pointer, definition) in definitions(root, key, findings) {
        let known: &[&str] = match key {
            "x-purposes" => &["title", "text", "dpv", "beyond"],
            _ => &["title", "text", "dpv"],
        };
        known_keys(definition, &pointer, known, findings);
        let beyond = match definition.get("beyond") {
            None | Some(Value::Bool(false)) => false,
            Some(Value::Bool(true)) => true,
            Some(_) => {
                let at = child(&pointer, "beyond");
                findings.mistake(at, "is neither true nor false", "write true or leave it out");
                true
            }
        };
        list.push(Named {
            name: name.to_owned(),
            title: required_text(definition, "title", &pointer, findings),
            dpv: text(definition, "dpv", &pointer, findings),
            beyond,
        });
    }
    list
}

fn definitions<'v>(
    root: &'v Map<String, Value>,
    key: &'static str,
    findings: &mut Findings,
) -> Vec<(&'v str, String, &'v Map<String, Value>)> {
    let at = child("", key);
    let entries = match root.get(key) {
        None => {
            findings.mistake("", format!("`{key}` is missing"), "add it, if only as `{}`");
            return Vec::new();
        }
        Some(Value::Object(entries)) => entries,
        Some(_) => {
            findings.mistake(at, "is not an object", "write definitions by name");
            return Vec::new();
        }
    };
    let mut list = Vec::new();
    for (name, definition) in entries {
        let pointer = child(&at, name);
        let well_formed = name.len() <= NAME_CHARS_MAX
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.bytes().all(|b| {
                b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_')
            });
        if !well_formed {
            findings.mistake(
                &pointer,
                "is not a name that can stand in a scope",
                format!("a lower-case letter, then letters, digits, `.`, `-`, `_`; at most {NAME_CHARS_MAX} characters"),
            );
        }
        match definition {
            Value::Object(definition) => list.push((name.as_str(), pointer, definition)),
            _ => findings.mistake(pointer, "is not an object", "write `{ \"title\": … }`"),
        }
    }
    list
}

const CLASS_KEYS: &[&str] = &["title", "text", "sensitivity", "dpv", "about", "needs", "derived"];

fn class(
    name: &str,
    pointer: &str,
    definition: &Map<String, Value>,
    findings: &mut Findings,
) -> ClassDefinition {
    known_keys(definition, pointer, CLASS_KEYS, findings);
    let about = match definition.get("about").map(Value::as_str) {
        None | Some(Some("person")) => AboutKind::Person,
        Some(Some("nobody")) => AboutKind::Nobody,
        Some(Some("action")) => AboutKind::Action,
        Some(_) => {
            let at = child(pointer, "about");
            findings.mistake(at, "is unknown", "write `person`, `nobody` or `action`");
            AboutKind::Person
        }
    };
    let sensitivity = definition.get("sensitivity").and_then(Value::as_u64);
    let sensitivity = sensitivity.and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= 3);
    if sensitivity.is_none() {
        let at = child(pointer, "sensitivity");
        findings.mistake(at, "is not a sensitivity", "write 0 (public) to 3 (special category)");
    }
    let derived = match definition.get("derived") {
        None => false,
        Some(Value::Bool(derived)) => *derived,
        Some(_) => {
            findings.mistake(child(pointer, "derived"), "is not a boolean", "write true or false");
            true
        }
    };
    ClassDefinition {
        name: name.to_owned(),
        title: required_text(definition, "title", pointer, findings),
        text: required_text(definition, "text", pointer, findings),
        sensitivity: sensitivity.unwrap_or(3),
        dpv: text(definition, "dpv", pointer, findings),
        about,
        needs: needs(definition, pointer, findings),
        derived,
    }
}

fn needs(definition: &Map<String, Value>, pointer: &str, findings: &mut Findings) -> Vec<Need> {
    let at = child(pointer, "needs");
    let list = match definition.get("needs") {
        None => return Vec::new(),
        Some(Value::Array(list)) => list,
        Some(_) => {
            findings.mistake(at, "is not a list", "write a list of needs");
            return Vec::new();
        }
    };
    let mut needs = Vec::new();
    for (index, value) in list.iter().enumerate() {
        let word = value.as_str().unwrap_or_default();
        match Need::from_word(word) {
            Some(need) if needs.contains(&need) => (),
            Some(need) => needs.push(need),
            None => findings.mistake(
                child(&at, &index.to_string()),
                format!("`{}` is not a need", word.chars().take(40).collect::<String>()),
                did_you_mean(word, Need::ALL.iter().map(|need| need.word()), ""),
            ),
        }
    }
    needs
}

/// Keys of our own objects are a closed list: a misspelt one would be a rule that nobody applies.
pub(crate) fn known_keys(
    map: &Map<String, Value>,
    pointer: &str,
    known: &[&'static str],
    findings: &mut Findings,
) {
    for key in map.keys() {
        if !known.contains(&key.as_str()) {
            findings.mistake(
                child(pointer, key),
                "is unknown here",
                did_you_mean(key, known.iter().copied(), "remove it"),
            );
        }
    }
}

fn text(
    map: &Map<String, Value>,
    key: &str,
    pointer: &str,
    findings: &mut Findings,
) -> Option<String> {
    match map.get(key)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        _ => {
            findings.mistake(child(pointer, key), "is not a text", "write a string, not empty");
            None
        }
    }
}

fn required_text(
    map: &Map<String, Value>,
    key: &str,
    pointer: &str,
    findings: &mut Findings,
) -> String {
    if !map.contains_key(key) {
        findings.mistake(
            pointer,
            format!("`{key}` is missing"),
            "people read it when they decide: write it in plain words",
        );
    }
    text(map, key, pointer, findings).unwrap_or_default()
}
