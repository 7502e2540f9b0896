//! What a change of rules would give and take, told before it is made.
//!
//! In scope: deciding recent requests again, at one instant, with a change and without it ([`Preview`]); what chains that
//! nobody used could read; a change that is watched before it is made ([`Watch`]); adding all that up in bounded
//! memory. Out of scope: making the change (`flows`), reading the log (`store`), words and pages (HTTP surfaces).

mod change;
mod effect;
mod preview;
mod reach;
mod restricted;
mod table;
mod watch;

pub use change::{NotPreviewable, is_previewable};
pub use effect::{Affected, Amount, ClassEffect, Effect, Effects};
pub use preview::{DAYS, Disclosures, Preview, Report};
pub use reach::{Progress, Reach, Reaching};
pub use watch::{Watch, Watched};
