//! `entry.cddl` says of every golden vector what it is, and of nothing that no vector has.
//!
//! The reader below knows of RFC 8610 what that file uses: maps by number, arrays, choices, ranges, `.size`, and occurrence.

use crate::samples::{self, SALT, TIME};
use minicbor::Decoder;
use minicbor::data::Type as CborType;
use std::collections::{BTreeMap, BTreeSet};

const CDDL: &str = include_str!("../../entry.cddl");

/// What stands in an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Uint(u64),
    Bytes(Vec<u8>),
    Text(String),
    Bool(bool),
    Null,
    Array(Vec<Value>),
    Map(Vec<(u64, Value)>),
}

/// What may stand there.
#[derive(Debug, Clone)]
enum Type {
    Named(String),
    Range(u64, u64),
    Sized(Box<Type>, u64, u64),
    Choice(Vec<Type>),
    Array(Vec<Member>),
    Map(Vec<Member>),
}

#[derive(Debug, Clone)]
struct Member {
    least: usize,
    most: usize,
    key: Option<u64>,
    of: Type,
}

/// The rules of the file, by name.
struct Rules(BTreeMap<String, Type>);

/// Words and signs of the file, without comments.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for line in text.lines() {
        let code = line.split(';').next().unwrap_or_default();
        let mut rest = code.trim_start();
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            let length = if rest.starts_with("=>") || rest.starts_with("..") {
                2
            } else if first == '.' || is_word(first) {
                let rest = &rest[1..];
                1 + rest.find(|c: char| !is_word(c)).unwrap_or(rest.len())
            } else {
                1
            };
            words.push(rest[..length].to_owned());
            rest = rest[length..].trim_start();
        }
    }
    words
}

struct Reader {
    words: Vec<String>,
    at: usize,
}

impl Reader {
    fn peek(&self, ahead: usize) -> &str {
        self.words.get(self.at + ahead).map_or("", String::as_str)
    }

    fn next(&mut self) -> String {
        self.at += 1;
        self.words[self.at - 1].clone()
    }

    fn skip(&mut self, word: &str) -> bool {
        let is_there = self.peek(0) == word;
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, word: &str) {
        assert!(self.skip(word), "`{word}` expected, not `{}` (word {})", self.peek(0), self.at);
    }

    fn number(&mut self) -> u64 {
        let word = self.next();
        word.parse().unwrap_or_else(|_| panic!("`{word}` is no number"))
    }

    fn rules(mut self) -> Rules {
        let mut rules = BTreeMap::new();
        while self.at < self.words.len() {
            let name = self.next();
            self.expect("=");
            let of = self.choice();
            assert!(rules.insert(name.clone(), of).is_none(), "`{name}` twice");
        }
        Rules(rules)
    }

    fn choice(&mut self) -> Type {
        let mut of = vec![self.one()];
        while self.skip("/") {
            of.push(self.one());
        }
        if of.len() == 1 { of.remove(0) } else { Type::Choice(of) }
    }

    fn one(&mut self) -> Type {
        let word = self.next();
        let of = match word.as_str() {
            "(" => {
                let inner = self.choice();
                self.expect(")");
                inner
            }
            "[" => Type::Array(self.members("]")),
            "{" => Type::Map(self.members("}")),
            number if number.starts_with(|c: char| c.is_ascii_digit()) => {
                let from = number.parse().unwrap();
                let to = if self.skip("..") { self.number() } else { from };
                Type::Range(from, to)
            }
            name => Type::Named(name.to_owned()),
        };
        if !self.skip(".size") {
            return of;
        }
        let is_range = self.skip("(");
        let from = self.number();
        let to = if self.skip("..") { self.number() } else { from };
        if is_range {
            self.expect(")");
        }
        Type::Sized(Box::new(of), from, to)
    }

    fn members(&mut self, end: &str) -> Vec<Member> {
        let mut members = Vec::new();
        while !self.skip(end) {
            let (mut least, mut most) = (1, 1);
            if self.skip("?") {
                least = 0;
            } else if self.skip("*") {
                (least, most) = (0, usize::MAX);
            } else if self.peek(1) == "*" {
                (least, most) = (usize::try_from(self.number()).unwrap(), usize::MAX);
                self.expect("*");
            }
            let key = match (self.peek(1), self.peek(0).parse().ok()) {
                ("=>", Some(key)) => {
                    self.at += 2;
                    Some(key)
                }
                (":", _) => {
                    self.at += 2;
                    None
                }
                _ => None,
            };
            members.push(Member { least, most, key, of: self.choice() });
            self.skip(",");
        }
        members
    }
}

