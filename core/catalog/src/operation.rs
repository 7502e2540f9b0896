//! Operations: which are offered, how they are called, what they need.

use crate::compiled::{
    AboutKind, Method, Operation, Parameter, ParameterPlace, Segment, TokenNeed,
};
use crate::extension::mentions_us;
use crate::limits::OPERATIONS_MAX;
use crate::message;
use crate::mistake::{Findings, child, did_you_mean};
use crate::parameter;
use crate::schema::{Shapes, resolve};
use crate::vocabulary::{Named, Names, Vocabulary};
use model::{ClassMask, IdentifierKind};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// An operation that says that it is offered.
#[derive(Clone)]
pub(crate) struct Offered<'d> {
    pub(crate) pointer: String,
    pub(crate) path: &'d str,
    pub(crate) method: Method,
    pub(crate) name: &'d str,
    pub(crate) program: &'d str,
    pub(crate) purpose: &'d str,
    pub(crate) operation: &'d Map<String, Value>,
    /// The path item around it, with its pointer.
    pub(crate) item: (String, &'d Map<String, Value>),
}

/// What the paths of a document hold.
#[derive(Default)]
pub(crate) struct Found<'d> {
    pub(crate) total: usize,
    pub(crate) offered: Vec<Offered<'d>>,
}

const METHODS: [(&str, Option<Method>); 8] = [
    ("get", Some(Method::Get)),
    ("post", Some(Method::Post)),
    ("put", Some(Method::Put)),
    ("patch", Some(Method::Patch)),
    ("delete", Some(Method::Delete)),
    ("head", None),
    ("options", None),
    ("trace", None),
];

/// Finds the operations that are offered; the others are counted.
pub(crate) fn find<'d>(
    root: &'d Value,
    vocabulary: &Vocabulary,
    findings: &mut Findings,
) -> Found<'d> {
    let mut found = Found::default();
    let mut ids: BTreeMap<&str, String> = BTreeMap::new();
    let paths = match root.get("paths") {
        None => return found,
        Some(Value::Object(paths)) => paths,
        Some(_) => {
            findings.mistake("/paths", "is not an object", "write path items by path");
            return found;
        }
    };
    for (path, item) in paths {
        let at = child("/paths", path);
        let Some((at, item)) = referred(root, at, item, findings) else { continue };
        for (word, method) in METHODS {
            let Some(Value::Object(operation)) = item.get(word) else { continue };
            found.total += 1;
            let pointer = child(&at, word);
            let id = operation.get("operationId").and_then(Value::as_str);
            if let Some(first) = id.and_then(|id| ids.insert(id, pointer.clone())) {
                findings.mistake(
                    child(&pointer, "operationId"),
                    format!("names a second operation; the first is {first}"),
                    "give every operation a name of its own",
                );
            }
            if !mentions_us(operation) {
                continue;
            }
            let Some(method) = method else {
                findings.mistake(
                    &pointer,
                    format!("`{word}` cannot be offered"),
                    "remove the extensions",
                );
                continue;
            };
            let program = named(operation, "x-program", &pointer, &vocabulary.programs, findings);
            let purpose = named(operation, "x-purpose", &pointer, &vocabulary.purposes, findings);
            let Some(name) = id.filter(|id| !id.is_empty()) else {
                findings.mistake(
                    &pointer,
                    "`operationId` is missing",
                    "an offered operation has a permanent name",
                );
                continue;
            };
            if let (Some(program), Some(purpose)) = (program, purpose) {
                let item = (at.clone(), item);
                found.offered.push(Offered {
                    pointer,
                    path,
                    method,
                    name,
                    program,
                    purpose,
                    operation,
                    item,
                });
            }
        }
    }
    if found.offered.len() > OPERATIONS_MAX {
        findings.mistake(
            "/paths",
            format!("offers {} operations", found.offered.len()),
            format!("at most {OPERATIONS_MAX}"),
        );
        found.offered.truncate(OPERATIONS_MAX);
    }
    found
}

/// The object itself, or what its `$ref` points to.
pub(crate) fn referred<'d>(
    root: &'d Value,
    mut pointer: String,
    mut value: &'d Value,
    findings: &mut Findings,
) -> Option<(String, &'d Map<String, Value>)> {
    for _ in 0..crate::limits::REFERENCES_MAX {
        let Value::Object(map) = value else {
            findings.mistake(pointer, "is not an object", "write an object");
            return None;
        };
        let Some(reference) = map.get("$ref").and_then(Value::as_str) else {
            return Some((pointer, map));
        };
        match resolve(root, reference) {
            Some(next) => (pointer, value) = next,
            None => {
                findings.mistake(
                    child(&pointer, "$ref"),
                    format!("`{reference}` cannot be followed"),
                    "it must point into this document",
                );
                return None;
            }
        }
    }
    findings.mistake(pointer, "refers to itself", "follow the references and break the circle");
    None
}

