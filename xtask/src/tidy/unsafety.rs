//! `unsafe` says why it is sound, right above, in product and test code alike.
//!
//! The workspace forbids `unsafe_code`; this rule is for the crate that must lift that for itself.

use super::Violation;
use super::source::Source;

/// Undocumented `unsafe` of one file.
pub fn check(source: &Source) -> Vec<Violation> {
    let lines: Vec<&str> = source.text.lines().map(str::trim).collect();
    let is_unsafe = |line: &usize| !is_documented(&lines, *line);
    let words = source.tokens.iter().filter(|token| token.text == "unsafe");
    words
        .map(|token| token.line)
        .filter(is_unsafe)
        .map(|line| {
            let advice = "write `// SAFETY: why this is sound` (or `# Safety` docs) right above";
            Violation::new(&source.path, line, "unsafe", advice)
        })
        .collect()
}

/// Whether the comments and attributes that stand directly above the line (or on it) say why.
fn is_documented(lines: &[&str], line: usize) -> bool {
    let says_why = |text: &&str| text.contains("SAFETY:") || text.contains("# Safety");
    let (above, from) = lines.split_at_checked(line.saturating_sub(1)).unwrap_or_default();
    let attached = |text: &&&str| text.starts_with("//") || text.starts_with("#[");
    from.first().is_some_and(says_why) || above.iter().rev().take_while(attached).any(says_why)
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
