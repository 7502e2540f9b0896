//! One line for every kind of mistake: what is changed in a right document, and what is said.

use crate::sample::{base, told, with_schema};
use expect_test::{Expect, expect};
use serde_json::{Value, json};

fn check(pointer: &str, value: Value, expected: Expect) {
    let mut document = base();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    document.pointer_mut(parent).unwrap()[name.replace("~1", "/")] = value;
    expected.assert_eq(&told(&document));
}

fn check_schema(schema: Value, expected: Expect) {
    expected.assert_eq(&told(&with_schema(schema)));
}

/// An object about a person, with one more property.
fn person_with(property: Value) -> Value {
    json!({"type": "object", "x-about": "id", "properties": {
        "id": {"type": "string", "x-identifier": "person"}, "p": property}})
}

fn check_property(property: Value, expected: Expect) {
    check_schema(person_with(property), expected);
}

#[test]
fn a_right_document_has_none() {
    expect![[""]].assert_eq(&told(&base()));
}

#[test]
fn documents_that_are_none() {
    let parse = |bytes: &[u8], expected: Expect| {
        let mistakes = catalog::Document::parse(bytes).unwrap_err();
        expected.assert_eq(&mistakes[0].to_string());
    };
    parse(
        b"",
        expect![": is not JSON: EOF while parsing a value at line 1 column 0 (correct the syntax)"],
    );
    parse(b"[]", expect![": is not an object (write an OpenAPI 3.1 document)"]);
    parse(
        b"{\"openapi\": \"3.0.3\"}",
        expect!["/openapi: is another version than 3.1 (convert the document to OpenAPI 3.1)"],
    );
    parse(
        b"{}",
        expect![[
            r#": `openapi` is missing (write an OpenAPI document with `"openapi": "3.1.0"`)"#
        ]],
    );
    parse(
        b"{\"a\": 1, \"a\": 2}",
        expect![
            ": is not JSON: `a` stands twice in one object at line 1 column 16 (correct the syntax)"
        ],
    );
    parse(
        "[".repeat(100_000).as_bytes(),
        expect![
            ": is not JSON: recursion limit exceeded at line 1 column 128 (correct the syntax)"
        ],
    );
}

