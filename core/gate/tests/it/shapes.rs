//! Constructs of a catalog that the built-in one has not.

use crate::world::{Digits, Open, compile, proof, surroundings};
use catalog::Catalog;
use consent::Decision;
use expect_test::{Expect, expect};
use gate::{Answer, FieldSelection, Surroundings, read, release};
use ledger::{About, Node};
use model::{ClassMask, Relation, Timestamp};
use serde_json::{Value, json};

/// A catalog with one operation that answers with this schema.
pub fn catalog(schema: &Value) -> Catalog {
    let class = |about: &str| json!({ "title": "T", "text": "T.", "sensitivity": 0, "about": about, "needs": [] });
    let document = json!({
        "openapi": "3.1.0", "info": { "title": "T", "version": "2026-11-01" }, "x-bailment": 1,
        "x-programs": { "p": { "title": "P" } }, "x-purposes": { "u": { "title": "U" } },
        "x-data-classes": { "a": class("person"), "b": class("person"), "k": class("person"), "n": class("nobody") },
        "paths": { "/groups/{id}/x": { "get": {
            "operationId": "x", "x-program": "p", "x-purpose": "u", "x-context": "path:id",
            "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" }, "x-identifier": "group" }],
            "responses": { "200": { "description": "X", "content": { "application/json": { "schema": schema } } } },
        } } },
    });
    compile(document.to_string().as_bytes())
}

struct Case {
    catalog: Catalog,
    answer: Answer,
}

impl Case {
    fn new(schema: &Value, upstream: &Value) -> Self {
        Self::around(schema, upstream, &surroundings("g7"))
    }

    fn around(schema: &Value, upstream: &Value, around: &Surroundings) -> Self {
        let catalog = catalog(schema);
        let bytes = upstream.to_string().into_bytes();
        let draft = read(&catalog, &catalog.operations[0], bytes, &FieldSelection::ALL, around);
        let answer = draft.unwrap().resolve(&Digits);
        Self { catalog, answer }
    }

    fn mask(&self, names: &[&str]) -> ClassMask {
        crate::world::classes(&self.catalog, names)
    }

    /// The body if these classes are released of everything that this is true of.
    fn check(&self, names: &[&str], of: impl Fn(&Node) -> bool, expected: Expect) {
        let mask = self.mask(names);
        let rule = |node: &Node| if of(node) { mask & node.asked } else { ClassMask::NONE };
        let released = self.answer.nodes().iter().map(rule).collect();
        let decision = Decision { released, ends: Timestamp::NEVER, withheld: Vec::new() };
        let body = release(&self.answer, &decision, &Open, proof()).into_parts().body;
        expected.assert_eq(&String::from_utf8(body).unwrap());
    }
}

fn all(_: &Node) -> bool {
    true
}

fn not_about(person: u32) -> impl Fn(&Node) -> bool {
    move |node| !crate::world::concerns(node, &[person])
}

fn text(class: &str) -> Value {
    json!({ "type": "string", "x-data-class": class })
}

pub fn person_id() -> Value {
    json!({ "type": "string", "x-data-class": "a", "x-identifier": "person" })
}

#[test]
fn a_discriminator_names_the_branch() {
    let branch = |kind: &str, property: &str, class: &str| {
        json!({ "type": "object", "x-about": "id", "required": ["kind"], "properties": {
            "id": person_id(), "kind": { "type": "string", "enum": [kind], "x-data-class": "a" }, property: text(class),
        } })
    };
    let schema = json!({ "type": "object", "properties": { "list": { "type": "array", "items": {
        "oneOf": [branch("x", "secret", "b"), branch("y", "open", "a")],
        "discriminator": { "propertyName": "kind" },
    } } } });
    let upstream = json!({ "list": [
        { "id": "p1", "kind": "x", "secret": "s1", "open": "o1" }, { "id": "p2", "kind": "y", "secret": "s2", "open": "o2" },
        { "id": "p3", "kind": "z", "open": "o3" }, { "id": "p4", "open": "o4" },
    ] });
    let case = Case::new(&schema, &upstream);
    case.check(
        &["a"],
        all,
        expect![[
            r#"{"list":[{"id":"person~1","kind":"x"},{"id":"person~2","kind":"y","open":"o2"}]}"#
        ]],
    );
}

