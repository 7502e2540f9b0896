//! The simulation, for a while, with seeds that rotate by day; and what it found.

#[cfg(test)]
mod found;
#[cfg(test)]
mod soak;
