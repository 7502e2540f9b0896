//! Limits that only the gate knows, each with its reason.

/// Values in one JSON text: 16 bytes of index each, so that a text of nothing but brackets stays affordable.
pub(crate) const VALUES_MAX: usize = 2_000_000;
/// Nodes in one answer: each is decided and recorded; an ordinary page has some hundred.
pub(crate) const NODES_MAX: usize = 100_000;
/// Places that the paths of one answer visit: a path from the root, taken by every record, must not square the work.
pub(crate) const VISITS_MAX: usize = 4_000_000;
/// Mismatches kept of one answer: they repeat from item to item, and one is enough to look.
pub(crate) const MISMATCHES_MAX: usize = 32;
/// Characters of an upstream's name that a mismatch repeats.
pub(crate) const MISMATCH_NAME_CHARS_MAX: usize = 64;
/// An id of the upstream; longer ones are no ids.
pub(crate) const ID_BYTES_MAX: usize = 512;
/// A cursor of the upstream; sealed, it must fit a URL.
pub(crate) const CURSOR_BYTES_MAX: usize = 1_024;
/// Text of a `fields` parameter.
pub(crate) const FIELDS_BYTES_MAX: usize = 2_000;
/// Names in a `fields` parameter.
pub(crate) const FIELDS_MAX: usize = 100;
/// Steps of one name in a `fields` parameter.
pub(crate) const FIELD_STEPS_MAX: usize = 16;
/// Mistakes told of one request body.
pub(crate) const BODY_MISTAKES_MAX: usize = 20;
/// Plain nodes looked at for one about the same people: a record has a dozen parts, a hostile list has thousands.
pub(crate) const NODES_COMPARED_MAX: usize = 64;