fn named<'d>(
    operation: &'d Map<String, Value>,
    key: &str,
    pointer: &str,
    known: &[Named],
    findings: &mut Findings,
) -> Option<&'d str> {
    let Some(value) = operation.get(key) else {
        findings.mistake(
            pointer,
            format!("`{key}` is missing"),
            "an operation with extensions is offered and needs `x-program` and `x-purpose`",
        );
        return None;
    };
    let name = value.as_str().unwrap_or_default();
    if known.iter().any(|known| known.name == name) {
        return Some(name);
    }
    findings.mistake(
        child(pointer, key),
        format!("`{}` is not defined", name.chars().take(64).collect::<String>()),
        did_you_mean(
            name,
            known.iter().map(|known| known.name.as_str()),
            &format!("define it under /{key}s"),
        ),
    );
    None
}

/// Compiles one operation; `None` where a mistake was found that leaves nothing to compile.
pub(crate) fn compile<'d>(
    offered: &Offered<'d>,
    names: &Names<'_>,
    shapes: &mut Shapes<'d, '_>,
) -> Option<Operation> {
    let pointer = &offered.pointer;
    let numbering = names.numbering;
    let numbers = (
        numbering.operations.get(offered.name),
        numbering.programs.get(offered.program),
        numbering.purposes.get(offered.purpose),
    );
    let (Some(number), Some(program), Some(purpose)) = numbers else {
        shapes.findings.mistake(
            pointer,
            "operation, program or purpose has no permanent number",
            "activate the catalog, which numbers new names, before compiling it",
        );
        return None;
    };
    let parameters = parameter::read(offered, names, shapes);
    let path = template(offered.path, pointer, &mut shapes.findings);
    path_parameters(&path, &parameters, pointer, &mut shapes.findings);
    let token = token(offered, &mut shapes.findings);
    let upstream = upstream(offered, &path, token, &mut shapes.findings);
    let context = context(offered, &parameters, &mut shapes.findings);
    let requires = requires(offered, names, &mut shapes.findings);
    let (status, response) = message::response(offered, shapes);
    let (body, body_required) = message::request(offered, shapes);
    Some(Operation {
        number: *number,
        name: offered.name.to_owned(),
        method: offered.method,
        path,
        upstream,
        program: *program,
        purpose: *purpose,
        parameters,
        context,
        requires,
        token,
        response,
        status,
        body,
        body_required,
        classes: ClassMask::NONE,
    })
}

fn template(text: &str, pointer: &str, findings: &mut Findings) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut known = Vec::new();
    if !text.starts_with('/') || text.contains(['?', '#']) {
        findings.mistake(pointer, format!("`{text}` is not a path"), "write it as `/groups/{id}`");
    }
    for part in text.trim_start_matches('/').split('/') {
        let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        match name {
            Some(name) if !name.is_empty() && !name.contains(['{', '}']) => {
                if known.contains(&name) {
                    findings.mistake(
                        pointer,
                        format!("`{{{name}}}` stands twice in `{text}`"),
                        "give each its own name",
                    );
                }
                known.push(name);
                segments.push(Segment::Parameter(name.to_owned()));
            }
            _ if part.contains(['{', '}']) => findings.mistake(
                pointer,
                format!("`{part}` is neither fixed text nor one parameter"),
                "let a parameter be a whole segment: `/groups/{id}`",
            ),
            _ if part.is_empty() || part == "." || part == ".." => {
                // `/` itself has one empty segment, and that is no mistake.
                if text != "/" {
                    findings.mistake(
                        pointer,
                        format!("`{text}` has an empty or relative segment"),
                        "remove it",
                    );
                }
            }
            _ => segments.push(Segment::Literal(part.to_owned())),
        }
    }
    segments
}

fn path_parameters(
    path: &[Segment],
    parameters: &[Parameter],
    pointer: &str,
    findings: &mut Findings,
) {
    let in_path = |name: &str| path.iter().any(|s| matches!(s, Segment::Parameter(n) if n == name));
    let declared: Vec<&Parameter> =
        parameters.iter().filter(|p| p.place == ParameterPlace::Path).collect();
    for segment in path {
        let Segment::Parameter(name) = segment else { continue };
        match declared.iter().find(|parameter| parameter.name == *name) {
            None => findings.mistake(
                pointer,
                format!("the path parameter `{name}` is not declared"),
                "declare it under `parameters` with `\"in\": \"path\"`",
            ),
            Some(parameter) if parameter.identifier.is_none() => findings.warning(
                pointer,
                format!("the path parameter `{name}` reaches the upstream as it is"),
                "mark it with `x-identifier` if it names a person, group, post, comment or media",
            ),
            Some(_) => (),
        }
    }
    for parameter in declared {
        if !in_path(&parameter.name) {
            findings.mistake(
                pointer,
                format!("the path parameter `{}` does not stand in the path", parameter.name),
                "remove it, or add it to the path",
            );
        }
    }
}

