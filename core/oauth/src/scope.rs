//! Scopes (RFC 6749 §3.3): each scope is the name of a data class.

use crate::limits::{SCOPE_BYTES_MAX, SCOPE_NAME_BYTES_MAX};
use model::limits::CLASSES_MAX;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Text that is no scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("scope must be class names divided by single spaces")]
pub struct ScopeError;

/// A set of names of data classes, in alphabetical order. Whether there are such classes, `flows` knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope(BTreeSet<String>);

impl Scope {
    /// The scope of these names.
    ///
    /// # Errors
    /// [`ScopeError`] if one of them is no scope token or there are too many.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, ScopeError> {
        let mut set = BTreeSet::new();
        for name in names {
            if !is_scope_token(name) {
                return Err(ScopeError);
            }
            set.insert(name.to_owned());
            if set.len() > CLASSES_MAX {
                return Err(ScopeError);
            }
        }
        Ok(Self(set))
    }

    /// The names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether no class is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether the text is one `scope-token`.
pub(crate) fn is_scope_token(text: &str) -> bool {
    //= rfc6749#3.3
    //# scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
    let is_good = |b: u8| (0x21..=0x7e).contains(&b) && b != b'"' && b != b'\\';
    (1..=SCOPE_NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(is_good)
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        if text.len() > SCOPE_BYTES_MAX {
            return Err(ScopeError);
        }
        Self::of(text.split(' '))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            let space = if i == 0 { "" } else { " " };
            write!(f, "{space}{name}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(text.parse::<Scope>().ok().map(|s| s.to_string()).as_deref(), expected);
    }

    //= rfc6749#3.3
    //= type=test
    //# scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
    //= rfc6750#3
    //= type=test
    //# Values for the "scope" attribute (specified in Appendix A.4 of [RFC6749]) MUST NOT
    //# include characters outside the set %x21 / %x23-5B / %x5D-7E for representing scope
    //# values and %x20 for delimiters between scope values.
    #[test]
    fn a_scope_is_a_set_of_names() {
        check("post.content", Some("post.content"));
        check("post.content group.name post.content", Some("group.name post.content"));
        for wrong in ["", " ", "a  b", " a", "a ", "a\"b", "a\\b", "é", "a\tb", "a\u{0}"] {
            check(wrong, None);
        }
        check(&"x".repeat(SCOPE_NAME_BYTES_MAX), Some(&"x".repeat(SCOPE_NAME_BYTES_MAX)));
        check(&"x".repeat(SCOPE_NAME_BYTES_MAX + 1), None);
    }

    #[test]
    fn a_scope_has_no_more_names_than_there_can_be_classes() {
        let many = |n: usize| (0..n).map(|i| format!("c{i}")).collect::<Vec<_>>().join(" ");
        assert!(many(CLASSES_MAX).parse::<Scope>().is_ok());
        assert!(many(CLASSES_MAX + 1).parse::<Scope>().is_err());
    }
}
