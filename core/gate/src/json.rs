//! JSON as an index over its bytes: nothing is copied, numbers keep every digit.
//!
//! RFC 8259, stricter where two readers could differ: a key that stands twice in an object is refused, and so are
//! halves of surrogate pairs.

use crate::limits::VALUES_MAX;
use model::limits::JSON_DEPTH_MAX;
use std::borrow::Cow;

/// Why bytes are not taken for JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// More bytes than the limit.
    #[error("has more than {0} bytes")]
    TooLarge(usize),
    /// Not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// Not JSON from this byte on.
    #[error("is not JSON at byte {0}")]
    Syntax(usize),
    /// Nested deeper than the limit.
    #[error("is nested more than {JSON_DEPTH_MAX} deep")]
    TooDeep,
    /// The object that ends at this byte has a key twice.
    #[error("has a key twice in the object that ends at byte {0}")]
    DuplicateKey(usize),
    /// More values than the limit.
    #[error("has more than {VALUES_MAX} values")]
    TooManyValues,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    Null,
    Boolean,
    /// A number written without fraction and exponent.
    Integer,
    /// Any other number.
    Number,
    /// A string without escapes: its bytes are its characters.
    Text,
    /// A string with escapes.
    Escaped,
    Array,
    /// Its keys and values alternate.
    Object,
}

/// Bytes of the text, from and up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    /// No text; no key and no value is empty with its quotes.
    pub(crate) const NONE: Self = Self { start: 0, end: 0 };

    pub(crate) const fn is_none(self) -> bool {
        self.end == 0
    }

    /// The text behind it; a span is only made of valid bounds.
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// The same as bytes, to be copied.
    pub(crate) fn bytes(self, text: &str) -> &[u8] {
        text.as_bytes().get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Without the quotes around it.
    const fn unquoted(self) -> Self {
        Self { start: self.start + 1, end: self.end.saturating_sub(1) }
    }
}

/// A value, or a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    /// The whole value, a string with its quotes.
    pub(crate) span: Span,
    /// Index of the slot after it and everything in it.
    pub(crate) next: u32,
    pub(crate) tag: Tag,
}

/// The index.
#[derive(Debug)]
pub(crate) struct Tape<'t> {
    pub(crate) text: &'t str,
    slots: Vec<Slot>,
}

impl<'t> Tape<'t> {
    /// Reads one JSON text.
    pub(crate) fn parse(text: &'t str) -> Result<Self, JsonError> {
        // A value every ten bytes is what answers have; more grows it.
        let mut reader = Reader {
            bytes: text.as_bytes(),
            at: 0,
            slots: Vec::with_capacity(text.len() / 10 + 8),
        };
        reader.space();
        let mut keys = Vec::new();
        reader.value(0, text, &mut keys)?;
        reader.space();
        if reader.at != reader.bytes.len() {
            return Err(JsonError::Syntax(reader.at));
        }
        Ok(Self { text, slots: reader.slots })
    }

    pub(crate) fn slot(&self, index: u32) -> Option<Slot> {
        self.slots.get(index as usize).copied()
    }

    /// A string's characters as they stand between the quotes.
    pub(crate) fn raw(&self, slot: Slot) -> &'t str {
        slot.span.unquoted().of(self.text)
    }

    /// A string's characters.
    pub(crate) fn string(&self, slot: Slot) -> Option<Cow<'t, str>> {
        match slot.tag {
            Tag::Text => Some(Cow::Borrowed(self.raw(slot))),
            Tag::Escaped => Some(Cow::Owned(unescape(self.raw(slot)))),
            Tag::Null | Tag::Boolean | Tag::Integer | Tag::Number | Tag::Array | Tag::Object => {
                None
            }
        }
    }

    /// The values of an array by index.
    pub(crate) fn elements(&self, array: u32) -> impl Iterator<Item = u32> + '_ {
        let end = self.slot(array).map_or(0, |slot| slot.next);
        let mut at = array + 1;
        std::iter::from_fn(move || {
            let here = at;
            at = self.slot(here).filter(|_| here < end)?.next;
            Some(here)
        })
    }

    /// The keys of an object with the index of each value.
    pub(crate) fn entries(&self, object: u32) -> impl Iterator<Item = (Slot, u32)> + '_ {
        let end = self.slot(object).map_or(0, |slot| slot.next);
        let mut at = object + 1;
        std::iter::from_fn(move || {
            let key = self.slot(at).filter(|_| at < end)?;
            let value = at + 1;
            at = self.slot(value)?.next;
            Some((key, value))
        })
    }

    /// The value of a key.
    pub(crate) fn member(&self, object: u32, name: &str) -> Option<u32> {
        self.entries(object).find(|(key, _)| self.is_named(*key, name)).map(|(_, value)| value)
    }

    /// Whether the key is this name, however it is written.
    pub(crate) fn is_named(&self, key: Slot, name: &str) -> bool {
        match key.tag {
            Tag::Escaped => unescape(self.raw(key)) == name,
            _ => key.span.unquoted().bytes(self.text) == name.as_bytes(),
        }
    }
}

struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
    slots: Vec<Slot>,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    fn wrong<T>(&self) -> Result<T, JsonError> {
        Err(JsonError::Syntax(self.at))
    }

    fn push(&mut self, tag: Tag, from: usize) -> Result<usize, JsonError> {
        let index = self.slots.len();
        if index >= VALUES_MAX {
            return Err(JsonError::TooManyValues);
        }
        let span = Span { start: narrow(from), end: narrow(self.at) };
        self.slots.push(Slot { span, next: narrow(index + 1), tag });
        Ok(index)
    }

    fn close(&mut self, index: usize) {
        let (next, end) = (narrow(self.slots.len()), narrow(self.at));
        if let Some(slot) = self.slots.get_mut(index) {
            slot.next = next;
            slot.span.end = end;
        }
    }

    fn value(
        &mut self,
        depth: usize,
        text: &'t str,
        keys: &mut Vec<(&'t str, bool)>,
    ) -> Result<(), JsonError> {
        match self.peek() {
            b'"' => self.string().map(|_| ()),
            b'{' => self.object(depth + 1, text, keys),
            b'[' => self.array(depth + 1, text, keys),
            b't' => self.word(b"true", Tag::Boolean),
            b'f' => self.word(b"false", Tag::Boolean),
            b'n' => self.word(b"null", Tag::Null),
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.wrong(),
        }
    }

    fn array(
        &mut self,
        depth: usize,
        text: &'t str,
        keys: &mut Vec<(&'t str, bool)>,
    ) -> Result<(), JsonError> {
        if depth > JSON_DEPTH_MAX {
            return Err(JsonError::TooDeep);
        }
        let index = self.push(Tag::Array, self.at)?;
        self.at += 1;
        self.space();
        if self.peek() != b']' {
            loop {
                self.value(depth, text, keys)?;
                self.space();
                match self.peek() {
                    b',' => self.at += 1,
                    b']' => break,
                    _ => return self.wrong(),
                }
                self.space();
            }
        }
        self.at += 1;
        self.close(index);
        Ok(())
    }

    fn object(
        &mut self,
        depth: usize,
        text: &'t str,
        keys: &mut Vec<(&'t str, bool)>,
    ) -> Result<(), JsonError> {
        if depth > JSON_DEPTH_MAX {
            return Err(JsonError::TooDeep);
        }
        let index = self.push(Tag::Object, self.at)?;
        let known = keys.len();
        self.at += 1;
        self.space();
        if self.peek() != b'}' {
            loop {
                let key = self.string()?;
                keys.push((key.span.unquoted().of(text), key.tag == Tag::Escaped));
                self.space();
                if self.peek() != b':' {
                    return self.wrong();
                }
                self.at += 1;
                self.space();
                self.value(depth, text, keys)?;
                self.space();
                match self.peek() {
                    b',' => self.at += 1,
                    b'}' => break,
                    _ => return self.wrong(),
                }
                self.space();
            }
        }
        self.at += 1;
        self.close(index);
        if repeats(keys.get(known..).unwrap_or_default()) {
            return Err(JsonError::DuplicateKey(self.at));
        }
        keys.truncate(known);
        Ok(())
    }

    fn string(&mut self) -> Result<Slot, JsonError> {
        let from = self.at;
        if self.peek() != b'"' {
            return self.wrong();
        }
        self.at += 1;
        let mut tag = Tag::Text;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            self.at += plain(rest);
            match self.peek() {
                b'"' => break,
                b'\\' => {
                    tag = Tag::Escaped;
                    self.escape()?;
                }
                _ => return self.wrong(),
            }
        }
        self.at += 1;
        let index = self.push(tag, from)?;
        let span = Span { start: narrow(from), end: narrow(self.at) };
        Ok(Slot { span, next: narrow(index + 1), tag })
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        match self.peek() {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                let unit = self.unit()?;
                if (0xDC00..0xE000).contains(&unit) {
                    return self.wrong();
                }
                if (0xD800..0xDC00).contains(&unit) {
                    if self.peek() != b'\\' {
                        return self.wrong();
                    }
                    self.at += 1;
                    if self.peek() != b'u' || !(0xDC00..0xE000).contains(&self.unit()?) {
                        return self.wrong();
                    }
                }
            }
            _ => return self.wrong(),
        }
        Ok(())
    }

    /// The four digits after the `u` that stands here.
    fn unit(&mut self) -> Result<u32, JsonError> {
        let digits = self.bytes.get(self.at + 1..self.at + 5).unwrap_or_default();
        let value = hex4(digits).ok_or(JsonError::Syntax(self.at))?;
        self.at += 5;
        Ok(value)
    }

    fn word(&mut self, word: &[u8], tag: Tag) -> Result<(), JsonError> {
        let from = self.at;
        if self.bytes.get(from..from + word.len()) != Some(word) {
            return self.wrong();
        }
        self.at += word.len();
        self.push(tag, from).map(|_| ())
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        if !self.peek().is_ascii_digit() {
            return self.wrong();
        }
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let (from, mut tag) = (self.at, Tag::Integer);
        if self.peek() == b'-' {
            self.at += 1;
        }
        if self.peek() == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            tag = Tag::Number;
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            tag = Tag::Number;
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        self.push(tag, from).map(|_| ())
    }
}

