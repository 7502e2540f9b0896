//! The keys of an operator: made once, kept in one file of the data directory, never printed.
//!
//! In scope: the keys that seal tokens, the key behind pairwise ids, the secret of sessions; making, reading and rotating them.
//! Out of scope: what is done with them (`oauth`), cutting off the tokens of a key (`flows`).
//!
//! Whoever can read the file can make tokens, so it is refused when anybody but its owner can. Losing the pairwise key
//! orphans every id that partners hold: the file belongs into the backup.

mod file;
mod keyring;

pub use file::KeyringError;
pub use keyring::{Keyring, TokenKeyNumbers};
