//! Data classes as bits of a 128-bit mask.

use std::ops::{BitAnd, BitOr, Not};

/// A data class. Numbers are given by an event, once, and never reused; at most 128.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassNo(u8);

impl ClassNo {
    /// The class with this number, if there can be one.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < 128 { Some(Self(number)) } else { None }
    }

    /// The number, below 128.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// A set of data classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ClassMask(pub u128);

impl ClassMask {
    /// No class.
    pub const NONE: Self = Self(0);
    /// Every class that there can be.
    pub const ALL: Self = Self(u128::MAX);

    /// The set of one class.
    #[must_use]
    pub const fn of(class: ClassNo) -> Self {
        Self(1 << class.0)
    }

    /// Whether the class is in the set.
    #[must_use]
    pub const fn has(self, class: ClassNo) -> bool {
        self.0 >> class.0 & 1 == 1
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every class of `other` is in this set.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// This set without the classes of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// How many classes.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// The classes, lowest number first.
    pub fn iter(self) -> impl Iterator<Item = ClassNo> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let number = u8::try_from(rest.trailing_zeros()).ok().and_then(ClassNo::new)?;
            rest &= rest - 1;
            Some(number)
        })
    }
}

impl BitAnd for ClassMask {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for ClassMask {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Not for ClassMask {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl FromIterator<ClassNo> for ClassMask {
    fn from_iter<I: IntoIterator<Item = ClassNo>>(classes: I) -> Self {
        classes.into_iter().fold(Self::NONE, |mask, class| mask | Self::of(class))
    }
}

// In CBOR a mask is a byte string, big endian without leading zeros: one spelling, short for low numbers.
impl<C> minicbor::Encode<C> for ClassMask {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let bytes = self.0.to_be_bytes();
        let zeros = (self.0.leading_zeros() / 8) as usize;
        e.bytes(bytes.get(zeros..).unwrap_or_default())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for ClassMask {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?;
        if bytes.len() > 16 || bytes.first() == Some(&0) {
            return Err(minicbor::decode::Error::message("class mask is not in its shortest form"));
        }
        Ok(Self(bytes.iter().fold(0, |mask, byte| mask << 8 | u128::from(*byte))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_mask_reads_back_and_has_one_spelling(bits: u128, shift in 0u32..128) {
            let mask = ClassMask(bits >> shift);
            let bytes = minicbor::to_vec(mask).unwrap();
            proptest::prop_assert_eq!(minicbor::decode::<ClassMask>(&bytes).unwrap(), mask);
            proptest::prop_assert_eq!(mask.iter().collect::<ClassMask>(), mask);
            proptest::prop_assert_eq!(mask.iter().count() as u32, mask.len());
        }
    }

    #[test]
    fn a_padded_mask_is_refused() {
        assert!(minicbor::decode::<ClassMask>(&[0x42, 0x00, 0x01]).is_err());
        assert_eq!(minicbor::decode::<ClassMask>(&[0x41, 0x01]).unwrap(), ClassMask(1));
    }
}
