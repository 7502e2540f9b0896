//! What schemas compile to.

use crate::sample::{base, compile, with_schema};
use catalog::{AboutSource, Catalog, ObjectShape, PropertyRole, Shape, ShapeId, Step};
use expect_test::{Expect, expect};
use model::ClassMask;
use serde_json::{Value, json};

/// Shapes in a few words: `name?[classes|about|role]: shape`, circles as `^depth`.
struct Drawing<'a> {
    catalog: &'a Catalog,
    above: Vec<ShapeId>,
}

impl Drawing<'_> {
    fn classes(&self, mask: ClassMask) -> String {
        let names: Vec<&str> = mask
            .iter()
            .map(|number| {
                self.catalog.classes.iter().find(|c| c.number == number).unwrap().name.as_str()
            })
            .collect();
        names.join("+")
    }

    fn about(about: &AboutSource) -> String {
        match about {
            AboutSource::Inherit => String::new(),
            AboutSource::Nobody => " nobody".to_owned(),
            AboutSource::Paths(paths) => {
                let steps = |steps: &[Step]| {
                    let words: Vec<&str> = steps
                        .iter()
                        .map(|step| match step {
                            Step::Name(name) => name.as_str(),
                            Step::All => "*",
                        })
                        .collect();
                    words.join(".")
                };
                paths
                    .iter()
                    .map(|p| format!(" @{}{}", if p.absolute { "/" } else { "" }, steps(&p.steps)))
                    .collect()
            }
        }
    }

    fn object(&mut self, object: &ObjectShape) -> String {
        let mut text = format!("{{{}{}", self.classes(object.presence), Self::about(&object.about));
        if object.context.is_some() {
            text += " ctx";
        }
        if let Some(record) = &object.record {
            text += &format!(" record:{}", record.kind);
        }
        for property in &object.properties {
            let role = match property.role {
                PropertyRole::Plain => String::new(),
                PropertyRole::Identifier(kind) => format!(" id:{kind}"),
                PropertyRole::Media => " media".to_owned(),
                PropertyRole::Count { minimum } => format!(" count>={minimum}"),
                PropertyRole::Cursor => " cursor".to_owned(),
            };
            text += &format!(
                " {}{}[{}{}{role}]:{}",
                property.name,
                if property.required { "!" } else { "" },
                self.classes(property.classes),
                Self::about(&property.about),
                self.shape(property.shape)
            );
        }
        text + "}"
    }

    fn shape(&mut self, id: ShapeId) -> String {
        if let Some(depth) = self.above.iter().rev().position(|above| *above == id) {
            return format!("^{depth}");
        }
        self.above.push(id);
        let text = match self.catalog.shape(id).unwrap() {
            Shape::Object(object) => self.object(object),
            Shape::Array(items) => format!("[{}]", self.shape(*items)),
            Shape::Map { key, value_class, value } => {
                let (key, class) = (self.classes(*key), self.classes(*value_class));
                format!("<{key} -> {class} {}>", self.shape(*value))
            }
            Shape::OneOf { discriminator, variants } => {
                let branches: Vec<String> = variants
                    .iter()
                    .map(|variant| format!("{:?} {}", variant.tags, self.shape(variant.shape)))
                    .collect();
                format!("({} {})", discriminator.as_deref().unwrap_or("-"), branches.join(" | "))
            }
            Shape::Scalar(scalar) => {
                let kinds = [
                    (scalar.string, "s"),
                    (scalar.integer, "i"),
                    (scalar.number, "n"),
                    (scalar.boolean, "b"),
                    (scalar.null, "0"),
                ];
                let mut text: String = kinds.iter().filter(|k| k.0).map(|k| k.1).collect();
                if !scalar.choices.is_empty() {
                    text += &format!("{:?}", scalar.choices);
                }
                if scalar.minimum.is_some() || scalar.maximum.is_some() {
                    text += &format!("({:?}..{:?})", scalar.minimum, scalar.maximum);
                }
                text
            }
        };
        self.above.pop();
        text
    }
}