fn token(offered: &Offered<'_>, findings: &mut Findings) -> TokenNeed {
    match offered.operation.get("x-token").map(Value::as_str) {
        None => TokenNeed::Any,
        Some(Some("person")) => TokenNeed::Person,
        Some(_) => {
            findings.mistake(
                child(&offered.pointer, "x-token"),
                "is not a kind of token",
                "write `person`, or leave it out where either kind will do",
            );
            TokenNeed::Person
        }
    }
}

fn upstream(
    offered: &Offered<'_>,
    path: &[Segment],
    token: TokenNeed,
    findings: &mut Findings,
) -> Vec<Segment> {
    let pointer = child(&offered.pointer, "x-upstream");
    let segments = match offered.operation.get("x-upstream").map(Value::as_str) {
        None => return path.to_vec(),
        Some(Some(text)) => template(text, &pointer, findings),
        Some(None) => {
            findings.mistake(pointer, "is not a path", "write a path as `/people/{actor}`");
            return Vec::new();
        }
    };
    for segment in &segments {
        let Segment::Parameter(name) = segment else { continue };
        if name == "actor" {
            if token != TokenNeed::Person {
                findings.mistake(
                    &pointer,
                    "names the acting person, but some tokens have none",
                    "add `\"x-token\": \"person\"`",
                );
            }
        } else if !path.contains(segment) {
            findings.mistake(
                &pointer,
                format!("`{{{name}}}` is not a parameter of the path"),
                "use the path's parameters, or `{actor}`",
            );
        }
    }
    segments
}

fn context(
    offered: &Offered<'_>,
    parameters: &[Parameter],
    findings: &mut Findings,
) -> Option<String> {
    let value = offered.operation.get("x-context")?;
    let pointer = child(&offered.pointer, "x-context");
    let Some(name) = value.as_str().and_then(|text| text.strip_prefix("path:")) else {
        findings.mistake(pointer, "is not a place of the context", "write `path:NAME`");
        return None;
    };
    let is_group = parameters.iter().any(|parameter| {
        parameter.name == name
            && parameter.place == ParameterPlace::Path
            && parameter.identifier == Some(IdentifierKind::Group)
    });
    if !is_group {
        findings.mistake(
            pointer,
            format!("`{name}` is no path parameter that names a group"),
            "declare it with `\"x-identifier\": \"group\"`",
        );
    }
    Some(name.to_owned())
}

fn requires(offered: &Offered<'_>, names: &Names<'_>, findings: &mut Findings) -> ClassMask {
    let Some(value) = offered.operation.get("x-requires") else { return ClassMask::NONE };
    let pointer = child(&offered.pointer, "x-requires");
    let classes = names.classes(value, &pointer, findings);
    for class in classes.iter().filter_map(|number| names.definition(number)) {
        if class.about != AboutKind::Action {
            findings.mistake(
                &pointer,
                format!("`{}` is a class of data, not a permission to act", class.name),
                "name classes with `\"about\": \"action\"`",
            );
        }
    }
    classes
}

/// Refuses pairs of operations between which a request's path does not decide.
pub(crate) fn check_ambiguity(offered: &[(&Offered<'_>, &Operation)], findings: &mut Findings) {
    let mut by_form: BTreeMap<(u8, usize), Vec<&(&Offered<'_>, &Operation)>> = BTreeMap::new();
    for entry in offered {
        by_form.entry((entry.1.method as u8, entry.1.path.len())).or_default().push(entry);
    }
    for group in by_form.values() {
        for (index, (left, left_operation)) in group.iter().enumerate() {
            for (right, right_operation) in group.iter().skip(index + 1) {
                if is_ambiguous(&left_operation.path, &right_operation.path) {
                    findings.mistake(
                        &right.pointer,
                        format!("`{}` and `{}` answer to the same paths", right.path, left.path),
                        "let one of them be more specific in every segment",
                    );
                }
            }
        }
    }
}

fn is_ambiguous(left: &[Segment], right: &[Segment]) -> bool {
    let (mut left_specific, mut right_specific) = (false, false);
    for pair in left.iter().zip(right) {
        match pair {
            (Segment::Literal(a), Segment::Literal(b)) if a != b => return false,
            (Segment::Literal(_), Segment::Parameter(_)) => left_specific = true,
            (Segment::Parameter(_), Segment::Literal(_)) => right_specific = true,
            (Segment::Literal(_), Segment::Literal(_))
            | (Segment::Parameter(_), Segment::Parameter(_)) => (),
        }
    }
    left_specific == right_specific
}
