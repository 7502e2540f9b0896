//! What an app holds beside what it used.
//!
//! In scope: counting what live chains could yield, advice on the smallest agreement, timelines of availability, one person's
//! recipients; all from state, control events and counts that the caller read. Out of scope: counting use itself (`store`), words and charts
//! (HTTP surfaces).

mod advise;
mod agreed;
mod available;
mod by_app;
mod census;
mod crowd;
mod holdings;
mod kept;
mod recipients;
mod seen;
mod summary;
mod timeline;
mod used;

pub use advise::{
    ADVICE_DAYS, Advice, AgreementAdvice, Proposal, UnusedInstallation, Verdict, advise,
};
pub use agreed::{Agreed, ended_with};
pub use available::{Available, Carried, available, features_of, missing, standing_on};
pub use by_app::{ByApp, Own};
pub use census::{Census, Standing};
pub use holdings::{Held, HeldFor, Holdings, Progress, Survey, holdings};
pub use recipients::{
    Cause, DidRead, MayRead, Over, Past, Recipient, app_of, chains_of, recipients,
};
pub use seen::{Seen, Through};
pub use summary::{ClassUse, InWindow, WINDOWS, class_use};
pub use timeline::{Ended, Lane, Span, SpanUse, timelines};
pub use used::{DAY_MS, Feature, Happened, ShownDay, UsedDay, UsedPlace};
