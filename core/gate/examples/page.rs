//! Reads, resolves and releases a page of 25 posts 100,000 times: `time target/release/examples/page`, and each second
//! is 10 µs a page. It holds no clock itself, because nothing under core/ does.
#![expect(clippy::print_stdout, reason = "an example prints")]

use catalog::{Document, Numbering};
use consent::Decision;
use gate::{Durable, FieldSelection, Identify, MediaLink, Resolve, Surroundings, read, release};
use model::{ClassMask, IdentifierKind, Position, Timestamp};

const ROUNDS: u32 = 100_000;

struct Ids;

impl Resolve for Ids {
    fn number(&self, _: IdentifierKind, id: &str) -> Option<u64> {
        id.parse().ok()
    }
}

impl Identify for Ids {
    fn pairwise(&self, _: IdentifierKind, number: u64) -> String {
        format!("{number:022}")
    }

    fn media_url(&self, link: &MediaLink<'_>) -> String {
        format!("https://gate.example/media/{:022}", link.object.0)
    }

    fn cursor(&self, text: &str) -> String {
        text.to_owned()
    }
}

fn person(number: u32) -> String {
    format!(r#""id":"{}","name":"Name {number}""#, 10_995_116_000_u64 + u64::from(number))
}

fn post(number: u32) -> String {
    let author = person(number % 9);
    let mention =
        format!(r#"[{{"person":{{{}}},"offset":3,"length":5}}]"#, person(20 + number % 5));
    let media = format!(
        r#"[{{"id":"{number}","kind":"photo","url":"{number}","owner":{{"id":"{}"}},"tags":[{{"person":{{{}}}}}]}}]"#,
        10_995_116_000_u64 + u64::from(number % 9),
        person(30 + number % 3),
    );
    let extras = match number % 3 {
        0 => format!(r#""mentions":{mention},"media":[]"#),
        1 => format!(r#""mentions":[],"media":{media}"#),
        _ => r#""mentions":[],"media":[]"#.to_owned(),
    };
    let reactions: Vec<String> = (0..number % 3 * 5)
        .map(|nth| format!(r#"{{"person":{{{}}},"kind":"like"}}"#, person(40 + number * 7 + nth)))
        .collect();
    format!(
        concat!(
            r#"{{"id":"{}","group":{{"id":"77"}},"author":{{{},"location_ip":"203.0.113.9","browser_used":"Firefox"}},"#,
            r#""text":"{}","created_at":"2026-01-02T03:04:05.678Z","state":"published","location_ip":"203.0.113.9","#,
            r#""browser_used":"Firefox",{},"comment_count":3,"reaction_count":12,"reactions":[{}]}}"#
        ),
        900_000 + number,
        author,
        "About something that people write of in groups. ".repeat(2),
        extras,
        reactions.join(","),
    )
}

fn main() {
    let document = Document::parse(include_bytes!("../../../io/platform/catalog.json"));
    let document = document.unwrap_or_else(|mistakes| unreachable!("{mistakes:?}"));
    let numbering = document.new_names(&Numbering::default()).unwrap_or_default();
    let catalog =
        document.compile(&numbering).unwrap_or_else(|mistakes| unreachable!("{mistakes:?}"));
    let operation = catalog.operations.iter().find(|one| one.name == "listGroupPosts");
    let Some(operation) = operation else { return };
    let page: Vec<String> = (0..25).map(post).collect();
    let page = format!(r#"{{"items":[{}],"next":"1767323045678.900024"}}"#, page.join(","));
    let around = Surroundings { context: Some("77".to_owned()), ..Surroundings::default() };
    let mut last = (0, 0, 0);
    for _ in 0..ROUNDS {
        let answer = page.clone().into_bytes();
        let Ok(draft) = read(&catalog, operation, answer, &FieldSelection::ALL, &around) else {
            return;
        };
        let references = draft.references().count();
        let answer = draft.resolve(&Ids);
        let released: Vec<ClassMask> = answer.nodes().iter().map(|node| node.asked).collect();
        let decision = Decision { released, ends: Timestamp::NEVER, withheld: Vec::new() };
        let body = release(&answer, &decision, &Ids, durable()).into_parts().body;
        last = (answer.nodes().len(), references, body.len());
    }
    let (nodes, references, bytes) = last;
    println!(
        "{ROUNDS} pages of {} bytes: {nodes} nodes, {references} references, {bytes} bytes out",
        page.len()
    );
}

#[expect(clippy::disallowed_methods, reason = "the example stands in for the store")]
const fn durable() -> Durable {
    Durable::witnessed(Position(0), Timestamp(0))
}
