//! Hostile and broken upstreams: whatever they send, nothing leaves that its own classes and people do not let leave.

use crate::world::{
    CATALOG, answer, body, classes, concerns, disclose, masks, post, posts, try_answer,
};
use gate::{FieldSelection, Surroundings, read};
use model::ClassMask;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What may leave of a page of posts, slow and obvious: each property's class and people written out.
struct Reference<'a> {
    refusing: &'a [u32],
    withheld: ClassMask,
    allowed: BTreeSet<String>,
}

type People = Option<Vec<u32>>;

fn person(id: Option<&Value>) -> Option<u32> {
    let text = id?.as_str().filter(|text| !text.is_empty() && text.len() <= 512)?;
    text.chars().filter(char::is_ascii_digit).take(8).collect::<String>().parse().ok()
}

fn one(id: Option<&Value>) -> People {
    person(id).map(|person| vec![person])
}

fn elements(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

impl Reference<'_> {
    /// `Some(vec![])` is nobody; `None` is somebody whom nobody can tell.
    fn lets(&self, about: &People, class: &str) -> bool {
        let refused = match about {
            None => true,
            Some(people) => people.iter().any(|person| self.refusing.contains(person)),
        };
        !refused && (self.withheld & classes(&CATALOG, &[class])).is_empty()
    }

    fn text(&mut self, value: Option<&Value>, about: &People, class: &str) {
        if let Some(text) = value.and_then(Value::as_str).filter(|_| self.lets(about, class)) {
            self.allowed.insert(text.to_owned());
        }
    }

    fn number(&mut self, value: Option<&Value>, minimum: i64, about: &People, class: &str) {
        let number = value.and_then(Value::as_i64).filter(|number| *number >= minimum);
        if let Some(number) = number.filter(|_| self.lets(about, class)) {
            self.allowed.insert(number.to_string());
        }
    }

    fn page(&mut self, page: &Value) {
        elements(page.get("items")).iter().for_each(|item| self.item(item));
    }

    fn item(&mut self, item: &Value) {
        let author = item.get("author");
        let about = one(author.and_then(|author| author.get("id")));
        let about = about.filter(|_| person(item.get("id")).is_some());
        if !self.lets(&about, "post.content") {
            return;
        }
        self.text(item.get("text"), &about, "post.content");
        self.text(item.get("created_at"), &about, "post.content");
        self.text(author.and_then(|author| author.get("name")), &about, "member.name");
        self.number(item.get("comment_count"), 5, &Some(Vec::new()), "post.activity");
        self.number(item.get("reaction_count"), 5, &Some(Vec::new()), "post.activity");
        for mention in elements(item.get("mentions")) {
            let about = self.named(mention, "post.mentions");
            self.number(mention.get("offset"), 0, &about, "post.mentions");
            self.number(mention.get("length"), 1, &about, "post.mentions");
        }
        for reaction in elements(item.get("reactions")) {
            let about = self.named(reaction, "reaction.person");
            self.text(reaction.get("kind"), &about, "reaction.person");
        }
        for photo in elements(item.get("media")).iter().filter(|photo| photo.is_object()) {
            if self.lets(&seen_in(photo), "post.media") {
                for tag in elements(photo.get("tags")) {
                    self.named(tag, "post.tags");
                }
            }
        }
    }

    /// Something that appears only if its class does, with a person in it.
    fn named(&mut self, value: &Value, presence: &str) -> People {
        let named = value.get("person");
        let about = one(named.and_then(|named| named.get("id")));
        if self.lets(&about, presence) {
            self.text(named.and_then(|named| named.get("name")), &about, "member.name");
        }
        about
    }
}

/// The owner and everybody tagged.
fn seen_in(photo: &Value) -> People {
    let mut people = vec![person(photo.get("owner")?.get("id"))?];
    let tags: Vec<&Value> = match photo.get("tags") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list.iter().collect(),
        Some(Value::Object(map)) => map.values().collect(),
        Some(_) => return None,
    };
    for tag in tags {
        people.push(person(tag.get("person")?.get("id"))?);
    }
    Some(people)
}

