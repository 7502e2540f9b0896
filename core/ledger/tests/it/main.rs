//! The format of the log: golden vectors, round trips, hostile bytes, sizes.
mod disclosure;
mod golden;
mod hostile;
mod samples;
