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
        Self::of(zigzags(values))
    }

    /// The value of a row.
    pub(crate) fn at(&self, row: usize) -> Option<u64> {
        match self {
            Self::Same(value) => Some(*value),
            Self::Each(values) => values.get(row).copied(),
        }
    }
}

/// What stands `zigzag` after `previous`.
pub(crate) fn step(previous: u64, zigzag: u64) -> u64 {
    previous
        .wrapping_add(((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed()).cast_unsigned())
}

/// Differences from value to value, zigzag, so that rising numbers become small ones.
fn zigzags(values: &[u64]) -> Vec<u64> {
    let mut previous = 0u64;
    let zigzag = |value: &u64| {
        let delta = value.wrapping_sub(previous).cast_signed();
        previous = *value;
        ((delta << 1) ^ (delta >> 63)).cast_unsigned()
    };
    values.iter().map(zigzag).collect()
}

/// A column that is always spelt row by row: its length is a fact, not a claim. CBOR: an array of unsigned integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows(pub(crate) Vec<u64>);

impl Rows {
    /// Differences from row to row.
    pub(crate) fn deltas(values: &[u64]) -> Self {
        Self(zigzags(values))
    }

    /// The numbers behind [`Rows::deltas`].
    pub(crate) fn undelta(&self) -> Option<Vec<u32>> {
        let mut value = 0u64;
        let number = |zigzag: &u64| {
            value = step(value, *zigzag);
            u32::try_from(value).ok()
        };
        self.0.iter().map(number).collect()
    }
}

impl<C> Encode<C> for Rows {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.array(self.0.len() as u64)?;
        for value in &self.0 {
            e.u64(*value)?;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for Rows {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        rows(d).map(Self)
    }
}

fn rows(d: &mut Decoder<'_>) -> Result<Vec<u64>, decode::Error> {
    let length = d.array()?.ok_or_else(|| decode::Error::message("indefinite column"))?;
    // Each value takes at least a byte, so a length beyond the input is a lie; do not allocate for it.
    let left = d.input().len().saturating_sub(d.position()) as u64;
    if length > left {
        return Err(decode::Error::message("column longer than its payload"));
    }
    (0..length).map(|_| d.u64()).collect()
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
        rows(d).map(Self::Each)
    }
}
