//! A document from bytes to catalog.

use crate::compiled::{Catalog, Class, Numbering, Operation, Program, Purpose};
use crate::extension;
use crate::json::{Unambiguous, canonical};
use crate::limits::DOCUMENT_BYTES_MAX;
use crate::mistake::{Findings, Mistake};
use crate::operation::{self, Found, Offered};
use crate::schema::Shapes;
use crate::verify::Verifier;
use crate::vocabulary::{self, Names, Vocabulary};
use model::{ApiVersion, ClassNo, OperationNo, ProgramNo, PurposeNo};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// An OpenAPI document, read but not yet checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    root: Value,
}

/// How much a document holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Data classes defined.
    pub classes: usize,
    /// Operations described.
    pub operations: usize,
    /// Operations offered: with `x-program` and `x-purpose`.
    pub offered: usize,
    /// Schemas under `/components/schemas`.
    pub schemas: usize,
    /// Properties written in the document.
    pub properties: usize,
    /// Of these, with an `x-data-class` of their own.
    pub classified: usize,
    /// Properties of offered answers that are never released, because nothing gives them a class.
    pub unclassified: usize,
    /// Shapes compiled.
    pub shapes: usize,
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What must be changed before the document can be activated.
    pub mistakes: Vec<Mistake>,
    /// What is dropped or never released; the document can be activated all the same.
    pub warnings: Vec<Mistake>,
    /// How much there is.
    pub counts: Counts,
}

impl Document {
    /// Reads a document. Any bytes are safe to give: size and depth are bounded.
    ///
    /// # Errors
    /// Bytes that are not JSON, JSON that names a property twice, and documents other than OpenAPI 3.1.
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<Mistake>> {
        let wrong = |pointer: &str, problem: String, suggestion: &str| {
            let (pointer, suggestion) = (pointer.to_owned(), suggestion.to_owned());
            Err(vec![Mistake { pointer, problem, suggestion }])
        };
        if bytes.len() > DOCUMENT_BYTES_MAX {
            let problem = format!("has {} bytes", bytes.len());
            return wrong("", problem, &format!("at most {DOCUMENT_BYTES_MAX} are read"));
        }
        let root = match serde_json::from_slice::<Unambiguous>(bytes) {
            Ok(Unambiguous(root)) => root,
            Err(error) => return wrong("", format!("is not JSON: {error}"), "correct the syntax"),
        };
        if !root.is_object() {
            return wrong("", "is not an object".to_owned(), "write an OpenAPI 3.1 document");
        }
        match root.get("openapi").and_then(Value::as_str) {
            Some(version) if version == "3.1" || version.starts_with("3.1.") => Ok(Self { root }),
            Some(_) => wrong(
                "/openapi",
                "is another version than 3.1".to_owned(),
                "convert the document to OpenAPI 3.1",
            ),
            None => wrong(
                "",
                "`openapi` is missing".to_owned(),
                "write an OpenAPI document with `\"openapi\": \"3.1.0\"`",
            ),
        }
    }

    /// Numbers for the names of this document that `known` does not have: in the document's order, after the
    /// highest number given so far, so that no number is ever given twice.
    ///
    /// # Errors
    /// Mistakes in the definitions, and more names than there are numbers (128 classes over all time).
    pub fn new_names(&self, known: &Numbering) -> Result<Numbering, Vec<Mistake>> {
        let mut findings = Findings::default();
        let vocabulary = vocabulary::read(self.members(), &mut findings);
        let found = operation::find(&self.root, &vocabulary, &mut findings);
        let additions = number(&vocabulary, &found.offered, known, &mut findings);
        if findings.has_mistakes() { Err(findings.into_lists().0) } else { Ok(additions) }
    }

    /// Compiles the document. Every name must have its number in `numbering`.
    ///
    /// # Errors
    /// Everything that cannot be enforced, all at once.
    pub fn compile(&self, numbering: &Numbering) -> Result<Catalog, Vec<Mistake>> {
        let (catalog, findings, _) = self.compiled(numbering, Findings::default());
        match catalog {
            Some(catalog) if !findings.has_mistakes() => Ok(catalog),
            _ => Err(findings.into_lists().0),
        }
    }

