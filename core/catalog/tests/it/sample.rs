//! A small, right document that tests change, and words for what comes out.

use catalog::{Catalog, Document, Mistake, Numbering};
use serde_json::{Value, json};

/// One operation that answers with `schema`, in a document with a class for each purpose of a test.
pub fn with_schema(schema: Value) -> Value {
    let mut document = base();
    document["components"]["schemas"]["Answer"] = schema;
    document
}

/// A document with one operation, `getThing`, that answers with the component `Answer`.
pub fn base() -> Value {
    let class = |about: &str, needs: &[&str]| json!({"title": "T", "text": "Plain words.", "sensitivity": 1, "about": about, "needs": needs});
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Sample", "version": "2026-11-01"},
        "x-bailment": 1,
        "x-programs": {"groups": {"title": "Groups"}},
        "x-purposes": {"group-management": {"title": "Managing groups", "dpv": "dpv:ServiceProvision"}},
        "x-data-classes": {
            "group.name": class("nobody", &[]),
            "member.name": class("person", &[]),
            "member.picture": class("person", &["opt-in"]),
            "post.content": class("person", &["installation", "published"]),
            "post.create": class("action", &[]),
            "group.size": {"title": "T", "text": "Plain words.", "sensitivity": 0, "about": "nobody", "derived": true}
        },
        "paths": {"/things/{id}": {"get": {
            "operationId": "getThing",
            "x-program": "groups",
            "x-purpose": "group-management",
            "parameters": [{"name": "id", "in": "path", "required": true,
                "schema": {"type": "string"}, "x-identifier": "group"}],
            "responses": {"200": {"description": "The thing.", "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/Answer"}}}}}
        }}},
        "components": {"schemas": {
            "Answer": {"type": "object", "properties": {"name": {"type": "string", "x-data-class": "group.name"}}},
            "Person": {"type": "object", "x-about": "id", "properties": {
                "id": {"type": "string", "x-identifier": "person", "x-data-class": "member.name"},
                "name": {"type": "string", "x-data-class": "member.name"}}}
        }}
    })
}

pub fn parse(document: &Value) -> Result<Document, Vec<Mistake>> {
    Document::parse(document.to_string().as_bytes())
}

pub fn numbered(document: &Document) -> Numbering {
    document.new_names(&Numbering::default()).expect("definitions are right")
}

pub fn compile(document: &Value) -> Result<Catalog, Vec<Mistake>> {
    let document = parse(document)?;
    document.compile(&document.new_names(&Numbering::default())?)
}

/// Mistakes and warnings, one a line.
pub fn told(document: &Value) -> String {
    let lines = |word: &str, list: &[Mistake]| {
        list.iter().map(|mistake| format!("{word} {mistake}\n")).collect::<String>()
    };
    match parse(document) {
        Err(mistakes) => lines("mistake", &mistakes),
        Ok(document) => {
            let report = document.check();
            lines("mistake", &report.mistakes) + &lines("warning", &report.warnings)
        }
    }
}