/// Which keys of which rule were met, and which alternatives.
type Met = BTreeSet<(String, u64)>;

impl Rules {
    fn read() -> Self {
        Reader { words: words(CDDL), at: 0 }.rules()
    }

    fn holds(&self, name: &str, value: &Value, met: &mut Met) -> Result<(), String> {
        let plain = match (name, value) {
            ("uint", Value::Uint(_))
            | ("bstr", Value::Bytes(_))
            | ("tstr", Value::Text(_))
            | ("bool", Value::Bool(_))
            | ("null", Value::Null) => Some(true),
            ("uint" | "bstr" | "tstr" | "bool" | "null", _) => Some(false),
            _ => None,
        };
        match (plain, self.0.get(name)) {
            (Some(true), _) => Ok(()),
            (Some(false), _) => Err(format!("{value:?} is no {name}")),
            (None, Some(of)) => self.fits(name, of, value, met),
            (None, None) => panic!("`{name}` is not defined"),
        }
    }

    fn fits(&self, rule: &str, of: &Type, value: &Value, met: &mut Met) -> Result<(), String> {
        let no = |why: String| Err(format!("{rule}: {why}"));
        match (of, value) {
            (Type::Named(name), _) => self.holds(name, value, met),
            (Type::Range(from, to), Value::Uint(number)) if (from..=to).contains(&number) => Ok(()),
            (Type::Sized(of, from, to), _) => {
                let fits = match value {
                    Value::Uint(number) => *to >= 8 || *number < 1 << (8 * to),
                    Value::Bytes(bytes) => (*from..=*to).contains(&(bytes.len() as u64)),
                    _ => false,
                };
                if fits {
                    self.fits(rule, of, value, met)
                } else {
                    no(format!("{value:?} has another size"))
                }
            }
            (Type::Choice(all), _) => {
                let mut why = Vec::new();
                for of in all {
                    let mut here = Met::new();
                    match self.fits(rule, of, value, &mut here) {
                        Ok(()) => {
                            met.extend(here);
                            return Ok(());
                        }
                        Err(other) => why.push(other),
                    }
                }
                no(format!("none of {}: {}", all.len(), why.join("; ")))
            }
            (Type::Array(members), Value::Array(values)) => {
                let mut rest = values.as_slice();
                for member in members {
                    let mut count = 0;
                    while count < member.most
                        && let Some((first, behind)) = rest.split_first()
                    {
                        self.fits(rule, &member.of, first, met)?;
                        (rest, count) = (behind, count + 1);
                    }
                    if count < member.least {
                        return no("something is missing in an array".to_owned());
                    }
                }
                if rest.is_empty() { Ok(()) } else { no(format!("{rest:?} too many")) }
            }
            (Type::Map(members), Value::Map(values)) => {
                for (key, value) in values {
                    let member = members.iter().find(|member| member.key == Some(*key));
                    let Some(member) = member else { return no(format!("no key {key}")) };
                    met.insert((rule.to_owned(), *key));
                    self.fits(rule, &member.of, value, met)
                        .map_err(|why| format!("{rule}, key {key}: {why}"))?;
                }
                let is_missing = |member: &&Member| {
                    member.least > 0 && !values.iter().any(|(key, _)| Some(*key) == member.key)
                };
                match members.iter().find(is_missing) {
                    Some(member) => no(format!("key {:?} is missing", member.key)),
                    None => Ok(()),
                }
            }
            _ => no(format!("{value:?} is not what it says")),
        }
    }
}

fn decode(decoder: &mut Decoder<'_>) -> Value {
    match decoder.datatype().unwrap() {
        CborType::U8 | CborType::U16 | CborType::U32 | CborType::U64 => {
            Value::Uint(decoder.u64().unwrap())
        }
        CborType::Bytes => Value::Bytes(decoder.bytes().unwrap().to_vec()),
        CborType::String => Value::Text(decoder.str().unwrap().to_owned()),
        CborType::Bool => Value::Bool(decoder.bool().unwrap()),
        CborType::Null => {
            decoder.null().unwrap();
            Value::Null
        }
        CborType::Array => {
            let length = decoder.array().unwrap().unwrap();
            Value::Array((0..length).map(|_| decode(decoder)).collect())
        }
        CborType::Map => {
            let length = decoder.map().unwrap().unwrap();
            Value::Map((0..length).map(|_| (decoder.u64().unwrap(), decode(decoder))).collect())
        }
        other => panic!("{other} stands in no entry"),
    }
}

