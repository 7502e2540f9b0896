//! Request bodies and media.

use crate::world::{CATALOG, operation, proof};
use expect_test::{Expect, expect};
use gate::{MediaRefusal, Translate, check_body, release_media};
use model::{ClassMask, IdentifierKind, Position};
use proptest::prelude::*;

struct Known;

impl Translate for Known {
    fn external(&self, kind: IdentifierKind, pairwise: &str) -> Option<String> {
        (kind == IdentifierKind::Comment)
            .then(|| pairwise.strip_prefix("pw-").map(str::to_owned))?
    }
}

fn check(name: &str, body: &str, expected: Expect) {
    let text = match check_body(&CATALOG, operation(&CATALOG, name), body.as_bytes(), &Known) {
        Ok(None) => "no body".to_owned(),
        Ok(Some(body)) => String::from_utf8(body).unwrap(),
        Err(mistakes) => {
            let lines: Vec<String> = mistakes
                .iter()
                .map(|mistake| format!("{}: {}", mistake.pointer, mistake.problem))
                .collect();
            lines.join("; ")
        }
    };
    expected.assert_eq(&text);
}

#[test]
fn a_good_body_passes_with_the_upstreams_ids() {
    check(
        "createComment",
        r#" { "text" : "a\n\u0041" , "reply_to": "pw-c\"9" } "#,
        expect![[r#"{"text":"a\n\u0041","reply_to":"c\"9"}"#]],
    );
    check("createPost", r#"{}"#, expect!["{}"]);
    check("getGroup", "", expect!["no body"]);
}

#[test]
fn every_mistake_is_told_with_its_place() {
    check(
        "createComment",
        r#"{"text":"","reply_to":"c9","author":"me","a/b":1}"#,
        expect![
            "/text: is too short; /reply_to: names nothing; /author: is not a property known here; /a~1b: is not a property known here"
        ],
    );
    check(
        "createComment",
        r#"{"reply_to":7}"#,
        expect!["/reply_to: is of a wrong type; /text: is needed"],
    );
    check(
        "createPost",
        r#"{"text":null,"media":[{"kind":"photo","content_type":"text/html","data":"x"},{"kind":"x"}]}"#,
        expect![
            "/text: is of a wrong type; /media/0/content_type: is none of the values allowed; /media/1/kind: is none of the values allowed; /media/1/content_type: is needed; /media/1/data: is needed"
        ],
    );
    let long = format!(r#"{{"text":"{}"}}"#, "é".repeat(20_001));
    check("createComment", &long, expect!["/text: is too long"]);
    let fits = format!(r#"{{"text":"{}"}}"#, "é".repeat(20_000));
    let operation = operation(&CATALOG, "createComment");
    assert_eq!(
        check_body(&CATALOG, operation, fits.as_bytes(), &Known),
        Ok(Some(fits.clone().into_bytes()))
    );
    check("createComment", "[]", expect![": is of a wrong type"]);
    check("createComment", "", expect![": a body is needed"]);
    check(
        "createComment",
        "{\"text\":\"a\",\"text\":\"b\"}",
        expect![": has a key twice in the object that ends at byte 23"],
    );
    check("createComment", "{", expect![": is not JSON at byte 1"]);
    check("getGroup", "{}", expect![": no body is taken here"]);
}

#[test]
fn mistakes_are_limited() {
    let many: Vec<String> = (0..100).map(|n| format!("\"x{n}\":1")).collect();
    let body = format!("{{{}}}", many.join(","));
    let operation = operation(&CATALOG, "createComment");
    assert_eq!(check_body(&CATALOG, operation, body.as_bytes(), &Known).unwrap_err().len(), 20);
}

#[test]
fn media_stream_only_if_every_class_is_released() {
    let (a, b) = (ClassMask(1), ClassMask(2));
    let good = release_media(a | b, b, proof(), " Image/PNG").unwrap();
    assert_eq!((good.content_type(), good.position()), ("image/png", Position(1)));
    assert_eq!(release_media(a, a | b, proof(), "image/png").err(), Some(MediaRefusal::Withheld));
    assert_eq!(
        release_media(ClassMask::ALL, ClassMask::NONE, proof(), "").err(),
        Some(MediaRefusal::NoClass)
    );
    for active in ["text/html", "image/svg+xml", "image/png\r\nx: y", ""] {
        let media = release_media(a, a, proof(), active).unwrap();
        assert_eq!(media.content_type(), "application/octet-stream");
    }
}

proptest! {
    #[test]
    fn arbitrary_bodies_never_panic(text in r#"\{?[\[\]{}:,"a-z_ 0-9.\\-]{0,60}\}?"#) {
        for name in ["createPost", "createComment"] {
            let _ = check_body(&CATALOG, operation(&CATALOG, name), text.as_bytes(), &Known);
        }
    }
}
