//! Pages of the gate over pages of an upstream.

use crate::world::{
    CATALOG, Digits, Open, answer, card, classes, concerns, is_about, masks, operation, post,
    proof, surroundings,
};
use consent::Decision;
use gate::{Above, Answer, FieldSelection, Paging, Resume, Surroundings, read, release};
use model::{ClassMask, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};

/// An upstream list of members that gives `size` at a time; its cursor is the number of the next one.
struct Upstream {
    members: u32,
    size: u32,
    /// Whether the list stands below a post.
    below: bool,
}

/// The post above: by somebody who is in no list.
fn above() -> Above {
    let post = answer("getPost", &post(5, 900, [901, 902, 903]));
    Above::shown(&post, &masks(&post, |_| ClassMask::ALL)).unwrap()
}

impl Upstream {
    fn page(&self, cursor: Option<&str>) -> Value {
        let from: u32 = cursor.map_or(0, |cursor| cursor.parse().unwrap());
        let to = (from + self.size).min(self.members);
        let member = |n: u32| json!({ "person": card(n + 1), "role": "member", "joined_at": "2026-01-01T00:00:00Z" });
        let mut page = json!({ "items": (from..to).map(member).collect::<Vec<_>>() });
        if to < self.members {
            page["next"] = to.to_string().into();
        }
        page
    }

    fn read(&self, from: &Resume) -> Answer {
        let page = self.page(from.cursor.as_deref()).to_string().into_bytes();
        let around = Surroundings { from: from.clone(), ..surroundings("group7") };
        let operation = operation(&CATALOG, "listGroupMembers");
        read(&CATALOG, operation, page, &FieldSelection::ALL, &around).unwrap().resolve(&Digits)
    }

