//! The description that partners get: the catalog in force, and beside it what the gate itself asks and answers.
//!
//! A catalog says what the platform's operations are. That a token is needed, which parameters every operation has, and
//! with which problems the gate answers, is the gate's to say, so that no catalog has to repeat it.

use crate::version::Served;
use axum::body::Bytes;
use catalog::Catalog;
use oauth::resource::Issuer;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Names that no catalog has reason to use.
const PROBLEM: &str = "BailmentProblem";
const SCHEME: &str = "bailment";
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// Statuses with which the gate can answer every operation instead of the platform.
const REFUSALS: [(&str, &str); 8] = [
    ("400", "The request is not one that the operation takes."),
    ("401", "There is no token, or it is not valid (any more)."),
    ("403", "An agreement, an admin or the program does not allow it."),
    ("404", "There is nothing of this id for this app."),
    ("414", "The query is too long."),
    ("429", "Too many requests."),
    ("502", "The platform answers nothing that could be used."),
    ("503", "Nothing can be recorded at present, or the platform does not answer."),
];
/// The same for operations that write.
const WRITE_REFUSALS: [(&str, &str); 6] = [
    ("408", "The body did not arrive in time."),
    ("409", "The platform has another attempt under this idempotency key."),
    ("413", "The body is too large."),
    ("415", "The body has another media type than is taken."),
    ("422", "The body, or the platform, does not allow it."),
    ("504", "Nobody knows whether it was written."),
];

/// Descriptions kept: of as many versions as are asked for side by side.
const KEPT_MAX: usize = 8;

/// Descriptions of the versions that were asked for last.
#[derive(Default)]
pub(crate) struct Description(Mutex<Vec<(Arc<Catalog>, Standing, Bytes)>>);

/// Whether a request without a version is understood by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    InForce,
    Kept,
}

impl Description {
    /// The description of a version whose catalog is the document `bytes`.
    pub(crate) fn of(&self, served: &Served, bytes: &[u8], issuer: &Issuer) -> Bytes {
        let catalog = &served.catalog;
        let standing = match served.told.is_in_force() {
            true => Standing::InForce,
            false => Standing::Kept,
        };
        let mut kept = self.0.lock();
        let known = kept
            .iter()
            .find(|(known, as_what, _)| Arc::ptr_eq(known, catalog) && *as_what == standing);
        if let Some((_, _, known)) = known {
            return known.clone();
        }
        let described = Bytes::from(describe(bytes, catalog, standing, issuer));
        if kept.len() >= KEPT_MAX {
            kept.remove(0);
        }
        kept.push((Arc::clone(catalog), standing, described.clone()));
        described
    }
}

fn describe(bytes: &[u8], catalog: &Catalog, standing: Standing, issuer: &Issuer) -> Vec<u8> {
    // A catalog in force is an OpenAPI document; its own bytes are the next best answer.
    let Ok(mut document) = serde_json::from_slice::<Value>(bytes) else { return bytes.to_vec() };
    let taken = taken(&document);
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for item in paths.values_mut().filter_map(Value::as_object_mut) {
            for method in METHODS {
                if let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) {
                    complete(operation, method, (catalog, standing));
                }
            }
        }
    }
    if let Some(schemas) = components(&mut document, "schemas") {
        for (_, schema) in schemas.iter_mut().filter(|(name, _)| !taken.contains(*name)) {
            nothing_required(schema);
        }
        schemas.insert(PROBLEM.to_owned(), problem());
    }
    if let Some(schemes) = components(&mut document, "securitySchemes") {
        schemes.insert(SCHEME.to_owned(), scheme(catalog, issuer));
    }
    serde_json::to_vec(&document).unwrap_or_else(|_| bytes.to_vec())
}

/// The components of a kind, made where there are none.
fn components<'v>(document: &'v mut Value, kind: &str) -> Option<&'v mut Map<String, Value>> {
    let all = document.as_object_mut()?.entry("components").or_insert_with(|| json!({}));
    all.as_object_mut()?.entry(kind).or_insert_with(|| json!({})).as_object_mut()
}

