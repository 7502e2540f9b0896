//! What an app is told about where it is enabled.

use super::chain::active;
use super::server::{Server, group_id};
use super::terms;
use consent::{Installation, State};
use model::{AppNo, InstallationNo};
use oauth::pairwise::PairwiseId;
use oauth::scope::Scope;

/// Installations in one answer.
pub const INSTALLATIONS_PAGE_MAX: usize = 100;
/// Installations of all apps that one request looks through: bounds the time for which state is held.
const SCANNED_MAX: u32 = 50_000;

/// How an installation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// An admin stands behind it.
    Standing,
    /// No admin stands behind it at present, or the group is gone.
    Lapsed,
    /// Disabled for good.
    Ended,
}

impl Status {
    /// The word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Standing => "standing",
            Self::Lapsed => "lapsed",
            Self::Ended => "ended",
        }
    }
}

/// One of the app's own installations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its number.
    pub installation: InstallationNo,
    /// The group, under the app's own id; none where the installation ended or the group is gone.
    pub group: Option<PairwiseId>,
    /// What the admin allowed; empty where the installation ended.
    pub classes: Scope,
    /// How it is.
    pub status: Status,
}

/// A page of installations, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The installations.
    pub items: Vec<Told>,
    /// Where the next page goes on; none at the end.
    pub next: Option<InstallationNo>,
}

/// The app's own installations from a number on. A page may be short, even empty, and still have a next one. An app that may
/// receive nothing, by its own status or its partner's, is told of none.
#[must_use]
pub fn list(server: &Server<'_>, state: &State, app: AppNo, from: InstallationNo) -> Page {
    if active(state, app).is_err() {
        return Page { items: Vec::new(), next: None };
    }
    let ids = server.ids(app);
    let end = from.0.saturating_add(SCANNED_MAX);
    let (mut items, mut number) = (Vec::new(), from.0);
    while number < end && items.len() < INSTALLATIONS_PAGE_MAX {
        let installation = InstallationNo(number);
        let Some(found) = state.installation(installation) else {
            return Page { items, next: None };
        };
        if found.app == app {
            let status = status(state, found);
            let is_named = status != Status::Ended
                && state.context(found.context).is_some_and(|context| context.is_live());
            items.push(Told {
                installation,
                group: is_named.then(|| group_id(&ids, found.context)),
                classes: match status {
                    Status::Ended => Scope::default(),
                    Status::Standing | Status::Lapsed => terms::scope(state, found.classes),
                },
                status,
            });
        }
        number = number.saturating_add(1);
    }
    let next = InstallationNo(number);
    Page { items, next: state.installation(next).map(|_| next) }
}

fn status(state: &State, installation: &Installation) -> Status {
    if installation.ended {
        Status::Ended
    } else if state.is_standing(installation) {
        Status::Standing
    } else {
        Status::Lapsed
    }
}
