//! A disclosure's payload as JSON: input and output of the decision, node by node.

use crate::view;
use catalog::Numbering;
use ledger::{About, DisclosurePayload, Node};
use model::{ClassMask, Relation};
use serde_json::{Map, Value, json};

/// The payload.
pub(super) fn json(payload: &DisclosurePayload, names: &Numbering) -> Value {
    let nodes: Vec<Value> = payload
        .nodes
        .iter()
        .zip(&payload.released)
        .map(|(one, released)| node(one, *released, names))
        .collect();
    json!({
        "acting": payload.acting.map(|no| no.to_string()),
        "network": payload.network.as_deref().map(view::hex),
        "facts_up_to": view::instant(payload.facts_up_to),
        "context": payload.context.map(|no| no.to_string()),
        "permit": payload.permit.map(|at| at.0),
        "nodes": nodes,
    })
}

fn node(node: &Node, released: ClassMask, names: &Numbering) -> Value {
    let mut out = Map::new();
    if let Some(within) = node.within {
        out.insert("within".to_owned(), within.into());
    }
    if let Some(record) = &node.record {
        let mut relation = Vec::new();
        if record.relation.has(Relation::FRIEND) {
            relation.push("friend");
        }
        if record.relation.has(Relation::PARTICIPANT) {
            relation.push("participant");
        }
        let record = json!({
            "kind": record.kind.word(),
            "object": record.object.to_string(),
            "context": record.context.map(|no| no.to_string()),
            "publication": record.publication.word(),
            "time": record.time.and_then(view::instant),
            "relation": relation,
        });
        out.insert("record".to_owned(), record);
    }
    let about = match &node.about {
        About::Nobody => json!([]),
        About::Unresolvable => json!("unresolvable"),
        About::People(people) => people.iter().map(|no| no.to_string()).collect(),
    };
    out.insert("about".to_owned(), about);
    out.insert("asked".to_owned(), json!(view::classes(names, node.asked)));
    out.insert("released".to_owned(), json!(view::classes(names, released)));
    Value::Object(out)
}
