//! Requests of a random world as its log would record them.

use crate::asks::Ask;
use crate::world::World;
use consent::{Request, State};
use ledger::{CatalogActivated, DisclosurePayload, Event, Leaf, Payload};
use model::{Chain, Position, Timestamp};
use serde_json::{Value, json};

/// A disclosure: leaf and payload.
pub struct Recorded {
    pub leaf: Leaf,
    pub payload: DisclosurePayload,
}

/// What is recorded of an answer; a node within a later one cannot be, and stands within none.
pub fn recorded(state: &State, ask: &Ask) -> Recorded {
    let mut nodes = ask.nodes.clone();
    for (node, row) in nodes.iter_mut().zip(0u32..) {
        node.within = node.within.filter(|within| *within < row);
    }
    let request = &ask.request;
    let released = consent::decide(state, request, &nodes, ask.now).released;
    let payload = DisclosurePayload {
        acting: request.acting,
        network: None,
        facts_up_to: request.facts_up_to,
        context: request.context,
        permit: None,
        nodes,
        released,
    };
    let (grant, installation) = match request.chain {
        Chain::Grant(no) => (Some(no), None),
        Chain::Installation(no) => (None, Some(no)),
    };
    let leaf = Leaf {
        time: ask.now,
        app: Some(request.app),
        credential: request.credential,
        grant,
        installation,
        issue: Some(request.issue),
        key: Some(request.key),
        family: request.family,
        operation: Some(request.operation),
        version: Some(request.version),
        purpose: Some(request.purpose),
        program: Some(request.program),
        classes: Some(request.requires).filter(|classes| !classes.is_empty()),
        ..payload.leaf()
    };
    Recorded { leaf, payload }
}

/// The request had it come at `now`, with a token made then.
pub fn anew(ask: &Ask, next: Position, now: Timestamp) -> Request {
    let mut request = ask.request.clone();
    request.credential = None;
    request.family = None;
    request.issue = next;
    request.facts_up_to = now;
    request
}

/// The log of a world folded from its first entry.
pub fn folded(world: &World, then: &[Event], now: Timestamp) -> State {
    let mut state = State::default();
    for (position, time, event) in &world.events {
        state.apply(*position, *time, &Payload::Control(with_bodies(event))).unwrap();
    }
    for event in then {
        state.apply(state.next(), now, &Payload::Control(event.clone())).unwrap();
    }
    state
}

/// The generator's operations have no bodies; here each answers with posts that carry classes: all of them in one program,
/// every other one in the other.
pub fn with_bodies(event: &Event) -> Event {
    let Event::CatalogActivated(activated) = event else { return event.clone() };
    let mut document: Value = serde_json::from_slice(&activated.document).unwrap();
    let classes = document["x-data-classes"].as_object().unwrap().clone();
    for (path, item) in document["paths"].as_object_mut().unwrap() {
        let text = json!({"type": "string"});
        let yes = json!({"type": "boolean"});
        let mut properties = json!({
            "id": {"type": "string", "x-identifier": "post"}, "by": {"type": "string", "x-identifier": "person"},
            "in": {"type": "string", "x-identifier": "group"}, "state": text, "friend": yes, "takes_part": yes,
        });
        let carried = classes.iter().enumerate().filter(|(index, (_, class))| {
            class["about"] != "action" && (path.starts_with("/groups") || index % 2 == 0)
        });
        for (index, (name, class)) in carried {
            let mut property = json!({"type": "string", "x-data-class": name});
            if class["about"] == "nobody" {
                property["x-about"] = "nobody".into();
            }
            properties[format!("c{index}")] = property;
        }
        let record = json!({"kind": "post", "id": "id", "state": "state", "friend": "friend", "participant": "takes_part"});
        let schema = json!({"type": "object", "x-about": "by", "x-context": "in", "x-record": record, "properties": properties});
        item["get"]["responses"] = json!({"200": {"description": "", "content": {"application/json": {"schema": schema}}}});
    }
    let document = catalog::Document::parse(document.to_string().as_bytes()).unwrap().canonical();
    Event::CatalogActivated(CatalogActivated { document, ..activated.clone() })
}