/// How many bytes of a string come before the next quote, backslash or control character.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let (words, _) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        // Eight bytes at once: a byte's high bit is set where the byte is one of those, or may follow one. The
        // lowest that is set is exact, because borrows only run upwards.
        let word = u64::from_le_bytes(*word);
        let zero = |word: u64| word.wrapping_sub(ONES) & !word;
        let quote = zero(word ^ (ONES * 0x22));
        let backslash = zero(word ^ (ONES * 0x5C));
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let found = (quote | backslash | control) & HIGH;
        if found != 0 {
            return index * 8 + (found.trailing_zeros() / 8) as usize;
        }
    }
    let done = words.len() * 8;
    let rest = bytes.get(done..).unwrap_or_default();
    done + rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).unwrap_or(rest.len())
}

/// Texts have fewer bytes than a u32 can count: both callers check them against a limit far below.
fn narrow(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn hex4(digits: &[u8]) -> Option<u32> {
    let digits = digits.first_chunk::<4>()?;
    digits.iter().try_fold(0, |value, byte| Some(value << 4 | char::from(*byte).to_digit(16)?))
}

/// Whether two keys are the same text.
fn repeats(keys: &[(&str, bool)]) -> bool {
    if keys.iter().any(|(_, escaped)| *escaped) {
        let plain = |(key, escaped): &(&str, bool)| {
            if *escaped { unescape(key) } else { (*key).to_owned() }
        };
        let mut keys: Vec<String> = keys.iter().map(plain).collect();
        keys.sort_unstable();
        return keys.windows(2).any(|pair| matches!(pair, [a, b] if a == b));
    }
    if keys.len() > 24 {
        let mut keys: Vec<&str> = keys.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        return keys.windows(2).any(|pair| matches!(pair, [a, b] if a == b));
    }
    let mut rest = keys;
    while let Some(((first, _), tail)) = rest.split_first() {
        if tail.iter().any(|(key, _)| key == first) {
            return true;
        }
        rest = tail;
    }
    false
}

/// The characters that checked escapes stand for.
fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let mut chars = after.chars();
        let escaped = chars.next().unwrap_or_default();
        rest = chars.as_str();
        match escaped {
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'n' => text.push('\n'),
            'r' => text.push('\r'),
            't' => text.push('\t'),
            'u' => {
                let unit = |text: &str| hex4(text.as_bytes());
                let high = unit(rest).unwrap_or(0xFFFD);
                rest = rest.get(4..).unwrap_or_default();
                let point = match rest.strip_prefix("\\u").and_then(unit) {
                    Some(low) if (0xD800..0xDC00).contains(&high) => {
                        rest = rest.get(6..).unwrap_or_default();
                        0x10000 + ((high - 0xD800) << 10) + (low.wrapping_sub(0xDC00) & 0x3FF)
                    }
                    _ => high,
                };
                text.push(char::from_u32(point).unwrap_or('\u{FFFD}'));
            }
            other => text.push(other),
        }
    }
    text.push_str(rest);
    text
}