#[derive(Debug, Clone)]
enum Mutation {
    Replace(Value),
    Remove,
    Add(&'static str, Value),
    Rename(&'static str),
    InList,
    InObject(&'static str),
    CopyOf(usize),
}

const NAMES: &[&str] = &[
    "zz",
    "zzlocation_ip",
    "id",
    "name",
    "text",
    "author",
    "person",
    "owner",
    "tags",
    "mentions",
    "media",
    "state",
    "items",
    "kind",
    "offset",
    "group",
    "created_at",
    "reaction_count",
    "Text",
    "",
];

fn mutation() -> impl Strategy<Value = Mutation> {
    let name = || prop::sample::select(NAMES);
    let value = || {
        prop::sample::select(vec![
            json!(null),
            json!(true),
            json!(1),
            json!(-3),
            json!(1e300),
            json!(u64::MAX),
            json!("s"),
            json!(""),
            json!([]),
            json!({}),
            json!(["s", 1, null]),
            json!({ "id": "ext-person-12", "name": "s", "zz": "s" }),
            json!("ext-person-13"),
            json!([{ "person": { "id": "ext-person-11", "name": "s" }, "zz": {} }]),
            json!("published"),
            json!({ "person": { "id": "ext-person-14", "name": "s" }, "offset": 1, "kind": "s" }),
        ])
    };
    prop_oneof![
        value().prop_map(Mutation::Replace),
        Just(Mutation::Remove),
        (name(), value()).prop_map(|(name, value)| Mutation::Add(name, value)),
        name().prop_map(Mutation::Rename),
        Just(Mutation::InList),
        name().prop_map(Mutation::InObject),
        (0usize..400).prop_map(Mutation::CopyOf),
    ]
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        _ => 0,
    }
}

/// The value at a place, counted from the outside in.
fn place<'v>(value: &'v mut Value, index: &mut usize) -> Option<&'v mut Value> {
    if *index == 0 {
        return Some(value);
    }
    *index -= 1;
    match value {
        Value::Array(list) => list.iter_mut().find_map(|value| place(value, index)),
        Value::Object(map) => map.values_mut().find_map(|value| place(value, index)),
        _ => None,
    }
}

fn mutate(root: &mut Value, index: usize, mutation: &Mutation) {
    let total = count(root);
    let copy = match mutation {
        Mutation::CopyOf(from) => place(root, &mut (from % total)).cloned().unwrap(),
        _ => Value::Null,
    };
    // The root itself stays an object, or there is nothing to read.
    let target =
        place(root, &mut (1 + index % (total - 1).max(1))).unwrap_or_else(|| panic!("no place"));
    match (mutation, target) {
        (Mutation::Replace(new), target) => *target = new.clone(),
        (Mutation::CopyOf(_), target) => *target = copy,
        (Mutation::Add(name, new), Value::Object(map)) => {
            map.insert((*name).to_owned(), new.clone());
        }
        (Mutation::Add(_, new), Value::Array(list)) => list.push(new.clone()),
        (Mutation::Remove, Value::Object(map)) => {
            let first = map.keys().next().cloned();
            first.map(|key| map.remove(&key));
        }
        (Mutation::Remove, Value::Array(list)) => drop(list.pop()),
        (Mutation::Rename(name), Value::Object(map)) => {
            let taken = std::mem::take(map).into_iter().enumerate();
            *map = taken
                .map(|(n, (key, value))| {
                    (if n == index % 3 { (*name).to_owned() } else { key }, value)
                })
                .collect::<Map<_, _>>();
        }
        (Mutation::InList, target) => *target = json!([target.take()]),
        (Mutation::InObject(name), target) => *target = json!({ *name: target.take() }),
        (Mutation::Add(..) | Mutation::Remove | Mutation::Rename(_), _) => (),
    }
}

/// Puts a marker of its own into every text and number that is no id, no state and no media type.
fn mark(value: &mut Value, name: &str, next: &mut u32, markers: &mut Vec<String>) {
    match value {
        Value::String(text) if !["id", "state", "url", "picture"].contains(&name) => {
            *next += 1;
            *text = format!("m{next}z");
            markers.push(text.clone());
        }
        Value::Number(number) if number.is_i64() => {
            *next += 1;
            *value = json!(70_000_000 + *next);
            markers.push(value.to_string());
        }
        Value::Array(list) => list.iter_mut().for_each(|value| mark(value, name, next, markers)),
        Value::Object(map) => {
            map.iter_mut().for_each(|(key, value)| mark(value, key, next, markers));
        }
        _ => (),
    }
}

