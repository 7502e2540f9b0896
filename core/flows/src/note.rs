//! Who says why: from what was typed to what stands in the log.

use ledger::Why;
use model::{Actor, EndingReason, Env, Severity};
use sequence::VaultWrite;
use sha2::{Digest, Sha256};

/// Longest note, in bytes.
pub(crate) const NOTE_BYTES_MAX: usize = 4_096;

/// Who did it and why, as they said it.
#[derive(Debug, Clone)]
pub struct Said {
    /// Who.
    pub by: Actor,
    /// Reason code.
    pub reason: Option<EndingReason>,
    /// How grave.
    pub severity: Option<Severity>,
    /// Free text: goes to the vault, its digest into the log.
    pub note: Option<String>,
}

impl Said {
    /// Somebody, without a reason.
    #[must_use]
    pub const fn by(by: Actor) -> Self {
        Self { by, reason: None, severity: None, note: None }
    }

    /// What goes into the event, and what into the vault.
    pub(crate) fn split(&self, env: &Env) -> (Why, Vec<VaultWrite>) {
        let note =
            self.note.as_deref().map(str::trim).filter(|note| !note.is_empty()).map(|note| {
                let end = (0..=NOTE_BYTES_MAX.min(note.len()))
                    .rev()
                    .find(|end| note.is_char_boundary(*end))
                    .unwrap_or(0);
                let text = note.get(..end).unwrap_or_default().to_owned();
                (note_digest(&env.random("note"), &text), text)
            });
        let why = Why {
            by: self.by,
            reason: self.reason,
            severity: self.severity,
            note: note.as_ref().map(|(digest, _)| *digest),
            confirmed_by: None,
            broke_glass: None,
        };
        (why, note.into_iter().map(|(digest, text)| VaultWrite::Note { digest, text }).collect())
    }
}

/// Digest of details under a salt that is thrown away, as a note's.
pub(crate) fn details_digest(salt: &[u8; 32], text: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"bailment details 1");
    hash.update(salt);
    hash.update(text.as_bytes());
    hash.finalize().into()
}

/// Digest of a note under a salt that is thrown away: the log names the note and betrays nothing of it.
#[must_use]
pub fn note_digest(salt: &[u8; 32], text: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"bailment note 1");
    hash.update(salt);
    hash.update(text.as_bytes());
    hash.finalize().into()
}
