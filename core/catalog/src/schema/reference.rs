//! Local references.

use serde_json::Value;

/// The value that a reference of this document points to, and its pointer.
pub(crate) fn resolve<'d>(root: &'d Value, reference: &str) -> Option<(String, &'d Value)> {
    let pointer = percent_decoded(reference.strip_prefix('#')?)?;
    let value = root.pointer(&pointer)?;
    Some((pointer, value))
}

/// A fragment is percent-encoded (RFC 6901 §6).
fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_may_be_escaped_twice() {
        let root = serde_json::json!({"paths": {"/a/{b}": {"get": 1}}});
        let found = resolve(&root, "#/paths/~1a~1%7Bb%7D/get");
        assert_eq!(found, Some(("/paths/~1a~1{b}/get".to_owned(), &serde_json::json!(1))));
        for wrong in ["other.json#/paths", "#name", "#/paths/%7", "#/missing"] {
            assert_eq!(resolve(&root, wrong), None, "{wrong}");
        }
    }
}
