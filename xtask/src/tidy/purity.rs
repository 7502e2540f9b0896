//! What may not stand under `core/`: clocks, randomness, files, sockets, threads, `async`, floats.
//!
//! Clippy resolves names and so sees through aliases (`core/clippy.toml`), but it bans only the functions
//! that its list names. This rule bans whole modules by path, inside macros too. Test code is exempt.
//! Where a float only passes through (a trait of `serde` demands one), the line above says
//! `// tidy-expect(floats): why`; a mark that is not needed is a violation itself.

use super::Violation;
use super::source::{Source, Token};

/// Paths that are refused with all that lies below them, and what to use in their place.
const REFUSED: &[(&str, &str)] = &[
    ("std::collections::HashMap", "its order is random: use `BTreeMap` or a sorted `Vec`"),
    ("std::collections::HashSet", "its order is random: use `BTreeSet` or a sorted `Vec`"),
    ("std::collections::hash_map", "its order is random: use `BTreeMap` or a sorted `Vec`"),
    ("std::collections::hash_set", "its order is random: use `BTreeSet` or a sorted `Vec`"),
    ("std::hash::RandomState", "it is random: random bytes come in `Env`"),
    ("std::time::Instant", "the time comes in `Env`"),
    ("std::time::SystemTime", "the time comes in `Env`"),
    ("std::time::UNIX_EPOCH", "the time comes in `Env`"),
    ("std::fs", "files belong to `io/` and `bin/`"),
    ("std::io::stdin", "input belongs to `bin/`"),
    ("std::io::stdout", "output belongs to `bin/`"),
    ("std::io::stderr", "output belongs to `bin/`"),
    ("std::net::TcpListener", "sockets belong to `io/`"),
    ("std::net::TcpStream", "sockets belong to `io/`"),
    ("std::net::UdpSocket", "sockets belong to `io/`"),
    ("std::net::ToSocketAddrs", "name look-ups belong to `io/outbound`"),
    ("std::os", "the operating system belongs to `io/` and `bin/`"),
    ("std::thread", "threads belong to `io/` and `bin/`"),
    ("std::env", "the environment belongs to `bin/`"),
    ("std::process", "processes belong to `bin/`"),
    ("rand", "random bytes come in `Env`"),
    ("getrandom", "random bytes come in `Env`"),
    ("tokio", "`async` belongs to `io/` and `bin/`"),
];

const FLOATS_EXPECTED: &str = "// tidy-expect(floats): ";

/// Impure paths, `async` and floats of one file under `core/`.
pub fn check(source: &Source) -> Vec<Violation> {
    if !source.is_core() {
        return Vec::new();
    }
    let mut violations = Vec::new();
    for (line, path) in paths(source) {
        let below =
            |refused: &str| path.strip_prefix(refused).is_some_and(|rest| ends(refused, rest));
        if let Some((refused, instead)) = REFUSED.iter().find(|(refused, _)| below(refused)) {
            let advice = format!("`{refused}` may not be used under core/: {instead}");
            violations.push(Violation::new(&source.path, line, "purity", advice));
        }
    }
    violations.extend(words(source));
    violations.retain(|violation| !source.is_test_line(violation.line));
    violations.sort();
    violations.dedup();
    violations
}

/// Whether the refused path ends where `rest` begins. A crate's name alone may be a variable's too.
fn ends(refused: &str, rest: &str) -> bool {
    rest.starts_with("::") || (rest.is_empty() && refused.contains("::"))
}

fn words(source: &Source) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut used = Vec::new();
    let mut before = ["", ""];
    for Token { text, line } in &source.tokens {
        // `pair.0.1` is read as a literal `0.1` behind a single point.
        let is_index = before[1] == "." && before[0] != ".";
        let is_float = matches!(text.as_str(), "f32" | "f64") || (is_float(text) && !is_index);
        if is_float && source.is_marked(*line, &[FLOATS_EXPECTED]) {
            used.push(*line);
        } else if is_float {
            let advice = format!("`{text}`: floats decide nothing under core/: use integers");
            violations.push(Violation::new(&source.path, *line, "floats", advice));
        }
        if matches!(text.as_str(), "async" | "await") {
            let advice = format!("`{text}`: `async` belongs to io/ and bin/");
            violations.push(Violation::new(&source.path, *line, "purity", advice));
        }
        before = [before[1], text];
    }
    violations.extend(unused(source, &used));
    violations
}

/// Marks behind which no float follows within the comment and the line below it.
fn unused(source: &Source, used: &[usize]) -> Vec<Violation> {
    let lines: Vec<(usize, &str)> = (1..).zip(source.text.lines().map(str::trim)).collect();
    let marks = lines.iter().filter(|(_, text)| text.contains(FLOATS_EXPECTED));
    marks
        .map(|(line, _)| *line)
        .filter(|mark| {
            let mut below = lines.iter().skip_while(|(line, _)| line < mark);
            let code = below.find(|(_, text)| !text.starts_with("//") && !text.starts_with("#["));
            code.is_none_or(|(line, _)| !used.contains(line))
        })
        .map(|line| {
            let advice = "no float stands here any more: remove the mark";
            Violation::new(&source.path, line, "floats", advice)
        })
        .collect()
}

fn is_float(literal: &str) -> bool {
    let digits = literal.starts_with(|first: char| first.is_ascii_digit());
    let other_base = ["0x", "0b", "0o"].iter().any(|base| literal.starts_with(base));
    digits && !other_base && literal.contains(['.', 'e', 'E', 'f']) && !literal.contains("size")
}

