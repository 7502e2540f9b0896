//! The upstream's ids in an answer, each kept once.

use crate::draft::IdText;
use crate::json::{Slot, Span, Tape};
use crate::limits::ID_BYTES_MAX;
use model::IdentifierKind;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Looks; a page of posts names some two hundred ids.
const LOOKS: usize = 1_024;

/// Ids by the order in which they were met.
#[derive(Debug)]
pub(crate) struct References<'t> {
    list: Vec<(IdentifierKind, Cow<'t, str>, Span)>,
    /// The first id of each look, plus one; 0: none. A look shared by many ids only costs time, so it need not be
    /// unpredictable.
    first: Box<[u32; LOOKS]>,
    /// All others.
    index: BTreeMap<(IdentifierKind, Cow<'t, str>), u32>,
}

impl<'t> References<'t> {
    pub(crate) fn new() -> Self {
        let list = Vec::with_capacity(LOOKS / 8);
        Self { list, first: Box::new([0; LOOKS]), index: BTreeMap::new() }
    }

    /// The number of an id; `None` for what is no string or no id.
    pub(crate) fn intern(
        &mut self,
        tape: &Tape<'t>,
        kind: IdentifierKind,
        slot: Slot,
    ) -> Option<u32> {
        let text = tape.string(slot)?;
        self.text(kind, text, slot.span)
    }

    /// The number of an id that does not stand in the answer.
    pub(crate) fn outside(&mut self, kind: IdentifierKind, id: &str) -> Option<u32> {
        self.text(kind, Cow::Owned(id.to_owned()), Span::NONE)
    }

    fn text(&mut self, kind: IdentifierKind, text: Cow<'t, str>, span: Span) -> Option<u32> {
        if text.is_empty() || text.len() > ID_BYTES_MAX {
            return None;
        }
        let next = u32::try_from(self.list.len()).ok()?;
        let first = self.first.get_mut(look(kind, &text))?;
        let number = match first.checked_sub(1) {
            None => {
                *first = next + 1;
                next
            }
            Some(number) => {
                let known = self.list.get(number as usize);
                if known.is_some_and(|(other, known, _)| *other == kind && *known == text) {
                    return Some(number);
                }
                *self.index.entry((kind, text.clone())).or_insert(next)
            }
        };
        if number == next {
            self.list.push((kind, text, span));
        }
        Some(number)
    }

    pub(crate) fn finish(self) -> Vec<(IdentifierKind, IdText)> {
        let keep = |(kind, text, span): (_, Cow<'_, str>, Span)| {
            let text = match text {
                Cow::Borrowed(_) => IdText::Raw(Span { start: span.start + 1, end: span.end - 1 }),
                Cow::Owned(text) => IdText::Owned(text.into_boxed_str()),
            };
            (kind, text)
        };
        self.list.into_iter().map(keep).collect()
    }
}

fn look(kind: IdentifierKind, text: &str) -> usize {
    let tail = text.bytes().rev().take(8).fold(0u64, |sum, byte| sum << 8 | u64::from(byte));
    let mixed = (tail ^ u64::from(kind.code()) << 59).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 54) as usize
}