fn value(bytes: &[u8]) -> Value {
    let mut decoder = Decoder::new(bytes);
    let value = decode(&mut decoder);
    assert_eq!(decoder.position(), bytes.len());
    value
}

/// The rule of a payload, by the kind of its entry.
fn rule(kind: u16) -> &'static str {
    match kind {
        1 => "disclosure",
        2 => "refusals",
        3 => "write-permitted",
        4 => "write-outcome",
        _ => "event",
    }
}

#[test]
fn every_golden_vector_of_both_versions_is_what_the_cddl_says() {
    let (rules, mut met) = (Rules::read(), Met::new());
    for (name, entry) in samples::entries() {
        let sealed = entry.seal(TIME, SALT);
        let leaf = rules.holds("entry-leaf", &value(&sealed.leaf), &mut met);
        leaf.unwrap_or_else(|why| panic!("{name}: {why}"));
        let payload = value(&sealed.payload);
        for rule in [rule(sealed.kind), "entry-payload"] {
            let held = rules.holds(rule, &payload, &mut met);
            held.unwrap_or_else(|why| panic!("{name}: {why}"));
        }
    }
    // What it says and no vector shows is of no format that anybody wrote.
    let maps = rules.0.iter().filter_map(|(name, of)| match of {
        Type::Map(members) => Some((name, members)),
        _ => None,
    });
    let keys = maps.flat_map(|(name, members)| {
        members.iter().filter_map(|member| Some((name.clone(), member.key?)))
    });
    let unseen: Vec<_> = keys.filter(|key| !met.contains(key)).collect();
    assert!(unseen.is_empty(), "no vector has {unseen:?}");
}

#[test]
fn the_cddl_names_the_kinds_of_events_that_there_are() {
    let rules = Rules::read();
    let Some(Type::Choice(all)) = rules.0.get("event") else { panic!("no choice of events") };
    let kinds = all.iter().map(|of| match of {
        Type::Array(members) => match members.first().map(|member| &member.of) {
            Some(Type::Range(kind, _)) => u16::try_from(*kind).unwrap(),
            other => panic!("an event begins with its kind, not with {other:?}"),
        },
        other => panic!("an event is an array, not {other:?}"),
    });
    let named: BTreeSet<u16> = kinds.collect();
    let there: BTreeSet<u16> = samples::entries()
        .iter()
        .map(|(_, entry)| entry.payload.kind())
        .filter(|kind| *kind >= ledger::kind::CONTROL_FIRST)
        .collect();
    assert_eq!(named, there);
}

/// The reader is worth something: what differs from a vector by little is refused.
#[test]
fn what_is_no_entry_is_refused() {
    let rules = Rules::read();
    let refused = |rule: &str, value: &Value| rules.holds(rule, value, &mut Met::new()).is_err();
    for (name, entry) in samples::entries() {
        let sealed = entry.seal(TIME, SALT);
        let Value::Map(leaf) = value(&sealed.leaf) else { panic!("{name}: a leaf is a map") };
        let with = |key, value| {
            let mut leaf = leaf.clone();
            leaf.retain(|(other, _)| *other != key);
            leaf.extend(Option::map(value, |value| (key, value)));
            Value::Map(leaf)
        };
        assert!(!refused("entry-leaf", &with(200, None)), "{name}: as it is");
        assert!(refused("entry-leaf", &with(200, Some(Value::Uint(1)))), "{name}: another key");
        for key in 0..4 {
            assert!(refused("entry-leaf", &with(key, None)), "{name}: without {key}");
            assert!(refused("entry-leaf", &with(key, Some(Value::Null))), "{name}: {key} null");
        }
        assert!(refused("entry-leaf", &with(3, Some(Value::Bytes(vec![0; 31])))), "{name}: short");
        assert!(refused("entry-leaf", &with(16, Some(Value::Uint(3)))), "{name}: no such context");
        let payload = value(&sealed.payload);
        let longer = Value::Array(vec![payload.clone(), Value::Null]);
        assert!(refused("entry-payload", &longer), "{name}: in an array");
    }
}
