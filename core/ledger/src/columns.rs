//! Columns of small integers: one value where all are equal, an array otherwise.

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// A column. CBOR: an unsigned integer if every value is that one, else an array of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Column {
    /// Every value is this one.
    Same(u64),
    /// One value a row.
    Each(Vec<u64>),
}

impl Column {
    /// The one spelling of these values.
    pub(crate) fn of(values: Vec<u64>) -> Self {
        match values.first() {
            None => Self::Same(0),
            Some(first) if values.iter().all(|value| value == first) => Self::Same(*first),
            Some(_) => Self::Each(values),
        }
    }

    /// Differences from row to row, zigzag, so that rising numbers become small ones.
    pub(crate) fn deltas(values: &[u64]) -> Self {
        let mut previous = 0u64;
        Self::of(
            values
                .iter()
                .map(|value| {
                    let delta = value.wrapping_sub(previous).cast_signed();
                    previous = *value;
                    ((delta << 1) ^ (delta >> 63)).cast_unsigned()
                })
                .collect(),
        )
    }

    /// The value of a row.
    pub(crate) fn at(&self, row: usize) -> Option<u64> {
        match self {
            Self::Same(value) => Some(*value),
            Self::Each(values) => values.get(row).copied(),
        }
    }

    /// The first `rows` values behind [`Column::deltas`].
    pub(crate) fn undelta(&self, rows: usize) -> Option<Vec<u64>> {
        let mut previous = 0u64;
        (0..rows)
            .map(|row| {
                let zigzag = self.at(row)?;
                let delta = (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed();
                previous = previous.wrapping_add(delta.cast_unsigned());
                Some(previous)
            })
            .collect()
    }
}

impl<C> Encode<C> for Column {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        match self {
            Self::Same(value) => e.u64(*value)?.ok(),
            Self::Each(values) => {
                e.array(values.len() as u64)?;
                for value in values {
                    e.u64(*value)?;
                }
                Ok(())
            }
        }
    }
}

impl<'b, C> Decode<'b, C> for Column {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        if d.datatype()? != minicbor::data::Type::Array {
            return Ok(Self::Same(d.u64()?));
        }
        let length = d.array()?.ok_or_else(|| decode::Error::message("indefinite column"))?;
        // Each value takes at least a byte, so a length beyond the input is a lie; do not allocate for it.
        let left = d.input().len().saturating_sub(d.position()) as u64;
        if length > left {
            return Err(decode::Error::message("column longer than its payload"));
        }
        (0..length).map(|_| d.u64()).collect::<Result<Vec<_>, _>>().map(Self::Each)
    }
}
