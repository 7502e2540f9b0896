//! Whether a scalar fits its declaration.

use crate::json::{Slot, Tag, Tape};
use catalog::Scalar;

/// Why a value does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    Type,
    Choice,
    TooShort,
    TooLong,
    OutOfRange,
}

/// Whether the value has a declared type and keeps its bounds.
pub(crate) fn check(scalar: &Scalar, tape: &Tape<'_>, slot: Slot) -> Result<(), Misfit> {
    let typed = |allowed: bool| if allowed { Ok(()) } else { Err(Misfit::Type) };
    match slot.tag {
        Tag::Null => typed(scalar.null),
        Tag::Boolean => typed(scalar.boolean),
        Tag::Integer => {
            typed(scalar.integer || scalar.number)?;
            range(scalar, slot.span.of(tape.text))
        }
        Tag::Number => typed(scalar.number),
        Tag::Text | Tag::Escaped => {
            typed(scalar.string)?;
            string(scalar, tape, slot)
        }
        Tag::Array | Tag::Object => Err(Misfit::Type),
    }
}

fn range(scalar: &Scalar, digits: &str) -> Result<(), Misfit> {
    if scalar.minimum.is_none() && scalar.maximum.is_none() {
        return Ok(());
    }
    // What an i64 cannot hold is beyond any bound that is declared in one.
    let value: i64 = digits.parse().map_err(|_| Misfit::OutOfRange)?;
    let fits = scalar.minimum.is_none_or(|minimum| value >= minimum)
        && scalar.maximum.is_none_or(|maximum| value <= maximum);
    if fits { Ok(()) } else { Err(Misfit::OutOfRange) }
}

fn string(scalar: &Scalar, tape: &Tape<'_>, slot: Slot) -> Result<(), Misfit> {
    if scalar.choices.is_empty() && scalar.length_max.is_none() && scalar.length_min.is_none() {
        return Ok(());
    }
    let text = tape.string(slot).unwrap_or_default();
    if !scalar.choices.is_empty() && !scalar.choices.iter().any(|choice| *choice == text) {
        return Err(Misfit::Choice);
    }
    // A string has at most as many characters as bytes: most need no counting.
    if scalar.length_max.is_some_and(|most| text.len() > most && text.chars().count() > most) {
        return Err(Misfit::TooLong);
    }
    if scalar.length_min.is_some_and(|fewest| text.chars().take(fewest).count() < fewest) {
        return Err(Misfit::TooShort);
    }
    Ok(())
}