    /// What a gateway does for one page.
    fn serve(
        &self,
        from: &Resume,
        limit: usize,
        refusing: &[u32],
    ) -> (Value, Option<Resume>, usize) {
        let mut answer = self.read(from);
        if self.below {
            answer = answer.below(&above());
        }
        let released = loop {
            let rule = |node: &ledger::Node| {
                if concerns(node, refusing) { ClassMask::NONE } else { ClassMask::ALL }
            };
            let released = masks(&answer, rule);
            match answer.paging(&released, limit) {
                Paging::Complete => break released,
                Paging::Cut => (),
                Paging::Fetch(next) => answer.append(self.read(&next)),
            }
        };
        let nodes = answer.nodes().len();
        assert_eq!(nodes, released.len());
        let next = answer.next().cloned();
        let decision = Decision { released, ends: Timestamp::NEVER, withheld: Vec::new() };
        let body = release(&answer, &decision, &Open, proof()).into_parts().body;
        (serde_json::from_slice(&body).unwrap(), next, nodes)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whoever refuses might as well not be in the list: same pages, same lengths, same ends.
    #[test]
    fn pages_do_not_depend_on_what_was_passed_over(
        members in 0u32..40, size in 1u32..9, limit in 1usize..9,
        refusing in prop::collection::vec(1u32..41, 0..30), below: bool,
    ) {
        let upstream = Upstream { members, size, below };
        let mut from = Resume::default();
        let mut shown: Vec<u64> = Vec::new();
        loop {
            let (page, next, nodes) = upstream.serve(&from, limit, &refusing);
            let items = page["items"].as_array().unwrap();
            for item in items {
                let id = item["person"]["id"].as_str().unwrap();
                shown.push(id.strip_prefix("person~").unwrap().parse().unwrap());
            }
            prop_assert!(nodes >= items.len());
            prop_assert_eq!(page.get("next").is_some(), next.is_some());
            match next {
                // A page that goes on is full, and the next one shows something.
                Some(next) => {
                    prop_assert_eq!(items.len(), limit);
                    prop_assert_eq!(&page["next"], &json!(format!("sealed:{}", next.encode())));
                    from = Resume::parse(&next.encode()).unwrap();
                }
                None => {
                    prop_assert!(!items.is_empty() || shown.is_empty());
                    break;
                }
            }
        }
        let expected: Vec<u64> =
            (1..=u64::from(members)).filter(|n| !refusing.iter().any(|r| u64::from(*r) == *n)).collect();
        prop_assert_eq!(shown, expected);
    }
}

#[test]
fn nodes_of_items_behind_the_page_are_not_decided() {
    let upstream = Upstream { members: 10, size: 10, below: false };
    let (page, next, nodes) = upstream.serve(&Resume::default(), 3, &[2]);
    assert_eq!(page["items"].as_array().unwrap().len(), 3);
    // The fourth item was passed over on the way, the fifth stands behind the page.
    assert_eq!(next, Some(Resume { cursor: None, skip: 4 }));
    assert_eq!(nodes, 4);
}

#[test]
fn what_stands_below_something_is_decided_within_it_on_every_page() {
    let upstream = Upstream { members: 4, size: 2, below: true };
    let mut answer = upstream.read(&Resume::default()).below(&above());
    answer.append(upstream.read(&Resume { cursor: Some("2".to_owned()), skip: 0 }));
    let released = masks(&answer, |_| ClassMask::ALL);
    assert_eq!(answer.paging(&released, 3), Paging::Cut);
    let nodes = answer.nodes();
    let first = &nodes[0];
    assert!(is_about(first, 900) && first.within.is_none() && first.asked.is_empty());
    assert_eq!(first.presence, classes(&CATALOG, &["post.content"]));
    assert_eq!(first.record.as_ref().map(|record| record.object.0), Some(5));
    assert!(nodes[1..].iter().all(|node| node.within.is_some()), "decided apart from the post");
    assert_eq!(upstream.serve(&Resume::default(), 3, &[]).2, nodes.len());
}

#[test]
fn a_place_within_a_page_that_has_shrunk_is_still_right() {
    let upstream = Upstream { members: 12, size: 3, below: false };
    let from = Resume { cursor: Some("3".to_owned()), skip: 5 };
    let (page, next, _) = upstream.serve(&from, 2, &[]);
    let names: Vec<&str> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["person"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Name9q", "Name10q"]);
    assert_eq!(next, Some(Resume { cursor: Some("9".to_owned()), skip: 1 }));
}

#[test]
fn the_upstreams_page_tells_its_numbers() {
    let upstream = Upstream { members: 12, size: 5, below: false };
    let around = Surroundings { from: Resume { cursor: None, skip: 2 }, ..surroundings("group7") };
    let bytes = upstream.page(None).to_string().into_bytes();
    let operation = operation(&CATALOG, "listGroupMembers");
    let draft = read(&CATALOG, operation, bytes, &FieldSelection::ALL, &around).unwrap();
    let info = draft.page_info().unwrap();
    assert_eq!((info.items, info.skipped, info.next), (3, 2, Some("5")));
}

#[test]
fn what_stands_behind_the_list_does_not_go_with_items_that_are_cut_off() {
    let named = json!({ "type": "object", "x-about": "id", "properties": { "id": crate::shapes::person_id() } });
    let schema = json!({ "type": "object", "properties": {
        "items": { "type": "array", "items": named }, "owner": named,
        "next": { "type": "string", "x-cursor": true },
    } });
    let catalog = crate::shapes::catalog(&schema);
    let upstream = json!({ "items": [{ "id": "p1" }, { "id": "p2" }, { "id": "p1" }], "owner": { "id": "p2" } });
    let bytes = upstream.to_string().into_bytes();
    let around = surroundings("g7");
    let draft = read(&catalog, &catalog.operations[0], bytes, &FieldSelection::ALL, &around);
    let mut answer = draft.unwrap().resolve(&Digits);
    let all = |answer: &Answer| masks(answer, |_| ClassMask::ALL);
    let before = all(&answer);
    assert_eq!(answer.paging(&before, 1), Paging::Cut);
    assert_eq!(
        crate::world::body(&answer, all(&answer)),
        r#"{"items":[{"id":"person~1"}],"owner":{"id":"person~2"},"next":"sealed:1"}"#
    );
    // Masks decided before the cut are for other nodes.
    assert_eq!(crate::world::body(&answer, before), r#"{"items":[],"next":"sealed:1"}"#);
}
