//! Instants and lengths of time in integer milliseconds; dated API versions.

use std::fmt;
use std::str::FromStr;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct Timestamp(#[n(0)] pub u64);

/// A length of time in milliseconds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct Millis(#[n(0)] pub u64);

impl Timestamp {
    /// The end of time: what never expires expires here.
    pub const NEVER: Self = Self(u64::MAX);

    /// This instant and `length` more, saturating.
    #[must_use]
    pub const fn plus(self, length: Millis) -> Self {
        Self(self.0.saturating_add(length.0))
    }

    /// The time since `earlier`, zero if that is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// The day that it lies in: whole days since 1970-01-01, UTC.
    #[must_use]
    pub fn day(self) -> u32 {
        u32::try_from(self.0 / Millis::days(1).0).unwrap_or(u32::MAX)
    }

    /// The first instant after a day.
    #[must_use]
    pub const fn end_of_day(day: u32) -> Self {
        Self(Millis::days(day as u64 + 1).0)
    }

    /// Whole seconds since the epoch, as JWT and HTTP headers want them.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }
}

impl Millis {
    /// So many seconds.
    #[must_use]
    pub const fn seconds(n: u64) -> Self {
        Self(n.saturating_mul(1000))
    }

    /// So many minutes.
    #[must_use]
    pub const fn minutes(n: u64) -> Self {
        Self::seconds(n.saturating_mul(60))
    }

    /// So many days of 24 hours.
    #[must_use]
    pub const fn days(n: u64) -> Self {
        Self::minutes(n.saturating_mul(60 * 24))
    }
}

/// A dated version of the API, written `2026-11-01`, kept as the integer 20261101.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct ApiVersion(#[n(0)] u32);

/// Text that is not a dated version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an API version is a date of the form `YYYY-MM-DD`")]
pub struct ParseApiVersionError;

impl FromStr for ApiVersion {
    type Err = ParseApiVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes
                .iter()
                .enumerate()
                .all(|(i, b)| if i == 4 || i == 7 { *b == b'-' } else { b.is_ascii_digit() });
        if !shaped {
            return Err(ParseApiVersionError);
        }
        let part = |range| {
            text.get(range).and_then(|s: &str| s.parse::<u32>().ok()).ok_or(ParseApiVersionError)
        };
        let (year, month, day) = (part(0..4)?, part(5..7)?, part(8..10)?);
        if year < 2000 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return Err(ParseApiVersionError);
        }
        Ok(Self(year * 10_000 + month * 100 + day))
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0 / 10_000, self.0 / 100 % 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_date_and_reads_back() {
        assert_eq!(
            "2026-11-01".parse::<ApiVersion>().map(|v| v.to_string()),
            Ok("2026-11-01".to_owned())
        );
        for wrong in
            ["", "2026-1-01", "2026-13-01", "2026-11-00", "20261101", "1999-01-01", "２026-11-0"]
        {
            assert!(wrong.parse::<ApiVersion>().is_err(), "{wrong}");
        }
    }
}
