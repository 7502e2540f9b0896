//! What an answer held that the catalog does not describe, without any of its values.

use crate::limits::{MISMATCH_NAME_CHARS_MAX, MISMATCHES_MAX};
use catalog::ShapeId;

/// What was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MismatchKind {
    /// The catalog does not name the property.
    UnknownProperty,
    /// The value has another type than declared, or is out of its bounds.
    WrongType,
    /// Whom it is about cannot be told.
    UnresolvableAbout,
    /// A record's id, time or state is missing or none.
    RecordIncomplete,
}

impl MismatchKind {
    /// The word in logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UnknownProperty => "unknown-property",
            Self::WrongType => "wrong-type",
            Self::UnresolvableAbout => "unresolvable-about",
            Self::RecordIncomplete => "record-incomplete",
        }
    }
}

/// One thing noticed, once an answer however often it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What.
    pub kind: MismatchKind,
    /// Where: property names of the catalog, `*` for every element; the last name may be the upstream's own.
    pub pointer: String,
}

/// The mismatches of one walk.
#[derive(Debug, Default)]
pub(crate) struct Mismatches<'t> {
    seen: Vec<(MismatchKind, ShapeId, &'t str)>,
    list: Vec<Mismatch>,
}

impl<'t> Mismatches<'t> {
    pub(crate) fn note(
        &mut self,
        kind: MismatchKind,
        shape: ShapeId,
        name: &'t str,
        trail: &[&str],
    ) {
        let key = (kind, shape, name);
        if self.seen.len() >= MISMATCHES_MAX || self.seen.contains(&key) {
            return;
        }
        self.seen.push(key);
        let mut pointer = String::new();
        for step in trail {
            pointer.push('/');
            pointer.push_str(step);
        }
        if !name.is_empty() {
            pointer.push('/');
            pointer.push_str(printable(name));
        }
        self.list.push(Mismatch { kind, pointer });
    }

    pub(crate) fn finish(self) -> Vec<Mismatch> {
        self.list
    }
}

/// A hostile or broken upstream can put data into names: what does not look like a name is not repeated.
fn printable(name: &str) -> &str {
    let plain =
        name.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'$'));
    if plain && name.len() <= MISMATCH_NAME_CHARS_MAX { name } else { "?" }
}
