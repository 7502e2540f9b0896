//! Placeholder.
pub(crate) fn operations() -> Vec<crate::table::Operation> {
    Vec::new()
}
