//! Arbitrary bytes, arbitrary JSON, arbitrary schemas.

use crate::sample::{base, parse};
use catalog::{Catalog, Document, Numbering, Shape, ShapeId};
use model::ClassMask;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const CLASSES: [&str; 6] = ["c0", "c1", "c2", "c3", "c4", "c5"];
const COMPONENTS: [&str; 4] = ["Answer", "B", "C", "D"];
const NAMES: [&str; 4] = ["p", "q", "r", "s"];

/// JSON with words of schemas and extensions in unexpected places.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "",
        "string",
        "object",
        "#/components/schemas/Answer",
        "#",
        "#/paths",
        "nobody",
        "a.b",
        "/",
        "person",
        "group.name",
        "member.name",
        "*",
        "path:id",
        "post",
        "{x}",
        "x-about",
        "é",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "type",
        "properties",
        "items",
        "additionalProperties",
        "allOf",
        "oneOf",
        "anyOf",
        "$ref",
        "enum",
        "const",
        "not",
        "required",
        "discriminator",
        "propertyName",
        "mapping",
        "x-data-class",
        "x-about",
        "x-context",
        "x-record",
        "x-identifier",
        "x-count",
        "x-media",
        "x-cursor",
        "x-map-key-class",
        "x-program",
        "x-purpose",
        "x-filter",
        "x-upstream",
        "minimum",
        "maxLength",
        "of",
        "kind",
        "id",
        "p",
        "schema",
        "content",
        "200",
        "application/json",
        "responses",
        "parameters",
        "in",
        "name",
        "requestBody",
        "get",
        "post",
        "/a/{x}",
    ]);
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|entries| {
                Value::Object(entries.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

/// A schema of the supported constructs.
fn schema() -> impl Strategy<Value = Value> {
    let class = prop::option::weighted(0.6, prop::sample::select(&CLASSES[..]));
    let scalar = (prop::sample::select(vec!["string", "integer", "boolean"]), class.clone())
        .prop_map(|(kind, class)| {
            let mut schema = json!({"type": kind});
            if let Some(class) = class {
                schema["x-data-class"] = json!(class);
            }
            schema
        });
    let reference = prop::sample::select(&COMPONENTS[..])
        .prop_map(|name| json!({"$ref": format!("#/components/schemas/{name}")}));
    prop_oneof![3 => scalar, 1 => reference].prop_recursive(4, 40, 4, move |inner| {
        let property = (prop::sample::select(&NAMES[..]), inner.clone());
        let object =
            (prop::collection::vec(property, 0..4), class.clone()).prop_map(|(list, class)| {
                let properties: Map<String, Value> =
                    list.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
                let mut schema = json!({"type": "object", "properties": properties});
                if let Some(class) = class {
                    schema["x-data-class"] = json!(class);
                }
                schema
            });
        let several = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            4 => object,
            1 => inner.clone().prop_map(|items| json!({"type": "array", "items": items})),
            1 => inner.prop_map(|value| {
                json!({"type": "object", "x-map-key-class": "c0", "additionalProperties": value})
            }),
            2 => several.clone().prop_map(|list| json!({"allOf": list})),
            1 => several.clone().prop_map(|list| json!({"oneOf": list})),
            1 => several.prop_map(|list| json!({"anyOf": list})),
        ]
    })
}

fn document(schemas: &[Value]) -> Value {
    let mut document = base();
    let class = document["x-data-classes"]["group.name"].clone();
    document["x-data-classes"] =
        Value::Object(CLASSES.iter().map(|name| ((*name).to_owned(), class.clone())).collect());
    document["components"]["schemas"] = Value::Object(
        COMPONENTS.iter().map(|name| (*name).to_owned()).zip(schemas.iter().cloned()).collect(),
    );
    document
}

/// What branches demand of the properties at one level, read slowly and obviously: every branch, every reference.
fn demanded(
    root: &Value,
    schema: &Value,
    seen: &mut BTreeSet<String>,
    found: &mut BTreeMap<String, Vec<Value>>,
) {
    if let Some(Value::Object(properties)) = schema.get("properties") {
        for (name, value) in properties {
            found.entry(name.clone()).or_default().push(value.clone());
        }
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        for branch in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
            demanded(root, branch, seen, found);
        }
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
        && seen.insert(reference.to_owned())
    {
        demanded(root, root.pointer(&reference[1..]).unwrap(), seen, found);
    }
}

/// The classes that a value gives by its own word, through references and branches but not below it.
fn own_classes(
    root: &Value,
    schema: &Value,
    seen: &mut BTreeSet<String>,
    found: &mut BTreeSet<String>,
) {
    if let Some(class) = schema.get("x-data-class").and_then(Value::as_str) {
        found.insert(class.to_owned());
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        for branch in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
            own_classes(root, branch, seen, found);
        }
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
        && seen.insert(reference.to_owned())
    {
        own_classes(root, root.pointer(&reference[1..]).unwrap(), seen, found);
    }
}

/// The scalars and objects at a value that is no property any more: what guards each of them.
fn guards(catalog: &Catalog, id: ShapeId, outer: ClassMask, found: &mut Vec<ClassMask>) {
    match catalog.shape(id).unwrap() {
        Shape::Scalar(scalar) => {
            // Null alone says nothing, and a scalar that allows no value never leaves.
            if scalar.string || scalar.integer || scalar.boolean || scalar.number {
                found.push(outer);
            }
        }
        Shape::Object(object) => found.push(outer | object.presence),
        Shape::Array(_) | Shape::Map { .. } => (),
        Shape::OneOf { variants, .. } => {
            variants.iter().for_each(|variant| guards(catalog, variant.shape, outer, found));
        }
    }
}

fn check_object(
    root: &Value,
    numbering: &Numbering,
    catalog: &Catalog,
    id: ShapeId,
    schema: &Value,
) {
    let object = match catalog.shape(id).unwrap() {
        Shape::Object(object) => object,
        Shape::OneOf { variants, .. } => {
            variants.iter().for_each(|v| check_object(root, numbering, catalog, v.shape, schema));
            return;
        }
        Shape::Scalar(_) | Shape::Array(_) | Shape::Map { .. } => return,
    };
    let mut wanted = BTreeMap::new();
    demanded(root, schema, &mut BTreeSet::new(), &mut wanted);
    for property in &object.properties {
        let branches = &wanted[&property.name];
        let mut guarded = Vec::new();
        guards(catalog, property.shape, property.classes, &mut guarded);
        for branch in branches {
            let mut names = BTreeSet::new();
            own_classes(root, branch, &mut BTreeSet::new(), &mut names);
            let classes: ClassMask = names.iter().map(|name| numbering.classes[name]).collect();
            for guard in &guarded {
                assert!(
                    guard.covers(classes),
                    "{} of {schema}: {guard:?} {classes:?}",
                    property.name
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_safe(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        _ = Document::parse(&bytes);
    }

    #[test]
    fn any_part_of_a_document_may_be_anything(part in any_json(), place in 0usize..9) {
        let mut document = base();
        let pointer = ["/x-data-classes", "/x-programs", "/paths", "/paths/~1things~1{id}",
            "/paths/~1things~1{id}/get", "/paths/~1things~1{id}/get/parameters", "/components",
            "/components/schemas/Answer", "/paths/~1things~1{id}/get/responses"][place];
        *document.pointer_mut(pointer).unwrap() = part;
        let document = parse(&document).unwrap();
        let report = document.check();
        if let Ok(additions) = document.new_names(&Numbering::default()) {
            prop_assert_eq!(document.compile(&additions).is_ok(), report.mistakes.is_empty());
        }
        prop_assert_eq!(Document::parse(&document.canonical()).unwrap().canonical(), document.canonical());
    }

    #[test]
    fn no_property_has_fewer_classes_than_a_branch_demanded(schemas in prop::collection::vec(schema(), 4)) {
        let root = document(&schemas);
        let document = parse(&root).unwrap();
        let numbering = document.new_names(&Numbering::default()).unwrap();
        if let Ok(catalog) = document.compile(&numbering) {
            let response = catalog.operations[0].response.unwrap();
            check_object(&root, &numbering, &catalog, response, &root["components"]["schemas"]["Answer"]);
        }
    }
}

/// Documents made to take long: each must be done, one way or the other, within the limits.
#[test]
fn hostile_documents_end() {
    let chain = |length: usize, link: &dyn Fn(usize) -> Value| {
        let mut document = base();
        for number in 0..length {
            document["components"]["schemas"][format!("N{number}")] = link(number);
        }
        document["components"]["schemas"]["Answer"] = json!({"$ref": "#/components/schemas/N0"});
        document["components"]["schemas"][format!("N{length}")] = json!({"type": "string"});
        let counts = parse(&document).unwrap().check().counts;
        // The limit on shapes and one that reports it; none of these documents may need more.
        assert!(counts.shapes <= 100_001, "{counts:?}");
    };
    let next = |number: usize| json!({"$ref": format!("#/components/schemas/N{}", number + 1)});
    chain(20_000, &next);
    chain(20_000, &|n| json!({"allOf": [next(n), {"type": "object"}]}));
    chain(20_000, &|n| json!({"oneOf": [next(n), {"type": "object"}]}));
    chain(20_000, &|n| json!({"type": "array", "items": next(n)}));
    chain(20_000, &|n| json!({"type": "object", "properties": {"p": next(n)}}));
    chain(2_000, &|n| {
        json!({"type": "object", "oneOf": [next(n), {"type": "null"}], "discriminator": {"propertyName": "k"},
            "properties": {"k": next(n)}})
    });
    // Every level doubles the combinations.
    chain(
        200,
        &|n| json!({"oneOf": [next(n), {"properties": {"p": next(n)}}], "anyOf": [next(n), {"properties": {"p": next(n / 2)}}]}),
    );
    // Every property of every branch refers to the whole again.
    let all: Vec<Value> = (1..60).map(next).collect();
    chain(60, &|_| json!({"oneOf": all.clone(), "properties": {"p": {"allOf": all.clone()}}}));
    chain(
        60,
        &|n| json!({"properties": {"p": {"oneOf": all[n % 50..].to_vec()}, "q": {"allOf": [next(n), next(n / 3)]}}}),
    );
}