#[test]
fn maps_need_the_class_of_their_keys() {
    let of_texts = json!({ "type": "object", "x-about": "id", "properties": {
        "id": person_id(),
        "words": { "type": "object", "x-map-key-class": "k", "additionalProperties": text("b") },
        "people": { "type": "object", "x-map-key-class": "k", "additionalProperties": {
            "type": "object", "x-about": "id", "properties": { "id": person_id(), "word": text("b") },
        } },
    } });
    let upstream = json!({ "id": "p1", "words": { "one": "w1", "two": 2, "three": "w3" },
        "people": { "first": { "id": "p2", "word": "w2" }, "second": { "id": "p3", "word": "w4" } } });
    let case = Case::new(&of_texts, &upstream);
    case.check(&["a", "b"], all, expect![[r#"{"id":"person~1"}"#]]);
    case.check(&["k"], all, expect!["{}"]);
    case.check(
        &["a", "b", "k"],
        not_about(3),
        expect![[r#"{"id":"person~1","words":{"one":"w1","three":"w3"},"people":{"first":{"id":"person~2","word":"w2"}}}"#]],
    );
}

#[test]
fn lists_of_ids_are_about_everyone_in_them_together() {
    let schema = json!({ "type": "object", "properties": {
        "ids": { "type": "array", "items": { "type": "string", "x-data-class": "a", "x-identifier": "person", "x-about": "" } },
    } });
    let case = Case::new(&schema, &json!({ "ids": ["p1", "p2", "p1"] }));
    case.check(&["a"], all, expect![[r#"{"ids":["person~1","person~2","person~1"]}"#]]);
    case.check(&["a"], not_about(2), expect!["{}"]);
    let case = Case::new(&schema, &json!({ "ids": ["p1", 2] }));
    case.check(&["a"], |node| !matches!(node.about, About::Unresolvable), expect!["{}"]);
}

#[test]
fn people_can_stand_at_the_root_of_the_answer() {
    let schema = json!({ "type": "object", "properties": {
        "owner": { "type": "object", "x-about": "id", "properties": { "id": person_id() } },
        "notes": { "type": "array", "items": { "type": "object", "x-about": "/owner.id", "properties": { "note": text("b") } } },
    } });
    let case = Case::new(
        &schema,
        &json!({ "owner": { "id": "p1" }, "notes": [{ "note": "n1" }, { "note": "n2" }] }),
    );
    // The group around everything, and one person.
    assert_eq!(case.answer.nodes().len(), 2);
    case.check(
        &["a", "b"],
        all,
        expect![[r#"{"owner":{"id":"person~1"},"notes":[{"note":"n1"},{"note":"n2"}]}"#]],
    );
    case.check(&["a", "b"], not_about(1), expect!["{}"]);
}

#[test]
fn a_list_with_a_class_of_its_own_needs_it_beside_those_of_its_items() {
    let schema = json!({ "type": "object", "x-about": "id", "properties": {
        "id": person_id(),
        "friends": { "type": "array", "x-data-class": "k", "items": {
            "type": "object", "x-about": "id", "properties": { "id": person_id(), "word": text("b") },
        } },
    } });
    let case = Case::new(&schema, &json!({ "id": "p1", "friends": [{ "id": "p2", "word": "w" }] }));
    case.check(&["a", "b"], all, expect![[r#"{"id":"person~1"}"#]]);
    case.check(
        &["a", "b", "k"],
        all,
        expect![[r#"{"id":"person~1","friends":[{"id":"person~2","word":"w"}]}"#]],
    );
    case.check(&["a", "b", "k"], not_about(1), expect!["{}"]);
    let gate =
        case.answer.nodes().iter().position(|node| node.presence == case.mask(&["k"])).unwrap();
    let friend = &case.answer.nodes()[gate + 1];
    assert_eq!(friend.within, Some(gate as u32));
}

#[test]
fn types_and_bounds_are_enforced() {
    let schema = json!({ "type": "object", "x-about": "nobody", "properties": {
        "n": { "type": "integer", "minimum": 0, "maximum": 10, "x-data-class": "n" },
        "f": { "type": "number", "x-data-class": "n" },
        "s": { "type": ["string", "null"], "maxLength": 3, "x-data-class": "n" },
        "b": { "type": "boolean", "x-data-class": "n" },
        "u": { "type": "string" },
    } });
    let body = |upstream: &str, expected: Expect| {
        let catalog = catalog(&schema);
        let draft = read(
            &catalog,
            &catalog.operations[0],
            upstream.into(),
            &FieldSelection::ALL,
            &surroundings("g7"),
        );
        Case { answer: draft.unwrap().resolve(&Digits), catalog }.check(&["n"], all, expected);
    };
    body(
        r#"{"n":10,"f":123456789012345678901234567890.5e-3,"s":null,"b":false,"u":"x"}"#,
        expect![[r#"{"n":10,"f":123456789012345678901234567890.5e-3,"s":null,"b":false}"#]],
    );
    body(r#"{"n":11,"f":"1","s":"éééé","b":0}"#, expect!["{}"]);
    body(r#"{"n":1.0,"f":7,"s":"ééé","b":null}"#, expect![[r#"{"f":7,"s":"ééé"}"#]]);
    body(r#"{"n":99999999999999999999,"f":[1],"s":{},"b":"true"}"#, expect!["{}"]);
}

#[test]
fn records_carry_their_own_context_and_relations() {
    let schema = json!({ "type": "object", "properties": { "list": { "type": "array", "items": {
        "type": "object", "x-about": "who", "x-context": "where",
        "x-record": { "kind": "post", "id": "id", "state": "state", "friend": "is_friend", "participant": "takes_part" },
        "properties": {
            "id": { "type": "string", "x-data-class": "b", "x-identifier": "post" },
            "who": person_id(), "where": { "type": "string", "x-identifier": "group", "x-data-class": "b" },
            "state": text("b"), "is_friend": { "type": "boolean" }, "takes_part": { "type": "boolean" },
            "total": { "type": "integer", "x-data-class": "n", "x-about": "nobody" },
        },
    } } } });
    let upstream = json!({ "list": [
        { "id": "x1", "who": "p1", "where": "g8", "state": "published", "is_friend": true, "takes_part": "yes", "total": 1 },
        { "id": "x2", "who": "p1", "state": "draft", "takes_part": true },
        { "id": "x3", "who": "p1", "where": 9, "state": "odd" },
        { "id": "nameless", "who": "p1", "where": "g8" },
    ] });
    let case = Case::new(&schema, &upstream);
    let facts: Vec<String> = case
        .answer
        .nodes()
        .iter()
        .filter_map(|node| node.record.as_ref().map(|record| (node, record)))
        .map(|(node, record)| {
            let relation =
                (record.relation.has(Relation::FRIEND), record.relation.has(Relation::PARTICIPANT));
            let about = matches!(node.about, About::People(_));
            format!(
                "{} {:?} {} {relation:?} {about}",
                record.object.0,
                record.context.map(|c| c.0),
                record.publication
            )
        })
        .collect();
    expect![[r#"
        1 Some(8) published (true, false) true
        2 Some(7) draft (false, true) true
        3 None unknown (false, false) true
        0 Some(8) unknown (false, false) false"#]]
    .assert_eq(&facts.join("\n"));
    // The number about nobody stands in its record, so that its context is that record's.
    let nobody = case.answer.nodes().iter().find(|node| node.about == About::Nobody).unwrap();
    assert_eq!((nobody.within, nobody.record.is_none()), (Some(0), true));
}

#[test]
fn an_answer_that_is_no_record_stands_in_the_operations_group() {
    let schema = json!({ "type": "object", "x-about": "nobody", "properties": {
        "total": { "type": "integer", "x-data-class": "n" },
        "people": { "type": "array", "items": { "type": "object", "x-about": "id", "properties": { "id": person_id() } } },
    } });
    let case = Case::new(&schema, &json!({ "total": 5, "people": [{ "id": "p1" }] }));
    let record = case.answer.nodes()[0].record.as_ref().unwrap();
    assert_eq!(
        (record.kind, record.context.map(|context| context.0)),
        (model::ObjectKind::Group, Some(7))
    );
    assert_eq!(case.answer.nodes()[1].within, Some(0));
    let case = Case::around(&schema, &json!({ "total": 5 }), &Surroundings::default());
    assert!(case.answer.nodes()[0].record.is_none());
}

#[test]
fn a_part_without_a_record_takes_over_none_from_what_it_stands_below() {
    let schema = json!({ "type": "object", "x-about": "nobody", "properties": {
        "total": { "type": "integer", "x-data-class": "n" },
    } });
    let case = Case::around(&schema, &json!({ "total": 5 }), &Surroundings::default());
    let post = crate::world::answer("getPost", &crate::world::post(5, 1, [2, 3, 4]));
    let released = crate::world::masks(&post, |_| model::ClassMask::ALL);
    let above = gate::Above::shown(&post, &released).unwrap();
    assert!(above.record().context.is_some());
    let below = case.answer.clone().below(&above);
    let record = below.nodes()[1].record.as_ref().unwrap();
    assert_eq!((record.context, record.publication), (None, model::Publication::Unknown));
    assert_eq!(record.object, above.record().object);
    // What of it was released before is so below the post: numbers of nodes moved by one, and nothing else.
    let n = case.mask(&["n"]);
    let decision = |released| Decision { released, ends: Timestamp::NEVER, withheld: Vec::new() };
    let body = |answer: &Answer, released| {
        release(answer, &decision(released), &Open, proof()).into_parts().body
    };
    assert_eq!(body(&below, vec![ClassMask::NONE, n]), body(&case.answer, vec![n]));
    assert_eq!(body(&below, vec![ClassMask::NONE, ClassMask::NONE]), b"{}");
}

#[test]
fn what_does_not_show_is_nothing_to_stand_below() {
    let post = crate::world::answer("getPost", &crate::world::post(5, 1, [2, 3, 4]));
    let others = crate::world::masks(&post, |node| {
        if crate::world::is_about(node, 1) { ClassMask::NONE } else { ClassMask::ALL }
    });
    assert_eq!(gate::Above::shown(&post, &others), None);
}
