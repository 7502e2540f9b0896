//! Which JSON values a schema allows, as far as that can be enforced: kinds, choices, bounds.

use crate::compiled::Scalar;

/// Kinds of JSON value as bits; a number is an integer or a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kinds(u8);

impl Kinds {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const OBJECT: Self = Self(1);
    pub(crate) const ARRAY: Self = Self(2);
    pub(crate) const STRING: Self = Self(4);
    pub(crate) const INTEGER: Self = Self(8);
    pub(crate) const FRACTION: Self = Self(16);
    pub(crate) const BOOLEAN: Self = Self(32);
    pub(crate) const NULL: Self = Self(64);
    pub(crate) const ALL: Self = Self(127);
    /// Scalars that are values; null alone says nothing.
    pub(crate) const VALUES: Self = Self(4 | 8 | 16 | 32);

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether this allows nothing but `other` and null, and `other` at all.
    pub(crate) const fn is_only(self, other: Self) -> bool {
        self.meets(other) && self.without(other).without(Self::NULL).0 == 0
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "object" => Self::OBJECT,
            "array" => Self::ARRAY,
            "string" => Self::STRING,
            "integer" => Self::INTEGER,
            "number" => Self::INTEGER.or(Self::FRACTION),
            "boolean" => Self::BOOLEAN,
            "null" => Self::NULL,
            _ => return None,
        })
    }
}

/// A lower and an upper bound; `None` is no bound.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Range<T> {
    pub(crate) from: Option<T>,
    pub(crate) to: Option<T>,
}

impl<T: Ord + Copy> Range<T> {
    fn and(self, other: Self) -> Self {
        let tight = |a: Option<T>, b: Option<T>, pick: fn(T, T) -> T| match (a, b) {
            (Some(a), Some(b)) => Some(pick(a, b)),
            (one, other) => one.or(other),
        };
        Self { from: tight(self.from, other.from, T::max), to: tight(self.to, other.to, T::min) }
    }

    fn or(self, other: Self) -> Self {
        let wide = |a: Option<T>, b: Option<T>, pick: fn(T, T) -> T| Some(pick(a?, b?));
        Self { from: wide(self.from, other.from, T::min), to: wide(self.to, other.to, T::max) }
    }
}

/// Kinds with the bounds of the scalar ones.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Narrow {
    pub(crate) kinds: Kinds,
    /// The only strings, where they are listed; never an empty list.
    pub(crate) choices: Option<Vec<String>>,
    pub(crate) integer: Range<i64>,
    pub(crate) length: Range<usize>,
}

impl Narrow {
    /// Any value.
    pub(crate) const ANY: Self = Self::of(Kinds::ALL);
    /// No value.
    pub(crate) const NOTHING: Self = Self::of(Kinds::NONE);

    pub(crate) const fn of(kinds: Kinds) -> Self {
        Self {
            kinds,
            choices: None,
            integer: Range { from: None, to: None },
            length: Range { from: None, to: None },
        }
    }

    /// What both allow.
    pub(crate) fn and(self, other: Self) -> Self {
        let mut kinds = self.kinds.and(other.kinds);
        let mut choices = match (self.choices, other.choices) {
            (Some(ours), Some(theirs)) => {
                Some(ours.into_iter().filter(|choice| theirs.contains(choice)).collect::<Vec<_>>())
            }
            (ours, theirs) => ours.or(theirs),
        };
        // An empty list would mean "any string" in the compiled form.
        if choices.as_ref().is_some_and(Vec::is_empty) {
            kinds = kinds.without(Kinds::STRING);
            choices = None;
        }
        Self {
            kinds,
            choices,
            integer: self.integer.and(other.integer),
            length: self.length.and(other.length),
        }
    }

    /// What either allows; bounds that cannot be told apart are widened.
    pub(crate) fn or(self, other: Self) -> Self {
        let strings = (self.kinds.meets(Kinds::STRING), other.kinds.meets(Kinds::STRING));
        let numbers = (self.kinds.meets(Kinds::INTEGER), other.kinds.meets(Kinds::INTEGER));
        let choices = match strings {
            (true, true) => match (self.choices, other.choices) {
                (Some(mut ours), Some(theirs)) => {
                    for choice in theirs {
                        if !ours.contains(&choice) {
                            ours.push(choice);
                        }
                    }
                    Some(ours)
                }
                _ => None,
            },
            (true, false) => self.choices,
            (false, _) => other.choices,
        };
        Self {
            kinds: self.kinds.or(other.kinds),
            choices,
            integer: either(numbers, self.integer, other.integer),
            length: either(strings, self.length, other.length),
        }
    }

    /// The scalar part.
    pub(crate) fn scalar(&self) -> Scalar {
        let has = |kind| self.kinds.meets(kind);
        Scalar {
            string: has(Kinds::STRING),
            integer: has(Kinds::INTEGER),
            number: has(Kinds::FRACTION),
            boolean: has(Kinds::BOOLEAN),
            null: has(Kinds::NULL),
            choices: self.choices.clone().filter(|_| has(Kinds::STRING)).unwrap_or_default(),
            minimum: self.integer.from,
            maximum: self.integer.to,
            length_max: self.length.to,
            length_min: self.length.from,
        }
    }
}

fn either<T: Ord + Copy>(which: (bool, bool), ours: Range<T>, theirs: Range<T>) -> Range<T> {
    match which {
        (true, true) => ours.or(theirs),
        (true, false) => ours,
        (false, _) => theirs,
    }
}