/// Parameters, headers, problems and the token of an operation.
fn complete(
    operation: &mut Map<String, Value>,
    method: &str,
    (catalog, standing): (&Catalog, Standing),
) {
    operation.insert("security".to_owned(), json!([{ SCHEME: [] }]));
    if let Some(parameters) =
        operation.entry("parameters").or_insert_with(|| json!([])).as_array_mut()
    {
        let version = catalog.version.to_string();
        parameters.push(json!({
            "name": "fields", "in": "query", "schema": { "type": "string" },
            "description": "Only these properties, such as `text,author.name`.",
        }));
        parameters.push(json!({
            "name": "Bailment-Version", "in": "header", "schema": { "const": version },
            // Without it the request is understood by the version in force, which may be another one.
            "required": standing == Standing::Kept,
            "description": "Asks for this version and no other.",
        }));
    }
    let Some(responses) = operation.entry("responses").or_insert_with(|| json!({})).as_object_mut()
    else {
        return;
    };
    for (_, response) in responses.iter_mut().filter(|(status, _)| status.starts_with('2')) {
        nothing_required(response);
        if let Some(response) = response.as_object_mut() {
            response.insert("headers".to_owned(), headers());
        }
    }
    let writes = if method == "get" { &[][..] } else { &WRITE_REFUSALS[..] };
    for (status, text) in REFUSALS.iter().chain(writes) {
        let schema = json!({ "$ref": format!("#/components/schemas/{PROBLEM}") });
        responses.entry(*status).or_insert_with(|| {
            json!({
                "description": text,
                "content": { "application/problem+json": { "schema": schema } },
            })
        });
    }
}

fn headers() -> Value {
    json!({
        "Bailment-Position": {
            "description": "Where in the log the answer stands.",
            "schema": { "type": "integer" },
        },
        "Bailment-Withheld": {
            "description": "Classes of which something was withheld, and why (RFC 9651).",
            "schema": { "type": "string" },
        },
        "Bailment-Version": {
            "description": "The API version of the answer.",
            "schema": { "type": "string" },
        },
        "Deprecation": {
            "description": "Since when the version is deprecated (RFC 9745).",
            "schema": { "type": "string" },
        },
        "Sunset": {
            "description": "When the version ends (RFC 8594).",
            "schema": { "type": "string" },
        },
        "Request-Id": {
            "description": "Names the request to the platform.",
            "schema": { "type": "string" },
        },
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "A problem (RFC 9457). `type` is stable; further members say more.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": { "type": "string", "description": "`/problems/` and a stable word." },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
        },
    })
}

fn scheme(catalog: &Catalog, issuer: &Issuer) -> Value {
    let scopes: Map<String, Value> =
        catalog.classes.iter().map(|one| (one.name.clone(), one.title.clone().into())).collect();
    let token = format!("{}/oauth/token", issuer.as_str());
    json!({
        "type": "oauth2",
        "description": "A token that a person granted, or one of an app where it is installed (RFC 6750).",
        "flows": {
            "authorizationCode": {
                "authorizationUrl": format!("{}/oauth/authorize", issuer.as_str()),
                "tokenUrl": token, "refreshUrl": token, "scopes": scopes,
            },
            "clientCredentials": { "tokenUrl": token, "scopes": scopes },
        },
    })
}

/// Whatever an app may not see is absent: of an answer, nothing can be promised to be there.
fn nothing_required(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            // A list of names; a property that is called `required` has a schema instead.
            if members.get("required").is_some_and(Value::is_array) {
                members.remove("required");
            }
            members.values_mut().for_each(nothing_required);
        }
        Value::Array(items) => items.iter_mut().for_each(nothing_required),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Names of the schemas that requests are made of: what those require is required.
fn taken(document: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let paths = document.get("paths").and_then(Value::as_object);
    let operations = paths.into_iter().flat_map(Map::values).filter_map(Value::as_object);
    for body in operations.flat_map(Map::values).filter_map(|one| one.get("requestBody")) {
        refer(document, body, &mut names);
    }
    names
}

fn refer(document: &Value, value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = name.and_then(|text| text.strip_prefix("#/components/schemas/")) {
                let schema = document.pointer(&format!("/components/schemas/{name}"));
                if names.insert(name.to_owned()) {
                    schema.into_iter().for_each(|schema| refer(document, schema, names));
                }
            }
            members.values().for_each(|one| refer(document, one, names));
        }
        Value::Array(items) => items.iter().for_each(|one| refer(document, one, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_promises_no_property_and_a_request_keeps_its_own() {
        let document = json!({
            "paths": { "/x": { "post": {
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/New" } } } },
                "responses": { "201": {} },
            } } },
            "components": { "schemas": {
                "New": { "properties": { "in": { "$ref": "#/components/schemas/Inner" } } },
                "Inner": { "required": ["a"] },
                "Old": { "required": ["a"], "properties": { "required": { "type": "boolean" } } },
            } },
        });
        let taken = taken(&document);
        assert_eq!(taken, BTreeSet::from(["New".to_owned(), "Inner".to_owned()]));
        let mut old = document.pointer("/components/schemas/Old").unwrap().clone();
        nothing_required(&mut old);
        assert_eq!(old, json!({ "properties": { "required": { "type": "boolean" } } }));
    }
}
