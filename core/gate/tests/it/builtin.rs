//! The built-in catalog.

use crate::world::{
    CATALOG, Digits, answer, body, card, classes, concerns, disclose, is_about, masks, operation,
    post, posts, shown, surroundings,
};
use expect_test::expect;
use gate::{FieldMistake, FieldSelection, MismatchKind, read, words};
use ledger::About;
use model::{ClassMask, ContextNo, IdentifierKind, Publication, Reason, Timestamp};
use serde_json::json;

#[test]
fn a_page_becomes_a_node_for_each_set_of_people() {
    let answer = answer("listGroupPosts", &posts(vec![post(1, 11, [12, 13, 14])], None));
    let about = |about: &About| match about {
        About::Nobody => "nobody".to_owned(),
        About::Unresolvable => "?".to_owned(),
        About::People(people) => {
            people.iter().map(|p| p.0.to_string()).collect::<Vec<_>>().join("+")
        }
    };
    let lines: Vec<String> = answer
        .nodes()
        .iter()
        .map(|node| {
            let names: Vec<&str> = CATALOG
                .classes
                .iter()
                .filter(|class| node.asked.has(class.number))
                .map(|class| class.name.as_str())
                .collect();
            let record = node
                .record
                .as_ref()
                .map_or(String::new(), |r| format!("{} {}", r.kind, r.object.0));
            let within = node.within.map_or("-".to_owned(), |within| within.to_string());
            format!("{within} [{record}] {}: {}", about(&node.about), names.join(" "))
        })
        .collect();
    expect![[r#"
        - [post 1] 11: post.content member.id member.name member.picture
        0 [] nobody: group.name post.activity
        0 [] 12: member.id member.name post.mentions
        0 [] 11+13: post.media
        3 [] 13: member.id member.name post.tags
        0 [] 14: member.id member.name reaction.person"#]]
    .assert_eq(&lines.join("\n"));
    let record = answer.nodes()[0].record.as_ref().unwrap();
    assert_eq!(record.context, Some(ContextNo(7)));
    assert_eq!(record.publication, Publication::Published);
    assert_eq!(record.time, Some(Timestamp(1_767_323_045_000)));
}

#[test]
fn what_is_released_keeps_the_upstreams_order_and_pairwise_ids() {
    let answer = answer("listGroupPosts", &posts(vec![post(1, 11, [12, 13, 14])], None));
    expect![[r#"{"items":[{"author":{"id":"person~11","name":"Name11q","picture":"gate:911@7"},"comment_count":13,"created_at":"2026-01-02T03:04:05Z","group":{"id":"group~7"},"id":"post~1","media":[{"id":"media~1","kind":"photo","tags":[{"person":{"id":"person~13","name":"Name13q"}}],"url":"gate:1@7"}],"mentions":[{"length":4,"offset":0,"person":{"id":"person~12","name":"Name12q"}}],"reaction_count":12,"reactions":[{"kind":"heart","person":{"id":"person~14","name":"Name14q"}}],"state":"published","text":"Text1q with \"quotes\" and é😀"}]}"#]]
    .assert_eq(&sorted(&body(&answer, masks(&answer, |_| ClassMask::ALL))));
    let order = json!({ "text": "a", "id": "ext-post-1", "author": { "name": "b", "id": "p5" } });
    let written = r#"{ "text": "a\u0062\n" , "author": {"name":"b", "id":"p5"}, "id": "post1"}"#;
    let read = crate::world::try_answer("getPost", written.into()).unwrap();
    assert!(order.is_object());
    expect![[r#"{"text":"a\u0062\n","author":{"name":"b","id":"person~5"},"id":"post~1"}"#]]
        .assert_eq(&body(&read, masks(&read, |_| ClassMask::ALL)).replace("\"x\":", ""));
}

fn sorted(text: &str) -> String {
    fn sort(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Object(map) => {
                let mut entries: Vec<_> = map.into_iter().map(|(k, v)| (k, sort(v))).collect();
                entries.sort_by(|a, b| a.0.cmp(&b.0));
                serde_json::Value::Object(entries.into_iter().collect())
            }
            serde_json::Value::Array(list) => list.into_iter().map(sort).collect(),
            other => other,
        }
    }
    sort(serde_json::from_str(text).unwrap()).to_string()
}

#[test]
fn what_the_catalog_does_not_name_never_appears() {
    let operations = [
        ("listGroupPosts", posts(vec![post(1, 11, [12, 13, 14])], None)),
        ("getPost", post(1, 11, [12, 13, 14])),
        (
            "getMe",
            json!({ "id": "p1", "name": "A", "location_ip": "203.0.113.9", "browser_used": "Firefox" }),
        ),
        ("getGroup", json!({ "id": "g7", "name": "G", "admins": [card(3)] })),
        (
            "listGroupMembers",
            json!({ "items": [{ "person": card(3), "role": "admin", "joined_at": "2026-01-01T00:00:00Z" }] }),
        ),
    ];
    for (name, upstream) in operations {
        let answer = answer(name, &upstream);
        let text = body(&answer, masks(&answer, |_| ClassMask::ALL));
        assert!(text.len() > 20, "{name}: {text}");
        for marker in ["203.0.113", "Firefox", "location_ip", "browser_used", "ext-"] {
            assert!(!text.contains(marker), "{name}: {text}");
        }
    }
}

#[test]
fn what_the_catalog_does_not_name_becomes_one_finding_without_values() {
    let around = surroundings("group7");
    let upstream = posts(vec![post(1, 11, [12, 13, 14]), post(2, 11, [12, 13, 14])], None);
    let operation = operation(&CATALOG, "listGroupPosts");
    let upstream = upstream.to_string().into_bytes();
    let draft = read(&CATALOG, operation, upstream, &FieldSelection::ALL, &around).unwrap();
    let unknown: Vec<&str> = draft
        .mismatches()
        .iter()
        .filter(|mismatch| mismatch.kind == MismatchKind::UnknownProperty)
        .map(|mismatch| mismatch.pointer.as_str())
        .collect();
    expect![[r#"/items/*/author/location_ip /items/*/author/browser_used /items/*/location_ip /items/*/browser_used"#]]
        .assert_eq(&unknown.join(" "));
    let kinds: Vec<IdentifierKind> = draft.references().map(|reference| reference.kind).collect();
    // The group of the path and of the posts, two posts, an author with a picture, three others, two photos.
    assert_eq!(kinds.len(), 11);
}

#[test]
fn a_withheld_author_leaves_no_object_and_the_text_stays() {
    let answer = answer("listGroupPosts", &posts(vec![post(1, 11, [12, 13, 14])], None));
    let members = classes(&CATALOG, &["member.id", "member.name", "member.picture"]);
    let value = shown(&answer, |node| {
        if is_about(node, 11) { ClassMask::ALL.without(members) } else { ClassMask::ALL }
    });
    let item = &value["items"][0];
    assert!(item.get("author").is_none(), "{item}");
    assert!(item["text"].as_str().unwrap().starts_with("Text1q"));
    assert_eq!(item["mentions"][0]["person"]["name"], "Name12q");
}

#[test]
fn two_posts_of_one_refusing_author_share_nothing_but_what_all_posts_share() {
    let page = |first: u32, second: u32| {
        posts(vec![post(1, first, [12, 13, 14]), post(2, second, [12, 13, 14])], None)
    };
    let members = classes(&CATALOG, &["member.id", "member.name", "member.picture", "post.tags"]);
    let text = |page| {
        let answer = answer("listGroupPosts", &page);
        body(
            &answer,
            masks(&answer, |node| {
                if concerns(node, &[11, 22]) {
                    ClassMask::ALL.without(members)
                } else {
                    ClassMask::ALL
                }
            }),
        )
    };
    // Whether one person wrote both or two did, no byte differs.
    assert_eq!(text(page(11, 11)), text(page(11, 22)));
    assert!(!text(page(11, 11)).contains("11"));
}

#[test]
fn a_photo_leaves_only_if_all_in_it_let_it() {
    let answer = answer("getPost", &post(1, 11, [12, 13, 14]));
    let media = classes(&CATALOG, &["post.media"]);
    for refusing in [11, 13] {
        let value = shown(&answer, |node| {
            if concerns(node, &[refusing]) { ClassMask::ALL.without(media) } else { ClassMask::ALL }
        });
        assert!(value.get("media").is_none(), "{refusing}: {value}");
        assert!(value.get("text").is_some());
    }
    let untold = |change: fn(&mut serde_json::Value)| {
        let mut upstream = post(1, 11, [12, 13, 14]);
        change(&mut upstream["media"][0]);
        let answer = crate::world::answer("getPost", &upstream);
        let found = answer.nodes().iter().find(|node| node.presence == media).unwrap();
        found.about == About::Unresolvable
    };
    assert!(untold(|photo| photo["tags"][0]["person"]["id"] = json!(13)));
    assert!(untold(|photo| photo["tags"][0]["person"] = json!({ "name": "x" })));
    assert!(untold(|photo| photo["tags"] = json!("none")));
    assert!(untold(|photo| photo["tags"][0]["person"]["id"] = json!("nobody known")));
    assert!(untold(|photo| photo["owner"] = json!({})));
    assert!(!untold(|photo| photo["tags"] = json!([])));
    assert!(!untold(|photo| photo["tags"] = json!(null)));
}

#[test]
fn a_hidden_element_leaves_no_gap_and_an_empty_list_no_trace() {
    let mut upstream = post(1, 11, [12, 13, 14]);
    let second = json!({ "person": crate::world::named(15), "offset": 9, "length": 2 });
    upstream["mentions"].as_array_mut().unwrap().push(second);
    let answer = answer("getPost", &upstream);
    let hide = |people: &'static [u32]| {
        shown(
            &answer,
            move |node| {
                if concerns(node, people) { ClassMask::NONE } else { ClassMask::ALL }
            },
        )
    };
    assert_eq!(hide(&[12])["mentions"].as_array().unwrap().len(), 1);
    assert_eq!(hide(&[12])["mentions"][0]["person"]["name"], "Name15q");
    assert!(hide(&[12, 15]).get("mentions").is_none());
    upstream["mentions"] = json!([]);
    let none = crate::world::answer("getPost", &upstream);
    assert!(shown(&none, |_| ClassMask::ALL).get("mentions").is_none());
}

#[test]
fn a_count_below_its_minimum_is_withheld_as_too_few() {
    let mut upstream = post(1, 11, [12, 13, 14]);
    upstream["reaction_count"] = json!(4);
    let answer = answer("getPost", &upstream);
    let released = masks(&answer, |_| ClassMask::ALL);
    let parts = disclose(&answer, released).into_parts();
    let text = String::from_utf8(parts.body).unwrap();
    assert!(text.contains("comment_count") && !text.contains("reaction_count"), "{text}");
    let activity = classes(&CATALOG, &["post.activity"]).iter().next().unwrap();
    assert_eq!(parts.withheld, [(activity, "too-few")]);
    for odd in [json!(-7), json!("12"), json!(1e99), json!(7.5), json!([12])] {
        upstream["reaction_count"] = odd;
        let answer = crate::world::answer("getPost", &upstream);
        assert!(!body(&answer, masks(&answer, |_| ClassMask::ALL)).contains("reaction_count"));
    }
}

#[test]
fn nothing_released_is_nothing_shown() {
    let post = answer("getPost", &post(1, 11, [12, 13, 14]));
    let parts = disclose(&post, vec![ClassMask::NONE; post.nodes().len()]).into_parts();
    assert_eq!((parts.body.as_slice(), parts.is_empty), (b"{}".as_slice(), true));
    let page =
        answer("listGroupPosts", &posts(vec![crate::world::post(1, 11, [12, 13, 14])], None));
    // Masks for other nodes than these are for none of them.
    let all = vec![ClassMask::ALL; page.nodes().len() + 1];
    assert_eq!(body(&page, all), r#"{"items":[]}"#);
    assert_eq!(body(&page, Vec::new()), r#"{"items":[]}"#);
}

#[test]
fn fields_select_properties_and_the_classes_asked() {
    let operation = operation(&CATALOG, "listGroupPosts");
    let select = |text: &str| FieldSelection::parse(&CATALOG, operation, text);
    let upstream = posts(vec![post(1, 11, [12, 13, 14])], Some("c"));
    let around = surroundings("group7");
    let fields = select("id,author.name,text").unwrap();
    let upstream = upstream.to_string().into_bytes();
    let answer = read(&CATALOG, operation, upstream, &fields, &around).unwrap().resolve(&Digits);
    let asked = answer.nodes().iter().fold(ClassMask::NONE, |all, node| all | node.asked);
    assert_eq!(asked, classes(&CATALOG, &["post.content", "member.name"]));
    expect![[r#"{"items":[{"author":{"name":"Name11q"},"id":"post~1","text":"Text1q with \"quotes\" and é😀"}],"next":"sealed:0.c"}"#]]
        .assert_eq(&sorted(&body(&answer, masks(&answer, |_| ClassMask::ALL))));
    assert_eq!(select("author.name,author"), select("author"));
    assert_eq!(select("id,,text"), Err(FieldMistake::Empty));
    assert_eq!(select("id.x"), Err(FieldMistake::Unknown("id.x".to_owned())));
    assert_eq!(select("location_ip"), Err(FieldMistake::Unknown("location_ip".to_owned())));
    assert_eq!(select(&"id,".repeat(200)), Err(FieldMistake::TooLong));
    assert!(select("media.tags.person.id,mentions").is_ok());
}

fn by_name(words: &[(model::ClassNo, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let name = |number| CATALOG.classes.iter().find(|class| class.number == number).unwrap();
    let mut named: Vec<(&str, &str)> =
        words.iter().map(|(number, word)| (name(*number).name.as_str(), *word)).collect();
    named.sort_unstable();
    named
}

#[test]
fn a_partner_hears_one_word_a_class_and_of_people_only_where_nothing_else_failed() {
    let mask = |names: &[&str]| classes(&CATALOG, names);
    let reasons = [
        (Reason::NoOptIn, mask(&["member.name", "member.id"])),
        (Reason::Unpublished, mask(&["post.content"])),
        (Reason::SettingApp, mask(&["post.content", "member.id"])),
        (Reason::InstallationClass, mask(&["member.name", "post.content"])),
    ];
    assert_eq!(
        by_name(&words(&reasons)),
        [
            ("member.id", "person"),
            ("member.name", "installation-class"),
            ("post.content", "installation-class")
        ]
    );
}

#[test]
fn the_header_tells_nothing_of_what_was_passed_over() {
    let member = |n: u32| json!({ "person": card(n), "role": "member", "joined_at": "2026-01-01T00:00:00Z" });
    let reasons = [(Reason::NoOptIn, ClassMask::ALL)];
    let told = |page: serde_json::Value| {
        let answer = answer("listGroupMembers", &page);
        let released =
            masks(
                &answer,
                |node| if concerns(node, &[3]) { ClassMask::NONE } else { ClassMask::ALL },
            );
        (answer.withheld(&reasons, &released), body(&answer, released))
    };
    let (with, with_body) = told(json!({ "items": [member(2), member(3), member(4)] }));
    let (without, without_body) = told(json!({ "items": [member(2), member(4)] }));
    assert_eq!((&with, with_body), (&without, without_body));
    assert_eq!(with, []);
}

#[test]
fn what_a_disclosure_tells_is_what_its_answer_tells() {
    let upstream = posts(vec![post(1, 11, [12, 13, 14]), post(2, 12, [11, 13, 14])], None);
    let answer = answer("listGroupPosts", &upstream);
    let names = classes(&CATALOG, &["member.name"]);
    let reasons = [(Reason::SettingAllApps, names), (Reason::InstallationClass, ClassMask::ALL)];
    for refusing in [&[][..], &[11], &[11, 12], &[11, 12, 13, 14]] {
        let released = masks(&answer, |node| {
            if concerns(node, refusing) { ClassMask::ALL.without(names) } else { ClassMask::ALL }
        });
        let told = answer.withheld(&reasons, &released);
        let decision =
            consent::Decision { released, ends: Timestamp::NEVER, withheld: reasons.to_vec() };
        let parts = gate::release(&answer, &decision, &crate::world::Open, crate::world::proof());
        let withheld = parts.into_parts().withheld;
        assert_eq!(withheld, words(&told));
        let expected: &[(&str, &str)] =
            if refusing.is_empty() { &[] } else { &[("member.name", "installation-class")] };
        assert_eq!(by_name(&withheld), expected, "{refusing:?}");
    }
}
