//! Accounts and sessions: rows of the vault that no decision depends on.

use consent::State;
use model::{Env, Millis};
use sequence::{AccountOf, Commit, Session, VaultWrite};

/// A session ends after this, whatever its owner does.
pub const SESSION_LIFETIME: Millis = Millis::days(7);
/// Staff sign in again every working day.
pub const STAFF_SESSION_LIFETIME: Millis = Millis::minutes(10 * 60);
/// Shortest password (NIST SP 800-63B-4 §3.1.1: eight, where a second factor may follow).
pub const PASSWORD_CHARACTERS_MIN: usize = 8;
/// Longest password: hashing is not a place to send books to.
pub const PASSWORD_BYTES_MAX: usize = 1_024;

/// Why an account or session cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The person or staff member does not exist, or no more.
    #[error("there is nobody to have this account")]
    Nobody,
    /// A login is one to 200 visible characters.
    #[error("a login is 1 to 200 characters without spaces")]
    Login,
}

fn exists(state: &State, of: AccountOf) -> bool {
    match of {
        AccountOf::Person(person) => state.is_person(person),
        AccountOf::Staff(staff) => state.is_staff(staff),
    }
}

/// Sets login and password hash of an account.
///
/// # Errors
/// Nobody is there to have it, or the login cannot be one.
pub fn set_password(
    state: &State,
    env: &Env,
    of: AccountOf,
    login: &str,
    hashed: &str,
) -> Result<Commit<()>, Refusal> {
    if !exists(state, of) {
        return Err(Refusal::Nobody);
    }
    if login.is_empty()
        || login.chars().count() > 200
        || login.chars().any(|c| c.is_whitespace() || c.is_control())
    {
        return Err(Refusal::Login);
    }
    let (login, password) = (login.to_owned(), hashed.to_owned());
    Ok(Commit::nothing(()).with(VaultWrite::Account { of, login, password, set_at: env.now }))
}

/// Begins a session for somebody whose password was right.
///
/// # Errors
/// They are gone.
pub fn sign_in(
    state: &State,
    env: &Env,
    of: AccountOf,
    digest: [u8; 32],
) -> Result<Commit<Session>, Refusal> {
    if !exists(state, of) {
        return Err(Refusal::Nobody);
    }
    let lifetime = match of {
        AccountOf::Person(_) => SESSION_LIFETIME,
        AccountOf::Staff(_) => STAFF_SESSION_LIFETIME,
    };
    let session = Session { digest, of, since: env.now, until: env.now.plus(lifetime) };
    Ok(Commit::nothing(session.clone()).with(VaultWrite::Session(session)))
}

/// Ends a session.
#[must_use]
pub fn sign_out(digest: [u8; 32]) -> Commit<()> {
    Commit::nothing(()).with(VaultWrite::SessionEnded { digest })
}
