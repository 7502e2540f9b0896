//! The rules of `docs/style.md` and `ARCHITECTURE.md` that a machine checks well and the compiler does not.

mod dependencies;
mod layout;
mod links;
mod problems;
mod purity;
mod size;
pub(crate) mod source;
mod unsafety;

use source::Source;
use std::fmt;
use std::io::Write;
use std::path::Path;

/// One breach of one rule, at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// Relative to the root of the repository.
    path: String,
    line: usize,
    rule: &'static str,
    /// What is wrong and what to do about it.
    advice: String,
}

impl Violation {
    fn new(path: &str, line: usize, rule: &'static str, advice: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, rule, advice: advice.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.path, self.line, self.rule, self.advice)
    }
}

/// Prints one line a violation; whether there was none.
///
/// # Errors
/// When the repository cannot be read.
pub fn report(root: &Path) -> anyhow::Result<bool> {
    let violations = check(root)?;
    let mut out = std::io::stdout().lock();
    for violation in &violations {
        writeln!(out, "{violation}")?;
    }
    if !violations.is_empty() {
        writeln!(out, "{} to mend", violations.len())?;
    }
    Ok(violations.is_empty())
}

fn check(root: &Path) -> anyhow::Result<Vec<Violation>> {
    let mut violations = dependencies::check(root)?;
    violations.extend(layout::check(root)?);
    violations.extend(links::check(root)?);
    let mut sources = Vec::new();
    for found in source::read(root)? {
        match found {
            Ok(source) => sources.push(source),
            Err(unparsed) => violations.push(unparsed),
        }
    }
    violations.extend(sources.iter().flat_map(of_source));
    violations.extend(problems::check(&sources));
    violations.sort();
    violations.dedup();
    Ok(violations)
}

fn of_source(source: &Source) -> Vec<Violation> {
    [size::check(source), purity::check(source), unsafety::check(source)].concat()
}
