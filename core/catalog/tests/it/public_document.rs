//! A public description of over 500 schemas, annotated as an operator would.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the test fetches a document and prints how long compiling it takes"
)]

use crate::sample::parse;
use catalog::{AboutSource, Catalog, Document, ObjectShape, PropertyRole, Shape, ShapeId};
use model::ClassMask;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::time::Instant;

/// The document as its publisher wrote it, fetched once into the build directory.
fn public_document() -> Value {
    // Tests of one process wait for one fetch instead of each doing their own.
    static FETCHING: Mutex<()> = Mutex::new(());
    let _fetching = FETCHING.lock();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("public-documents");
    let file = folder.join("api.github.com.json");
    if !file.exists() {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fetch-public-document.sh");
        let status = Command::new(script).arg(&folder).status().expect("the script starts");
        assert!(
            status.success() && file.exists(),
            "the public document could not be fetched by {script}: this test needs npm and its registry"
        );
    }
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// OpenAPI 3.0 to 3.1, as converters do it: `nullable` becomes a type.
fn convert(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(convert),
        Value::Object(map) => {
            map.values_mut().for_each(convert);
            if map.get("nullable") == Some(&json!(true)) {
                map.remove("nullable");
                match map.remove("type") {
                    Some(Value::String(word)) => {
                        _ = map.insert("type".to_owned(), json!([word, "null"]))
                    }
                    _ => {
                        let rest = Value::Object(std::mem::take(map));
                        map.insert("anyOf".to_owned(), json!([rest, {"type": "null"}]));
                    }
                }
                if let Some(Value::Array(choices)) = map.get_mut("enum")
                    && !choices.contains(&Value::Null)
                {
                    choices.push(Value::Null);
                }
            }
        }
        _ => (),
    }
}

fn offered(document: &mut Value, path: &str, method: &str) {
    let operation = &mut document["paths"][path][method];
    assert!(operation.is_object(), "{path}");
    operation["x-program"] = json!("issues");
    operation["x-purpose"] = json!("support");
    if let Some(Value::Array(parameters)) = operation.get_mut("parameters") {
        for parameter in parameters {
            if parameter["in"] == "query" {
                parameter["x-filter"] = json!([]);
            }
        }
    }
}

/// An operator's annotations: who a user is, what an issue says, in which repository.
fn annotated() -> Value {
    let mut document = public_document();
    convert(&mut document);
    document["openapi"] = json!("3.1.0");
    document["info"]["version"] = json!("2026-11-01");
    document["x-bailment"] = json!(1);
    document["x-programs"] = json!({"issues": {"title": "Issues"}});
    document["x-purposes"] = json!({"support": {"title": "Answering questions"}});
    let class = json!({"title": "T", "text": "Plain words.", "sensitivity": 1});
    document["x-data-classes"] = json!({
        "person.identity": class,
        "person.presence": class,
        "issue.content": class,
        "repository.name": {"title": "T", "text": "Plain words.", "sensitivity": 0, "about": "nobody"}
    });
    // Parameters are shared by many operations: the operator says once that they filter by nothing personal.
    for parameter in document["components"]["parameters"].as_object_mut().unwrap().values_mut() {
        if parameter["in"] == "query" {
            parameter["x-filter"] = json!([]);
        }
    }
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    // `nullable-simple-user` and `simple-user` after conversion: objects, the former within an `anyOf` or nullable.
    for name in ["simple-user", "nullable-simple-user"] {
        let user = &mut schemas[name];
        user["x-about"] = json!("login");
        user["x-data-class"] = json!("person.presence");
        let properties = &mut user["properties"];
        properties["login"]["x-identifier"] = json!("person");
        properties["login"]["x-data-class"] = json!("person.identity");
    }
    // Where a user or a company can stand, the company must say that it is nobody.
    schemas["enterprise"]["x-about"] = json!("nobody");
    for name in ["issue", "issue-comment"] {
        schemas[name]["x-about"] = json!("user.login");
        for text in ["title", "body"] {
            if let Some(property) = schemas[name]["properties"].get_mut(text) {
                property["x-data-class"] = json!("issue.content");
            }
        }
    }
    schemas["repository"]["properties"]["name"]["x-data-class"] = json!("repository.name");
    for path in [
        "/repos/{owner}/{repo}/issues",
        "/repos/{owner}/{repo}/issues/{issue_number}",
        "/repos/{owner}/{repo}/issues/{issue_number}/comments",
    ] {
        offered(&mut document, path, "get");
    }
    document
}

struct Walk<'a> {
    catalog: &'a Catalog,
    seen: BTreeSet<ShapeId>,
    released: Vec<String>,
}

impl Walk<'_> {
    /// Names of all properties below a shape that could ever leave; ends though shapes refer to each other in circles.
    fn shape(&mut self, id: ShapeId) {
        if !self.seen.insert(id) {
            return;
        }
        match self.catalog.shape(id).unwrap() {
            Shape::Scalar(_) => (),
            Shape::Array(items) => self.shape(*items),
            Shape::Map { value, .. } => self.shape(*value),
            Shape::OneOf { variants, .. } => variants.iter().for_each(|v| self.shape(v.shape)),
            Shape::Object(object) => {
                for property in &object.properties {
                    if !property.classes.is_empty() {
                        self.released.push(property.name.clone());
                    }
                    self.shape(property.shape);
                }
            }
        }
    }
}

fn object(catalog: &Catalog, id: ShapeId) -> &ObjectShape {
    match catalog.shape(id).unwrap() {
        Shape::Object(object) => object,
        Shape::Array(items) => object(catalog, *items),
        Shape::OneOf { variants, .. } => object(catalog, variants[0].shape),
        other => panic!("no object: {other:?}"),
    }
}

