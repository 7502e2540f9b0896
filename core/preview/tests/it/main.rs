//! The preview's numbers are what the change does when it is made.
//!
//! Random histories come from the generator of `consent`'s tests; the sums here are made another way: the whole log is folded
//! anew with the change at its end, and every answer is decided again.
//!
//! `BAILMENT_SEED` and `BAILMENT_CASES` choose other or more cases. That the comparison bites was tried with mistakes made on
//! purpose in a copy. Each of these was caught:
//!
//! | in | mistakes |
//! |---|---|
//! | requests | the old token's number, credential, family or facts are kept |
//! | the change | not made; only its first event made; its sides swapped |
//! | sums | an answer counted once for each node; contexts not inherited; people of a class forgotten; who gains left out of all |
//! | reach | rules taken for the same; apps with reviews skipped; what stands in no group forgotten; used taken for unused; what no operation carries counted |
//! | a watched change | not made; a policy replaced by the next one in force; never over; over at what is about something else; what it replaces not ended; exceptions or versions kept forgotten; a restriction that restricts nothing, or no opt-in |

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
