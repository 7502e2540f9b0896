//! A Rust file as the rules see it: text, syntax, flat tokens, and which lines are test code.

use super::Violation;
use anyhow::Context;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::ops::RangeInclusive;
use std::path::Path;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use walkdir::{DirEntry, WalkDir};

/// Folders that hold no work of ours.
const FOREIGN: &[&str] = &["target", ".git", "node_modules", ".venv", "venv"];

/// A parsed Rust file.
pub struct Source {
    /// Relative to the root, with `/`.
    pub path: String,
    /// The file as written.
    pub text: String,
    /// The syntax tree; spans carry lines.
    pub syntax: syn::File,
    /// Every token in order, groups opened up, so that macros are seen too.
    pub tokens: Vec<Token>,
    tests: Vec<RangeInclusive<usize>>,
}

/// One word, literal or sign.
pub struct Token {
    /// As written.
    pub text: String,
    /// Counted from 1.
    pub line: usize,
}

impl Source {
    /// Parses a file.
    ///
    /// # Errors
    /// A violation that says where the syntax breaks.
    pub fn parse(path: &str, text: String) -> Result<Self, Violation> {
        let broken = |line, why: String| Violation::new(path, line, "syntax", why);
        let syntax = syn::parse_file(&text)
            .map_err(|error| broken(error.span().start().line, error.to_string()))?;
        let stream: TokenStream = text
            .strip_prefix('\u{feff}')
            .unwrap_or(&text)
            .parse()
            .map_err(|error: proc_macro2::LexError| broken(1, error.to_string()))?;
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        let mut tests = TestLines(Vec::new());
        tests.visit_file(&syntax);
        Ok(Self { path: path.to_owned(), text, syntax, tokens, tests: tests.0 })
    }

    /// Whether the file lies under `core/`, where only pure code may stand.
    pub fn is_core(&self) -> bool {
        self.path.starts_with("core/")
    }

    /// Whether the whole file is test code of some crate.
    pub fn is_test_file(&self) -> bool {
        let mut parts = self.path.split('/');
        parts.any(|part| part == "tests" || part == "tests.rs")
    }

    /// Whether the line is test code: a test file, or an item under `#[cfg(test)]` or `#[test]`.
    pub fn is_test_line(&self, line: usize) -> bool {
        self.is_test_file() || self.tests.iter().any(|range| range.contains(&line))
    }

    /// Whether the line, or the comments and attributes that stand directly above it, say one of these.
    pub fn is_marked(&self, line: usize, marks: &[&str]) -> bool {
        let lines: Vec<&str> = self.text.lines().map(str::trim).collect();
        let marked = |text: &&str| marks.iter().any(|mark| text.contains(mark));
        let attached = |text: &&&str| text.starts_with("//") || text.starts_with("#[");
        let (above, from) = lines.split_at_checked(line.saturating_sub(1)).unwrap_or_default();
        from.first().is_some_and(marked) || above.iter().rev().take_while(attached).any(marked)
    }

    /// How many lines the file has.
    pub fn lines(&self) -> usize {
        self.text.lines().count()
    }
}

/// Every Rust file under the root, in order of path.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn read(root: &Path) -> anyhow::Result<Vec<Result<Source, Violation>>> {
    let paths = files(root, "rs")?;
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(root.join(&path))
                .with_context(|| format!("cannot read `{path}`"))?;
            Ok(Source::parse(&path, text))
        })
        .collect()
}

/// Paths of the files with this extension, relative to the root, sorted.
///
/// # Errors
/// When a folder cannot be read.
pub fn files(root: &Path, extension: &str) -> anyhow::Result<Vec<String>> {
    let ours = |entry: &DirEntry| !FOREIGN.contains(&entry.file_name().to_string_lossy().as_ref());
    let mut paths = Vec::new();
    for entry in WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(ours) {
        let entry = entry?;
        let matches = entry.path().extension().is_some_and(|found| found == extension);
        if matches && entry.file_type().is_file() {
            let path = entry.path().strip_prefix(root)?;
            paths.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(paths)
}

fn flatten(stream: TokenStream, into: &mut Vec<Token>) {
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                let line = group.span_open().start().line;
                into.push(Token { text: open.to_owned(), line });
                flatten(group.stream(), into);
                let line = group.span_close().start().line;
                into.push(Token { text: close.to_owned(), line });
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {
                into.push(Token { text: tree.to_string(), line: tree.span().start().line });
            }
        }
    }
}

struct TestLines(Vec<RangeInclusive<usize>>);

impl TestLines {
    fn mark(&mut self, attributes: &[syn::Attribute], span: proc_macro2::Span) {
        if attributes.iter().any(is_test) {
            self.0.push(span.start().line..=span.end().line);
        }
    }
}

impl<'ast> Visit<'ast> for TestLines {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        use syn::Item;
        let attributes: &[syn::Attribute] = match item {
            Item::Const(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Macro(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Trait(item) => &item.attrs,
            Item::Type(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => &[],
        };
        self.mark(attributes, item.span());
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.mark(&item.attrs, item.span());
        visit::visit_impl_item_fn(self, item);
    }
}

/// `#[test]`, `#[tokio::test]`, `#[cfg(test)]`, `#[cfg(all(test, ..))]`, but not `#[cfg(not(test))]`
/// and not `#[cfg(any(test, ..))]`, which is compiled into the product too.
fn is_test(attribute: &syn::Attribute) -> bool {
    let path = attribute.path();
    if path.segments.last().is_some_and(|last| last.ident == "test") {
        return true;
    }
    let syn::Meta::List(list) = &attribute.meta else { return false };
    if !path.is_ident("cfg") {
        return false;
    }
    let mut words = Vec::new();
    flatten(list.tokens.clone(), &mut words);
    let has = |word: &str| words.iter().any(|token| token.text == word);
    has("test") && !has("not") && !has("any")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_lines_are_those_under_a_test_attribute() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() {}\n}\n#[cfg(not(test))]\nfn c() {}\n#[cfg(any(test, feature = \"x\"))]\nfn d() {}\n";
        let source = Source::parse("core/x/src/lib.rs", text.to_owned()).unwrap();
        let found: Vec<usize> = (1..=9).filter(|line| source.is_test_line(*line)).collect();
        assert_eq!(found, [2, 3, 4, 5]);
        let source = Source::parse("core/x/tests/it/main.rs", "fn a() {}".to_owned()).unwrap();
        assert!(source.is_test_line(1));
    }

    #[test]
    fn broken_syntax_is_a_violation_with_its_line() {
        let Err(violation) = Source::parse("a.rs", "fn a() {}\nfn {".to_owned()) else {
            panic!("parsed")
        };
        assert!(violation.to_string().starts_with("a.rs:2: syntax: "), "{violation}");
    }
}
