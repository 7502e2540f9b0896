//! Masks by small number: most opt-ins and settings use one of a few combinations of classes.

use model::ClassMask;
use std::collections::BTreeMap;

/// Number of a mask in [`Masks`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MaskId(pub(crate) u16);

/// A mask and the number that it has in [`Masks`], if there was one left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interned {
    pub(crate) mask: ClassMask,
    pub(crate) id: Option<MaskId>,
}

/// Interned masks. Numbers are private to one state in memory and never leave it.
#[derive(Debug, Clone)]
pub(crate) struct Masks {
    masks: Vec<ClassMask>,
    numbers: BTreeMap<ClassMask, u16>,
}

impl Default for Masks {
    fn default() -> Self {
        Self { masks: vec![ClassMask::NONE], numbers: BTreeMap::from([(ClassMask::NONE, 0)]) }
    }
}

impl MaskId {
    /// No class: has this number in every state, so that "not found" is a number like any other.
    pub(crate) const NONE: Self = Self(0);
}

impl Masks {
    /// Most masks that are numbered; the last number stands for "kept elsewhere".
    const MOST: usize = u16::MAX as usize;

    /// The number for a mask; `None` when all are taken.
    pub(crate) fn intern(&mut self, mask: ClassMask) -> Option<MaskId> {
        if let Some(number) = self.numbers.get(&mask) {
            return Some(MaskId(*number));
        }
        if self.masks.len() >= Self::MOST {
            return None;
        }
        let number = u16::try_from(self.masks.len()).ok()?;
        self.masks.push(mask);
        self.numbers.insert(mask, number);
        Some(MaskId(number))
    }

    /// The mask behind a number; none for a number that was not given.
    #[inline]
    pub(crate) fn mask(&self, id: MaskId) -> ClassMask {
        self.masks.get(usize::from(id.0)).copied().unwrap_or_default()
    }
}
