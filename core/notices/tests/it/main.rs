//! Notices of made-up histories.

#[cfg(test)]
mod events;
#[cfg(test)]
mod property;
#[cfg(test)]
mod world;
