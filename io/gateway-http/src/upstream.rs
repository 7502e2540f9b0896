//! What is asked of the upstream for an operation.

use catalog::Segment;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeMap;

/// RFC 3986 unreserved characters stay as they are.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes one segment of a path: an id of the upstream may hold anything.
pub(crate) fn segment(text: &str) -> String {
    // A segment of dots alone would climb.
    if text.bytes().all(|byte| byte == b'.') {
        return text.bytes().map(|_| "%2E").collect();
    }
    utf8_percent_encode(text, KEPT).to_string()
}

/// The path at the upstream; `None` if a parameter has no value.
pub(crate) fn path(template: &[Segment], values: &BTreeMap<String, String>) -> Option<String> {
    let mut path = String::new();
    for part in template {
        path.push('/');
        match part {
            Segment::Literal(text) => path.push_str(text),
            Segment::Parameter(name) => path.push_str(&segment(values.get(name)?)),
        }
    }
    Some(path)
}

/// Path and query.
pub(crate) fn with_query(path: &str, query: &[(String, String)]) -> String {
    if query.is_empty() {
        return path.to_owned();
    }
    let mut text = form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(query);
    format!("{path}?{}", text.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_its_segment() {
        let template = [Segment::Literal("posts".into()), Segment::Parameter("id".into())];
        for (id, wanted) in [
            ("7", "/posts/7"),
            ("a/../b", "/posts/a%2F..%2Fb"),
            ("..", "/posts/%2E%2E"),
            ("x?y=1#z", "/posts/x%3Fy%3D1%23z"),
        ] {
            let values = BTreeMap::from([("id".to_owned(), id.to_owned())]);
            assert_eq!(path(&template, &values).as_deref(), Some(wanted));
        }
    }
}