#[test]
fn at_the_root() {
    check(
        "/x-bailment",
        json!(2),
        expect![[r#"
        mistake /x-bailment: is not a version of the extensions that is known here (write 1)
    "#]],
    );
    check(
        "/x-programs",
        json!([]),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/x-program: `groups` is not defined (define it under /x-programs)
        mistake /x-programs: is not an object (write definitions by name)
        warning /paths: 1 of 1 operations are not offered (add `x-program` and `x-purpose` to those that should be)
    "#]],
    );
    check(
        "/x-purposes/Bad Name",
        json!({"title": "T"}),
        expect![[r#"
        mistake /x-purposes/Bad Name: is not a name that can stand in a scope (a lower-case letter, then letters, digits, `.`, `-`, `_`; at most 64 characters)
    "#]],
    );
    check(
        "/x-data-clases",
        json!({}),
        expect![[r#"
        mistake /x-data-clases: `x-data-clases` is not an extension that is known here (did you mean `x-data-classes`?)
    "#]],
    );
    check(
        "/info/version",
        json!("1.0"),
        expect![[r#"
        mistake /info/version: is not a dated version (write the date of this version as `2026-11-01`)
    "#]],
    );
    check(
        "/x-data-classes/group.name",
        json!({"title": "T"}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/name: `group.name` is about people, but nothing says about whom (add `x-about` here or on an object around it)
        mistake /x-data-classes/group.name: `text` is missing (people read it when they decide: write it in plain words)
        mistake /x-data-classes/group.name/sensitivity: is not a sensitivity (write 0 (public) to 3 (special category))
    "#]],
    );
    check(
        "/x-data-classes/group.name",
        json!({"title": "T", "text": "T", "sensitivity": 4, "about": "people", "needs": ["optin"], "dvp": "x"}),
        expect![[r#"
            mistake /components/schemas/Answer/properties/name: `group.name` is about people, but nothing says about whom (add `x-about` here or on an object around it)
            mistake /x-data-classes/group.name/about: is unknown (write `person`, `nobody` or `action`)
            mistake /x-data-classes/group.name/dvp: is unknown here (did you mean `dpv`?)
            mistake /x-data-classes/group.name/needs/0: `optin` is not a need (did you mean `opt-in`?)
            mistake /x-data-classes/group.name/sensitivity: is not a sensitivity (write 0 (public) to 3 (special category))
        "#]],
    );
}

const GET: &str = "/paths/~1things~1{id}/get";

#[test]
fn on_operations() {
    let get =
        |key: &str, value: Value, expected: Expect| check(&format!("{GET}/{key}"), value, expected);
    get(
        "x-program",
        json!("group"),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/x-program: `group` is not defined (did you mean `groups`?)
        warning /paths: 1 of 1 operations are not offered (add `x-program` and `x-purpose` to those that should be)
    "#]],
    );
    get(
        "x-purpose",
        Value::Null,
        expect![[r#"
        mistake /paths/~1things~1{id}/get/x-purpose: `` is not defined (known: group-management)
        warning /paths: 1 of 1 operations are not offered (add `x-program` and `x-purpose` to those that should be)
    "#]],
    );
    get(
        "operationId",
        json!(""),
        expect![[r#"
        mistake /paths/~1things~1{id}/get: `operationId` is missing (an offered operation has a permanent name)
        warning /paths: 1 of 1 operations are not offered (add `x-program` and `x-purpose` to those that should be)
    "#]],
    );
    get(
        "x-purpos",
        json!("x"),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/x-purpos: `x-purpos` is not an extension that is known here (did you mean `x-purpose`?)
    "#]],
    );
    get(
        "x-data-class",
        json!("x"),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/x-data-class: `x-data-class` means nothing on an operation (move it where it belongs)
    "#]],
    );
    get(
        "x-token",
        json!("app"),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/x-token: is not a kind of token (write `person`, or leave it out where either kind will do)
    "#]],
    );
    get(
        "x-requires",
        json!(["post.create", "group.name"]),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/x-requires: `group.name` is a class of data, not a permission to act (name classes with `"about": "action"`)
    "#]],
    );
    get(
        "x-context",
        json!("query:id"),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/x-context: is not a place of the context (write `path:NAME`)
    "#]],
    );
    get(
        "x-context",
        json!("path:group"),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/x-context: `group` is no path parameter that names a group (declare it with `"x-identifier": "group"`)
    "#]],
    );
    get(
        "x-upstream",
        json!("/people/{actor}/{other}"),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/x-upstream: `{other}` is not a parameter of the path (use the path's parameters, or `{actor}`)
        mistake /paths/~1things~1{id}/get/x-upstream: names the acting person, but some tokens have none (add `"x-token": "person"`)
    "#]],
    );
    get(
        "x-upstream",
        json!("/a/../b{id}"),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/x-upstream: `/a/../b{id}` has an empty or relative segment (remove it)
        mistake /paths/~1things~1{id}/get/x-upstream: `b{id}` is neither fixed text nor one parameter (let a parameter be a whole segment: `/groups/{id}`)
    "#]],
    );
    get(
        "responses",
        json!({"default": {}}),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/responses: documents no successful answer (add the answer with status 200, 201 or 204; `default` does not describe success)
    "#]],
    );
    get(
        "responses",
        json!({"200": {"content": {"text/html": {}}}}),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/responses/200/content: an answer of type text/html cannot be enforced (offer it as `application/json`)
    "#]],
    );
    get(
        "responses",
        json!({"200": {"content": {"application/json": {}}}}),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/responses/200/content/application~1json: an answer without a schema (add `schema`)
    "#]],
    );
    get(
        "responses",
        json!({"200": {"$ref": "#/nowhere"}}),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/responses/200/$ref: `#/nowhere` cannot be followed (it must point into this document)
    "#]],
    );
    get(
        "requestBody",
        json!({}),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/requestBody: a read has no body (use parameters)
    "#]],
    );
    let mut without_program = base();
    without_program.pointer_mut(GET).unwrap().as_object_mut().unwrap().remove("x-program");
    expect![[r#"
        mistake /paths/~1things~1{id}/get: `x-program` is missing (an operation with extensions is offered and needs `x-program` and `x-purpose`)
        warning /paths: 1 of 1 operations are not offered (add `x-program` and `x-purpose` to those that should be)
    "#]].assert_eq(&told(&without_program));
}

#[test]
fn between_operations() {
    let mut document = base();
    document["paths"]["/things/{name}"] = document["paths"]["/things/{id}"].clone();
    document["paths"]["/things/{name}"]["get"]["parameters"][0]["name"] = json!("name");
    expect![[r#"
        mistake /paths/~1things~1{name}/get: `/things/{name}` and `/things/{id}` answer to the same paths (let one of them be more specific in every segment)
        mistake /paths/~1things~1{name}/get/operationId: names a second operation; the first is /paths/~1things~1{id}/get (give every operation a name of its own)
    "#]].assert_eq(&told(&document));
    let mut document = base();
    document["paths"]["/things/{id}"]["head"] =
        json!({"operationId": "other", "x-program": "groups"});
    expect![[r#"
        mistake /paths/~1things~1{id}/head: `head` cannot be offered (remove the extensions)
        warning /paths: 1 of 2 operations are not offered (add `x-program` and `x-purpose` to those that should be)
    "#]].assert_eq(&told(&document));
}

#[test]
fn on_parameters() {
    let mut document = base();
    let list = document.pointer_mut(&format!("{GET}/parameters")).unwrap().as_array_mut().unwrap();
    list.push(json!({"name": "city", "in": "query", "schema": {"type": "string"}}));
    list.push(
        json!({"name": "q", "in": "query", "schema": {"type": "string"}, "x-filter": "member.nam"}),
    );
    list.push(
        json!({"name": "after", "in": "query", "schema": {"type": "integer"}, "x-cursor": true}),
    );
    list.push(json!({"name": "who", "in": "query", "schema": {"type": "integer"}, "x-identifier": "persn"}));
    list.push(json!({"name": "whose", "in": "query", "schema": {"type": "integer"}, "x-identifier": "person"}));
    list.push(json!({"name": "s", "in": "cookie", "required": true, "schema": {"type": "string"}}));
    list.push(json!({"name": "l", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}));
    list.push(json!({"name": "other", "in": "path", "schema": {"type": "string"}}));
    list.push(json!({"name": "do", "in": "query", "schema": {"type": "string"}, "x-filter": "post.create"}));
    list.push(json!({"name": "limit", "in": "query", "schema": {"type": "integer"}}));
    list.push(json!({"name": "limit", "in": "query", "schema": {"type": "integer"}}));
    expect![[r#"
        mistake /paths/~1things~1{id}/get: the path parameter `other` does not stand in the path (remove it, or add it to the path)
        mistake /paths/~1things~1{id}/get/parameters/1: `city` may filter, search or sort, but does not say by which class (add `x-filter` with a class, or an empty list where it depends on no data)
        mistake /paths/~1things~1{id}/get/parameters/11: `limit` is declared twice (keep one)
        mistake /paths/~1things~1{id}/get/parameters/2/x-filter: `member.nam` is not a data class (did you mean `member.name`?)
        mistake /paths/~1things~1{id}/get/parameters/3: a cursor is a string (give it `"type": "string"`)
        mistake /paths/~1things~1{id}/get/parameters/4: `who` may filter, search or sort, but does not say by which class (add `x-filter` with a class, or an empty list where it depends on no data)
        mistake /paths/~1things~1{id}/get/parameters/4/x-identifier: `persn` is not a kind of identifier (did you mean `person`?)
        mistake /paths/~1things~1{id}/get/parameters/5: an identifier is a string (give it `"type": "string"`)
        mistake /paths/~1things~1{id}/get/parameters/6: is neither in path, query nor header and is required (take a single value by path or query)
        mistake /paths/~1things~1{id}/get/parameters/9/x-filter: `post.create` is a permission to act, not a class of data (name the class that it filters by)
        warning /paths/~1things~1{id}/get/parameters/7: is no single value: it is not accepted (take a single value by path or query)
    "#]].assert_eq(&told(&document));
    check(
        &format!("{GET}/parameters"),
        json!([]),
        expect![[r#"
        mistake /paths/~1things~1{id}/get: the path parameter `id` is not declared (declare it under `parameters` with `"in": "path"`)
    "#]],
    );
}

#[test]
fn classes_and_whom_they_are_about() {
    check_schema(
        json!({"type": "object", "properties": {"n": {"type": "string", "x-data-class": "member.name"}}}),
        expect![[r#"
            mistake /components/schemas/Answer/properties/n: `member.name` is about people, but nothing says about whom (add `x-about` here or on an object around it)
        "#]],
    );
    check_schema(
        json!({"type": "object", "x-about": "nobody", "properties": {"n": {"type": "string", "x-data-class": "member.name"}}}),
        expect![[r#"
            mistake /components/schemas/Answer/properties/n: `member.name` is about people, but `x-about` says nobody (use a class about nobody, or say whom it is about)
        "#]],
    );
    check_property(
        json!({"type": "string", "x-data-class": "member.nam"}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p/x-data-class: `member.nam` is not a data class (did you mean `member.name`?)
        warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    check_property(
        json!({"type": "string", "x-data-class": "post.create"}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p: `post.create` is a permission to act, not a class of data (name it under `x-requires` of an operation)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    check_property(
        json!({"type": "string", "x-data-class": "member.picture"}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p: `member.picture` is decided per group, but nothing says in which group it stands (add `x-context` on an object around it, or on the operation)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    check_property(
        json!({"type": "integer", "x-data-class": "group.size"}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p: `group.size` is derived from other data, but the property has no `x-count` (add `"x-count": { "of": CLASS, "minimum": 5 }`)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    check_property(
        json!({"x-data-class": "member.name"}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p: has a class but no type (say what kind of value it is: `"type": "string"`)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    check_property(
        json!({"type": "object", "x-data-class": "member.name"}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p: has a class but does not name the object's properties (name them, each with a class)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    check_property(
        json!({"type": "array", "x-data-class": "member.name"}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p: has a class but does not say what its items are (add `items`)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    check_property(
        json!({"allOf": [{"type": "string"}, {"type": "integer"}], "x-data-class": "member.name"}),
        expect![[r#"
            mistake /components/schemas/Answer/properties/p: has a class, but its schemas contradict each other: no value fits (make them agree)
            warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    check_property(
        json!({"type": "string", "x-data-class": 7}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p/x-data-class: is not the name of a data class (write a string)
        warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
}

#[test]
fn needs_that_no_fact_can_meet() {
    let mut document = base();
    document["x-data-classes"]["group.name"]["needs"] = json!(["friend", "participant", "self"]);
    expect![[r#"
        mistake /components/schemas/Answer/properties/name: `group.name` is for friends, but no record around it says who is one (add `friend` to `x-record`, the path to a boolean)
        mistake /components/schemas/Answer/properties/name: `group.name` is for who takes part, but no record around it says who does (add `participant` to `x-record`, the path to a boolean)
    "#]].assert_eq(&told(&document));
    document["components"]["schemas"]["Answer"] = json!({"type": "object",
        "x-record": {"kind": "group", "id": "id", "friend": "f", "participant": "p"},
        "properties": {"f": {"type": "boolean"}, "p": {"type": "boolean"},
            "id": {"type": "string", "x-identifier": "group", "x-data-class": "group.name"}}});
    expect![[r#"
        warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]].assert_eq(&told(&document));
}

#[test]
fn paths() {
    let about = |about: Value, expected: Expect| {
        check_schema(
            json!({"type": "object", "x-about": about, "properties": {
                "id": {"type": "string", "x-identifier": "person"}, "group": {"type": "string", "x-identifier": "group"},
                "name": {"type": "string", "x-data-class": "member.name"},
                "tags": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}}}}),
            expected,
        );
    };
    about(
        json!("author.id"),
        expect![[r#"
            mistake /components/schemas/Answer/x-about: the path `author.id` leads to nothing that the schema names (write property names with dots, `*` through a list or map, `/` for the response's root)
            warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    about(
        json!("name"),
        expect![[r#"
            mistake /components/schemas/Answer/x-about: the path `name` does not end in the id of a person (mark the string it ends in with `"x-identifier": "person"`)
            warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    about(
        json!("group"),
        expect![[r#"
            mistake /components/schemas/Answer/x-about: the path `group` does not end in the id of a person (mark the string it ends in with `"x-identifier": "person"`)
            warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    about(
        json!("tags.id"),
        expect![[r#"
            mistake /components/schemas/Answer/x-about: the path `tags.id` leads to nothing that the schema names (write property names with dots, `*` through a list or map, `/` for the response's root)
            warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    about(
        json!("a..b"),
        expect![[r#"
        mistake /components/schemas/Answer/properties/name: `member.name` is about people, but nothing says about whom (add `x-about` here or on an object around it)
        mistake /components/schemas/Answer/x-about: the path has an empty step (write it as `author.id`)
        warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    about(
        json!([]),
        expect![[r#"
        mistake /components/schemas/Answer/properties/name: `member.name` is about people, but nothing says about whom (add `x-about` here or on an object around it)
        mistake /components/schemas/Answer/x-about: is an empty list (write `nobody` where it is meant)
        warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    about(
        json!("/tags.*.id"),
        expect![[r#"
        warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    about(
        json!("tags.*.id"),
        expect![[r#"
        warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    check_property(
        json!({"type": "string", "x-about": "", "x-data-class": "member.name"}),
        expect![[r#"
            mistake /components/schemas/Answer/properties/p/x-about: the path `` does not end in the id of a person (mark the string it ends in with `"x-identifier": "person"`)
            warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    check_schema(
        json!({"type": "object", "x-context": "id", "properties": {"id": {"type": "string"}}}),
        expect![[r#"
            mistake /components/schemas/Answer/x-context: the path `id` does not end in the id of a group (mark the string it ends in with `"x-identifier": "group"`)
            warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    check_schema(
        json!({"type": "object", "x-record": {"kind": "pst", "tme": "x"}, "properties": {}}),
        expect![[r#"
            mistake /components/schemas/Answer/x-record: `id` is missing (a record is known by the path to its id)
            mistake /components/schemas/Answer/x-record/kind: `pst` is not a kind of record (did you mean `post`?)
            mistake /components/schemas/Answer/x-record/tme: is unknown here (did you mean `time`?)
        "#]],
    );
    check_schema(
        json!({"type": "object", "x-record": {"kind": "post", "id": "id", "time": "n", "state": "x", "friend": "id"},
            "properties": {"id": {"type": "string", "x-identifier": "group"}, "n": {"type": "integer"}}}),
        expect![[r#"
            mistake /components/schemas/Answer/x-record/friend: the path `id` does not end in a boolean (point to a boolean)
            mistake /components/schemas/Answer/x-record/id: the path `id` does not end in the id of a post (mark the string it ends in with `"x-identifier": "post"`)
            mistake /components/schemas/Answer/x-record/state: the path `x` leads to nothing that the schema names (write property names with dots, `*` through a list or map, `/` for the response's root)
            mistake /components/schemas/Answer/x-record/time: the path `n` does not end in a string (point to a string)
            warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
}

#[test]
fn roles() {
    check_property(
        json!({"type": "integer", "x-identifier": "person"}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p: an identifier is a string (give it `"type": "string"`; on a list put the extension on its items)
        warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    check_property(
        json!({"type": "string", "x-identifier": "persn"}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p/x-identifier: `persn` is not a kind of identifier (did you mean `person`?)
        warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    check_property(
        json!({"type": "integer", "x-cursor": true}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p: a cursor is a string (give it `"type": "string"`; on a list put the extension on its items)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    check_property(
        json!({"type": "object", "x-media": true}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p: a media reference is a string (give it `"type": "string"`; on a list put the extension on its items)
        warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    check_property(
        json!({"type": "string", "x-count": {"of": "member.name", "minimum": 5}}),
        expect![[r#"
            mistake /components/schemas/Answer/properties/p: a count is an integer (give it `"type": "integer"`)
            warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    check_property(
        json!({"type": "integer", "x-count": {"of": "membr.name", "minimum": 0}}),
        expect![[r#"
            mistake /components/schemas/Answer/properties/p/x-count: `minimum` is missing or no positive integer (write the smallest number that may leave, such as 5)
            mistake /components/schemas/Answer/properties/p/x-count/of: `membr.name` is not a data class (did you mean `member.name`?)
            warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    check_property(
        json!({"type": "string", "x-cursor": true, "x-media": true}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p: is more than one of identifier, media, count and cursor (keep the one that it is)
        warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
}

#[test]
fn what_a_schema_says_and_nobody_enforces() {
    let released = |keyword: &str, value: Value, expected: Expect| {
        let mut property = json!({"type": "string", "x-data-class": "member.name"});
        property[keyword] = value;
        check_property(property, expected);
    };
    released(
        "not",
        json!({}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p/not: not cannot be enforced where data may leave (say it with `properties`, `oneOf` and a discriminator)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    released(
        "if",
        json!({}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p/if: if cannot be enforced where data may leave (say it with `properties`, `oneOf` and a discriminator)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    released(
        "$dynamicRef",
        json!("#x"),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p/$dynamicRef: $dynamicRef cannot be enforced where data may leave (refer by `#/components/schemas/NAME`)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    released(
        "$ref",
        json!("other.json#/a"),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p/$ref: `other.json#/a` cannot be followed (copy what it refers to into this document's components)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    released(
        "$ref",
        json!("#/components/schemas/Missing"),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p/$ref: `#/components/schemas/Missing` cannot be followed (it must point to a schema of this document)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    released(
        "enum",
        json!([1, 5]),
        expect![[r#"
            mistake /components/schemas/Answer/properties/p: has a class, but its schemas contradict each other: no value fits (make them agree)
            mistake /components/schemas/Answer/properties/p/enum: enum cannot be enforced where data may leave (list strings, or integers without gaps)
            warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    released(
        "type",
        json!("strng"),
        expect![[r#"
            mistake /components/schemas/Answer/properties/p: has a class, but its schemas contradict each other: no value fits (make them agree)
            mistake /components/schemas/Answer/properties/p/type: `strng` is not a type (did you mean `string`?)
            warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    check_property(
        json!({"type": "integer", "minimum": 0.5, "x-data-class": "member.name"}),
        expect![[r#"
            mistake /components/schemas/Answer/properties/p/minimum: minimum cannot be enforced where data may leave (write a whole number)
            warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    let object = |keyword: &str, value: Value, expected: Expect| {
        let mut schema = person_with(json!({"type": "string", "x-data-class": "member.name"}));
        schema[keyword] = value;
        check_schema(schema, expected);
    };
    object(
        "patternProperties",
        json!({}),
        expect![[r#"
        mistake /components/schemas/Answer/patternProperties: patternProperties cannot be enforced where data may leave (use `additionalProperties`)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    object(
        "prefixItems",
        json!([]),
        expect![[r#"
        mistake /components/schemas/Answer/prefixItems: prefixItems cannot be enforced where data may leave (use `items`)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    object(
        "unevaluatedProperties",
        json!({}),
        expect![[r#"
        mistake /components/schemas/Answer/unevaluatedProperties: unevaluatedProperties cannot be enforced where data may leave (use `additionalProperties`)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    object(
        "dependentSchemas",
        json!({}),
        expect![[r#"
        mistake /components/schemas/Answer/dependentSchemas: dependentSchemas cannot be enforced where data may leave (say it with `properties`, `oneOf` and a discriminator)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    object(
        "additionalProperties",
        json!(true),
        expect![[r#"
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        warning /components/schemas/Answer/additionalProperties: allows additions: they are dropped (name what should leave)
    "#]],
    );
    object(
        "additionalProperties",
        json!({"type": "string"}),
        expect![[r#"
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        warning /paths/~1things~1{id}/get/responses/200/content/application~1json/schema: names properties and allows others without a class: the others are dropped (name what should leave)
    "#]],
    );
    object(
        "additionalProperties",
        json!({"type": "string", "x-data-class": "member.name"}),
        expect![[r#"
            mistake /paths/~1things~1{id}/get/responses/200/content/application~1json/schema: names properties and gives classes to others by `additionalProperties` (name them all, or move the others into a map of their own)
            warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    // Where nothing can leave, nothing need be enforced.
    check_property(
        json!({"type": "string", "not": {}}),
        expect![[r#"
        warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
}

#[test]
fn maps_lists_and_branches() {
    check_property(
        json!({"type": "string", "x-map-key-class": "group.name"}),
        expect![[r#"
        mistake /components/schemas/Answer/properties/p: has a class for keys but is no map (put `x-map-key-class` beside `additionalProperties`)
        warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    check_property(
        json!({"type": "object", "additionalProperties": {"type": "string", "x-data-class": "member.name"}}),
        expect![[r#"
            mistake /components/schemas/Answer/properties/p: the keys of this map are data without a class, so nothing of it can leave (add `x-map-key-class`)
            warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    check_property(
        json!({"type": "object", "x-map-key-class": "group.name", "additionalProperties":
        {"type": "string", "x-identifier": "person", "x-data-class": "group.name"}}),
        expect![[r#"
            mistake /components/schemas/Answer/properties/p: is a map whose values say whom they are about, or are ids, media, counts or cursors (make the values objects, or use named properties)
            warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    check_property(
        json!({"type": "array", "x-record": {"kind": "post", "id": "id"}, "items": {"type": "string"}}),
        expect![[r#"
            mistake /components/schemas/Answer/properties/p: is no object with named properties, so it has no context and is no record (put `x-context` and `x-record` on the object)
            warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    check_schema(
        json!({"type": "string", "x-data-class": "group.name"}),
        expect![[r#"
        mistake /paths/~1things~1{id}/get/responses/200/content/application~1json/schema: says something of a value that is no property (a list's items must be objects with classes of their own; wrap anything else into an object)
    "#]],
    );
    check_schema(
        json!({"type": "array", "items": {"type": "string", "x-data-class": "group.name"}}),
        expect![[r#"
            mistake /paths/~1things~1{id}/get/responses/200/content/application~1json/schema: says something of a value that is no property (a list's items must be objects with classes of their own; wrap anything else into an object)
        "#]],
    );
    check_schema(
        json!({"oneOf": [{"$ref": "#/components/schemas/Person"},
        {"type": "object", "properties": {"name": {"type": "string", "x-data-class": "group.name"}}}]}),
        expect![[r#"
            mistake /paths/~1things~1{id}/get/responses/200/content/application~1json/schema: branches that say differently whom they are about cannot be enforced where data may leave (say it in every branch, or use a discriminator)
        "#]],
    );
    let tagged = |kind: &str| {
        json!({"type": "object", "x-about": "nobody", "properties": {"kind": {"const": kind},
        "name": {"type": "string", "x-data-class": "group.name"}}})
    };
    check_schema(
        json!({"oneOf": [tagged("a"), tagged("a")], "discriminator": {"propertyName": "kind"}}),
        expect![[r#"
            mistake /components/schemas/Answer/discriminator: discriminator cannot be enforced where data may leave (give every branch its own value, by `mapping` or by `const`, and map to branches only)
            warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    check_schema(
        json!({"oneOf": [tagged("a"), tagged("b")], "discriminator": {"propertyName": "type"}}),
        expect![[r#"
            mistake /components/schemas/Answer/discriminator: discriminator cannot be enforced where data may leave (give every branch its own value, by `mapping` or by `const`, and map to branches only)
            warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    check_schema(
        json!({"oneOf": [tagged("a"), tagged("b")], "discriminator": {}}),
        expect![[r#"
        mistake /components/schemas/Answer/discriminator: `propertyName` is missing (name the property)
        warning : 1 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
    "#]],
    );
    check_schema(
        json!({"oneOf": [tagged("a"), tagged("b")],
        "discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/Person"}}}),
        expect![[r#"
            mistake /components/schemas/Answer/discriminator: discriminator cannot be enforced where data may leave (give every branch its own value, by `mapping` or by `const`, and map to branches only)
            warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    check_schema(
        json!({"allOf": [{"x-context": "a"}, {"x-context": "b"}], "type": "object",
        "properties": {"a": {"type": "string", "x-identifier": "group"}, "b": {"type": "string", "x-identifier": "group"}}}),
        expect![[r#"
            mistake /components/schemas/Answer/allOf/1: contradicts another schema of the same value in its x-context (say it once, or use a discriminator)
            warning : 2 properties of offered answers have no class (they are never released; add `x-data-class` to those that should be)
        "#]],
    );
    check_schema(json!({"$ref": "#/components/schemas/Answer"}), expect![[""]]);
}
