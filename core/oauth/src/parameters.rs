//! Parameters of a query or form body, each at most once.

use crate::limits::{MESSAGE_BYTES_MAX, PARAMETERS_MAX};
use std::collections::BTreeMap;

/// The one parameter that may be repeated (RFC 8707 §2).
const REPEATABLE: &str = "resource";

/// A message that is no list of parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// Too many bytes or parameters.
    TooLarge,
}

/// The parameters of one message by name.
pub(crate) struct Parameters {
    values: BTreeMap<String, Vec<String>>,
}

/// A parameter that stands more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repeated;

impl Parameters {
    /// Reads `application/x-www-form-urlencoded` text.
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        if text.len() > MESSAGE_BYTES_MAX {
            return Err(Malformed::TooLarge);
        }
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (count, (name, value)) in form_urlencoded::parse(text.as_bytes()).enumerate() {
            if count >= PARAMETERS_MAX {
                return Err(Malformed::TooLarge);
            }
            values.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        Ok(Self { values })
    }

    /// The value of a parameter; without a value it counts as omitted.
    pub(crate) fn one(&self, name: &str) -> Result<Option<&str>, Repeated> {
        //= rfc6749#3.1
        //# Parameters sent without a value MUST be treated as if they were
        //# omitted from the request.
        //= rfc6749#3.2
        //# Parameters sent without a value MUST be treated as if they were omitted from the
        //# request.
        match self.values.get(name).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([value]) => Ok(Some(value.as_str()).filter(|value| !value.is_empty())),
            Some(_) => Err(Repeated),
        }
    }

    /// Every value of a parameter that may be repeated.
    pub(crate) fn many(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values.get(name).into_iter().flatten().map(String::as_str).filter(|v| !v.is_empty())
    }

    /// Whether a parameter that must not be repeated is.
    pub(crate) fn has_repeated(&self) -> bool {
        //= rfc6749#3.1
        //# Request and response parameters
        //# MUST NOT be included more than once.
        self.values.iter().any(|(name, values)| name != REPEATABLE && values.len() > 1)
    }
}

/// Whether every byte is printable ASCII or a space (`VSCHAR`, RFC 6749 appendix A).
pub(crate) fn is_vschar(text: &str) -> bool {
    text.bytes().all(|b| (0x20..=0x7e).contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    //= rfc6749#3.1
    //= type=test
    //# Parameters sent without a value MUST be treated as if they were
    //# omitted from the request.
    #[test]
    fn an_empty_parameter_is_an_absent_one_and_a_second_one_a_mistake() {
        let p = Parameters::parse("a=&b=1&c=1&c=2&resource=x&resource=y").unwrap();
        assert_eq!(p.one("a"), Ok(None));
        assert_eq!(p.one("b"), Ok(Some("1")));
        assert_eq!(p.one("c"), Err(Repeated));
        assert_eq!(p.many("resource").collect::<Vec<_>>(), ["x", "y"]);
        assert!(p.has_repeated());
        assert!(!Parameters::parse("resource=x&resource=y&b=").unwrap().has_repeated());
    }

    #[test]
    fn a_message_has_a_limit() {
        assert!(Parameters::parse(&"a".repeat(MESSAGE_BYTES_MAX + 1)).is_err());
        assert!(Parameters::parse(&"a=1&".repeat(PARAMETERS_MAX + 1)).is_err());
    }
}
