//! Annotations in comments: `//= rfc7636#4.6`, perhaps `//= type=test`, then the quoted words as `//# ...`.

use super::standard::folded;
use crate::tidy::source;
use anyhow::Context;
use std::path::Path;

/// One quoted sentence and what stands below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// Relative to the root.
    pub path: String,
    /// Of the line that names the section, counted from 1.
    pub line: usize,
    pub standard: String,
    pub section: String,
    /// Whitespace folded.
    pub quote: String,
    pub kind: Kind,
}

/// What an annotation says of the lines below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// They keep the requirement.
    Code,
    /// They show that it is kept.
    Test,
    /// It is not kept here, and why.
    Exception(String),
}

/// Something that is no annotation although it looks like one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    pub path: String,
    pub line: usize,
    pub why: &'static str,
}

/// Every annotation of every Rust file below the root, in order of path and line.
///
/// # Errors
/// When a file cannot be read.
pub fn read(root: &Path) -> anyhow::Result<(Vec<Annotation>, Vec<Malformed>)> {
    let (mut annotations, mut malformed) = (Vec::new(), Vec::new());
    for path in source::files(root, "rs")? {
        let text = std::fs::read_to_string(root.join(&path))
            .with_context(|| format!("cannot read `{path}`"))?;
        for found in of_text(&path, &text) {
            match found {
                Ok(annotation) => annotations.push(annotation),
                Err(wrong) => malformed.push(wrong),
            }
        }
    }
    Ok((annotations, malformed))
}

/// The lines of one annotation so far.
struct Open<'a> {
    line: usize,
    target: &'a str,
    kind: Option<&'a str>,
    reason: Option<&'a str>,
    quote: Vec<&'a str>,
}

fn of_text(path: &str, text: &str) -> Vec<Result<Annotation, Malformed>> {
    let mut found = Vec::new();
    let mut open: Option<Open<'_>> = None;
    for (line, content) in (1..).zip(text.lines().map(str::trim)) {
        let said = content.strip_prefix("//=").map(str::trim);
        let quoted = content.strip_prefix("//#").map(str::trim);
        match (said, quoted, open.as_mut()) {
            (Some(said), _, Some(one)) if said.contains('=') && one.quote.is_empty() => {
                match said.split_once('=') {
                    Some(("type", kind)) => one.kind = Some(kind.trim()),
                    Some(("reason", reason)) => one.reason = Some(reason.trim()),
                    _ => found.push(wrong(path, line, "says neither `type=` nor `reason=`")),
                }
            }
            (Some(target), ..) => {
                found.extend(open.take().map(|one| closed(path, one)));
                open = Some(Open { line, target, kind: None, reason: None, quote: Vec::new() });
            }
            (None, Some(quoted), Some(one)) => one.quote.push(quoted),
            (None, Some(_), None) => found.push(wrong(path, line, "quotes no section")),
            (None, None, _) => found.extend(open.take().map(|one| closed(path, one))),
        }
    }
    found.extend(open.map(|one| closed(path, one)));
    found
}

fn wrong(path: &str, line: usize, why: &'static str) -> Result<Annotation, Malformed> {
    Err(Malformed { path: path.to_owned(), line, why })
}

fn closed(path: &str, open: Open<'_>) -> Result<Annotation, Malformed> {
    let Open { line, target, kind, reason, quote } = open;
    let Some((standard, section)) = target.split_once('#') else {
        return wrong(path, line, "names no section: `standard#section`");
    };
    let quote = folded(&quote.join(" "));
    if quote.is_empty() {
        return wrong(path, line, "quotes nothing");
    }
    let kind = match (kind, reason) {
        (None, None) => Kind::Code,
        (Some("test"), None) => Kind::Test,
        (Some("exception"), Some(reason)) if !reason.is_empty() => {
            Kind::Exception(reason.to_owned())
        }
        (Some("exception"), _) => return wrong(path, line, "is an exception without `reason=`"),
        (Some(_) | None, _) => return wrong(path, line, "is of no type that we know"),
    };
    let (standard, section) = (standard.to_owned(), section.to_owned());
    Ok(Annotation { path: path.to_owned(), line, standard, section, quote, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line, the section, the quote and the kind of an annotation; or the line and why not.
    type Expected<'a> = Result<(usize, &'a str, &'a str, Kind), (usize, &'a str)>;

    fn check(text: &str, expected: &[Expected]) {
        let found: Vec<_> = of_text("a.rs", text)
            .into_iter()
            .map(|one| match one {
                Ok(Annotation { line, standard, section, quote, kind, .. }) => {
                    Ok((line, format!("{standard}#{section}"), quote, kind))
                }
                Err(Malformed { line, why, .. }) => Err((line, why.to_owned())),
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .cloned()
            .map(|one| {
                one.map(|(line, target, quote, kind)| {
                    (line, target.to_owned(), quote.to_owned(), kind)
                })
                .map_err(|(line, why)| (line, why.to_owned()))
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn annotations_stand_in_comments_one_after_another() {
        check(
            "fn a() {\n  //= rfc1#2.3\n  //# It MUST\n  //#   be.\n  b();\n",
            &[Ok((2, "rfc1#2.3", "It MUST be.", Kind::Code))],
        );
        check(
            "//= rfc1#2\n//= type=test\n//# a\n//= rfc2#3\n//= type=test\n//# b = c\n#[test]",
            &[Ok((1, "rfc1#2", "a", Kind::Test)), Ok((4, "rfc2#3", "b = c", Kind::Test))],
        );
        let reason = Kind::Exception("we have no such thing".to_owned());
        check(
            "//= rfc1#2\n//= type=exception\n//= reason=we have no such thing\n//# a",
            &[Ok((1, "rfc1#2", "a", reason))],
        );
        check("// = rfc1#2\n// an ordinary comment\n//! //= x\nlet a = \"//= rfc1#2\";", &[]);
    }

    #[test]
    fn what_only_looks_like_one_is_told() {
        check("//= rfc1#2\nfn a() {}", &[Err((1, "quotes nothing"))]);
        check("//= rfc1\n//# a", &[Err((1, "names no section: `standard#section`"))]);
        check("//# a", &[Err((1, "quotes no section"))]);
        check("//= rfc1#2\n//= type=todo\n//# a", &[Err((1, "is of no type that we know"))]);
        check(
            "//= rfc1#2\n//= type=exception\n//# a",
            &[Err((1, "is an exception without `reason=`"))],
        );
        check(
            "//= rfc1#2\n//= kind=test\n//# a",
            &[Err((2, "says neither `type=` nor `reason=`")), Ok((1, "rfc1#2", "a", Kind::Code))],
        );
    }
}
