//! Bodies of answers and requests.

use crate::compiled::{Method, ShapeId};
use crate::mistake::{Findings, child};
use crate::operation::{Offered, referred};
use crate::schema::Shapes;
use serde_json::{Map, Value};

/// Status and shape of the successful answer.
pub(crate) fn response<'d>(
    offered: &Offered<'d>,
    shapes: &mut Shapes<'d, '_>,
) -> (u16, Option<ShapeId>) {
    let at = child(&offered.pointer, "responses");
    let mut successes: Vec<(u16, String, &'d Value)> = Vec::new();
    for (status, value) in
        offered.operation.get("responses").and_then(Value::as_object).into_iter().flatten()
    {
        let number = if status == "2XX" { Some(200) } else { status.parse().ok() };
        if let Some(number) = number.filter(|number| (200..300).contains(number)) {
            successes.push((number, child(&at, status), value));
        }
    }
    successes.sort_by_key(|(number, _, _)| *number);
    let mut successes = successes.into_iter();
    let Some((status, pointer, value)) = successes.next() else {
        shapes.findings.mistake(
            at,
            "documents no successful answer",
            "add the answer with status 200, 201 or 204; `default` does not describe success",
        );
        return (200, None);
    };
    for (_, pointer, _) in successes {
        shapes.findings.warning(
            pointer,
            "is a second successful answer: only the one with the lowest status is released",
            "offer one successful answer",
        );
    }
    let Some((pointer, answer)) = referred(shapes.root, pointer, value, &mut shapes.findings)
    else {
        return (status, None);
    };
    match json_schema(answer, &pointer, "an answer", &mut shapes.findings) {
        Some((pointer, schema)) => (status, Some(shapes.body(&pointer, schema))),
        None => (status, None),
    }
}

/// Shape of the request body, and whether it is required.
pub(crate) fn request<'d>(
    offered: &Offered<'d>,
    shapes: &mut Shapes<'d, '_>,
) -> (Option<ShapeId>, bool) {
    let Some(value) = offered.operation.get("requestBody") else { return (None, false) };
    let pointer = child(&offered.pointer, "requestBody");
    if offered.method == Method::Get {
        shapes.findings.mistake(pointer, "a read has no body", "use parameters");
        return (None, false);
    }
    let Some((pointer, body)) = referred(shapes.root, pointer, value, &mut shapes.findings) else {
        return (None, false);
    };
    let required = body.get("required").and_then(Value::as_bool).unwrap_or(false);
    match json_schema(body, &pointer, "a request", &mut shapes.findings) {
        Some((pointer, schema)) => (Some(shapes.request(&pointer, schema)), required),
        None => (None, false),
    }
}

fn json_schema<'d>(
    message: &'d Map<String, Value>,
    pointer: &str,
    what: &str,
    findings: &mut Findings,
) -> Option<(String, &'d Value)> {
    let content = message.get("content").and_then(Value::as_object)?;
    let at = child(pointer, "content");
    let is_json = |media_type: &str| {
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    };
    let Some((media_type, described)) = content.iter().find(|(name, _)| is_json(name)) else {
        if !content.is_empty() {
            let names: Vec<&str> = content.keys().map(String::as_str).collect();
            findings.mistake(
                at,
                format!("{what} of type {} cannot be enforced", names.join(", ")),
                "offer it as `application/json`",
            );
        }
        return None;
    };
    for other in content.keys().filter(|name| *name != media_type) {
        findings.warning(
            child(&at, other),
            format!("{what} of this type is not offered"),
            "only `application/json` is",
        );
    }
    let at = child(&at, media_type);
    match described.get("schema") {
        Some(schema) => Some((child(&at, "schema"), schema)),
        None => {
            findings.mistake(at, format!("{what} without a schema"), "add `schema`");
            None
        }
    }
}
