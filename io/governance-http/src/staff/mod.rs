//! What staff sees and decides.

mod agreements;
mod apps;
mod audit;
mod details;
mod documents;
mod findings;
mod identities;
mod log;
mod members;
mod partners;
mod previews;
mod programs;
mod review;
mod said;
mod suspensions;
mod table;
pub(crate) mod timeline;
pub(crate) mod usage;
mod versions;

pub(crate) use table::operations;
