//! What staff sees and decides.

mod agreements;
mod apps;
mod documents;
mod findings;
mod log;
mod members;
mod partners;
mod programs;
mod said;
mod table;
pub(crate) mod timeline;
pub(crate) mod usage;
mod versions;

pub(crate) use table::operations;
