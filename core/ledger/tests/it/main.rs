//! The format of the log: golden vectors, round trips, hostile bytes, sizes.
#[cfg(test)]
mod cddl;
#[cfg(test)]
mod disclosure;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod samples;
