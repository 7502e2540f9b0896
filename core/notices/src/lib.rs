//! Who is told what, computed from events and from time, as numbers only.
//!
//! In scope: which notices an event makes due ([`of_event`], [`Walk`]) and which the clock does ([`of_window`]), to whom, with which facts,
//! and the key by which the same notice is never made twice. Out of scope: keeping and sending them (`store`, `teller`), words
//! (`teller`). A notice holds numbers; names are looked up when it is shown, so that erasing a name takes effect on old notices.

mod conduct;
mod event;
mod kind;
mod notice;
mod obligation;
mod time;
mod unused;
mod walk;

pub use event::{needs_history, of_event};
pub use kind::{Kind, Reader};
pub use notice::{
    Audience, Channel, Details, DetailsError, Notice, NoticeNo, NoticeNoError, Recipient, Subject,
};
pub use time::{DAYS_BEFORE, Window, of_window};
pub use walk::Walk;
