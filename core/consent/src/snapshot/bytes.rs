//! The primitives of a snapshot: variable-length integers, byte strings, bit sets, masks by their place in one table.

use super::SnapshotError;
use crate::masks::{Interned, Masks};
use model::{ClassMask, Position};
use std::collections::BTreeSet;

type Result<T> = std::result::Result<T, SnapshotError>;

/// Every mask that a state uses, ascending: numbers in memory depend on history, places here do not.
pub(super) struct MaskTable(Vec<ClassMask>);

impl MaskTable {
    pub(super) fn of(masks: BTreeSet<ClassMask>) -> Self {
        Self(masks.into_iter().collect())
    }
}

/// Writes a snapshot.
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    masks: MaskTable,
    last: (ClassMask, u64),
}

impl Writer {
    pub(super) fn new(bytes: Vec<u8>, masks: MaskTable) -> Self {
        let mut writer = Self { bytes, masks, last: (ClassMask::NONE, 0) };
        let table = std::mem::take(&mut writer.masks.0);
        writer.list(&table, |writer, mask| writer.bytes.extend(mask.0.to_le_bytes()));
        writer.last.0 = table.first().copied().unwrap_or_default();
        writer.masks.0 = table;
        writer
    }

    /// Seven bits a byte, least significant first; the top bit says that more follow (LEB128).
    pub(super) fn uint(&mut self, value: impl Into<u64>) {
        let mut rest = value.into();
        while rest >= 0x80 {
            self.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.bytes.push(value.into());
    }

    pub(super) fn bytes(&mut self, value: &[u8]) {
        self.uint(value.len() as u64);
        self.bytes.extend(value);
    }

    pub(super) fn position(&mut self, at: Option<Position>) {
        // One more than the position; 0 is none. The last position that there can be is never reached.
        self.uint(at.map_or(0, |at| at.0.saturating_add(1)));
    }

    pub(super) fn mask(&mut self, mask: ClassMask) {
        if self.last.0 != mask {
            self.last = (mask, self.masks.0.binary_search(&mask).unwrap_or_default() as u64);
        }
        self.uint(self.last.1);
    }

    pub(super) fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        let items = items.into_iter();
        self.uint(items.len() as u64);
        items.for_each(|item| write(self, item));
    }

    pub(super) fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.bool(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(super) fn bits(&mut self, bits: impl Iterator<Item = bool>) {
        let (mut byte, mut filled) = (0u8, 0u32);
        for bit in bits {
            byte |= u8::from(bit) << filled;
            filled += 1;
            if filled == 8 {
                self.bytes.push(byte);
                (byte, filled) = (0, 0);
            }
        }
        if filled > 0 {
            self.bytes.push(byte);
        }
    }
}

/// Reads a snapshot.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    /// The table, and what an opt-in found for the mask once one used it.
    masks: Vec<(ClassMask, Option<Interned>)>,
}

const SHORT: SnapshotError = SnapshotError::Malformed("length");

impl<'a> Reader<'a> {
    /// Reads the mask table first.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self> {
        let mut reader = Self { bytes, masks: Vec::new() };
        reader.masks = reader.list(|reader| {
            let bytes = reader.take(16)?.first_chunk().copied().ok_or(SHORT)?;
            Ok((ClassMask(u128::from_le_bytes(bytes)), None))
        })?;
        Ok(reader)
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(SHORT)?;
        self.bytes = rest;
        Ok(taken)
    }

    #[inline]
    pub(super) fn uint(&mut self) -> Result<u64> {
        let mut value = 0u64;
        for (index, byte) in self.bytes.iter().enumerate().take(10) {
            value |= u64::from(byte & 0x7f).checked_shl(7 * index as u32).unwrap_or(0);
            if byte & 0x80 == 0 {
                self.bytes = self.bytes.get(index + 1..).unwrap_or_default();
                return Ok(value);
            }
        }
        Err(SHORT)
    }

    /// An integer of a smaller type.
    #[inline]
    pub(super) fn small<T: TryFrom<u64>>(&mut self) -> Result<T> {
        T::try_from(self.uint()?).map_err(|_| SnapshotError::Malformed("number"))
    }

    pub(super) fn bool(&mut self) -> Result<bool> {
        match self.take(1)? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(SnapshotError::Malformed("flag")),
        }
    }

    pub(super) fn code<T>(&mut self, of: impl Fn(u8) -> Option<T>) -> Result<T> {
        of(self.small()?).ok_or(SnapshotError::Malformed("code"))
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8]> {
        let count = self.small()?;
        self.take(count)
    }

    pub(super) fn text(&mut self) -> Result<String> {
        let text = std::str::from_utf8(self.bytes()?);
        text.map(str::to_owned).map_err(|_| SnapshotError::Malformed("text"))
    }

    pub(super) fn digest(&mut self) -> Result<[u8; 32]> {
        self.take(32)?.first_chunk().copied().ok_or(SHORT)
    }

    pub(super) fn position(&mut self) -> Result<Option<Position>> {
        Ok(self.uint()?.checked_sub(1).map(Position))
    }

    /// A mask with a short number. Only opt-ins have those, and there are few: settings must not use them up.
    #[inline]
    pub(super) fn interned(&mut self, masks: &mut Masks) -> Result<Interned> {
        let place: usize = self.small()?;
        let (mask, known) = self.masks.get_mut(place).ok_or(SnapshotError::Malformed("mask"))?;
        Ok(*known.get_or_insert_with(|| Interned { mask: *mask, id: masks.intern(*mask) }))
    }

    pub(super) fn mask(&mut self) -> Result<ClassMask> {
        let place: usize = self.small()?;
        self.masks.get(place).map(|(mask, _)| *mask).ok_or(SnapshotError::Malformed("mask"))
    }

    /// How many items follow; each takes a byte at least, so that no claim takes more memory than it brings.
    pub(super) fn count(&mut self) -> Result<usize> {
        let count: usize = self.small()?;
        if count > self.bytes.len() { Err(SHORT) } else { Ok(count) }
    }

    pub(super) fn list<T>(&mut self, read: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let count = self.count()?;
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }

    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<Option<T>> {
        if self.bool()? { read(self).map(Some) } else { Ok(None) }
    }

    pub(super) fn bits(&mut self, count: usize) -> Result<impl Iterator<Item = bool> + use<'a>> {
        let bytes = self.take(count.div_ceil(8))?;
        let bits = bytes.iter().flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1));
        Ok(bits.take(count))
    }

    pub(super) fn end(&self) -> Result<()> {
        if self.bytes.is_empty() { Ok(()) } else { Err(SHORT) }
    }
}