/// Every path with its line: `a::b` as written anywhere, and each leaf of a `use` tree.
fn paths(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut rest = source.tokens.as_slice();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if !is_word(&first.text) {
            continue;
        }
        let mut path = first.text.clone();
        while let [colon, second, next, ..] = rest
            && colon.text == ":"
            && second.text == ":"
        {
            if next.text == "{" {
                let (_, group) = rest.split_at(3);
                rest = tree(group, &path, &mut found);
                break;
            }
            path = format!("{path}::{}", next.text);
            (_, rest) = rest.split_at(3);
        }
        found.push((first.line, path));
    }
    found
}

/// Walks the inside of `prefix::{ .. }` and returns what stands behind its closing brace.
fn tree<'t>(mut rest: &'t [Token], prefix: &str, found: &mut Vec<(usize, String)>) -> &'t [Token] {
    let mut path = prefix.to_owned();
    while let Some((token, behind)) = rest.split_first() {
        rest = behind;
        match token.text.as_str() {
            "}" => return rest,
            "," => path = prefix.to_owned(),
            "{" => rest = tree(rest, &path, found),
            // What stands behind `as` is a new name and no part of the path.
            "as" => rest = rest.split_first().map_or(rest, |(_, behind)| behind),
            word if is_word(word) => {
                if word != "self" {
                    path = format!("{path}::{word}");
                }
                found.push((token.line, path.clone()));
            }
            _ => {}
        }
    }
    rest
}

fn is_word(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let source = Source::parse(path, text.to_owned()).unwrap();
        check(&source).iter().map(|v| format!("{}: {}: {}", v.line, v.rule, v.advice)).collect()
    }

    fn refuses(text: &str, line: usize, what: &str) {
        let violations = found("core/x/src/lib.rs", text);
        let expected = format!("{line}: purity: `{what}`");
        assert!(violations.iter().any(|v| v.starts_with(&expected)), "{text}: {violations:?}");
        assert_eq!(found("io/x/src/lib.rs", text), [""; 0], "outside core/ it is allowed");
    }

    #[test]
    fn clocks_files_sockets_threads_environment_and_randomness_are_refused() {
        refuses("fn a() { let t = std::time::Instant::now(); }", 1, "std::time::Instant");
        refuses("use std::time::{Duration,\n SystemTime};", 2, "std::time::SystemTime");
        refuses("use std::{fmt, fs::File};", 1, "std::fs");
        refuses(
            "use std::{fmt, collections::{BTreeMap,\n HashMap as Map}};",
            2,
            "std::collections::HashMap",
        );
        refuses("use std::collections::hash_map::Entry;", 1, "std::collections::hash_map");
        refuses("use std::net::TcpStream;", 1, "std::net::TcpStream");
        refuses("fn a() { ::std::thread::sleep(b) }", 1, "std::thread");
        refuses("fn a() { let b = \"\";\n c!(std::env::var(b)); }", 2, "std::env");
        refuses("use std::{env::{self, var}};", 1, "std::env");
        refuses("fn a() { rand::random() }", 1, "rand");
        refuses("fn a() { getrandom::fill(b) }", 1, "getrandom");
        refuses("async fn a() {}", 1, "async");
        refuses("fn a() { m!(b.await) }", 1, "await");
    }

    #[test]
    fn floats_are_refused_in_types_literals_and_macros() {
        for text in ["struct A(f64);", "fn a() { b as f32; }", "const A: B = 1.5;", "m!(1e3);"] {
            let violations = found("core/x/src/lib.rs", text);
            assert!(
                violations.first().is_some_and(|v| v.starts_with("1: floats: ")),
                "{text}: {violations:?}"
            );
        }
    }

    #[test]
    fn a_float_that_only_passes_through_is_marked_with_its_reason() {
        let marked =
            "// tidy-expect(floats): serde hands it over so.\nfn a(b: f64) {}\nfn c() {}\n";
        assert_eq!(found("core/x/src/lib.rs", marked), [""; 0]);
        let below = marked.replace("fn c()", "fn c(d: f64)");
        assert!(
            found("core/x/src/lib.rs", &below).first().is_some_and(|v| v.starts_with("3: floats"))
        );
        let unused = marked.replace("f64", "u64");
        assert!(
            found("core/x/src/lib.rs", &unused)
                .first()
                .is_some_and(|v| v.starts_with("1: floats: no float"))
        );
        let no_reason = marked.replace(": serde hands it over so.", "");
        assert!(
            found("core/x/src/lib.rs", &no_reason)
                .first()
                .is_some_and(|v| v.starts_with("2: floats"))
        );
    }

    #[test]
    fn pure_code_passes() {
        let text = "use crate::env::{self, Env};\nfn b(rand: u8) {}\nuse std::collections::{BTreeMap, BTreeSet};\n\
            use std::net::{IpAddr, Ipv4Addr};\nuse std::time::Duration;\nuse strand::braid;\n\
            /// Not `std::fs::read`, not 1.5.\n\
            fn a() { b.0.1; 0..10; 0x1e5; 1_000u64; 1usize; c.as_f64(); \"std::fs\"; }\n\
            #[cfg(test)]\nmod tests { use std::collections::HashMap; const A: f64 = 0.5; }";
        assert_eq!(found("core/x/src/lib.rs", text), [""; 0]);
        assert_eq!(found("core/x/tests/it/main.rs", "use std::fs;"), [""; 0]);
    }
}
