//! Who was seen by whom, as the index of the log keeps it: a row a day.

use model::{AppNo, ClassMask, ContextNo, PersonNo, Position, Timestamp};

/// Whose authority an app saw somebody through; several when they are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Through(u8);

impl Through {
    /// The app for itself, where an admin enabled it.
    pub const INSTALLATION: Self = Self(1);
    /// The person's own grant.
    pub const OWN_GRANT: Self = Self(2);
    /// The grant of somebody else.
    pub const OTHERS_GRANT: Self = Self(4);

    /// Whether that is among them.
    #[must_use]
    pub const fn has(self, one: Self) -> bool {
        self.0 & one.0 == one.0
    }

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Through whom `person` is seen by a request for which `acting` acts.
    #[must_use]
    pub fn of(acting: Option<PersonNo>, person: PersonNo) -> Self {
        match acting {
            None => Self::INSTALLATION,
            Some(acting) if acting == person => Self::OWN_GRANT,
            Some(_) => Self::OTHERS_GRANT,
        }
    }

    /// As a small number.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// From that number.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }
}

/// What an app saw of a person on one day in one context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Which app.
    pub app: AppNo,
    /// Where.
    pub context: Option<ContextNo>,
    /// Days since the epoch (UTC).
    pub day: u64,
    /// Classes that left.
    pub classes: ClassMask,
    /// Through what.
    pub through: Through,
    /// Answers in which.
    pub times: u64,
    /// First of them.
    pub first: Position,
    /// Last of them.
    pub last: Position,
    /// When the last left.
    pub last_at: Timestamp,
}