/// Appends a string as JSON writes it.
pub(crate) fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (head, tail) = rest.split_at_checked(plain(rest)).unwrap_or((rest, &[]));
        out.extend_from_slice(head);
        let Some((byte, after)) = tail.split_first() else { break };
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            control => {
                out.extend_from_slice(b"\\u00");
                for digit in [control >> 4, control & 15] {
                    out.push(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
                }
            }
        }
        rest = after;
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// The text with every value copied as the tape sees it.
    fn rewrite(tape: &Tape<'_>, index: u32, out: &mut Vec<u8>) {
        let slot = tape.slot(index).unwrap();
        match slot.tag {
            Tag::Array => {
                out.push(b'[');
                for (n, element) in tape.elements(index).enumerate() {
                    if n > 0 {
                        out.push(b',');
                    }
                    rewrite(tape, element, out);
                }
                out.push(b']');
            }
            Tag::Object => {
                out.push(b'{');
                for (n, (key, value)) in tape.entries(index).enumerate() {
                    if n > 0 {
                        out.push(b',');
                    }
                    write_string(&tape.string(key).unwrap(), out);
                    out.push(b':');
                    rewrite(tape, value, out);
                }
                out.push(b'}');
            }
            Tag::Text | Tag::Escaped => write_string(&tape.string(slot).unwrap(), out),
            Tag::Null | Tag::Boolean | Tag::Integer | Tag::Number => {
                out.extend_from_slice(slot.span.of(tape.text).as_bytes());
            }
        }
    }

    fn agrees(text: &str) {
        let ours = Tape::parse(text).ok().map(|tape| {
            let mut out = Vec::new();
            rewrite(&tape, 0, &mut out);
            out
        });
        let theirs = serde_json::from_str::<Value>(text).ok();
        if let Some(ours) = &ours {
            // Numbers beyond f64 are JSON to us and not to serde_json.
            if let Some(theirs) = &theirs {
                assert_eq!(serde_json::from_slice::<Value>(ours).unwrap(), *theirs, "{text}");
            }
        } else {
            assert!(theirs.is_none(), "refused: {text}");
        }
    }

    #[test]
    fn what_is_json_reads_as_another_reader_reads_it() {
        for text in [
            "0",
            "-1.5e+7",
            "true",
            "null",
            "\"\"",
            " [ ] ",
            "{}",
            "[1,[2,{\"a\":null}],\"x\"]",
            r#""\u00e9\ud83d\ude00\n\\\/\"""#,
            r#"{"\u0061":1,"b":[{}]}"#,
            "1e5",
            "[\n1\t,2\r]",
        ] {
            assert!(Tape::parse(text).is_ok(), "{text}");
            agrees(text);
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            " ",
            "01",
            "1.",
            "+1",
            ".5",
            "1e",
            "tru",
            "[1,]",
            "[1",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "\"\u{1}\"",
            "\"\\x\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"\\u00g0\"",
            "\"",
            "1 2",
            "{\"a\":1,}",
            "[}",
            "\u{feff}1",
            "\"\\",
            "\"\\u12",
        ] {
            assert!(Tape::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_key_stands_once_however_it_is_written() {
        for text in [r#"{"a":1,"a":2}"#, r#"{"a":1,"\u0061":2}"#, r#"[{"b":{"x":1,"y":2,"x":3}}]"#]
        {
            assert!(matches!(Tape::parse(text), Err(JsonError::DuplicateKey(_))), "{text}");
        }
        let many: Vec<String> = (0..40).map(|n| format!("\"k{n}\":0")).collect();
        assert!(Tape::parse(&format!("{{{}}}", many.join(","))).is_ok());
        let twice = format!("{{{},\"k7\":1}}", many.join(","));
        assert!(matches!(Tape::parse(&twice), Err(JsonError::DuplicateKey(_))));
    }

    #[test]
    fn nesting_ends_at_its_limit() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(Tape::parse(&nested(JSON_DEPTH_MAX)).is_ok());
        assert_eq!(Tape::parse(&nested(JSON_DEPTH_MAX + 1)).err(), Some(JsonError::TooDeep));
        assert_eq!(Tape::parse(&"[".repeat(1_000_000)).err(), Some(JsonError::TooDeep));
    }

    proptest::proptest! {
        #[test]
        fn eight_bytes_at_once_find_what_one_at_a_time_finds(
            bytes in proptest::collection::vec(
                proptest::prop_oneof![proptest::prelude::any::<u8>(), 0x1Eu8..0x24, 0x5Bu8..0x5E, 0x20u8..0x7F], 0..40
            )
        ) {
            let slow = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
            proptest::prop_assert_eq!(plain(&bytes), slow.unwrap_or(bytes.len()));
        }

        #[test]
        fn arbitrary_text_never_panics(text: String) {
            agrees(&text);
        }

        #[test]
        fn texts_of_json_characters_read_as_another_reader_reads_them(
            text in r#"[\[\]{}:,"0-9a-f\\u eE.\-+tn]{0,40}"#
        ) {
            let _ = Tape::parse(&text);
        }
    }
}
