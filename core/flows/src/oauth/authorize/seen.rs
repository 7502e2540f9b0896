//! What a person saw on the page, held against what their yes would give.

use super::check::{Asked, check};
use super::give::{Choice, GiveRefusal, give};
use super::show::{class_defaults, durations, installed_classes};
use crate::hex::{hex, unhex};
use crate::oauth::server::Server;
use consent::State;
use model::{ClassMask, Env, Secret, Timestamp};
use oauth::authorize::AuthorizeRequest;
use sequence::{Commit, Lookup};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// Digest of everything that a page says is asked for and that the decision does not repeat: classes, required or not, those
/// for one time, purposes, what enabling would allow, and how long it can last. It travels in the page's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen([u8; 32]);

impl Seen {
    /// The digest of what is asked for now.
    #[must_use]
    pub fn of(asked: &Asked, state: &State, now: Timestamp) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"bailment consent page 1");
        hash.update(asked.app.0.to_be_bytes());
        let installed = installed_classes(asked, state, now).unwrap_or_default();
        for ClassMask(bits) in [asked.required, asked.optional, asked.once, installed] {
            hash.update(bits.to_be_bytes());
        }
        let (default, longest) = durations(asked, state);
        hash.update(default.0.to_be_bytes());
        hash.update(longest.0.to_be_bytes());
        let shorter = class_defaults(asked, state);
        hash.update(shorter.len().to_be_bytes());
        for (length, ClassMask(bits)) in shorter {
            hash.update(length.0.to_be_bytes());
            hash.update(bits.to_be_bytes());
        }
        for purpose in &asked.purposes {
            hash.update(purpose.0.to_be_bytes());
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// A text that is no digest of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the digest of a page")]
pub struct SeenError;

impl FromStr for Seen {
    type Err = SeenError;

    fn from_str(text: &str) -> Result<Self, SeenError> {
        // An upper-case digit is read, too; a digest has one spelling only.
        unhex(text).map(Self).filter(|seen| seen.to_string() == text).ok_or(SeenError)
    }
}

/// Why a yes on a page comes to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YesRefusal {
    /// What is asked for is not what the person saw: by time alone an agreement can begin that requires more.
    #[error("what the app asks for has changed since you were shown it")]
    Changed,
    /// As in [`give`].
    #[error(transparent)]
    Given(#[from] GiveRefusal),
}

/// Gives what the person chose, as [`give`] does, if what is asked for now is what they saw; to be called under the append
/// lock. What is required goes along, since the page said so.
///
/// # Errors
/// [`YesRefusal`]: nothing changes.
pub fn say_yes(
    request: &AuthorizeRequest,
    (seen, choice): (Option<Seen>, &Choice),
    server: &Server<'_>,
    state: &State,
    lookup: &dyn Lookup,
    env: &Env,
) -> Result<Commit<Secret<String>>, YesRefusal> {
    let asked =
        check(request, Some(choice.person), server, state, env.now).map_err(GiveRefusal::from)?;
    if seen != Some(Seen::of(&asked, state, env.now)) {
        return Err(YesRefusal::Changed);
    }
    let choice = Choice { classes: choice.classes | asked.required, ..choice.clone() };
    Ok(give(request, &choice, server, state, lookup, env)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_one_spelling() {
        let seen = Seen([0xa5; 32]);
        assert_eq!(seen.to_string().parse(), Ok(seen));
        let upper = seen.to_string().to_uppercase();
        for bad in ["", "a5", "+5", "äöü", upper.as_str(), &"a5".repeat(33), &"+5".repeat(32)] {
            assert_eq!(bad.parse::<Seen>(), Err(SeenError), "{bad}");
        }
    }
}
