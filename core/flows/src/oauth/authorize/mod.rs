//! The authorization endpoint: what an app asks of a person, what the person is shown, and what comes of their decision.
//!
//! The page calls [`read`] and [`check`] with the query, shows [`show`], and with the decision calls [`say_yes`] under the
//! append lock or [`deny`]. The decision is sent back beside the query and the page's digest, and all is checked again: nothing
//! is kept in between.

mod check;
mod give;
mod refusal;
mod seen;
mod show;

pub use check::{Asked, check, deny, read};
pub use give::{Choice, GiveRefusal, Wrong, give};
pub use refusal::{Problem, Refusal, Refused, Shown};
pub use seen::{Seen, SeenError, YesRefusal, say_yes};
pub use show::{Candidate, Consent, Standing, show};
