//! Relative links of Markdown files lead to something that exists.

use super::{Violation, source};
use anyhow::Context;
use std::path::Path;

/// Dead links of every Markdown file.
///
/// # Errors
/// When a file cannot be read.
pub fn check(root: &Path) -> anyhow::Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for path in source::files(root, "md")? {
        let text = std::fs::read_to_string(root.join(&path))
            .with_context(|| format!("cannot read `{path}`"))?;
        let folder = root.join(&path).parent().map(Path::to_owned).unwrap_or_default();
        for (line, target) in targets(&text) {
            let exists = match target.strip_prefix('/') {
                Some(from_root) => root.join(from_root).exists(),
                None => folder.join(target).exists(),
            };
            if !exists {
                let advice = format!("`{target}` does not exist: mend the link or add the file");
                violations.push(Violation::new(&path, line, "links", advice));
            }
        }
    }
    Ok(violations)
}

/// Files that the text links to, with the line; addresses, anchors and code are left out.
fn targets(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (line, content) in (1..).zip(text.lines()) {
        if content.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            // Odd pieces between back-ticks are code.
            let prose = content.split('`').step_by(2);
            found.extend(prose.flat_map(inline).map(|target| (line, target)));
            found.extend(definition(content).map(|target| (line, target)));
        }
    }
    found.retain(|(_, target)| !target.is_empty());
    found
}

/// `[text](target "title")`, any number of them; a label in back-ticks leaves its `](target)` behind.
fn inline(prose: &str) -> impl Iterator<Item = &str> {
    let behind = prose.split("](").skip(1);
    behind.filter_map(|rest| rest.split_once(')')).filter_map(|(target, _)| file(target))
}

/// `[label]: target`
fn definition(content: &str) -> Option<&str> {
    let (_, target) = content.strip_prefix('[')?.split_once("]: ")?;
    file(target)
}

/// The file part of a target, if it is one of ours.
fn file(target: &str) -> Option<&str> {
    let target = target.split_whitespace().next()?.trim_matches(['<', '>']);
    let elsewhere = target.contains("://") || target.starts_with("mailto:");
    if elsewhere { None } else { target.split(['#', '?']).next() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_anchors_and_code_are_no_files() {
        let text = "[a](https://example.org/x) [b](#below) `[c](d)` [`e`](f.md \"title\")\n```\n[g](h)\n```\n<mailto:a@b.c>";
        assert_eq!(targets(text), [(1, "f.md")]);
    }
}
