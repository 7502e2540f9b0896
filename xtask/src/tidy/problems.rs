//! Every type of problem that code names is documented: `type` leads to a page, and debug builds stop where it does not.

use super::Violation;
use super::source::{Source, Token};

/// Where types are documented.
const DOCUMENTED: &str = "io/edge/src/problem_types.rs";

/// Types that code names, in all files, and the documents do not.
pub fn check(sources: &[Source]) -> Vec<Violation> {
    let Some(documents) = sources.iter().find(|source| source.path == DOCUMENTED) else {
        return Vec::new();
    };
    let known: Vec<&str> = documents.tokens.iter().filter_map(slug).collect();
    let code = sources.iter().filter(|source| !source.path.starts_with("xtask/"));
    code.flat_map(|source| named(&source.tokens).map(move |(line, slug)| (source, line, slug)))
        .filter(|(_, _, slug)| !known.contains(slug))
        .map(|(source, line, slug)| {
            let advice = format!("document the problem type `{slug}` in `{DOCUMENTED}`");
            Violation::new(&source.path, line, "problems", advice)
        })
        .collect()
}

/// A literal that can be a type.
fn slug(token: &Token) -> Option<&str> {
    let text = token.text.strip_prefix('"')?.strip_suffix('"')?;
    let is_slug = !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    is_slug.then_some(text)
}

/// `Problem::new(STATUS, "slug", ..)`, with the line. A type that is not written out is the caller's, who writes it out.
fn named(tokens: &[Token]) -> impl Iterator<Item = (usize, &str)> {
    let call = ["Problem", ":", ":", "new", "("];
    (0..tokens.len()).filter_map(move |at| {
        let rest = tokens.get(at..)?;
        let is_call = rest.iter().map(|token| token.text.as_str()).take(call.len()).eq(call);
        let comma = rest.iter().skip(call.len()).take(8).position(|token| token.text == ",")?;
        let token = rest.get(call.len() + comma + 1).filter(|_| is_call)?;
        Some((token.line, slug(token)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_is_documented_nowhere_is_found_where_it_is_named() {
        let source = |path: &str, text: &str| Source::parse(path, text.to_owned()).unwrap();
        let documents =
            source(DOCUMENTED, r#"const KINDS: &[Kind] = &[("conflict", "It.", "Do.")];"#);
        let code = "fn a() {\n Problem::new(409, \"conflict\", x);\n Problem::new(\n  429,\n  \"too-fast\",\n  x);\n}";
        let code = source("io/x/src/lib.rs", code);
        let handed_on =
            source("io/x/src/b.rs", "fn b(slug: &'static str) { Problem::new(400, slug, x); }");
        let found = check(&[documents, code, handed_on]);
        assert_eq!(found.iter().map(|v| v.line).collect::<Vec<_>>(), [5]);
        assert!(found[0].advice.contains("`too-fast`"));
    }
}
