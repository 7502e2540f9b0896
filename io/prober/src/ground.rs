//! Where the prober stands: people and a group of the platform that exist for it alone.

use model::{ContextNo, PersonNo};
use std::future::Future;
use std::pin::Pin;

/// What the platform is asked to do.
pub type Step<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// People and a group that exist for the prober alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The group. All of them belong to it.
    pub group: ContextNo,
    /// Its admin, who stays one.
    pub admin: PersonNo,
    /// Somebody who becomes an admin and steps down again.
    pub deputy: PersonNo,
    /// Whose data the probes are after.
    pub subject: PersonNo,
}

/// A platform that lends the prober a place.
pub trait Ground: Send + Sync {
    /// The place.
    fn place(&self) -> Place;

    /// Makes the deputy an admin; the fact is in the log when it returns.
    fn appoint(&self) -> Step<'_>;

    /// Makes the deputy an admin no more; the fact is in the log when it returns.
    fn dismiss(&self) -> Step<'_>;

    /// What the prober gave to be kept, as far as it is there still.
    fn kept(&self) -> Option<String>;

    /// Keeps this for the next start, in place of what was kept: secrets and tokens are in it.
    ///
    /// # Errors
    /// It cannot be kept; the next start then begins anew.
    fn keep(&self, text: &str) -> Result<(), String>;
}
