//! The queue of notices: made once, kept, read, delivered with attempts that are counted.
//!
//! A file of its own beside the log. Notices follow from the log and from time, and the cursor moves in the transaction that
//! inserts them: what a crash takes back is made again, what is made again is refused by its key. So commits need not wait for
//! the disk, and telling never holds the append lock.

mod deliveries;
mod inbox;
mod teller;

pub use deliveries::{Address, Delivery, Outcome};
pub use inbox::QueuedNotice;
pub use teller::TellerCursor;

pub(crate) use teller::open;
