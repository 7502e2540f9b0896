//! What an app holds beside what it used.
//!
//! In scope: counting what live chains could yield, advice on the smallest agreement, timelines of availability; all from
//! state, control events and counts that the caller read. Out of scope: counting use itself (`store`), words and charts
//! (HTTP surfaces).

mod advise;
mod available;
mod crowd;
mod holdings;
mod timeline;
mod used;

pub use advise::{
    ADVICE_DAYS, Advice, AgreementAdvice, Proposal, UnusedInstallation, Verdict, advise,
};
pub use available::{Available, Carried, available, features, missing, standing_on};
pub use holdings::{Held, HeldFor, Holdings, Progress, Survey, holdings};
pub use timeline::{Ended, Lane, Span, SpanUse, timelines};
pub use used::{DAY_MS, Feature, Happened, ShownDay, UsedDay, UsedPlace};