    /// Checks the document as if it were activated on a fresh log.
    #[must_use]
    pub fn check(&self) -> Report {
        let mut findings = Findings::default();
        let mut unheard = Findings::default();
        let vocabulary = vocabulary::read(self.members(), &mut unheard);
        let found = operation::find(&self.root, &vocabulary, &mut unheard);
        let known = Numbering::default();
        let numbering = number(&vocabulary, &found.offered, &known, &mut findings);
        let (_, findings, counts) = self.compiled(&numbering, findings);
        let (mistakes, warnings) = findings.into_lists();
        Report { mistakes, warnings, counts }
    }

    /// The document in one spelling, for its digest: names sorted, no spaces (after RFC 8785).
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        canonical(&self.root, &mut bytes);
        bytes
    }

    /// The document as partners get it.
    #[must_use]
    pub const fn json(&self) -> &Value {
        &self.root
    }

    fn members(&self) -> &Map<String, Value> {
        static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        self.root.as_object().unwrap_or(&EMPTY)
    }

    fn compiled(
        &self,
        numbering: &Numbering,
        mut findings: Findings,
    ) -> (Option<Catalog>, Findings, Counts) {
        let vocabulary = vocabulary::read(self.members(), &mut findings);
        let names = Names { vocabulary: &vocabulary, numbering };
        let seen = extension::check(self.members(), &names, &mut findings);
        let found = operation::find(&self.root, &vocabulary, &mut findings);
        let about = self.about(&mut findings);

        let mut shapes = Shapes::new(&self.root, &names, findings);
        let mut operations: Vec<(&Offered<'_>, Operation)> = Vec::new();
        for offered in &found.offered {
            let operation = operation::compile(offered, &names, &mut shapes);
            operations.extend(operation.map(|operation| (offered, operation)));
        }
        let (shapes, notes, mut findings) = shapes.finish();

        let mut verifier = Verifier::new(&shapes, &notes, &names);
        for (_, operation) in &mut operations {
            if let Some(response) = operation.response {
                operation.classes = verifier.classes(response);
                verifier.answer(response, operation.context.is_some(), &mut findings);
            }
        }
        let pairs: Vec<_> = operations.iter().map(|(offered, o)| (*offered, o)).collect();
        operation::check_ambiguity(&pairs, &mut findings);

        let counts = Counts {
            classes: vocabulary.classes.len(),
            operations: found.total,
            offered: found.offered.len(),
            schemas: self
                .root
                .pointer("/components/schemas")
                .and_then(Value::as_object)
                .map_or(0, Map::len),
            properties: seen.properties,
            classified: seen.classified,
            unclassified: verifier.unclassified.len(),
            shapes: shapes.len(),
        };
        warn_of_counts(&counts, &mut findings);
        let operations: Vec<Operation> = operations.into_iter().map(|(_, o)| o).collect();
        let catalog = about.and_then(|(title, version)| {
            let mut catalog = definitions(&vocabulary, numbering, &found, &mut findings)?;
            (catalog.title, catalog.version) = (title, version);
            (catalog.operations, catalog.shapes) = (operations, shapes);
            Some(catalog)
        });
        (catalog, findings, counts)
    }

    /// `info.title` and `info.version`.
    fn about(&self, findings: &mut Findings) -> Option<(String, ApiVersion)> {
        let text = |pointer: &str| self.root.pointer(pointer).and_then(Value::as_str);
        let title = text("/info/title").filter(|title| !title.is_empty());
        if title.is_none() {
            findings.mistake("/info", "`title` is missing", "name the API");
        }
        let version = text("/info/version").and_then(|version| version.parse().ok());
        if version.is_none() {
            findings.mistake(
                "/info/version",
                "is not a dated version",
                "write the date of this version as `2026-11-01`",
            );
        }
        Some((title?.to_owned(), version?))
    }
}

fn warn_of_counts(counts: &Counts, findings: &mut Findings) {
    if counts.unclassified > 0 {
        findings.warning(
            "",
            format!("{} properties of offered answers have no class", counts.unclassified),
            "they are never released; add `x-data-class` to those that should be",
        );
    }
    let silent = counts.operations - counts.offered;
    if silent > 0 {
        findings.warning(
            "/paths",
            format!("{silent} of {} operations are not offered", counts.operations),
            "add `x-program` and `x-purpose` to those that should be",
        );
    }
}

