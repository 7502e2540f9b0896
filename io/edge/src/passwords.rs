//! Passwords: Argon2id with the parameters of RFC 9106 §4's second recommendation, bounded in how many run at once.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use flows::account::{PASSWORD_BYTES_MAX, PASSWORD_CHARACTERS_MIN};
use std::sync::OnceLock;
use tokio::sync::Semaphore;

/// 64 MiB, three passes, one lane: RFC 9106's second recommendation with the lanes of a small machine.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// Hashes at a time: each takes 64 MiB.
const AT_ONCE: usize = 2;

static SLOTS: Semaphore = Semaphore::const_new(AT_ONCE);
/// Verified against where no account exists, so that both cases take the same time.
static DECOY: OnceLock<String> = OnceLock::new();

/// Why a password cannot be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short or far too long.
    #[error(
        "a password has {PASSWORD_CHARACTERS_MIN} characters at least and {PASSWORD_BYTES_MAX} bytes at most"
    )]
    Length,
    /// Hashing failed.
    #[error("the password could not be hashed")]
    Hash,
}

fn hasher() -> Argon2<'static> {
    // Constant parameters within the algorithm's bounds; the default is as strong in case that ever changes.
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(password: &str) -> Result<String, PasswordError> {
    hasher()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|_| PasswordError::Hash)
}

/// Hashes a password for the vault (PHC string).
///
/// # Errors
/// It is too short or too long.
pub async fn hash(password: String) -> Result<String, PasswordError> {
    if password.chars().count() < PASSWORD_CHARACTERS_MIN || password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordError::Length);
    }
    let _slot = SLOTS.acquire().await.map_err(|_| PasswordError::Hash)?;
    tokio::task::spawn_blocking(move || hash_now(&password))
        .await
        .map_err(|_| PasswordError::Hash)?
}

/// Whether the password is the one behind `stored`; takes as long where there is no account.
pub async fn verify(password: String, stored: Option<String>) -> bool {
    if password.len() > PASSWORD_BYTES_MAX {
        return false;
    }
    let Ok(_slot) = SLOTS.acquire().await else { return false };
    let check = move || {
        let decoy = DECOY.get_or_init(|| hash_now("nobody has this password").unwrap_or_default());
        let found = stored.is_some();
        let text = stored.as_deref().unwrap_or(decoy);
        let Ok(parsed) = PasswordHash::new(text) else { return false };
        hasher().verify_password(password.as_bytes(), &parsed).is_ok() && found
    };
    tokio::task::spawn_blocking(check).await.unwrap_or(false)
}
