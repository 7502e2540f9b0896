//! The preview's numbers are what the change does when it is made.
//!
//! Random histories come from the generator of `consent`'s tests; the sums here are made another way: the whole log is folded
//! anew with the change at its end, and every answer is decided again.

#[cfg(test)]
#[path = "../../../consent/tests/it/around.rs"]
mod around;
#[cfg(test)]
#[path = "../../../consent/tests/it/asks.rs"]
mod asks;
#[cfg(test)]
#[path = "../../../consent/tests/it/dice.rs"]
mod dice;
#[cfg(test)]
#[path = "../../../consent/tests/it/documents.rs"]
mod documents;
#[cfg(test)]
mod enforced;
#[cfg(test)]
#[path = "../../../consent/tests/it/happenings.rs"]
mod happenings;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod watched;
#[cfg(test)]
#[path = "../../../consent/tests/it/world.rs"]
mod world;