#[test]
fn a_public_document_of_over_500_schemas_compiles() {
    let document = parse(&annotated()).unwrap();
    let started = Instant::now();
    let report = document.check();
    println!("checked in {:?}: {:?}", started.elapsed(), report.counts);
    assert_eq!(report.mistakes, []);
    assert!(report.counts.schemas > 500, "{:?}", report.counts);
    assert_eq!(report.counts.offered, 3);

    let numbering = document.new_names(&catalog::Numbering::default()).unwrap();
    let catalog = document.compile(&numbering).unwrap();
    let classes = |names: &[&str]| -> ClassMask {
        names.iter().map(|name| numbering.classes[*name]).collect()
    };
    let list = catalog.operations.iter().find(|o| o.name == "issues/list-for-repo").unwrap();
    let Some(Shape::Array(items)) = list.response.and_then(|id| catalog.shape(id)) else {
        panic!("a list of issues")
    };
    let issue = object(&catalog, *items);
    let property = |object: &ObjectShape, name: &str| {
        object.properties.iter().find(|property| property.name == name).unwrap().clone()
    };
    assert!(matches!(&issue.about, AboutSource::Paths(paths) if paths.len() == 1));
    assert_eq!(property(issue, "title").classes, classes(&["issue.content"]));
    assert_eq!(property(issue, "body").classes, classes(&["issue.content"]));
    assert_eq!(property(issue, "url").classes, ClassMask::NONE);
    let user = object(&catalog, property(issue, "user").shape);
    assert_eq!(user.presence, classes(&["person.presence"]));
    let login = property(user, "login");
    assert_eq!(login.classes, classes(&["person.identity"]));
    assert_eq!(login.role, PropertyRole::Identifier(model::IdentifierKind::Person));
    assert_eq!(property(user, "avatar_url").classes, ClassMask::NONE);

    let mut walk = Walk { catalog: &catalog, seen: BTreeSet::new(), released: Vec::new() };
    for operation in &catalog.operations {
        walk.shape(operation.response.unwrap());
    }
    let released: BTreeSet<&str> = walk.released.iter().map(String::as_str).collect();
    assert_eq!(released, BTreeSet::from(["body", "login", "name", "title"]));
    assert!(report.counts.unclassified > 500, "{:?}", report.counts);
}

/// What is wrong with offering all of it, by the ends of the sentences: two paths that answer to one request, bodies that are no
/// JSON, and choices between somebody and something else.
const KNOWN: [&str; 5] = [
    "answer to the same paths",
    "cannot be enforced",
    "cannot be enforced where data may leave",
    "documents no successful answer",
    "is neither fixed text nor one parameter",
];
/// Of over a thousand operations so few are concerned.
const MISTAKES_MAX: usize = 120;

/// Does as an operator would: an operation with a mistake is not offered, and what may be this or that is a user, or nothing clear.
fn without(document: &mut Value, mistakes: &[catalog::Mistake]) {
    for mistake in mistakes {
        let path = mistake.pointer.strip_prefix("/paths/").map(|rest| {
            let mut tokens = rest.splitn(3, '/');
            format!("/paths/{}/{}", tokens.next().unwrap(), tokens.next().unwrap())
        });
        match path {
            Some(operation) => {
                let operation = document.pointer_mut(&operation).unwrap().as_object_mut().unwrap();
                operation.remove("x-program");
                operation.remove("x-purpose");
            }
            None => {
                let is_somebody = mistake.pointer.ends_with("/user");
                let user = json!({"$ref": "#/components/schemas/simple-user"});
                *document.pointer_mut(&mistake.pointer).unwrap() =
                    if is_somebody { user } else { json!({"type": "object"}) };
            }
        }
    }
}

#[test]
fn every_operation_of_a_public_document_compiles_in_seconds() {
    let mut document = annotated();
    let paths = document["paths"].as_object().unwrap().clone();
    for (path, item) in &paths {
        for method in ["get", "post", "put", "patch", "delete"] {
            if item.get(method).is_some() {
                offered(&mut document, path, method);
            }
        }
    }
    let started = Instant::now();
    let (mut mistakes, mut all) = (0, 0);
    // A choice that is clear now may stand within another one that is not.
    let document = loop {
        let bytes = document.to_string();
        let parsed = Document::parse(bytes.as_bytes()).unwrap();
        let report = parsed.check();
        println!("{} bytes checked in {:?}: {:?}", bytes.len(), started.elapsed(), report.counts);
        all = all.max(report.counts.offered);
        for mistake in &report.mistakes {
            let is_known = KNOWN.iter().any(|end| mistake.problem.ends_with(end))
                || mistake.problem.starts_with("the path parameter");
            assert!(is_known, "{}: {}", mistake.pointer, mistake.problem);
        }
        mistakes += report.mistakes.len();
        assert!(mistakes < MISTAKES_MAX, "{mistakes} mistakes");
        if report.mistakes.is_empty() {
            break parsed;
        }
        without(&mut document, &report.mistakes);
    };
    assert!(all > 900, "{all} operations offered");
    let numbering = document.new_names(&catalog::Numbering::default()).unwrap();
    let catalog = document.compile(&numbering).unwrap();
    println!("{} operations compiled in {:?}", catalog.operations.len(), started.elapsed());
    assert!(catalog.operations.len() + mistakes >= all, "{}", catalog.operations.len());
    let mut walk = Walk { catalog: &catalog, seen: BTreeSet::new(), released: Vec::new() };
    for operation in &catalog.operations {
        operation.response.into_iter().for_each(|shape| walk.shape(shape));
    }
    let released: BTreeSet<&str> = walk.released.iter().map(String::as_str).collect();
    assert_eq!(released, BTreeSet::from(["body", "login", "name", "title"]), "and nothing more");
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
