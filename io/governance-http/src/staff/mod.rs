//! What staff sees and decides.

pub(crate) mod agreements;
mod apps;
mod audit;
mod cases;
mod details;
mod documents;
mod findings;
mod identities;
mod log;
mod members;
mod partners;
mod previews;
mod programs;
pub(crate) mod reports;
mod review;
mod said;
mod suspensions;
mod table;
pub(crate) mod timeline;
pub(crate) mod usage;
mod versions;

pub(crate) use table::operations;
