//! Limits on documents. A catalog comes from the operator, but a mistake in it must not stop a replica.

/// The largest public descriptions are some 15 MB.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// More operations than any known API offers to partners; comparing their paths is quadratic.
pub(crate) const OPERATIONS_MAX: usize = 4_096;
/// Shapes of one catalog; a public description of 1,000 schemas and as many operations needs some 12,000.
pub(crate) const SHAPES_MAX: usize = 100_000;
/// Schema visits of one compilation; merging branches can revisit a schema often. A public description of 1,200
/// operations needs some 45,000; this many take a few seconds.
pub(crate) const VISITS_MAX: usize = 2_000_000;
/// Combinations of `oneOf`/`anyOf` branches in one schema that are told apart exactly.
pub(crate) const COMBINATIONS_EXACT_MAX: usize = 64;
/// Combinations beyond which a schema is refused.
pub(crate) const COMBINATIONS_MAX: usize = 4_096;
/// Nested arrays below one property.
pub(crate) const ARRAYS_NESTED_MAX: usize = 16;
/// Steps of one path.
pub(crate) const PATH_STEPS_MAX: usize = 32;
/// References from a reference, for parameters, answers and bodies.
pub(crate) const REFERENCES_MAX: usize = 16;
/// Characters of a name of a class, program or purpose: it stands in scopes.
pub(crate) const NAME_CHARS_MAX: usize = 64;
/// Discriminators within discriminators that are told apart.
pub(crate) const DISCRIMINATORS_NESTED_MAX: usize = 8;
