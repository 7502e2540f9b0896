//! `unsafe` says why it is sound, right above, in product and test code alike.
//!
//! The workspace forbids `unsafe_code`; this rule is for the crate that must lift that for itself.

use super::Violation;
use super::source::Source;

/// What a comment or the docs say where they explain it.
const WHY: &[&str] = &["SAFETY:", "# Safety"];

/// Undocumented `unsafe` of one file.
pub fn check(source: &Source) -> Vec<Violation> {
    let words = source.tokens.iter().filter(|token| token.text == "unsafe");
    words
        .map(|token| token.line)
        .filter(|line| !source.is_marked(*line, WHY))
        .map(|line| {
            let advice = "write `// SAFETY: why this is sound` (or `# Safety` docs) right above";
            Violation::new(&source.path, line, "unsafe", advice)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<usize> {
        let source = Source::parse("io/x/src/lib.rs", text.to_owned()).unwrap();
        check(&source).iter().map(|v| v.line).collect()
    }

    #[test]
    fn an_unsafe_block_says_why_right_above() {
        assert_eq!(found("fn a() {\n unsafe { b() }\n}"), [2]);
        assert_eq!(found("// SAFETY: not here.\nfn a() {\n unsafe { b() }\n}"), [3]);
        assert_eq!(found("fn a() {\n // SAFETY: b has\n // no state.\n unsafe { b() }\n}"), [0; 0]);
        assert_eq!(
            found("/// A.\n///\n/// # Safety\n/// Once.\n#[inline]\npub unsafe fn a() {}"),
            [0; 0]
        );
        assert_eq!(found("/// The word `unsafe` in prose.\nfn a() {}"), [0; 0]);
    }
}