fn number(
    vocabulary: &Vocabulary,
    offered: &[Offered<'_>],
    known: &Numbering,
    findings: &mut Findings,
) -> Numbering {
    let mut additions = Numbering::default();
    let class_names = vocabulary.classes.iter().map(|class| class.name.as_str());
    let last = known.classes.values().map(|class| u16::from(class.number())).max();
    let classes = fresh(class_names, last, |name| known.classes.contains_key(name));
    for (name, number) in classes {
        match number.and_then(|n| u8::try_from(n).ok()).and_then(ClassNo::new) {
            Some(number) => _ = additions.classes.insert(name, number),
            None => findings.mistake(
                "/x-data-classes",
                format!("no number is left for `{name}`"),
                "at most 128 classes over all time; numbers are never reused",
            ),
        }
    }
    let mut rest = |what: &str, list: Vec<(String, Option<u16>)>| -> BTreeMap<String, u16> {
        let mut numbered = BTreeMap::new();
        for (name, number) in list {
            match number {
                Some(number) => _ = numbered.insert(name, number),
                None => findings.mistake(
                    "",
                    format!("no number is left for the {what} `{name}`"),
                    "at most 65,536 over all time; numbers are never reused",
                ),
            }
        }
        numbered
    };
    let operations = fresh(
        offered.iter().map(|offered| offered.name),
        known.operations.values().map(|number| number.0).max(),
        |name| known.operations.contains_key(name),
    );
    let purposes = fresh(
        vocabulary.purposes.iter().map(|purpose| purpose.name.as_str()),
        known.purposes.values().map(|number| number.0).max(),
        |name| known.purposes.contains_key(name),
    );
    let programs = fresh(
        vocabulary.programs.iter().map(|program| program.name.as_str()),
        known.programs.values().map(|number| number.0).max(),
        |name| known.programs.contains_key(name),
    );
    additions.operations =
        rest("operation", operations).into_iter().map(|(n, no)| (n, OperationNo(no))).collect();
    additions.purposes =
        rest("purpose", purposes).into_iter().map(|(n, no)| (n, PurposeNo(no))).collect();
    additions.programs =
        rest("program", programs).into_iter().map(|(n, no)| (n, ProgramNo(no))).collect();
    additions
}

/// New names with the numbers after `last`; `None` where numbers run out.
fn fresh<'a>(
    names: impl Iterator<Item = &'a str>,
    last: Option<u16>,
    is_known: impl Fn(&str) -> bool,
) -> Vec<(String, Option<u16>)> {
    let mut next = match last {
        Some(last) => last.checked_add(1),
        None => Some(0),
    };
    let mut list: Vec<(String, Option<u16>)> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for name in names.filter(|name| !is_known(name)) {
        if seen.insert(name) {
            list.push((name.to_owned(), next));
            next = next.and_then(|number| number.checked_add(1));
        }
    }
    list
}

/// The catalog without its operations and shapes; `None` where a name has no number.
fn definitions(
    vocabulary: &Vocabulary,
    numbering: &Numbering,
    found: &Found<'_>,
    findings: &mut Findings,
) -> Option<Catalog> {
    let mut missing = |name: &str| {
        findings.mistake(
            "",
            format!("`{name}` has no permanent number"),
            "activate the catalog, which numbers new names, before compiling it",
        );
    };
    let mut catalog = Catalog {
        title: String::new(),
        version: "2000-01-01".parse().ok()?,
        programs: Vec::new(),
        purposes: Vec::new(),
        classes: Vec::new(),
        operations: Vec::new(),
        shapes: Vec::new(),
    };
    for program in &vocabulary.programs {
        let (name, title) = (program.name.clone(), program.title.clone());
        match numbering.programs.get(&name) {
            Some(number) => catalog.programs.push(Program { number: *number, name, title }),
            None => missing(&name),
        }
    }
    for purpose in &vocabulary.purposes {
        let (name, title) = (purpose.name.clone(), purpose.title.clone());
        let dpv = purpose.dpv.clone();
        match numbering.purposes.get(&name) {
            Some(number) => {
                let (number, beyond) = (*number, purpose.beyond);
                catalog.purposes.push(Purpose { number, name, title, dpv, beyond });
            }
            None => missing(&name),
        }
    }
    for class in &vocabulary.classes {
        let Some(number) = numbering.classes.get(&class.name) else {
            missing(&class.name);
            continue;
        };
        catalog.classes.push(Class {
            number: *number,
            name: class.name.clone(),
            title: class.title.clone(),
            text: class.text.clone(),
            sensitivity: class.sensitivity,
            dpv: class.dpv.clone(),
            about: class.about,
            needs: class.needs.clone(),
        });
    }
    for offered in &found.offered {
        if !numbering.operations.contains_key(offered.name) {
            missing(offered.name);
        }
    }
    Some(catalog)
}
