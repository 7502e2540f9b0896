//! The keys in memory.

use crate::file::{self, KeyringError};
use model::Secret;
use oauth::sealed::{KeyId, TokenKeys};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use zeroize::Zeroize;

/// A key.
pub(crate) type Key = Secret<[u8; 32]>;

/// The keys of an operator. There is no `Debug` and no way to write them but to their own file.
pub struct Keyring {
    tokens: TokenKeys,
    pairwise: Key,
    session: Key,
}

/// Numbers of token keys, without the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenKeyNumbers {
    /// The one that seals.
    pub current: KeyId,
    /// All, the current one included, in order.
    pub all: Vec<KeyId>,
}

/// The keys as they stand in the file.
pub(crate) struct Keys {
    pub current: u8,
    pub tokens: BTreeMap<u8, Key>,
    pub pairwise: Key,
    pub session: Key,
}

impl Keys {
    /// Fresh keys.
    pub fn make() -> Result<Self, KeyringError> {
        let tokens = BTreeMap::from([(1, random()?)]);
        Ok(Self { current: 1, tokens, pairwise: random()?, session: random()? })
    }
}

/// A fresh key from the operating system.
fn random() -> Result<Key, KeyringError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| KeyringError::Randomness)?;
    let key = Secret::new(bytes);
    bytes.zeroize();
    Ok(key)
}

impl Keyring {
    /// The keys of a data directory, made on first use.
    ///
    /// # Errors
    /// [`KeyringError`]. A file that cannot be read is never replaced.
    pub fn open(directory: &Path) -> Result<Self, KeyringError> {
        let keys = match file::read(directory)? {
            Some(keys) => keys,
            None => file::create(directory, Keys::make()?)?,
        };
        Self::of(keys)
    }

    /// Keys that follow from a seed and are kept nowhere: for tests and for a demo that leaves nothing behind.
    #[must_use]
    pub fn ephemeral(seed: [u8; 32]) -> Self {
        let derived = |label: &str| -> Key {
            Secret::new(Sha256::new().chain_update(seed).chain_update(label).finalize().into())
        };
        let tokens = BTreeMap::from([(1, derived("token"))]);
        #[expect(clippy::expect_used, reason = "the current key stands in the map above")]
        let tokens = TokenKeys::new(KeyId(1), tokens).expect("the current key");
        Self { tokens, pairwise: derived("pairwise"), session: derived("session") }
    }

    /// Adds a token key and makes it the one that seals; strings under the former ones still open. Whoever holds the keys
    /// takes the ones returned in place of them.
    ///
    /// # Errors
    /// [`KeyringError`]; the file is as it was. [`KeyringError::Full`] when 255 keys were ever made.
    pub fn rotate(directory: &Path) -> Result<Self, KeyringError> {
        let mut keys = file::read(directory)?.ok_or(KeyringError::Missing)?;
        let highest = keys.tokens.last_key_value().map_or(0, |(number, _)| *number);
        let next = highest.max(keys.current).checked_add(1).ok_or(KeyringError::Full)?;
        keys.tokens.insert(next, random()?);
        keys.current = next;
        file::replace(directory, &keys)?;
        Self::of(keys)
    }

    /// Takes a former token key away: whatever was sealed under it opens no more.
    ///
    /// # Errors
    /// [`KeyringError`]; the file is as it was. [`KeyringError::Current`] for the key that seals,
    /// [`KeyringError::Unknown`] for one that is not there.
    pub fn retire(directory: &Path, key: KeyId) -> Result<Self, KeyringError> {
        let mut keys = file::read(directory)?.ok_or(KeyringError::Missing)?;
        if keys.current == key.0 {
            return Err(KeyringError::Current(key.0));
        }
        if keys.tokens.remove(&key.0).is_none() {
            return Err(KeyringError::Unknown(key.0));
        }
        file::replace(directory, &keys)?;
        Self::of(keys)
    }

    /// Which token keys the file of a data directory holds.
    ///
    /// # Errors
    /// [`KeyringError`]; [`KeyringError::Missing`] where there is no file.
    pub fn numbers(directory: &Path) -> Result<TokenKeyNumbers, KeyringError> {
        let keys = file::read(directory)?.ok_or(KeyringError::Missing)?;
        let all = keys.tokens.keys().copied().map(KeyId).collect();
        Ok(TokenKeyNumbers { current: KeyId(keys.current), all })
    }

    fn of(keys: Keys) -> Result<Self, KeyringError> {
        let tokens = TokenKeys::new(KeyId(keys.current), keys.tokens)
            .map_err(|_| KeyringError::Corrupt("the current key is missing"))?;
        Ok(Self { tokens, pairwise: keys.pairwise, session: keys.session })
    }

    /// What seals tokens, codes, links and cursors.
    #[must_use]
    pub const fn tokens(&self) -> &TokenKeys {
        &self.tokens
    }

    /// What ids of apps are derived from.
    #[must_use]
    pub const fn pairwise(&self) -> &Secret<[u8; 32]> {
        &self.pairwise
    }

    /// What sessions and forms of the console are bound with.
    #[must_use]
    pub const fn session(&self) -> &Secret<[u8; 32]> {
        &self.session
    }
}
