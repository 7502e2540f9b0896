//! Request ids: one a request, in the log and in the answer's `Request-Id` header.

use std::fmt;

/// A random id in UUID form (version 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub [u8; 16]);

impl RequestId {
    /// A fresh one.
    #[must_use]
    pub fn fresh() -> Self {
        let mut bytes = [0; 16];
        // An id that is not random is a nuisance, no danger: it decides nothing.
        let _ = getrandom::fill(&mut bytes);
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}
