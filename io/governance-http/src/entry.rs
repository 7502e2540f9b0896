//! Log entries as JSON: leaf and payload with the names of the catalog, numbers instead of identities.

mod disclosure;
mod event;

use crate::view;
use catalog::Numbering;
use ledger::{Leaf, Payload, Refusals, WriteOutcomeKind};
use model::{Actor, ContextKind};
use serde_json::{Map, Value, json};
use store::StoredEntry;

pub(crate) use event::{json as event_json, scope};

/// An entry as JSON. What cannot be read is said in `error`, never left out.
#[must_use]
pub fn entry_json(stored: &StoredEntry, names: &Numbering) -> Value {
    let mut out = Map::new();
    out.insert("position".to_owned(), stored.position.0.into());
    out.insert("time".to_owned(), view::instant(stored.time).into());
    let entry = match stored.open() {
        Ok(Some(entry)) => {
            out.insert("kind".to_owned(), payload_word(&entry.payload).into());
            out.insert("leaf".to_owned(), leaf(&entry.leaf, names));
            out.insert("payload".to_owned(), payload(&entry.payload, names));
            return Value::Object(out);
        }
        Ok(None) => stored.read_leaf(),
        Err(error) => Err(error),
    };
    match entry {
        Ok(found) => {
            out.insert("kind".to_owned(), found.kind.into());
            out.insert("leaf".to_owned(), leaf(&found, names));
            out.insert("payload".to_owned(), Value::Null);
        }
        Err(error) => {
            out.insert("error".to_owned(), error.to_string().into());
        }
    }
    Value::Object(out)
}

fn payload_word(payload: &Payload) -> &'static str {
    match payload {
        Payload::Disclosure(_) => "disclosure",
        Payload::Refusals(_) => "refusals",
        Payload::WritePermitted(_) => "write-permitted",
        Payload::WriteOutcome(_) => "write-outcome",
        Payload::Control(event) => event.word(),
    }
}

/// Who caused something.
#[must_use]
pub fn actor(by: Actor) -> String {
    match by {
        Actor::System => "system".to_owned(),
        Actor::Platform => "platform".to_owned(),
        Actor::Person(person) => person.to_string(),
        Actor::Staff(staff) => staff.to_string(),
        Actor::Operator => "operator".to_owned(),
        Actor::App => "app".to_owned(),
    }
}

fn leaf(leaf: &Leaf, names: &Numbering) -> Value {
    let text = |value: Option<String>| value.map(Value::from);
    let pairs: [(&str, Option<Value>); 23] = [
        ("kind", Some(leaf.kind.into())),
        ("rules", Some(leaf.rules.into())),
        ("payload_commitment", Some(view::hex(&leaf.payload).into())),
        ("partner", text(leaf.partner.map(|no| no.to_string()))),
        ("app", text(leaf.app.map(|no| no.to_string()))),
        ("credential", text(leaf.credential.map(|no| no.to_string()))),
        ("grant", text(leaf.grant.map(|no| no.to_string()))),
        ("installation", text(leaf.installation.map(|no| no.to_string()))),
        ("issue", leaf.issue.map(|at| at.0.into())),
        ("operation", text(leaf.operation.map(|no| view::operation(names, no)))),
        ("version", text(leaf.version.map(|version| version.to_string()))),
        ("purpose", text(leaf.purpose.map(|no| view::purpose(names, no)))),
        ("program", text(leaf.program.map(|no| view::program(names, no)))),
        ("policy", leaf.policy.map(|at| at.0.into())),
        ("request", text(leaf.request.map(|id| edge::RequestId(id).to_string()))),
        ("context", text(leaf.context.map(context_kind))),
        ("count", leaf.count.map(Value::from)),
        ("people", leaf.people.map(Value::from)),
        ("withheld", leaf.withheld.map(Value::from)),
        ("classes", leaf.classes.map(|mask| json!(view::classes(names, mask)))),
        ("document", text(leaf.document.map(|digest| view::hex(&digest)))),
        ("key", leaf.key.map(Value::from)),
        ("family", leaf.family.map(|at| Value::from(at.0))),
    ];
    let mut out: Map<String, Value> = pairs
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)))
        .collect();
    if let Some(code) = leaf.reason {
        let word = model::EndingReason::from_code(code).map(|reason| reason.word());
        out.insert("reason".to_owned(), word.map_or_else(|| code.into(), Value::from));
    }
    if let Some(histogram) = &leaf.histogram {
        let rows = histogram
            .iter()
            .map(|one| json!({"classes": view::classes(names, one.classes), "nodes": one.nodes}));
        out.insert("histogram".to_owned(), rows.collect());
    }
    Value::Object(out)
}

fn context_kind(kind: ContextKind) -> String {
    kind.word().to_owned()
}

fn payload(payload: &Payload, names: &Numbering) -> Value {
    match payload {
        Payload::Disclosure(payload) => disclosure::json(payload, names),
        Payload::Refusals(refusals) => refused(refusals, names),
        Payload::WritePermitted(write) => json!({
            "acting": write.acting.map(|no| no.to_string()),
            "context": write.context.map(|no| no.to_string()),
            "object": write.object.map(|no| no.to_string()),
            "network": write.network.as_deref().map(view::hex),
            "facts_up_to": view::instant(write.facts_up_to),
        }),
        Payload::WriteOutcome(outcome) => json!({
            "permitted_at": outcome.permitted_at.0,
            "outcome": match outcome.outcome {
                WriteOutcomeKind::Refused => "refused",
                WriteOutcomeKind::Unknown => "unknown",
                WriteOutcomeKind::Withheld => "withheld",
            },
        }),
        Payload::Control(event) => event::json(event, names),
    }
}

fn refused(refusals: &Refusals, names: &Numbering) -> Value {
    let hour = model::Timestamp(refusals.hour.saturating_mul(3_600_000));
    let counts: Vec<Value> = refusals
        .counts
        .iter()
        .map(|one| {
            json!({
                "app": one.app.map(|no| no.to_string()),
                "operation": one.operation.map(|no| view::operation(names, no)),
                "problem": one.problem,
                "count": one.count,
            })
        })
        .collect();
    json!({"hour": view::instant(hour), "counts": counts})
}
