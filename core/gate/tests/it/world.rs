//! What the tests share: catalogs, an upstream's answers, masks by hand, and a body's way out.

use catalog::{Catalog, Document, Numbering, Operation};
use consent::Decision;
use gate::{
    Answer, Disclosure, Durable, FieldSelection, Identify, MediaLink, ReadError, Resolve,
    Surroundings, read, release,
};
use ledger::{About, Node};
use model::{ClassMask, IdentifierKind, Position, Timestamp};
use serde_json::{Value, json};
use std::sync::LazyLock;

pub fn compile(document: &[u8]) -> Catalog {
    let document = Document::parse(document).unwrap();
    let numbering = document.new_names(&Numbering::default()).unwrap();
    document.compile(&numbering).unwrap()
}

/// The catalog of the built-in platform.
pub static CATALOG: LazyLock<Catalog> =
    LazyLock::new(|| compile(include_bytes!("../../../../io/platform/catalog.json")));

pub fn operation<'c>(catalog: &'c Catalog, name: &str) -> &'c Operation {
    catalog.operations.iter().find(|operation| operation.name == name).unwrap()
}

pub fn classes(catalog: &Catalog, names: &[&str]) -> ClassMask {
    let number = |name: &&str| catalog.classes.iter().find(|c| c.name == *name).unwrap().number;
    names.iter().map(number).collect()
}

/// Numbers are the digits of an id; what has none names nothing.
pub struct Digits;

impl Resolve for Digits {
    fn number(&self, _: IdentifierKind, id: &str) -> Option<u64> {
        let digits: String = id.chars().filter(char::is_ascii_digit).take(8).collect();
        digits.parse().ok()
    }
}

/// Ids that say in the open what they are.
pub struct Open;

impl Identify for Open {
    fn pairwise(&self, kind: IdentifierKind, number: u64) -> String {
        format!("{kind}~{number}")
    }

    fn media_url(&self, link: &MediaLink<'_>) -> String {
        let context = link.record.and_then(|record| record.context);
        format!("gate:{}@{}", link.object.0, context.map_or(0, |context| context.0))
    }

    fn cursor(&self, text: &str) -> String {
        format!("sealed:{text}")
    }
}

pub fn surroundings(context: &str) -> Surroundings {
    Surroundings { context: Some(context.to_owned()), ..Surroundings::default() }
}

/// Reads and resolves an answer of an operation of the built-in catalog.
pub fn answer(name: &str, body: &Value) -> Answer {
    try_answer(name, body.to_string().into_bytes()).unwrap()
}

pub fn try_answer(name: &str, body: Vec<u8>) -> Result<Answer, ReadError> {
    let operation = operation(&CATALOG, name);
    let around = surroundings("group7");
    Ok(read(&CATALOG, operation, body, &FieldSelection::ALL, &around)?.resolve(&Digits))
}

/// A mask for each node by a rule.
pub fn masks(answer: &Answer, rule: impl Fn(&Node) -> ClassMask) -> Vec<ClassMask> {
    answer.nodes().iter().map(|node| rule(node) & node.asked).collect()
}

#[expect(clippy::disallowed_methods, reason = "a test stands in for the store")]
pub fn proof() -> Durable {
    Durable::witnessed(Position(1), Timestamp(2))
}

pub fn disclose(answer: &Answer, released: Vec<ClassMask>) -> Disclosure {
    let decision = Decision { released, ends: Timestamp::NEVER, withheld: Vec::new() };
    release(answer, &decision, &Open, proof())
}

pub fn body(answer: &Answer, released: Vec<ClassMask>) -> String {
    String::from_utf8(disclose(answer, released).into_parts().body).unwrap()
}

/// The body as a value; also sees that it is JSON.
pub fn shown(answer: &Answer, rule: impl Fn(&Node) -> ClassMask) -> Value {
    serde_json::from_str(&body(answer, masks(answer, rule))).unwrap()
}

/// Whether the node is about this person alone.
pub fn is_about(node: &Node, person: u32) -> bool {
    matches!(&node.about, About::People(people) if people.as_slice() == [model::PersonNo(person)])
}

/// Whether anybody that the node is about is among these.
pub fn concerns(node: &Node, refusing: &[u32]) -> bool {
    match &node.about {
        About::People(people) => people.iter().any(|person| refusing.contains(&person.0)),
        About::Unresolvable => true,
        About::Nobody => false,
    }
}

pub fn card(person: u32) -> Value {
    json!({
        "id": format!("ext-person-{person}"), "name": format!("Name{person}q"),
        "picture": format!("ext-media-9{person}"), "location_ip": "203.0.113.9", "browser_used": "Firefox",
    })
}

pub fn named(person: u32) -> Value {
    json!({ "id": format!("ext-person-{person}"), "name": format!("Name{person}q") })
}

/// A post by `author` with a mention, a photo and two tags.
pub fn post(number: u32, author: u32, others: [u32; 3]) -> Value {
    let [mentioned, tagged, reacting] = others;
    json!({
        "id": format!("ext-post-{number}"),
        "group": { "id": "ext-group-7" },
        "author": card(author),
        "text": format!("Text{number}q with \"quotes\" and é\u{1F600}"),
        "created_at": "2026-01-02T03:04:05Z",
        "state": "published",
        "location_ip": "203.0.113.9", "browser_used": "Firefox",
        "mentions": [{ "person": named(mentioned), "offset": 0, "length": 4 }],
        "media": [{
            "id": format!("ext-media-{number}"), "kind": "photo", "url": format!("ext-media-{number}"),
            "owner": { "id": format!("ext-person-{author}") }, "tags": [{ "person": named(tagged) }],
        }],
        "comment_count": 13, "reaction_count": 12,
        "reactions": [{ "person": named(reacting), "kind": "heart" }],
    })
}

pub fn posts(items: Vec<Value>, next: Option<&str>) -> Value {
    let mut page = json!({ "items": items });
    if let Some(next) = next {
        page["next"] = next.into();
    }
    page
}
