//! A context: its admins, its installations, and who opted in to them.

use crate::opt_ins::OptIns;
use model::{ContextKind, InstallationNo, PersonNo};
use smallvec::SmallVec;

/// What state knows of a group or conversation.
#[derive(Debug, Clone, Default)]
pub struct ContextState {
    pub(crate) kind: Option<ContextKind>,
    pub(crate) gone: bool,
    pub(crate) admins: SmallVec<[PersonNo; 2]>,
    /// Every installation that there ever was, in order: the index is the ordinal in `opt_ins`.
    pub(crate) installations: SmallVec<[InstallationNo; 2]>,
    pub(crate) opt_ins: OptIns,
}

impl ContextState {
    /// What kind of context; `None` if the platform never said that it exists.
    #[must_use]
    pub const fn kind(&self) -> Option<ContextKind> {
        self.kind
    }

    /// Whether it exists and is not gone.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        self.kind.is_some() && !self.gone
    }

    /// Current admins, ascending.
    #[must_use]
    pub fn admins(&self) -> &[PersonNo] {
        &self.admins
    }

    /// Whether this person is an admin now.
    #[must_use]
    pub fn has_admin(&self, person: PersonNo) -> bool {
        self.admins.binary_search(&person).is_ok()
    }

    /// Every installation that there ever was here, oldest first.
    #[must_use]
    pub fn installations(&self) -> &[InstallationNo] {
        &self.installations
    }

    pub(crate) fn add_admin(&mut self, person: PersonNo) {
        if let Err(at) = self.admins.binary_search(&person) {
            self.admins.insert(at, person);
        }
    }

    pub(crate) fn drop_admin(&mut self, person: PersonNo) {
        if let Ok(at) = self.admins.binary_search(&person) {
            self.admins.remove(at);
        }
    }
}
