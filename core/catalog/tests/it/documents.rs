#![expect(clippy::disallowed_methods, reason = "the test reads a document of this repository")]

use crate::sample::{base, compile, numbered, parse, told};
use catalog::{Document, Numbering};
use expect_test::expect;
use model::{ClassNo, OperationNo};
use serde_json::json;

#[test]
fn the_built_in_platforms_document_is_right() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../io/platform/catalog.json");
    let document = Document::parse(&std::fs::read(path).unwrap()).unwrap();
    let report = document.check();
    assert_eq!(report.mistakes, []);
    assert!(report.counts.offered >= 9, "{:?}", report.counts);
    let catalog = document.compile(&numbered(&document)).unwrap();
    assert_eq!(catalog.operations.len(), report.counts.offered);
}

#[test]
fn new_names_come_after_every_number_ever_given() {
    let mut known = numbered(&parse(&base()).unwrap());
    assert_eq!(known.classes["group.name"], ClassNo::new(0).unwrap());
    assert_eq!(known.classes["group.size"], ClassNo::new(5).unwrap());
    assert_eq!(known.operations["getThing"], OperationNo(0));
    assert_eq!(parse(&base()).unwrap().new_names(&known).unwrap(), Numbering::default());

    // A class that is gone keeps its number: the next one is not given the same.
    let mut next = base();
    next["x-data-classes"].as_object_mut().unwrap().remove("group.size");
    next["x-data-classes"]["member.city"] = next["x-data-classes"]["member.name"].clone();
    known.classes.insert("retired".to_owned(), ClassNo::new(9).unwrap());
    let additions = parse(&next).unwrap().new_names(&known).unwrap();
    expect![[r#"{"member.city": ClassNo(10)}"#]].assert_eq(&format!("{:?}", additions.classes));
}

#[test]
fn there_are_128_classes_and_no_more() {
    let mut document = base();
    let class = document["x-data-classes"]["group.name"].clone();
    let mut add = |from: usize, to: usize| {
        for number in from..to {
            document["x-data-classes"][format!("class-{number}")] = class.clone();
        }
        document.clone()
    };
    assert!(compile(&add(0, 122)).is_ok());
    let mistakes = compile(&add(122, 123)).unwrap_err();
    assert!(mistakes.iter().any(|m| m.problem == "has 129 classes"), "{mistakes:?}");

    // Numbers of the past count too.
    let known = Numbering {
        classes: [("old".to_owned(), ClassNo::new(125).unwrap())].into(),
        ..Numbering::default()
    };
    assert!(parse(&base()).unwrap().new_names(&known).is_err());
}

#[test]
fn a_name_without_a_number_does_not_compile() {
    let document = parse(&base()).unwrap();
    assert!(document.compile(&Numbering::default()).is_err());
}

#[test]
fn operations_without_our_extensions_are_counted_and_not_offered() {
    let mut document = base();
    document["paths"]["/other"] = json!({"get": {"x-github": {}, "responses": {}}});
    let report = parse(&document).unwrap().check();
    assert_eq!((report.counts.operations, report.counts.offered), (2, 1));
    expect![[r#"
        warning /paths: 1 of 2 operations are not offered (add `x-program` and `x-purpose` to those that should be)
    "#]]
    .assert_eq(&told(&document));
    assert_eq!(compile(&document).unwrap().operations.len(), 1);
}

#[test]
fn the_digests_bytes_do_not_depend_on_order_or_spaces() {
    let document = parse(&base()).unwrap();
    let pretty = serde_json::to_vec_pretty(&base()).unwrap();
    assert_eq!(Document::parse(&pretty).unwrap().canonical(), document.canonical());
    assert_eq!(Document::parse(&document.canonical()).unwrap().canonical(), document.canonical());
}
