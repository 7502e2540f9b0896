//! Why staff does something, as they say it.

use crate::input::invalid;
use edge::Problem;
use flows::Said;
use model::{Actor, EndingReason, Severity};
use serde::Deserialize;
use utoipa::ToSchema;

/// Reason, severity and note of a change. Staff name a reason wherever access of an app or partner is taken or given back, how
/// grave it is where it is taken, and a note where the reason is `other`.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Because {
    /// `data-taken-improperly`, `not-anonymised`, `malware`, `terms`, `own-wish`, `incident` or `other`.
    pub(super) reason: Option<String>,
    /// `low`, `medium` or `high`.
    pub(super) severity: Option<String>,
    /// Free text: kept apart from the log, which holds its digest.
    pub(super) note: Option<String>,
}

impl Because {
    pub(super) fn said(self, by: Actor) -> Result<Said, Problem> {
        let reason = word(self.reason, "because.reason", EndingReason::from_word)?;
        let severity = word(self.severity, "because.severity", Severity::from_word)?;
        Ok(Said { by, reason, severity, note: self.note })
    }
}

/// A word of a closed list, if there is one.
fn word<T>(
    text: Option<String>,
    field: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    text.map(|text| read(&text).ok_or_else(|| invalid(field, "is none of the known words")))
        .transpose()
}

/// A status by its word.
pub(super) fn status<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Problem> {
    read(text).ok_or_else(|| invalid("status", "is none of the known words"))
}

/// Only who and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ending {
    /// Why.
    #[serde(default)]
    pub(super) because: Because,
}

/// A status, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewStatus {
    /// The word of the status.
    pub(super) status: String,
    /// Why.
    #[serde(default)]
    pub(super) because: Because,
}