fn check_document(document: &Value, expected: Expect) {
    let catalog = match compile(document) {
        Ok(catalog) => catalog,
        Err(mistakes) => panic!("{mistakes:#?}"),
    };
    let root = catalog.operations[0].response.unwrap();
    expected.assert_eq(&Drawing { catalog: &catalog, above: Vec::new() }.shape(root));
}

fn check(schema: Value, expected: Expect) {
    check_document(&with_schema(schema), expected);
}

fn text(class: &str) -> Value {
    json!({"type": "string", "x-data-class": class})
}

#[test]
fn a_property_keeps_its_class_and_one_without_has_none() {
    check(
        json!({"type": "object", "required": ["name"], "properties": {
            "name": text("group.name"), "locationIP": {"type": "string"}}}),
        expect!["{ name![group.name]:s locationIP[]:s}"],
    );
}

#[test]
fn circles_of_references_end() {
    check(
        json!({"type": "object", "properties": {"name": text("group.name"),
            "replies": {"type": "array", "items": {"$ref": "#/components/schemas/Answer"}}}}),
        expect!["{ name[group.name]:s replies[]:[{ name[group.name]:s replies[]:^1}]}"],
    );
}

#[test]
fn a_reference_inherits_the_presence_class_and_says_more_beside_it() {
    let mut document = with_schema(json!({"type": "object", "properties": {
        "author": {"$ref": "#/components/schemas/Person", "description": "Who wrote it."},
        "friends": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
        "nobody": {"type": ["object", "null"], "properties": {"name": text("group.name")}}}}));
    document["components"]["schemas"]["Person"]["x-data-class"] = json!("member.name");
    check_document(
        &document,
        expect![
            "{ author[]:{member.name @id id[member.name id:person]:s name[member.name]:s} friends[]:[{member.name @id id[member.name id:person]:s name[member.name]:s}] nobody[]:(- [] { name[group.name]:s} | [] 0)}"
        ],
    );
}

#[test]
fn all_of_demands_the_classes_of_every_branch_and_the_common_type() {
    check(
        json!({"x-about": "nobody", "allOf": [
            {"type": "object", "properties": {"name": text("group.name")}, "required": ["name"]},
            {"type": "object", "x-about": "who.id", "properties": {
                "name": {"type": ["string", "integer"], "x-data-class": "member.name"},
                "who": {"$ref": "#/components/schemas/Person"}}}]}),
        expect![
            "{ @who.id name![group.name+member.name]:s who[]:{ @id id[member.name id:person]:s name[member.name]:s}}"
        ],
    );
}

#[test]
fn without_a_discriminator_a_property_needs_what_every_branch_needs() {
    check(
        json!({"oneOf": [
            {"type": "object", "properties": {"name": text("group.name"), "kind": {"type": "string", "const": "a"}}},
            {"type": "object", "properties": {"name": {"type": "integer"}, "kind": {"type": "string", "const": "b"},
                "deep": {"type": "object", "properties": {"x": text("group.name")}}}},
            {"type": "object", "properties": {"deep": {"type": "string", "x-data-class": "group.name"}}}]}),
        expect![[
            r#"{ name[group.name]:si kind[]:s["a", "b"] deep[group.name]:(- [] {group.name x[group.name]:s} | [] s)}"#
        ]],
    );
}

#[test]
fn a_discriminator_keeps_branches_apart() {
    let mut document = with_schema(json!({"oneOf": [
            {"$ref": "#/components/schemas/Group"}, {"$ref": "#/components/schemas/Named"}, {"type": "null"}],
        "discriminator": {"propertyName": "kind", "mapping": {"g": "#/components/schemas/Group", "h": "Group"}}}));
    document["components"]["schemas"]["Group"] = json!({"type": "object", "properties": {
        "kind": {"type": "string"}, "name": text("group.name")}});
    document["components"]["schemas"]["Named"] = json!({"allOf": [{"$ref": "#/components/schemas/Person"},
        {"type": "object", "properties": {"kind": {"type": "string"}}}]});
    check_document(
        &document,
        expect![[
            r#"(- [] (kind ["g", "h"] { kind[]:s name[group.name]:s} | ["Named"] { @id id[member.name id:person]:s name[member.name]:s kind[]:s}) | [] 0)"#
        ]],
    );
}