fn mask() -> impl Strategy<Value = ClassMask> {
    (any::<u32>(), any::<u32>()).prop_map(|(a, b)| ClassMask(u128::from(a & b)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn exactly_what_classes_and_people_let_leaves(
        refusing in prop::collection::vec(10u32..16, 0..3),
        withheld in mask(),
        mutations in prop::collection::vec((0usize..400, mutation()), 0..8),
    ) {
        let mut page = posts(vec![post(1, 11, [12, 13, 14]), post(2, 12, [11, 14, 15])], None);
        for (index, mutation) in &mutations {
            if count(&page) > 1 {
                mutate(&mut page, *index, mutation);
            }
        }
        let (mut next, mut markers) = (0, Vec::new());
        mark(&mut page, "", &mut next, &mut markers);
        let answer = answer("listGroupPosts", &page);
        let released = masks(&answer, |node| {
            if concerns(node, &refusing) { ClassMask::NONE } else { ClassMask::ALL.without(withheld) }
        });
        let text = body(&answer, released);
        let value: Value = serde_json::from_str(&text).unwrap();
        prop_assert!(value["items"].is_array());
        let mut reference = Reference { refusing: &refusing, withheld, allowed: BTreeSet::new() };
        reference.page(&page);
        for marker in &markers {
            prop_assert_eq!(
                text.contains(marker.as_str()), reference.allowed.contains(marker),
                "{} of {} in {}", marker, page, text
            );
        }
        prop_assert!(!text.contains("ext-") && !text.contains("zz") && !text.contains("null"), "{}", text);
        // And with nothing released nothing of all that is there.
        prop_assert_eq!(body(&answer, vec![ClassMask::NONE; answer.nodes().len()]), r#"{"items":[]}"#);
    }

    #[test]
    fn broken_bytes_never_panic_and_never_widen(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..6),
        name in prop::sample::select(vec!["listGroupPosts", "getPost", "getGroup", "getMe", "listGroupMembers"]),
    ) {
        let mut bytes = posts(vec![post(1, 11, [12, 13, 14])], None).to_string().into_bytes();
        for (at, byte, kind) in &cuts {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = *byte,
                1 => bytes.insert(at, *byte),
                2 => { bytes.remove(at); }
                _ => {
                    let copy = bytes[at..].iter().copied().take(usize::from(*byte)).collect::<Vec<_>>();
                    bytes.splice(at..at, copy);
                }
            }
        }
        if let Ok(answer) = try_answer(name, bytes) {
            let nothing = body(&answer, vec![ClassMask::NONE; answer.nodes().len()]);
            prop_assert!(!nothing.contains("q") && !nothing.contains("ext-"), "{}", nothing);
            let all = body(&answer, masks(&answer, |_| ClassMask::ALL));
            prop_assert!(!all.contains("203.0.113.9"), "{}", all);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = try_answer("listGroupPosts", bytes);
    }

    #[test]
    fn arbitrary_json_never_panics(text in r#"[\[\]{}:,"a-eimstx0-9 .\\-]{0,80}"#) {
        let _ = try_answer("getMe", format!(r#"{{"id":"p1","name":{text}}}"#).into_bytes());
        let _ = try_answer("listGroupPosts", format!(r#"{{"items":[{text}]}}"#).into_bytes());
    }
}

#[test]
fn what_a_reader_could_read_in_two_ways_is_refused_whole() {
    for text in [
        r#"{"items":[{"id":"post1","author":{"id":"p1","id":"p2"}}]}"#,
        r#"{"items":[{"id":"post1","author":{"id":"p1","\u0069d":"p2"}}]}"#,
        r#"{"items":[{"zz":{"a":1,"a":1}}]}"#,
        "[]",
        "\"text\"",
        "",
    ] {
        assert!(try_answer("listGroupPosts", text.into()).is_err(), "{text}");
    }
    let deep = format!(r#"{{"items":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(try_answer("listGroupPosts", deep.into()).is_err());
    let many = format!(r#"{{"items":[{}]}}"#, vec![r#"{"id":"p1"}"#; 10_001].join(","));
    assert!(try_answer("listGroupPosts", many.into()).is_err());
}

#[test]
fn escaped_keys_are_the_names_that_they_spell() {
    let text = r#"{"\u0069d":"post1","t\u0065xt":"hello","author":{"i\u0064":"p11"}}"#;
    let answer = try_answer("getPost", text.into()).unwrap();
    let text = body(
        &answer,
        masks(&answer, |n| if concerns(n, &[11]) { ClassMask::NONE } else { ClassMask::ALL }),
    );
    assert_eq!(text, "{}");
    assert!(body(&answer, masks(&answer, |_| ClassMask::ALL)).contains("hello"));
}

#[test]
fn too_many_people_in_one_photo_withhold_it() {
    let mut upstream = post(1, 11, [12, 13, 14]);
    let tag = |n: usize| json!({ "person": { "id": format!("p{n}") } });
    upstream["media"][0]["tags"] = (100..10_200).map(tag).collect();
    let answer = answer("getPost", &upstream);
    let photo = classes(&CATALOG, &["post.media"]);
    let node = answer.nodes().iter().find(|node| node.presence == photo).unwrap();
    assert_eq!(node.about, ledger::About::Unresolvable);
}

#[test]
fn mismatches_repeat_no_values_and_do_not_grow() {
    let mut upstream = post(1, 11, [12, 13, 14]);
    upstream["jane.doe@example.org"] = json!(1);
    for n in 0..200 {
        upstream[format!("x{}", "abcdefghij".repeat(n % 20))] = json!("secret");
    }
    let operation = crate::world::operation(&CATALOG, "getPost");
    let bytes = upstream.to_string().into_bytes();
    let draft =
        read(&CATALOG, operation, bytes, &FieldSelection::ALL, &Surroundings::default()).unwrap();
    let all: String = draft.mismatches().iter().map(|f| format!("{} ", f.pointer)).collect();
    assert!(
        draft.mismatches().len() <= 32 && !all.contains("jane") && !all.contains("secret"),
        "{all}"
    );
    let parts = disclose(&draft.resolve(&crate::world::Digits), Vec::new()).into_parts();
    assert!(parts.is_empty);
}
