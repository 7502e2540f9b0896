//! The rule change of the story: Groups before and after April 2018.

/// An admin's consent alone opens names, pictures and ids.
pub(crate) const BEFORE: &str = include_str!("../policies/groups-before-2018-04.json");
/// People only by opt-in.
pub(crate) const AFTER: &str = include_str!("../policies/groups-after-2018-04.json");