#[test]
fn maps_have_classes_for_keys_and_values() {
    check(
        json!({"type": "object", "properties": {"names": {"type": "object", "x-map-key-class": "group.name",
            "additionalProperties": text("group.name")},
            "things": {"type": "object", "x-map-key-class": "group.name", "additionalProperties":
                {"type": "array", "items": {"$ref": "#/components/schemas/Person"}}}}}),
        expect![
            "{ names[]:<group.name -> group.name s> things[]:<group.name ->  [{ @id id[member.name id:person]:s name[member.name]:s}]>}"
        ],
    );
}

#[test]
fn lists_hand_the_classes_of_their_values_to_the_property() {
    check(
        json!({"type": "object", "x-context": "group", "properties": {
            "group": {"type": "string", "x-identifier": "group"},
            "next": {"type": "string", "x-cursor": true},
            "tags": {"type": "array", "items": {"type": "array", "items": {"type": "string",
                "x-identifier": "person", "x-about": "", "x-data-class": "member.name"}}},
            "size": {"type": "integer", "x-data-class": "group.size", "x-count": {"of": "member.name", "minimum": 5}},
            "photo": {"type": ["string", "null"], "x-media": true, "x-data-class": "group.name"}}}),
        expect![
            "{ ctx group[ id:group]:s next[ cursor]:s tags[member.name @*.* id:person]:[[s]] size[group.size count>=5]:i photo[group.name media]:s0}"
        ],
    );
}

#[test]
fn records_and_sets_of_people() {
    check(
        json!({"type": "object", "x-record": {"kind": "post", "id": "id", "time": "at", "state": "state",
                "friend": "by_friend"}, "x-about": ["author.id", "tags.*.id"], "properties": {
            "id": {"type": "string", "x-identifier": "post"}, "at": {"type": "string"},
            "state": {"enum": ["published", "draft"]}, "by_friend": {"type": "boolean"},
            "author": {"$ref": "#/components/schemas/Person"},
            "tags": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
            "title": text("member.name")}}),
        expect![[
            r#"{ @author.id @tags.*.id record:post id[ id:post]:s at[]:s state[]:s["published", "draft"] by_friend[]:b author[]:{ @id id[member.name id:person]:s name[member.name]:s} tags[]:[{ @id id[member.name id:person]:s name[member.name]:s}] title[member.name]:s}"#
        ]],
    );
}

#[test]
fn scalars_keep_their_bounds() {
    check(
        json!({"type": "object", "properties": {
            "a": {"enum": ["x", "y", null]}, "b": {"enum": [1, 2, 3]},
            "c": {"type": "integer", "minimum": 0, "exclusiveMaximum": 10},
            "d": {"allOf": [{"enum": ["x", "y"]}, {"enum": ["y", "z"]}]},
            "e": {"anyOf": [{"enum": ["x"]}, {"type": "number"}]}, "f": {}, "g": true}}),
        expect![[
            r#"{ a[]:s0["x", "y"] b[]:i(Some(1)..Some(3)) c[]:i(Some(0)..Some(9)) d[]:s["y"] e[]:sin["x"] f[]:sinb0 g[]:sinb0}"#
        ]],
    );
}

#[test]
fn an_operation_knows_every_class_that_its_answer_can_carry() {
    let catalog = compile(&base()).unwrap();
    let operation = &catalog.operations[0];
    assert_eq!(operation.classes.len(), 1);
    assert_eq!(operation.context, None);
    assert_eq!((operation.status, operation.body, operation.body_required), (200, None, false));
}
